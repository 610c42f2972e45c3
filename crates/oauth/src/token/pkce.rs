//! Proof Key for Code Exchange (RFC 7636).

use jose::{constant_time_eq, digest, strict_base64url};

use super::TokenError;
use crate::CodeChallenge;

/// Checks that whoever presents the code is who asked for it.
pub(super) fn verify(
    challenge: Option<&CodeChallenge>,
    verifier: Option<&str>,
) -> Result<(), TokenError> {
    let (challenge, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        // RFC 9700 §2.1.1: "ensure that a token request containing a code_verifier parameter is
        // accepted only if a code_challenge parameter was present in the authorization request"
        (None, Some(_)) => return Err(TokenError::VerifierUnexpected),
        (Some(_), None) => return Err(TokenError::VerifierMissing),
        (Some(challenge), Some(verifier)) => (challenge, verifier),
    };
    if !is_verifier(verifier) {
        return Err(TokenError::VerifierMalformed);
    }
    // RFC 7636 §4.6: "If the values are not equal, an error response indicating "invalid_grant" as
    // described in Section 5.2 of [RFC6749] MUST be returned."
    let (method, matches) = match challenge {
        CodeChallenge::S256(expected) => {
            let hash = strict_base64url::encode(digest::sha256(verifier.as_bytes()));
            (
                "S256",
                constant_time_eq(hash.as_bytes(), expected.as_bytes()),
            )
        }
        CodeChallenge::Plain(expected) => (
            "plain",
            constant_time_eq(verifier.as_bytes(), expected.as_bytes()),
        ),
    };
    if matches {
        Ok(())
    } else {
        Err(TokenError::VerifierDiffers(method))
    }
}

/// RFC 7636 §4.1: "code-verifier = 43*128unreserved; unreserved = ALPHA / DIGIT / "-" / "." / "_" /
/// "~""
fn is_verifier(text: &str) -> bool {
    let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn s256() -> CodeChallenge {
        CodeChallenge::S256(CHALLENGE.to_owned())
    }

    #[test]
    fn rfc7636_b_accepts_the_example() {
        assert_eq!(verify(Some(&s256()), Some(VERIFIER)), Ok(()));
        let plain = CodeChallenge::Plain(VERIFIER.to_owned());
        assert_eq!(verify(Some(&plain), Some(VERIFIER)), Ok(()));
        assert_eq!(verify(None, None), Ok(()));
    }

    #[test]
    fn rfc7636_4_6_refuses_a_wrong_verifier() {
        let other = VERIFIER.replace('d', "e");
        assert_eq!(
            verify(Some(&s256()), Some(&other)),
            Err(TokenError::VerifierDiffers("S256"))
        );
        // The challenge itself is no verifier of it.
        assert_eq!(
            verify(Some(&s256()), Some(CHALLENGE)),
            Err(TokenError::VerifierDiffers("S256"))
        );
        let plain = CodeChallenge::Plain(VERIFIER.to_owned());
        assert_eq!(
            verify(Some(&plain), Some(&other)),
            Err(TokenError::VerifierDiffers("plain"))
        );
        assert_eq!(
            verify(Some(&s256()), None),
            Err(TokenError::VerifierMissing)
        );
    }

    #[test]
    fn rfc7636_4_1_refuses_a_malformed_verifier() {
        for verifier in [
            "a",
            &"a".repeat(42),
            &"a".repeat(129),
            &"ä".repeat(30),
            &"+".repeat(43),
        ] {
            assert_eq!(
                verify(Some(&s256()), Some(verifier)),
                Err(TokenError::VerifierMalformed),
                "{verifier}"
            );
        }
    }

    #[test]
    fn rfc9700_2_1_1_refuses_a_verifier_without_a_challenge() {
        assert_eq!(
            verify(None, Some(VERIFIER)),
            Err(TokenError::VerifierUnexpected)
        );
    }

    proptest! {
        #[test]
        fn only_its_own_verifier_matches(a in "[A-Za-z0-9._~-]{43,128}", b in "[A-Za-z0-9._~-]{43,128}") {
            let challenge = strict_base64url::encode(digest::sha256(a.as_bytes()));
            let challenge = CodeChallenge::S256(challenge);
            prop_assert_eq!(verify(Some(&challenge), Some(&a)), Ok(()));
            prop_assert_eq!(verify(Some(&challenge), Some(&b)).is_ok(), a == b);
        }
    }
}
