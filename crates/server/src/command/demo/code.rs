//! `countersign demo code`: what the authenticator apps of the people in the demo show.

use domain::Timestamp;
use domain::port::Clock;

use super::super::{Failure, output};
use super::people::{PEOPLE, Person};
use crate::adapter::clock::SystemClock;
use crate::demo::authenticator;

/// Prints a code of this person, or of everyone.
pub(super) fn print(name: Option<&str>) -> Result<(), Failure> {
    output::line(&text(name, SystemClock.now())?)
}

/// A code that this person can use now.
pub(super) fn of(person: &Person, now: Timestamp) -> String {
    authenticator::code(person.totp_secret, now).unwrap_or_default()
}

fn text(name: Option<&str>, now: Timestamp) -> Result<String, Failure> {
    let Some(name) = name else {
        let lines = PEOPLE.map(|person| format!("{:8}{}", person.username, of(&person, now)));
        return Ok(lines.join("\n"));
    };
    let person = PEOPLE.iter().find(|person| person.username == name);
    let nobody = || Failure::Refused(format!("nobody in the demo has the name {name}"));
    person.map(|person| of(person, now)).ok_or_else(nobody)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_persons_code_stands_alone_and_everyones_beside_their_names() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let [alice, bob] = ["alice", "bob"].map(|name| text(Some(name), now).unwrap());
        assert!(alice.len() == 6 && alice.bytes().all(|byte| byte.is_ascii_digit()));
        assert_ne!(alice, bob);
        let all = text(None, now).unwrap();
        assert_eq!(all, format!("alice   {alice}\nbob     {bob}"));
        assert!(text(Some("carol"), now).is_err());
    }
}
