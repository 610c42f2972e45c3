//! DPoP proofs that some key has signed, whatever they say (RFC 9449 §4.3).

use domain::{Secret, ServerSettings, Timestamp};
use oauth::dpop::{Facts, NonceKey, PresentedProof, Request, verify};
use serde_json::{Map, Value, json};
use url::Url;

use super::{signer, two_parts};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "dpop",
    run,
    seeds,
};

const NOW: i64 = 1_800_000_000;
const URI: &str = "https://id.example/as/token.oauth2";

/// The header, a line break, the claims; what has no line break is a whole proof.
fn run(input: &[u8]) -> bool {
    let parts = two_parts(input);
    let proof = match parts {
        Some((header, claims)) => signer::signed(header, claims).into_bytes(),
        None => input.to_vec(),
    };
    let Ok(Some(presented)) = PresentedProof::of([&*proof]) else {
        return false;
    };
    let request = Request {
        method: "POST",
        uris: &[URI],
        access_token: None,
    };
    let settings = ServerSettings::default();
    let nonces = NonceKey::new(Secret::new("a secret of the server"));
    let facts = Facts {
        settings: &settings,
        nonces: &nonces,
    };
    let now = Timestamp::from_seconds(NOW);
    let Ok(proof) = verify(&presented, &request, &facts, now).answer else {
        return false;
    };
    // Anyone may have a key: without a line break it is not ours, and its claims are not known.
    if let Some((_, claims)) = parts {
        let jwk = jose::jwk::Jwk::from_value(signer::public()).expect("a key");
        assert_eq!(proof.jkt().as_str(), jwk.thumbprint());
        let claims: Map<String, Value> = serde_json::from_slice(claims).expect("an object");
        check(&claims, i64::from(settings.dpop_proof_lifetime_seconds));
    }
    true
}

/// The checks, made by another hand.
fn check(claims: &Map<String, Value>, lifetime: i64) {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).expect("a text");
    assert!(!text("jti").is_empty());
    assert_eq!(text("htm"), "POST");
    let (mut named, mut own) = (read(text("htu")), read(URI));
    assert_eq!(named.origin(), own.origin());
    for uri in [&mut named, &mut own] {
        uri.set_query(None);
        uri.set_fragment(None);
    }
    // An escaped letter is the same letter (RFC 3986 §6.2.2.2).
    let path = named
        .path()
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let decoded = url::form_urlencoded::parse(path.as_bytes()).next();
    assert_eq!(
        decoded.map(|(path, _)| path.into_owned()).as_deref(),
        Some(own.path())
    );
    let made = claims.get("iat").and_then(Value::as_f64).expect("a time");
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of this century are exact"
    )]
    let (oldest, newest) = ((NOW - lifetime - 1) as f64, (NOW + 61) as f64);
    assert!((oldest..=newest).contains(&made), "{made}");
}

fn read(uri: &str) -> Url {
    Url::parse(uri).unwrap_or_else(|_| panic!("{uri} is no URI"))
}

fn seeds() -> Vec<Vec<u8>> {
    let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": signer::public() });
    let uris = [
        URI,
        "HTTPS://ID.example:443/as/token.oauth2?x=1#y",
        "https://id.example/as/./x/../%74oken.oauth2",
    ];
    let claims = uris.map(|uri| json!({ "jti": "1", "htm": "POST", "htu": uri, "iat": NOW }));
    claims
        .map(|claims| format!("{header}\n{claims}").into_bytes())
        .into()
}
