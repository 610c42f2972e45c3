//! The people of a house, and its administrator.

use authn::factor::totp;
use domain::port::{Changes, Records, Tenant};
use domain::{Administrator, Device, DeviceStatus, Password, Profile, User, UserId};

use super::{ADMINISTRATOR, House};
use crate::passwords::Passwords;
use crate::person::Person;

impl House {
    /// Adds a person of this name with a password and a profile.
    pub async fn add_person(&self, username: &str) -> Person {
        self.add_person_to(&self.records, username).await
    }

    pub(crate) async fn add_person_to(&self, records: &Records, username: &str) -> Person {
        let now = self.now();
        let user = User {
            id: UserId::new(now, &*self.random),
            username: username.to_owned(),
            enabled: true,
            mfa_enabled: true,
            profile: profile(username),
            created: now,
            modified: now,
        };
        let password = format!("{username} likes long passwords");
        let mut changes = Changes::none();
        changes.insert(&user);
        changes.insert(&Password {
            user: user.id,
            hash: self.passwords.hash_of(&password),
            changed: now,
            must_change: false,
        });
        records.commit(changes).await.unwrap();
        Person {
            id: user.id,
            username: username.to_owned(),
            password,
            totp: None,
        }
    }

    /// Adds a person of this name with a password and an authenticator app.
    pub async fn add_person_with_totp(&self, username: &str) -> Person {
        let person = self.add_person(username).await;
        let secret = totp::generate(&*self.random);
        let device = Device {
            status: DeviceStatus::Active,
            ..totp::device(
                person.id,
                "phone",
                secret.clone(),
                self.now(),
                &*self.random,
            )
        };
        let mut changes = Changes::none();
        changes.insert(&device);
        self.records.commit(changes).await.unwrap();
        Person {
            totp: Some(secret.expose().to_owned()),
            ..person
        }
    }

    /// Changes what is known about a person.
    pub async fn change_person(&self, person: &Person, change: impl FnOnce(&mut User)) {
        let loaded = self.records.get::<User>(&person.id).await.unwrap().unwrap();
        let mut changed = loaded.record.clone();
        change(&mut changed);
        let mut changes = Changes::none();
        changes.replace(&loaded, &changed);
        self.records.commit(changes).await.unwrap();
    }

    /// Has a person set another password when they next sign on with theirs.
    pub async fn demand_new_password(&self, person: &Person) {
        let loaded = self.records.get::<Password>(&person.id).await;
        let loaded = loaded.unwrap().unwrap();
        let due = Password {
            must_change: true,
            ..loaded.record.clone()
        };
        let mut changes = Changes::none();
        changes.replace(&loaded, &due);
        self.records.commit(changes).await.unwrap();
    }

    /// Hashes a person's password as it was hashed before the cost of hashing was changed.
    pub async fn outdate_password(&self, person: &Person) {
        let loaded = self.records.get::<Password>(&person.id).await;
        let loaded = loaded.unwrap().unwrap();
        let outdated = Password {
            hash: Passwords::outdated_hash_of(&person.password),
            ..loaded.record.clone()
        };
        let mut changes = Changes::none();
        changes.replace(&loaded, &outdated);
        self.records.commit(changes).await.unwrap();
    }

    /// The same with the administrator's.
    pub async fn outdate_administrator(&self) {
        let (name, password) = ADMINISTRATOR;
        let records = self.records.of(Tenant::SYSTEM);
        let loaded = records.get::<Administrator>(name).await.unwrap().unwrap();
        let outdated = Administrator {
            password_hash: Passwords::outdated_hash_of(password),
            ..loaded.record.clone()
        };
        let mut changes = Changes::none();
        changes.replace(&loaded, &outdated);
        records.commit(changes).await.unwrap();
    }
}

fn profile(username: &str) -> Profile {
    Profile {
        name: Some(format!("{username} Example")),
        given_name: Some(username.to_owned()),
        email: Some(format!("{username}@example.com")),
        email_verified: Some(true),
        phone_number: Some("+49 30 1234567".to_owned()),
        ..Profile::default()
    }
}
