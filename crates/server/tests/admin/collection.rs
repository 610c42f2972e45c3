//! The resources that are stored, checked and returned, whatever acts on them.

use serde_json::{Value, json};
use testkit::{Administration, House};

const ATM: &str = "/oauth/accessTokenManagers";

/// A collection, and one of its objects.
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) object: Value,
}

/// Each after what it refers to.
pub(crate) fn rows() -> Vec<Row> {
    let rows: Value = serde_json::from_str(include_str!("collection.json")).unwrap();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| Row {
        path: row["path"].as_str().unwrap().to_owned(),
        object: row["object"].clone(),
    })
    .collect()
}

impl Row {
    /// Where the object is.
    fn one(&self) -> String {
        let id = self.object["id"].as_str().unwrap().replace('|', "%7C");
        format!("{}/{id}", self.path)
    }
}

/// Whether all that `given` has is also in `shown`.
fn has_all(shown: &Value, given: &Value) -> bool {
    match (shown, given) {
        (Value::Object(shown), Value::Object(given)) => given
            .iter()
            .all(|(name, given)| shown.get(name).is_some_and(|shown| has_all(shown, given))),
        (Value::Array(shown), Value::Array(given)) => {
            shown.len() == given.len() && shown.iter().zip(given).all(|(s, g)| has_all(s, g))
        }
        (shown, given) => shown == given,
    }
}

/// The object without the secrets of its configuration, which are never shown in clear.
fn without_secrets(object: &Value) -> Value {
    match object {
        Value::Object(members) => {
            let name = members
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let kept = members.iter().filter(|(member, _)| {
                !(name.contains("Password") && !name.contains("Relax") && *member == "value")
            });
            kept.map(|(name, value)| (name.clone(), without_secrets(value)))
                .collect()
        }
        Value::Array(elements) => elements.iter().map(without_secrets).collect(),
        value => value.clone(),
    }
}

#[tokio::test]
async fn every_collection_creates_shows_replaces_and_deletes() {
    let house = House::open().await;
    let administration = house.administration();
    for row in rows() {
        let Row { path, object } = &row;
        let created = administration.post(path, object).await;
        let created = created.expect_status(201).json();
        assert!(
            has_all(&created, &without_secrets(object)),
            "{path}: {created}"
        );
        let again = administration
            .post(path, object)
            .await
            .expect_status(422)
            .json();
        assert_eq!(
            again["validationErrors"][0]["errorId"], "not_unique",
            "{path}"
        );
        let one = row.one();
        let read = administration.get(&one).await.expect_status(200).json();
        assert!(has_all(&read, &without_secrets(object)), "{path}");
        assert!(!read.to_string().contains("a secret of hers"), "{path}");
        // What was shown, with its sealed secrets, is taken back as it is.
        let replaced = administration
            .put(&one, &read)
            .await
            .expect_status(200)
            .json();
        assert!(has_all(&replaced, &without_secrets(object)), "{path}");
        let listed = administration.get(path).await.expect_status(200).json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{path}");
        let mut unknown = object.clone();
        unknown["surprise"] = json!(1);
        let refused = administration
            .put(&one, &unknown)
            .await
            .expect_status(400)
            .json();
        assert_eq!(
            refused["validationErrors"][0]["fieldPath"], "surprise",
            "{path}"
        );
    }
    for row in rows().iter().rev() {
        let one = row.one();
        let _ = administration.delete(&one).await.expect_status(204);
        let _ = administration.delete(&one).await.expect_status(404);
    }
}

#[tokio::test]
async fn what_is_in_use_stays_and_what_is_not_there_cannot_be_used() {
    let house = House::open().await;
    let administration = house.administration();
    for Row { path, object } in rows() {
        let _ = administration.post(&path, &object).await.expect_status(201);
    }
    for (used, user) in [
        ("/oauth/issuers/eu", "additional key set"),
        (
            "/passwordCredentialValidators/people",
            "resource owner credentials mapping",
        ),
        ("/oauth/accessTokenManagers/jwt", "access token mapping"),
        ("/oauth/outOfBandAuthPlugins/push", "ciba request policy"),
        (
            "/oauth/authorizationDetailProcessors/schema",
            "authorization detail type",
        ),
        (
            "/oauth/tokenExchange/generator/groups/made",
            "token generator mapping",
        ),
    ] {
        let refused = administration.delete(used).await.expect_status(422).json();
        let message = refused["validationErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains(user), "{used}: {message}");
        let _ = administration.get(used).await.expect_status(200);
    }
    let (path, settings) = (
        "/oauth/accessTokenManagers/settings",
        json!({ "defaultAccessTokenManagerRef": { "id": "nowhere" } }),
    );
    let refused = administration
        .put(path, &settings)
        .await
        .expect_status(422)
        .json();
    let field = &refused["validationErrors"][0]["fieldPath"];
    assert_eq!(field, "defaultAccessTokenManagerRef");
}

#[tokio::test]
async fn single_resources_have_defaults_and_are_replaced_whole() {
    let house = House::open().await;
    let administration = house.administration();
    let _ = administration
        .post(ATM, &rows().swap_remove(2).object)
        .await
        .expect_status(201);
    for (path, name, before, after) in [
        (
            "/session/settings",
            "revokeUserSessionOnLogout",
            json!(true),
            json!(false),
        ),
        (
            "/session/authenticationSessionPolicies/global",
            "idleTimeoutMins",
            json!(60),
            json!(30),
        ),
        (
            "/session/applicationSessionPolicy",
            "maxTimeoutMins",
            json!(480),
            json!(600),
        ),
        (
            "/oauth/clientSettings",
            "clientMetadata",
            json!([]),
            json!([{ "parameter": "team", "description": "", "multiValued": false }]),
        ),
        (
            "/keyPairs/oauthOpenIdConnect",
            "p256PublishX5cParameter",
            json!(null),
            json!(true),
        ),
    ] {
        let mut settings = administration.get(path).await.expect_status(200).json();
        assert_eq!(settings[name], before, "{path}");
        settings[name] = after.clone();
        let _ = administration.put(path, &settings).await.expect_status(200);
        let settings = administration.get(path).await.expect_status(200).json();
        assert_eq!(settings[name], after, "{path}");
        let _ = administration.delete(path).await.expect_status(405);
    }
    let default = json!({ "defaultAccessTokenManagerRef": { "id": "jwt" } });
    let path = "/oauth/accessTokenManagers/settings";
    let set = administration
        .put(path, &default)
        .await
        .expect_status(200)
        .json();
    let location = set["defaultAccessTokenManagerRef"]["location"]
        .as_str()
        .unwrap();
    assert!(location.ends_with("/pf-admin-api/v1/oauth/accessTokenManagers/jwt"));
}

#[tokio::test]
async fn what_does_not_agree_is_refused_by_its_path() {
    let house = House::open().await;
    let administration = house.administration();
    for (path, change, field) in [
        (
            ATM,
            json!({ "pluginDescriptorRef": { "id": "unknown" } }),
            "pluginDescriptorRef.id",
        ),
        (ATM, json!({ "id": "has space" }), "id"),
        (
            ATM,
            json!({ "accessControlSettings": { "allowedClients": [{ "id": "nobody" }] } }),
            "accessControlSettings.allowedClients[0]",
        ),
        (
            "/oauth/accessTokenMappings",
            json!({ "context": { "type": "PCV" } }),
            "context.contextRef",
        ),
        (
            "/oauth/openIdConnect/policies",
            json!({ "idTokenLifetime": 0 }),
            "idTokenLifetime",
        ),
        (
            "/oauth/tokenExchange/processor/policies",
            json!({ "processorMappings": [] }),
            "processorMappings",
        ),
        (
            "/oauth/cibaServerPolicy/requestPolicies",
            json!({ "alternativeLoginHintTokenIssuers": [{ "issuer": "x" }] }),
            "alternativeLoginHintTokenIssuers[0].jwks",
        ),
        (
            "/oauth/cibaServerPolicy/requestPolicies",
            json!({ "authenticatorRef": { "id": "nowhere" } }),
            "authenticatorRef",
        ),
        (
            "/oauth/outOfBandAuthPlugins",
            json!({ "pluginDescriptorRef": { "id": "unknown" } }),
            "pluginDescriptorRef.id",
        ),
        (
            "/oauth/authorizationDetailTypes",
            json!({ "type": "" }),
            "type",
        ),
    ] {
        refused(&administration, path, (&change, field)).await;
    }
}

/// One of a collection, with these members changed, is refused for this field.
async fn refused(administration: &Administration, path: &str, (change, field): (&Value, &str)) {
    let row = rows().into_iter().find(|row| row.path == path);
    let mut object = row.unwrap().object;
    for (name, value) in change.as_object().unwrap() {
        object[name] = value.clone();
    }
    let refused = administration.post(path, &object).await;
    let refused = refused.expect_status(422).json();
    let problems = refused["validationErrors"].as_array().unwrap();
    let named = problems.iter().any(|problem| problem["fieldPath"] == field);
    assert!(named, "{path} {field}: {refused}");
}

#[tokio::test]
async fn a_token_exchange_mapping_names_a_policy_and_a_generator_of_a_group() {
    let house = House::open().await;
    let administration = house.administration();
    for Row { path, object } in rows() {
        let _ = administration.post(&path, &object).await.expect_status(201);
    }
    let path = "/oauth/tokenExchange/tokenGeneratorMappings";
    for (change, field) in [
        (json!({ "sourceId": "nowhere" }), "sourceId"),
        (json!({ "targetId": "made" }), "targetId"),
    ] {
        refused(&administration, path, (&change, field)).await;
    }
    // The generator stays in its group as long as it is named.
    let group = "/oauth/tokenExchange/generator/groups/made";
    let mut changed = administration.get(group).await.expect_status(200).json();
    changed["generatorMappings"][0]["tokenGenerator"]["id"] = json!("other");
    let refused = administration.put(group, &changed).await.expect_status(422);
    let field = &refused.json()["validationErrors"][0]["fieldPath"];
    assert_eq!(field, "generatorMappings.tokenGenerator.id");
}

const ADAPTERS: &str = "/oauth/idpAdapterMappings";
const VALIDATORS: &str = "/oauth/resourceOwnerCredentialsMappings";

#[tokio::test]
async fn pingfederate_1_4_a_mapping_into_grants_is_called_as_what_it_maps() {
    let house = House::open().await;
    let administration = house.administration();
    for Row { path, object } in rows() {
        let _ = administration.post(&path, &object).await.expect_status(201);
    }
    let adapter = format!("{ADAPTERS}/HTMLForm");
    let adapter = administration.get(&adapter).await.expect_status(200).json();
    assert_eq!(adapter["idpAdapterRef"]["id"], "HTMLForm");
    // A password is checked by a validator that there is; it stays as long as it is mapped.
    let mut other = administration
        .get(&format!("{VALIDATORS}/people"))
        .await
        .json();
    for member in ["id", "passwordValidatorRef"] {
        let _ = other.as_object_mut().unwrap().remove(member);
    }
    let nameless = administration.post(VALIDATORS, &other).await;
    let nameless = nameless.expect_status(422).json();
    let field = &nameless["validationErrors"][0]["fieldPath"];
    assert_eq!(field, "passwordValidatorRef");
    other["id"] = json!("nowhere");
    let refused = administration.post(VALIDATORS, &other).await;
    let refused = refused.expect_status(422).json();
    let field = &refused["validationErrors"][0]["fieldPath"];
    assert_eq!(field, "passwordValidatorRef");
    // What a mapping is called cannot be changed by changing what it maps.
    let contract = "/oauth/authenticationPolicyContractMappings/contract";
    let mut moved = administration.get(contract).await.json();
    moved["authenticationPolicyContractRef"]["id"] = json!("another");
    let moved = administration.put(contract, &moved).await;
    let moved = moved.expect_status(422).json();
    let field = &moved["validationErrors"][0]["fieldPath"];
    assert_eq!(field, "authenticationPolicyContractRef");
    let mapping = "/oauth/accessTokenMappings/default%7Cjwt";
    let mut moved = administration.get(mapping).await.json();
    moved["context"] = json!({ "type": "CLIENT_CREDENTIALS" });
    let moved = administration.put(mapping, &moved).await.expect_status(422);
    let field = &moved.json()["validationErrors"][0]["fieldPath"];
    assert_eq!(field, "context");
}

#[tokio::test]
async fn pingfederate_1_4_a_mapping_into_grants_fills_the_attributes_of_grants() {
    let house = House::open().await;
    let administration = house.administration();
    let text = |value: &str| json!({ "source": { "type": "TEXT" }, "value": value });
    let mut mapping = json!({
        "id": "HTMLForm",
        "attributeContractFulfillment": { "USER_KEY": text("k"), "shoeSize": text("44") },
    });
    let refused = administration.post(ADAPTERS, &mapping).await;
    let refused = refused.expect_status(422).json();
    let problems = refused["validationErrors"].as_array().unwrap().iter();
    let fields: Vec<&Value> = problems.map(|it| &it["fieldPath"]).collect();
    let place = |name: &str| format!("attributeContractFulfillment.{name}");
    assert_eq!(fields, [&place("USER_NAME"), &place("shoeSize")]);
    // An administrator may give grants further attributes.
    let settings = "/oauth/authServerSettings";
    let mut changed = administration.get(settings).await.expect_status(200).json();
    changed["persistentGrantContract"]["extendedAttributes"] = json!([{ "name": "shoeSize" }]);
    let _ = administration
        .put(settings, &changed)
        .await
        .expect_status(200);
    mapping["attributeContractFulfillment"]["USER_NAME"] = text("n");
    let _ = administration
        .post(ADAPTERS, &mapping)
        .await
        .expect_status(201);
}

#[tokio::test]
async fn keys_are_the_servers_own_and_no_others_sign() {
    let house = House::open().await;
    let administration = house.administration();
    for (path, within) in [
        ("/keyPairs/oauthOpenIdConnect", ""),
        (
            "/keyPairs/oauthOpenIdConnect/additionalKeySets",
            "signingKeys.",
        ),
    ] {
        for (keys, field, status) in [
            (
                json!({ "staticJwksEnabled": true }),
                "staticJwksEnabled",
                422,
            ),
            (
                json!({ "rsaActiveCertRef": { "id": "rsa" } }),
                "rsaActiveCertRef",
                422,
            ),
            (
                json!({ "p256DecryptionPreviousCertRef": { "id": "ec" } }),
                "p256DecryptionPreviousCertRef",
                422,
            ),
            (
                json!({ "rsaAlgorithmActiveKeyIds": [{ "rsaAlgType": "RS1", "keyId": "one" }] }),
                "rsaAlgorithmActiveKeyIds[0].rsaAlgType",
                400,
            ),
        ] {
            let reply = match within {
                "" => administration.put(path, &keys).await,
                _ => {
                    let set = json!({ "id": "set", "name": "Set", "signingKeys": keys });
                    administration.post(path, &set).await
                }
            };
            let refused = reply.expect_status(status).json();
            let place = &refused["validationErrors"][0]["fieldPath"];
            assert_eq!(*place, format!("{within}{field}"));
        }
    }
}

#[tokio::test]
async fn a_switch_is_set_by_put_or_post_and_set_back_by_delete() {
    let house = House::open().await;
    let administration = house.administration();
    let bundle = "/configStore/oauth-credentials-validator";
    let switch = format!("{bundle}/issuerMustBeEqualToClientId");
    let _ = administration.get(&switch).await.expect_status(404);
    // The body of PingFederate's documentation.
    let off =
        json!({ "id": "issuerMustBeEqualToClientId", "stringValue": "false", "type": "STRING" });
    let set = administration.post(&switch, &off).await.expect_status(200);
    assert_eq!(set.json(), off);
    let _ = administration.put(&switch, &off).await.expect_status(200);
    let set = administration.post(bundle, &off).await.expect_status(200);
    assert_eq!(set.json(), off);
    for (wrong, status) in [
        (json!({ "stringValue": "false", "type": "STRING" }), 422),
        (json!([]), 400),
    ] {
        let _ = administration
            .post(bundle, &wrong)
            .await
            .expect_status(status);
    }
    let all = administration.get(bundle).await.expect_status(200).json();
    assert_eq!(all["items"], json!([off]));
    for (wrong, field) in [
        (
            json!({ "type": "STRING", "stringValue": "maybe" }),
            "stringValue",
        ),
        (
            json!({ "type": "LIST", "stringValue": "true" }),
            "stringValue",
        ),
        (json!({ "type": "STRING" }), "stringValue"),
        (json!({ "type": "LIST", "listValue": ["true"] }), "type"),
    ] {
        let refused = administration
            .put(&switch, &wrong)
            .await
            .expect_status(422)
            .json();
        assert_eq!(
            refused["validationErrors"][0]["fieldPath"], field,
            "{wrong}"
        );
    }
    let _ = administration.delete(&switch).await.expect_status(204);
    let _ = administration.delete(&switch).await.expect_status(404);
}

#[tokio::test]
async fn what_does_nothing_here_is_kept_in_a_bundle_that_there_is() {
    let house = House::open().await;
    let administration = house.administration();
    let bundle = "/configStore/oauth-credentials-validator";
    for other in [
        json!({ "id": "other", "type": "STRING", "stringValue": "maybe" }),
        json!({ "id": "other", "type": "LIST", "listValue": ["one", "two"] }),
        json!({ "id": "other", "type": "MAP", "mapValue": { "one": "1" } }),
    ] {
        let place = format!("{bundle}/other");
        let _ = administration.put(&place, &other).await.expect_status(200);
        let kept = administration.get(&place).await.expect_status(200);
        assert_eq!(kept.json(), other);
    }
    let mixed = json!({ "id": "other", "type": "MAP", "listValue": ["one"] });
    let _ = administration.post(bundle, &mixed).await.expect_status(422);
    let elsewhere = "/configStore/other/issuerMustBeEqualToClientId";
    let _ = administration
        .put(elsewhere, &mixed)
        .await
        .expect_status(403);
    let _ = administration
        .get("/configStore/other")
        .await
        .expect_status(404);
}

#[tokio::test]
async fn an_id_that_would_hide_something_else_is_refused() {
    let house = House::open().await;
    let administration = house.administration();
    let row = rows().into_iter();
    let mut managers = row.filter(|row| row.path == "/oauth/accessTokenManagers");
    let Row { path, mut object } = managers.next().unwrap();
    for id in ["settings", "descriptors"] {
        object["id"] = json!(id);
        let refused = administration.post(&path, &object).await;
        let refused = refused.expect_status(422).json();
        assert_eq!(refused["validationErrors"][0]["fieldPath"], "id");
    }
    let all = administration.get(&path).await.json();
    assert_eq!(all["items"], json!([]));
}

#[tokio::test]
async fn pingfederate_a_virtual_issuer_has_a_host_and_a_path() {
    let house = House::open().await;
    let administration = house.administration();
    for (member, wrong) in [
        ("host", "not a host"),
        ("host", "issuer.example/eu"),
        ("host", "issuer.example:9031"),
        ("path", "eu"),
        ("path", "/eu/"),
        ("path", "/eu/../us"),
        ("path", "/eu?x"),
    ] {
        let mut issuer = json!({ "name": "Europe", "host": "issuer.example", "path": "/eu" });
        issuer[member] = json!(wrong);
        let refused = administration.post("/oauth/issuers", &issuer).await;
        let refused = refused.expect_status(422).json();
        assert_eq!(
            refused["validationErrors"][0]["fieldPath"], member,
            "{wrong}"
        );
    }
    for path in ["", "/eu", "/as/eu.1"] {
        let issuer = json!({ "name": "Europe", "host": "issuer.example", "path": path });
        let made = administration.post("/oauth/issuers", &issuer).await;
        let _ = made.expect_status(201);
    }
}

#[tokio::test]
async fn pingfederate_1_4_plug_ins_are_described() {
    let house = House::open().await;
    let administration = house.administration();
    let mut described = 0;
    for path in [
        "/oauth/accessTokenManagers",
        "/passwordCredentialValidators",
        "/oauth/authorizationDetailProcessors",
        "/oauth/outOfBandAuthPlugins",
        "/oauth/clientRegistrationPolicies",
    ] {
        let path = format!("{path}/descriptors");
        let all = administration.get(&path).await.expect_status(200).json();
        for plugin in all["items"].as_array().unwrap() {
            let one = format!("{path}/{}", plugin["id"].as_str().unwrap());
            let one = administration.get(&one).await.expect_status(200).json();
            assert_eq!(one, *plugin);
            described += 1;
        }
        let _ = administration
            .get(&format!("{path}/none"))
            .await
            .expect_status(404);
    }
    assert_eq!(described, 8);
    let jwt =
        "com.pingidentity.pf.access.token.management.plugins.JwtBearerAccessTokenManagementPlugin";
    let jwt = format!("/oauth/accessTokenManagers/descriptors/{jwt}");
    let jwt = administration.get(&jwt).await.json();
    let fields = jwt["configDescriptor"]["fields"].as_array().unwrap();
    let lifetime = fields.iter().find(|it| it["name"] == "Token Lifetime");
    assert_eq!(lifetime.unwrap()["defaultValue"], "120");
    let keys = &jwt["configDescriptor"]["tables"][0]["columns"];
    assert_eq!(keys[1]["type"], "HASHED_TEXT", "{keys}");
}
