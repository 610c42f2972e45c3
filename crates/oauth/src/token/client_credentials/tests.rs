use domain::{ClientAuthentication, ScopeDescription};
use jose::jws::{Algorithm, SigningKey};

use super::*;
use crate::dpop::fixture::proved;
use crate::fixture::{ISSUER, NOW, Server, client, keys, requester};
use crate::token::VerifiedAccessToken;

fn decide(
    server: &Server,
    client: &Client,
    scope: Option<&str>,
) -> Decision<TokenResponse, TokenError> {
    let request = ClientCredentialsRequest {
        scope: scope.map(|scope| scope.parse().unwrap()),
        authorization_details: None,
    };
    let client = requester(client, None);
    client_credentials(&server.issuer(), &client, &request, NOW)
}

#[test]
fn rfc6749_4_4_3_issues_an_access_token_and_stores_nothing() {
    let server = Server::default();
    let decision = decide(&server, &client(), Some("profile"));
    assert!(decision.changes.is_empty());
    let response = decision.answer.ok().unwrap();
    // "A refresh token SHOULD NOT be included."
    assert!(response.refresh_token.is_none() && response.id_token.is_none());
    assert_eq!(response.scope.as_deref(), Some("profile"));
    let token = VerifiedAccessToken::verify(&response.access_token, keys(), ISSUER, NOW).unwrap();
    assert_eq!((token.user(), token.grant()), (None, None));
    assert_eq!(token.claims.sub, "shop");
}

#[test]
fn rfc6749_3_3_without_scope_the_default_scope_is_issued() {
    let response = decide(&Server::default(), &client(), None).answer;
    assert_eq!(response.ok().unwrap().scope, None);
}

#[test]
fn refuses_scopes_that_the_client_may_not_have() {
    let mut server = Server::default();
    let exclusive = ScopeDescription {
        name: "admin".to_owned(),
        description: String::new(),
        ..ScopeDescription::default()
    };
    server.settings.exclusive_scopes.push(exclusive);
    let mut client = client();
    let answer = |client: &Client, scope| decide(&server, client, Some(scope)).answer.err();
    assert_eq!(answer(&client, "unknown"), Some(TokenError::ScopeTooWide));
    assert_eq!(answer(&client, "admin"), Some(TokenError::ScopeTooWide));
    client.exclusive_scopes = "admin".parse().unwrap();
    client.restrict_scopes = true;
    client.restricted_scopes = "profile".parse().unwrap();
    assert_eq!(answer(&client, "admin profile"), None);
    assert_eq!(answer(&client, "email"), Some(TokenError::ScopeTooWide));
}

#[test]
fn rfc6749_4_4_is_for_confidential_clients_only() {
    let server = Server::default();
    let mut client = client();
    client.authentication = ClientAuthentication::default();
    let refused = Some(TokenError::GrantTypeNotAllowed);
    assert_eq!(decide(&server, &client, None).answer.err(), refused);
    let mut client = crate::fixture::client();
    client.grant_types.remove(&GrantType::ClientCredentials);
    assert_eq!(decide(&server, &client, None).answer.err(), refused);
}

#[test]
fn every_access_token_has_an_id_of_its_own() {
    let server = Server::default();
    let jti = || {
        let response = decide(&server, &client(), None).answer.ok().unwrap();
        let token = VerifiedAccessToken::verify(&response.access_token, keys(), ISSUER, NOW);
        token.unwrap().jti().to_owned()
    };
    assert_ne!(jti(), jti());
}

#[test]
fn rfc9449_5_a_client_s_own_token_is_bound_to_the_key_of_the_proof() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let (server, client, proof) = (Server::default(), client(), proved(&key));
    let requester = requester(&client, Some(&proof));
    let request = ClientCredentialsRequest::default();
    let response = client_credentials(&server.issuer(), &requester, &request, NOW);
    let response = response.answer.ok().unwrap();
    assert_eq!(response.token_type, "DPoP");
    let token = VerifiedAccessToken::verify(&response.access_token, keys(), ISSUER, NOW);
    assert_eq!(
        token.unwrap().confirmation().jkt.as_ref(),
        Some(proof.jkt())
    );
}

#[test]
fn rfc9396_6_a_client_gets_details_of_its_types_for_itself() {
    use crate::authorization_details::DetailsError;
    use crate::authorization_details::example::{accounts, payment, types};
    let server = Server {
        detail_types: types(),
        ..Server::default()
    };
    let client = Client {
        authorization_detail_types: ["account_information".to_owned()].into(),
        ..client()
    };
    let issued = |details: serde_json::Value| {
        let details = domain::AuthorizationDetails::parse(&details.to_string()).unwrap();
        let request = ClientCredentialsRequest {
            scope: None,
            authorization_details: Some(details),
        };
        let requester = requester(&client, None);
        client_credentials(&server.issuer(), &requester, &request, NOW).answer
    };
    let response = issued(serde_json::json!([accounts()])).ok().unwrap();
    let told = response.authorization_details.to_value();
    assert_eq!(told, serde_json::json!([accounts()]));
    let token = VerifiedAccessToken::verify(&response.access_token, keys(), ISSUER, NOW);
    assert_eq!(token.unwrap().claims.authorization_details.to_value(), told);
    let refused = issued(serde_json::json!([payment()])).err();
    let expected = TokenError::AuthorizationDetails(DetailsError::TypeNotAllowed);
    assert_eq!(refused, Some(expected));
}
