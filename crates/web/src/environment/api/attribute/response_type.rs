//! `responseTypes` of an application: what it may get from the authorization endpoint.

use domain::ResponseType;
use serde_json::{Map, Value, json};

use crate::admin::configuration::Problem;

/// The attribute.
const ATTRIBUTE: &str = "responseTypes";

/// A part of an answer by its name, and whether a response type has it.
type Part = (&'static str, fn(ResponseType) -> bool);

/// What an answer may have.
const PARTS: [Part; 3] = [
    ("CODE", |it| it.code),
    ("TOKEN", |it| it.token),
    ("ID_TOKEN", |it| it.id_token),
];

/// What is wrong with it, if anything.
pub(super) fn check(members: &Map<String, Value>) -> Option<Problem> {
    let given = members.get(ATTRIBUTE).filter(|it| !it.is_null())?;
    let is_one = |value: &Value| PARTS.iter().any(|(name, _)| value == name);
    let all = given.as_array().filter(|all| all.iter().all(is_one));
    let message = "responseTypes has some of CODE, TOKEN and ID_TOKEN.";
    all.is_none().then(|| Problem::invalid(ATTRIBUTE, message))
}

/// The response types of the client that an application is: those that have nothing but what is named.
/// Where nothing is named, all of its grants'.
pub(super) fn restricted(members: &Map<String, Value>) -> Vec<String> {
    let named = members.get(ATTRIBUTE).and_then(Value::as_array);
    let Some(named) = named.filter(|named| !named.is_empty()) else {
        return Vec::new();
    };
    let may = |it: &ResponseType| {
        let mut parts = PARTS.iter();
        parts.all(|(name, has)| !has(*it) || named.contains(&json!(name)))
    };
    let all = ResponseType::ALL.into_iter();
    let all = all.filter(|it| *it != ResponseType::NONE && may(it));
    all.map(|it| it.to_string()).collect()
}

/// The attribute of the application that a client is.
pub(super) fn shown(client: &Map<String, Value>) -> Value {
    let texts = |name: &str| {
        let list = client.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    };
    let restricted: Vec<ResponseType> = texts("restrictedResponseTypes")
        .filter_map(|it| it.parse().ok())
        .collect();
    let has_grant = |name: &str| texts("grantTypes").any(|grant| grant == name);
    let parts = PARTS
        .iter()
        .filter(|(name, has)| match restricted.as_slice() {
            [] if *name == "CODE" => has_grant("AUTHORIZATION_CODE"),
            [] => has_grant("IMPLICIT"),
            some => some.iter().any(|it| has(*it)),
        });
    parts.map(|(name, _)| json!(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &Value) -> Vec<String> {
        restricted(json!({ "responseTypes": names }).as_object().unwrap())
    }

    #[test]
    fn pingone_1_4_a_client_gets_what_is_named_in_any_combination_and_no_more() {
        assert_eq!(of(&json!(["CODE"])), ["code"]);
        assert_eq!(
            of(&json!(["TOKEN", "ID_TOKEN"])).join(","),
            "token,id_token,id_token token"
        );
        assert_eq!(of(&json!(["CODE", "TOKEN", "ID_TOKEN"])).len(), 7);
        assert_eq!(of(&json!([])), Vec::<String>::new());
    }

    #[test]
    fn it_is_shown_as_the_client_is() {
        let shown = |client: Value| shown(client.as_object().unwrap());
        let grants = json!(["AUTHORIZATION_CODE", "IMPLICIT"]);
        let all = json!({ "grantTypes": grants });
        assert_eq!(shown(all), json!(["CODE", "TOKEN", "ID_TOKEN"]));
        let some = json!({ "grantTypes": grants, "restrictedResponseTypes": ["code", "id_token"] });
        assert_eq!(shown(some), json!(["CODE", "ID_TOKEN"]));
        let none = json!({ "grantTypes": ["CLIENT_CREDENTIALS"] });
        assert_eq!(shown(none), json!([]));
    }
}
