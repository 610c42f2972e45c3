//! Whether a key may be used for a purpose: `use`, `key_ops` and `alg` (RFC 7517 §4.2 to §4.4).

use super::{About, InvalidKey, Jwk, Unfit};
use crate::names::shown;

/// What a key is about to be used for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose {
    /// The `use` that permits it.
    key_use: &'static str,
    /// The `key_ops`, any of which permits it; the first is named in the refusal.
    operations: &'static [&'static str],
    /// Whether an empty `key_ops` permits it too.
    even_if_none: bool,
}

impl Purpose {
    pub(crate) const SIGN: Self = Self::new("sig", &["sign"]);
    pub(crate) const VERIFY: Self = Self::new("sig", &["verify"]);
    pub(crate) const ENCRYPT: Self = Self::new("enc", &["encrypt"]);
    pub(crate) const DECRYPT: Self = Self::new("enc", &["decrypt"]);
    pub(crate) const WRAP: Self = Self::new("enc", &["wrapKey", "encrypt"]);
    pub(crate) const UNWRAP: Self = Self::new("enc", &["unwrapKey", "decrypt"]);
    pub(crate) const AGREE: Self = Self::new("enc", &["deriveKey", "deriveBits"]);
    /// The other side of an agreement: Web Crypto exports public ECDH keys with an empty `key_ops`.
    pub(crate) const AGREE_WITH: Self = Self {
        even_if_none: true,
        ..Self::AGREE
    };

    const fn new(key_use: &'static str, operations: &'static [&'static str]) -> Self {
        Self {
            key_use,
            operations,
            even_if_none: false,
        }
    }

    fn is_among(self, operations: &[String]) -> bool {
        let permitted = |operation: &String| self.operations.contains(&operation.as_str());
        operations.iter().any(permitted) || (self.even_if_none && operations.is_empty())
    }
}

impl Jwk {
    /// Checks that the key permits this purpose and this algorithm.
    pub(crate) fn permits(&self, purpose: Purpose, wanted: &'static str) -> Result<(), Unfit> {
        let About {
            key_use,
            key_ops,
            alg,
            ..
        } = self.about();
        if let Some(declared) = key_use
            .as_deref()
            .filter(|declared| *declared != purpose.key_use)
        {
            return Err(Unfit::Use {
                needed: purpose.key_use,
                declared: shown(declared),
            });
        }
        if key_ops
            .as_ref()
            .is_some_and(|operations| !purpose.is_among(operations))
        {
            let needed = purpose.operations.first().copied().unwrap_or_default();
            return Err(Unfit::Operation { needed });
        }
        if let Some(declared) = alg.as_deref().filter(|it| !is_same(it, wanted)) {
            return Err(Unfit::Algorithm {
                declared: shown(declared),
                wanted,
            });
        }
        Ok(())
    }
}

/// Whether both are names of one algorithm. A key that is asked for one of the names has been found to be on the curve
/// Ed25519, where both do the same (RFC 9864 §2.2).
fn is_same(declared: &str, wanted: &str) -> bool {
    const NAMES: [&str; 2] = ["EdDSA", "Ed25519"];
    declared == wanted || (NAMES.contains(&declared) && NAMES.contains(&wanted))
}

impl About {
    /// RFC 7517 §4.3: "Duplicate key operation values MUST NOT be present in the array."; "if both are used, the
    /// information they convey MUST be consistent."
    pub(crate) fn check_operations(&self) -> Result<(), InvalidKey> {
        let operations = self.key_ops.as_deref().unwrap_or_default();
        for (index, operation) in operations.iter().enumerate() {
            if operations
                .iter()
                .take(index)
                .any(|earlier| earlier == operation)
            {
                return Err(InvalidKey::DuplicateOperation {
                    operation: shown(operation),
                });
            }
            let signs = matches!(operation.as_str(), "sign" | "verify");
            let consistent = match self.key_use.as_deref() {
                Some("sig") => signs,
                Some("enc") => !signs,
                _ => true,
            };
            if !consistent {
                return Err(InvalidKey::InconsistentUse);
            }
        }
        Ok(())
    }
}

/// The operations of the public half of a key with these operations.
pub(super) fn public_operations(operations: Vec<String>) -> Vec<String> {
    let mut public: Vec<String> = Vec::with_capacity(operations.len());
    for operation in operations {
        let counterpart = match operation.as_str() {
            "sign" => "verify",
            "decrypt" => "encrypt",
            "unwrapKey" => "wrapKey",
            _ => operation.as_str(),
        };
        if !public.iter().any(|known| known == counterpart) {
            public.push(counterpart.to_owned());
        }
    }
    public
}
