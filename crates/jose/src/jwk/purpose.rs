//! Whether a key may be used for a purpose: `use`, `key_ops` and `alg` (RFC 7517 §4.2 to §4.4).

use super::{About, InvalidKey, Jwk, Unfit};
use crate::names::shown;

/// What a key is about to be used for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose {
    /// The `use` that permits it.
    pub(crate) key_use: &'static str,
    /// The `key_ops`, any of which permits it; the first is named in the refusal.
    pub(crate) operations: &'static [&'static str],
}

impl Purpose {
    pub(crate) const SIGN: Self = Self {
        key_use: "sig",
        operations: &["sign"],
    };
    pub(crate) const VERIFY: Self = Self {
        key_use: "sig",
        operations: &["verify"],
    };
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
        let permitted = |ops: &Vec<String>| {
            ops.iter()
                .any(|op| purpose.operations.contains(&op.as_str()))
        };
        if key_ops.as_ref().is_some_and(|ops| !permitted(ops)) {
            let needed = purpose.operations.first().copied().unwrap_or_default();
            return Err(Unfit::Operation { needed });
        }
        if let Some(declared) = alg.as_deref().filter(|declared| *declared != wanted) {
            return Err(Unfit::Algorithm {
                declared: shown(declared),
                wanted,
            });
        }
        Ok(())
    }
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
