//! An authorization request that nobody has checked yet: which of its parameters count, and what
//! vouches for them.

use domain::port::Changes;
use domain::{Client, HandleKey, Timestamp};

use super::VerifiedRequest;
use crate::Parameters;
use crate::pushed::{self, PushedRequest};
use crate::request_object::{self, RequestObjectError, VerifiedRequestObject};
use crate::transaction_request::PARAMETERS;

/// The parameters by which a client authenticates: they say nothing of what it asks (RFC 9126 §2.1).
const OF_AUTHENTICATION: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// What the parameters of a request can come from besides the request itself.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The pushed request that `request_uri` refers to, if there is one.
    pub pushed: Option<&'a PushedRequest>,
    /// With what a request object is verified; without a client that is known there is none.
    pub object: Option<request_object::Facts<'a>>,
}

/// How the parameters came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carriage {
    /// As they are.
    Plain,
    /// In a request object.
    Signed,
    /// In one that nobody has signed, which the client may send.
    Unsecured,
    /// By a reference to a request that was pushed before.
    Pushed {
        /// What is used up with the answer.
        reference: HandleKey,
        /// Whether it was pushed as a request object.
        signed: bool,
    },
    /// By a reference to none that could be answered.
    PushedUnknown,
    /// In a request object that is not accepted. The parameters are those beside it, of which no
    /// more is believed than where to tell so.
    Refused(RequestObjectError),
}

/// An authorization request before it is verified. It never mixes parameters of different origin:
/// what is beside a request object or a reference counts for nothing.
pub struct UnverifiedRequest {
    pub(super) parameters: Parameters,
    pub(super) carriage: Carriage,
    /// What spends the request object.
    spending: Changes,
}

impl UnverifiedRequest {
    /// The request that came to the authorization endpoint.
    pub fn received(sent: &Parameters, sources: &Sources<'_>, now: Timestamp) -> Self {
        let ambiguous = ["client_id", "request", "request_uri"];
        let is_ambiguous = ambiguous.iter().any(|name| sent.is_repeated(name));
        let both = sent.value("request").is_some() && sent.value("request_uri").is_some();
        match sources.object {
            Some(facts) if !is_ambiguous && !both => match pushed::reference(sent) {
                Some(reference) => Self::referred(reference, sources.pushed, facts.client, now),
                None => Self::carried(sent.clone(), &facts, now),
            },
            _ => Self::plain(sent.clone()),
        }
    }

    /// The request that an authenticated client pushes.
    pub fn pushed(sent: &Parameters, facts: &request_object::Facts<'_>, now: Timestamp) -> Self {
        let sent = sent.clone().without(&OF_AUTHENTICATION);
        // It may have named itself in a header alone.
        let sent = sent.with("client_id", facts.client.id.as_str());
        match sent.value("request_uri") {
            Some(_) => Self::plain(sent),
            None => Self::carried(sent, facts, now),
        }
    }

    /// A request whose parameters are what they seem.
    pub fn plain(parameters: Parameters) -> Self {
        // What is to be approved counts only where the client vouches for it.
        Self::of(parameters.without(&PARAMETERS), Carriage::Plain)
    }

    const fn of(parameters: Parameters, carriage: Carriage) -> Self {
        Self {
            parameters,
            carriage,
            spending: Changes::none(),
        }
    }

    /// The request in its request object, if it has one that counts.
    fn carried(sent: Parameters, facts: &request_object::Facts<'_>, now: Timestamp) -> Self {
        let Some(object) = facts.object else {
            // A payment must not become a plain sign-on, of which the client would take the answer for
            // an approval.
            return match request_object::may_want_approval(&sent) {
                true => Self::of(sent, Carriage::Refused(RequestObjectError::Unheeded)),
                false => Self::plain(sent),
            };
        };
        match request_object::verify(object, facts, now) {
            // RFC 9101 §6.3: "The authorization server MUST only use the parameters in the Request
            // Object, even if the same parameter is provided in the query parameter."
            Ok(VerifiedRequestObject {
                parameters,
                spending,
                signed,
            }) => Self {
                // OpenID Connect Core §6.1: "it MAY also send [parameters] using the OAuth 2.0 request
                // syntax [...] parameter values in the Request Object supersede": an application of
                // an environment that may send unsigned requests sends no more in it than what is to
                // be approved.
                parameters: match facts.is_application && !facts.client.require_signed_requests {
                    true => parameters.over(sent.without(&PARAMETERS)),
                    false => parameters,
                },
                carriage: match signed {
                    true => Carriage::Signed,
                    false => Carriage::Unsecured,
                },
                spending,
            },
            Err(error) => Self::of(sent, Carriage::Refused(error)),
        }
    }

    /// The request that was pushed before.
    fn referred(
        reference: HandleKey,
        pushed: Option<&PushedRequest>,
        client: &Client,
        now: Timestamp,
    ) -> Self {
        let pushed = pushed.filter(|it| it.handle == reference && it.is_good_for(client, now));
        let Some(pushed) = pushed else {
            let named = [("client_id", client.id.as_str())];
            return Self::of(named.into_iter().collect(), Carriage::PushedUnknown);
        };
        let signed = pushed.signed;
        let carriage = Carriage::Pushed { reference, signed };
        Self::of(pushed.parameters.clone(), carriage)
    }

    /// The value of a parameter that counts.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.parameters.value(name)
    }

    /// Why its request object is not accepted, for the log.
    pub const fn refused(&self) -> Option<&RequestObjectError> {
        match &self.carriage {
            Carriage::Refused(error) => Some(error),
            _ => None,
        }
    }

    /// What spends its request object, to be committed before it has any effect; when the store says
    /// that it was spent before, the request is refused with
    /// [`super::AuthorizeError::RequestObjectReplayed`].
    pub fn spending(&self) -> Changes {
        self.spending.clone()
    }

    /// What is kept of it when it is pushed: the key that its DPoP proof was made with is a parameter
    /// from then on.
    pub(crate) fn to_be_kept(&self, verified: &VerifiedRequest) -> Parameters {
        let parameters = self.parameters.clone();
        match verified.dpop_jkt() {
            Some(jkt) => parameters.with("dpop_jkt", jkt.as_str()),
            None => parameters,
        }
    }

    /// Whether it came in a request object, now or when it was pushed.
    pub(crate) const fn is_signed(&self) -> bool {
        matches!(
            self.carriage,
            Carriage::Signed | Carriage::Pushed { signed: true, .. }
        )
    }
}
