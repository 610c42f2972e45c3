//! What a server cannot do without, made when it is not there: an administrator and signing keys.

use authn::factor::password::{NewPassword, PasswordRule};
use data_encoding::BASE32_NOPAD;
use domain::port::{Changes, CommitError, Random, Records, StoreError, Tenant};
use domain::{Administrator, AdministratorRole, KeyFamily, Secret, SigningKeyRecord, Timestamp};
use web::{App, Fault};
use zeroize::Zeroizing;

use crate::keys;

/// The environment variable that gives the administrator's first password. It counts only while
/// there is no administrator: changing it later changes nothing.
pub(crate) const PASSWORD_VARIABLE: &str = "COUNTERSIGN_ADMIN_PASSWORD";

/// The name of the administrator that a server begins with.
pub(crate) const ADMINISTRATOR: &str = "Administrator";

/// The password of the first administrator.
pub(crate) enum FirstPassword {
    /// It was given by the operator.
    Given(Secret),
    /// It was made up, and must be shown, once.
    MadeUp(Secret),
}

impl FirstPassword {
    /// The given password, or one that nobody can guess.
    pub(crate) fn new(given: Option<Secret>, random: &dyn Random) -> Self {
        given.map_or_else(|| Self::MadeUp(made_up(random)), Self::Given)
    }

    /// The password.
    pub(crate) const fn secret(&self) -> &Secret {
        match self {
            Self::Given(secret) | Self::MadeUp(secret) => secret,
        }
    }
}

/// The administrator's password in the environment may not be set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{PASSWORD_VARIABLE} cannot be the administrator's password: {0}")]
pub(crate) struct UnfitPassword(PasswordRule);

/// The password that the environment gives, if it does; it obeys the rules of every other.
pub(crate) fn given_password() -> Result<Option<Secret>, UnfitPassword> {
    let given = std::env::var(PASSWORD_VARIABLE).unwrap_or_default();
    if given.is_empty() {
        return Ok(None);
    }
    NewPassword::accept(&given, ADMINISTRATOR, None).map_err(UnfitPassword)?;
    Ok(Some(Secret::new(given)))
}

/// Twenty characters in groups of five: 100 random bits that can be read out.
pub(crate) fn made_up(random: &dyn Random) -> Secret {
    let mut bytes = Zeroizing::new([0; 13]);
    random.fill(&mut *bytes);
    let text = Zeroizing::new(BASE32_NOPAD.encode(&*bytes).to_lowercase());
    let groups: Vec<&str> = [0..5, 5..10, 10..15, 15..20]
        .into_iter()
        .filter_map(|range| text.get(range))
        .collect();
    Secret::new(groups.join("-"))
}

/// Whether there is an administrator.
pub(crate) async fn has_administrator(records: &Records) -> Result<bool, StoreError> {
    let system = records.of(Tenant::SYSTEM);
    Ok(!system.all::<Administrator>().await?.is_empty())
}

/// Adds the first administrator; whether another process was not first.
pub(crate) async fn add_administrator(
    records: &Records,
    password_hash: Secret,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut changes = Changes::none();
    changes.insert(&Administrator {
        name: ADMINISTRATOR.to_owned(),
        password_hash,
        changed: now,
        role: AdministratorRole::Full,
    });
    match records.of(Tenant::SYSTEM).commit(changes).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict | CommitError::Claimed) => Ok(false),
        Err(CommitError::Store(error)) => Err(error),
    }
}

/// Makes the signing keys that are missing in these families and in those that are in use.
pub(crate) async fn ensure_keys(app: &App, wanted: &[KeyFamily]) -> Result<(), Fault> {
    let present = app.records().all::<SigningKeyRecord>().await?;
    let mut families = [wanted, &keys::families(&present)].concat();
    families.sort_unstable();
    families.dedup();
    for family in families {
        app.ensure_keys(family).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::KeyState;
    use domain::port::fixed::CountingRandom;

    use super::*;
    use crate::fixture;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn records() -> Records {
        let store = store::memory(Arc::new(CountingRandom::default()));
        Records::new(store, Tenant::DEFAULT)
    }

    #[test]
    fn a_password_that_was_made_up_can_be_read_out() {
        let password = made_up(&CountingRandom::default());
        assert_eq!(password.expose().len(), 23);
        assert_eq!(password.expose().split('-').count(), 4);
    }

    #[tokio::test]
    async fn there_is_only_one_first_administrator() {
        let records = records();
        assert!(!has_administrator(&records).await.unwrap());
        let hash = || Secret::new("hash");
        assert!(add_administrator(&records, hash(), NOW).await.unwrap());
        assert!(!add_administrator(&records, hash(), NOW).await.unwrap());
        assert!(has_administrator(&records).await.unwrap());
    }

    #[tokio::test]
    async fn keys_are_made_once() {
        let app = fixture::app().await;
        let families = [KeyFamily::P256, KeyFamily::Ed25519];
        ensure_keys(&app, &families).await.unwrap();
        ensure_keys(&app, &[KeyFamily::P256]).await.unwrap();
        let keys = app.records().all::<SigningKeyRecord>().await.unwrap();
        assert_eq!(keys.len(), 4);
        assert!(KeyFamily::Ed25519.lacks(&keys).is_empty());
    }

    #[tokio::test]
    async fn of_many_that_find_no_keys_one_makes_them() {
        let store = store::memory(Arc::new(CountingRandom::default()));
        let mut starts = tokio::task::JoinSet::new();
        for _ in 0..8 {
            // Each start reads before any of them writes: making a key takes a thread's time.
            let app = fixture::app_on(Arc::clone(&store)).await;
            starts.spawn(async move { ensure_keys(&app, &[KeyFamily::P256]).await });
        }
        for started in starts.join_all().await {
            started.unwrap();
        }
        let records = Records::new(store, Tenant::DEFAULT);
        let keys = records.all::<SigningKeyRecord>().await.unwrap();
        assert_eq!(keys.len(), 2);
        assert!(KeyFamily::P256.lacks(&keys).is_empty());
    }

    #[tokio::test]
    async fn a_family_in_use_gets_the_key_that_it_lacks() {
        let app = fixture::app().await;
        ensure_keys(&app, &[KeyFamily::P384]).await.unwrap();
        let records = app.records();
        let keys = records.all::<SigningKeyRecord>().await.unwrap();
        let next = keys.iter().find(|key| key.state == KeyState::Next);
        let mut changes = Changes::none();
        changes.delete(next.unwrap());
        records.commit(changes).await.unwrap();
        ensure_keys(&app, &[]).await.unwrap();
        let keys = records.all::<SigningKeyRecord>().await.unwrap();
        assert_eq!(keys.len(), 2);
        assert!(KeyFamily::P384.lacks(&keys).is_empty());
    }
}
