//! Records as they lie in the store: what is read is written as it was.

use domain::port::{Kind, MAX_FOUND, Page, Record, Tenant};

use super::house;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "record",
    run,
    seeds,
};

/// The place of the kind among all kinds, then the record.
fn run(input: &[u8]) -> bool {
    let Some((place, body)) = input.split_first() else {
        return false;
    };
    let kinds = Kind::ALL;
    match kinds[usize::from(*place) % kinds.len()] {
        Kind::Activation => keeps::<domain::Activation>(body),
        Kind::Administrator => keeps::<domain::Administrator>(body),
        Kind::ApplicationServerKey => keeps::<domain::ApplicationServerKey>(body),
        Kind::Attempts => keeps::<domain::Attempts>(body),
        Kind::Audit => keeps::<domain::AuditEvent>(body),
        Kind::AuditLink => keeps::<domain::AuditLink>(body),
        Kind::AuditMark => keeps::<domain::AuditMark>(body),
        Kind::Bypass => keeps::<domain::Bypass>(body),
        Kind::Client => keeps::<domain::Client>(body),
        Kind::Code => keeps::<oauth::Code>(body),
        Kind::Consent => keeps::<domain::Consent>(body),
        Kind::Deployment => keeps::<domain::Deployment>(body),
        Kind::Device => keeps::<domain::Device>(body),
        Kind::DeviceAuthorization => keeps::<oauth::device::DeviceAuthorization>(body),
        Kind::Environment => keeps::<domain::Environment>(body),
        Kind::Flow => keeps::<authn::flow::Flow>(body),
        Kind::Grant => keeps::<domain::Grant>(body),
        Kind::Message => keeps::<domain::Message>(body),
        Kind::Organization => keeps::<domain::Organization>(body),
        // A document is any JSON, whose reader is the administration API.
        Kind::Resource => jose::json::parse(body).is_ok(),
        Kind::Password => keeps::<domain::Password>(body),
        Kind::FaceTicket => keeps::<authn::factor::face::FaceTicket>(body),
        Kind::PushRequest => keeps::<authn::factor::push::PushRequest>(body),
        Kind::PushedRequest => keeps::<oauth::pushed::PushedRequest>(body),
        Kind::RecognizeCustomer => keeps::<authn::recognize::Customer>(body),
        Kind::RecognizeDevice => keeps::<authn::recognize::EnrolledDevice>(body),
        Kind::RecognizeOperation => keeps::<authn::recognize::OperationRecord>(body),
        Kind::RecognizePerson => keeps::<authn::recognize::Person>(body),
        Kind::RevokedToken => keeps::<domain::RevokedToken>(body),
        Kind::Session => keeps::<domain::Session>(body),
        Kind::Settings => keeps::<domain::ServerSettings>(body),
        Kind::SigningKey => keeps::<domain::SigningKeyRecord>(body),
        Kind::TrustedBrowser => keeps::<domain::TrustedBrowser>(body),
        Kind::User => keeps::<domain::User>(body),
    }
}

fn keeps<R: Record>(body: &[u8]) -> bool {
    let Ok(record) = serde_json::from_slice::<R>(body) else {
        return false;
    };
    let written = record.body();
    let again: R = serde_json::from_slice(&written).expect("what was written is read");
    assert_eq!(again.body(), written);
    assert_eq!(
        (again.key(), again.expires()),
        (record.key(), record.expires())
    );
    assert_eq!(again.lookups(), record.lookups());
    true
}

/// What a house has in its store after somebody has signed on.
fn seeds() -> Vec<Vec<u8>> {
    house::with(async |house| {
        house::live(house).await;
        let mut seeds = Vec::new();
        for (place, kind) in (0_u8..).zip(Kind::ALL) {
            for tenant in [Tenant::SYSTEM, Tenant::DEFAULT] {
                let page = Page {
                    tenant,
                    after: None,
                    limit: MAX_FOUND,
                };
                let found = house.records().store().page(kind, page).await;
                let found = found.expect("the store answers");
                // Two of a kind are like ten.
                seeds.extend(
                    found
                        .iter()
                        .take(2)
                        .map(|stored| [&[place], &*stored.body].concat()),
                );
            }
        }
        seeds
    })
}
