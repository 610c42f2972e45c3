//! Why a token is refused: one variant for each deed, one sentence for each variant.

use crate::json::InvalidJson;
use crate::jwk::{InvalidKey, Unfit};
use crate::jwt::ClaimRefused;

/// Why a JWS, JWE or JWT is refused; the sentence is fit to show to an integrator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The header names an algorithm that the caller does not accept here.
    #[error("the algorithm `{name}` is not accepted here; accepted: {accepted}")]
    AlgorithmNotAllowed {
        /// The algorithm in the header.
        name: &'static str,
        /// The accepted algorithms, separated by commas.
        accepted: String,
    },
    /// A claim is missing, malformed or has an unacceptable value.
    #[error(transparent)]
    Claim(#[from] ClaimRefused),
    /// The header asks for compression (`zip`), which this crate never does.
    #[error("the header asks for compression (`zip`), which is not supported")]
    Compressed,
    /// The header names a content encryption that the caller does not accept here.
    #[error("the content encryption `{name}` is not accepted here; accepted: {accepted}")]
    ContentEncryptionNotAllowed {
        /// The content encryption in the header.
        name: &'static str,
        /// The accepted content encryptions, separated by commas.
        accepted: String,
    },
    /// The `crit` header member breaks its own rules.
    #[error("the header member `crit` {fault}")]
    CriticalMalformed {
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The token cannot be decrypted with any key that fits: wrong key, or the token was altered.
    #[error("the token cannot be decrypted: it was made for another key, or was altered")]
    DecryptionFailed,
    /// The header carries no key although the verification wants the one in the header.
    #[error("the header has no `jwk`")]
    EmbeddedKeyMissing,
    /// The algorithm has no encrypted key, but the token has one.
    #[error(
        "the algorithm `{name}` has no encrypted key, but the second part of the token is not empty"
    )]
    EncryptedKeyPresent {
        /// The algorithm in the header.
        name: &'static str,
    },
    /// A header member is of the wrong form.
    #[error("the header member `{name}` must be {expected}")]
    HeaderMember {
        /// The member.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A key in the header is not acceptable.
    #[error("the header member `{name}` is not an acceptable key: {cause}")]
    HeaderKey {
        /// The member.
        name: &'static str,
        /// Why not.
        cause: InvalidKey,
    },
    /// The header carries a private or symmetric key.
    #[error("the header member `{name}` is not a public key")]
    HeaderKeyNotPublic {
        /// The member.
        name: &'static str,
    },
    /// A required header member is missing.
    #[error("the header has no `{name}`")]
    HeaderMemberMissing {
        /// The member.
        name: &'static str,
    },
    /// A part of the token is not the JSON that it must be.
    #[error("the {part} {cause}")]
    Json {
        /// The part of the token.
        part: &'static str,
        /// What is wrong with it.
        cause: InvalidJson,
    },
    /// Keys were found, but none may be used for this token.
    #[error("the key may not be used for this token: {0}")]
    KeyUnfit(#[from] Unfit),
    /// The header names a key that is not known.
    #[error("no key with the id `{kid}` is known")]
    NoKeyWithId {
        /// The key id in the header, shortened.
        kid: String,
    },
    /// No key fits the algorithm of the header.
    #[error("no known key fits the algorithm `{name}`")]
    NoSuitableKey {
        /// The algorithm in the header.
        name: &'static str,
    },
    /// A part of the token is not canonical base64url.
    #[error(
        "the {part} is not base64url without padding, without whitespace and with zero trailing bits"
    )]
    NotBase64Url {
        /// The part of the token.
        part: &'static str,
    },
    /// An encrypted token does not say that it holds a signed token.
    #[error("the encrypted token does not have the content type (`cty`) `JWT`")]
    NotNested,
    /// A token that was to be unsigned names an algorithm or has a signature.
    #[error("the token is not an unsigned token: `alg` must be `none` and the signature empty")]
    NotUnsigned,
    /// The token has the wrong number of parts.
    #[error("the token has {actual} parts separated by dots, expected {expected}")]
    PartCount {
        /// How many parts this kind of token has.
        expected: usize,
        /// How many parts the token has.
        actual: usize,
    },
    /// A part of the token has the wrong length.
    #[error("the {part} has {actual} bytes, expected {expected}")]
    PartLength {
        /// The part of the token.
        part: &'static str,
        /// The length that it must have, in bytes.
        expected: usize,
        /// The length that it has, in bytes.
        actual: usize,
    },
    /// No key that fits made this signature: wrong key, or the token was altered.
    #[error("the signature is not valid: it was made with another key, or the token was altered")]
    SignatureInvalid,
    /// The token is longer than the caller reads.
    #[error("the token is {actual} bytes long, at most {limit} are read")]
    TooLong {
        /// The longest token that is read, in bytes.
        limit: usize,
        /// Its length in bytes.
        actual: usize,
    },
    /// The header names no key and more keys fit than are tried.
    #[error("the header names no key (`kid`) and more than {limit} keys fit")]
    TooManyCandidateKeys {
        /// How many keys are tried.
        limit: usize,
    },
    /// The token type is not the one that belongs here.
    #[error("the token has the type (`typ`) {actual}, expected {expected}")]
    TypeMismatch {
        /// The accepted types.
        expected: String,
        /// The type in the header.
        actual: String,
    },
    /// The payload is sent without base64url (`b64`), which this crate never accepts.
    #[error("the header has `b64`: unencoded payloads are not supported")]
    UnencodedPayload,
    /// The header demands an extension that this crate does not know.
    #[error("the header declares `{name}` critical (`crit`), which is not understood here")]
    UnknownCritical {
        /// The extension, shortened.
        name: String,
    },
    /// The token is not signed (`alg` is `none`).
    #[error("the token is not signed (`alg` is `none`)")]
    Unsigned,
    /// The header names an algorithm that is not supported at all.
    #[error("the algorithm `{name}` is not supported")]
    UnsupportedAlgorithm {
        /// The algorithm in the header, shortened.
        name: String,
    },
    /// The header names a content encryption that is not supported at all.
    #[error("the content encryption `{name}` is not supported")]
    UnsupportedContentEncryption {
        /// The content encryption in the header, shortened.
        name: String,
    },
}
