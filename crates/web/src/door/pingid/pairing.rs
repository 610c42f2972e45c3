//! Pairing: by activation codes, by codes that are sent, by an app that shows codes, by a passkey or a
//! security key.

use std::time::Duration;

use authn::account::device::{Proof, Wanted, admit, begin, options, register};
use authn::factor::totp;
use authn::factor::webauthn::{BytesAs, RegistrationResponse};
use authn::pingid::device_number;
use authn::pingid::rest::Outcome;
use domain::{Device, DeviceId, DeviceKind, User};

use super::activation::Progress;
use super::operation::{Answer, Call, Halt, Reply, malformed};

/// How many hours an activation code may be good.
const HOURS: std::ops::RangeInclusive<i64> = 1..=336;
/// What sessions of pairing begin with.
const SESSION: &str = "oacts_";
/// The longest credential, in bytes.
const MAX_CREDENTIAL: usize = 96 << 10;

/// `getactivationcode`
pub(super) async fn activation_code(call: &Call<'_>) -> Answer {
    call.device_type()?;
    let hours = call.body.number("hoursUntilExpiration")?;
    if hours.is_some_and(|hours| !HOURS.contains(&hours)) {
        return Err(Outcome::Malformed.into());
    }
    let user = call.user().await?;
    if !user.enabled {
        return Err(Outcome::Suspended.into());
    }
    call.may_be_activated()?;
    let hours = hours.and_then(|hours| u64::try_from(hours).ok());
    let code = call.activation_code(&user, hours.map(Duration::from_hours));
    Ok(Reply::done().with("activationCode", code.await?.expose()))
}

/// `pairingstatus`
pub(super) async fn status(call: &Call<'_>) -> Answer {
    let code = match call.body.text("activationCode") {
        Ok(Some(code)) => code.to_owned(),
        Ok(None) => return Err(malformed(())),
        // A number is one as well.
        Err(_) => {
            let number = call.body.number("activationCode")?;
            number.ok_or_else(|| malformed(()))?.to_string()
        }
    };
    let (status, device) = match call.progress(&code).await? {
        Progress::Unknown => ("NOT_EXIST", None),
        Progress::Unclaimed => ("NOT_CLAIMED", None),
        Progress::Opened => ("VERIFIED", None),
        Progress::Connected(device) => ("SUCCESS", Some(device_number(device.id))),
    };
    Ok(Reply::done()
        .with("pairingStatus", status)
        .with("deviceId", device))
}

/// `startofflinepairing`: a code is sent.
pub(super) async fn start_offline(call: &Call<'_>) -> Answer {
    let wanted = wanted(call)?;
    let user = call.pairing_user().await?;
    call.is_free(&wanted).await?;
    let begun = call.decide(&user, |owner, wallet| begin(owner, wallet, &wanted, ""));
    Ok(started(&begun.await?))
}

/// `offlinepairing`: the organisation vouches for the address or the number.
pub(super) async fn offline(call: &Call<'_>) -> Answer {
    let wanted = wanted(call)?;
    let user = call.pairing_user().await?;
    call.is_free(&wanted).await?;
    let paired = call.decide(&user, |owner, wallet| register(owner, wallet, &wanted, ""));
    Ok(started(&paired.await?))
}

/// `finalizeofflinepairing`, `authenticatorappfinishpairing`: the code of a device that was begun.
pub(super) async fn finish(call: &Call<'_>) -> Answer {
    call.body.flag("oathResync")?;
    let otp = call.body.required("otp")?;
    let (user, device) = call.begun().await?;
    let proof = Proof::Code(otp);
    call.decide(&user, |owner, wallet| {
        admit(owner, wallet, device.id, proof)
    })
    .await?;
    Ok(Reply::done())
}

/// `authenticatorappstartpairing`
pub(super) async fn start_app(call: &Call<'_>) -> Answer {
    let kind = call.body.text("pairingType")?;
    if kind.is_some_and(|kind| kind != "TOTP") {
        return Err(Outcome::FactorUnknown.into());
    }
    let user = call.pairing_user().await?;
    let begun = call.decide(&user, |owner, wallet| {
        begin(owner, wallet, &Wanted::Totp, "")
    });
    let device = begun.await?;
    let DeviceKind::Totp(kept) = &device.kind else {
        return Err(Outcome::System.into());
    };
    let name = call.house.name();
    let uri = totp::otpauth_uri(kept, name, &user.username);
    Ok(started(&device)
        .with("pairingKeyUri", uri.as_str())
        .with("pairingKey", totp::grouped(&kept.secret).as_str())
        .with("issuer", name)
        .with("account", user.username))
}

/// `webauthnstartpairing`
pub(super) async fn start_key(call: &Call<'_>) -> Answer {
    call.relying_party()?;
    let kind = call.body.text("webauthnType")?.unwrap_or_default();
    let roaming = match kind.to_ascii_lowercase().as_str() {
        "webauthn" => true,
        kind if kind.is_empty() || kind.starts_with("webauthn_platform") => false,
        _ => return Err(Outcome::Malformed.into()),
    };
    let names = ["name", "displayName"].map(|name| call.body.text_within(name, 400));
    let [name, display] = names;
    let (name, display) = (name?.unwrap_or_default(), display?);
    let user = call.pairing_user().await?;
    let mut user_shown = user.clone();
    if let Some(display) = display {
        user_shown.profile.name = Some(display.to_owned());
    }
    let begun = |name: &'_ str| {
        let (call, user, name) = (call, user.clone(), name.to_owned());
        async move {
            let wanted = Wanted::WebAuthn { roaming };
            call.decide(&user, |owner, wallet| begin(owner, wallet, &wanted, &name))
                .await
        }
    };
    let device = match begun(name).await {
        // A name that will do for nothing here is none.
        Err(Halt::Outcome(Outcome::Name)) => begun("").await?,
        begun => begun?,
    };
    let wallet = call.house.wallet(user.id, call.locale).await?;
    let policy = wallet.policy.webauthn.as_ref();
    let policy = policy.ok_or(Outcome::FactorUnknown)?;
    let asked = options(&user_shown, &wallet.devices, &device, policy, |asked| {
        asked.json(BytesAs::Numbers).to_string()
    });
    let asked = asked.ok_or(Outcome::System)?;
    Ok(started(&device).with("publicKeyCredentialOptions", asked))
}

/// `webauthnfinishpairing`
pub(super) async fn finish_key(call: &Call<'_>) -> Answer {
    call.relying_party()?;
    let made = call
        .body
        .text_within("publicKeyCredentialJson", MAX_CREDENTIAL)?;
    let made = made.ok_or_else(|| malformed(()))?;
    let (user, device) = call.begun().await?;
    let response = RegistrationResponse::parse(made.as_bytes()).map_err(malformed)?;
    let known = call.house.is_registered(&response).await?;
    let proof = Proof::Credential {
        response: &response,
        known,
    };
    call.decide(&user, |owner, wallet| {
        admit(owner, wallet, device.id, proof)
    })
    .await?;
    Ok(Reply::done())
}

/// A device that was begun.
fn started(device: &Device) -> Reply {
    Reply::done()
        .with("sessionId", format!("{SESSION}{}", device.id.uuid()))
        .with("deviceId", device_number(device.id))
        .with("deviceUuid", device.id.uuid().to_string())
}

/// What is to be paired that codes are sent to.
fn wanted(call: &Call<'_>) -> Result<Wanted, Halt> {
    let target = call.body.required("pairingData")?.trim();
    let number = || match target.starts_with(|first: char| first.is_ascii_digit()) {
        true => format!("+{target}"),
        false => target.to_owned(),
    };
    match call.body.required("type")? {
        "SMS" => Ok(Wanted::Sms(number())),
        "VOICE" => Ok(Wanted::Voice(number())),
        "EMAIL" => Ok(Wanted::Email(target.to_owned())),
        // Of hardware nobody has any here, and the secret of an app is made by us alone.
        "TOKEN" | "AUTHENTICATOR_APP" => Err(Outcome::FactorUnknown.into()),
        _ => Err(Outcome::Malformed.into()),
    }
}

impl Call<'_> {
    /// Somebody who may pair devices.
    async fn pairing_user(&self) -> Result<User, Halt> {
        let user = self.user().await?;
        match user.enabled {
            true => Ok(user),
            false => Err(Outcome::Suspended.into()),
        }
    }

    /// Whether nobody has the device, where that was asked for.
    async fn is_free(&self, wanted: &Wanted) -> Result<(), Halt> {
        if !self.body.flag("validateUniqueDevice")? {
            return Ok(());
        }
        let number = |text: &str| domain::telephone_number(text);
        let is_it = |kind: &DeviceKind| match (kind, wanted) {
            (DeviceKind::Email { address }, Wanted::Email(wanted)) => {
                address.eq_ignore_ascii_case(wanted)
            }
            (DeviceKind::Sms { number: known }, Wanted::Sms(wanted))
            | (DeviceKind::Voice { number: known }, Wanted::Voice(wanted)) => {
                number(wanted).as_ref() == Some(known)
            }
            _ => false,
        };
        let all = self.house.records.all::<Device>().await?;
        let mut paired = all.iter().filter(|device| device.is_active());
        match paired.any(|device| is_it(&device.kind)) {
            true => Err(Outcome::DeviceExists.into()),
            false => Ok(()),
        }
    }

    /// The device of a session of pairing, and whose it is.
    async fn begun(&self) -> Result<(User, Device), Halt> {
        let session = self.body.required("sessionId")?;
        let id = session.strip_prefix(SESSION).unwrap_or(session);
        let unknown = Outcome::SessionUnknown;
        let id: DeviceId = id.parse().map_err(|_| unknown)?;
        let device = self.house.records.get::<Device>(id).await?;
        let device = device.filter(|device| !device.is_active());
        let device = device.ok_or(unknown)?.record;
        let user = self.house.records.get::<User>(&device.user).await?;
        let user = user.filter(|user| user.enabled).ok_or(unknown)?.record;
        let named = self.body.text("username")?.map(User::normalized);
        match named.is_none_or(|named| named == User::normalized(&user.username)) {
            true => Ok((user, device)),
            false => Err(unknown.into()),
        }
    }

    /// Whether the relying party is this one, where it is named: a credential is good for no other.
    pub(super) fn relying_party(&self) -> Result<(), Halt> {
        let policy = self.house.settings.policy.devices.webauthn.as_ref();
        let policy = policy.ok_or(Outcome::FactorUnknown)?;
        let named = self.body.text("rpId")?;
        match named.is_none_or(|named| named == policy.relying_party.id()) {
            true => Ok(()),
            false => Err(Outcome::Malformed.into()),
        }
    }
}
