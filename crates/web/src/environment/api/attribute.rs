//! Applications, between `PingOne`'s attributes and the client that each of them is.

mod known;
mod response_type;

use domain::Secret;
use serde_json::{Map, Value, json};

use super::cors::{self, CORS};
use crate::admin::configuration::Problem;
use crate::environment::login_page::{self, ATTRIBUTE as LOGIN_PAGE, OF_APPLICATION as KEPT};

/// How an application authenticates.
const METHOD: &str = "tokenEndpointAuthMethod";

/// Whether its codes are bound (RFC 7636).
const PKCE: &str = "pkceEnforcement";

/// The attributes that only `PingOne` tells apart, with the values that each may have, the default
/// first.
const OWN: [(&str, &[&str]); 5] = [
    (
        "type",
        &[
            "WEB_APP",
            "NATIVE_APP",
            "SINGLE_PAGE_APP",
            "WORKER",
            "SERVICE",
            "CUSTOM_APP",
        ],
    ),
    (
        METHOD,
        &[
            "CLIENT_SECRET_BASIC",
            "CLIENT_SECRET_POST",
            "CLIENT_SECRET_JWT",
            "PRIVATE_KEY_JWT",
            "NONE",
        ],
    ),
    (PKCE, &["OPTIONAL", "REQUIRED", "S256_REQUIRED"]),
    ("parRequirement", &["OPTIONAL", "REQUIRED"]),
    ("protocol", &["OPENID_CONNECT"]),
];

/// Whether request objects that nobody has signed are taken; the client has it under the same name.
const UNSIGNED: &str = "supportUnsignedRequestObject";

/// What only `PingOne` tells apart.
pub(super) struct Own {
    words: Map<String, Value>,
    takes_unsigned: bool,
    /// From where its scripts may call.
    pub(super) origins: Vec<String>,
}

impl Own {
    /// Reads it, or says what is wrong.
    pub(super) fn read(members: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let (mut own, mut problems) = match known::kept(members) {
            Ok(kept) => (kept, Vec::new()),
            Err(problems) => (Map::new(), problems),
        };
        for (name, values) in OWN {
            let given = members.get(name).filter(|it| !it.is_null());
            let default = values.first().copied().unwrap_or_default();
            let given = given.map_or(Some(default), Value::as_str);
            match given.filter(|given| values.contains(given)) {
                Some(given) => {
                    own.insert(name.to_owned(), given.into());
                }
                None => {
                    let message = format!("{name} must be one of {}.", values.join(", "));
                    problems.push(Problem::invalid(name, &message));
                }
            }
        }
        problems.extend(response_type::check(members));
        if let Some(given) = members.get(LOGIN_PAGE).filter(|it| !it.is_null()) {
            match given.as_str().and_then(login_page::read) {
                Some(_) => drop(own.insert(LOGIN_PAGE.to_owned(), given.clone())),
                None => problems.push(Problem::invalid(
                    LOGIN_PAGE,
                    "It must be the URL of a page.",
                )),
            }
        }
        let flag = |name: &str| members.get(name) == Some(&Value::Bool(true));
        let takes_unsigned = flag(UNSIGNED);
        if takes_unsigned && flag("requireSignedRequestObject") {
            let message = "Request objects must be signed, or need not be: not both.";
            problems.push(Problem::invalid(UNSIGNED, message));
        }
        let origins = cors::read(members);
        let origins = origins.map_err(|problem| problems.push(problem));
        let origins = origins.unwrap_or_default();
        own.insert(CORS.to_owned(), cors::shown(&origins));
        match problems.is_empty() {
            true => Ok(Self {
                words: own,
                takes_unsigned,
                origins,
            }),
            false => Err(problems),
        }
    }

    /// The client's record with it.
    pub(super) fn kept_in(&self, mut client: Map<String, Value>) -> Map<String, Value> {
        client.insert(KEPT.to_owned(), Value::Object(self.words.clone()));
        client.insert(UNSIGNED.to_owned(), self.takes_unsigned.into());
        client
    }

    /// How it authenticates.
    pub(super) fn method(&self) -> Option<&Value> {
        self.words.get(METHOD)
    }

    /// For an audit event.
    pub(super) fn to_value(&self) -> Value {
        let mut told = self.words.clone();
        told.insert(UNSIGNED.to_owned(), self.takes_unsigned.into());
        Value::Object(told)
    }
}

/// The attributes that are lists or flags of a client under other names.
const SAME: [(&str, &str); 2] = [
    ("grantTypes", "grantTypes"),
    ("redirectUris", "redirectUris"),
];

/// The client that an application is, as the administration API would be given it.
pub(super) fn as_client(id: &str, members: &Map<String, Value>, secret: &Secret) -> Value {
    let text = |name: &str| {
        members
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let method = match text(METHOD) {
        "NONE" => "NONE",
        "CLIENT_SECRET_JWT" => "CLIENT_SECRET_JWT",
        "PRIVATE_KEY_JWT" => "PRIVATE_KEY_JWT",
        _ => "SECRET",
    };
    let mut authentication = json!({ "type": method });
    if matches!(method, "SECRET" | "CLIENT_SECRET_JWT") {
        authentication = json!({ "type": method, "secret": secret.expose() });
    }
    let given = |name: &str, default: Value| {
        let given = members.get(name).filter(|it| !it.is_null());
        given.cloned().unwrap_or(default)
    };
    let mut client = json!({
        "clientId": id,
        "name": given("name", json!("")),
        "description": given("description", json!("")),
        "enabled": given("enabled", json!(false)),
        "clientAuth": authentication,
        "requireProofKeyForCodeExchange": matches!(text("pkceEnforcement"), "REQUIRED" | "S256_REQUIRED"),
        "requirePushedAuthorizationRequests": text("parRequirement") == "REQUIRED",
        "restrictedResponseTypes": response_type::restricted(members),
        "requireSignedRequests": given("requireSignedRequestObject", json!(false)),
        // Nobody is asked for consent there, unless an agreement is.
        "bypassApprovalPage": true,
        "oidcPolicy": { "postLogoutRedirectUris": given("postLogoutRedirectUris", json!([])) },
    });
    if let Some(client) = client.as_object_mut() {
        for (name, own) in SAME {
            client.insert(own.to_owned(), given(name, json!([])));
        }
        let keys = [("jwks", "jwks"), ("jwksUrl", "jwksUrl")];
        let keys = keys.into_iter().filter(|(name, _)| !text(name).is_empty());
        let keys: Map<String, Value> = keys
            .map(|(name, own)| (own.to_owned(), text(name).into()))
            .collect();
        if !keys.is_empty() {
            client.insert("jwksSettings".to_owned(), Value::Object(keys));
        }
    }
    client
}

/// A client as it is, in clear or sealed, with what an application says laid over it: what the API
/// does not show stays, and so does how it authenticates if that is given as it is shown.
pub(super) fn laid_over(client: Value, application: Value, authenticates_as_shown: bool) -> Value {
    let (Value::Object(mut client), Value::Object(application)) = (client, application) else {
        return Value::Null;
    };
    client.remove("jwksSettings");
    let grants = application.get("grantTypes").and_then(Value::as_array);
    if !grants.is_some_and(|grants| grants.contains(&json!("CIBA"))) {
        client.retain(|name, _| !name.starts_with("ciba") && name != "requestPolicyRef");
    }
    for (name, value) in application {
        match (name.as_str(), value) {
            ("bypassApprovalPage", _) => {}
            ("clientAuth", _) if authenticates_as_shown => {}
            ("oidcPolicy", Value::Object(said)) => {
                let policy = client.entry(name).or_insert_with(|| json!({}));
                if let Some(policy) = policy.as_object_mut() {
                    policy.extend(said);
                }
            }
            (_, value) => {
                client.insert(name, value);
            }
        }
    }
    Value::Object(client)
}

/// Whether this is how the API says that a client authenticates.
pub(super) fn shows_method(client: &Map<String, Value>, method: Option<&Value>) -> bool {
    method == described(client, "").get(METHOD)
}

/// An application as the API shows it.
pub(super) fn described(client: &Map<String, Value>, environment: &str) -> Value {
    let id = client
        .get("clientId")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let address = format!("{environment}/applications/{id}");
    let environment_id = environment.rsplit('/').next().unwrap_or_default();
    let at = |path: &[&str]| {
        let first = client.get(*path.first()?)?;
        path.iter()
            .skip(1)
            .try_fold(first, |value, name| value.get(*name))
    };
    let mut shown = json!({
        "_links": {
            "self": { "href": address },
            "environment": { "href": environment },
            "secret": { "href": format!("{address}/secret") },
        },
        "id": id,
        "environment": { "id": environment_id },
        "responseTypes": response_type::shown(client),
        UNSIGNED: client.get(UNSIGNED) == Some(&Value::Bool(true)),
    });
    let told: [(&str, &[&str]); 11] = [
        ("name", &["name"]),
        ("description", &["description"]),
        ("enabled", &["enabled"]),
        ("grantTypes", &["grantTypes"]),
        ("redirectUris", &["redirectUris"]),
        (
            "postLogoutRedirectUris",
            &["oidcPolicy", "postLogoutRedirectUris"],
        ),
        ("requireSignedRequestObject", &["requireSignedRequests"]),
        ("jwks", &["jwksSettings", "jwks"]),
        ("jwksUrl", &["jwksSettings", "jwksUrl"]),
        ("createdAt", &["creationDate"]),
        ("updatedAt", &["modificationDate"]),
    ];
    if let Some(shown) = shown.as_object_mut() {
        for (name, path) in told {
            if let Some(value) = at(path) {
                shown.insert(name.to_owned(), value.clone());
            }
        }
        let kept = client.get(KEPT).and_then(Value::as_object).cloned();
        shown.extend(kept.unwrap_or_else(|| derived(client)));
        // RFC 9700 §2.1.1: "Public clients MUST use PKCE", whatever is set.
        if shown.get(METHOD) == Some(&json!("NONE")) && shown.get(PKCE) == Some(&json!("OPTIONAL"))
        {
            shown.insert(PKCE.to_owned(), json!("REQUIRED"));
        }
    }
    shown
}

/// What `PingOne` would tell apart of a client that was not made by this API.
fn derived(client: &Map<String, Value>) -> Map<String, Value> {
    let is = |name: &str| client.get(name) == Some(&Value::Bool(true));
    let method = client.get("clientAuth").and_then(|it| it.get("type"));
    let method = match method.and_then(Value::as_str) {
        Some("NONE") | None => "NONE",
        Some("PRIVATE_KEY_JWT") => "PRIVATE_KEY_JWT",
        Some("CLIENT_SECRET_JWT") => "CLIENT_SECRET_JWT",
        Some(_) => "CLIENT_SECRET_BASIC",
    };
    let required = |flag: bool| if flag { "REQUIRED" } else { "OPTIONAL" };
    let derived = [
        ("type", "CUSTOM_APP"),
        ("protocol", "OPENID_CONNECT"),
        (METHOD, method),
        (
            "pkceEnforcement",
            required(is("requireProofKeyForCodeExchange")),
        ),
        (
            "parRequirement",
            required(is("requirePushedAuthorizationRequests")),
        ),
    ];
    let derived = derived.into_iter();
    derived
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}
