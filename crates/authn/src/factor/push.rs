//! Push approval: an app with a key of its own is asked, and signs what its person decides.
//!
//! The app makes its key when it is paired ([`PairingProof`]). From then on each flow that asks it
//! writes a [`PushRequest`], which the app fetches, shows, and answers with a JWS of its key
//! ([`answer()`]); the flow takes that answer up when its person goes on. docs/authenticator.md is the
//! protocol, as an app of anybody's may speak it.

mod answer;
mod pairing;
mod request;
pub mod web_push;

use std::time::Duration;

pub use answer::{Answered, Answering, NotAnswered, answer};
pub use pairing::{PairingFault, PairingProof, subscription};
pub(crate) use request::Addressee;
pub use request::{Circumstance, PushAnswer, PushMatter, PushRequest, SignOnRecord};

/// The `typ` of what an authenticator signs to be paired.
pub const PAIRING_TYP: &str = "pairing+jwt";

/// The `typ` of what an authenticator signs to answer.
pub const ANSWER_TYP: &str = "approval+jwt";

/// The longest JWS of an authenticator that is read, in bytes.
pub const MAX_JWS: usize = 4 * 1024;

/// How far the clock of an authenticator may be off, in seconds.
const LEEWAY: i64 = 300;

/// How authenticators are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushPolicy {
    /// How long a person may take to answer.
    pub timeout: Duration,
    /// How long an authenticator may take to be paired.
    pub pairing: Duration,
    /// Whether the person must type a number into the authenticator that only the page shows which
    /// asks them: nobody approves by mistake what somebody else has begun.
    pub number_matching: bool,
    /// How often a wrong number may be typed before the request is over.
    pub tries: u32,
    /// The key by which push services know us (RFC 8292 §3.2, base64url): browsers subscribe for it
    /// alone. `None` where authenticators are not notified, and have to be open to be asked.
    pub application_server: Option<String>,
}

impl Default for PushPolicy {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(40),
            pairing: Duration::from_mins(10),
            number_matching: true,
            tries: 3,
            application_server: None,
        }
    }
}
