//! What a server speaks and tells, and how much of it one caller may take.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::process::{Person, RelyingParty, Speech, http};

use crate::{SECRET, mode, setup, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_its_own_serves_https_and_protects_cookies() {
    let server = setup()
        .with("COUNTERSIGN_TLS_SELF_SIGNED", "true")
        .start()
        .await;
    assert!(
        server.url().starts_with("https://127.0.0.1:"),
        "{}",
        server.url()
    );
    assert!(
        server.admin_url().starts_with("https://"),
        "{}",
        server.admin_url()
    );
    assert_eq!(mode(&server.data_dir().join("self-signed.key")), 0o600);
    let alice = Person::new("alice", "correct horse battery");
    server.add_person(&alice).await;
    let party = server.add_relying_party("web", SECRET).await;
    let address = party.authorization(&verifier(1), &[]);
    for (speech, version) in [
        (Speech::Negotiated, reqwest::Version::HTTP_2),
        (Speech::Http1, reqwest::Version::HTTP_11),
    ] {
        let client = http(&server.certificate(), speech);
        let health = client.get(format!("{}/health/live", server.url())).send();
        assert_eq!(health.await.unwrap().version(), version);
        let party = RelyingParty {
            http: client.clone(),
            ..party.clone()
        };
        let mut browser = server.browser().over(client);
        let begun = browser.get(&address).await.unwrap();
        let cookie = begun.header("set-cookie");
        assert!(cookie.starts_with("__Host-PF.FLOW."), "{cookie}");
        assert!(
            cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
            "{cookie}"
        );
        assert_eq!(
            begun.header("strict-transport-security"),
            "max-age=31536000"
        );
        let done = browser.sign_on(&address, &alice).await.unwrap();
        let cookie = done.header("set-cookie");
        assert!(cookie.starts_with("PF="), "{cookie}");
        assert!(cookie.ends_with("; Secure"), "{cookie}");
        assert_eq!(done.parameter("iss").as_deref(), Some(server.url()));
        let code = done.parameter("code").unwrap();
        let tokens = party.redeem(&code, &verifier(1)).await.unwrap();
        assert!(tokens.is_success(), "{tokens:?}");
    }
    // Plain HTTP is not spoken there, and nobody else's certificate is believed.
    let plain = server.url().replace("https:", "http:");
    assert!(server.http().get(plain).send().await.is_err());
    let stranger = http(Path::new("/nowhere"), Speech::Negotiated);
    assert!(stranger.get(server.url()).send().await.is_err());
}

fn verifier(number: usize) -> String {
    format!("{number:v>43}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_listeners_tell_how_they_are_and_one_what_it_counts() {
    let server = setup().start().await;
    let http = server.http();
    let get = async |base: &str, path: &str| {
        let answer = http.get(format!("{base}{path}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for base in [server.url(), server.admin_url()] {
        assert_eq!(
            get(base, "/pf/heartbeat.ping").await,
            (200, "OK".to_owned())
        );
        assert_eq!(get(base, "/health/live").await, (200, "live\n".to_owned()));
        assert_eq!(
            get(base, "/health/ready").await,
            (200, "ready\n".to_owned())
        );
    }
    assert_eq!(get(server.url(), "/metrics").await.0, 404);
    assert_eq!(get(server.url(), "/pf-admin-api/v1/version").await.0, 404);
    assert_eq!(get(server.admin_url(), "/as/token.oauth2").await.0, 404);
    assert_eq!(get(server.url(), "/no/such/page").await.0, 404);
    let (status, metrics) = get(server.admin_url(), "/metrics").await;
    assert_eq!(status, 200);
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    let counted = metrics.lines().any(|line| {
        line.contains("/pf/heartbeat.ping") && line.contains("200") && !line.ends_with(" 0")
    });
    assert!(counted, "{metrics}");
    assert!(
        !metrics.contains("/no/such/page"),
        "a label of the caller's making"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_port_speaks_both_versions_of_http() {
    let server = setup().start().await;
    for (speech, version) in [
        (Speech::Http1, reqwest::Version::HTTP_11),
        (Speech::Http2, reqwest::Version::HTTP_2),
    ] {
        let http = http(&server.certificate(), speech);
        for base in [server.url(), server.admin_url()] {
            let answer = http
                .get(format!("{base}/health/live"))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.version(), version);
            assert_eq!(answer.text().await.unwrap(), "live\n");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sane_request_id_comes_back_and_finds_its_line_in_the_log() {
    let server = setup().start().await;
    let http = server.http();
    let ask = async |id: Option<&str>| {
        let mut request = http.get(format!("{}/pf/JWKS", server.url()));
        if let Some(id) = id {
            request = request.header("x-request-id", id);
        }
        let answer = request.send().await.unwrap();
        let id = answer.headers().get("x-request-id").expect("an id");
        id.to_str().unwrap().to_owned()
    };
    assert_eq!(ask(Some("a-b_c.4711")).await, "a-b_c.4711");
    until(|| server.stderr().contains("a-b_c.4711")).await;
    for bad in ["a b", "\"><script>", &"x".repeat(129)] {
        assert_ne!(ask(Some(bad)).await, bad);
    }
    assert!(!server.stderr().contains("<script>"));
    assert_ne!(ask(None).await, ask(None).await);
}

/// What comes back on a connection that says this, byte by byte, and how long it stayed open.
fn dribble(address: &str, text: &str, pause: Duration) -> (String, Duration) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(pause)).unwrap();
    let began = Instant::now();
    let mut answer = Vec::new();
    let mut bytes = text.bytes();
    while began.elapsed() < Duration::from_secs(15) {
        if let Some(byte) = bytes.next() {
            let _ = stream.write_all(&[byte]);
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer, began.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_say_nothing_or_dribble_are_ended() {
    let server = setup()
        .with("COUNTERSIGN_LIMITS_HEADER_TIMEOUT", "1s")
        .with("COUNTERSIGN_LIMITS_IDLE_TIMEOUT", "2s")
        .start()
        .await;
    let address = server.address().to_owned();
    let pause = Duration::from_millis(200);
    let slow = [
        String::new(),
        "P".to_owned(),
        "PRI * HTTP/2.0\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(500)),
    ];
    let slow = slow.map(|text| {
        let address = address.clone();
        tokio::task::spawn_blocking(move || (dribble(&address, &text, pause), text))
    });
    for slow in slow {
        let ((answer, open), text) = slow.await.unwrap();
        println!(
            "{:20} ended after {open:?}: {answer:?}",
            text.get(..18).unwrap_or(&text)
        );
        assert!(open < Duration::from_secs(10), "{text:?} stayed open");
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    // A connection in good use is not ended for its age.
    let http = server.http();
    for _ in 0..6 {
        let live = http.get(format!("{}/health/live", server.url())).send();
        assert!(live.await.unwrap().status().is_success());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The heads of the answers to these requests, all on one connection: the body of each comes only when its
/// head has been read, as it does over a network.
fn one_after_the_other(address: &str, requests: &[(String, &str)]) -> Vec<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    let answer = |(head, body): &(String, &str)| {
        let length = body.len();
        let head = format!("POST {head}\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).ok()?;
        // Who answers before anything of the body has come does so now.
        stream
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        let _ = stream.peek(&mut [0]);
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.write_all(body.as_bytes()).ok()?;
        let (mut answer, mut byte) = (Vec::new(), [0]);
        while !answer.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).ok()?;
            answer.push(byte[0]);
        }
        let answer = String::from_utf8(answer).unwrap().to_lowercase();
        let length = answer
            .lines()
            .find_map(|it| it.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().unwrap());
        stream.read_exact(&mut vec![0; length]).ok()?;
        Some(answer)
    };
    requests.iter().map_while(answer).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9112_9_3_an_environment_reads_what_it_refuses_and_the_connection_stays() {
    let server = setup().start().await;
    let added = server.command(&["env", "add", "Shop", "--json"], "").await;
    let added = added.succeeded().json();
    let env = added["id"].as_str().unwrap();
    let unknown = format!("{}9", &env[..env.len() - 1]);
    let unknown = match unknown == env {
        true => format!("{}8", &env[..env.len() - 1]),
        false => unknown,
    };
    let flow = "4f6b8a2e-1c3d-4e5f-8a9b-0c1d2e3f4a5b";
    let json = "Content-Type: application/json";
    let check = "Content-Type: application/vnd.pingidentity.otp.check+json";
    let requests = [
        format!("/{env}/flows/{flow} HTTP/1.1\r\n{check}"),
        format!("/{env}/deviceAuthentications HTTP/1.1\r\n{json}"),
        format!("/{env}/deviceAuthentications/{flow} HTTP/1.1\r\n{check}"),
        format!("/{env}/authenticator/devices HTTP/1.1\r\n{json}"),
        format!("/{env}/no/such/path HTTP/1.1\r\n{json}"),
        format!("/{unknown}/as/token HTTP/1.1\r\n{json}"),
        format!("/{unknown}/flows/{flow} HTTP/1.1\r\n{check}"),
    ];
    let body = r#"{"otp":"123456"}"#;
    let requests = requests.map(|head| (head, body));
    let address = server.address().to_owned();
    let count = requests.len();
    let answers = tokio::task::spawn_blocking(move || one_after_the_other(&address, &requests));
    let answers = answers.await.unwrap();
    assert_eq!(
        answers.len(),
        count,
        "the connection was closed: {answers:?}"
    );
    for answer in answers {
        assert!(answer.starts_with("http/1.1 4"), "{answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
    }
}

/// The answer to a request that may be refused before it was read, when the connection is closed with
/// some of it on the way.
pub(crate) fn refused(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).unwrap();
    let _ = stream.write_all(request.as_bytes());
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    // What was answered can be read, whether or not a reset has followed it.
    while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_too_large_are_refused_and_nothing_else_suffers() {
    let server = setup().start().await;
    let http1 = http(&server.certificate(), Speech::Http1);
    let url = format!("{}/health/live", server.url());
    let large = "x".repeat(40 * 1024);
    let head = format!("GET /health/live HTTP/1.1\r\nhost: x\r\nx-large: {large}\r\n\r\n");
    assert!(refused(server.address(), &head).starts_with("HTTP/1.1 431 "));
    let fits = "x".repeat(20 * 1024);
    let answer = http1
        .get(&url)
        .header("x-large", &fits)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);

    let http2 = http(&server.certificate(), Speech::Http2);
    // HTTP/2 peers may be told the limit first, and then do not even send it.
    if let Ok(answer) = http2.get(&url).header("x-large", &large).send().await {
        assert_eq!(answer.status().as_u16(), 431);
    }
    let http2 = http(&server.certificate(), Speech::Http2);
    let answer = http2.get(&url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);

    let form = "content-type: application/x-www-form-urlencoded";
    for size in [300 * 1024, 100 * 1024] {
        let body = "x".repeat(size);
        let post = format!(
            "POST /as/token.oauth2 HTTP/1.1\r\nhost: x\r\n{form}\r\ncontent-length: {size}\r\n\r\n{body}"
        );
        assert!(refused(server.address(), &post).starts_with("HTTP/1.1 413 "));
    }
    let small = http1
        .post(format!("{}/as/token.oauth2", server.url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("grant_type={}", "x".repeat(1024)));
    assert_eq!(small.send().await.unwrap().status().as_u16(), 401);
}
