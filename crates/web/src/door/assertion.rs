//! What a browser is asked for where a passkey or a security key is to sign.

use authn::factor::webauthn::{BytesAs, Challenge, Descriptor, RequestOptions, UserVerification};
use authn::flow::Flow;
use serde_json::Value;

use crate::app::App;

impl App {
    /// The options of `navigator.credentials.get()` in `flow`, by the policy by which the answer is
    /// verified; nothing where passkeys are not used. Where nobody is known yet, none is named in
    /// `allowed` and the person must be verified.
    pub(super) fn assertion_options(
        &self,
        flow: &Flow,
        challenge: &Challenge,
        allowed: Option<&[Descriptor]>,
        form: BytesAs,
    ) -> Option<Value> {
        let policy = self.policy_of(flow);
        let policy = policy.devices.webauthn.as_ref()?;
        let options = RequestOptions {
            relying_party: &policy.relying_party,
            challenge,
            timeout: policy.timeout,
            allow: allowed.unwrap_or_default(),
            user_verification: match allowed {
                Some(_) => policy.user_verification,
                None => UserVerification::Required,
            },
            hints: &[],
        };
        Some(options.json(form))
    }
}
