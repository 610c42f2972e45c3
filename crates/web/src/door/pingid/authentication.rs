//! People prove who they are: by a code, by what they approve on their authenticator, by a passkey or a
//! security key.

use std::time::Duration;

use authn::factor::webauthn::{AuthenticationResponse, BytesAs};
use authn::flow::{Flow, OneTimeTarget, PushState, Rejection, Step};
use authn::pingid::device_number;
use authn::pingid::rest::{Outcome, is_platform};
use domain::{Bypass, Device, DeviceId, DeviceKind, User, Uuid};
use serde_json::{Value, json};

use super::choice::{Choice, Reach};
use super::operation::{Answer, Call, Halt, Reply, malformed};
use super::passwordless::MAX_ASSERTION;
use super::session::{Terms, flow_named, holder, of_cause, shown, terms_of};
use crate::door::exit;
use crate::door::passage::{Asked, Next, Passage, Submission};

/// How often it is looked whether somebody has decided.
const PAUSE: Duration = Duration::from_millis(500);
/// The only service, and that of codes to another address.
const SERVICES: [&str; 2] = ["web", "rescuecode"];

/// `startauthentication`
pub(super) async fn start(call: &Call<'_>) -> Answer {
    call.service()?;
    let terms = Terms::read(call)?;
    Box::pin(begun(call, &terms, Reach::Start)).await
}

/// `authonline`
pub(super) async fn online(call: &Call<'_>) -> Answer {
    call.service()?;
    let terms = Terms {
        polls: false,
        ..Terms::read(call)?
    };
    match call.body.text("authType")?.unwrap_or("CONFIRM") {
        "CONFIRM"
        | "FINGERPRINT_PERMISSIVE"
        | "FINGERPRINT_RESTRICTIVE"
        | "FINGERPRINT_HARD_RESTRICTIVE"
        | "OTP"
        | "ONE_TIME_DEVICE" => {}
        _ => return Err(Outcome::Malformed.into()),
    }
    let reply = Box::pin(begun(call, &terms, Reach::Online)).await?;
    let details = json!({
        "performedFormType": "SLIDER",
        "adminHelp": "",
        "lastSuccessfulLogin": null,
        "deviceOSVersion": null,
        "deviceFp": null,
        "gracePeriod": null,
        "deviceType": null,
        "gpsLocation": null,
    });
    Ok(match reply.outcome {
        Outcome::Done => reply.with("extendedOnlineDetails", details),
        _ => reply,
    })
}

/// `authoffline`: a code, or what a passkey or a security key has signed.
pub(super) async fn offline(call: &Call<'_>) -> Answer {
    call.service()?;
    let form = call.body.within("formParameters")?;
    form.flag("oathResync")?;
    let otp = call.body.text_within("otp", MAX_ASSERTION)?;
    let otp = otp.ok_or_else(|| malformed(()))?.trim();
    // What is signed answers what `webauthnstartauth` has asked, which is a session of its own.
    let session = match form.text("authWebauthnSessionId")? {
        Some(session) => session,
        None => call.body.required("sessionId")?,
    };
    let holder = holder();
    let passage = call.passage(flow_named(session), &holder);
    let asked = match passage.look().await? {
        Next::Ask(asked) => asked,
        over => return ended(call, over).await,
    };
    call.is_about(&asked.flow).await?;
    let submission = match &asked.step {
        Step::OneTimeCode { .. } => Submission::Code(otp),
        Step::Assertion { .. } => {
            let response = AuthenticationResponse::parse(otp.as_bytes()).map_err(malformed)?;
            Submission::Assertion(Box::new(response))
        }
        _ => return Err(Outcome::WrongState.into()),
    };
    let session = shown(&asked.flow);
    match passage.act(&asked.flow, submission, |_| true).await? {
        Next::Ask(asked) => Err(of_rejection(asked.rejected).into()),
        over => {
            let reply = ended(call, over).await?;
            Ok(reply.with("sessionId", session))
        }
    }
}

/// `authstatus`
pub(super) async fn status(call: &Call<'_>) -> Answer {
    let holder = holder();
    let session = flow_named(call.body.required("sessionId")?);
    let passage = call.passage(session, &holder);
    match passage.look().await? {
        Next::Ask(asked) => stands(call, &passage, *asked).await,
        over => ended(call, over).await,
    }
}

/// `cancelauthentication`: to choose another device the session goes on, and otherwise is over.
pub(super) async fn cancel(call: &Call<'_>) -> Answer {
    let kind = call.body.text("cancelAuthenticationType")?;
    let changes = match kind.unwrap_or("DEFAULT") {
        "CHANGE_DEVICE" => true,
        "ADD_DEVICE" | "DEFAULT" => false,
        _ => return Err(Outcome::Malformed.into()),
    };
    let holder = holder();
    let session = flow_named(call.body.required("sessionId")?);
    let passage = call.passage(session, &holder);
    let Next::Ask(asked) = passage.look().await? else {
        return Err(Outcome::SessionUnknown.into());
    };
    let submission = match (changes, &asked.step) {
        (true, Step::Push { .. }) => Submission::ChooseDevice,
        (true, _) => return Ok(Reply::done()),
        (false, _) => Submission::Cancel,
    };
    match passage.act(&asked.flow, submission, |_| true).await? {
        Next::Ask(asked) if asked.rejected.is_some() => Err(Outcome::WrongState.into()),
        Next::Leave(_, exit) => {
            exit.leave(call.house).await?;
            Ok(Reply::done())
        }
        _ => Ok(Reply::done()),
    }
}

/// `webauthnstartauth`: what a passkey or a security key signs.
pub(super) async fn start_key(call: &Call<'_>) -> Answer {
    call.relying_party()?;
    let wanted = call.body.text("webauthnType")?.map(str::to_ascii_lowercase);
    let named = call.body.text("deviceUuid")?.map(str::parse::<Uuid>);
    let named = named.transpose().map_err(malformed)?.map(DeviceId::from);
    let user = call.proving_user().await?;
    let devices = call.devices(&user).await?;
    let is_wanted = |device: &&Device| {
        let kind = match wanted.as_deref() {
            None => true,
            Some("webauthn") => !is_platform(&device.kind),
            Some(_) => is_platform(&device.kind),
        };
        matches!(device.kind, DeviceKind::WebAuthn(_))
            && named.map_or(kind, |named| device.id == named)
    };
    let device = devices.iter().find(is_wanted);
    let device = device.ok_or(Outcome::DeviceUnknown)?;
    let next = call.begin(Some(&user), &Terms::read(call)?, None).await?;
    let Next::Ask(asked) = next else {
        return ended(call, next).await;
    };
    let (id, holder) = (asked.flow.id().to_string(), holder());
    let passage = call.passage(&id, &holder);
    let asked = choose(call, &passage, &asked.flow, device.id).await?;
    let Step::Assertion {
        challenge, allowed, ..
    } = &asked.step
    else {
        return Err(Outcome::DeviceUnknown.into());
    };
    let options =
        call.house
            .assertion_options(&asked.flow, challenge, Some(allowed), BytesAs::Numbers);
    let options = options.ok_or(Outcome::FactorUnknown)?;
    Ok(Reply::done()
        .with("sessionId", shown(&asked.flow))
        .with("publicKeyCredentialOptions", options.to_string())
        .with("deviceId", device_number(device.id))
        .with("deviceUuid", device.id.uuid().to_string()))
}

/// Begins a session, or goes on with one, and asks a device.
async fn begun(call: &Call<'_>, terms: &Terms, reach: Reach) -> Answer {
    let user = call.proving_user().await?;
    if let Some(reply) = bypassed(call, &user).await? {
        return Ok(reply);
    }
    let devices = call.devices(&user).await?;
    let once = call.one_time(&devices)?;
    let next = Box::pin(session(call, &user, terms, once)).await?;
    let Next::Ask(asked) = next else {
        return ended(call, next).await;
    };
    let (id, holder) = (asked.flow.id().to_string(), holder());
    let passage = call.passage(&id, &holder);
    let chosen = Choice::of(call, &asked, &devices, reach)?;
    let reply = match chosen {
        Choice::Several => told(call, Outcome::SelectDevice, &asked),
        Choice::Online => told(call, Outcome::Online, &asked),
        Choice::Asked => stands(call, &passage, *asked).await?,
        Choice::Device(device) => {
            let asked = choose(call, &passage, &asked.flow, device).await?;
            stands(call, &passage, asked).await?
        }
    };
    let reply = match (reach, reply.outcome) {
        // Where a number is to be typed its person has to see it first: the client shows it and looks again.
        (Reach::Online, Outcome::Waiting) if !has_number(&reply) => waited(call, &passage).await?,
        _ => reply,
    };
    let listed = devices.iter().zip(0..);
    let listed = listed.map(|(it, place)| authn::pingid::rest::device(it, place == 0));
    let listed: Vec<Value> = listed.collect();
    Ok(reply
        .with("userDevices", listed)
        .with("multipleDevicesEnabled", true)
        .with("cookie", ()))
}

/// The session in which somebody is asked: the one that is named, or another.
async fn session(
    call: &Call<'_>,
    user: &User,
    terms: &Terms,
    once: Option<OneTimeTarget>,
) -> Result<Next, Halt> {
    let Some(named) = call.body.text("sessionId")? else {
        return call.begin(Some(user), terms, once).await;
    };
    let holder = holder();
    let next = call.passage(flow_named(named), &holder).look().await?;
    let Next::Ask(asked) = &next else {
        return Ok(next);
    };
    call.is_about(&asked.flow).await?;
    let is_other = match &asked.flow.requirement().one_time {
        Some(begun_for) => call.leaves(begun_for)?,
        None => once.is_some(),
    };
    match renamed(asked, terms, is_other) {
        Some(renamed) => call.begin(Some(user), &renamed, once).await,
        None => Ok(next),
    }
}

/// What is asked where a client says only when it has somebody asked what the application is called, or
/// whether it can show a number: until then nobody has been, so that it is another session. So it is
/// wherever a code is to be sent to some `other` address, or to one no more.
fn renamed(asked: &Asked, terms: &Terms, other: bool) -> Option<Terms> {
    let is_new = matches!(asked.step, Step::SelectDevice { .. });
    let known = terms_of(&asked.flow).filter(|_| is_new || other)?;
    let called = terms.called.clone().or_else(|| known.called.clone());
    let icon = terms.icon.clone().or_else(|| known.icon.clone());
    let is_shown_else = called != known.called || icon != known.icon;
    let is_other = other || is_shown_else || terms.polls != known.polls;
    is_other.then_some(Terms {
        called,
        icon,
        polls: terms.polls,
        ..known
    })
}

/// Asks a device.
async fn choose(
    call: &Call<'_>,
    passage: &Passage<'_>,
    flow: &Flow,
    device: DeviceId,
) -> Result<Asked, Halt> {
    let chosen = passage
        .act(flow, Submission::Device(device), |_| true)
        .await?;
    match chosen {
        // What was sent a moment ago is still on its way.
        Next::Ask(asked) if matches!(asked.rejected, None | Some(Rejection::TooSoon)) => Ok(*asked),
        Next::Ask(asked) => Err(of_rejection(asked.rejected).into()),
        over => Err(ended(call, over).await?.outcome.into()),
    }
}

/// Where a session stands, taken further where somebody has decided.
async fn stands(call: &Call<'_>, passage: &Passage<'_>, asked: Asked) -> Answer {
    let outcome = match &asked.step {
        Step::SelectDevice { .. } => Outcome::SelectDevice,
        Step::OneTimeCode { device, .. } => Outcome::of_asked(device.kind, false),
        Step::Assertion { device, .. } => {
            let known = call.house.records.get::<Device>(device.id).await?;
            let is_platform = known.is_some_and(|known| is_platform(&known.kind));
            Outcome::of_asked(device.kind, is_platform)
        }
        Step::Push { state, .. } => match state {
            PushState::Waiting => Outcome::Waiting,
            PushState::Rejected => return denied(call, passage, &asked.flow).await,
            PushState::TimedOut => Outcome::TimedOut,
            PushState::Approved => {
                let went = passage.act(&asked.flow, Submission::Continue, |_| true);
                return match went.await? {
                    Next::Ask(_) => Err(Outcome::WrongState.into()),
                    over => ended(call, over).await,
                };
            }
        },
        _ => Outcome::WrongState,
    };
    Ok(told(call, outcome, &asked))
}

/// Ends a session whose person has denied it, so that this is told once, as an approval is.
async fn denied(call: &Call<'_>, passage: &Passage<'_>, flow: &Flow) -> Answer {
    match passage.act(flow, Submission::Cancel, |_| true).await? {
        Next::Leave(_, exit) => exit.leave(call.house).await?,
        // Another request was told.
        _ => return Err(Outcome::SessionUnknown.into()),
    };
    Ok(Reply::of(Outcome::Denied)
        .with("sessionId", ())
        .with("cookie", ()))
}

/// Whether a client is told a number that is to be typed.
fn has_number(reply: &Reply) -> bool {
    let details = reply.members.get("extendedAuthenticationDetails");
    let number = details.and_then(|details| details.get("numberForMatching"));
    number.is_some_and(Value::is_number)
}

/// What a client is told of a session that goes on.
fn told(call: &Call<'_>, outcome: Outcome, asked: &Asked) -> Reply {
    let number = match &asked.step {
        Step::Push { number, .. } => *number,
        _ => None,
    };
    let details = json!({
        "adminHelp": "",
        "gracePeriod": null,
        "lastSuccessfulLogin": null,
        "numberForMatching": number.filter(|_| outcome == Outcome::Waiting),
    });
    tracing::debug!(
        alias = call.organization.alias,
        ?outcome,
        "a session goes on"
    );
    Reply::of(outcome)
        .with("sessionId", shown(&asked.flow))
        .with("extendedAuthenticationDetails", details)
}

/// Waits for what somebody decides.
async fn waited(call: &Call<'_>, passage: &Passage<'_>) -> Answer {
    loop {
        let reply = match passage.look().await? {
            Next::Ask(asked) => stands(call, passage, *asked).await?,
            over => return ended(call, over).await,
        };
        if reply.outcome != Outcome::Waiting {
            return Ok(reply);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How a session has ended.
async fn ended(call: &Call<'_>, over: Next) -> Answer {
    let Next::Leave(_, exit) = over else {
        return Err(Outcome::SessionUnknown.into());
    };
    match exit.leave(call.house).await?.0 {
        exit::Answer::PingId(Ok(())) => Ok(Reply::done().with("sessionId", ()).with("cookie", ())),
        exit::Answer::PingId(Err(cause)) => Err(of_cause(cause).into()),
        _ => Err(Outcome::SessionUnknown.into()),
    }
}

/// Whether somebody is let through.
async fn bypassed(call: &Call<'_>, user: &User) -> Result<Option<Reply>, Halt> {
    let house = call.house;
    let known = house.records.get::<Bypass>(user.id).await?;
    if !known.is_some_and(|known| known.holds(house.now())) {
        return Ok(None);
    }
    let event = call.event("pingid.bypassed");
    let event = event.with("username", user.username.clone());
    call.note(&event).await?;
    Ok(Some(Reply::done().with("sessionId", ()).with("cookie", ())))
}

/// Why something had no effect.
const fn of_rejection(rejection: Option<Rejection>) -> Outcome {
    match rejection {
        Some(Rejection::TooSoon | Rejection::TooManyMessages) => Outcome::TooManyMessages,
        Some(Rejection::CodeNotAccepted | Rejection::AssertionNotAccepted) => Outcome::NotAccepted,
        _ => Outcome::WrongState,
    }
}

impl Call<'_> {
    /// Whether the service is one that there is, where it is named.
    pub(super) fn service(&self) -> Result<(), Halt> {
        match self.body.text("spAlias")? {
            Some(service) if !SERVICES.contains(&service) => Err(Outcome::ServiceUnknown.into()),
            _ => Ok(()),
        }
    }

    /// Somebody who may prove who they are.
    async fn proving_user(&self) -> Result<User, Halt> {
        let user = self.user().await?;
        match user.enabled {
            true => Ok(user),
            false => Err(Outcome::Suspended.into()),
        }
    }
}
