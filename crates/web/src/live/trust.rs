//! What administrators have said about how clients prove who they are.

use domain::port::{DocumentName, Kind, Records, StoreError};
use oauth::client_auth::{TrustedIssuer, TrustedIssuers, certificates_in};
use serde_json::Value;

/// The documents `{"id", "fileData"}` of those who are trusted to issue certificates of clients,
/// under their ids.
const ISSUERS: &[u8] = b"certificates/ca/";

/// The document `{"id", "type": "STRING", "stringValue"}` that says whether the issuer of an
/// assertion must be the client.
const ISSUER_RULE: &str = "configStore/oauth-credentials-validator/issuerMustBeEqualToClientId";

/// How clients may prove who they are.
pub(crate) struct ClientTrust {
    /// Who is trusted to issue their certificates.
    pub(crate) issuers: TrustedIssuers,
    /// Whether the issuer of an assertion must be the client.
    pub(crate) issuer_is_client: bool,
}

impl ClientTrust {
    /// Reads what is stored. A certificate that cannot be used is trusted by nobody.
    pub(super) async fn read(records: &Records) -> Result<Self, StoreError> {
        let documents = records.documents(Kind::Resource, ISSUERS).await?;
        let issuers = documents.iter().flat_map(|(name, document)| {
            let issuers = issuers_in(document);
            if let Err(reason) = &issuers {
                let id = String::from_utf8_lossy(&name.key);
                tracing::warn!(%id, reason, "a trusted issuer cannot be used");
            }
            issuers.unwrap_or_default()
        });
        let rule = DocumentName::new(Kind::Resource, ISSUER_RULE);
        let rule = records.document(&rule).await?;
        Ok(Self {
            issuers: issuers.collect(),
            issuer_is_client: !rule.is_some_and(|rule| is_off(&rule)),
        })
    }
}

fn issuers_in(document: &Value) -> Result<Vec<TrustedIssuer>, String> {
    let data = document.get("fileData").and_then(Value::as_str);
    let certificates = certificates_in(data.unwrap_or_default());
    let certificates = certificates.map_err(|error| error.to_string())?;
    let issuers = certificates.iter().map(TrustedIssuer::new);
    let issuers = issuers.collect::<Result<_, _>>();
    issuers.map_err(|fault| fault.to_string())
}

/// Nothing but this word turns the rule off.
fn is_off(setting: &Value) -> bool {
    let value = setting.get("stringValue").and_then(Value::as_str);
    value.is_some_and(|value| value.trim().eq_ignore_ascii_case("false"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_word_false_turns_the_rule_off() {
        let off = |value: Value| is_off(&json!({ "type": "STRING", "stringValue": value }));
        assert!(off(json!("false")));
        assert!(off(json!(" False ")));
        for value in [
            json!("true"),
            json!(""),
            json!("0"),
            json!(false),
            json!(null),
        ] {
            assert!(!off(value.clone()), "{value}");
        }
        assert!(!is_off(&json!({ "type": "LIST", "listValue": ["false"] })));
    }

    #[test]
    fn a_document_without_a_certificate_names_the_reason() {
        for document in [
            json!({}),
            json!({ "fileData": 1 }),
            json!({ "fileData": "AAAA" }),
        ] {
            let reason = issuers_in(&document).unwrap_err();
            assert_eq!(reason, "it must hold certificates in PEM, or one in base64");
        }
    }
}
