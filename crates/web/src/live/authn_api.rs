//! What administrators have said about the authentication API.

use std::time::Duration;

use domain::port::{DocumentName, Kind, Records, StoreError};
use domain::{ClientId, FlowId};
use http::{HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

/// The document of its settings.
const SETTINGS: &str = "settings/authenticationApi/settings";

/// The documents of the applications that use it, under their ids.
const APPLICATIONS: &[u8] = b"authenticationApi/applications/";

/// The document `{"id", "type": "STRING", "stringValue"}` with the name of the header in which a client
/// without cookies brings its state.
const STATE_HEADER: &str = "configStore/authn-api-cookieless-configuration/stateHeaderName";

/// The same for how long a state is good, in seconds.
const STATE_LIFETIME: &str = "configStore/authn-api-cookieless-configuration/stateLifetime";

/// The names under which clients bring their state, whatever is set: both are in use.
static STATE_HEADERS: [HeaderName; 2] = [
    HeaderName::from_static("x-pf-auth-api-state"),
    HeaderName::from_static("x-pf-authn-api-state"),
];

/// How long a state is good if nothing is set: as long as a flow waits.
const USUAL_LIFETIME: Duration = Duration::from_mins(15);

/// How the authentication API may be used.
#[derive(Debug, Default)]
pub(crate) struct AuthnApi {
    /// Whether it may be used at all.
    pub(crate) enabled: bool,
    /// Whether its states and actions are described.
    pub(crate) is_described: bool,
    /// Whether states tell of the request for which the flow is.
    pub(crate) tells_context: bool,
    /// Whether an application may use the redirectless mode for its own client alone.
    is_restricted: bool,
    /// The application that shows the pages of flows that begin in a browser.
    default: Option<Url>,
    applications: Vec<Application>,
    own_state_header: Option<HeaderName>,
    state_lifetime: Option<Duration>,
}

/// An application that shows pages of its own.
#[derive(Debug)]
struct Application {
    id: String,
    url: Url,
    /// From where its scripts call.
    origins: Vec<String>,
    /// The client for which it may use the redirectless mode.
    client: Option<ClientId>,
}

impl AuthnApi {
    /// Reads what is stored. An application without an address of the web is none.
    pub(super) async fn read(records: &Records) -> Result<Self, StoreError> {
        let document = |name: &str| DocumentName::new(Kind::Resource, name);
        let settings = records.document(&document(SETTINGS)).await?;
        let Some(settings) = settings.filter(|settings| is_set(settings, "apiEnabled")) else {
            return Ok(Self::default());
        };
        let documents = records.documents(Kind::Resource, APPLICATIONS).await?;
        let applications = documents.iter().filter_map(|(_, it)| Application::read(it));
        let applications: Vec<Application> = applications.collect();
        let default = reference(&settings, "defaultApplicationRef");
        let default = default.and_then(|id| applications.iter().find(|it| it.id == id));
        let header = records.document(&document(STATE_HEADER)).await?;
        let lifetime = records.document(&document(STATE_LIFETIME)).await?;
        Ok(Self {
            enabled: true,
            is_described: is_set(&settings, "enableApiDescriptions"),
            tells_context: is_set(&settings, "includeRequestContext"),
            is_restricted: is_set(&settings, "restrictAccessToRedirectlessMode"),
            default: default.map(|application| application.url.clone()),
            applications,
            own_state_header: value_of(header.as_deref()).and_then(|it| it.parse().ok()),
            state_lifetime: value_of(lifetime.as_deref())
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs),
        })
    }

    /// Whether scripts of this origin may read its answers.
    pub(crate) fn allows(&self, origin: &HeaderValue) -> bool {
        self.of_origin(origin).next().is_some()
    }

    /// Whether whoever calls from this origin, if a browser says from which, may use the redirectless
    /// mode for this client: an application could otherwise obtain, for whoever is signed on, the
    /// tokens of any client.
    pub(crate) fn may_ask_for(&self, client: &ClientId, origin: Option<&HeaderValue>) -> bool {
        match origin.filter(|_| self.is_restricted) {
            None => true,
            Some(origin) => self
                .of_origin(origin)
                .any(|it| it.client.as_ref() == Some(client)),
        }
    }

    /// Where a person is asked in a flow that began in their browser, if that is not at our own pages.
    pub(crate) fn page_of(&self, flow: FlowId) -> Option<String> {
        let mut url = self.default.clone()?;
        url.query_pairs_mut()
            .append_pair("flowId", &flow.to_string());
        Some(url.into())
    }

    /// The names of the headers in which a client without cookies may bring its state.
    pub(crate) fn state_headers(&self) -> impl Iterator<Item = &HeaderName> {
        let own = self.own_state_header.as_ref();
        let own = own.filter(|own| !STATE_HEADERS.contains(own));
        STATE_HEADERS.iter().chain(own)
    }

    /// How long a state is good.
    pub(crate) fn state_lifetime(&self) -> Duration {
        self.state_lifetime.unwrap_or(USUAL_LIFETIME)
    }

    fn of_origin(&self, origin: &HeaderValue) -> impl Iterator<Item = &Application> {
        let is_of = move |application: &&Application| {
            let mut origins = application.origins.iter();
            origins.any(|known| known.as_bytes() == origin.as_bytes())
        };
        self.applications.iter().filter(is_of)
    }
}

impl Application {
    fn read(document: &Value) -> Option<Self> {
        let url: Url = document.get("url")?.as_str()?.parse().ok()?;
        let origin = url.origin().ascii_serialization();
        let others = document
            .get("additionalAllowedOrigins")
            .and_then(Value::as_array);
        let others = others.into_iter().flatten().filter_map(Value::as_str);
        let client = reference(document, "clientForRedirectlessModeRef");
        Some(Self {
            id: document.get("id")?.as_str()?.to_owned(),
            origins: others.map(str::to_owned).chain([origin]).collect(),
            client: client.map(ClientId::new),
            url,
        })
    }
}

fn is_set(document: &Value, member: &str) -> bool {
    let flag = document.get(member).and_then(Value::as_bool);
    flag.unwrap_or_default()
}

/// The id of what a member `{"id"}` refers to.
fn reference<'a>(document: &'a Value, member: &str) -> Option<&'a str> {
    document.get(member)?.get("id")?.as_str()
}

fn value_of(setting: Option<&Value>) -> Option<&str> {
    setting?.get("stringValue")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn application(client: Option<&str>) -> Application {
        Application::read(&json!({
            "id": "portal",
            "url": "https://portal.example:8443/sign-on?theme=dark",
            "additionalAllowedOrigins": ["https://other.example"],
            "clientForRedirectlessModeRef": client.map(|id| json!({ "id": id })),
        }))
        .unwrap()
    }

    fn api(is_restricted: bool, client: Option<&str>) -> AuthnApi {
        let application = application(client);
        AuthnApi {
            enabled: true,
            is_restricted,
            default: Some(application.url.clone()),
            applications: vec![application],
            ..AuthnApi::default()
        }
    }

    const fn origin(text: &'static str) -> HeaderValue {
        HeaderValue::from_static(text)
    }

    #[test]
    fn pingfederate_3_1_the_origin_of_an_application_and_its_others_are_allowed() {
        let api = api(false, None);
        for known in ["https://portal.example:8443", "https://other.example"] {
            assert!(api.allows(&origin(known)));
        }
        for unknown in [
            "https://portal.example",
            "https://portal.example:8443/",
            "http://other.example",
            "null",
        ] {
            assert!(!api.allows(&origin(unknown)), "{unknown}");
        }
    }

    #[test]
    fn a_restricted_application_asks_for_its_own_client_alone() {
        let [shop, bank] = ["shop", "bank"].map(ClientId::new);
        let portal = origin("https://other.example");
        let free = api(false, Some("shop"));
        assert!(free.may_ask_for(&bank, Some(&portal)));
        let restricted = api(true, Some("shop"));
        assert!(restricted.may_ask_for(&shop, Some(&portal)));
        assert!(!restricted.may_ask_for(&bank, Some(&portal)));
        assert!(!restricted.may_ask_for(&shop, Some(&origin("https://evil.example"))));
        assert!(restricted.may_ask_for(&bank, None), "not from a page");
        assert!(!api(true, None).may_ask_for(&shop, Some(&portal)));
    }

    #[test]
    fn pingfederate_3_1_the_flow_is_added_to_what_the_address_of_the_application_has() {
        let flow: FlowId = "00000000000000000000000000".parse().unwrap();
        assert_eq!(
            api(false, None).page_of(flow).unwrap(),
            "https://portal.example:8443/sign-on?theme=dark&flowId=00000000000000000000000000"
        );
    }
}
