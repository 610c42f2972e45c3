//! What was granted in detail (RFC 9396 §6, §7).

use super::*;
use crate::authorization_details::example::{accounts, payment, types};
use crate::authorization_details::{DetailTypes, DetailsError};

fn details(parts: &[Value]) -> AuthorizationDetails {
    AuthorizationDetails::parse(&json!(parts).to_string()).unwrap()
}

/// The exchange of a code for which a payment and a look at accounts were granted.
fn exchange() -> Exchange {
    let kinds = ["payment_initiation", "account_information"];
    let mut exchange = Exchange::new(Client {
        authorization_detail_types: kinds.map(str::to_owned).into(),
        ..client()
    });
    exchange.server.detail_types = types();
    exchange.code.record.authorization_details = details(&[payment(), accounts()]);
    exchange
}

#[test]
fn rfc9396_7_tokens_and_answers_tell_what_was_granted() {
    let exchange = exchange();
    let decision = exchange.decide();
    let response = decision.answer.ok().unwrap();
    let granted = json!([payment(), accounts()]);
    let answer = serde_json::to_value(&response).unwrap();
    assert_eq!(answer["authorization_details"], granted);
    // RFC 9396 §9.1: a claim of the access token.
    let claims = claims_of(&response.access_token);
    assert_eq!(claims["authorization_details"], granted);
    let grant: Grant = written(decision.changes).unwrap();
    assert_eq!(grant.authorization_details.to_value(), granted);
}

#[test]
fn rfc9396_6_1_a_token_can_be_good_for_a_part() {
    let mut exchange = exchange();
    let mut less = accounts();
    less["actions"] = json!(["list_accounts"]);
    exchange.details = Some(details(&[less.clone()]));
    let decision = exchange.decide();
    let response = decision.answer.ok().unwrap();
    assert_eq!(response.authorization_details, details(&[less.clone()]));
    assert_eq!(response.scope.as_deref(), Some("email openid profile"));
    let grant: Grant = written(decision.changes).unwrap();
    let kept = &exchange.code.authorization_details;
    assert_eq!(&grant.authorization_details, kept, "as it was granted");
}

#[test]
fn rfc9396_6_a_token_is_never_good_for_more() {
    let mut exchange = exchange();
    let mut more = payment();
    more["instructedAmount"]["amount"] = json!("1000.00");
    for parts in [vec![more], vec![payment(), payment()]] {
        exchange.details = Some(details(&parts));
        let refused = TokenError::AuthorizationDetails(DetailsError::NotGranted);
        assert_eq!(exchange.refusal(), Some(refused.clone()));
        let response = crate::ErrorResponse::from(&refused);
        assert_eq!(response.status, 400);
        assert_eq!(
            response.body.unwrap().error,
            "invalid_authorization_details"
        );
    }
    // Where nothing was granted, nothing can be asked for.
    exchange.code.record.authorization_details = AuthorizationDetails::none();
    exchange.details = Some(details(&[payment()]));
    let refused = TokenError::AuthorizationDetails(DetailsError::NotGranted);
    assert_eq!(exchange.refusal(), Some(refused));
}

#[test]
fn what_the_client_has_lost_since_is_left_out() {
    let mut exchange = exchange();
    exchange
        .client
        .authorization_detail_types
        .remove("payment_initiation");
    let left = exchange.response().authorization_details;
    assert_eq!(left, details(&[accounts()]));
    exchange.details = Some(details(&[payment()]));
    let refused = TokenError::AuthorizationDetails(DetailsError::TypeNotAllowed);
    assert_eq!(exchange.refusal(), Some(refused));
    exchange.details = None;
    exchange.server.detail_types = DetailTypes::default();
    assert!(exchange.response().authorization_details.is_empty());
    // Nothing at all would be something else than was granted: the default scope.
    exchange.code.record.scope = Scope::empty();
    let refused = TokenError::AuthorizationDetails(DetailsError::Lost);
    assert_eq!(exchange.refusal(), Some(refused));
}
