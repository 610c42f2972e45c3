//! The `claims` request parameter (OpenID Connect Core §5.5).

use std::collections::BTreeMap;

use domain::{Client, Grant, Scope, ServerSettings};
use serde_json::{Map, Value, json};

/// The `claims` parameter is not what OpenID Connect Core §5.5 describes, or is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claims parameter is malformed or too large")]
pub struct ClaimsMalformed;

/// Which claims a client asks for one by one, and where.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimsRequest {
    userinfo: BTreeMap<String, ClaimRequest>,
    id_token: BTreeMap<String, ClaimRequest>,
}

/// How one claim is asked for (OpenID Connect Core §5.5.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimRequest {
    essential: bool,
    values: Vec<Value>,
}

impl ClaimsRequest {
    /// The longest parameter, in bytes.
    pub const MAX_LENGTH: usize = 8 * 1024;
    /// The most claims in one place, and the most values of one claim.
    pub const MAX_COUNT: usize = 100;

    /// Reads the parameter.
    pub fn parse(text: &str) -> Result<Self, ClaimsMalformed> {
        if text.len() > Self::MAX_LENGTH {
            return Err(ClaimsMalformed);
        }
        let members = jose::json::parse_object(text.as_bytes()).map_err(|_| ClaimsMalformed)?;
        Self::from_value(&Value::Object(members))
    }

    /// The request in a JSON value that was read strictly.
    pub fn from_value(value: &Value) -> Result<Self, ClaimsMalformed> {
        // OpenID Connect Core §5.5: "Other members MAY be present. Any members used that are not
        // understood MUST be ignored."
        let members = value.as_object().ok_or(ClaimsMalformed)?;
        Ok(Self {
            userinfo: place(members, "userinfo")?,
            id_token: place(members, "id_token")?,
        })
    }

    /// What was kept with a code or a grant; nothing is asked for where nothing was kept.
    pub(crate) fn kept(value: Option<&Value>) -> Self {
        let kept = value.and_then(|value| Self::from_value(value).ok());
        kept.unwrap_or_default()
    }

    /// What of a grant's request the client may still have: it may have lost scope values since.
    pub(crate) fn granted(grant: &Grant, client: &Client, settings: &ServerSettings) -> Self {
        match &grant.claims {
            None => Self::default(),
            kept => Self::kept(kept.as_ref()).allowed(client, settings),
        }
    }

    /// The request as JSON, to be kept with a code or a grant.
    pub fn to_value(&self) -> Value {
        let place = |claims: &BTreeMap<String, ClaimRequest>| {
            let members = claims
                .iter()
                .map(|(name, claim)| (name.clone(), claim.to_value()));
            Value::Object(members.collect())
        };
        json!({ "userinfo": place(&self.userinfo), "id_token": place(&self.id_token) })
    }

    /// The scope values that would ask for the same claims: what a person has to allow and a client
    /// has to be allowed, by whichever way it asks (OpenID Connect Core §5.4).
    pub fn as_scope(&self) -> Scope {
        let names = self.userinfo.keys().chain(self.id_token.keys());
        names.filter_map(|name| super::scope_of(name)).collect()
    }

    /// The request without what the client may not have: one that may not ask for `email` may not
    /// ask for it claim by claim either.
    #[must_use]
    pub fn allowed(self, client: &Client, settings: &ServerSettings) -> Self {
        let scope = settings.allowed(client, &self.as_scope());
        self.within(&scope)
    }

    /// The request without the claims that only other scope values ask for.
    #[must_use]
    pub fn within(mut self, scope: &Scope) -> Self {
        let is_within =
            |name: &str| super::scope_of(name).is_none_or(|value| scope.contains(value));
        self.userinfo.retain(|name, _| is_within(name));
        self.id_token.retain(|name, _| is_within(name));
        self
    }

    /// The claims asked for in the `UserInfo` response.
    pub fn userinfo(&self) -> impl Iterator<Item = (&str, &ClaimRequest)> {
        self.userinfo
            .iter()
            .map(|(name, claim)| (name.as_str(), claim))
    }

    /// The claims asked for in the ID token.
    pub fn id_token(&self) -> impl Iterator<Item = (&str, &ClaimRequest)> {
        self.id_token
            .iter()
            .map(|(name, claim)| (name.as_str(), claim))
    }
}

impl ClaimRequest {
    /// Whether the client cannot do without it.
    pub const fn is_essential(&self) -> bool {
        self.essential
    }

    /// The values of which it should have one, best first; any value will do if there are none.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Whether this value is one that was asked for.
    pub fn accepts(&self, value: &Value) -> bool {
        self.values.is_empty() || self.values.contains(value)
    }

    fn parse(request: &Value) -> Result<Self, ClaimsMalformed> {
        let members = match request {
            // "null: Indicates that this Claim is being requested in the default manner."
            Value::Null => return Ok(Self::default()),
            Value::Object(members) => members,
            _ => return Err(ClaimsMalformed),
        };
        let essential = match members.get("essential") {
            None => false,
            Some(Value::Bool(essential)) => *essential,
            Some(_) => return Err(ClaimsMalformed),
        };
        let many = match members.get("values") {
            None => &[],
            Some(Value::Array(values)) => values.as_slice(),
            Some(_) => return Err(ClaimsMalformed),
        };
        let values: Vec<Value> = members
            .get("value")
            .into_iter()
            .chain(many)
            .cloned()
            .collect();
        if values.len() > ClaimsRequest::MAX_COUNT {
            Err(ClaimsMalformed)
        } else {
            Ok(Self { essential, values })
        }
    }

    fn to_value(&self) -> Value {
        match (self.essential, self.values.as_slice()) {
            (false, []) => Value::Null,
            (essential, []) => json!({ "essential": essential }),
            (essential, values) => json!({ "essential": essential, "values": values }),
        }
    }
}

fn place(
    members: &Map<String, Value>,
    name: &str,
) -> Result<BTreeMap<String, ClaimRequest>, ClaimsMalformed> {
    let claims = match members.get(name) {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(claims)) => claims,
        Some(_) => return Err(ClaimsMalformed),
    };
    if claims.len() > ClaimsRequest::MAX_COUNT {
        return Err(ClaimsMalformed);
    }
    let parsed = claims
        .iter()
        .map(|(name, claim)| Ok((name.clone(), ClaimRequest::parse(claim)?)));
    parsed.collect()
}
