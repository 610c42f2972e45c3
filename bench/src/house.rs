//! The clients and the person of the measurement, and what is done on their behalf.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::key::ClientKey;
use crate::load::{self, CONNECTIONS};
use crate::process::{Process, Server};
use crate::workload::{AuthorizationRequest, Operation, REDIRECT_URI, first_refresh_token};
use crate::{Failure, bare, median, person, random_text, row};

/// How often each of the other loads is measured.
const ROUNDS: usize = 3;

/// How often pushed requests are compared with the bare signatures.
const ROUNDS_OF_PUSH: usize = 9;

/// What is verified of a pushed request: assertion, request object and proof.
const SIGNATURES_OF_PUSH: f64 = 3.0;

/// Who is known to the server.
pub struct House {
    /// Of both clients that have one.
    secret: String,
    password: String,
    key: ClientKey,
}

/// What the other loads have shown.
pub struct Loads {
    /// What a pushed request costs.
    pub push: Push,
    /// The most memory until passwords were checked, in MB.
    pub tokens: f64,
    /// The most memory in all, in MB.
    pub passwords: f64,
}

/// The processor time of a pushed request, in microseconds.
pub struct Push {
    /// Of its three signatures, bare.
    pub signatures: f64,
    /// Of all else.
    pub beside: f64,
}

impl House {
    /// Adds them as an operator does.
    pub fn furnish(server: &Server, directory: &Path) -> Result<Self, Failure> {
        let house = Self {
            secret: format!("{}{}", random_text(), random_text()),
            password: random_text(),
            key: ClientKey::generate("worker-with-key")?,
        };
        let jwks = directory.join("jwks.json");
        std::fs::write(&jwks, house.key.jwks())?;
        let jwks = jwks.to_str().ok_or("the directory has an odd name")?;
        let add = ["client", "add", "--name", "Load", "--id"];
        let by_secret = ["worker", "--secret-stdin"];
        let by_key = [
            "worker-with-key",
            "--jwks",
            jwks,
            "--redirect-uri",
            REDIRECT_URI,
        ];
        let shop = [
            "shop",
            "--secret-stdin",
            "--no-consent",
            "--redirect-uri",
            REDIRECT_URI,
        ];
        let id_token = ["--id-token-algorithm", "ES256"];
        server.run(&[&add[..], &by_secret].concat(), &house.secret)?;
        let grants = [
            "--grant",
            "client_credentials",
            "--grant",
            "authorization_code",
        ];
        server.run(&[&add[..], &by_key, &grants].concat(), "")?;
        server.run(&[&add[..], &shop, &id_token].concat(), &house.secret)?;
        server.run(
            &["user", "add", person::NAME, "--password-stdin"],
            &house.password,
        )?;
        Ok(house)
    }

    /// Waits until the server has been idle for a while after its start.
    pub async fn ready(&self, server: &Process) -> Result<(), Failure> {
        let mut connection = Connection::open(&server.address).await?;
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(2) {
            connection.get("/health/ready", "").await?.expect(200)?;
            std::thread::sleep(Duration::from_millis(500));
        }
        Ok(())
    }

    /// Tokens for a client with a secret, on every connection.
    pub fn by_secret(&self) -> Vec<Operation> {
        let secret = &self.secret;
        let form = format!(
            "grant_type=client_credentials&client_id=worker&client_secret={secret}&scope=profile"
        );
        many(|| Operation::Form(form.clone()))
    }

    /// Measures everything else that the server does.
    pub async fn loads(self, server: &Process) -> Result<Loads, Failure> {
        let mut connection = Connection::open(&server.address).await?;
        let issuer = format!("http://{}", server.address);
        let key = Rc::new(self.key.for_issuer(issuer));
        let by_key = many(|| Operation::Assertion(Rc::clone(&key)));
        measure("client_credentials, private_key_jwt", server, by_key, 5_000).await?;
        let push = measure_push(server, many(|| Operation::Push(Rc::clone(&key)))).await?;

        let request = AuthorizationRequest::new();
        let cookies = person::sign_on(&mut connection, &request.path, &self.password).await?;
        let mut refresh = Vec::new();
        for _ in 0..CONNECTIONS {
            let token = first_refresh_token(&mut connection, &self.secret, &cookies).await?;
            let secret = self.secret.clone();
            refresh.push(Operation::Refresh { secret, token });
        }
        measure("refresh", server, refresh, 5_000).await?;

        let code = many(|| Operation::Code {
            secret: self.secret.clone(),
            cookies: cookies.clone(),
        });
        measure("authorize and redeem, with a session", server, code, 3_000).await?;
        let tokens = server.peak_memory()?;

        let sign_on = many(|| Operation::SignOn {
            password: self.password.clone(),
        });
        measure("sign on with a password, to the code", server, sign_on, 96).await?;
        let passwords = server.peak_memory()?;
        Ok(Loads {
            push,
            tokens,
            passwords,
        })
    }
}

/// Pushed requests and the bare signatures, in turns: what else the machine does falls on both alike.
async fn measure_push(server: &Process, mut operations: Vec<Operation>) -> Result<Push, Failure> {
    const SLICES: usize = 3;
    const COUNT: usize = 5_000;
    let (mut rounds, mut signatures, mut beside) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS_OF_PUSH {
        let bare = SIGNATURES_OF_PUSH * bare::es256_under_load(SLICES)?.verification();
        let round = load::round(server, &mut operations, COUNT).await?;
        signatures.push(bare);
        beside.push(round.cpu - bare);
        rounds.push(round);
    }
    row("pushed, signed request with DPoP", &rounds);
    Ok(Push {
        signatures: median(signatures),
        beside: median(beside),
    })
}

/// Prints a line of the table.
async fn measure(
    name: &str,
    server: &Process,
    mut operations: Vec<Operation>,
    count: usize,
) -> Result<(), Failure> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(load::round(server, &mut operations, count).await?);
    }
    row(name, &rounds);
    Ok(())
}

fn many(operation: impl FnMut() -> Operation) -> Vec<Operation> {
    std::iter::repeat_with(operation)
        .take(CONNECTIONS)
        .collect()
}
