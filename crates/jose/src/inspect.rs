//! What a token says of itself, for people who debug; nothing is verified.

use serde_json::{Map, Value};

use crate::{DEFAULT_MAX_TOKEN_LEN, Header, Refused, json, jws, strict_base64url};

/// What can be seen of a compact token without any key.
#[derive(Clone, Debug, PartialEq)]
pub enum Inspection {
    /// A signed token.
    Jws {
        /// Its header.
        header: Map<String, Value>,
        /// Its payload.
        payload: Payload,
        /// Length of its signature in bytes.
        signature_len: usize,
    },
    /// An encrypted token.
    Jwe {
        /// Its header.
        header: Map<String, Value>,
        /// Length of its encrypted key in bytes.
        encrypted_key_len: usize,
        /// Length of its ciphertext in bytes.
        ciphertext_len: usize,
    },
}

/// A payload in the most readable form that it has.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// JSON.
    Json(Value),
    /// Other text.
    Text(String),
    /// Other bytes.
    Bytes(Vec<u8>),
}

/// Describes a compact JWS or JWE without verifying or decrypting anything.
pub fn inspect(token: &str) -> Result<Inspection, Refused> {
    match token.split('.').count() {
        5 => inspect_jwe(token),
        _ => inspect_jws(token),
    }
}

fn inspect_jws(token: &str) -> Result<Inspection, Refused> {
    let unverified = jws::Unverified::parse(token, DEFAULT_MAX_TOKEN_LEN)?;
    Ok(Inspection::Jws {
        header: unverified.header().members().clone(),
        payload: Payload::of(unverified.unverified_payload()?),
        signature_len: unverified.signature_len(),
    })
}

fn inspect_jwe(token: &str) -> Result<Inspection, Refused> {
    let actual = token.len();
    if actual > DEFAULT_MAX_TOKEN_LEN {
        return Err(Refused::TooLong {
            limit: DEFAULT_MAX_TOKEN_LEN,
            actual,
        });
    }
    let mut parts = token.split('.');
    let header = Header::read(parts.next().unwrap_or_default())?
        .members()
        .clone();
    let mut len = |part| match strict_base64url::decode(parts.next().unwrap_or_default()) {
        Ok(bytes) => Ok(bytes.len()),
        Err(_) => Err(Refused::NotBase64Url { part }),
    };
    let encrypted_key_len = len("encrypted key")?;
    len("initialization vector")?;
    let ciphertext_len = len("ciphertext")?;
    len("authentication tag")?;
    Ok(Inspection::Jwe {
        header,
        encrypted_key_len,
        ciphertext_len,
    })
}

impl Payload {
    fn of(bytes: Vec<u8>) -> Self {
        match (json::parse(&bytes), String::from_utf8(bytes)) {
            (Ok(value), _) => Self::Json(value),
            (Err(_), Ok(text)) => Self::Text(text),
            (Err(_), Err(error)) => Self::Bytes(error.into_bytes()),
        }
    }
}
