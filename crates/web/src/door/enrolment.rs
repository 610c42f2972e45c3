//! What it takes to set up a device, wherever its person does: on their account's pages, or on the way to
//! their sign-on.

use std::time::Duration;

use authn::factor::totp;
use authn::flow::PairingMethod;
use domain::{Device, DeviceKind};
use minijinja::{Value, context};
use qrcode::QrCode;
use qrcode::render::svg;

use super::authenticator;
use crate::app::App;
use crate::fault::Fault;

/// The name of a method in forms, in addresses and in the names of messages.
pub(super) const fn slug(method: PairingMethod) -> &'static str {
    match method {
        PairingMethod::Passkey => "passkey",
        PairingMethod::SecurityKey => "security-key",
        PairingMethod::Authenticator => "authenticator",
        PairingMethod::Totp => "totp",
        PairingMethod::Sms => "sms",
        PairingMethod::Voice => "voice",
        PairingMethod::Email => "email",
    }
}

/// The method with this name.
pub(super) fn named(name: &str) -> Option<PairingMethod> {
    PairingMethod::ALL.into_iter().find(|it| slug(*it) == name)
}

impl App {
    /// The address that sets up an authenticator app; `None` for any other device.
    pub(super) fn otpauth_uri(
        &self,
        device: &Device,
        username: &str,
    ) -> Option<zeroize::Zeroizing<String>> {
        match &device.kind {
            DeviceKind::Totp(kept) => {
                let name = self.name();
                Some(totp::otpauth_uri(kept, name, username))
            }
            _ => None,
        }
    }

    /// What it takes to set up an authenticator app: the code to be scanned, and the key to be typed.
    pub(super) fn secret_shown(&self, device: &Device, username: &str) -> Result<Value, Fault> {
        let (DeviceKind::Totp(kept), Some(uri)) =
            (&device.kind, self.otpauth_uri(device, username))
        else {
            return Ok(Value::default());
        };
        Ok(context! {
            qr_svg => drawn(&uri)?,
            secret_grouped => totp::grouped(&kept.secret).as_str(),
            otpauth_uri => uri.as_str(),
        })
    }

    /// The address of our own authenticator, with what opens a pairing where no server sees it.
    pub(crate) fn pairing_link(&self, pairing_key: &str) -> String {
        let page = self.site.page(authenticator::PATH);
        let address = self.site.url(&self.settings.issuer, &page);
        format!("{address}#pair={pairing_key}")
    }

    /// What it takes to pair an authenticator; `lasts` is for how long the key is good.
    pub(super) fn pairing_shown(&self, pairing_key: &str, lasts: Duration) -> Result<Value, Fault> {
        let link = self.pairing_link(pairing_key);
        Ok(context! {
            qr_svg => drawn(&link)?,
            pairing_link => link,
            pairing_key => pairing_key,
            minutes => lasts.as_secs().div_ceil(60),
        })
    }
}

/// A code to be scanned.
pub(super) fn drawn(text: &str) -> Result<String, Fault> {
    let code = QrCode::new(text.as_bytes()).map_err(|error| Fault::Defect(error.to_string()))?;
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .build();
    // Within a page the drawing needs no XML declaration of its own.
    let start = drawn.find("<svg").unwrap_or_default();
    Ok(drawn.get(start..).unwrap_or_default().to_owned())
}
