//! The ID token: verified before anything that it says is believed.

use jose::digest::left_half_hash;
use jose::jwk::JwkSet;
use jose::jws::{Algorithm, Policy, VerifyingKeys};
use jose::jwt::{self, Claims, ClaimsPolicy};

use super::SignInError;

/// How we registered to have our ID tokens signed (OpenID Connect Core §2: "RS256 [...] is the
/// default"). What the token itself says it is signed with has no say in it.
const ALGORITHM: Algorithm = Algorithm::Rs256;

/// Seconds by which our clock and the server's may differ.
const LEEWAY: i64 = 60;

/// What an ID token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// The nonce of our request; none for a token that came of a refresh.
    pub(super) nonce: Option<&'a str>,
    /// The access token that came with it.
    pub(super) access_token: Option<&'a str>,
}

impl Expected<'_> {
    /// The claims of an ID token that is from our server, for us, for this sign-in and still good
    /// (OpenID Connect Core §3.1.3.7).
    pub(super) fn verify(
        &self,
        id_token: &str,
        keys: &JwkSet,
        now: i64,
    ) -> Result<Claims, SignInError> {
        let (issuers, audiences) = ([self.issuer], [self.client_id]);
        let signature = [ALGORITHM];
        // Steps 2, 3 and 6 to 10: issuer, audience, signature, algorithm and times.
        let claims = ClaimsPolicy::new()
            .with_issuers(&issuers)
            .with_audiences(&audiences)
            .with_required(&["iss", "sub", "aud", "exp", "iat"])
            .with_leeway(LEEWAY);
        let keys = VerifyingKeys::new(keys);
        let token = jwt::verify(id_token, &keys, &Policy::new(&signature), &claims, now)
            .map_err(|error| SignInError::IdToken(error.to_string()))?;
        self.check(token.claims())?;
        Ok(token.into_claims())
    }

    fn check(&self, claims: &Claims) -> Result<(), SignInError> {
        let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
        let refuse = |sentence: &str| Err(SignInError::IdToken(sentence.to_owned()));
        // Step 5: "If an azp (authorized party) Claim is present, the Client SHOULD verify that its
        // client_id is the Claim Value."
        if claims.get("azp").is_some() && text("azp") != Some(self.client_id) {
            return refuse("it was issued to another application");
        }
        // Step 11: "If a nonce value was sent in the Authentication Request, a nonce Claim MUST be
        // present and its value checked to verify that it is the same value as the one that was sent"
        if self.nonce.is_some() && text("nonce") != self.nonce {
            return refuse("it is for another sign-in");
        }
        // OpenID Connect Core §3.1.3.8: the access token belongs to the ID token if its hash does.
        let hash = self
            .access_token
            .map(|token| left_half_hash(ALGORITHM, token));
        if claims.get("at_hash").is_some() && text("at_hash") != hash.as_deref() {
            return refuse("it belongs to another access token");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jose::Header;
    use jose::jws::{SigningKey, sign_compact};
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_700_000_000;

    const EXPECTED: Expected<'_> = Expected {
        issuer: "https://id.example.com",
        client_id: "shop",
        nonce: Some("n-1"),
        access_token: Some("token"),
    };

    fn good() -> Value {
        json!({
            "iss": "https://id.example.com",
            "sub": "alice",
            "aud": "shop",
            "exp": NOW + 300,
            "iat": NOW,
            "nonce": "n-1",
            "at_hash": left_half_hash(Algorithm::Rs256, "token"),
        })
    }

    fn verified(keys: &JwkSet, key: &SigningKey, claims: &Value) -> Result<Claims, SignInError> {
        let token = sign_compact(key, Header::new(), claims.to_string().as_bytes()).unwrap();
        EXPECTED.verify(&token, keys, NOW)
    }

    #[test]
    fn oidc_core_3_1_3_7_accepts_only_what_is_ours() {
        let key = SigningKey::generate(Algorithm::Rs256).unwrap();
        let keys: JwkSet = [key.jwk().public().unwrap()].into_iter().collect();
        assert!(verified(&keys, &key, &good()).is_ok());
        for (name, value) in [
            ("iss", json!("https://evil.example.com")),
            ("aud", json!("another")),
            ("azp", json!("another")),
            ("nonce", json!("n-2")),
            ("nonce", Value::Null),
            ("exp", json!(NOW - 61)),
            (
                "at_hash",
                json!(left_half_hash(Algorithm::Rs256, "another")),
            ),
        ] {
            let mut claims = good();
            claims[name] = value;
            assert!(verified(&keys, &key, &claims).is_err(), "{claims}");
        }
        let stranger = SigningKey::generate(Algorithm::Rs256).unwrap();
        assert!(verified(&keys, &stranger, &good()).is_err());
        let other = SigningKey::generate(Algorithm::Es256).unwrap();
        let keys: JwkSet = [other.jwk().public().unwrap()].into_iter().collect();
        assert!(verified(&keys, &other, &good()).is_err());
    }
}
