//! New keys, each with a self-signed certificate that carries its public half (`x5c`).

use std::time::Duration;

use data_encoding::BASE64;
use domain::port::{Pending, Random};
use domain::{KeyFamily, KeyState, Secret, SigningKeyRecord, Timestamp};
use jose::jwk::Jwk;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, RsaKeySize,
    SerialNumber,
};

use super::random::SystemRandom;

/// How long a certificate says that it is good; what counts is the state of the key.
const CERTIFICATE_LIFETIME: Duration = Duration::from_hours(10 * 365 * 24);

/// Why a key could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFault {
    /// The library made no key or no certificate.
    #[error("a signing key cannot be made: {0}")]
    Library(#[from] rcgen::Error),
    /// The library made a key that the rest of the house cannot read.
    #[error("a new signing key cannot be read back")]
    Unreadable,
}

/// Makes signing keys on threads that may block.
#[derive(Debug, Default)]
pub(crate) struct KeyFactory;

impl web::KeyFactory for KeyFactory {
    fn create(
        &self,
        family: KeyFamily,
        now: Timestamp,
    ) -> Pending<'_, Result<SigningKeyRecord, String>> {
        let made = tokio::task::spawn_blocking(move || create(family, now, &SystemRandom));
        Box::pin(async move {
            match made.await {
                Ok(made) => made.map_err(|fault| fault.to_string()),
                Err(stopped) => Err(stopped.to_string()),
            }
        })
    }
}

/// Makes a key pair that is published but does not sign yet. RSA takes up to a second.
pub(crate) fn create(
    family: KeyFamily,
    now: Timestamp,
    random: &dyn Random,
) -> Result<SigningKeyRecord, KeyFault> {
    let pair = key_pair(family)?;
    let jwk = Jwk::from_pkcs8(pair.serialized_der()).map_err(|_| KeyFault::Unreadable)?;
    let kid = jwk.thumbprint();
    let certificate = certificate_params(family, &kid, now, random).self_signed(&pair)?;
    Ok(SigningKeyRecord {
        kid,
        family,
        state: KeyState::Next,
        private_key: Secret::new(BASE64.encode(pair.serialized_der())),
        certificate: BASE64.encode(certificate.der()),
        created: now,
        activated: None,
        unpublish_after: None,
    })
}

fn key_pair(family: KeyFamily) -> Result<KeyPair, rcgen::Error> {
    match family {
        KeyFamily::Rsa | KeyFamily::RsaEncryption => {
            KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)
        }
        KeyFamily::P256 | KeyFamily::P256Encryption => {
            KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
        }
        KeyFamily::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyFamily::P521 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512),
        KeyFamily::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519),
    }
}

fn certificate_params(
    family: KeyFamily,
    kid: &str,
    now: Timestamp,
    random: &dyn Random,
) -> CertificateParams {
    let (purpose, usage) = match family {
        KeyFamily::RsaEncryption => ("encryption", KeyUsagePurpose::KeyEncipherment),
        KeyFamily::P256Encryption => ("encryption", KeyUsagePurpose::KeyAgreement),
        _ => ("signing", KeyUsagePurpose::DigitalSignature),
    };
    let mut name = DistinguishedName::new();
    name.push(
        DnType::CommonName,
        format!("Countersign {purpose} key {kid}"),
    );
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.key_usages = vec![usage];
    params.serial_number = Some(serial_number(random));
    set_validity(&mut params, now, CERTIFICATE_LIFETIME);
    params
}

/// RFC 5280 §4.1.2.2: "The serial number MUST be a positive integer assigned by the CA to each certificate."
fn serial_number(random: &dyn Random) -> SerialNumber {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let number = (u128::from_be_bytes(bytes) >> 1) | 1;
    SerialNumber::from_slice(&number.to_be_bytes())
}

/// Makes a certificate good from yesterday on, since clocks differ, for so long.
pub(crate) fn set_validity(params: &mut CertificateParams, now: Timestamp, lifetime: Duration) {
    let (year, month, day) = date(now - Duration::from_hours(24));
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = date(now + lifetime);
    params.not_after = rcgen::date_time_ymd(year, month, day);
}

fn date(at: Timestamp) -> (i32, u8, u8) {
    let instant = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    let date = instant.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
    (date.year().into(), month, day)
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;
    use jose::jws::{Algorithm, Policy, SigningKey, VerifyingKeys, sign_compact, verify_compact};

    use super::*;

    #[test]
    fn keys_of_every_family_sign_and_their_certificate_carries_the_public_half() {
        let now = Timestamp::from_seconds(1_700_000_000);
        for (family, algorithm) in [
            (KeyFamily::Rsa, Algorithm::Rs256),
            (KeyFamily::P256, Algorithm::Es256),
            (KeyFamily::P384, Algorithm::Es384),
            (KeyFamily::P521, Algorithm::Es512),
            (KeyFamily::Ed25519, Algorithm::EdDsa),
        ] {
            let record = create(family, now, &CountingRandom::default()).unwrap();
            let der = BASE64
                .decode(record.private_key.expose().as_bytes())
                .unwrap();
            let jwk = Jwk::from_pkcs8(&der).unwrap();
            assert_eq!(jwk.thumbprint(), record.kid);
            let key = SigningKey::new(&jwk, algorithm).unwrap();
            let token = sign_compact(&key, jose::Header::new(), b"payload").unwrap();
            let mut public = jwk.to_public_value().unwrap();
            // RFC 7517 §4.7: "The key in the first certificate MUST match the public key"
            let chain = serde_json::json!([record.certificate]);
            public.insert("x5c".to_owned(), chain);
            let public = Jwk::from_value(public.into()).unwrap();
            let keys = VerifyingKeys::from(&public);
            assert!(verify_compact(&token, &keys, &Policy::new(&[algorithm])).is_ok());
        }
    }
}
