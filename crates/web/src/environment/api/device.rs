//! `/v1/environments/{environment}/users/{id}/devices`: with what the people of an environment prove who
//! they are.

mod described;
pub(super) mod pairing_key;
mod wanted;

use std::sync::Arc;

use authn::account::device::{
    Proof, Wallet, Wanted, admit, begin, discard, invite, is_stale, register, rename, reorder,
    resend,
};
use authn::account::{Decision, Owner, Refusal};
use authn::factor::webauthn::RegistrationResponse;
use axum::Extension;
use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use domain::port::{Changes, CommitError};
use domain::{Actor, Device, DeviceId, User, UserId};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Value, json};

use self::described::{collection, described, with_pairing};
use self::wanted::Ordered;
use super::collection::Listing;
use super::given::Given;
use super::house::House;
use super::user::{Subject, Who, event, load};
use super::{Answer, shown};
use crate::app::App;
use crate::environment::error::{ApiError, Detail};
use crate::fault::Fault;

/// The media types of the actions on a device, and on all devices of a person.
const ACTIVATE: &str = "application/vnd.pingidentity.device.activate+json";
const SEND: &str = "application/vnd.pingidentity.device.sendactivationcode+json";
const REORDER: &str = "application/vnd.pingidentity.devices.reorder+json";

/// How often a change is decided anew when others change the same person.
const TRIES: usize = 8;

/// In which language people are told things unless somebody says otherwise.
const LOCALE: &str = "en";

/// The device that a request names in its path.
pub(super) struct Asked(DeviceId);

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let named = Path::<Vec<(String, String)>>::from_request_parts(parts, app).await;
        let named = named.map_err(|_| ApiError::NotFound)?.0;
        let named = named.into_iter().find(|(name, _)| name == "device");
        let id = named.and_then(|(_, id)| id.parse::<domain::Uuid>().ok());
        id.map(|id| Self(id.into())).ok_or(ApiError::NotFound)
    }
}

/// A person whose devices an administrator looks after.
struct Desk {
    app: Arc<App>,
    user: User,
    actor: Actor,
    locale: String,
    /// The address of the environment.
    environment: String,
    /// The policy by which devices are set up, if not by that of the environment.
    policy: Option<String>,
}

impl Desk {
    async fn of(house: &House, id: UserId, who: &Who) -> Result<Self, ApiError> {
        let user = load(&house.app, id).await?.record;
        Ok(Self {
            app: Arc::clone(&house.app),
            locale: user
                .profile
                .locale
                .clone()
                .unwrap_or_else(|| LOCALE.to_owned()),
            user,
            actor: who.0.actor(),
            environment: house.address.clone(),
            policy: None,
        })
    }

    fn owner(&self) -> Owner<'_> {
        Owner {
            user: &self.user,
            now: self.app.now(),
            random: self.app.random(),
            administrator: Some(&self.actor),
            session: None,
        }
    }

    async fn wallet(&self) -> Result<Wallet<'_>, ApiError> {
        let policy = self.app.enrolment_policy(self.policy.as_deref());
        let policy = policy.ok_or_else(|| ApiError::Invalid(vec![no_policy()]))?;
        let wallet = self.app.wallet_by(self.user.id, &self.locale, policy);
        Ok(wallet.await.map_err(Fault::from)?)
    }

    /// Decides about the devices and makes it so.
    async fn carry_out<T>(
        &self,
        mut decide: impl FnMut(Owner<'_>, &Wallet<'_>) -> Decision<T>,
    ) -> Result<Result<T, Refusal>, ApiError> {
        for _ in 0..TRIES {
            let wallet = self.wallet().await?;
            let decision = decide(self.owner(), &wallet);
            match self.app.records.commit(decision.changes).await {
                Ok(()) => return Ok(decision.answer),
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(_) => {}
            }
        }
        Err(Fault::Contention.into())
    }

    fn described(&self, device: &Device) -> Value {
        described(device, &self.user, &self.environment)
    }

    /// The devices as they are listed: the one that is asked first on top, those that are not active at
    /// the end.
    async fn all(&self) -> Result<Vec<Value>, ApiError> {
        let wallet = self.wallet().await?;
        let now = self.app.now();
        let mut devices: Vec<&Device> = wallet.devices.iter().map(|it| &it.record).collect();
        devices.retain(|device| !is_stale(device, now));
        devices.sort_by_key(|device| (!device.is_active(), wallet.policy.place(device)));
        Ok(devices.into_iter().map(|it| self.described(it)).collect())
    }
}

fn no_policy() -> Detail {
    Detail::invalid("policy.id", "There is no such policy.")
}

/// `GET /devices`.
pub(super) async fn list(house: House, Subject(id): Subject, who: Who, listing: Listing) -> Answer {
    let desk = Desk::of(&house, id, &who).await?;
    let all = desk.all().await?;
    let address = collection(&desk.user, &desk.environment);
    let listed = listing.collection(&address, "devices", all);
    Ok(shown(StatusCode::OK, &listed))
}

/// `POST /devices`: adds one, or orders them.
pub(super) async fn create(
    house: House,
    Subject(id): Subject,
    who: Who,
    listing: Listing,
    given: Given,
) -> Answer {
    let mut desk = Desk::of(&house, id, &who).await?;
    if given.media_type == REORDER {
        let order = wanted::order(&given.members)?;
        let done = desk.carry_out(|owner, wallet| reorder(owner, wallet, &order));
        done.await?.map_err(|refusal| refused(refusal, "order"))?;
        let address = collection(&desk.user, &desk.environment);
        let listed = listing.collection(&address, "devices", desk.all().await?);
        return Ok(shown(StatusCode::OK, &listed));
    }
    let policy = desk.app.settings.policy.devices.webauthn.as_ref();
    let Ordered {
        wanted,
        nickname,
        active,
        target,
        locale,
        policy,
    } = wanted::read(&given.members, policy)?;
    if let Some(locale) = locale {
        desk.locale = locale;
    }
    desk.policy = policy;
    let added = desk.carry_out(|owner, wallet| match (&wanted, active) {
        (Wanted::Authenticator, _) => {
            invite(owner, wallet, &nickname).map(|(device, handle)| (device, Some(handle)))
        }
        (_, true) => register(owner, wallet, &wanted, &nickname).map(|device| (device, None)),
        (_, false) => begin(owner, wallet, &wanted, &nickname).map(|device| (device, None)),
    });
    let (device, handle) = added.await?.map_err(|refusal| refused(refusal, target))?;
    let wallet = desk.wallet().await?;
    let name = desk.app.name();
    let mut paired = with_pairing(
        desk.described(&device),
        &device,
        &wallet,
        (desk.owner(), name),
    );
    if let (Some(paired), Some(handle)) = (paired.as_object_mut(), &handle) {
        paired.extend(pairing_key::told(&desk, &device, handle));
    }
    Ok(shown(StatusCode::CREATED, &paired))
}

/// `GET /devices/{device}`.
pub(super) async fn read(
    house: House,
    Subject(id): Subject,
    Asked(device): Asked,
    who: Who,
) -> Answer {
    let desk = Desk::of(&house, id, &who).await?;
    let now = desk.app.now();
    let found = desk.wallet().await?.devices.into_iter();
    let mut found = found.filter(|it| it.id == device && !is_stale(it, now));
    let found = found.next().ok_or(ApiError::NotFound)?;
    Ok(shown(StatusCode::OK, &desk.described(&found)))
}

/// `POST /devices/{device}`: activates it, or sends another code to it.
pub(super) async fn act(
    house: House,
    Subject(id): Subject,
    Asked(device): Asked,
    who: Who,
    given: Given,
) -> Answer {
    let desk = Desk::of(&house, id, &who).await?;
    let answer = match given.media_type.as_str() {
        ACTIVATE => activate(&desk, device, &given).await?,
        SEND => {
            let sent = desk.carry_out(|owner, wallet| resend(owner, wallet, device));
            sent.await?.map_err(|refusal| refused(refusal, "id"))?
        }
        _ => {
            return Err(ApiError::Body(
                "The Content-Type must be one that an action of a device has.",
            ));
        }
    };
    Ok(shown(StatusCode::OK, &desk.described(&answer)))
}

async fn activate(desk: &Desk, device: DeviceId, given: &Given) -> Result<Device, ApiError> {
    let made = wanted::attestation(
        &given.members,
        desk.app.settings.policy.devices.webauthn.as_ref(),
    )?;
    let (known, target) = match &made {
        Some(response) => (desk.app.is_registered(response).await?, "attestation"),
        None => (false, "otp"),
    };
    let otp = given.members.get("otp").and_then(Value::as_str);
    if made.is_none() && otp.is_none() {
        return Err(ApiError::Invalid(vec![Detail::required("otp")]));
    }
    let proof = proof(made.as_ref(), known, otp.unwrap_or_default());
    let admitted = desk.carry_out(|owner, wallet| admit(owner, wallet, device, proof));
    admitted.await?.map_err(|refusal| refused(refusal, target))
}

const fn proof<'a>(made: Option<&'a RegistrationResponse>, known: bool, otp: &'a str) -> Proof<'a> {
    match made {
        Some(response) => Proof::Credential { response, known },
        None => Proof::Code(otp),
    }
}

/// `PUT /devices/{device}/nickname`.
pub(super) async fn set_nickname(
    house: House,
    Subject(id): Subject,
    Asked(device): Asked,
    who: Who,
    given: Given,
) -> Answer {
    let desk = Desk::of(&house, id, &who).await?;
    let Some(name) = given.members.get("nickname").and_then(Value::as_str) else {
        return Err(ApiError::Invalid(vec![Detail::required("nickname")]));
    };
    let named = desk.carry_out(|owner, wallet| rename(owner, wallet, device, name));
    let named = named.await?;
    let named = named.map_err(|refusal| refused(refusal, "nickname"))?;
    Ok(shown(StatusCode::OK, &desk.described(&named)))
}

/// `DELETE /devices/{device}`.
pub(super) async fn delete(
    house: House,
    Subject(id): Subject,
    Asked(device): Asked,
    who: Who,
) -> Result<Response, ApiError> {
    let desk = Desk::of(&house, id, &who).await?;
    let gone = desk.carry_out(|owner, wallet| discard(owner, wallet, device));
    gone.await?.map_err(|refusal| refused(refusal, "id"))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /users/{id}/mfaEnabled`.
pub(super) async fn read_mfa_enabled(house: House, Subject(id): Subject) -> Answer {
    let user = load(&house.app, id).await?;
    Ok(shown(StatusCode::OK, &mfa_enabled(&user, &house.address)))
}

/// `PUT /users/{id}/mfaEnabled`: whether the person may be asked for a second factor.
pub(super) async fn set_mfa_enabled(
    house: House,
    Subject(id): Subject,
    Extension(who): Who,
    given: Given,
) -> Answer {
    let Some(enabled) = given.members.get("mfaEnabled").and_then(Value::as_bool) else {
        return Err(ApiError::Invalid(vec![Detail::required("mfaEnabled")]));
    };
    let app = &house.app;
    for _ in 0..TRIES {
        let loaded = load(app, id).await?;
        let changed = User {
            mfa_enabled: enabled,
            modified: app.now(),
            ..loaded.record.clone()
        };
        let event = event(app, "user.mfa_changed", &who);
        let event = event.with("username", loaded.username.clone());
        let event = event.with("before", loaded.mfa_enabled);
        let mut changes = Changes::none();
        changes.replace(&loaded, &changed);
        changes.insert(&event.with("after", enabled));
        match app.records.commit(changes).await {
            Ok(()) => {
                return Ok(shown(
                    StatusCode::OK,
                    &mfa_enabled(&changed, &house.address),
                ));
            }
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Err(Fault::Contention.into())
}

fn mfa_enabled(user: &User, environment: &str) -> Value {
    let address = format!("{environment}/users/{}/mfaEnabled", user.id.uuid());
    json!({ "_links": { "self": { "href": address } }, "mfaEnabled": user.mfa_enabled })
}

/// What a refusal is here; `target` is the field that it is about.
fn refused(refusal: Refusal, target: &str) -> ApiError {
    let detail = match refusal {
        Refusal::DeviceGone => return ApiError::NotFound,
        Refusal::CodeNotAccepted => Detail::invalid(target, "The code or the status is not valid."),
        Refusal::CredentialNotAccepted => Detail::invalid(
            target,
            "The attestation is not that of the credential that was asked for.",
        ),
        Refusal::KindNotOffered => {
            Detail::invalid("type", "Devices of this type are not used here.")
        }
        Refusal::NotAName => Detail::invalid("nickname", refusal.to_string()),
        Refusal::NotATarget => {
            Detail::invalid(target, format!("No code can be sent to this {target}."))
        }
        Refusal::AlreadyEnrolled => Detail::taken(target),
        Refusal::TooManyDevices | Refusal::TooSoon | Refusal::TooManyMessages => {
            Detail::constraint(target, refusal.to_string())
        }
        // Nothing is confirmed here, and nothing of the account's other deeds is done.
        Refusal::NotRecognised
        | Refusal::Unconfirmed
        | Refusal::SignedOut
        | Refusal::LastDevice
        | Refusal::NothingToRecover
        | Refusal::GrantGone
        | Refusal::BrowserGone => return ApiError::Defect,
    };
    ApiError::Invalid(vec![detail])
}
