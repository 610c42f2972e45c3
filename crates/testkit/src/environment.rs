//! The environments of a server under test.

use authn::recognize::{ApiKey, Customer};
use domain::port::{Changes, Records, Tenant};
use domain::{Actor, AuditEvent, EnvironmentId, Secret};
use jose::jwk::JwkSet;
use serde_json::{Value, json};
use web::configuration::{CLIENTS, Configuration, Operator};
use web::{ExportKey, Registry, StoredKeys};

use crate::house::{EXPORT_KEY, House, client};
use crate::person::Person;
use crate::relying_party::RelyingParty;

/// An environment of a server under test.
pub struct Environment<'h> {
    /// Its id.
    pub id: EnvironmentId,
    /// Its issuer.
    pub issuer: String,
    /// What it stores, for facts that no endpoint tells.
    pub records: Records,
    house: &'h House,
}

impl House {
    /// Adds an environment of this name.
    pub async fn add_environment(&self, name: &str) -> Environment<'_> {
        let added = self.registry().add(&Actor::Operator, name, "").await;
        let id = added.unwrap().id;
        self.app().follow_configuration().await.unwrap();
        Environment {
            id,
            issuer: web::issuer_of(&self.issuer, id),
            records: self.records().of(id.tenant()),
            house: self,
        }
    }

    /// Deletes an environment, as another process does; the server has noticed it.
    pub async fn delete_environment(&self, id: EnvironmentId) {
        let deleted = self.registry().delete(&Actor::Operator, id).await;
        deleted.unwrap();
        self.app().follow_configuration().await.unwrap();
    }

    fn registry(&self) -> Registry<'_> {
        Registry {
            records: self.records(),
            factory: &*self.keys,
            random: &*self.random,
            now: self.now(),
        }
    }
}

impl Environment<'_> {
    /// Has it be a customer of Recognize of this name, with these rules besides those that hold unless
    /// somebody says otherwise; returns a key of the API.
    pub async fn add_customer(&self, name: &str, change: impl FnOnce(&mut Customer)) -> Secret {
        let mut customer = Customer::new(name, self.id, self.house.now());
        let (key, kept) = ApiKey::new(name, "test", self.house.now(), &*self.house.random);
        customer.api_keys.push(kept);
        change(&mut customer);
        customer.check().unwrap();
        let mut changes = Changes::none();
        changes.insert(&customer);
        let system = self.records.of(Tenant::SYSTEM);
        system.commit(changes).await.unwrap();
        key
    }

    /// The address of a path within it.
    pub fn at(&self, path: &str) -> String {
        self.house.at(&format!("/{}{path}", self.id))
    }

    /// Adds a person of this name with a password and a profile.
    pub async fn add_person(&self, username: &str) -> Person {
        self.house.add_person_to(&self.records, username).await
    }

    /// The same with a mailbox and a telephone, in this order, to which codes are sent.
    pub async fn add_person_with_mailbox(&self, username: &str) -> Person {
        let house = self.house;
        house
            .add_person_with_mailbox_to(&self.records, username)
            .await
    }

    /// The audit event of this name that was noted last.
    pub async fn last_event(&self, name: &str) -> Value {
        let events = self.records.all::<AuditEvent>().await.unwrap();
        let last = events.iter().rfind(|event| event.event == name);
        serde_json::to_value(&last.expect("an event").record).unwrap()
    }

    /// The text of the message that was written last.
    pub async fn last_text(&self) -> String {
        self.house.last_text(&self.records).await
    }

    /// Registers a confidential client of this id for every grant.
    pub async fn add_client(&self, id: &str) -> RelyingParty {
        self.add_client_with(id, json!({})).await
    }

    /// The same with other fields; an object within is merged, `null` removes.
    pub async fn add_client_with(&self, id: &str, fields: Value) -> RelyingParty {
        let export_key = ExportKey::new(&EXPORT_KEY);
        let keys = StoredKeys {
            records: &self.records,
            factory: &*self.house.keys,
            now: self.house.now(),
        };
        let configuration = Configuration {
            records: &self.records,
            export_key: &export_key.unwrap(),
            random: &*self.house.random,
            keys: &keys,
            now: self.house.now(),
            url: String::new(),
            operator: Operator::default(),
        };
        let client = client(id, fields);
        let created = configuration.create(&Actor::Operator, &CLIENTS, &client);
        let created = created.await.unwrap();
        self.house.app().follow_configuration().await.unwrap();
        let secret = client["clientAuth"]["secret"].as_str().unwrap_or_default();
        let redirect_uri = created["redirectUris"][0].as_str().unwrap_or_default();
        self.relying_party(id, secret, redirect_uri)
    }

    /// A client that is registered already; one without a secret has an empty one.
    pub fn relying_party(&self, id: &str, secret: &str, redirect_uri: &str) -> RelyingParty {
        let secret = Some(secret.to_owned()).filter(|secret| !secret.is_empty());
        RelyingParty::new(self.house, id, secret, redirect_uri).in_environment(&self.issuer)
    }

    /// Its public keys, as it publishes them.
    pub async fn jwks(&self) -> JwkSet {
        let jwks = self.house.http.get(format!("{}/jwks", self.issuer)).await;
        JwkSet::parse(jwks.expect_status(200).text()).unwrap()
    }
}
