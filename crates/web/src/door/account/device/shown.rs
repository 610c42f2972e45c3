//! Devices as the pages show them, and what a page needs to let one be changed.

use std::borrow::Cow;

use authn::account::device::{Wallet, pairs_until};
use authn::factor::recovery;
use authn::flow::{Policy, messages_key};
use domain::port::StoreError;
use domain::{Attempts, Device, DeviceId, Password};
use minijinja::{Value, context};

use super::{Choice, PATH};
use crate::app::App;
use crate::door::account::Visitor;
use crate::fault::Fault;
use crate::page::Locale;

impl App {
    /// The devices of a person, and what is decided about them by; they are told things in `locale`.
    pub(crate) async fn wallet(
        &self,
        user: domain::UserId,
        locale: &str,
    ) -> Result<Wallet<'_>, StoreError> {
        let policy = self.enrolment_policy(None);
        let policy = policy.unwrap_or(Cow::Borrowed(self.own_policy()));
        self.wallet_by(user, locale, policy).await
    }

    /// The same by another policy.
    pub(crate) async fn wallet_by<'a>(
        &'a self,
        user: domain::UserId,
        locale: &str,
        policy: Cow<'a, Policy>,
    ) -> Result<Wallet<'a>, StoreError> {
        Ok(Wallet {
            devices: self.devices(user).await?,
            messages: self.records.get::<Attempts>(&messages_key(user)).await?,
            policy: match policy {
                Cow::Borrowed(policy) => Cow::Borrowed(&policy.devices),
                Cow::Owned(policy) => Cow::Owned(policy.devices),
            },
            second_factor: self.settings.second_factor,
            wording: self.own_wording(locale),
        })
    }
}

impl Visitor {
    /// Their devices.
    pub(super) async fn wallet<'a>(&self, app: &'a App) -> Result<Wallet<'a>, StoreError> {
        let locale = self.visit.frame.locale.tag();
        app.wallet(self.user.id, locale).await
    }

    /// A device as a page shows it.
    pub(super) fn device(&self, app: &App, device: &Device, default: Option<DeviceId>) -> Value {
        let locale: Locale = self.visit.frame.locale;
        let date = |moment| app.pages.locales().date(locale, moment);
        context! {
            id => device.id.to_string(),
            href => app.site.page(&format!("{PATH}/{}", device.id)),
            kind => Choice::of(device).slug(),
            name => device.name.as_str(),
            target => device.kind.masked_target(),
            is_active => device.is_active(),
            is_default => default == Some(device.id),
            left => recovery::left(device),
            created => date(device.created),
            last_used => device.last_used.map(date),
        }
    }

    /// How they can confirm who they are before they change their devices.
    pub(super) async fn ways_to_confirm(&self, app: &App) -> Result<Value, StoreError> {
        let has_password = app.records.get::<Password>(&self.user.id).await?.is_some();
        Ok(context! {
            is_fresh => self.is_fresh,
            password => has_password,
            sign_on => app.site.page("/account/confirm"),
        })
    }
}

/// What it takes to pair an authenticator, and where its person goes then.
pub(super) fn pairing_shown(
    app: &App,
    device: &Device,
    handle: &domain::Handle,
) -> Result<Value, Fault> {
    let until = pairs_until(device).unwrap_or(device.created);
    let key = format!("{}.{}", device.id, handle.expose());
    let shown = app.pairing_shown(&key, until.since(device.created))?;
    Ok(context! {
        state_href => app.site.page(&format!("{PATH}/{}/state", device.id)),
        done_href => format!("{}?done=flash-method-added", app.site.page(PATH)),
        devices_href => app.site.page(PATH),
        ..shown
    })
}
