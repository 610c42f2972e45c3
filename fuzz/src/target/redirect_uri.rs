//! Where an authorization request may lead: to what the client has registered and nowhere else, as
//! browsers read it (RFC 9700 §2.1).

use oauth::redirect_uri::{Pattern, is_registered, is_usable};
use url::{Host, Url};

use super::two_parts;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "redirect_uri",
    run,
    seeds,
};

/// What the client has registered, a line break, what the request names.
fn run(input: &[u8]) -> bool {
    let Some((registered, requested)) = two_parts(input) else {
        return false;
    };
    let Ok(requested) = std::str::from_utf8(requested) else {
        return false;
    };
    let Ok(pattern) = Pattern::parse(registered) else {
        return false;
    };
    let matches = is_registered(&[registered.to_owned()], requested);
    assert_eq!(pattern.matches(requested), matches);
    if !matches || !is_usable(requested) {
        return false;
    }
    let (known, named) = (read(&registered.replace('*', "w")), read(requested));
    assert_eq!(known.scheme(), named.scheme());
    assert_eq!(
        (named.username(), named.password()),
        ("", None),
        "{requested}"
    );
    check_host(&known, &named, registered);
    if !pattern.has_wildcard() {
        let place = |uri: &Url| (uri.path().to_owned(), uri.query().map(str::to_owned));
        assert_eq!(place(&known), place(&named), "{registered} {requested}");
    }
    true
}

/// The server is the same, but for the port of a loopback address, and for one label where there is a
/// wildcard.
fn check_host(known: &Url, named: &Url, registered: &str) {
    let is_loopback = match known.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    let free_port = is_loopback && known.scheme() == "http";
    assert!(
        free_port || known.port() == named.port(),
        "{registered} {named}"
    );
    let (known, named) = (known.host_str(), named.host_str());
    let below = |host: Option<&str>| {
        host.and_then(|it| it.split_once('.'))
            .map(|it| it.1.to_owned())
    };
    let has_wild_host = registered.contains("://*.");
    assert!(
        known == named || (has_wild_host && below(known).is_some() && below(known) == below(named)),
        "{registered} {named:?}"
    );
}

fn read(uri: &str) -> Url {
    Url::parse(uri).unwrap_or_else(|_| panic!("{uri} is no URI"))
}

fn seeds() -> Vec<Vec<u8>> {
    [
        ("https://rp.example/cb?a=1", "https://rp.example/cb?a=1"),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1:51004/cb"),
        ("http://[::1]/cb?x=1", "http://[::1]:61023/cb?x=1"),
        ("http://127.0.0.1", "http://127.0.0.1:1"),
        ("com.example.app:/oauth2redirect", "com.example.app:/oauth2redirect"),
        ("http://localhost:3000/", "http://localhost:3000/"),
        ("https://*.rp.example/cb", "https://tenant.rp.example/cb"),
        ("https://rp.example/*/cb?x=*", "https://rp.example/a/b/cb?x=1&y=2"),
        ("com.example.app://*", "com.example.app://x/y"),
    ]
    .iter()
    .map(|(registered, requested)| format!("{registered}\n{requested}").into_bytes())
    // Not all of them need stay registrable.
    .filter(|seed| run(seed))
    .collect()
}
