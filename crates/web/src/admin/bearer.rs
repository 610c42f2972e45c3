//! Access tokens of this server as credentials of its administration API (RFC 6750).
//!
//! An administrator gives a client one of the two scope values below, as an exclusive scope; with
//! the tokens that it then gets in its own name it may do what the value says.

use domain::{Actor, AdministratorRole, RevokedToken};
use oauth::introspection::{Facts, is_good};
use oauth::token::{ADMINISTRATOR_SCOPE, AUDITOR_SCOPE, VerifiedAccessToken};

use super::api_result::AdminError;
use crate::app::App;

/// The scope values that make an administrator, and of which kind, the mightier first.
const SCOPES: [(&str, AdministratorRole); 2] = [
    (ADMINISTRATOR_SCOPE, AdministratorRole::Full),
    (AUDITOR_SCOPE, AdministratorRole::Auditor),
];

/// Who presents the token, and what they may do.
///
/// # Errors
/// It is none that this API takes.
pub(super) async fn authenticate(
    app: &App,
    token: &str,
) -> Result<(Actor, AdministratorRole), AdminError> {
    let (now, issuer) = (app.now(), &app.settings.issuer);
    let token = VerifiedAccessToken::verify(token, &app.live.keys(), issuer, now);
    let token = token.map_err(|_| AdminError::InvalidCredentials)?;
    let role = role(app, &token).ok_or(AdminError::InvalidCredentials)?;
    let client = app.live.client(&token.client()).await?;
    let revoked = app.records.get::<RevokedToken>(token.jti()).await?;
    let facts = Facts {
        client: client.as_deref(),
        user: None,
        grant: None,
        revoked: revoked.as_deref(),
    };
    match is_good(&token, &facts, now) {
        true => Ok((Actor::Client(token.client().to_string()), role)),
        false => Err(AdminError::InvalidCredentials),
    }
}

/// What the bearer of a token may do here, if it is a client's own, for this server, and not bound
/// to a key that a bearer need not have.
fn role(app: &App, token: &VerifiedAccessToken) -> Option<AdministratorRole> {
    let own = token.user().is_none() && token.is_for(&app.settings.issuer);
    if !own || !token.confirmation().is_none() {
        return None;
    }
    // A value that every client may ask for, or that a pattern happens to match, makes nobody an
    // administrator.
    let exclusive = &app.live.settings().exclusive_scopes;
    let counts = |name: &str| {
        let is = |scope: &domain::ScopeDescription| scope.name == name && !scope.dynamic;
        token.scope().contains(name) && exclusive.iter().any(is)
    };
    let known = SCOPES.into_iter().find(|(name, _)| counts(name));
    known.map(|(_, role)| role)
}
