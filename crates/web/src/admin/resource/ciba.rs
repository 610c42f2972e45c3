//! Back-channel authentication (OpenID Connect CIBA Core): what applies to requests.

use serde_json::Value;

use super::mapping::{ATTRIBUTE_MAPPING, CONTRACT, Target, attributes, attributes_of_grants};
use super::out_of_band::OUT_OF_BAND_AUTH_PLUGINS;
use super::{
    Facts, Resource, Rules, keys_come_safely, out_of_band, password_credential_validator, plugin,
    server_settings,
};
use crate::admin::schema::{
    Document, ID, JWKS, LINE, NAME, Object, Problems, URL, flag, integer, object, objects,
    reference, text,
};

const PATH: &str = "/oauth/cibaServerPolicy/requestPolicies";

/// The attributes that every hint has.
const CORE: [&str; 1] = ["IDENTITY_HINT_SUBJECT"];

/// `/oauth/cibaServerPolicy/requestPolicies`
pub(crate) static CIBA_REQUEST_POLICIES: Resource =
    Resource::many(PATH, "ciba_request_policy", &POLICY).with(Rules {
        settle,
        check,
        consulted: &[&server_settings::SETTINGS, &OUT_OF_BAND_AUTH_PLUGINS],
        ..Rules::NONE
    });

/// `/oauth/cibaServerPolicy/settings`
pub(crate) static CIBA_SETTINGS: Resource = Resource::one(
    "/oauth/cibaServerPolicy/settings",
    "ciba_settings",
    &Object {
        name: "CibaServerPolicySettings",
        about: "Which policy is used unless another is chosen.",
        fields: &[reference("defaultRequestPolicyRef", PATH)],
    },
);

#[rustfmt::skip]
const POLICY: Object = Object {
    name: "RequestPolicy",
    about: "What applies to back-channel authentication requests.",
    fields: &[
        text("id", &ID).required(),
        text("name", &NAME).required(),
        reference("authenticatorRef", out_of_band::PATH).required().about("What asks the person."),
        reference("userCodePcvRef", password_credential_validator::PATH).about("What checks user codes."),
        integer("transactionLifetime", 1..=86_400).or(120).about("Seconds for which a request waits."),
        flag("allowUnsignedLoginHintToken").about("Whether hints need not be signed."),
        flag("requireTokenForIdentityHint").about("Whether hints must be tokens."),
        objects("alternativeLoginHintTokenIssuers", &ISSUER).about("Who else signs hints."),
        object("identityHintContract", &CONTRACT).or_filled(),
        object("identityHintContractFulfillment", &ATTRIBUTE_MAPPING).or_filled().about("How a hint becomes attributes."),
        object("identityHintMapping", &ATTRIBUTE_MAPPING).or_filled().about("How the attributes become a person."),
    ],
};

const ISSUER: Object = Object {
    name: "AlternativeLoginHintTokenIssuer",
    about: "Who signs hints, and with which keys.",
    fields: &[
        text("issuer", &LINE).required(),
        text("jwksURL", &URL),
        text("jwks", &JWKS),
    ],
};

fn settle(policy: &mut Document) {
    if let Some(contract) = policy.remove("identityHintContract") {
        let mut holder = Document::new();
        holder.insert("attributeContract".to_owned(), contract);
        plugin::with_core(&mut holder, &CORE);
        if let Some(contract) = holder.remove("attributeContract") {
            policy.insert("identityHintContract".to_owned(), contract);
        }
    }
}

fn check(policy: &Document, facts: &Facts<'_>, problems: &mut Problems) {
    issuers_have_keys(policy, facts, problems);
    let hint = Target {
        required: &CORE,
        further: attributes(policy, "identityHintContract"),
        told_by: "identityHintContract",
    };
    check_if_any(policy, "identityHintContractFulfillment", &hint, problems);
    let id = policy
        .get("authenticatorRef")
        .and_then(|it| it.get("id")?.as_str());
    let authenticator = id.and_then(|id| facts.named(&OUT_OF_BAND_AUTH_PLUGINS, id));
    // That there is no such authenticator is told at the reference.
    let Some(authenticator) = authenticator else {
        return;
    };
    let mut further = attributes(authenticator, "attributeContract");
    further.extend(attributes_of_grants(facts));
    let person = Target {
        required: &["USER_KEY"],
        further,
        told_by: "persistentGrantContract in /oauth/authServerSettings, and attributeContract of \
                  the authenticator",
    };
    check_if_any(policy, "identityHintMapping", &person, problems);
}

/// A mapping may be left out; one that leads anywhere leads everywhere.
fn check_if_any(policy: &Document, member: &str, target: &Target<'_>, problems: &mut Problems) {
    let Some(Value::Object(mapping)) = policy.get(member) else {
        return;
    };
    let given = mapping.get("attributeContractFulfillment");
    if given
        .and_then(Value::as_object)
        .is_some_and(|it| !it.is_empty())
    {
        target.check(mapping, member, problems);
    }
}

/// Whether a policy says what checks user codes.
pub(super) fn checks_user_codes(policy: &Document) -> bool {
    policy
        .get("userCodePcvRef")
        .is_some_and(|it| it.get("id").is_some())
}

fn issuers_have_keys(policy: &Document, facts: &Facts<'_>, problems: &mut Problems) {
    let issuers = policy.get("alternativeLoginHintTokenIssuers");
    let issuers = issuers.and_then(|it| it.as_array()).into_iter().flatten();
    for (position, issuer) in issuers.enumerate() {
        let has = |name: &str| issuer.get(name).is_some();
        problems.require(
            has("jwksURL") != has("jwks"),
            &format!("alternativeLoginHintTokenIssuers[{position}].jwks"),
            "Give either jwks or jwksURL.",
        );
        if let Some(address) = issuer.get("jwksURL").and_then(Value::as_str) {
            let path = format!("alternativeLoginHintTokenIssuers[{position}].jwksURL");
            keys_come_safely(address, &path, facts, problems);
        }
    }
}
