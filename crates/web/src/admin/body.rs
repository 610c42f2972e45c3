//! What the administration API takes from a request.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use http::Request;
use http::request::Parts;
use serde_json::Value;

use super::api_result::AdminError;
use super::schema::Problems;
use crate::bounds::Unserved;
use crate::extract::{SubmittedError, bounded, is_of_type};

/// The longest body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// A JSON body, read strictly: no member twice, no depth without end.
pub(crate) struct Given(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for Given {
    type Rejection = AdminError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, AdminError> {
        if !is_of_type(request.headers(), "application/json") {
            return Err(AdminError::Malformed(
                "The body must be application/json.".to_owned(),
            ));
        }
        let body = bounded(request.into_body(), MAX_BODY).await;
        let body = body.map_err(|error| match error {
            SubmittedError::TooLarge => Unserved::TooLarge.into(),
            _ => AdminError::Malformed("The body could not be read to its end.".to_owned()),
        })?;
        let parsed = jose::json::parse(&body);
        parsed.map(Self).map_err(|error| {
            AdminError::Malformed(format!("The body is not usable JSON: {error}."))
        })
    }
}

/// Which part of a list is asked for.
pub(crate) struct Listing {
    page: usize,
    number_per_page: Option<usize>,
    filter: String,
}

impl Listing {
    /// Whether one of the texts contains the filter, without regard to case.
    pub(crate) fn matches(&self, texts: &[&str]) -> bool {
        self.filter.is_empty()
            || texts
                .iter()
                .any(|text| text.to_lowercase().contains(&self.filter))
    }

    /// The page of `items` that is asked for; pages are counted from 1, and page 0 is the first too.
    pub(crate) fn page<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        let size = self.number_per_page.unwrap_or(items.len());
        let start = self
            .page
            .saturating_sub(1)
            .saturating_mul(size)
            .min(items.len());
        let end = start.saturating_add(size).min(items.len());
        items.get(start..end).unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Listing {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AdminError> {
        let query = parts.uri.query().unwrap_or_default();
        let mut listing = Self {
            page: 1,
            number_per_page: None,
            filter: String::new(),
        };
        let mut problems = Problems::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let number = value.parse::<u32>().ok().map(|number| number as usize);
            match (&*name, number) {
                ("page", Some(page)) => listing.page = page,
                ("numberPerPage", Some(size)) if size > 0 => listing.number_per_page = Some(size),
                ("page" | "numberPerPage", _) => {
                    problems.add(
                        "invalid_value",
                        &name,
                        format!("{name} must be a positive number."),
                    );
                }
                ("filter", _) => listing.filter = value.to_lowercase(),
                _ => {}
            }
        }
        problems.check(listing).map_err(AdminError::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_from_one_and_end_with_the_list() {
        let items: Vec<u32> = (0..5).collect();
        let page = |page, size| Listing {
            page,
            number_per_page: size,
            filter: String::new(),
        };
        assert_eq!(page(1, Some(2)).page(&items), [0, 1]);
        assert_eq!(page(3, Some(2)).page(&items), [4]);
        assert_eq!(page(9, Some(2)).page(&items), [] as [u32; 0]);
        assert_eq!(page(1, None).page(&items).len(), 5);
        assert_eq!(
            page(usize::MAX, Some(usize::MAX)).page(&items),
            [] as [u32; 0]
        );
    }
}
