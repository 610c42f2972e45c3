//! What is left when a customer is deleted: nothing, however often the deletion was cut short.

use std::collections::BTreeMap;
use std::path::Path;

use authn::recognize::{Factor, NewKeys};
use domain::{ByteString, ConsentGiven, Secret, Timestamp, UserId};
use serde_json::Map;

use super::*;

/// More than are deleted in one commit.
const DEVICES: usize = AT_ONCE + 7;

fn place(directory: &Path) -> Place {
    Place {
        config: None,
        data_dir: Some(directory.to_owned()),
    }
}

fn named(directory: &Path) -> Named {
    Named {
        name: "demo".to_owned(),
        place: place(directory),
        json: false,
    }
}

/// A customer with whom people have enrolled; what they are counted by.
async fn enrolled(desk: &Desk, deleted: Option<Timestamp>) -> Records {
    let (now, random) = (desk.now(), &*desk.random);
    let environment = EnvironmentId::new(random);
    let mut customer = Customer::new("demo", environment, now);
    customer.deleted = deleted;
    let mut changes = Changes::none();
    changes.insert(&customer);
    desk.records.commit(changes).await.unwrap();
    let consent = ConsentGiven {
        version: "1".to_owned(),
        text: String::new(),
        time: now,
    };
    let keys = NewKeys {
        face: Secret::new("face"),
        pin: Secret::new("pin"),
    };
    let id = UserId::new(now, random);
    let mut changes = Changes::none();
    changes.insert(&Person::new(id, "user-123", &keys, consent, now));
    changes.insert(&OperationRecord {
        id: "order-4711".to_owned(),
        payload: None,
        person: id,
        external_user_id: None,
        operation: "enrol".to_owned(),
        factor: Factor::Face,
        transaction: Some("[]".to_owned()),
        time: now,
    });
    for number in 0..DEVICES {
        let thumbprint = jose::digest::sha256(&number.to_be_bytes());
        changes.insert(&EnrolledDevice {
            id: jose::strict_base64url::encode(thumbprint),
            person: id,
            key: Map::new(),
            consent: None,
            template: ByteString::from(&b"template"[..]),
            pin: None,
            created: now,
            last_used: now,
        });
    }
    let records = desk.records.of(environment.tenant());
    records.commit(changes).await.unwrap();
    records
}

async fn count(records: &Records) -> BTreeMap<&'static str, usize> {
    BTreeMap::from([
        (
            "devices",
            records.all::<EnrolledDevice>().await.unwrap().len(),
        ),
        ("people", records.all::<Person>().await.unwrap().len()),
        (
            "operations",
            records.all::<OperationRecord>().await.unwrap().len(),
        ),
    ])
}

#[tokio::test]
async fn deleting_a_customer_deletes_every_face_also_when_it_was_cut_short_before() {
    for was_cut_short in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let desk = Desk::open_or_create(&place(directory.path())).unwrap();
        let desk = desk.of(Tenant::SYSTEM);
        let deleted = was_cut_short.then(|| desk.now());
        let records = enrolled(&desk, deleted).await;
        assert_eq!(count(&records).await["devices"], DEVICES);
        delete(&named(directory.path())).await.unwrap();
        let left: usize = count(&records).await.values().sum();
        assert_eq!(left, 0);
        let again = delete(&named(directory.path())).await;
        let Err(Failure::Refused(sentence)) = again else {
            panic!("it is gone");
        };
        assert_eq!(sentence, "there is no customer demo");
    }
}
