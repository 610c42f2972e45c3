//! What is to be approved in a flow, for doors whose applications show it themselves.

use authn::approval::template::Method;
use authn::flow::Flow;
use serde_json::{Value, json};

/// What is to be approved: the very text whose digest is in what is signed, for whoever draws it.
pub(super) fn told(flow: &Flow) -> Option<Value> {
    let presented = flow.presented()?;
    let shown = presented.shown(Method::Page)?;
    Some(json!({
        "id": presented.transaction().id().as_str(),
        "title": shown.title(),
        "text": shown.text(),
        "locale": shown.locale(),
        "digest": presented.digest().to_string(),
    }))
}
