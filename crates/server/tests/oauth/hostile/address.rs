//! Every address there is, and how each of them refuses.

/// How an endpoint tells that it refuses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    /// A page, or a redirect to a proven URI.
    Page,
    /// RFC 6749 §5.2.
    OAuth,
    /// RFC 6750 §3.
    Bearer,
    /// PingFederate's `ApiResult`.
    Admin,
    /// A code and a message: the authentication API and what environments have of their own.
    Coded,
    /// The authenticator's, as RFC 6749 has it; with more methods than the others.
    Authenticator,
    /// A document of the authorization server, which takes no parameters.
    Document,
    /// A file of the pages.
    File,
    /// One that there is not.
    NoFile,
}

/// What people, browsers and clients reach of the server.
pub(super) const RUNTIME: &[(&str, Form)] = &[
    ("/.well-known/openid-configuration", Form::Document),
    ("/.well-known/oauth-authorization-server", Form::Document),
    ("/pf/JWKS", Form::Document),
    ("/assets/countersign.css", Form::File),
    ("/assets/brand.css", Form::File),
    ("/as/token.oauth2", Form::OAuth),
    ("/as/introspect.oauth2", Form::OAuth),
    ("/as/revoke_token.oauth2", Form::OAuth),
    ("/as/par.oauth2", Form::OAuth),
    ("/as/device_authz.oauth2", Form::OAuth),
    ("/idp/userinfo.openid", Form::Bearer),
    ("/as/authorization.oauth2", Form::Page),
    ("/as/user_authz.oauth2", Form::Page),
    ("/idp/init_logout.openid", Form::Page),
    ("/as/x/resume/as/authorization.ping", Form::Page),
    ("/as/%FF/resume/as/authorization.ping", Form::Page),
    ("/as/%00/resume/as/authorization.ping", Form::Page),
    ("/pf-ws/authn/flows/x", Form::Coded),
    ("/pf-ws/authn/flows/%FF", Form::Coded),
    ("/pf-ws/authn/flows/%00", Form::Coded),
    ("/authenticator", Form::Page),
    ("/authenticator/manifest.webmanifest", Form::File),
    ("/authenticator/worker.js", Form::File),
    ("/authenticator/devices", Form::Authenticator),
    ("/authenticator/devices/x", Form::Authenticator),
    ("/authenticator/devices/%FF", Form::Authenticator),
    ("/authenticator/devices/x/subscription", Form::Authenticator),
    ("/authenticator/devices/x/requests", Form::Authenticator),
    ("/authenticator/devices/x/requests/y", Form::Authenticator),
    ("/account", Form::Page),
    ("/account/password", Form::Page),
    ("/account/devices", Form::Page),
    ("/account/devices/x", Form::Page),
    ("/account/devices/new/x", Form::Page),
    ("/account/devices/%FF", Form::Page),
    ("/account/sessions", Form::Page),
    ("/account/grants", Form::Page),
    ("/account/sign-out", Form::Page),
    ("/assets/no-such-file", Form::NoFile),
    ("/assets/..%2F..%2Fetc%2Fpasswd", Form::NoFile),
    ("/assets/%FF", Form::NoFile),
    ("/no-such-page", Form::Page),
    ("/%FF%00", Form::Page),
    ("/00000000-0000-4000-8000-000000000000/as/token", Form::Page),
];

/// The same of an environment, below its id.
pub(super) const ENVIRONMENT: &[(&str, Form)] = &[
    ("/as/.well-known/openid-configuration", Form::Document),
    ("/as/.well-known/oauth-authorization-server", Form::Document),
    ("/as/jwks", Form::Document),
    ("/as/token", Form::OAuth),
    ("/as/introspect", Form::OAuth),
    ("/as/revoke", Form::OAuth),
    ("/as/par", Form::OAuth),
    ("/as/device_authorization", Form::OAuth),
    ("/as/userinfo", Form::Bearer),
    ("/as/authorize", Form::Page),
    ("/as/signoff", Form::Page),
    ("/as/resume", Form::Page),
    ("/device", Form::Page),
    ("/flows/x", Form::Coded),
    ("/flows/%FF", Form::Coded),
    ("/flows/%00", Form::Coded),
    ("/deviceAuthentications", Form::Coded),
    ("/deviceAuthentications/x", Form::Coded),
    ("/deviceAuthentications/%FF", Form::Coded),
    ("/authenticator", Form::Page),
    ("/authenticator/devices", Form::Authenticator),
    ("/authenticator/devices/x/requests/y", Form::Authenticator),
    ("/account", Form::Page),
    ("/account/devices/new/x", Form::Page),
    ("/no-such-page", Form::Page),
    ("/%FF%00", Form::Page),
];

/// What administrators reach, below the API's address.
pub(super) const ADMIN: &[&str] = &[
    "/version",
    "/oauth/clients",
    "/oauth/clients/shop",
    "/oauth/clients/nobody",
    "/oauth/clients/%FF",
    "/oauth/clients/%00%0D%0A",
    "/oauth/clients/shop/clientAuth/clientSecret",
    "/oauth/clients/%FF/clientAuth/clientSecret",
    "/oauth/authServerSettings",
    "/oauth/idpAdapterMappings",
    "/oauth/outOfBandAuthPlugins/x",
    "/configStore/oauth-credentials-validator",
    "/configStore/x/%FF",
    "/no/such/resource",
];

/// What administrators reach of an environment, below `/v1/environments`; `{env}` is its id.
pub(super) const MANAGEMENT: &[&str] = &[
    "",
    "/{env}",
    "/%FF",
    "/00000000-0000-4000-8000-000000000000/users",
    "/{env}/users",
    "/{env}/users/x",
    "/{env}/users/%FF",
    "/{env}/users/x/password",
    "/{env}/users/x/mfaEnabled",
    "/{env}/users/x/devices",
    "/{env}/users/x/devices/y",
    "/{env}/users/x/devices/y/nickname",
    "/{env}/applications",
    "/{env}/applications/shop",
    "/{env}/applications/%00",
    "/{env}/applications/shop/secret",
    "/{env}/signOnPolicies",
    "/{env}/signOnPolicies/x/actions",
    "/{env}/deviceAuthenticationPolicies",
    "/{env}/applications/shop/signOnPolicyAssignments",
    "/{env}/templates",
    "/{env}/templates/x/contents",
    "/{env}/no-such-thing",
];
