//! The whole of a client, as Terraform's provider writes it: from the least to the most and back.

use serde_json::{Value, json};
use testkit::{Administration, House};

const PATH: &str = "/oauth/clients/myclient";

/// What Terraform's provider creates first: every default stated.
#[rustfmt::skip]
fn least() -> Value {
    json!({
        "clientId": "myclient",
        "name": "myclient",
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "SECRET", "secret": "mysecret", "secondarySecrets": [] },
        "enabled": true,
        "redirectUris": [],
        "restrictToDefaultAccessTokenManager": false,
        "validateUsingAllEligibleAtms": false,
        "refreshRolling": "SERVER_DEFAULT",
        "refreshTokenRollingIntervalType": "SERVER_DEFAULT",
        "refreshTokenRollingIntervalTimeUnit": "HOURS",
        "persistentGrantExpirationType": "SERVER_DEFAULT",
        "persistentGrantExpirationTime": 0,
        "persistentGrantExpirationTimeUnit": "DAYS",
        "persistentGrantIdleTimeoutType": "SERVER_DEFAULT",
        "persistentGrantIdleTimeout": 0,
        "persistentGrantIdleTimeoutTimeUnit": "DAYS",
        "persistentGrantReuseType": "SERVER_DEFAULT",
        "persistentGrantReuseGrantTypes": [],
        "allowAuthenticationApiInit": false,
        "enableCookielessAuthenticationApi": false,
        "bypassApprovalPage": false,
        "restrictScopes": false,
        "restrictedScopes": [],
        "exclusiveScopes": [],
        "authorizationDetailTypes": [],
        "restrictedResponseTypes": [],
        "requirePushedAuthorizationRequests": false,
        "requireJwtSecuredAuthorizationResponseMode": false,
        "requireSignedRequests": false,
        "oidcPolicy": {
            "grantAccessSessionRevocationApi": false,
            "grantAccessSessionSessionManagementApi": false,
            "logoutMode": "NONE",
            "logoutUris": [],
            "pingAccessLogoutCapable": false,
            "pairwiseIdentifierUserType": false,
            "postLogoutRedirectUris": [],
        },
        "deviceFlowSettingType": "SERVER_DEFAULT",
        "requireProofKeyForCodeExchange": false,
        "refreshTokenRollingGracePeriodType": "SERVER_DEFAULT",
        "clientSecretRetentionPeriodType": "SERVER_DEFAULT",
        "requireDpop": false,
        "requireOfflineAccessScopeToIssueRefreshTokens": "SERVER_DEFAULT",
        "offlineAccessRequireConsentPrompt": "SERVER_DEFAULT",
        "lockoutMaxMaliciousActionsType": "SERVER_DEFAULT",
    })
}

/// A client with every member set.
pub(crate) fn most() -> Value {
    serde_json::from_str(include_str!("client_whole.json")).unwrap()
}

/// What the largest client refers to.
#[rustfmt::skip]
pub(crate) async fn lay_out(house: &House) {
    let administration = house.administration();
    house.set(json!({
        "exclusiveScopes": [{ "name": "vault", "description": "" }],
        "scopeGroups": [{ "name": "people", "description": "", "scopes": ["profile", "email"] }],
    }))
    .await;
    let properties = json!({ "items": [{ "name": "colour" }, { "name": "sizes", "multiValued": true }] });
    let _ = administration.put("/extendedProperties", &properties).await.expect_status(200);
    let jwt = "com.pingidentity.pf.access.token.management.plugins.JwtBearerAccessTokenManagementPlugin";
    for (path, resource) in [
        ("/oauth/accessTokenManagers", json!({
            "id": "jwt", "name": "JWT", "pluginDescriptorRef": { "id": jwt },
            "configuration": { "tables": [], "fields": [
                { "name": "JWS Algorithm", "value": "RS256" },
                { "name": "Use Centralized Signing Key", "value": "true" },
            ] },
            "attributeContract": { "extendedAttributes": [{ "name": "role" }] },
        })),
        ("/oauth/openIdConnect/policies", json!({
            "id": "oidc", "name": "OpenID Connect", "accessTokenManagerRef": { "id": "jwt" },
            "attributeContract": { "extendedAttributes": [] },
            "attributeMapping": { "attributeContractFulfillment": {
                "sub": { "source": { "type": "TEXT" }, "value": "x" },
            } },
        })),
        ("/oauth/tokenExchange/processor/policies", json!({
            "id": "exchange", "name": "Exchange", "attributeContract": { "extendedAttributes": [] },
            "processorMappings": [{
                "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
                "subjectTokenProcessor": { "id": "jwtprocessor" },
                "attributeContractFulfillment": { "subject": { "source": { "type": "SUBJECT_TOKEN" }, "value": "sub" } },
            }],
        })),
        ("/oauth/outOfBandAuthPlugins", json!({
            "id": "push", "name": "By push",
            "pluginDescriptorRef": { "id": "com.pingidentity.oobauth.pingone.mfa.PingOneMfaCibaAuthenticator" },
        })),
        ("/passwordCredentialValidators", json!({
            "id": "codes", "name": "User codes",
            "pluginDescriptorRef": { "id": "org.sourceid.saml20.domain.LDAPUsernamePasswordCredentialValidator" },
        })),
        ("/oauth/cibaServerPolicy/requestPolicies", json!({
            "id": "ciba", "name": "CIBA", "authenticatorRef": { "id": "push" }, "transactionLifetime": 90,
            "userCodePcvRef": { "id": "codes" },
        })),
        ("/oauth/authorizationDetailProcessors", json!({
            "id": "schema", "name": "By schema",
            "pluginDescriptorRef": { "id": "countersign.JsonSchemaAuthorizationDetailProcessor" },
        })),
        ("/oauth/authorizationDetailTypes", json!({
            "id": "payment", "type": "payment_initiation", "description": "A payment",
            "authorizationDetailProcessorRef": { "id": "schema" },
        })),
    ] {
        let _ = administration.post(path, &resource).await.expect_status(201);
    }
}

/// The same with every secret and every location replaced, which are different at each reading or
/// come from the server.
pub(crate) fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != "location");
            let members = members.map(|(name, value)| match name.as_str() {
                "secret" | "encryptedSecret" => ("secret".to_owned(), json!("…")),
                "encryptedValue" => (name.clone(), json!("…")),
                name => (name.to_owned(), comparable(value)),
            });
            members.collect()
        }
        Value::Array(elements) => elements.iter().map(comparable).collect(),
        other => other.clone(),
    }
}

/// What was written, as it is expected back.
fn expected(written: &Value) -> Value {
    let mut expected = comparable(written);
    if expected["clientAuth"]["secondarySecrets"][0].is_object() {
        let expiry = &mut expected["clientAuth"]["secondarySecrets"][0]["expiryTime"];
        *expiry = json!("2026-11-30T10:00:00.000Z");
    }
    expected
}

/// Asserts that all that was written is read.
async fn read_back(administration: &Administration, written: &Value) -> Value {
    let read = administration.get(PATH).await.expect_status(200).json();
    let shown = comparable(&read);
    for (name, value) in expected(written).as_object().unwrap() {
        match value {
            Value::Object(members) if name != "extendedParameters" => {
                for (inner, value) in members {
                    assert_eq!(shown[name][inner], *value, "{name}.{inner}");
                }
            }
            value => assert_eq!(shown[name], *value, "{name}"),
        }
    }
    read
}

#[tokio::test]
async fn pingfederate_1_2_what_terraform_does_with_a_client() {
    let house = House::open().await;
    lay_out(&house).await;
    let administration = house.administration();
    let created = administration.post("/oauth/clients", &least()).await;
    let created = created.expect_status(201).json();
    assert_eq!(
        comparable(&read_back(&administration, &least()).await),
        comparable(&created)
    );
    for set in [
        "creationDate",
        "modificationDate",
        "clientSecretChangedTime",
    ] {
        assert_eq!(created[set], house.now().to_string(), "{set}");
    }
    assert!(created["clientAuth"]["encryptedSecret"].is_string());

    let changed = administration
        .put(PATH, &most())
        .await
        .expect_status(200)
        .json();
    let whole = read_back(&administration, &most()).await;
    assert_eq!(comparable(&whole), comparable(&changed));
    let location = format!("{}/oauth/openIdConnect/policies/oidc", administration.url);
    assert_eq!(whole["oidcPolicy"]["policyGroup"]["location"], location);
    assert_eq!(
        whole["oidcPolicy"].as_object().unwrap().len(),
        most()["oidcPolicy"].as_object().unwrap().len()
    );

    // What is shown can be written back, and nothing changes.
    let back = administration
        .put(PATH, &whole)
        .await
        .expect_status(200)
        .json();
    assert_eq!(comparable(&back), comparable(&whole));

    let _ = administration.put(PATH, &least()).await.expect_status(200);
    let again = read_back(&administration, &least()).await;
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&again),
        names(&created),
        "nothing is left of the rest"
    );
    assert_eq!(again["creationDate"], created["creationDate"]);

    let _ = administration.delete(PATH).await.expect_status(204);
    let gone = administration.delete(PATH).await.expect_status(404).json();
    assert_eq!(gone["resultId"], "resource_not_found");
}

/// Every member of the API's description is set by the largest client, so that none is forgotten.
#[tokio::test]
async fn the_largest_client_sets_every_member() {
    let house = House::open().await;
    let document = house.administration().get("/swagger.json").await;
    let document = document.expect_status(200).json();
    let schemas = &document["components"]["schemas"];
    for (schema, object) in [
        ("Client", &most()),
        ("ClientOIDCPolicy", &most()["oidcPolicy"]),
    ] {
        for (name, member) in schemas[schema]["properties"].as_object().unwrap() {
            let is_read_only = member["readOnly"] == true;
            assert!(
                is_read_only || object.get(name).is_some(),
                "{schema}.{name}"
            );
        }
    }
}

/// Setting: Allow Authentication API Redirectless Mode
#[tokio::test]
async fn redirectless_sign_on_assumes_consent_and_restricts_scopes() {
    let house = House::open().await;
    let administration = house.administration();
    let client = json!({
        "clientId": "app", "name": "App", "grantTypes": ["AUTHORIZATION_CODE"],
        "allowAuthenticationApiInit": true,
    });
    let created = administration.post("/oauth/clients", &client).await;
    let created = created.expect_status(201).json();
    assert_eq!(created["bypassApprovalPage"], true);
    assert_eq!(created["restrictScopes"], true);
}

#[tokio::test]
async fn a_client_for_ciba_has_the_defaults_of_ciba() {
    let house = House::open().await;
    let administration = house.administration();
    let client = json!({ "clientId": "bank", "name": "Bank", "grantTypes": ["CIBA"] });
    let created = administration.post("/oauth/clients", &client).await;
    let created = created.expect_status(201).json();
    for (name, value) in [
        ("cibaDeliveryMode", json!("POLL")),
        ("cibaPollingInterval", json!(3)),
        ("cibaRequireSignedRequests", json!(false)),
        ("cibaUserCodeSupported", json!(false)),
    ] {
        assert_eq!(created[name], value, "{name}");
    }
}

/// Setting: Extended Properties
#[tokio::test]
async fn a_property_has_as_many_values_as_it_may() {
    let house = House::open().await;
    lay_out(&house).await;
    let mut client = least();
    client["extendedParameters"] = json!({ "colour": { "values": ["blue", "green"] } });
    let refused = house.administration().post("/oauth/clients", &client).await;
    let refused = refused.expect_status(422).json();
    assert_eq!(
        refused["validationErrors"][0]["fieldPath"],
        "extendedParameters.colour.values"
    );
}

/// Setting: Require Pushed Authorization Requests
#[tokio::test]
async fn pushed_requests_may_be_required_while_nobody_can_push() {
    let house = House::open().await;
    house.set(json!({ "parStatus": "DISABLED" })).await;
    let mut client = least();
    client["requirePushedAuthorizationRequests"] = json!(true);
    let administration = house.administration();
    let created = administration.post("/oauth/clients", &client).await;
    let created = created.expect_status(201).json();
    let path = "/oauth/clients/myclient";
    let replaced = administration.put(path, &created).await;
    let replaced = replaced.expect_status(200).json();
    assert_eq!(replaced["requirePushedAuthorizationRequests"], true);
}
