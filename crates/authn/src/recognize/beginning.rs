//! The person has agreed, and their device has signed it.

use domain::{ConsentGiven, Digest, Secret, Timestamp, UserId};
use jose::digest::{constant_time_eq, sha256};
use jose::jwk::{Curve, Jwk};
use jose::jws::{Algorithm, Policy, Typ, Unverified};
use jose::strict_base64url;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::message::{Begin, Said};
use super::opening::Transcript;
use super::{FACE_KEY, PIN_KEY, Pin, Refusal};
use crate::approval::{PROOF_TYP, Presented};

/// What is hashed before the secrets.
const PREFIX: &[u8] = b"countersign recognize secrets v2\0";

/// The longest proof, in bytes.
const MAX_PROOF: usize = 4 * 1024;

/// Why what a device has signed will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BeginFault {
    /// It is not signed by this device, or not about this; for the log.
    #[error("{0}")]
    Proof(&'static str),
    /// The person has not approved what they were shown.
    #[error("the transaction is not approved")]
    NotApproved,
    /// The person has not agreed.
    #[error("the person has not agreed")]
    NoConsent,
    /// This factor is not among those that were offered.
    #[error("this factor was not offered")]
    Factor,
    /// A PIN is missing, is there without need, or is none.
    #[error(
        "a PIN has 6 to 12 digits, neither all the same nor consecutive, and is there if it is needed"
    )]
    Pin,
}

impl BeginFault {
    /// The code by which it is told.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Proof(_) | Self::NotApproved | Self::NoConsent => "SERVER_FORBIDDEN",
            Self::Factor | Self::Pin => "SERVER_VALIDATION_FAILED",
        }
    }
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A face is enrolled.
    Enrol,
    /// A face that is recognised is enrolled anew, under a new secret.
    Renew,
    /// Somebody proves who they are.
    Authenticate,
}

impl Purpose {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enrol | Self::Renew => "enrol",
            Self::Authenticate => "authenticate",
        }
    }

    /// Whether a face is enrolled, to which the person agrees before.
    pub(super) const fn enrols(self) -> bool {
        matches!(self, Self::Enrol | Self::Renew)
    }

    /// Whether something is compared with what was enrolled: whoever is suspended may not, and failures count.
    pub(super) const fn compares(self) -> bool {
        matches!(self, Self::Authenticate | Self::Renew)
    }
}

/// What a person gives besides the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Factor {
    /// Their face.
    Face,
    /// Their PIN.
    Pin,
}

impl Factor {
    /// Its name on the wire, and its `amr` value (RFC 8176 §2).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Pin => "pin",
        }
    }

    /// The `kid` of the key that signs after it.
    pub const fn kid(self) -> &'static str {
        match self {
            Self::Face => FACE_KEY,
            Self::Pin => PIN_KEY,
        }
    }
}

/// What a person must agree to before their face is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Consent {
    pub(super) version: &'static str,
    pub(super) text: &'static str,
}

impl Consent {
    const ENGLISH: Self = Self {
        version: "1",
        text: "Your face is measured so that you can be recognised by it. The camera's pictures are sent to \
               this service, looked at and discarded at once. What is kept are numbers that describe your face, \
               encrypted, and of use only together with a secret that stays on this device. They serve to \
               recognise you and nothing else. You need not agree, and you can have everything deleted at any time.",
    };
    const GERMAN: Self = Self {
        version: "1",
        text: "Ihr Gesicht wird vermessen, um Sie daran wiederzuerkennen. Die Bilder der Kamera werden an diesen \
               Dienst gesendet, ausgewertet und sofort verworfen. Gespeichert werden Zahlen, die Ihr Gesicht \
               beschreiben: verschlüsselt, und nur zusammen mit einem Geheimnis brauchbar, das auf diesem Gerät \
               bleibt. Sie dienen allein dazu, Sie wiederzuerkennen. Sie müssen nicht zustimmen, und Sie können \
               jederzeit alles löschen lassen.",
    };

    const FRENCH: Self = Self {
        version: "1",
        text: "Votre visage est mesuré pour vous reconnaître. Les images de la caméra sont envoyées à ce service, \
               analysées et aussitôt effacées. Ce qui est conservé, ce sont des nombres qui décrivent votre visage : \
               chiffrés, et utilisables seulement avec un secret qui reste sur cet appareil. Ils servent à vous \
               reconnaître et à rien d’autre. Vous n’êtes pas tenu d’accepter, et vous pouvez tout faire effacer à \
               tout moment.",
    };
    const SPANISH: Self = Self {
        version: "1",
        text: "Su rostro se mide para poder reconocerle. Las imágenes de la cámara se envían a este servicio, se \
               analizan y se descartan de inmediato. Lo que se guarda son números que describen su rostro: cifrados, y \
               útiles solo junto con un secreto que permanece en este dispositivo. Sirven para reconocerle y para \
               nada más. No tiene que aceptar, y puede hacer que se borre todo en cualquier momento.",
    };

    /// The text in the first of these languages that there is one in.
    pub(super) fn in_language(wanted: &[String]) -> Self {
        let language = |tag: &String| tag.split('-').next().unwrap_or_default().to_lowercase();
        let mut wanted = wanted.iter().map(language);
        let known = |language: String| match language.as_str() {
            "en" => Some(Self::ENGLISH),
            "de" => Some(Self::GERMAN),
            "fr" => Some(Self::FRENCH),
            "es" => Some(Self::SPANISH),
            _ => None,
        };
        wanted.find_map(known).unwrap_or(Self::ENGLISH)
    }

    fn given(self, now: Timestamp) -> ConsentGiven {
        ConsentGiven {
            version: self.version.to_owned(),
            text: strict_base64url::encode(sha256(self.text.as_bytes())),
            time: now,
        }
    }
}

/// A session in which it is known who wants what, and that they may.
#[derive(Clone)]
pub struct Opened {
    pub(super) transcript: Transcript,
    pub(super) message: String,
    pub(super) purpose: Purpose,
    pub(super) person: UserId,
    /// Whether the person had enrolled when the session was opened.
    pub(super) is_known: bool,
    /// What was kept of the device's face when the session was opened, if anything was. It is still that
    /// at the end, or the session was for another enrolment.
    pub(super) template: Option<Digest>,
    pub(super) username: String,
    pub(super) device: String,
    pub(super) operation_id: Option<String>,
    pub(super) operation_payload: Option<String>,
    pub(super) presented: Option<Presented>,
    pub(super) data: Option<String>,
    pub(super) consent: Option<Consent>,
    pub(super) takes_pin: bool,
    pub(super) may_set_pin: bool,
    pub(super) attempts: u32,
}

/// What the device has signed.
#[derive(Deserialize)]
struct Claims {
    transcript: String,
    factor: Factor,
    secrets: String,
    #[serde(default)]
    transaction: Option<String>,
    #[serde(default)]
    consent: Option<String>,
}

impl Opened {
    /// The message `opened`.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the session is for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Who it is about.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Their id, also if they have yet to enrol.
    pub const fn person(&self) -> UserId {
        self.person
    }

    /// The thumbprint of the device's key.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// The customer's id of this operation.
    pub fn operation_id(&self) -> Option<&str> {
        self.operation_id.as_deref()
    }

    /// What is approved, and how it is shown.
    pub const fn presented(&self) -> Option<&Presented> {
        self.presented.as_ref()
    }

    /// The transaction data, letter by letter.
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// How often the person may try.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What the person may choose from.
    pub(super) const fn factors(&self) -> &'static [Factor] {
        match self.takes_pin {
            true => &[Factor::Face, Factor::Pin],
            false => &[Factor::Face],
        }
    }

    /// Reads what the device has signed; `None` when the person does not want to. May be asked again
    /// after a wrong PIN.
    pub fn begin(&self, text: &str, now: Timestamp) -> Result<Option<Begun>, Refusal> {
        let begin = match Said::read(text)? {
            Said::Begin(begin) => begin,
            Said::Open(_) => return Err(Refusal::Unexpected),
            Said::Cancel => return Ok(None),
        };
        let secret = secret(&begin.secret, "secret")?;
        let new_secret = self.new_secret(&begin, &secret)?;
        let pins = Pins::read(&begin)?;
        let (key, claims) = self.signed(&begin.proof)?;
        let is = |one: &str, other: &str| constant_time_eq(one.as_bytes(), other.as_bytes());
        if !is(&claims.transcript, &self.transcript.digest()) {
            return Err(BeginFault::Proof("it is about another session").into());
        }
        if !is(
            &claims.secrets,
            &pins.digest(&secret, new_secret.as_deref()),
        ) {
            return Err(BeginFault::Proof("it is about other secrets").into());
        }
        self.check_agreement(&claims)?;
        self.check_factor(claims.factor, &pins)?;
        Ok(Some(Begun {
            factor: claims.factor,
            key,
            secret,
            new_secret,
            pins,
            proof: begin.proof,
            consent: self.consent.map(|consent| consent.given(now)),
        }))
    }

    /// What takes the place of the secret, where a face is enrolled anew and nowhere else.
    fn new_secret(
        &self,
        begin: &Begin,
        old: &[u8; 32],
    ) -> Result<Option<Zeroizing<[u8; 32]>>, Refusal> {
        let name = "newSecret";
        let new = begin.new_secret.as_ref();
        let new = new.map(|new| secret(new, name)).transpose()?;
        let is_new = new.as_ref().is_some_and(|new| **new != *old);
        match is_new == (self.purpose == Purpose::Renew) && is_new == new.is_some() {
            true => Ok(new),
            false => Err(Refusal::Invalid(name)),
        }
    }

    /// What is signed, and the key that has signed it, which is that of the device.
    fn signed(&self, proof: &str) -> Result<(Jwk, Claims), Refusal> {
        let policy = Policy::new(&[Algorithm::Es256])
            .with_typ(Typ::Required(PROOF_TYP))
            .with_max_len(MAX_PROOF);
        let parsed = Unverified::parse(proof, MAX_PROOF);
        let parsed = parsed.map_err(|_| BeginFault::Proof("it is no JWS"))?;
        let verified = parsed.verify_with_embedded_key(&policy);
        let unsigned = BeginFault::Proof("it is not signed by the key in it");
        let verified = verified.map_err(|_| unsigned)?;
        let key = verified.key().jwk().clone().without_kid();
        if key.curve() != Some(Curve::P256) || key.is_private() {
            return Err(BeginFault::Proof("its key is no public key on P-256").into());
        }
        if !constant_time_eq(key.thumbprint().as_bytes(), self.device.as_bytes()) {
            return Err(BeginFault::Proof("its key is that of another device").into());
        }
        let claims = jose::json::parse_object(verified.payload());
        let unread = BeginFault::Proof("its payload is no JSON object");
        let claims = claims.map_err(|_| unread)?;
        let claims = serde_json::from_value(serde_json::Value::Object(claims));
        let claims = claims.map_err(|_| BeginFault::Proof("it lacks a claim"))?;
        Ok((key, claims))
    }

    /// RTS art. 5(1)(a): the payer is "made aware of the amount of the payment transaction and of the
    /// payee", and has said so.
    fn check_agreement(&self, claims: &Claims) -> Result<(), BeginFault> {
        let shown = self.presented.as_ref().map(|it| it.digest().to_string());
        if claims.transaction != shown {
            return Err(BeginFault::NotApproved);
        }
        let asked = self.consent.map(|consent| consent.version);
        match claims.consent.as_deref() == asked {
            true => Ok(()),
            false => Err(BeginFault::NoConsent),
        }
    }

    fn check_factor(&self, factor: Factor, pins: &Pins) -> Result<(), BeginFault> {
        if !self.factors().contains(&factor) {
            return Err(BeginFault::Factor);
        }
        let changes = pins.new.is_some() || pins.remove;
        let is_right = match factor {
            Factor::Pin => pins.given.is_some() && !changes,
            Factor::Face => {
                pins.given.is_none()
                    && (!changes || self.may_set_pin)
                    && !(pins.new.is_some() && pins.remove)
            }
        };
        is_right.then_some(()).ok_or(BeginFault::Pin)
    }
}

fn secret(text: &Secret, name: &'static str) -> Result<Zeroizing<[u8; 32]>, Refusal> {
    let bytes = strict_base64url::decode(text.expose()).map(Zeroizing::new);
    let bytes = bytes
        .ok()
        .and_then(|bytes| bytes.as_slice().try_into().ok());
    bytes.map(Zeroizing::new).ok_or(Refusal::Invalid(name))
}

/// The PINs beside a proof.
pub(super) struct Pins {
    pub(super) given: Option<Pin>,
    pub(super) new: Option<Pin>,
    pub(super) remove: bool,
}

impl Pins {
    fn read(begin: &Begin) -> Result<Self, BeginFault> {
        let given = begin.pin.as_ref().map(|pin| Pin::given(pin.expose()));
        let new = begin.new_pin.as_ref().map(|pin| Pin::wanted(pin.expose()));
        let (given, new) = (given.transpose(), new.transpose());
        Ok(Self {
            given: given.map_err(|_| BeginFault::Pin)?,
            new: new.map_err(|_| BeginFault::Pin)?,
            remove: begin.remove_pin,
        })
    }

    fn digest(&self, secret: &[u8; 32], new_secret: Option<&[u8; 32]>) -> String {
        let mut text = Zeroizing::new([PREFIX, secret].concat());
        for pin in [&self.given, &self.new] {
            let digits = pin.as_ref().map(Pin::digits).unwrap_or_default();
            text.push(u8::try_from(digits.len()).unwrap_or(u8::MAX));
            text.extend_from_slice(digits);
        }
        text.push(u8::from(self.remove));
        text.extend_from_slice(new_secret.map_or(&[], |new| new.as_slice()));
        strict_base64url::encode(sha256(&text))
    }
}

/// A session in which the person has agreed and their device has proved itself. Only
/// [`Opened::begin`] makes one.
pub struct Begun {
    pub(super) factor: Factor,
    pub(super) key: Jwk,
    pub(super) secret: Zeroizing<[u8; 32]>,
    pub(super) new_secret: Option<Zeroizing<[u8; 32]>>,
    pub(super) pins: Pins,
    pub(super) proof: String,
    pub(super) consent: Option<ConsentGiven>,
}

impl Begun {
    /// What the person gives.
    pub const fn factor(&self) -> Factor {
        self.factor
    }

    /// The secret of the device, by which what is kept of a face is turned.
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// What takes its place, if the face is enrolled anew.
    pub fn new_secret(&self) -> Option<&[u8; 32]> {
        self.new_secret.as_deref()
    }
}
