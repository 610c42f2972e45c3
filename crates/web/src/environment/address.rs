//! Which environment an address is of.

use domain::EnvironmentId;
use http::Uri;
use http::uri::PathAndQuery;
use oauth::discovery::{OAUTH_METADATA, OPENID_CONFIGURATION};

/// The environment that an address is of, and the address within it.
pub(super) fn addressed(uri: &Uri) -> Option<(EnvironmentId, Uri)> {
    let (id, path) = match described(uri.path()) {
        Some(id) => (id, format!("/as{OPENID_CONFIGURATION}")),
        None => {
            let (id, path) = segment(uri.path())?;
            (id, path.to_owned())
        }
    };
    let path = match (path.as_str(), uri.query()) {
        ("", None) => "/".to_owned(),
        (path, None) => path.to_owned(),
        (path, Some(query)) => format!("{path}?{query}"),
    };
    let within = PathAndQuery::try_from(path).ok()?;
    Some((id, Uri::from(within)))
}

/// RFC 8414 §3.1: "If the issuer identifier value contains a path component, any terminating "/" MUST
/// be removed before inserting "/.well-known/" and the well-known URI suffix between the host
/// component and the path component."
fn described(path: &str) -> Option<EnvironmentId> {
    let issuer = path
        .strip_prefix(OAUTH_METADATA)
        .or_else(|| path.strip_prefix(OPENID_CONFIGURATION))?;
    let (id, rest) = segment(issuer)?;
    (rest == "/as").then_some(id)
}

/// The environment that the first segment of a path names, and the rest of the path.
fn segment(path: &str) -> Option<(EnvironmentId, &str)> {
    let (id, rest) = path
        .strip_prefix('/')?
        .split_at_checked(EnvironmentId::LENGTH)?;
    let ends = rest.is_empty() || rest.starts_with('/');
    Some((id.parse().ok().filter(|_| ends)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4f6b8a2e-1c3d-4e5f-8a9b-0c1d2e3f4a5b";

    fn within(uri: &str) -> Option<String> {
        let (id, within) = addressed(&uri.parse().unwrap())?;
        assert_eq!(id.to_string(), ID);
        Some(within.to_string())
    }

    #[test]
    fn the_first_segment_names_the_environment() {
        let same = |uri: String, expected: &str| {
            assert_eq!(within(&uri).as_deref(), Some(expected), "{uri}");
        };
        same(format!("/{ID}/as/token"), "/as/token");
        same(
            format!("/{ID}/as/authorize?a=b%20c&d"),
            "/as/authorize?a=b%20c&d",
        );
        same(format!("/{ID}"), "/");
        same(format!("/{ID}/"), "/");
        same(format!("/{ID}//as/token"), "//as/token");
        let description = "/as/.well-known/openid-configuration";
        same(format!("{OAUTH_METADATA}/{ID}/as"), description);
        same(format!("{OPENID_CONFIGURATION}/{ID}/as"), description);
        same(format!("/{ID}{description}"), description);
    }

    #[test]
    fn nothing_else_names_one() {
        for uri in [
            "/".to_owned(),
            "/as/token.oauth2".to_owned(),
            format!("/{ID}x/as/token"),
            format!("//{ID}/as/token"),
            format!("/{}/as/token", ID.to_uppercase()),
            format!("/{}/as/token", ID.replace("-4e5f-", "-7e5f-")),
            format!("/x/{ID}/as/token"),
            OAUTH_METADATA.to_owned(),
            format!("{OAUTH_METADATA}/{ID}"),
            format!("{OAUTH_METADATA}/{ID}/as/token"),
            "/äääääääääääääääääääääääääääääääääää/".to_owned(),
        ] {
            let Ok(uri) = uri.parse() else { continue };
            assert_eq!(addressed(&uri), None, "{uri}");
        }
    }
}
