//! Beginning to enrol a device: it is asked for what will show that it works.

use domain::port::{Changes, Versioned};
use domain::{Device, DeviceId, DeviceKind, DeviceStatus, Message, User};

use super::{Wallet, Wanted, is_same, is_stale, name, notice, told};
use crate::account::{Decision, Owner, Refusal};
use crate::approval::tell;
use crate::audit::DEVICE_ENROLLED;
use crate::evidence::FactorKind;
use crate::factor::code::SentCode;
use crate::factor::pairing::Pairing;
use crate::factor::totp;
use crate::factor::webauthn::{
    Attachment, Challenge, CoseAlgorithm, CreationOptions, Descriptor, Hint, ResidentKey,
    UserEntity,
};
use crate::flow::{WebAuthnPolicy, content, count_message, messages_key, method_of};

/// Begins to enrol a device, which has then to show that it works. One that was begun lately is gone on
/// with: a page that is loaded again shows the same secret, and sends no second code at once. The name
/// may be empty.
pub fn begin(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    wanted: &Wanted,
    name: &str,
) -> Decision<Device> {
    let mut changes = Changes::none();
    match wallet.begin(owner, wanted, name, &mut changes) {
        Ok(device) => Decision::accept(device, changes),
        Err(refusal) => Decision::refuse(refusal),
    }
}

/// Enrols a mailbox or a telephone for which an administrator vouches; anything else has to show
/// that it works ([`Refusal::CodeNotAccepted`]).
pub fn register(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    wanted: &Wanted,
    name: &str,
) -> Decision<Device> {
    let registered = wallet.plan(owner, wanted, name).and_then(|planned| {
        let is_sent = wanted.kind().is_sent();
        is_sent.then_some(planned).ok_or(Refusal::CodeNotAccepted)
    });
    let device = match registered {
        Ok(planned) => Device {
            status: DeviceStatus::Active,
            position: wallet.next_position(owner),
            ..planned
        },
        Err(refusal) => return Decision::refuse(refusal),
    };
    let mut changes = wallet.without_begun(owner, &device.kind);
    changes.insert(&device);
    let event = owner.event(DEVICE_ENROLLED);
    changes.insert(&event.with("after", told(&device)));
    notice::tell_of(owner, wallet, &device, &mut changes);
    Decision::accept(device, changes)
}

/// Sends another code to a device that was begun.
pub fn resend(owner: Owner<'_>, wallet: &Wallet<'_>, id: DeviceId) -> Decision<Device> {
    let mut changes = Changes::none();
    let again = wallet.pending(owner, id).and_then(|begun| {
        let asked = wallet.asked(owner, begun, &mut changes)?;
        Pairing::sent(&asked).ok_or(Refusal::DeviceGone)?;
        changes.replace(begun, &asked);
        Ok(asked)
    });
    match again {
        Ok(asked) => Decision::accept(asked, changes),
        Err(refusal) => Decision::refuse(refusal),
    }
}

/// What a browser is asked for so that it makes the credential of a device that was begun; `use_options`
/// is given the options. `None` for any other device, and where passkeys are not used.
pub fn options<T>(
    user: &User,
    devices: &[Versioned<Device>],
    begun: &Device,
    policy: &WebAuthnPolicy,
    use_options: impl FnOnce(&CreationOptions<'_>) -> T,
) -> Option<T> {
    let DeviceKind::WebAuthnPending { roaming } = begun.kind else {
        return None;
    };
    let challenge = Pairing::challenge(begun)?;
    let theirs = devices.iter().filter(|it| it.user == user.id);
    let exclude: Vec<Descriptor> = theirs
        .filter_map(|device| match &device.kind {
            DeviceKind::WebAuthn(credential) => Some(Descriptor::from(credential)),
            _ => None,
        })
        .collect();
    Some(use_options(&CreationOptions {
        relying_party: &policy.relying_party,
        user: UserEntity {
            id: user.id.as_bytes(),
            name: &user.username,
            display_name: user.display_name(),
        },
        challenge: &challenge,
        algorithms: CoseAlgorithm::DEFAULT,
        timeout: policy.timeout,
        exclude: &exclude,
        attachment: roaming.then_some(Attachment::CrossPlatform),
        resident_key: ResidentKey::Preferred,
        user_verification: policy.user_verification,
        attestation: policy.attestation.conveyance(),
        hints: if roaming { &[Hint::SecurityKey] } else { &[] },
    }))
}

/// Whether what there is to be seen of a device that was begun may be seen where its owner acts: the
/// secret of an app only where it was made, so that nobody who has another session of theirs copies it.
pub fn is_seen_by(begun: &Device, owner: Owner<'_>) -> bool {
    !matches!(begun.kind, DeviceKind::Totp(_)) || Pairing::shown_in(begun) == owner.session
}

impl Wallet<'_> {
    fn begin(
        &self,
        owner: Owner<'_>,
        wanted: &Wanted,
        name: &str,
        changes: &mut Changes,
    ) -> Result<Device, Refusal> {
        // What is given out to pair one, or to look at a face, is given to nobody who has not confirmed who they are.
        if matches!(wanted, Wanted::Authenticator | Wanted::Face) {
            return Err(Refusal::Unconfirmed);
        }
        let planned = self.plan(owner, wanted, name)?;
        let begun = self.begun(owner, &planned.kind);
        if let Some(begun) = begun.filter(|begun| is_seen_by(begun, owner)) {
            let named = Device {
                name: planned.name,
                ..begun.record.clone()
            };
            let asked = match self.asked(owner, &named, changes) {
                // What was sent a moment ago is still on its way.
                Err(Refusal::TooSoon) => named,
                asked => asked?,
            };
            if asked.name != begun.name || asked.pairing.is_some() {
                changes.replace(begun, &asked);
            }
            return Ok(asked);
        }
        let device = self.asked(owner, &planned, changes)?;
        for stale in self.devices.iter().filter(|it| is_stale(it, owner.now)) {
            changes.delete(stale);
        }
        // Whoever has seen the secret of another session has not seen this one.
        if let Some(elsewhere) = begun {
            changes.delete(elsewhere);
        }
        changes.insert(&device);
        Ok(device)
    }

    /// A device as it would be, if it may be.
    pub(super) fn plan(
        &self,
        owner: Owner<'_>,
        wanted: &Wanted,
        given: &str,
    ) -> Result<Device, Refusal> {
        if !self.policy.offers(wanted.kind()) {
            return Err(Refusal::KindNotOffered);
        }
        let kind = match wanted {
            Wanted::Totp => DeviceKind::Totp(domain::Totp {
                secret: totp::generate(owner.random),
                last_step: None,
            }),
            Wanted::Email(text) => DeviceKind::Email {
                address: address(text)?,
            },
            Wanted::Sms(text) => DeviceKind::Sms {
                number: number(text)?,
            },
            Wanted::Voice(text) => DeviceKind::Voice {
                number: number(text)?,
            },
            Wanted::WebAuthn { roaming } => DeviceKind::WebAuthnPending { roaming: *roaming },
            Wanted::Authenticator => DeviceKind::AuthenticatorPending,
            Wanted::Face => DeviceKind::FacePending,
        };
        let mut sent = self.live(owner).filter(|_| wanted.kind().is_sent());
        if sent.any(|it| it.is_active() && is_same(&it.kind, &kind)) {
            return Err(Refusal::AlreadyEnrolled);
        }
        if self.begun(owner, &kind).is_none() && self.live(owner).count() >= self.policy.most {
            return Err(Refusal::TooManyDevices);
        }
        Ok(Device {
            id: DeviceId::new(owner.now, owner.random),
            user: owner.user.id,
            name: match given {
                "" => String::new(),
                given => name(given)?,
            },
            kind,
            status: DeviceStatus::ActivationRequired,
            created: owner.now,
            last_used: None,
            position: 0,
            pairing: None,
        })
    }

    /// The same device, if it was begun already.
    pub(super) fn begun(&self, owner: Owner<'_>, kind: &DeviceKind) -> Option<&Versioned<Device>> {
        let mut devices = self.live(owner);
        devices.find(|device| !device.is_active() && is_same(&device.kind, kind))
    }

    /// What removes the same device, if it was begun already.
    pub(super) fn without_begun(&self, owner: Owner<'_>, kind: &DeviceKind) -> Changes {
        let mut changes = Changes::none();
        if let Some(begun) = self.begun(owner, kind) {
            changes.delete(begun);
        }
        changes
    }

    /// The device, after it was asked for what will show that it works.
    pub(super) fn asked(
        &self,
        owner: Owner<'_>,
        device: &Device,
        changes: &mut Changes,
    ) -> Result<Device, Refusal> {
        let pairing = match FactorKind::of_device(&device.kind) {
            FactorKind::WebAuthn => Some(Pairing::Signature(Challenge::random(owner.random))),
            FactorKind::Totp => owner.session.map(Pairing::Shown),
            kind if kind.is_sent() => Some(Pairing::Sent(self.send(owner, device, changes)?)),
            _ => None,
        };
        Ok(Device {
            pairing: pairing.and_then(|pairing| pairing.kept()),
            ..device.clone()
        })
    }

    /// Sends a code, unless too many were sent or the last one is too young.
    fn send(
        &self,
        owner: Owner<'_>,
        device: &Device,
        changes: &mut Changes,
    ) -> Result<SentCode, Refusal> {
        let (user, now, random) = (owner.user, owner.now, owner.random);
        let policy = self.policy.code;
        let earlier = Pairing::sent(device);
        if earlier.as_ref().is_some_and(|it| now < it.again_at(policy)) {
            return Err(Refusal::TooSoon);
        }
        let sends = earlier.as_ref().map_or(0, SentCode::sends);
        let limit = self.policy.messages;
        let (key, counted) = (messages_key(user.id), self.messages.as_ref());
        if sends >= policy.sends || !count_message(key, counted, limit, now, changes) {
            return Err(Refusal::TooManyMessages);
        }
        let sent = SentCode::begin(device.id, sends, now, random);
        let method = method_of(FactorKind::of_device(&device.kind));
        let method = method.ok_or(Refusal::KindNotOffered)?;
        let (names, templates) = (self.wording.names(user), &self.wording.templates);
        let shown = tell("device_pairing", method, &names, templates, now).ok();
        // A text without the code would have people look for it in vain.
        let shown = shown.filter(crate::approval::Shown::has_code);
        let shown = shown.ok_or(Refusal::KindNotOffered)?;
        let code = sent.code(None, policy);
        let content = content(&device.kind, &shown, code.expose());
        let content = content.ok_or(Refusal::KindNotOffered)?;
        changes.insert(&Message::new(content, policy.lifetime, now, random));
        Ok(sent)
    }
}

fn address(text: &str) -> Result<String, Refusal> {
    let address = text.trim();
    domain::is_mail_address(address)
        .then(|| address.to_owned())
        .ok_or(Refusal::NotATarget)
}

fn number(text: &str) -> Result<String, Refusal> {
    domain::telephone_number(text).ok_or(Refusal::NotATarget)
}
