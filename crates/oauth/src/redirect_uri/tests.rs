use super::*;

fn matches(registered: &str, requested: &str) -> bool {
    Pattern::parse(registered).unwrap().matches(requested)
}

#[test]
fn rfc9700_2_1_compares_character_by_character() {
    let registered = "https://rp.example/cb?a=1";
    assert!(matches(registered, registered));
    for other in [
        "https://rp.example/cb",
        "https://rp.example/cb?a=1&b=2",
        "https://rp.example/cb/?a=1",
        "https://rp.example/CB?a=1",
        "https://RP.example/cb?a=1",
        "https://rp.example:443/cb?a=1",
        "https://rp.example/x/../cb?a=1",
        "https://rp.example/%63b?a=1",
        "https://rp.example/cb?a=1#",
        " https://rp.example/cb?a=1",
        "https://rp.example.evil.example/cb?a=1",
        "https://rp.example@evil.example/cb?a=1",
        "",
    ] {
        assert!(!matches(registered, other), "{other}");
    }
}

#[test]
fn rfc8252_7_3_allows_any_port_of_a_loopback_ip() {
    for (registered, requested) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1:51004/cb"),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb?x=1", "http://[::1]:61023/cb?x=1"),
        ("http://127.0.0.1", "http://127.0.0.1:1"),
        ("http://127.0.0.1/*", "http://127.0.0.1:51004/a/b"),
    ] {
        assert!(matches(registered, requested), "{registered} {requested}");
    }
}

#[test]
fn rfc8252_7_3_allows_nothing_but_the_port_to_differ() {
    for (registered, requested) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x=1"),
        ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb"),
        ("https://127.0.0.1/cb", "https://127.0.0.1:51004/cb"),
        ("http://127.0.0.1/cb", "http://[::1]:51004/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.2:51004/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb"),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1:80\\@evil.example/cb",
        ),
        ("http://localhost/cb", "http://localhost:51004/cb"),
        ("http://127.0.0.1/*", "http://127.0.0.1:80@evil.example/cb"),
        ("http://127.0.0.1/*", "http://[::1]/cb"),
    ] {
        assert!(!matches(registered, requested), "{registered} {requested}");
    }
}

#[test]
fn a_wildcard_stands_for_any_characters_of_path_and_query() {
    for (registered, requested) in [
        ("https://rp.example/*", "https://rp.example/"),
        ("https://rp.example/*", "https://rp.example/a/b?c=d"),
        ("https://rp.example/cb*", "https://rp.example/cb"),
        (
            "https://rp.example/cb/*",
            "https://rp.example/cb/a..b/c%2Fd",
        ),
        ("https://rp.example/cb*", "https://rp.example/cb?tenant=1"),
        ("https://rp.example/*/cb", "https://rp.example/a/b/cb"),
        ("https://rp.example/cb?t=*", "https://rp.example/cb?t=1&u=?"),
        (
            "https://rp.example/*?t=*&v=1",
            "https://rp.example/a?t=b&v=1",
        ),
        ("https://*.rp.example/cb", "https://shop-1.rp.example/cb"),
        (
            "https://*.rp.example:8443/*",
            "https://a.rp.example:8443/cb",
        ),
        ("com.example.app:/cb/*", "com.example.app:/cb/x"),
    ] {
        assert!(matches(registered, requested), "{registered} {requested}");
    }
}

#[test]
fn a_wildcard_stands_for_nothing_that_leads_elsewhere() {
    for (registered, requested) in [
        ("https://rp.example/*", "https://rp.example"),
        ("https://rp.example/*", "https://rp.example.evil.example/"),
        ("https://rp.example/*", "https://rp.example@evil.example/"),
        ("https://rp.example/*", "http://rp.example/cb"),
        ("https://rp.example/*", "https://rp.example:8443/cb"),
        ("https://rp.example/cb/*", "https://rp.example/cb/../other"),
        (
            "https://rp.example/cb/*",
            "https://rp.example/cb/%2E%2e/other",
        ),
        ("https://rp.example/cb/*", "https://rp.example/cb/.."),
        (
            "https://rp.example/cb/*",
            "https://rp.example/cb/..%2Fother",
        ),
        (
            "https://rp.example/cb/*",
            "https://rp.example/cb/%2e.%5cother",
        ),
        ("https://rp.example/cb/*", "https://rp.example/cb/..;/other"),
        ("https://rp.example/cb/*", "https://rp.example/cb/..\\x"),
        ("https://rp.example/cb/*", "https://rp.example/cb/#x"),
        ("https://rp.example/cb/*", "https://rp.example/cb/ x"),
        ("https://rp.example/cb/*", "https://rp.example/cb/*"),
        ("https://rp.example/*/cb", "https://rp.example/x?y=/cb"),
        (
            "https://rp.example/*/cb?z=1",
            "https://rp.example/x?/cb?z=1",
        ),
        (
            "https://rp.example/*/a/*/cb",
            "https://rp.example/x?/a/y/cb",
        ),
        ("https://*.rp.example/cb", "https://.rp.example/cb"),
        ("https://*.rp.example/cb", "https://rp.example/cb"),
        ("https://*.rp.example/cb", "https://a.b.rp.example/cb"),
        (
            "https://*.rp.example/cb",
            "https://evil.example/.rp.example/cb",
        ),
        (
            "https://*.rp.example/cb",
            "https://evil.example?.rp.example/cb",
        ),
        ("https://*.rp.example/cb", "https://a@b.rp.example/cb"),
        ("https://*.rp.example/cb", "https://evil%2Erp.example/cb"),
        ("com.example.app:/cb/*", "com.example.app://cb/x"),
    ] {
        assert!(!matches(registered, requested), "{registered} {requested}");
    }
}

#[test]
fn dangerous_redirect_uris_are_refused_with_a_reason() {
    use Unregistrable as U;
    for (text, reason) in [
        ("*", U::NotAbsolute),
        ("*://rp.example/cb", U::WildcardInScheme),
        ("http*://rp.example/cb", U::WildcardInScheme),
        ("https:*", U::NotAbsolute),
        ("https:rp.example/*", U::NotAbsolute),
        // A browser takes what comes next for the host, whatever it is.
        ("https:///*", U::NotAbsolute),
        ("https:////*", U::NotAbsolute),
        ("http:///rp.example/cb", U::NotAbsolute),
        ("ftp:*", U::NotAbsolute),
        ("wss:///*", U::NotAbsolute),
        ("https://*", U::WildcardInHost),
        ("https://*/cb", U::WildcardInHost),
        ("https://*:8443/cb", U::WildcardInHost),
        ("https://*.com", U::WildcardBelowSharedDomain),
        ("https://*.com./cb", U::WildcardBelowSharedDomain),
        ("https://*.co.uk/cb", U::WildcardBelowSharedDomain),
        ("https://*.github.io/cb", U::WildcardBelowSharedDomain),
        (
            "https://*.s3.amazonaws.com/cb",
            U::WildcardBelowSharedDomain,
        ),
        ("https://example.com*", U::WildcardInHost),
        ("https://example.com*/cb", U::WildcardInHost),
        ("https://example.*/cb", U::WildcardInHost),
        ("https://a*.example.com/cb", U::WildcardInHost),
        ("https://*a.example.com/cb", U::WildcardInHost),
        ("https://*.*.example.com/cb", U::WildcardInHost),
        ("https://www.*.example.com/cb", U::WildcardInHost),
        ("myapp://*/cb", U::WildcardInHost),
        ("myapp://*.example.com/cb", U::WildcardInHost),
        ("https://example.com:*/cb", U::WildcardInPort),
        ("https://example.com:44*", U::WildcardInPort),
        ("https://*@example.com/cb", U::UserInformation),
        ("https://user:pass@example.com/cb", U::UserInformation),
        ("https://example.com/******", U::TooManyWildcards),
        ("https://example.com\\*", U::Backslash),
        ("https://example.com/cb#", U::Fragment),
        ("https://example.com/a b", U::NotPlain),
        ("https://example.com/\u{fc}", U::NotPlain),
        ("javascript:alert(1)//*", U::UnsafeScheme),
        ("JavaScript:alert(1)//", U::UnsafeScheme),
        ("/cb", U::NotAbsolute),
        ("rp.example/cb", U::NotAbsolute),
        ("https://", U::NotAbsolute),
        ("http://*.0.0.1/cb", U::NotAbsolute),
        ("", U::NotAbsolute),
    ] {
        assert_eq!(Pattern::parse(text), Err(reason), "{text}");
    }
    let long = format!("https://rp.example/{}", "x".repeat(MAX_LENGTH));
    assert_eq!(Pattern::parse(&long), Err(U::TooLong));
}

#[test]
fn rfc6749_3_1_2_3_a_request_may_leave_out_the_only_complete_redirect_uri() {
    let one = ["https://rp.example/cb".to_owned()];
    assert_eq!(only(&one), Some("https://rp.example/cb"));
    let two = [one[0].clone(), "https://rp.example/other".to_owned()];
    assert_eq!(only(&two), None);
    assert_eq!(only(&["https://rp.example/*".to_owned()]), None);
    assert_eq!(only(&[]), None);
}

#[test]
fn rfc6749_3_1_2_wants_an_absolute_uri_without_fragment() {
    for uri in [
        "https://rp.example/cb",
        "com.example.app:/cb",
        "http://[::1]:80/?a=b",
    ] {
        assert!(is_usable(uri) && Pattern::parse(uri).is_ok(), "{uri}");
    }
    for uri in [
        "/cb",
        "rp.example/cb",
        "https://rp.example/cb#",
        "https://rp.example/cb#x",
        "javascript:alert(1)//",
        "JavaScript:alert(1)//",
        "data:text/html,x",
        "https://rp.example/\u{fc}",
        "https://rp.example/a b",
        "https://rp.example/\r\nset-cookie:a",
        "",
    ] {
        assert!(!is_usable(uri) && Pattern::parse(uri).is_err(), "{uri}");
    }
}
