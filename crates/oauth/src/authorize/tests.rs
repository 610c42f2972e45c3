mod accepted;
mod authorization_details;
mod carriage;
mod dpop;
mod id_token_hint;
mod property;
mod refused;
mod repeated;
mod response;
mod scope;

use std::collections::BTreeSet;

use domain::port::fixed::CountingRandom;
use domain::{
    AuthenticationMethod, Client, ClientId, GrantType, JwksSettings, ScopeDescription,
    ServerSettings, Timestamp,
};
use jose::jws::Algorithm;
use serde_json::json;

use super::*;
use crate::client_auth::ClientKeys;
use crate::pushed::PushedRequest;
use crate::request_object::Opened;
use crate::{Parameters, TokenType, fixture, request_object};

const ISSUER: &str = "https://as.example";
const CALLBACK: &str = "https://rp.example/cb?tenant=1";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const NOW: Timestamp = fixture::NOW;

/// A public client with one redirect URI that may ask for every common scope.
fn client() -> Client {
    Client {
        id: ClientId::new("rp"),
        redirect_uris: vec![CALLBACK.to_owned()],
        ..fixture::public_client()
    }
}

fn settings() -> ServerSettings {
    let exclusive = ScopeDescription {
        name: "payments".to_owned(),
        ..ScopeDescription::default()
    };
    ServerSettings {
        exclusive_scopes: vec![exclusive],
        ..ServerSettings::default()
    }
}

/// An ID token that was issued to `audience` for `subject`.
fn hint(audience: &str, subject: &str) -> IdTokenHint {
    let claims = json!({ "iss": ISSUER, "aud": audience, "sub": subject, "exp": 1 });
    let token = fixture::keys()
        .sign(Algorithm::Rs256, TokenType::IdToken, &claims)
        .unwrap();
    IdTokenHint::verify(&token, fixture::keys(), ISSUER, None, NOW).unwrap()
}

/// A request in order, with these parameters changed, added, or left out where they are empty.
fn parameters(changes: &[(&str, &str)]) -> Parameters {
    let usual = [
        ("client_id", "rp"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "a b&c=d"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let kept = usual.into_iter().filter(|(name, _)| !is_changed(name));
    kept.chain(changes.iter().copied()).collect()
}

/// The world of a test, to be changed where it matters.
struct World {
    client: Option<Client>,
    settings: ServerSettings,
    detail_types: DetailTypes,
    hint: Option<IdTokenHint>,
    pushed: Option<PushedRequest>,
}

impl World {
    fn usual() -> Self {
        Self {
            client: Some(client()),
            settings: settings(),
            detail_types: DetailTypes::default(),
            hint: None,
            pushed: None,
        }
    }

    fn with_client(change: impl FnOnce(&mut Client)) -> Self {
        let mut client = client();
        change(&mut client);
        Self {
            client: Some(client),
            ..Self::usual()
        }
    }

    fn with_settings(change: impl FnOnce(&mut ServerSettings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        Self {
            settings,
            ..Self::usual()
        }
    }

    fn with_hint(hint: IdTokenHint) -> Self {
        Self {
            hint: Some(hint),
            ..Self::usual()
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            client: self.client.as_ref(),
            settings: &self.settings,
            detail_types: &self.detail_types,
            issuer: ISSUER,
            id_token_hint: self.hint.as_ref(),
            login_hint: None,
            is_environment: false,
            can_register: false,
        }
    }

    /// The response as it is handed to the browser.
    fn delivered(&self, response: AuthorizationResponse) -> Delivery {
        let client = self.client.as_ref().unwrap();
        let keys = self.client_keys();
        let protection = Protection {
            issuer: ISSUER,
            client,
            client_keys: keys.as_ref().map(ClientKeys::set),
            keys: fixture::keys(),
            settings: &self.settings,
            random: &CountingRandom::default(),
        };
        response.delivery(&protection, NOW).unwrap()
    }

    /// The keys of the client, if it has any.
    fn client_keys(&self) -> Option<ClientKeys> {
        let keys = self.client.as_ref()?.keys.as_ref()?;
        Some(ClientKeys::parse(keys.inline()?).unwrap())
    }

    /// The request that comes with these parameters.
    fn received(&self, sent: &Parameters) -> UnverifiedRequest {
        let client_keys = self.client_keys();
        let client = self.client.as_ref();
        let opened = client.and_then(|it| Opened::sent(it, false, sent, fixture::keys()));
        let object = client.map(|client| request_object::Facts {
            client,
            client_keys: client_keys.as_ref(),
            object: opened.as_ref(),
            is_application: false,
            issuer: ISSUER,
        });
        let pushed = self.pushed.as_ref();
        UnverifiedRequest::received(sent, &Sources { pushed, object }, NOW)
    }

    fn verify_received(&self, sent: &Parameters) -> Result<VerifiedRequest, Refusal> {
        verify(&self.received(sent), &self.facts())
    }

    fn verify(&self, changes: &[(&str, &str)]) -> Result<VerifiedRequest, Refusal> {
        self.verify_received(&parameters(changes))
    }

    fn error(&self, changes: &[(&str, &str)]) -> Option<AuthorizeError> {
        self.verify(changes).err().map(|refusal| refusal.error)
    }
}
