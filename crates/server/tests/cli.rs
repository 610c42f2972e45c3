//! The command line, as scripts use it: exit codes, standard output and standard error.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; clippy sees tests only in the functions marked so"
)]

#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/config.rs"]
mod config;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "cli/deployment.rs"]
mod deployment;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/jose.rs"]
mod jose;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/pingid.rs"]
mod pingid;
#[path = "cli/receipt.rs"]
mod receipt;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

/// What a run of the binary came to.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).env_clear();
    command
}

fn run_with(arguments: &[&str], input: &str) -> Run {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read what it is sent.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap().into()
}

fn run(arguments: &[&str]) -> Run {
    run_with(arguments, "")
}

/// A directory with files, and their paths as arguments.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn with(&self, name: &str, content: &str) -> String {
        std::fs::write(self.0.path().join(name), content).unwrap();
        self.path(name)
    }
}

#[test]
fn a_command_that_makes_no_sense_is_exit_code_2() {
    let nonsense: [&[&str]; 5] = [
        &["jose", "verify", "a.b.c"],
        &["jose", "verify", "--jwk", "a", "--jwks", "b", "a.b.c"],
        &["jose", "verify", "--jwk", "a", "--alg", "none", "a.b.c"],
        &["serve", "--no-such-flag"],
        &["no-such-command"],
    ];
    for arguments in nonsense {
        assert_eq!(run(arguments).code, 2, "{arguments:?}");
    }
}

/// A running server, stopped when it is dropped.
struct Server {
    child: Child,
    issuer: String,
    admin: String,
    banner: String,
}

impl Server {
    fn start(data: &str) -> Self {
        Self::start_with(data, &[])
    }

    fn start_with(data: &str, environment: &[(&str, &str)]) -> Self {
        let first = !Path::new(data).exists();
        let mut child = command(&["serve", "--data-dir", data])
            .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut banner = String::new();
        let mut find = |label: &str| loop {
            let line = lines.next().unwrap().unwrap();
            banner.push_str(&line);
            banner.push('\n');
            if line.contains(label) {
                break line.split_whitespace().last().unwrap().to_owned();
            }
        };
        let issuer = find("people and applications");
        let admin = find("administration");
        find("data ");
        let password = lines.by_ref().take(usize::from(first));
        for line in password.map_while(Result::ok) {
            banner.push_str(&line);
        }
        Self {
            child,
            issuer,
            admin,
            banner,
        }
    }

    /// The body of an answer to a plain GET.
    fn read(url: &str, path: &str) -> String {
        Self::ask(url, path, "")
    }

    /// The body of an answer to a GET with headers.
    fn ask(url: &str, path: &str, headers: &str) -> String {
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Tells it to stop, and returns its log.
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.child.wait().unwrap().success());
        let mut log = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn a_first_start_shows_the_password_once_and_not_in_the_log() {
    let files = Files::new();
    let data = files.path("data");
    let server = Server::start(&data);
    assert_eq!(Server::read(&server.issuer, "/pf/heartbeat.ping"), "OK");
    assert_eq!(Server::read(&server.issuer, "/health/ready"), "ready\n");
    assert_eq!(Server::read(&server.admin, "/health/live"), "live\n");
    assert!(Server::read(&server.admin, "/metrics").contains("countersign_http_requests_total"));
    let shown = server.banner.lines().last().unwrap();
    let password = shown.split_whitespace().last().unwrap().to_owned();
    assert_eq!(password.len(), 23, "{}", server.banner);
    let log = server.stop();
    assert!(log.contains("stopped") && !log.contains(&password), "{log}");

    let mut again = command(&["serve", "--data-dir", &data])
        .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(again.stdout.take().unwrap()).lines();
    let banner: Vec<String> = lines.by_ref().take(4).map(Result::unwrap).collect();
    again.kill().unwrap();
    again.wait().unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert!(
        rest.is_empty() && !banner.concat().contains("password"),
        "{banner:?}"
    );
}

/// Runs commands about one data directory, with JSON as their answer.
struct Keeper {
    data: String,
}

impl Keeper {
    fn run(&self, arguments: &[&str], input: &str) -> Run {
        let place = ["--data-dir", &self.data, "--json"];
        run_with(&[arguments, &place].concat(), input)
    }

    fn json(&self, arguments: &[&str], input: &str) -> Value {
        self.run(arguments, input).json()
    }

    /// The sentence with which a command is refused.
    fn refusal(&self, arguments: &[&str], input: &str) -> String {
        let refused = self.run(arguments, input);
        assert_eq!((refused.code, refused.err.lines().count()), (1, 1));
        refused.err
    }
}

#[test]
fn people_are_kept_beside_a_running_server() {
    let files = Files::new();
    let data = files.path("data");
    let server = Server::start(&data);
    let keeper = Keeper { data };
    let stdin = "--password-stdin";
    let add = [
        "user",
        "add",
        "alice",
        "--email",
        "alice@example.com",
        stdin,
    ];
    let totp = ["--totp-secret", "JBSW Y3DP EHPK 3PXP"];
    let added = keeper.json(&[&add[..], &totp].concat(), "correct horse\n");
    assert_eq!(added["username"], "alice");
    assert_eq!(added["second_factor"], true);
    let twice = keeper.refusal(&["user", "add", "ALICE", stdin], "correct horse\n");
    assert!(twice.contains("there is a user ALICE already"), "{twice}");
    let weak = keeper.refusal(&["user", "add", "bob", stdin], "password\n");
    assert!(weak.contains("most common"), "{weak}");
    let no_mail = ["user", "add", "bob", "--email", "notmail", stdin];
    let no_mail = keeper.run(&no_mail, "correct horse\n");
    assert!(
        no_mail.code == 2 && no_mail.err.contains("it is not an address such as"),
        "{}",
        no_mail.err
    );
    let none = keeper.refusal(&["user", "add", "bob"], "");
    assert!(none.contains("--password-stdin"), "{none}");
    let set = keeper.json(
        &["user", "set-password", "alice", stdin, "--must-change"],
        "battery staple\n",
    );
    assert_eq!(set["sessions_ended"], 0);
    let unlocked = keeper.json(&["user", "unlock", "alice"], "");
    assert_eq!(unlocked["was_locked"], false);
    assert_eq!(
        keeper.json(&["user", "list"], "").as_array().unwrap().len(),
        1
    );
    assert_eq!(
        keeper.json(&["user", "delete", "alice"], "")["username"],
        "alice"
    );
    assert_eq!(keeper.json(&["user", "list"], ""), json!([]));
    keeper.refusal(&["user", "delete", "alice"], "");
    drop(server);
}

#[test]
fn a_lost_administrators_password_is_set_anew() {
    let files = Files::new();
    let data = files.path("data");
    let server = Server::start(&data);
    let keeper = Keeper { data };
    let set = ["admin", "set-password", "--password-stdin"];
    let answer = keeper.json(&set, "a new administrator\n");
    assert_eq!(answer, json!({ "name": "Administrator", "added": false }));
    let credentials = "Basic QWRtaW5pc3RyYXRvcjphIG5ldyBhZG1pbmlzdHJhdG9y";
    let headers = format!("Authorization: {credentials}\r\nX-XSRF-Header: x\r\n");
    let clients = Server::ask(&server.admin, "/pf-admin-api/v1/oauth/clients", &headers);
    assert_eq!(clients, "{\"items\":[]}");
    keeper.refusal(&set, "short\n");
}

#[test]
fn clients_are_kept_beside_a_running_server() {
    let files = Files::new();
    let data = files.path("data");
    let server = Server::start(&data);
    let keeper = Keeper { data };
    let add = ["client", "add", "--name", "Shop"];
    let more = [
        "--id",
        "shop",
        "--redirect-uri",
        "https://shop.example.com/callback",
        "--generate-secret",
    ];
    let client = keeper.json(&[&add[..], &more].concat(), "");
    let grants = json!(["AUTHORIZATION_CODE", "REFRESH_TOKEN"]);
    assert_eq!(client["grant_types"], grants);
    assert_eq!(client["client_secret"].as_str().unwrap().len(), 43);
    let shown = keeper.json(&["client", "show", "shop"], "");
    assert_eq!(shown.get("client_secret"), None);
    let unsaid = keeper.refusal(&add, "");
    assert!(unsaid.contains("how it authenticates"), "{unsaid}");
    let fragment = ["--public", "--redirect-uri", "https://shop.example.com/#b"];
    assert_eq!(keeper.run(&[&add[..], &fragment].concat(), "").code, 2);
    let uri = "https://shop.example.com/callback";
    // What the administration API would refuse is refused here too, by the same name.
    for (more, mistake) in [
        (
            ["--public", "--scope", "unheard-of"],
            "restrictedScopes[0]: There is no \"unheard-of\"",
        ),
        (
            ["--public", "--id-token-algorithm", "HS256"],
            "oidcPolicy.idTokenSigningAlgorithm: ",
        ),
        (
            ["--public", "--id", "shop"],
            "clientId: There is a client with this id already.",
        ),
    ] {
        let said = keeper.refusal(&[&add[..], &["--redirect-uri", uri], &more].concat(), "");
        assert!(said.contains(mistake), "{said}");
    }
    let listed = keeper.json(&["client", "list"], "");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        keeper.json(&["client", "delete", "shop"], "")["client_id"],
        "shop"
    );
    drop(server);
}

#[test]
fn a_running_server_notices_a_rotation_and_goes_on_publishing_the_old_key() {
    let files = Files::new();
    let data = files.path("data");
    let server = Server::start(&data);
    let keys = |arguments: &[&str]| {
        run(&[&["keys"], arguments, &["--data-dir", &data, "--json"]].concat()).json()
    };
    let in_state = |keys: &Value, state: &str| {
        let mut found = keys.as_array().unwrap().iter();
        let found = found.find(|key| key["family"] == "p256" && key["state"] == state);
        found.map(|key| key["kid"].as_str().unwrap().to_owned())
    };
    let before = keys(&["list"]);
    let after = keys(&["rotate", "--family", "p256"]);
    assert_eq!(in_state(&after, "active"), in_state(&before, "next"));
    assert_eq!(in_state(&after, "retired"), in_state(&before, "active"));
    let fresh = in_state(&after, "next").unwrap();
    let retired = in_state(&after, "retired").unwrap();
    let published = || Server::read(&server.issuer, "/pf/JWKS");
    let noticed = (0..100).any(|_| {
        std::thread::yield_now();
        let keys = published();
        assert!(keys.contains(&retired));
        keys.contains(&fresh) || {
            wait();
            false
        }
    });
    assert!(noticed, "the new key is not published: {}", server.stop());
    let hyphen = run(&["keys", "retire", "-no-such-key", "--data-dir", &data]);
    assert_eq!(hyphen.code, 1, "{}", hyphen.err);
    let refused = run(&["keys", "retire", &retired, "--data-dir", &data]);
    assert!(
        refused.code == 1 && refused.err.contains("--compromised"),
        "{}",
        refused.err
    );
    let gone = keys(&["retire", &retired, "--compromised"]);
    assert_eq!(in_state(&gone, "retired"), None);
}

/// Lets a running server get on with its work.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is another process with a clock of its own"
)]
fn wait() {
    std::thread::sleep(std::time::Duration::from_millis(50));
}

#[test]
fn a_wrong_place_is_told_in_one_sentence() {
    let files = Files::new();
    let elsewhere = files.path("elsewhere");
    let listed = run(&["user", "list", "--data-dir", &elsewhere]);
    assert_eq!(listed.code, 1);
    assert!(
        listed.err.contains("there is no server data in"),
        "{}",
        listed.err
    );
    assert!(!Path::new(&elsewhere).exists());
}

#[test]
fn a_master_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let files = Files::new();
    let data = files.path("data");
    let add = [
        "user",
        "add",
        "alice",
        "--password-stdin",
        "--data-dir",
        &data,
    ];
    assert_eq!(run_with(&add, "correct horse").code, 0);
    let key = PathBuf::from(&data).join("master.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = run(&["user", "list", "--data-dir", &data]);
    assert_eq!((refused.code, refused.err.lines().count()), (1, 1));
    assert!(refused.err.contains("chmod 600"), "{}", refused.err);
}
