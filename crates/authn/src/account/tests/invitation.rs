//! Authenticators that are paired because an administrator has invited their person.

use std::borrow::Cow;

use domain::{Actor, AuditEvent, DeviceId};
use serde_json::json;

use super::Acting;
use crate::account::device::{Wallet, invite, pair, retract};
use crate::account::{Decision, Owner, Refusal};
use crate::flow::{SecondFactor, messages_key};
use crate::world::{ALICE, RIGHT, World};

/// An administrator at the devices of a person who is signed on.
struct Office {
    world: World,
    acting: Acting,
    actor: Actor,
}

impl Office {
    fn new() -> Self {
        let mut world = World::new();
        world.sign_on_as(ALICE);
        world.wait(1);
        Self {
            acting: Acting::new(&world, ALICE, RIGHT),
            actor: Actor::Administrator("root".to_owned()),
            world,
        }
    }

    fn owner(&self) -> Owner<'_> {
        Owner {
            administrator: Some(&self.actor),
            ..self.acting.owner(&self.world)
        }
    }

    fn wallet(&self) -> Wallet<'_> {
        let user = self.acting.user.id;
        Wallet {
            devices: self.world.devices_of(user),
            messages: self.world.get(messages_key(user)),
            policy: Cow::Borrowed(&self.world.policy.devices),
            second_factor: SecondFactor::WhenEnrolled,
            wording: self.world.wording.clone(),
        }
    }

    /// The device that is to be, and what an authenticator is given to become it.
    fn invite(&mut self) -> (DeviceId, String) {
        let Decision { answer, changes } = invite(self.owner(), &self.wallet(), "Phone");
        self.world.commit(changes).unwrap();
        let (device, handle) = answer.ok().unwrap();
        (device.id, format!("{}.{}", device.id, handle.expose()))
    }

    fn last_event(&self) -> AuditEvent {
        self.world.all::<AuditEvent>().pop().unwrap().record
    }
}

#[test]
fn who_has_invited_somebody_is_noted_then_and_when_they_have_followed() {
    let mut office = Office::new();
    let (device, key) = office.invite();
    let invited = office.last_event();
    assert_eq!(invited.event, "device.invited");
    assert_eq!(invited.actor, office.actor);
    assert_eq!(invited.detail["username"], ALICE);
    assert_eq!(invited.detail["after"]["id"], device.to_string());
    office.world.bring_key(&key).unwrap();
    let enrolled = office.last_event();
    assert_eq!(enrolled.event, "device.enrolled");
    assert_eq!(enrolled.actor, Actor::User(ALICE.to_owned()));
    assert_eq!(enrolled.detail["after"]["id"], device.to_string());
    let root = json!({ "type": "administrator", "name": "root" });
    assert_eq!(enrolled.detail["inviter"], root);
}

#[test]
fn whoever_pairs_an_authenticator_of_their_own_was_invited_by_nobody() {
    let mut office = Office::new();
    let owner = office.acting.owner(&office.world);
    let confirmation = office.acting.confirmation(&office.world);
    let Decision { answer, changes } = pair(owner, &office.wallet(), "Phone", &confirmation);
    let (device, handle) = answer.ok().unwrap();
    office.world.commit(changes).unwrap();
    let key = format!("{}.{}", device.id, handle.expose());
    office.world.bring_key(&key).unwrap();
    let enrolled = office.last_event();
    assert_eq!(enrolled.event, "device.enrolled");
    assert_eq!(enrolled.detail.get("inviter"), None);
    assert!(!office.world.events().contains(&"device.invited".to_owned()));
}

#[test]
fn an_invitation_is_taken_back_and_a_device_is_not() {
    let mut office = Office::new();
    let (taken_back, key) = office.invite();
    let retracted = retract(office.owner(), &office.wallet(), taken_back);
    assert_eq!(retracted.answer, Ok(()));
    office.world.commit(retracted.changes).unwrap();
    assert!(office.world.bring_key(&key).is_err());
    // It is paired while it is decided to take it back.
    let (paired, key) = office.invite();
    let retracted = retract(office.owner(), &office.wallet(), paired);
    assert_eq!(retracted.answer, Ok(()));
    office.world.bring_key(&key).unwrap();
    assert!(office.world.commit(retracted.changes).is_err());
    let again = retract(office.owner(), &office.wallet(), paired);
    assert_eq!(again.answer, Err(Refusal::DeviceGone));
    assert!(again.changes.is_empty());
    assert!(office.wallet().devices.iter().any(|it| it.id == paired));
}
