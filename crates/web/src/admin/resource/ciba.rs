//! Back-channel authentication (OpenID Connect CIBA Core): what applies to requests.

use super::mapping::{ATTRIBUTE_MAPPING, CONTRACT};
use super::{Resource, Rules, out_of_band, password_credential_validator, plugin};
use crate::admin::schema::{
    Document, ID, JWKS, LINE, NAME, Object, Problems, URL, flag, integer, object, objects,
    reference, text,
};

const PATH: &str = "/oauth/cibaServerPolicy/requestPolicies";

/// `/oauth/cibaServerPolicy/requestPolicies`
pub(crate) static CIBA_REQUEST_POLICIES: Resource =
    Resource::many(PATH, "ciba_request_policy", &POLICY).with(Rules {
        settle,
        check: |policy, _, problems| issuers_have_keys(policy, problems),
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
        plugin::with_core(&mut holder, &["IDENTITY_HINT_SUBJECT"]);
        if let Some(contract) = holder.remove("attributeContract") {
            policy.insert("identityHintContract".to_owned(), contract);
        }
    }
}

fn issuers_have_keys(policy: &Document, problems: &mut Problems) {
    let issuers = policy.get("alternativeLoginHintTokenIssuers");
    let issuers = issuers.and_then(|it| it.as_array()).into_iter().flatten();
    for (position, issuer) in issuers.enumerate() {
        let has = |name: &str| issuer.get(name).is_some();
        problems.require(
            has("jwksURL") != has("jwks"),
            &format!("alternativeLoginHintTokenIssuers[{position}].jwks"),
            "Give either jwks or jwksURL.",
        );
    }
}
