//! `/certificates/ca`: who is trusted to issue certificates of clients.

use data_encoding::{BASE64, HEXUPPER};
use jose::digest::{sha1, sha256};
use serde_json::{Value, json};
use testkit::{Authority, House};

const IMPORT: &str = "/certificates/ca/import";

#[tokio::test]
async fn an_imported_certificate_is_shown_as_what_it_says() {
    let house = House::open().await;
    let administration = house.administration();
    let authority = Authority::changed("The CA", |params| {
        params.serial_number = Some(rcgen::SerialNumber::from(0x0a_0b_u64));
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2036, 1, 2);
    });
    let pem = authority.pem();
    let lines: String = pem.lines().filter(|it| !it.starts_with('-')).collect();
    let der = BASE64.decode(lines.as_bytes()).unwrap();
    // As PingFederate takes it: PEM, with or without its lines, or base64.
    for (id, file) in [
        ("pem", pem.clone()),
        ("flat", pem.replace('\n', "")),
        ("base64", lines.clone()),
        ("pem-in-base64", BASE64.encode(pem.as_bytes())),
    ] {
        let given = json!({ "id": id, "fileData": file });
        let shown = administration.post(IMPORT, &given).await.expect_status(201);
        let shown = shown.json();
        for (name, value) in [
            ("id", json!(id)),
            ("serialNumber", json!("0A:0B")),
            ("subjectDN", json!("CN=The CA")),
            ("issuerDN", json!("CN=The CA")),
            ("validFrom", json!("2026-01-02T00:00:00.000Z")),
            ("expires", json!("2036-01-02T00:00:00.000Z")),
            ("keyAlgorithm", json!("EC")),
            ("keySize", json!(256)),
            ("signatureAlgorithm", json!("SHA256withECDSA")),
            ("version", json!(3)),
            ("sha1Fingerprint", json!(HEXUPPER.encode(&sha1(&der)))),
            ("sha256Fingerprint", json!(HEXUPPER.encode(&sha256(&der)))),
            ("status", json!("VALID")),
        ] {
            assert_eq!(shown[name], value, "{id} {name}");
        }
        let path = format!("/certificates/ca/{id}");
        assert_eq!(administration.get(&path).await.json(), shown);
        let exported = administration.get(&format!("{path}/file")).await;
        let exported = exported.expect_status(200);
        assert_eq!(
            exported.header("content-type"),
            Some("application/x-pem-file")
        );
        assert_eq!(exported.text(), pem.replace("\r\n", "\n"));
    }
    let listed = administration.get("/certificates/ca").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 4);
    // Without an id the server makes one.
    let given = json!({ "fileData": pem });
    let shown = administration.post(IMPORT, &given).await.expect_status(201);
    assert!(!shown.json()["id"].as_str().unwrap().is_empty());
    let _ = administration
        .get("/certificates/ca/nobody/file")
        .await
        .expect_status(404);
}

#[tokio::test]
async fn what_is_no_certificate_of_an_issuer_is_refused_with_its_field() {
    let house = House::open().await;
    let administration = house.administration();
    let authority = Authority::new("The CA");
    let two = format!("{}{}", authority.pem(), authority.pem());
    for (file, reason) in [
        ("x".to_owned(), "in PEM or in base64"),
        ("AAAA".to_owned(), "in PEM or in base64"),
        (authority.pem().replace("MI", "MJ"), "in PEM or in base64"),
        (two, "one certificate"),
        (authority.certify("robot").pem, "certification authority"),
    ] {
        let given = json!({ "id": "ca", "fileData": file });
        let refused = administration.post(IMPORT, &given).await.expect_status(422);
        let error = refused.json()["validationErrors"][0].clone();
        assert_eq!(error["fieldPath"], "fileData", "{file}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(reason), "{message}");
    }
    let missing = administration.post(IMPORT, &json!({ "id": "ca" })).await;
    let missing = missing.expect_status(422).json();
    assert_eq!(missing["validationErrors"][0]["fieldPath"], "fileData");
    let given = json!({ "id": "import", "fileData": authority.pem() });
    let refused = administration.post(IMPORT, &given).await.expect_status(422);
    assert_eq!(refused.json()["validationErrors"][0]["fieldPath"], "id");
    let listed = administration.get("/certificates/ca").await.json();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn an_issuer_that_a_client_needs_stays() {
    let house = House::open().await;
    let administration = house.administration();
    let import = async |id: &str, authority: &Authority| {
        let given = json!({ "id": id, "fileData": authority.pem() });
        let _ = administration.post(IMPORT, &given).await.expect_status(201);
    };
    let [one, other] = [(), ()].map(|()| Authority::new("The CA"));
    import("ca", &one).await;
    let fields = |issuer: &str| {
        json!({ "clientAuth": {
            "type": "CERTIFICATE",
            "secret": null,
            "clientCertIssuerDn": issuer,
            "clientCertSubjectDn": "CN=robot",
        } })
    };
    // The same name, written in another way.
    house.add_client_with("robot", fields("cn = the  ca")).await;
    let refused = administration.delete("/certificates/ca/ca").await;
    let refused = refused.expect_status(422).json();
    let error = &refused["validationErrors"][0];
    assert_eq!(error["errorId"], "in_use");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("client \"robot\""), "{message}");
    // Replacing it by one of another name would take it away as well.
    let given = json!({ "fileData": Authority::new("Another").pem() });
    let replaced = administration.put("/certificates/ca/ca", &given).await;
    let _ = replaced.expect_status(422);
    // With a second one of this name it may go.
    import("again", &other).await;
    let _ = administration
        .delete("/certificates/ca/ca")
        .await
        .expect_status(204);
    let _ = administration
        .delete("/certificates/ca/ca")
        .await
        .expect_status(404);
    let _ = administration
        .delete("/certificates/ca/again")
        .await
        .expect_status(422);
    house.change_client("robot", fields("TRUST_ANY")).await;
    let _ = administration
        .delete("/certificates/ca/again")
        .await
        .expect_status(204);
}

#[tokio::test]
async fn names_that_are_none_are_refused_for_a_client_with_a_certificate() {
    let house = House::open().await;
    let client = |issuer: &str, subject: &str| {
        json!({
            "clientId": "robot",
            "name": "Robot",
            "grantTypes": ["CLIENT_CREDENTIALS"],
            "clientAuth": {
                "type": "CERTIFICATE",
                "clientCertIssuerDn": issuer,
                "clientCertSubjectDn": subject,
            },
        })
    };
    let administration = house.administration();
    for (issuer, subject, field) in [
        ("the CA", "CN=robot", "clientAuth.clientCertIssuerDn"),
        ("CN=The CA", "robot", "clientAuth.clientCertSubjectDn"),
        ("TRUST_ANY", "TRUST_ANY", "clientAuth.clientCertSubjectDn"),
        ("CN=The CA", "NOTYPE=x", "clientAuth.clientCertSubjectDn"),
    ] {
        let client = client(issuer, subject);
        let refused = administration.post("/oauth/clients", &client);
        let refused: Value = refused.await.expect_status(422).json();
        assert_eq!(refused["validationErrors"][0]["fieldPath"], field);
    }
    let good = client("cn = the  ca", r"CN=robot\, the second");
    // Nobody of this name is trusted yet.
    let refused = administration.post("/oauth/clients", &good).await;
    let refused = refused.expect_status(422).json();
    let errors = refused["validationErrors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["fieldPath"], "clientAuth.clientCertIssuerDn");
    let authority = json!({ "id": "ca", "fileData": Authority::new("The CA").pem() });
    let _ = administration
        .post("/certificates/ca/import", &authority)
        .await
        .expect_status(201);
    let _ = administration
        .post("/oauth/clients", &good)
        .await
        .expect_status(201);
}
