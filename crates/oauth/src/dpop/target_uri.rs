//! Comparing the URI of a proof with the URI of the request (RFC 9449 §4.3 item 9).

/// The longest URI that is read, in bytes.
const MAX_LENGTH: usize = 2048;

/// Whether two `http` or `https` URIs are the same but for query and fragment.
///
/// RFC 9449 §4.3: "servers SHOULD employ syntax-based normalization (Section 6.2.2 of RFC 3986)
/// and scheme-based normalization (Section 6.2.3 of RFC 3986) before comparing the htu claim."
pub(super) fn is_same(one: &str, other: &str) -> bool {
    // Most clients write the URI as discovery tells it.
    let plain = |uri: &str| !uri.contains(['?', '#', '%']);
    let same = one == other && plain(one);
    same || normalized(one).is_some_and(|one| normalized(other) == Some(one))
}

/// The URI without query and fragment in its normal form; `None` if it is not an `http` or `https`
/// URI (RFC 3986 §3) of a server.
fn normalized(uri: &str) -> Option<String> {
    if uri.len() > MAX_LENGTH || !uri.bytes().all(is_uri_character) {
        return None;
    }
    let (scheme, rest) = uri.split_once("://")?;
    // RFC 3986 §6.2.2.1: "the scheme and host are case-insensitive and therefore should be
    // normalized to lowercase."
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (hierarchy, _) = rest.split_at(end);
    let (authority, path) = hierarchy.split_at(hierarchy.find('/').unwrap_or(hierarchy.len()));
    let (host, port) = host_and_port(authority)?;
    // RFC 3986 §6.2.3: "if the port is the default for a scheme", it is left out.
    let port = port.filter(|port| *port != default_port);
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    let host = unescaped(host)?.to_ascii_lowercase();
    let path = without_dots(&unescaped(path)?);
    Some(format!("{scheme}://{host}{port}{path}"))
}

/// RFC 3986 §2.2, §2.3: the reserved and the unreserved characters, and the percent sign.
fn is_uri_character(byte: u8) -> bool {
    is_unreserved(byte) || b":/?#[]@!$&'()*+,;=%".contains(&byte)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// RFC 9110 §4.2.4: "a sender MUST NOT generate the userinfo subcomponent (and its "@" delimiter)
/// when an "http" or "https" URI reference is generated".
fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let end_of_host = authority.rfind(']').unwrap_or(0);
    let colon = authority.rfind(':').filter(|colon| *colon > end_of_host);
    let (host, port) = match colon {
        Some(colon) => (authority.get(..colon)?, authority.get(colon + 1..)?),
        None => (authority, ""),
    };
    if host.is_empty() || host.contains('@') || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // RFC 3986 §3.2.3: "the port component and its ":" delimiter" should be left out "if port is
    // empty".
    match port {
        "" => Some((host, None)),
        port => Some((host, Some(port.parse().ok()?))),
    }
}

/// RFC 3986 §6.2.2.2: percent-encoded octets "should be normalized by decoding any percent-encoded
/// octet that corresponds to an unreserved character"; §6.2.2.1: the digits of the others are in
/// upper case.
fn unescaped(text: &str) -> Option<String> {
    let mut normal = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            normal.push(char::from(byte));
            continue;
        }
        let (high, low) = (bytes.next()?, bytes.next()?);
        let octet = hex(high)? << 4 | hex(low)?;
        if is_unreserved(octet) {
            normal.push(char::from(octet));
        } else {
            let digits = [high, low].map(|digit| char::from(digit.to_ascii_uppercase()));
            normal.push('%');
            normal.extend(digits);
        }
    }
    Some(normal)
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// RFC 3986 §6.2.2.3, §5.2.4: the path without the segments `.` and `..`; §6.2.3: "a URI that uses
/// the generic syntax for authority with an empty path should be normalized to a path of "/"."
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            segment => {
                kept.push(segment);
                continue;
            }
        }
        // What a dot segment at the end leaves behind is a directory.
        if is_last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKEN: &str = "https://id.example/as/token.oauth2";

    #[test]
    fn rfc9449_4_3_9_is_compared_without_query_and_fragment() {
        for same in [
            TOKEN,
            "https://id.example/as/token.oauth2?x=1",
            "https://id.example/as/token.oauth2#part",
            "https://id.example/as/token.oauth2?x=%zz#part",
            "https://id.example/as/token.oauth2?a/../b",
        ] {
            assert!(is_same(same, TOKEN), "{same}");
        }
    }

    #[test]
    fn rfc3986_6_2_2_and_6_2_3_spellings_of_one_uri_are_the_same() {
        for same in [
            "HTTPS://ID.Example/as/token.oauth2",
            "https://id.example:443/as/token.oauth2",
            "https://id.example:/as/token.oauth2",
            "https://id.example:0443/as/token.oauth2",
            "https://id.example/%61s/token%2eoauth2",
            "https://%69d.example/as/token.oauth2",
            "https://id.example/as/./token.oauth2",
            "https://id.example/x/../as/token.oauth2",
            "https://id.example/x/%2E%2e/as/token.oauth2",
            "https://id.example/../as/token.oauth2",
        ] {
            assert!(is_same(same, TOKEN), "{same}");
        }
        assert!(is_same("http://id.example", "http://id.example:80/"));
        assert!(is_same("http://[::1]:9031/a%2f", "http://[::1]:9031/a%2F"));
        assert!(is_same("http://[FE80::1]/a/b/..", "http://[fe80::1]/a/"));
    }

    #[test]
    fn rfc9449_4_3_9_another_uri_is_not_the_same() {
        for other in [
            "",
            "/as/token.oauth2",
            "id.example/as/token.oauth2",
            "http://id.example/as/token.oauth2",
            "ftp://id.example/as/token.oauth2",
            "https://id.example.evil.example/as/token.oauth2",
            "https://evil.example/as/token.oauth2",
            "https://id.example:8443/as/token.oauth2",
            "https://id.example:65979/as/token.oauth2",
            "https://id.example:x/as/token.oauth2",
            "https://user@id.example/as/token.oauth2",
            "https://evil.example@id.example/as/token.oauth2",
            "https://id.example/as/token.oauth2/",
            "https://id.example/as//token.oauth2",
            "https://id.example/as/token.oauth2/.",
            "https://id.example/AS/token.oauth2",
            "https://id.example/as%2Ftoken.oauth2",
            "https://id.example/as/token.oauth2%",
            "https://id.example/as/token.oauth2%0",
            "https://id.example/as/token.oauth2%00",
            "https:/id.example/as/token.oauth2",
            "https:///id.example/as/token.oauth2",
            "https:\\\\id.example\\as\\token.oauth2",
            " https://id.example/as/token.oauth2",
            "https://id.example/as/token.oauth2\n",
            "https://id.example/as/\ttoken.oauth2",
            "https://id.exämple/as/token.oauth2",
            "https://id.example",
            "https://",
        ] {
            assert!(!is_same(other, TOKEN), "{other:?}");
            assert!(!is_same(TOKEN, other), "{other:?}");
        }
        let long = format!("{TOKEN}?{}", "x".repeat(MAX_LENGTH));
        assert!(!is_same(&long, TOKEN));
    }

    /// A segment that is neither empty nor made of dots.
    fn segment() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9_~!$&'()*+,;=:@-]{1,8}"
    }

    fn uri() -> impl Strategy<Value = (String, String, Vec<String>)> {
        (
            "https?",
            "[a-z][a-z0-9-]{0,8}(\\.[a-z]{1,5}){0,2}|\\[::[1-9a-f]\\]",
            prop::collection::vec(segment(), 0..4),
        )
    }

    /// The same path, spelled differently.
    fn respelled(path: &[String], how: &[u8]) -> String {
        let mut how = how.iter().copied().cycle();
        let mut next = || how.next().unwrap_or(0);
        let mut text = String::new();
        for segment in path {
            text.push_str(["", "/.", "/x/..", "/%2e", "/y/z/%2E%2E/.."][usize::from(next() % 5)]);
            text.push('/');
            for byte in segment.bytes() {
                let spelled = match next() % 3 {
                    0 if is_unreserved(byte) => format!("%{byte:02X}"),
                    1 if is_unreserved(byte) => format!("%{byte:02x}"),
                    _ => char::from(byte).to_string(),
                };
                text.push_str(&spelled);
            }
        }
        text
    }

    proptest! {
        #[test]
        fn every_spelling_of_a_uri_is_the_same(
            (scheme, host, path) in uri(),
            how in prop::collection::vec(any::<u8>(), 1..20),
            rest in "(\\?[a-z/.%]{0,5})?(#[a-z?]{0,5})?",
        ) {
            let plain: String = path.iter().flat_map(|segment| ["/", segment]).collect();
            let plain = format!("{scheme}://{host}{plain}");
            let port = match how[0] % 3 {
                0 => "",
                1 => ":",
                _ if scheme == "http" => ":80",
                _ => ":443",
            };
            let host = host.to_ascii_uppercase();
            let spelled = respelled(&path, &how);
            let scheme = scheme.to_ascii_uppercase();
            let other = format!("{scheme}://{host}{port}{spelled}{rest}");
            prop_assert!(is_same(&plain, &other), "{plain} {other}");
            prop_assert!(is_same(&other, &plain), "{other} {plain}");
        }

        #[test]
        fn another_scheme_host_port_or_path_is_never_the_same(
            (scheme, host, path) in uri(),
            (other_scheme, other_host, other_path) in uri(),
            (port, other_port) in (1_u16.., 1_u16..),
        ) {
            let whole = |scheme: &str, host: &str, port: u16, path: &[String]| {
                format!("{scheme}://{host}:{port}/{}", path.join("/"))
            };
            let one = whole(&scheme, &host, port, &path);
            let other = whole(&other_scheme, &other_host, other_port, &other_path);
            let equal = (&scheme, &host, port, &path) == (&other_scheme, &other_host, other_port, &other_path);
            prop_assert_eq!(is_same(&one, &other), equal);
            prop_assert_eq!(is_same(&one, &whole(&scheme, &host, other_port, &path)), port == other_port);
            prop_assert_eq!(is_same(&one, &whole(&scheme, &other_host, port, &path)), host == other_host);
            prop_assert_eq!(is_same(&one, &whole(&scheme, &host, port, &other_path)), path == other_path);
        }

        #[test]
        fn the_normal_form_is_its_own(text in "(https?://)?[ -~]{0,40}|\\PC{0,20}") {
            if let Some(normal) = normalized(&text) {
                prop_assert_eq!(normalized(&normal), Some(normal.clone()), "{}", text);
                prop_assert!(is_same(&text, &text));
            }
        }
    }
}
