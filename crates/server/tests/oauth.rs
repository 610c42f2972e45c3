//! The authorization server as its clients meet it: over HTTP, with a clock that stands still.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "oauth/authorization_details.rs"]
mod authorization_details;
#[path = "oauth/authorize.rs"]
mod authorize;
#[path = "oauth/authorize_refusal.rs"]
mod authorize_refusal;
#[path = "oauth/claims.rs"]
mod claims;
#[path = "oauth/client_assertion.rs"]
mod client_assertion;
#[path = "oauth/client_authentication.rs"]
mod client_authentication;
#[path = "oauth/client_credentials.rs"]
mod client_credentials;
#[path = "oauth/client_keys.rs"]
mod client_keys;
#[path = "oauth/client_secret.rs"]
mod client_secret;
#[path = "oauth/cross_origin.rs"]
mod cross_origin;
#[path = "oauth/deletion.rs"]
mod deletion;
#[path = "oauth/device_grant.rs"]
mod device_grant;
#[path = "oauth/discovery.rs"]
mod discovery;
#[path = "oauth/dpop.rs"]
mod dpop;
#[path = "oauth/dpop_nonce.rs"]
mod dpop_nonce;
#[path = "oauth/dpop_userinfo.rs"]
mod dpop_userinfo;
#[path = "oauth/hostile.rs"]
mod hostile;
#[path = "oauth/id_token_encryption.rs"]
mod id_token_encryption;
#[path = "oauth/introspection.rs"]
mod introspection;
#[path = "oauth/jar.rs"]
mod jar;
#[path = "oauth/jarm.rs"]
mod jarm;
#[path = "oauth/logout.rs"]
mod logout;
#[path = "oauth/mutual_tls.rs"]
mod mutual_tls;
#[path = "oauth/par.rs"]
mod par;
#[path = "oauth/pkce.rs"]
mod pkce;
#[path = "oauth/prompt.rs"]
mod prompt;
#[path = "oauth/protected_answer.rs"]
mod protected_answer;
#[path = "oauth/refresh_token.rs"]
mod refresh_token;
#[path = "oauth/response.rs"]
mod response;
#[path = "oauth/response_type.rs"]
mod response_type;
#[path = "oauth/revocation.rs"]
mod revocation;
#[path = "oauth/security.rs"]
mod security;
#[path = "oauth/token.rs"]
mod token;
#[path = "oauth/userinfo.rs"]
mod userinfo;
