//! What authenticators answer, as scripts for this API write it.

use authn::factor::webauthn::AuthenticationResponse;
use serde_json::Value;

/// Reads what an authenticator has signed, as scripts for this API write it: bytes in base 64 with
/// either alphabet, and an empty text where there is no user handle.
pub(super) fn assertion(text: &str) -> Option<AuthenticationResponse> {
    AuthenticationResponse::parse(credential(text)?.to_string().as_bytes()).ok()
}

/// A credential as browsers write it.
pub(super) fn credential(text: &str) -> Option<Value> {
    let mut credential = jose::json::parse_object(text.as_bytes()).ok()?;
    for name in ["id", "rawId"] {
        credential.entry(name).and_modify(in_base64url);
    }
    if let Some(response) = credential.get_mut("response") {
        for name in [
            "clientDataJSON",
            "authenticatorData",
            "signature",
            "userHandle",
            "attestationObject",
        ] {
            if let Some(bytes) = response.get_mut(name) {
                in_base64url(bytes);
            }
        }
        let handle = response.get_mut("userHandle");
        if let Some(handle) = handle.filter(|handle| handle.as_str() == Some("")) {
            *handle = Value::Null;
        }
    }
    Some(Value::Object(credential))
}

fn in_base64url(value: &mut Value) {
    if let Value::String(text) = value {
        let url_safe = text.replace('+', "-").replace('/', "_");
        url_safe.trim_end_matches('=').clone_into(text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pingfederate_3_2_an_assertion_is_read_in_either_alphabet() {
        let written = |id: &str, bytes: &str, handle: &str| {
            let text = json!({
                "id": id, "rawId": bytes, "type": "public-key",
                "response": {
                    "clientDataJSON": bytes, "authenticatorData": bytes, "signature": bytes,
                    "userHandle": handle,
                },
            });
            assertion(&text.to_string())
        };
        let widget = written("-_8", "+/8=", "").unwrap();
        assert!(widget.user_handle().is_none());
        let usual = written("-_8", "-_8", "AQ").unwrap();
        assert_eq!(**usual.user_handle().unwrap(), [1]);
        assert_eq!(**usual.credential_id(), **widget.credential_id());
        assert!(written("-_8", "not base 64", "").is_none());
        assert!(assertion("{}").is_none());
        assert!(assertion("nonsense").is_none());
    }
}
