//! What administrators have the API tell besides.

use serde_json::{Value, json};

use super::application::{Application, allow, client, house, redirectless};

#[tokio::test]
async fn pingfederate_3_1_states_tell_of_the_client_with_its_extended_properties_where_they_are_to()
{
    let house = house().await;
    let administration = house.administration();
    let properties = json!({ "items": [
        { "name": "tier", "description": "", "multiValued": false },
        { "name": "regions", "description": "", "multiValued": true },
    ]});
    let set = administration.put("/extendedProperties", &properties);
    let _ = set.await.expect_status(200);
    let extended = json!({ "extendedParameters": {
        "tier": { "values": ["gold"] }, "regions": { "values": ["eu", "us"] },
    }});
    let shop = client(&house, "shop", extended).await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    assert!(app.answer.get("requestContext").is_none(), "nobody said so");
    allow(&house, json!({ "includeRequestContext": true })).await;
    let _ = app.read().await.expect_status(200);
    let context = &app.answer["requestContext"];
    assert_eq!(context["clientId"], "shop");
    assert!(context["clientName"].is_string());
    let expected = json!({ "tier": ["gold"], "regions": ["eu", "us"] });
    assert_eq!(context["extendedProperties"], expected);
}

#[tokio::test]
async fn pingfederate_3_1_states_and_actions_are_described_where_they_are_to_be() {
    let house = house().await;
    let address = format!("{}/pf-ws/authn/explorer", house.url);
    let _ = house.http.get(address.clone()).await.expect_status(404);
    allow(&house, json!({ "enableApiDescriptions": true })).await;
    let described = house.http.get(address).await.expect_status(200).json();
    let of = |list: &str, key: &str, name: &str| -> Value {
        let all = described[list].as_array().unwrap();
        all.iter().find(|it| it[key] == name).unwrap().clone()
    };
    let state = of("states", "status", "OTP_REQUIRED");
    assert!(
        state["actions"]
            .as_array()
            .unwrap()
            .contains(&json!("checkOtp"))
    );
    let action = of("actions", "id", "checkOtp");
    assert_eq!(
        action["mediaType"],
        "application/vnd.pingidentity.checkOtp+json"
    );
    let otp = json!([{ "name": "otp", "type": "string", "required": true }]);
    assert_eq!(action["fields"], otp);
}
