//! A journey on which everything secret is said once, rightly and wrongly.

use data_encoding::BASE64;
use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use reqwest::Client;
use serde_json::{Value, json};
use testkit::process::{
    Browser, Page, Person, RelyingParty, Server, Speech, http, now, one_time_code,
};

use crate::search::Secrets;
use crate::{
    ADMIN_MADE, ADMINISTRATOR, BOB, CLIENT, NEAR_MISS, NEW_PASSWORD, PASSWORD, TOTP, WRONG_CLIENT,
};

/// The whole journey over one version of HTTP.
pub(crate) async fn travel(
    server: &Server,
    speech: Speech,
    party: RelyingParty,
    first: bool,
) -> Secrets {
    let http = http(&server.certificate(), speech);
    let mut journey = Journey {
        server,
        http: http.clone(),
        party: RelyingParty { http, ..party },
        secrets: Secrets::default(),
    };
    for (what, secret) in [
        ("administrator's password", ADMINISTRATOR),
        ("password", PASSWORD),
        ("wrong password", NEAR_MISS),
        ("new password", NEW_PASSWORD),
        ("password of bob", BOB),
        ("client secret", CLIENT),
        ("wrong client secret", WRONG_CLIENT),
        ("secret made by an administrator", ADMIN_MADE),
        ("totp secret", TOTP),
    ] {
        journey.secrets.note(what, secret);
    }
    let verifier = if first { "v" } else { "u" };
    let verifier = format!("{}erifier", verifier.repeat(40));
    let (mut browser, code) = journey.sign_on(&verifier).await;
    journey.misuse_bodies(&code).await;
    let tokens = journey.redeem(&code, &verifier).await;
    let id_token = tokens.2.clone();
    journey.use_tokens(tokens).await;
    if first {
        journey.assert_identity().await;
        journey.manage_account().await;
        journey.administer().await;
    }
    let logout = format!("/idp/init_logout.openid?id_token_hint={id_token}");
    browser.open(&logout).await.unwrap();
    journey.secrets
}

/// A journey and the secrets that came up on it.
struct Journey<'a> {
    server: &'a Server,
    http: Client,
    party: RelyingParty,
    secrets: Secrets,
}

impl Journey<'_> {
    fn browser(&self) -> Browser {
        Browser::new(self.http.clone(), self.server.url())
    }

    /// Notes what a browser was given.
    fn note_cookies(&mut self, browser: &Browser) {
        for (name, value) in browser.cookies() {
            self.secrets.note(name, value);
        }
    }

    fn note_form(&mut self, page: &Page) {
        self.secrets.note("csrf token", &page.csrf_token());
    }

    /// Fills in the sign-on form in every wrong way and then in the right one.
    async fn sign_on(&mut self, verifier: &str) -> (Browser, String) {
        self.secrets.note("code verifier", verifier);
        let mut browser = self.browser();
        let address = self.party.authorization(verifier, &[]);
        let page = browser.open(&address).await.unwrap();
        self.note_form(&page);
        self.note_cookies(&browser);
        for (name, password) in [
            ("alice", NEAR_MISS),
            // People type passwords where the name belongs.
            (PASSWORD, PASSWORD),
            (PASSWORD, ""),
        ] {
            let fields = [("username", name), ("password", password)];
            let again = browser.submit(&page, &fields).await.unwrap();
            assert!(again.shows("sign-on"), "{again:?}");
        }
        let fields = [("username", "alice"), ("password", PASSWORD)];
        let page = browser.submit(&page, &fields).await.unwrap();
        assert!(page.shows("one-time-code"), "{page:?}");
        let wrong = browser.submit(&page, &[("otp", NEAR_MISS)]).await.unwrap();
        assert!(wrong.shows("one-time-code"), "{wrong:?}");
        // A later step, so that the next sign-on within half a minute can use one after it.
        let code = one_time_code(TOTP, i64::from(!verifier.starts_with('v')));
        let done = browser.submit(&page, &[("otp", &code)]).await.unwrap();
        let code = done.parameter("code").unwrap_or_else(|| panic!("{done:?}"));
        self.secrets.note("code", &code);
        self.note_cookies(&browser);
        (browser, code)
    }

    /// Calls the token endpoint, and notes what it answers.
    async fn tokens(&mut self, fields: &[(&str, &str)], status: u16) -> Value {
        let reply = self.party.post("/as/token.oauth2", fields).await.unwrap();
        assert_eq!(reply.status, status, "{reply:?}");
        for name in ["access_token", "refresh_token", "id_token"] {
            if !reply.text(name).is_empty() {
                self.secrets.note(name, reply.text(name));
            }
        }
        reply.json
    }

    /// Exchanges a code, wrongly and rightly, and one that was exchanged.
    async fn redeem(&mut self, code: &str, verifier: &str) -> (String, String, String) {
        let wrong_verifier = "w".repeat(43);
        let fields = |verifier: &str| {
            let uri = self.party.redirect_uri.clone();
            [
                ("grant_type", "authorization_code".to_owned()),
                ("code", code.to_owned()),
                ("redirect_uri", uri),
                ("code_verifier", verifier.to_owned()),
            ]
        };
        let (wrong, right) = (fields(&wrong_verifier), fields(verifier));
        let [wrong, right] = [&wrong, &right].map(|it| it.each_ref().map(|(n, v)| (*n, &**v)));
        self.secrets.note("wrong verifier", &wrong_verifier);
        self.tokens(&wrong, 400).await;
        let stranger = RelyingParty {
            secret: Some(WRONG_CLIENT.to_owned()),
            ..self.party.clone()
        };
        let refused = stranger.post("/as/token.oauth2", &right).await.unwrap();
        assert_eq!(refused.status, 401);
        let tokens = self.tokens(&right, 200).await;
        let text = |name: &str| tokens.get(name).unwrap().as_str().unwrap().to_owned();
        (
            text("access_token"),
            text("refresh_token"),
            text("id_token"),
        )
    }

    /// Shows tokens everywhere that they belong, and everywhere that they do not.
    async fn use_tokens(&mut self, (access, refresh, id): (String, String, String)) {
        let party = self.party.clone();
        for token in [&access, &refresh, &id] {
            party.introspect(token).await.unwrap();
            party.introspect(&format!("{token}x")).await.unwrap();
        }
        let url = format!("{}/idp/userinfo.openid", party.issuer);
        for token in [access.clone(), format!("{access}x"), refresh.clone()] {
            let request = self.http.get(&url).bearer_auth(token);
            request.send().await.unwrap();
        }
        for query in [
            format!("/idp/userinfo.openid?access_token={access}"),
            format!("/as/token.oauth2?grant_type=refresh_token&refresh_token={refresh}"),
            format!("/as/authorization.oauth2?client_id={refresh}&client_secret={access}"),
            format!("/idp/init_logout.openid?id_token_hint={id}x"),
            format!("/nowhere?access_token={access}"),
        ] {
            self.browser().get(&query).await.unwrap();
        }
        let renew = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &*refresh),
        ];
        let renewed = self.tokens(&renew, 200).await;
        self.tokens(&renew, 400).await;
        let twice = [renew[0], renew[1], renew[1]];
        self.tokens(&twice, 400).await;
        let renewed = renewed.get("access_token").unwrap().as_str().unwrap();
        let revoked = [("token", renewed)];
        let revoked = party.post("/as/revoke_token.oauth2", &revoked).await;
        assert_eq!(revoked.unwrap().status, 200);
    }

    /// Sends secrets in bodies that cannot be read.
    async fn misuse_bodies(&self, code: &str) {
        let form = "application/x-www-form-urlencoded";
        let json = json!({ "code": code, "client_secret": CLIENT }).to_string();
        for (content_type, body) in [
            ("application/json", json.clone()),
            (form, json),
            (
                form,
                format!("grant_type=authorization_code&code={code}&code={code}"),
            ),
            (form, format!("client_secret={CLIENT}%zz&code=%ff{code}")),
            (
                form,
                format!("client_id=shop&client_secret={code}&client_assertion={code}"),
            ),
        ] {
            let url = format!("{}/as/token.oauth2", self.server.url());
            let request = self.http.post(url).header("content-type", content_type);
            let refused = request.body(body).send().await.unwrap();
            assert!(refused.status().is_client_error(), "{refused:?}");
        }
        let url = format!("{}/as/token.oauth2", self.server.url());
        for credentials in [format!("Basic {CLIENT}x"), format!("Bearer {code}")] {
            let credentials = credentials.replace('"', "");
            let request = self.http.post(&url).header("authorization", credentials);
            request.send().await.unwrap();
        }
    }

    /// Authenticates with an assertion: rightly, again, and with a broken signature.
    async fn assert_identity(&mut self) {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let public = key.jwk().public().unwrap().to_public_value();
        let file = self.server.data_dir().join("../jwks.json");
        std::fs::write(&file, json!({ "keys": [public] }).to_string()).unwrap();
        let jwks = [
            "--jwks",
            file.to_str().unwrap(),
            "--grant",
            "client_credentials",
        ];
        let robot = self.server.add_client("robot", None, &jwks).await;
        let claims = json!({
            "iss": "robot", "sub": "robot", "aud": robot.issuer,
            "jti": "a jti that is not secret", "exp": now() + 120,
        });
        let assertion = sign_compact(&key, Header::new(), claims.to_string().as_bytes());
        let assertion = assertion.unwrap();
        self.secrets.note("assertion", &assertion);
        let broken = format!("{assertion}AAAA");
        for (assertion, status) in [(&broken, 401), (&assertion, 200), (&assertion, 401)] {
            let fields = [
                ("grant_type", "client_credentials"),
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ),
                ("client_assertion", assertion.as_str()),
            ];
            let reply = robot.post("/as/token.oauth2", &fields).await.unwrap();
            assert_eq!(reply.status, status, "{reply:?}");
            if status == 200 {
                self.secrets
                    .note("access_token", reply.text("access_token"));
            }
        }
    }

    /// Does at the account what takes passwords and shows secrets.
    async fn manage_account(&mut self) {
        let mut browser = self.browser();
        let bob = Person::new("bob", BOB);
        let signed_on = browser.sign_on("/account", &bob).await.unwrap();
        assert_eq!(signed_on.status, 200, "{signed_on:?}");
        self.note_cookies(&browser);
        let page = browser.get("/account/devices/new/totp").await.unwrap();
        let page = browser.submit(&page, &[]).await.unwrap();
        let (_, rest) = page
            .body
            .split_once("<code id=\"secret\"")
            .expect("a secret");
        let (_, rest) = rest.split_once('>').unwrap();
        let (shown, _) = rest.split_once('<').unwrap();
        let secret: String = shown.split_whitespace().collect();
        self.secrets.note("shown totp secret", &secret);
        self.secrets.note("shown totp secret in groups", shown);
        let set_up = [("otp", &*one_time_code(&secret.to_uppercase(), 0))];
        browser.submit(&page, &set_up).await.unwrap();
        let page = browser.get("/account/password").await.unwrap();
        self.note_form(&page);
        for (current, new, confirm) in [
            (NEAR_MISS, NEW_PASSWORD, NEW_PASSWORD),
            (BOB, NEW_PASSWORD, NEAR_MISS),
            (BOB, NEW_PASSWORD, NEW_PASSWORD),
        ] {
            let fields = [
                ("current_password", current),
                ("new_password", new),
                ("confirm", confirm),
            ];
            browser.submit(&page, &fields).await.unwrap();
        }
        let set = ["user", "set-password", "bob", "--password-stdin"];
        self.server.command(&set, BOB).await.succeeded();
    }

    /// Administers a client: rightly, wrongly, and with wrong credentials.
    async fn administer(&mut self) {
        let url = format!("{}/pf-admin-api/v1/oauth/clients", self.server.admin_url());
        let client = json!({
            "clientId": "made", "name": "Made", "grantTypes": ["CLIENT_CREDENTIALS"],
            "clientAuth": { "type": "SECRET", "secret": ADMIN_MADE },
        });
        let broken =
            json!({ "clientId": 7, "clientAuth": { "secret": ADMIN_MADE }, ADMIN_MADE: 1 });
        for (password, body, status) in [
            (NEAR_MISS, client.to_string(), 401),
            (ADMINISTRATOR, format!("{client}x"), 400),
            (ADMINISTRATOR, broken.to_string(), 422),
            (ADMINISTRATOR, client.to_string(), 201),
            (ADMINISTRATOR, client.to_string(), 422),
        ] {
            let credentials = BASE64.encode(format!("Administrator:{password}").as_bytes());
            let request = self.http.post(&url).body(body.clone());
            let answer = request
                .header("authorization", format!("Basic {credentials}"))
                .header("content-type", "application/json")
                .header("x-xsrf-header", "PingFederate")
                .send();
            let answer = answer.await.unwrap();
            let (got, text) = (answer.status().as_u16(), answer.text().await.unwrap());
            assert!(
                got == status || status == 422 && got == 400,
                "{body}: {got} {text}"
            );
        }
    }
}
