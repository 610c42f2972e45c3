//! Clients with certificates: RFC 8705 §7. What is up to TLS itself (§7.3) is not here.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use jose::digest::sha256;
use serde_json::{Value, json};
use testkit::{Authority, ClientCertificate, RelyingParty};

use super::{Setting, part, refused};

const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

async fn trust(it: &Setting, id: &str, authority: &Authority) {
    let file = json!({ "id": id, "fileData": authority.pem() });
    let administration = it.house.administration();
    let imported = administration.post("/certificates/ca/import", &file).await;
    let _ = imported.expect_status(201);
}

async fn robot(it: &Setting) -> RelyingParty {
    let fields = json!({
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"],
        "clientAuth": {
            "type": "CERTIFICATE",
            "secret": null,
            "clientCertIssuerDn": "CN=The CA",
            "clientCertSubjectDn": "CN=robot",
        },
    });
    it.house.add_client_with("robot", fields).await
}

#[tokio::test]
async fn rfc8705_7_1_a_refresh_token_needs_the_certificate_of_its_client() {
    let it = Setting::open().await;
    let authority = Authority::new("The CA");
    trust(&it, "ca", &authority).await;
    let robot = robot(&it).await;
    let own = robot.showing(&authority.certify("robot"));
    let request = own.request();
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let tokens = own.redeem(&request, &answer).await;
    // "refresh tokens are bound to the client": indirectly, by its proof, so that the certificate
    // may be renewed, and nobody else gets anything for them.
    for thief in [
        robot.clone(),
        robot.showing(&authority.certify("somebody")),
        robot.showing(&Authority::new("The CA").certify("robot")),
    ] {
        let reply = thief.refresh(tokens.refresh()).await;
        refused(reply, 401, "invalid_client");
    }
    let renewed = robot.showing(&authority.certify("robot"));
    let _ = renewed.refresh(tokens.refresh()).await.expect_status(200);
    // That of a public client is bound to the one certificate.
    let app = it
        .house
        .add_client_with("app", json!({ "clientAuth": null }));
    let app = app.await;
    let [one, other] = ["one", "two"].map(|_| authority.certify("app"));
    let holder = app.showing(&one);
    let request = holder.request();
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let tokens = holder.redeem(&request, &answer).await;
    let reply = app.showing(&other).refresh(tokens.refresh()).await;
    refused(reply, 400, "invalid_grant");
}

#[tokio::test]
async fn rfc8705_7_2_a_token_is_bound_by_the_hash_of_the_whole_certificate() {
    let it = Setting::open().await;
    let authority = Authority::new("The CA");
    trust(&it, "ca", &authority).await;
    let robot = robot(&it).await;
    // The same issuer and the same subject: yet another certificate.
    let [one, other] = [(); 2].map(|()| authority.certify("robot"));
    let issued = robot.showing(&one).token(&CREDENTIALS).await;
    let issued = issued.expect_status(200).json();
    let token = issued["access_token"].as_str().unwrap();
    let bound = part(token, 1)["cnf"]["x5t#S256"].clone();
    let hash = |der: &[u8]| Value::from(BASE64URL_NOPAD.encode(&sha256(der)));
    assert_eq!(bound, hash(&one.chain[0]));
    assert_ne!(bound, hash(&other.chain[0]));
    // Whoever has the other can ask about the token, as it is the same client, and not use it.
    for (certificate, status) in [(&one, 200), (&other, 401)] {
        let request = robot.showing(certificate);
        let shown = request.userinfo(token).await;
        // It is no person's, so that there is nothing to tell to its holder either.
        let refused = shown.header("www-authenticate").unwrap_or_default();
        let is_bound = refused.contains("invalid_token");
        assert_eq!(is_bound, status == 401, "{refused}");
    }
}

#[tokio::test]
async fn rfc8705_7_4_a_name_that_another_issuer_has_certified_is_nobodys() {
    let it = Setting::open().await;
    let [authority, trusted] = ["The CA", "Another CA"].map(Authority::new);
    trust(&it, "ca", &authority).await;
    trust(&it, "another", &trusted).await;
    let robot = robot(&it).await;
    // "the trust anchors [...] an authorization server accepts" are listed, and each client has one
    // of them: the same subject from any other proves nothing.
    let spoofed = Authority::new("The CA");
    for certificate in [
        trusted.certify("robot"),
        spoofed.certify("robot"),
        authority.certify("robot\u{0}.example"),
        authority.certify("ROBOT,CN=robot"),
    ] {
        let impostor = robot.showing(&certificate);
        refused(impostor.token(&CREDENTIALS).await, 401, "invalid_client");
    }
    // RFC 4518 §2.6.1: blanks at the ends of a name mean nothing.
    let padded = robot.showing(&authority.certify(" robot "));
    let _ = padded.token(&CREDENTIALS).await.expect_status(200);
    let own = robot.showing(&authority.certify("robot"));
    let _ = own.token(&CREDENTIALS).await.expect_status(200);
}

#[tokio::test]
async fn rfc8705_7_5_what_is_no_certificate_is_refused_and_breaks_nothing() {
    let it = Setting::open().await;
    let authority = Authority::new("The CA");
    trust(&it, "ca", &authority).await;
    let robot = robot(&it).await;
    let good = authority.certify("robot");
    let cut = good.chain[0][..good.chain[0].len() / 2].to_vec();
    let trailed = [&good.chain[0][..], &[0]].concat();
    let deep = [0x30, 0x80].repeat(2_000);
    for bytes in [vec![0xff; 64], cut, trailed, deep] {
        let file = json!({ "id": "x", "fileData": BASE64.encode(&bytes) });
        let administration = it.house.administration();
        let imported = administration.post("/certificates/ca/import", &file).await;
        assert!(matches!(imported.status, 400 | 422), "{}", imported.text());
        let broken = ClientCertificate {
            chain: vec![bytes.clone()],
            ..good.clone()
        };
        let reply = robot.showing(&broken).token(&CREDENTIALS).await;
        refused(reply, 401, "invalid_client");
        // Nor does a good one become better by what is beside it.
        let crowded = ClientCertificate {
            chain: vec![bytes, good.chain[0].clone()],
            ..good.clone()
        };
        let reply = robot.showing(&crowded).token(&CREDENTIALS).await;
        refused(reply, 401, "invalid_client");
    }
    let own = robot.showing(&good).token(&CREDENTIALS).await;
    let _ = own.expect_status(200);
}
