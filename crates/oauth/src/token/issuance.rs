//! Making the tokens of an answer (RFC 6749 §5.1).

use data_encoding::BASE64URL_NOPAD;
use domain::{Client, Grant, GrantType, Scope, Timestamp, User};
use jose::digest::left_half_hash;
use serde::Serialize;

use super::access_token::AccessTokenClaims;
use super::id_token::IdTokenClaims;
use super::{Issuer, TokenError};
use crate::TokenType;

/// The answer of the token endpoint (RFC 6749 §5.1), in the order in which it is written. It holds
/// tokens, so it has no `Debug`, and is sent with `Cache-Control: no-store`.
#[derive(Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// The refresh token, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// What the access token is good for; the default scope has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Always `Bearer` (RFC 6750).
    pub token_type: &'static str,
    /// Seconds for which the access token is good.
    pub expires_in: i64,
}

/// What tokens are made from, for one answer about a person.
pub(super) struct Issuance<'a> {
    pub(super) client: &'a Client,
    pub(super) user: &'a User,
    pub(super) grant: &'a Grant,
    /// What the access token is to be good for: [`Issuer::scope_for`].
    pub(super) scope: &'a Scope,
    /// Whether an ID token is wanted, with which nonce.
    pub(super) id_token: IdTokenWish<'a>,
}

/// Whether an ID token is wanted.
pub(super) enum IdTokenWish<'a> {
    /// No.
    No,
    /// Yes, with the nonce of the authorization request.
    WithNonce(Option<&'a str>),
}

impl Issuer<'_> {
    /// What an access token is to be good for: what is asked for of what was granted, without what
    /// the client has lost since. The grant stays as it is, should the client be given it back.
    pub(super) fn scope_for(
        &self,
        client: &Client,
        granted: &Scope,
        requested: Option<&Scope>,
    ) -> Result<Scope, TokenError> {
        // RFC 6749 §6: "The requested scope MUST NOT include any scope not originally granted by the
        // resource owner, and if omitted is treated as equal to the scope originally granted".
        let asked = requested.unwrap_or(granted);
        if !asked.is_within(granted) {
            return Err(TokenError::ScopeTooWide);
        }
        let values = asked.values();
        let left: Scope = values
            .filter(|value| self.settings.allows(client, value))
            .collect();
        // No scope at all would not be less of what was asked for but something else: the default.
        match left.is_empty() && !asked.is_empty() {
            true => Err(TokenError::ScopeLost),
            false => Ok(left),
        }
    }

    /// Makes the tokens of an answer about a person.
    pub(super) fn issue(
        &self,
        issuance: &Issuance<'_>,
        now: Timestamp,
    ) -> Result<TokenResponse, TokenError> {
        let grant = issuance.grant;
        let authentication = &grant.authentication;
        let mut claims = self.access_claims(issuance.client, issuance.scope, now);
        claims.sub = grant.user.to_string();
        claims.auth_time = Some(authentication.time.seconds());
        claims.acr.clone_from(&authentication.acr);
        claims.amr.clone_from(&authentication.amr);
        claims.sid = Some(authentication.session.to_string());
        claims.agid = Some(grant.id);
        // No token outlives its grant.
        let end = grant.expires.map_or(claims.exp, Timestamp::seconds);
        claims.exp = claims.exp.min(end);
        let mut response = self.respond(&claims)?;
        let refresh = grant.refresh.as_ref();
        let refresh = refresh.map(|family| family.current(grant.id).expose().to_string());
        response.refresh_token = refresh;
        response.id_token = self.id_token(issuance, &response.access_token, now)?;
        Ok(response)
    }

    /// Makes the access token of a client's own.
    pub(super) fn issue_to_client(
        &self,
        client: &Client,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<TokenResponse, TokenError> {
        self.respond(&self.access_claims(client, scope, now))
    }

    /// The grant's end as the settings have it: a grant that can be refreshed lasts until it is too
    /// old or was idle too long, any other as long as its access token.
    pub(super) fn end_of_grant(
        &self,
        client: &Client,
        issued: Timestamp,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if !client.may_use(GrantType::RefreshToken) {
            return Some(now + self.access_token.lifetime);
        }
        let lifetime = self.settings.grant_lifetime();
        let idle = self.settings.grant_idle_timeout();
        let ends = lifetime.map(|lifetime| issued + lifetime);
        ends.into_iter().chain(idle.map(|idle| now + idle)).min()
    }

    fn access_claims(&self, client: &Client, scope: &Scope, now: Timestamp) -> AccessTokenClaims {
        let mut jti = [0; 16];
        self.random.fill(&mut jti);
        AccessTokenClaims {
            iss: self.url.to_owned(),
            // RFC 9068 §2.2: "In cases of access tokens obtained through grants where no resource
            // owner is involved, such as the client credentials grant, the value of "sub" SHOULD
            // correspond to an identifier the authorization server uses to indicate the client
            // application."
            sub: client.id.to_string(),
            aud: self.access_token.audience(self.url, scope),
            client_id: client.id.to_string(),
            scope: scope.to_string(),
            iat: now.seconds(),
            exp: (now + self.access_token.lifetime).seconds(),
            jti: BASE64URL_NOPAD.encode(&jti),
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            sid: None,
            agid: None,
        }
    }

    fn respond(&self, claims: &AccessTokenClaims) -> Result<TokenResponse, TokenError> {
        let algorithm = self.access_token.algorithm;
        Ok(TokenResponse {
            access_token: self.keys.sign(algorithm, TokenType::AccessToken, claims)?,
            refresh_token: None,
            id_token: None,
            scope: Some(claims.scope.clone()).filter(|scope| !scope.is_empty()),
            token_type: "Bearer",
            expires_in: claims.exp - claims.iat,
        })
    }

    fn id_token(
        &self,
        issuance: &Issuance<'_>,
        access_token: &str,
        now: Timestamp,
    ) -> Result<Option<String>, TokenError> {
        let client = issuance.client;
        let nonce = match issuance.id_token {
            IdTokenWish::WithNonce(nonce) if issuance.scope.contains("openid") => nonce,
            _ => return Ok(None),
        };
        // OpenID Connect Core §3.1.3.6: at_hash is computed with "the hash algorithm used in the
        // alg Header Parameter of the ID Token's JOSE Header".
        let at_hash = left_half_hash(client.id_token_algorithm(), access_token);
        let claims = IdTokenClaims::new(self, issuance, at_hash, now).with_nonce(nonce);
        let signed = self.keys.sign_for(client, TokenType::IdToken, &claims)?;
        Ok(Some(signed))
    }
}
