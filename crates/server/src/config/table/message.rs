//! The settings of what gets messages to people.

use http::Method;

use super::super::message::ContentType;
use super::{Setting, put};

const METHODS: &[(&str, &Method)] = &[
    ("POST", &Method::POST),
    ("PUT", &Method::PUT),
    ("PATCH", &Method::PATCH),
];

const CONTENT_TYPES: &[(&str, ContentType)] = &[
    ("application/json", ContentType::Json),
    ("application/x-www-form-urlencoded", ContentType::Form),
    ("application/xml", ContentType::Xml),
];

/// The settings of a gateway that is asked by HTTP.
macro_rules! gateway {
    ($section:literal, $place:ident, $what:literal, $example:literal) => {
        [
            Setting {
                section: $section,
                key: "url",
                example: $example,
                about: concat!("Where ", $what, " are asked for. None are, if not set.\nThe file docs/messages.md describes the request, and has examples for common gateways."),
                take: |c, v| put(&mut c.$place.url, v.bare_url().map(Some)),
            },
            Setting {
                section: $section,
                key: "method",
                example: r#""POST""#,
                about: "The method of the request: POST, PUT, PATCH.",
                take: |c, v| put(&mut c.$place.method, v.one_of(METHODS).cloned()),
            },
            Setting {
                section: $section,
                key: "content_type",
                example: r#""application/json""#,
                about: "What the body is, by which the values in it are escaped: application/json,\napplication/x-www-form-urlencoded, application/xml.",
                take: |c, v| put(&mut c.$place.content_type, v.one_of(CONTENT_TYPES)),
            },
            Setting {
                section: $section,
                key: "body",
                example: r#"'{"id": {{ id }}, "channel": {{ channel }}, "to": {{ to }}, "text": {{ text }}, "language": {{ language }}}'"#,
                about: "The body, with id, channel, to, text and language in double braces. What is written in JSON\nhas its quotation marks already. This one, or the same as a form, if not set.",
                take: |c, v| put(&mut c.$place.body, v.text().map(Some)),
            },
            Setting {
                section: $section,
                key: "headers",
                example: "[]",
                about: "Headers of the request, such as [\"Authorization: Bearer secret\"].",
                take: |c, v| put(&mut c.$place.headers, v.hidden_lines()),
            },
            Setting {
                section: $section,
                key: "headers_file",
                example: concat!(r#""/etc/countersign/"#, $section, r#".headers""#),
                about: "A file with more of them, one a line.",
                take: |c, v| put(&mut c.$place.headers_file, v.file().map(Some)),
            },
            Setting {
                section: $section,
                key: "signing_secret",
                example: r#""a long secret""#,
                about: "The secret by which the body is signed (HMAC-SHA-256), for those who want to know that it is ours.\nIt is not signed, if not set.",
                take: |c, v| put(&mut c.$place.signing_secret.here, v.hidden().map(Some)),
            },
            Setting {
                section: $section,
                key: "signing_secret_file",
                example: concat!(r#""/etc/countersign/"#, $section, r#".secret""#),
                about: "A file with it.",
                take: |c, v| put(&mut c.$place.signing_secret.file, v.file().map(Some)),
            },
            Setting {
                section: $section,
                key: "signature_header",
                example: r#""X-Countersign-Signature""#,
                about: "The header with the signature.",
                take: |c, v| put(&mut c.$place.signature_header, v.header()),
            },
            Setting {
                section: $section,
                key: "insecure",
                example: "false",
                about: "Says that the request may leave this machine without TLS.",
                take: |c, v| put(&mut c.$place.insecure, v.boolean()),
            },
        ]
    };
}

/// Text messages.
pub(super) const SMS: [Setting; 10] = gateway!(
    "sms",
    sms,
    "text messages",
    r#""https://sms.example.com/v1/messages""#
);

/// Calls.
pub(super) const VOICE: [Setting; 10] = gateway!(
    "voice",
    voice,
    "calls",
    r#""https://voice.example.com/v1/calls""#
);

/// Mail.
pub(super) const MAIL: [Setting; 6] = [
    Setting {
        section: "mail",
        key: "url",
        example: r#""smtp://countersign@mail.example.com:587""#,
        about: "The server that takes mail, with the name by which it knows us: smtp (with STARTTLS, port 587)\nor smtps (port 465). No mail is sent, if not set.",
        take: |c, v| put(&mut c.mail.url, v.mail_server().map(Some)),
    },
    Setting {
        section: "mail",
        key: "password",
        example: r#""a secret""#,
        about: "The password that goes with the name.",
        take: |c, v| put(&mut c.mail.password.here, v.hidden().map(Some)),
    },
    Setting {
        section: "mail",
        key: "password_file",
        example: r#""/etc/countersign/mail.password""#,
        about: "A file with it.",
        take: |c, v| put(&mut c.mail.password.file, v.file().map(Some)),
    },
    Setting {
        section: "mail",
        key: "from",
        example: r#""Example <no-reply@example.com>""#,
        about: "From whom mail is.",
        take: |c, v| put(&mut c.mail.from, v.mailbox().map(Some)),
    },
    Setting {
        section: "mail",
        key: "reply_to",
        example: r#""Help <help@example.com>""#,
        about: "To whom answers go, if not to that.",
        take: |c, v| put(&mut c.mail.reply_to, v.mailbox().map(Some)),
    },
    Setting {
        section: "mail",
        key: "insecure",
        example: "false",
        about: "Says that mail may leave this machine without TLS.",
        take: |c, v| put(&mut c.mail.insecure, v.boolean()),
    },
];

/// Notifications.
pub(super) const PUSH: [Setting; 1] = [Setting {
    section: "push",
    key: "subject",
    example: r#""mailto:ops@example.com""#,
    about: "Whom push services ask when they have questions: a mailto or https address.\nAuthenticators are not notified, if not set.",
    take: |c, v| put(&mut c.push.subject, v.contact().map(Some)),
}];
