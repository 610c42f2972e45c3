//! What a client was granted, and the refresh tokens that renew it.

use std::str::FromStr;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::port::{Kind, Lookups, Random, Record};
use crate::{
    AuthorizationDetails, Client, ClientId, Confirmation, GrantId, Scope, Secret, SessionId,
    Timestamp, UserId,
};

/// How and when a person proved who they are, as an ID token tells it (OpenID Connect Core §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// When (`auth_time`).
    pub time: Timestamp,
    /// With what (`amr`, RFC 8176).
    pub amr: Vec<String>,
    /// Which context class was reached (`acr`).
    pub acr: Option<String>,
    /// In which session (`sid`).
    pub session: SessionId,
}

/// What a person has granted a client (RFC 6749 §1.3): the stem of all tokens that come of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Grant {
    /// Identifies it.
    pub id: GrantId,
    /// Who granted it.
    pub user: UserId,
    /// Who was granted it.
    pub client: ClientId,
    /// What was granted.
    pub scope: Scope,
    /// What was granted besides, in detail (RFC 9396).
    #[serde(default, skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub authorization_details: AuthorizationDetails,
    /// How the person proved who they are.
    pub authentication: Authentication,
    /// The request's `claims` parameter (OpenID Connect Core §5.5), if there was one.
    pub claims: Option<serde_json::Value>,
    /// The refresh tokens of this grant, if it has any.
    pub refresh: Option<RefreshFamily>,
    /// The keys whose holder alone may use its refresh tokens.
    #[serde(default, skip_serializing_if = "Confirmation::is_none")]
    pub bound_to: Confirmation,
    /// When it was made.
    pub issued: Timestamp,
    /// When a token was last issued from it.
    pub updated: Timestamp,
    /// When it ends; never, if `None`.
    pub expires: Option<Timestamp>,
}

impl Grant {
    /// Whether tokens of this grant are still good.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// Whether the person allowed the client to go on without them, after the session has ended.
    pub fn outlives_session(&self) -> bool {
        // OpenID Connect Core §11: "requests that an OAuth 2.0 Refresh Token be issued that can be
        // used to obtain an Access Token that grants access to the End-User's UserInfo Endpoint even
        // when the End-User is not present (not logged in)."
        self.refresh.is_some() && self.scope.contains("offline_access")
    }

    /// Whether it was made to this client, and not to an earlier one of the same id.
    pub fn is_of(&self, client: &Client) -> bool {
        self.client == client.id && self.issued >= client.created
    }
}

impl Record for Grant {
    const KIND: Kind = Kind::Grant;

    fn key(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }

    fn lookups(&self) -> Lookups {
        let session = self.authentication.session;
        [
            Some(self.user.as_bytes().as_slice().into()),
            Some(self.client.as_ref().into()),
            Some(session.as_bytes().as_slice().into()),
        ]
    }

    fn expires(&self) -> Option<Timestamp> {
        self.expires
    }
}

/// All refresh tokens that a grant has had and will have.
///
/// A refresh token names its grant and its generation and proves both with a MAC under the
/// family's secret. So a spent one is recognised without being kept: only the generation that is
/// current now is remembered (docs/decisions/0003-refresh-tokens.md).
#[derive(Clone, Serialize, Deserialize)]
pub struct RefreshFamily {
    secret: Secret,
    generation: u32,
    rolled: Timestamp,
}

/// What a presented refresh token is to its grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// The one that is good now.
    Current,
    /// The one before, within the grace period in which a lost answer may be asked for again.
    WithinGrace,
    /// One that was spent: it was stolen, or its thief spent it first (RFC 9700 §4.14.2).
    Spent,
    /// Not one of this grant's.
    Forged,
}

impl RefreshFamily {
    /// A family that begins now.
    pub fn new(now: Timestamp, random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        random.fill(secret.as_mut_slice());
        let secret = Secret::new(BASE64URL_NOPAD.encode(secret.as_slice()));
        Self {
            secret,
            generation: 0,
            rolled: now,
        }
    }

    /// The family after its current token was spent.
    #[must_use]
    pub fn rolled(&self, now: Timestamp) -> Self {
        let generation = self.generation.saturating_add(1);
        Self {
            secret: self.secret.clone(),
            generation,
            rolled: now,
        }
    }

    /// When the current token was issued.
    pub const fn last_rolled(&self) -> Timestamp {
        self.rolled
    }

    /// The refresh token that is good now.
    pub fn current(&self, grant: GrantId) -> RefreshToken {
        let tag = self.tag(grant, self.generation);
        RefreshToken {
            grant,
            generation: self.generation,
            tag,
        }
    }

    /// What `presented` is to this family.
    pub fn judge(
        &self,
        presented: &RefreshToken,
        now: Timestamp,
        grace: Duration,
    ) -> RefreshVerdict {
        let expected = self.tag(presented.grant, presented.generation);
        if verify_slices_are_equal(&expected, &presented.tag).is_err() {
            return RefreshVerdict::Forged;
        }
        let in_grace =
            presented.generation.saturating_add(1) == self.generation && now < self.rolled + grace;
        match presented.generation {
            generation if generation == self.generation => RefreshVerdict::Current,
            _ if in_grace => RefreshVerdict::WithinGrace,
            _ => RefreshVerdict::Spent,
        }
    }

    fn tag(&self, grant: GrantId, generation: u32) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.expose().as_bytes());
        let mut context = hmac::Context::with_key(&key);
        context.update(b"countersign refresh token\0");
        context.update(grant.as_bytes());
        context.update(&generation.to_be_bytes());
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }
}

/// A refresh token as a client holds it (RFC 6749 §1.5).
pub struct RefreshToken {
    grant: GrantId,
    generation: u32,
    tag: [u8; 32],
}

impl RefreshToken {
    /// The grant that it says it renews; to be believed only after [`RefreshFamily::judge`].
    pub const fn grant(&self) -> GrantId {
        self.grant
    }

    /// The text that is handed out.
    pub fn expose(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new(
            [
                self.grant.as_bytes().as_slice(),
                &self.generation.to_be_bytes(),
                &self.tag,
            ]
            .concat(),
        );
        Zeroizing::new(BASE64URL_NOPAD.encode(&bytes))
    }
}

impl FromStr for RefreshToken {
    type Err = crate::IdFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = crate::IdFormat;
        let bytes = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| malformed)?;
        let bytes: [u8; 52] = bytes.try_into().map_err(|_| malformed)?;
        let (grant, rest) = bytes.split_first_chunk::<16>().ok_or(malformed)?;
        let (generation, tag) = rest.split_first_chunk::<4>().ok_or(malformed)?;
        let tag = tag.first_chunk::<32>().ok_or(malformed)?;
        Ok(Self {
            grant: GrantId::from_bytes(*grant),
            generation: u32::from_be_bytes(*generation),
            tag: *tag,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fixed::CountingRandom;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const GRACE: Duration = Duration::from_secs(60);

    fn family() -> (GrantId, RefreshFamily) {
        let random = CountingRandom::default();
        (GrantId::new(NOW, &random), RefreshFamily::new(NOW, &random))
    }

    fn presented(family: &RefreshFamily, grant: GrantId) -> RefreshToken {
        family.current(grant).expose().parse().unwrap()
    }

    #[test]
    fn the_current_token_is_good_and_the_one_before_is_spent_after_its_grace() {
        let (grant, first) = family();
        let token = presented(&first, grant);
        assert_eq!(first.judge(&token, NOW, GRACE), RefreshVerdict::Current);
        let second = first.rolled(NOW);
        assert_eq!(
            second.judge(&token, NOW, GRACE),
            RefreshVerdict::WithinGrace
        );
        assert_eq!(
            second.judge(&token, NOW, Duration::ZERO),
            RefreshVerdict::Spent
        );
        assert_eq!(
            second.judge(&token, NOW + GRACE, GRACE),
            RefreshVerdict::Spent
        );
        assert_eq!(
            second.rolled(NOW).judge(&token, NOW, GRACE),
            RefreshVerdict::Spent
        );
    }

    #[test]
    fn a_token_of_another_grant_or_a_changed_one_is_forged() {
        let (grant, family) = family();
        let random = CountingRandom::default();
        let other = RefreshFamily::new(NOW, &random).current(grant);
        assert_eq!(family.judge(&other, NOW, GRACE), RefreshVerdict::Forged);
        let mut changed = family.current(grant);
        changed.generation += 1;
        assert_eq!(family.judge(&changed, NOW, GRACE), RefreshVerdict::Forged);
    }

    #[test]
    fn text_that_is_no_token_is_refused() {
        for text in ["", "abc", "!", &"A".repeat(69), &"A".repeat(71)] {
            assert!(text.parse::<RefreshToken>().is_err(), "{text}");
        }
    }
}
