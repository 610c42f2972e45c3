//! The keys of the authorization server, when an administrator chooses them.

use serde_json::Value;

use super::mapping::PLAIN_REFERENCE;
use super::{Resource, Rules};
use crate::admin::schema::{
    Document, ID, LINE_OR_EMPTY, NAME, Object, PROSE, Problems, below, flag, object, objects,
    references, text,
};

const KEY_SETS: &str = "/keyPairs/oauthOpenIdConnect/additionalKeySets";

/// `/keyPairs/oauthOpenIdConnect`
pub(crate) static OAUTH_KEY_PAIRS: Resource = Resource::one(
    "/keyPairs/oauthOpenIdConnect",
    "oauth_key_pairs",
    &KEY_PAIRS,
)
.with(Rules {
    check: |keys, _, problems| static_keys_are_there(keys, "", problems),
    ..Rules::NONE
});

/// `/keyPairs/oauthOpenIdConnect/additionalKeySets`
pub(crate) static ADDITIONAL_KEY_SETS: Resource =
    Resource::many(KEY_SETS, "additional_key_set", &KEY_SET).with(Rules {
        check: |set, _, problems| {
            if let Some(Value::Object(keys)) = set.get("signingKeys") {
                static_keys_are_there(keys, "signingKeys", problems);
            }
        },
        ..Rules::NONE
    });

#[rustfmt::skip]
const KEY_PAIRS: Object = Object {
    name: "OAuthOpenIdConnectKeys",
    about: "The keys of the authorization server, when an administrator chooses them.",
    fields: &[
        flag("staticJwksEnabled").about("Whether these keys sign, and not those that the server makes itself."),
        object("p256ActiveCertRef", &PLAIN_REFERENCE),
        text("p256ActiveKeyId", &LINE_OR_EMPTY),
        object("p256PreviousCertRef", &PLAIN_REFERENCE),
        text("p256PreviousKeyId", &LINE_OR_EMPTY),
        flag("p256PublishX5cParameter").optional(),
        object("p256DecryptionActiveCertRef", &PLAIN_REFERENCE),
        text("p256DecryptionActiveKeyId", &LINE_OR_EMPTY),
        object("p256DecryptionPreviousCertRef", &PLAIN_REFERENCE),
        text("p256DecryptionPreviousKeyId", &LINE_OR_EMPTY),
        flag("p256DecryptionPublishX5cParameter").optional(),
        object("p384ActiveCertRef", &PLAIN_REFERENCE),
        text("p384ActiveKeyId", &LINE_OR_EMPTY),
        object("p384PreviousCertRef", &PLAIN_REFERENCE),
        text("p384PreviousKeyId", &LINE_OR_EMPTY),
        flag("p384PublishX5cParameter").optional(),
        object("p384DecryptionActiveCertRef", &PLAIN_REFERENCE),
        text("p384DecryptionActiveKeyId", &LINE_OR_EMPTY),
        object("p384DecryptionPreviousCertRef", &PLAIN_REFERENCE),
        text("p384DecryptionPreviousKeyId", &LINE_OR_EMPTY),
        flag("p384DecryptionPublishX5cParameter").optional(),
        object("p521ActiveCertRef", &PLAIN_REFERENCE),
        text("p521ActiveKeyId", &LINE_OR_EMPTY),
        object("p521PreviousCertRef", &PLAIN_REFERENCE),
        text("p521PreviousKeyId", &LINE_OR_EMPTY),
        flag("p521PublishX5cParameter").optional(),
        object("p521DecryptionActiveCertRef", &PLAIN_REFERENCE),
        text("p521DecryptionActiveKeyId", &LINE_OR_EMPTY),
        object("p521DecryptionPreviousCertRef", &PLAIN_REFERENCE),
        text("p521DecryptionPreviousKeyId", &LINE_OR_EMPTY),
        flag("p521DecryptionPublishX5cParameter").optional(),
        object("rsaActiveCertRef", &PLAIN_REFERENCE),
        text("rsaActiveKeyId", &LINE_OR_EMPTY),
        objects("rsaAlgorithmActiveKeyIds", &ALGORITHM_KEY),
        object("rsaPreviousCertRef", &PLAIN_REFERENCE),
        text("rsaPreviousKeyId", &LINE_OR_EMPTY),
        objects("rsaAlgorithmPreviousKeyIds", &ALGORITHM_KEY),
        flag("rsaPublishX5cParameter").optional(),
        object("rsaDecryptionActiveCertRef", &PLAIN_REFERENCE),
        text("rsaDecryptionActiveKeyId", &LINE_OR_EMPTY),
        object("rsaDecryptionPreviousCertRef", &PLAIN_REFERENCE),
        text("rsaDecryptionPreviousKeyId", &LINE_OR_EMPTY),
        flag("rsaDecryptionPublishX5cParameter").optional(),
    ],
};

const ALGORITHM_KEY: Object = Object {
    name: "RsaAlgKeyId",
    about: "The id of a key for one algorithm.",
    fields: &[
        text("rsaAlgType", &NAME).required(),
        text("keyId", &NAME).required(),
    ],
};

const KEY_SET: Object = Object {
    name: "AdditionalKeySet",
    about: "Keys of some of the virtual issuers.",
    fields: &[
        text("id", &ID).made(),
        text("name", &NAME).required(),
        text("description", &PROSE).or_text(""),
        references("issuers", "/oauth/issuers"),
        object("signingKeys", &KEY_PAIRS).or_filled(),
    ],
};

/// The members that name a key which signs.
const SIGNING: [&str; 4] = [
    "rsaActiveCertRef",
    "p256ActiveCertRef",
    "p384ActiveCertRef",
    "p521ActiveCertRef",
];

/// Notes keys that are to sign although there are none.
fn static_keys_are_there(keys: &Document, path: &str, problems: &mut Problems) {
    let enabled = keys.get("staticJwksEnabled") == Some(&Value::Bool(true));
    let is_named = |member: &&str| keys.get(*member).is_some_and(|it| it.get("id").is_some());
    problems.require(
        !enabled || SIGNING.iter().any(is_named),
        &below(path, "staticJwksEnabled"),
        "Name at least one active key that signs.",
    );
}
