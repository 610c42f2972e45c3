//! A policy of devices as it is given.
//!
//! Codes that are sent have one setting here, however they are sent: who is asked for one by mail and
//! then by text message has not twice as many tries. Where `PingOne` has a setting for each, they have
//! to agree.

use serde_json::{Map, Value, json};

use super::super::super::given::Mistakes;
use crate::environment::error::{ApiError, Detail};

const MEMBERS: [&str; 13] = [
    "name",
    "default",
    "authentication",
    "sms",
    "voice",
    "email",
    "totp",
    "fido2",
    "mobile",
    "face",
    "rememberMe",
    "resend",
    "order",
];

/// What may answer.
const METHODS: [&str; 7] = ["fido2", "mobile", "totp", "email", "sms", "voice", "face"];

const SELECTIONS: [&str; 3] = [
    "DEFAULT_TO_FIRST",
    "PROMPT_TO_SELECT",
    "ALWAYS_DISPLAY_DEVICES",
];

const VERIFICATIONS: [&str; 3] = ["REQUIRED", "PREFERRED", "DISCOURAGED"];

/// Seconds of a minute, an hour and a day.
const UNITS: [(&str, u64); 4] = [
    ("SECONDS", 1),
    ("MINUTES", 60),
    ("HOURS", 3600),
    ("DAYS", 86_400),
];

/// The policy as it is kept: as it was given, and in `otp` and `remembered` what comes of it.
pub(super) fn read(given: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let mut reading = Reading::default();
    let mistakes = &mut reading.mistakes;
    mistakes.none_but(given, &MEMBERS, "");
    if mistakes.text(given, ("name", "name")).is_none() && mistakes.0.is_empty() {
        mistakes.0.push(Detail::required("name"));
    }
    mistakes.flag(given, "default");
    let authentication = mistakes.object(given, "authentication");
    mistakes.none_but(&authentication, &["deviceSelection"], "authentication.");
    mistakes.word(
        &authentication,
        "authentication.deviceSelection",
        &SELECTIONS,
    );
    for name in ["sms", "voice", "email"] {
        reading.sent(given, name);
    }
    reading.totp(given);
    reading.fido2(given);
    reading.mobile(given);
    let face = reading.mistakes.object(given, "face");
    reading.mistakes.none_but(&face, &["enabled"], "face.");
    reading.mistakes.flag(&face, "face.enabled");
    reading.resend(given);
    reading.order(given);
    let mut kept = given.clone();
    let remembered = reading.remembered(given);
    kept.insert(
        "default".to_owned(),
        json!(given.get("default") == Some(&json!(true))),
    );
    kept.insert("otp".to_owned(), Value::Object(reading.otp));
    kept.insert("push".to_owned(), Value::Object(reading.push));
    kept.extend(remembered.map(|it| ("remembered".to_owned(), it)));
    reading.mistakes.check(kept)
}

#[derive(Default)]
struct Reading {
    mistakes: Mistakes,
    /// What comes of what is said of codes.
    otp: Map<String, Value>,
    /// What comes of what is said of authenticators.
    push: Map<String, Value>,
}

impl Reading {
    /// Notes what is said of codes at one place; at every place it has to be the same.
    fn agree(&mut self, name: &str, value: Option<u64>, target: &str) {
        let Some(value) = value.map(Value::from) else {
            return;
        };
        match self.otp.get(name) {
            Some(other) if *other != value => {
                let message = "must be the same for all methods: they have one setting here.";
                self.mistakes.invalid(target, message);
            }
            _ => {
                self.otp.insert(name.to_owned(), value);
            }
        }
    }

    fn sent(&mut self, given: &Map<String, Value>, name: &str) {
        let method = self.mistakes.object(given, name);
        let within = format!("{name}.");
        self.mistakes
            .none_but(&method, &["enabled", "otp"], &within);
        self.mistakes.flag(&method, &format!("{name}.enabled"));
        let otp = self.mistakes.object(&method, &format!("{name}.otp"));
        let within = format!("{name}.otp.");
        let known = ["lifeTime", "failure", "otpLength"];
        self.mistakes.none_but(&otp, &known, &within);
        let target = format!("{within}otpLength");
        let length = self.mistakes.number(&otp, &target, (6, 10));
        self.agree("length", length, &target);
        let target = format!("{within}lifeTime");
        let lifetime = self.duration(&otp, &target, (60, 1800));
        self.agree("lifetime", lifetime, &target);
        self.failure(&otp, &within);
    }

    /// How much a passkey or a security key has to know of who uses it.
    fn fido2(&mut self, given: &Map<String, Value>) {
        let fido2 = self.mistakes.object(given, "fido2");
        let known = ["enabled", "userVerification"];
        self.mistakes.none_but(&fido2, &known, "fido2.");
        self.mistakes.flag(&fido2, "fido2.enabled");
        self.mistakes
            .word(&fido2, "fido2.userVerification", &VERIFICATIONS);
    }

    /// How authenticators are asked, and how long one may take to be paired.
    fn mobile(&mut self, given: &Map<String, Value>) {
        let mobile = self.mistakes.object(given, "mobile");
        let known = [
            "enabled",
            "numberMatching",
            "pairingKeyLifetime",
            "pushTimeout",
        ];
        self.mistakes.none_but(&mobile, &known, "mobile.");
        self.mistakes.flag(&mobile, "mobile.enabled");
        let within = "mobile.numberMatching";
        let matching = self.mistakes.object(&mobile, within);
        self.mistakes
            .none_but(&matching, &["enabled"], "mobile.numberMatching.");
        let matches = self.mistakes.flag(&matching, &format!("{within}.enabled"));
        if !matching.is_empty() {
            self.push
                .insert("numberMatching".to_owned(), matches.into());
        }
        for (name, bounds) in [
            ("pushTimeout", (30, 90)),
            ("pairingKeyLifetime", (60, 3600)),
        ] {
            let seconds = self.duration(&mobile, &format!("mobile.{name}"), bounds);
            let seconds = seconds.map(|seconds| (name.to_owned(), seconds.into()));
            self.push.extend(seconds);
        }
    }

    fn totp(&mut self, given: &Map<String, Value>) {
        let method = self.mistakes.object(given, "totp");
        self.mistakes
            .none_but(&method, &["enabled", "otp"], "totp.");
        self.mistakes.flag(&method, "totp.enabled");
        let otp = self.mistakes.object(&method, "totp.otp");
        self.mistakes.none_but(&otp, &["failure"], "totp.otp.");
        self.failure(&otp, "totp.otp.");
    }

    /// How many wrong codes block for how long. RTS art. 4(3)(b): at the most five.
    fn failure(&mut self, otp: &Map<String, Value>, within: &str) {
        let target = format!("{within}failure");
        let failure = self.mistakes.object(otp, &target);
        let below = format!("{target}.");
        self.mistakes
            .none_but(&failure, &["count", "coolDown"], &below);
        if failure.is_empty() {
            return;
        }
        let (count_at, cool_down_at) = (format!("{below}count"), format!("{below}coolDown"));
        let count = self.mistakes.number(&failure, &count_at, (1, 5));
        let cool_down = self.duration(&failure, &cool_down_at, (120, 1800));
        for (value, at) in [(count, &count_at), (cool_down, &cool_down_at)] {
            if value.is_none() && self.mistakes.0.is_empty() {
                self.mistakes.0.push(Detail::required(at));
            }
        }
        self.agree("failures", count, &count_at);
        self.agree("coolDown", cool_down, &cool_down_at);
    }

    /// How often a code is sent for one request, and how long a person waits for another.
    fn resend(&mut self, given: &Map<String, Value>) {
        let resend = self.mistakes.object(given, "resend");
        self.mistakes
            .none_but(&resend, &["limit", "interval"], "resend.");
        let limit = self.mistakes.number(&resend, "resend.limit", (1, 20));
        self.agree("sends", limit, "resend.limit");
        let interval = self.duration(&resend, "resend.interval", (5, 600));
        self.agree("pause", interval, "resend.interval");
    }

    /// Which methods come before others: each once.
    fn order(&mut self, given: &Map<String, Value>) {
        let Some(order) = given.get("order") else {
            return;
        };
        let is_order = order.as_array().is_some_and(|names| {
            let is_known = |name: &Value| METHODS.iter().any(|method| name == method);
            let is_once = |name: &Value| names.iter().filter(|it| *it == name).count() == 1;
            names.len() <= METHODS.len() && names.iter().all(|it| is_known(it) && is_once(it))
        });
        if !is_order {
            let message = format!("must list some of {}, each once.", METHODS.join(", "));
            self.mistakes.invalid("order", &message);
        }
    }

    /// For how long a browser is trusted, if anything is said of it.
    fn remembered(&mut self, given: &Map<String, Value>) -> Option<Value> {
        let remember = self.mistakes.object(given, "rememberMe");
        self.mistakes.none_but(&remember, &["web"], "rememberMe.");
        let web = self.mistakes.object(&remember, "rememberMe.web");
        let within = "rememberMe.web.";
        self.mistakes
            .none_but(&web, &["enabled", "lifeTime"], within);
        let enabled = self.mistakes.flag(&web, "rememberMe.web.enabled");
        let target = "rememberMe.web.lifeTime";
        let lifetime = self.duration(&web, target, (60, 90 * 86_400));
        if enabled && lifetime.is_none() && self.mistakes.0.is_empty() {
            self.mistakes.0.push(Detail::required(target));
        }
        let seconds = lifetime.filter(|_| enabled);
        (!web.is_empty()).then(|| json!({ "seconds": seconds }))
    }

    /// A duration in seconds, within bounds.
    fn duration(
        &mut self,
        members: &Map<String, Value>,
        target: &str,
        (least, most): (u64, u64),
    ) -> Option<u64> {
        let object = self.mistakes.object(members, target);
        if object.is_empty() {
            return None;
        }
        let known = ["duration", "timeUnit"];
        self.mistakes
            .none_but(&object, &known, &format!("{target}."));
        let words = UNITS.map(|(name, _)| name);
        let unit = self
            .mistakes
            .word(&object, &format!("{target}.timeUnit"), &words);
        let unit = UNITS.iter().find(|(name, _)| Some(*name) == unit);
        let number = object.get("duration").and_then(Value::as_u64);
        let seconds = number
            .zip(unit)
            .and_then(|(n, (_, unit))| n.checked_mul(*unit));
        let seconds = seconds.filter(|it| (least..=most).contains(it));
        if seconds.is_none() {
            let message = format!("must be from {least} to {most} seconds, with its timeUnit.");
            self.mistakes.invalid(target, &message);
        }
        seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(policy: &Value) -> Vec<String> {
        match read(policy.as_object().unwrap()) {
            Ok(_) => Vec::new(),
            Err(ApiError::Invalid(details)) => details.into_iter().map(|it| it.target).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn minutes(number: u64) -> Value {
        json!({ "duration": number, "timeUnit": "MINUTES" })
    }

    #[test]
    fn pingone_1_8_the_limits_of_codes_are_kept() {
        let of =
            |otp: Value| targets(&json!({ "name": "a", "sms": { "enabled": true, "otp": otp } }));
        for length in [6, 10] {
            assert!(of(json!({ "otpLength": length })).is_empty());
        }
        for length in [5, 11] {
            assert_eq!(of(json!({ "otpLength": length })), ["sms.otp.otpLength"]);
        }
        let failure = |count, cool_down| json!({ "failure": { "count": count, "coolDown": minutes(cool_down) } });
        assert!(of(failure(5, 2)).is_empty());
        // RTS art. 4(3)(b): more than five are not allowed, whatever the interface has room for.
        assert_eq!(of(failure(6, 2)), ["sms.otp.failure.count"]);
        assert_eq!(of(failure(0, 2)), ["sms.otp.failure.count"]);
        assert_eq!(of(failure(3, 31)), ["sms.otp.failure.coolDown"]);
        assert_eq!(of(failure(3, 1)), ["sms.otp.failure.coolDown"]);
    }

    #[test]
    fn what_nothing_would_come_of_is_refused_by_its_name() {
        assert_eq!(
            targets(&json!({ "name": "a", "whatsapp": {} })),
            ["whatsapp"]
        );
        let odd = json!({ "name": "a", "fido2": { "enabled": true, "fido2PolicyId": "x" } });
        assert_eq!(targets(&odd), ["fido2.fido2PolicyId"]);
        let two = json!({ "name": "a", "sms": { "otp": { "otpLength": 6 } },
            "email": { "otp": { "otpLength": 8 } } });
        assert_eq!(targets(&two), ["email.otp.otpLength"]);
        assert_eq!(targets(&json!({})), ["name"]);
        let mobile = json!({ "name": "a", "mobile": { "enabled": true, "applications": [] } });
        assert_eq!(targets(&mobile), ["mobile.applications"]);
    }

    #[test]
    fn pingone_1_8_the_limits_of_authenticators_are_kept() {
        let of = |mobile: Value| targets(&json!({ "name": "a", "mobile": mobile }));
        let seconds = |number| json!({ "duration": number, "timeUnit": "SECONDS" });
        for (name, least, most) in [("pushTimeout", 30, 90), ("pairingKeyLifetime", 60, 3600)] {
            for good in [least, most] {
                assert!(of(json!({ name: seconds(good) })).is_empty());
            }
            for bad in [least - 1, most + 1] {
                assert_eq!(
                    of(json!({ name: seconds(bad) })),
                    [format!("mobile.{name}")]
                );
            }
        }
        let odd = json!({ "name": "a", "fido2": { "userVerification": "MAYBE" } });
        assert_eq!(targets(&odd), ["fido2.userVerification"]);
    }
}
