//! What the tests of this crate have in common: one server, its keys, one client, one person.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use data_encoding::BASE64;
use domain::port::fixed::CountingRandom;
use domain::port::{Change, Changes, Kind, Record, Tenant, Version, Versioned};
use domain::{
    Authentication, AuthorizationDetails, Client, ClientAuthentication, ClientId, Confirmation,
    Grant, GrantId, GrantType, HandleKey, KeyFamily, KeyState, Profile, RefreshFamily, Secret,
    ServerSettings, Session, SessionId, SigningKeyRecord, Timestamp, User, UserId,
};
use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

use crate::authorization_details::DetailTypes;
use crate::client_auth::{
    AuthenticatedClient, CertificateChain, Credentials, Facts, TrustedIssuers, authenticate,
    identify,
};
use crate::discovery::Paths;
use crate::dpop::VerifiedProof;
use crate::token::{AccessTokenPolicy, IdTokenPolicy, Issuer, Requester};
use crate::{KeyRing, Parameters};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const TOKEN_ENDPOINT: &str = "https://id.example/as/token.oauth2";
pub(crate) const SECRET: &str = "correct horse battery staple: long enough for HS256";
pub(crate) const REDIRECT_URI: &str = "https://shop.example/callback";

/// One active key of each family.
pub(crate) fn key_records() -> &'static [SigningKeyRecord] {
    static RECORDS: LazyLock<Vec<SigningKeyRecord>> = LazyLock::new(|| {
        [
            (KeyFamily::Rsa, &rcgen::PKCS_RSA_SHA256),
            (KeyFamily::P256, &rcgen::PKCS_ECDSA_P256_SHA256),
            (KeyFamily::P384, &rcgen::PKCS_ECDSA_P384_SHA384),
            (KeyFamily::P521, &rcgen::PKCS_ECDSA_P521_SHA512),
            (KeyFamily::Ed25519, &rcgen::PKCS_ED25519),
            (KeyFamily::RsaEncryption, &rcgen::PKCS_RSA_SHA256),
            (KeyFamily::P256Encryption, &rcgen::PKCS_ECDSA_P256_SHA256),
        ]
        .map(|(family, algorithm)| key_record(family, algorithm))
        .into()
    });
    &RECORDS
}

fn key_record(family: KeyFamily, algorithm: &'static SignatureAlgorithm) -> SigningKeyRecord {
    let pair = KeyPair::generate_for(algorithm).unwrap();
    let certificate = CertificateParams::new(Vec::new())
        .unwrap()
        .self_signed(&pair)
        .unwrap();
    SigningKeyRecord {
        kid: format!("{}-1", family.name()),
        family,
        state: KeyState::Active,
        private_key: Secret::new(BASE64.encode(&pair.serialize_der())),
        certificate: BASE64.encode(certificate.der()),
        created: NOW,
        activated: Some(NOW),
        unpublish_after: None,
    }
}

pub(crate) fn keys() -> &'static KeyRing {
    static KEYS: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::new(key_records()).unwrap());
    &KEYS
}

/// A server, as the token endpoint sees it.
#[derive(Default)]
pub(crate) struct Server {
    pub(crate) settings: ServerSettings,
    pub(crate) detail_types: DetailTypes,
    pub(crate) access_token: AccessTokenPolicy,
    pub(crate) id_token: IdTokenPolicy,
    pub(crate) random: CountingRandom,
}

impl Server {
    pub(crate) fn issuer(&self) -> Issuer<'_> {
        Issuer {
            url: ISSUER,
            environment: None,
            keys: keys(),
            client_keys: None,
            settings: &self.settings,
            detail_types: &self.detail_types,
            access_token: &self.access_token,
            id_token: &self.id_token,
            random: &self.random,
        }
    }
}

/// A confidential client that may do everything.
pub(crate) fn client() -> Client {
    let grants = BTreeSet::from([
        GrantType::AuthorizationCode,
        GrantType::ClientCredentials,
        GrantType::RefreshToken,
    ]);
    Client {
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        ..Client::new(ClientId::new("shop"), "Shop", grants, NOW).with_secret(Secret::new(SECRET))
    }
}

pub(crate) fn public_client() -> Client {
    Client {
        id: ClientId::new("app"),
        authentication: ClientAuthentication::default(),
        ..client()
    }
}

/// The client with its proof, checked.
pub(crate) fn authenticated(client: &Client) -> AuthenticatedClient<'_> {
    authenticated_with(client, None)
}

/// The client with its proof, checked, on a connection with these certificates.
pub(crate) fn authenticated_with<'c>(
    client: &'c Client,
    certificates: Option<&CertificateChain>,
) -> AuthenticatedClient<'c> {
    let id = ("client_id", client.id.as_str());
    let parameters: Parameters = match &client.authentication.secret {
        Some(secret) => [id, ("client_secret", secret.expose())]
            .into_iter()
            .collect(),
        None => [id].into_iter().collect(),
    };
    let credentials = Credentials {
        authorization: None,
        parameters: &parameters,
        id_in_query: None,
        certificates,
    };
    let presented = identify(&credentials).unwrap();
    let facts = Facts {
        issuer: ISSUER,
        endpoint: Paths::PINGFEDERATE.token,
        token_endpoint: Paths::PINGFEDERATE.token,
        other_urls: &[],
        issuer_is_client: true,
        keys: None,
        issuers: &TrustedIssuers::default(),
    };
    authenticate(&presented, Some(client), &facts, NOW)
        .answer
        .unwrap()
}

/// The client, asking for tokens with this proof.
pub(crate) fn requester<'a>(client: &'a Client, proof: Option<&VerifiedProof>) -> Requester<'a> {
    Requester::new(authenticated(client), proof).ok().unwrap()
}

/// The client, asking for tokens with this proof on a connection with these certificates.
pub(crate) fn requester_with<'a>(
    client: &'a Client,
    proof: Option<&VerifiedProof>,
    certificates: Option<&CertificateChain>,
) -> Requester<'a> {
    let client = authenticated_with(client, certificates);
    Requester::new(client, proof).ok().unwrap()
}

/// Some certificate, each time another.
pub(crate) fn certificates() -> CertificateChain {
    let pair = KeyPair::generate().unwrap();
    let made = CertificateParams::default().self_signed(&pair).unwrap();
    CertificateChain::new(vec![made.der().clone()]).unwrap()
}

pub(crate) fn user() -> User {
    User {
        id: UserId::from_bytes([7; 16]),
        username: "ada".to_owned(),
        enabled: true,
        mfa_enabled: true,
        profile: Profile {
            name: Some("Ada Lovelace".to_owned()),
            given_name: Some("Ada".to_owned()),
            email: Some("ada@example.org".to_owned()),
            email_verified: Some(true),
            ..Profile::default()
        },
        created: NOW,
        modified: NOW,
    }
}

pub(crate) fn authentication() -> Authentication {
    Authentication {
        time: NOW - Duration::from_secs(30),
        amr: vec!["pwd".to_owned(), "otp".to_owned(), "mfa".to_owned()],
        acr: Some("urn:example:mfa".to_owned()),
        session: SessionId::from_bytes([9; 16]),
    }
}

/// The session in which this person granted what they did.
pub(crate) fn session() -> Session {
    Session {
        handle: HandleKey::of("cookie"),
        user: user().id,
        authentication: authentication(),
        devices: Vec::new(),
        created: NOW,
        last_used: NOW,
        ends: NOW + Duration::from_hours(8),
        idle: None,
        user_agent: String::new(),
        address: String::new(),
        clients: BTreeSet::new(),
    }
}

/// A grant of this person to this client that can be refreshed.
pub(crate) fn grant(client: &Client, scope: &str) -> Grant {
    Grant {
        id: GrantId::from_bytes([5; 16]),
        user: user().id,
        client: client.id.clone(),
        scope: scope.parse().unwrap(),
        authorization_details: AuthorizationDetails::none(),
        authentication: authentication(),
        claims: None,
        refresh: Some(RefreshFamily::new(NOW, &CountingRandom::default())),
        bound_to: Confirmation::NONE,
        issued: NOW,
        updated: NOW,
        expires: Some(NOW + Duration::from_hours(24)),
    }
}

pub(crate) fn stored<R: Record>(record: R) -> Versioned<R> {
    Versioned {
        version: Version(1),
        record,
    }
}

/// What changes do, in their order: `put grant_record`, `delete code`, `claim`.
pub(crate) fn deeds(changes: Changes) -> Vec<String> {
    let changes = changes.of_tenant(Tenant::DEFAULT);
    let deed = |change: &Change| match change {
        Change::Put { kind, .. } => format!("put {}", kind.name()),
        Change::Delete { kind, .. } => format!("delete {}", kind.name()),
        Change::Check { kind, .. } => format!("check {}", kind.name()),
        Change::Claim { .. } => "claim".to_owned(),
    };
    changes.iter().map(deed).collect()
}

/// The record that changes write.
pub(crate) fn written<R: Record>(changes: Changes) -> Option<R> {
    let wanted: Kind = R::KIND;
    let bodies = changes.of_tenant(Tenant::DEFAULT).into_iter();
    let mut bodies = bodies.filter_map(|change| match change {
        Change::Put { kind, body, .. } if kind == wanted => Some(body),
        _ => None,
    });
    bodies
        .next()
        .map(|body| serde_json::from_slice(&body).unwrap())
}
