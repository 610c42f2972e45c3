//! The API of customers' backends, and the JWTs that applications bring them.

use std::time::Duration;

use authn::recognize::{
    Customer, EnrolledDevice, KeepTransactions, OperationRecord, Person, TransactionProfile,
};
use domain::port::{Changes, Tenant};
use http::Method;
use jose::jwk::JwkSet;
use jose::jws::{Algorithm, Policy, VerifyingKeys, verify_compact};
use serde_json::{Value, json};
use testkit::{FaceDevice, House, Reply};

use super::{DATA, authenticate, connect, enrol, user};

pub(super) async fn call(
    house: &House,
    key: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Reply {
    let request = house.http.request(method, house.at(path));
    let request = request.header("x-api-key", key);
    match body {
        None => request.send().await,
        Some(body) => {
            let body = body.to_string().into_bytes();
            request.body("application/json", body).send().await
        }
    }
}

pub(super) async fn verify(house: &House, key: &str, body: Value) -> Value {
    let reply = call(house, key, Method::POST, "/v2/verify-jwt", Some(body)).await;
    reply.expect_status(200).json()
}

fn verifying(set: &str) -> VerifyingKeys {
    VerifyingKeys::new(&JwkSet::parse(set).unwrap())
}

#[tokio::test]
async fn seed_002_the_backend_verifies_the_jwt_with_the_public_key() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    enrol(&house, &device, "alice").await;
    let result = authenticate(&house, &device, "alice", Some(DATA)).await;
    let jwt = result["jwt"].as_str().unwrap();
    let path = format!(
        "/customers/demo/.well-known/jwks.json?sub={}",
        result["keylessId"].as_str().unwrap()
    );
    let keys = house.http.get(house.at(&path)).await.expect_status(200);
    let keys = keys.text();
    assert!(!keys.contains(r#""d""#), "public keys alone");
    let policy = Policy::new(&[Algorithm::Es256]);
    let verified = verify_compact(jwt, &verifying(&keys), &policy).unwrap();
    assert_eq!(verified.header().kid(), Some("FACE"));
    let claims = verified.claims().unwrap();
    assert_eq!(claims.get("td").unwrap(), DATA);
    assert_eq!(claims.get("version").unwrap(), "1.1.0");
}

#[tokio::test]
async fn seed_002_a_tampered_transaction_is_refused_by_the_verifying_backend() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let key = environment.add_customer("demo", |_| {}).await;
    let key = key.expose();
    let device = FaceDevice::new(1);
    enrol(&house, &device, "alice").await;
    let result = authenticate(&house, &device, "alice", Some(DATA)).await;
    let jwt = result["jwt"].as_str().unwrap();
    let other = DATA.replace("12.50", "99.50");
    for (expected, reason) in [
        (
            json!({"transactionData": other}),
            "TRANSACTION_DATA_MISMATCH",
        ),
        (json!({}), "TRANSACTION_DATA_MISMATCH"),
        (
            json!({"transactionData": DATA, "username": "user-124"}),
            "USER_MISMATCH",
        ),
    ] {
        let mut body = expected;
        body["jwt"] = jwt.into();
        let told = verify(&house, key, body).await;
        assert_eq!(told, json!({"valid": false, "reason": reason}));
    }
    let parts: Vec<&str> = jwt.split('.').collect();
    let payload = jose::strict_base64url::decode(parts[1]).unwrap();
    let payload = String::from_utf8(payload)
        .unwrap()
        .replace("12.50", "99.50");
    let payload = jose::strict_base64url::encode(payload);
    let tampered = format!("{}.{payload}.{}", parts[0], parts[2]);
    let told = verify(
        &house,
        key,
        json!({"jwt": tampered, "transactionData": other}),
    )
    .await;
    assert_eq!(told["reason"], "INVALID_SIGNATURE");
    let right = json!({"jwt": jwt, "transactionData": DATA, "username": "user-123"});
    let told = verify(&house, key, right.clone()).await;
    assert_eq!(
        (told["valid"].as_bool(), told["factor"].as_str()),
        (Some(true), Some("face"))
    );
    // RTS art. 4(1)
    let told = verify(&house, key, right).await;
    assert_eq!(told["reason"], "ALREADY_USED");
}

#[tokio::test]
async fn a_jwt_is_believed_for_five_minutes() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let key = environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    enrol(&house, &device, "alice").await;
    let result = authenticate(&house, &device, "alice", None).await;
    house.advance(Duration::from_secs(301));
    let told = verify(&house, key.expose(), json!({"jwt": result["jwt"]})).await;
    assert_eq!(told["reason"], "EXPIRED");
    let longer = json!({"jwt": result["jwt"], "maxAge": 600});
    assert_eq!(verify(&house, key.expose(), longer).await["valid"], true);
}

#[tokio::test]
async fn the_extended_profile_has_iss_exp_jti_and_a_receipt() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let extended = |it: &mut Customer| it.profile = TransactionProfile::Extended;
    let key = environment.add_customer("demo", extended).await;
    let device = FaceDevice::new(1);
    enrol(&house, &device, "alice").await;
    let result = authenticate(&house, &device, "alice", Some(DATA)).await;
    let keys = house
        .http
        .get(house.at("/customers/demo/.well-known/jwks.json"));
    let keys = verifying(&keys.await.expect_status(200).text());
    let policy = Policy::new(&[Algorithm::Es256]);
    let jwt = result["jwt"].as_str().unwrap();
    let verified = verify_compact(jwt, &keys, &policy).unwrap();
    assert_eq!(verified.header().typ(), Some("recognize-transaction+jwt"));
    let claims = Value::Object(verified.claims().unwrap().into_map());
    let now = house.now().seconds();
    assert_eq!(claims["iss"], environment.issuer);
    assert_eq!(
        (claims["aud"].as_str(), claims["exp"].as_i64()),
        (Some("demo"), Some(now + 300))
    );
    assert_eq!(
        (claims["td"].as_str(), claims["amr"].clone()),
        (Some(DATA), json!(["swk", "face"]))
    );
    assert!(claims["jti"].is_string());
    let receipt = result["receipt"].as_str().unwrap();
    let receipt = verify_compact(receipt, &keys, &policy).unwrap();
    let receipt = Value::Object(receipt.claims().unwrap().into_map());
    assert_eq!(receipt["sub"], result["keylessId"]);
    assert_eq!(receipt["factors"][0]["signature"]["type"], "recognize");
    let told = verify(
        &house,
        key.expose(),
        json!({"jwt": jwt, "transactionData": DATA}),
    )
    .await;
    assert_eq!(
        (told["valid"].as_bool(), told["factor"].as_str()),
        (Some(true), Some("face"))
    );
    let event = environment.last_event("transaction.approved").await;
    assert!(event["detail"]["receipt_digest"].is_string());
    let noted = environment
        .last_event("recognize.transaction_approved")
        .await;
    assert!(
        noted["detail"].get("receipt_digest").is_none(),
        "of no JWT that nobody was given: {noted}"
    );
    let result = authenticate(&house, &device, "alice", Some(DATA)).await;
    house.advance(Duration::from_secs(300));
    let late = json!({"jwt": result["jwt"], "transactionData": DATA, "maxAge": 3600});
    let told = verify(&house, key.expose(), late).await;
    assert_eq!(told["reason"], "EXPIRED", "rfc7519 4.1.4");
    assert!(
        !event.to_string().contains("12.50"),
        "nothing of the transaction is kept"
    );
}

#[tokio::test]
async fn a_backend_looks_after_its_people_and_their_devices() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let key = environment.add_customer("demo", |_| {}).await;
    let key = key.expose();
    let device = FaceDevice::new(1);
    let enrolled = enrol(&house, &device, "alice").await;
    let id = enrolled["keylessId"].as_str().unwrap();
    let path = format!("/v2/users/{id}");
    let found = call(
        &house,
        key,
        Method::GET,
        "/v2/users?username=user-123",
        None,
    )
    .await;
    let found = found.expect_status(200).json();
    assert_eq!(
        (found["id"].as_str(), found["consent"]["version"].as_str()),
        (Some(id), Some("1"))
    );
    let external = json!({"externalUserId": "customer-42"});
    let changed = call(&house, key, Method::PATCH, &path, Some(external)).await;
    assert_eq!(
        changed.expect_status(200).json()["externalUserId"],
        "customer-42"
    );
    let result = authenticate(&house, &device, "alice", None).await;
    let told = verify(&house, key, json!({"jwt": result["jwt"]})).await;
    assert_eq!(told["claims"]["external_user_id"], "customer-42");
    let devices = call(&house, key, Method::GET, &format!("{path}/devices"), None).await;
    let devices = devices.expect_status(200).json();
    assert_eq!(devices["devices"][0]["id"], device.id());
    assert!(devices["devices"][0].get("template").is_none());
    let deleted = call(&house, key, Method::DELETE, &path, None).await;
    let _ = deleted.expect_status(204);
    assert!(
        environment
            .records
            .all::<EnrolledDevice>()
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        environment
            .records
            .all::<Person>()
            .await
            .unwrap()
            .is_empty()
    );
    let gone = authenticate(&house, &device, "alice", None).await;
    assert_eq!(gone["code"], "SERVER_USER_NOT_FOUND");
    let event = environment.last_event("recognize.person_deleted").await;
    assert_eq!(event["actor"], json!({"type": "client", "name": "demo"}));
}

#[tokio::test]
async fn who_loses_the_last_device_enrols_anew() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let key = environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    let enrolled = enrol(&house, &device, "alice").await;
    let id = enrolled["keylessId"].as_str().unwrap();
    let path = format!("/v2/users/{id}/devices/{}", device.id());
    let revoked = call(&house, key.expose(), Method::DELETE, &path, None).await;
    let _ = revoked.expect_status(204);
    let again = call(&house, key.expose(), Method::DELETE, &path, None).await;
    let _ = again.expect_status(404);
    let anew = enrol(&house, &FaceDevice::new(2), "alice").await;
    assert_eq!(anew["type"], "result");
    assert_ne!(anew["keylessId"], id);
}

#[tokio::test]
async fn an_operation_is_found_by_the_id_that_the_customer_gave_it_once() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let key = environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    let mut asked = user("enrol");
    asked["operationId"] = "order-4711".into();
    let mut session = connect(&house).await;
    session.open(&device, asked.clone()).await;
    session.agree(&device).await;
    let result = session.show("alice").await;
    let path = "/v2/operations/order-4711";
    let found = call(&house, key.expose(), Method::GET, path, None).await;
    let found = found.expect_status(200).json();
    assert_eq!(
        (found["operation"].as_str(), found["factor"].as_str()),
        (Some("enrol"), Some("face"))
    );
    assert_eq!(found["userId"], result["keylessId"]);
    let again = connect(&house).await.open(&FaceDevice::new(2), asked).await;
    assert_eq!(again["code"], "SERVER_VALIDATION_FAILED");
    // Of two that go on at the same time, one is.
    let mut asked = user("authenticate");
    asked["operationId"] = "order-4712".into();
    let mut both = [connect(&house).await, connect(&house).await];
    for session in &mut both {
        session.open(&device, asked.clone()).await;
        session.agree(&device).await;
    }
    let [one, other] = &mut both;
    assert_eq!(one.show("alice").await["type"], "result");
    let slower = other.show("alice").await;
    assert_eq!(slower["code"], "SERVER_VALIDATION_FAILED", "{slower}");
    let person = format!("/v2/users/{}", result["keylessId"].as_str().unwrap());
    let deleted = call(&house, key.expose(), Method::DELETE, &person, None).await;
    let _ = deleted.expect_status(204);
    let gone = call(&house, key.expose(), Method::GET, path, None).await;
    let _ = gone.expect_status(404);
}

/// What the API tells of an operation with this id in which somebody approved a transaction.
async fn approved_as(house: &House, key: &str, device: &FaceDevice, id: &str) -> Value {
    let mut asked = user("authenticate");
    asked["operationId"] = id.into();
    asked["operationPayload"] = "cart 7".into();
    asked["transaction"] = json!({"data": DATA});
    let mut session = connect(house).await;
    session.open(device, asked).await;
    session.agree(device).await;
    assert_eq!(session.show("alice").await["type"], "result");
    let path = format!("/v2/operations/{id}");
    let found = call(house, key, Method::GET, &path, None).await;
    found.expect_status(200).json()
}

#[tokio::test]
async fn seed_002_nothing_of_a_transaction_is_kept_unless_the_customer_asks_for_it() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let key = environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    let enrolled = enrol(&house, &device, "alice").await;
    let told = approved_as(&house, key.expose(), &device, "order-1").await;
    assert_eq!(told["payload"], "cart 7");
    assert!(!told.to_string().contains("12.50"), "{told}");
    let records = environment.records.of(Tenant::SYSTEM);
    let found = records.get::<Customer>(Customer::key_of("demo")).await;
    let found = found.unwrap().unwrap();
    let mut changed = found.record.clone();
    changed.keep_transactions = KeepTransactions::Operation;
    let mut changes = Changes::none();
    changes.replace(&found, &changed);
    records.commit(changes).await.unwrap();
    let told = approved_as(&house, key.expose(), &device, "order-2").await;
    assert_eq!(told["transactionData"], DATA);
    assert!(domain::port::Kind::RecognizeOperation.is_sealed());
    let person = format!("/v2/users/{}", enrolled["keylessId"].as_str().unwrap());
    let deleted = call(&house, key.expose(), Method::DELETE, &person, None).await;
    let _ = deleted.expect_status(204);
    let left = environment.records.all::<OperationRecord>().await.unwrap();
    assert!(left.is_empty(), "it goes with the person");
}

#[tokio::test]
async fn a_key_opens_what_is_its_customers_alone() {
    let house = House::open().await;
    let one = house.add_environment("One").await;
    let two = house.add_environment("Two").await;
    one.add_customer("demo", |_| {}).await;
    let others = two.add_customer("other", |_| {}).await;
    let device = FaceDevice::new(1);
    let enrolled = enrol(&house, &device, "alice").await;
    let path = format!("/v2/users/{}", enrolled["keylessId"].as_str().unwrap());
    let foreign = call(&house, others.expose(), Method::GET, &path, None).await;
    let _ = foreign.expect_status(404);
    let told = verify(&house, others.expose(), json!({"jwt": enrolled["jwt"]})).await;
    assert_eq!(told["valid"], false);
    for key in [
        "",
        "demo.",
        "demo.guess",
        &others.expose().replace("other.", "demo."),
    ] {
        let refused = call(&house, key, Method::GET, &path, None).await;
        assert_eq!(refused.expect_status(401).json()["code"], "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn the_public_keys_are_those_of_the_environment_or_of_a_person() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let key = environment.add_customer("demo", |_| {}).await;
    let enrolled = enrol(&house, &FaceDevice::new(1), "alice").await;
    let path = "/v2/verify-jwt/public-key";
    let keys = async |path: &str| {
        let found = call(&house, key.expose(), Method::GET, path, None).await;
        found.expect_status(200).json()
    };
    let published = "/customers/demo/.well-known/jwks.json";
    let published = call(&house, "", Method::GET, published, None).await.json();
    assert_eq!(keys(path).await, published);
    let id = enrolled["keylessId"].as_str().unwrap();
    let own = keys(&format!("{path}?sub={id}")).await;
    let kids: Vec<_> = own["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["kid"])
        .collect();
    assert_eq!(kids, ["FACE", "PIN"]);
    let nobody = call(
        &house,
        key.expose(),
        Method::GET,
        &format!("{path}?sub=x"),
        None,
    )
    .await;
    let _ = nobody.expect_status(404);
}
