//! Reading.

use std::sync::Arc;

use domain::port::{
    Changes, Expectation, Key, Kind, Lookup, Lookups, MAX_FOUND, Page, Records, Tenant,
};
use domain::{ClientId, Consent, Scope, UserId};

use crate::fixture::{OTHER, TENANT, at, bodies, engines, insert, key, lookups, put_at, value};

#[tokio::test]
async fn a_record_is_read_as_it_was_written() {
    for (engine, fixture) in engines() {
        for kind in Kind::ALL {
            assert!(fixture.get(kind, "a").await.is_none(), "{engine} {kind:?}");
            fixture
                .commit(vec![insert(kind, "a", "first")])
                .await
                .unwrap();
            let stored = fixture.get(kind, "a").await.unwrap();
            assert_eq!(
                (stored.key, stored.body),
                (key("a"), b"first".to_vec()),
                "{engine}"
            );
        }
        fixture
            .commit(vec![insert(Kind::Client, "empty", "")])
            .await
            .unwrap();
        assert_eq!(
            fixture.body(Kind::Client, "empty").await.as_deref(),
            Some(""),
            "{engine}"
        );
        let large = "x".repeat(100_000);
        fixture
            .commit(vec![insert(Kind::Client, "large", &large)])
            .await
            .unwrap();
        assert_eq!(
            fixture.body(Kind::Client, "large").await,
            Some(large),
            "{engine}"
        );
    }
}

#[tokio::test]
async fn records_are_found_by_each_lookup_in_the_order_of_their_keys() {
    for (engine, fixture) in engines() {
        for local in ["c", "a", "b"] {
            let put = put_at(
                Kind::Grant,
                key(local),
                Expectation::Absent,
                lookups("user", &format!("client {local}")),
                local,
            );
            fixture.commit(vec![put]).await.unwrap();
        }
        assert_eq!(
            fixture.find(Kind::Grant, 0, "user").await,
            ["a", "b", "c"],
            "{engine}"
        );
        assert_eq!(
            fixture.find(Kind::Grant, 1, "client b").await,
            ["b"],
            "{engine}"
        );
        assert!(
            fixture.find(Kind::Grant, 2, "user").await.is_empty(),
            "{engine}"
        );
        assert!(
            fixture.find(Kind::Grant, 1, "user").await.is_empty(),
            "{engine}"
        );
        assert!(
            fixture.find(Kind::Session, 0, "user").await.is_empty(),
            "{engine}"
        );
        assert!(
            fixture.find(Kind::Grant, 3, "user").await.is_empty(),
            "{engine}"
        );
    }
}

#[tokio::test]
async fn a_lookup_follows_its_record() {
    for (engine, fixture) in engines() {
        let put = |expect, first: &str| {
            put_at(
                Kind::Grant,
                key("a"),
                expect,
                lookups(first, "client"),
                first,
            )
        };
        fixture
            .commit(vec![put(Expectation::Absent, "old")])
            .await
            .unwrap();
        let version = fixture.version(Kind::Grant, "a").await;
        fixture
            .commit(vec![put(Expectation::Version(version), "new")])
            .await
            .unwrap();
        assert!(
            fixture.find(Kind::Grant, 0, "old").await.is_empty(),
            "{engine}"
        );
        assert_eq!(
            fixture.find(Kind::Grant, 0, "new").await,
            ["new"],
            "{engine}"
        );
        assert_eq!(
            fixture.find(Kind::Grant, 1, "client").await,
            ["new"],
            "{engine}"
        );
    }
}

#[tokio::test]
async fn no_more_is_found_than_the_most() {
    for (engine, fixture) in engines() {
        let put = |number: usize| {
            let name = format!("{number:05}");
            let at = lookups("user", &name);
            put_at(Kind::Device, key(&name), Expectation::Absent, at, &name)
        };
        fixture
            .commit((0..=MAX_FOUND).map(put).collect())
            .await
            .unwrap();
        let found = fixture.find(Kind::Device, 0, "user").await;
        assert_eq!(found.len(), MAX_FOUND, "{engine}");
        assert_eq!(
            found.last().unwrap(),
            &format!("{:05}", MAX_FOUND - 1),
            "{engine}"
        );
        let page = fixture.page(Kind::Device, None, usize::MAX).await;
        assert_eq!(page, found, "{engine}");
        let rest = Lookup {
            slot: 0,
            value: value("user"),
            after: Some(key(found.last().unwrap())),
        };
        let rest = fixture.store.find(Kind::Device, rest).await.unwrap();
        assert_eq!(bodies(rest), [format!("{MAX_FOUND:05}")], "{engine}");
    }
}

#[tokio::test]
async fn what_is_wanted_is_found_behind_however_many_that_are_not() {
    for (engine, fixture) in engines() {
        let records = Records::new(Arc::clone(&fixture.store), TENANT);
        let user = UserId::from_bytes([7; 16]);
        let consent = |number: usize| Consent {
            user,
            client: ClientId::new(format!("{number:05}")),
            scope: Scope::empty(),
            given: at(0),
            expires: None,
        };
        let mut changes = Changes::none();
        for number in 0..2 * MAX_FOUND + 3 {
            changes.insert(&consent(number));
        }
        records.commit(changes).await.unwrap();
        let found = async |from: usize| {
            let from = format!("{from:05}");
            let wanted = |consent: &Consent| consent.client.as_str() >= from.as_str();
            let found = records.find_wanted(0, user, wanted).await.unwrap();
            let clients = found.iter().map(|it| it.client.as_str().to_owned());
            clients.collect::<Vec<String>>()
        };
        let last = [0, 1, 2].map(|more| format!("{:05}", 2 * MAX_FOUND + more));
        assert_eq!(found(2 * MAX_FOUND).await, last, "{engine}");
        let most = found(5).await;
        assert_eq!(most.len(), MAX_FOUND, "{engine}");
        assert_eq!(most[0], "00005", "{engine}");
        assert!(found(3 * MAX_FOUND).await.is_empty(), "{engine}");
    }
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    for (engine, fixture) in engines() {
        let locals = ["", "\0", "a", "a\0", "aa", "b", "\u{10FFFF}"];
        let inserts = locals
            .iter()
            .rev()
            .map(|local| insert(Kind::User, local, local));
        fixture.commit(inserts.collect()).await.unwrap();
        assert_eq!(
            fixture.page(Kind::User, None, 100).await,
            locals,
            "{engine}"
        );
        assert_eq!(
            fixture.page(Kind::User, None, 2).await,
            ["", "\0"],
            "{engine}"
        );
        assert_eq!(
            fixture.page(Kind::User, Some("\0"), 2).await,
            ["a", "a\0"],
            "{engine}"
        );
        assert_eq!(
            fixture.page(Kind::User, Some("aX"), 1).await,
            ["aa"],
            "{engine}"
        );
        assert!(
            fixture
                .page(Kind::User, Some("\u{10FFFF}"), 9)
                .await
                .is_empty(),
            "{engine}"
        );
        assert!(
            fixture.page(Kind::User, None, 0).await.is_empty(),
            "{engine}"
        );
    }
}

#[tokio::test]
async fn no_query_reaches_into_another_tenant() {
    for (engine, fixture) in engines() {
        let tenants = [Tenant::SYSTEM, TENANT, OTHER, Tenant(u32::MAX)];
        for tenant in tenants {
            let at = Key::new(tenant, b"same");
            let name = format!("{tenant:?}");
            let mut lookups = Lookups::default();
            lookups[0] = Some(Key::new(tenant, b"lookup").as_bytes().into());
            let put = put_at(Kind::User, at, Expectation::Absent, lookups, &name);
            fixture.commit(vec![put]).await.unwrap();
        }
        for tenant in tenants {
            let mine = [format!("{tenant:?}")];
            let page = Page {
                tenant,
                after: None,
                limit: 100,
            };
            let page = fixture.store.page(Kind::User, page).await.unwrap();
            assert_eq!(bodies(page), mine, "{engine}");
            let value = Key::new(tenant, b"lookup").as_bytes().into();
            let mut lookup = Lookup {
                slot: 0,
                value,
                after: None,
            };
            let found = fixture.store.find(Kind::User, lookup.clone()).await;
            assert_eq!(bodies(found.unwrap()), mine, "{engine}");
            lookup.after = Some(Key::new(tenant, b"same"));
            let found = fixture.store.find(Kind::User, lookup).await;
            assert!(found.unwrap().is_empty(), "{engine}");
        }
        // A page that is said to go on after a key of an earlier tenant begins with the tenant.
        let after = Some(Key::new(Tenant::SYSTEM, b"same"));
        let page = Page {
            tenant: TENANT,
            after,
            limit: 100,
        };
        let page = fixture.store.page(Kind::User, page).await.unwrap();
        assert_eq!(bodies(page), [format!("{TENANT:?}")], "{engine}");
        assert!(
            fixture.find(Kind::User, 0, "nobody").await.is_empty(),
            "{engine}"
        );
        assert_ne!(
            value("lookup"),
            Key::new(OTHER, b"lookup").as_bytes().into()
        );
    }
}
