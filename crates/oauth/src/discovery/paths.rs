//! Where the endpoints are, below the issuer.

/// Where the endpoints are, below the issuer.
#[derive(Debug, PartialEq, Eq)]
pub struct Paths {
    /// The authorization endpoint (RFC 6749 §3.1).
    pub authorization: &'static str,
    /// The pushed authorization request endpoint (RFC 9126 §2).
    pub pushed_authorization_request: &'static str,
    /// The token endpoint (RFC 6749 §3.2).
    pub token: &'static str,
    /// The revocation endpoint (RFC 7009 §2).
    pub revocation: &'static str,
    /// The introspection endpoint (RFC 7662 §2).
    pub introspection: &'static str,
    /// The `UserInfo` endpoint (OpenID Connect Core §5.3).
    pub userinfo: &'static str,
    /// The logout endpoint (OpenID Connect RP-Initiated Logout §2).
    pub end_session: &'static str,
    /// The device authorization endpoint (RFC 8628 §3.1).
    pub device_authorization: &'static str,
    /// The public keys of the server (RFC 7517 §5).
    pub jwks: &'static str,
}

impl Paths {
    /// PingFederate's, so that clients which have them written down find what they look for.
    pub const PINGFEDERATE: Self = Self {
        authorization: "/as/authorization.oauth2",
        pushed_authorization_request: "/as/par.oauth2",
        token: "/as/token.oauth2",
        revocation: "/as/revoke_token.oauth2",
        introspection: "/as/introspect.oauth2",
        userinfo: "/idp/userinfo.openid",
        end_session: "/idp/init_logout.openid",
        device_authorization: "/as/device_authz.oauth2",
        jwks: "/pf/JWKS",
    };

    /// Those of a `PingOne` environment, whose issuer ends in `/as`.
    pub const PINGONE: Self = Self {
        authorization: "/authorize",
        pushed_authorization_request: "/par",
        token: "/token",
        revocation: "/revoke",
        introspection: "/introspect",
        userinfo: "/userinfo",
        end_session: "/signoff",
        device_authorization: "/device_authorization",
        jwks: "/jwks",
    };
}

/// The description of the server (OpenID Connect Discovery §4).
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// The description of the server (RFC 8414 §3).
pub const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
