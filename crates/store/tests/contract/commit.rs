//! Committing.

use domain::port::{Change, CommitError, Expectation, Kind, Lookups, Term, Version};

use crate::fixture::{
    Fixture, TERMS, at, claim, claim_for, delete, engines, expiring, insert, is_claimed,
    is_conflict, key, lookups, put, put_at,
};

#[tokio::test]
async fn a_record_is_inserted_only_where_none_is() {
    for (engine, fixture) in engines() {
        fixture
            .commit(vec![insert(Kind::Client, "a", "first")])
            .await
            .unwrap();
        let again = fixture
            .commit(vec![insert(Kind::Client, "a", "second")])
            .await;
        assert!(is_conflict(&again), "{engine}");
        assert_eq!(
            fixture.body(Kind::Client, "a").await.as_deref(),
            Some("first"),
            "{engine}"
        );
        fixture
            .commit(vec![insert(Kind::Grant, "a", "of another kind")])
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn what_is_checked_is_not_written_but_must_be_as_expected() {
    let check = |expect| Change::Check {
        kind: Kind::Client,
        key: key("a"),
        expect,
    };
    for (engine, fixture) in engines() {
        let other = |body| put(Kind::Client, "b", Expectation::Absent, body);
        let absent = vec![check(Expectation::Absent), other("made")];
        fixture.commit(absent).await.unwrap();
        fixture
            .commit(vec![insert(Kind::Client, "a", "first")])
            .await
            .unwrap();
        let first = fixture.version(Kind::Client, "a").await;
        for expect in [
            Expectation::Absent,
            Expectation::Version(Version(first.0 - 1)),
        ] {
            let changes = vec![insert(Kind::Client, "c", "not made"), check(expect)];
            assert!(is_conflict(&fixture.commit(changes).await), "{engine}");
            assert!(fixture.get(Kind::Client, "c").await.is_none(), "{engine}");
        }
        let held = vec![check(Expectation::Version(first))];
        fixture.commit(held).await.unwrap();
        let now = fixture.version(Kind::Client, "a").await;
        assert_eq!(now, first, "{engine}");
    }
}

#[tokio::test]
async fn a_record_is_replaced_and_deleted_only_in_the_version_that_was_loaded() {
    for (engine, fixture) in engines() {
        fixture
            .commit(vec![insert(Kind::Client, "a", "first")])
            .await
            .unwrap();
        let first = fixture.version(Kind::Client, "a").await;
        let replace = |body| put(Kind::Client, "a", Expectation::Version(first), body);
        fixture.commit(vec![replace("second")]).await.unwrap();
        let second = fixture.version(Kind::Client, "a").await;
        assert_ne!(first, second, "{engine}");
        assert!(
            is_conflict(&fixture.commit(vec![replace("third")]).await),
            "{engine}"
        );
        let stale = fixture.commit(vec![delete(Kind::Client, "a", first)]).await;
        assert!(is_conflict(&stale), "{engine}");
        assert_eq!(
            fixture.body(Kind::Client, "a").await.as_deref(),
            Some("second"),
            "{engine}"
        );
        fixture
            .commit(vec![delete(Kind::Client, "a", second)])
            .await
            .unwrap();
        assert!(fixture.get(Kind::Client, "a").await.is_none(), "{engine}");
        let gone = fixture
            .commit(vec![delete(Kind::Client, "a", second)])
            .await;
        assert!(is_conflict(&gone), "{engine}");
        let absent = put(
            Kind::Client,
            "b",
            Expectation::Version(second),
            "nothing there",
        );
        assert!(is_conflict(&fixture.commit(vec![absent]).await), "{engine}");
    }
}

#[tokio::test]
async fn a_record_that_was_deleted_and_made_anew_has_a_new_version() {
    for (engine, fixture) in engines() {
        let mut seen: Vec<Version> = Vec::new();
        for round in 0..50 {
            fixture
                .commit(vec![insert(Kind::Code, "a", "new")])
                .await
                .unwrap();
            let made = fixture.version(Kind::Code, "a").await;
            let replace = put(Kind::Code, "a", Expectation::Version(made), "old");
            fixture.commit(vec![replace]).await.unwrap();
            let replaced = fixture.version(Kind::Code, "a").await;
            for version in [made, replaced] {
                assert!(!seen.contains(&version), "{engine} in round {round}");
                seen.push(version);
            }
            for stale in seen.iter().filter(|version| **version != replaced) {
                let stale = fixture.commit(vec![delete(Kind::Code, "a", *stale)]).await;
                assert!(is_conflict(&stale), "{engine}");
            }
            fixture
                .commit(vec![delete(Kind::Code, "a", replaced)])
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn the_first_lookup_of_a_user_is_theirs_alone() {
    for (engine, fixture) in engines() {
        let user = |local: &str, name: &str, expect| {
            put_at(
                Kind::User,
                key(local),
                expect,
                lookups(name, "same address"),
                local,
            )
        };
        let absent = Expectation::Absent;
        fixture
            .commit(vec![user("a", "ada", absent)])
            .await
            .unwrap();
        let taken = fixture.commit(vec![user("b", "ada", absent)]).await;
        assert!(is_conflict(&taken), "{engine}");
        fixture
            .commit(vec![user("b", "bob", absent)])
            .await
            .unwrap();
        let version = Expectation::Version(fixture.version(Kind::User, "b").await);
        let renamed = fixture.commit(vec![user("b", "ada", version)]).await;
        assert!(is_conflict(&renamed), "{engine}");
        // Who keeps the name may change the rest.
        fixture
            .commit(vec![user("b", "bob", version)])
            .await
            .unwrap();
        assert_eq!(
            fixture.find(Kind::User, 1, "same address").await,
            ["a", "b"],
            "{engine}"
        );
        // A name that is given up in a commit is free for the rest of it.
        let version = fixture.version(Kind::User, "a").await;
        let heir = user("c", "ada", absent);
        fixture
            .commit(vec![delete(Kind::User, "a", version), heir])
            .await
            .unwrap();
        assert_eq!(fixture.find(Kind::User, 0, "ada").await, ["c"], "{engine}");
        // Who has no name takes none from anyone.
        for local in ["d", "e"] {
            let nameless = put_at(Kind::User, key(local), absent, Lookups::default(), local);
            fixture.commit(vec![nameless]).await.unwrap();
        }
    }
}

#[tokio::test]
async fn changes_are_made_all_or_none() {
    for (engine, fixture) in engines() {
        let old = |local| insert(Kind::Code, local, "old");
        fixture
            .commit(vec![old("code"), old("other")])
            .await
            .unwrap();
        fixture.commit(vec![claim("spent", at(60))]).await.unwrap();
        let version = fixture.version(Kind::Code, "code").await;
        let revision = fixture.revision().await;
        let most = || {
            vec![
                delete(Kind::Code, "code", version),
                insert(Kind::Grant, "grant", "new"),
                claim("fresh", at(60)),
                insert(Kind::Client, "client", "new"),
            ]
        };
        let stale = Expectation::Version(Version(version.0 + 1_000_000));
        for (last, is_refused) in [
            (
                claim("spent", at(60)),
                is_claimed as fn(&Result<(), CommitError>) -> bool,
            ),
            (claim("fresh", at(90)), is_claimed),
            (insert(Kind::Code, "other", "new"), is_conflict),
            (insert(Kind::Grant, "grant", "twice"), is_conflict),
            (put(Kind::Code, "other", stale, "new"), is_conflict),
            (delete(Kind::Code, "code", version), is_conflict),
        ] {
            let text = format!("{engine}: {last:?}");
            let refused = fixture.commit([most(), vec![last]].concat()).await;
            assert!(is_refused(&refused), "{text}");
            assert!(has_only_the_old(&fixture, version).await, "{text}");
            assert_eq!(fixture.revision().await, revision, "{text}");
        }
        fixture.commit(most()).await.unwrap();
        assert!(fixture.get(Kind::Code, "code").await.is_none(), "{engine}");
        assert_eq!(
            fixture.body(Kind::Grant, "grant").await.as_deref(),
            Some("new"),
            "{engine}"
        );
        assert!(
            is_claimed(&fixture.commit(vec![claim("fresh", at(60))]).await),
            "{engine}"
        );
    }
}

async fn has_only_the_old(fixture: &Fixture, version: Version) -> bool {
    fixture.version(Kind::Code, "code").await == version
        && fixture.get(Kind::Grant, "grant").await.is_none()
        && fixture.get(Kind::Client, "client").await.is_none()
        && fixture.body(Kind::Code, "other").await.as_deref() == Some("old")
}

#[tokio::test]
async fn changes_are_tried_in_their_order() {
    for (engine, fixture) in engines() {
        fixture
            .commit(vec![insert(Kind::Flow, "a", "first")])
            .await
            .unwrap();
        let version = fixture.version(Kind::Flow, "a").await;
        let anew = vec![
            delete(Kind::Flow, "a", version),
            insert(Kind::Flow, "a", "second"),
        ];
        fixture.commit(anew).await.unwrap();
        assert_eq!(
            fixture.body(Kind::Flow, "a").await.as_deref(),
            Some("second"),
            "{engine}"
        );
        // The first change that cannot be made gives the answer.
        let changes = || [insert(Kind::Flow, "a", "third"), claim("taken", at(60))].to_vec();
        fixture.commit(vec![claim("taken", at(60))]).await.unwrap();
        assert!(is_conflict(&fixture.commit(changes()).await), "{engine}");
        let reversed = changes().into_iter().rev().collect();
        assert!(is_claimed(&fixture.commit(reversed).await), "{engine}");
        fixture.commit(Vec::new()).await.unwrap();
    }
}

#[tokio::test]
async fn a_claim_is_granted_once_until_it_is_swept() {
    for term in TERMS {
        let claim = |local, until| vec![claim_for(term, local, until)];
        for (engine, fixture) in engines() {
            fixture.commit(claim("a", at(60))).await.unwrap();
            for again in TERMS {
                for until in [at(0), at(60), at(120)] {
                    let again = vec![claim_for(again, "a", until)];
                    assert!(is_claimed(&fixture.commit(again).await), "{engine}");
                }
            }
            fixture.commit(claim("b", at(60))).await.unwrap();
            let sweep = |second| fixture.store.sweep(at(second), 10);
            assert_eq!(sweep(60).await.unwrap(), 0, "{engine}");
            let early = fixture.commit(claim("a", at(60))).await;
            assert!(is_claimed(&early), "{engine}");
            assert_eq!(sweep(61).await.unwrap(), 2, "{engine}");
            fixture.commit(claim("a", at(120))).await.unwrap();
        }
    }
}

#[tokio::test]
async fn sweeping_removes_what_has_expired_and_no_more_than_it_may() {
    for term in TERMS {
        for (engine, fixture) in engines() {
            sweeps_what_has_expired(term, engine, &fixture).await;
        }
    }
}

async fn sweeps_what_has_expired(term: Term, engine: &str, fixture: &Fixture) {
    let mut changes = vec![insert(Kind::Session, "for ever", "stays")];
    for second in 0..10 {
        for kind in [Kind::Session, Kind::Code] {
            changes.push(expiring(
                insert(kind, &format!("{second}"), "goes"),
                at(second),
            ));
        }
        changes.push(claim_for(term, &format!("{second}"), at(second)));
    }
    fixture.commit(changes).await.unwrap();
    let sweep = |second, limit| fixture.store.sweep(at(second), limit);
    assert_eq!(sweep(0, 100).await.unwrap(), 0, "{engine}");
    assert_eq!(sweep(5, 0).await.unwrap(), 0, "{engine}");
    assert_eq!(sweep(5, 7).await.unwrap(), 7, "{engine}");
    assert_eq!(sweep(5, 100).await.unwrap(), 8, "{engine}");
    assert_eq!(sweep(5, 100).await.unwrap(), 0, "{engine}");
    assert!(fixture.get(Kind::Session, "4").await.is_none(), "{engine}");
    assert!(fixture.get(Kind::Session, "5").await.is_some(), "{engine}");
    let again = |local| fixture.commit(vec![claim_for(term, local, at(60))]);
    again("4").await.unwrap();
    assert!(is_claimed(&again("5").await), "{engine}");
    assert_eq!(sweep(10, 100).await.unwrap(), 15, "{engine}");
    assert_eq!(
        fixture.page(Kind::Session, None, 9).await,
        ["stays"],
        "{engine}"
    );
}

#[tokio::test]
async fn the_configuration_revision_grows_with_each_commit_that_touches_configuration() {
    for (engine, fixture) in engines() {
        let mut last = fixture.revision().await;
        for kind in Kind::ALL {
            fixture
                .commit(vec![insert(kind, "a", "new")])
                .await
                .unwrap();
            let made = fixture.revision().await;
            assert_eq!(made > last, kind.is_configuration(), "{engine} {kind:?}");
            let version = fixture.version(kind, "a").await;
            let replace = put(kind, "a", Expectation::Version(version), "old");
            fixture
                .commit(vec![replace, claim(kind.name(), at(60))])
                .await
                .unwrap();
            let replaced = fixture.revision().await;
            assert_eq!(
                replaced > made,
                kind.is_configuration(),
                "{engine} {kind:?}"
            );
            let version = fixture.version(kind, "a").await;
            fixture
                .commit(vec![delete(kind, "a", version)])
                .await
                .unwrap();
            last = fixture.revision().await;
            assert_eq!(
                last > replaced,
                kind.is_configuration(),
                "{engine} {kind:?}"
            );
        }
        let old = expiring(insert(Kind::SigningKey, "old", "goes"), at(10));
        fixture.commit(vec![old]).await.unwrap();
        let before = fixture.revision().await;
        assert_eq!(
            fixture.store.sweep(at(11), 10).await.unwrap(),
            1,
            "{engine}"
        );
        assert!(fixture.revision().await > before, "{engine}");
        let refused = fixture
            .commit(vec![delete(Kind::Client, "a", Version(1))])
            .await;
        assert!(is_conflict(&refused), "{engine}");
    }
}
