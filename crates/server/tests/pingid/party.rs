//! A relying party that was written for PingID: it has its `pingid.properties`, and nothing else.

use aws_lc_rs::hmac;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::Method;
use serde_json::{Value, json};
use testkit::{Browser, House, Reply};

/// The address to which answers are posted.
pub(super) const RETURN_URL: &str = "https://sso.connect.pingidentity.com/sso/ppm/ID601c46187df0ece3fda608ed1d06e23c179c061347ce909b01";

/// A relying party, and where its organisation is administered.
pub(super) struct Party<'h> {
    pub(super) house: &'h House,
    /// `/pingid`, or that of an environment.
    path: String,
    /// `org_alias`
    pub(super) alias: String,
    /// `use_base64_key`, decoded.
    pub(super) key: Vec<u8>,
    token: String,
}

fn property(properties: &str, name: &str) -> String {
    let mut lines = properties.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap().replace('\\', "")
}

impl<'h> Party<'h> {
    /// One whose people are those of the server itself.
    pub(super) async fn of(house: &'h House) -> Self {
        Self::at(house, "/pingid".to_owned()).await
    }

    /// One whose people are those behind `/v1{path}`.
    pub(super) async fn at(house: &'h House, path: String) -> Self {
        let mut party = Self {
            house,
            path,
            alias: String::new(),
            key: Vec::new(),
            token: String::new(),
        };
        let hosts = ["sso.connect.pingidentity.com", "http://httpbin.org"];
        party.set(json!({ "returnHosts": hosts })).await;
        party.read_properties().await;
        party
    }

    /// Sets the organisation.
    pub(super) async fn set(&self, settings: Value) {
        let set = self.administer(Method::PUT, "", Some(settings)).await;
        let _ = set.expect_status(200);
    }

    /// Makes another key, which this one does not read yet.
    pub(super) async fn rotate(&self, body: Value) {
        let rotated = self.administer(Method::POST, "/keys", Some(body)).await;
        let _ = rotated.expect_status(201);
    }

    /// Reads its file.
    pub(super) async fn read_properties(&mut self) {
        let read = self.administer(Method::GET, "/properties", None).await;
        let file = read.expect_status(200).text();
        self.alias = property(&file, "org_alias");
        self.token = property(&file, "token");
        let key = property(&file, "use_base64_key");
        self.key = BASE64.decode(key.as_bytes()).unwrap();
    }

    /// What it shows beside its signature.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    async fn administer(&self, method: Method, below: &str, body: Option<Value>) -> Reply {
        let administration = self.house.administration();
        let url = format!("{}/v1{}{below}", self.house.admin_url, self.path);
        let request = self.house.http.request(method, url);
        let request = request.basic(&administration.name, &administration.password);
        match body {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }

    /// The time now, in seconds.
    pub(super) fn now(&self) -> i64 {
        self.house.now().seconds()
    }

    /// A request for somebody to sign on.
    pub(super) fn request(&self, username: &str) -> Value {
        let number = NUMBERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        json!({
            "iss": "PingFed",
            "sub": username,
            "aud": "pingidauthenticator",
            "nonce": format!("nonce-{number}"),
            "exp": self.now() + 600,
            "iat": self.now(),
            "jti": format!("jti-{number}"),
            "idpAccountId": self.alias,
            "returnUrl": RETURN_URL,
            "attributes": [{ "name": "isUserAuthenticated", "value": "true" }],
        })
    }

    /// A request for somebody to set up a key.
    pub(super) fn registration(&self, username: &str, kind: &str) -> Value {
        let mut request = self.request(username);
        request["aud"] = json!("md");
        request["jti"] = json!("");
        request["returnUrl"] = json!("http://httpbin.org/post");
        request["attributes"] = json!([{ "name": "webauthnEnrollmentType", "value": kind }]);
        request
    }

    /// A JWS with this algorithm.
    pub(super) fn signed_by(&self, payload: &Value, algorithm: &str) -> String {
        let header = json!({
            "alg": algorithm, "typ": "JWT", "org_alias": self.alias, "token": self.token,
        });
        self.signed_under(&header, payload)
    }

    /// A JWS with this header.
    pub(super) fn signed_under(&self, header: &Value, payload: &Value) -> String {
        let [header_part, payload] =
            [header, payload].map(|part| BASE64URL_NOPAD.encode(part.to_string().as_bytes()));
        let input = format!("{header_part}.{payload}");
        let with = match header["alg"].as_str() {
            Some("HS384") => hmac::HMAC_SHA384,
            Some("HS512") => hmac::HMAC_SHA512,
            _ => hmac::HMAC_SHA256,
        };
        let signature = hmac::sign(&hmac::Key::new(with, &self.key), input.as_bytes());
        format!("{input}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }

    /// A JWS.
    pub(super) fn signed(&self, payload: &Value) -> String {
        self.signed_by(payload, "HS256")
    }

    /// Posts a request through a browser, to sign on.
    pub(super) async fn ask(&self, browser: &mut Browser, request: &Value) -> Reply {
        let request = self.signed(request);
        self.post(browser, "/pingid/ppm/auth", &request).await
    }

    /// The same to another endpoint.
    pub(super) async fn post(&self, browser: &mut Browser, path: &str, request: &str) -> Reply {
        let account = match path.contains("registration") {
            true => "orgUuid",
            false => "idp_account_id",
        };
        let form = [
            (account, self.alias.as_str()),
            ("iss", "PingFed"),
            ("ppm_request", request),
        ];
        // Events are told apart by their time.
        self.house.advance(std::time::Duration::from_millis(1));
        let reply = browser.post_cross_site(path, &form).await;
        browser.follow(reply).await
    }

    /// The answer that a page posts back, which is the organisation's.
    #[track_caller]
    pub(super) fn answer(&self, page: &Reply) -> Value {
        assert_eq!(page.status, 200, "{}", page.text());
        let form = page.form("form-post");
        assert_eq!(form.method, "post");
        let token = form.value("ppm_response").unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let (header, payload) = input.split_once('.').unwrap();
        let [header, payload] = [header, payload].map(|part| {
            let part = BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
            serde_json::from_slice::<Value>(&part).unwrap()
        });
        let algorithm = match header["alg"].as_str().unwrap() {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            _ => hmac::HMAC_SHA512,
        };
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        let key = hmac::Key::new(algorithm, &self.key);
        hmac::verify(&key, input.as_bytes(), &signature).unwrap();
        assert_eq!(header["org_alias"], self.alias);
        assert_eq!(form.action, payload["dst"]);
        payload
    }

    /// The same of a failure: its code.
    #[track_caller]
    pub(super) fn code(&self, page: &Reply) -> String {
        let answer = self.answer(page);
        assert_eq!(answer["status"], "failure", "{answer}");
        answer["errorCode"].as_str().unwrap_or_default().to_owned()
    }
}

static NUMBERS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

/// What a page has a browser be asked for.
pub(super) fn options(page: &Reply) -> Value {
    let text = page.text();
    let (_, rest) = text
        .split_once("data-webauthn=\"")
        .unwrap_or_else(|| panic!("{text}"));
    let (options, _) = rest.split_once('"').unwrap();
    serde_json::from_str(&testkit::html::unescape(options)).unwrap()
}

/// Another attribute of a request.
pub(super) fn with_attribute(mut request: Value, name: &str, value: Value) -> Value {
    let attributes = request["attributes"].as_array_mut().unwrap();
    attributes.retain(|it| it["name"] != name);
    let mut attribute = json!({ "name": name });
    attribute["value"] = value;
    attributes.push(attribute);
    request
}
