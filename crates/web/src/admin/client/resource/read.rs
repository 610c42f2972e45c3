//! From a resource to a client, with every mistake named.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{
    AuthenticationMethod, Client, ClientAuthentication, ClientId, GrantType, IdTokenAlgorithm,
    JwksSettings, OidcPolicy, Scope, Secret, ServerSettings, Timestamp,
};
use jose::jwk::JwkSet;
use jose::jws::Algorithm;
use serde_json::Value;

use super::{GRANT_TYPES, ROLLING, oidc_without_effect, rules, without_effect};
use crate::admin::api_result::Problem;
use crate::admin::export_key::ExportKey;
use crate::admin::fields::{Fields, Problems};

/// What a resource is read against.
pub(crate) struct Context<'a> {
    /// The scopes that there are.
    pub(crate) settings: Arc<ServerSettings>,
    /// Opens `encryptedSecret`.
    pub(crate) export_key: &'a ExportKey,
    /// The client that is replaced, if there is one.
    pub(crate) existing: Option<&'a Client>,
    /// The client id in the path, which wins over the one in the body.
    pub(crate) id: Option<&'a str>,
    /// The time now.
    pub(crate) now: Timestamp,
}

/// The longest text of a client, in characters.
const MAX_TEXT: usize = 2048;
/// The most entries in a list.
const MAX_LIST: usize = 200;

/// Reads a client.
pub(crate) fn read(resource: &Value, context: &Context<'_>) -> Result<Client, Vec<Problem>> {
    let mut problems = Problems::default();
    let client = Fields::of(resource, &mut problems).map(|fields| client(fields, context));
    if let Some(client) = &client
        && !problems.any()
    {
        rules::consistent(client, &context.settings, &mut problems);
    }
    match client {
        Some(client) => problems.check(client),
        None => Err(problems.check(()).err().unwrap_or_default()),
    }
}

fn client(mut fields: Fields<'_>, context: &Context<'_>) -> Client {
    let id = client_id(&mut fields, context);
    let name = bounded(&mut fields, "name").unwrap_or_default();
    if name.trim().is_empty() {
        fields.wrong("required", "name", "A client has a name.");
    }
    let created = context
        .existing
        .map_or(context.now, |existing| existing.created);
    let (authentication, secret_changed) = authentication(&mut fields, context);
    let restricted_scopes = restricted_scopes(&mut fields);
    let client = Client {
        enabled: fields.flag("enabled").unwrap_or(true),
        description: bounded(&mut fields, "description").unwrap_or_default(),
        logo_url: logo_url(&mut fields),
        redirect_uris: uris(&mut fields, "redirectUris"),
        authentication,
        secret_changed,
        keys: jwks(&mut fields).map(JwksSettings::Jwks),
        require_pkce: fields
            .flag("requireProofKeyForCodeExchange")
            .unwrap_or(false),
        bypass_approval: fields.flag("bypassApprovalPage").unwrap_or(false),
        restrict_scopes: restricted_scopes.is_some(),
        restricted_scopes: restricted_scopes.unwrap_or_default(),
        exclusive_scopes: scope(&mut fields, "exclusiveScopes").unwrap_or_default(),
        oidc: oidc_policy(&mut fields),
        rolling: fields.choice("refreshRolling", ROLLING).unwrap_or_default(),
        created,
        ..Client::new(
            ClientId::new(id),
            &name,
            grant_types(&mut fields),
            context.now,
        )
    };
    for (name, neutral) in without_effect() {
        fields.without_effect(name, &neutral);
    }
    fields.without_effect("defaultAccessTokenManagerRef", &serde_json::json!({}));
    for name in [
        "creationDate",
        "modificationDate",
        "clientSecretChangedTime",
        "replicationStatus",
    ] {
        fields.read_only(name);
    }
    fields.finish();
    client
}

fn client_id(fields: &mut Fields<'_>, context: &Context<'_>) -> String {
    let given = fields.text("clientId");
    let id = context.id.or(given).unwrap_or_default();
    // RFC 6749 appendix A.1: client-id = *VSCHAR
    let legal = !id.is_empty() && id.len() <= 256 && id.bytes().all(|b| matches!(b, 0x20..=0x7E));
    if !legal {
        let message = "A client id has 1 to 256 printable ASCII characters.";
        fields.wrong("required", "clientId", message);
    }
    id.to_owned()
}

fn bounded(fields: &mut Fields<'_>, name: &'static str) -> Option<String> {
    let text = fields.text(name)?;
    if text.chars().count() > MAX_TEXT || text.chars().any(char::is_control) {
        let message =
            format!("{name} has at most {MAX_TEXT} characters and no control characters.");
        fields.wrong("invalid_value", name, message);
        return None;
    }
    Some(text.to_owned())
}

fn logo_url(fields: &mut Fields<'_>) -> Option<String> {
    let text = bounded(fields, "logoUrl").filter(|text| !text.is_empty())?;
    let web = url::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    if !web {
        fields.wrong(
            "invalid_value",
            "logoUrl",
            "logoUrl must be an http or https URL.",
        );
    }
    Some(text)
}

fn uris(fields: &mut Fields<'_>, name: &'static str) -> Vec<String> {
    let texts = fields.texts(name).unwrap_or_default();
    if texts.len() > MAX_LIST {
        fields.wrong(
            "invalid_value",
            name,
            format!("{name} has at most {MAX_LIST} entries."),
        );
    }
    for text in &texts {
        if let Some(message) = uri_problem(text) {
            fields.wrong(
                "invalid_value",
                name,
                format!("{:?}: {message}", shortened(text)),
            );
        }
    }
    texts.into_iter().map(str::to_owned).collect()
}

/// What is wrong with a redirection URI.
fn uri_problem(text: &str) -> Option<&'static str> {
    if text.len() > MAX_TEXT {
        return Some("it is longer than 2048 bytes.");
    }
    if text.contains('*') {
        return Some("wildcards are not supported yet.");
    }
    // RFC 6749 §3.1.2: "The redirection endpoint URI MUST be an absolute URI", and it "MUST NOT
    // include a fragment component."
    match url::Url::parse(text) {
        Err(_) => Some("it is not an absolute URI."),
        Ok(uri) if uri.fragment().is_some() => Some("it has a fragment."),
        Ok(uri)
            if matches!(
                uri.scheme(),
                "javascript" | "data" | "vbscript" | "blob" | "file"
            ) =>
        {
            Some("its scheme could run code in our pages.")
        }
        Ok(uri) if matches!(uri.scheme(), "http" | "https") && !uri.username().is_empty() => {
            Some("it has a user name.")
        }
        Ok(_) if text.chars().any(|c| c.is_whitespace() || c.is_control()) => {
            Some("it has white space.")
        }
        Ok(_) => None,
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

fn grant_types(fields: &mut Fields<'_>) -> BTreeSet<GrantType> {
    let names = fields.texts("grantTypes").unwrap_or_default();
    if names.is_empty() {
        fields.wrong(
            "required",
            "grantTypes",
            "A client has at least one grant type.",
        );
    }
    let mut allowed = BTreeSet::new();
    for name in names {
        match fields.choose("grantTypes", name, GRANT_TYPES) {
            Some(Some(grant)) => {
                allowed.insert(grant);
            }
            Some(None) => {
                let message = format!("The grant type {name} is not supported yet.");
                fields.wrong("not_supported", "grantTypes", message);
            }
            None => {}
        }
    }
    allowed
}

const METHODS: &[(&str, Option<AuthenticationMethod>)] = &[
    ("NONE", Some(AuthenticationMethod::None)),
    ("SECRET", Some(AuthenticationMethod::Secret)),
    ("PRIVATE_KEY_JWT", Some(AuthenticationMethod::PrivateKeyJwt)),
    (
        "CLIENT_SECRET_JWT",
        Some(AuthenticationMethod::ClientSecretJwt),
    ),
    ("CERTIFICATE", None),
];

fn authentication(
    fields: &mut Fields<'_>,
    context: &Context<'_>,
) -> (ClientAuthentication, Option<Timestamp>) {
    let Some(mut auth) = fields.object("clientAuth") else {
        return (ClientAuthentication::default(), None);
    };
    let method = match auth.choice("type", METHODS) {
        Some(None) => {
            auth.wrong("not_supported", "type", "CERTIFICATE is not supported yet.");
            None
        }
        Some(method) => method,
        None => None,
    };
    let algorithm = algorithm(&mut auth, "tokenEndpointAuthSigningAlgorithm");
    let enforce_replay_prevention = auth.flag("enforceReplayPrevention").unwrap_or(false);
    let (secret, changed) = secret(&mut auth, context).unzip();
    auth.without_effect("secondarySecrets", &serde_json::json!([]));
    auth.finish();
    let authentication = ClientAuthentication {
        method: method.unwrap_or_default(),
        secret,
        enforce_replay_prevention,
        algorithm,
        ..ClientAuthentication::default()
    };
    (authentication, changed)
}

/// The secret of a `ClientAuth` or a `ClientSecret`.
pub(crate) fn secret(auth: &mut Fields<'_>, context: &Context<'_>) -> Option<(Secret, Timestamp)> {
    let presented = match (auth.text("secret"), auth.text("encryptedSecret")) {
        (None, None) => return None,
        (Some(_), Some(_)) => {
            let message = "Give either secret or encryptedSecret, not both.";
            auth.wrong("invalid_value", "secret", message);
            return None;
        }
        (Some(secret), None) => Secret::new(secret),
        (None, Some(sealed)) => {
            let Some(secret) = context.export_key.open(sealed) else {
                let message = "encryptedSecret was not sealed by this server.";
                auth.wrong("invalid_value", "encryptedSecret", message);
                return None;
            };
            secret
        }
    };
    let length = presented.expose().len();
    if !(1..=512).contains(&length) || presented.expose().chars().any(char::is_control) {
        let message = "A secret has 1 to 512 bytes and no control characters.";
        auth.wrong("invalid_value", "secret", message);
    }
    let is_kept = |existing: &&Client| {
        let kept = existing.secret();
        kept.is_some_and(|kept| kept.matches(presented.expose()))
    };
    let kept = context.existing.filter(is_kept);
    let changed = kept.and_then(|existing| existing.secret_changed);
    Some((presented, changed.unwrap_or(context.now)))
}

fn algorithm(fields: &mut Fields<'_>, name: &'static str) -> Option<Algorithm> {
    let words: Vec<(&str, Algorithm)> = Algorithm::ALL.iter().map(|a| (a.name(), *a)).collect();
    fields.choice(name, &words)
}

fn oidc_policy(fields: &mut Fields<'_>) -> OidcPolicy {
    let Some(mut policy) = fields.object("oidcPolicy") else {
        return OidcPolicy::default();
    };
    let algorithm = algorithm(&mut policy, "idTokenSigningAlgorithm");
    let uris = uris(&mut policy, "postLogoutRedirectUris");
    for (name, neutral) in oidc_without_effect() {
        policy.without_effect(name, &neutral);
    }
    policy.finish();
    OidcPolicy {
        id_token_signing_algorithm: algorithm.map(IdTokenAlgorithm).unwrap_or_default(),
        post_logout_redirect_uris: uris,
        ..OidcPolicy::default()
    }
}

fn jwks(fields: &mut Fields<'_>) -> Option<String> {
    let mut settings = fields.object("jwksSettings")?;
    let jwks = settings.text("jwks").map(str::to_owned);
    let problem = match jwks.as_deref().map(JwkSet::parse) {
        Some(Err(refused)) => Some(format!("jwks is not a usable JSON Web Key Set: {refused}.")),
        // The set is shown to whoever reads the client.
        Some(Ok(set)) if set.has_private_keys() => {
            Some("jwks has a private key: keep it, and give only the public half.".to_owned())
        }
        _ => None,
    };
    if let Some(message) = problem {
        settings.wrong("invalid_value", "jwks", message);
    }
    settings.finish();
    jwks
}

fn scope(fields: &mut Fields<'_>, name: &'static str) -> Option<Scope> {
    let texts = fields.texts(name)?;
    let scope = texts.join(" ").parse();
    if let Err(error) = &scope {
        fields.wrong("invalid_value", name, format!("{name}: {error}."));
    }
    scope.ok()
}

fn restricted_scopes(fields: &mut Fields<'_>) -> Option<Scope> {
    let restricted = fields.flag("restrictScopes").unwrap_or(false);
    let scopes = scope(fields, "restrictedScopes").unwrap_or_default();
    if !restricted && !scopes.is_empty() {
        let message = "restrictedScopes needs restrictScopes to be true.";
        fields.wrong("invalid_value", "restrictedScopes", message);
    }
    restricted.then_some(scopes)
}
