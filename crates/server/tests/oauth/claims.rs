//! The `claims` parameter (OpenID Connect Core §5.5).

use serde_json::{Value, json};
use testkit::House;

async fn told(scope: &str, claims: Value) -> (Value, Value) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop
        .request()
        .with("scope", scope)
        .with("claims", &claims.to_string());
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    let userinfo = shop.userinfo(&tokens.access_token).await;
    (
        Value::Object(tokens.id_claims),
        userinfo.expect_status(200).json(),
    )
}

#[tokio::test]
async fn oidc_core_5_5_claims_of_a_granted_scope_go_where_they_are_asked_for() {
    let claims = json!({
        "id_token": { "email": null, "auth_time": { "essential": true } },
        "userinfo": { "name": { "essential": true } },
    });
    let (id_token, userinfo) = told("openid profile email", claims).await;
    assert_eq!(id_token["email"], "alice@example.com");
    assert_eq!(id_token.get("name"), None);
    assert_eq!(userinfo["name"], "alice Example");
}

#[tokio::test]
async fn oidc_core_5_5_1_a_claim_with_another_value_is_not_told() {
    let claims = json!({
        "id_token": {
            "email": { "value": "somebody@example.com" },
            "given_name": { "values": ["x", "alice"] },
        },
    });
    let (id_token, _) = told("openid profile email", claims).await;
    assert_eq!(id_token.get("email"), None);
    assert_eq!(id_token["given_name"], "alice");
}

#[tokio::test]
async fn oidc_core_5_5_1_unknown_claims_are_ignored() {
    let claims = json!({
        "id_token": { "shoe_size": { "essential": true }, "email#de": null },
        "userinfo": { "shoe_size": null },
        "elsewhere": {},
    });
    let (id_token, userinfo) = told("openid", claims).await;
    assert_eq!(id_token.get("shoe_size"), None);
    assert_eq!(userinfo.as_object().unwrap().len(), 1, "{userinfo}");
}

#[tokio::test]
async fn oidc_core_5_5_1_registered_claims_cannot_be_forged_by_a_request() {
    let claims = json!({ "id_token": {
        "iss": { "value": "https://evil.example" },
        "aud": { "value": "evil" },
        "exp": { "value": 9_999_999_999_i64 },
    } });
    // The relying party of the kit verifies all of them.
    let (id_token, _) = told("openid", claims).await;
    assert_eq!(id_token["aud"], "shop");
}
