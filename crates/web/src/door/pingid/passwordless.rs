//! Passkeys that say who somebody is.

use authn::factor::webauthn::{AuthenticationResponse, BytesAs};
use authn::flow::{Cause, Step};
use authn::pingid::rest::Outcome;
use domain::User;

use super::operation::{Answer, Call, Reply, malformed};
use super::session::{Terms, flow_named, holder, of_cause, shown};
use crate::door::exit;
use crate::door::passage::{Next, Submission};
use crate::fault::Fault;

/// The longest assertion, in bytes.
pub(super) const MAX_ASSERTION: usize = 64 << 10;

/// `startwebauthnpasswordlessauth`
pub(super) async fn start(call: &Call<'_>) -> Answer {
    call.relying_party()?;
    call.service()?;
    let terms = Terms {
        passwordless: true,
        ..Terms::read(call)?
    };
    let Next::Ask(asked) = call.begin(None, &terms, None).await? else {
        return Err(Outcome::Refused.into());
    };
    let passkey = match &asked.step {
        Step::SignOn { passkey, .. } | Step::Identify { passkey, .. } => passkey.as_ref(),
        _ => None,
    };
    let options = passkey.and_then(|challenge| {
        call.house
            .assertion_options(&asked.flow, challenge, None, BytesAs::Numbers)
    });
    let options = options.ok_or(Outcome::FactorUnknown)?;
    Ok(Reply::done()
        .with("sessionId", shown(&asked.flow))
        .with("cookie", ())
        .with("publicKeyCredentialOptions", options.to_string()))
}

/// `finishwebauthnpasswordlessauth`
pub(super) async fn finish(call: &Call<'_>) -> Answer {
    let signed = call
        .body
        .text_within("publicKeyCredentialJson", MAX_ASSERTION)?;
    let signed = signed.ok_or_else(|| malformed(()))?;
    let response = AuthenticationResponse::parse(signed.as_bytes()).map_err(malformed)?;
    let holder = holder();
    let session = flow_named(call.body.required("sessionId")?);
    let passage = call.passage(session, &holder);
    let Next::Ask(asked) = passage.look().await? else {
        return Err(Outcome::SessionUnknown.into());
    };
    if asked.flow.requirement().vouched.is_some() {
        return Err(Outcome::WrongState.into());
    }
    let submission = Submission::Assertion(Box::new(response));
    let (ended, exit) = match passage.act(&asked.flow, submission, |_| true).await? {
        Next::Leave(ended, exit) => (ended, exit),
        // The passkey is theirs, and policy asks for more.
        Next::Ask(asked) if asked.rejected.is_none() => return Ok(enforced()),
        _ => return Err(Outcome::NotAccepted.into()),
    };
    match exit.leave(call.house).await?.0 {
        exit::Answer::PingId(Err(Some(Cause::Denied))) => return Ok(enforced()),
        exit::Answer::PingId(Err(cause)) => return Err(of_cause(cause).into()),
        _ => {}
    }
    let proven = ended.flow.proven();
    let proven = proven.ok_or_else(|| Fault::Defect("nobody was proven".to_owned()))?;
    let user = call.house.records.get::<User>(&proven).await?;
    let user = user.ok_or(Outcome::UserUnknown)?;
    Ok(Reply::done().with("userName", user.username.clone()))
}

/// Policy does not let somebody in by a passkey alone: who it is is not told.
fn enforced() -> Reply {
    Reply::of(Outcome::PasswordlessPolicy)
}
