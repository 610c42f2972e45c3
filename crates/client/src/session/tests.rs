//! What a client goes along with, and what it does not.

use jose::digest::sha256;
use jose::jwk::JwkSet;
use jose::jws::VerifyingKeys;
use jose::jws::{Algorithm, Policy, Typ, verify_compact};
use jose::strict_base64url::encode;
use serde_json::{Value, json};

use super::*;
use crate::Pin;
use crate::device::tests::MemoryStore;
use crate::device::{DeviceStore, Record};

const DATA: &str = r#"[{"Amount":"12.50 EUR"},{"Payee":"Demo Shop"}]"#;
const SECRET: [u8; 32] = [7; 32];

fn store() -> MemoryStore {
    let store = MemoryStore::default();
    store.create_key().unwrap();
    store
}

fn device(store: &MemoryStore) -> Device<'_> {
    let record = Record::new("demo-shop", "user-123", &SECRET);
    Device::new(store, &store.public_key().unwrap().unwrap(), &record).unwrap()
}

fn asked(operation: Operation, transaction: Option<&str>) -> Asked {
    Asked {
        customer: "demo-shop".to_owned(),
        username: "user-123".to_owned(),
        operation,
        authorization: Some("a.b.c".to_owned()),
        transaction: transaction.map(|data| TransactionData::read(data).unwrap()),
        operation_info: Some(OperationInfo {
            id: "order-4711".to_owned(),
            payload: Some("cart 7".to_owned()),
        }),
        lang: Some("de".to_owned()),
        keyless_id: (operation == Operation::Authenticate).then(|| "alice".to_owned()),
    }
}

fn hello(text_limit: usize) -> String {
    let limits = json!({
        "text": text_limit, "frame": 262_154, "width": 640, "height": 480, "window": 2,
        "framesPerAttempt": 300, "openSeconds": 10, "sessionSeconds": 300,
    });
    json!({"type": "hello", "session": "s", "nonce": "n", "limits": limits}).to_string()
}

fn told(message: &Value) -> Told {
    Told::read(&message.to_string()).unwrap().unwrap()
}

/// What a server says to an authentication with [`DATA`].
fn opened() -> Value {
    json!({
        "type": "opened", "operation": "authenticate", "factors": ["face", "pin"], "attempts": 3,
        "transaction": {
            "digest": encode([9; 32]),
            "pairs": [
                {"label": "Amount", "value": "12.50 EUR"},
                {"label": "Payee", "value": "Demo Shop"},
            ],
        },
    })
}

/// What a server says to an enrolment.
fn enrolling() -> Value {
    json!({
        "type": "opened", "operation": "enrol", "factors": ["face"], "attempts": 3,
        "consent": {"version": "1", "text": "Your face is measured."},
    })
}

/// Opens a session with this request, to which the server says this.
fn open<'a>(store: &'a MemoryStore, asked: Asked, opened: &Value) -> Result<Opened<'a>, Error> {
    let hello = hello(16384);
    let hello = (hello.as_str(), Told::read(&hello).unwrap().unwrap());
    let (greeted, _) = asked.greet(hello, device(store)).unwrap();
    greeted.opened((&opened.to_string(), told(opened)))
}

fn approved(opened: &Opened<'_>) -> Approved {
    opened.shown_by(|_| true, |_| true).unwrap()
}

fn face() -> Factor {
    Factor::Face(PinChange::None)
}

fn pin() -> Factor {
    Factor::Pin(Pin::given("271828").unwrap())
}

/// A JWT that nobody has signed.
fn jwt(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), encode([0; 64]))
}

/// What a server says at the end of an authentication with [`DATA`].
fn result(device: &Device<'_>) -> Value {
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": "FACE"});
    let claims = json!({"iat": 1, "td": DATA, "version": "1.1.0", "sub": "alice"});
    json!({
        "type": "result", "operation": "authenticate", "factor": "face", "keylessId": "alice",
        "deviceId": device.id(), "jwt": jwt(&header, &claims),
    })
}

fn conclude(opened: &Opened<'_>, result: &Value, factor: &Factor) -> Result<Success, Error> {
    let Told::Result(outcome) = told(result) else {
        panic!("no result: {result}");
    };
    opened.conclude(outcome, factor)
}

#[test]
fn recognize_3_2_open_says_who_wants_what() {
    let store = store();
    let text = hello(16384);
    let hello = (text.as_str(), Told::read(&text).unwrap().unwrap());
    let asked = asked(Operation::Authenticate, Some(DATA));
    let (_, open) = asked.greet(hello, device(&store)).unwrap();
    let open: Value = serde_json::from_str(&open).unwrap();
    assert_eq!(
        open,
        json!({
            "type": "open", "customer": "demo-shop", "username": "user-123",
            "operation": "authenticate", "authorization": {"token": "a.b.c"},
            "transaction": {"data": DATA}, "operationId": "order-4711",
            "operationPayload": "cart 7",
            "device": {"id": device(&store).id()}, "lang": "de",
        })
    );
}

#[test]
fn seed_000_the_token_goes_to_the_server_as_it_is_and_is_left_out_if_there_is_none() {
    let store = store();
    let text = hello(16384);
    for (token, member) in [
        (Some("x.y.z"), json!({"token": "x.y.z"})),
        (None, Value::Null),
    ] {
        let mut asked = asked(Operation::Enrol, None);
        asked.authorization = token.map(str::to_owned);
        let hello = (text.as_str(), Told::read(&text).unwrap().unwrap());
        let (_, open) = asked.greet(hello, device(&store)).unwrap();
        let open: Value = serde_json::from_str(&open).unwrap();
        assert_eq!(open["authorization"], member);
    }
}

#[test]
fn recognize_1_what_is_longer_than_a_text_may_be_is_not_sent() {
    let store = store();
    let text = hello(200);
    let hello = (text.as_str(), Told::read(&text).unwrap().unwrap());
    let refused = asked(Operation::Enrol, None).greet(hello, device(&store));
    assert_eq!(refused.err().unwrap().number(), 1002);
    let long = json!({"type": "opened", "operation": "enrol", "factors": ["face"], "attempts": 3,
        "consent": {"version": "1", "text": "x".repeat(16384)}});
    let deviation = open(&store, asked(Operation::Enrol, None), &long);
    assert_eq!(deviation.err(), Some(Deviation::TooLong.into()));
}

#[test]
fn seed_002_a_transaction_other_than_the_one_that_was_asked_for_is_not_even_shown() {
    let store = store();
    let mut another_amount = opened();
    another_amount["transaction"]["pairs"][0]["value"] = "1250 EUR".into();
    let mut one_more = opened();
    let fee = json!({"label": "Fee", "value": "1 EUR"});
    one_more["transaction"]["pairs"]
        .as_array_mut()
        .unwrap()
        .push(fee);
    let mut none = opened();
    none.as_object_mut().unwrap().remove("transaction");
    for (told, data) in [
        (another_amount, Some(DATA)),
        (one_more, Some(DATA)),
        (none, Some(DATA)),
        (opened(), None),
        (opened(), Some(r#"[{"Amount":"12.50 EUR"}]"#)),
    ] {
        let refused = open(&store, asked(Operation::Authenticate, data), &told);
        assert_eq!(
            refused.err(),
            Some(Deviation::AnotherTransaction.into()),
            "{told}"
        );
    }
}

#[test]
fn a_digest_that_is_none_is_not_signed() {
    let store = store();
    for digest in [
        "",
        "AAAA",
        "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
        "?",
    ] {
        let mut told = opened();
        told["transaction"]["digest"] = digest.into();
        let refused = open(&store, asked(Operation::Authenticate, Some(DATA)), &told);
        assert_eq!(refused.err(), Some(Deviation::Digest.into()), "{digest}");
    }
}

#[test]
fn an_operation_other_than_the_one_that_was_asked_for_is_refused() {
    use Operation::{AuthOrEnrol, Authenticate, Enrol};
    let store = store();
    let mut authenticating = opened();
    authenticating
        .as_object_mut()
        .unwrap()
        .remove("transaction");
    let mut both = authenticating.clone();
    both["operation"] = "auth-or-enrol".into();
    for (wanted, told, is_one) in [
        (Enrol, enrolling(), true),
        (Authenticate, authenticating.clone(), true),
        (AuthOrEnrol, enrolling(), true),
        (AuthOrEnrol, authenticating.clone(), true),
        (Enrol, authenticating, false),
        (Authenticate, enrolling(), false),
        (AuthOrEnrol, both, false),
    ] {
        let opened = open(&store, asked(wanted, None), &told);
        let refused = opened.err();
        let expected = (!is_one).then(|| Deviation::AnotherOperation.into());
        assert_eq!(refused, expected, "{wanted:?} {told}");
    }
    let mut without = enrolling();
    without.as_object_mut().unwrap().remove("consent");
    let refused = open(&store, asked(Enrol, None), &without);
    assert_eq!(refused.err(), Some(Deviation::Consent.into()));
}

#[test]
fn messages_out_of_turn_are_refused() {
    let store = store();
    let first = opened();
    let refused =
        asked(Operation::Enrol, None).greet((&first.to_string(), told(&first)), device(&store));
    assert_eq!(refused.err(), Some(Deviation::Unexpected.into()));
    let text = hello(16384);
    let greeting = || (text.as_str(), Told::read(&text).unwrap().unwrap());
    let (greeted, _) = asked(Operation::Enrol, None)
        .greet(greeting(), device(&store))
        .unwrap();
    assert_eq!(
        greeted.opened(greeting()).err(),
        Some(Deviation::Unexpected.into())
    );
}

#[test]
fn seed_002_the_person_reviews_the_transaction_and_nothing_is_signed_unless_they_approve() {
    let store = store();
    let opened = open(
        &store,
        asked(Operation::Authenticate, Some(DATA)),
        &opened(),
    )
    .unwrap();
    let mut shown = Vec::new();
    let approved = opened.shown_by(
        |pairs| {
            shown = pairs.to_vec();
            false
        },
        |_| panic!("there is nothing to agree to"),
    );
    assert_eq!(approved.err(), Some(Error::Cancelled));
    let shown: Vec<_> = shown
        .iter()
        .map(|it| (it.label.as_str(), it.value.as_str()))
        .collect();
    assert_eq!(shown, [("Amount", "12.50 EUR"), ("Payee", "Demo Shop")]);
}

#[test]
fn who_does_not_agree_is_not_measured() {
    let store = store();
    let opened = open(&store, asked(Operation::Enrol, None), &enrolling()).unwrap();
    let refused = opened.shown_by(|_| panic!("there is no transaction"), |_| false);
    assert_eq!(refused.err(), Some(Error::Cancelled));
}

#[test]
fn seed_002_the_device_signs_the_transaction_with_everything_that_was_said() {
    let store = store();
    let text = hello(16384);
    let greeting = (text.as_str(), Told::read(&text).unwrap().unwrap());
    let asked = asked(Operation::Authenticate, Some(DATA));
    let (greeted, open) = asked.greet(greeting, device(&store)).unwrap();
    let answer = opened().to_string();
    let opened = greeted.opened((&answer, told(&opened()))).unwrap();
    let begin = opened.begin(&pin(), &approved(&opened)).unwrap();
    let begin: Value = serde_json::from_str(&begin).unwrap();
    assert_eq!(begin["pin"], "271828");
    assert_eq!(begin["secret"], encode(SECRET));
    let keys = JwkSet::from_value(json!({"keys": [device(&store).jwk()]})).unwrap();
    let policy = Policy::new(&[Algorithm::Es256]).with_typ(Typ::Required("recognize-begin+jwt"));
    let proof = begin["proof"].as_str().unwrap();
    let proof = verify_compact(proof, &VerifyingKeys::new(&keys), &policy).unwrap();
    let claims = proof.claims().unwrap();
    let mut said = b"countersign recognize v2\0".to_vec();
    for text in [&text, &open, &answer] {
        said.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        said.extend(text.as_bytes());
    }
    assert_eq!(
        claims.get("transcript"),
        Some(&encode(sha256(&said)).into())
    );
    assert_eq!(claims.get("transaction"), Some(&encode([9; 32]).into()));
    assert_eq!(claims.get("factor"), Some(&"pin".into()));
    let payload = String::from_utf8(proof.payload().to_vec()).unwrap();
    assert!(
        !payload.contains("271828"),
        "secrets are beside the proof: {payload}"
    );
    assert_eq!(proof.header().member("jwk"), Some(device(&store).jwk()));
}

#[test]
fn factors_and_pins_that_are_not_offered_are_not_sent() {
    let store = store();
    let mut told = opened();
    told["factors"] = json!(["face"]);
    let opened = open(&store, asked(Operation::Authenticate, Some(DATA)), &told).unwrap();
    let new_pin = Factor::Face(PinChange::Set(Pin::wanted("271828").unwrap()));
    for factor in [pin(), new_pin] {
        let refused = opened.begin(&factor, &approved(&opened));
        assert_eq!(refused.unwrap_err().number(), 1002);
    }
    assert!(opened.begin(&face(), &approved(&opened)).is_ok());
}

#[test]
fn seed_002_the_success_has_the_signed_jwt() {
    let store = store();
    let opened = open(
        &store,
        asked(Operation::Authenticate, Some(DATA)),
        &opened(),
    )
    .unwrap();
    let result = result(&opened.device);
    let success = conclude(&opened, &result, &face()).unwrap();
    assert_eq!(success.signed_jwt, result["jwt"]);
    assert_eq!(success.keyless_id, "alice");
}

#[test]
fn a_result_about_somebody_or_something_else_is_refused() {
    let store = store();
    let opened = open(
        &store,
        asked(Operation::Authenticate, Some(DATA)),
        &opened(),
    )
    .unwrap();
    for (member, other) in [
        ("operation", "enrol"),
        ("factor", "pin"),
        ("keylessId", "mallory"),
        ("deviceId", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
    ] {
        let mut result = result(&opened.device);
        result[member] = other.into();
        let refused = conclude(&opened, &result, &face());
        assert_eq!(refused, Err(Deviation::AnotherResult.into()), "{member}");
    }
}

#[test]
fn seed_002_td_is_the_transaction_data_letter_by_letter_and_the_kid_is_the_factor() {
    let store = store();
    let opened = open(
        &store,
        asked(Operation::Authenticate, Some(DATA)),
        &opened(),
    )
    .unwrap();
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": "FACE"});
    let spaced = DATA.replace("},", "}, ");
    for (header, claims) in [
        (header.clone(), json!({"td": spaced, "sub": "alice"})),
        (
            header.clone(),
            json!({"td": DATA.replace("12.50", "1250"), "sub": "alice"}),
        ),
        (header.clone(), json!({"sub": "alice"})),
        (header.clone(), json!({"td": DATA, "sub": "mallory"})),
        (
            json!({"alg": "ES256", "typ": "JWT", "kid": "PIN"}),
            json!({"td": DATA, "sub": "alice"}),
        ),
    ] {
        let mut result = result(&opened.device);
        result["jwt"] = jwt(&header, &claims).into();
        let refused = conclude(&opened, &result, &face());
        assert_eq!(
            refused,
            Err(Deviation::AnotherJwt.into()),
            "{header} {claims}"
        );
    }
    let mut none = result(&opened.device);
    none["jwt"] = "no JWT".into();
    let refused = conclude(&opened, &none, &face());
    assert_eq!(refused, Err(Deviation::AnotherJwt.into()));
    let mut extended = result(&opened.device);
    let header = json!({"alg": "ES256", "typ": "recognize-transaction+jwt", "kid": "2026"});
    for (amr, is_one) in [
        (json!(["swk", "face"]), true),
        (json!(["swk", "pin"]), false),
    ] {
        let claims = json!({"td": DATA, "sub": "alice", "amr": amr});
        extended["jwt"] = jwt(&header, &claims).into();
        let concluded = conclude(&opened, &extended, &face());
        assert_eq!(concluded.is_ok(), is_one, "{amr}");
    }
}

#[test]
fn seed_002_without_a_transaction_there_is_no_td() {
    let store = store();
    let mut told = opened();
    told.as_object_mut().unwrap().remove("transaction");
    let opened = open(&store, asked(Operation::Authenticate, None), &told).unwrap();
    let with_td = result(&opened.device);
    let refused = conclude(&opened, &with_td, &face());
    assert_eq!(refused, Err(Deviation::AnotherJwt.into()));
}
