//! Taking the signature of a passkey or a security key.

use domain::port::{Changes, Versioned};
use domain::{Device, DeviceKind, WebAuthnCredential, claim_challenge};

use super::device::challenge as challenge_of;
use super::{Decision, Moment, Rejection};
use crate::approval::template::Method;
use crate::approval::{Binding, Presented, SignatureMaterial, WebAuthnMaterial};
use crate::evidence::{Evidence, KeyProof};
use crate::factor::webauthn::{
    Authentication, AuthenticationResponse, Challenge, Descriptor, ExpectedUser, UserVerification,
    VerifiedAssertion,
};
use crate::flow::approval::bind;
use crate::flow::device::Asked;
use crate::flow::facts::Person;
use crate::flow::record::{Flow, Subject};
use crate::flow::standing::{Standing, is_wanted};

/// A signature that was accepted: what it proves, and the device to be written back with it.
struct Accepted<'a> {
    evidence: Evidence,
    binding: Option<Binding>,
    loaded: &'a Versioned<Device>,
    device: Device,
}

impl Moment<'_> {
    /// A passkey that says by itself who the person is, and so takes the place of user name and
    /// password.
    pub(super) fn check_passkey(&self, response: &AuthenticationResponse) -> Decision {
        let now = self.auditor.now;
        let person = self.facts.person.as_ref();
        let accepted = person.and_then(|person| {
            let handle = person.user.id.as_bytes();
            let user = ExpectedUser::Discovered(handle);
            let accepted = self.verify(response, person, &self.flow.passkey, (user, &[]))?;
            let is_theirs = person.user.enabled && is_wanted(self.flow, person);
            is_theirs.then_some((person, accepted))
        });
        // What was signed once is signed for ever: the next signature is over something else.
        let passkey = Challenge::random(self.auditor.random);
        let name = person.map_or("", |person| person.user.username.as_str());
        let lockout = self.lockout(name);
        let Some((person, accepted)) = accepted.filter(|_| !lockout.is_blocked(now)) else {
            let flow = Flow {
                passkey,
                ..Flow::clone(self.flow)
            };
            return self.refuse_signature(flow, person, Rejection::NotRecognised);
        };
        let flow = Flow {
            subject: Some(Subject::Proven(person.user.id)),
            evidence: vec![accepted.evidence],
            prompt: None,
            passkey,
            ..self.flow.progressed(now)
        };
        let mut changes = Changes::none();
        changes.replace(accepted.loaded, &accepted.device);
        self.accept(flow, person, changes)
    }

    /// A passkey or a security key of who stands proven already.
    pub(super) fn check_assertion(
        &self,
        response: &AuthenticationResponse,
        allowed: &[Descriptor],
    ) -> Decision {
        let now = self.auditor.now;
        let prompt = self.flow.prompt.as_ref().map(|prompt| &prompt.asked);
        let standing = Standing::of(self.flow, self.facts, now);
        let (Some(Asked::Signature(challenge)), Some(standing)) = (prompt, standing) else {
            return self.refuse(self.step());
        };
        let person = standing.person;
        let user = ExpectedUser::Identified(person.user.id.as_bytes());
        let accepted = self.verify(response, person, challenge, (user, allowed));
        let blocked = self.lockout(&person.user.username).is_blocked(now);
        let Some(accepted) = accepted.filter(|_| !blocked) else {
            let mut flow = Flow::clone(self.flow);
            let another = challenge_of(&flow, self.auditor.random);
            if let (Some(prompt), Some(challenge)) = (&mut flow.prompt, another) {
                prompt.asked = Asked::Signature(challenge);
            }
            return self.refuse_signature(flow, Some(person), Rejection::AssertionNotAccepted);
        };
        let mut flow = self.flow.progressed(now);
        bind(
            &mut flow,
            &accepted.evidence,
            accepted.binding,
            Method::Page,
        );
        flow.evidence.push(accepted.evidence);
        flow.prompt = None;
        let mut changes = Changes::none();
        changes.replace(accepted.loaded, &accepted.device);
        let presented = self.flow.presented().map(Presented::transaction);
        if let Some(chosen) = presented.and_then(|it| it.challenge()) {
            changes.and(claim_challenge(chosen, now));
        }
        self.accept(flow, person, changes)
    }

    fn verify<'p>(
        &self,
        response: &AuthenticationResponse,
        person: &'p Person,
        challenge: &Challenge,
        (user, allowed): (ExpectedUser<'_>, &[Descriptor]),
    ) -> Option<Accepted<'p>> {
        let policy = self.facts.policy.devices.webauthn.as_ref()?;
        let (loaded, credential) = credential_of(person, response)?;
        let user_verification = match user {
            ExpectedUser::Discovered(_) => UserVerification::Required,
            ExpectedUser::Identified(_) => policy.user_verification,
        };
        let allowed: Vec<_> = allowed.iter().map(|it| it.id.clone()).collect();
        let authentication = Authentication {
            relying_party: &policy.relying_party,
            challenge,
            allowed: &allowed,
            user,
            user_verification,
        };
        let verified = authentication.verify(response, credential).ok()?;
        Some(self.accepted_signature(&verified, challenge, loaded, credential))
    }

    fn accepted_signature<'p>(
        &self,
        verified: &VerifiedAssertion,
        challenge: &Challenge,
        loaded: &'p Versioned<Device>,
        credential: &WebAuthnCredential,
    ) -> Accepted<'p> {
        let now = self.auditor.now;
        let proof = KeyProof {
            user_verified: verified.user_verified(),
            backup_eligible: credential.backup_eligible,
        };
        let signed = WebAuthnMaterial::of(verified.assertion_material(), challenge);
        let signature = signed.map(SignatureMaterial::WebAuthn);
        Accepted {
            evidence: Evidence::of_key(proof, loaded.user, loaded.id, now),
            binding: signature.map(Binding::Signature),
            loaded,
            device: Device {
                kind: DeviceKind::WebAuthn(verified.update(credential)),
                last_used: Some(now),
                ..loaded.record.clone()
            },
        }
    }

    fn refuse_signature(
        &self,
        flow: Flow,
        person: Option<&Person>,
        rejection: Rejection,
    ) -> Decision {
        let Some(person) = person else {
            // Nobody's credential: there is nobody whose failures could be counted.
            return self.settle(flow, Changes::none(), Some(rejection));
        };
        let lockout = self.lockout(&person.user.username);
        let blocked = lockout.is_blocked(self.auditor.now);
        let cause = if blocked {
            "blocked"
        } else {
            "wrong_signature"
        };
        self.fail(flow, lockout, (Some(&person.user), cause), rejection)
    }
}

/// The credential that has signed, if it is this person's.
fn credential_of<'p>(
    person: &'p Person,
    response: &AuthenticationResponse,
) -> Option<(&'p Versioned<Device>, &'p WebAuthnCredential)> {
    let mut devices = person.devices.iter().filter(|device| device.is_active());
    devices.find_map(|loaded| match &loaded.kind {
        DeviceKind::WebAuthn(credential) if credential.id == *response.credential_id() => {
            Some((loaded, credential))
        }
        _ => None,
    })
}
