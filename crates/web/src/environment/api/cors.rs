//! `corsSettings` of an application: from where its scripts may call.

use domain::port::{Changes, Records, StoreError};
use serde_json::{Map, Value, json};
use url::Url;

use crate::admin::configuration::Problem;
use crate::live::Origins;

/// The attribute.
pub(super) const CORS: &str = "corsSettings";

/// The most origins of one application.
const MOST: usize = 20;

/// The origins that an application is given; none, if scripts of none may call.
pub(super) fn read(members: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let Some(settings) = members.get(CORS).filter(|it| !it.is_null()) else {
        return Ok(Vec::new());
    };
    let wrong = |message: &str| Problem::invalid(CORS, message);
    let origins = settings.get("origins").filter(|it| !it.is_null());
    match settings.get("behavior").and_then(Value::as_str) {
        Some("ALLOW_NO_ORIGINS") if origins.is_none() => Ok(Vec::new()),
        Some("ALLOW_NO_ORIGINS") => Err(wrong("Where no origins are allowed, none are named.")),
        Some("ALLOW_SPECIFIC_ORIGINS") => {
            let named = origins
                .and_then(Value::as_array)
                .filter(|it| it.len() <= MOST);
            let named = named
                .into_iter()
                .flatten()
                .map(|it| it.as_str().filter(is_origin));
            let named: Option<Vec<String>> = named.map(|it| it.map(str::to_owned)).collect();
            let message = "origins must be 1 to 20 origins such as https://app.example.com.";
            named
                .filter(|it| !it.is_empty())
                .ok_or_else(|| wrong(message))
        }
        _ => {
            let message = "behavior must be ALLOW_NO_ORIGINS or ALLOW_SPECIFIC_ORIGINS.";
            Err(wrong(message))
        }
    }
}

/// Whether this is one origin as browsers write it (RFC 6454 §6.2). An asterisk could be part of a host's
/// name, but whoever writes one means many.
fn is_origin(text: &&str) -> bool {
    let url = Url::parse(text).ok();
    let url = url.filter(|it| matches!(it.scheme(), "http" | "https") && !text.contains('*'));
    url.is_some_and(|url| url.origin().ascii_serialization() == **text)
}

/// The same, as the API shows it.
pub(super) fn shown(origins: &[String]) -> Value {
    match origins {
        [] => json!({ "behavior": "ALLOW_NO_ORIGINS" }),
        some => json!({ "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": some }),
    }
}

/// Keeps them where they are looked up at every request that a script makes.
pub(super) async fn keep(
    origins: &[String],
    application: &str,
    records: &Records,
) -> Result<Changes, StoreError> {
    let name = Origins::of(application);
    let kept = records.document(&name).await?;
    let mut changes = Changes::none();
    match (origins, kept) {
        ([], None) => {}
        ([], Some(kept)) => changes.delete_document(&name, kept.version),
        (some, kept) => changes.put_document(&name, kept.map(|it| it.version), &json!(some)),
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(settings: &Value) -> Result<Vec<String>, Problem> {
        let members = json!({ CORS: settings });
        read(members.as_object().unwrap())
    }

    #[test]
    fn pingone_1_2_origins_are_named_one_by_one() {
        let specific = |origins: Value| {
            of(&json!({ "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": origins }))
        };
        let some = ["https://app.example", "http://127.0.0.1:3000"];
        assert_eq!(specific(json!(some)).unwrap(), some);
        assert_eq!(of(&Value::Null).unwrap(), Vec::<String>::new());
        let none = json!({ "behavior": "ALLOW_NO_ORIGINS" });
        assert_eq!(of(&none).unwrap(), Vec::<String>::new());
        assert_eq!(shown(&[]), none);
        for refused in [
            json!([]),
            json!(["*"]),
            json!(["https://*.example"]),
            json!(["https://app.example/"]),
            json!(["https://app.example/path"]),
            json!(["https://App.example"]),
            json!(["ftp://app.example"]),
            json!(["null"]),
            json!([1]),
            json!(vec!["https://app.example"; 21]),
        ] {
            assert!(specific(refused.clone()).is_err(), "{refused}");
        }
        assert!(of(&json!({ "behavior": "ALLOW_ANY" })).is_err());
        assert!(of(&json!({ "behavior": "ALLOW_NO_ORIGINS", "origins": some })).is_err());
    }
}
