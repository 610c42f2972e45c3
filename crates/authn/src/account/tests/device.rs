//! Enrolling, naming, ordering and removing devices.

use std::borrow::Cow;

use domain::port::{Changes, Versioned};
use domain::{
    Actor, Device, DeviceId, DeviceKind, DeviceStatus, Handle, MessageContent, SessionId,
};
use serde_json::Value;

use super::{Acting, current, last_event};
use crate::account::device::{
    Proof, Wallet, Wanted, activate, admit, begin, discard, is_seen_by, options, register, remove,
    rename, renew_recovery_codes, reorder, resend,
};
use crate::account::{Confirmation, Decision, Owner, Refusal};
use crate::factor::recovery;
use crate::factor::totp::shown_by;
use crate::factor::webauthn::tests::soft_authenticator::SoftAuthenticator;
use crate::factor::webauthn::{BytesAs, RegistrationResponse};
use crate::flow::{Cause, Requirement, SecondFactor, Step, messages_key};
use crate::world::{ALICE, BOB, ERIN, RIGHT, WRONG, World};

const MAIL: &str = "alice@example.com";

/// A person who is signed on in the world's browser, and what they present.
struct Desk {
    world: World,
    acting: Acting,
    second_factor: SecondFactor,
}

impl Desk {
    fn of(name: &str) -> Self {
        Self::in_world(World::with_passkeys(), name, RIGHT)
    }

    fn in_world(mut world: World, name: &str, presented: &str) -> Self {
        world.sign_on_as(name);
        world.wait(1);
        let acting = Acting::new(&world, name, presented);
        Self {
            world,
            acting,
            second_factor: SecondFactor::WhenEnrolled,
        }
    }

    fn presenting(mut self, presented: &str) -> Self {
        self.acting = Acting::new(&self.world, &self.acting.user.username, presented);
        self
    }

    fn owner(&self) -> Owner<'_> {
        self.acting.owner(&self.world)
    }

    fn wallet(&self) -> Wallet<'_> {
        let user = self.acting.user.id;
        Wallet {
            devices: self.world.devices_of(user),
            messages: self.world.get(messages_key(user)),
            policy: Cow::Borrowed(&self.world.policy.devices),
            second_factor: self.second_factor,
            wording: self.world.wording.clone(),
        }
    }

    fn confirmation(&self) -> Confirmation<'_> {
        self.acting.confirmation(&self.world)
    }

    /// Without presenting anything.
    fn silent(&self) -> Confirmation<'_> {
        Confirmation {
            verdict: None,
            ..self.confirmation()
        }
    }

    fn commit<T>(&mut self, decision: Decision<T>) -> Result<T, Refusal> {
        self.world.commit(decision.changes).unwrap();
        decision.answer
    }

    fn begin(&mut self, wanted: &Wanted) -> Result<Device, Refusal> {
        let begun = begin(self.owner(), &self.wallet(), wanted, "");
        self.commit(begun)
    }

    fn activate(&mut self, id: DeviceId, proof: Proof<'_>) -> Result<(), Refusal> {
        let wallet = self.wallet();
        let decision = activate(self.owner(), &wallet, id, proof, &self.confirmation());
        drop(wallet);
        let handle: Handle = self.commit(decision)?;
        self.world.cookie = Some(handle.key());
        Ok(())
    }

    fn remove(&mut self, id: DeviceId) -> Result<(), Refusal> {
        let decision = remove(self.owner(), &self.wallet(), id, &self.confirmation());
        self.commit(decision)
    }

    fn devices(&self) -> Vec<Device> {
        let mut devices = self.world.devices_of(self.acting.user.id);
        devices.sort_by_key(|device| self.world.policy.devices.place(device));
        devices.into_iter().map(|it| it.record).collect()
    }

    fn only(&self) -> Device {
        let [device] = self.devices().try_into().ok().unwrap();
        device
    }

    /// Enrols a mailbox or a telephone.
    fn add(&mut self, wanted: &Wanted) -> DeviceId {
        let id = self.begin(wanted).unwrap().id;
        let code = self.world.sent_code().unwrap();
        self.activate(id, Proof::Code(&code)).unwrap();
        self.world.wait(1);
        id
    }

    /// What the person's authenticator answers for a device that was begun.
    fn made(&mut self, begun: &Device) -> Value {
        let policy = self.world.policy.devices.webauthn.clone().unwrap();
        let devices = self.wallet().devices;
        let asked = options(self.owner().user, &devices, begun, &policy, |asked| {
            asked.json(BytesAs::Base64Url)
        });
        self.world.authenticator.create(&asked.unwrap())
    }

    fn add_passkey(&mut self) -> Result<DeviceId, Refusal> {
        let begun = self.begin(&Wanted::WebAuthn { roaming: false })?;
        let made = self.made(&begun);
        let response = read(&made);
        let proof = Proof::Credential {
            response: &response,
            known: false,
        };
        self.activate(begun.id, proof)?;
        self.world.wait(1);
        Ok(begun.id)
    }
}

fn read(made: &Value) -> RegistrationResponse {
    RegistrationResponse::parse(made.to_string().as_bytes()).unwrap()
}

fn mailbox() -> Wanted {
    Wanted::Email(MAIL.to_owned())
}

#[test]
fn a_mailbox_is_enrolled_by_the_code_that_was_sent_to_it() {
    let mut alice = Desk::of(ALICE);
    let begun = alice.begin(&mailbox()).unwrap();
    assert_eq!(begun.status, DeviceStatus::ActivationRequired);
    let wrong = alice.activate(begun.id, Proof::Code("000000"));
    assert_eq!(wrong, Err(Refusal::CodeNotAccepted));
    let code = alice.world.sent_code().unwrap();
    alice.activate(begun.id, Proof::Code(&code)).unwrap();
    let device = alice.only();
    assert!(device.is_active() && device.pairing.is_none());
    assert_eq!(last_event(&alice.world), "device.enrolled");
    let amr = &current(&alice.world).authentication.amr;
    assert_eq!(amr, &["pwd", "otp", "mfa"]);
    let again = alice.activate(begun.id, Proof::Code(&code));
    assert_eq!(again, Err(Refusal::DeviceGone));
    assert_eq!(
        alice.begin(&mailbox()).err(),
        Some(Refusal::AlreadyEnrolled)
    );
}

#[test]
fn rts_24_2_a_device_is_enrolled_by_whoever_confirms_who_they_are() {
    let mut alice = Desk::of(ALICE).presenting(WRONG);
    let begun = alice.begin(&mailbox()).unwrap();
    let code = alice.world.sent_code().unwrap();
    let refused = alice.activate(begun.id, Proof::Code(&code));
    assert_eq!(refused, Err(Refusal::NotRecognised));
    assert_eq!(alice.world.failures(ALICE), 1);
    assert_eq!(last_event(&alice.world), "device.enrolment_failed");
    assert!(!alice.only().is_active());
    let wallet = alice.wallet();
    let silent = alice.silent();
    let refused = activate(
        alice.owner(),
        &wallet,
        begun.id,
        Proof::Code(&code),
        &silent,
    );
    assert_eq!(refused.answer.err(), Some(Refusal::Unconfirmed));
    assert!(refused.changes.is_empty(), "nothing was guessed");
}

#[test]
fn rts_4_3_b_five_wrong_passwords_block_and_then_the_right_one_is_refused() {
    let mut alice = Desk::of(ALICE).presenting(WRONG);
    let begun = alice.begin(&mailbox()).unwrap();
    let code = alice.world.sent_code().unwrap();
    for _ in 0..5 {
        let refused = alice.activate(begun.id, Proof::Code(&code));
        assert_eq!(refused, Err(Refusal::NotRecognised));
        alice.world.wait(1);
    }
    let mut alice = alice.presenting(RIGHT);
    let refused = alice.activate(begun.id, Proof::Code(&code));
    assert_eq!(refused, Err(Refusal::NotRecognised));
}

#[test]
fn a_code_is_tried_three_times_and_sent_again_after_a_while() {
    let mut alice = Desk::of(ALICE);
    let begun = alice.begin(&mailbox()).unwrap();
    for _ in 0..3 {
        let wrong = alice.activate(begun.id, Proof::Code("000000"));
        assert_eq!(wrong, Err(Refusal::CodeNotAccepted));
    }
    let code = alice.world.sent_code().unwrap();
    let dead = alice.activate(begun.id, Proof::Code(&code));
    assert_eq!(dead, Err(Refusal::CodeNotAccepted));
    let soon = resend(alice.owner(), &alice.wallet(), begun.id);
    assert_eq!(soon.answer.err(), Some(Refusal::TooSoon));
    let same = alice.begin(&mailbox()).unwrap();
    assert_eq!((same.id, alice.world.messages().len()), (begun.id, 1));
    for sent in 2..=5 {
        alice.world.wait(30);
        let again = resend(alice.owner(), &alice.wallet(), begun.id);
        alice.commit(again).unwrap();
        assert_eq!(alice.world.messages().len(), sent);
    }
    alice.world.wait(30);
    let many = resend(alice.owner(), &alice.wallet(), begun.id);
    assert_eq!(many.answer.err(), Some(Refusal::TooManyMessages));
    let latest = alice.world.sent_code().unwrap();
    alice.activate(begun.id, Proof::Code(&latest)).unwrap();
}

#[test]
fn messages_to_one_person_are_limited_whatever_device_they_begin() {
    let mut alice = Desk::of(ALICE);
    alice.world.policy.devices.messages.limit = 3;
    let number = |last: u32| Wanted::Sms(format!("+493012345{last:02}"));
    for last in 0..3 {
        alice.begin(&number(last)).unwrap();
    }
    let refused = alice.begin(&number(3)).err();
    assert_eq!(refused, Some(Refusal::TooManyMessages));
}

#[test]
fn an_authenticator_app_is_enrolled_by_a_code_of_it() {
    let mut alice = Desk::of(ALICE);
    let begun = alice.begin(&Wanted::Totp).unwrap();
    let same = alice.begin(&Wanted::Totp).unwrap();
    assert_eq!(
        shown_by(&begun, alice.world.now),
        shown_by(&same, alice.world.now)
    );
    let code = shown_by(&begun, alice.world.now);
    alice.activate(begun.id, Proof::Code(&code)).unwrap();
    assert!(alice.only().is_active());
    // What the app showed is spent.
    let other = alice.begin(&Wanted::Totp).unwrap();
    assert_ne!(other.id, begun.id);
}

#[test]
fn the_secret_of_an_app_is_seen_in_the_session_in_which_it_was_made() {
    let mut alice = Desk::of(ALICE);
    let [here, elsewhere] = [1, 2].map(|byte| SessionId::from_bytes([byte; 16]));
    let begin_in = |alice: &mut Desk, session| {
        let owner = Owner {
            session: Some(session),
            ..alice.owner()
        };
        let begun = begin(owner, &alice.wallet(), &Wanted::Totp, "");
        let device = alice.commit(begun).ok().unwrap();
        let seen = [here, elsewhere].map(|session| {
            let owner = Owner {
                session: Some(session),
                ..alice.owner()
            };
            is_seen_by(&device, owner)
        });
        (device, seen)
    };
    let (theirs, seen) = begin_in(&mut alice, elsewhere);
    assert_eq!(seen, [false, true]);
    let (own, seen) = begin_in(&mut alice, here);
    assert_eq!(seen, [true, false]);
    let now = alice.world.now;
    assert_ne!(shown_by(&theirs, now), shown_by(&own, now));
    assert_eq!(alice.only().id, own.id, "the other is worth nothing");
    let (again, _) = begin_in(&mut alice, here);
    assert_eq!(again.id, own.id);
}

#[test]
fn a_device_that_was_begun_long_ago_is_gone() {
    let mut alice = Desk::of(ALICE);
    let old = alice.begin(&Wanted::Totp).unwrap();
    alice.world.wait(60 * 60);
    let code = shown_by(&old, alice.world.now);
    let late = alice.activate(old.id, Proof::Code(&code));
    assert_eq!(late, Err(Refusal::DeviceGone));
    let new = alice.begin(&Wanted::Totp).unwrap();
    assert_ne!(new.id, old.id);
    assert_eq!(alice.only().id, new.id);
}

#[test]
fn webauthn_7_1_a_passkey_is_enrolled_by_the_credential_that_was_asked_for() {
    let mut alice = Desk::of(ALICE);
    let begun = alice.begin(&Wanted::WebAuthn { roaming: false }).unwrap();
    assert!(matches!(begun.kind, DeviceKind::WebAuthnPending { .. }));
    let made = alice.made(&begun);
    let response = read(&made);
    let code = alice.activate(begun.id, Proof::Code("123456"));
    assert_eq!(code, Err(Refusal::CodeNotAccepted));
    let proof = Proof::Credential {
        response: &response,
        known: false,
    };
    let spent = alice.activate(begun.id, proof);
    assert_eq!(
        spent,
        Err(Refusal::CredentialNotAccepted),
        "the challenge is spent"
    );
    // Another authenticator, which has none of the credentials before.
    alice.world.authenticator = SoftAuthenticator::at("https://id.example.com");
    let id = alice.add_passkey().unwrap();
    assert_eq!(id, begun.id, "it was begun already");
    assert!(matches!(alice.only().kind, DeviceKind::WebAuthn(_)));
    let amr = &current(&alice.world).authentication.amr;
    assert_eq!(amr, &["pwd", "hwk", "mfa"]);
    // It signs on from now on.
    let flow = alice.world.begin(Requirement {
        reauthenticate: true,
        ..Requirement::default()
    });
    alice.world.store(&flow);
    let outcome = alice.world.touch(&flow).outcome();
    assert_eq!(outcome.user(), alice.acting.user.id);
}

#[test]
fn webauthn_7_1_26_a_credential_is_registered_once() {
    let mut alice = Desk::of(ALICE);
    let begun = alice.begin(&Wanted::WebAuthn { roaming: true }).unwrap();
    let made = alice.made(&begun);
    let proof = Proof::Credential {
        response: &read(&made),
        known: true,
    };
    let refused = alice.activate(begun.id, proof);
    assert_eq!(refused, Err(Refusal::CredentialNotAccepted));
}

#[test]
fn webauthn_5_4_the_other_credentials_of_the_person_are_excluded() {
    let mut alice = Desk::of(ALICE);
    alice.add_passkey().unwrap();
    let begun = alice.begin(&Wanted::WebAuthn { roaming: true }).unwrap();
    let policy = alice.world.policy.devices.webauthn.clone().unwrap();
    let devices = alice.wallet().devices;
    let asked = options(alice.owner().user, &devices, &begun, &policy, |asked| {
        asked.json(BytesAs::Base64Url)
    });
    let asked = asked.unwrap();
    assert_eq!(asked["excludeCredentials"].as_array().unwrap().len(), 1);
    let selection = &asked["authenticatorSelection"];
    assert_eq!(selection["authenticatorAttachment"], "cross-platform");
    assert_eq!(selection["residentKey"], "preferred");
    assert_eq!(selection["userVerification"], "preferred");
}

#[test]
fn a_key_that_is_still_to_be_made_proves_nothing_whatever_its_status_says() {
    let mut alice = Desk::of(ALICE);
    let begun = alice.begin(&Wanted::WebAuthn { roaming: false }).unwrap();
    let loaded = alice.world.devices_of(alice.acting.user.id).remove(0);
    let forged = Device {
        status: DeviceStatus::Active,
        ..begun
    };
    alice
        .world
        .commit_one(|changes| changes.replace(&loaded, &forged));
    let step = alice.world.step(&alice.world.begin(Requirement::default()));
    assert_eq!(
        step,
        Step::Failed(Cause::NoSecondFactor),
        "there is nothing to be asked"
    );
}

#[test]
fn whoever_has_signed_on_with_two_factors_just_now_need_not_present_a_password() {
    let mut world = World::with_passkeys();
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    world.touch(&flow).outcome();
    let erin = Desk {
        acting: Acting::new(&world, ERIN, RIGHT),
        world,
        second_factor: SecondFactor::WhenEnrolled,
    };
    let id = erin.only().id;
    let remove = |desk: &Desk| remove(desk.owner(), &desk.wallet(), id, &desk.silent()).answer;
    assert_eq!(remove(&erin), Ok(()));
    let mut erin = erin;
    erin.world.wait(5 * 60);
    assert_eq!(remove(&erin), Err(Refusal::Unconfirmed));
}

#[test]
fn one_factor_however_fresh_confirms_nothing() {
    let mut alice = Desk::of(ALICE);
    let begun = alice.begin(&mailbox()).unwrap();
    let code = alice.world.sent_code().unwrap();
    let wallet = alice.wallet();
    let proof = Proof::Code(&code);
    let refused = activate(alice.owner(), &wallet, begun.id, proof, &alice.silent());
    assert_eq!(refused.answer.err(), Some(Refusal::Unconfirmed));
}

#[test]
fn a_person_is_told_of_a_new_device_at_their_other_addresses() {
    let mut alice = Desk::of(ALICE);
    alice.acting.user.profile.email = Some("own@example.com".to_owned());
    alice.acting.user.profile.email_verified = Some(true);
    let told = |desk: &Desk| -> Vec<String> {
        let messages = desk.world.messages().into_iter();
        let mails = messages.filter_map(|message| match message.content {
            MessageContent::Email { to, body, .. } => {
                body.expose().contains("was added").then_some(to)
            }
            MessageContent::Sms { to, text } => text.expose().contains("was added").then_some(to),
            _ => None,
        });
        mails.collect()
    };
    alice.add(&mailbox());
    assert_eq!(told(&alice), ["own@example.com"]);
    alice.add(&Wanted::Sms("+49301234567".to_owned()));
    let mut again = told(&alice).split_off(1);
    again.sort();
    assert_eq!(again, [MAIL, "own@example.com"]);

    let mut bob = Desk::in_world(World::new(), BOB, RIGHT);
    bob.acting.user.profile.email = None;
    bob.add(&Wanted::Sms("+49301234567".to_owned()));
    assert!(told(&bob).is_empty(), "there is no other place");
    bob.add(&Wanted::Sms("+49301234568".to_owned()));
    assert_eq!(told(&bob), ["+49301234567"]);
}

#[test]
fn devices_are_named_with_1_to_64_characters_that_can_be_seen() {
    let mut alice = Desk::of(ALICE);
    let id = alice.add(&mailbox());
    let longest = "é".repeat(64);
    for good in ["x", "My phone", " Zoë’s 📱 ", &longest] {
        let named = rename(alice.owner(), &alice.wallet(), id, good);
        assert_eq!(alice.commit(named).ok().unwrap().name, good.trim());
        alice.world.wait(1);
    }
    assert_eq!(last_event(&alice.world), "device.renamed");
    for wrong in ["", "  ", &"x".repeat(65), "a\u{202e}b", "a\nb", "\u{200b}"] {
        let refused = rename(alice.owner(), &alice.wallet(), id, wrong);
        assert_eq!(refused.answer.err(), Some(Refusal::NotAName), "{wrong:?}");
    }
    let unnamed = begin(alice.owner(), &alice.wallet(), &Wanted::Totp, "a\0b");
    assert_eq!(unnamed.answer.err(), Some(Refusal::NotAName));
}

#[test]
fn the_default_is_asked_first_and_new_devices_come_last() {
    let mut alice = Desk::of(ALICE);
    let mail = alice.add(&mailbox());
    let sms = alice.add(&Wanted::Sms("+49301234567".to_owned()));
    let key = alice.add_passkey().unwrap();
    let order = |desk: &Desk| desk.devices().iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(order(&alice), [mail, sms, key]);
    let preferred = reorder(alice.owner(), &alice.wallet(), &[key]);
    alice.commit(preferred).unwrap();
    assert_eq!(order(&alice), [key, mail, sms]);
    assert_eq!(alice.wallet().default_device(alice.owner()), Some(key));
    assert_eq!(last_event(&alice.world), "device.default_changed");
    let same = reorder(alice.owner(), &alice.wallet(), &[key, mail]);
    assert!(same.changes.is_empty());
    let pending = alice.begin(&Wanted::Totp).unwrap().id;
    let unknown = DeviceId::from_bytes([9; 16]);
    for wrong in [pending, unknown] {
        let refused = reorder(alice.owner(), &alice.wallet(), &[wrong]);
        assert_eq!(refused.answer, Err(Refusal::DeviceGone));
    }
}

#[test]
fn devices_are_bounded() {
    let mut alice = Desk::of(ALICE);
    alice.world.policy.devices.most = 2;
    alice.add(&mailbox());
    let begun = alice.begin(&Wanted::Totp).unwrap();
    let refused = alice.begin(&Wanted::WebAuthn { roaming: true }).err();
    assert_eq!(refused, Some(Refusal::TooManyDevices));
    let codes = renew_recovery_codes(alice.owner(), &alice.wallet(), &alice.confirmation());
    assert_eq!(codes.answer.err(), Some(Refusal::TooManyDevices));
    assert_eq!(alice.begin(&Wanted::Totp).unwrap().id, begun.id);
    // One that was never set up goes without a password.
    let gone = remove(alice.owner(), &alice.wallet(), begun.id, &alice.silent());
    alice.commit(gone).unwrap();
    alice.begin(&Wanted::WebAuthn { roaming: true }).unwrap();
}

#[test]
fn what_is_not_used_here_is_not_enrolled() {
    let mut alice = Desk::in_world(World::new(), ALICE, RIGHT);
    let refused = alice.begin(&Wanted::WebAuthn { roaming: false }).err();
    assert_eq!(refused, Some(Refusal::KindNotOffered));
    alice.world.policy.devices.allowed.clear();
    assert_eq!(alice.begin(&mailbox()).err(), Some(Refusal::KindNotOffered));
    let codes = renew_recovery_codes(alice.owner(), &alice.wallet(), &alice.confirmation());
    assert_eq!(codes.answer.err(), Some(Refusal::KindNotOffered));
}

#[test]
fn a_device_is_removed_with_the_password_only() {
    let mut alice = Desk::of(ALICE);
    let id = alice.add(&mailbox());
    // The sign-on was with two factors in all, but the one that was fresh is not any more.
    alice.world.wait(10 * 60);
    let mut alice = alice.presenting(WRONG);
    assert_eq!(alice.remove(id), Err(Refusal::NotRecognised));
    assert_eq!(last_event(&alice.world), "device.removal_failed");
    alice.world.wait(1);
    let mut alice = alice.presenting(RIGHT);
    assert_eq!(alice.remove(id), Ok(()));
    assert_eq!(last_event(&alice.world), "device.removed");
    assert!(alice.devices().is_empty());
    assert_eq!(alice.remove(id), Err(Refusal::DeviceGone));
}

#[test]
fn a_wrong_password_is_refused_however_fresh_the_sign_on_is() {
    let mut alice = Desk::of(ALICE);
    let id = alice.add(&mailbox());
    let mut alice = alice.presenting(WRONG);
    assert_eq!(alice.remove(id), Err(Refusal::NotRecognised));
}

#[test]
fn the_last_second_factor_stays_where_one_is_required() {
    let mut alice = Desk::of(ALICE);
    let mail = alice.add(&mailbox());
    let codes = renew_recovery_codes(alice.owner(), &alice.wallet(), &alice.confirmation());
    alice.commit(codes).ok().unwrap();
    alice.second_factor = SecondFactor::Required;
    assert_eq!(alice.remove(mail), Err(Refusal::LastDevice));
    alice.world.wait(1);
    let sms = alice.add(&Wanted::Sms("+49301234567".to_owned()));
    assert_eq!(alice.remove(mail), Ok(()));
    alice.second_factor = SecondFactor::WhenEnrolled;
    alice.world.wait(1);
    assert_eq!(alice.remove(sms), Ok(()));
}

#[test]
fn whoever_has_no_password_keeps_their_last_passkey() {
    let mut alice = Desk::of(ALICE);
    let key = alice.add_passkey().unwrap();
    let without = Confirmation {
        stored: None,
        ..alice.silent()
    };
    let refused = remove(alice.owner(), &alice.wallet(), key, &without);
    assert_eq!(refused.answer, Err(Refusal::LastDevice));
}

#[test]
fn recovery_codes_are_shown_once_and_made_anew() {
    let mut alice = Desk::of(ALICE);
    let alone = renew_recovery_codes(alice.owner(), &alice.wallet(), &alice.confirmation());
    assert_eq!(alone.answer.err(), Some(Refusal::NothingToRecover));
    let mail = alice.add(&mailbox());
    let paper = |alice: &Desk| alice.devices().pop().unwrap();
    let renew = |alice: &mut Desk| {
        let codes = renew_recovery_codes(alice.owner(), &alice.wallet(), &alice.confirmation());
        alice.world.wait(1);
        alice.commit(codes).ok().unwrap()
    };
    let first = renew(&mut alice);
    assert_eq!(recovery::left(&paper(&alice)), Some(10));
    let second = renew(&mut alice);
    let latest = paper(&alice);
    let is_good =
        |code: &domain::Secret| recovery::accept(&latest, code.expose(), alice.world.now).is_some();
    assert!(second.iter().all(is_good) && !first.iter().any(is_good));
    let mut alice = alice.presenting(WRONG);
    let refused = renew_recovery_codes(alice.owner(), &alice.wallet(), &alice.confirmation());
    assert_eq!(alice.commit(refused).err(), Some(Refusal::NotRecognised));
    let mut alice = alice.presenting(RIGHT);
    alice.world.wait(1);
    alice.remove(mail).unwrap();
    assert!(
        alice.devices().is_empty(),
        "there is nothing to stand in for"
    );
}

#[test]
fn anothers_device_is_not_there() {
    let mut alice = Desk::of(ALICE);
    let id = alice.add(&mailbox());
    let devices = alice.wallet().devices;
    let bob = Desk::in_world(World::new(), BOB, RIGHT);
    let wallet = Wallet {
        devices,
        ..bob.wallet()
    };
    let owner = bob.owner();
    let gone = Some(Refusal::DeviceGone);
    let confirmation = bob.confirmation();
    assert_eq!(remove(owner, &wallet, id, &confirmation).answer.err(), gone);
    assert_eq!(rename(owner, &wallet, id, "mine").answer.err(), gone);
    assert_eq!(reorder(owner, &wallet, &[id]).answer.err(), gone);
    assert_eq!(resend(owner, &wallet, id).answer.err(), gone);
    assert_eq!(discard(owner, &wallet, id).answer.err(), gone);
    let proof = Proof::Code("000000");
    let activated = activate(owner, &wallet, id, proof, &confirmation);
    assert_eq!(activated.answer.err(), gone);
}

#[test]
fn an_administrator_vouches_for_addresses_and_for_nothing_else() {
    let mut alice = Desk::of(ALICE);
    let actor = Actor::Administrator("root".to_owned());
    let administered = |desk: &Desk, wanted: &Wanted| {
        let owner = Owner {
            administrator: Some(&actor),
            ..desk.owner()
        };
        register(owner, &desk.wallet(), wanted, "Work")
    };
    let added = administered(&alice, &mailbox());
    let added = alice.commit(added).ok().unwrap();
    assert!(added.is_active());
    let event = alice.world.all::<domain::AuditEvent>().pop().unwrap();
    assert_eq!(event.actor, actor);
    assert_eq!(event.detail["after"]["target"], "a***@e***.com");
    for wanted in [Wanted::Totp, Wanted::WebAuthn { roaming: false }] {
        let refused = administered(&alice, &wanted);
        assert_eq!(refused.answer.err(), Some(Refusal::CodeNotAccepted));
    }
    let begun = alice.begin(&Wanted::Totp).unwrap();
    let code = shown_by(&begun, alice.world.now);
    let admitted = admit(alice.owner(), &alice.wallet(), begun.id, Proof::Code(&code));
    assert!(alice.commit(admitted).ok().unwrap().is_active());
    let before = current(&alice.world).authentication.amr;
    assert_eq!(before, ["pwd"], "no session is worth more");
    let discarded = discard(alice.owner(), &alice.wallet(), begun.id);
    alice.commit(discarded).unwrap();
}

#[test]
fn whoever_is_not_to_be_asked_for_a_second_factor_is_not() {
    let mut world = World::new();
    let user = world.user(BOB).unwrap();
    let loaded: Versioned<domain::User> = world.get(user.id).unwrap();
    let resting = domain::User {
        mfa_enabled: false,
        ..user
    };
    let mut changes = Changes::none();
    changes.replace(&loaded, &resting);
    world.commit(changes).unwrap();
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    let outcome = world.password(&flow, BOB, RIGHT).outcome();
    assert_eq!(outcome.amr(), ["pwd"]);
}
