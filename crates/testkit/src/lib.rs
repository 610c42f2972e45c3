//! What tests of the whole are made with: a server in the test's own process, a browser, people,
//! relying parties and administrators. It is no part of the product.
//!
//! ```no_run
//! # use countersign_testkit as testkit;
//! # async fn journey() {
//! use testkit::House;
//!
//! let house = House::open().await;
//! let alice = house.add_person("alice").await;
//! let shop = house.add_client("shop").await;
//! let mut browser = house.browser();
//! let request = shop.request().with("scope", "openid profile");
//! let answer = browser.sign_on(&request, &alice).await;
//! let tokens = shop.redeem(&request, &answer).await;
//! # let _ = tokens;
//! # }
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test says what is wrong by panicking"
)]

mod administration;
pub mod browser;
mod certificate;
mod detail_types;
mod dice;
mod dpop;
mod environment;
mod faulty;
mod house;
pub mod html;
pub mod http;
mod keys;
mod library;
mod passwords;
mod person;
pub mod process;
mod recognize;
mod relying_party;
pub mod soft_authenticator;

pub use self::http::{Http, Reply, Request};
pub use administration::Administration;
pub use browser::Browser;
pub use certificate::{Authority, ClientCertificate};
pub use dice::Dice;
pub use dpop::{Dpop, Proof};
pub use environment::Environment;
pub use faulty::Failing;
pub use house::device::code_in;
pub use house::{Beside, House};
pub use library::Library;
pub use person::{Person, totp_code};
pub use recognize::{FaceDevice, FaceSession, ScriptedFaces};
pub use relying_party::{
    Answer, AuthorizationRequest, Pkce, RelyingParty, SignedAssertion, Tokens,
};
