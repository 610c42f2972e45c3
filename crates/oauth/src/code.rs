//! Authorization codes (RFC 6749 §4.1.2).

use domain::port::{Kind, Lookups, Record};
use domain::{
    Authentication, AuthorizationDetails, Client, ClientId, GrantId, HandleKey, Scope, Thumbprint,
    Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

/// How a code's holder proves that it is the one who asked for it (RFC 7636 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "method", content = "challenge")]
pub enum CodeChallenge {
    /// The base64url SHA-256 of the verifier.
    S256(String),
    /// The verifier itself.
    Plain(String),
}

/// Whether a code has been used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "grant")]
pub enum CodeState {
    /// Not yet.
    Fresh,
    /// Yes, for this grant, which a second use revokes (RFC 6749 §4.1.2).
    Redeemed(GrantId),
}

/// An authorization code as the store keeps it: found by the hash of what the client holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    /// The hash of the code.
    pub handle: HandleKey,
    /// To whom it was issued.
    pub client: ClientId,
    /// The `redirect_uri` parameter of the authorization request, if it had one.
    pub redirect_uri: Option<String>,
    /// The PKCE challenge of the authorization request, if it had one.
    pub challenge: Option<CodeChallenge>,
    /// The key whose holder alone may redeem it, if the request named one (RFC 9449 §10).
    pub dpop_jkt: Option<Thumbprint>,
    /// Who granted it.
    pub user: UserId,
    /// How they proved who they are.
    pub authentication: Authentication,
    /// What was granted.
    pub scope: Scope,
    /// What was granted in detail (RFC 9396).
    #[serde(default, skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub authorization_details: AuthorizationDetails,
    /// The request's `nonce`, if it had one.
    pub nonce: Option<String>,
    /// The request's `claims` parameter (OpenID Connect Core §5.5), if it had one.
    pub claims: Option<serde_json::Value>,
    /// The receipt of what was approved, if something was: a signed token, to be handed out with the
    /// others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_receipt: Option<String>,
    /// When it was issued.
    pub issued: Timestamp,
    /// Whether it has been used.
    pub state: CodeState,
    /// When it ceases to be good.
    pub expires: Timestamp,
    /// Until when its use is remembered, so that a second use is noticed.
    pub forgotten: Timestamp,
}

impl Code {
    /// Whether it was issued to this client, and not to an earlier one of the same id.
    pub fn is_of(&self, client: &Client) -> bool {
        self.client == client.id && self.issued >= client.created
    }
}

impl Record for Code {
    const KIND: Kind = Kind::Code;

    fn key(&self) -> Vec<u8> {
        self.handle.as_ref().to_vec()
    }

    fn lookups(&self) -> Lookups {
        Lookups::default()
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.forgotten)
    }
}
