//! Authorization details, and the words in which people are told of them (RFC 9396).

use domain::AuthorizationDetails;
use oauth::authorization_details::{DetailTypes, Line, Part};
use serde_json::json;

use super::two_parts;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "authorization_details",
    run,
    seeds,
};

/// A template, whose lines are parted by `|`, a line break, and the details.
fn run(input: &[u8]) -> bool {
    let Some((template, details)) = two_parts(input) else {
        return false;
    };
    let Ok(details) = std::str::from_utf8(details) else {
        return false;
    };
    let Ok(details) = AuthorizationDetails::parse(details) else {
        return false;
    };
    let again = AuthorizationDetails::parse(&details.to_value().to_string());
    assert_eq!(again.as_ref(), Ok(&details));
    assert!(details.is_within(&details));
    let (types, unusable) = types(template);
    for detail in details.iter() {
        let told = types.told(detail, "en");
        let lines = told.lines.iter().chain(&told.everything);
        let parts = lines.flat_map(|Line { parts, .. }| parts);
        told.title.iter().chain(parts).for_each(look);
        assert!(!told.title.is_empty(), "nobody says yes to nothing");
    }
    unusable.is_empty() && !details.is_empty()
}

/// Nothing of a request changes how the words around it are read.
fn look(part: &Part) {
    let turns = |it: char| matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_odd = |it: char| it.is_control() || turns(it);
    assert!(!part.is_value || !part.text.contains(is_odd), "{part:?}");
}

/// The type `t` with this template.
fn types(template: &str) -> (DetailTypes, Vec<oauth::authorization_details::UnusableType>) {
    let template = template.replace('|', "\n");
    let processor = json!({
        "id": "t",
        "configuration": { "fields": [
            { "name": "JSON Schema", "value": "{\"type\":\"object\",\"additionalProperties\":true}" },
            { "name": "Consent Template", "value": template },
        ] },
    });
    let detail_type = json!({
        "id": "t",
        "type": "t",
        "description": "",
        "authorizationDetailProcessorRef": { "id": "t" },
    });
    DetailTypes::read(&[detail_type], &[processor])
}

fn seeds() -> Vec<Vec<u8>> {
    let details = json!([
        { "type": "t", "a": { "b": "x\u{202e}y" }, "c": ["one", 2, null, { "d": [] }], "e": 1.5 },
        { "type": "other", "a": "\u{7}", "actions": ["read"], "locations": ["https://api.example"] },
    ]);
    [
        format!("Pay {{a.b}} to {{{{c}}}}|Label: {{c.0}}, {{c}}|{{e}}\n{details}"),
        format!("{{e}}|A: {{missing.3.x}}\n{details}"),
    ]
    .map(String::into_bytes)
    .into()
}
