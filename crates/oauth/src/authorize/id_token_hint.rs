//! An ID token that comes back.

use domain::{Client, ClientId, Timestamp};
use jose::jws::Unverified;
use jose::jwt::Claims;

use crate::{KeyRing, TokenType};

/// What an ID token of this server says, when a client hands it back as a hint. Only
/// [`IdTokenHint::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    subject: String,
    session: Option<String>,
    audiences: Vec<String>,
}

impl IdTokenHint {
    /// The hint in an ID token that this server has signed, however long ago; `None` for any other.
    ///
    /// `client` is the one whose secrets may have signed it, those that serve `now`. `exp` does not matter (OpenID Connect
    /// RP-Initiated Logout §2: "even when the exp time has passed").
    pub fn verify(
        token: &str,
        keys: &KeyRing,
        issuer: &str,
        client: Option<&Client>,
        now: Timestamp,
    ) -> Option<Self> {
        // OpenID Connect Core §3.1.2.1: "The Client MAY re-encrypt the signed ID token to the
        // Authentication Server using a key that enables the server to decrypt the ID Token and use
        // the re-encrypted ID token as the id_token_hint value."
        let token = &keys.opened(token).ok()?;
        let claims = match client {
            Some(client) => keys.verify_for(client, token, TokenType::IdToken, now),
            None => keys.verify(token, TokenType::IdToken),
        };
        Self::of(&claims.ok()?, issuer)
    }

    /// The client that a token claims to be issued to: enough to know whose secret may verify it,
    /// and no more.
    pub fn claimed_client(token: &str, keys: &KeyRing) -> Option<ClientId> {
        let token = keys.opened(token).ok()?;
        let unverified = Unverified::parse(&token, jose::DEFAULT_MAX_TOKEN_LEN).ok()?;
        let claims = unverified.unverified_claims().ok()?;
        match claims.audiences().ok()?.as_slice() {
            [client] => Some(ClientId::new(*client)),
            _ => None,
        }
    }

    /// The hint in claims whose signature was verified.
    fn of(claims: &Claims, issuer: &str) -> Option<Self> {
        // RP-Initiated Logout §2: "When an id_token_hint parameter is present, the OP MUST
        // validate that it was the issuer of the ID Token."
        claims.issuer().ok()?.filter(|named| *named == issuer)?;
        // So does an answer about a person, which however is good for no time.
        claims.expires_at().ok()??;
        let audiences = claims.audiences().ok()?;
        Some(Self {
            subject: claims.subject().ok()??.to_owned(),
            session: claims.string("sid").ok()?.map(str::to_owned),
            audiences: audiences.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Whom it is about (`sub`).
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// In which session it was issued (`sid`).
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// Whether it was issued to `client`.
    pub fn is_for(&self, client: &ClientId) -> bool {
        self.audiences
            .iter()
            .any(|audience| audience == client.as_str())
    }
}
