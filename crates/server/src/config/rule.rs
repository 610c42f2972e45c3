//! The rules of `[[sign_on.rule]]`.

use std::time::Duration;

use authn::flow::{Rule, SecondFactor, Verdict};
use domain::ClientId;

use super::value::{Fault, Value};

/// What a rule may ask for.
pub(super) const SECOND_FACTOR: &[(&str, SecondFactor)] = &[
    ("when_enrolled", SecondFactor::WhenEnrolled),
    ("required", SecondFactor::Required),
    ("never", SecondFactor::Never),
];

const MAX_AGE: Duration = Duration::from_hours(24 * 365);

impl Value {
    /// A list of rules, each a table.
    pub(super) fn rules(&self) -> Result<Vec<Rule>, Fault> {
        let expected = "tables [[sign_on.rule]] of the file";
        let Self::List(rules) = self else {
            return Err(Fault::WrongForm { expected });
        };
        let rules = rules.iter().map(|rule| match rule {
            Self::Table(entries) => read(entries),
            _ => Err(Fault::WrongForm { expected }),
        });
        rules.collect()
    }
}

fn read(entries: &[(String, Value)]) -> Result<Rule, Fault> {
    let mut verdict = None;
    let mut rule = Rule::always(Verdict::Deny);
    for (name, value) in entries {
        match name.as_str() {
            "environments" => {
                let expected = "a list of the ids that `countersign env list` tells";
                rule.environments = value.list(expected)?;
            }
            "networks" => {
                rule.networks = value.list("a list of networks such as [\"10.1.0.0/16\"]")?;
            }
            "countries" => rule.countries = value.texts()?,
            "clients" => rule.clients = value.texts()?.into_iter().map(ClientId::new).collect(),
            "groups" => rule.groups = value.texts()?,
            "groups_unknown" => rule.groups_unknown = value.boolean()?,
            "strong_older_than" => {
                let age = value.duration(Duration::from_secs(1)..=MAX_AGE)?;
                rule.strong_older_than = Some(age);
            }
            "second_factor" if verdict.is_none() => {
                verdict = Some(Verdict::SecondFactor(value.one_of(SECOND_FACTOR)?));
            }
            "deny" if verdict.is_none() && value.boolean()? => verdict = Some(Verdict::Deny),
            _ => {
                let expected = "made of environments, networks, countries, clients, groups, groups_unknown, strong_older_than, and one of second_factor and deny = true";
                return Err(Fault::WrongForm { expected });
            }
        }
    }
    let expected = "such that each rule has second_factor or deny = true";
    let verdict = verdict.ok_or(Fault::WrongForm { expected })?;
    Ok(Rule { verdict, ..rule })
}

#[cfg(test)]
mod tests {
    use super::super::tests::load_text;
    use super::*;

    #[test]
    fn rules_are_read_in_their_order() {
        let config = load_text(
            r#"[sign_on]
lockout_limit = 4
[[sign_on.rule]]
networks = ["10.0.0.0/8"]
second_factor = "never"
[[sign_on.rule]]
environments = ["5ca1ab1e-0000-4000-8000-000000000001"]
countries = ["DE"]
clients = ["bank"]
groups = ["staff"]
groups_unknown = true
strong_older_than = "12h"
second_factor = "required"
[[sign_on.rule]]
deny = true
"#,
        );
        let rules = config.unwrap().sign_on.rules;
        let [office, bank, rest] = rules.as_slice() else {
            panic!("{rules:?}")
        };
        assert_eq!(office.networks, ["10.0.0.0/8".parse().unwrap()]);
        let environment = "5ca1ab1e-0000-4000-8000-000000000001".parse().unwrap();
        assert_eq!(bank.environments, [environment]);
        assert_eq!(bank.clients, [ClientId::new("bank")]);
        assert_eq!(
            (bank.groups.as_slice(), bank.groups_unknown),
            (&["staff".to_owned()][..], true)
        );
        assert_eq!(bank.strong_older_than, Some(Duration::from_hours(12)));
        let verdicts = rules.iter().map(|rule| rule.verdict);
        let required = Verdict::SecondFactor(SecondFactor::Required);
        let never = Verdict::SecondFactor(SecondFactor::Never);
        assert!(verdicts.eq([never, required, Verdict::Deny]));
        assert!(rest.networks.is_empty() && rest.clients.is_empty());
    }

    #[test]
    fn a_rule_that_says_nothing_or_something_unknown_is_a_mistake() {
        for (text, says) in [
            ("networks = [\"10.0.0.0/8\"]", "second_factor or deny"),
            ("deny = false", "one of second_factor and deny"),
            (
                "deny = true\nsecond_factor = \"never\"",
                "one of second_factor and deny",
            ),
            (
                "network = []\ndeny = true",
                "made of environments, networks",
            ),
            (
                "environments = [\"bank\"]\ndeny = true",
                "a list of the ids",
            ),
            ("networks = [\"office\"]\ndeny = true", "a list of networks"),
        ] {
            let mistakes = load_text(&format!("[[sign_on.rule]]\n{text}\n")).unwrap_err();
            assert!(mistakes[0].contains(says), "{mistakes:?}");
        }
        assert!(load_text("[sign_on]\nrule = 5\n").is_err());
    }
}
