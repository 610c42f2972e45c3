//! Checking a PPM request.

use std::time::Duration;

use domain::port::Changes;
use domain::{Organization, Timestamp, User};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::{Attributes, Channel, PpmError};
use crate::pingid::{self, NotTheirs, Signature, VerifiedMessage};

/// The longest `ppm_request`, in bytes.
pub const MAX_LENGTH: usize = 32 << 10;

/// How far the clocks of clients may be off.
const SKEW: Duration = Duration::from_mins(2);
/// The longest that a request is good; clients make them for minutes.
const LONGEST: Duration = Duration::from_hours(24);
/// Times from here on are in milliseconds, as some clients write them: in seconds it is the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;
/// The longest `nonce`, `jti`, `iss` and `aud`, in bytes.
const LONGEST_TEXT: usize = 512;

/// What is posted.
#[derive(Clone, Copy, Debug)]
pub struct Form<'a> {
    /// The alias of the organisation (`idp_account_id`, `orgUuid`).
    pub account: &'a str,
    /// `iss`. Clients are about that leave it out or send `null`: it proves nothing, and the request
    /// has its own.
    pub issuer: Option<&'a str>,
    /// `ppm_request`
    pub request: &'a str,
}

/// Why nobody is answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// It is not the organisation's.
    #[error("the ppm_request is not the organisation's: {0}")]
    NotTheirs(#[from] NotTheirs),
    /// There is no `returnUrl`.
    #[error("the ppm_request has no returnUrl")]
    NoReturnUrl,
    /// The organisation allows no answers to be posted there.
    #[error("the organisation allows no answers to be posted to the returnUrl")]
    ForeignReturnUrl,
}

/// Whom an answer goes to, and what it is an answer to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Respondent {
    /// By which endpoint the request came.
    pub channel: Channel,
    /// `idpAccountId`
    pub(super) account: String,
    /// `iss` of the request.
    pub(super) issuer: String,
    /// `aud` of the request.
    pub(super) audience: String,
    /// `sub`
    pub(super) subject: String,
    /// `nonce`
    pub(super) nonce: Option<String>,
    /// `jti`, which may be empty.
    pub(super) token_id: Option<String>,
    /// Where the answer is posted.
    pub(super) return_url: String,
    /// The same as the request has it.
    pub(super) asked_url: String,
    /// How it is signed.
    pub(super) signature: Signature,
}

/// A request with which something is wrong that its relying party is told.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Who is told.
    pub respondent: Respondent,
    /// What is wrong.
    pub error: PpmError,
}

/// A PPM request that was found good. Only [`verify`] makes one, and a flow that reads back what it
/// has kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedPpm {
    /// Whom the answer goes to.
    pub respondent: Respondent,
    /// What else it says.
    pub attributes: Attributes,
    /// Until when it is good.
    pub(super) expires: Timestamp,
}

impl VerifiedPpm {
    /// The user name of the person it is about.
    pub fn subject(&self) -> &str {
        &self.respondent.subject
    }

    /// What the relying party calls itself (`iss`).
    pub fn issuer(&self) -> &str {
        &self.respondent.issuer
    }
}

impl Respondent {
    /// Where the answer is posted.
    pub fn return_url(&self) -> &str {
        &self.return_url
    }

    /// The user name of the person that it is about, as the request has it.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What the relying party calls itself (`iss`).
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}

/// Checks a request: first that the organisation has signed it and where its answer may go, then all
/// else. `destinations` are the addresses of the endpoint by which it came.
///
/// # Errors
/// It is nobody's ([`Unproven`]).
pub fn verify(
    organization: &Organization,
    form: &Form<'_>,
    channel: Channel,
    destinations: &[String],
    now: Timestamp,
) -> Result<Result<VerifiedPpm, Refused>, Unproven> {
    let message = pingid::verify(organization, form.request, MAX_LENGTH, now)?;
    let respondent = respondent(organization, &message, channel)?;
    let check = Check {
        message: &message,
        members: message.payload(),
        respondent: &respondent,
        organization,
        now,
    };
    Ok(match check.all(form, destinations) {
        Ok((attributes, expires)) => Ok(VerifiedPpm {
            respondent,
            attributes,
            expires,
        }),
        Err(error) => Err(Refused { respondent, error }),
    })
}

/// What makes a request good once: its `nonce` and its `jti`, if it has one, are taken until it is not
/// good any more.
pub fn claims(request: &VerifiedPpm) -> Changes {
    let mut changes = Changes::none();
    let of = &request.respondent;
    let until = request.expires + SKEW;
    let values = [("ppm.nonce", &of.nonce), ("ppm.jti", &of.token_id)];
    for (purpose, value) in values {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            changes.claim(purpose, &[value.as_bytes()], until);
        }
    }
    changes
}

/// Whom an answer goes to, whatever else is wrong.
fn respondent(
    organization: &Organization,
    message: &VerifiedMessage<'_>,
    channel: Channel,
) -> Result<Respondent, Unproven> {
    let members = message.payload();
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let asked = text("returnUrl").ok_or(Unproven::NoReturnUrl)?;
    let return_url = organization.return_url(asked);
    let kept = |name: &str| text(name).map(|it| it.chars().take(LONGEST_TEXT).collect::<String>());
    Ok(Respondent {
        channel,
        account: kept("idpAccountId").unwrap_or_else(|| organization.alias.clone()),
        issuer: kept("iss").unwrap_or_default(),
        audience: kept("aud").unwrap_or_default(),
        subject: kept("sub").unwrap_or_default(),
        nonce: kept("nonce"),
        token_id: kept("jti"),
        return_url: return_url.ok_or(Unproven::ForeignReturnUrl)?,
        asked_url: asked.to_owned(),
        signature: message.signature(),
    })
}

/// One request on its way through the checks.
struct Check<'a> {
    message: &'a VerifiedMessage<'a>,
    members: &'a Map<String, Value>,
    respondent: &'a Respondent,
    organization: &'a Organization,
    now: Timestamp,
}

impl Check<'_> {
    fn all(
        &self,
        form: &Form<'_>,
        destinations: &[String],
    ) -> Result<(Attributes, Timestamp), PpmError> {
        self.texts()?;
        if !self.message.shows_its_token() {
            return Err(PpmError::OtherToken);
        }
        self.account(form)?;
        self.audience()?;
        self.destination(destinations)?;
        let expires = self.times()?;
        let attributes = Attributes::read(self.members.get("attributes"))?;
        match (self.respondent.channel, attributes.enrolment) {
            // What is to be set up has to be said, and is said here alone.
            (Channel::Registration, None) => Err(PpmError::Attributes),
            (Channel::Registration, Some(_)) | (_, None) => Ok((attributes, expires)),
            (_, Some(_)) => Err(PpmError::Attributes),
        }
    }

    /// The mandatory texts, and the others if they are there.
    fn texts(&self) -> Result<(), PpmError> {
        let is_good = |name: &str| match self.members.get(name) {
            Some(Value::String(text)) => !text.trim().is_empty() && is_short(text),
            _ => false,
        };
        let mandatory = ["iss", "sub", "aud", "nonce", "idpAccountId"];
        let fits = self.respondent.subject.len() <= User::MAX_USERNAME;
        let may_be = |name: &str| match self.members.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => is_short(text),
            Some(_) => false,
        };
        let optional = ["jti", "idpEntityId", "dst"];
        match mandatory.into_iter().all(is_good) && optional.into_iter().all(may_be) && fits {
            true => Ok(()),
            false => Err(PpmError::Malformed),
        }
    }

    /// "identical to the value of the `PPMRequest` object's `idpAccountId` attribute"
    fn account(&self, form: &Form<'_>) -> Result<(), PpmError> {
        let is_ours = |named: &str| named.trim().eq_ignore_ascii_case(&self.organization.alias);
        if !is_ours(&self.respondent.account) || !is_ours(form.account) {
            return Err(PpmError::Contradicted);
        }
        let issuer = form.issuer.map(str::trim);
        let issuer = issuer.filter(|it| !it.is_empty() && *it != "null");
        match issuer.is_none_or(|issuer| issuer == self.respondent.issuer.trim()) {
            true => Ok(()),
            false => Err(PpmError::Contradicted),
        }
    }

    /// Who is meant. Clients write `md` where somebody registers, after the service that once did it.
    fn audience(&self) -> Result<(), PpmError> {
        let audience = self.respondent.audience.as_str();
        let is_ours = match self.respondent.channel {
            Channel::Registration => matches!(audience, "md" | "pingidauthenticator"),
            Channel::Authentication | Channel::Hybrid => audience == "pingidauthenticator",
        };
        is_ours.then_some(()).ok_or(PpmError::OtherAudience)
    }

    /// "The URL of the intended destination of the request. Intended for matching server and
    /// destination content."
    fn destination(&self, destinations: &[String]) -> Result<(), PpmError> {
        let stated = self.members.get("dst").and_then(Value::as_str);
        let Some(stated) = stated.filter(|stated| !stated.is_empty()) else {
            return Ok(());
        };
        let stated = normalized(stated).ok_or(PpmError::OtherDestination)?;
        let mut ours = destinations.iter().filter_map(|url| normalized(url));
        ours.any(|ours| ours == stated)
            .then_some(())
            .ok_or(PpmError::OtherDestination)
    }

    fn times(&self) -> Result<Timestamp, PpmError> {
        let [issued, expires] = ["iat", "exp"].map(|name| moment(self.members.get(name)));
        let (issued, expires) = issued.zip(expires).ok_or(PpmError::Malformed)?;
        if self.now >= expires + SKEW {
            return Err(PpmError::Expired);
        }
        let is_possible = issued <= self.now + SKEW && issued < expires;
        let is_short = expires <= self.now + LONGEST;
        (is_possible && is_short)
            .then_some(expires)
            .ok_or(PpmError::Times)
    }
}

/// Whether a text is no longer than any, and can be noted as it is.
fn is_short(text: &str) -> bool {
    text.len() <= LONGEST_TEXT && !text.chars().any(char::is_control)
}

/// A time of a request or an answer, in seconds or in milliseconds.
pub fn moment(value: Option<&Value>) -> Option<Timestamp> {
    let number = value?;
    let whole = number.as_i64().or_else(|| {
        let number = number.as_f64().filter(|it| it.fract() == 0.0)?;
        format!("{number:.0}").parse().ok()
    })?;
    Some(match whole {
        MILLISECONDS.. => Timestamp::from_millis(whole),
        0.. => Timestamp::from_seconds(whole),
        _ => return None,
    })
}

/// An address without a slash at its end.
fn normalized(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    Some(url.as_str().trim_end_matches('/').to_owned())
}
