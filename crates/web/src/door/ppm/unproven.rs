//! Posts that nobody has proven: the person sees a page with a reference, and no relying party is told.

use std::sync::Arc;

use authn::pingid::ppm::{Channel, Unproven};
use domain::port::Changes;
use domain::{Actor, AuditEvent, Organization};
use oauth::Parameters;

use super::path;
use crate::app::App;
use crate::extract::Visit;
use crate::fault::Fault;
use crate::limit::Purpose;
use crate::page::error::{PageError, PageRefusal};

/// Why nobody is answered; the person sees a page, and the log says why.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswerable {
    /// A parameter is missing.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// No organisation has the alias.
    #[error("no organisation has this alias")]
    OrganizationUnknown,
    /// It is not proven.
    #[error(transparent)]
    Unproven(#[from] Unproven),
}

/// The parameter that names the organisation.
pub(super) const fn account_parameter(channel: Channel) -> &'static str {
    match channel {
        Channel::Authentication | Channel::Hybrid => "idp_account_id",
        Channel::Registration => "orgUuid",
    }
}

/// Whose house it is about.
pub(super) async fn organization(
    server: &Arc<App>,
    channel: Channel,
    parameters: &Parameters,
) -> Result<Result<(Organization, Arc<App>), Unanswerable>, Fault> {
    let name = account_parameter(channel);
    let Some(alias) = parameters.value(name) else {
        return Ok(Err(Unanswerable::Missing(name)));
    };
    if parameters.value("ppm_request").is_none() {
        return Ok(Err(Unanswerable::Missing("ppm_request")));
    }
    let named = server.organization_named(alias).await?;
    Ok(named.ok_or(Unanswerable::OrganizationUnknown))
}

/// The page that says nothing but a reference, under which the log and the audit have the cause.
pub(super) async fn unanswerable(
    house: &App,
    channel: Channel,
    cause: &Unanswerable,
    visit: &Visit,
) -> PageRefusal {
    let cause = cause.to_string();
    noted(house, (channel, &cause), PageError::Request.into(), visit).await
}

/// Counts and notes a post that proves nothing; what the person sees instead of `page`, if anything.
pub(super) async fn noted(
    house: &App,
    (channel, cause): (Channel, &str),
    page: PageRefusal,
    visit: &Visit,
) -> PageRefusal {
    // Anybody can have us write of what they post, and whoever has signed it is not counted.
    if let Err(limited) = house.count_failure(Purpose::ClientAuthentication, visit.peer) {
        return PageError::Limited(limited).into();
    }
    let reference = visit.frame.request_id.as_str();
    tracing::warn!(cause, ?channel, reference, "a PPM request proves nothing");
    let event = AuditEvent::new("ppm.refused", Actor::Unknown, house.now(), house.random());
    let event = event
        .with("endpoint", path(channel))
        .with("cause", cause)
        .with("address", visit.address.clone())
        .with("reference", reference);
    let mut changes = Changes::none();
    changes.insert(&event);
    if let Err(error) = house.records.commit(changes).await {
        tracing::error!(%error, reference, "a refusal cannot be noted");
    }
    page
}
