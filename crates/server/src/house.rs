//! Puts the house together: the configuration and the adapters become what [`web`] serves.

use std::sync::Arc;
use std::time::Duration;

use authn::evidence::FactorKind;
use authn::factor::push::PushPolicy;
use authn::factor::webauthn::RelyingParty;
use authn::flow::{AcrPolicy, AcrRule, DevicePolicy, IdentityPolicy, Policy, Rule, WebAuthnPolicy};
use aws_lc_rs::hmac;
use data_encoding::BASE64;
use domain::port::{Records, StoreError, Tenant};
use domain::{Environment, Secret};
use oauth::dpop::NonceKey;
use oauth::token::{AccessTokenPolicy, IdTokenPolicy};
use store::MasterKey;
use tokio::time::MissedTickBehavior;
use web::{AddressLimit, App, ExportKey, LiveError, Locale, Locales, MutualTls, NotAStateKey};
use web::{NotAnExportKey, Pages, Ports, RequestLimits, Secrets, Settings, StateKey, Templates};
use web::{TemplatesError, WordsError};

use crate::config::{Config, SignOn};
use crate::outbox::Channels;

/// How often configuration that another process has changed is looked for.
const FOLLOW: Duration = Duration::from_millis(250);

/// Why the house cannot be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HouseFault {
    /// An operator's template cannot be used.
    #[error(transparent)]
    Templates(#[from] TemplatesError),
    /// An operator's words cannot be used.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// The configuration records cannot be read.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// The export key cannot be derived.
    #[error("the export key cannot be derived from the master key")]
    ExportKey(#[from] NotAnExportKey),
    /// The key of what clients without cookies hold cannot be derived.
    #[error("the state key cannot be derived from the master key")]
    StateKey(#[from] NotAStateKey),
}

/// Where the two listeners are reached, without a trailing slash.
pub(crate) struct Addresses<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) admin: &'a str,
    /// ... and where clients show certificates.
    pub(crate) mutual_tls: &'a MutualTls,
}

/// The house, ready to be served.
pub(crate) async fn build(
    config: &Config,
    ports: Ports,
    master_key: &MasterKey,
    addresses: Addresses<'_>,
    channels: &Channels,
) -> Result<Arc<App>, HouseFault> {
    let settings = settings(config, &addresses, channels);
    let pages = match addresses.issuer.starts_with("https:") {
        true => pages(config)?,
        false => pages(config)?.with_insecure_images(),
    };
    let app = App::new(ports, settings, pages, secrets(master_key)?).await?;
    Ok(Arc::new(app))
}

/// Tells of rules that hold for nobody, as the environments that they name are not there.
pub(crate) async fn tell_of_unknown_environments(
    rules: &[Rule],
    records: &Records,
) -> Result<(), StoreError> {
    let records = records.of(Tenant::SYSTEM);
    for (number, rule) in (1..).zip(rules) {
        for id in &rule.environments {
            let known = records.get::<Environment>(Environment::key_of(*id)).await?;
            if !known.is_some_and(|it| it.id == *id && it.is_live()) {
                tracing::warn!(
                    "rule {number} of `sign_on.rule` names the environment {id}, which is not there: \
                     nobody is of it"
                );
            }
        }
    }
    Ok(())
}

/// Keeps the cached configuration up to date, for ever.
pub(crate) async fn follow(app: Arc<App>) {
    let mut ticks = tokio::time::interval(FOLLOW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = app.follow_configuration().await {
            tracing::error!(%error, "changed configuration cannot be read; the known one stays in force");
        }
    }
}

/// What comes of the master key, so that it is the same after a restart and in every process.
pub(crate) fn secrets(master_key: &MasterKey) -> Result<Secrets, HouseFault> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, master_key.expose());
    let of_purpose = |purpose: &[u8]| hmac::sign(&key, purpose);
    let nonce_key = BASE64.encode(of_purpose(b"countersign nonce key").as_ref());
    Ok(Secrets {
        export_key: ExportKey::new(of_purpose(b"countersign export key").as_ref())?,
        nonce_key: NonceKey::new(Secret::new(nonce_key)),
        state_key: StateKey::new(of_purpose(b"countersign state key").as_ref())?,
    })
}

fn pages(config: &Config) -> Result<Pages, HouseFault> {
    let templates = Templates::with_overrides(config.pages.template_dir.as_deref())?;
    let fallback = Locale::of_tag(&config.pages.default_locale).unwrap_or(Locale::ENGLISH);
    let locales = Locales::with_overrides(fallback, config.pages.locale_dir.as_deref())?;
    let brand = config.brand.clone();
    Ok(Pages::new(templates, locales, brand))
}

fn settings(config: &Config, addresses: &Addresses<'_>, channels: &Channels) -> Settings {
    let (tokens, sign_on) = (&config.tokens, &config.sign_on);
    Settings {
        issuer: addresses.issuer.to_owned(),
        admin_url: addresses.admin.to_owned(),
        access_token: AccessTokenPolicy {
            lifetime: tokens.access_token_lifetime,
            algorithm: tokens.access_token_algorithm,
            audience: tokens.audience.clone(),
        },
        id_token: IdTokenPolicy {
            lifetime: tokens.id_token_lifetime,
            ..IdTokenPolicy::default()
        },
        policy: Policy {
            lockout: sign_on.lockout,
            session: config.session,
            acr: acr(sign_on),
            devices: devices(config, addresses.issuer, channels),
            identity: identity(&sign_on.identity, channels),
            rules: sign_on.rules.clone(),
        },
        second_factor: sign_on.second_factor,
        address_limit: address_limit(config),
        request_limits: RequestLimits {
            body: config.limits.request_body,
            timeout: config.limits.request_timeout,
            concurrent: config.limits.concurrent_requests,
        },
        mutual_tls: addresses.mutual_tls.clone(),
        loopback_http: config.fetch.reach.loopback_http,
    }
}

/// With which devices people answer: those among the allowed ones that can be reached.
fn devices(config: &Config, issuer: &str, channels: &Channels) -> DevicePolicy {
    let mut devices = config.sign_on.devices.clone();
    devices.allowed.retain(|kind| channels.reach(*kind));
    DevicePolicy {
        push: PushPolicy {
            application_server: channels.application_server.clone(),
            ..devices.push
        },
        webauthn: passkeys(config, issuer),
        ..devices
    }
}

/// What people may do about names and passwords: what is done by mail, only where mail is sent.
fn identity(set: &IdentityPolicy, channels: &Channels) -> IdentityPolicy {
    let mail = channels.reach(FactorKind::Email);
    if (set.recovery || set.registration) && !mail {
        tracing::warn!("nobody recovers or registers: `sign_on` says so, but no mail is sent");
    }
    IdentityPolicy {
        recovery: set.recovery && mail,
        registration: set.registration && mail,
        ..set.clone()
    }
}

/// How passkeys are used at this issuer; not at all where browsers do not let them be used.
fn passkeys(config: &Config, issuer: &str) -> Option<WebAuthnPolicy> {
    let settings = &config.webauthn;
    let url = url::Url::parse(issuer).ok()?;
    let id = settings.rp_id.as_deref().or(url.host_str())?;
    let origin = url.origin().ascii_serialization();
    let related: Vec<&str> = settings
        .related_origins
        .iter()
        .map(String::as_str)
        .collect();
    let party = RelyingParty::new(id, &config.brand.name, &[&origin])
        .and_then(|party| party.with_related_origins(&related));
    match party {
        Ok(party) => Some(WebAuthnPolicy {
            passwordless: settings.passwordless,
            user_verification: settings.user_verification,
            attestation: settings.attestation_policy(),
            ..WebAuthnPolicy::new(party)
        }),
        Err(error) => {
            tracing::info!(%error, "passkeys cannot be used");
            None
        }
    }
}

/// The limit by address; none where everybody seems to be at the address of a proxy.
fn address_limit(config: &Config) -> AddressLimit {
    let server = &config.server;
    let has_tls_elsewhere = |url: &url::Url| url.scheme() == "https" && !config.tls.is_set();
    let proxied = server.tls_at_proxy || server.public_url.as_ref().is_some_and(has_tls_elsewhere);
    if config.limits.address.per_minute > 0 && proxied && server.trusted_proxies.is_empty() {
        tracing::warn!(
            "nobody is limited by address: a proxy stands in front, and `server.trusted_proxies` does not name it"
        );
        return AddressLimit::NONE;
    }
    config.limits.address
}

fn acr(sign_on: &SignOn) -> AcrPolicy {
    let rule = |second_factor| {
        move |name: &String| AcrRule {
            name: name.clone(),
            second_factor,
        }
    };
    let one = sign_on.acr_one_factor.iter().map(rule(false));
    let two = sign_on.acr_two_factors.iter().map(rule(true));
    AcrPolicy::new(one.chain(two).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_that_cannot_be_reached_are_not_offered() {
        use FactorKind::{Email, Push, RecoveryCode, Sms, Totp, Voice, WebAuthn};
        let mut config = Config::default();
        let allowed = |config: &Config, channels: &Channels| {
            devices(config, "https://id.example.com", channels).allowed
        };
        let none = Channels::default();
        assert_eq!(
            allowed(&config, &none),
            [WebAuthn, Push, Totp, RecoveryCode]
        );
        config.sms.url = Some("http://127.0.0.1:1/".parse().unwrap());
        let sms = Channels::configured(&config, &[]).unwrap();
        assert_eq!(
            allowed(&config, &sms),
            [WebAuthn, Push, Totp, Sms, RecoveryCode]
        );
        let inbox = Channels::to_inbox(&Arc::default());
        let recovers = IdentityPolicy {
            recovery: true,
            ..IdentityPolicy::default()
        };
        assert!(!identity(&recovers, &sms).recovery && identity(&recovers, &inbox).recovery);
        let all = [WebAuthn, Push, Totp, Sms, Voice, Email, RecoveryCode];
        assert_eq!(allowed(&config, &inbox), all);
    }

    #[test]
    fn addresses_are_limited_where_they_are_known() {
        let limit = AddressLimit::default();
        let mut config = Config::default();
        assert_eq!(address_limit(&config), limit);
        config.server.public_url = Some("https://id.example.com".parse().unwrap());
        assert_eq!(address_limit(&config), AddressLimit::NONE);
        config.tls.self_signed = true;
        assert_eq!(address_limit(&config), limit);
        config.server.tls_at_proxy = true;
        assert_eq!(address_limit(&config), AddressLimit::NONE);
        config.server.trusted_proxies = vec!["10.0.0.5".parse().unwrap()];
        assert_eq!(address_limit(&config), limit);
    }
}
