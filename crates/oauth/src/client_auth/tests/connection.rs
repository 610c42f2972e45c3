//! What a client is believed for the connection that it has, and where it may say its name.

use domain::Thumbprint;

use super::*;
use crate::client_auth::certificate::fixture::{Authority, client as certified};
use crate::fixture::certificates;

fn decided(
    client: &Client,
    certificates: Option<&CertificateChain>,
    issuers: &TrustedIssuers,
    parameters: &[(&str, &str)],
) -> Result<Option<Thumbprint>, ClientAuthCause> {
    let parameters: Parameters = parameters.iter().copied().collect();
    let presented = identify(&Credentials {
        certificates,
        ..credentials(None, &parameters)
    });
    let presented = presented.map_err(|error| error.cause)?;
    let decision = authenticate(&presented, Some(client), &facts(None, issuers), NOW);
    assert!(decision.changes.is_empty());
    let client = decision.answer.map_err(|error| error.cause)?;
    Ok(client.certificate().cloned())
}

#[test]
fn rfc8705_2_a_client_that_is_registered_for_its_certificate_needs_its_id_and_nothing_else() {
    let root = Authority::root("Root");
    let chain = root.certify(&certified("robot"), &[]);
    let mut client = client();
    client.authentication = ClientAuthentication {
        method: AuthenticationMethod::Certificate,
        certificate_issuer: Some("CN=Root".to_owned()),
        certificate_subject: Some("CN=robot".to_owned()),
        secret: client.authentication.secret,
        ..ClientAuthentication::default()
    };
    let (id, trusted) = (("client_id", "shop"), root.trusted());
    let bound = decided(&client, Some(&chain), &trusted, &[id]).unwrap();
    assert_eq!(bound.as_ref(), Some(chain.thumbprint()));
    let missing = Err(ClientAuthCause::Certificate(CertificateRefused::Missing));
    assert_eq!(decided(&client, None, &trusted, &[id]), missing);
    // RFC 8705 §2: the client_id is what tells whose certificate it must be.
    assert_eq!(
        decided(&client, Some(&chain), &trusted, &[]),
        Err(ClientAuthCause::Missing)
    );
    // Neither a secret nor an assertion stands in for the certificate, not even beside it.
    let with_secret = [id, ("client_secret", SECRET)];
    let wrong = Err(ClientAuthCause::WrongMethod);
    assert_eq!(
        decided(&client, Some(&chain), &trusted, &with_secret),
        wrong
    );
    let jwt = Signed::es256().token(&claims());
    let with_assertion = [
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &*jwt),
    ];
    assert_eq!(
        decided(&client, Some(&chain), &trusted, &with_assertion),
        wrong
    );
    client.enabled = false;
    let disabled = Err(ClientAuthCause::Disabled);
    assert_eq!(decided(&client, Some(&chain), &trusted, &[id]), disabled);
}

#[test]
fn rfc8705_4_any_certificate_binds_what_a_client_gets_and_is_no_proof_of_another_method() {
    let chain = certificates();
    let nobody = TrustedIssuers::default();
    let app = [("client_id", "app")];
    let bound = decided(&public_client(), Some(&chain), &nobody, &app).unwrap();
    assert_eq!(bound.as_ref(), Some(chain.thumbprint()));
    let secret = [("client_id", "shop"), ("client_secret", SECRET)];
    let bound = decided(&client(), Some(&chain), &nobody, &secret).unwrap();
    assert_eq!(bound.as_ref(), Some(chain.thumbprint()));
    let wrong = Err(ClientAuthCause::WrongMethod);
    let id = [("client_id", "shop")];
    assert_eq!(decided(&client(), Some(&chain), &nobody, &id), wrong);
    let unbound = decided(&client(), None, &nobody, &secret);
    assert_eq!(unbound, Ok(None));
}

#[test]
fn pingfederate_2_2_a_public_client_may_be_named_in_the_query() {
    let named = |parameters: &[(&str, &str)]| {
        let parameters: Parameters = parameters.iter().copied().collect();
        let presented = identify(&Credentials {
            id_in_query: Some("app"),
            ..credentials(None, &parameters)
        });
        let presented = presented.map_err(|error| error.cause)?;
        Ok(presented.client().as_str().to_owned())
    };
    let app = Ok("app".to_owned());
    assert_eq!(named(&[]), app);
    assert_eq!(named(&[("client_id", "app")]), app);
    let differ = |parameters: &[(&str, &str)]| named(parameters).err();
    let other = Some(ClientAuthCause::ClientIdsDiffer);
    assert_eq!(differ(&[("client_id", "shop")]), other);
    let jwt = Signed::es256().token(&claims());
    let assertion = [
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &*jwt),
    ];
    assert_eq!(differ(&assertion), other);
    // What is sent in secret stays together in the body (RFC 6749 §2.3.1).
    assert_eq!(
        differ(&[("client_secret", SECRET)]),
        Some(ClientAuthCause::Missing)
    );
}
