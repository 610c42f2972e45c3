//! How whoever draws the pages themselves is told that a face is asked for.

use authn::flow::Flow;
use domain::Timestamp;
use serde_json::{Value, json};

use super::recognize;
use crate::app::App;

impl App {
    /// What it takes to open the session of Recognize for which a flow waits
    /// (docs/recognize-protocol.md §6).
    pub(super) fn recognize_told(&self, flow: &Flow, until: Timestamp) -> Option<Value> {
        let ticket = flow.face_ticket()?;
        Some(json!({
            "ticket": ticket.expose(),
            "url": self.recognize_url(),
            "expiresAt": until.to_string(),
        }))
    }

    /// Where sessions are opened by tickets of this house.
    fn recognize_url(&self) -> String {
        let path = self.site.page(recognize::PATH);
        let url = self.site.url(&self.settings.issuer, &path);
        // `http` becomes `ws`, and `https` becomes `wss` (RFC 6455 §3).
        url.strip_prefix("http")
            .map(|rest| format!("ws{rest}"))
            .unwrap_or(url)
    }
}
