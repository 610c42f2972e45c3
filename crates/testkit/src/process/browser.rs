//! A person's browser: cookies, forms, redirects within the server.

use std::collections::BTreeMap;

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Client, Method};
use url::form_urlencoded;

use super::relying_party::one_time_code;

/// Redirects and pages that a sign-on takes at the most.
const STEPS: usize = 12;

/// Who signs on.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name with which they sign on.
    pub name: String,
    /// Their password.
    pub password: String,
    /// The secret of their authenticator app in base 32, if they have one.
    pub totp_secret: Option<String>,
}

impl Person {
    /// Someone with a password and nothing else.
    pub fn new(name: &str, password: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: password.to_owned(),
            totp_secret: None,
        }
    }
}

/// What a browser was answered.
#[derive(Clone, Debug)]
pub struct Page {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Page {
    /// A header's value, empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }

    /// Where it sends the browser, if it does.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).map(|it| it.to_str().unwrap())
    }

    /// A parameter of the address to which it sends the browser.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let location = self.location()?;
        let (_, query) = location.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let found = pairs.find(|(known, _)| known == name)?;
        Some(found.1.into_owned())
    }

    /// Whether it shows the form with this id.
    pub fn shows(&self, form: &str) -> bool {
        self.body.contains(&format!("<form id=\"{form}\""))
    }

    /// An attribute of the first element that begins like this.
    fn attribute(&self, element: &str, name: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(element)?;
        let (element, _) = rest.split_once('>')?;
        let (_, value) = element.split_once(&format!("{name}=\""))?;
        let (value, _) = value.split_once('"')?;
        Some(value.replace("&#x2f;", "/").replace("&amp;", "&"))
    }

    /// Where its first form goes.
    pub fn action(&self) -> String {
        let action = self.attribute("<form", "action");
        action.unwrap_or_else(|| panic!("no form in {self:?}"))
    }

    /// The value of the button that sends its first form.
    fn button(&self) -> String {
        let value = self.attribute("id=\"submit\"", "value");
        value.unwrap_or_default()
    }

    /// The value of its field `csrf_token`.
    pub fn csrf_token(&self) -> String {
        let token = self.attribute("name=\"csrf_token\"", "value");
        token.unwrap_or_else(|| panic!("no token in {self:?}"))
    }
}

/// A browser.
#[derive(Clone)]
pub struct Browser {
    http: Client,
    origin: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// One without cookies, on a server with this URL.
    pub fn new(http: Client, origin: &str) -> Self {
        Self {
            http,
            origin: origin.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    /// The value of a cookie that it has.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// The names and values of all cookies that it has.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let cookies = self.cookies.iter();
        cookies.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same browser with other connections.
    #[must_use]
    pub fn over(self, http: Client) -> Self {
        Self { http, ..self }
    }

    /// Opens an address.
    pub async fn get(&mut self, address: &str) -> Result<Page, reqwest::Error> {
        self.request(Method::GET, address, None).await
    }

    /// Submits a form.
    pub async fn post(
        &mut self,
        address: &str,
        fields: &[(&str, &str)],
    ) -> Result<Page, reqwest::Error> {
        let form = form(fields);
        self.request(Method::POST, address, Some(form)).await
    }

    async fn request(
        &mut self,
        method: Method,
        address: &str,
        form: Option<String>,
    ) -> Result<Page, reqwest::Error> {
        let address = match address.starts_with('/') {
            true => format!("{}{address}", self.origin),
            false => address.to_owned(),
        };
        let cookies = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<String> = cookies.collect();
        let mut request = self
            .http
            .request(method, address)
            .header(ACCEPT, "text/html");
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(form) = form {
            let request_type = "application/x-www-form-urlencoded";
            request = request.header(CONTENT_TYPE, request_type).body(form);
        }
        let answer = request.send().await?;
        self.remember(answer.headers());
        Ok(Page {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.text().await?,
        })
    }

    fn remember(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let pair = cookie.split(';').next().and_then(|it| it.split_once('='));
            let (name, value) = pair.unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Opens an address and follows redirects as long as they stay on the server.
    pub async fn open(&mut self, address: &str) -> Result<Page, reqwest::Error> {
        let first = self.get(address).await?;
        self.follow(first).await
    }

    /// Follows redirects as long as they stay on the server.
    pub async fn follow(&mut self, mut page: Page) -> Result<Page, reqwest::Error> {
        for _ in 0..STEPS {
            let inside = page.location().filter(|it| it.starts_with('/'));
            let Some(next) = inside.map(str::to_owned) else {
                return Ok(page);
            };
            page = self.get(&next).await?;
        }
        panic!("redirected for ever: {page:?}");
    }

    /// Fills in the form of a page and follows where that leads.
    pub async fn submit(
        &mut self,
        page: &Page,
        fields: &[(&str, &str)],
    ) -> Result<Page, reqwest::Error> {
        let (token, button) = (page.csrf_token(), page.button());
        let mut all = vec![("csrf_token", &*token), ("action", &*button)];
        all.extend(fields);
        let answer = self.post(&page.action(), &all).await?;
        self.follow(answer).await
    }

    /// Opens an address and signs on: the answer is what leads back out, or the page on which it
    /// goes no further.
    pub async fn sign_on(
        &mut self,
        address: &str,
        person: &Person,
    ) -> Result<Page, reqwest::Error> {
        let page = self.open(address).await?;
        if !page.shows("sign-on") {
            return Ok(page);
        }
        let fields = [("username", &*person.name), ("password", &*person.password)];
        let page = self.submit(&page, &fields).await?;
        match &person.totp_secret {
            Some(secret) if page.shows("one-time-code") => {
                let code = one_time_code(secret, 0);
                self.submit(&page, &[("otp", &code)]).await
            }
            _ => Ok(page),
        }
    }
}

/// Fields as a form sends them.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).finish()
}
