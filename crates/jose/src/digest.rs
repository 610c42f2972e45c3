//! Digests, HMACs and comparison in constant time.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use aws_lc_rs::{constant_time, hmac};

use crate::jws::Algorithm;
use crate::strict_base64url;

/// SHA-1 of the data, for fingerprints that people compare and nothing else (FIPS 180-4).
pub fn sha1(data: &[u8]) -> [u8; 20] {
    fixed(digest(&SHA1_FOR_LEGACY_USE_ONLY, data).as_ref())
}

/// SHA-256 of the data (FIPS 180-4).
pub fn sha256(data: &[u8]) -> [u8; 32] {
    fixed(digest(&SHA256, data).as_ref())
}

/// SHA-384 of the data (FIPS 180-4).
pub fn sha384(data: &[u8]) -> [u8; 48] {
    fixed(digest(&SHA384, data).as_ref())
}

/// SHA-512 of the data (FIPS 180-4).
pub fn sha512(data: &[u8]) -> [u8; 64] {
    fixed(digest(&SHA512, data).as_ref())
}

/// HMAC-SHA-1, for one-time passwords only (RFC 4226).
pub fn hmac_sha1(key: &[u8], data: &[u8]) -> [u8; 20] {
    mac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key, data)
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    mac(hmac::HMAC_SHA256, key, data)
}

/// HMAC-SHA-512 (RFC 2104).
pub fn hmac_sha512(key: &[u8], data: &[u8]) -> [u8; 64] {
    mac(hmac::HMAC_SHA512, key, data)
}

/// `at_hash`, `c_hash` or `s_hash` of a value beside an ID token signed with `algorithm` (OpenID Connect Core §3.1.3.6, §3.3.2.11).
pub fn left_half_hash(algorithm: Algorithm, value: &str) -> String {
    use Algorithm::{
        Ed25519, EdDsa, Es256, Es384, Es512, Hs256, Hs384, Hs512, Ps256, Ps384, Ps512, Rs256,
        Rs384, Rs512,
    };
    // OpenID Connect Core §3.1.3.6: "the base64url encoding of the left-most half of the hash [...] where the hash
    // algorithm used is the hash algorithm used in the alg Header Parameter of the ID Token's JOSE Header"
    let hash = match algorithm {
        Hs256 | Rs256 | Ps256 | Es256 => sha256(value.as_bytes()).to_vec(),
        Hs384 | Rs384 | Ps384 | Es384 => sha384(value.as_bytes()).to_vec(),
        // Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
        Hs512 | Rs512 | Ps512 | Es512 | EdDsa | Ed25519 => sha512(value.as_bytes()).to_vec(),
    };
    let (left, _) = hash.split_at(hash.len() / 2);
    strict_base64url::encode(left)
}

/// Whether two byte strings are equal, in time that does not depend on where they differ (only on their lengths).
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

fn mac<const N: usize>(algorithm: hmac::Algorithm, key: &[u8], data: &[u8]) -> [u8; N] {
    fixed(hmac::sign(&hmac::Key::new(algorithm, key), data).as_ref())
}

/// A digest as an array; its length is a property of the algorithm.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn rfc4226_d_counts_the_first_hotp_value() {
        let mac = hmac_sha1(b"12345678901234567890", &0_u64.to_be_bytes());
        assert_eq!(
            HEXLOWER.encode(&mac),
            "cc93cf18508d94934c64b65d8ba7667fb7cde4b0"
        );
    }

    #[test]
    fn rfc4231_4_3_computes_the_second_case() {
        let data = b"what do ya want for nothing?";
        let mac = hmac_sha256(b"Jefe", data);
        assert_eq!(
            HEXLOWER.encode(&mac),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert!(
            HEXLOWER
                .encode(&hmac_sha512(b"Jefe", data))
                .starts_with("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd6")
        );
    }

    #[test]
    fn oidc_core_a_3_hashes_the_access_token_of_the_example() {
        // OpenID Connect Core appendix A.3: access_token and at_hash of an RS256 ID token.
        assert_eq!(
            left_half_hash(
                Algorithm::Rs256,
                "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
            ),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        assert_eq!(left_half_hash(Algorithm::Es384, "x").len(), 32);
        assert_eq!(left_half_hash(Algorithm::EdDsa, "x").len(), 43);
    }

    #[test]
    fn compares_whole_strings() {
        assert!(constant_time_eq(b"", b""));
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"ab"));
    }
}
