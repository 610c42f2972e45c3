//! The process: how it starts, what it refuses to start with, what it tells, and how it ends.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::process::{
    ADMINISTRATOR_PASSWORD, Finished, Person, RelyingParty, Server, Setup, Speech, files, http,
};

const SECRET: &str = "the secret of the client 0815";

fn setup() -> Setup {
    Setup::of(env!("CARGO_BIN_EXE_countersign"))
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Adds a client that may ask for tokens of its own.
async fn machine(server: &Server) -> RelyingParty {
    server.add_client("machine", Some(SECRET), &[]).await
}

/// How the administration API answers this password.
async fn administrator(server: &Server, password: &str) -> u16 {
    let credentials = format!("Administrator:{password}");
    let credentials = data_encoding::BASE64.encode(credentials.as_bytes());
    let answer = server
        .http()
        .get(format!("{}/pf-admin-api/v1/version", server.admin_url()))
        .header("authorization", format!("Basic {credentials}"))
        .header("x-xsrf-header", "PingFederate")
        .send();
    answer.await.unwrap().status().as_u16()
}

/// The made-up password in what a server printed.
fn made_up_password(printed: &str) -> Option<&str> {
    let (_, rest) = printed.split_once("with the password ")?;
    rest.split_whitespace().next()
}

/// Starts a server that is expected to refuse, and returns its sentence, the only one besides its
/// log.
async fn refusal(server: &mut Server) -> String {
    let before = server.stderr().len();
    server.spawn();
    let status = server.wait().await;
    let stderr = server.stderr();
    let lines = stderr[before..].lines();
    let complaints: Vec<&str> = lines.filter(|line| !line.contains(" INFO ")).collect();
    let finished = Finished {
        code: status.code(),
        stdout: String::new(),
        stderr: complaints.join("\n"),
    };
    finished.sentence().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_makes_what_is_missing_and_shows_the_password_once() {
    let server = &mut setup().without("COUNTERSIGN_ADMIN_PASSWORD").prepare();
    let began = Instant::now();
    server.start().await;
    let first = began.elapsed();
    assert_eq!(mode(&server.data_dir()), 0o700);
    for file in files(&server.data_dir()) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    let key = std::fs::read_to_string(server.data_dir().join("master.key")).unwrap();
    assert_eq!(
        data_encoding::BASE64
            .decode(key.trim().as_bytes())
            .unwrap()
            .len(),
        32
    );

    let printed = server.stdout();
    let password = made_up_password(&printed)
        .expect("a password is shown")
        .to_owned();
    assert_eq!(password.len(), 23);
    assert_eq!(administrator(server, &password).await, 200);
    assert_eq!(administrator(server, "wrong").await, 401);
    assert!(!server.stderr().contains(&password), "the log has it");

    let began = Instant::now();
    server.restart().await;
    println!("first start {first:?}, restart {:?}", began.elapsed());
    assert_eq!(server.stdout().matches(&password).count(), 1);
    assert_eq!(made_up_password(&server.stdout()[printed.len()..]), None);
    assert!(!server.stderr().contains(&password), "the log has it");
    assert_eq!(administrator(server, &password).await, 200);
    if let Some(resident) = server.resident_kib() {
        println!("resident when idle: {resident} KiB");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_given_password_is_not_shown_and_counts_only_once() {
    let mut server = setup().start().await;
    assert_eq!(administrator(&server, ADMINISTRATOR_PASSWORD).await, 200);
    assert!(!server.stdout().contains(ADMINISTRATOR_PASSWORD));
    let other = "another password of tests";
    server.reconfigure(|setup| setup.with("COUNTERSIGN_ADMIN_PASSWORD", other));
    server.restart().await;
    assert_eq!(administrator(&server, other).await, 401);
    assert_eq!(administrator(&server, ADMINISTRATOR_PASSWORD).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_master_key_is_refused_and_changes_nothing() {
    let mut server = setup().start().await;
    let machine = machine(&server).await;
    server.terminate();
    assert!(server.wait().await.success());
    let contents = |server: &Server| {
        let read = |path: &Path| std::fs::read(path).unwrap();
        let files = files(&server.data_dir());
        files
            .into_iter()
            .map(|path| (read(&path), path))
            .collect::<Vec<_>>()
    };
    let path = server.data_dir().join("master.key");
    let right = std::fs::read(&path).unwrap();
    let wrong = data_encoding::BASE64.encode(&[7; 32]);

    std::fs::write(&path, &wrong).unwrap();
    let before = contents(&server);
    let sentence = refusal(&mut server).await;
    assert!(sentence.contains("key"), "{sentence}");
    assert!(!sentence.contains(&wrong), "{sentence}");
    assert!(
        contents(&server) == before,
        "the refused start changed a file"
    );
    // Beside the server it is the same.
    let listed = server.command(&["client", "list"], "").await;
    assert_eq!(listed.sentence(), sentence);
    assert!(
        contents(&server) == before,
        "the refused command changed a file"
    );

    // The key itself is told apart from a wrong one, and a lost one is never replaced.
    std::fs::write(&path, "no key").unwrap();
    assert!(refusal(&mut server).await.contains("32 bytes in base64"));
    std::fs::remove_file(&path).unwrap();
    assert!(refusal(&mut server).await.contains("master.key"));
    assert!(!path.exists());

    std::fs::write(&path, right).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(refusal(&mut server).await.contains("chmod 600"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    server.start().await;
    let tokens = machine.post("/as/token.oauth2", &[("grant_type", "client_credentials")]);
    assert!(tokens.await.unwrap().is_success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_is_one_sentence() {
    let mut server = setup().without("COUNTERSIGN_ADMIN_PASSWORD").prepare();
    let taken = TcpListener::bind(server.address()).unwrap();
    let sentence = refusal(&mut server).await;
    assert!(sentence.starts_with("cannot listen on "), "{sentence}");
    assert!(sentence.contains(server.address()), "{sentence}");
    drop(taken);
    // A start that failed has not used up the one chance to see the password.
    server.start().await;
    let printed = server.stdout();
    let password = made_up_password(&printed).expect("a password is shown");
    assert_eq!(administrator(&server, password).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_system_may_choose_the_ports() {
    let server = setup().with_free_ports().start().await;
    assert!(!server.url().ends_with(":0"), "{}", server.url());
    let mut browser = server.browser();
    let metadata = browser.get("/.well-known/openid-configuration").await;
    let metadata = metadata.unwrap();
    assert!(
        metadata
            .body
            .contains(&format!("\"issuer\":\"{}\"", server.url()))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_do_not_exist_are_refused_with_their_lines() {
    let text = "[server]\nlisten = \"127.0.0.1:9031\"\nlisen = \"127.0.0.1:9032\"\n\n[tokens]\naccess_token_lifetime = \"forever\"\n[sesion]\nidle = \"1h\"\n";
    let mut server = setup().with_file(text).prepare();
    server.spawn();
    assert_eq!(server.wait().await.code(), Some(1));
    let told = server.stderr();
    for expected in [
        "line 3: unknown setting `lisen`; did you mean `listen`?",
        "line 6: `access_token_lifetime`",
        "line 7: unknown section `sesion`; did you mean `session`?",
    ] {
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(told.lines().count(), 3, "{told}");
    assert!(
        !server.data_dir().exists(),
        "a refused start made something"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_in_flight_is_answered_before_the_process_ends() {
    let mut server = setup().start().await;
    machine(&server).await;
    let mut idle = TcpStream::connect(server.address()).unwrap();
    let body = format!(
        "grant_type=client_credentials&client_id=machine&client_secret={}",
        SECRET.replace(' ', "+")
    );
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let head = format!(
        "POST /as/token.oauth2 HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..10]).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;

    server.terminate();
    until(|| TcpStream::connect(server.address()).is_err()).await;
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("access_token"), "{answer}");
    assert_eq!(server.wait().await.code(), Some(0));
    assert!(server.stderr().contains("stopped"));
    // Nobody waited for the connection that asked for nothing.
    assert_eq!(idle.read(&mut [0; 16]).unwrap_or(0), 0);

    // Ctrl-C is the same.
    server.start().await;
    server.signal("INT");
    assert_eq!(server.wait().await.code(), Some(0));
}

/// Waits until something is so.
async fn until(so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never was so");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

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
        assert!(cookie.starts_with("PF.FLOW="), "{cookie}");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_too_large_are_refused_and_nothing_else_suffers() {
    let server = setup().start().await;
    let http1 = http(&server.certificate(), Speech::Http1);
    let url = format!("{}/health/live", server.url());
    let large = "x".repeat(40 * 1024);
    let answer = http1
        .get(&url)
        .header("x-large", &large)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 431);
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
    let answer = http2.get(&url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);

    let token = format!("{}/as/token.oauth2", server.url());
    let form = "application/x-www-form-urlencoded";
    let post = |size: usize| {
        let body = format!("grant_type={}", "x".repeat(size));
        http1
            .post(&token)
            .header("content-type", form)
            .body(body)
            .send()
    };
    assert_eq!(post(300 * 1024).await.unwrap().status().as_u16(), 413);
    assert_eq!(post(100 * 1024).await.unwrap().status().as_u16(), 400);
    assert_eq!(post(1024).await.unwrap().status().as_u16(), 401);
}
