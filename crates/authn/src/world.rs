//! A small world to test in: people, a store that keeps its word, a browser, a clock.

mod app;
mod device_code;
mod enrolment;
mod face;
mod handler;
mod letter;
mod people;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::port::fixed::CountingRandom;
use domain::port::{Key, Kind, Version};
use domain::{
    AuthorizationDetails, ClientId, DeviceId, HandleKey, Scope, Secret, Timestamp, TransactionDraft,
};
use jose::jws::SigningKey;

use crate::approval::scene;
use crate::factor::password::{Cost, Hasher};
use crate::factor::webauthn::tests::soft_authenticator::SoftAuthenticator;
use crate::flow::{Circumstances, ConsentDemand, Policy, Wording};

pub(crate) use device_code::Waiting;
pub(crate) use face::FaceSession;
pub(crate) use handler::Acted;
pub(crate) use letter::{code_in, long_code_in};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_700_000_010);
pub(crate) const RIGHT: &str = "correct horse";
pub(crate) const WRONG: &str = "battery staple";

/// The people: alice has a password, bob an authenticator as well, carol a mailbox, a telephone and
/// recovery codes, erin a passkey where those are used, dora is disabled.
pub(crate) const ALICE: &str = "alice";
pub(crate) const BOB: &str = "bob";
pub(crate) const CAROL: &str = "carol";
pub(crate) const ERIN: &str = "erin";
pub(crate) const DORA: &str = "dora";
/// Nobody has this name.
pub(crate) const NOBODY: &str = "nobody";

type Records = BTreeMap<(Kind, Vec<u8>), (Version, Vec<u8>)>;

/// A store, a browser and a clock.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) random: CountingRandom,
    pub(crate) policy: Policy,
    pub(crate) hasher: Hasher,
    pub(crate) wording: Wording,
    pub(crate) circumstances: Circumstances,
    /// What the browser's session cookie holds.
    pub(crate) cookie: Option<HandleKey>,
    /// What its cookie of a trusted browser holds.
    pub(crate) trust_cookie: Option<HandleKey>,
    /// Where passkeys are kept.
    pub(crate) authenticator: SoftAuthenticator,
    /// The authenticator that somebody has, with its key.
    pub(crate) app: Option<(DeviceId, SigningKey)>,
    /// The keys of all authenticators.
    pub(crate) apps: BTreeMap<DeviceId, SigningKey>,
    /// The browser in which somebody has enrolled their face, with its key.
    pub(crate) face: Option<(DeviceId, SigningKey)>,
    /// What is on carol's paper.
    pub(crate) recovery_codes: Vec<Secret>,
    /// Which browser acts.
    pub(crate) browser: HandleKey,
    records: Records,
    /// What was so when whoever decides next has looked, if that was earlier.
    seen: Option<Records>,
    claims: BTreeSet<Key>,
    writings: i64,
}

impl World {
    pub(crate) fn new() -> Self {
        let cost = Cost {
            memory: 8,
            passes: 1,
            lanes: 1,
        };
        let mut world = Self {
            now: NOW,
            random: CountingRandom::default(),
            policy: Policy::default(),
            hasher: Hasher::new(cost).unwrap(),
            cookie: None,
            trust_cookie: None,
            circumstances: Circumstances::default(),
            wording: Wording {
                application: "Demo Shop".to_owned(),
                environment: "Example".to_owned(),
                ..Wording::default()
            },
            authenticator: SoftAuthenticator::at("https://id.example.com"),
            app: None,
            apps: BTreeMap::new(),
            face: None,
            recovery_codes: Vec::new(),
            browser: Self::browser(),
            records: BTreeMap::new(),
            seen: None,
            claims: BTreeSet::new(),
            writings: 0,
        };
        for name in [ALICE, BOB, CAROL, ERIN, DORA] {
            world.add_person(name);
        }
        let bob = world.user(BOB).unwrap().id;
        let device = world.authenticator_of(bob);
        world.commit_one(|changes| changes.insert(&device));
        world.equip(CAROL);
        world
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }
}

/// What the shop asks people to approve: the same payment is always the same transaction.
pub(crate) fn payment(sum: &str, recipient: &str) -> TransactionDraft {
    let (client, random) = (ClientId::new("shop"), CountingRandom::default());
    TransactionDraft::new("env", client, scene::payment(sum, recipient), NOW, &random)
}

/// What the shop asks people to allow.
pub(crate) fn shop() -> ConsentDemand {
    ConsentDemand {
        client: ClientId::new("shop"),
        since: Timestamp::EPOCH,
        scope: Scope::from_iter(["openid", "email", "profile"]),
        details: AuthorizationDetails::none(),
        required: Scope::from_iter(["openid"]),
        always: false,
        lifetime: None,
    }
}
