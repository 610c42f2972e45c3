//! The devices of the people of the house, and what is sent to them.

use authn::factor::webauthn::{
    AttestationConveyance, BytesAs, Challenge, CoseAlgorithm, CreationOptions, Registration,
    RegistrationResponse, ResidentKey, UserEntity, UserVerification,
};
use authn::flow::WebAuthnPolicy;
use domain::port::{Changes, Records};
use domain::{Device, DeviceId, DeviceKind, DeviceStatus, Message, MessageContent};

use super::House;
use crate::person::Person;
use crate::soft_authenticator::SoftAuthenticator;

impl House {
    /// Adds a person with a mailbox and a telephone, in this order, to which codes are sent.
    pub async fn add_person_with_mailbox(&self, username: &str) -> Person {
        self.add_person_with_mailbox_to(&self.records, username)
            .await
    }

    pub(crate) async fn add_person_with_mailbox_to(
        &self,
        records: &Records,
        username: &str,
    ) -> Person {
        let person = self.add_person_to(records, username).await;
        let email = DeviceKind::Email {
            address: format!("{username}@example.com"),
        };
        let sms = DeviceKind::Sms {
            number: "+4930123456".to_owned(),
        };
        for (position, kind) in (0..).zip([email, sms]) {
            let device = self.device(&person, position, kind);
            let mut changes = Changes::none();
            changes.insert(&device);
            records.commit(changes).await.unwrap();
        }
        person
    }

    /// Has a person's authenticator make a passkey, as `policy` wants it.
    pub async fn add_passkey(
        &self,
        person: &Person,
        policy: &WebAuthnPolicy,
        authenticator: &mut SoftAuthenticator,
    ) {
        let challenge = Challenge::random(&*self.random);
        let options = CreationOptions {
            relying_party: &policy.relying_party,
            user: UserEntity {
                id: person.id.as_bytes(),
                name: &person.username,
                display_name: &person.username,
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
        let created = authenticator.create(&options.json(BytesAs::Base64Url));
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
        let registered = registration.verify(&response, self.now()).unwrap();
        let kind = DeviceKind::WebAuthn(registered.into_record());
        let mut changes = Changes::none();
        changes.insert(&self.device(person, 0, kind));
        self.records.commit(changes).await.unwrap();
    }

    fn device(&self, person: &Person, position: u32, kind: DeviceKind) -> Device {
        Device {
            id: DeviceId::new(self.now(), &*self.random),
            user: person.id,
            name: String::new(),
            kind,
            status: DeviceStatus::Active,
            created: self.now(),
            last_used: None,
            position,
            pairing: None,
        }
    }

    /// All that is to be sent to people, the oldest first.
    pub async fn messages(&self) -> Vec<Message> {
        let messages = self.records.all::<Message>().await.unwrap();
        messages.into_iter().map(|message| message.record).collect()
    }

    /// The code in the mail that was written last of those by which somebody recovers or confirms
    /// something.
    pub async fn mailed_code(&self) -> String {
        let is_code = |word: &&str| word.len() == 8 && !word.contains(char::is_lowercase);
        let code_in = |message: Message| {
            let MessageContent::Email { body, .. } = message.content else {
                return None;
            };
            let mut words = body
                .expose()
                .split(|letter: char| !letter.is_ascii_alphanumeric());
            words.find(is_code).map(str::to_owned)
        };
        let messages = self.messages().await;
        let code = messages.into_iter().rev().find_map(code_in);
        code.expect("a mail with a code")
    }

    /// The one-time code in the message that was written last.
    pub async fn sent_code(&self) -> String {
        code_in(&self.last_text(&self.records).await)
    }

    /// The text of the message that was written last, of the server's own.
    pub async fn last_told(&self) -> String {
        self.last_text(self.records()).await
    }

    /// The text of the message that was written last.
    pub(crate) async fn last_text(&self, records: &Records) -> String {
        let messages = records.all::<Message>().await.unwrap();
        let message = messages.last().expect("a message");
        let text = match &message.content {
            MessageContent::Email { body, .. } => body,
            MessageContent::Sms { text, .. } | MessageContent::Voice { text, .. } => text,
            MessageContent::Push { payload, .. } => payload,
        };
        text.expose().to_owned()
    }
}

/// The one-time code in a text.
pub fn code_in(text: &str) -> String {
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit());
    let code = numbers.find(|number| (6..=10).contains(&number.len()));
    code.unwrap_or_else(|| panic!("no code in {text}"))
        .to_owned()
}
