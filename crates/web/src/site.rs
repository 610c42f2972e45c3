//! Where a house is: the server itself, or one of its environments.

use domain::{Environment, EnvironmentId, FlowId};
use oauth::discovery::Paths;
use oauth::token::EnvironmentClaims;

use crate::cookie::Cookies;

/// Where a house is, as browsers and clients address it.
pub(crate) struct Site {
    /// What the paths of all its pages begin with.
    prefix: String,
    /// What comes between that and the paths of its endpoints.
    endpoints: &'static str,
    /// Where its endpoints are, below its issuer.
    pub(crate) paths: &'static Paths,
    /// Its cookies, which no other house knows.
    pub(crate) cookies: Cookies,
    /// What the environment that it is is called, if it is one.
    pub(crate) name: Option<String>,
    /// The environment that it is, if it is one.
    pub(crate) environment: Option<EnvironmentClaims>,
}

impl Site {
    /// The server itself, reached by TLS or not.
    pub(crate) fn of_server(secure: bool) -> Self {
        Self {
            prefix: String::new(),
            endpoints: "",
            paths: &Paths::PINGFEDERATE,
            cookies: Cookies::of_server(secure),
            name: None,
            environment: None,
        }
    }

    /// An environment of that server.
    pub(crate) fn of_environment(environment: &Environment, secure: bool) -> Self {
        Self {
            prefix: prefix(environment.id),
            endpoints: "/as",
            paths: &Paths::PINGONE,
            cookies: Cookies::of_environment(environment.id, secure),
            name: Some(environment.name.clone()),
            environment: Some(EnvironmentClaims {
                env: environment.id,
                org: environment.organization,
            }),
        }
    }

    /// The address of a page.
    pub(crate) fn page(&self, path: &str) -> String {
        [&self.prefix, path].concat()
    }

    /// The URL of what is at this address, where this is the issuer.
    pub(crate) fn url(&self, issuer: &str, path: &str) -> String {
        let base = issuer.strip_suffix(self.endpoints).unwrap_or(issuer);
        let host = base.strip_suffix(&self.prefix).unwrap_or(base);
        [host, path].concat()
    }

    /// The address of an endpoint, by its path below the issuer.
    pub(crate) fn endpoint(&self, path: &str) -> String {
        [&self.prefix, self.endpoints, path].concat()
    }

    /// The path of an endpoint within the house.
    pub(crate) fn route(&self, path: &str) -> String {
        [self.endpoints, path].concat()
    }

    /// The address of a flow.
    pub(crate) fn flow(&self, flow: FlowId) -> String {
        match self.environment {
            Some(_) => self.page(&format!("/signon/{}", flow.uuid())),
            None => format!("/as/{flow}/resume/as/authorization.ping"),
        }
    }

    /// The address of the page on which people enter the code of a device.
    pub(crate) fn device_page(&self) -> String {
        self.page(self.device_route())
    }

    /// Its path within the house.
    pub(crate) const fn device_route(&self) -> &'static str {
        match self.environment {
            Some(_) => "/device",
            None => "/as/user_authz.oauth2",
        }
    }

    /// The path of flows within the house.
    pub(crate) const fn flow_route(&self) -> &'static str {
        match self.environment {
            Some(_) => "/signon/{flow}",
            None => "/as/{flow}/resume/as/authorization.ping",
        }
    }
}

/// The issuer of an environment of the server with this public URL.
pub fn issuer_of(public_url: &str, environment: EnvironmentId) -> String {
    format!("{public_url}{}/as", prefix(environment))
}

/// What the paths of an environment begin with.
fn prefix(environment: EnvironmentId) -> String {
    format!("/{environment}")
}
