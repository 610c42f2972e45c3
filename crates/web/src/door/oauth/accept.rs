//! Which answers a request takes (RFC 9110 §12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;

/// Whether a request takes an answer that is `application/json`.
pub(super) fn admits_json(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT).iter();
    let ranges = lists.filter_map(|list| list.to_str().ok());
    let ranges = ranges.flat_map(|list| list.split(','));
    let mut ranges = ranges.filter(|range| !range.trim().is_empty()).peekable();
    // RFC 9110 §12.5.1: "A request without any Accept header field implies that the user agent will
    // accept any media type in response."
    if ranges.peek().is_none() {
        return true;
    }
    // "The most specific reference has precedence."
    let matching = ranges.filter_map(|range| Some((specificity(range)?, is_wanted(range))));
    matching.max().is_some_and(|(_, wanted)| wanted)
}

/// Whether a request wants JSON and no page: a script's, not one of a browser that goes somewhere.
pub(super) fn prefers_json(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT).iter();
    let lists: Vec<&str> = lists.filter_map(|list| list.to_str().ok()).collect();
    let names = |media_type| lists.iter().any(|list| list.contains(media_type));
    names("application/json") && !names("text/html") && admits_json(headers)
}

/// How closely a media range describes JSON, if it does. Some clients write the range for
/// everything as one asterisk.
fn specificity(range: &str) -> Option<u8> {
    let essence = range.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/json" => Some(2),
        "application/*" => Some(1),
        "*/*" | "*" => Some(0),
        _ => None,
    }
}

/// RFC 9110 §12.4.2: "a value of 0 means "not acceptable"".
fn is_wanted(range: &str) -> bool {
    let mut parameters = range.split(';').skip(1).filter_map(|it| it.split_once('='));
    let weight = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    weight.is_none_or(|(_, weight)| weight.trim().parse::<f32>() != Ok(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn admits(lists: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(ACCEPT, HeaderValue::from_static(list));
        }
        admits_json(&headers)
    }

    #[test]
    fn rfc9110_12_5_1_the_most_specific_range_decides() {
        let taken = [
            "application/json",
            "Application/JSON ; charset=utf-8",
            "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
            "application/token-introspection+jwt, application/json;q=0.5",
            "*/*;q=0, application/*;q=0.1",
            "",
            " , ",
        ];
        for list in taken {
            assert!(admits(&[list]), "{list}");
        }
        let not_taken = [
            "application/token-introspection+jwt",
            "application/json;q=0, */*",
            "application/json; Q=0.000",
            "text/html, */*;q=0",
            "application/jsonx",
            "nonsense",
        ];
        for list in not_taken {
            assert!(!admits(&[list]), "{list}");
        }
        assert!(admits(&[]));
        assert!(admits(&["application/jwt", "application/json"]));
    }
}
