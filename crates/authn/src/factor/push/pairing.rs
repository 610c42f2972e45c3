//! An authenticator is paired: it shows the key that its person was given, and a key of its own.

use domain::{Authenticator, HandleKey, PushSubscription, Secret, Timestamp};
use jose::jwk::{Curve, Jwk};
use jose::jws::{Algorithm, Policy, Typ, Unverified};
use jose::strict_base64url;
use url::{Host, Url};

use super::{LEEWAY, MAX_JWS, PAIRING_TYP};

/// The longest address of a subscription, in bytes.
const MAX_ENDPOINT: usize = 1024;

/// The longest key of a subscription, in characters.
const MAX_KEY: usize = 128;

/// Why an authenticator is not paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairingFault {
    /// What it signed cannot be read, or the key in it has not signed it.
    #[error("the proof is not signed by the key in it")]
    Proof,
    /// The key is not one for ES256.
    #[error("the key is not a public key on P-256")]
    Key,
    /// It was signed for another server, or at another time.
    #[error("the proof is for another server or another time")]
    Elsewhere,
    /// Where it takes notifications is no such place.
    #[error("the subscription is none")]
    Subscription,
}

/// That an authenticator holds a key, and which pairing key it was given. Only [`Self::read`] makes one.
pub struct PairingProof {
    key: Jwk,
    device: String,
    pairing: HandleKey,
}

impl PairingProof {
    /// Reads what an authenticator has signed to be paired with the server of this issuer: a JWS of the
    /// type `pairing+jwt` with its public key in the header, and `aud`, `iat`, and `pairing`, which is
    /// the device and the pairing key with a dot between.
    pub fn read(jws: &str, issuer: &str, now: Timestamp) -> Result<Self, PairingFault> {
        let policy = Policy::new(&[Algorithm::Es256])
            .with_typ(Typ::Required(PAIRING_TYP))
            .with_max_len(MAX_JWS);
        let parsed = Unverified::parse(jws, MAX_JWS).map_err(|_| PairingFault::Proof)?;
        let verified = parsed.verify_with_embedded_key(&policy);
        let verified = verified.map_err(|_| PairingFault::Proof)?;
        let key = verified.key().jwk().clone().without_kid();
        if key.curve() != Some(Curve::P256) || key.is_private() {
            return Err(PairingFault::Key);
        }
        let claims = verified.claims().map_err(|_| PairingFault::Proof)?;
        let signed = claims.issued_at().ok().flatten();
        let is_now = signed.is_some_and(|at| now.seconds().abs_diff(at) <= LEEWAY.unsigned_abs());
        let is_here = claims.audiences().is_ok_and(|all| all == [issuer]);
        if !is_now || !is_here {
            return Err(PairingFault::Elsewhere);
        }
        let pairing = claims.string("pairing").ok().flatten();
        let (device, pairing) = pairing
            .and_then(|text| text.split_once('.'))
            .ok_or(PairingFault::Proof)?;
        Ok(Self {
            key,
            device: device.to_owned(),
            pairing: HandleKey::of(pairing),
        })
    }

    /// The device that it is to become, as it names it.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// What opens the pairing that was begun.
    pub(crate) const fn pairing(&self) -> &HandleKey {
        &self.pairing
    }

    /// The authenticator with this key, which takes notifications there.
    pub(crate) fn authenticator(&self, subscription: Option<PushSubscription>) -> Authenticator {
        Authenticator {
            key: self.key.to_public_value().unwrap_or_default(),
            subscription,
        }
    }
}

/// Where an authenticator takes notifications, if that is such a place. That it is not within our own
/// network is seen to when something is sent there.
pub fn subscription(
    endpoint: &str,
    key: &str,
    authentication_secret: &str,
) -> Result<PushSubscription, PairingFault> {
    let url = Url::parse(endpoint).map_err(|_| PairingFault::Subscription)?;
    // RFC 8030 §8: "All requests to a push service MUST be made over HTTPS".
    let is_address = url.scheme() == "https"
        && matches!(url.host(), Some(Host::Domain(_)))
        && url.username().is_empty()
        && url.password().is_none()
        && endpoint.len() <= MAX_ENDPOINT;
    let decoded = |text: &str| match text.len() <= MAX_KEY {
        true => strict_base64url::decode(text).unwrap_or_default(),
        false => Vec::new(),
    };
    let (point, secret) = (decoded(key), decoded(authentication_secret));
    // RFC 8291 §3.1 and §3.2: an uncompressed point on P-256, and 16 octets.
    let is_point = point.len() == 65 && point.first() == Some(&4);
    match is_address && is_point && secret.len() == 16 {
        true => Ok(PushSubscription {
            endpoint: endpoint.to_owned(),
            key: key.to_owned(),
            authentication_secret: Secret::new(authentication_secret),
        }),
        false => Err(PairingFault::Subscription),
    }
}

#[cfg(test)]
mod tests {
    use jose::Header;
    use jose::jws::{SigningKey, sign_compact};
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const ISSUER: &str = "https://id.example.com";

    fn good() -> Value {
        json!({"aud": ISSUER, "iat": NOW.seconds(), "pairing": "device.key"})
    }

    fn read(key: &SigningKey, typ: &str, claims: &Value) -> Result<PairingProof, PairingFault> {
        let jwk = Value::Object(key.jwk().to_public_value().unwrap());
        let header = Header::new().with_typ(typ).with("jwk", jwk);
        let jws = sign_compact(key, header, claims.to_string().as_bytes()).unwrap();
        PairingProof::read(&jws, ISSUER, NOW)
    }

    #[test]
    fn a_key_shows_itself_and_the_pairing_that_it_was_given() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let proof = read(&key, PAIRING_TYP, &good()).ok().unwrap();
        assert_eq!(proof.device(), "device");
        assert_eq!(*proof.pairing(), HandleKey::of("key"));
        let kept = proof.authenticator(None).key;
        assert!(!kept.contains_key("d"));
        let read_again = Jwk::from_value(Value::Object(kept)).unwrap();
        assert_eq!(read_again.thumbprint(), key.jwk().thumbprint());
    }

    #[test]
    fn anything_else_pairs_nothing() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let with = |name: &str, value: Value| {
            let mut claims = good();
            claims[name] = value;
            read(&key, PAIRING_TYP, &claims).err()
        };
        let elsewhere = Some(PairingFault::Elsewhere);
        assert_eq!(with("aud", json!("https://other.example")), elsewhere);
        assert_eq!(
            with("aud", json!([ISSUER, "https://other.example"])),
            elsewhere
        );
        assert_eq!(with("iat", json!(NOW.seconds() - 301)), elsewhere);
        assert_eq!(with("iat", json!(NOW.seconds() + 301)), elsewhere);
        assert_eq!(with("iat", Value::Null), elsewhere);
        assert_eq!(with("pairing", json!("no dot")), Some(PairingFault::Proof));
        let typ = read(&key, "dpop+jwt", &good()).err();
        assert_eq!(typ, Some(PairingFault::Proof));
        let other = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let algorithm = read(&other, PAIRING_TYP, &good()).err();
        assert_eq!(algorithm, Some(PairingFault::Proof));
        for text in ["", "a.b.c", &"x".repeat(MAX_JWS + 1)] {
            let unread = PairingProof::read(text, ISSUER, NOW).err();
            assert_eq!(unread, Some(PairingFault::Proof));
        }
    }

    #[test]
    fn rfc8030_8_a_subscription_is_at_a_push_service() {
        let point = strict_base64url::encode([[4].as_slice(), &[1; 64]].concat());
        let secret = strict_base64url::encode([7; 16]);
        let at = |endpoint: &str| subscription(endpoint, &point, &secret).is_ok();
        assert!(at("https://push.example.net/send/abc"));
        for endpoint in [
            "http://push.example.net/send/abc",
            "https://127.0.0.1/send",
            "https://[::1]/send",
            "https://user@push.example.net/",
            "nonsense",
            "",
            &format!("https://push.example.net/{}", "x".repeat(MAX_ENDPOINT)),
        ] {
            assert!(!at(endpoint), "{endpoint}");
        }
        let endpoint = "https://push.example.net/";
        for (key, secret) in [
            ("", secret.as_str()),
            ("AAAA", &secret),
            (&point, ""),
            (&point, "AAAA"),
            (&point, "not base64!"),
        ] {
            assert!(subscription(endpoint, key, secret).is_err());
        }
    }
}
