//! A client that was written for PingID's REST API, and an app that is asked what its person approves.

use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use jose::Header;
use jose::jws::sign_compact;
use serde_json::{Value, json};
use testkit::{Dpop, House, Reply};

use crate::party::Party;

/// What an operation was answered.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answered {
    /// The `errorId`.
    pub(crate) fn id(&self) -> i64 {
        self.body["errorId"].as_i64().unwrap()
    }

    /// The answer, which has this `errorId` and no other.
    #[track_caller]
    pub(crate) fn expect(self, id: i64) -> Value {
        assert_eq!(self.id(), id, "{}", self.body);
        let status = match id {
            200 | 30_000.. => 200,
            _ => 400,
        };
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

/// A client of an organisation.
pub(crate) struct Client<'h> {
    pub(crate) party: Party<'h>,
    /// The organisation's token.
    pub(crate) token: String,
}

static NUMBERS: AtomicI64 = AtomicI64::new(0);

impl<'h> Client<'h> {
    /// One of the server's own organisation.
    pub(crate) async fn of(house: &'h House) -> Self {
        Self::at(house, "/pingid".to_owned()).await
    }

    /// One of the organisation that is administered below `/v1{path}`.
    pub(crate) async fn at(house: &'h House, path: String) -> Self {
        let party = Party::at(house, path).await;
        let token = party.token().to_owned();
        Self { party, token }
    }

    pub(crate) fn house(&self) -> &'h House {
        self.party.house
    }

    /// A request, made now: no two are the same.
    pub(crate) fn request(&self, body: &Value) -> Value {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed) % 1000;
        json!({
            "reqHeader": {
                "locale": "en",
                "orgAlias": self.party.alias,
                "secretKey": self.token,
                "timestamp": format!("2026-11-22 12:00:00.{number:03}"),
                "version": "4.9",
            },
            "reqBody": body,
        })
    }

    /// Posts a JWS.
    pub(crate) async fn post(&self, operation: &str, jws: &str) -> Reply {
        // Events are told apart by their time.
        self.house().advance(std::time::Duration::from_millis(1));
        let url = self.house().at(&format!("/pingid/rest/4/{operation}/do"));
        let request = self.house().http.request(http::Method::POST, url);
        request.body("application/json", jws).send().await
    }

    /// Has an operation done.
    pub(crate) async fn call(&self, operation: &str, body: Value) -> Answered {
        let request = self.party.signed(&self.request(&body));
        let reply = self.post(operation, &request).await;
        self.read(&reply)
    }

    /// The same of one that is done.
    pub(crate) async fn done(&self, operation: &str, body: Value) -> Value {
        self.call(operation, body).await.expect(200)
    }

    /// What an answer says that the organisation has signed.
    #[track_caller]
    pub(crate) fn read(&self, reply: &Reply) -> Answered {
        let token = reply.text();
        assert_eq!(
            reply.header("content-type"),
            Some("application/jwt"),
            "{token}"
        );
        let (input, signature) = token.rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.party.key);
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        hmac::verify(&key, input.as_bytes(), &signature).unwrap();
        let (header, payload) = input.split_once('.').unwrap();
        let [header, payload] = [header, payload].map(|part| {
            let part = BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
            serde_json::from_slice::<Value>(&part).unwrap()
        });
        assert_eq!(header["org_alias"], self.party.alias);
        let body = payload["responseBody"].clone();
        for member in ["errorId", "errorMsg", "uniqueMsgId", "clientData"] {
            assert!(body.get(member).is_some(), "{member} in {body}");
        }
        Answered {
            status: reply.status,
            body,
        }
    }

    /// Adds somebody.
    pub(crate) async fn add(&self, username: &str) {
        let body = json!({
            "activateUser": false, "fName": "John", "lname": "Doe", "username": username,
            "email": format!("{username}@example.com"), "role": "REGULAR",
        });
        self.done("adduser", body).await;
    }

    /// What is known of somebody.
    pub(crate) async fn details(&self, username: &str) -> Value {
        let body = json!({ "userName": username, "getSameDeviceUsers": false });
        self.done("getuserdetails", body).await["userDetails"].clone()
    }

    /// Has somebody have a telephone that is sent text messages; returns its number here.
    pub(crate) async fn pair_phone(&self, username: &str, number: &str) -> i64 {
        let body = json!({ "username": username, "type": "SMS", "pairingData": number });
        self.done("offlinepairing", body).await["deviceId"]
            .as_i64()
            .unwrap()
    }

    /// The event that was noted last of a refusal: why.
    pub(crate) async fn refusal(&self) -> Value {
        self.house().last_event("pingid.refused").await["detail"].clone()
    }
}

/// An app that is asked what its person approves.
pub(crate) struct Phone<'h> {
    house: &'h House,
    key: Dpop,
    issuer: String,
    base: String,
    device: String,
}

impl<'h> Phone<'h> {
    /// One that is connected by the address to which an activation code leads.
    pub(crate) async fn activated(house: &'h House, issuer: &str, code: &str) -> Self {
        let led = lead(house, code).await;
        let location = led.expect_status(303).location();
        let pairing = location.fragment().unwrap().strip_prefix("pair=").unwrap();
        let mut base = location.clone();
        base.set_fragment(None);
        let mut phone = Self {
            house,
            key: Dpop::new(house),
            issuer: issuer.to_owned(),
            base: base.to_string(),
            device: String::new(),
        };
        let claims = json!({ "aud": issuer, "iat": house.now().seconds(), "pairing": pairing });
        let proof = json!({ "proof": phone.sign("pairing+jwt", &claims) });
        let url = format!("{}/devices", phone.base);
        let request = house.http.request(http::Method::POST, url).json(&proof);
        let paired = request.send().await.expect_status(201).json();
        paired["device"]
            .as_str()
            .unwrap()
            .clone_into(&mut phone.device);
        phone
    }

    fn sign(&self, typ: &str, claims: &Value) -> String {
        let jwk = Value::Object(self.key.key().jwk().to_public_value().unwrap());
        let header = Header::new().with_typ(typ).with("jwk", jwk);
        sign_compact(self.key.key(), header, claims.to_string().as_bytes()).unwrap()
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&str>) -> Reply {
        let url = format!("{}/devices/{}{path}", self.base, self.device);
        let proof = self.key.proof(method, &url).signed();
        let request = self.house.http.request(method.parse().unwrap(), &url);
        let request = request.header("dpop", &proof);
        match body {
            Some(body) => request.body("application/jwt", body).send().await,
            None => request.send().await,
        }
    }

    /// What there is to be decided.
    pub(crate) async fn asked(&self) -> Vec<Value> {
        let asked = self.ask("GET", "/requests", None).await;
        asked.expect_status(200).json()["requests"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Decides about what it is asked, as soon as it is; returns what that was.
    pub(crate) async fn decide(&self, decision: &str, number: &str) -> String {
        let request = loop {
            if let Some(request) = self.asked().await.into_iter().next() {
                break request;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        let claims = json!({
            "aud": self.issuer,
            "iat": self.house.now().seconds(),
            "request": request["id"],
            "digest": request["digest"],
            "decision": decision,
            "number": number,
        });
        let path = format!("/requests/{}", request["id"].as_str().unwrap());
        let jws = self.sign("approval+jwt", &claims);
        let told = self.ask("POST", &path, Some(&jws)).await;
        assert!(told.status < 300, "{}", told.text());
        request.to_string()
    }
}

/// Opens the address to which an activation code leads.
pub(crate) async fn lead(house: &House, code: &str) -> Reply {
    let query = data_encoding::BASE64.encode(format!("act_code={code}").as_bytes());
    let url = house.at(&format!("/pingid/QRRedirection?{query}"));
    house.http.get(url).await
}
