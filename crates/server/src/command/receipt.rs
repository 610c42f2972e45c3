//! `countersign receipt`: what people approved, checked with public keys alone.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use authn::approval::receipt::{Expected, Factor, Receipt};
use authn::approval::{visible, visible_again};
use clap::Subcommand;
use domain::Timestamp;
use domain::port::Clock;
use jose::jwk::JwkSet;
use jose::jws::VerifyingKeys;
use serde_json::json;

use super::output::print;
use super::{Failure, io_failure};
use crate::adapter::clock::SystemClock;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check who signed a receipt, that nothing of it was changed, and the person's own signature.
    Verify {
        /// A file with the receipt; standard input, if it is `-`.
        file: PathBuf,
        /// A file with the environment's keys, as its `jwks_uri` publishes them.
        #[arg(long, value_name = "FILE")]
        jwks: PathBuf,
        /// Only a receipt of this issuer.
        #[arg(long, value_name = "URL")]
        issuer: Option<String>,
        /// Only a receipt for this client.
        #[arg(long, value_name = "ID")]
        client: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let Command::Verify {
        file,
        jwks,
        issuer,
        client,
        json,
    } = command;
    let refused = |reason: String| Failure::Refused(reason);
    let keys = JwkSet::parse(&*read(jwks)?);
    let keys = keys.map_err(|error| refused(format!("{}: {error}", jwks.display())))?;
    let token = String::from_utf8(read(file)?);
    let token = token.map_err(|_| refused("the receipt is not text".to_owned()))?;
    let expected = Expected {
        issuer: issuer.as_deref(),
        audience: client.as_deref(),
        digest: None,
        now: Some(SystemClock.now()),
    };
    let receipt = Receipt::verify(&token, &VerifyingKeys::new(&keys), &expected);
    let receipt = receipt.map_err(|error| refused(format!("the receipt is not good: {error}.")))?;
    print(*json, &json!(receipt), &told(&receipt))?;
    Ok(ExitCode::SUCCESS)
}

/// The receipt in words.
fn told(receipt: &Receipt) -> String {
    let transaction = receipt.transaction();
    let mut lines = vec![
        "The receipt is good.".to_owned(),
        format!("issuer       {}", visible(receipt.issuer())),
        format!("client       {}", visible(transaction.client().as_str())),
        format!("person       {}", receipt.subject()),
        format!("asked for    {}", second(transaction.time())),
        format!("signed       {}", receipt.issued()),
        format!("transaction  {}", visible(transaction.id().as_str())),
        format!("digest       {}", receipt.digest()),
    ];
    for shown in receipt.shown() {
        lines.push(format!(
            "shown by {} ({}):",
            shown.method.name(),
            visible(&shown.locale)
        ));
        let title = shown.title.iter().map(String::as_str);
        let text = title.chain(shown.text.lines());
        lines.extend(text.map(|text| format!("  {}", visible_again(text))));
    }
    lines.push("approved with:".to_owned());
    lines.extend(receipt.factors().iter().map(factor));
    lines.join("\n")
}

fn factor(factor: &Factor) -> String {
    use authn::approval::receipt::Bound;
    let bound = match factor.bound {
        Some(Bound::Signature) => "the person's own signature over this",
        Some(Bound::Code) => "a code for this alone",
        None => "to sign on",
    };
    let time = second(factor.time);
    format!("  {} at {time}: {bound}", visible(&factor.kind))
}

/// The second of a time: a receipt says no more of when it was signed, and what was before is told to be.
const fn second(time: Timestamp) -> Timestamp {
    Timestamp::from_seconds(time.seconds())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let deed = |path: &Path| format!("read {}", path.display());
    if path != Path::new("-") {
        return std::fs::read(path).map_err(|cause| io_failure(&deed(path), cause));
    }
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|cause| io_failure("read standard input", cause))?;
    Ok(bytes)
}
