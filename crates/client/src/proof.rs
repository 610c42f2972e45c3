//! What a device signs to begin (docs/recognize-protocol.md §3.4).

use jose::digest::sha256;
use jose::strict_base64url::encode;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::Pin;
use crate::device::Device;
use crate::error::Error;

/// What was said so far, byte by byte as it was on the wire.
#[derive(Clone)]
pub(crate) struct Transcript(Vec<u8>);

impl Transcript {
    /// What begins with this message.
    pub(crate) fn of(hello: &str) -> Self {
        Self(b"countersign recognize v2\0".to_vec()).and(hello)
    }

    /// The same with one message more.
    pub(crate) fn and(mut self, message: &str) -> Self {
        // No message is longer than the limit of texts, which is far below.
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(message.as_bytes());
        self
    }

    fn digest(&self) -> String {
        encode(sha256(&self.0))
    }
}

/// What a person gives besides the device.
#[derive(Clone)]
pub(crate) enum Factor {
    /// Their face, and what is to become of the PIN.
    Face(PinChange),
    /// Their PIN.
    Pin(Pin),
}

/// What is to become of the PIN of a device.
#[derive(Clone, Default)]
pub(crate) enum PinChange {
    /// It stays as it is.
    #[default]
    None,
    /// It is set.
    Set(Pin),
    /// It is removed.
    Remove,
}

impl Factor {
    /// Its name on the wire.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Face(_) => "face",
            Self::Pin(_) => "pin",
        }
    }

    /// What is beside the proof and not in it: the PIN, a new one, whether it is removed.
    fn beside(&self) -> (&str, &str, bool) {
        match self {
            Self::Pin(pin) => (pin.digits(), "", false),
            Self::Face(PinChange::None) => ("", "", false),
            Self::Face(PinChange::Set(pin)) => ("", pin.digits(), false),
            Self::Face(PinChange::Remove) => ("", "", true),
        }
    }
}

/// What a person has agreed to.
#[derive(Clone, Default)]
pub(crate) struct Agreed {
    /// The digest of the transaction.
    pub(crate) transaction: Option<String>,
    /// The version of the consent.
    pub(crate) consent: Option<String>,
}

/// The message `begin`.
pub(crate) fn begin(
    device: &Device<'_>,
    transcript: &Transcript,
    factor: &Factor,
    agreed: &Agreed,
) -> Result<Zeroizing<String>, Error> {
    let header = json!({"alg": "ES256", "typ": "recognize-begin+jwt", "jwk": device.jwk()});
    let mut claims = json!({
        "transcript": transcript.digest(),
        "factor": factor.name(),
        "secrets": digest_of_secrets(device.secret(), factor),
    });
    add(&mut claims, "transaction", agreed.transaction.as_deref());
    add(&mut claims, "consent", agreed.consent.as_deref());
    let proof = device.sign(&header, &claims)?;
    let secret = Zeroizing::new(encode(device.secret()));
    let mut begin = json!({"type": "begin", "proof": proof, "secret": *secret});
    let (pin, new_pin, remove_pin) = factor.beside();
    add(&mut begin, "pin", Some(pin).filter(|it| !it.is_empty()));
    add(
        &mut begin,
        "newPin",
        Some(new_pin).filter(|it| !it.is_empty()),
    );
    add(&mut begin, "removePin", remove_pin.then_some(true));
    Ok(Zeroizing::new(begin.to_string()))
}

/// "Members that have no value are left out, never `null`."
fn add(members: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let (Some(members), Some(value)) = (members.as_object_mut(), value) {
        members.insert(name.to_owned(), value.into());
    }
}

fn digest_of_secrets(secret: &[u8; 32], factor: &Factor) -> String {
    let (pin, new_pin, remove_pin) = factor.beside();
    let mut hashed = Zeroizing::new(b"countersign recognize secrets v2\0".to_vec());
    hashed.extend(secret);
    for pin in [pin, new_pin] {
        // A PIN has 12 digits at most.
        hashed.push(u8::try_from(pin.len()).unwrap_or(u8::MAX));
        hashed.extend(pin.as_bytes());
    }
    hashed.push(u8::from(remove_pin));
    encode(sha256(&hashed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognize_3_4_the_transcript_is_every_message_with_its_length() {
        let transcript = Transcript::of("{}").and("ä");
        let hashed = b"countersign recognize v2\0\0\0\0\x02{}\0\0\0\x02\xc3\xa4";
        assert_eq!(transcript.digest(), encode(sha256(hashed)));
    }

    #[test]
    fn recognize_3_4_the_digest_of_the_secrets_has_them_all() {
        let digest = |factor: Factor| digest_of_secrets(&[7; 32], &factor);
        let of = |rest: &[u8]| {
            let prefix = b"countersign recognize secrets v2\0".as_slice();
            encode(sha256(&[prefix, &[7; 32], rest].concat()))
        };
        let pin = Pin::given("271828").unwrap();
        assert_eq!(digest(Factor::Face(PinChange::None)), of(b"\0\0\0"));
        assert_eq!(digest(Factor::Pin(pin.clone())), of(b"\x06271828\0\0"));
        assert_eq!(
            digest(Factor::Face(PinChange::Set(pin))),
            of(b"\0\x06271828\0")
        );
        assert_eq!(digest(Factor::Face(PinChange::Remove)), of(b"\0\0\x01"));
    }
}
