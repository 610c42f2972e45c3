//! What a client's algorithms demand of its secret and its keys.

use domain::{AuthenticationMethod, GrantType};
use jose::jws::Algorithm;

use super::Subject;
use crate::admin::schema::Problems;

/// What is signed or encrypted for a client: where its algorithms are.
struct Protected {
    /// Whether the members are those of `oidcPolicy`.
    in_policy: bool,
    signing: &'static str,
    encryption: &'static str,
    content: &'static str,
}

const PROTECTED: [Protected; 4] = [
    Protected {
        in_policy: true,
        signing: "idTokenSigningAlgorithm",
        encryption: "idTokenEncryptionAlgorithm",
        content: "idTokenContentEncryptionAlgorithm",
    },
    Protected {
        in_policy: true,
        signing: "userInfoResponseSigningAlgorithm",
        encryption: "userInfoResponseEncryptionAlgorithm",
        content: "userInfoResponseContentEncryptionAlgorithm",
    },
    Protected {
        in_policy: false,
        signing: "tokenIntrospectionSigningAlgorithm",
        encryption: "tokenIntrospectionEncryptionAlgorithm",
        content: "tokenIntrospectionContentEncryptionAlgorithm",
    },
    Protected {
        in_policy: false,
        signing: "jwtSecuredAuthorizationResponseModeSigningAlgorithm",
        encryption: "jwtSecuredAuthorizationResponseModeEncryptionAlgorithm",
        content: "jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm",
    },
];

pub(super) fn check(subject: &Subject<'_>, problems: &mut Problems) {
    for protected in &PROTECTED {
        signing(subject, protected, problems);
        encryption(subject, protected, problems);
    }
    problems.require(
        !subject.has("tokenIntrospectionEncryptionAlgorithm") || subject.client.is_confidential(),
        "clientAuth",
        "Encrypted introspection responses need client authentication.",
    );
    unsigned_id_tokens(subject, problems);
    assertions(subject, problems);
}

impl Protected {
    fn text<'a>(&self, subject: &'a Subject<'_>, name: &str) -> Option<&'a str> {
        match self.in_policy {
            true => subject.oidc_text(name),
            false => subject.text(name),
        }
    }

    fn path(&self, name: &str) -> String {
        match self.in_policy {
            true => format!("oidcPolicy.{name}"),
            false => name.to_owned(),
        }
    }
}

fn signing(subject: &Subject<'_>, protected: &Protected, problems: &mut Problems) {
    let algorithm = protected.text(subject, protected.signing);
    let algorithm = algorithm.and_then(Algorithm::from_name);
    let path = protected.path(protected.signing);
    // Who signs in with nothing has no secret that anybody need keep.
    let is_kept = subject.client.is_confidential();
    let is_symmetric = algorithm.is_some_and(Algorithm::is_symmetric);
    if is_symmetric && !is_kept {
        let message = "An HS algorithm needs client authentication (clientAuth).";
        return problems.invalid(&path, message);
    }
    problems.require(
        algorithm.is_none_or(|algorithm| secret_fits(subject, algorithm)),
        &path,
        "An HS algorithm needs a client secret at least as long as its hash (RFC 7518 section 3.2).",
    );
}

fn encryption(subject: &Subject<'_>, protected: &Protected, problems: &mut Problems) {
    let given = [protected.encryption, protected.content].map(|it| protected.text(subject, it));
    let names = [protected.encryption, protected.content];
    content_goes_with_key(given, names, &protected.path(""), problems);
    let [Some(algorithm), _] = given else {
        return;
    };
    let is_symmetric = algorithm == "DIR" || algorithm.starts_with('A');
    let (has_key, message) = match is_symmetric {
        true => (
            subject.client.secret().is_some(),
            "A symmetric algorithm needs a client secret.",
        ),
        false => (
            subject.has_keys(),
            "An asymmetric algorithm needs the client's public keys (jwksSettings).",
        ),
    };
    problems.require(has_key, &protected.path(protected.encryption), message);
}

/// Notes an algorithm for contents without one for their keys, or the other way round; `path` is that
/// of the object with a dot.
pub(crate) fn content_goes_with_key(
    given: [Option<&str>; 2],
    [encryption, content]: [&str; 2],
    path: &str,
    problems: &mut Problems,
) {
    let message = match given {
        [None, Some(_)] => format!("It needs {encryption}."),
        [Some(_), None] => format!("It is required with {encryption}."),
        [None, None] | [Some(_), Some(_)] => return,
    };
    problems.invalid(&format!("{path}{content}"), message);
}

/// OpenID Connect Core §2: "ID Tokens MUST NOT use none as the alg value unless the Response Type used
/// returns no ID Token from the Authorization Endpoint [...] and the Client explicitly requested the use
/// of none at Registration time."
fn unsigned_id_tokens(subject: &Subject<'_>, problems: &mut Problems) {
    let client = &subject.client;
    if client.id_token_algorithm().is_some() {
        return;
    }
    let path = "oidcPolicy.idTokenSigningAlgorithm";
    let allowed = &client.restricted_response_types;
    let from_authorization = allowed.is_empty() || allowed.iter().any(|it| it.id_token);
    problems.require(
        !client.may_use(GrantType::Implicit) || !from_authorization,
        path,
        "NONE needs restrictedResponseTypes without id_token: only the token endpoint may return an \
         ID token that nobody has signed (OpenID Connect Core section 2).",
    );
    // OpenID Connect Core §2: "If the ID Token is encrypted, it MUST be signed then encrypted".
    problems.require(
        client.oidc.id_token_encryption.is_none(),
        path,
        "An ID token that is encrypted has to be signed first (OpenID Connect Core section 2).",
    );
}

/// The secret has to be long enough for the assertions that are made with it.
fn assertions(subject: &Subject<'_>, problems: &mut Problems) {
    let authentication = &subject.client.authentication;
    let method = authentication.method;
    if method != AuthenticationMethod::ClientSecretJwt || subject.client.secret().is_none() {
        return;
    }
    let algorithm = authentication.algorithm.filter(|it| it.is_symmetric());
    problems.require(
        secret_fits(subject, algorithm.unwrap_or(Algorithm::Hs256)),
        "clientAuth.secret",
        "CLIENT_SECRET_JWT needs a secret at least as long as the algorithm's hash.",
    );
}

fn secret_fits(subject: &Subject<'_>, algorithm: Algorithm) -> bool {
    let needed = match algorithm {
        Algorithm::Hs256 => 32,
        Algorithm::Hs384 => 48,
        Algorithm::Hs512 => 64,
        _ => return true,
    };
    let secret = subject.client.secret();
    secret.is_some_and(|secret| secret.expose().len() >= needed)
}
