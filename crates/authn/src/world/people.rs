//! The people and what they have.

use std::time::Duration;

use domain::{Device, DeviceId, DeviceKind, DeviceStatus, Password, Profile, User, UserId};

use super::{DORA, ERIN, RIGHT, World};
use crate::factor::password::Salt;
use crate::factor::webauthn::{
    AttestationConveyance, BytesAs, Challenge, CoseAlgorithm, CreationOptions, Registration,
    RegistrationResponse, RelyingParty, ResidentKey, UserEntity, UserVerification,
};
use crate::factor::{recovery, totp};
use crate::flow::WebAuthnPolicy;

impl World {
    /// A world in which passkeys are used, and erin has one.
    pub(crate) fn with_passkeys() -> Self {
        let mut world = Self::new();
        let origin = "https://id.example.com";
        let party = RelyingParty::new("id.example.com", "Example", &[origin]).unwrap();
        world.policy.devices.webauthn = Some(WebAuthnPolicy::new(party));
        world.equip_with_passkey(ERIN);
        world
    }

    pub(super) fn equip_with_passkey(&mut self, name: &str) {
        let user = self.user(name).unwrap().id;
        let policy = self.policy.devices.webauthn.clone().unwrap();
        let challenge = Challenge::random(&self.random);
        let options = CreationOptions {
            relying_party: &policy.relying_party,
            user: UserEntity {
                id: user.as_bytes(),
                name,
                display_name: name,
            },
            challenge: &challenge,
            algorithms: CoseAlgorithm::DEFAULT,
            timeout: policy.timeout,
            exclude: &[],
            attachment: None,
            resident_key: ResidentKey::Required,
            user_verification: UserVerification::Required,
            attestation: AttestationConveyance::None,
            hints: &[],
        };
        let created = self.authenticator.create(&options.json(BytesAs::Base64Url));
        let response = RegistrationResponse::parse(created.to_string().as_bytes()).unwrap();
        let registration = Registration {
            relying_party: &policy.relying_party,
            challenge: &challenge,
            algorithms: CoseAlgorithm::DEFAULT,
            user_verification: UserVerification::Required,
            conditional: false,
            attestation: &policy.attestation,
            already_registered: false,
        };
        let registered = registration.verify(&response, self.now).unwrap();
        let device = Device {
            id: DeviceId::new(self.now, &self.random),
            user,
            name: "laptop".to_owned(),
            kind: DeviceKind::WebAuthn(registered.into_record()),
            status: DeviceStatus::Active,
            created: self.now,
            last_used: None,
            position: 0,
            pairing: None,
        };
        self.commit_one(|changes| changes.insert(&device));
    }

    /// Gives somebody a mailbox, a telephone and recovery codes.
    pub(super) fn equip(&mut self, name: &str) {
        let user = self.user(name).unwrap().id;
        let email = DeviceKind::Email {
            address: format!("{name}@example.com"),
        };
        let sms = DeviceKind::Sms {
            number: "+4930123456".to_owned(),
        };
        let (codes, paper) = recovery::generate(user, self.now, &self.random);
        self.recovery_codes = codes;
        for (position, kind) in (0..).zip([email, sms]) {
            let device = Device {
                id: DeviceId::new(self.now, &self.random),
                user,
                name: format!("device {position}"),
                kind,
                status: DeviceStatus::Active,
                created: self.now,
                last_used: None,
                position,
                pairing: None,
            };
            self.commit_one(|changes| changes.insert(&device));
        }
        self.commit_one(|changes| changes.insert(&paper));
    }

    pub(super) fn add_person(&mut self, name: &str) {
        let user = User {
            id: UserId::new(self.now, &self.random),
            username: name.to_owned(),
            enabled: name != DORA,
            mfa_enabled: true,
            profile: Profile {
                email: Some(format!("{name}@example.com")),
                email_verified: Some(true),
                ..Profile::default()
            },
            created: self.now,
            modified: self.now,
        };
        let password = Password {
            user: user.id,
            hash: self.hasher.hash(RIGHT, &Salt::default()),
            changed: self.now,
            must_change: false,
        };
        self.commit_one(|changes| {
            changes.insert(&user);
            changes.insert(&password);
        });
    }

    pub(super) fn authenticator_of(&self, user: UserId) -> Device {
        let secret = totp::generate(&self.random);
        let pending = totp::device(user, "phone", secret, self.now, &self.random);
        let long_ago = self.now - Duration::from_hours(1);
        let code = totp::shown_by(&pending, long_ago);
        totp::accept(&pending, &code, long_ago).unwrap()
    }
}
