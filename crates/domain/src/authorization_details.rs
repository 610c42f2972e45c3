//! Authorization details: what a client asks for, said in more than scope values (RFC 9396).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A text is not what an `authorization_details` parameter is, or is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "authorization details are a JSON array of at most 20 objects with a type, 8 levels deep and 8 KiB long"
)]
pub struct AuthorizationDetailsFormat;

/// One thing that is asked for: an object with a `type` (RFC 9396 §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct AuthorizationDetail(Map<String, Value>);

impl AuthorizationDetail {
    /// The members that list what is asked for (RFC 9396 §2.2): fewer of them is less.
    const LISTS: [&'static str; 4] = ["locations", "actions", "datatypes", "privileges"];

    /// Its type.
    pub fn kind(&self) -> &str {
        let kind = self.0.get("type").and_then(Value::as_str);
        kind.unwrap_or_default()
    }

    /// Its members, the type among them.
    pub const fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Whether it asks for no more than `granted` does: it is the same, but may list less in the
    /// members that list things.
    ///
    /// RFC 9396 §6.1 leaves to the type what is more and what is less; this holds for every type.
    pub fn is_within(&self, granted: &Self) -> bool {
        let is_within = |(name, value): (&String, &Value)| {
            let may_list_less = Self::LISTS.contains(&name.as_str());
            let granted = granted.0.get(name);
            granted.is_some_and(|it| value == it || may_list_less && lists_less(value, it))
        };
        // A member that is left out could mean all that there is.
        self.0.len() == granted.0.len() && self.0.iter().all(is_within)
    }
}

/// Whether every element of one list is in the other; no element at all could mean everything.
fn lists_less(list: &Value, granted: &Value) -> bool {
    match (list, granted) {
        (Value::Array(list), Value::Array(granted)) => {
            !list.is_empty() && list.iter().all(|it| granted.contains(it))
        }
        _ => false,
    }
}

impl TryFrom<Map<String, Value>> for AuthorizationDetail {
    type Error = AuthorizationDetailsFormat;

    fn try_from(members: Map<String, Value>) -> Result<Self, Self::Error> {
        // RFC 9396 §2: "type: An identifier for the authorization details type as a string. [...]
        // This field is REQUIRED."
        let kind = members.get("type").and_then(Value::as_str);
        match kind.is_some_and(|kind| !kind.is_empty()) {
            true => Ok(Self(members)),
            false => Err(AuthorizationDetailsFormat),
        }
    }
}

impl From<AuthorizationDetail> for Map<String, Value> {
    fn from(detail: AuthorizationDetail) -> Self {
        detail.0
    }
}

/// What is asked for, each part an object with a `type` (RFC 9396 §2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthorizationDetails(Vec<AuthorizationDetail>);

impl AuthorizationDetails {
    /// The longest parameter, in bytes: what is granted is in every access token.
    pub const MAX_LENGTH: usize = 8 * 1024;
    /// The most objects.
    pub const MAX_COUNT: usize = 20;
    /// The deepest nesting of arrays and objects, the outermost array counted.
    pub const MAX_DEPTH: usize = 8;

    /// Nothing.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads an `authorization_details` parameter.
    pub fn parse(text: &str) -> Result<Self, AuthorizationDetailsFormat> {
        if text.len() > Self::MAX_LENGTH {
            return Err(AuthorizationDetailsFormat);
        }
        let value = jose::json::parse(text.as_bytes()).map_err(|_| AuthorizationDetailsFormat)?;
        if depth(&value) > Self::MAX_DEPTH {
            return Err(AuthorizationDetailsFormat);
        }
        let details = serde_json::from_value(value).map(Self);
        let details = details.map_err(|_| AuthorizationDetailsFormat)?;
        // An empty array asks for nothing, as no parameter does.
        match details.0.len() <= Self::MAX_COUNT {
            true => Ok(details),
            false => Err(AuthorizationDetailsFormat),
        }
    }

    /// Whether nothing is asked for.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parts, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &AuthorizationDetail> {
        self.0.iter()
    }

    /// Whether no more is asked for than was granted: each part is within one of its own, since a
    /// payment that was allowed once must not become two.
    pub fn is_within(&self, granted: &Self) -> bool {
        let mut left: Vec<&AuthorizationDetail> = granted.iter().collect();
        let mut take = |fits: &dyn Fn(&AuthorizationDetail) -> bool| {
            let place = left.iter().position(|it| fits(it));
            place.map(|place| left.swap_remove(place)).is_some()
        };
        let unequal = self.iter().filter(|asked| !take(&|it| it == *asked));
        let unequal: Vec<&AuthorizationDetail> = unequal.collect();
        unequal.iter().all(|asked| take(&|it| asked.is_within(it)))
    }

    /// The parts of which `keep` says so.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&AuthorizationDetail) -> bool) -> Self {
        let kept = self.iter().filter(|detail| keep(detail));
        Self(kept.cloned().collect())
    }

    /// The parts as JSON.
    pub fn to_value(&self) -> Value {
        let parts = self.iter().map(|it| Value::Object(it.0.clone()));
        parts.collect()
    }
}

/// How deep arrays and objects are nested.
fn depth(value: &Value) -> usize {
    let deepest = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    deepest.unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn details(value: &Value) -> AuthorizationDetails {
        AuthorizationDetails::parse(&value.to_string()).unwrap()
    }

    fn is_within(asked: &Value, granted: &Value) -> bool {
        details(asked).is_within(&details(granted))
    }

    #[test]
    fn rfc9396_2_is_an_array_of_objects_with_a_type() {
        let text = r#"[{"type":"account_information","actions":["read"]},{"type":"x"}]"#;
        let details = AuthorizationDetails::parse(text).unwrap();
        let kinds: Vec<&str> = details.iter().map(AuthorizationDetail::kind).collect();
        assert_eq!(kinds, ["account_information", "x"]);
        assert_eq!(details.to_value().to_string().len(), text.len());
        assert!(AuthorizationDetails::parse("[]").unwrap().is_empty());
        for text in [
            "",
            "{}",
            "null",
            "[1]",
            "[[]]",
            "[{}]",
            r#"[{"type":1}]"#,
            r#"[{"type":""}]"#,
            r#"{"type":"x"}"#,
            r#"[{"type":"x","type":"y"}]"#,
            r#"[{"type":"x"}] "#.repeat(2).as_str(),
        ] {
            let read = AuthorizationDetails::parse(text);
            assert_eq!(read, Err(AuthorizationDetailsFormat), "{text}");
        }
    }

    #[test]
    fn its_size_is_bounded() {
        let many = |count| format!("[{}]", vec![r#"{"type":"x"}"#; count].join(","));
        assert!(AuthorizationDetails::parse(&many(20)).is_ok());
        assert!(AuthorizationDetails::parse(&many(21)).is_err());
        let deep = |levels: usize| {
            let (open, close) = ("[".repeat(levels), "]".repeat(levels));
            format!(r#"[{{"type":"x","y":{open}{close}}}]"#)
        };
        assert!(AuthorizationDetails::parse(&deep(6)).is_ok());
        assert!(AuthorizationDetails::parse(&deep(7)).is_err());
        let long = |length: usize| format!(r#"[{{"type":"x","y":"{}"}}]"#, "a".repeat(length - 21));
        assert!(AuthorizationDetails::parse(&long(8 * 1024)).is_ok());
        assert!(AuthorizationDetails::parse(&long(8 * 1024 + 1)).is_err());
    }

    #[test]
    fn rfc9396_6_1_less_is_a_part_or_fewer_of_what_is_listed() {
        let account = json!({
            "type": "account_information",
            "actions": ["list_accounts", "read_balances", "read_transactions"],
            "locations": ["https://example.com/accounts"],
        });
        let payment = json!({ "type": "payment_initiation", "amount": "10.00" });
        let granted = json!([account, payment]);
        // The running example of RFC 9396 §6.1.
        let less = json!([{
            "type": "account_information",
            "actions": ["list_accounts"],
            "locations": ["https://example.com/accounts"],
        }]);
        assert!(is_within(&less, &granted));
        assert!(is_within(&json!([payment]), &granted));
        assert!(
            is_within(&json!([payment, account]), &granted),
            "in any order"
        );
        for more in [
            json!([{ "type": "payment_initiation", "amount": "10.01" }]),
            json!([{ "type": "payment_initiation" }]),
            json!([{ "type": "payment_initiation", "amount": "10.00", "x": 1 }]),
            json!([{ "type": "account_information", "actions": ["list_accounts"] }]),
            json!([{ "type": "account_information", "actions": ["delete"], "locations": ["https://example.com/accounts"] }]),
            json!([{ "type": "account_information", "actions": [], "locations": ["https://example.com/accounts"] }]),
            json!([{ "type": "other" }]),
            json!([payment, payment]),
        ] {
            assert!(!is_within(&more, &granted), "{more}");
        }
    }

    #[test]
    fn each_part_has_one_of_its_own() {
        let list = |actions: &[&str]| json!({ "type": "x", "actions": actions });
        let granted = json!([list(&["a", "b"]), list(&["a"])]);
        assert!(is_within(
            &json!([list(&["a"]), list(&["b", "a"])]),
            &granted
        ));
        assert!(is_within(&json!([list(&["b"]), list(&["a"])]), &granted));
        assert!(!is_within(&json!([list(&["b"]), list(&["b"])]), &granted));
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_what_was_read_is_within_itself(text in r#"[\[\]{}":,a-c0-9 ]{0,60}|.{0,60}"#) {
            if let Ok(details) = AuthorizationDetails::parse(&text) {
                prop_assert!(details.is_within(&details));
            }
        }

        #[test]
        fn no_part_is_gained(kept in proptest::collection::vec(any::<bool>(), 5), doubled in 0..5usize) {
            let part = |number: usize| json!({ "type": "x", "number": number % 3 });
            let granted: Value = (0..5).map(part).collect();
            let some: Value = (0..5).filter(|it| kept[*it]).map(part).collect();
            prop_assert!(is_within(&some, &granted));
            let more: Value = (0..5).chain([doubled]).map(part).collect();
            prop_assert!(!is_within(&more, &granted));
        }
    }
}
