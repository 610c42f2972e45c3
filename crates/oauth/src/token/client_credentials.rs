//! Tokens for a client of its own (RFC 6749 §4.4).

use domain::{Client, GrantType, Scope, Timestamp};

use super::{ClientCredentialsRequest, Issuer, Requester, TokenError, TokenResponse};
use crate::Decision;

/// Issues an access token to a client for itself. Nothing is stored.
pub fn client_credentials(
    issuer: &Issuer<'_>,
    client: &Requester<'_>,
    request: &ClientCredentialsRequest,
    now: Timestamp,
) -> Decision<TokenResponse, TokenError> {
    let response = allowed(issuer, client, request)
        .and_then(|scope| issuer.issue_to_client(client, &scope, now));
    match response {
        Ok(response) => Decision::accept(response, domain::port::Changes::none()),
        Err(error) => Decision::refuse(error),
    }
}

fn allowed(
    issuer: &Issuer<'_>,
    client: &Client,
    request: &ClientCredentialsRequest,
) -> Result<Scope, TokenError> {
    // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
    if !client.may_use(GrantType::ClientCredentials) || !client.is_confidential() {
        return Err(TokenError::GrantTypeNotAllowed);
    }
    let scope = request.scope.clone().unwrap_or_default();
    match scope.is_within(&issuer.settings.allowed(client, &scope)) {
        true => Ok(scope),
        false => Err(TokenError::ScopeTooWide),
    }
}

#[cfg(test)]
mod tests;
