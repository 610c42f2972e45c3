//! The shop as a customer of Recognize.

use std::path::Path;

use authn::recognize::{ApiKey, Customer};
use domain::Actor;
use domain::port::{Changes, Tenant};

use super::super::desk::Desk;
use super::super::environment::registry;
use super::super::{Failure, io_failure};
use crate::demo::face::Checkout;

/// The name of the shop as a customer.
const CUSTOMER: &str = "demo-shop";

/// What the shop has payments approved by face with; nothing where there are no models, or no SDK.
pub(super) async fn checkout(
    desk: &Desk,
    sdk: Option<&Path>,
    (issuer, shop_url): (&str, &str),
    http: reqwest::Client,
) -> Result<Option<Checkout>, Failure> {
    let (Some(_), Some(sdk)) = (&desk.config.recognize.models, sdk) else {
        return Ok(None);
    };
    let deed = format!("read the web SDK {}", sdk.display());
    let sdk = std::fs::read(sdk).map_err(|cause| io_failure(&deed, cause))?;
    let (key, kept) = ApiKey::new(CUSTOMER, "backend", desk.now(), &*desk.random);
    let records = desk.records.of(Tenant::SYSTEM);
    let known = records.get::<Customer>(Customer::key_of(CUSTOMER)).await?;
    let mut customer = match &known {
        Some(known) => known.record.clone(),
        None => {
            let registry = registry(desk);
            let added = registry.add(&Actor::Operator, "Demo Shop", "Faces of the Demo Shop");
            Customer::new(CUSTOMER, added.await?.id, desk.now())
        }
    };
    // Nobody vouches for people here, as their own backend should: it takes a JWK set with https.
    customer.origins = vec![shop_url.to_owned()];
    // Only its hash is kept, and so each start makes another one.
    customer.api_keys = vec![kept];
    let mut changes = Changes::none();
    changes.upsert(known.as_ref(), &customer);
    let committed = records.commit(changes).await;
    committed.map_err(|error| Failure::Refused(error.to_string()))?;
    Ok(Some(Checkout {
        customer: CUSTOMER.to_owned(),
        key,
        issuer: issuer.to_owned(),
        sdk,
        http,
    }))
}
