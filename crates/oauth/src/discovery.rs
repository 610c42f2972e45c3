//! What the server says about itself (OpenID Connect Discovery §3, RFC 8414 §2).

mod algorithm;
mod paths;

use domain::{ParStatus, ResponseType, ServerSettings};
use jose::jws::Algorithm;
use serde::Serialize;

use crate::authorization_details::DetailTypes;
use crate::authorize::{Prompt, REDIRECTLESS, ResponseMode};
pub use algorithm::Algorithms;
pub use paths::{OAUTH_METADATA, OPENID_CONFIGURATION, Paths};

/// What the description is made from.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The issuer identifier of this server.
    pub issuer: &'a str,
    /// Where the endpoints are, below the issuer.
    pub paths: &'static Paths,
    /// The settings of the authorization server.
    pub settings: &'a ServerSettings,
    /// The types of authorization details.
    pub detail_types: &'a DetailTypes,
    /// The algorithms with which ID tokens can be signed now.
    pub id_token_algorithms: &'a [Algorithm],
    /// The authentication context classes that can be reached, strongest first.
    pub acr_values: &'a [&'a str],
    /// The languages of the pages (BCP 47).
    pub ui_locales: &'a [&'a str],
    /// Where clients may show certificates.
    pub mutual_tls: MutualTls<'a>,
    /// Whether it is an environment, whose applications may sign request objects with their secret, or
    /// not at all.
    pub is_environment: bool,
    /// Whether people can register themselves.
    pub can_register: bool,
    /// Whether clients may be answered without a redirect.
    pub is_redirectless: bool,
}

/// Where clients may show certificates in TLS (RFC 8705).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MutualTls<'a> {
    /// Nowhere.
    #[default]
    Nowhere,
    /// Wherever everything else is: a proxy passes them on.
    AtIssuer,
    /// Below a URL of its own, which has no trailing slash.
    At(&'a str),
}

/// The endpoints for clients that show certificates (RFC 8705 §5).
#[derive(Clone, Debug, Serialize)]
#[expect(
    missing_docs,
    reason = "the members are those that have the same names in the metadata"
)]
pub struct EndpointAliases {
    pub token_endpoint: String,
    pub revocation_endpoint: String,
    pub introspection_endpoint: String,
    pub userinfo_endpoint: String,
    pub device_authorization_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
}

/// The description of the server, as clients read it. It says only what is true today.
#[derive(Clone, Debug, Serialize)]
#[expect(
    missing_docs,
    clippy::struct_excessive_bools,
    reason = "the members are those of the metadata registry of RFC 8414 §7.1"
)]
pub struct Metadata<'a> {
    pub issuer: &'a str,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub revocation_endpoint: String,
    pub userinfo_endpoint: String,
    pub introspection_endpoint: String,
    pub end_session_endpoint: String,
    pub device_authorization_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
    pub require_pushed_authorization_requests: bool,
    pub jwks_uri: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<&'a str>,
    pub claims_supported: &'static [&'static str],
    pub claim_types_supported: &'static [&'static str],
    pub claims_parameter_supported: bool,
    pub response_types_supported: Vec<String>,
    pub response_modes_supported: Vec<&'static str>,
    pub grant_types_supported: &'static [&'static str],
    pub subject_types_supported: &'static [&'static str],
    pub token_endpoint_auth_methods_supported: &'static [&'static str],
    pub introspection_endpoint_auth_methods_supported: &'static [&'static str],
    pub revocation_endpoint_auth_methods_supported: &'static [&'static str],
    #[serde(flatten)]
    pub algorithms: Algorithms,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types_supported: Vec<&'a str>,
    pub code_challenge_methods_supported: &'static [&'static str],
    pub authorization_response_iss_parameter_supported: bool,
    pub request_parameter_supported: bool,
    pub request_uri_parameter_supported: bool,
    pub prompt_values_supported: Vec<&'static str>,
    pub display_values_supported: &'static [&'static str],
    pub tls_client_certificate_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtls_endpoint_aliases: Option<EndpointAliases>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub acr_values_supported: &'a [&'a str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub ui_locales_supported: &'a [&'a str],
}

/// How clients may prove who they are (OpenID Connect Core §9), the same everywhere: a client that
/// has nothing to prove may still revoke its own tokens and ask about them.
const AUTHENTICATION: &[&str] = &[
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
];

/// The same where clients may show certificates.
const AUTHENTICATION_WITH_CERTIFICATES: &[&str] = &[
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "none",
];

/// What a person can be asked: to create an account only where people can register themselves.
pub(crate) fn prompts(can_register: bool) -> impl Iterator<Item = Prompt> {
    let all = Prompt::ALL.into_iter();
    all.filter(move |prompt| can_register || *prompt != Prompt::Create)
}

/// How clients may be answered.
fn response_modes(is_redirectless: bool) -> Vec<&'static str> {
    let redirectless = is_redirectless.then_some(REDIRECTLESS);
    redirectless
        .into_iter()
        .chain(ResponseMode::names())
        .collect()
}

impl<'a> Metadata<'a> {
    /// The description of a server.
    pub fn of(facts: &Facts<'a>) -> Self {
        let Facts {
            issuer,
            paths,
            settings,
            ..
        } = *facts;
        let at = |path: &str| format!("{}{path}", issuer.trim_end_matches('/'));
        let authentication = match facts.mutual_tls {
            MutualTls::Nowhere => AUTHENTICATION,
            MutualTls::AtIssuer | MutualTls::At(_) => AUTHENTICATION_WITH_CERTIFICATES,
        };
        Self {
            issuer,
            authorization_endpoint: at(paths.authorization),
            token_endpoint: at(paths.token),
            revocation_endpoint: at(paths.revocation),
            userinfo_endpoint: at(paths.userinfo),
            introspection_endpoint: at(paths.introspection),
            end_session_endpoint: at(paths.end_session),
            device_authorization_endpoint: at(paths.device_authorization),
            pushed_authorization_request_endpoint: (settings.par_status != ParStatus::Disabled)
                .then(|| at(paths.pushed_authorization_request)),
            require_pushed_authorization_requests: settings.par_status == ParStatus::Required,
            jwks_uri: at(paths.jwks),
            scopes_supported: settings.published_scopes().collect(),
            claims_supported: crate::claims::SUPPORTED,
            claim_types_supported: &["normal"],
            claims_parameter_supported: true,
            response_types_supported: ResponseType::ALL.map(|it| it.to_string()).into(),
            response_modes_supported: response_modes(facts.is_redirectless),
            grant_types_supported: &[
                "authorization_code",
                "implicit",
                "refresh_token",
                "client_credentials",
                crate::token::DEVICE_CODE,
            ],
            subject_types_supported: &["public"],
            token_endpoint_auth_methods_supported: authentication,
            introspection_endpoint_auth_methods_supported: authentication,
            revocation_endpoint_auth_methods_supported: authentication,
            algorithms: Algorithms::of(facts),
            authorization_details_types_supported: facts.detail_types.names().collect(),
            code_challenge_methods_supported: challenge_methods(settings),
            authorization_response_iss_parameter_supported: settings
                .include_issuer_in_authorization_response,
            request_parameter_supported: true,
            // OpenID Connect Discovery §3: "If omitted, the default value is true." That of a pushed
            // request is another matter (RFC 9126 §5).
            request_uri_parameter_supported: false,
            prompt_values_supported: prompts(facts.can_register).map(Prompt::name).collect(),
            display_values_supported: &["page"],
            tls_client_certificate_bound_access_tokens: facts.mutual_tls != MutualTls::Nowhere,
            mtls_endpoint_aliases: aliases(facts),
            acr_values_supported: facts.acr_values,
            ui_locales_supported: facts.ui_locales,
        }
    }
}

/// RFC 8705 §5: `mtls_endpoint_aliases` is "A JSON object containing alternative authorization server
/// endpoints that, when present, an OAuth client intending to do mutual TLS uses in preference to
/// the conventional endpoints."
fn aliases(facts: &Facts<'_>) -> Option<EndpointAliases> {
    let MutualTls::At(url) = facts.mutual_tls else {
        return None;
    };
    let has_par = facts.settings.par_status != ParStatus::Disabled;
    let at = |path: &str| format!("{url}{path}");
    let paths = facts.paths;
    Some(EndpointAliases {
        token_endpoint: at(paths.token),
        revocation_endpoint: at(paths.revocation),
        introspection_endpoint: at(paths.introspection),
        userinfo_endpoint: at(paths.userinfo),
        device_authorization_endpoint: at(paths.device_authorization),
        pushed_authorization_request_endpoint: has_par
            .then(|| at(paths.pushed_authorization_request)),
    })
}

const fn challenge_methods(settings: &ServerSettings) -> &'static [&'static str] {
    if settings.disallow_plain_pkce {
        &["S256"]
    } else {
        &["S256", "plain"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn document(settings: &ServerSettings) -> Value {
        let facts = Facts {
            issuer: "https://as.example",
            paths: &Paths::PINGFEDERATE,
            settings,
            detail_types: &DetailTypes::default(),
            id_token_algorithms: &[Algorithm::Rs256, Algorithm::Es256],
            acr_values: &[],
            ui_locales: &["en", "de"],
            mutual_tls: MutualTls::Nowhere,
            is_environment: false,
            can_register: false,
            is_redirectless: false,
        };
        serde_json::to_value(Metadata::of(&facts)).unwrap()
    }

    #[test]
    fn oidc_discovery_3_has_every_required_member() {
        let document = document(&ServerSettings::default());
        for member in [
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
        ] {
            assert!(document.get(member).is_some(), "{member}");
        }
        let algorithms = document["id_token_signing_alg_values_supported"]
            .as_array()
            .unwrap();
        assert!(
            algorithms.contains(&json!("RS256")),
            "RS256 MUST be included"
        );
        assert_eq!(document["jwks_uri"], "https://as.example/pf/JWKS");
        let prompts = json!(["none", "login", "consent", "select_account"]);
        assert_eq!(document["prompt_values_supported"], prompts);
        assert_eq!(
            document["end_session_endpoint"],
            "https://as.example/idp/init_logout.openid"
        );
    }

    #[test]
    fn rfc8414_3_2_lists_no_empty_arrays_and_no_none_algorithm() {
        let document = document(&ServerSettings::default());
        // RFC 8414 §3.2: "Claims with zero elements MUST be omitted from the response."
        assert!(document.get("acr_values_supported").is_none());
        for (name, value) in document.as_object().unwrap() {
            assert_ne!(value, &json!([]), "{name}");
            assert!(!value.is_null(), "{name}");
            if name.ends_with("_alg_values_supported") {
                assert!(
                    !value.as_array().unwrap().contains(&json!("none")),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn rfc8705_5_tells_where_clients_show_certificates() {
        let told = |mutual_tls| {
            let facts = Facts {
                issuer: "https://as.example",
                paths: &Paths::PINGFEDERATE,
                settings: &ServerSettings::default(),
                detail_types: &DetailTypes::default(),
                id_token_algorithms: &[],
                acr_values: &[],
                ui_locales: &[],
                mutual_tls,
                is_environment: false,
                can_register: false,
                is_redirectless: false,
            };
            let document = serde_json::to_value(Metadata::of(&facts)).unwrap();
            let methods = &document["token_endpoint_auth_methods_supported"];
            let named = methods
                .as_array()
                .unwrap()
                .contains(&json!("tls_client_auth"));
            let bound = &document["tls_client_certificate_bound_access_tokens"];
            assert_eq!(bound, &json!(named));
            (named, document["mtls_endpoint_aliases"].clone())
        };
        assert_eq!(told(MutualTls::Nowhere), (false, Value::Null));
        assert_eq!(told(MutualTls::AtIssuer), (true, Value::Null));
        let aliases = json!({
            "token_endpoint": "https://as.example:9032/as/token.oauth2",
            "revocation_endpoint": "https://as.example:9032/as/revoke_token.oauth2",
            "introspection_endpoint": "https://as.example:9032/as/introspect.oauth2",
            "userinfo_endpoint": "https://as.example:9032/idp/userinfo.openid",
            "device_authorization_endpoint": "https://as.example:9032/as/device_authz.oauth2",
            "pushed_authorization_request_endpoint": "https://as.example:9032/as/par.oauth2",
        });
        let at = MutualTls::At("https://as.example:9032");
        assert_eq!(told(at), (true, aliases));
    }

    #[test]
    fn follows_the_settings() {
        let strict = document(&ServerSettings::default());
        assert_eq!(strict["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(
            strict["authorization_response_iss_parameter_supported"],
            json!(true)
        );
        let lax = document(&ServerSettings {
            disallow_plain_pkce: false,
            include_issuer_in_authorization_response: false,
            scopes: Vec::new(),
            ..ServerSettings::default()
        });
        assert_eq!(
            lax["code_challenge_methods_supported"],
            json!(["S256", "plain"])
        );
        assert_eq!(
            lax["authorization_response_iss_parameter_supported"],
            json!(false)
        );
        assert!(lax.get("scopes_supported").is_none());
    }
}
