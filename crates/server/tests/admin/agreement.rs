//! What does not agree between the members of a resource, or with another resource: refused, by its
//! path.

use serde_json::{Value, json};
use testkit::{Administration, House};

use crate::collection::rows;

const MAPPING: &str = "/oauth/accessTokenMappings/default%7Cjwt";
const POLICY: &str = "/oauth/openIdConnect/policies/oidc";
const EXCHANGE: &str = "/oauth/tokenExchange/processor/policies/exchange";
const CIBA: &str = "/oauth/cibaServerPolicy/requestPolicies/ciba";
const MANAGER: &str = "/oauth/accessTokenManagers/jwt";
const REGISTRATION: &str = "/oauth/clientSettings";
const SETTINGS: &str = "/oauth/authServerSettings";
const TYPES: &str = "/oauth/authorizationDetailTypes";

/// A server with one of every collection.
async fn furnished() -> House {
    let house = House::open().await;
    let administration = house.administration();
    for row in rows() {
        let created = administration.post(&row.path, &row.object).await;
        let _ = created.expect_status(201);
    }
    house
}

/// Replaces what is at an address, with these members changed, each by its pointer; returns the status
/// and the paths that are complained about.
async fn replaced(
    administration: &Administration,
    address: &str,
    changes: &[(&str, Value)],
) -> (u16, Vec<String>) {
    let mut resource = administration.get(address).await.expect_status(200).json();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        resource.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    let reply = administration.put(address, &resource).await;
    let errors = reply.json()["validationErrors"].clone();
    let errors = errors.as_array().into_iter().flatten();
    let paths = errors.map(|it| it["fieldPath"].as_str().unwrap_or_default().to_owned());
    (reply.status, paths.collect())
}

async fn refused(house: &House, address: &str, changes: &[(&str, Value)], path: &str) {
    let administration = house.administration();
    let answer = replaced(&administration, address, changes).await;
    assert_eq!(
        answer,
        (422, vec![path.to_owned()]),
        "{address} {changes:?}"
    );
}

async fn taken(house: &House, address: &str, changes: &[(&str, Value)]) {
    let administration = house.administration();
    let answer = replaced(&administration, address, changes).await;
    assert_eq!(answer, (200, vec![]), "{address} {changes:?}");
}

fn from(kind: &str) -> Value {
    json!({ "source": { "type": kind }, "value": "x" })
}

/// Where a mapping is changed, by its pointer, and the path of what is wrong then.
#[rustfmt::skip]
fn wrong_mappings() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let store = json!({ "source": { "type": "LDAP_DATA_STORE", "id": "people" }, "value": "cn" });
    let hint = json!({ "IDENTITY_HINT_SUBJECT": from("REQUEST"), "shoeSize": from("REQUEST") });
    let fulfilled = json!({ "email": from("TEXT") });
    vec![
        (MAPPING, "/attributeContractFulfillment/shoeSize", from("TEXT"), "attributeContractFulfillment.shoeSize"),
        (MAPPING, "/attributeContractFulfillment/role", store, "attributeContractFulfillment.role.source"),
        (POLICY, "/attributeMapping/attributeContractFulfillment", fulfilled, "attributeMapping.attributeContractFulfillment.sub"),
        (POLICY, "/attributeMapping/attributeContractFulfillment/shoeSize", from("TEXT"), "attributeMapping.attributeContractFulfillment.shoeSize"),
        (POLICY, "/scopeAttributeMappings/unheard-of", json!({ "values": ["email"] }), "scopeAttributeMappings.unheard-of"),
        (POLICY, "/scopeAttributeMappings/email", json!({ "values": ["email", "shoeSize"] }), "scopeAttributeMappings.email.values[1]"),
        (EXCHANGE, "/processorMappings/0/attributeContractFulfillment", json!({}), "processorMappings[0].attributeContractFulfillment.subject"),
        (EXCHANGE, "/processorMappings/0/attributeContractFulfillment/shoeSize", from("TEXT"), "processorMappings[0].attributeContractFulfillment.shoeSize"),
        (CIBA, "/identityHintContractFulfillment/attributeContractFulfillment", hint, "identityHintContractFulfillment.attributeContractFulfillment.shoeSize"),
        (CIBA, "/identityHintMapping/attributeContractFulfillment", json!({ "subject": from("REQUEST") }), "identityHintMapping.attributeContractFulfillment.USER_KEY"),
    ]
}

#[tokio::test]
async fn pingfederate_1_4_a_mapping_leads_into_attributes_that_there_are() {
    let house = furnished().await;
    for (address, pointer, value, path) in wrong_mappings() {
        refused(&house, address, &[(pointer, value)], path).await;
    }
}

#[tokio::test]
async fn pingfederate_1_4_a_mapping_may_lead_into_whatever_there_is() {
    let house = furnished().await;
    let store = json!({ "source": { "type": "LDAP_DATA_STORE", "id": "people" }, "value": "cn" });
    let people = json!([{ "type": "LDAP", "id": "people", "dataStoreRef": { "id": "directory" } }]);
    let changes = [
        ("/attributeSources", people),
        ("/attributeContractFulfillment/role", store),
    ];
    taken(&house, MAPPING, &changes).await;
    let hint = json!({ "IDENTITY_HINT_SUBJECT": from("REQUEST") });
    let person = json!({ "subject": from("NO_MAPPING"), "USER_KEY": from("REQUEST"), "USER_NAME": from("REQUEST") });
    let changes = [
        (
            "/identityHintContractFulfillment/attributeContractFulfillment",
            hint,
        ),
        ("/identityHintMapping/attributeContractFulfillment", person),
    ];
    taken(&house, CIBA, &changes).await;
    // What a manager inherits, its tokens tell too.
    let administration = house.administration();
    let child = json!({
        "id": "child",
        "name": "Child",
        "pluginDescriptorRef": rows()[2].object["pluginDescriptorRef"],
        "parentRef": { "id": "jwt" },
    });
    let _ = administration
        .post("/oauth/accessTokenManagers", &child)
        .await
        .expect_status(201);
    let mapping = json!({
        "context": { "type": "DEFAULT" },
        "accessTokenManagerRef": { "id": "child" },
        "attributeContractFulfillment": { "role": from("TEXT") },
    });
    let created = administration
        .post("/oauth/accessTokenMappings", &mapping)
        .await;
    let _ = created.expect_status(201);
}

#[tokio::test]
async fn pingfederate_1_4_a_manager_has_the_keys_with_which_it_signs() {
    let house = furnished().await;
    let field = |name: &str, value: &str| json!({ "name": name, "value": value });
    for (fields, path) in [
        (json!([]), "configuration.fields"),
        (
            json!([field("JWS Algorithm", "HS256")]),
            "configuration.fields",
        ),
        (
            json!([field("JWS Algorithm", "RS256")]),
            "configuration.fields",
        ),
    ] {
        refused(&house, MANAGER, &[("/configuration/fields", fields)], path).await;
    }
    let foo = json!([
        field("JWS Algorithm", "FOO"),
        field("Use Centralized Signing Key", "true")
    ]);
    let path = "configuration.fields[0].value";
    refused(&house, MANAGER, &[("/configuration/fields", foo)], path).await;
    // Whoever configures one is told what there is to choose from.
    let administration = house.administration();
    let plugin = rows()[2].object["pluginDescriptorRef"]["id"].clone();
    let place = format!(
        "/oauth/accessTokenManagers/descriptors/{}",
        plugin.as_str().unwrap()
    );
    let described = administration.get(&place).await.expect_status(200).json();
    let fields = described["configDescriptor"]["fields"].as_array().unwrap();
    let signature = fields
        .iter()
        .find(|it| it["name"] == "JWS Algorithm")
        .unwrap();
    assert_eq!(signature["type"], "SELECT");
    let options = signature["optionValues"].as_array().unwrap();
    assert!(options.contains(&json!({ "name": "ES256", "value": "ES256" })));
}

#[tokio::test]
async fn plug_ins_are_described_where_their_instances_say() {
    let house = furnished().await;
    let administration = house.administration();
    let api = format!("{}/pf-admin-api/v1", house.admin_url);
    let mut number = 0;
    for row in rows() {
        let instance = administration
            .get(&row.path)
            .await
            .expect_status(200)
            .json();
        let Some(plugin) = instance["items"][0].get("pluginDescriptorRef") else {
            continue;
        };
        let location = plugin["location"].as_str().unwrap();
        let place = location.strip_prefix(&api).unwrap();
        let described = administration.get(place).await.expect_status(200).json();
        assert_eq!(described["id"], plugin["id"]);
        number += 1;
    }
    assert_eq!(number, 5);
}

/// Members of dynamicClientRegistration that do not agree, and the path below it.
#[rustfmt::skip]
fn registrations() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "persistentGrantExpirationTime": 5 }), "persistentGrantExpirationTime"),
        (json!({ "persistentGrantIdleTimeoutType": "OVERRIDE_SERVER_DEFAULT" }), "persistentGrantIdleTimeout"),
        (json!({ "refreshTokenRollingIntervalType": "OVERRIDE_SERVER_DEFAULT" }), "refreshTokenRollingInterval"),
        (json!({ "refreshTokenRollingIntervalType": "OVERRIDE_SERVER_DEFAULT", "refreshTokenRollingInterval": 9999 }), "refreshTokenRollingInterval"),
        (json!({ "refreshTokenRollingGracePeriodType": "OVERRIDE_SERVER_DEFAULT" }), "refreshTokenRollingGracePeriod"),
        (json!({ "clientSecretRetentionPeriodType": "OVERRIDE_SERVER_DEFAULT" }), "clientSecretRetentionPeriodOverride"),
        (json!({ "clientSecretRetentionPeriodOverride": 5 }), "clientSecretRetentionPeriodOverride"),
        (json!({ "lockoutMaxMaliciousActionsType": "OVERRIDE_SERVER_DEFAULT" }), "lockoutMaxMaliciousActions"),
        (json!({ "restrictedCommonScopes": ["openid"] }), "restrictedCommonScopes"),
        (json!({ "offlineAccessRequireConsentPrompt": "YES" }), "offlineAccessRequireConsentPrompt"),
        (json!({ "clientCertIssuerType": "CERTIFICATE" }), "clientCertIssuerRef"),
        (json!({ "initialAccessTokenScope": "unheard-of" }), "initialAccessTokenScope"),
        (json!({ "oidcPolicy": { "idTokenEncryptionAlgorithm": "DIR" } }), "oidcPolicy.idTokenContentEncryptionAlgorithm"),
        (json!({ "oidcPolicy": { "idTokenContentEncryptionAlgorithm": "AES_128_GCM" } }), "oidcPolicy.idTokenContentEncryptionAlgorithm"),
    ]
}

#[tokio::test]
async fn pingfederate_1_5_clients_that_register_themselves_obey_the_rules_of_clients() {
    let house = furnished().await;
    let whole = "dynamicClientRegistration";
    for (registration, path) in registrations() {
        let path = format!("{whole}.{path}");
        let change = [("/dynamicClientRegistration", registration)];
        refused(&house, REGISTRATION, &change, &path).await;
    }
    let good = json!({
        "initialAccessTokenScope": "openid",
        "restrictCommonScopes": true,
        "restrictedCommonScopes": ["openid"],
        "clientCertIssuerType": "CERTIFICATE",
        "clientCertIssuerRef": { "id": "ca" },
        "refreshTokenRollingIntervalType": "OVERRIDE_SERVER_DEFAULT",
        "refreshTokenRollingInterval": 8760,
        "persistentGrantExpirationType": "OVERRIDE_SERVER_DEFAULT",
        "persistentGrantExpirationTime": -1,
    });
    taken(
        &house,
        REGISTRATION,
        &[("/dynamicClientRegistration", good)],
    )
    .await;
    let shown = house.administration().get(REGISTRATION).await.json();
    for name in ["rotateClientSecret", "rotateRegistrationAccessToken"] {
        assert_eq!(shown[whole][name], false, "{name}");
    }
}

#[tokio::test]
async fn rfc9396_2_a_type_of_details_is_there_once() {
    let house = furnished().await;
    let administration = house.administration();
    let mut other = administration.get(&format!("{TYPES}/payment")).await.json();
    other["id"] = json!("other");
    let refused = administration
        .post(TYPES, &other)
        .await
        .expect_status(422)
        .json();
    let error = &refused["validationErrors"][0];
    assert_eq!(
        (&error["errorId"], &error["fieldPath"]),
        (&json!("not_unique"), &json!("type"))
    );
    other["type"] = json!("account_information");
    let _ = administration.post(TYPES, &other).await.expect_status(201);
    let taken_type = [("/type", json!("payment_initiation"))];
    self::refused(&house, &format!("{TYPES}/other"), &taken_type, "type").await;
}

#[tokio::test]
async fn pingfederate_1_3_settings_go_together() {
    let house = furnished().await;
    let scope = |name: &str, dynamic: bool| json!([{ "name": name, "description": "", "dynamic": dynamic }]);
    let group = json!([{ "name": "group", "description": "", "scopes": [] }]);
    for (pointer, value, path) in [
        (
            "/offlineAccessRequireConsentPrompt",
            json!(true),
            "offlineAccessRequireConsentPrompt",
        ),
        (
            "/userAuthorizationConsentPageSetting",
            json!("ADAPTER"),
            "userAuthorizationConsentAdapter",
        ),
        ("/scopeGroups", group.clone(), "scopeGroups[0].scopes"),
        (
            "/exclusiveScopeGroups",
            group.clone(),
            "exclusiveScopeGroups[0].scopes",
        ),
        (
            "/exclusiveScopes",
            scope("*", true),
            "exclusiveScopes[0].name",
        ),
        (
            "/exclusiveScopes",
            scope("pay:*", false),
            "exclusiveScopes[0].name",
        ),
    ] {
        refused(&house, SETTINGS, &[(pointer, value)], path).await;
    }
    let settings = house.administration().get(SETTINGS).await.json();
    let mut scopes = settings["scopes"].as_array().unwrap().clone();
    let place = format!("scopes[{}].name", scopes.len());
    scopes.push(scope("*", true)[0].clone());
    refused(&house, SETTINGS, &[("/scopes", json!(scopes))], &place).await;
    let adapter = [
        ("/userAuthorizationConsentPageSetting", json!("ADAPTER")),
        ("/userAuthorizationConsentAdapter", json!("consent")),
        ("/offlineAccessRequireConsentPrompt", json!(true)),
        (
            "/requireOfflineAccessScopeToIssueRefreshTokens",
            json!(true),
        ),
    ];
    taken(&house, SETTINGS, &adapter).await;
}

#[tokio::test]
async fn pingfederate_ciba_user_codes_are_checked_by_the_policy() {
    let house = furnished().await;
    let administration = house.administration();
    let mut client = json!({
        "clientId": "phone",
        "name": "Phone",
        "grantTypes": ["CIBA"],
        "clientAuth": { "type": "SECRET", "secret": "a secret" },
        "cibaUserCodeSupported": true,
    });
    let clients = "/oauth/clients";
    // There is no default.
    let refused = administration
        .post(clients, &client)
        .await
        .expect_status(422)
        .json();
    let path = &refused["validationErrors"][0]["fieldPath"];
    assert_eq!(*path, "cibaUserCodeSupported");
    let default = json!({ "defaultRequestPolicyRef": { "id": "ciba" } });
    let settings = "/oauth/cibaServerPolicy/settings";
    let _ = administration
        .put(settings, &default)
        .await
        .expect_status(200);
    let _ = administration
        .post(clients, &client)
        .await
        .expect_status(201);
    client["requestPolicyRef"] = json!({ "id": "ciba" });
    let one = "/oauth/clients/phone";
    let _ = administration.put(one, &client).await.expect_status(200);
    // The policy that is named goes on to check them as long as it is.
    let unchecked = [("/userCodePcvRef", Value::Null)];
    self::refused(&house, CIBA, &unchecked, "").await;
    client["requestPolicyRef"] = json!(null);
    let _ = administration.put(one, &client).await.expect_status(200);
    taken(&house, CIBA, &unchecked).await;
    let _ = administration.put(one, &client).await.expect_status(422);
}
