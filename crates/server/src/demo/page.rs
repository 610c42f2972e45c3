//! What the shop shows.

use authn::approval::receipt::{Bound, Receipt};
use axum::response::{Html, IntoResponse, Response};
use domain::Channel;
use http::StatusCode;
use jose::jwt::Claims;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde_json::Map;

use crate::outbox::Arrived;

const TEMPLATES: [(&str, &str); 7] = [
    (
        "demo/face.html",
        include_str!("../../../web/assets/demo/face.html"),
    ),
    (
        "demo/intranet.html",
        include_str!("../../../web/assets/demo/intranet.html"),
    ),
    (
        "demo/layout.html",
        include_str!("../../../web/assets/demo/layout.html"),
    ),
    (
        "demo/home.html",
        include_str!("../../../web/assets/demo/home.html"),
    ),
    (
        "demo/signed-in.html",
        include_str!("../../../web/assets/demo/signed-in.html"),
    ),
    (
        "demo/inbox.html",
        include_str!("../../../web/assets/demo/inbox.html"),
    ),
    (
        "demo/error.html",
        include_str!("../../../web/assets/demo/error.html"),
    ),
];

/// The style sheet of the shop.
pub(super) const STYLE: &str = include_str!("../../../web/assets/demo/demo-shop.css");

/// The script of the inbox.
pub(super) const INBOX_SCRIPT: &str = include_str!("../../../web/assets/demo/demo-inbox.js");

/// The script of the page that has payments approved by face.
pub(super) const FACE_SCRIPT: &str = include_str!("../../../web/assets/demo/demo-face.js");

/// The script of the intranet.
pub(super) const PPM_SCRIPT: &str = include_str!("../../../web/assets/demo/demo-intranet.js");

/// The mark of the shop.
pub(super) const MARK: &str = include_str!("../../../web/assets/demo/demo-shop.svg");

/// The pages.
pub(super) struct Pages(Environment<'static>);

impl Pages {
    /// The pages, read once.
    pub(super) fn new() -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.add_global("asset_version", env!("CARGO_PKG_VERSION"));
        environment.add_global("home_url", "/");
        environment.add_global("account_url", "/account");
        environment.add_global("inbox_url", "/inbox");
        environment.add_global("intranet_url", "/intranet");
        environment.add_global("intranet_sign_on_url", "/intranet/sign-on");
        environment.add_global("sign_in_url", "/sign-in");
        environment.add_global("buy_url", "/buy");
        environment.add_global("pay_url", "/pay");
        environment.add_global("face_url", "/face");
        environment.add_global("sign_out_url", "/sign-out");
        environment.add_global("refresh_url", "/refresh");
        environment.add_global("userinfo_url", "/userinfo");
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        Ok(Self(environment))
    }

    /// One page.
    pub(super) fn render(&self, name: &str, status: StatusCode, shown: Value) -> Response {
        let rendered = self
            .0
            .get_template(name)
            .and_then(|template| template.render(shown));
        match rendered {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(%error, name, "a page of the demo shop cannot be shown");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// The name to greet someone with, if they have one; `sub` names them to machines alone.
pub(super) fn name(claims: &Claims) -> Option<&str> {
    let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
    ["name", "preferred_username", "email"]
        .into_iter()
        .find_map(text)
}

/// Claims as the rows of a table.
pub(super) fn rows(claims: &Map<String, serde_json::Value>) -> Vec<Value> {
    let rows = claims.iter().map(|(name, value)| {
        let text = value.as_str().map(str::to_owned);
        let text = text.unwrap_or_else(|| value.to_string());
        context! { name => name, value => text, note => note(name, value) }
    });
    rows.collect()
}

/// A receipt, as somebody reads it who has approved something.
pub(super) fn receipt(receipt: &Receipt) -> Value {
    let row = |name: &str, value: String, note: &str| context! { name, value, note };
    let mut rows = vec![
        row("sub", receipt.subject().to_string(), "Who approved it"),
        row(
            "iat",
            receipt.issued().to_string(),
            "When the receipt was signed",
        ),
        row(
            "digest",
            receipt.digest().to_string(),
            "What every approval of it is bound to",
        ),
    ];
    for factor in receipt.factors() {
        let bound = match factor.bound {
            Some(Bound::Signature) => "Your own signature over this payment",
            Some(Bound::Code) => "A code for this payment alone",
            None => "To sign on",
        };
        let proven = format!("{} ({})", factor.kind, factor.amr);
        rows.push(row("factor", proven, bound));
    }
    let by_person = receipt.factors().iter().any(|it| it.signature.is_some());
    let text = receipt.shown().first().map(|shown| shown.text.as_str());
    context! { rows, by_person, text }
}

/// A message that has arrived.
pub(super) fn message(message: &Arrived) -> Value {
    let kind = match message.channel {
        Channel::Email => "Mail",
        Channel::Voice => "Call",
        Channel::Sms | Channel::Push => "Text message",
    };
    // To the second: 2026-11-22T12:00:00.000Z.
    let at = message.at.to_string();
    let time = at.get(11..19).unwrap_or_default().to_owned();
    let (to, subject, text) = (&message.to, &message.subject, &message.text);
    context! { kind, to, subject, text, at, time }
}

/// What a claim means, for those who read one for the first time.
fn note(name: &str, value: &serde_json::Value) -> Option<String> {
    let meaning = match name {
        "iss" => "Who issued it",
        "sub" => "Who it is about; never changes",
        "aud" => "Whom it is for",
        "azp" => "To whom it was issued",
        "agid" => "The grant it comes of",
        "exp" | "iat" | "nbf" | "auth_time" => return moment(name, value),
        "nonce" => "What the shop sent, so that this answers this sign-in",
        "amr" => "How you proved who you are",
        "acr" => "How much that is worth",
        "sid" => "Your session at the server",
        "at_hash" => "Binds the access token to this",
        "jti" => "Its own number",
        "client_id" => "Who asked for it",
        "scope" => "What it is good for",
        "authorization_details" => "What you approved, in detail",
        "name" => "What you are called",
        "preferred_username" => "What you call yourself when you sign in",
        _ => return None,
    };
    Some(meaning.to_owned())
}

fn moment(name: &str, value: &serde_json::Value) -> Option<String> {
    let meaning = match name {
        "exp" => "Good until",
        "iat" => "Issued at",
        "nbf" => "Good from",
        _ => "You signed in at",
    };
    let at = jiff::Timestamp::from_second(value.as_i64()?).ok()?;
    Some(format!("{meaning} {at}"))
}
