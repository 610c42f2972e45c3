//! Approval receipts: what was approved, when, by whom and with what, so that it can be checked
//! without the server.
//!
//! A receipt is a JWT of the type `approval-receipt+jwt`, signed by the environment's key. It holds
//! nothing of a factor: no code, no password, no score (RTS art. 4(2)(a)).

mod verify;

use domain::port::Random;
use domain::{
    Actor, AuditEvent, ClientId, DeviceId, Digest, Timestamp, Told, Transaction, TransactionId,
    UserId,
};
use jose::Header;
use jose::digest::sha256;
use jose::jws::{Signer, SigningFailed, SigningKey};
use serde::{Deserialize, Serialize};

use super::material::SignatureMaterial;
use super::presented::{ApprovedTransaction, ApprovingFactor, Binding};
use super::shown::{self, Shown};
use super::template::Method;
pub use verify::{Expected, Receipt, ReceiptError};

/// The name by which auditors find approvals.
const TRANSACTION_APPROVED: &str = "transaction.approved";

/// The `typ` of a receipt.
pub const TYP: &str = "approval-receipt+jwt";

/// Who signs a receipt.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// The issuer of the environment.
    pub issuer: &'a str,
    /// Its key.
    pub key: &'a SigningKey,
    /// The id under which the key is published.
    pub kid: &'a str,
}

/// A receipt, signed.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The receipt.
    pub token: String,
    /// Its `jti`.
    pub id: String,
    /// The digest of the transaction, for the audit log.
    pub digest: Digest,
}

impl Issued {
    /// What auditors are told of it: that there is such a receipt, and not what is in it.
    pub fn event(
        &self,
        actor: Actor,
        client: &ClientId,
        now: Timestamp,
        random: &dyn Random,
    ) -> AuditEvent {
        let receipt = Digest::from_bytes(sha256(self.token.as_bytes()));
        AuditEvent::new(TRANSACTION_APPROVED, actor, now, random)
            .with("client", client.as_str())
            .with("receipt", self.id.as_str())
            .with("receipt_digest", receipt.to_string())
            .with("transaction_digest", self.digest.to_string())
    }
}

/// Signs the receipt of an approval.
pub fn issue(
    approved: &ApprovedTransaction,
    issuer: &Issuer<'_>,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Issued, SigningFailed> {
    let drawn = Drawn::of(approved, issuer.issuer, now, random);
    let payload = serde_json::to_vec(&drawn).map_err(|_| SigningFailed)?;
    let header = Header::new().with_typ(TYP).with_kid(issuer.kid);
    let token = Signer::new(issuer.key.clone(), header).sign(&payload)?;
    Ok(drawn.signed(token))
}

/// A receipt that is still to be signed: what it serialises to are its claims, and its type is [`TYP`].
#[derive(Serialize)]
#[serde(transparent)]
pub struct Drawn(Claims);

impl Drawn {
    /// The receipt of an approval, by this issuer.
    pub fn of(
        approved: &ApprovedTransaction,
        issuer: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        Self(Claims::of(approved, issuer, now, random))
    }

    /// The receipt that was signed to be this token.
    pub fn signed(self, token: String) -> Issued {
        Issued {
            token,
            id: self.0.jti,
            digest: self.0.digest,
        }
    }
}

/// The claims of a receipt.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: Told<UserId>,
    iat: i64,
    jti: String,
    transaction: Transaction,
    digest: Digest,
    shown: Vec<ShownText>,
    factors: Vec<Factor>,
}

/// What was shown, in words, with dots where a one-time code was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownText {
    /// How it was delivered.
    pub method: Method,
    /// In which language.
    pub locale: String,
    /// The subject or title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// The digest of all that, which the transaction has too.
    pub digest: Digest,
}

impl ShownText {
    fn of(shown: &Shown) -> Self {
        Self {
            method: shown.method(),
            locale: shown.locale().to_owned(),
            title: shown.title(),
            text: shown.text(),
            digest: shown.digest(),
        }
    }

    fn computed_digest(&self) -> Digest {
        shown::digest_of(self.method, &self.locale, self.title.as_deref(), &self.text)
    }
}

/// How a factor is tied to the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// By a one-time code that was derived from it.
    Code,
    /// By the person's own signature.
    Signature,
}

/// A factor that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Its kind, by a stable name.
    pub kind: String,
    /// Its `amr` value (RFC 8176 §2).
    pub amr: String,
    /// The device that it was given with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Told<DeviceId>>,
    /// When it was given, in milliseconds since the Unix epoch.
    pub time: Timestamp,
    /// How it is tied to the transaction; one that is not was given to sign on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// The person's own signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<SignatureMaterial>,
}

impl Factor {
    fn of(factor: &ApprovingFactor, transaction: &Transaction) -> Self {
        let (bound, signature) = match factor.binding() {
            None => (None, None),
            Some(Binding::Code(_)) => (Some(Bound::Code), None),
            Some(Binding::Signature(material)) => (Some(Bound::Signature), Some(material.clone())),
        };
        Self {
            kind: factor.kind().to_owned(),
            amr: factor.amr().to_owned(),
            device: factor.device().map(|device| transaction.told(device)),
            time: factor.time(),
            bound,
            signature,
        }
    }
}

impl Claims {
    fn of(
        approved: &ApprovedTransaction,
        issuer: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        let transaction = approved.transaction();
        let factors = approved.factors().iter();
        Self {
            iss: issuer.to_owned(),
            aud: transaction.client().as_str().to_owned(),
            // As the transaction names them: its digest is of what is written.
            sub: transaction
                .told_subject()
                .unwrap_or_else(|| transaction.told(approved.subject())),
            iat: now.seconds(),
            jti: TransactionId::new(random).to_string(),
            digest: transaction.digest(),
            transaction: transaction.clone(),
            shown: approved.shown().iter().map(ShownText::of).collect(),
            factors: factors.map(|it| Factor::of(it, transaction)).collect(),
        }
    }
}
