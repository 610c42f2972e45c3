//! A browser as far as the server can tell: cookies, redirects, forms.

use std::collections::BTreeMap;

use http::Method;
use url::Url;

use crate::html::Form;
use crate::http::{Http, Reply, Request};

/// A browser with its own cookies. It follows a redirect only when told to, runs no scripts, and
/// never fetches another host.
pub struct Browser {
    http: Http,
    home: Url,
    cookies: BTreeMap<String, Cookie>,
    /// Sent with every request.
    headers: Vec<(String, String)>,
}

/// A cookie as the server set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Its value.
    pub value: String,
    /// Its attributes, as written.
    pub attributes: Vec<String>,
}

impl Browser {
    /// A browser without cookies at `home`, the server's address.
    pub fn new(http: Http, home: &str) -> Self {
        Self {
            http,
            home: Url::parse(home).unwrap(),
            cookies: BTreeMap::new(),
            headers: Vec::new(),
        }
    }

    /// The browser with a header that it sends with every request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The cookie of this name.
    pub fn cookie(&self, name: &str) -> Option<&Cookie> {
        self.cookies.get(name)
    }

    /// The cookies whose names begin like this.
    pub fn cookies(&self, prefix: &str) -> Vec<(&str, &Cookie)> {
        let cookies = self.cookies.iter();
        cookies
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, cookie)| (name.as_str(), cookie))
            .collect()
    }

    /// Puts a cookie into the browser, as somebody who can would.
    pub fn plant(&mut self, name: &str, value: &str) {
        let cookie = Cookie {
            value: value.to_owned(),
            attributes: Vec::new(),
        };
        self.cookies.insert(name.to_owned(), cookie);
    }

    /// Removes a cookie.
    pub fn forget(&mut self, name: &str) {
        self.cookies.remove(name);
    }

    /// Opens an address, by link or by typing it.
    pub async fn get(&mut self, address: &str) -> Reply {
        let request = self.request(Method::GET, address);
        self.send(request).await
    }

    /// Opens an address and follows its redirects while they stay here.
    pub async fn open(&mut self, address: &str) -> Reply {
        let reply = self.get(address).await;
        self.follow(reply).await
    }

    /// Posts a form that was not on any page of ours, from the same site.
    pub async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> Reply {
        let request = self.request(Method::POST, address).form(form);
        self.send(request).await
    }

    /// Posts a form from another site: cookies are `SameSite=Lax`, so none go with it.
    pub async fn post_cross_site(&mut self, address: &str, form: &[(&str, &str)]) -> Reply {
        let address = self.home.join(address).unwrap();
        let request = self.http.request(Method::POST, address).form(form);
        let request = request
            .header("sec-fetch-site", "cross-site")
            .header("sec-fetch-mode", "navigate");
        self.send(request).await
    }

    /// Fills in the form `id` of a page, presses the button `button` and follows where it leads.
    pub async fn submit(
        &mut self,
        page: &Reply,
        id: &str,
        button: &str,
        filled: &[(&str, &str)],
    ) -> Reply {
        let reply = self.press(page, id, button, filled).await;
        self.follow(reply).await
    }

    /// Fills in the form `id` of a page and presses the button `button`.
    pub async fn press(
        &mut self,
        page: &Reply,
        id: &str,
        button: &str,
        filled: &[(&str, &str)],
    ) -> Reply {
        let form = page.form(id);
        let pressed = form.buttons.iter().find(|(known, _)| known == button);
        let (_, sent) = pressed.unwrap_or_else(|| panic!("no button {button} in {form:?}"));
        self.send_form(page, &form, Some(sent), filled).await
    }

    /// Sends a form with the person's values in place of those of the same name, and a button's.
    pub async fn send_form(
        &mut self,
        page: &Reply,
        form: &Form,
        button: Option<&(String, String)>,
        filled: &[(&str, &str)],
    ) -> Reply {
        for (name, _) in filled {
            assert!(
                form.inputs.iter().any(|input| input == name),
                "no field {name} in {form:?}"
            );
        }
        let kept = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !filled.iter().any(|(other, _)| other == name));
        let pressed = button.map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = kept.chain(filled.iter().copied()).chain(pressed).collect();
        let address = page.url.join(&form.action).unwrap();
        let request = self.request(Method::POST, address.as_str()).form(&fields);
        self.send(request).await
    }

    /// Follows redirects while they stay here; returns the page, or the redirect away.
    pub async fn follow(&mut self, mut reply: Reply) -> Reply {
        for _ in 0..10 {
            if !matches!(reply.status, 302 | 303 | 307) || !self.is_here(&reply.location()) {
                return reply;
            }
            // Fetch §4.4: 303 always leads to a GET; ours never use 307 after a POST.
            reply = self.get(reply.location().as_str()).await;
        }
        panic!("redirected in a circle: {}", reply.url);
    }

    /// What this browser says of its cookies.
    pub fn cookie_header(&self) -> String {
        let cookies = self.cookies.iter();
        let cookies = cookies.map(|(name, cookie)| format!("{name}={}", cookie.value));
        cookies.collect::<Vec<String>>().join("; ")
    }

    /// A request with this browser's cookies and headers.
    pub fn request(&self, method: Method, address: &str) -> Request {
        let url = self.home.join(address).unwrap();
        let mut request = self.http.request(method, url);
        if !self.cookies.is_empty() {
            request = request.header("cookie", &self.cookie_header());
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }

    /// Sends a request and keeps the cookies of the answer.
    pub async fn send(&mut self, request: Request) -> Reply {
        let reply = request.send().await;
        for cookie in reply.headers("set-cookie") {
            self.keep(cookie);
        }
        reply
    }

    fn keep(&mut self, cookie: &str) {
        let mut parts = cookie.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap();
        let attributes: Vec<String> = parts.map(str::to_owned).collect();
        if attributes.iter().any(|attribute| attribute == "Max-Age=0") {
            self.cookies.remove(name);
            return;
        }
        let cookie = Cookie {
            value: value.to_owned(),
            attributes,
        };
        self.cookies.insert(name.to_owned(), cookie);
    }

    fn is_here(&self, url: &Url) -> bool {
        url.origin() == self.home.origin()
    }
}
