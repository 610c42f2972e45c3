//! How a server starts, what it refuses to start with, and how it ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::process::{ADMINISTRATOR_PASSWORD, Finished, Server, files};

use crate::recognize::built;
use crate::{SECRET, machine, mode, setup, until};

/// How the administration API answers this password.
pub(crate) async fn administrator(server: &Server, password: &str) -> u16 {
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
pub(crate) fn made_up_password(printed: &str) -> Option<&str> {
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
async fn a_rule_for_an_environment_that_is_not_there_is_told_of_at_the_start() {
    let nobodys = "5ca1ab1e-0000-4000-8000-000000000001";
    let mut server = setup().with_file("").start().await;
    let added = server.command(&["env", "add", "Shop", "--json"], "").await;
    let environment = added.succeeded().json()["id"].as_str().unwrap().to_owned();
    let file = server.data_dir().parent().unwrap().join("countersign.toml");
    let rule = |id: &str| {
        format!("[[sign_on.rule]]\nenvironments = [\"{id}\"]\nsecond_factor = \"never\"\n")
    };
    std::fs::write(file, rule(&environment) + &rule(nobodys)).unwrap();
    server.restart().await;
    let warned = |server: &Server, number: u8, id: &str| {
        server.stderr().contains(&format!(
            "rule {number} of `sign_on.rule` names the environment {id}, which is not there"
        ))
    };
    until(|| warned(&server, 2, nobodys)).await;
    assert!(!warned(&server, 1, &environment), "{}", server.stderr());
    let deleted = server.command(&["env", "delete", &environment], "").await;
    deleted.succeeded();
    server.restart().await;
    until(|| warned(&server, 1, &environment)).await;
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

/// A file that is no library, or a server that could load none: each is told in a sentence.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_for_faces_that_cannot_be_loaded_is_refused() {
    let Some(models) = built("COUNTERSIGN_FACE_MODELS", "face-models") else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let library = directory.path().join("libonnxruntime.so");
    std::fs::write(&library, b"no library").unwrap();
    let mut server = setup()
        .with("COUNTERSIGN_RECOGNIZE_MODELS", models.to_str().unwrap())
        .with(
            "COUNTERSIGN_RECOGNIZE_ONNX_RUNTIME",
            library.to_str().unwrap(),
        )
        .prepare();
    let sentence = refusal(&mut server).await;
    let expected = match cfg!(feature = "ort") {
        true => format!("the ONNX Runtime {} cannot be loaded", library.display()),
        false => "`onnx_runtime` needs a server that was built with the feature `ort`".to_owned(),
    };
    assert!(sentence.contains(&expected), "{sentence}");
}
