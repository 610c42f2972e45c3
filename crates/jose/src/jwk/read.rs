//! JWK from JSON, strictly (RFC 7517 §4, RFC 7518 §6).

use serde_json::{Map, Value};
use zeroize::Zeroize;

use super::certificate::{check_certificate, decode_chain};
use super::{About, Curve, InvalidKey, Jwk, KeyType, MAX_KEY_LEN, Material, RsaPrivate, Secret};
use crate::names::shown;
use crate::{json, strict_base64url};

impl Jwk {
    /// Reads a JWK, public or private, from its JSON text.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, InvalidKey> {
        let text = text.as_ref();
        if text.len() > MAX_KEY_LEN {
            return Err(InvalidKey::TooLong {
                limit: MAX_KEY_LEN,
                actual: text.len(),
            });
        }
        Self::from_value(Value::Object(json::parse_object(text)?))
    }

    /// Reads a JWK from a JSON value that has been read strictly.
    pub fn from_value(value: Value) -> Result<Self, InvalidKey> {
        let Value::Object(members) = value else {
            return Err(json::InvalidJson::NotAnObject.into());
        };
        let members = Members(members);
        let kty = members.required("kty")?;
        let kty = KeyType::from_name(kty)
            .ok_or_else(|| InvalidKey::UnsupportedKeyType { name: shown(kty) })?;
        let material = match kty {
            KeyType::Ec => members.ec()?,
            KeyType::Okp => members.okp()?,
            KeyType::Rsa => members.rsa()?,
            KeyType::Oct => Material::Oct {
                secret: members.secret("k")?,
            },
        };
        let about = members.about()?;
        about.check_operations()?;
        check_certificate(&material, &about)?;
        Ok(Self::new(material, about))
    }
}

/// The members of a JWK; texts are wiped on drop because any may be secret.
struct Members(Map<String, Value>);

impl Drop for Members {
    fn drop(&mut self) {
        for value in self.0.values_mut() {
            if let Value::String(text) = value {
                text.zeroize();
            }
        }
    }
}

impl Members {
    fn ec(&self) -> Result<Material, InvalidKey> {
        let (x, y) = (self.bytes("x")?, self.bytes("y")?);
        Material::ec(self.curve()?, &x, &y, self.optional_secret("d")?)
    }

    fn okp(&self) -> Result<Material, InvalidKey> {
        Material::okp(self.curve()?, self.bytes("x")?, self.optional_secret("d")?)
    }

    fn rsa(&self) -> Result<Material, InvalidKey> {
        if self.0.contains_key("oth") {
            return Err(InvalidKey::MultiPrime);
        }
        let private = if self.0.contains_key("d") {
            Some(self.rsa_private()?)
        } else {
            None
        };
        Material::rsa(self.number("n")?, self.number("e")?, private)
    }

    fn rsa_private(&self) -> Result<RsaPrivate, InvalidKey> {
        Ok(RsaPrivate {
            d: self.secret("d")?,
            p: self.secret("p")?,
            q: self.secret("q")?,
            dp: self.secret("dp")?,
            dq: self.secret("dq")?,
            qi: self.secret("qi")?,
        })
    }

    fn about(&self) -> Result<About, InvalidKey> {
        Ok(About {
            kid: self.optional("kid")?.map(str::to_owned),
            key_use: self.optional("use")?.map(str::to_owned),
            key_ops: self.0.get("key_ops").map(operations).transpose()?,
            alg: self.optional("alg")?.map(str::to_owned),
            x5c: self
                .0
                .get("x5c")
                .map(decode_chain)
                .transpose()?
                .unwrap_or_default(),
            x5t_s256: self.optional("x5t#S256")?.map(str::to_owned),
        })
    }

    fn curve(&self) -> Result<Curve, InvalidKey> {
        let name = self.required("crv")?;
        Curve::from_name(name).ok_or_else(|| InvalidKey::UnsupportedCurve { name: shown(name) })
    }

    fn optional(&self, name: &'static str) -> Result<Option<&str>, InvalidKey> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(InvalidKey::WrongForm {
                name,
                expected: "a string",
            }),
        }
    }

    fn required(&self, name: &'static str) -> Result<&str, InvalidKey> {
        self.optional(name)?.ok_or(InvalidKey::Missing { name })
    }

    fn bytes(&self, name: &'static str) -> Result<Vec<u8>, InvalidKey> {
        strict_base64url::decode(self.required(name)?)
            .map_err(|_| InvalidKey::NotBase64Url { name })
    }

    /// A `Base64urlUInt` (RFC 7518 §2): "The octet sequence MUST utilize the minimum number of octets needed".
    fn number(&self, name: &'static str) -> Result<Vec<u8>, InvalidKey> {
        let bytes = self.bytes(name)?;
        if bytes.first().is_none_or(|byte| *byte == 0) {
            Err(InvalidKey::NotMinimal { name })
        } else {
            Ok(bytes)
        }
    }

    fn secret(&self, name: &'static str) -> Result<Secret, InvalidKey> {
        self.bytes(name).map(Secret::new)
    }

    fn optional_secret(&self, name: &'static str) -> Result<Option<Secret>, InvalidKey> {
        if self.0.contains_key(name) {
            self.secret(name).map(Some)
        } else {
            Ok(None)
        }
    }
}

fn operations(value: &Value) -> Result<Vec<String>, InvalidKey> {
    const FORM: InvalidKey = InvalidKey::WrongForm {
        name: "key_ops",
        expected: "an array of strings",
    };
    let operations = value.as_array().ok_or(FORM)?;
    operations
        .iter()
        .map(|operation| operation.as_str().map(str::to_owned).ok_or(FORM))
        .collect()
}
