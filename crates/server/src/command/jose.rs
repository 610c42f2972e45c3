//! `countersign jose`: makes, reads and checks tokens by hand.
//!
//! On success the result is on standard output and the exit code is 0. A token that is refused is
//! one sentence on standard error and the exit code 1; a command that makes no sense is 2.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use domain::port::{Clock, Random};
use jose::jwe::{
    ContentEncryption, DecryptionKeys, EncryptionKey, KeyManagement, decrypt_compact,
    encrypt_compact,
};
use jose::jwk::{Jwk, JwkSet};
use jose::jws::{Algorithm, SigningKey, VerifyingKeys, sign_compact, verify_compact};
use jose::jwt::ClaimsPolicy;
use jose::{Header, Inspection, Payload};
use serde_json::json;
use zeroize::Zeroizing;

use super::{Failure, io_failure, output};
use crate::adapter::clock::SystemClock;
use crate::adapter::random::SystemRandom;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show what a token says of itself; nothing is verified.
    Inspect {
        /// The token; standard input, if not given.
        token: Option<String>,
    },
    /// Sign what is on standard input.
    Sign {
        #[command(flatten)]
        key: OneKey,
        /// The algorithm [default: the key's].
        #[arg(long)]
        alg: Option<Algorithm>,
        /// The type of the token (`typ`).
        #[arg(long)]
        typ: Option<String>,
    },
    /// Verify a signed token and print its payload.
    Verify {
        #[command(flatten)]
        keys: Keys,
        /// The only algorithm that is accepted [default: every one that the key allows].
        #[arg(long)]
        alg: Option<Algorithm>,
        /// Check `exp`, `nbf` and `iat` as well.
        #[arg(long)]
        jwt: bool,
        /// The token; standard input, if not given.
        token: Option<String>,
    },
    /// Encrypt what is on standard input.
    Encrypt {
        #[command(flatten)]
        key: OneKey,
        /// How the content key comes to the recipient.
        #[arg(long)]
        alg: KeyManagement,
        /// How the content is encrypted.
        #[arg(long, default_value = "A256GCM")]
        enc: ContentEncryption,
        /// The type of the content (`cty`).
        #[arg(long)]
        cty: Option<String>,
    },
    /// Decrypt an encrypted token and print its plaintext.
    Decrypt {
        #[command(flatten)]
        keys: Keys,
        /// The only key management algorithm that is accepted [default: every one].
        #[arg(long)]
        alg: Option<KeyManagement>,
        /// The only content encryption that is accepted [default: every one].
        #[arg(long)]
        enc: Option<ContentEncryption>,
        /// The token; standard input, if not given.
        token: Option<String>,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Keys {
    /// A file with a JSON Web Key.
    #[arg(long, value_name = "FILE")]
    jwk: Option<PathBuf>,
    /// A file with a JSON Web Key Set.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// A shared secret in base64 or base64url.
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    secret_base64: Option<String>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct OneKey {
    /// A file with a JSON Web Key.
    #[arg(long, value_name = "FILE")]
    jwk: Option<PathBuf>,
    /// A shared secret in base64 or base64url.
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    secret_base64: Option<String>,
}

pub(super) fn run(command: Command) -> Result<ExitCode, Failure> {
    let result = match command {
        Command::Inspect { token } => inspect(&token_text(token)?)?,
        Command::Sign { key, alg, typ } => sign(&key.read()?, alg, typ)?,
        Command::Verify {
            keys,
            alg,
            jwt,
            token,
        } => verify(&token_text(token)?, &keys.read()?, alg, jwt)?,
        Command::Encrypt { key, alg, enc, cty } => encrypt(&key.read()?, (alg, enc), cty)?,
        Command::Decrypt {
            keys,
            alg,
            enc,
            token,
        } => decrypt(&token_text(token)?, &keys.read()?, alg, enc)?,
    };
    output::write(&result)?;
    Ok(ExitCode::SUCCESS)
}

fn refused(reason: impl std::fmt::Display) -> Failure {
    Failure::Refused(reason.to_string())
}

fn inspect(token: &str) -> Result<Vec<u8>, Failure> {
    let shown = match jose::inspect(token).map_err(refused)? {
        Inspection::Jws {
            header,
            payload,
            signature_len,
        } => {
            let payload = match payload {
                Payload::Json(value) => value,
                Payload::Text(text) => text.into(),
                Payload::Bytes(bytes) => BASE64URL_NOPAD.encode(&bytes).into(),
            };
            json!({ "header": header, "payload": payload, "signature_bytes": signature_len, "verified": false })
        }
        Inspection::Jwe {
            header,
            encrypted_key_len,
            ciphertext_len,
        } => json!({
            "header": header,
            "encrypted_key_bytes": encrypted_key_len,
            "ciphertext_bytes": ciphertext_len,
        }),
    };
    Ok(format!("{shown:#}\n").into_bytes())
}

fn sign(jwk: &Jwk, alg: Option<Algorithm>, typ: Option<String>) -> Result<Vec<u8>, Failure> {
    let named = jwk.alg().and_then(Algorithm::from_name);
    let fits = |algorithm: &&Algorithm| SigningKey::new(jwk, **algorithm).is_ok();
    let algorithm = alg
        .or(named)
        .or_else(|| Algorithm::ALL.iter().find(fits).copied());
    let algorithm = algorithm.ok_or_else(|| refused("the key cannot sign"))?;
    let key = SigningKey::new(jwk, algorithm).map_err(refused)?;
    let header = typ.map_or_else(Header::new, |typ| Header::new().with_typ(typ));
    let token = sign_compact(&key, header, &standard_input()?).map_err(refused)?;
    Ok(format!("{token}\n").into_bytes())
}

fn verify(
    token: &str,
    keys: &JwkSet,
    alg: Option<Algorithm>,
    jwt: bool,
) -> Result<Vec<u8>, Failure> {
    // Every algorithm may be accepted here because a key serves only those of its own type: a
    // public key never verifies an HMAC.
    let algorithms = alg.map_or_else(|| Algorithm::ALL.to_vec(), |alg| vec![alg]);
    let policy = jose::jws::Policy::new(&algorithms);
    let verified = verify_compact(token, &VerifyingKeys::new(keys), &policy).map_err(refused)?;
    if jwt {
        let claims = verified.claims().map_err(refused)?;
        let now = SystemClock.now().seconds();
        ClaimsPolicy::new().check(&claims, now).map_err(refused)?;
    }
    Ok(verified.payload().to_vec())
}

fn encrypt(
    jwk: &Jwk,
    (alg, enc): (KeyManagement, ContentEncryption),
    cty: Option<String>,
) -> Result<Vec<u8>, Failure> {
    let key = EncryptionKey::new(jwk, alg, enc).map_err(refused)?;
    let header = cty.map_or_else(Header::new, |cty| Header::new().with_cty(cty));
    let random: &dyn Random = &SystemRandom;
    let token = encrypt_compact(&key, header, &standard_input()?, &random).map_err(refused)?;
    Ok(format!("{token}\n").into_bytes())
}

fn decrypt(
    token: &str,
    keys: &JwkSet,
    alg: Option<KeyManagement>,
    enc: Option<ContentEncryption>,
) -> Result<Vec<u8>, Failure> {
    let algorithms = alg.map_or_else(|| KeyManagement::ALL.to_vec(), |alg| vec![alg]);
    let contents = enc.map_or_else(|| ContentEncryption::ALL.to_vec(), |enc| vec![enc]);
    let policy = jose::jwe::Policy::new(&algorithms, &contents);
    let decrypted = decrypt_compact(token, &DecryptionKeys::new(keys), &policy).map_err(refused)?;
    Ok(decrypted.plaintext().to_vec())
}

impl Keys {
    fn read(&self) -> Result<JwkSet, Failure> {
        match (&self.jwks, &self.jwk, &self.secret_base64) {
            (Some(path), _, _) => JwkSet::parse(&*file(path)?)
                .map_err(|error| refused(format!("{}: {error}", path.display()))),
            (None, jwk, secret) => one_key(jwk.as_ref(), secret.as_deref()).map(|key| {
                let keys = [key];
                keys.into_iter().collect()
            }),
        }
    }
}

impl OneKey {
    fn read(&self) -> Result<Jwk, Failure> {
        one_key(self.jwk.as_ref(), self.secret_base64.as_deref())
    }
}

fn one_key(jwk: Option<&PathBuf>, secret: Option<&str>) -> Result<Jwk, Failure> {
    if let Some(path) = jwk {
        let parsed = Jwk::parse(&*file(path)?);
        return parsed.map_err(|error| refused(format!("{}: {error}", path.display())));
    }
    let text = secret.unwrap_or_default().as_bytes();
    let decoded = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD]
        .iter()
        .find_map(|encoding| encoding.decode(text).ok())
        .map(Zeroizing::new);
    let secret = decoded.ok_or_else(|| refused("the secret is not base64"))?;
    Ok(Jwk::from_secret(&secret))
}

fn file(path: &PathBuf) -> Result<Zeroizing<Vec<u8>>, Failure> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|cause| io_failure(&format!("read {}", path.display()), cause))
}

fn token_text(token: Option<String>) -> Result<String, Failure> {
    let text = match token {
        Some(token) => token,
        None => String::from_utf8(standard_input()?)
            .map_err(|_| refused("standard input is not text"))?,
    };
    Ok(text.trim().to_owned())
}

fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|cause| io_failure("read standard input", cause))?;
    Ok(bytes)
}
