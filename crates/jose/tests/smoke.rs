//! Every signature algorithm signs and verifies.
use countersign_jose::jwk::Jwk;
use countersign_jose::jws::{
    Algorithm, Policy, SigningKey, VerifyingKeys, sign_compact, verify_compact,
};
use countersign_jose::{Header, Refused};

fn key(algorithm: Algorithm) -> SigningKey {
    if algorithm.is_symmetric() {
        SigningKey::new(&Jwk::from_secret(&[7; 64]), algorithm).unwrap()
    } else {
        SigningKey::generate(algorithm).unwrap()
    }
}

#[test]
fn every_algorithm_signs_and_verifies_and_survives_export() {
    for algorithm in Algorithm::ALL {
        let key = key(*algorithm);
        let text = key.jwk().to_private_json();
        let key = SigningKey::new(&Jwk::parse(text.as_bytes()).unwrap(), *algorithm).unwrap();
        let token = sign_compact(&key, Header::new().with_typ("JWT"), b"{\"a\":1}").unwrap();
        let keys = VerifyingKeys::from(key.jwk());
        let verified = verify_compact(&token, &keys, &Policy::new(&[*algorithm])).unwrap();
        assert_eq!(verified.payload(), b"{\"a\":1}");
        let other: Vec<_> = Algorithm::ALL
            .iter()
            .copied()
            .filter(|it| it != algorithm)
            .collect();
        let refused = verify_compact(&token, &keys, &Policy::new(&other)).unwrap_err();
        assert!(matches!(refused, Refused::AlgorithmNotAllowed { .. }));
    }
}
