//! Checking a request, and answering it.

use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use domain::port::{Changes, Random};
use domain::{Organization, Timestamp};
use serde_json::{Map, Value, json};

use super::{Malformed, Members, Outcome};
use crate::pingid::{self, NotSigned, NotTheirs, VerifiedMessage};

/// The longest request, in bytes: some list the thousand groups of a person.
pub const MAX_LENGTH: usize = 192 << 10;

/// The longest `clientData`, in bytes.
const MAX_CLIENT_DATA: usize = 4096;

/// How long a request is good, before and after. Clients write the time of their own place: UTC, or
/// that of Denver.
const LONGEST: Duration = Duration::from_hours(24);

/// Random bytes in a `uniqueMsgId`.
const MESSAGE_ID: usize = 24;

/// What is wrong with a request that the organisation has signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// `reqHeader` or `reqBody` is no object, or a member of theirs is malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Its token is not that of the key.
    #[error("the token is not that of the key")]
    OtherToken,
    /// `orgAlias` is another organisation's.
    #[error("the request is for another organisation")]
    OtherOrganization,
    /// It was made too long ago.
    #[error("the request has expired")]
    Expired,
    /// It was made in the future.
    #[error("the request is from the future")]
    Ahead,
}

impl From<Unfit> for Outcome {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Malformed(_) => Self::Malformed,
            Unfit::OtherToken => Self::OtherToken,
            Unfit::OtherOrganization => Self::OtherOrganization,
            Unfit::Expired => Self::Expired,
            Unfit::Ahead => Self::Ahead,
        }
    }
}

/// A request that an organisation has signed. Only [`verify`] makes one.
pub struct VerifiedRequest<'o> {
    message: VerifiedMessage<'o>,
    /// What it asks, or what is wrong with it.
    pub asked: Result<Asked, Unfit>,
}

/// What a request that was found good asks.
pub struct Asked {
    /// `reqBody`
    pub body: Members,
    /// In which language people are to be told things.
    pub locale: Option<String>,
    /// What takes it once.
    once: Option<(Vec<u8>, Timestamp)>,
}

/// Verifies that a request is the organisation's, and then that it is good now.
///
/// # Errors
/// It is not the organisation's.
pub fn verify<'o>(
    organization: &'o Organization,
    jws: &str,
    now: Timestamp,
) -> Result<VerifiedRequest<'o>, NotTheirs> {
    let message = pingid::verify(organization, jws, MAX_LENGTH, now)?;
    let asked = asked(organization, &message, jws.trim(), now);
    Ok(VerifiedRequest { message, asked })
}

/// The alias that a request has in its `reqHeader`, for one whose JWS names nobody; nothing is proven by it.
pub fn alias_in(payload: &Map<String, Value>) -> Option<String> {
    let header = Members::of(payload).ok()?.within("reqHeader").ok()?;
    let alias = header.text("orgAlias").ok()??;
    Some(alias.to_owned())
}

impl VerifiedRequest<'_> {
    /// The answer to it, signed with the same key.
    ///
    /// # Errors
    /// The cryptographic library made no signature.
    pub fn answer(
        &self,
        outcome: Outcome,
        more: Map<String, Value>,
        random: &dyn Random,
    ) -> Result<String, NotSigned> {
        let payload = answer(outcome, self.client_data(), more, random);
        self.message.answer(&payload)
    }

    /// `clientData`, which every answer brings back.
    fn client_data(&self) -> Option<&str> {
        let body = self.message.payload().get("reqBody")?;
        let told = body.get("clientData")?.as_str();
        told.filter(|it| it.len() <= MAX_CLIENT_DATA)
    }
}

impl Asked {
    /// What makes the request good once. One that does not say when it was made is as any other of the
    /// same words, and clients make those again and again.
    pub fn claims(&self) -> Changes {
        let mut changes = Changes::none();
        if let Some((digest, until)) = &self.once {
            changes.claim("pingid.request", &[digest], *until);
        }
        changes
    }
}

/// What an answer says.
pub fn answer(
    outcome: Outcome,
    client_data: Option<&str>,
    more: Map<String, Value>,
    random: &dyn Random,
) -> Value {
    let mut bytes = [0; MESSAGE_ID];
    random.fill(&mut bytes);
    let mut body = more;
    body.insert("errorId".to_owned(), outcome.wire().id.into());
    body.insert("errorMsg".to_owned(), outcome.to_string().into());
    let id = format!("webs_{}", BASE64URL_NOPAD.encode(&bytes));
    body.insert("uniqueMsgId".to_owned(), id.into());
    body.insert("clientData".to_owned(), client_data.into());
    json!({ "responseBody": body })
}

fn asked(
    organization: &Organization,
    message: &VerifiedMessage<'_>,
    jws: &str,
    now: Timestamp,
) -> Result<Asked, Unfit> {
    let payload = Members::of(message.payload())?;
    let header = payload.within("reqHeader")?;
    let shown = header.text("secretKey")?;
    if !message.shows_its_token() || shown.is_some_and(|shown| !message.has_token(shown)) {
        return Err(Unfit::OtherToken);
    }
    let named = header.text("orgAlias")?;
    if named.is_some_and(|named| !named.trim().eq_ignore_ascii_case(&organization.alias)) {
        return Err(Unfit::OtherOrganization);
    }
    let made = header.text("timestamp").ok().flatten().and_then(time);
    if made.is_some_and(|made| made + LONGEST < now) {
        return Err(Unfit::Expired);
    }
    if made.is_some_and(|made| now + LONGEST < made) {
        return Err(Unfit::Ahead);
    }
    // What is signed and not the signature: another text of the same signature is no other request.
    let signed = jws.rsplit_once('.').map_or(jws, |(signed, _)| signed);
    let digest = digest::digest(&digest::SHA256, signed.as_bytes());
    let body = payload.object("reqBody")?;
    body.text_within("clientData", MAX_CLIENT_DATA)?;
    Ok(Asked {
        body,
        locale: header.text_within("locale", 64)?.map(str::to_owned),
        once: made.map(|made| (digest.as_ref().to_vec(), made + LONGEST)),
    })
}

/// The time that a client writes: `yyyy-MM-dd HH:mm:ss.SSS` of wherever it is, read as UTC;
/// `/Date(…)/` with milliseconds; RFC 3339. `None` for anything else, of which nothing follows.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(date) = text.strip_prefix("/Date(") {
        let digits = date.split(['+', '-', ')']).next()?;
        return digits.parse().ok().map(Timestamp::from_millis);
    }
    let instant = text.replacen(' ', "T", 1);
    instant
        .parse()
        .or_else(|_| format!("{instant}Z").parse())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_write_the_time_in_many_ways() {
        let noon = Some(Timestamp::from_millis(1_795_348_800_123));
        assert_eq!(time("2026-11-22 12:00:00.123"), noon);
        assert_eq!(time("2026-11-22T12:00:00.123Z"), noon);
        assert_eq!(time("2026-11-22T13:00:00.123+01:00"), noon);
        assert_eq!(time("/Date(1795348800123)/"), noon);
        assert_eq!(time("/Date(1795348800123+0100)/"), noon);
        for text in ["", "now", "1795348800", "/Date()/", "22.11.2026"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
