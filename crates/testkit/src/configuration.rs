//! Configuration, written as it is stored.

use domain::port::{Changes, DocumentName, Kind};
use domain::{Client, ServerSettings};
use serde_json::Value;

use crate::house::House;

impl House {
    /// Changes the settings of the authorization server.
    pub async fn change_settings(&self, change: impl FnOnce(&mut ServerSettings)) {
        let loaded = self.records().get::<ServerSettings>(ServerSettings::KEY);
        let loaded = loaded.await.unwrap().unwrap();
        let mut settings = loaded.record.clone();
        change(&mut settings);
        let mut changes = Changes::none();
        changes.replace(&loaded, &settings);
        self.configured(changes).await;
    }

    /// Changes what is stored of a client.
    pub async fn change_stored_client(&self, id: &str, change: impl FnOnce(&mut Client)) {
        let loaded = self.records().get::<Client>(id).await.unwrap().unwrap();
        let mut client = loaded.record.clone();
        change(&mut client);
        let mut changes = Changes::none();
        changes.replace(&loaded, &client);
        self.configured(changes).await;
    }

    /// Writes a configuration object that has no kind of its own.
    pub async fn put_resource(&self, key: &str, resource: &Value) {
        let name = DocumentName::new(Kind::Resource, key);
        let loaded = self.records().document(&name).await.unwrap();
        let mut changes = Changes::none();
        changes.put_document(&name, loaded.map(|it| it.version), resource);
        self.configured(changes).await;
    }

    async fn configured(&self, changes: Changes) {
        self.records().commit(changes).await.unwrap();
        self.app().follow_configuration().await.unwrap();
    }
}
