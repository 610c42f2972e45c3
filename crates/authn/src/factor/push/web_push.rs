//! Web Push: what a notification is sent as, so that only the browser can read it (RFC 8291), and who
//! says to the push service that they send it (RFC 8292).

use std::time::Duration;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use domain::port::Random;
use domain::{Secret, Timestamp};
use jose::digest::hmac_sha256;
use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use jose::{Header, strict_base64url};
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

/// The most bytes of a notification (RFC 8291 §4).
pub const MAX_PAYLOAD: usize = 3993;

/// The size of the one record (RFC 8188 §2.1); RFC 8291 §4 wants it larger than what is in it.
const RECORD_SIZE: u32 = 4096;

/// How long a push service may take us for who we are. RFC 8292 §2: "MUST NOT be more than 24 hours".
const TOKEN_LIFETIME: Duration = Duration::from_hours(12);

/// Why a notification cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushFault {
    /// It is longer than push services take.
    #[error("a notification has at most {MAX_PAYLOAD} bytes")]
    TooLong,
    /// The keys of the subscription are none.
    #[error("the keys of the subscription cannot be used")]
    Subscription,
    /// The key by which the server is known cannot be used.
    #[error("the key of the application server cannot be used")]
    Key,
    /// The endpoint of the subscription is not a URL with a host.
    #[error("the endpoint is not a URL with a host")]
    Endpoint,
    /// The cryptographic library failed.
    #[error("the notification cannot be encrypted")]
    Library,
}

/// For whom a notification is encrypted: what a browser tells of its subscription (Push API, `getKey`).
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// Its public key (`p256dh`), base64url.
    pub key: &'a str,
    /// Its authentication secret (`auth`), base64url.
    pub authentication_secret: &'a Secret,
}

/// Encrypts a notification: a body of the content coding `aes128gcm` (RFC 8188).
pub fn encrypt(
    payload: &[u8],
    recipient: Recipient<'_>,
    random: &dyn Random,
) -> Result<Vec<u8>, PushFault> {
    // RFC 8291 §3.1: "For each message [...] the application server generates a new ECDH key pair."
    let mut scalar = Zeroizing::new([0; 32]);
    let ephemeral = loop {
        random.fill(&mut *scalar);
        // A number that is not on the curve comes up once in 2^32 times.
        if let Ok(key) = PrivateKey::from_private_key(&ECDH_P256, &*scalar) {
            break key;
        }
    };
    let mut salt = [0; 16];
    random.fill(&mut salt);
    encrypt_with(payload, recipient, &ephemeral, salt)
}

fn encrypt_with(
    payload: &[u8],
    recipient: Recipient<'_>,
    ephemeral: &PrivateKey,
    salt: [u8; 16],
) -> Result<Vec<u8>, PushFault> {
    if payload.len() > MAX_PAYLOAD {
        return Err(PushFault::TooLong);
    }
    let theirs = strict_base64url::decode(recipient.key).map_err(|_| PushFault::Subscription)?;
    let secret = strict_base64url::decode(recipient.authentication_secret.expose());
    let secret = Zeroizing::new(secret.map_err(|_| PushFault::Subscription)?);
    // RFC 8291 §3.2: "a 16-octet sequence".
    if secret.len() != 16 {
        return Err(PushFault::Subscription);
    }
    let ours = ephemeral
        .compute_public_key()
        .map_err(|_| PushFault::Library)?;
    let key = input_key(ephemeral, (&theirs, ours.as_ref()), &secret)?;
    // RFC 8291 §3.4: the key and the nonce of RFC 8188 §2.2 and §2.3.
    let pseudorandom = Zeroizing::new(hmac_sha256(&salt, &*key));
    let content_key = expanded(&*pseudorandom, &[b"Content-Encoding: aes128gcm\0"]);
    let nonce = expanded(&*pseudorandom, &[b"Content-Encoding: nonce\0"]);
    // RFC 8291 §4: "a single record"; RFC 8188 §2: the delimiter of the last one is 2.
    let mut record = [payload, &[2]].concat();
    seal(&content_key, &nonce, &mut record)?;
    // RFC 8188 §2.1: salt, record size, and the key id, which RFC 8291 §4 makes our public key.
    let length = u8::try_from(ours.as_ref().len()).map_err(|_| PushFault::Library)?;
    let header = [
        &salt[..],
        &RECORD_SIZE.to_be_bytes(),
        &[length],
        ours.as_ref(),
    ];
    Ok([&header.concat()[..], &record].concat())
}

/// RFC 8291 §3.3: what both compute, bound to the authentication secret and both public keys.
fn input_key(
    ephemeral: &PrivateKey,
    (theirs, ours): (&[u8], &[u8]),
    authentication_secret: &[u8],
) -> Result<Zeroizing<[u8; 32]>, PushFault> {
    let theirs_unparsed = UnparsedPublicKey::new(&ECDH_P256, theirs);
    agree(
        ephemeral,
        theirs_unparsed,
        PushFault::Subscription,
        |shared| {
            let combined = Zeroizing::new(hmac_sha256(authentication_secret, shared));
            Ok(expanded(&*combined, &[b"WebPush: info\0", theirs, ours]))
        },
    )
}

/// The first and only block of HKDF-Expand (RFC 5869 §2.3).
fn expanded(key: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(hmac_sha256(key, &[&info.concat()[..], &[1]].concat()))
}

fn seal(key: &[u8; 32], nonce: &[u8; 32], record: &mut Vec<u8>) -> Result<(), PushFault> {
    let key = key.first_chunk::<16>().ok_or(PushFault::Library)?;
    let nonce = nonce.first_chunk::<12>().ok_or(PushFault::Library)?;
    let key = UnboundKey::new(&AES_128_GCM, key).map_err(|_| PushFault::Library)?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, Aad::empty(), record)
        .map_err(|_| PushFault::Library)
}

/// Who sends notifications, as push services know them (RFC 8292).
#[derive(Clone)]
pub struct ApplicationServer {
    key: SigningKey,
    public_key: String,
    subject: String,
}

impl ApplicationServer {
    /// The one with this private key on P-256, whom push services may ask at `subject`.
    pub fn new(key: &Jwk, subject: &str) -> Result<Self, PushFault> {
        let signing = SigningKey::new(key, Algorithm::Es256).map_err(|_| PushFault::Key)?;
        let public = key.to_public_value().ok_or(PushFault::Key)?;
        let coordinate = |name: &str| {
            let text = public.get(name)?.as_str()?;
            strict_base64url::decode(text).ok()
        };
        let point = coordinate("x").zip(coordinate("y"));
        let (x, y) = point.ok_or(PushFault::Key)?;
        Ok(Self {
            key: signing,
            public_key: strict_base64url::encode([&[4][..], &x, &y].concat()),
            subject: subject.to_owned(),
        })
    }

    /// Its public key, base64url: what a browser is given when it subscribes (`applicationServerKey`).
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// The value of the header `Authorization` of a request to a push service.
    pub fn authorization(&self, endpoint: &Url, now: Timestamp) -> Result<String, PushFault> {
        if !endpoint.has_host() {
            return Err(PushFault::Endpoint);
        }
        // RFC 8292 §2: "An "aud" (Audience) claim in the token MUST include the Unicode serialization
        // of the origin of the push resource URL."
        let claims = json!({
            "aud": endpoint.origin().unicode_serialization(),
            "exp": (now + TOKEN_LIFETIME).seconds(),
            "sub": self.subject,
        });
        let header = Header::new().with_typ("JWT");
        let token = sign_compact(&self.key, header, claims.to_string().as_bytes());
        let token = token.map_err(|_| PushFault::Library)?;
        Ok(format!("vapid t={token}, k={}", self.public_key))
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;
    use jose::jws::{Policy, Typ, VerifyingKeys, verify_compact};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_453_500_000);

    /// RFC 8291 Appendix A.
    const PLAINTEXT: &[u8] = b"When I grow up, I want to be a watermelon";
    const THEIR_KEY: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const THEIR_PRIVATE_KEY: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
    const AUTHENTICATION_SECRET: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const OUR_PRIVATE_KEY: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";

    fn private(text: &str) -> PrivateKey {
        let scalar = strict_base64url::decode(text).unwrap();
        PrivateKey::from_private_key(&ECDH_P256, &scalar).unwrap()
    }

    fn encrypted_with(key: &str, secret: &str) -> Result<Vec<u8>, PushFault> {
        let secret = Secret::new(secret);
        let recipient = Recipient {
            key,
            authentication_secret: &secret,
        };
        let salt = strict_base64url::decode(SALT).unwrap();
        let salt = salt.try_into().unwrap();
        encrypt_with(PLAINTEXT, recipient, &private(OUR_PRIVATE_KEY), salt)
    }

    #[test]
    fn rfc8291_5_the_example_comes_out() {
        let body = encrypted_with(THEIR_KEY, AUTHENTICATION_SECRET).unwrap();
        assert_eq!(
            strict_base64url::encode(body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
             mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
             pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn rfc8291_3_keys_that_are_none_are_refused() {
        let refused = Err(PushFault::Subscription);
        assert_eq!(encrypted_with(THEIR_KEY, "c2hvcnQ"), refused);
        assert_eq!(encrypted_with(THEIR_KEY, "no base64!"), refused);
        assert_eq!(encrypted_with("AAAA", AUTHENTICATION_SECRET), refused);
        // A point that is not on the curve.
        let off = THEIR_KEY.replace("iw4", "iw8");
        assert_eq!(encrypted_with(&off, AUTHENTICATION_SECRET), refused);
    }

    /// What a browser does with it (RFC 8291 §3.4).
    fn decrypted(body: &[u8], secret: &[u8]) -> Vec<u8> {
        let (salt, rest) = body.split_at(16);
        let (size, rest) = rest.split_at(4);
        assert_eq!(size, [0, 0, 16, 0]);
        let (length, rest) = rest.split_at(1);
        let (sender, record) = rest.split_at(length[0].into());
        let theirs = strict_base64url::decode(THEIR_KEY).unwrap();
        let key = agree(
            &private(THEIR_PRIVATE_KEY),
            UnparsedPublicKey::new(&ECDH_P256, sender),
            PushFault::Library,
            |shared| {
                let combined = hmac_sha256(secret, shared);
                let info = [b"WebPush: info\0", &theirs[..], sender];
                Ok(expanded(&combined, &info))
            },
        );
        let pseudorandom = hmac_sha256(salt, &*key.unwrap());
        let key = expanded(&pseudorandom, &[b"Content-Encoding: aes128gcm\0"]);
        let nonce = expanded(&pseudorandom, &[b"Content-Encoding: nonce\0"]);
        let key = UnboundKey::new(&AES_128_GCM, &key[..16]).unwrap();
        let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
        let mut record = record.to_vec();
        let opened = LessSafeKey::new(key).open_in_place(nonce, Aad::empty(), &mut record);
        let (end, payload) = opened.unwrap().split_last().unwrap();
        assert_eq!(*end, 2);
        payload.to_vec()
    }

    #[test]
    fn rfc8291_3_1_each_notification_has_a_key_of_its_own_and_is_read_by_the_browser() {
        let secret = Secret::new(AUTHENTICATION_SECRET);
        let recipient = Recipient {
            key: THEIR_KEY,
            authentication_secret: &secret,
        };
        let random = CountingRandom::default();
        let longest = vec![b'x'; MAX_PAYLOAD];
        let first = encrypt(&longest, recipient, &random).unwrap();
        let second = encrypt(&longest, recipient, &random).unwrap();
        assert_ne!(first[21..86], second[21..86]);
        assert_eq!(first.len(), 4096);
        let secret = strict_base64url::decode(AUTHENTICATION_SECRET).unwrap();
        for body in [first, second] {
            assert_eq!(decrypted(&body, &secret), longest);
        }
        let too_long = vec![b'x'; MAX_PAYLOAD + 1];
        let refused = encrypt(&too_long, recipient, &random);
        assert_eq!(refused, Err(PushFault::TooLong));
    }

    /// The public key of the example of RFC 8292 §2.4, as a JWK.
    fn example_key() -> Jwk {
        let point = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
        let point = strict_base64url::decode(point).unwrap();
        let coordinate = |at: std::ops::Range<usize>| strict_base64url::encode(&point[at]);
        Jwk::from_value(json!({
            "kty": "EC", "crv": "P-256", "x": coordinate(1..33), "y": coordinate(33..65),
        }))
        .unwrap()
    }

    fn claims(token: &str, key: &Jwk) -> serde_json::Value {
        let policy = Policy::new(&[Algorithm::Es256]).with_typ(Typ::Required("JWT"));
        let verified = verify_compact(token, &VerifyingKeys::from(key), &policy).unwrap();
        serde_json::from_slice(verified.payload()).unwrap()
    }

    #[test]
    fn rfc8292_2_4_the_example_is_what_we_would_send() {
        let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA";
        let example = claims(token, &example_key());
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let server = ApplicationServer::new(key.jwk(), "mailto:push@example.com").unwrap();
        let endpoint =
            Url::parse("https://push.example.net/p/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV").unwrap();
        let header = server.authorization(&endpoint, NOW).unwrap();
        let (ours, public) = header
            .strip_prefix("vapid t=")
            .and_then(|it| it.split_once(", k="))
            .unwrap();
        let mut ours = claims(ours, &key.jwk().public().unwrap());
        assert_eq!(ours["exp"], NOW.seconds() + 12 * 60 * 60);
        ours["exp"] = example["exp"].clone();
        assert_eq!(ours, example);
        assert_eq!(public, server.public_key());
        assert_eq!(strict_base64url::decode(public).unwrap().len(), 65);
    }
}
