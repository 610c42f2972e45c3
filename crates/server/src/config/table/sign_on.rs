//! The settings of how people sign on, and with what.

use std::time::Duration;

use authn::evidence::FactorKind;
use authn::factor::webauthn::UserVerification;
use authn::flow::{EnrolmentPolicy, Selection};

use super::super::rule::SECOND_FACTOR;
use super::super::section::Attestation;
use super::{SECOND, Setting, days, minutes, put};

/// What may be asked for as a second factor.
const DEVICES: &[(&str, FactorKind)] = &[
    ("webauthn", FactorKind::WebAuthn),
    ("push", FactorKind::Push),
    ("totp", FactorKind::Totp),
    ("sms", FactorKind::Sms),
    ("voice", FactorKind::Voice),
    ("email", FactorKind::Email),
    ("face", FactorKind::Face),
    ("recovery_code", FactorKind::RecoveryCode),
];

pub(super) const SETTINGS: &[Setting] = settings! {
    "sign_on" "lockout_limit" = "5",
        "Consecutive failures after which a name is blocked. PSD2 allows five at the most (RTS article 4(3)(b)).",
        |c, v| put(&mut c.sign_on.lockout.limit, v.integer(1..=100));
    "sign_on" "lockout_cool_down" = r#""15m""#,
        "How long it stays blocked, and after how long failures are forgotten.",
        |c, v| put(&mut c.sign_on.lockout.cool_down, v.duration(SECOND..=days(1)));
    "sign_on" "second_factor" = r#""when_enrolled""#,
        "When a second factor is asked for: when_enrolled, required, never.",
        |c, v| put(&mut c.sign_on.second_factor, v.one_of(SECOND_FACTOR));
    "sign_on" "enrolment" = r#""where_asked""#,
        "Who sets up a second factor on the way to their sign-on, having none: where_asked (those whom a PingID\norganisation lets), never (not even those), when_required, offered (everybody; they may put it off). It takes no more than the\npassword, and is for their first device alone.",
        |c, v| put(&mut c.sign_on.devices.enrolment, v.one_of(&[
            ("where_asked", EnrolmentPolicy::WhereAsked),
            ("never", EnrolmentPolicy::Never),
            ("when_required", EnrolmentPolicy::WhenRequired),
            ("offered", EnrolmentPolicy::Offered),
        ]));
    "sign_on" "rule" = r#"[{ networks = ["10.0.0.0/8"], second_factor = "never" }]"#,
        "Rules, or a table [[sign_on.rule]] for each: the first that holds says whether a second factor is asked for, or\nnobody gets in (deny = true). Conditions: environments (their ids), networks, countries, clients, groups (as PingID's\nclients sign them), and strong_older_than = \"12h\" for those who have given no second factor for so long, signed on or not. What is not\nknown holds for none of them; groups_unknown = true holds where nobody says in which groups somebody is, beside groups\nor alone. Trusted browsers are asked too.",
        |c, v| put(&mut c.sign_on.rules, v.rules());
    "sign_on" "identifier_first" = "false",
        "Whether the user name is asked for on a page of its own, before the password.",
        |c, v| put(&mut c.sign_on.identity.identifier_first, v.boolean());
    "sign_on" "recovery" = "false",
        "Whether people who have forgotten their password or user name are helped by mail. Needs a way to send it.",
        |c, v| put(&mut c.sign_on.identity.recovery, v.boolean());
    "sign_on" "registration" = "false",
        "Whether people register themselves, with an address of mail that they prove. Needs a way to send mail.",
        |c, v| put(&mut c.sign_on.identity.registration, v.boolean());
    "sign_on" "password_lifetime" = r#""365d""#,
        "How old a password may be before whoever signs on with it must set another. Any age if not set.",
        |c, v| put(&mut c.sign_on.identity.password_lifetime, v.duration(days(1)..=days(3650)).map(Some));
    "sign_on" "password_warning" = r#""14d""#,
        "How long before that people are advised to set another when they sign on. Never if not set.",
        |c, v| put(&mut c.sign_on.identity.password_warning, v.duration(days(1)..=days(365)).map(Some));
    "sign_on" "trusted_browser" = r#""30d""#,
        "How long a browser that somebody trusts spares them a second factor that `second_factor` alone asks for.\nNobody is asked to trust one if not set.",
        |c, v| put(&mut c.sign_on.identity.trusted_browser, v.duration(minutes(1)..=days(365)).map(Some));
    "sign_on" "acr_one_factor" = r#"["pwd"]"#,
        "Authentication context classes (acr) for which a password is enough, the weakest first.",
        |c, v| put(&mut c.sign_on.acr_one_factor, v.texts());
    "sign_on" "acr_two_factors" = r#"["mfa"]"#,
        "Authentication context classes (acr) that take a second factor, the weakest first.",
        |c, v| put(&mut c.sign_on.acr_two_factors, v.texts());
    "sign_on" "password_memory_kib" = "19456",
        "Argon2id: memory in KiB. Passwords that are hashed otherwise stay good.",
        |c, v| put(&mut c.sign_on.password_memory_kib, v.integer(8..=4_194_304));
    "sign_on" "password_iterations" = "2",
        "Argon2id: passes over the memory.",
        |c, v| put(&mut c.sign_on.password_iterations, v.integer(1..=100));
    "sign_on" "password_parallelism" = "1",
        "Argon2id: lanes.",
        |c, v| put(&mut c.sign_on.password_parallelism, v.integer(1..=64));

    "devices" "allowed" = r#"["webauthn", "push", "totp", "sms", "voice", "email", "recovery_code"]"#,
        "The devices that may answer when a second factor is asked for, the preferred first. There is \"face\" too, with\n`models` of [recognize] (docs/recognize.md).",
        |c, v| put(&mut c.sign_on.devices.allowed, v.list_of(DEVICES));
    "devices" "selection" = r#""default_to_first""#,
        "Who chooses among several: default_to_first, prompt_to_select, always_display_devices.",
        |c, v| put(&mut c.sign_on.devices.selection, v.one_of(&[
            ("default_to_first", Selection::DefaultToFirst),
            ("prompt_to_select", Selection::PromptToSelect),
            ("always_display_devices", Selection::AlwaysDisplayDevices),
        ]));
    "devices" "code_length" = "6",
        "Digits of the codes that are sent.",
        |c, v| put(&mut c.sign_on.devices.code.length, v.integer(6..=10));
    "devices" "code_lifetime" = r#""10m""#,
        "How long such a code is good.",
        |c, v| put(&mut c.sign_on.devices.code.lifetime, v.duration(minutes(1)..=minutes(30)));
    "devices" "code_tries" = "3",
        "Wrong codes after which the right one is worth nothing either, and another must be sent.",
        |c, v| put(&mut c.sign_on.devices.code.tries, v.integer(1..=7));
    "devices" "code_sends" = "5",
        "How many codes are sent for one request at the most.",
        |c, v| put(&mut c.sign_on.devices.code.sends, v.integer(1..=20));
    "devices" "code_pause" = r#""30s""#,
        "How long a person waits before another code is sent.",
        |c, v| put(&mut c.sign_on.devices.code.pause, v.duration(SECOND..=minutes(10)));
    "devices" "message_limit" = "20",
        "Messages to one person after which no more are sent, ...",
        |c, v| put(&mut c.sign_on.devices.messages.limit, v.integer(1..=1000));
    "devices" "message_cool_down" = r#""1h""#,
        "... until none was sent for so long.",
        |c, v| put(&mut c.sign_on.devices.messages.cool_down, v.duration(minutes(1)..=days(1)));
    "devices" "push_timeout" = r#""40s""#,
        "How long somebody may take to answer on their authenticator.",
        |c, v| put(&mut c.sign_on.devices.push.timeout, v.duration(Duration::from_secs(30)..=Duration::from_secs(90)));
    "devices" "push_pairing" = r#""10m""#,
        "How long it may take to connect an authenticator.",
        |c, v| put(&mut c.sign_on.devices.push.pairing, v.duration(minutes(1)..=minutes(60)));
    "devices" "push_number_matching" = "true",
        "Whether they must type the number there that the page shows: not where pages are drawn that show none.",
        |c, v| put(&mut c.sign_on.devices.push.number_matching, v.boolean());
    "devices" "most" = "20",
        "Devices that one person has at the most.",
        |c, v| put(&mut c.sign_on.devices.most, v.integer(1..=100));

    "webauthn" "rp_id" = r#""example.com""#,
        "The domain to which passkeys belong: the host of `public_url`, or one above it; its host if not set.",
        |c, v| put(&mut c.webauthn.rp_id, v.text().map(Some));
    "webauthn" "related_origins" = "[]",
        "Other origins at which passkeys of this domain may be used (told to browsers at /.well-known/webauthn).",
        |c, v| put(&mut c.webauthn.related_origins, v.texts());
    "webauthn" "passwordless" = "true",
        "Whether a passkey signs people on without a password.",
        |c, v| put(&mut c.webauthn.passwordless, v.boolean());
    "webauthn" "user_verification" = r#""preferred""#,
        "Whether a second factor must verify who is present: required, preferred, discouraged.",
        |c, v| put(&mut c.webauthn.user_verification, v.one_of(&[
            ("required", UserVerification::Required),
            ("preferred", UserVerification::Preferred),
            ("discouraged", UserVerification::Discouraged),
        ]));
    "webauthn" "attestation" = r#""none""#,
        "What must be known of the make of a new passkey or security key: none, any (what it tells must be correct), trusted\n(one of `attestation_roots` vouches for it). Synced passkeys tell nothing, and are refused where one must be trusted.",
        |c, v| put(&mut c.webauthn.attestation, v.one_of(&[
            ("none", Attestation::None),
            ("any", Attestation::Any),
            ("trusted", Attestation::Trusted),
        ]));
    "webauthn" "attestation_roots" = r#""/etc/countersign/authenticators.pem""#,
        "Who vouches for authenticators: a file of certificates in PEM, of their makers or of single models.",
        |c, v| put(&mut c.webauthn.attestation_roots, v.attestation_roots().map(Some));
    "webauthn" "attestation_models" = r#"["ee882879-721c-4913-9775-3dfcce97072a"]"#,
        "The models that may be used, by their AAGUID, where one must be trusted: all for which those vouch if not set.",
        |c, v| put(&mut c.webauthn.attestation_models, v.list("a list of AAGUIDs such as \"ee882879-721c-4913-9775-3dfcce97072a\""));
};
