//! Clients that authenticate with a secret: nobody is believed without it (RFC 6749 §2.3.1).

use data_encoding::BASE64;
use http::StatusCode;
use url::form_urlencoded;

use super::house::{self, CREDENTIALS, SECRET};
use super::two_parts;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "client_secret",
    run,
    seeds,
};

/// The `Authorization` header, a line break, the form. An empty header is none.
fn run(input: &[u8]) -> bool {
    let Some((header, form)) = two_parts(input) else {
        return false;
    };
    let authorization = Some(header).filter(|header| !header.is_empty());
    let answer = house::with(async |house| {
        house::post(house, "/as/token.oauth2", authorization, form).await
    });
    match answer {
        Some(answer) if answer.status == StatusCode::OK => {
            let in_form = form_urlencoded::parse(form)
                .any(|(name, value)| name == "client_secret" && value == SECRET);
            assert!(in_form || has_secret(header), "it has no secret");
            true
        }
        Some(answer) => {
            assert!(answer.json()["error"].is_string(), "{}", answer.text());
            false
        }
        None => false,
    }
}

/// Whether the secret is in the header, read by another hand: as the name of a form's only field,
/// whose separators are escaped.
fn has_secret(header: &str) -> bool {
    let read = || {
        let (_, encoded) = header.split_once(' ')?;
        let pair = BASE64.decode(encoded.trim().as_bytes()).ok()?;
        let (_, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
        let escaped = secret.replace('&', "%26").replace('=', "%3D");
        let (name, _) = form_urlencoded::parse(escaped.as_bytes()).next()?;
        Some(name.into_owned())
    };
    read().as_deref() == Some(SECRET)
}

fn seeds() -> Vec<Vec<u8>> {
    let pair = BASE64.encode(CREDENTIALS.as_bytes());
    let (id, secret) = CREDENTIALS.split_once(':').expect("a pair");
    let form = "grant_type=client_credentials";
    [
        format!("Basic {pair}\n{form}"),
        format!("bAsIc {pair}\n{form}&client_id={id}&scope="),
        format!("\nclient_id={id}&client_secret={secret}&{form}"),
    ]
    .map(String::into_bytes)
    .into()
}
