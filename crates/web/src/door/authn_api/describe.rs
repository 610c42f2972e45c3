//! What the authentication API can do, for those who write applications for it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::FLOWS;
use super::action::{Kind, actions};
use super::state::STATES;
use crate::app::App;

/// Where it is told.
pub(crate) const EXPLORER: &str = "/pf-ws/authn/explorer";

/// `GET /pf-ws/authn/explorer`: every state with the actions that it may offer, and every action with the
/// fields of its body; nothing where an administrator does not want it to be told.
pub(crate) async fn describe(State(app): State<Arc<App>>) -> Response {
    if !app.live.authn_api().is_described {
        return StatusCode::NOT_FOUND.into_response();
    }
    let states = STATES
        .iter()
        .map(|(status, actions)| json!({ "status": status, "actions": actions }));
    Json(json!({
        "flows": format!("{}{FLOWS}/{{flowId}}", app.settings.issuer),
        "states": states.collect::<Vec<_>>(),
        "actions": described(),
    }))
    .into_response()
}

fn described() -> Value {
    let told = actions().map(|row| {
        let fields = row.members.iter().map(|member| {
            json!({
                "name": member.name,
                "type": type_of(member.kind),
                "required": member.is_required,
            })
        });
        json!({
            "id": row.id,
            "mediaType": format!("application/vnd.pingidentity.{}+json", row.id),
            "fields": fields.collect::<Vec<_>>(),
        })
    });
    told.collect()
}

/// What a field holds, in words of JSON Schema.
const fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::LongText => "string",
        Kind::Flag => "boolean",
        Kind::Reference | Kind::Fields | Kind::Method => "object",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn pingfederate_3_2_every_action_that_a_state_offers_is_known_and_each_is_offered_somewhere() {
        let known: BTreeSet<&str> = actions().map(|row| row.id).collect();
        let offered = STATES
            .iter()
            .flat_map(|(_, actions)| actions.iter().copied());
        let offered: BTreeSet<&str> = offered.collect();
        assert_eq!(known, offered);
        assert_eq!(known.len(), actions().count(), "each is there once");
        let names: BTreeSet<&str> = STATES.iter().map(|(status, _)| *status).collect();
        assert_eq!(names.len(), STATES.len());
    }
}
