//! The clients.

mod retention;
mod rules;
mod secret;
mod settle;
mod table;

use domain::port::{Records, StoreError};
use domain::{Client, Consent, Grant};
use jose::jws::Algorithm;
use oauth::client_auth::DistinguishedName;
use serde_json::Value;

pub(super) use rules::content_goes_with_key;
pub(crate) use secret::{described as secret_described, routes as secret_routes};
pub(crate) use table::CLIENT;

use super::certificate::TRUSTED_ISSUERS;
use super::ciba::{self, CIBA_REQUEST_POLICIES, CIBA_SETTINGS};
use super::extended_properties::EXTENDED_PROPERTIES;
use super::{Arity, Belongings, Kind, Need, Resource, Rules};
use crate::admin::schema::Document;
use crate::live::forget_application;

/// The member that says whether a client supports user codes.
const USER_CODES: &str = "cibaUserCodeSupported";

/// `/oauth/clients`
pub static CLIENTS: Resource = Resource {
    arity: Arity::Many {
        id: "clientId",
        searched: &["name", "clientId"],
    },
    kind: Kind::Client,
    ..Resource::many("/oauth/clients", "client", &CLIENT).with(Rules {
        settle: settle::settle,
        expire: retention::expire,
        keep: retention::keep,
        check: rules::check,
        consulted: &[
            &EXTENDED_PROPERTIES,
            &TRUSTED_ISSUERS,
            &CIBA_REQUEST_POLICIES,
            &CIBA_SETTINGS,
        ],
        signs_with,
        needs: &[
            Need {
                collection: TRUSTED_ISSUERS.path,
                is_met_by: issuer,
            },
            Need {
                collection: CIBA_REQUEST_POLICIES.path,
                is_met_by: user_codes,
            },
        ],
        named_by: &[],
        belongings: Some(Belongings {
            noun: "grants_ended",
            count: |records, id| Box::pin(records.count_found::<Grant>(1, id)),
            delete: |records, id| Box::pin(delete_granted(records, id)),
        }),
    })
};

/// Deletes what people have granted a client, that they have, and what an environment says of it
/// besides; says how many grants.
async fn delete_granted(records: &Records, id: &str) -> Result<usize, StoreError> {
    records.delete_found::<Consent>(1, id).await?;
    forget_application(records, id).await?;
    records.delete_found::<Grant>(1, id).await
}

/// A client that proves who it is with certificates of one issuer needs that issuer.
fn issuer(client: &Document, issuer: &Document) -> Option<&'static str> {
    let authentication = client.get("clientAuth")?;
    let is_by_certificate = authentication.get("type")? == "CERTIFICATE";
    let needed: DistinguishedName = authentication
        .get("clientCertIssuerDn")?
        .as_str()?
        .parse()
        .ok()?;
    let name = issuer_name(issuer)?;
    (is_by_certificate && needed == name).then_some("clientAuth.clientCertIssuerDn")
}

/// The name of a trusted issuer.
fn issuer_name(issuer: &Document) -> Option<DistinguishedName> {
    issuer.get("subjectDN")?.as_str()?.parse().ok()
}

/// A client that supports user codes needs them to be checked by the policy that it names.
fn user_codes(client: &Document, policy: &Document) -> Option<&'static str> {
    let supported = client.get(USER_CODES)? == true;
    let named = client.get("requestPolicyRef")?.get("id")?;
    let is_met = policy.get("id")? == named && ciba::checks_user_codes(policy);
    (supported && is_met).then_some(USER_CODES)
}

/// A client as what acts on it reads it.
pub(crate) fn typed(document: &Document) -> Result<Client, serde_json::Error> {
    serde_json::from_value(Value::Object(document.clone()))
}

/// The algorithms with which this server signs for a client.
fn signs_with(document: &Document) -> Vec<Algorithm> {
    let Ok(client) = typed(document) else {
        return Vec::new();
    };
    let algorithms = [
        client.id_token_algorithm(),
        client.oidc.user_info_signing.and_then(|it| it.0),
        client.introspection.signing,
        client.jarm.signing,
    ];
    algorithms.into_iter().flatten().collect()
}
