//! The examples of the specifications, as far as they use what this crate supports.
#![cfg(test)]

use countersign_jose::jwe::{self, DecryptionKey, KeyManagement, decrypt_compact};
use countersign_jose::jwk::{Jwk, certificate_thumbprint};
use countersign_jose::jws::{
    self, Algorithm, Policy, SigningKey, Unverified, VerifyingKeys, unsecured_compact,
    verify_compact,
};
use countersign_jose::jwt::{self, ClaimsPolicy};
use countersign_jose::{Header, Refused, json};
use serde_json::Value;
use std::path::PathBuf;

const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const MAX: usize = 65536;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}"))
}

fn check_jws(jwk: &Value, alg: &str, token: &str, content: &str) {
    let algorithm: Algorithm = alg.parse().unwrap();
    let jwk = Jwk::from_value(jwk.clone()).unwrap();
    let verified = verify_compact(
        token,
        &VerifyingKeys::from(&jwk),
        &Policy::new(&[algorithm]),
    )
    .unwrap();
    assert_eq!(verified.payload(), content.as_bytes());
    assert_eq!(verified.header().kid(), jwk.kid());
}

fn check_reproducible(jwk: &Value, alg: &str, token: &str) {
    let key =
        SigningKey::new(&Jwk::from_value(jwk.clone()).unwrap(), alg.parse().unwrap()).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let made = countersign_jose::strict_base64url::encode(key.sign(input.as_bytes()).unwrap());
    assert_eq!(made, signature);
}

fn open(jwk: &Value, token: &str, policy: &jwe::Policy<'_>) -> Result<Vec<u8>, Refused> {
    let key = DecryptionKey::new(&Jwk::from_value(jwk.clone()).unwrap()).unwrap();
    decrypt_compact(token, &key.into(), policy).map(|decrypted| decrypted.plaintext().to_vec())
}

fn check_jwe(jwk: &Value, (alg, enc): (&str, &str), token: &str, content: &str) {
    let (algorithms, contents) = ([alg.parse().unwrap()], [enc.parse().unwrap()]);
    let plaintext = open(jwk, token, &jwe::Policy::new(&algorithms, &contents)).unwrap();
    assert_eq!(plaintext, content.as_bytes());
}

#[test]
fn rfc7520_4_and_5_and_rfc8037_a_4_verify_and_decrypt() {
    let vectors = json::parse(include_bytes!("data/rfc7520.json")).unwrap();
    for vector in vectors.as_array().unwrap() {
        println!("{}", text(vector, "clause"));
        let (alg, token, content) = (
            text(vector, "alg"),
            text(vector, "token"),
            text(vector, "content"),
        );
        if text(vector, "kind") == "JWS" {
            check_jws(&vector["jwk"], alg, token, content);
            if vector["reproducible"] == true {
                check_reproducible(&vector["jwk"], alg, token);
            }
        } else {
            check_jwe(&vector["jwk"], (alg, text(vector, "enc")), token, content);
        }
    }
}

#[test]
fn rfc7515_a_1_verifies_hs256() {
    let jwk = Jwk::parse(
        r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
    )
    .unwrap();
    let token = format!(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    let policy = Policy::new(&[Algorithm::Hs256]).with_typ(jws::Typ::Required("JWT"));
    let claims = ClaimsPolicy::new().with_issuers(&["joe"]);
    let keys = VerifyingKeys::from(&jwk);
    let jwt = jwt::verify(&token, &keys, &policy, &claims, 1_300_819_379).unwrap();
    assert_eq!(
        jwt.claims().get("http://example.com/is_root"),
        Some(&Value::Bool(true))
    );
    assert!(matches!(
        jwt::verify(&token, &keys, &policy, &claims, 1_300_819_380),
        Err(Refused::Claim(jwt::ClaimRefused::Expired { seconds: 0 }))
    ));
}

const EC_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

#[test]
fn rfc7515_a_3_verifies_es256() {
    let token = format!(
        "eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    let keys = VerifyingKeys::from(&Jwk::parse(EC_KEY).unwrap());
    assert!(verify_compact(&token, &keys, &Policy::new(&[Algorithm::Es256])).is_ok());
}

#[test]
fn rfc7515_a_5_reads_an_unsecured_token_only_when_asked_to() {
    let token = format!("eyJhbGciOiJub25lIn0.{PAYLOAD}.");
    let keys = VerifyingKeys::from(&Jwk::parse(EC_KEY).unwrap());
    let refused = verify_compact(&token, &keys, &Policy::new(Algorithm::ALL)).unwrap_err();
    assert_eq!(refused, Refused::Unsigned);
    let unsecured = Unverified::parse(&token, MAX)
        .unwrap()
        .accept_unsigned()
        .unwrap();
    assert_eq!(unsecured.claims().unwrap().issuer(), Ok(Some("joe")));
    assert_eq!(unsecured_compact(Header::new(), unsecured.payload()), token);
}

#[test]
fn rfc7516_a_3_decrypts_a128kw_with_a128cbc_hs256() {
    let jwk = json::parse(br#"{"kty":"oct","k":"GawgguFyGrWKav7AX4VKUg"}"#).unwrap();
    let token = "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ.AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ";
    check_jwe(
        &jwk,
        ("A128KW", "A128CBC-HS256"),
        token,
        "Live long and prosper.",
    );
}

#[test]
fn rfc7638_3_1_computes_the_thumbprint_of_the_example() {
    let jwk = Jwk::parse(
        r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
    )
    .unwrap();
    assert_eq!(
        jwk.thumbprint(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn rfc8037_a_3_computes_the_thumbprint_of_the_example() {
    let jwk = Jwk::parse(
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    )
    .unwrap();
    assert_eq!(
        jwk.thumbprint(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn rfc7517_4_9_thumbprint_is_of_the_der_bytes() {
    assert_eq!(
        certificate_thumbprint(b""),
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    );
}

/// The whole cookbook, where a copy of it lies beside the checkout.
fn cookbook() -> Option<PathBuf> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/jose-cookbook");
    if folder.is_dir() {
        return Some(folder);
    }
    println!(
        "skipped: no copy of the JOSE cookbook at {}",
        folder.display()
    );
    None
}

fn files(folder: &str) -> Vec<(String, Value)> {
    let Some(cookbook) = cookbook() else {
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(cookbook.join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files
        .iter()
        .map(|path| {
            (
                name(path),
                json::parse(&std::fs::read(path).unwrap()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn rfc7520_3_reads_every_key_of_the_cookbook() {
    for (name, jwk) in files("jwk") {
        let read = Jwk::from_value(jwk.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = json::parse(read.to_private_json().as_bytes()).unwrap();
        assert_eq!(written, jwk, "{name}");
    }
}

#[test]
fn rfc7520_4_verifies_every_compact_token_of_the_cookbook() {
    for (name, vector) in files("jws") {
        let Some(token) = vector["output"]["compact"].as_str() else {
            continue;
        };
        let (input, alg) = (&vector["input"], text(&vector["input"], "alg"));
        println!("{name}");
        // RFC 7515 appendix F: detached content is put back before the token is verified.
        let payload = countersign_jose::strict_base64url::encode(text(input, "payload"));
        let token = token.replace("..", &format!(".{payload}."));
        check_jws(&input["key"], alg, &token, text(input, "payload"));
        if vector["reproducible"] == true {
            check_reproducible(&input["key"], alg, &token);
        }
    }
}

#[test]
fn rfc7520_5_decrypts_every_compact_token_of_the_cookbook_or_says_why_not() {
    let algorithms = KeyManagement::ALL;
    let contents = jwe::ContentEncryption::ALL;
    for (name, vector) in files("jwe") {
        let (Some(token), input) = (vector["output"]["compact"].as_str(), &vector["input"]) else {
            continue;
        };
        println!("{name}");
        let jwk = input.get("key").unwrap_or(&Value::Null);
        if name.starts_with("5_3") || name.starts_with("5_1.") {
            let any_key = DecryptionKey::new(&Jwk::from_secret(&[0; 16])).unwrap();
            let refused = decrypt_compact(
                token,
                &any_key.into(),
                &jwe::Policy::new(algorithms, contents),
            )
            .unwrap_err();
            assert!(
                matches!(refused, Refused::UnsupportedAlgorithm { .. }),
                "{name}: {refused}"
            );
        } else if name.starts_with("5_9") {
            let refused = open(jwk, token, &jwe::Policy::new(algorithms, contents)).unwrap_err();
            assert_eq!(refused, Refused::Compressed);
        } else {
            check_jwe(
                jwk,
                (text(input, "alg"), text(input, "enc")),
                token,
                text(input, "plaintext"),
            );
        }
    }
}

#[test]
fn rfc8037_a_reads_the_curve25519_examples_of_the_cookbook() {
    for (name, vector) in files("curve25519") {
        let (input, token) = (&vector["input"], text(&vector["output"], "compact"));
        match input["plaintext"].as_str() {
            Some(plaintext) => check_jwe(
                &input["key"],
                (text(input, "alg"), text(input, "enc")),
                token,
                plaintext,
            ),
            None => check_jws(
                &input["key"],
                text(input, "alg"),
                token,
                text(input, "payload"),
            ),
        }
        println!("{name}");
    }
}

#[test]
fn rfc7797_unencoded_payloads_of_the_cookbook_are_refused() {
    for (name, vector) in files("rfc7797") {
        let header =
            countersign_jose::strict_base64url::encode(vector["signing"]["protected"].to_string());
        let refused = Unverified::parse(&format!("{header}..AA"), MAX)
            .map(|_| ())
            .unwrap_err();
        assert_eq!(
            refused,
            Refused::UnknownCritical {
                name: "b64".to_owned()
            },
            "{name}"
        );
    }
}

#[test]
fn rfc7520_6_decrypts_and_verifies_the_nested_token_of_the_cookbook() {
    let Some(cookbook) = cookbook() else { return };
    let file = cookbook.join("6.nesting_signatures_and_encryption.json");
    let vector = json::parse(&std::fs::read(file).unwrap()).unwrap();
    let encryption =
        DecryptionKey::new(&Jwk::from_value(vector["encrypt"]["input"]["key"].clone()).unwrap())
            .unwrap();
    let policy = jwe::Policy::new(
        &[KeyManagement::RsaOaep],
        &[jwe::ContentEncryption::A128Gcm],
    );
    let token = text(&vector["encrypt"]["output"], "compact");
    let inner = jwt::decrypt_nested(token, &encryption.into(), &policy).unwrap();
    let keys =
        VerifyingKeys::from(&Jwk::from_value(vector["sign"]["input"]["key"].clone()).unwrap());
    let policy = Policy::new(&[Algorithm::Ps256]);
    let claims = ClaimsPolicy::new().with_issuers(&["hobbiton.example"]);
    assert!(jwt::verify(&inner, &keys, &policy, &claims, 1_300_819_000).is_ok());
    let header = Header::new().with_cty("application/jwt");
    assert_eq!(header.cty(), Some("application/jwt"));
}
