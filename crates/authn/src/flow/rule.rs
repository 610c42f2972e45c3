//! Rules by which a sign-on is asked for more or less, by where and when it happens.

use std::net::IpAddr;
use std::time::Duration;

use domain::port::Tenant;
use domain::{ClientId, EnvironmentId, Timestamp};
use ipnet::IpNet;
use serde_json::{Map, Value};

use super::SecondFactor;
use super::facts::{Facts, Person};

/// Where a request comes from, and for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Whose people they are: the server's, or those of an environment.
    pub tenant: Option<Tenant>,
    /// The network address of whoever asks, as far as it can be believed.
    pub address: Option<IpAddr>,
    /// The country where that is (ISO 3166-1), as a trusted proxy says.
    pub country: Option<String>,
    /// The application to which they sign on.
    pub client: Option<ClientId>,
    /// In which groups the person is, as who asks has signed; `None` where nobody says.
    pub groups: Option<Vec<String>>,
    /// What the application hands to whatever shows somebody what they approve.
    pub context: Map<String, Value>,
}

/// One rule. Conditions that name nothing always hold; what is not known holds for none that names
/// something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// They are people of one of these environments.
    pub environments: Vec<EnvironmentId>,
    /// They are in one of these networks.
    pub networks: Vec<IpNet>,
    /// They are in one of these countries (ISO 3166-1, in capitals).
    pub countries: Vec<String>,
    /// They sign on to one of these applications.
    pub clients: Vec<ClientId>,
    /// They are in one of these groups, whose names are compared in any case.
    pub groups: Vec<String>,
    /// Nobody says in which groups they are: holds instead of [`Rule::groups`], or alone.
    pub groups_unknown: bool,
    /// They have not given a second factor for so long, or never: who is signed on gives one again.
    pub strong_older_than: Option<Duration>,
    /// What comes of it.
    pub verdict: Verdict,
}

/// What comes of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A second factor is asked for as this says, whatever is set for all, also in browsers that are
    /// trusted.
    SecondFactor(SecondFactor),
    /// Nobody signs on.
    Deny,
}

impl Rule {
    /// A rule without conditions.
    pub const fn always(verdict: Verdict) -> Self {
        Self {
            environments: Vec::new(),
            networks: Vec::new(),
            countries: Vec::new(),
            clients: Vec::new(),
            groups: Vec::new(),
            groups_unknown: false,
            strong_older_than: None,
            verdict,
        }
    }

    fn holds(&self, person: &Person, there: &Circumstances, now: Timestamp) -> bool {
        // An IPv4 address that comes in IPv6 is that address.
        let address = there.address.map(|address| address.to_canonical());
        let within = |network: &IpNet| address.is_some_and(|address| network.contains(&address));
        let country = there.country.as_ref();
        let is_there = |named: &String| country.is_some_and(|it| it.eq_ignore_ascii_case(named));
        let is_home = |environment: &EnvironmentId| Some(environment.tenant()) == there.tenant;
        let is_asked = |client: &ClientId| there.client.as_ref() == Some(client);
        let is_weak = |age| last_strong(person).is_none_or(|last| now >= last + age);
        (self.environments.is_empty() || self.environments.iter().any(is_home))
            && (self.networks.is_empty() || self.networks.iter().any(within))
            && (self.countries.is_empty() || self.countries.iter().any(is_there))
            && (self.clients.is_empty() || self.clients.iter().any(is_asked))
            && self.holds_among(there.groups.as_deref())
            && self.strong_older_than.is_none_or(is_weak)
    }

    /// Whether it holds for whoever is in these groups. Where nobody says, a rule that spares a group spares
    /// nobody, and one that denies a group denies nobody unless it is written so
    /// ([`Rule::groups_unknown`]).
    fn holds_among(&self, known: Option<&[String]>) -> bool {
        let is_named = |group: &String| self.groups.iter().any(|named| is_same_group(named, group));
        match known {
            _ if self.groups.is_empty() && !self.groups_unknown => true,
            Some(known) => known.iter().any(is_named),
            None => self.groups_unknown,
        }
    }
}

/// Whether two names are those of the same group: directories keep them in any case.
pub fn is_same_group(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// The first rule that holds, if one does.
pub(super) fn first<'a>(facts: &'a Facts<'_>, person: &Person, now: Timestamp) -> Option<&'a Rule> {
    let mut rules = facts.policy.rules.iter();
    rules.find(|rule| rule.holds(person, &facts.circumstances, now))
}

/// When they last gave a second factor.
fn last_strong(person: &Person) -> Option<Timestamp> {
    person.devices.iter().filter_map(|it| it.last_used).max()
}
