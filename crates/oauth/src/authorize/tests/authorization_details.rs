//! What is asked for in detail.

use domain::AuthorizationDetails;

use super::*;
use crate::authorization_details::DetailsError;
use crate::authorization_details::example::{accounts, payment, types};

fn world() -> World {
    World {
        detail_types: types(),
        ..World::with_client(|client| {
            let kinds = ["payment_initiation".to_owned()];
            client.authorization_detail_types = kinds.into();
        })
    }
}

fn asked(world: &World, details: &str) -> Result<AuthorizationDetails, AuthorizeError> {
    let request = world.verify(&[("authorization_details", details)]);
    let request = request.map_err(|refusal| refusal.error);
    request.map(|request| request.authorization_details().clone())
}

#[test]
fn rfc9396_2_a_request_keeps_its_details_beside_its_scope() {
    let world = world();
    let details = json!([payment()]).to_string();
    let expected = AuthorizationDetails::parse(&details).unwrap();
    assert_eq!(asked(&world, &details), Ok(expected));
    assert_eq!(asked(&world, ""), Ok(AuthorizationDetails::none()));
    let request = world
        .verify(&[("authorization_details", &details)])
        .unwrap();
    assert_eq!(request.scope().to_string(), "openid profile");
    let text = serde_json::to_string(&request).unwrap();
    let kept: VerifiedRequest = serde_json::from_str(&text).unwrap();
    assert_eq!(kept, request, "a flow can carry it");
}

#[test]
fn rfc9396_5_the_client_is_told_of_details_that_cannot_be() {
    let world = world();
    let mut unknown = payment();
    unknown["colour"] = json!("blue");
    for (details, error) in [
        ("{}".to_owned(), DetailsError::Malformed),
        (
            json!([{ "type": "other" }]).to_string(),
            DetailsError::TypeUnknown,
        ),
        (
            json!([accounts()]).to_string(),
            DetailsError::TypeNotAllowed,
        ),
        (json!([unknown]).to_string(), DetailsError::Invalid),
    ] {
        let refusal = world.verify(&[("authorization_details", &details)]);
        let refusal = refusal.err().unwrap();
        assert_eq!(refusal.error, AuthorizeError::AuthorizationDetails(error));
        let response = refusal.response().unwrap();
        let error = response.parameters().find(|(name, _)| *name == "error");
        assert_eq!(error, Some(("error", "invalid_authorization_details")));
    }
}
