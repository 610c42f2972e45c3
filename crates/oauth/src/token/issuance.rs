//! Making the tokens of an answer (RFC 6749 §5.1).

use data_encoding::BASE64URL_NOPAD;
use domain::{
    AuthorizationDetails, Client, Confirmation, Grant, GrantId, GrantType, ResponseType, Scope,
    Timestamp, User, UserId,
};
use serde::Serialize;

use super::access_token::{AccessTokenClaims, Audience};
use super::id_token::{Hashes, IdTokenClaims};
use super::{Issuer, Requester, TokenError};
use crate::TokenType;
use crate::authorization_details::DetailsError;
use crate::encryption::Encryption;

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
    /// What the access token is good for in detail (RFC 9396 §7).
    #[serde(skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub authorization_details: AuthorizationDetails,
    /// The receipt of what was approved with this request, if something was (docs/approval.md).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_receipt: Option<String>,
    /// `Bearer` (RFC 6750), or `DPoP` (RFC 9449 §5).
    pub token_type: &'static str,
    /// Seconds for which the access token is good.
    pub expires_in: i64,
    /// The grant that they come of, if it is a person's: for the log.
    #[serde(skip)]
    pub grant: Option<(GrantId, UserId)>,
}

/// What tokens are made from, for one answer about a person.
pub(crate) struct Issuance<'a> {
    pub(crate) client: &'a Client,
    /// The keys to which the access token is to be bound.
    pub(crate) holds: &'a Confirmation,
    pub(crate) user: &'a User,
    pub(crate) grant: &'a Grant,
    /// What the access token is to be good for: [`Issuer::access_of`].
    pub(crate) access: &'a Access,
    /// Whether an ID token is wanted, with which nonce.
    pub(crate) id_token: IdTokenWish<'a>,
}

/// What an access token is good for.
pub(crate) struct Access {
    pub(crate) scope: Scope,
    pub(crate) details: AuthorizationDetails,
}

/// What is asked for of what was granted; all of it, where it is `None`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) scope: Option<&'a Scope>,
    pub(crate) details: Option<&'a AuthorizationDetails>,
}

/// Whether an ID token is wanted.
pub(crate) enum IdTokenWish<'a> {
    /// No.
    No,
    /// Yes, with the nonce of the authorization request.
    WithNonce(Option<&'a str>),
}

/// What goes back through the browser together with tokens, and what it is.
pub(crate) struct FrontChannel<'a> {
    /// What was asked for.
    pub(crate) kind: ResponseType,
    /// The code, if there is one.
    pub(crate) code: Option<&'a str>,
    /// The request's `state`, if it has one.
    pub(crate) state: Option<&'a str>,
}

impl Issuer<'_> {
    /// What an access token is to be good for: what is asked for of what was granted, without what
    /// the client has lost since. The grant stays as it is, should the client be given it back.
    pub(crate) fn access_of(
        &self,
        client: &Client,
        grant: &Grant,
        asked: &Asked<'_>,
    ) -> Result<Access, TokenError> {
        let scope = self.scope_of(client, &grant.scope, asked.scope)?;
        let granted = &grant.authorization_details;
        let details = self.details_of(client, granted, asked.details)?;
        // Nothing at all would not be less of what was asked for but something else: the default
        // scope.
        let wants_scope = asked
            .scope
            .map_or(!grant.scope.is_empty(), |it| !it.is_empty());
        match scope.is_empty() && details.is_empty() {
            true if wants_scope => Err(TokenError::ScopeLost),
            true if !granted.is_empty() => Err(DetailsError::Lost.into()),
            _ => Ok(Access { scope, details }),
        }
    }

    fn scope_of(
        &self,
        client: &Client,
        granted: &Scope,
        asked: Option<&Scope>,
    ) -> Result<Scope, TokenError> {
        let left = self.settings.allowed(client, granted);
        match asked {
            // RFC 6749 §6: "The requested scope MUST NOT include any scope not originally granted by
            // the resource owner, and if omitted is treated as equal to the scope originally
            // granted". Who was granted a group may ask for a part of it.
            Some(asked) if !asked.is_within(&self.settings.expanded(granted)) => {
                Err(TokenError::ScopeTooWide)
            }
            Some(asked) => Ok(asked.common_with(&self.settings.expanded(&left))),
            None => Ok(left),
        }
    }

    fn details_of(
        &self,
        client: &Client,
        granted: &AuthorizationDetails,
        asked: Option<&AuthorizationDetails>,
    ) -> Result<AuthorizationDetails, DetailsError> {
        let left = self.detail_types.left_of(granted, client);
        let Some(asked) = asked else {
            return Ok(left);
        };
        // RFC 9396 §6: "The AS checks whether the underlying grant [...] or the client's policy
        // (client credentials) allows the issuance of an access token with the requested
        // authorization details. Otherwise, the AS refuses the request with the error code
        // invalid_authorization_details".
        if !asked.is_within(granted) {
            return Err(DetailsError::NotGranted);
        }
        self.detail_types.check(asked, client)?;
        Ok(asked.clone())
    }

    /// Makes the tokens of an answer about a person.
    pub(super) fn issue(
        &self,
        issuance: &Issuance<'_>,
        now: Timestamp,
    ) -> Result<TokenResponse, TokenError> {
        let grant = issuance.grant;
        let mut response = self.access_token(issuance, now)?;
        let refresh = grant.refresh.as_ref();
        let refresh = refresh.map(|family| family.current(grant.id).expose().to_string());
        response.refresh_token = refresh;
        if let IdTokenWish::WithNonce(nonce) = issuance.id_token
            && issuance.access.scope.contains("openid")
        {
            let hashes = Hashes::default().of_access_token(&response.access_token);
            response.id_token = Some(self.id_token(issuance, nonce, &hashes, now)?);
        }
        response.grant = Some((grant.id, grant.user));
        Ok(response)
    }

    /// Makes an access token about a person.
    fn access_token(
        &self,
        issuance: &Issuance<'_>,
        now: Timestamp,
    ) -> Result<TokenResponse, TokenError> {
        let grant = issuance.grant;
        let authentication = &grant.authentication;
        let mut claims = self.access_claims(issuance.client, issuance.access, now);
        claims.sub = self.subject(grant.user);
        claims.auth_time = Some(authentication.time.seconds());
        claims.acr.clone_from(&authentication.acr);
        claims.amr.clone_from(&authentication.amr);
        claims.sid = Some(self.session(authentication.session));
        claims.agid = Some(grant.id);
        claims.cnf = issuance.holds.clone();
        // No token outlives its grant.
        let end = grant.expires.map_or(claims.exp, Timestamp::seconds);
        claims.exp = claims.exp.min(end);
        self.respond(&claims)
    }

    /// Makes what an authorization response carries besides a code (OpenID Connect Core §3.2.2.5,
    /// §3.3.2.5): an access token, an ID token, or both.
    pub(crate) fn issue_through_browser(
        &self,
        issuance: &Issuance<'_>,
        front: &FrontChannel<'_>,
        now: Timestamp,
    ) -> Result<(Option<TokenResponse>, Option<String>), TokenError> {
        let access = front.kind.token.then(|| self.access_token(issuance, now));
        let access = access.transpose()?;
        let mut hashes = Hashes {
            code: front.code,
            state: front.state,
            access_token: None,
        };
        hashes.access_token = access.as_ref().map(|it| it.access_token.as_str());
        let wanted = match issuance.id_token {
            IdTokenWish::WithNonce(nonce) if front.kind.id_token => Some(nonce),
            _ => None,
        };
        let id_token = wanted.map(|nonce| self.id_token(issuance, nonce, &hashes, now));
        Ok((access, id_token.transpose()?))
    }

    /// Makes the access token of a client's own.
    pub(super) fn issue_to_client(
        &self,
        client: &Requester<'_>,
        access: &Access,
        now: Timestamp,
    ) -> Result<TokenResponse, TokenError> {
        let mut claims = self.access_claims(client, access, now);
        claims.cnf = client.holds().clone();
        self.respond(&claims)
    }

    /// Whether a grant of this scope comes with a refresh token.
    pub(super) fn refreshes(&self, client: &Client, scope: &Scope) -> bool {
        let offline_only = self.settings.refresh_needs_offline_access(client);
        client.may_use(GrantType::RefreshToken)
            && (!offline_only || scope.contains("offline_access"))
    }

    /// The end as the settings have it of a grant with a refresh token: when it is too old or was
    /// idle too long.
    pub(super) fn end_of_grant(&self, issued: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let lifetime = self.settings.grant_lifetime();
        let idle = self.settings.grant_idle_timeout();
        let ends = lifetime.map(|lifetime| issued + lifetime);
        ends.into_iter().chain(idle.map(|idle| now + idle)).min()
    }

    fn access_claims(&self, client: &Client, access: &Access, now: Timestamp) -> AccessTokenClaims {
        let mut jti = [0; 16];
        self.random.fill(&mut jti);
        AccessTokenClaims {
            iss: self.url.to_owned(),
            // RFC 9068 §2.2: "In cases of access tokens obtained through grants where no resource
            // owner is involved, such as the client credentials grant, the value of "sub" SHOULD
            // correspond to an identifier the authorization server uses to indicate the client
            // application."
            sub: client.id.to_string(),
            aud: match client.is_worker() {
                // It is this server that it works with, whatever resource other tokens are for.
                true => Audience::One(self.url.to_owned()),
                false => self.access_token.audience(self.url, &access.scope),
            },
            client_id: client.id.to_string(),
            scope: access.scope.to_string(),
            authorization_details: access.details.clone(),
            iat: now.seconds(),
            exp: (now + self.access_token.lifetime).seconds(),
            jti: BASE64URL_NOPAD.encode(&jti),
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            sid: None,
            env: self.environment.map(|it| it.env),
            org: self.environment.map(|it| it.org),
            agid: None,
            cnf: Confirmation::NONE,
        }
    }

    fn respond(&self, claims: &AccessTokenClaims) -> Result<TokenResponse, TokenError> {
        let algorithm = self.access_token.algorithm;
        Ok(TokenResponse {
            approval_receipt: None,
            access_token: self.keys.sign(algorithm, TokenType::AccessToken, claims)?,
            refresh_token: None,
            id_token: None,
            scope: Some(claims.scope.clone()).filter(|scope| !scope.is_empty()),
            authorization_details: claims.authorization_details.clone(),
            token_type: claims.token_type(),
            expires_in: claims.exp - claims.iat,
            grant: None,
        })
    }

    fn id_token(
        &self,
        issuance: &Issuance<'_>,
        nonce: Option<&str>,
        hashes: &Hashes<'_>,
        now: Timestamp,
    ) -> Result<String, TokenError> {
        let claims = IdTokenClaims::new(self, issuance, hashes, now).with_nonce(nonce);
        let client = issuance.client;
        let signed = self.keys.sign_for(client, TokenType::IdToken, &claims)?;
        // OpenID Connect Core §2: "If the ID Token is encrypted, it MUST be signed then encrypted,
        // with the result being a Nested JWT".
        match Encryption::of_id_tokens(client) {
            Some(encryption) => {
                Ok(encryption.seal(&signed, client, self.client_keys, &self.random)?)
            }
            None => Ok(signed),
        }
    }
}
