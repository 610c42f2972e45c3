//! Commands beside a server, on its data.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use tokio::task::JoinSet;

use super::{Person, RelyingParty, Server};

/// A command that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Finished {
    /// The same, which must have succeeded.
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "an assertion in passing"
    )]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// The JSON that it printed.
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The one sentence with which it refused; it must have ended with the code 1 and have said
    /// nothing else.
    pub fn sentence(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:?}");
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{self:?}");
        let sentence = lines
            .first()
            .and_then(|it| it.strip_prefix("countersign: "));
        sentence.unwrap_or_else(|| panic!("{self:?}"))
    }
}

impl Server {
    /// Runs a command on this server's data, whether the server runs or not.
    pub async fn command(&self, arguments: &[&str], stdin: &str) -> Finished {
        let mut command = self.command_line();
        command.args(arguments);
        if !arguments.contains(&"--data-dir") {
            command.arg("--data-dir").arg(self.data_dir());
        }
        finish(command, stdin.as_bytes().to_vec()).await
    }

    /// Runs a command with exactly these arguments in this server's environment.
    pub async fn bare_command(&self, arguments: &[&str]) -> Finished {
        let mut command = self.command_line();
        command.args(arguments);
        finish(command, Vec::new()).await
    }
}

async fn finish(mut command: Command, stdin: Vec<u8>) -> Finished {
    let run = move || {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that needs no input may have ended before it is given.
        let _ = child.stdin.take().unwrap().write_all(&stdin);
        child.wait_with_output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Finished {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// Commands that run at the same time.
const AT_ONCE: usize = 4;

/// Where people come back to the clients that tests add.
const REDIRECT_URI: &str = "https://client.example/back";

impl Server {
    /// Adds someone.
    pub async fn add_person(&self, person: &Person) {
        let mut arguments = vec!["user", "add", &person.name, "--password-stdin"];
        if let Some(secret) = &person.totp_secret {
            arguments.extend(["--totp-secret", secret]);
        }
        let added = self.command(&arguments, &person.password).await;
        added.succeeded();
    }

    /// Adds several people, some at the same time.
    pub async fn add_people(&self, people: &[Person]) {
        let mut adding = JoinSet::new();
        for person in people {
            let mut command = self.command_line();
            command.args(["user", "add", &person.name, "--password-stdin"]);
            command.arg("--data-dir").arg(self.data_dir());
            adding.spawn(finish(command, person.password.clone().into_bytes()));
            if adding.len() == AT_ONCE {
                adding.join_next().await.unwrap().unwrap().succeeded();
            }
        }
        for added in adding.join_all().await {
            added.succeeded();
        }
    }

    /// Adds a client with a secret that people come back to without being asked for consent.
    pub async fn add_relying_party(&self, id: &str, secret: &str) -> RelyingParty {
        let redirect = ["--redirect-uri", REDIRECT_URI, "--no-consent"];
        let algorithm = ["--id-token-algorithm", "ES256"];
        let more = [redirect.as_slice(), &algorithm].concat();
        self.add_client(id, Some(secret), &more).await
    }

    /// Adds a client with these further arguments.
    pub async fn add_client(&self, id: &str, secret: Option<&str>, more: &[&str]) -> RelyingParty {
        let mut arguments = vec!["client", "add", "--name", id, "--id", id];
        arguments.extend(secret.map(|_| "--secret-stdin"));
        arguments.extend(more);
        let added = self.command(&arguments, secret.unwrap_or_default()).await;
        added.succeeded();
        RelyingParty {
            http: self.http(),
            issuer: self.url().to_owned(),
            id: id.to_owned(),
            secret: secret.map(str::to_owned),
            redirect_uri: REDIRECT_URI.to_owned(),
            scope: "openid profile".to_owned(),
        }
    }
}
