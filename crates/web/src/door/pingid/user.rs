//! People: added, changed, looked at, suspended, let through and deleted.

use authn::flow::messages_key;
use authn::lockout;
use authn::pingid::rest::{Outcome, UserState, user as described};
use domain::port::{Changes, CommitError};
use domain::{Attempts, AttemptsKey, Bypass, Profile, Timestamp, User, UserId, is_mail_address};
use serde_json::Value;

use super::operation::{Answer, Call, Halt, Reply};
use crate::fault::Fault;

/// How often a change is decided anew when others change the same person.
const TRIES: usize = 8;

/// `adduser`
pub(super) async fn add(call: &Call<'_>) -> Answer {
    let house = call.house;
    let given = Given::read(call)?;
    if given.activates {
        call.may_be_activated()?;
    }
    let now = house.now();
    let mut user = User {
        id: UserId::new(now, house.random()),
        username: call.username()?.to_owned(),
        enabled: true,
        mfa_enabled: true,
        profile: Profile::default(),
        created: now,
        modified: now,
    };
    given.apply(&mut user);
    if house.user_named(&user.username).await?.is_some() {
        return Err(Outcome::UserExists.into());
    }
    let mut changes = Changes::none();
    changes.insert(&user);
    let event = call.event("user.added");
    changes.insert(&event.with("username", user.username.clone()));
    match house.records.commit(changes).await {
        Ok(()) => {}
        Err(CommitError::Store(error)) => return Err(error.into()),
        // Somebody of the same name was faster.
        Err(_) => return Err(Outcome::UserExists.into()),
    }
    told(call, &user, given.activates).await
}

/// `edituser`: what is not given is not there any more.
pub(super) async fn edit(call: &Call<'_>) -> Answer {
    let given = Given::read(call)?;
    if given.activates {
        call.may_be_activated()?;
    }
    let changed = change(call, "user.changed", |user| {
        given.apply(user);
        Ok(())
    });
    told(call, &changed.await?, given.activates).await
}

/// `getuserdetails`
pub(super) async fn read(call: &Call<'_>) -> Answer {
    call.body.flag("getSameDeviceUsers")?;
    let user = call.user().await?;
    // A device is one person's here.
    let shared = Value::Array(Vec::new());
    Ok(told(call, &user, false)
        .await?
        .with("sameDeviceUsersDetails", shared))
}

/// `deleteuser`
pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let user = call.user().await?;
    match call.house.erase(user.id, &call.actor).await? {
        true => Ok(Reply::done()),
        false => Err(Outcome::UserUnknown.into()),
    }
}

/// `suspenduser`
pub(super) async fn suspend(call: &Call<'_>) -> Answer {
    let suspended = change(call, "user.suspended", |user| match user.enabled {
        true => {
            user.enabled = false;
            Ok(())
        }
        false => Err(Outcome::NotActive),
    });
    let user = suspended.await?;
    call.forget_codes(user.id).await?;
    Ok(Reply::done())
}

/// `activateuser`: who is suspended may sign on again, and who has no device is given a code.
pub(super) async fn activate(call: &Call<'_>) -> Answer {
    call.device_type()?;
    let user = call.user().await?;
    let has_device = !call.devices(&user).await?.is_empty();
    if user.enabled && has_device {
        return Err(Outcome::Active.into());
    }
    if !has_device {
        call.may_be_activated()?;
    }
    if !user.enabled {
        change(call, "user.activated", |user| {
            user.enabled = true;
            Ok(())
        })
        .await?;
    }
    let code = match has_device {
        true => None,
        false => Some(call.activation_code(&user, None).await?),
    };
    let code = code.as_ref().map(domain::Secret::expose);
    Ok(Reply::done().with("activationCode", code))
}

/// `userbypass`: until when somebody's devices are not asked, if they are not.
pub(super) async fn bypass(call: &Call<'_>) -> Answer {
    let until = call.body.number("bypassUntil")?;
    let until = until.filter(|it| *it != 0).map(Timestamp::from_millis);
    let services = call.body.texts("spAliases", 16)?;
    if services.iter().any(|service| *service != "web") {
        return Err(Outcome::ServiceUnknown.into());
    }
    let (house, user) = (call.house, call.user().await?);
    if until.is_some_and(|until| until <= house.now()) {
        return Err(Outcome::Malformed.into());
    }
    for _ in 0..TRIES {
        let known = house.records.get::<Bypass>(user.id).await?;
        let mut changes = Changes::none();
        match (until, &known) {
            (Some(until), known) => {
                let bypass = Bypass {
                    user: user.id,
                    until,
                };
                changes.upsert(known.as_ref(), &bypass);
            }
            (None, Some(known)) => changes.delete(known),
            (None, None) => {}
        }
        let event = call.event("user.bypass_changed");
        let event = event.with("username", user.username.clone());
        changes.insert(&event.with("until", until.map(|until| until.to_string())));
        match house.records.commit(changes).await {
            Ok(()) => return Ok(Reply::done()),
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Err(Fault::Contention.into())
}

/// `addservice`: everybody has `web`, and there is no other.
pub(super) async fn add_service(call: &Call<'_>) -> Answer {
    call.user().await?;
    match call.body.required("spAlias")? {
        "web" => Ok(Reply::done()),
        _ => Err(Outcome::ServiceUnknown.into()),
    }
}

/// What is known of a person, with a code if they are to be activated.
async fn told(call: &Call<'_>, user: &User, activates: bool) -> Answer {
    let code = match activates {
        true => Some(call.activation_code(user, None).await?),
        false => None,
    };
    let details = call.details(user).await?;
    let reply = Reply::done().with("userDetails", details);
    Ok(match &code {
        Some(code) => reply.with("activationCode", code.expose()),
        None => reply,
    })
}

/// Changes a person, and notes it under this name.
async fn change(
    call: &Call<'_>,
    name: &str,
    change: impl Fn(&mut User) -> Result<(), Outcome>,
) -> Result<User, Halt> {
    let house = call.house;
    for _ in 0..TRIES {
        let known = house.user_named(call.username()?).await?;
        let loaded = known.ok_or(Outcome::UserUnknown)?;
        let mut changed = loaded.record.clone();
        change(&mut changed)?;
        changed.modified = house.now();
        let event = call.event(name);
        let event = event.with("username", loaded.username.clone());
        let told =
            |user: &User| serde_json::json!({ "enabled": user.enabled, "profile": user.profile });
        let event = event.with("before", told(&loaded));
        let mut changes = Changes::none();
        changes.replace(&loaded, &changed);
        changes.insert(&event.with("after", told(&changed)));
        match house.records.commit(changes).await {
            Ok(()) => return Ok(changed),
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Err(Fault::Contention.into())
}

/// What is given of a person.
struct Given {
    first: Option<String>,
    last: Option<String>,
    email: Option<String>,
    picture: Option<String>,
    activates: bool,
}

impl Given {
    fn read(call: &Call<'_>) -> Result<Self, Halt> {
        let body = call.body;
        let name = |name: &str| -> Result<Option<String>, Halt> {
            let text = body.text_within(name, 256)?;
            Ok(text.map(|text| text.trim().to_owned()))
        };
        let email = name("email")?;
        let picture = body.text_within("picUrl", 2048)?.map(str::to_owned);
        let is_mail = email.as_deref().is_none_or(is_mail_address);
        let is_web = picture
            .as_deref()
            .is_none_or(|it| it.starts_with("https://"));
        if !is_mail || !is_web {
            return Err(Outcome::Malformed.into());
        }
        match body.text("role")? {
            None => {}
            Some(role) if role.eq_ignore_ascii_case("REGULAR") => {}
            Some(role) if role.eq_ignore_ascii_case("ADMIN") => return Err(Outcome::Role.into()),
            Some(_) => return Err(Outcome::Malformed.into()),
        }
        call.device_type()?;
        Ok(Self {
            first: name("fname")?,
            last: name("lname")?,
            email,
            picture,
            activates: body.flag("activateUser")?,
        })
    }

    fn apply(&self, user: &mut User) {
        let profile = &mut user.profile;
        let names = [&self.first, &self.last].into_iter().flatten();
        let whole: Vec<&str> = names.map(String::as_str).collect();
        profile.name = Some(whole.join(" ")).filter(|name| !name.is_empty());
        profile.given_name.clone_from(&self.first);
        profile.family_name.clone_from(&self.last);
        profile.picture.clone_from(&self.picture);
        if profile.email != self.email {
            profile.email.clone_from(&self.email);
            profile.email_verified = None;
        }
    }
}

impl Call<'_> {
    /// What is known of a person.
    pub(super) async fn details(&self, user: &User) -> Result<Value, Halt> {
        let devices = self.devices(user).await?;
        let devices: Vec<_> = devices.iter().collect();
        let now = self.house.now();
        let bypass = self.house.records.get::<Bypass>(user.id).await?;
        let bypass = bypass.filter(|bypass| bypass.holds(now));
        let state = UserState {
            is_invited: self.is_invited(user.id).await?,
            bypass: bypass.map(|bypass| bypass.until),
            is_blocked: self.is_blocked(&lockout::key(&user.username)).await?,
            is_sent_nothing: self.is_blocked(&messages_key(user.id)).await?,
        };
        Ok(described(user, &devices, state))
    }

    /// Whether what is counted under this key is no more to be tried for a while.
    async fn is_blocked(&self, key: &AttemptsKey) -> Result<bool, Halt> {
        let counted = self.house.records.get::<Attempts>(key).await?;
        Ok(counted.is_some_and(|counted| counted.is_blocked(self.house.now())))
    }

    /// Whether it is known for what devices a code is to be: all are one kind here.
    pub(super) fn device_type(&self) -> Result<(), Halt> {
        match self.body.text("deviceType")? {
            None | Some("DESKTOP" | "MOBILE") => Ok(()),
            Some(_) => Err(Outcome::Malformed.into()),
        }
    }
}
