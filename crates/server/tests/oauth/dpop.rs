//! Tokens that are bound to a key which the client proves to hold (RFC 9449).

use http::Method;
use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::{Dpop, House, Person, Proof, RelyingParty, Reply};

pub(crate) const TOKEN: &str = "/as/token.oauth2";
pub(crate) const USERINFO: &str = "/idp/userinfo.openid";

pub(crate) struct Setting {
    pub(crate) house: House,
    pub(crate) alice: Person,
    pub(crate) shop: RelyingParty,
    pub(crate) key: Dpop,
}

pub(crate) async fn setting() -> Setting {
    setting_of(json!({})).await
}

async fn setting_of(client: Value) -> Setting {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client_with("shop", client).await;
    let key = Dpop::new(&house);
    Setting {
        house,
        alice,
        shop,
        key,
    }
}

/// A client without a secret.
fn public() -> Value {
    json!({
        "clientAuth": { "type": "NONE", "secret": null },
        "requireProofKeyForCodeExchange": true,
    })
}

/// A service of this house with a token of its own.
pub(crate) async fn service(house: &House) -> RelyingParty {
    let fields = json!({ "grantTypes": ["CLIENT_CREDENTIALS"] });
    house.add_client_with("service", fields).await
}

pub(crate) const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

impl Setting {
    /// The shop, proving its requests.
    pub(crate) fn proving(&self) -> RelyingParty {
        self.shop.proving(&self.key)
    }

    /// The answer to a code of alice's.
    pub(crate) async fn redeemed(
        &self,
        client: &RelyingParty,
        parameters: &[(&str, &str)],
    ) -> Reply {
        let mut request = client.request();
        for (name, value) in parameters {
            request = request.with(name, value);
        }
        let answer = self.house.browser().sign_on(&request, &self.alice).await;
        client.exchange(&request, answer.code()).await
    }

    /// An access token that is bound to the key.
    pub(crate) async fn bound_token(&self) -> String {
        let reply = self.redeemed(&self.proving(), &[]).await;
        let reply = reply.expect_status(200).json();
        reply["access_token"].as_str().unwrap().to_owned()
    }

    /// A request to userinfo that shows a token in this way.
    pub(crate) async fn shown(&self, authorization: &str, proof: Option<&str>) -> Reply {
        let request = self
            .house
            .http
            .request(Method::GET, self.house.at(USERINFO));
        let request = request.header("authorization", authorization);
        match proof {
            Some(proof) => request.header("dpop", proof).send().await,
            None => request.send().await,
        }
    }

    /// A proof for userinfo with this token.
    pub(crate) fn proof_for(&self, token: &str) -> Proof {
        let url = self.house.at(USERINFO);
        self.key.proof("GET", &url).with_token(token)
    }
}

/// The scheme and the error of the last challenge.
pub(crate) fn challenged(reply: &Reply) -> (String, Option<String>) {
    let header = reply.header("www-authenticate").unwrap();
    assert!(
        header.contains("algs=\"") && header.contains("ES256"),
        "{header}"
    );
    let scheme = header.split_once(' ').unwrap().0.to_owned();
    let error = header.split_once("error=\"");
    let error = error.map(|(_, rest)| rest.split_once('"').unwrap().0.to_owned());
    (scheme, error)
}

pub(crate) fn refused(scheme: &str, error: &str) -> (String, Option<String>) {
    (scheme.to_owned(), Some(error.to_owned()))
}

#[track_caller]
fn error_of(reply: Reply) -> String {
    let reply = reply.expect_status(400);
    reply.json()["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn rfc9449_5_a_whole_journey_with_one_key() {
    let it = setting().await;
    let shop = it.proving();
    let request = shop.request().with("dpop_jkt", &it.key.jkt());
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let reply = shop.exchange(&request, answer.code()).await;
    let reply = reply.expect_status(200);
    assert_eq!(reply.json()["token_type"], "DPoP");
    assert_eq!(reply.header("dpop-nonce"), None);
    let tokens = shop.tokens(&reply).await;

    let told = shop.userinfo(&tokens.access_token).await;
    let told = told.expect_status(200);
    assert_eq!(told.json()["sub"], tokens.id_claims["sub"]);
    let introspected = shop.introspect(&tokens.access_token).await.json();
    assert_eq!(introspected["active"], true);
    assert_eq!(introspected["token_type"], "DPoP");
    assert_eq!(introspected["cnf"], json!({ "jkt": it.key.jkt() }));

    let renewed = shop.refresh(tokens.refresh()).await.expect_status(200);
    assert_eq!(renewed.json()["token_type"], "DPoP");
    let renewed = shop.tokens(&renewed).await;
    let told = shop.userinfo(&renewed.access_token).await;
    let _ = told.expect_status(200);
}

#[tokio::test]
async fn rfc9449_5_1_discovery_lists_the_algorithms_and_each_is_believed() {
    let house = House::open().await;
    let service = service(&house).await;
    let url = house.at("/.well-known/openid-configuration");
    let metadata = house.http.get(url).await.json();
    let listed = metadata["dpop_signing_alg_values_supported"].clone();
    let asymmetric = Algorithm::ALL.iter().filter(|it| !it.is_symmetric());
    let names: Vec<&str> = asymmetric.clone().map(|it| it.name()).collect();
    assert_eq!(listed, json!(names));
    for algorithm in asymmetric {
        let key = Dpop::with_algorithm(&house, *algorithm);
        let reply = service.proving(&key).token(&CREDENTIALS).await;
        let reply = reply.expect_status(200).json();
        assert_eq!(reply["token_type"], "DPoP", "{algorithm}");
    }
}

#[tokio::test]
async fn rfc9449_5_a_bad_proof_is_told() {
    let it = setting().await;
    let service = service(&it.house).await;
    let url = it.house.at(TOKEN);
    let proof = || it.key.proof("POST", &url);
    let now = it.house.now().seconds();
    let other = SigningKey::generate(Algorithm::Es256).unwrap();
    let private: Value = serde_json::from_str(&it.key.key().jwk().to_private_json()).unwrap();
    let bad = [
        "proof".to_owned(),
        String::new(),
        proof().with_header("typ", "JWT").signed(),
        proof().signed_by(&other),
        proof().with_header("jwk", private).signed(),
        proof().with("jti", Value::Null).signed(),
        proof().with("jti", "x".repeat(257)).signed(),
        proof().with("htm", "GET").signed(),
        proof().with("htu", it.house.at(USERINFO)).signed(),
        proof()
            .with("htu", "https://evil.example/as/token.oauth2")
            .signed(),
        proof().with("iat", now - 121).signed(),
        proof().with("iat", now + 61).signed(),
        proof().with("filler", "x".repeat(9000)).signed(),
    ];
    for bad in bad {
        let reply = service.call_with(Some(&bad), TOKEN, &CREDENTIALS).await;
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(error_of(reply), "invalid_dpop_proof", "{bad}");
    }
    let twice = it.house.http.request(Method::POST, &url).form(&CREDENTIALS);
    let twice = twice.basic(&service.id, "x");
    let twice = twice.header("dpop", &proof().signed());
    let twice = twice.header("dpop", &proof().signed()).send().await;
    // Who is not believed is told nothing else.
    assert_eq!(twice.status, 401);
    assert_eq!(twice.json()["error"], "invalid_client");
}

#[tokio::test]
async fn rfc9449_4_3_9_a_proof_is_for_an_address_of_ours_whatever_host_is_named() {
    let house = House::open().await;
    let (service, key) = (service(&house).await, Dpop::new(&house));
    let ask = async |base: &str| {
        let proof = key.proof("POST", &format!("{base}{TOKEN}")).signed();
        service.call_with(Some(&proof), TOKEN, &CREDENTIALS).await
    };
    let elsewhere = "https://tokens.example";
    assert_eq!(error_of(ask(elsewhere).await), "invalid_dpop_proof");
    let base = json!({ "tokenEndpointBaseUrl": format!("{elsewhere}/") });
    house.set(base).await;
    let _ = ask(elsewhere).await.expect_status(200);
    let _ = ask(&house.url).await.expect_status(200);

    let proof = key.proof("POST", "http://evil.example/as/token.oauth2");
    let request = house.http.request(Method::POST, house.at(TOKEN));
    let request = request.basic("service", service.secret.as_deref().unwrap());
    let request = request.header("host", "evil.example").form(&CREDENTIALS);
    let reply = request.header("dpop", &proof.signed()).send().await;
    assert_eq!(error_of(reply), "invalid_dpop_proof");
}

#[tokio::test]
async fn rfc9449_4_3_1_two_headers_are_refused() {
    let it = setting_of(public()).await;
    let url = it.house.at(TOKEN);
    let mut request = it.house.http.request(Method::POST, &url);
    for _ in 0..2 {
        request = request.header("dpop", &it.key.proof("POST", &url).signed());
    }
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "0123456789012345678901234567890123456789"),
        ("client_id", "shop"),
    ];
    let reply = request.form(&form).send().await;
    assert_eq!(error_of(reply), "invalid_dpop_proof");
}

#[tokio::test]
async fn rfc9449_11_1_a_proof_is_good_once() {
    let it = setting().await;
    let service = service(&it.house).await;
    let proof = it.key.proof("POST", &it.house.at(TOKEN)).signed();
    let ask = || service.call_with(Some(&proof), TOKEN, &CREDENTIALS);
    let _ = ask().await.expect_status(200);
    assert_eq!(error_of(ask().await), "invalid_dpop_proof");

    let token = it.bound_token().await;
    let proof = it.proof_for(&token).signed();
    let authorization = format!("DPoP {token}");
    let ask = || it.shown(&authorization, Some(&proof));
    let _ = ask().await.expect_status(200);
    let again = ask().await.expect_status(401);
    assert_eq!(challenged(&again), refused("DPoP", "invalid_dpop_proof"));

    // Unless the settings say otherwise.
    let off = json!({ "dpopProofEnforceReplayPrevention": false });
    it.house.set(off).await;
    let _ = ask().await.expect_status(200);
}

#[tokio::test]
async fn rfc9449_11_1_what_was_replayed_is_told_apart() {
    let house = House::open().await;
    let signer = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwk = Value::Object(signer.jwk().to_public_value().unwrap());
    let fields = json!({
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": {
            "type": "PRIVATE_KEY_JWT",
            "secret": null,
            "enforceReplayPrevention": true,
        },
        "jwksSettings": { "jwks": json!({ "keys": [jwk] }).to_string() },
    });
    let robot = house.add_client_with("robot", fields).await;
    let (key, url) = (Dpop::new(&house), house.at(TOKEN));
    let ask = async |assertion: &str, proof: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", testkit::SignedAssertion::TYPE),
            ("client_assertion", assertion),
        ];
        let request = house.http.request(Method::POST, &url).form(&form);
        let reply = request.header("dpop", proof).send().await;
        let error = reply.json()["error"].as_str().map(str::to_owned);
        (reply.status, error.unwrap_or_default())
    };
    let assertion = || robot.assertion().signed(&signer);
    let proof = || key.proof("POST", &url).signed();
    let (first, second) = (assertion(), proof());
    assert_eq!(ask(&first, &second).await.0, 200);
    let not_believed = (401, "invalid_client".to_owned());
    assert_eq!(ask(&first, &proof()).await, not_believed);
    let replayed = (400, "invalid_dpop_proof".to_owned());
    assert_eq!(ask(&assertion(), &second).await, replayed);
    assert_eq!(ask(&first, &second).await, not_believed);
    assert_eq!(ask(&assertion(), &proof()).await.0, 200);
}

/// Setting: Require DPoP
#[tokio::test]
async fn rfc9449_5_2_a_client_that_must_prove_a_key_is_refused_without() {
    let it = setting().await;
    let service = service(&it.house).await;
    for client in ["shop", "service"] {
        let must = json!({ "requireDpop": true });
        it.house.change_client(client, must).await;
    }
    assert_eq!(
        error_of(service.token(&CREDENTIALS).await),
        "invalid_request"
    );
    let proving = service.proving(&it.key);
    let _ = proving.token(&CREDENTIALS).await.expect_status(200);

    let request = it.shop.request();
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let without = it.shop.exchange(&request, answer.code()).await;
    assert_eq!(error_of(without), "invalid_request");
    // The code is still good for a request as it should be.
    let with = it.proving().exchange(&request, answer.code()).await;
    let tokens = it.proving().tokens(&with.expect_status(200)).await;
    let without = it.shop.refresh(tokens.refresh()).await;
    assert_eq!(error_of(without), "invalid_request");
    let with = it.proving().refresh(tokens.refresh()).await;
    let _ = with.expect_status(200);
}

#[tokio::test]
async fn rfc9449_10_a_code_is_redeemed_by_the_holder_of_its_key_alone() {
    let it = setting().await;
    let request = it.shop.request().with("dpop_jkt", &it.key.jkt());
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let thief = it.shop.proving(&Dpop::new(&it.house));
    for client in [&it.shop, &thief] {
        let reply = client.exchange(&request, answer.code()).await;
        assert_eq!(error_of(reply), "invalid_grant");
    }
    let reply = it.proving().exchange(&request, answer.code()).await;
    let _ = reply.expect_status(200);
}

#[tokio::test]
async fn rfc9449_10_a_dpop_jkt_that_is_none_is_told_to_the_client() {
    let it = setting().await;
    let request = it.shop.request().with("dpop_jkt", "none");
    let reply = it.house.http.get(request.url()).await;
    let answer = testkit::Answer::of(&reply);
    assert_eq!(answer.error(), "invalid_request");
    let description = answer.value("error_description").unwrap();
    assert!(description.contains("dpop_jkt"), "{description}");
}

#[tokio::test]
async fn rfc9449_5_a_public_client_s_refresh_token_is_bound_to_its_key() {
    let it = setting_of(public()).await;
    let shop = it.proving();
    let reply = it.redeemed(&shop, &[]).await.expect_status(200);
    let tokens = shop.tokens(&reply).await;
    let thief = it.shop.proving(&Dpop::new(&it.house));
    for client in [&it.shop, &thief] {
        let reply = client.refresh(tokens.refresh()).await;
        assert_eq!(error_of(reply), "invalid_grant");
    }
    let renewed = shop.refresh(tokens.refresh()).await.expect_status(200);
    let second = shop.tokens(&renewed).await;
    // A spent one in the thief's hand ends nothing.
    let reply = thief.refresh(tokens.refresh()).await;
    assert_eq!(error_of(reply), "invalid_grant");
    let _ = shop.refresh(second.refresh()).await.expect_status(200);
}
