//! Why a key is refused.

use crate::json::InvalidJson;
use crate::jwk::{Curve, KeyType};

/// Why a JWK or a JWK set is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// A certificate in `x5c` is not standard base64 of a DER sequence.
    #[error("`x5c` has a certificate that is not standard base64 of DER")]
    CertificateEncoding,
    /// The first certificate in `x5c` is of another key.
    #[error("the first certificate in `x5c` does not hold this key")]
    CertificateOfAnotherKey,
    /// `x5t#S256` is not the thumbprint of the first certificate in `x5c`.
    #[error("`x5t#S256` is not the SHA-256 thumbprint of the first certificate in `x5c`")]
    CertificateThumbprintMismatch,
    /// The curve does not belong to the key type.
    #[error("the curve `{curve}` does not belong to the key type `{kty}`")]
    CurveMismatch {
        /// The curve.
        curve: Curve,
        /// The key type.
        kty: KeyType,
    },
    /// `key_ops` names an operation twice.
    #[error("`key_ops` names `{operation}` twice")]
    DuplicateOperation {
        /// The operation, shortened.
        operation: String,
    },
    /// The underlying library could not make a key.
    #[error("the key could not be generated")]
    GenerationFailed,
    /// `use` and `key_ops` contradict each other.
    #[error("`use` and `key_ops` contradict each other")]
    InconsistentUse,
    /// The text is not the JSON that it must be.
    #[error("the key {0}")]
    Json(#[from] InvalidJson),
    /// A member has the wrong length.
    #[error("the member `{name}` has {actual} bytes, expected {expected}")]
    Length {
        /// The member.
        name: &'static str,
        /// The length that it must have, in bytes.
        expected: usize,
        /// The length that it has, in bytes.
        actual: usize,
    },
    /// A member is missing.
    #[error("the key has no `{name}`")]
    Missing {
        /// The member.
        name: &'static str,
    },
    /// RSA keys of more than two primes are not supported.
    #[error("RSA keys with more than two primes (`oth`) are not supported")]
    MultiPrime,
    /// A number has leading zero bytes.
    #[error("the member `{name}` is a number with leading zero bytes")]
    NotMinimal {
        /// The member.
        name: &'static str,
    },
    /// A member is not canonical base64url.
    #[error(
        "the member `{name}` is not base64url without padding, without whitespace and with zero trailing bits"
    )]
    NotBase64Url {
        /// The member.
        name: &'static str,
    },
    /// The private and the public part do not belong together.
    #[error("the private and the public part of the key do not belong together")]
    PairMismatch,
    /// The public point is not on its curve.
    #[error("the public point is not on the curve `{curve}`")]
    PointNotOnCurve {
        /// The curve.
        curve: Curve,
    },
    /// The RSA public exponent is even or not above 65536 (FIPS 186-5 §5.4), or longer than 33 bits.
    #[error("the RSA exponent `e` must be odd, above 65536 and at most 33 bits long")]
    RsaExponent,
    /// The RSA modulus is even.
    #[error("the RSA modulus `n` is even")]
    RsaModulusEven,
    /// The RSA modulus is too short or too long.
    #[error("the RSA modulus has {actual} bits, expected 2048 to 8192")]
    RsaSize {
        /// The length of the modulus in bits.
        actual: usize,
    },
    /// The text is longer than is read.
    #[error("the key text is {actual} bytes long, at most {limit} are read")]
    TooLong {
        /// The longest text that is read, in bytes.
        limit: usize,
        /// Its length in bytes.
        actual: usize,
    },
    /// The set has more keys than are read.
    #[error("the key set has {actual} keys, at most {limit} are read")]
    TooManyKeys {
        /// The most keys that are read.
        limit: usize,
        /// How many it has.
        actual: usize,
    },
    /// The curve is not supported.
    #[error("the curve `{name}` is not supported")]
    UnsupportedCurve {
        /// The curve, shortened.
        name: String,
    },
    /// The key type is not supported.
    #[error("the key type `{name}` is not supported")]
    UnsupportedKeyType {
        /// The key type, shortened.
        name: String,
    },
    /// A member is of the wrong form.
    #[error("the member `{name}` must be {expected}")]
    WrongForm {
        /// The member.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

/// Why a sound key may not be used for an algorithm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// The key says that it is for another algorithm.
    #[error("the key is for the algorithm `{declared}` only, not `{wanted}`")]
    Algorithm {
        /// The algorithm in the key's `alg`, shortened.
        declared: String,
        /// The algorithm that was asked for.
        wanted: &'static str,
    },
    /// The key is on another curve.
    #[error("the algorithm `{wanted}` cannot use a key on the curve `{curve}`")]
    Curve {
        /// The key's curve.
        curve: Curve,
        /// The algorithm that was asked for.
        wanted: &'static str,
    },
    /// The HMAC key is shorter than the hash.
    #[error(
        "the algorithm `{wanted}` needs a key of at least {needed} bytes, this one has {actual}"
    )]
    HmacKeyTooShort {
        /// The shortest key in bytes.
        needed: usize,
        /// The key's length in bytes.
        actual: usize,
        /// The algorithm that was asked for.
        wanted: &'static str,
    },
    /// The key is of another type.
    #[error("the algorithm `{wanted}` cannot use a key of the type `{kty}`")]
    KeyType {
        /// The key's type.
        kty: KeyType,
        /// The algorithm that was asked for.
        wanted: &'static str,
    },
    /// The private half is needed, but only the public half is there.
    #[error("the private half of the key is missing")]
    NotPrivate,
    /// The key's `key_ops` do not permit this.
    #[error("the key's `key_ops` do not permit `{needed}`")]
    Operation {
        /// The operation that must be permitted.
        needed: &'static str,
    },
    /// The cryptographic library does not accept the key.
    #[error("the cryptographic library does not accept the key")]
    Rejected,
    /// The symmetric key has the wrong length.
    #[error("the algorithm `{wanted}` needs a key of {needed} bytes, this one has {actual}")]
    SymmetricLength {
        /// The exact length in bytes.
        needed: usize,
        /// The key's length in bytes.
        actual: usize,
        /// The algorithm that was asked for.
        wanted: &'static str,
    },
    /// The key's `use` does not permit this.
    #[error("the key's `use` is `{declared}`, needed is `{needed}`")]
    Use {
        /// The use that must be permitted.
        needed: &'static str,
        /// The key's use, shortened.
        declared: String,
    },
}
