//! Signing out at the wish of a client (OpenID Connect RP-Initiated Logout).

use domain::port::{Changes, Random, Versioned};
use domain::{Actor, AuditEvent, Client, ClientId, Grant, Session, SessionId, Timestamp};

use crate::Parameters;
use crate::authorize::{IdTokenHint, with_query};
use crate::redirect_uri::{is_registered, is_usable};

/// The longest `state` in bytes; it has to fit into an address.
const MAX_STATE: usize = 4096;

/// What a logout request is judged by.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The client that the `client_id` parameter names, or else the one that the hint was issued
    /// to.
    pub client: Option<&'a Client>,
    /// The `id_token_hint` parameter, if there is one and it was found to be ours, expired or not.
    pub id_token_hint: Option<&'a IdTokenHint>,
    /// The session of the browser, if it has one.
    pub session: Option<&'a Session>,
}

/// What to do about a logout request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// End the session, if there is one, and send the person on.
    Now(Destination),
    /// Ask the person first; whatever they answer, send them on.
    Confirm(Destination),
}

/// Where a person is sent after signing out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Nowhere: to our own page that says so.
    SignedOutPage,
    /// Back to the client, at this URI.
    Client(String),
}

/// Decides what to do about a logout request.
///
/// `logout_hint` is of no use here: there is at most one person signed on in a browser.
pub fn request(parameters: &Parameters, facts: &Facts<'_>) -> SignOut {
    let hint = facts
        .id_token_hint
        .filter(|hint| agrees(parameters, facts, hint));
    let destination = destination(parameters, facts, hint);
    match facts.session {
        // RP-Initiated Logout §2: "the OP MUST ask the End-User this question if an id_token_hint
        // was not provided or if the supplied ID Token does not belong to the current OP session
        // with the RP and/or currently logged in End-User."
        Some(session) if !hint.is_some_and(|hint| belongs_to(hint, session)) => {
            SignOut::Confirm(destination)
        }
        // RP-Initiated Logout §4: "it is explicitly not an error for an RP to request that a logout
        // be performed when the OP does not consider that the End-User is logged in with the OP at
        // the requesting RP."
        _ => SignOut::Now(destination),
    }
}

/// Whether the hint was issued to the client that asks.
fn agrees(parameters: &Parameters, facts: &Facts<'_>, hint: &IdTokenHint) -> bool {
    // RP-Initiated Logout §2: "When both client_id and id_token_hint are present, the OP MUST
    // verify that the Client Identifier matches the one used when issuing the ID Token."
    let named = parameters.value("client_id");
    named.is_none_or(|named| hint.is_for(&ClientId::new(named)))
        && facts.client.is_none_or(|client| hint.is_for(&client.id))
}

/// Whether the hint was issued in this session, or at least to this person.
fn belongs_to(hint: &IdTokenHint, session: &Session) -> bool {
    let named = hint.session().and_then(|sid| sid.parse().ok());
    named == Some(session.authentication.session) || hint.subject().parse() == Ok(session.user)
}

fn destination(
    parameters: &Parameters,
    facts: &Facts<'_>,
    hint: Option<&IdTokenHint>,
) -> Destination {
    // RP-Initiated Logout §4: "the information that failed to validate MUST NOT be used"; a
    // client that is named beside a hint which is not its own is not believed either.
    let is_believed = hint.is_some() || facts.id_token_hint.is_none();
    let client = facts.client.filter(|client| is_believed && client.enabled);
    // RP-Initiated Logout §3: "The OP MUST NOT perform post-logout redirection if the
    // post_logout_redirect_uri value supplied does not exactly match one of the previously
    // registered post_logout_redirect_uris values."
    let wanted = parameters.value("post_logout_redirect_uri");
    let registered = client.zip(wanted).filter(|(client, wanted)| {
        is_registered(&client.oidc.post_logout_redirect_uris, wanted) && is_usable(wanted)
    });
    let Some((_, uri)) = registered else {
        return Destination::SignedOutPage;
    };
    let state = parameters
        .value("state")
        .filter(|state| state.len() <= MAX_STATE);
    let state: Vec<(&str, &str)> = state.map(|state| ("state", state)).into_iter().collect();
    Destination::Client(with_query(uri, &state))
}

/// Ends a session: it is deleted, and with it the grants that were made in it, except those that
/// the person allowed to last (OpenID Connect Core §11).
///
/// `grants` are the grants made in the session.
pub fn end_session(
    session: &Versioned<Session>,
    grants: &[Versioned<Grant>],
    actor: Actor,
    now: Timestamp,
    random: &dyn Random,
) -> Changes {
    let sid = session.authentication.session;
    let mut changes = Changes::none();
    changes.delete(session);
    let ending = ending_with(sid, grants).count();
    changes.and(end_grants(sid, grants));
    let event = AuditEvent::new("sign_out.succeeded", actor, now, random)
        .with("sub", session.user.to_string())
        .with("sid", sid.to_string())
        .with("grants_ended", ending);
    changes.insert(&event);
    changes
}

/// Ends the grants that were made in a session which has ended, except those that the person
/// allowed to last. There are some when a code was redeemed at the moment of signing out: the session
/// was there when that was committed, and the grant was not when the session was ended.
pub fn end_grants(session: SessionId, grants: &[Versioned<Grant>]) -> Changes {
    let mut changes = Changes::none();
    ending_with(session, grants).for_each(|grant| changes.delete(grant));
    changes
}

fn ending_with(
    session: SessionId,
    grants: &[Versioned<Grant>],
) -> impl Iterator<Item = &Versioned<Grant>> {
    grants
        .iter()
        .filter(move |grant| grant.authentication.session == session && !grant.outlives_session())
}

#[cfg(test)]
mod tests;
