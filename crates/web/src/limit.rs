//! How much one address of the network may ask of us before it has proved who it is.
//!
//! What strangers can make the server keep or compute is bounded here: flows that begin, forms that
//! are sent, and failed attempts to prove who one is. Whoever has proved it is not counted: no client
//! that authenticates, no person who is signed on and goes from one application to the next.
//! docs/decisions/0007-limit-by-address.md says why it is done this way.

mod bucket;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::Timestamp;
use domain::port::Random;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Method};

use self::bucket::{Bucket, Filling};
use crate::app::App;
use crate::extract::Peer;
use crate::page::error::{PageError, PageRefusal};

/// How many buckets there are, whoever calls: one for every `u16`, 512 KiB in all.
const BUCKETS: usize = 1 << 16;

/// The tokens that a rejected attempt to prove who one is costs; anything else costs one.
const FAILURE: u32 = 10;

/// How much one address may do for each [`Purpose`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressLimit {
    /// At once.
    pub burst: u32,
    /// In a minute, over time; 0 for no limit.
    pub per_minute: u32,
}

impl AddressLimit {
    /// No limit.
    pub const NONE: Self = Self {
        burst: 0,
        per_minute: 0,
    };
}

impl Default for AddressLimit {
    /// Enough for an office of some thousand people behind one address on a Monday morning.
    fn default() -> Self {
        Self {
            burst: 1_000,
            per_minute: 600,
        }
    }
}

/// What is counted together. Each has buckets of its own, so that a client that has lost its secret
/// does not keep the people beside it from signing on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// People who sign on, and what they do to their account.
    SignOn,
    /// Clients that fail to authenticate.
    ClientAuthentication,
    /// Administrators who sign on.
    Administration,
}

impl Purpose {
    /// Its name, for whoever counts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignOn => "sign_on",
            Self::ClientAuthentication => "client_authentication",
            Self::Administration => "administration",
        }
    }
}

/// Too much came from one address. Also marks the response that says so, for whoever counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// What there was too much of.
    pub purpose: Purpose,
    /// After how long there is room for one more.
    wait: Duration,
}

impl Limited {
    /// The response with when to come again, and marked.
    pub(crate) fn mark(self, mut response: Response) -> Response {
        let begun = u64::from(self.wait.subsec_nanos() > 0);
        // RFC 6585 §4: "The response representations SHOULD include details explaining the
        // condition, and MAY include a Retry-After header indicating how long to wait before making
        // a new request."
        let seconds = HeaderValue::from(self.wait.as_secs() + begun);
        response.headers_mut().insert(RETRY_AFTER, seconds);
        response.extensions_mut().insert(self);
        response
    }
}

impl App {
    /// Counts one thing that somebody at this address wants before it is done.
    pub(crate) fn admit(&self, purpose: Purpose, peer: Peer) -> Result<(), Limited> {
        self.limiter.take(purpose, peer.0, 1, self.now())
    }

    /// Counts a failed attempt to prove who one is, and says whether there were too many before it.
    pub(crate) fn count_failure(&self, purpose: Purpose, peer: Peer) -> Result<(), Limited> {
        self.limiter.take(purpose, peer.0, FAILURE, self.now())
    }

    /// Counts a failed attempt that was admitted.
    pub(crate) fn note_failure(&self, purpose: Purpose, peer: Peer) {
        // With nothing left it is as empty as it can be.
        let _ = self.count_failure(purpose, peer);
    }
}

/// Counts the forms that people send.
pub(crate) async fn forms(
    State(app): State<Arc<App>>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Result<Response, PageRefusal> {
    if request.method() == Method::POST {
        let admitted = app.admit(Purpose::SignOn, peer);
        admitted.map_err(PageError::Limited)?;
    }
    Ok(next.run(request).await)
}

/// The buckets of all addresses.
///
/// There is a fixed number of them, and which one is an address's is decided by a keyed hash. None is
/// ever given up for another, so nobody can come by a fresh one by using many addresses. Addresses
/// that fall together share a bucket; to empty one for others, somebody has to keep asking for as
/// much as a whole bucket gives, for each one anew, and cannot know whose it is.
pub(crate) struct Limiter {
    key: hmac::Key,
    buckets: Box<[Bucket]>,
    /// `None` for no limit.
    filling: Option<Filling>,
}

impl Limiter {
    /// Nobody has asked for anything yet.
    pub(crate) fn new(limit: AddressLimit, random: &dyn Random) -> Self {
        let mut key = [0; 32];
        random.fill(&mut key);
        let buckets = std::iter::repeat_with(Bucket::default);
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            buckets: buckets.take(BUCKETS).collect(),
            filling: Filling::new(limit.burst, limit.per_minute),
        }
    }

    /// Takes tokens from the bucket of an address. This machine's own are never limited: whoever is
    /// here has better means, and behind a proxy that is not trusted everybody seems to be here.
    fn take(
        &self,
        purpose: Purpose,
        address: IpAddr,
        tokens: u32,
        now: Timestamp,
    ) -> Result<(), Limited> {
        let address = address.to_canonical();
        let (Some(filling), false) = (self.filling, address.is_loopback()) else {
            return Ok(());
        };
        let taken = self.bucket(purpose, address).take(tokens, filling, now);
        taken.map_err(|wait| Limited { purpose, wait })
    }

    fn bucket(&self, purpose: Purpose, address: IpAddr) -> &Bucket {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&[purpose as u8]);
        match address {
            IpAddr::V4(address) => context.update(&address.octets()),
            // Whoever has one IPv6 address has all of its /64.
            IpAddr::V6(address) => context.update(&(address.to_bits() >> 64).to_be_bytes()),
        }
        let tag = context.sign();
        let number = tag.as_ref().first_chunk().copied().unwrap_or_default();
        #[expect(clippy::indexing_slicing, reason = "there is a bucket for every u16")]
        &self.buckets[usize::from(u16::from_be_bytes(number))]
    }
}

#[cfg(test)]
mod tests {
    use domain::port::Clock;
    use domain::port::fixed::{CountingRandom, FixedClock};

    use super::*;

    const LIMIT: AddressLimit = AddressLimit {
        burst: 20,
        per_minute: 60,
    };

    struct Town {
        limiter: Limiter,
        clock: FixedClock,
    }

    impl Town {
        fn limited_to(limit: AddressLimit) -> Self {
            Self {
                limiter: Limiter::new(limit, &CountingRandom::default()),
                clock: FixedClock::at(Timestamp::from_seconds(1_795_348_800)),
            }
        }

        fn take(&self, purpose: Purpose, address: &str, tokens: u32) -> Result<(), Limited> {
            let address = address.parse().unwrap();
            self.limiter
                .take(purpose, address, tokens, self.clock.now())
        }

        /// How often somebody at this address is admitted at once.
        fn admitted(&self, address: &str) -> usize {
            let wanted = std::iter::repeat_with(|| self.take(Purpose::SignOn, address, 1));
            wanted.take(100).flatten().count()
        }
    }

    #[test]
    fn each_address_has_a_bucket_of_its_own() {
        let town = Town::limited_to(LIMIT);
        assert_eq!(town.admitted("192.0.2.1"), 20);
        assert_eq!(town.admitted("192.0.2.1"), 0);
        assert_eq!(town.admitted("192.0.2.2"), 20);
        town.clock.advance(Duration::from_secs(3));
        assert_eq!(town.admitted("192.0.2.1"), 3);
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let town = Town::limited_to(LIMIT);
        assert_eq!(town.admitted("2001:db8:0:1::1"), 20);
        assert_eq!(town.admitted("2001:db8:0:1:ffff:ffff:ffff:ffff"), 0);
        assert_eq!(town.admitted("2001:db8:0:2::1"), 20);
    }

    #[test]
    fn an_ipv4_address_is_the_same_when_it_comes_in_ipv6() {
        let town = Town::limited_to(LIMIT);
        assert_eq!(town.admitted("192.0.2.1"), 20);
        assert_eq!(town.admitted("::ffff:192.0.2.1"), 0);
    }

    #[test]
    fn this_machine_is_not_limited() {
        let town = Town::limited_to(LIMIT);
        for address in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(town.admitted(address), 100, "{address}");
        }
    }

    #[test]
    fn no_rate_is_no_limit() {
        let no_rate = AddressLimit {
            per_minute: 0,
            ..LIMIT
        };
        for limit in [no_rate, AddressLimit::NONE] {
            let town = Town::limited_to(limit);
            assert_eq!(town.admitted("192.0.2.1"), 100);
        }
    }

    #[test]
    fn purposes_are_counted_apart_and_failures_cost_more() {
        let town = Town::limited_to(LIMIT);
        let client = Purpose::ClientAuthentication;
        assert_eq!(town.take(client, "192.0.2.1", FAILURE), Ok(()));
        assert_eq!(town.take(client, "192.0.2.1", FAILURE), Ok(()));
        let limited = town.take(client, "192.0.2.1", FAILURE).unwrap_err();
        assert_eq!(limited.purpose, client);
        assert_eq!(limited.wait, Duration::from_secs(1));
        assert_eq!(town.admitted("192.0.2.1"), 20);
    }

    #[test]
    fn many_addresses_bring_no_fresh_bucket() {
        let town = Town::limited_to(LIMIT);
        assert_eq!(town.admitted("192.0.2.1"), 20);
        for number in 0..200_000_u32 {
            let address = std::net::Ipv4Addr::from_bits(0x0A00_0000 + number);
            let _ = town.take(Purpose::SignOn, &address.to_string(), 1);
        }
        assert_eq!(town.admitted("192.0.2.1"), 0);
    }

    #[test]
    fn rfc6585_4_the_answer_says_when_to_come_again() {
        for (milliseconds, seconds) in [(1, "1"), (1_000, "1"), (1_001, "2"), (90_000, "90")] {
            let limited = Limited {
                purpose: Purpose::SignOn,
                wait: Duration::from_millis(milliseconds),
            };
            let response = limited.mark(Response::default());
            assert_eq!(response.headers()[RETRY_AFTER], seconds);
            assert_eq!(response.extensions().get(), Some(&limited));
        }
    }
}
