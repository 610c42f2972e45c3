//! The files of the pages, carried in the binary.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::bounds::Unserved;
use crate::extract::Named;

/// What follows `?v=` in the addresses of assets, so that browsers may keep them for ever.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../assets/templates/", $name)))),+]
    };
}

/// The templates by name.
pub(crate) const TEMPLATES: &[(&str, &str)] = templates![
    "account/confirm.html",
    "account/device-activate.html",
    "account/device-face.html",
    "account/device-new.html",
    "account/device-pair.html",
    "account/device.html",
    "account/devices.html",
    "account/grants.html",
    "account/layout.html",
    "account/overview.html",
    "account/method-icon.html",
    "account/password.html",
    "account/recovery-codes.html",
    "account/sessions.html",
    "assertion.html",
    "authenticator.html",
    "base.html",
    "consent.html",
    "device-code.html",
    "device-confirm.html",
    "device-done.html",
    "device-list.html",
    "enrol.html",
    "error.html",
    "face-camera.html",
    "face.html",
    "flow.html",
    "form-post.html",
    "help.html",
    "identify.html",
    "macros.html",
    "mailed-code.html",
    "manage-devices.html",
    "new-password.html",
    "one-time-code.html",
    "other-ways.html",
    "password-changed.html",
    "password-expires.html",
    "push.html",
    "recover-name.html",
    "register.html",
    "registered.html",
    "recover-username.html",
    "recovery-code.html",
    "recovery-list.html",
    "scan-pairing.html",
    "scan-totp.html",
    "select-device.html",
    "set-up-activate.html",
    "set-up-done.html",
    "set-up-target.html",
    "set-up.html",
    "sign-on.html",
    "sign-out.html",
    "signed-out.html",
    "told.html",
    "transaction.html",
    "username-sent.html",
    "verify-email.html",
    "webauthn-report.html",
    "webauthn.html",
];

const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The files that browsers fetch: name, media type, content.
const FILES: &[(&str, &str, &str)] = &[
    (
        "countersign.css",
        "text/css; charset=utf-8",
        include_str!("../assets/style/countersign.css"),
    ),
    (
        "enhance.js",
        SCRIPT,
        include_str!("../assets/script/enhance.js"),
    ),
    (
        "form-post.js",
        SCRIPT,
        include_str!("../assets/script/form-post.js"),
    ),
    (
        "webauthn.js",
        SCRIPT,
        include_str!("../assets/script/webauthn.js"),
    ),
    (
        "authenticator.js",
        SCRIPT,
        include_str!("../assets/script/authenticator.js"),
    ),
    ("face.js", SCRIPT, include_str!("../assets/script/face.js")),
    ("wait.js", SCRIPT, include_str!("../assets/script/wait.js")),
    (
        "authenticator.svg",
        SVG,
        include_str!("../assets/authenticator.svg"),
    ),
    ("favicon.svg", SVG, include_str!("../assets/favicon.svg")),
    ("logo.svg", SVG, include_str!("../assets/logo.svg")),
];

/// What shows the authenticator's notifications, at an address beside its page.
pub(crate) const WORKER: &str = include_str!("../assets/script/authenticator-worker.js");

/// `GET /assets/{name}`.
pub(crate) async fn file(Named(name): Named) -> Result<Response, Unserved> {
    let named = FILES.iter().find(|(known, ..)| *known == name);
    let (_, media_type, content) = named.ok_or(Unserved::NotFound)?;
    Ok(fresh(media_type, (*content).to_owned()))
}

/// An asset's answer, which may be kept: its address changes when it does.
pub(crate) fn fresh(media_type: &'static str, content: String) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "public, max-age=86400"),
    ];
    (headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The templates below a folder, by their paths in it.
    fn templates(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                templates(&entry.path(), &format!("{name}/"), found);
            } else if entry.path().extension().is_some_and(|it| it == "html") {
                found.insert(name);
            }
        }
    }

    #[test]
    fn every_template_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/templates");
        let mut found = BTreeSet::new();
        templates(&folder, "", &mut found);
        let known = TEMPLATES.iter().map(|(name, _)| (*name).to_owned());
        assert_eq!(known.collect::<BTreeSet<_>>(), found);
    }
}
