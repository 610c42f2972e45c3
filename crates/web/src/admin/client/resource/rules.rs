//! What must agree between the fields of a client.

use domain::{AuthenticationMethod, Client, GrantType, JwksSettings, ServerSettings};
use jose::jws::Algorithm;

use crate::admin::fields::Problems;

/// Rules that concern more than one field.
pub(super) fn consistent(client: &Client, settings: &ServerSettings, problems: &mut Problems) {
    let mut require = |holds: bool, path: &str, message: &str| {
        if !holds {
            problems.add("invalid_value", path, message);
        }
    };
    let code = client.may_use(GrantType::AuthorizationCode);
    require(
        !code || !client.redirect_uris.is_empty(),
        "redirectUris",
        "The grant type AUTHORIZATION_CODE needs at least one redirection URI.",
    );
    require(
        !client.may_use(GrantType::ClientCredentials) || client.is_confidential(),
        "clientAuth",
        "The grant type CLIENT_CREDENTIALS needs client authentication.",
    );
    require(
        !client.may_use(GrantType::RefreshToken) || code,
        "grantTypes",
        "The grant type REFRESH_TOKEN needs another grant that begins with a person.",
    );
    let (needs_secret, needs_keys, method) = match client.authentication.method {
        AuthenticationMethod::None | AuthenticationMethod::Certificate => (false, false, None),
        AuthenticationMethod::Secret => (true, false, None),
        AuthenticationMethod::PrivateKeyJwt => (false, true, client.authentication.algorithm),
        AuthenticationMethod::ClientSecretJwt => (true, false, client.authentication.algorithm),
    };
    require(
        !needs_secret || client.secret().is_some(),
        "clientAuth.secret",
        "This authentication method needs a secret.",
    );
    require(
        !needs_keys
            || client
                .keys
                .as_ref()
                .and_then(JwksSettings::inline)
                .is_some(),
        "jwksSettings.jwks",
        "PRIVATE_KEY_JWT needs the client's public keys.",
    );
    require(
        method.is_none_or(|algorithm| algorithm.is_symmetric() != needs_keys),
        "clientAuth.tokenEndpointAuthSigningAlgorithm",
        "PRIVATE_KEY_JWT uses RS, ES, PS or EdDSA; CLIENT_SECRET_JWT uses HS.",
    );
    for (path, message) in too_short(client) {
        problems.add("invalid_value", path, message);
    }
    scopes_exist(client, settings, problems);
}

/// What a client's secret is too short for (RFC 7518 §3.2), with the path of the field to change.
pub(crate) fn too_short(client: &Client) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    if !secret_fits(client, client.id_token_algorithm()) {
        let path = "oidcPolicy.idTokenSigningAlgorithm";
        let message = "An HS algorithm needs a client secret at least as long as its hash (RFC 7518 section 3.2).";
        found.push((path, message));
    }
    let assertions = match client.authentication.method {
        AuthenticationMethod::ClientSecretJwt => {
            let algorithm = client
                .authentication
                .algorithm
                .filter(|it| it.is_symmetric());
            Some(algorithm.unwrap_or(Algorithm::Hs256))
        }
        _ => None,
    };
    if assertions.is_some_and(|algorithm| !secret_fits(client, algorithm)) {
        let message = "CLIENT_SECRET_JWT needs a secret at least as long as the algorithm's hash.";
        found.push(("clientAuth.secret", message));
    }
    found
}

fn secret_fits(client: &Client, algorithm: Algorithm) -> bool {
    let needed = match algorithm {
        Algorithm::Hs256 => 32,
        Algorithm::Hs384 => 48,
        Algorithm::Hs512 => 64,
        _ => return true,
    };
    client
        .secret()
        .is_some_and(|secret| secret.expose().len() >= needed)
}

fn scopes_exist(client: &Client, settings: &ServerSettings, problems: &mut Problems) {
    let lists = [
        (
            "restrictedScopes",
            &client.restricted_scopes,
            &settings.scopes,
        ),
        (
            "exclusiveScopes",
            &client.exclusive_scopes,
            &settings.exclusive_scopes,
        ),
    ];
    for (path, wanted, known) in lists {
        for scope in wanted
            .values()
            .filter(|scope| !known.iter().any(|k| k.name == **scope))
        {
            problems.add(
                "invalid_value",
                path,
                format!("The scope {scope:?} is not defined."),
            );
        }
    }
}
