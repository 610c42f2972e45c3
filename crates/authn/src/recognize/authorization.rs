//! User authorization: the customer's own word that it is this person, before anything is measured.

use std::time::Duration;

use domain::Timestamp;
use domain::port::Changes;
use jose::jws::{Algorithm, Policy, Typ, VerifyingKeys};
use jose::jwt::{self, ClaimsPolicy};

/// For whom a token must be meant.
const AUDIENCE: &str = "authentication-service";

/// "The system tolerates up to 5 minutes of clock skew."
const LEEWAY: i64 = 300;

/// The longest token that is read, in bytes.
const MAX_LENGTH: usize = 8 * 1024;

/// Nobody who can read a key set can sign by these.
const ALGORITHMS: &[Algorithm] = &[
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

/// Why a user authorization is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationFault {
    /// There is none.
    #[error("there is none")]
    Missing,
    /// It is no JWT that a key of the customer has signed for this, or its claims will not do.
    #[error("{0}")]
    Refused(String),
    /// Its subject is somebody else.
    #[error("its subject is not the username")]
    Subject,
    /// It has opened a session already.
    #[error("it is spent")]
    Spent,
}

/// A person of whom the customer has said that it is they, or of whom it does not say such things.
/// Only a check makes one.
#[derive(Clone, Debug)]
pub struct AuthorizedUser {
    username: String,
    spending: Option<Spending>,
}

#[derive(Clone, Debug)]
struct Spending {
    customer: String,
    /// What was signed. Not the signature: of one text there may be many that verify.
    signed: String,
    until: Timestamp,
}

impl AuthorizedUser {
    /// Somebody whose customer vouches for nobody (`None`).
    pub fn not_vouched_for(username: &str) -> Self {
        Self {
            username: username.to_owned(),
            spending: None,
        }
    }

    /// Checks the token by which `customer` vouches for `username` (`RemoteJWKSet`), good for at most
    /// `lifetime`.
    pub fn check(
        (customer, username): (&str, &str),
        token: Option<&str>,
        keys: &VerifyingKeys,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<Self, AuthorizationFault> {
        let token = token.ok_or(AuthorizationFault::Missing)?;
        let signature = Policy::new(ALGORITHMS)
            .with_typ(Typ::AbsentOr(&["JWT"]))
            .with_max_len(MAX_LENGTH);
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let audiences = [AUDIENCE];
        let claims = ClaimsPolicy::new()
            .with_audiences(&audiences)
            .with_required(&["sub", "aud", "iat", "exp"])
            .with_max_lifetime(lifetime)
            .with_leeway(LEEWAY);
        let verified = jwt::verify(token, keys, &signature, &claims, now.seconds());
        let refused = |why: String| AuthorizationFault::Refused(why);
        let verified = verified.map_err(|why| refused(why.to_string()))?;
        let claims = verified.claims();
        // "sub: The username passed to the SDK session"
        if claims.subject().ok().flatten() != Some(username) {
            return Err(AuthorizationFault::Subject);
        }
        let expires = claims.expires_at().ok().flatten();
        let expires = expires.ok_or_else(|| refused("it has no end".to_owned()))?;
        let (signed, _) = token.rsplit_once('.').unwrap_or((token, ""));
        Ok(Self {
            username: username.to_owned(),
            spending: Some(Spending {
                customer: customer.to_owned(),
                signed: signed.to_owned(),
                until: Timestamp::from_seconds(expires)
                    + Duration::from_secs(LEEWAY.unsigned_abs()),
            }),
        })
    }

    /// Who it is, as the customer names them.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Whether the customer has vouched for them.
    pub const fn is_vouched_for(&self) -> bool {
        self.spending.is_some()
    }

    /// "The tokens are single-use for the duration of one session": the commit of these changes fails
    /// for whoever comes second, on whichever node.
    pub(super) fn spend(&self, changes: &mut Changes) {
        if let Some(Spending {
            customer,
            signed,
            until,
        }) = &self.spending
        {
            let parts = [customer.as_bytes(), signed.as_bytes()];
            changes.claim("recognize_user_authorization", &parts, *until);
        }
    }
}

#[cfg(test)]
mod tests {
    use jose::Header;
    use jose::jws::{SigningKey, sign_compact};
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_718_400_060);
    const LIFETIME: Duration = Duration::from_secs(600);

    fn key() -> SigningKey {
        SigningKey::generate(Algorithm::Es256).unwrap()
    }

    /// The example of the seed.
    fn example() -> Value {
        json!({
            "sub": "user-123",
            "aud": "authentication-service",
            "iat": 1_718_400_000,
            "exp": 1_718_400_300,
        })
    }

    fn signed(key: &SigningKey, claims: &Value) -> String {
        sign_compact(key, Header::new(), claims.to_string().as_bytes()).unwrap()
    }

    fn check_at(
        token: Option<&str>,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<AuthorizedUser, AuthorizationFault> {
        let keys = VerifyingKeys::from(&key.jwk().public().unwrap());
        AuthorizedUser::check(("demo", "user-123"), token, &keys, LIFETIME, now)
    }

    fn with(name: &str, value: Value) -> Result<AuthorizedUser, AuthorizationFault> {
        let key = key();
        let mut claims = example();
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims
                .as_object_mut()
                .unwrap()
                .insert(name.to_owned(), value),
        };
        check_at(Some(&signed(&key, &claims)), &key, NOW)
    }

    #[test]
    fn seed_000_the_token_of_the_example_is_accepted() {
        let user = with("sub", json!("user-123")).unwrap();
        assert_eq!(user.username(), "user-123");
        assert!(user.is_vouched_for());
    }

    #[test]
    fn seed_000_sub_is_the_username_passed_to_the_session() {
        let subject = Some(AuthorizationFault::Subject);
        assert_eq!(with("sub", json!("user-124")).err(), subject);
        assert_eq!(with("sub", json!("USER-123")).err(), subject);
        assert!(with("sub", Value::Null).is_err());
        assert!(with("sub", json!(123)).is_err());
    }

    #[test]
    fn seed_000_aud_is_authentication_service() {
        assert!(with("aud", json!(["authentication-service"])).is_ok());
        assert!(with("aud", json!("demo")).is_err());
        assert!(with("aud", json!([])).is_err());
        assert!(with("aud", Value::Null).is_err());
    }

    #[test]
    fn seed_000_iat_and_exp_are_required() {
        assert!(with("iat", Value::Null).is_err());
        assert!(with("exp", Value::Null).is_err());
        assert!(with("exp", json!("1718400300")).is_err());
    }

    #[test]
    fn seed_000_up_to_5_minutes_of_clock_skew_are_tolerated() {
        let key = key();
        let token = signed(&key, &example());
        let at = |seconds| check_at(Some(&token), &key, Timestamp::from_seconds(seconds)).is_ok();
        assert!(
            at(1_718_400_300 + 299) && !at(1_718_400_300 + 300),
            "expired"
        );
        assert!(
            at(1_718_400_000 - 300) && !at(1_718_400_000 - 301),
            "from the future"
        );
    }

    #[test]
    fn seed_000_tokens_are_short_lived() {
        assert!(with("exp", json!(1_718_400_600)).is_ok());
        assert!(with("exp", json!(1_718_400_601)).is_err());
    }

    #[test]
    fn seed_000_a_missing_token_is_refused() {
        assert_eq!(
            check_at(None, &key(), NOW).err(),
            Some(AuthorizationFault::Missing)
        );
        for token in ["", "a.b.c", "nonsense"] {
            assert!(check_at(Some(token), &key(), NOW).is_err());
        }
    }

    #[test]
    fn seed_000_a_token_is_signed_with_one_of_the_keys_of_the_endpoint() {
        let (key, other) = (key(), key());
        let token = signed(&other, &example());
        assert!(check_at(Some(&token), &key, NOW).is_err());
    }

    #[test]
    fn rfc8725_3_1_a_public_key_is_no_secret_and_none_is_no_algorithm() {
        let key = key();
        let public = key.jwk().to_public_json().unwrap();
        let secret = jose::jwk::Jwk::from_secret(public.as_bytes());
        let symmetric = SigningKey::new(&secret, Algorithm::Hs256).unwrap();
        let token = signed(&symmetric, &example());
        assert!(check_at(Some(&token), &key, NOW).is_err());
        let encode = |text: &str| jose::strict_base64url::encode(text.as_bytes());
        let unsigned = format!(
            "{}.{}.",
            encode(r#"{"alg":"none"}"#),
            encode(&example().to_string())
        );
        assert!(check_at(Some(&unsigned), &key, NOW).is_err());
    }

    #[test]
    fn seed_000_a_token_is_spent_by_what_was_signed_whatever_its_signature() {
        let key = key();
        // ECDSA signs the same text anew each time.
        let (one, other) = (signed(&key, &example()), signed(&key, &example()));
        assert_ne!(one, other);
        let claims = [one, other].map(|token| {
            let mut changes = Changes::none();
            check_at(Some(&token), &key, NOW)
                .unwrap()
                .spend(&mut changes);
            format!("{:?}", changes.of_tenant(domain::port::Tenant::DEFAULT))
        });
        assert!(claims[0].contains("Claim"));
        assert_eq!(claims[0], claims[1]);
    }
}
