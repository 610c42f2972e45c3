//! Every setting, once: its place in the file, what it means, its default, and how it is read.

mod message;

use std::time::Duration;

use jose::jws::Algorithm;

use super::value::{Fault, Value};
use super::{Config, LogFormat};

/// One setting.
pub(crate) struct Setting {
    /// Its section in the file; none, if empty.
    pub(crate) section: &'static str,
    /// Its name in the section.
    pub(crate) key: &'static str,
    /// Its default, or an example where there is none, as the file writes it.
    pub(crate) example: &'static str,
    /// What it means.
    pub(crate) about: &'static str,
    /// Reads a value into the configuration.
    pub(crate) take: fn(&mut Config, &Value) -> Result<(), Fault>,
}

impl Setting {
    /// Its name with its section.
    pub(crate) fn name(&self) -> String {
        match self.section {
            "" => self.key.to_owned(),
            section => format!("{section}.{}", self.key),
        }
    }

    /// The environment variable that sets it.
    pub(crate) fn variable(&self) -> String {
        format!(
            "COUNTERSIGN_{}",
            self.name().replace('.', "_").to_uppercase()
        )
    }
}

/// What the sections are about, in the order of the example.
pub(crate) const SECTIONS: [(&str, &str); 23] = [
    ("", ""),
    ("server", "Where the server listens and what it is called."),
    (
        "tls",
        "TLS of both listeners. Nothing set: plain HTTP, which stays on this machine unless a proxy speaks TLS.",
    ),
    (
        "admin_tls",
        "TLS of the administration listener, where it differs from [tls].",
    ),
    (
        "mtls",
        "Clients that show certificates (RFC 8705), at `mtls_listen` of [server] or to a proxy in front.",
    ),
    (
        "fetch",
        "What is fetched from addresses that clients and administrators give, such as key sets: by https, from public networks.",
    ),
    ("store", "The database."),
    (
        "tokens",
        "What tokens are like. Clients may override some of it.",
    ),
    ("session", "How long people stay signed on."),
    ("sign_on", "How people sign on."),
    (
        "devices",
        "With what people answer when a second factor is asked for.",
    ),
    (
        "webauthn",
        "Passkeys and security keys. Browsers use them at https, and at http://localhost.",
    ),
    (
        "mail",
        "Mail to people. Without it no codes are sent by mail.",
    ),
    (
        "sms",
        "Text messages to people, by a request to a gateway. Without it no codes are sent by SMS.",
    ),
    (
        "voice",
        "Calls to people, by a request to a gateway. Without it no codes are read out.",
    ),
    (
        "push",
        "Notifications to authenticators (Web Push, RFC 8030).",
    ),
    ("brand", "What people see."),
    ("pages", "Where the pages come from."),
    (
        "recognize",
        "Recognition of people by their face (docs/recognize.md). Without models there is none.",
    ),
    (
        "log",
        "The log, on standard error. It never holds query strings, bodies, cookies or tokens.",
    ),
    (
        "audit",
        "What happened that an auditor may ask for, in the database. It holds no secret and no token.",
    ),
    (
        "telemetry",
        "Traces by OpenTelemetry. Metrics are at /metrics of the administration listener.",
    ),
    ("limits", "How much of everything one caller may take."),
];

macro_rules! settings {
    ($( $section:literal $key:literal = $example:literal, $about:literal, $take:expr; )*) => {
        &[ $( Setting {
            section: $section,
            key: $key,
            example: $example,
            about: $about,
            take: $take,
        } ),* ]
    };
}

mod sign_on;

const fn minutes(count: u64) -> Duration {
    Duration::from_mins(count)
}

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}

const SECOND: Duration = Duration::from_secs(1);

const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("ES256", Algorithm::Es256),
    ("ES384", Algorithm::Es384),
    ("ES512", Algorithm::Es512),
    ("EdDSA", Algorithm::EdDsa),
    ("RS256", Algorithm::Rs256),
    ("RS384", Algorithm::Rs384),
    ("RS512", Algorithm::Rs512),
    ("PS256", Algorithm::Ps256),
    ("PS384", Algorithm::Ps384),
    ("PS512", Algorithm::Ps512),
];

const LOCALES: &[(&str, &str)] = &[("en", "en"), ("de", "de"), ("es", "es"), ("fr", "fr")];

/// Sets a place in the configuration to what was read, or hands on what is wrong with it.
fn put<T>(place: &mut T, read: Result<T, Fault>) -> Result<(), Fault> {
    *place = read?;
    Ok(())
}

/// Every setting; those of a section in the order of the example.
pub(crate) fn settings() -> impl Iterator<Item = &'static Setting> + Clone {
    let messages = message::MAIL.iter().chain(&message::SMS);
    let messages = messages.chain(&message::VOICE).chain(&message::PUSH);
    SETTINGS.iter().chain(sign_on::SETTINGS).chain(messages)
}

const SETTINGS: &[Setting] = settings! {
    "" "data_dir" = r#""./countersign-data""#,
        "Where the database and the master key are kept. Created with mode 0700.",
        |c, v| put(&mut c.data_dir, v.path());

    "server" "listen" = r#""127.0.0.1:9031""#,
        "The address for people and applications.",
        |c, v| put(&mut c.server.listen, v.address());
    "server" "admin_listen" = r#""127.0.0.1:9999""#,
        "The address for the administration API, metrics and health.",
        |c, v| put(&mut c.server.admin_listen, v.address());
    "server" "mtls_listen" = r#""127.0.0.1:9032""#,
        "The address of a second HTTPS port for clients that show certificates: see [mtls]. None if not set.",
        |c, v| put(&mut c.mtls.listen, v.address().map(Some));
    "server" "public_url" = r#""https://id.example.com""#,
        "The issuer: the URL by which everyone else reaches the server.\nDerived from `listen` if not set. Changing it invalidates what was issued under the old one.",
        |c, v| put(&mut c.server.public_url, v.issuer().map(Some));
    "server" "trusted_proxies" = "[]",
        "Addresses whose X-Forwarded-For header is believed, and the certificate_header of [mtls].",
        |c, v| put(&mut c.server.trusted_proxies, v.list("a list of IP addresses such as [\"10.0.0.5\"]"));
    "server" "country_header" = r#""CF-IPCountry""#,
        "The header in which the trusted_proxies say from which country a request comes (ISO 3166-1), for the rules\nof [sign_on]. They must remove it from what people send.",
        |c, v| put(&mut c.server.country_header, v.header().map(Some));
    "server" "tls_at_proxy" = "false",
        "Says that a proxy in front speaks TLS, so that plain HTTP may be spoken beyond this machine.",
        |c, v| put(&mut c.server.tls_at_proxy, v.boolean());

    "tls" "certificate" = r#""/etc/countersign/tls.pem""#,
        "The certificate chain, PEM. Read again on SIGHUP.",
        |c, v| put(&mut c.tls.certificate, v.file().map(Some));
    "tls" "key" = r#""/etc/countersign/tls.key""#,
        "Its private key, PEM.",
        |c, v| put(&mut c.tls.key, v.file().map(Some));
    "tls" "self_signed" = "false",
        "Makes a certificate of its own and keeps it in the data directory. For tests and first steps.",
        |c, v| put(&mut c.tls.self_signed, v.boolean());

    "admin_tls" "certificate" = r#""/etc/countersign/admin.pem""#,
        "The certificate chain, PEM.",
        |c, v| put(&mut c.admin_tls.tls.certificate, v.file().map(Some));
    "admin_tls" "key" = r#""/etc/countersign/admin.key""#,
        "Its private key, PEM.",
        |c, v| put(&mut c.admin_tls.tls.key, v.file().map(Some));
    "admin_tls" "self_signed" = "false",
        "Makes a certificate of its own for administration alone.",
        |c, v| put(&mut c.admin_tls.tls.self_signed, v.boolean());
    "admin_tls" "plain" = "false",
        "Speaks plain HTTP to administrators although [tls] is set.",
        |c, v| put(&mut c.admin_tls.plain, v.boolean());

    "mtls" "public_url" = r#""https://id.example.com:9032""#,
        "The URL by which clients reach the port, or the proxy that asks them for certificates.\nDerived from `mtls_listen` and the host of the issuer if not set.",
        |c, v| put(&mut c.mtls.public_url, v.issuer().map(Some));
    "mtls" "certificate" = r#""/etc/countersign/mtls.pem""#,
        "The certificate chain of the port, PEM, where it differs from that of [tls].",
        |c, v| put(&mut c.mtls.tls.certificate, v.file().map(Some));
    "mtls" "key" = r#""/etc/countersign/mtls.key""#,
        "Its private key, PEM.",
        |c, v| put(&mut c.mtls.tls.key, v.file().map(Some));
    "mtls" "self_signed" = "false",
        "Makes a certificate of its own for this port alone.",
        |c, v| put(&mut c.mtls.tls.self_signed, v.boolean());
    "mtls" "trusted_issuers" = r#""/etc/countersign/client-ca.pem""#,
        "Certificates of those who are trusted to issue certificates of clients, PEM, besides those that\nadministrators have imported. Read again on SIGHUP.",
        |c, v| put(&mut c.mtls.trusted_issuers, v.file().map(Some));
    "mtls" "certificate_header" = r#""X-Client-Cert""#,
        "The header in which the trusted_proxies of [server] pass on a client's certificate: PEM, percent-encoded\n(nginx: $ssl_client_escaped_cert), base64, or as RFC 9440 has it. They must remove it from what clients send.",
        |c, v| put(&mut c.mtls.certificate_header, v.header().map(Some));

    "fetch" "allowed_networks" = "[]",
        "Networks that may be reached though they are not public, such as [\"10.1.0.0/16\"].",
        |c, v| put(&mut c.fetch.reach.networks, v.list("a list of networks such as [\"10.1.0.0/16\"]"));
    "fetch" "allowed_hosts" = "[]",
        "Hosts that may be reached whatever their network, such as [\"keys.internal.example\"].",
        |c, v| put(&mut c.fetch.reach.hosts, v.texts());
    "fetch" "loopback_http" = "false",
        "Whether this machine itself may be reached, without TLS. For tests.",
        |c, v| put(&mut c.fetch.reach.loopback_http, v.boolean());
    "fetch" "trusted_issuers" = r#""/etc/countersign/internal-ca.pem""#,
        "Certificates of those who are trusted to say who a host is, PEM, besides those whom the system trusts.\nThey are trusted to say it of the servers of [mail], [sms], [voice] and [push] as well.",
        |c, v| put(&mut c.fetch.trusted_issuers, v.file().map(Some));

    "store" "cache" = r#""64MiB""#,
        "How much of the database is kept in memory, at most.",
        |c, v| put(&mut c.store.cache, v.size(1 << 20..=64 << 30));

    "tokens" "access_token_lifetime" = r#""2h""#,
        "How long access tokens are good.",
        |c, v| put(&mut c.tokens.access_token_lifetime, v.duration(SECOND..=days(30)));
    "tokens" "access_token_algorithm" = r#""ES256""#,
        "How access tokens are signed: ES256, ES384, ES512, EdDSA, RS256 to RS512, PS256 to PS512.",
        |c, v| put(&mut c.tokens.access_token_algorithm, v.one_of(ALGORITHMS));
    "tokens" "id_token_lifetime" = r#""5m""#,
        "How long ID tokens are good.",
        |c, v| put(&mut c.tokens.id_token_lifetime, v.duration(SECOND..=days(1)));
    "tokens" "audience" = r#""https://api.example.com""#,
        "The audience of access tokens; the issuer, if not set.",
        |c, v| put(&mut c.tokens.audience, v.text().map(Some));

    "session" "idle" = r#""1h""#,
        "How long a session lasts without use.",
        |c, v| put(&mut c.session.idle, v.duration(minutes(1)..=days(90)));
    "session" "absolute" = r#""8h""#,
        "How long a session lasts at most.",
        |c, v| put(&mut c.session.absolute, v.duration(minutes(1)..=days(365)));

    "brand" "name" = r#""Countersign""#,
        "The name on the pages.",
        |c, v| put(&mut c.brand.name, v.text());
    "brand" "logo_url" = r#""https://www.example.com/logo.svg""#,
        "The logo on the pages.",
        |c, v| put(&mut c.brand.logo_url, v.url().map(|url| Some(url.into())));
    "brand" "accent" = r##""#0a5bd3""##,
        "The colour of buttons and links.",
        |c, v| put(&mut c.brand.accent, v.colour().map(Some));
    "brand" "accent_dark" = r##""#7fb0ff""##,
        "The same for those who prefer dark pages.",
        |c, v| put(&mut c.brand.accent_dark, v.colour().map(Some));

    "pages" "template_dir" = r#""/etc/countersign/templates""#,
        "A directory whose templates take the place of the built-in ones of the same name.",
        |c, v| put(&mut c.pages.template_dir, v.directory().map(Some));
    "pages" "locale_dir" = r#""/etc/countersign/locale""#,
        "A directory whose words (en.ftl, de.ftl, es.ftl, fr.ftl) take the place of the built-in ones, or name clients.",
        |c, v| put(&mut c.pages.locale_dir, v.directory().map(Some));
    "pages" "default_locale" = r#""en""#,
        "The language for those who ask for none that there is: en, de, es, fr.",
        |c, v| put(&mut c.pages.default_locale, v.one_of(LOCALES).map(str::to_owned));

    "recognize" "models" = r#""/usr/share/countersign/face-models""#,
        "The directory of the models, as `make models` makes them.",
        |c, v| put(&mut c.recognize.models, v.directory().map(Some));
    "recognize" "onnx_runtime" = r#""/usr/lib/libonnxruntime.so""#,
        "The library ONNX Runtime looks at frames then, twice as fast, if the server was built with the feature `ort`.",
        |c, v| put(&mut c.recognize.onnx_runtime, v.file().map(Some));
    "recognize" "workers" = "2",
        "Threads that look at the frames of cameras; each looks at about 25 in a second.",
        |c, v| put(&mut c.recognize.workers, v.integer(1..=256));
    "recognize" "queue" = "64",
        "Frames that wait for them; with more, sessions end.",
        |c, v| put(&mut c.recognize.queue, v.integer(1..=100_000));
    "recognize" "sessions" = "64",
        "Sessions at the same time; more are answered with 503.",
        |c, v| put(&mut c.recognize.sessions, v.integer(1..=100_000));
    "recognize" "sessions_per_address" = "16",
        "Sessions of one address at the same time; more are answered with 429. This machine's own are not counted.",
        |c, v| put(&mut c.recognize.sessions_per_address, v.integer(1..=100_000));
    "log" "format" = r#""human""#,
        "human or json.",
        |c, v| put(&mut c.log.format, v.one_of(&[("human", LogFormat::Human), ("json", LogFormat::Json)]));
    "log" "level" = r#""info""#,
        "error, warn, info, debug, trace or off; also by module: \"info,countersign=debug\".",
        |c, v| put(&mut c.log.filter, v.log_filter());

    "audit" "retention" = r#""400d""#,
        "How long it is kept. What is older is deleted, also when this is made shorter.",
        |c, v| put(&mut c.audit.retention, v.duration(days(1)..=days(36_500)));

    "telemetry" "otlp_endpoint" = r#""http://127.0.0.1:4318/v1/traces""#,
        "Where traces are sent by OTLP over HTTP; none are made if not set.",
        |c, v| put(&mut c.telemetry.otlp_endpoint, v.url().map(Some));
    "telemetry" "service_name" = r#""countersign""#,
        "What the server is called there.",
        |c, v| put(&mut c.telemetry.service_name, v.text());

    "limits" "request_body" = r#""256KiB""#,
        "The largest request body.",
        |c, v| put(&mut c.limits.request_body, v.size(4 << 10..=64 << 20));
    "limits" "request_headers" = r#""32KiB""#,
        "The largest request line and headers together.",
        |c, v| put(&mut c.limits.request_headers, v.size(8 << 10..=1 << 20));
    "limits" "request_timeout" = r#""30s""#,
        "How long answering a request may take.",
        |c, v| put(&mut c.limits.request_timeout, v.duration(SECOND..=minutes(10)));
    "limits" "header_timeout" = r#""30s""#,
        "How long sending the request line and headers may take, counted from the last answer.",
        |c, v| put(&mut c.limits.header_timeout, v.duration(SECOND..=minutes(10)));
    "limits" "idle_timeout" = r#""90s""#,
        "How long a connection may be open without a request.",
        |c, v| put(&mut c.limits.idle_timeout, v.duration(SECOND..=minutes(60)));
    "limits" "connections" = "10000",
        "Connections at the same time, to each listener.",
        |c, v| put(&mut c.limits.connections, v.integer(1..=1_000_000));
    "limits" "concurrent_requests" = "1024",
        "Requests that are worked on at the same time; more are answered with 503.",
        |c, v| put(&mut c.limits.concurrent_requests, v.integer(1..=1_000_000));
    "limits" "password_queue" = "64",
        "Passwords that wait to be hashed at the same time; more are answered with 503.",
        |c, v| put(&mut c.limits.password_queue, v.integer(1..=100_000));
    "limits" "address_rate" = "600",
        "What people at one address may do in a minute: begin a sign-on, send a form. More is answered with 429.\nFailed attempts to sign on count ten times, and so do those of clients and of administrators, each apart.\nAn address of IPv6 is its /64. Not limited are this machine's own addresses, and anybody behind a proxy\nthat `server.trusted_proxies` should name and does not. 0: no limit.",
        |c, v| put(&mut c.limits.address.per_minute, v.integer(0..=1_000_000));
    "limits" "address_burst" = "1000",
        "How much of it they may do at once, after a while in which they did not.",
        |c, v| put(&mut c.limits.address.burst, v.integer(10..=1_000_000));
    "limits" "shutdown_deadline" = r#""20s""#,
        "How long requests in flight may take to finish when the server is stopped.",
        |c, v| put(&mut c.limits.shutdown_deadline, v.duration(Duration::ZERO..=minutes(60)));
};
