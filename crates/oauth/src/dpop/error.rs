//! Why a proof is not believed.

use jose::Refused;

/// Why a proof is not believed; the wire forms are in one table (`crate::ErrorResponse`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// The proof was made too long ago.
    #[error("the DPoP proof is {0} seconds old")]
    Expired(i64),
    /// The proof has no `jti`, or an empty one.
    #[error("the DPoP proof has no `jti`")]
    IdMissing,
    /// The `jti` is longer than anybody needs.
    #[error("the `jti` of the DPoP proof is too long")]
    IdTooLong,
    /// The proof was made in the future.
    #[error("the DPoP proof is made {0} seconds from now")]
    InFuture(i64),
    /// The proof is no JWT, is not signed by its own key, or lacks what every proof has.
    #[error("the DPoP proof is refused: {0}")]
    Malformed(#[from] Refused),
    /// The proof is for another method.
    #[error("the DPoP proof is for another HTTP method")]
    MethodDiffers,
    /// The proof has no nonce, but has to have one.
    #[error("the DPoP proof has no nonce")]
    NonceMissing,
    /// The nonce is none that was supplied recently.
    #[error("the nonce of the DPoP proof was not supplied recently")]
    NonceUnknown,
    /// The proof shows a private key.
    #[error("the DPoP proof shows a private key")]
    PrivateKey,
    /// The proof was used before.
    #[error("the DPoP proof was used before")]
    Replayed,
    /// More than one `DPoP` header.
    #[error("there is more than one DPoP header")]
    SeveralProofs,
    /// The proof is for another access token, or for none.
    #[error("the DPoP proof is not for this access token")]
    TokenDiffers,
    /// The proof is for another URI.
    #[error("the DPoP proof is for another URI")]
    UriDiffers,
}

impl DpopError {
    /// Whether the client is to try again with the nonce that it is supplied.
    pub const fn wants_nonce(&self) -> bool {
        matches!(self, Self::NonceMissing | Self::NonceUnknown)
    }
}
