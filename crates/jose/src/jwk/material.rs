//! The key itself: numbers and points whose soundness has been checked.

use aws_lc_rs::agreement::{self, ParsedPublicKey, UnparsedPublicKey};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

use super::{Curve, InvalidKey, KeyType, Secret};
use crate::strict_base64url::encode;

/// The parts of a key, by type.
#[derive(Clone)]
pub(crate) enum Material {
    /// A point in uncompressed SEC 1 form.
    Ec {
        curve: Curve,
        point: Vec<u8>,
        private: Option<Secret>,
    },
    Okp {
        curve: Curve,
        public: Vec<u8>,
        private: Option<Secret>,
    },
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
        private: Option<Box<RsaPrivate>>,
    },
    Oct {
        secret: Secret,
    },
}

/// The private parts of an RSA key of two primes (RFC 7518 §6.3.2).
#[derive(Clone)]
pub(crate) struct RsaPrivate {
    pub(crate) d: Secret,
    pub(crate) p: Secret,
    pub(crate) q: Secret,
    pub(crate) dp: Secret,
    pub(crate) dq: Secret,
    pub(crate) qi: Secret,
}

impl Material {
    /// An EC key from coordinates of full length; checks the point and the pair.
    pub(crate) fn ec(
        curve: Curve,
        x: &[u8],
        y: &[u8],
        private: Option<Secret>,
    ) -> Result<Self, InvalidKey> {
        let mismatch = InvalidKey::CurveMismatch {
            curve,
            kty: KeyType::Ec,
        };
        let algorithm = agreement_algorithm(curve)
            .filter(|_| curve != Curve::X25519)
            .ok_or(mismatch)?;
        // RFC 7518 §6.2.1.2: "The length of this octet string MUST be the full size of a coordinate for the curve"
        check_length("x", curve.len(), x)?;
        check_length("y", curve.len(), y)?;
        let point = [&[0x04], x, y].concat();
        ParsedPublicKey::try_from(UnparsedPublicKey::new(algorithm, &point))
            .map_err(|_| InvalidKey::PointNotOnCurve { curve })?;
        if let Some(private) = &private {
            // RFC 7518 §6.2.2.1: "The length of this octet string MUST be ceiling(log-base-2(n)/8) octets"
            check_length("d", curve.len(), private.bytes())?;
            check_agreement_pair(algorithm, private, &point)?;
        }
        Ok(Self::Ec {
            curve,
            point,
            private,
        })
    }

    /// An Ed25519 or X25519 key; checks the pair.
    pub(crate) fn okp(
        curve: Curve,
        public: Vec<u8>,
        private: Option<Secret>,
    ) -> Result<Self, InvalidKey> {
        if !matches!(curve, Curve::Ed25519 | Curve::X25519) {
            return Err(InvalidKey::CurveMismatch {
                curve,
                kty: KeyType::Okp,
            });
        }
        check_length("x", curve.len(), &public)?;
        if let Some(private) = &private {
            check_length("d", curve.len(), private.bytes())?;
            match curve {
                Curve::X25519 => check_agreement_pair(&agreement::X25519, private, &public)?,
                _ => {
                    Ed25519KeyPair::from_seed_and_public_key(private.bytes(), &public)
                        .map_err(|_| InvalidKey::PairMismatch)?;
                }
            }
        }
        Ok(Self::Okp {
            curve,
            public,
            private,
        })
    }

    /// The public key of an agreement.
    pub(crate) fn of_public_key(curve: Curve, public: &[u8]) -> Result<Self, InvalidKey> {
        if curve == Curve::X25519 {
            return Self::okp(curve, public.to_vec(), None);
        }
        let (x, y) = Self::coordinates(curve, public);
        Self::ec(curve, x, y, None)
    }

    /// An RSA key from minimal big-endian numbers; checks sizes and the pair.
    pub(crate) fn rsa(
        n: Vec<u8>,
        e: Vec<u8>,
        private: Option<RsaPrivate>,
    ) -> Result<Self, InvalidKey> {
        let bits = bit_length(&n);
        // RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used with these algorithms."
        if !(2048..=8192).contains(&bits) {
            return Err(InvalidKey::RsaSize { actual: bits });
        }
        if is_even(&n) {
            return Err(InvalidKey::RsaModulusEven);
        }
        if is_even(&e) || !(17..=33).contains(&bit_length(&e)) {
            return Err(InvalidKey::RsaExponent);
        }
        let private = private.map(Box::new);
        if let Some(private) = &private {
            private.key_pair(&n, &e)?;
        }
        Ok(Self::Rsa { n, e, private })
    }

    pub(crate) fn key_type(&self) -> KeyType {
        match self {
            Self::Ec { .. } => KeyType::Ec,
            Self::Okp { .. } => KeyType::Okp,
            Self::Rsa { .. } => KeyType::Rsa,
            Self::Oct { .. } => KeyType::Oct,
        }
    }

    pub(crate) fn curve(&self) -> Option<Curve> {
        match self {
            Self::Ec { curve, .. } | Self::Okp { curve, .. } => Some(*curve),
            Self::Rsa { .. } | Self::Oct { .. } => None,
        }
    }

    pub(crate) fn bits(&self) -> Option<usize> {
        match self {
            Self::Rsa { n, .. } => Some(bit_length(n)),
            Self::Oct { secret } => Some(secret.bytes().len() * 8),
            Self::Ec { .. } | Self::Okp { .. } => None,
        }
    }

    pub(crate) fn is_private(&self) -> bool {
        match self {
            Self::Ec { private, .. } | Self::Okp { private, .. } => private.is_some(),
            Self::Rsa { private, .. } => private.is_some(),
            Self::Oct { .. } => true,
        }
    }

    pub(crate) fn public(&self) -> Option<Self> {
        match self {
            Self::Ec { curve, point, .. } => Some(Self::Ec {
                curve: *curve,
                point: point.clone(),
                private: None,
            }),
            Self::Okp { curve, public, .. } => Some(Self::Okp {
                curve: *curve,
                public: public.clone(),
                private: None,
            }),
            Self::Rsa { n, e, .. } => Some(Self::Rsa {
                n: n.clone(),
                e: e.clone(),
                private: None,
            }),
            Self::Oct { .. } => None,
        }
    }

    /// The coordinates of an EC key.
    pub(crate) fn coordinates(curve: Curve, point: &[u8]) -> (&[u8], &[u8]) {
        point
            .get(1..)
            .and_then(|both| both.split_at_checked(curve.len()))
            .unwrap_or_default()
    }

    /// RFC 7638 §3: the required members only, in lexicographic order, without whitespace.
    pub(crate) fn thumbprint_input(&self) -> String {
        match self {
            Self::Ec { curve, point, .. } => {
                let (x, y) = Self::coordinates(*curve, point);
                format!(
                    r#"{{"crv":"{curve}","kty":"EC","x":"{}","y":"{}"}}"#,
                    encode(x),
                    encode(y)
                )
            }
            Self::Okp { curve, public, .. } => {
                format!(
                    r#"{{"crv":"{curve}","kty":"OKP","x":"{}"}}"#,
                    encode(public)
                )
            }
            Self::Rsa { n, e, .. } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n))
            }
            Self::Oct { secret } => format!(r#"{{"k":"{}","kty":"oct"}}"#, encode(secret.bytes())),
        }
    }
}

impl RsaPrivate {
    /// The key pair, whose parts the library checks against each other.
    pub(crate) fn key_pair(&self, n: &[u8], e: &[u8]) -> Result<rsa::KeyPair, InvalidKey> {
        rsa::KeyPair::from_components(&rsa::KeyPairComponents {
            public_key: rsa::PublicKeyComponents { n, e },
            d: self.d.bytes(),
            p: self.p.bytes(),
            q: self.q.bytes(),
            dP: self.dp.bytes(),
            dQ: self.dq.bytes(),
            qInv: self.qi.bytes(),
        })
        .map_err(|_| InvalidKey::PairMismatch)
    }
}

/// The key agreement of a curve, if it has one; the NIST curves' agreement keys also serve to check points and pairs.
pub(crate) fn agreement_algorithm(curve: Curve) -> Option<&'static agreement::Algorithm> {
    match curve {
        Curve::P256 => Some(&agreement::ECDH_P256),
        Curve::P384 => Some(&agreement::ECDH_P384),
        Curve::P521 => Some(&agreement::ECDH_P521),
        Curve::X25519 => Some(&agreement::X25519),
        Curve::Ed25519 => None,
    }
}

fn check_agreement_pair(
    algorithm: &'static agreement::Algorithm,
    private: &Secret,
    public: &[u8],
) -> Result<(), InvalidKey> {
    let derived = agreement::PrivateKey::from_private_key(algorithm, private.bytes())
        .map_err(|_| InvalidKey::PairMismatch)?
        .compute_public_key()
        .map_err(|_| InvalidKey::PairMismatch)?;
    if derived.as_ref() == public {
        Ok(())
    } else {
        Err(InvalidKey::PairMismatch)
    }
}

fn check_length(name: &'static str, expected: usize, bytes: &[u8]) -> Result<(), InvalidKey> {
    let actual = bytes.len();
    if actual == expected {
        Ok(())
    } else {
        Err(InvalidKey::Length {
            name,
            expected,
            actual,
        })
    }
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|byte| byte % 2 == 0)
}

/// The length of a big-endian number in bits.
fn bit_length(number: &[u8]) -> usize {
    let significant = number.iter().skip_while(|byte| **byte == 0);
    let length = significant.clone().count() * 8;
    length
        - significant
            .take(1)
            .map(|byte| byte.leading_zeros() as usize)
            .sum::<usize>()
}

/// The public key of an Ed25519 pair.
pub(crate) fn ed25519_public(pair: &Ed25519KeyPair) -> Vec<u8> {
    pair.public_key().as_ref().to_vec()
}
