//! Requests as tests make them: no redirect is followed, nothing is retried, everything is kept.

use std::time::Duration;

use http::{HeaderMap, Method};
use serde_json::Value;
use url::Url;

use crate::html::Form;

/// Makes requests; clones share their connections.
#[derive(Clone)]
pub struct Http(reqwest::Client);

impl Default for Http {
    fn default() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests reach nothing but the server on the loopback interface"
        )]
        let builder = reqwest::Client::builder();
        let client = builder
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build();
        Self(client.unwrap())
    }
}

impl Http {
    /// A request to `url`, to be completed and sent.
    pub fn request(&self, method: Method, url: impl AsRef<str>) -> Request {
        let url = Url::parse(url.as_ref()).unwrap();
        assert!(
            matches!(url.host_str(), Some("127.0.0.1")),
            "tests never leave the machine: {url}"
        );
        Request {
            builder: self.0.request(method, url.clone()),
            url,
        }
    }

    /// A `GET`.
    pub async fn get(&self, url: impl AsRef<str>) -> Reply {
        self.request(Method::GET, url).send().await
    }

    /// A `POST` of a form.
    pub async fn post(&self, url: impl AsRef<str>, form: &[(&str, &str)]) -> Reply {
        self.request(Method::POST, url).form(form).send().await
    }
}

/// A request that has not been sent yet.
pub struct Request {
    builder: reqwest::RequestBuilder,
    url: Url,
}

impl Request {
    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// With a form as its body.
    #[must_use]
    pub fn form(self, form: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// With a JSON document as its body.
    #[must_use]
    pub fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    /// With any body.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.builder = self
            .builder
            .header("content-type", media_type)
            .body(body.into());
        self
    }

    /// With HTTP Basic credentials (RFC 7617).
    #[must_use]
    pub fn basic(self, name: &str, password: &str) -> Self {
        let credentials = data_encoding::BASE64.encode(format!("{name}:{password}").as_bytes());
        self.header("authorization", &format!("Basic {credentials}"))
    }

    /// With a bearer token (RFC 6750 §2.1).
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Sends it.
    pub async fn send(self) -> Reply {
        self.try_send().await.expect("the server answers")
    }

    /// Sends it; `None` when the connection was closed without an answer.
    pub async fn try_send(self) -> Option<Reply> {
        let response = self.builder.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.ok()?;
        Some(Reply {
            status,
            headers,
            url: self.url,
            body: body.into(),
        })
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status code.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// What was asked for.
    pub url: Url,
    /// Its body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Fails the test unless this is the status.
    #[must_use]
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        let (url, body) = (&self.url, self.text());
        assert_eq!(self.status, status, "{url}: {:?}\n{body}", self.headers);
        self
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("the body is UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// The value of a header that appears at most once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        assert!(values.next().is_none(), "{name} appears twice");
        Some(value)
    }

    /// Every value of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values.filter_map(|value| value.to_str().ok()).collect()
    }

    /// Where a redirect leads, absolute.
    #[track_caller]
    pub fn location(&self) -> Url {
        let location = self.header("location");
        let location =
            location.unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.text()));
        self.url.join(location).unwrap()
    }

    /// The form with this id.
    #[track_caller]
    pub fn form(&self, id: &str) -> Form {
        let form = Form::find(&self.text(), id);
        form.unwrap_or_else(|| panic!("no form {id}: {} {}", self.status, self.text()))
    }

    /// Whether there is a form with this id.
    pub fn has_form(&self, id: &str) -> bool {
        Form::find(&self.text(), id).is_some()
    }

    /// The text of the page's title before the brand.
    pub fn title(&self) -> String {
        let text = self.text();
        let title = text
            .split_once("<title>")
            .and_then(|(_, rest)| rest.split_once("</title>"))
            .map(|(title, _)| crate::html::unescape(title))
            .unwrap_or_default();
        title.split(" · ").next().unwrap_or_default().to_owned()
    }

    /// The text of the alert on a page, if there is one.
    pub fn alert(&self) -> Option<String> {
        let text = self.text();
        let (_, alert) = text.split_once("role=\"alert\"")?;
        let (_, words) = alert.split_once("<p>")?;
        words
            .split_once("</p>")
            .map(|(words, _)| crate::html::unescape(words))
    }
}
