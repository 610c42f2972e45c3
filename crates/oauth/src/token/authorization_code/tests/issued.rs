use super::*;

#[test]
fn rfc6749_5_1_writes_the_members_in_a_fixed_order() {
    let json = serde_json::to_string(&Exchange::new(client()).response()).unwrap();
    let order = [
        "access_token",
        "refresh_token",
        "id_token",
        "scope",
        "token_type",
        "expires_in",
    ];
    let places = order.map(|name| json.find(&format!("\"{name}\":")).unwrap());
    assert!(places.is_sorted(), "{json}");
}

#[test]
fn rfc9068_2_describes_the_access_token() {
    let exchange = Exchange::new(client());
    let response = exchange.response();
    let token = VerifiedAccessToken::verify(&response.access_token, keys(), ISSUER, NOW).unwrap();
    assert_eq!(token.user(), Some(user().id));
    assert_eq!(token.client(), exchange.client.id);
    let header = Unverified::parse(&response.access_token, 64 * 1024).unwrap();
    assert_eq!(header.header().typ(), Some("at+jwt"));
    assert_eq!(header.header().alg(), "ES256");
    let mut claims = claims_of(&response.access_token);
    let named = claims.as_object_mut().unwrap();
    assert_eq!(named.remove("jti").unwrap().as_str().unwrap().len(), 22);
    assert!(named.remove("agid").unwrap().is_string());
    let expected = json!({
        "iss": ISSUER,
        "sub": user().id.to_string(),
        "aud": ISSUER,
        "client_id": "shop",
        "scope": "email openid profile",
        "iat": NOW.seconds(),
        "exp": NOW.seconds() + 7200,
        "auth_time": NOW.seconds() - 30,
        "acr": "urn:example:mfa",
        "amr": ["pwd", "otp", "mfa"],
        "sid": authentication().session.to_string(),
    });
    assert_eq!(claims, expected);
}

#[test]
fn rfc9068_3_names_the_configured_resource_and_the_userinfo_endpoint() {
    let mut exchange = Exchange::new(client());
    exchange.server.access_token.audience = Some("https://api.example".to_owned());
    let claims = claims_of(&exchange.response().access_token);
    assert_eq!(claims["aud"], json!(["https://api.example", ISSUER]));
    exchange.scope = Some("profile");
    let claims = claims_of(&exchange.response().access_token);
    assert_eq!(claims["aud"], json!("https://api.example"));
}

#[test]
fn oidc_core_2_describes_the_id_token() {
    let mut exchange = Exchange::new(client());
    exchange.code.record.claims = Some(json!({ "id_token": { "email": null, "phone": null } }));
    let response = exchange.response();
    let id_token = response.id_token.unwrap();
    assert!(keys().verify(&id_token, TokenType::IdToken).is_ok());
    let expected = json!({
        "iss": ISSUER,
        "sub": user().id.to_string(),
        "aud": "shop",
        "azp": "shop",
        "exp": NOW.seconds() + 300,
        "iat": NOW.seconds(),
        "auth_time": NOW.seconds() - 30,
        "nonce": "n-0S6_WzA2Mj",
        "acr": "urn:example:mfa",
        "amr": ["pwd", "otp", "mfa"],
        "at_hash": left_half_hash(Algorithm::Rs256, &response.access_token),
        "sid": authentication().session.to_string(),
        "email": "ada@example.org",
    });
    assert_eq!(claims_of(&id_token), expected);
}

#[test]
fn oidc_core_3_1_3_3_issues_an_id_token_only_for_openid() {
    let mut exchange = Exchange::new(client());
    exchange.code.record.scope = "profile".parse().unwrap();
    assert!(exchange.response().id_token.is_none());
}

#[test]
fn signs_id_tokens_with_the_clients_algorithm_or_refuses_cleanly() {
    let mut exchange = Exchange::new(client());
    for algorithm in [Algorithm::Es384, Algorithm::EdDsa, Algorithm::Hs256] {
        exchange.client.oidc.id_token_signing_algorithm.0 = Some(algorithm);
        let response = exchange.response();
        let id_token = response.id_token.unwrap();
        let verified = keys().verify_for(&exchange.client, &id_token, TokenType::IdToken, NOW);
        let hash = left_half_hash(algorithm, &response.access_token);
        assert_eq!(verified.unwrap().get("at_hash"), Some(&hash.into()));
    }
    exchange.client.oidc.id_token_signing_algorithm.0 = Some(Algorithm::Hs512);
    let too_short = crate::SigningError::SecretTooShort(Algorithm::Hs512);
    assert_eq!(exchange.refusal(), Some(TokenError::Signing(too_short)));
}

#[test]
fn no_access_token_outlives_its_grant() {
    let mut exchange = Exchange::new(client());
    exchange.server.settings.persistent_grant_lifetime = 10;
    exchange.server.settings.persistent_grant_lifetime_unit = TimeUnit::Minutes;
    let response = exchange.response();
    assert_eq!(response.expires_in, 600);
    assert_eq!(
        claims_of(&response.access_token)["exp"],
        NOW.seconds() + 600
    );
}
