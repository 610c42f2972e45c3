mod replay;

use std::time::Duration;

use jose::Header;
use jose::jwk::Jwk;
use jose::jws::{SigningKey, sign_compact};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{Proof, nonces, public};
use super::*;
use crate::fixture::{NOW, TOKEN_ENDPOINT};

const USERINFO: &str = "https://id.example/idp/userinfo.openid";
const ACCESS_TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

impl Proof {
    fn judged(&self) -> Result<Thumbprint, DpopError> {
        judge(&self.signed(), &Situation::default()).0
    }

    fn judged_in(&self, situation: &Situation<'_>) -> Result<Thumbprint, DpopError> {
        judge(&self.signed(), situation).0
    }
}

/// A request and the settings of the server that it reaches.
struct Situation<'a> {
    settings: ServerSettings,
    request: Request<'a>,
    now: Timestamp,
}

impl Default for Situation<'_> {
    fn default() -> Self {
        Self {
            settings: ServerSettings::default(),
            request: Request {
                method: "POST",
                uris: &[TOKEN_ENDPOINT],
                access_token: None,
            },
            now: NOW,
        }
    }
}

impl Situation<'_> {
    fn resource() -> Self {
        let request = Request {
            method: "GET",
            uris: &[USERINFO],
            access_token: Some(ACCESS_TOKEN),
        };
        Self {
            request,
            ..Self::default()
        }
    }

    fn with_nonces() -> Self {
        let mut situation = Self::default();
        situation.settings.dpop_proof_require_nonce = true;
        situation
    }

    fn nonce(&self) -> String {
        nonces().current(&self.settings, self.now)
    }
}

fn judge(jwt: &str, situation: &Situation<'_>) -> (Result<Thumbprint, DpopError>, Changes) {
    let proof = match PresentedProof::of([jwt.as_bytes()]) {
        Ok(proof) => proof.unwrap(),
        Err(error) => return (Err(error), Changes::none()),
    };
    let facts = Facts {
        settings: &situation.settings,
        nonces: &nonces(),
    };
    let decision = verify(&proof, &situation.request, &facts, situation.now);
    let jkt = decision.answer.map(|proof| proof.jkt().clone());
    (jkt, decision.changes)
}

#[track_caller]
fn malformed(judged: Result<Thumbprint, DpopError>) {
    let error = judged.unwrap_err();
    assert!(matches!(error, DpopError::Malformed(_)), "{error}");
}

#[test]
fn rfc9449_4_2_believes_the_example() {
    let jwt = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let mut situation = Situation::default();
    situation.request.uris = &["https://server.example.com/token"];
    situation.now = Timestamp::from_seconds(1_562_262_616);
    let jkt = judge(jwt, &situation).0.unwrap();
    assert_eq!(jkt.as_str(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn rfc9449_7_1_believes_the_example() {
    let jwt = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
    let mut situation = Situation::resource();
    situation.request.uris = &["https://resource.example.org/protectedresource"];
    situation.now = Timestamp::from_seconds(1_562_262_618);
    assert!(judge(jwt, &situation).0.is_ok());
}

#[test]
fn rfc9449_4_3_1_takes_no_more_than_one_header() {
    let proof = Proof::new().signed();
    let headers = [proof.as_bytes(), proof.as_bytes()];
    let several = PresentedProof::of(headers).err();
    assert_eq!(several, Some(DpopError::SeveralProofs));
    assert!(PresentedProof::of([]).unwrap().is_none());
}

#[test]
fn rfc9449_4_3_2_takes_a_single_and_well_formed_jwt() {
    let proof = Proof::new().signed();
    let (signing_input, signature) = proof.rsplit_once('.').unwrap();
    for text in [
        String::new(),
        "proof".to_owned(),
        format!("{proof}, {proof}"),
        format!("{proof}={signature}"),
        format!("{proof}.{signature}"),
        format!(" {proof}"),
        signing_input.to_owned(),
        format!("a.{proof}"),
        "e30.e30.e30".to_owned(),
    ] {
        malformed(judge(&text, &Situation::default()).0);
    }
    let bytes: &[u8] = &[0xff, b'.', b'.'];
    assert!(PresentedProof::of([bytes]).is_err());
    let not_claims = sign_compact(&Proof::new().key, Header::new(), b"[]").unwrap();
    malformed(judge(&not_claims, &Situation::default()).0);
    let long = Proof::new().with("filler", "x".repeat(MAX_LENGTH));
    malformed(long.judged());
}

#[test]
fn rfc9449_4_3_3_refuses_a_proof_without_a_required_claim() {
    for name in ["htm", "htu", "iat"] {
        malformed(Proof::new().without(name).judged());
        malformed(Proof::new().with(name, json!([])).judged());
    }
    let missing = Err(DpopError::IdMissing);
    assert_eq!(Proof::new().without("jti").judged(), missing);
    assert_eq!(Proof::new().with("jti", "").judged(), missing);
    malformed(Proof::new().with("jti", 7).judged());
    // RFC 9449 §4.2: "A DPoP proof MAY contain other JOSE Header Parameters or claims".
    let more = Proof::new().with("other", true).with_header("other", 1);
    assert!(more.judged().is_ok());
}

#[test]
fn rfc9449_4_3_4_refuses_another_type() {
    for typ in ["JWT", "at+jwt", "dpop", "client-authentication+jwt", ""] {
        malformed(Proof::new().with_header("typ", typ).judged());
    }
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let mut untyped = Proof::by(&key);
    untyped.header = Header::new().with("jwk", public(&key));
    malformed(untyped.judged());
}

#[test]
fn rfc9449_4_3_5_takes_asymmetric_algorithms_alone() {
    for algorithm in ALGORITHMS {
        assert!(!algorithm.is_symmetric());
        let key = SigningKey::generate(*algorithm).unwrap();
        assert!(Proof::by(&key).judged().is_ok(), "{algorithm}");
    }
    // Unsigned.
    let none = Proof::new().signed();
    let payload = none.split('.').nth(1).unwrap();
    let header = json!({ "typ": "dpop+jwt", "alg": "none", "jwk": public(&Proof::new().key) });
    let header = strict_base64url::encode(header.to_string());
    malformed(judge(&format!("{header}.{payload}."), &Situation::default()).0);
    // The public key as the secret of a MAC.
    let ours = SigningKey::generate(Algorithm::Es256).unwrap();
    let secret = Jwk::from_secret(ours.jwk().to_public_json().unwrap().as_bytes());
    let mut confused = Proof::by(&ours);
    confused.key = SigningKey::new(&secret, Algorithm::Hs256).unwrap();
    malformed(confused.judged());
}

#[test]
fn rfc9449_4_3_6_refuses_a_signature_by_another_key() {
    let mut stolen = Proof::new();
    stolen.key = SigningKey::generate(Algorithm::Es256).unwrap();
    malformed(stolen.judged());
    let whole = Proof::new().signed();
    let (signed, signature) = whole.rsplit_once('.').unwrap();
    let other = Proof::new().with("jti", "another").signed();
    let (_, other) = other.rsplit_once('.').unwrap();
    assert_ne!(signature, other);
    malformed(judge(&format!("{signed}.{other}"), &Situation::default()).0);
    malformed(judge(&format!("{signed}."), &Situation::default()).0);
    // Without a key there is nothing to verify with.
    let mut keyless = Proof::new();
    keyless.header = Header::new().with_typ("dpop+jwt");
    malformed(keyless.judged());
}

#[test]
fn rfc9449_4_3_7_refuses_a_private_key() {
    for algorithm in [Algorithm::Es256, Algorithm::Ps256, Algorithm::EdDsa] {
        let key = SigningKey::generate(algorithm).unwrap();
        let jwk: Value = serde_json::from_str(&key.jwk().to_private_json()).unwrap();
        let proof = Proof::by(&key).with_header("jwk", jwk);
        assert_eq!(proof.judged(), Err(DpopError::PrivateKey), "{algorithm}");
    }
    // Nor any part of one, from which the rest could be had.
    for part in PRIVATE {
        let proof = Proof::new();
        let mut jwk = public(&proof.key);
        jwk[part] = "AQAB".into();
        let judged = proof.with_header("jwk", jwk).judged();
        assert_eq!(judged, Err(DpopError::PrivateKey), "{part}");
    }
}

#[test]
fn rfc9449_4_3_8_refuses_another_method() {
    for method in ["GET", "post", "PUT", ""] {
        let judged = Proof::new().with("htm", method).judged();
        assert_eq!(judged, Err(DpopError::MethodDiffers), "{method}");
    }
}

#[test]
fn rfc9449_4_3_9_refuses_another_uri() {
    for uri in [
        USERINFO,
        "https://evil.example/as/token.oauth2",
        "http://id.example/as/token.oauth2",
        "https://id.example/",
        "/as/token.oauth2",
        "",
    ] {
        let judged = Proof::new().with("htu", uri).judged();
        assert_eq!(judged, Err(DpopError::UriDiffers), "{uri}");
    }
    let spelled = "HTTPS://id.example:443/as/./token.oauth2?a=b#c";
    assert!(Proof::new().with("htu", spelled).judged().is_ok());
    // An endpoint may have more than one address.
    let mut situation = Situation::default();
    situation.request.uris = &[USERINFO, TOKEN_ENDPOINT];
    assert!(Proof::new().judged_in(&situation).is_ok());
    situation.request.uris = &[];
    let judged = Proof::new().judged_in(&situation);
    assert_eq!(judged, Err(DpopError::UriDiffers));
}

#[test]
fn rfc9449_4_3_10_the_nonce_is_one_that_was_supplied() {
    let situation = Situation::with_nonces();
    let judged = |proof: Proof| proof.judged_in(&situation);
    let missing = judged(Proof::new());
    assert_eq!(missing, Err(DpopError::NonceMissing));
    for nonce in ["", "x", &"A".repeat(22)] {
        let unknown = judged(Proof::new().with("nonce", nonce));
        assert_eq!(unknown, Err(DpopError::NonceUnknown), "{nonce}");
        // Also where none is needed.
        let unknown = Proof::new().with("nonce", nonce).judged();
        assert_eq!(unknown, Err(DpopError::NonceUnknown), "{nonce}");
    }
    malformed(judged(Proof::new().with("nonce", 7)));
    assert!(judged(Proof::new().with("nonce", situation.nonce())).is_ok());
    for error in [DpopError::NonceMissing, DpopError::NonceUnknown] {
        assert!(error.wants_nonce());
    }
    assert!(!DpopError::Replayed.wants_nonce());
}

#[test]
fn rfc9449_8_2_a_nonce_is_good_until_it_is_too_old() {
    let mut situation = Situation::with_nonces();
    let proof = Proof::new().with("nonce", situation.nonce());
    situation.now = NOW + Duration::from_secs(59);
    assert!(proof.judged_in(&situation).is_ok());
    situation.now = NOW + Duration::from_secs(121);
    let judged = proof.judged_in(&situation);
    assert_eq!(judged, Err(DpopError::NonceUnknown));
}

#[test]
fn rfc9449_4_3_11_refuses_what_was_made_too_long_ago_or_in_the_future() {
    let made = |seconds: i64| Proof::new().with("iat", NOW.seconds() + seconds).judged();
    assert!(made(0).is_ok() && made(-120).is_ok() && made(60).is_ok());
    assert_eq!(made(-121), Err(DpopError::Expired(121)));
    assert_eq!(made(61), Err(DpopError::InFuture(61)));
    assert_eq!(made(3600), Err(DpopError::InFuture(3600)));
    let mut situation = Situation::default();
    situation.settings.dpop_proof_lifetime_seconds = 10;
    let judged = |seconds| {
        let proof = Proof::new().with("iat", NOW.seconds() - seconds);
        proof.judged_in(&situation)
    };
    assert!(judged(10).is_ok());
    assert_eq!(judged(11), Err(DpopError::Expired(11)));
}

#[test]
fn rfc9449_11_1_a_nonce_tells_the_age_of_a_client_whose_clock_is_wrong() {
    for situation in [Situation::with_nonces(), Situation::default()] {
        for iat in [NOW.seconds() - 3600, NOW.seconds() + 3600] {
            let proof = Proof::new().with("iat", iat);
            let proof = proof.with("nonce", situation.nonce());
            assert!(proof.judged_in(&situation).is_ok());
        }
    }
}

#[test]
fn rfc9449_4_3_12_refuses_a_proof_for_another_access_token() {
    let situation = Situation::resource();
    let proof = || Proof::new().with("htm", "GET").with("htu", USERINFO);
    let hash = |token: &str| strict_base64url::encode(digest::sha256(token.as_bytes()));
    assert_eq!(
        hash(ACCESS_TOKEN),
        "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    );
    let good = proof().with("ath", hash(ACCESS_TOKEN));
    assert!(good.judged_in(&situation).is_ok());
    let differs = Err(DpopError::TokenDiffers);
    assert_eq!(proof().judged_in(&situation), differs);
    for ath in [hash("another"), String::new(), ACCESS_TOKEN.to_owned()] {
        assert_eq!(proof().with("ath", ath).judged_in(&situation), differs);
    }
    malformed(proof().with("ath", 7).judged_in(&situation));
}

#[test]
fn rfc9449_11_1_refuses_an_unnecessarily_large_id() {
    let id = |length| Proof::new().with("jti", "x".repeat(length)).judged();
    assert!(id(MAX_ID).is_ok());
    assert_eq!(id(MAX_ID + 1), Err(DpopError::IdTooLong));
}

#[test]
fn rfc9449_8_2_a_new_nonce_is_supplied_when_one_is_due() {
    let due = |proof: Option<Proof>, situation: &Situation<'_>| {
        let text = proof.map(|proof| proof.signed());
        let proof = text
            .as_ref()
            .map(|text| PresentedProof::of([text.as_bytes()]));
        let proof = proof.map(|proof| proof.unwrap().unwrap());
        let facts = Facts {
            settings: &situation.settings,
            nonces: &nonces(),
        };
        due_nonce(proof.as_ref(), &facts, situation.now)
    };
    let mut situation = Situation::with_nonces();
    let first = situation.nonce();
    let with_first = || Some(Proof::new().with("nonce", first.clone()));
    let supplied = Some(first.clone());
    assert_eq!(due(None, &situation), supplied);
    assert_eq!(due(Some(Proof::new()), &situation), supplied);
    assert_eq!(due(with_first(), &situation), None, "it has it");
    situation.now = NOW + Duration::from_mins(1);
    let second = situation.nonce();
    assert_ne!(second, first);
    assert_eq!(due(with_first(), &situation), Some(second.clone()));
    // Who has one, because they were needed until now, is kept from presenting an old one.
    situation.settings.dpop_proof_require_nonce = false;
    assert_eq!(due(with_first(), &situation), Some(second));
    assert_eq!(due(Some(Proof::new()), &situation), None);
    assert_eq!(due(None, &situation), None);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}|[A-Za-z0-9_.-]{0,80}") {
        prop_assert!(judge(&text, &Situation::default()).0.is_err());
    }

    #[test]
    fn no_claims_make_it_panic(
        name in "jti|htm|htu|iat|nonce|ath",
        text in "\\PC{0,20}",
        number in any::<f64>(),
    ) {
        for value in [json!(text), json!(number), json!([text])] {
            let _ = Proof::new().with(&name, value).judged_in(&Situation::resource());
        }
    }
}
