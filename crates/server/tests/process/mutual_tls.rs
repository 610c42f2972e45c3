//! Certificates of clients in real handshakes, and behind a proxy.

use std::path::Path;

use serde_json::{Value, json};
use testkit::process::{Server, Setup, Speech, http, http_showing};
use testkit::{Authority, ClientCertificate};

use crate::{administer, setup};

const FORM: &str = "client_id=robot&grant_type=client_credentials";

async fn prepare(server: &Server, authority: &Authority) {
    let file = json!({ "id": "ca", "fileData": authority.pem() });
    administer(server, "/certificates/ca/import", &file).await;
    let client = json!({
        "clientId": "robot",
        "name": "Robot",
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": {
            "type": "CERTIFICATE",
            "clientCertIssuerDn": "CN=The CA",
            "clientCertSubjectDn": "CN=robot",
        },
    });
    administer(server, "/oauth/clients", &client).await;
}

/// Asks for a token; returns the status and the answer.
async fn token(http: &reqwest::Client, url: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let mut request = http.post(format!("{url}/as/token.oauth2")).body(FORM);
    request = request.header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap())
}

fn mutual_tls_url(server: &Server) -> String {
    let printed = server.stdout();
    let line = printed
        .lines()
        .find(|it| it.contains("certificates of clients"));
    let url = line.unwrap().split_whitespace().last().unwrap();
    url.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8705_2_certificates_are_asked_for_at_a_port_of_their_own() {
    let server = setup()
        .with("COUNTERSIGN_TLS_SELF_SIGNED", "true")
        .with("COUNTERSIGN_SERVER_MTLS_LISTEN", "127.0.0.1:0")
        .start()
        .await;
    let [authority, stranger] = [(), ()].map(|()| Authority::new("The CA"));
    prepare(&server, &authority).await;
    let url = mutual_tls_url(&server);
    let over = |certificate: &ClientCertificate| http_showing(&server.certificate(), certificate);
    let own = authority.certify("robot");
    let (status, issued) = token(&over(&own), &url, &[]).await;
    assert_eq!(status, 200, "{issued}");
    let (status, refused) = token(&server.http(), &url, &[]).await;
    assert_eq!((status, &refused["error"]), (401, &json!("invalid_client")));
    for impostor in [stranger.certify("robot"), authority.certify("somebody")] {
        let (status, refused) = token(&over(&impostor), &url, &[]).await;
        assert_eq!((status, &refused["error"]), (401, &json!("invalid_client")));
    }
    // Where people sign on nobody is asked for one, and a header is no certificate.
    let (status, _) = token(&over(&own), server.url(), &[]).await;
    assert_eq!(status, 401);
    let pem = own.pem.replace('\n', "");
    for name in ["client-cert", "x-client-cert", "x-shown-in-the-handshake"] {
        let (status, _) = token(&server.http(), &url, &[(name, &pem)]).await;
        assert_eq!(status, 401, "{name}");
    }
    let metadata = server
        .http()
        .get(format!("{}/.well-known/openid-configuration", server.url()));
    let metadata = metadata.send().await.unwrap().text().await.unwrap();
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let alias = &metadata["mtls_endpoint_aliases"]["token_endpoint"];
    assert_eq!(*alias, json!(format!("{url}/as/token.oauth2")));
}

fn behind(proxy: &str) -> impl Fn(Setup) -> Setup {
    move |setup| {
        setup
            .with("COUNTERSIGN_MTLS_CERTIFICATE_HEADER", "X-Client-Cert")
            .with("COUNTERSIGN_SERVER_TRUSTED_PROXIES", proxy)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9440_4_a_certificate_in_a_header_counts_from_a_trusted_proxy_alone() {
    let mut server = behind("127.0.0.1")(setup()).start().await;
    let authority = Authority::new("The CA");
    prepare(&server, &authority).await;
    let [own, other] = ["robot", "somebody"].map(|name| authority.certify(name));
    let [own, other] = [own, other].map(|it| it.pem.replace('\n', "%0A").replace(' ', "%20"));
    let ask = async |server: &Server, headers: &[(&str, &str)]| {
        token(&server.http(), server.url(), headers).await.0
    };
    assert_eq!(ask(&server, &[("x-client-cert", &own)]).await, 200);
    assert_eq!(ask(&server, &[("x-client-cert", &other)]).await, 401);
    assert_eq!(ask(&server, &[("client-cert", &own)]).await, 401);
    assert_eq!(ask(&server, &[]).await, 401);
    // Two of them: one may be the client's own.
    let both = [("x-client-cert", own.as_str()), ("x-client-cert", &own)];
    assert_eq!(ask(&server, &both).await, 401);
    server.reconfigure(behind("10.0.0.5"));
    server.restart().await;
    assert_eq!(ask(&server, &[("x-client-cert", &own)]).await, 401);
    server.reconfigure(|setup| {
        let setup = setup.without("COUNTERSIGN_MTLS_CERTIFICATE_HEADER");
        setup.with("COUNTERSIGN_SERVER_TRUSTED_PROXIES", "127.0.0.1")
    });
    server.restart().await;
    assert_eq!(ask(&server, &[("x-client-cert", &own)]).await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn issuers_in_a_file_are_trusted_and_read_again() {
    let [authority, next] = [(), ()].map(|()| Authority::new("The CA"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    let server = setup()
        .with("COUNTERSIGN_MTLS_SELF_SIGNED", "true")
        .with("COUNTERSIGN_SERVER_MTLS_LISTEN", "127.0.0.1:0")
        .with(
            "COUNTERSIGN_MTLS_TRUSTED_ISSUERS",
            file.path().to_str().unwrap(),
        )
        .start()
        .await;
    prepare(&server, &Authority::new("Another")).await;
    let url = mutual_tls_url(&server);
    let certificate = server.data_dir().join("self-signed-mtls.pem");
    let [one, two] = [&authority, &next].map(|it| http_showing(&certificate, &it.certify("robot")));
    assert_eq!(token(&one, &url, &[]).await.0, 200);
    assert_eq!(token(&two, &url, &[]).await.0, 401);
    std::fs::write(file.path(), next.pem()).unwrap();
    server.signal("HUP");
    crate::until(|| server.stderr().contains("read the trusted issuers again")).await;
    assert_eq!(token(&one, &url, &[]).await.0, 401);
    assert_eq!(token(&two, &url, &[]).await.0, 200);
    // The certificate of the port is believed by nobody who does not know it.
    let stranger = http(Path::new("/nowhere"), Speech::Negotiated);
    assert!(stranger.get(&url).send().await.is_err());
}
