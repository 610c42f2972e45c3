//! Where the endpoints are, below the issuer. The paths are PingFederate's, so that clients which
//! have them written down find what they look for.

/// The authorization endpoint (RFC 6749 §3.1).
pub const AUTHORIZATION: &str = "/as/authorization.oauth2";
/// The pushed authorization request endpoint (RFC 9126 §2).
pub const PUSHED_AUTHORIZATION_REQUEST: &str = "/as/par.oauth2";
/// The token endpoint (RFC 6749 §3.2).
pub const TOKEN: &str = "/as/token.oauth2";
/// The revocation endpoint (RFC 7009 §2).
pub const REVOCATION: &str = "/as/revoke_token.oauth2";
/// The introspection endpoint (RFC 7662 §2).
pub const INTROSPECTION: &str = "/as/introspect.oauth2";
/// The `UserInfo` endpoint (OpenID Connect Core §5.3).
pub const USERINFO: &str = "/idp/userinfo.openid";
/// The logout endpoint (OpenID Connect RP-Initiated Logout §2).
pub const END_SESSION: &str = "/idp/init_logout.openid";
/// The public keys of the server (RFC 7517 §5).
pub const JWKS: &str = "/pf/JWKS";
/// The description of the server (OpenID Connect Discovery §4).
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// The description of the server (RFC 8414 §3).
pub const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
