//! An application that shows its own pages, and what tests of it have in common.

use http::Method;
use serde_json::{Value, json};
use testkit::{AuthorizationRequest, Browser, House, Person, RelyingParty, Reply};

/// The member of an answer, and the header of a request, for clients without cookies.
pub(super) const STATE: &str = "_pf_authn_api_state";
pub(super) const STATE_HEADER: &str = "X-Pf-Authn-Api-State";

/// A server whose authentication API is switched on.
pub(super) async fn house() -> House {
    let house = House::open().await;
    allow(&house, json!({})).await;
    house
}

/// Switches the authentication API on, with other settings.
pub(super) async fn allow(house: &House, settings: Value) {
    let mut all = json!({ "apiEnabled": true });
    for (name, value) in settings.as_object().unwrap() {
        all[name] = value.clone();
    }
    let administration = house.administration();
    let set = administration.put("/authenticationApi/settings", &all);
    let _ = set.await.expect_status(200);
}

/// A client that may be answered without redirects, with other fields.
pub(super) async fn client(house: &House, id: &str, fields: Value) -> RelyingParty {
    let mut all = json!({
        "allowAuthenticationApiInit": true,
        "restrictedScopes": ["openid", "profile"],
    });
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    house.add_client_with(id, all).await
}

/// The request of a client that wants to be answered itself.
pub(super) fn redirectless(client: &RelyingParty) -> AuthorizationRequest {
    let request = client.request().with("response_mode", "pi.flow");
    request.without("redirect_uri")
}

/// An application in the middle of a flow.
pub(super) struct Application {
    pub(super) url: String,
    /// The browser, or whatever else keeps cookies.
    pub(super) browser: Browser,
    /// The flow.
    pub(super) id: String,
    /// What was answered last.
    pub(super) answer: Value,
    /// What it holds in place of cookies, if it was given something.
    pub(super) state: Option<String>,
}

impl Application {
    pub(super) fn new(house: &House) -> Self {
        Self {
            url: house.url.clone(),
            browser: house.browser(),
            id: String::new(),
            answer: Value::Null,
            state: None,
        }
    }

    /// An application that has begun a flow.
    pub(super) async fn started(house: &House, request: &AuthorizationRequest) -> Self {
        let mut application = Self::new(house);
        application.start(request).await;
        application
    }

    /// Begins a flow at another address than that for authorization requests.
    pub(super) async fn start_at(&mut self, address: &str) {
        self.state = None;
        let reply = self.browser.get(address).await;
        self.note(&reply.expect_status(200));
    }

    /// Begins a flow.
    pub(super) async fn start(&mut self, request: &AuthorizationRequest) {
        let reply = self.browser.get(&request.url()).await;
        assert!(reply.header("location").is_none(), "nobody is sent away");
        self.note(&reply.expect_status(200));
    }

    /// Goes on with a flow that a browser was led to.
    pub(super) fn taking_over(house: &House, browser: Browser, page: &Reply) -> Self {
        let mut led = page
            .location()
            .query_pairs()
            .into_owned()
            .collect::<Vec<_>>();
        let (name, id) = led.pop().unwrap();
        assert_eq!(name, "flowId");
        Self {
            browser,
            id,
            ..Self::new(house)
        }
    }

    fn note(&mut self, reply: &Reply) {
        self.answer = reply.json();
        if let Some(id) = self.answer["id"].as_str() {
            id.clone_into(&mut self.id);
        }
        if let Some(state) = self.answer[STATE].as_str() {
            self.state = Some(state.to_owned());
        }
    }

    /// A request about the flow, as an application makes it.
    pub(super) fn request(&self, method: Method) -> testkit::Request {
        let address = format!("{}/pf-ws/authn/flows/{}", self.url, self.id);
        let request = self.browser.request(method, &address);
        let request = request.header("x-xsrf-header", "PingFederate");
        match &self.state {
            Some(state) => request.header(STATE_HEADER, state),
            None => request,
        }
    }

    /// Asks where the flow is.
    pub(super) async fn read(&mut self) -> Reply {
        let reply = self.browser.send(self.request(Method::GET)).await;
        self.note(&reply);
        reply
    }

    /// Acts, and keeps what is answered.
    pub(super) async fn act(&mut self, action: &str, body: Value) -> Reply {
        let media_type = format!("application/vnd.pingidentity.{action}+json");
        let request = self.request(Method::POST);
        let request = request.body(&media_type, body.to_string());
        let reply = self.browser.send(request).await;
        self.note(&reply);
        reply
    }

    /// Presents a person's password.
    pub(super) async fn enter_password(&mut self, person: &Person) -> Reply {
        let body = json!({ "username": person.username, "password": person.password });
        self.act("checkUsernamePassword", body).await
    }

    pub(super) async fn enter_code(&mut self, code: &str) -> Reply {
        self.act("checkOtp", json!({ "otp": code })).await
    }

    /// The state of the flow.
    pub(super) fn status(&self) -> &str {
        self.answer["status"].as_str().unwrap_or_default()
    }

    /// The actions that it offers, in alphabetical order.
    pub(super) fn offered(&self) -> Vec<&str> {
        let links = self.answer["_links"].as_object().unwrap();
        let names = links.keys().map(String::as_str);
        let mut names: Vec<&str> = names.filter(|name| *name != "self").collect();
        names.sort_unstable();
        names
    }

    /// The code that the client was given.
    #[track_caller]
    pub(super) fn code(&self) -> &str {
        assert_eq!(self.status(), "COMPLETED", "{}", self.answer);
        self.answer["authorizeResponse"]["code"].as_str().unwrap()
    }
}

/// Asserts what an error says: its status, its code, and the code of its detail.
#[track_caller]
pub(super) fn refused(reply: &Reply, status: u16, code: &str, detail: &str) {
    let error = reply.json();
    assert_eq!(reply.status, status, "{error}");
    assert_eq!(error["code"], code, "{error}");
    let details = error["details"][0]["code"].as_str();
    assert_eq!(details.unwrap_or_default(), detail, "{error}");
    assert!(error.get("status").is_none(), "an error is no state");
    assert!(error["message"].is_string(), "{error}");
}
