//! What the settings must be like together that get messages to people.

use super::super::message::Gateway;
use super::super::mistake::{Deed, Origin};
use super::super::{Config, Draft};
use super::{is_loopback, report};
use crate::outbox::Template;

pub(super) fn check(draft: &mut Draft) {
    check_mail(draft);
    check_gateway(draft, "sms", |config| &config.sms);
    check_gateway(draft, "voice", |config| &config.voice);
}

fn check_mail(draft: &mut Draft) {
    let mail = &draft.config.mail;
    let nameless = mail
        .url
        .as_ref()
        .is_some_and(|url| url.username().is_empty());
    let has_password = mail.password.here.is_some() || mail.password.file.is_some();
    let twice = mail.password.here.is_some() && mail.password.file.is_some();
    let anonymous = mail.url.is_some() && mail.from.is_none();
    if anonymous {
        let deed = "`url` of [mail] needs `from` beside it";
        report(draft, &["mail.url"], deed);
    }
    let names = ["mail.password", "mail.password_file"];
    if twice {
        let deed = "`password` and `password_file` exclude each other";
        report(draft, &names, deed);
    } else if nameless && has_password {
        let deed = "`password` needs a name in `url`, such as \"smtp://name@mail.example.com\"";
        report(draft, &names, deed);
    }
}

fn check_gateway(draft: &mut Draft, section: &str, of: fn(&Config) -> &Gateway) {
    let gateway = of(&draft.config);
    let plain = |url: &url::Url| url.scheme() == "http" && !is_loopback(url);
    let exposed = gateway.url.as_ref().is_some_and(plain) && !gateway.insecure;
    let secret = &gateway.signing_secret;
    let twice = secret.here.is_some() && secret.file.is_some();
    let template = Template::new(gateway.content_type, gateway.body.as_deref());
    let name = |key: &str| format!("{section}.{key}");
    if let Err(fault) = template {
        let origin = draft.origins.get(&name("body")).cloned();
        let deed = Deed::Body(fault.to_string());
        draft.mistake(origin.unwrap_or(Origin::Default), deed);
    }
    if exposed {
        let deed = "`url` must begin with https unless it is on this machine or `insecure` is true";
        report(draft, &[&name("url")], deed);
    }
    if twice {
        let deed = "`signing_secret` and `signing_secret_file` exclude each other";
        report(
            draft,
            &[&name("signing_secret"), &name("signing_secret_file")],
            deed,
        );
    }
}
