//! Seed 002: what is shown is what is signed.

use super::*;

#[test]
fn rts_5_1_a_what_is_approved_was_shown() {
    let world = World::enrolled();
    let asked = json!({"operation": "authenticate", "transaction": {"data": "[{\"Amount\":\"1\u{202e}2 EUR\"}]"}});
    let session = world.open(&asked).unwrap();
    let shown = &session.told()["transaction"]["pairs"];
    assert_eq!(
        shown,
        &json!([{"label": "Amount", "value": "1⟨U+202E⟩2 EUR"}])
    );
    for claims in [json!({}), json!({"transaction": encode([0; 32])})] {
        let refused = world.begin(&session, claims, json!({}));
        assert_eq!(code(refused), "SERVER_FORBIDDEN");
    }
}

#[test]
fn seed_002_malformed_transaction_data_has_the_error_of_the_original() {
    let world = World::enrolled();
    let asked = json!({"operation": "authenticate", "transaction": {"data": "{}"}});
    let refusal = world.open(&asked).err().unwrap();
    let told: Value = serde_json::from_str(&message::error(&refusal)).unwrap();
    assert_eq!(told["code"], "SERVER_VALIDATION_FAILED");
    assert_eq!(told["cause"], "SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED");
    let enrol = json!({"operation": "enrol", "transaction": {"data": DATA}});
    assert_eq!(code(World::new().open(&enrol)), "SERVER_VALIDATION_FAILED");
}

#[test]
fn seed_002_the_jwt_is_signed_by_the_key_of_the_person_for_the_factor() {
    let world = World::enrolled();
    let person = world.person.as_ref().unwrap();
    for (factor, kid, beside) in [
        ("face", "FACE", json!({})),
        ("pin", "PIN", json!({"pin": "271828"})),
    ] {
        let (success, _) = world.approve(beside, factor);
        let parsed = jose::jws::Unverified::parse(&success.jwt, 8192).unwrap();
        let header = Value::Object(parsed.header().members().clone());
        assert_eq!(header, json!({"alg": "ES256", "typ": "JWT", "kid": kid}));
        assert_eq!(
            payload(&success.jwt),
            json!({
                "iat": 1_720_519_812,
                "td": DATA,
                "version": "1.1.0",
                "sub": person.id.uuid().to_string(),
            })
        );
        let (by, _) = token::verify(person, &success.jwt).unwrap();
        assert_eq!(by.name(), factor);
    }
}

#[test]
fn seed_002_a_tampered_jwt_is_none() {
    let world = World::enrolled();
    let person = world.person.as_ref().unwrap();
    let (success, _) = world.approve(json!({}), "face");
    let parts: Vec<&str> = success.jwt.split('.').collect();
    let mut claims = payload(&success.jwt);
    claims["td"] = DATA.replace("12.50", "99.50").into();
    let payload = encode(claims.to_string());
    let tampered = format!("{}.{payload}.{}", parts[0], parts[2]);
    assert!(token::verify(person, &tampered).is_none());
    let pin = encode(r#"{"alg":"ES256","typ":"JWT","kid":"PIN"}"#);
    let other = format!("{pin}.{}.{}", parts[1], parts[2]);
    assert!(token::verify(person, &other).is_none(), "another factor");
    let somebody = World::enrolled().person.unwrap();
    assert!(token::verify(&somebody, &success.jwt).is_none());
}

#[test]
fn seed_002_external_user_id_is_included_only_if_there_is_one() {
    let mut world = World::enrolled();
    world.person.as_mut().unwrap().record.external_user_id = Some("customer-42".to_owned());
    let (success, _) = world.approve(json!({}), "face");
    assert_eq!(payload(&success.jwt)["external_user_id"], "customer-42");
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    let begun = world.begin(&session, json!({}), json!({})).unwrap();
    let decision = world
        .ending(&session.opened)
        .authenticated(&begun, NOW, &world.random);
    let claims = payload(&decision.answer.ok().unwrap().jwt);
    assert!(claims.get("td").is_none(), "nothing was approved");
}

#[test]
fn seed_002_no_history_of_transactions_is_kept() {
    let world = World::enrolled();
    let asked = json!({
        "operation": "authenticate", "operationId": "order-4711", "transaction": {"data": DATA},
    });
    let session = world.open(&asked).unwrap();
    let digest = session.told()["transaction"]["digest"].clone();
    let begun = world
        .begin(&session, json!({"transaction": digest}), json!({}))
        .unwrap();
    let decision = world
        .ending(&session.opened)
        .authenticated(&begun, NOW, &world.random);
    let kept = decision.changes.clone().of_tenant(Tenant::DEFAULT);
    for change in &kept {
        if let Change::Put { body, .. } = change {
            let body = String::from_utf8_lossy(body);
            assert!(
                !body.contains("12.50") && !body.contains("Demo Shop"),
                "{body}"
            );
        }
    }
    let events = events(&decision.changes);
    let approved = events
        .iter()
        .find(|it| it["event"] == "recognize.transaction_approved");
    assert_eq!(approved.unwrap()["detail"]["transaction_digest"], digest);
    let operation = written::<OperationRecord>(decision.changes).unwrap();
    assert_eq!(
        (operation.id.as_str(), operation.factor),
        ("order-4711", Factor::Face)
    );
}

#[test]
fn the_receipt_of_an_approval_has_the_signature_of_the_device() {
    let world = World::enrolled();
    let (success, _) = world.approve(json!({}), "face");
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let issuer = Issuer {
        issuer: "https://id.example.com",
        key: &key,
        kid: "one",
    };
    let issued = receipt::issue(
        success.approved.as_ref().unwrap(),
        &issuer,
        NOW,
        &world.random,
    );
    let claims = payload(&issued.unwrap().token);
    let factors = claims["factors"].as_array().unwrap();
    assert_eq!(
        (factors[0]["amr"].as_str(), factors[1]["amr"].as_str()),
        (Some("swk"), Some("face"))
    );
    assert_eq!(factors[0]["signature"]["type"], "recognize");
    assert!(
        !claims.to_string().contains(&encode(world.secret)),
        "a secret is in no receipt"
    );
}

#[test]
fn seed_002_a_note_of_an_operation_is_short_and_has_an_id() {
    let world = World::enrolled();
    let open = |id: Option<&str>, length: usize| {
        let mut asked =
            json!({"operation": "authenticate", "operationPayload": "x".repeat(length)});
        if let Some(id) = id {
            asked["operationId"] = id.into();
        }
        world.open(&asked).err()
    };
    assert_eq!(open(Some("order-1"), 1024), None);
    let refused = Some(Refusal::Invalid("operationPayload"));
    assert_eq!(open(Some("order-1"), 1025), refused);
    assert_eq!(open(None, 1), refused);
}
