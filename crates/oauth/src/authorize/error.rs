//! What can be wrong with an authorization request, and how it is told.

use crate::authorization_details::DetailsError;

/// What is wrong with an authorization request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthorizeError {
    /// `acr_values` is too long.
    AcrValuesTooLong,
    /// `authorization_details` asks for what cannot be.
    AuthorizationDetails(DetailsError),
    /// `code_challenge` is not of the form that its method makes.
    ChallengeMalformed,
    /// `code_challenge_method` is neither `S256` nor `plain`.
    ChallengeMethodUnknown,
    /// `code_challenge_method` without `code_challenge`.
    ChallengeMethodWithoutChallenge,
    /// No `code_challenge` from a client that must send one.
    ChallengeMissing,
    /// The `plain` method, which the settings forbid.
    ChallengePlain,
    /// `claims` is not what OpenID Connect Core §5.5 describes.
    ClaimsMalformed,
    /// The client is switched off.
    ClientDisabled,
    /// No `client_id`.
    ClientMissing,
    /// No such client.
    ClientUnknown,
    /// `dpop_jkt` is not the thumbprint of a key.
    DpopJktMalformed,
    /// `dpop_jkt` is not the key of the request's DPoP proof.
    DpopKeysDiffer,
    /// The client may not use a grant that the response type needs.
    GrantNotAllowed,
    /// `id_token_hint` was issued to another client.
    IdTokenHintOfAnotherClient,
    /// `id_token_hint` is not an ID token of this server.
    IdTokenHintUnknown,
    /// `ui_locales` or `claims_locales` is too long.
    LocalesTooLong,
    /// `login_hint` is too long.
    LoginHintTooLong,
    /// `login_hint_token` is not one that the client has signed for this server.
    LoginHintTokenRefused,
    /// `max_age` is not a number of seconds.
    MaxAgeMalformed,
    /// No `nonce`, where an ID token is to come back through the browser.
    NonceMissing,
    /// `nonce` is too long.
    NonceTooLong,
    /// A parameter is repeated that may not be.
    ParameterRepeated,
    /// `prompt` has `none` and something else.
    PromptNoneWithOthers,
    /// `prompt` has a value that is not supported.
    PromptUnknown,
    /// Nobody may push requests.
    PushDisabled,
    /// The request was not pushed, and had to be.
    PushMissing,
    /// `request_uri` refers to no pushed request of the client that is still good.
    PushUnknown,
    /// `request_uri` in a request that is pushed.
    PushedReference,
    /// No `redirect_uri` where one is needed.
    RedirectUriMissing,
    /// `redirect_uri` is not one of the client's.
    RedirectUriUnregistered,
    /// The client's redirect URI is none that a browser can be sent to safely.
    RedirectUriUnusable,
    /// A `registration` parameter (OpenID Connect Core §7.2.1).
    Registration,
    /// The request object is not accepted.
    RequestObject,
    /// No request object from a client that must sign its requests.
    RequestObjectMissing,
    /// The request object was used before.
    RequestObjectReplayed,
    /// Both `request` and `request_uri`.
    RequestTwice,
    /// A `request_uri` that is not the reference of a pushed request (OpenID Connect Core §6.2).
    RequestUri,
    /// `response_mode` would put tokens into the address.
    ResponseModeExposesTokens,
    /// `response_mode` is `pi.flow`, which the client may not use.
    ResponseModeNotAllowed,
    /// `response_mode` cannot reach this redirect URI.
    ResponseModeUnfit,
    /// `response_mode` is not supported.
    ResponseModeUnknown,
    /// `response_mode` is not one of the protected ones, which the client must use (JARM §2.3).
    ResponseModeUnprotected,
    /// No `response_type`.
    ResponseTypeMissing,
    /// `response_type` is not supported.
    ResponseTypeUnsupported,
    /// The client is restricted to other response types.
    ResponseTypeNotAllowed,
    /// An access token would come back through the browser, unbound, to a client whose tokens must
    /// be bound.
    ResponseTypeUnbound,
    /// `scope` is not made of scope values.
    ScopeMalformed,
    /// `scope` has a value that the client may not ask for.
    ScopeNotAllowed,
    /// An ID token is asked for without the scope value `openid`.
    ScopeWithoutOpenid,
    /// `state` is too long to be returned.
    StateTooLong,
    /// `id_token_hint` and `claims` name different people.
    SubjectsDiffer,
    /// What is to be approved is malformed.
    TransactionMalformed,
    /// What is to be approved is in a request object that would be ignored.
    TransactionUnheeded,
    /// What is to be approved cannot be shown: its template, or a value in it, is missing.
    TransactionUnshown,
    /// Both a template and authorization details are to be approved.
    TransactionTwice,
}

impl AuthorizeError {
    /// The `error` and `error_description` of the answer: the one table that knows RFC 6749
    /// §4.1.2.1 and OpenID Connect Core §3.1.2.6.
    #[rustfmt::skip]
    pub const fn wire(self) -> (&'static str, &'static str) {
        match self {
            Self::AcrValuesTooLong => ("invalid_request", "acr_values is too long."),
            Self::AuthorizationDetails(error) => (DetailsError::CODE, error.description()),
            Self::ChallengeMalformed => ("invalid_request", "code_challenge is not of the form that its code_challenge_method makes."),
            Self::ChallengeMethodUnknown => ("invalid_request", "code_challenge_method is not supported."),
            Self::ChallengeMethodWithoutChallenge => ("invalid_request", "code_challenge_method was sent without code_challenge."),
            // RFC 7636 §4.4.1: "The "error_description" or the response of "error_uri" SHOULD
            // explain the nature of error, e.g., code challenge required."
            Self::ChallengeMissing => ("invalid_request", "code_challenge is required."),
            Self::ChallengePlain => ("invalid_request", "code_challenge_method must be S256."),
            Self::ClaimsMalformed => ("invalid_request", "claims is malformed."),
            Self::ClientDisabled => ("unauthorized_client", "The client is disabled."),
            Self::ClientMissing => ("invalid_request", "client_id is required."),
            Self::ClientUnknown => ("invalid_client", "client_id is unknown."),
            Self::DpopJktMalformed => ("invalid_request", "dpop_jkt is not a JWK SHA-256 thumbprint."),
            Self::DpopKeysDiffer => ("invalid_request", "dpop_jkt is not the key of the DPoP proof."),
            Self::GrantNotAllowed => ("unauthorized_client", "The client may not use a grant that this response_type needs."),
            Self::IdTokenHintOfAnotherClient => ("invalid_request", "id_token_hint was issued to another client."),
            Self::IdTokenHintUnknown => ("invalid_request", "id_token_hint is not an ID token of this server."),
            Self::LocalesTooLong => ("invalid_request", "ui_locales or claims_locales is too long."),
            Self::LoginHintTooLong => ("invalid_request", "login_hint is too long."),
            Self::LoginHintTokenRefused => ("invalid_request", "login_hint_token is not a token that the client has signed for this server, about somebody who can sign on."),
            Self::MaxAgeMalformed => ("invalid_request", "max_age must be a number of seconds."),
            Self::NonceMissing => ("invalid_request", "nonce is required for this response_type."),
            Self::NonceTooLong => ("invalid_request", "nonce is too long."),
            Self::ParameterRepeated => ("invalid_request", "A parameter is repeated."),
            Self::PromptNoneWithOthers => ("invalid_request", "prompt must not combine none with another value."),
            Self::PromptUnknown => ("invalid_request", "prompt has a value that is not supported."),
            Self::PushDisabled => ("invalid_request", "Authorization requests cannot be pushed to this server."),
            Self::PushMissing => ("invalid_request", "The client must push its authorization requests."),
            Self::PushUnknown => ("invalid_request_uri", "request_uri is unknown, used, or expired."),
            Self::PushedReference => ("invalid_request", "request_uri must not be pushed."),
            Self::RedirectUriMissing => ("invalid_request", "redirect_uri is required."),
            Self::RedirectUriUnregistered => ("invalid_request", "redirect_uri is not registered for the client."),
            Self::RedirectUriUnusable => ("invalid_request", "The registered redirect URI cannot be used."),
            Self::Registration => ("registration_not_supported", "registration is not supported."),
            Self::RequestObject => ("invalid_request_object", "request is not a request object that the client has signed for this server and this moment."),
            // RFC 9126 §2.3: "MUST refuse any other request with HTTP status code 400 and error code
            // invalid_request."
            Self::RequestObjectMissing => ("invalid_request", "The client must sign its authorization requests."),
            Self::RequestObjectReplayed => ("invalid_request_object", "request has been used before."),
            Self::RequestTwice => ("invalid_request", "request and request_uri must not be used together."),
            Self::RequestUri => ("request_uri_not_supported", "request_uri is not supported."),
            Self::ResponseModeExposesTokens => ("invalid_request", "response_mode query cannot be used with this response_type."),
            Self::ResponseModeNotAllowed => ("unauthorized_client", "The client may not use response_mode pi.flow."),
            Self::ResponseModeUnfit => ("invalid_request", "response_mode cannot be used with this redirect URI."),
            Self::ResponseModeUnknown => ("invalid_request", "response_mode is not supported."),
            Self::ResponseModeUnprotected => ("invalid_request", "The client must use a JWT secured response_mode."),
            Self::ResponseTypeMissing => ("invalid_request", "response_type is required."),
            Self::ResponseTypeUnsupported => ("unsupported_response_type", "response_type is not supported."),
            Self::ResponseTypeNotAllowed => ("unauthorized_client", "The client may not use this response_type."),
            Self::ResponseTypeUnbound => ("unauthorized_client", "The client must use DPoP, so it may not get tokens by this response_type."),
            Self::ScopeMalformed => ("invalid_scope", "scope is malformed."),
            Self::ScopeNotAllowed => ("invalid_scope", "The client may not ask for one of the scopes."),
            Self::ScopeWithoutOpenid => ("invalid_scope", "The scope openid is required for this response_type."),
            Self::StateTooLong => ("invalid_request", "state is too long."),
            Self::SubjectsDiffer => ("invalid_request", "id_token_hint and claims name different subjects."),
            Self::TransactionMalformed => ("invalid_request", "pi.template, pi.clientContext, pi.remoteIp or pi.webAuthn.challenge is malformed."),
            Self::TransactionTwice => ("invalid_request", "pi.template cannot be combined with authorization_details that are approved with a factor."),
            Self::TransactionUnheeded => ("invalid_request_object", "request has pi claims or cannot be read, and counts only where the client has keys (jwksSettings) that verify it."),
            Self::TransactionUnshown => ("invalid_request", "pi.template names no template that can be shown with these variables."),
        }
    }
}

impl std::fmt::Display for AuthorizeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.wire().1)
    }
}

impl std::error::Error for AuthorizeError {}
