//! What a client is answered, and how it reaches the client.

use authn::approval::ApprovedTransaction;
use authn::approval::receipt::Drawn;
use authn::flow::{Cause, Facts, Outcome};
use axum::response::{IntoResponse, Redirect, Response};
use domain::port::Changes;
use domain::{Actor, AuditEvent, Client, User};
use minijinja::context;
use oauth::authorize::{
    AuthorizationResponse, Delivery, Failure, Granted, Protection, VerifiedRequest, respond,
};
use oauth::client_auth::ClientKeys;
use oauth::encryption::Encryption;
use oauth::token::TokenError;
use oauth::{ProtectionError, TokenType};

use super::Answer;
use super::begun::Begun;
use crate::app::App;
use crate::door::oauth::caller::Issuing;
use crate::extract::Visit;
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

/// Answers the request with what the person granted.
pub(super) async fn granted(
    request: &VerifiedRequest,
    outcome: &Outcome,
    begun: &Begun,
    (facts, client): (&Facts<'_>, Option<&Client>),
    app: &App,
) -> Result<(Answer, Changes), Fault> {
    let Some(client) = client else {
        return Ok((Answer::Page(PageError::Client), Changes::none()));
    };
    let user = facts.who_is(outcome.user());
    let user = user.ok_or_else(|| Fault::Defect("a flow is done without a person".to_owned()))?;
    // Where approval is assumed, it is assumed for all that is asked for.
    let scope = outcome.scope().cloned();
    let (receipt, noted) = match outcome.approved() {
        Some(approved) => {
            let (receipt, event) = app.receipt(approved, &user.user)?;
            (Some(receipt), Some(event))
        }
        None => (None, None),
    };
    let granted = Granted {
        user: &user.user,
        client,
        authentication: begun.authentication.clone(),
        scope: scope.unwrap_or_else(|| request.consent_scope()),
        approval_receipt: receipt,
    };
    let issuing = Issuing::to(Some(client), app).await;
    match respond(request, &granted, &issuing.issuer(app), app.now()) {
        Ok((response, mut changes)) => {
            if let Some(event) = &noted {
                changes.insert(event);
            }
            Ok((to_client(request, response), changes))
        }
        // Its keys are its own affair: it is told, and gets nothing that others could read.
        Err(TokenError::Encryption(error)) => {
            tracing::warn!(%error, client = %client.id, "an ID token cannot be encrypted");
            Ok((failed(request, Failure::ServerError), Changes::none()))
        }
        Err(error) => Err(Fault::Defect(error.to_string())),
    }
}

pub(super) fn failed(request: &VerifiedRequest, failure: Failure) -> Answer {
    to_client(request, AuthorizationResponse::failure(request, failure))
}

fn to_client(request: &VerifiedRequest, response: AuthorizationResponse) -> Answer {
    Answer::Client {
        response,
        client: request.client().clone(),
    }
}

/// How the authorization endpoint tells what kept a flow from being done.
pub(super) const fn failure(cause: Cause) -> Failure {
    match cause {
        Cause::LoginRequired | Cause::Expired => Failure::LoginRequired,
        Cause::AccountSelectionRequired => Failure::AccountSelectionRequired,
        Cause::InteractionRequired => Failure::InteractionRequired,
        Cause::ConsentRequired => Failure::ConsentRequired,
        Cause::UnmetAuthenticationRequirements => Failure::UnmetAuthenticationRequirements,
        Cause::NoSecondFactor
        | Cause::ConsentDenied
        | Cause::Denied
        | Cause::TooManyDevices
        | Cause::Browser(_) => Failure::AccessDenied,
        Cause::NotShown => Failure::ServerError,
    }
}

impl App {
    /// The receipt of an approval, signed, and what auditors are told of it.
    fn receipt(
        &self,
        approved: &ApprovedTransaction,
        user: &User,
    ) -> Result<(String, AuditEvent), Fault> {
        let (now, random) = (self.now(), self.random());
        let drawn = Drawn::of(approved, &self.settings.issuer, now, random);
        let algorithm = self.settings.access_token.algorithm;
        let keys = self.live.keys();
        let token = keys.sign(algorithm, TokenType::ApprovalReceipt, &drawn);
        let issued = drawn.signed(token.map_err(|error| Fault::Defect(error.to_string()))?);
        let actor = Actor::User(user.username.clone());
        let event = issued.event(actor, approved.transaction().client(), now, random);
        Ok((issued.token, event))
    }

    /// Sends an authorization response to the client through the browser.
    pub(in crate::door) async fn deliver(
        &self,
        response: AuthorizationResponse,
        client: &Client,
        visit: &Visit,
    ) -> Result<Response, PageRefusal> {
        let form_action = response.target().form_action_source();
        let (keys, settings) = (self.live.keys(), self.live.settings());
        let is_protected = response.target().mode().protected;
        let encryption = Encryption::of_responses(client).filter(|_| is_protected);
        let client_keys = match encryption {
            Some(encryption) if encryption.needs_client_key() => self.keys_of(client, None).await,
            _ => None,
        };
        let protection = Protection {
            issuer: &self.settings.issuer,
            client,
            client_keys: client_keys.as_deref().map(ClientKeys::set),
            keys: &keys,
            settings: &settings,
            random: self.random(),
        };
        let delivery = response.delivery(&protection, self.now());
        let delivery = delivery.map_err(|error| match error {
            // What the client wants hidden goes to it hidden or not at all.
            ProtectionError::Encryption(error) => {
                tracing::warn!(%error, client = %client.id, "a response cannot be encrypted");
                PageRefusal::from(PageError::Request)
                    .because(&error)
                    .of_client(Some(client))
            }
            error @ ProtectionError::Signing(_) => Fault::Defect(error.to_string()).into(),
        });
        match delivery? {
            Delivery::Redirect(uri) => Ok(Redirect::to(&uri).into_response()),
            // Whoever is answered so was never led to a page.
            Delivery::Answer(_) => {
                let defect = "a page is left by an answer without a redirect";
                Err(Fault::Defect(defect.to_owned()).into())
            }
            Delivery::FormPost { action, fields } => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| context! { name => *name, value => value.as_str() })
                    .collect();
                let client = self.client_shown(client, &visit.frame);
                let shown = context! { action_url => action, fields => fields, client => client };
                let leading = |page: crate::page::Page| page.leading_to(&form_action);
                Ok(self.show("form-post.html", &visit.frame, shown, leading))
            }
        }
    }
}
