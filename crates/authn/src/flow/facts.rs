//! What a handler has loaded.

use std::borrow::Cow;
use std::sync::Arc;

use domain::port::{Changes, Versioned};
use domain::{
    Attempts, AttemptsKey, Consent, Device, LockoutPolicy, Password, Session, SessionPolicy,
    Timestamp, User, UserId,
};

use super::device::{count_message, messages_key};
use super::sponsored;
use super::{AcrPolicy, Circumstances, DevicePolicy, Flow, IdentityPolicy, Rule, Trusted};
use crate::approval::template::{Names, Templates};
use crate::evidence::FactorKind;
use crate::factor::face::FaceTicket;
use crate::factor::push::PushRequest;
use crate::lockout;

/// What an administrator has set for all flows.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// How many failures block for how long.
    pub lockout: LockoutPolicy,
    /// How long a session lasts.
    pub session: SessionPolicy,
    /// The authentication context classes.
    pub acr: AcrPolicy,
    /// With which devices people answer.
    pub devices: DevicePolicy,
    /// Names and passwords.
    pub identity: IdentityPolicy,
    /// What is asked for where and when, the first rule that holds before all others.
    pub rules: Vec<Rule>,
}

/// Who somebody says that they are: by what a person is to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// By their identifier.
    Id(UserId),
    /// By the user name as it was typed.
    Name(String),
    /// By an address of mail as it was typed, which several people may have.
    Email(String),
}

/// A person, and what about them matters to a flow.
#[derive(Clone)]
pub struct Person {
    /// The person.
    pub user: User,
    /// All their devices.
    pub devices: Vec<Versioned<Device>>,
    /// What they have allowed the client that the flow's consent demand names, if there is one.
    pub consent: Option<Versioned<Consent>>,
}

impl Person {
    /// Whether they can be asked for a second factor.
    pub(super) fn can_be_asked(&self, policy: &DevicePolicy) -> bool {
        policy.usable(self).next().is_some()
    }

    /// Whether they have set up a second factor, be it one that may not answer here: whoever has is never
    /// taken for somebody who has none.
    pub(super) fn is_enrolled(&self) -> bool {
        self.user.mfa_enabled && self.devices.iter().any(|device| device.is_active())
    }
}

/// The session of a browser, and whose it is.
#[derive(Clone)]
pub struct SignedOn {
    /// The session, live or not.
    pub session: Versioned<Session>,
    /// Whose it is.
    pub person: Person,
}

/// What a handler has loaded for one request in a flow.
#[derive(Clone)]
pub struct Facts<'a> {
    /// What is set.
    pub policy: Cow<'a, Policy>,
    /// Who is signed on in this browser.
    pub session: Option<SignedOn>,
    /// The person whom [`super::Flow::concerns`] names, if there is one.
    pub person: Option<Person>,
    /// The password of that person.
    pub password: Option<Versioned<Password>>,
    /// The people with the address of mail that [`super::Flow::concerns`] names.
    pub namesakes: Vec<User>,
    /// Where the request comes from, and for whom.
    pub circumstances: Circumstances,
    /// Who trusts this browser, if somebody does.
    pub trusted: Option<Trusted>,
    /// The failures counted under [`Facts::attempts_key`].
    pub attempts: Option<Versioned<Attempts>>,
    /// The messages counted under [`Facts::messages_keys`].
    pub messages: Vec<Versioned<Attempts>>,
    /// What the authenticator was asked that [`Flow::push_request`] names.
    pub push: Option<Versioned<PushRequest>>,
    /// What the ticket opens that [`Flow::face_ticket_key`] names.
    pub face: Option<Versioned<FaceTicket>>,
    /// In which words people are told things.
    pub wording: Wording,
}

/// In which words people are told things, and in whose name.
#[derive(Clone, Debug, Default)]
pub struct Wording {
    /// The words.
    pub templates: Arc<Templates>,
    /// What the application is called.
    pub application: String,
    /// Where the application's icon is, if it has one: an address with https.
    pub icon_url: Option<String>,
    /// What the environment is called.
    pub environment: String,
    /// The languages that the request asks for, most preferred first (BCP 47).
    pub asked: Vec<String>,
    /// The languages for whoever prefers none (BCP 47).
    pub locales: Vec<String>,
}

impl Wording {
    /// Who is told something, by whom, and in which languages: those that are asked for, then their own.
    pub(crate) fn names<'a>(&'a self, user: &'a User) -> Names<'a> {
        let own = user.profile.locale.iter();
        let locales = self.asked.iter().chain(own).chain(&self.locales);
        Names {
            username: &user.username,
            given_name: user.profile.given_name.as_deref(),
            family_name: user.profile.family_name.as_deref(),
            application: &self.application,
            environment: &self.environment,
            locales: locales.map(String::as_str).collect(),
        }
    }
}

impl<'a> Facts<'a> {
    /// That nothing was found: nobody is signed on and nobody is named.
    pub fn none(policy: &'a Policy) -> Self {
        Self {
            policy: Cow::Borrowed(policy),
            session: None,
            person: None,
            password: None,
            namesakes: Vec::new(),
            circumstances: Circumstances::default(),
            trusted: None,
            attempts: None,
            messages: Vec::new(),
            push: None,
            face: None,
            wording: Wording::default(),
        }
    }

    /// Under which key to load [`Facts::attempts`], once all else is there: that of the name that
    /// was typed, or of the person who is asked for a code; nobody's when only an empty sign-on
    /// page is shown.
    pub fn attempts_key(&self, claimed: Option<&Who>) -> Option<AttemptsKey> {
        let of_session = self.session.as_ref().map(|signed_on| &signed_on.person);
        let person = self.person.as_ref().or(of_session);
        let name = person.map(|person| person.user.username.as_str());
        let typed = match claimed {
            Some(Who::Name(typed)) => Some(typed.as_str()),
            _ => None,
        };
        typed.or(name).map(lockout::key)
    }

    /// Under which keys to load [`Facts::messages`], once the people are there: that of whoever may be
    /// sent a code, which the end of a detour leads to, and that of who says that they may be.
    pub fn messages_keys(&self, flow: &Flow, claimed: Option<&Who>) -> Vec<AttemptsKey> {
        let typed = match claimed {
            Some(Who::Name(typed) | Who::Email(typed)) => Some(typed.as_str()),
            Some(Who::Id(_)) | None => None,
        };
        let detour = flow.detour.as_ref();
        let on_detour = detour.and_then(|detour| detour.messages_key(typed));
        let sponsored = || {
            let person = self.person.as_ref()?;
            sponsored::counts(flow, person.user.id)
        };
        let theirs = self.person_key(flow.enrols()).or_else(sponsored);
        on_detour.into_iter().chain(theirs).collect()
    }

    /// Under which key the codes are counted that whoever is asked, or enrols a device, may be sent.
    fn person_key(&self, enrols: bool) -> Option<AttemptsKey> {
        let of_session = self.session.as_ref().map(|signed_on| &signed_on.person);
        let person = self.person.as_ref().or(of_session)?;
        let mut usable = self.policy.devices.usable(person);
        let is_disturbed = usable.any(|device| FactorKind::of_device(&device.kind).is_disturbed());
        (is_disturbed || enrols).then(|| messages_key(person.user.id))
    }

    /// Counts a message under this key; `false` if there are to be no more for now.
    pub(super) fn count_message(
        &self,
        key: AttemptsKey,
        now: Timestamp,
        changes: &mut Changes,
    ) -> bool {
        let limit = self.policy.devices.messages;
        let counted = self.messages.iter().find(|counted| counted.key == key);
        count_message(key, counted, limit, now, changes)
    }

    /// Who is signed on, if they still are and may be.
    pub(super) fn signed_on(&self, now: Timestamp) -> Option<&SignedOn> {
        self.session.as_ref().filter(|signed_on| {
            let (session, user) = (&signed_on.session, &signed_on.person.user);
            session.user == user.id && user.enabled && session.is_live(self.policy.session, now)
        })
    }

    /// Demands that the password that was proven in `flow` is still what it was when it was loaded:
    /// whoever changes it puts out everybody who knew it, and those who are on their way in as well.
    pub(super) fn password_unchanged(&self, flow: &Flow, changes: &mut Changes) {
        let proves = |password: &Password| {
            let mut all = flow.evidence.iter();
            all.any(|it| it.kind() == FactorKind::Password && it.holds(Some(password)))
        };
        if let Some(password) = self.password.as_ref().filter(|it| proves(it)) {
            changes.check(password.user, Some(password));
        }
    }

    /// The person with this identifier, if they were loaded and may sign on.
    pub fn who_is(&self, id: UserId) -> Option<&Person> {
        let signed_on = self.session.as_ref().map(|signed_on| &signed_on.person);
        let mut persons = self.person.iter().chain(signed_on);
        persons.find(|person| person.user.id == id && person.user.enabled)
    }
}
