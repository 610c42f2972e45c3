//! What a relying party is told.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::http::Reply;

/// An authorization response as the client receives it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The redirection URI, without what was added.
    pub redirect_uri: String,
    pub(super) parameters: BTreeMap<String, String>,
}

impl Answer {
    /// The answer that a redirect, or the form of `form_post`, carries.
    #[track_caller]
    pub fn of(reply: &Reply) -> Self {
        if reply.has_form("form-post") {
            let form = reply.form("form-post");
            assert_eq!(form.method, "post");
            return Self {
                redirect_uri: form.action,
                parameters: form.fields.into_iter().collect(),
            };
        }
        let location = reply.location();
        let raw = location.fragment().or(location.query()).unwrap_or_default();
        let parameters = url::form_urlencoded::parse(raw.as_bytes())
            .into_owned()
            .collect();
        let mut bare = location;
        bare.set_query(None);
        bare.set_fragment(None);
        Self {
            redirect_uri: bare.into(),
            parameters,
        }
    }

    /// The value of a parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The code.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.value("code")
            .unwrap_or_else(|| panic!("no code: {self:?}"))
    }

    /// The error.
    #[track_caller]
    pub fn error(&self) -> &str {
        self.value("error")
            .unwrap_or_else(|| panic!("no error: {self:?}"))
    }

    /// The names of its parameters, in alphabetical order.
    pub fn names(&self) -> Vec<&str> {
        self.parameters.keys().map(String::as_str).collect()
    }
}

/// What a token response contained.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// The refresh token, if there is one.
    pub refresh_token: Option<String>,
    /// The ID token, if there is one.
    pub id_token: Option<String>,
    /// What the access token is good for.
    pub scope: Option<String>,
    /// Seconds for which it is good.
    pub expires_in: i64,
    /// The verified claims of the ID token.
    pub id_claims: Map<String, Value>,
}

impl Tokens {
    /// The refresh token.
    #[track_caller]
    pub fn refresh(&self) -> &str {
        self.refresh_token.as_deref().expect("a refresh token")
    }

    /// The ID token.
    #[track_caller]
    pub fn id(&self) -> &str {
        self.id_token.as_deref().expect("an ID token")
    }
}
