//! Administrators' clients of the administration API.

use http::Method;
use serde_json::Value;

use crate::http::{Http, Reply, Request};

/// A client of the administration API.
#[derive(Clone)]
pub struct Administration {
    /// Makes requests.
    pub http: Http,
    /// Where the API begins.
    pub url: String,
    /// The administrator's name.
    pub name: String,
    /// The administrator's password.
    pub password: String,
    /// The access token that is presented instead, if there is one.
    pub token: Option<String>,
}

impl Administration {
    /// A request with credentials and the `X-XSRF-Header`, to be completed and sent.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let request = match &self.token {
            Some(token) => request.bearer(token),
            None => request.basic(&self.name, &self.password),
        };
        request.header("x-xsrf-header", "PingFederate")
    }

    /// A `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).send().await
    }

    /// A `POST` of a resource.
    pub async fn post(&self, path: &str, resource: &Value) -> Reply {
        self.request(Method::POST, path).json(resource).send().await
    }

    /// A `PUT` of a resource.
    pub async fn put(&self, path: &str, resource: &Value) -> Reply {
        self.request(Method::PUT, path).json(resource).send().await
    }

    /// A `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.request(Method::DELETE, path).send().await
    }
}
