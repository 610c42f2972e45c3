//! What can keep a person from granting what a verified request asks for.

/// Why a verified authorization request ends without a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The person said no, or gave up.
    AccessDenied,
    /// With `prompt=none`: the person would have to choose an account.
    AccountSelectionRequired,
    /// With `prompt=none`: the person would have to give consent.
    ConsentRequired,
    /// With `prompt=none`: the person would have to do something else.
    InteractionRequired,
    /// The person is not signed on as the request asks, and was not to be asked or could not.
    LoginRequired,
    /// The server cannot go on for a reason that is its own.
    ServerError,
    /// The server cannot go on now, but may later.
    TemporarilyUnavailable,
    /// The person cannot prove who they are in the way that the request asks for.
    UnmetAuthenticationRequirements,
}

impl Failure {
    /// The `error` and `error_description` of the answer (RFC 6749 §4.1.2.1, OpenID Connect Core
    /// §3.1.2.6, OpenID Connect Core Error Code `unmet_authentication_requirements`).
    #[rustfmt::skip]
    pub const fn wire(self) -> (&'static str, &'static str) {
        match self {
            Self::AccessDenied => ("access_denied", "The request was denied."),
            Self::AccountSelectionRequired => ("account_selection_required", "The person has to choose an account."),
            Self::ConsentRequired => ("consent_required", "The person has to give consent."),
            Self::InteractionRequired => ("interaction_required", "The person has to be asked."),
            Self::LoginRequired => ("login_required", "The person has to sign on."),
            Self::ServerError => ("server_error", "The server met an unexpected condition."),
            Self::TemporarilyUnavailable => ("temporarily_unavailable", "The server cannot handle the request now."),
            Self::UnmetAuthenticationRequirements => ("unmet_authentication_requirements", "The person cannot meet the authentication requirements of the request."),
        }
    }
}
