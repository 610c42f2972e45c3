//! Keys and sets of keys, with their certificates: what is read is sound, and written it is the same
//! (RFC 7517).

use data_encoding::BASE64;
use jose::jwe::DecryptionKeys;
use jose::jwk::{Jwk, JwkSet};
use jose::jws::VerifyingKeys;
use serde_json::json;

use super::cookbook::EXAMPLES;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "jwk",
    run,
    seeds,
};

fn run(input: &[u8]) -> bool {
    let key = Jwk::parse(input).or_else(|_| Jwk::from_pkcs8(input));
    let set = JwkSet::parse(input);
    if let Ok(key) = &key {
        keeps(key);
    }
    for key in set.iter().flat_map(JwkSet::keys) {
        keeps(key);
    }
    if let Ok(set) = &set {
        let _ = (VerifyingKeys::new(set), DecryptionKeys::new(set));
        let public = JwkSet::from_value(set.to_public_value()).expect("it is read again");
        assert!(!public.has_private_keys(), "a private key is published");
        assert!(public.ignored().is_empty());
    }
    key.is_ok() || set.is_ok_and(|set| !set.keys().is_empty())
}

/// Writing and reading a key again changes nothing.
fn keeps(key: &Jwk) {
    let again = Jwk::parse(key.to_private_json().as_bytes()).expect("it is read again");
    assert_eq!(again.thumbprint(), key.thumbprint());
    assert_eq!(again.is_private(), key.is_private());
    assert_eq!(again.x5c(), key.x5c());
    let Some(public) = key.to_public_json() else {
        return;
    };
    let public = Jwk::parse(public).expect("its public half is read again");
    assert!(!public.is_private(), "a private key is published");
    assert_eq!(public.thumbprint(), key.thumbprint());
    assert_eq!((public.kid(), public.alg()), (key.kid(), key.alg()));
}

/// The keys of the examples, alone, in a set and with a certificate; one as PKCS #8 (RFC 8410 §10.3).
fn seeds() -> Vec<Vec<u8>> {
    let keys: Vec<_> = EXAMPLES.iter().map(|it| it.jwk.clone()).collect();
    let mut seeds: Vec<String> = keys.iter().map(ToString::to_string).collect();
    seeds.push(json!({ "keys": keys }).to_string());
    let certified = keys.iter().filter_map(|key| {
        let jwk = Jwk::from_value(key.clone()).ok()?;
        let mut public = jwk.to_public_value()?;
        let member = ["x", "n"].into_iter().find_map(|name| public.get(name))?;
        let number = member
            .as_str()
            .and_then(|it| data_encoding::BASE64URL_NOPAD.decode(it.as_bytes()).ok())?;
        // As much of a certificate as is looked at: a DER sequence that holds the key.
        let certificate = BASE64.encode(&[&[0x30], &number[..]].concat());
        public.insert("x5c".to_owned(), json!([certificate]));
        Some(json!(public).to_string())
    });
    seeds.extend(certified);
    let mut seeds: Vec<Vec<u8>> = seeds.into_iter().map(String::into_bytes).collect();
    let pkcs8 = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
    seeds.extend(BASE64.decode(pkcs8.as_bytes()));
    seeds
}
