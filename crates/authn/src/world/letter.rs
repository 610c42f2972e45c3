//! What people are sent, and the codes in it.

use domain::{Message, MessageContent};

use super::World;

impl World {
    /// The messages that were written, in their order.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let messages = self.all::<Message>().into_iter();
        messages.map(|message| message.record).collect()
    }

    /// The code in the message that was written last.
    pub(crate) fn sent_code(&self) -> Option<String> {
        code_in(&self.messages().pop()?.content)
    }

    /// The code in the mail that was written last of those with one.
    pub(crate) fn mailed_code(&self) -> Option<String> {
        let messages = self.messages().into_iter().rev();
        let mut codes = messages.map(|message| long_code_in(&message.content));
        codes.find_map(|code| code)
    }
}

/// The code in a message to a device, if there is one.
pub(crate) fn code_in(content: &MessageContent) -> Option<String> {
    let text = match content {
        MessageContent::Email { body, .. } => body,
        MessageContent::Sms { text, .. } | MessageContent::Voice { text, .. } => text,
        MessageContent::Push { payload, .. } => payload,
    };
    let mut words = text.expose().split(|letter: char| !letter.is_ascii_digit());
    let code = words.find(|word| word.len() == 6)?;
    Some(code.to_owned())
}

/// The code in a mail to whoever has forgotten their password, if there is one.
pub(crate) fn long_code_in(content: &MessageContent) -> Option<String> {
    let MessageContent::Email { body, .. } = content else {
        return None;
    };
    let is_code = |word: &&str| word.len() == 8 && !word.contains(char::is_lowercase);
    let mut words = body
        .expose()
        .split(|letter: char| !letter.is_ascii_alphanumeric());
    words.find(is_code).map(str::to_owned)
}
