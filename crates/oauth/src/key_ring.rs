//! The keys with which the server signs and decrypts, parsed and ready (RFC 7517, RFC 7515,
//! RFC 7516).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use domain::{Client, KeyFamily, KeyState, Secret, SigningKeyRecord, Timestamp};
use jose::jwe::{self, ContentEncryption, DecryptionKey, DecryptionKeys, KeyManagement};
use jose::jwk::Jwk;
use jose::jws::{
    Algorithm, Policy, Signer, SigningKey, Typ, VerifyingKey, VerifyingKeys, verify_compact,
};
use jose::jwt::{Claims, decrypt_nested};
use jose::{Header, Refused};
use serde::Serialize;
use serde_json::{Value, json};

use crate::token::AccessTokenPolicy;

/// How the key is found to a token that is encrypted to the server.
pub(crate) const KEY_MANAGEMENT: &[KeyManagement] = &[
    KeyManagement::RsaOaep256,
    KeyManagement::RsaOaep,
    KeyManagement::EcdhEs,
    KeyManagement::EcdhEsA128Kw,
    KeyManagement::EcdhEsA192Kw,
    KeyManagement::EcdhEsA256Kw,
];

/// How the content of such a token is encrypted.
pub(crate) const CONTENT_ENCRYPTION: &[ContentEncryption] = ContentEncryption::ALL;

/// What a token that the server signs is, so that none can be taken for another (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenType {
    /// RFC 9068 §2.1.
    AccessToken,
    /// What a person has approved, for those who must be able to check it later (docs/approval.md).
    ApprovalReceipt,
    /// JARM §2.1.
    AuthorizationResponse,
    /// OpenID Connect Core §2.
    IdToken,
    /// RFC 9701 §5.
    IntrospectionResponse,
    /// OpenID Connect Back-Channel Logout §2.4.
    LogoutToken,
    /// That somebody was recognised, and what they approved (docs/recognize.md).
    RecognizeTransaction,
    /// OpenID Connect Core §5.3.2.
    UserInfo,
}

/// A token cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// No key of the family signs.
    #[error("there is no active signing key for {0}")]
    NoActiveKey(Algorithm),
    /// The client's secret is too short for the algorithm, or it has none (RFC 7518 §3.2).
    #[error("the client has no secret that is long enough for {0}")]
    SecretTooShort(Algorithm),
    /// The client has its ID tokens unsigned, and this one cannot be (OpenID Connect Core §2).
    #[error("the client has its ID tokens unsigned, and this one has to be signed")]
    Unsigned,
    /// The cryptographic library failed.
    #[error("the signature could not be made")]
    Failed,
}

/// A stored key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signing key `{kid}` cannot be used: {reason}")]
pub struct UnusableKey {
    /// Its `kid`.
    pub kid: String,
    /// Why not; never anything of the key itself.
    pub reason: String,
}

type Signers = BTreeMap<(Algorithm, TokenType), Signer>;

/// The server's keys: those that sign, those that decrypt, and those that are published.
pub struct KeyRing {
    /// Headers are encoded once, so that a token costs little more than its signature.
    signers: Signers,
    published: VerifyingKeys,
    decrypting: DecryptionKeys,
    jwks: String,
}

impl KeyRing {
    /// Prepares the stored keys.
    pub fn new(records: &[SigningKeyRecord]) -> Result<Self, UnusableKey> {
        let mut signers = Signers::new();
        let mut published = Vec::new();
        let mut decrypting = Vec::new();
        let mut jwks = Vec::new();
        for record in records {
            let jwk = private_jwk(record)?;
            let is_active = record.state == KeyState::Active;
            if is_active || !record.family.decrypts() {
                jwks.push(public_value(record, &jwk));
            }
            if record.family.decrypts() {
                decrypting.push(decryption_key(record, &jwk)?);
                continue;
            }
            published.push(VerifyingKey::new(&jwk));
            if is_active {
                signers.extend(signers_of(record, &jwk)?);
            }
        }
        Ok(Self {
            signers,
            published: published.into_iter().collect(),
            decrypting: decrypting.into_iter().collect(),
            jwks: json!({ "keys": jwks }).to_string(),
        })
    }

    /// The public keys as a JSON Web Key Set (RFC 7517 §5).
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// The signed token that a client has sent, which it may have encrypted to the server.
    pub(crate) fn opened<'a>(&self, token: &'a str) -> Result<Cow<'a, str>, Refused> {
        const PARTS_OF_AN_ENCRYPTED_TOKEN: usize = 5;
        if token.split('.').count() != PARTS_OF_AN_ENCRYPTED_TOKEN {
            return Ok(Cow::Borrowed(token));
        }
        let policy = jwe::Policy::new(KEY_MANAGEMENT, CONTENT_ENCRYPTION);
        decrypt_nested(token, &self.decrypting, &policy).map(Cow::Owned)
    }

    /// Whether there is a key that signs with this algorithm; HMAC algorithms need none of ours.
    pub fn can_sign(&self, algorithm: Algorithm) -> bool {
        self.signers
            .contains_key(&(algorithm, TokenType::AccessToken))
            || KeyFamily::of(algorithm).is_none()
    }

    /// The algorithms with which ID tokens can be signed now; those with a client's secret always.
    pub fn id_token_algorithms(&self) -> Vec<Algorithm> {
        let all = Algorithm::ALL.iter().copied();
        all.filter(|algorithm| self.can_sign(*algorithm)).collect()
    }

    /// The key families that tokens for this client are signed with.
    pub fn families_for(client: &Client, access_token: &AccessTokenPolicy) -> BTreeSet<KeyFamily> {
        let algorithms = std::iter::once(access_token.algorithm)
            .chain(client.id_token_algorithm())
            .chain(client.jarm.signing)
            .chain(client.oidc.user_info_signing.and_then(|it| it.0))
            .chain(client.introspection.signing);
        algorithms.filter_map(KeyFamily::of).collect()
    }

    /// Signs claims with the active key for this algorithm.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        typ: TokenType,
        claims: &impl Serialize,
    ) -> Result<String, SigningError> {
        let signer = self
            .signers
            .get(&(algorithm, typ))
            .ok_or(SigningError::NoActiveKey(algorithm))?;
        sign(signer, claims)
    }

    /// Signs claims for a client by its own algorithm: with its secret, or with an active key.
    pub fn sign_for(
        &self,
        client: &Client,
        typ: TokenType,
        claims: &impl Serialize,
    ) -> Result<String, SigningError> {
        let algorithm = client.id_token_algorithm();
        self.sign_by(
            algorithm.ok_or(SigningError::Unsigned)?,
            client,
            typ,
            claims,
        )
    }

    /// Signs claims for a client by this algorithm: with its secret, or with an active key.
    pub fn sign_by(
        &self,
        algorithm: Algorithm,
        client: &Client,
        typ: TokenType,
        claims: &impl Serialize,
    ) -> Result<String, SigningError> {
        if !algorithm.is_symmetric() {
            return self.sign(algorithm, typ, claims);
        }
        let too_short = SigningError::SecretTooShort(algorithm);
        let secret = secret_jwk(client.secret().ok_or(too_short)?);
        let key = SigningKey::new(&secret, algorithm).map_err(|_| too_short)?;
        sign(&Signer::new(key, typ.header()), claims)
    }

    /// The claims of a token of this type that one of the published keys has signed. Who and when
    /// it is for is not checked here.
    pub fn verify(&self, token: &str, typ: TokenType) -> Result<Claims, Refused> {
        let policy = Policy::new(ASYMMETRIC).with_typ(typ.expected());
        verify_compact(token, &self.published, &policy)?.claims()
    }

    /// The claims of a token of this type that was signed by [`Self::sign_for`] this client, with
    /// the secret that it has now or with one that was replaced and still serves.
    pub fn verify_for(
        &self,
        client: &Client,
        token: &str,
        typ: TokenType,
        now: Timestamp,
    ) -> Result<Claims, Refused> {
        // Who has them unsigned hands back what anybody could have written down: that is never
        // believed, here as little as in `verify`.
        let own = client.id_token_algorithm();
        let symmetric = own.is_some_and(Algorithm::is_symmetric);
        let policy = Policy::new(own.as_slice()).with_typ(typ.expected());
        let secrets = client.authentication.secrets(now).filter(|_| symmetric);
        let verified = with_secrets(secrets, |keys| verify_compact(token, keys, &policy));
        match verified {
            Some(verified) => verified?.claims(),
            None => self.verify(token, typ),
        }
    }
}

/// The algorithms whose private keys only their owner has.
pub(crate) const ASYMMETRIC: &[Algorithm] = &[
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::EdDsa,
    Algorithm::Ed25519,
];

impl TokenType {
    const ALL: [Self; 8] = [
        Self::AccessToken,
        Self::ApprovalReceipt,
        Self::AuthorizationResponse,
        Self::IdToken,
        Self::IntrospectionResponse,
        Self::LogoutToken,
        Self::RecognizeTransaction,
        Self::UserInfo,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "at+jwt",
            Self::ApprovalReceipt => "approval-receipt+jwt",
            Self::AuthorizationResponse => "oauth-authz-resp+jwt",
            // Nothing names the type of an answer about a person, and many a client takes no other
            // than this. An ID token always says when it expires, and the answer never does.
            Self::IdToken | Self::UserInfo => "JWT",
            Self::IntrospectionResponse => "token-introspection+jwt",
            Self::LogoutToken => "logout+jwt",
            Self::RecognizeTransaction => "recognize-transaction+jwt",
        }
    }

    fn header(self) -> Header {
        Header::new().with_typ(self.name())
    }

    const fn expected(self) -> Typ<'static> {
        match self {
            // RFC 9068 §4: "The resource server MUST verify that the "typ" header value is
            // "at+jwt" or "application/at+jwt""
            Self::AccessToken => Typ::Required("at+jwt"),
            Self::ApprovalReceipt => Typ::Required("approval-receipt+jwt"),
            Self::AuthorizationResponse => Typ::Required("oauth-authz-resp+jwt"),
            Self::IdToken | Self::UserInfo => Typ::AbsentOr(&["JWT"]),
            Self::IntrospectionResponse => Typ::Required("token-introspection+jwt"),
            Self::LogoutToken => Typ::Required("logout+jwt"),
            Self::RecognizeTransaction => Typ::Required("recognize-transaction+jwt"),
        }
    }
}

/// A client's secret as the key of HMAC algorithms (OpenID Connect Core §10.1: "the octets of the
/// UTF-8 representation of the `client_secret`").
pub(crate) fn secret_jwk(secret: &Secret) -> Jwk {
    Jwk::from_secret(secret.expose().as_bytes())
}

/// Verifies something with any of a client's secrets; what is wrong with it is told as its current
/// one, the first, sees it. `None` if there are no secrets.
pub(crate) fn with_secrets<'s, T>(
    secrets: impl Iterator<Item = &'s Secret>,
    verify: impl Fn(&VerifyingKeys) -> Result<T, Refused>,
) -> Option<Result<T, Refused>> {
    let mut tried = secrets.map(|secret| verify(&VerifyingKeys::from(&secret_jwk(secret))));
    let current = tried.next()?;
    Some(current.or_else(|refused| tried.find_map(Result::ok).ok_or(refused)))
}

fn sign(signer: &Signer, claims: &impl Serialize) -> Result<String, SigningError> {
    let payload = serde_json::to_vec(claims).map_err(|_| SigningError::Failed)?;
    signer.sign(&payload).map_err(|_| SigningError::Failed)
}

fn private_jwk(record: &SigningKeyRecord) -> Result<Jwk, UnusableKey> {
    let der = BASE64
        .decode(record.private_key.expose().as_bytes())
        .map_err(|_| unusable(record, "the private key is not base64"))?;
    let jwk = Jwk::from_pkcs8(&der).map_err(|error| unusable(record, error.to_string()))?;
    let jwk = jwk.with_kid(&record.kid);
    Ok(match algorithms_of(record.family) {
        [] => jwk.for_encryption(),
        // An RSA key has several algorithms, and that of an Ed25519 key has two names, so it names none.
        [only] => jwk.for_signature().with_alg(only),
        _ => jwk.for_signature(),
    })
}

fn decryption_key(record: &SigningKeyRecord, jwk: &Jwk) -> Result<DecryptionKey, UnusableKey> {
    DecryptionKey::new(jwk).map_err(|error| unusable(record, error.to_string()))
}

fn signers_of(record: &SigningKeyRecord, jwk: &Jwk) -> Result<Signers, UnusableKey> {
    let mut signers = Signers::new();
    for algorithm in algorithms_of(record.family) {
        let key = SigningKey::new(jwk, *algorithm)
            .map_err(|error| unusable(record, error.to_string()))?;
        signers.extend(TokenType::ALL.map(|typ| {
            let signer = Signer::new(key.clone(), typ.header());
            ((*algorithm, typ), signer)
        }));
    }
    Ok(signers)
}

/// A public key as it is published: with its certificate.
fn public_value(record: &SigningKeyRecord, jwk: &Jwk) -> Value {
    let mut members = jwk.to_public_value().unwrap_or_default();
    members.insert("x5c".to_owned(), json!([record.certificate]));
    Value::Object(members)
}

/// The algorithms by which the keys of a family sign; none for those that decrypt.
const fn algorithms_of(family: KeyFamily) -> &'static [Algorithm] {
    use Algorithm::{
        Ed25519, EdDsa, Es256, Es384, Es512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512,
    };
    match family {
        KeyFamily::Rsa => &[Rs256, Rs384, Rs512, Ps256, Ps384, Ps512],
        KeyFamily::P256 => &[Es256],
        KeyFamily::P384 => &[Es384],
        KeyFamily::P521 => &[Es512],
        KeyFamily::Ed25519 => &[EdDsa, Ed25519],
        KeyFamily::RsaEncryption | KeyFamily::P256Encryption => &[],
    }
}

fn unusable(record: &SigningKeyRecord, reason: impl Into<String>) -> UnusableKey {
    let kid = record.kid.clone();
    UnusableKey {
        kid,
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
