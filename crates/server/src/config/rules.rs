//! What settings must be like together.

mod messages;

use authn::evidence::FactorKind;
use authn::factor::webauthn::RelyingParty;

use super::mistake::{Deed, Origin};
use super::section::Attestation;
use super::{Draft, Tls};

/// Adds the mistakes that no setting makes alone.
pub(super) fn check(draft: &mut Draft) {
    check_tls(draft, "tls");
    check_tls(draft, "admin_tls");
    check_tls(draft, "mtls");
    check_mtls(draft);
    check_public_url(draft);
    check_plain_listeners(draft);
    check_templates(draft);
    check_words(draft);
    check_passkeys(draft);
    check_attestation(draft);
    check_faces(draft);
    messages::check(draft);
    if draft.config.session.idle > draft.config.session.absolute {
        report(
            draft,
            &["session.idle", "session.absolute"],
            "`idle` must not be longer than `absolute`",
        );
    }
    if draft.config.sign_on.password_memory_kib < 8 * draft.config.sign_on.password_parallelism {
        report(
            draft,
            &[
                "sign_on.password_memory_kib",
                "sign_on.password_parallelism",
            ],
            "`password_memory_kib` must be at least eight times `password_parallelism`",
        );
    }
}

/// A domain for passkeys that was set, and does not fit, is a mistake; one that was not set is not.
fn check_passkeys(draft: &mut Draft) {
    let (webauthn, url) = (&draft.config.webauthn, &draft.config.server.public_url);
    let (Some(id), Some(url)) = (&webauthn.rp_id, url) else {
        return;
    };
    let origin = url.origin().ascii_serialization();
    let related: Vec<&str> = webauthn
        .related_origins
        .iter()
        .map(String::as_str)
        .collect();
    let party = RelyingParty::new(id, "", &[&origin]);
    if party.is_err() {
        report(
            draft,
            &["webauthn.rp_id", "server.public_url"],
            "`rp_id` must be the host of `public_url` or a domain above it, and not one that only a registry has",
        );
    } else if party.is_ok_and(|party| party.with_related_origins(&related).is_err()) {
        report(
            draft,
            &["webauthn.related_origins"],
            "`related_origins` must be origins such as \"https://www.example.net\"",
        );
    }
}

/// Who has to be trusted is named, and nobody is named in vain.
fn check_attestation(draft: &mut Draft) {
    let webauthn = &draft.config.webauthn;
    let (has_roots, has_models) = (
        webauthn.attestation_roots.is_some(),
        !webauthn.attestation_models.is_empty(),
    );
    // A value that was refused counts as not set; its own mistake says enough.
    let refused = draft.mistakes.iter().any(|mistake| {
        matches!(&mistake.deed, Deed::Value { setting, .. } if setting.starts_with("attestation"))
    });
    let is_trusted = webauthn.attestation == Attestation::Trusted;
    if is_trusted && !has_roots && !refused {
        report(
            draft,
            &["webauthn.attestation"],
            "`attestation` = \"trusted\" needs `attestation_roots`",
        );
    }
    if !is_trusted && (has_roots || has_models) && !refused {
        report(
            draft,
            &["webauthn.attestation_roots", "webauthn.attestation_models"],
            "`attestation_roots` and `attestation_models` need `attestation` = \"trusted\"",
        );
    }
}

/// Nobody can be asked for a face at which nothing looks.
fn check_faces(draft: &mut Draft) {
    let asks = draft
        .config
        .sign_on
        .devices
        .allowed
        .contains(&FactorKind::Face);
    // A value that was refused counts as not set; its own mistake says enough.
    let refused = draft
        .mistakes
        .iter()
        .any(|mistake| matches!(&mistake.deed, Deed::Value { setting, .. } if setting == "models"));
    if asks && draft.config.recognize.models.is_none() && !refused {
        report(
            draft,
            &["devices.allowed", "recognize.models"],
            "`allowed` with \"face\" needs `models` of [recognize]",
        );
    }
    if cfg!(not(feature = "ort")) && draft.config.recognize.onnx_runtime.is_some() {
        report(
            draft,
            &["recognize.onnx_runtime"],
            "`onnx_runtime` needs a server that was built with the feature `ort`",
        );
    }
}

fn check_tls(draft: &mut Draft, section: &'static str) {
    let tls = match section {
        "tls" => &draft.config.tls,
        "mtls" => &draft.config.mtls.tls,
        _ => &draft.config.admin_tls.tls,
    };
    let Tls {
        certificate,
        key,
        self_signed,
    } = tls;
    let deed = match (certificate.is_some(), key.is_some(), self_signed) {
        (true, false, _) => "`certificate` needs `key` beside it",
        (false, true, _) => "`key` needs `certificate` beside it",
        (true, true, true) => "`self_signed` and `certificate` exclude each other",
        _ => return,
    };
    // A value that was refused counts as not set; its own mistake says enough.
    let refused = draft.mistakes.iter().any(|mistake| {
        matches!(&mistake.deed, Deed::Value { setting, .. } if setting == "certificate" || setting == "key")
    });
    if !refused {
        let names = ["certificate", "key", "self_signed"].map(|key| format!("{section}.{key}"));
        report(draft, &names.each_ref().map(String::as_str), deed);
    }
}

fn check_mtls(draft: &mut Draft) {
    let mtls = &draft.config.mtls;
    let plain = mtls.listen.is_some() && !draft.config.effective_mtls().is_set();
    let unheard =
        mtls.certificate_header.is_some() && draft.config.server.trusted_proxies.is_empty();
    let insecure = mtls
        .public_url
        .as_ref()
        .is_some_and(|url| url.scheme() != "https");
    if plain {
        let deed = "`mtls_listen` needs a certificate: set [tls], or `certificate` and `key` or `self_signed` in [mtls]";
        report(draft, &["server.mtls_listen"], deed);
    }
    if unheard {
        let deed = "`certificate_header` is believed only from the `trusted_proxies` of [server], and there are none";
        report(draft, &["mtls.certificate_header"], deed);
    }
    if insecure {
        report(
            draft,
            &["mtls.public_url"],
            "`public_url` of [mtls] must begin with https",
        );
    }
}

fn check_public_url(draft: &mut Draft) {
    let server = &draft.config.server;
    let Some(url) = &server.public_url else {
        return;
    };
    let plain = url.scheme() == "http";
    if plain && !is_loopback(url) && !server.tls_at_proxy {
        report(
            draft,
            &["server.public_url"],
            "`public_url` must begin with https unless it is on this machine (127.0.0.1, ::1, localhost) or `tls_at_proxy` is true",
        );
    }
}

/// Whether a URL leads to this machine. Of a scheme that browsers do not know the host is mere text.
fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name))
            if name
                .parse()
                .is_ok_and(|it: std::net::IpAddr| it.is_loopback()) =>
        {
            true
        }
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn check_plain_listeners(draft: &mut Draft) {
    let config = &draft.config;
    let server = &config.server;
    let (plain, admin_plain) = (!config.tls.is_set(), !config.effective_admin_tls().is_set());
    let exposed =
        |address: std::net::SocketAddr| !address.ip().is_loopback() && !server.tls_at_proxy;
    let runtime_exposed = plain && exposed(server.listen);
    let admin_exposed = admin_plain && exposed(server.admin_listen);
    let nameless = server.public_url.is_none() && server.listen.ip().is_unspecified();
    if runtime_exposed {
        report(
            draft,
            &["server.listen"],
            "`listen` speaks plain HTTP beyond this machine: set [tls], or `tls_at_proxy` if a proxy speaks TLS",
        );
    }
    if admin_exposed {
        report(
            draft,
            &["server.admin_listen"],
            "`admin_listen` speaks plain HTTP beyond this machine: set [tls] or [admin_tls], or `tls_at_proxy` if a proxy speaks TLS",
        );
    }
    if nameless {
        report(
            draft,
            &["server.listen"],
            "`listen` is every address of this machine, so `public_url` must say by which URL the server is reached",
        );
    }
}

/// An operator's templates are ones: this is found out before anything is made on disk.
fn check_templates(draft: &mut Draft) {
    let Some(directory) = &draft.config.pages.template_dir else {
        return;
    };
    if let Err(error) = web::Templates::with_overrides(Some(directory)) {
        let origin = draft.origins.get("pages.template_dir").cloned();
        let deed = Deed::Template(error.to_string());
        draft.mistake(origin.unwrap_or(Origin::Default), deed);
    }
}

/// So are an operator's words.
fn check_words(draft: &mut Draft) {
    let Some(directory) = &draft.config.pages.locale_dir else {
        return;
    };
    if let Err(error) = web::Locales::with_overrides(web::Locale::ENGLISH, Some(directory)) {
        let origin = draft.origins.get("pages.locale_dir").cloned();
        let deed = Deed::Words(error.to_string());
        draft.mistake(origin.unwrap_or(Origin::Default), deed);
    }
}

/// Notes a mistake at the first of these settings that was set.
fn report(draft: &mut Draft, names: &[&str], deed: &'static str) {
    let origin = names.iter().find_map(|name| draft.origins.get(*name));
    let origin = origin.cloned().unwrap_or(Origin::Default);
    draft.mistake(origin, Deed::Conflict(deed));
}
