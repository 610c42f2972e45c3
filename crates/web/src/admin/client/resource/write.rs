//! From a client to its resource.

use domain::port::Random;
use domain::{AuthenticationMethod, Client, JwksSettings, Secret};
use serde_json::{Map, Value, json};

use super::{GRANT_TYPES, ROLLING, oidc_without_effect, without_effect};
use crate::admin::export_key::ExportKey;

/// The resource of `client`. Its secret appears only sealed, as `encryptedSecret`.
pub(crate) fn write(client: &Client, export_key: &ExportKey, random: &dyn Random) -> Value {
    let mut resource: Map<String, Value> = without_effect()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let mut set = |name: &str, value: Value| resource.insert(name.to_owned(), value);
    set("clientId", json!(client.id));
    set("enabled", json!(client.enabled));
    set("name", json!(client.name));
    set("description", json!(client.description));
    set(
        "logoUrl",
        json!(client.logo_url.as_deref().unwrap_or_default()),
    );
    set("redirectUris", json!(client.redirect_uris));
    set("grantTypes", grant_types(client));
    set("creationDate", json!(client.created.to_string()));
    set("modificationDate", json!(client.modified.to_string()));
    set("refreshRolling", json!(word(ROLLING, &client.rolling)));
    set("bypassApprovalPage", json!(client.bypass_approval));
    set("restrictScopes", json!(client.restrict_scopes));
    set("restrictedScopes", json!(client.restricted_scopes));
    set("exclusiveScopes", json!(client.exclusive_scopes));
    set("requireProofKeyForCodeExchange", json!(client.require_pkce));
    set("oidcPolicy", oidc_policy(client));
    set("clientAuth", client_auth(client, export_key, random));
    if let Some(jwks) = client.keys.as_ref().and_then(JwksSettings::inline) {
        set("jwksSettings", json!({ "jwks": jwks }));
    }
    if let Some(changed) = client.secret_changed {
        set("clientSecretChangedTime", json!(changed.to_string()));
    }
    Value::Object(resource)
}

/// A secret as the API shows it: PingFederate's form, and different at each reading.
pub(crate) fn encrypted_secret(
    secret: &Secret,
    export_key: &ExportKey,
    random: &dyn Random,
) -> Value {
    json!(export_key.seal(secret, random))
}

fn grant_types(client: &Client) -> Value {
    let allowed = GRANT_TYPES
        .iter()
        .filter(|(_, grant)| grant.is_some_and(|g| client.may_use(g)));
    allowed.map(|(name, _)| *name).collect()
}

fn word<T: PartialEq>(words: &[(&'static str, T)], meaning: &T) -> Option<&'static str> {
    words
        .iter()
        .find(|(_, known)| known == meaning)
        .map(|(word, _)| *word)
}

fn oidc_policy(client: &Client) -> Value {
    let neutral = oidc_without_effect().into_iter();
    let mut policy: Map<String, Value> = neutral.map(|(name, v)| (name.to_owned(), v)).collect();
    policy.insert(
        "idTokenSigningAlgorithm".into(),
        json!(client.id_token_algorithm().name()),
    );
    policy.insert(
        "postLogoutRedirectUris".into(),
        json!(client.oidc.post_logout_redirect_uris),
    );
    Value::Object(policy)
}

fn client_auth(client: &Client, export_key: &ExportKey, random: &dyn Random) -> Value {
    let by_jwt = matches!(
        client.authentication.method,
        AuthenticationMethod::PrivateKeyJwt | AuthenticationMethod::ClientSecretJwt
    );
    let mut auth = Map::new();
    auth.insert("type".into(), json!(client.authentication.method));
    auth.insert("secondarySecrets".into(), json!([]));
    if let Some(secret) = client.secret() {
        let sealed = encrypted_secret(secret, export_key, random);
        auth.insert("encryptedSecret".into(), sealed);
    }
    if by_jwt {
        auth.insert(
            "enforceReplayPrevention".into(),
            json!(client.authentication.enforce_replay_prevention),
        );
        if let Some(algorithm) = client.authentication.algorithm {
            auth.insert(
                "tokenEndpointAuthSigningAlgorithm".into(),
                json!(algorithm.name()),
            );
        }
    }
    Value::Object(auth)
}
