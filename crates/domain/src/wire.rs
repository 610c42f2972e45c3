//! Values in the form in which administrators write them.

/// A time as RFC 3339 text with milliseconds.
pub(crate) mod time {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::Timestamp;

    pub(crate) fn serialize<S: Serializer>(it: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(it)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A time that may be missing.
pub(crate) mod time_or_nothing {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::Timestamp;

    pub(crate) fn serialize<S: Serializer>(
        it: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match it {
            Some(time) => to.collect_str(time),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}

/// A text, where the empty one is none.
pub(crate) mod text_or_nothing {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(it: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(it.as_deref().unwrap_or_default())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<String>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        Ok(text.filter(|text| !text.is_empty()))
    }
}

/// Makes a module for an algorithm that administrators call by other names than JOSE does.
macro_rules! algorithm {
    ($(#[$doc:meta])* $module:ident, $algorithm:ident, $($name:literal => $variant:ident),+ $(,)?) => {
        $(#[$doc])*
        pub(crate) mod $module {
            use jose::jwe::$algorithm;
            use serde::{Deserialize, Deserializer, Serializer, de::Error};

            const NAMES: &[(&str, $algorithm)] = &[$(($name, $algorithm::$variant)),+];

            pub(crate) fn serialize<S: Serializer>(
                it: &Option<$algorithm>,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                let name = NAMES.iter().find(|(_, known)| Some(known) == it.as_ref());
                match name {
                    Some((name, _)) => to.serialize_some(name),
                    None => to.serialize_none(),
                }
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
                from: D,
            ) -> Result<Option<$algorithm>, D::Error> {
                let Some(text) = Option::<String>::deserialize(from)? else {
                    return Ok(None);
                };
                let known = NAMES.iter().find(|(name, _)| *name == text);
                let known = known.map(|(_, algorithm)| Some(*algorithm));
                known.ok_or_else(|| D::Error::custom("the algorithm is unknown"))
            }
        }
    };
}

algorithm! {
    /// The key management algorithms of JWE.
    key_management, KeyManagement,
    "DIR" => Dir, "A128KW" => A128Kw, "A192KW" => A192Kw, "A256KW" => A256Kw,
    "A128GCMKW" => A128GcmKw, "A192GCMKW" => A192GcmKw, "A256GCMKW" => A256GcmKw,
    "ECDH_ES" => EcdhEs, "ECDH_ES_A128KW" => EcdhEsA128Kw, "ECDH_ES_A192KW" => EcdhEsA192Kw,
    "ECDH_ES_A256KW" => EcdhEsA256Kw, "RSA_OAEP" => RsaOaep, "RSA_OAEP_256" => RsaOaep256,
}

algorithm! {
    /// The content encryption algorithms of JWE.
    content_encryption, ContentEncryption,
    "AES_128_CBC_HMAC_SHA_256" => A128CbcHs256, "AES_192_CBC_HMAC_SHA_384" => A192CbcHs384,
    "AES_256_CBC_HMAC_SHA_512" => A256CbcHs512, "AES_128_GCM" => A128Gcm,
    "AES_192_GCM" => A192Gcm, "AES_256_GCM" => A256Gcm,
}
