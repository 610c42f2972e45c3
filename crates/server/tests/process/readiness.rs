//! What the server says of itself to whoever sends requests to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::connection::refused;
use crate::{setup, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_is_not_ready_and_lives() {
    for (path, expected) in [
        ("/health/ready", "HTTP/1.1 503 "),
        ("/health/live", "HTTP/1.1 200 "),
    ] {
        let mut server = setup().start().await;
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        // Half a request is in flight, and as long as it is the process does not end.
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.terminate();
        until(|| TcpStream::connect(server.address()).is_err()).await;
        stream.write_all(b"\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(expected), "{answer}");
        assert!(server.wait().await.success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_protected_the_refusals_before_the_house_too() {
    let server = setup().start().await;
    let http = server.http();
    let get = async |url: String| http.get(url).send().await.unwrap();
    let head = "POST /as/token.oauth2 HTTP/1.1\r\nhost: x\r\ncontent-length: 307200\r\n\r\n";
    let too_large = refused(server.address(), head).to_lowercase();
    for line in [
        "http/1.1 413 ",
        "x-content-type-options: nosniff\r\n",
        "x-frame-options: deny\r\n",
        "referrer-policy: no-referrer\r\n",
        "cache-control: no-store\r\n",
    ] {
        assert!(too_large.contains(line), "{too_large}");
    }
    for answer in [
        get(format!("{}/health/ready", server.url())).await,
        get(format!("{}/no-such-page", server.url())).await,
        get(format!("{}/pf/JWKS", server.url())).await,
        get(format!("{}/metrics", server.admin_url())).await,
        get(format!("{}/no-such-page", server.admin_url())).await,
        get(format!("{}/pf-admin-api/v1/version", server.admin_url())).await,
    ] {
        let header = |name: &str| {
            let value = answer.headers().get(name).expect(name);
            value.to_str().unwrap()
        };
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("referrer-policy"), "no-referrer");
        let keeping = header("cache-control");
        assert!(keeping == "no-store" || answer.url().path() == "/pf/JWKS");
    }
}
