//! Who may use the administration API.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use domain::port::{Changes, CommitError, Records, Tenant, Versioned};
use domain::{Actor, Administrator, AdministratorRole, Attempts, AttemptsKey, AuditEvent, Secret};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, Method};

use super::api_result::AdminError;
use super::bearer;
use crate::app::App;
use crate::extract::Peer;
use crate::extract::single_header;
use crate::fault::Fault;
use crate::limit::Purpose;

/// How often an attempt is counted anew when others are counted at the same moment.
const TRIES: usize = 8;

/// An administrator who has proved who they are.
#[derive(Clone, Debug)]
pub(crate) struct AuthenticatedAdministrator {
    actor: Actor,
    role: AdministratorRole,
}

impl AuthenticatedAdministrator {
    /// The administrator, if their role allows a request with this method.
    pub(crate) fn allowed(self, method: &Method) -> Result<Self, AdminError> {
        let only_looks = matches!(*method, Method::GET | Method::HEAD);
        match self.role {
            AdministratorRole::Auditor if !only_looks => Err(AdminError::Forbidden(
                "An auditor may look at everything and change nothing.".to_owned(),
            )),
            _ => Ok(self),
        }
    }

    /// Nothing, if they may see secrets in clear: who has a secret acts as the client that it is of,
    /// which is more than to look.
    pub(crate) fn may_see_secrets(&self) -> Result<(), AdminError> {
        match self.role {
            AdministratorRole::Full => Ok(()),
            AdministratorRole::Auditor => Err(AdminError::Forbidden(
                "An auditor may not see secrets.".to_owned(),
            )),
        }
    }

    /// The administrator as the actor of an audit event.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }
}

/// Lets only administrators through, only to what their role allows, and only with an
/// `X-XSRF-Header`, which no other site's form can send.
pub(crate) async fn required(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = Peer::of(request.extensions());
    let allowed = authenticate(&app, request.headers(), peer).await;
    match allowed.and_then(|it| it.allowed(request.method())) {
        Ok(administrator) => {
            request.extensions_mut().insert(administrator);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<AuthenticatedAdministrator, AdminError> {
    let proved = proved(app, headers, peer).await?;
    let header = headers.get(HeaderName::from_static("x-xsrf-header"));
    match header.is_some_and(|value| !value.is_empty()) {
        true => Ok(proved),
        false => Err(AdminError::MissingXsrfHeader),
    }
}

/// The administrator who makes a request, by a token or a password. That no other site has made them
/// do it is for the caller to see to.
///
/// # Errors
/// Nobody has proved who they are.
pub(crate) async fn proved(
    app: &App,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<AuthenticatedAdministrator, AdminError> {
    let (actor, role) = match bearer_token(headers) {
        Some(token) => {
            let proved = bearer::authenticate(app, token).await;
            if matches!(proved, Err(AdminError::InvalidCredentials)) {
                app.count_failure(Purpose::Administration, peer)?;
            }
            proved?
        }
        None => by_password(app, headers, peer).await?,
    };
    Ok(AuthenticatedAdministrator { actor, role })
}

/// The token of an `Authorization: Bearer` header (RFC 6750 §2.1).
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let header = single_header(headers, AUTHORIZATION).ok().flatten()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn by_password(
    app: &App,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<(Actor, AdministratorRole), AdminError> {
    let (name, password) = basic(headers).ok_or(AdminError::InvalidCredentials)?;
    let (records, now) = (app.records.of(Tenant::SYSTEM), app.now());
    let known = records.get::<Administrator>(&name).await?;
    let tag = app.remembered.tag(&name, &password);
    let known = match known {
        Some(known) if app.remembered.are_right(&tag, &known, now) => known,
        known => {
            app.admit(Purpose::Administration, peer)?;
            let Some(known) = verify(app, &records, &name, known, &password).await? else {
                app.note_failure(Purpose::Administration, peer);
                return Err(AdminError::InvalidCredentials);
            };
            app.renew_hash(&records, &known, password).await;
            known
        }
    };
    app.remembered.remember(tag, &known, now);
    Ok((Actor::Administrator(name), known.role))
}

/// The administrator, if the password is right, which counts for nothing during a block. It is
/// hashed in any case, so that the time taken does not tell.
async fn verify(
    app: &App,
    records: &Records,
    name: &str,
    known: Option<Versioned<Administrator>>,
    password: &Secret,
) -> Result<Option<Versioned<Administrator>>, Fault> {
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let right = app.ports.passwords.matches(hash, password.clone()).await? && known.is_some();
    let key = AttemptsKey::new("administration", name);
    for _ in 0..TRIES {
        let attempts = records.get::<Attempts>(&key).await?;
        let blocked = |attempts: &Versioned<Attempts>| attempts.is_blocked(app.now());
        if attempts.as_ref().is_some_and(blocked) {
            tracing::warn!("refused an administrator after too many failures");
            return Ok(None);
        }
        let counted = counted(app, &key, attempts.as_ref(), known.as_deref(), right);
        match records.commit(counted).await {
            Ok(()) => return Ok(known.filter(|_| right)),
            // Another attempt of the same moment was counted: this one is counted after it.
            Err(CommitError::Conflict | CommitError::Claimed) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
    }
    Err(Fault::Contention)
}

/// The attempt, counted. The name that was presented is noted only if it is somebody's: people type
/// passwords into the wrong field.
fn counted(
    app: &App,
    key: &AttemptsKey,
    attempts: Option<&Versioned<Attempts>>,
    known: Option<&Administrator>,
    right: bool,
) -> Changes {
    let (mut changes, now) = (Changes::none(), app.now());
    match attempts {
        Some(attempts) if right => changes.delete(attempts),
        None if right => changes.check::<Attempts>(key, None),
        _ => {
            let (earlier, policy) = (attempts.map(|a| &a.record), app.settings.policy.lockout);
            let after = Attempts::after_failure(earlier, key.clone(), policy, now);
            changes.upsert(attempts, &after);
            let event =
                AuditEvent::new("administration.refused", Actor::Unknown, now, app.random());
            changes.insert(&match known {
                Some(known) => event.with("name", known.name.as_str()),
                None => event,
            });
        }
    }
    changes
}

/// The credentials of an `Authorization: Basic` header (RFC 7617 §2).
fn basic(headers: &HeaderMap) -> Option<(String, Secret)> {
    let header = single_header(headers, AUTHORIZATION).ok().flatten()?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > 1024 {
        return None;
    }
    let decoded = String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    let sane = !name.is_empty() && name.len() <= 128 && !name.chars().any(char::is_control);
    sane.then(|| (name.to_owned(), Secret::new(password)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, header.parse().unwrap());
        basic(&headers).map(|(name, password)| format!("{name}/{}", password.expose()))
    }

    #[test]
    fn rfc7617_2_reads_a_name_and_a_password_with_colons() {
        let encoded = BASE64.encode(b"Administrator:a:b");
        assert_eq!(
            read(&format!("Basic {encoded}")).unwrap(),
            "Administrator/a:b"
        );
        assert_eq!(
            read(&format!("bAsIc {encoded}")).unwrap(),
            "Administrator/a:b"
        );
    }

    #[test]
    fn rfc7617_2_refuses_other_schemes_and_garbage() {
        for header in [
            "Bearer abc",
            "Basic",
            "Basic !!!",
            "Basic YWJj",
            "Basic OnBhc3M=",
        ] {
            assert_eq!(read(header), None, "{header}");
        }
    }
}
