//! Settings of a client, most of which take effect with what is still to come: kept up to their
//! bounds, refused beyond them by their path, and as they were after every refusal.

#[path = "client_setting/grant.rs"]
mod grant;
#[path = "client_setting/protection.rs"]
mod protection;
#[path = "client_setting/session.rs"]
mod session;

use serde_json::{Value, json};
use testkit::{Administration, House};

use crate::client_whole::{comparable, lay_out};

const PATH: &str = "/oauth/clients/subject";

/// A secret that is long enough for every algorithm.
const SECRET: &str = "a secret that is long enough for HS512, as it has more than 64 bytes";

const JWKS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// What every override of a server's value can be.
const OVERRIDE: [&str; 2] = ["SERVER_DEFAULT", "OVERRIDE_SERVER_DEFAULT"];

/// A client, one of whose members is changed at a time.
struct Subject {
    administration: Administration,
    resource: Value,
    _house: House,
}

impl Subject {
    /// A client with these members besides those that it needs.
    async fn open(members: Value) -> Self {
        let house = House::open().await;
        lay_out(&house).await;
        let mut resource = json!({
            "clientId": "subject",
            "name": "Subject",
            "grantTypes": ["CLIENT_CREDENTIALS"],
            "clientAuth": { "type": "SECRET", "secret": SECRET },
            "jwksSettings": { "jwks": JWKS },
        });
        for (name, value) in members.as_object().unwrap() {
            resource[name] = value.clone();
        }
        let administration = house.administration();
        let created = administration.post("/oauth/clients", &resource).await;
        let _ = created.expect_status(201);
        Self {
            administration,
            resource,
            _house: house,
        }
    }

    async fn shown(&self) -> Value {
        let read = self.administration.get(PATH).await.expect_status(200);
        comparable(&read.json())
    }

    /// The client with another value of a member.
    fn with(&self, member: &str, value: &Value) -> Value {
        let mut resource = self.resource.clone();
        let place = member
            .split('.')
            .fold(&mut resource, |object, name| &mut object[name]);
        *place = value.clone();
        resource
    }

    /// Asserts that a member takes each of `taken` and shows it, and refuses the first of each of
    /// `refused` with the second as the status, at its path with the third behind.
    async fn keeps(&self, member: &str, taken: Value, refused: Value) {
        for value in taken.as_array().unwrap() {
            let resource = self.with(member, value);
            let reply = self.administration.put(PATH, &resource).await;
            assert_eq!(reply.status, 200, "{member} {value}: {}", reply.text());
            let shown = self.shown().await;
            assert_eq!(comparable(&reply.json()), shown, "{member} {value}");
            let found = member.split('.').fold(&shown, |it, name| &it[name]);
            assert_eq!(found, value, "{member}");
        }
        for case in refused.as_array().unwrap() {
            let before = self.shown().await;
            let mut resource = self.with(member, &case[0]);
            resource["description"] = json!("Half a change.");
            let reply = self.administration.put(PATH, &resource).await;
            assert_eq!(reply.status, case[1], "{member} {}", case[0]);
            let path = format!("{member}{}", case[2].as_str().unwrap_or_default());
            assert_eq!(paths(&reply.json()), [path], "{}", case[0]);
            assert_eq!(self.shown().await, before, "half a change is not stored");
        }
    }

    /// The same for the three algorithms by which something is signed and encrypted.
    async fn keeps_algorithms(&self, [signing, encryption, content]: [&str; 3]) {
        let asymmetric = ["RS", "ES", "PS", "HS"];
        let signed =
            asymmetric.map(|family| ["256", "384", "512"].map(|it| format!("{family}{it}")));
        let signed = signed.as_flattened();
        self.keeps(signing, json!(signed), json!([["RS1", 400], [7, 400]]))
            .await;
        let keys = [
            "DIR",
            "A128KW",
            "A192KW",
            "A256KW",
            "A128GCMKW",
            "A192GCMKW",
            "A256GCMKW",
            "ECDH_ES",
            "ECDH_ES_A128KW",
            "ECDH_ES_A192KW",
            "ECDH_ES_A256KW",
            "RSA_OAEP",
            "RSA_OAEP_256",
        ];
        self.keeps(encryption, json!(keys), json!([["RSA1_5", 400], ["", 400]]))
            .await;
        let contents = [
            "AES_128_CBC_HMAC_SHA_256",
            "AES_192_CBC_HMAC_SHA_384",
            "AES_256_CBC_HMAC_SHA_512",
            "AES_128_GCM",
            "AES_192_GCM",
            "AES_256_GCM",
        ];
        let refused = json!([["A128GCM", 400], [null, 422]]);
        self.keeps(content, json!(contents), refused).await;
    }
}

/// The paths that are complained about.
fn paths(refused: &Value) -> Vec<&str> {
    let errors = refused["validationErrors"].as_array().unwrap().iter();
    errors
        .map(|error| error["fieldPath"].as_str().unwrap())
        .collect()
}
