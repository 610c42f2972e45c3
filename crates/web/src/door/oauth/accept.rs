//! Which answers a request takes (RFC 9110 §12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;

/// The media type of an answer about a token that is a token itself (RFC 9701 §10.2).
pub(super) const TOKEN_INTROSPECTION: &str = "application/token-introspection+jwt";

/// The form of an answer about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `application/json`
    Json,
    /// [`TOKEN_INTROSPECTION`]
    Token,
}

/// The form of an answer about a token that a request wants, if it takes any.
pub(super) fn wanted(headers: &HeaderMap) -> Option<Form> {
    let lists = headers.get_all(ACCEPT).iter();
    let ranges = lists.filter_map(|list| list.to_str().ok());
    let ranges = ranges.flat_map(|list| list.split(','));
    let ranges = ranges.filter(|range| !range.trim().is_empty());
    let ranges: Vec<&str> = ranges.collect();
    // RFC 9110 §12.5.1: "A request without any Accept header field implies that the user agent will
    // accept any media type in response."
    if ranges.is_empty() {
        return Some(Form::Json);
    }
    let json = weight(&ranges, "application/json").map(|(_, weight)| weight);
    // RFC 9701 §4: a token is asked for with an "Accept HTTP header field set to
    // "application/token-introspection+jwt"", and so by no range that is true of anything.
    let token = weight(&ranges, TOKEN_INTROSPECTION).filter(|(specificity, _)| *specificity == 2);
    let token = token.map(|(_, weight)| weight);
    match (json.filter(|it| *it > 0), token.filter(|it| *it > 0)) {
        (json, Some(token)) if json.is_none_or(|json| token >= json) => Some(Form::Token),
        (json, _) => json.map(|_| Form::Json),
    }
}

/// Whether a request wants JSON and no page: a script's, not one of a browser that goes somewhere.
pub(super) fn prefers_json(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT).iter();
    let lists: Vec<&str> = lists.filter_map(|list| list.to_str().ok()).collect();
    let names = |media_type| lists.iter().any(|list| list.contains(media_type));
    let takes = wanted(headers) == Some(Form::Json);
    takes && names("application/json") && !names("text/html")
}

/// How much a media type is wanted, in thousandths, and how closely the range that says so describes
/// it; of those that are true of it, "The most specific reference has precedence."
fn weight(ranges: &[&str], media_type: &str) -> Option<(u8, u16)> {
    let matching = ranges.iter();
    let matching = matching.filter_map(|it| Some((specificity(it, media_type)?, quality(it))));
    matching.max()
}

/// How closely a media range describes a type of `application`, if it does. Some clients write the
/// range for everything as one asterisk.
fn specificity(range: &str, media_type: &str) -> Option<u8> {
    let essence = range.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        essence if essence == media_type => Some(2),
        "application/*" => Some(1),
        "*/*" | "*" => Some(0),
        _ => None,
    }
}

/// RFC 9110 §12.4.2: "a value of 0 means "not acceptable"", and "If no "q" parameter is present, the
/// default weight is 1."
fn quality(range: &str) -> u16 {
    let mut parameters = range.split(';').skip(1).filter_map(|it| it.split_once('='));
    let quality = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let quality = quality.and_then(|(_, quality)| thousandths(quality.trim()));
    quality.unwrap_or(1000)
}

/// "qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )"
fn thousandths(quality: &str) -> Option<u16> {
    let (whole, rest) = quality.split_once('.').unwrap_or((quality, ""));
    let rest: u16 = format!("{rest:0<3}").get(..3)?.parse().ok()?;
    match whole {
        "" | "0" => Some(rest),
        _ => Some(1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn wants(lists: &[&'static str]) -> Option<Form> {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(ACCEPT, HeaderValue::from_static(list));
        }
        wanted(&headers)
    }

    #[test]
    fn rfc9110_12_5_1_the_most_specific_range_decides() {
        let taken = [
            "application/json",
            "Application/JSON ; charset=utf-8",
            "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
            "application/token-introspection+jwt;q=0.4, application/json;q=0.5",
            "application/token-introspection+jwt;q=0, */*",
            "*/*;q=0, application/*;q=0.1",
            "",
            " , ",
        ];
        for list in taken {
            assert_eq!(wants(&[list]), Some(Form::Json), "{list}");
        }
        let as_token = [
            "application/token-introspection+jwt",
            "application/token-introspection+jwt, application/json",
            "application/json;q=0.5, Application/Token-Introspection+JWT; q=0.75",
            "*/*;q=0, application/token-introspection+jwt;q=0.001",
        ];
        for list in as_token {
            assert_eq!(wants(&[list]), Some(Form::Token), "{list}");
        }
        let not_taken = [
            "application/json;q=0, */*",
            "application/json; Q=0.000",
            "text/html, */*;q=0",
            "application/jsonx",
            "nonsense",
        ];
        for list in not_taken {
            assert_eq!(wants(&[list]), None, "{list}");
        }
        assert_eq!(wants(&[]), Some(Form::Json));
        let both = ["application/jwt", "application/json"];
        assert_eq!(wants(&both), Some(Form::Json));
    }
}
