//! The sections of the configuration, each with its settings and their defaults.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use authn::factor::webauthn::{AttestationPolicy, AttestationRoots, UserVerification};
use authn::flow::{DevicePolicy, IdentityPolicy, Rule, SecondFactor};
use domain::Aaguid;
use http::HeaderName;
use ipnet::IpNet;
use jose::jws::Algorithm;
use url::Url;
use web::Brand;

use super::message::{Gateway, Mail, Push};

/// Everything that can be set, with the defaults in place of what was not.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where everything is kept.
    pub(crate) data_dir: PathBuf,
    pub(crate) server: Server,
    pub(crate) tls: Tls,
    pub(crate) admin_tls: AdminTls,
    pub(crate) mtls: Mtls,
    pub(crate) fetch: Fetch,
    pub(crate) store: Store,
    pub(crate) tokens: Tokens,
    pub(crate) session: domain::SessionPolicy,
    pub(crate) sign_on: SignOn,
    pub(crate) webauthn: WebAuthn,
    pub(crate) mail: Mail,
    pub(crate) sms: Gateway,
    pub(crate) voice: Gateway,
    pub(crate) push: Push,
    pub(crate) brand: Brand,
    pub(crate) pages: Pages,
    pub(crate) recognize: Recognize,
    pub(crate) log: Log,
    pub(crate) audit: Audit,
    pub(crate) telemetry: Telemetry,
    pub(crate) limits: Limits,
}

/// Where the server listens and what it is called.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) admin_listen: SocketAddr,
    /// The issuer; derived from the bound address, if `None`.
    pub(crate) public_url: Option<Url>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// The header in which those say from which country a request comes.
    pub(crate) country_header: Option<HeaderName>,
    /// Whether a proxy in front speaks TLS, so that plain HTTP leaves this machine on purpose.
    pub(crate) tls_at_proxy: bool,
}

/// With which certificate a listener speaks TLS; plain HTTP with none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) self_signed: bool,
}

/// How the administration listener differs from the other one.
#[derive(Clone, Debug, Default)]
pub(crate) struct AdminTls {
    pub(crate) tls: Tls,
    /// Whether it speaks plain HTTP whatever the other one speaks.
    pub(crate) plain: bool,
}

/// Where clients show certificates (RFC 8705).
#[derive(Clone, Debug, Default)]
pub(crate) struct Mtls {
    /// The address of the port on which they are asked for one; none, if `None`.
    pub(crate) listen: Option<SocketAddr>,
    /// The URL by which clients reach that; derived from the bound address, if `None`.
    pub(crate) public_url: Option<Url>,
    /// With which certificate of its own the port speaks, if not with that of the rest.
    pub(crate) tls: Tls,
    /// Who is trusted to issue certificates of clients, besides those who are stored.
    pub(crate) trusted_issuers: Option<PathBuf>,
    /// The header in which a trusted proxy passes on a client's certificate.
    pub(crate) certificate_header: Option<HeaderName>,
}

/// Where one may go besides public networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// To these networks, ...
    pub(crate) networks: Vec<IpNet>,
    /// ... to these hosts, wherever they are, ...
    pub(crate) hosts: Vec<String>,
    /// ... and without TLS to this machine itself.
    pub(crate) loopback_http: bool,
}

/// What is fetched from addresses that others have given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fetch {
    pub(crate) reach: Reach,
    /// Who is trusted to say who a host is, besides those whom the system trusts.
    pub(crate) trusted_issuers: Option<PathBuf>,
}

/// The database.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    /// Bytes of it that are kept in memory.
    pub(crate) cache: usize,
}

/// What tokens are like.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access_token_lifetime: Duration,
    pub(crate) access_token_algorithm: Algorithm,
    pub(crate) id_token_lifetime: Duration,
    /// The `aud` of access tokens; the issuer, if `None`.
    pub(crate) audience: Option<String>,
}

/// How passkeys and security keys are used.
#[derive(Clone, Debug)]
pub(crate) struct WebAuthn {
    /// The domain to which they belong; the host of the public URL, if `None`.
    pub(crate) rp_id: Option<String>,
    pub(crate) related_origins: Vec<String>,
    pub(crate) passwordless: bool,
    pub(crate) user_verification: UserVerification,
    pub(crate) attestation: Attestation,
    pub(crate) attestation_roots: Option<AttestationRoots>,
    /// All, if empty.
    pub(crate) attestation_models: Vec<Aaguid>,
}

/// What must be known of the make of a new passkey or security key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Attestation {
    /// Nothing.
    #[default]
    None,
    /// What it tells must be correct.
    Any,
    /// Somebody must vouch for it.
    Trusted,
}

impl WebAuthn {
    /// Which authenticators may be used.
    pub(crate) fn attestation_policy(&self) -> AttestationPolicy {
        match self.attestation {
            Attestation::None => AttestationPolicy::None,
            Attestation::Any => AttestationPolicy::Any,
            Attestation::Trusted => AttestationPolicy::Trusted {
                roots: self.attestation_roots.clone().unwrap_or_default(),
                models: self.attestation_models.clone(),
            },
        }
    }
}

impl Default for WebAuthn {
    fn default() -> Self {
        Self {
            rp_id: None,
            related_origins: Vec::new(),
            passwordless: true,
            user_verification: UserVerification::Preferred,
            attestation: Attestation::default(),
            attestation_roots: None,
            attestation_models: Vec::new(),
        }
    }
}

/// How people sign on.
#[derive(Clone, Debug)]
pub(crate) struct SignOn {
    pub(crate) lockout: domain::LockoutPolicy,
    pub(crate) second_factor: SecondFactor,
    /// How they say who they are.
    pub(crate) identity: IdentityPolicy,
    /// What is asked for where and when.
    pub(crate) rules: Vec<Rule>,
    /// With which devices they answer when a second factor is asked for.
    pub(crate) devices: DevicePolicy,
    /// The `acr` values for which a password is enough, the weakest first.
    pub(crate) acr_one_factor: Vec<String>,
    /// The `acr` values that take a second factor, the weakest first.
    pub(crate) acr_two_factors: Vec<String>,
    pub(crate) password_memory_kib: u32,
    pub(crate) password_iterations: u32,
    pub(crate) password_parallelism: u32,
}

/// Where the pages come from.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) template_dir: Option<PathBuf>,
    pub(crate) locale_dir: Option<PathBuf>,
    pub(crate) default_locale: String,
}

/// How people are recognised by their face.
#[derive(Clone, Debug)]
pub(crate) struct Recognize {
    /// Where the models are; nobody is recognised, if `None`.
    pub(crate) models: Option<PathBuf>,
    /// The library that computes, ONNX Runtime; Rust does, if `None`.
    pub(crate) onnx_runtime: Option<PathBuf>,
    /// Threads that look at frames.
    pub(crate) workers: usize,
    /// Frames that may wait for them.
    pub(crate) queue: usize,
    /// Sessions at the same time.
    pub(crate) sessions: u32,
    /// Connections of one address at the same time.
    pub(crate) sessions_per_address: u32,
}

impl Recognize {
    /// How many attempts one worker looks at, at some six frames a second each.
    const ATTEMPTS: u32 = 3;

    /// How much there may be at the same time.
    pub(crate) fn bounds(&self) -> web::RecognizeBounds {
        let workers = u32::try_from(self.workers).unwrap_or(u32::MAX);
        web::RecognizeBounds {
            sessions: self.sessions,
            attempts: workers.saturating_mul(Self::ATTEMPTS),
            of_address: self.sessions_per_address,
        }
    }
}

impl Default for Recognize {
    fn default() -> Self {
        Self {
            models: None,
            onnx_runtime: None,
            workers: 2,
            queue: 64,
            sessions: 64,
            sessions_per_address: 16,
        }
    }
}

/// What the log is like.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) filter: String,
}

/// For whom the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Human,
    Json,
}

/// What is kept for auditors.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    /// For how long.
    pub(crate) retention: Duration,
}

/// Where traces go.
#[derive(Clone, Debug)]
pub(crate) struct Telemetry {
    pub(crate) otlp_endpoint: Option<Url>,
    pub(crate) service_name: String,
}

/// How much of everything one caller may take.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) request_body: usize,
    pub(crate) request_headers: usize,
    pub(crate) request_timeout: Duration,
    pub(crate) header_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) connections: usize,
    pub(crate) concurrent_requests: usize,
    pub(crate) password_queue: usize,
    pub(crate) address: web::AddressLimit,
    pub(crate) shutdown_deadline: Duration,
}

impl Tls {
    /// Whether TLS is spoken at all.
    pub(crate) const fn is_set(&self) -> bool {
        self.certificate.is_some() || self.self_signed
    }
}

impl Config {
    /// The issuer of a server that listens at `address`, without a trailing slash.
    pub(crate) fn issuer_at(&self, address: SocketAddr) -> String {
        let scheme = if self.tls.is_set() { "https" } else { "http" };
        let derived = || format!("{scheme}://{address}");
        let configured = self.server.public_url.as_ref().map(ToString::to_string);
        let issuer = configured.unwrap_or_else(derived);
        issuer.trim_end_matches('/').to_owned()
    }

    /// What the administration listener speaks.
    pub(crate) fn effective_admin_tls(&self) -> Tls {
        match &self.admin_tls {
            AdminTls { plain: true, .. } => Tls::default(),
            AdminTls { tls, .. } if tls.is_set() => tls.clone(),
            AdminTls { .. } => self.tls.clone(),
        }
    }

    /// With which certificate the port speaks on which clients show theirs.
    pub(crate) fn effective_mtls(&self) -> &Tls {
        match self.mtls.tls.is_set() {
            true => &self.mtls.tls,
            false => &self.tls,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("./countersign-data"),
            server: Server {
                listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9031)),
                admin_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9999)),
                public_url: None,
                trusted_proxies: Vec::new(),
                country_header: None,
                tls_at_proxy: false,
            },
            tls: Tls::default(),
            admin_tls: AdminTls::default(),
            mtls: Mtls::default(),
            fetch: Fetch::default(),
            store: Store { cache: 64 << 20 },
            tokens: Tokens::default(),
            session: domain::SessionPolicy::default(),
            sign_on: SignOn::default(),
            webauthn: WebAuthn::default(),
            mail: Mail::default(),
            sms: Gateway::default(),
            voice: Gateway::default(),
            push: Push::default(),
            brand: Brand::default(),
            pages: Pages {
                template_dir: None,
                locale_dir: None,
                default_locale: "en".to_owned(),
            },
            log: Log {
                format: LogFormat::Human,
                filter: "info".to_owned(),
            },
            audit: Audit {
                // A year, and time to notice that it is over.
                retention: Duration::from_hours(400 * 24),
            },
            telemetry: Telemetry {
                otlp_endpoint: None,
                service_name: "countersign".to_owned(),
            },
            recognize: Recognize::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            access_token_lifetime: Duration::from_hours(2),
            access_token_algorithm: Algorithm::Es256,
            id_token_lifetime: Duration::from_mins(5),
            audience: None,
        }
    }
}

impl Default for SignOn {
    /// The hashing parameters are the second recommended choice of RFC 9106 §4 scaled to a server
    /// that hashes for many people at once: 19 MiB and two passes.
    fn default() -> Self {
        Self {
            lockout: domain::LockoutPolicy::default(),
            second_factor: SecondFactor::WhenEnrolled,
            identity: IdentityPolicy::default(),
            rules: Vec::new(),
            devices: DevicePolicy::default(),
            acr_one_factor: vec!["pwd".to_owned()],
            acr_two_factors: vec!["mfa".to_owned()],
            password_memory_kib: 19_456,
            password_iterations: 2,
            password_parallelism: 1,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_body: 256 << 10,
            request_headers: 32 << 10,
            request_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(90),
            connections: 10_000,
            concurrent_requests: 1_024,
            password_queue: 64,
            address: web::AddressLimit::default(),
            shutdown_deadline: Duration::from_secs(20),
        }
    }
}
