//! Tokens for a client of its own (RFC 6749 §4.4).

use domain::{Client, GrantType, Timestamp};

use super::issuance::Access;
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
        .and_then(|access| issuer.issue_to_client(client, &access, now));
    match response {
        Ok(response) => Decision::accept(response, domain::port::Changes::none()),
        Err(error) => Decision::refuse(error),
    }
}

fn allowed(
    issuer: &Issuer<'_>,
    client: &Client,
    request: &ClientCredentialsRequest,
) -> Result<Access, TokenError> {
    // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
    if !client.may_use(GrantType::ClientCredentials) || !client.is_confidential() {
        return Err(TokenError::GrantTypeNotAllowed);
    }
    let scope = request.scope.clone().unwrap_or_default();
    if !scope.is_within(&issuer.settings.allowed(client, &scope)) {
        return Err(TokenError::ScopeTooWide);
    }
    let details = request.authorization_details.clone().unwrap_or_default();
    issuer.detail_types.check(&details, client)?;
    issuer.detail_types.check_unapproved(&details)?;
    Ok(Access { scope, details })
}

#[cfg(test)]
mod tests;
