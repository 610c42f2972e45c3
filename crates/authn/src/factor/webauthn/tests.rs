//! The ceremonies against an authenticator in software, clause by clause, and against recorded
//! answers of others.

mod attestation;
mod authentication;
mod flip;
mod recorded;
mod registration;
#[path = "../../../../testkit/src/soft_authenticator.rs"]
#[expect(
    unreachable_pub,
    reason = "the test kit's: it is public there, and has more than is wanted here"
)]
pub(crate) mod soft_authenticator;

use std::time::Duration;

use domain::port::fixed::CountingRandom;
use domain::{Timestamp, WebAuthnCredential};
use serde_json::Value;

use super::*;
use soft_authenticator::SoftAuthenticator;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ORIGIN: &str = "https://sso.example.com";
const HANDLE: &[u8] = b"handle of alice";

fn party() -> RelyingParty {
    RelyingParty::new("example.com", "Example", &[ORIGIN]).unwrap()
}

/// A person with an authenticator, at a relying party.
struct Ceremony {
    party: RelyingParty,
    authenticator: SoftAuthenticator,
    challenge: Challenge,
    user_verification: UserVerification,
    algorithms: Vec<CoseAlgorithm>,
    attestation: AttestationPolicy,
    conditional: bool,
    already_registered: bool,
}

impl Ceremony {
    fn new() -> Self {
        Self {
            party: party(),
            authenticator: SoftAuthenticator::at(ORIGIN),
            challenge: Challenge::random(&CountingRandom::default()),
            user_verification: UserVerification::Required,
            algorithms: CoseAlgorithm::DEFAULT.to_vec(),
            attestation: AttestationPolicy::Any,
            conditional: false,
            already_registered: false,
        }
    }

    /// What the authenticator answers to a request for a credential.
    fn create(&mut self) -> Value {
        let options = CreationOptions {
            relying_party: &self.party,
            user: UserEntity {
                id: HANDLE,
                name: "alice",
                display_name: "Alice",
            },
            challenge: &self.challenge,
            algorithms: &self.algorithms,
            timeout: Duration::from_secs(300),
            exclude: &[],
            attachment: None,
            resident_key: ResidentKey::Preferred,
            user_verification: self.user_verification,
            attestation: self.attestation.conveyance(),
            hints: &[],
        };
        self.authenticator.create(&options.json(BytesAs::Base64Url))
    }

    fn verify_created(&self, response: &Value) -> Result<WebAuthnCredential, WebAuthnError> {
        let response = RegistrationResponse::parse(response.to_string().as_bytes())?;
        let registration = Registration {
            relying_party: &self.party,
            challenge: &self.challenge,
            algorithms: &self.algorithms,
            user_verification: self.user_verification,
            conditional: self.conditional,
            attestation: &self.attestation,
            already_registered: self.already_registered,
        };
        let registered = registration.verify(&response, NOW)?;
        Ok(registered.into_record())
    }

    fn register(&mut self) -> Result<WebAuthnCredential, WebAuthnError> {
        let response = self.create();
        self.verify_created(&response)
    }

    /// What the authenticator answers to a request for a signature.
    fn sign(&mut self) -> Value {
        let options = RequestOptions {
            relying_party: &self.party,
            challenge: &self.challenge,
            timeout: Duration::from_secs(60),
            allow: &[],
            user_verification: self.user_verification,
            hints: &[],
        };
        self.authenticator.sign(&options.json(BytesAs::Numbers))
    }

    fn authentication(&self) -> Authentication<'_> {
        Authentication {
            relying_party: &self.party,
            challenge: &self.challenge,
            allowed: &[],
            user: ExpectedUser::Discovered(HANDLE),
            user_verification: self.user_verification,
        }
    }

    fn verify_signed(
        &self,
        response: &Value,
        credential: &WebAuthnCredential,
    ) -> Result<VerifiedAssertion, WebAuthnError> {
        let response = AuthenticationResponse::parse(response.to_string().as_bytes())?;
        self.authentication().verify(&response, credential)
    }

    fn authenticate(
        &mut self,
        credential: &WebAuthnCredential,
    ) -> Result<VerifiedAssertion, WebAuthnError> {
        let response = self.sign();
        self.verify_signed(&response, credential)
    }
}
