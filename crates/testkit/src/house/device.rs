//! The devices of the people of the house, and what is sent to them.

use domain::port::Changes;
use domain::{Device, DeviceId, DeviceKind, DeviceStatus, Message, MessageContent};

use super::House;
use crate::person::Person;

impl House {
    /// Adds a person with a mailbox and a telephone, in this order, to which codes are sent.
    pub async fn add_person_with_mailbox(&self, username: &str) -> Person {
        let person = self.add_person(username).await;
        let email = DeviceKind::Email {
            address: format!("{username}@example.com"),
        };
        let sms = DeviceKind::Sms {
            number: "+4930123456".to_owned(),
        };
        for (position, kind) in (0..).zip([email, sms]) {
            self.add_device(&person, position, kind).await;
        }
        person
    }

    async fn add_device(&self, person: &Person, position: u32, kind: DeviceKind) {
        let mut changes = Changes::none();
        changes.insert(&Device {
            id: DeviceId::new(self.now(), &*self.random),
            user: person.id,
            name: String::new(),
            kind,
            status: DeviceStatus::Active,
            created: self.now(),
            last_used: None,
            position,
            pairing: None,
        });
        self.records.commit(changes).await.unwrap();
    }

    /// All that is to be sent to people, the oldest first.
    pub async fn messages(&self) -> Vec<Message> {
        let messages = self.records.all::<Message>().await.unwrap();
        messages.into_iter().map(|message| message.record).collect()
    }

    /// The one-time code in the message that was written last.
    pub async fn sent_code(&self) -> String {
        let message = self.messages().await.pop().expect("a message");
        let text = match message.content {
            MessageContent::Email { body, .. } => body,
            MessageContent::Sms { text, .. } | MessageContent::Voice { text, .. } => text,
            MessageContent::Push { payload, .. } => payload,
        };
        let text = text.expose();
        let mut numbers = text.split(|letter: char| !letter.is_ascii_digit());
        let code = numbers.find(|number| (6..=10).contains(&number.len()));
        code.unwrap_or_else(|| panic!("no code in {text}"))
            .to_owned()
    }
}
