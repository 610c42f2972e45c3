//! The keys of the authorization server, when an administrator chooses them.

use serde_json::Value;

use super::{Resource, Rules};
use crate::admin::schema::{
    Document, ID, LINE_OR_EMPTY, NAME, Object, PROSE, Problems, below, flag, object, objects,
    reference, references, text, word,
};

const KEY_SETS: &str = "/keyPairs/oauthOpenIdConnect/additionalKeySets";

/// Where key pairs with certificates would be. This server has none: a reference to one is refused.
const KEY_PAIRS_PATH: &str = "/keyPairs/signing";

/// The algorithms of RSA keys.
const RSA_ALGORITHMS: &[&str] = &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

/// `/keyPairs/oauthOpenIdConnect`
pub(crate) static OAUTH_KEY_PAIRS: Resource = Resource::one(
    "/keyPairs/oauthOpenIdConnect",
    "oauth_key_pairs",
    &KEY_PAIRS,
)
.with(Rules {
    check: |keys, _, problems| own_keys_sign(keys, "", problems),
    ..Rules::NONE
});

/// `/keyPairs/oauthOpenIdConnect/additionalKeySets`
pub(crate) static ADDITIONAL_KEY_SETS: Resource =
    Resource::many(KEY_SETS, "additional_key_set", &KEY_SET).with(Rules {
        check: |set, _, problems| {
            if let Some(Value::Object(keys)) = set.get("signingKeys") {
                own_keys_sign(keys, "signingKeys", problems);
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
        reference("p256ActiveCertRef", KEY_PAIRS_PATH),
        text("p256ActiveKeyId", &LINE_OR_EMPTY),
        reference("p256PreviousCertRef", KEY_PAIRS_PATH),
        text("p256PreviousKeyId", &LINE_OR_EMPTY),
        flag("p256PublishX5cParameter").optional(),
        reference("p256DecryptionActiveCertRef", KEY_PAIRS_PATH),
        text("p256DecryptionActiveKeyId", &LINE_OR_EMPTY),
        reference("p256DecryptionPreviousCertRef", KEY_PAIRS_PATH),
        text("p256DecryptionPreviousKeyId", &LINE_OR_EMPTY),
        flag("p256DecryptionPublishX5cParameter").optional(),
        reference("p384ActiveCertRef", KEY_PAIRS_PATH),
        text("p384ActiveKeyId", &LINE_OR_EMPTY),
        reference("p384PreviousCertRef", KEY_PAIRS_PATH),
        text("p384PreviousKeyId", &LINE_OR_EMPTY),
        flag("p384PublishX5cParameter").optional(),
        reference("p384DecryptionActiveCertRef", KEY_PAIRS_PATH),
        text("p384DecryptionActiveKeyId", &LINE_OR_EMPTY),
        reference("p384DecryptionPreviousCertRef", KEY_PAIRS_PATH),
        text("p384DecryptionPreviousKeyId", &LINE_OR_EMPTY),
        flag("p384DecryptionPublishX5cParameter").optional(),
        reference("p521ActiveCertRef", KEY_PAIRS_PATH),
        text("p521ActiveKeyId", &LINE_OR_EMPTY),
        reference("p521PreviousCertRef", KEY_PAIRS_PATH),
        text("p521PreviousKeyId", &LINE_OR_EMPTY),
        flag("p521PublishX5cParameter").optional(),
        reference("p521DecryptionActiveCertRef", KEY_PAIRS_PATH),
        text("p521DecryptionActiveKeyId", &LINE_OR_EMPTY),
        reference("p521DecryptionPreviousCertRef", KEY_PAIRS_PATH),
        text("p521DecryptionPreviousKeyId", &LINE_OR_EMPTY),
        flag("p521DecryptionPublishX5cParameter").optional(),
        reference("rsaActiveCertRef", KEY_PAIRS_PATH),
        text("rsaActiveKeyId", &LINE_OR_EMPTY),
        objects("rsaAlgorithmActiveKeyIds", &ALGORITHM_KEY),
        reference("rsaPreviousCertRef", KEY_PAIRS_PATH),
        text("rsaPreviousKeyId", &LINE_OR_EMPTY),
        objects("rsaAlgorithmPreviousKeyIds", &ALGORITHM_KEY),
        flag("rsaPublishX5cParameter").optional(),
        reference("rsaDecryptionActiveCertRef", KEY_PAIRS_PATH),
        text("rsaDecryptionActiveKeyId", &LINE_OR_EMPTY),
        reference("rsaDecryptionPreviousCertRef", KEY_PAIRS_PATH),
        text("rsaDecryptionPreviousKeyId", &LINE_OR_EMPTY),
        flag("rsaDecryptionPublishX5cParameter").optional(),
    ],
};

const ALGORITHM_KEY: Object = Object {
    name: "RsaAlgKeyId",
    about: "The id of a key for one algorithm.",
    fields: &[
        word("rsaAlgType", RSA_ALGORITHMS).required(),
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

/// Notes keys that are to sign in place of the server's own, which no others do.
fn own_keys_sign(keys: &Document, path: &str, problems: &mut Problems) {
    let enabled = keys.get("staticJwksEnabled") == Some(&Value::Bool(true));
    problems.require(
        !enabled,
        &below(path, "staticJwksEnabled"),
        "This server signs with keys of its own, which it makes and replaces itself (/pf/JWKS); it \
         has no others.",
    );
}
