//! Lists of resources, as the API has them.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde_json::{Value, json};

use crate::environment::error::{ApiError, Detail};

/// The most resources that are listed at once.
const MOST: usize = 1000;

/// Which part of a list is asked for.
pub(super) struct Listing {
    /// At most so many.
    limit: usize,
    /// An attribute, and the value that it must equal.
    pub(super) filter: Option<(String, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for Listing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut listing = Self {
            limit: MOST,
            filter: None,
        };
        let query = parts.uri.query().unwrap_or_default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "limit" => {
                    let limit = value
                        .parse()
                        .ok()
                        .filter(|limit| (1..=MOST).contains(limit));
                    let message = format!("limit must be a number from 1 to {MOST}.");
                    let refused = || refused("limit", message);
                    listing.limit = limit.ok_or_else(refused)?;
                }
                "filter" => {
                    let message =
                        "The filter must be an attribute, eq, and a value in quotation marks.";
                    let refused = || refused("filter", message.to_owned());
                    listing.filter = Some(equality(&value).ok_or_else(refused)?);
                }
                _ => {}
            }
        }
        Ok(listing)
    }
}

fn refused(target: &str, message: String) -> ApiError {
    ApiError::Invalid(vec![Detail::invalid(target, message)])
}

/// The attribute and the value of a SCIM filter for equality (RFC 7644 §3.4.2.2).
fn equality(filter: &str) -> Option<(String, String)> {
    let (attribute, rest) = filter.trim().split_once(' ')?;
    let (operator, value) = rest.trim().split_once(' ')?;
    let value: String = serde_json::from_str(value.trim()).ok()?;
    let is_name = attribute
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '.');
    (operator.eq_ignore_ascii_case("eq") && is_name).then(|| (attribute.to_owned(), value))
}

impl Listing {
    /// The collection at an address whose resources these are, under their name.
    pub(super) fn collection(&self, address: &str, name: &str, mut all: Vec<Value>) -> Value {
        let count = all.len();
        all.truncate(self.limit);
        json!({
            "_links": { "self": { "href": address } },
            "count": count,
            "size": all.len(),
            "_embedded": { name: all },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc7644_3_4_2_2_reads_a_filter_for_equality_and_no_other() {
        let read = |filter| equality(filter).map(|(name, value)| format!("{name}={value}"));
        assert_eq!(
            read(r#"username eq "alice""#).as_deref(),
            Some("username=alice")
        );
        assert_eq!(
            read(r#" email EQ "a\"b c" "#).as_deref(),
            Some("email=a\"b c")
        );
        for filter in [
            "",
            "username",
            "username eq",
            "username eq alice",
            r#"username sw "a""#,
            r#"a"b eq "c""#,
            r#"a eq "b" or c eq "d""#,
        ] {
            assert_eq!(read(filter), None, "{filter}");
        }
    }
}
