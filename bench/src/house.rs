//! The clients and the person of the measurement, and what is done on their behalf.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::key::ClientKey;
use crate::load::{self, CONNECTIONS};
use crate::process::{Process, Server};
use crate::workload::{AuthorizationRequest, Operation, REDIRECT_URI, first_refresh_token};
use crate::{Failure, median, person, random_text, row};

/// How often each of the other loads is measured.
const ROUNDS: usize = 3;

/// Who is known to the server.
pub struct House {
    /// Of both clients that have one.
    secret: String,
    password: String,
    key: ClientKey,
}

/// What the other loads have shown.
pub struct Loads {
    /// Processor time of the server for each pushed request, in microseconds.
    pub push: f64,
    /// The most memory until passwords were checked, in MB.
    pub tokens: f64,
    /// The most memory in all, in MB.
    pub passwords: f64,
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
        let push = many(|| Operation::Push(Rc::clone(&key)));
        let push = measure("pushed, signed request with DPoP", server, push, 5_000).await?;

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

/// Prints a line of the table; returns the processor time for each operation, in microseconds.
async fn measure(
    name: &str,
    server: &Process,
    mut operations: Vec<Operation>,
    count: usize,
) -> Result<f64, Failure> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(load::round(server, &mut operations, count).await?);
    }
    row(name, &rounds);
    Ok(median(rounds.iter().map(|round| round.cpu).collect()))
}

fn many(operation: impl FnMut() -> Operation) -> Vec<Operation> {
    std::iter::repeat_with(operation)
        .take(CONNECTIONS)
        .collect()
}
