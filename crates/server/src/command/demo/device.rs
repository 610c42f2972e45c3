//! An application that proves who it is with a certificate, and whom to trust for that.

use domain::port::{Changes, DocumentName, Kind};
use domain::{AuthenticationMethod, Client, ClientAuthentication, ClientId, GrantType};
use serde_json::json;

use super::super::desk::Desk;
use super::super::{Failure, io_failure};
use super::certificates::{AUTHORITY, Certificates, DEVICE};

/// The `client_id` of the application.
pub(super) const DEVICE_ID: &str = "demo-device";

/// Adds the application and its issuer, or writes them anew.
pub(super) async fn add(desk: &Desk, certificates: &Certificates) -> Result<(), Failure> {
    let authority = std::fs::read_to_string(&certificates.authority);
    let authority = authority.map_err(|cause| {
        let file = certificates.authority.display();
        io_failure(&format!("read {file}"), cause)
    })?;
    let issuer = json!({ "id": "demo-ca", "fileData": authority });
    let name = DocumentName::new(Kind::Resource, "certificates/ca/demo-ca");
    desk.carry_out(async || {
        let stored = desk
            .records
            .get::<Client>(&ClientId::new(DEVICE_ID))
            .await?;
        let trusted = desk.records.document(&name).await?;
        let mut client = client(desk);
        if let Some(stored) = &stored {
            client.created = stored.created;
        }
        let mut changes = Changes::none();
        changes.upsert(stored.as_ref(), &client);
        changes.put_document(&name, trusted.map(|it| it.version), &issuer);
        Ok(((), changes))
    })
    .await
}

fn client(desk: &Desk) -> Client {
    let grants = [GrantType::ClientCredentials].into();
    let client = Client::new(ClientId::new(DEVICE_ID), "Demo Device", grants, desk.now());
    Client {
        authentication: ClientAuthentication {
            method: AuthenticationMethod::Certificate,
            certificate_issuer: Some(AUTHORITY.to_owned()),
            certificate_subject: Some(DEVICE.to_owned()),
            ..ClientAuthentication::default()
        },
        ..client
    }
}
