//! What sessions of Recognize need from the process: somebody who looks at frames, and places.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use authn::recognize::{Next, Seen};
use domain::port::Pending;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Looks at frames: a port, so that sessions know nothing of cameras and networks.
pub trait Faces: Send + Sync + 'static {
    /// Begins an attempt at recognising somebody, with poses drawn by this seed.
    ///
    /// # Errors
    /// What is kept of the face is of another version, or damaged.
    fn attempt(
        &self,
        claim: FaceClaim<'_>,
        seed: [u8; 32],
    ) -> Result<Box<dyn FaceAttempt>, TemplateUnusable>;

    /// Whether what was kept at an enrolment can be compared with.
    fn reads(&self, template: &[u8]) -> bool;
}

/// Whose face it is to be.
#[derive(Clone, Copy)]
pub struct FaceClaim<'a> {
    /// The secret of the device: what is kept of a face is turned by it.
    pub secret: &'a [u8; 32],
    /// Whose face, so that one secret turns two people's differently.
    pub context: &'a [u8],
    /// What was kept at the enrolment; nothing if it is to be enrolled.
    pub template: Option<&'a [u8]>,
    /// What the face is turned by from now on, if it is to be enrolled anew once it is recognised.
    pub new_secret: Option<&'a [u8; 32]>,
}

/// What is kept of a face cannot be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is kept of the face is of another version, or damaged")]
pub struct TemplateUnusable;

/// One attempt at recognising somebody.
pub trait FaceAttempt: Send {
    /// What is asked for at first, and how many seconds all of it may take.
    fn first(&self) -> (Next, u64);

    /// Looks at a picture that came `at` this time since the attempt began.
    fn look(&mut self, picture: Vec<u8>, at: Duration) -> Pending<'_, Result<Seen, NotLooked>>;
}

/// Why a picture was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLooked {
    /// It is no picture that can be decoded, or of another size than is allowed.
    #[error("it is no picture of the size that is allowed")]
    Picture,
    /// Too many wait to be looked at.
    #[error("too many pictures wait to be looked at")]
    Busy,
    /// Looking at it failed.
    #[error("looking at it failed")]
    Failed,
}

/// How many connections there may be for each session that has been opened.
const CONNECTIONS: u32 = 4;

/// How long an attempt waits until frames of others are looked at no more.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much there may be at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecognizeBounds {
    /// Sessions that have been opened.
    pub sessions: u32,
    /// Attempts whose frames are looked at: as many as can be, at four frames a second each.
    pub attempts: u32,
    /// Connections of one address.
    pub of_address: u32,
}

/// The sessions of the process, of all environments.
pub struct Recognize {
    faces: Option<Arc<dyn Faces>>,
    bounds: RecognizeBounds,
    connections: Arc<Semaphore>,
    sessions: Arc<Semaphore>,
    attempts: Arc<Semaphore>,
    addresses: Arc<Addresses>,
    stopping: watch::Sender<bool>,
}

/// A connection, and word of when the server stops.
pub(crate) struct Admitted {
    pub(crate) faces: Arc<dyn Faces>,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) connection: Connection,
}

/// Why there is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAdmitted {
    /// Nobody here looks at frames.
    Off,
    /// Too many, or the server stops.
    Full,
    /// Too many from this address.
    Address,
}

impl Recognize {
    /// The sessions of a process that looks at frames with `faces`, within bounds.
    pub fn new(faces: Option<Arc<dyn Faces>>, bounds: RecognizeBounds) -> Self {
        let places = |count| Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(0)));
        Self {
            faces,
            bounds,
            connections: places(Self::connections_of(bounds)),
            sessions: places(bounds.sessions),
            attempts: places(bounds.attempts),
            addresses: Arc::default(),
            stopping: watch::Sender::new(false),
        }
    }

    const fn connections_of(bounds: RecognizeBounds) -> u32 {
        bounds.sessions.saturating_mul(CONNECTIONS)
    }

    /// Whether anybody looks at frames.
    pub const fn is_on(&self) -> bool {
        self.faces.is_some()
    }

    /// Admits a connection, if there is room for one more of this address.
    pub(crate) fn admit(&self, address: IpAddr) -> Result<Admitted, NotAdmitted> {
        let faces = self.faces.clone().ok_or(NotAdmitted::Off)?;
        let counted = Counted::take(&self.addresses, address, self.bounds.of_address);
        let counted = counted.ok_or(NotAdmitted::Address)?;
        let place = Arc::clone(&self.connections).try_acquire_owned();
        let place = place.map_err(|_| NotAdmitted::Full)?;
        let stopping = self.stopping.subscribe();
        if *stopping.borrow() {
            return Err(NotAdmitted::Full);
        }
        let connection = Connection {
            _place: place,
            _counted: counted,
        };
        Ok(Admitted {
            faces,
            stopping,
            connection,
        })
    }

    /// Whether what was kept of a face can be compared with.
    pub(crate) fn reads(&self, template: &[u8]) -> bool {
        self.faces.as_ref().is_some_and(|it| it.reads(template))
    }

    /// A place for a session that is being opened, if there is one.
    pub(crate) fn session(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.sessions).try_acquire_owned().ok()
    }

    /// A place for an attempt, if there is one soon: they are given in the order in which they were asked
    /// for, and a session asks anew for each attempt.
    pub(crate) async fn attempt(&self) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.attempts).acquire_owned();
        tokio::time::timeout(PATIENCE, place).await.ok()?.ok()
    }

    /// Admits nobody any more, and waits until all sessions have come to their end: those that wait for
    /// somebody end at once, an attempt that goes on has until the deadline.
    pub async fn drain(&self, deadline: Duration) {
        self.stopping.send_replace(true);
        let all = self
            .connections
            .acquire_many(Self::connections_of(self.bounds));
        if tokio::time::timeout(deadline, all).await.is_err() {
            tracing::warn!("sessions of Recognize were still open at the shutdown deadline");
        }
    }
}

/// No session at all.
impl Default for Recognize {
    fn default() -> Self {
        let bounds = RecognizeBounds {
            sessions: 0,
            attempts: 0,
            of_address: 0,
        };
        Self::new(None, bounds)
    }
}

/// A connection that was admitted, until it is dropped.
pub(crate) struct Connection {
    _place: OwnedSemaphorePermit,
    _counted: Counted,
}

/// How many connections each network has; one that has none is not kept.
#[derive(Default)]
struct Addresses(Mutex<HashMap<u128, u32>>);

/// That a connection of a network is counted.
struct Counted {
    addresses: Arc<Addresses>,
    network: u128,
}

impl Counted {
    /// Counts one more, unless there are so many.
    fn take(addresses: &Arc<Addresses>, address: IpAddr, most: u32) -> Option<Self> {
        let network = network_of(address);
        let mut known = addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = known.entry(network).or_default();
        // This machine's own are not limited: behind a proxy that is not trusted everybody seems to be here.
        if *count >= most && !address.to_canonical().is_loopback() {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Self {
            addresses: Arc::clone(addresses),
            network,
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let known = self.addresses.0.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = known.entry(self.network) {
            match entry.get() {
                0 | 1 => drop(entry.remove()),
                count => *entry.get_mut() = count - 1,
            }
        }
    }
}

/// What is counted as one: whoever has one IPv6 address has all of its /64.
fn network_of(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits() >> 64 << 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(addresses: &Arc<Addresses>, address: &str) -> Option<Counted> {
        Counted::take(addresses, address.parse().unwrap(), 2)
    }

    struct Nobody;

    impl Faces for Nobody {
        fn attempt(
            &self,
            _claim: FaceClaim<'_>,
            _seed: [u8; 32],
        ) -> Result<Box<dyn FaceAttempt>, TemplateUnusable> {
            Err(TemplateUnusable)
        }

        fn reads(&self, _template: &[u8]) -> bool {
            false
        }
    }

    fn recognize() -> Recognize {
        let bounds = RecognizeBounds {
            sessions: 2,
            attempts: 1,
            of_address: 3,
        };
        Recognize::new(Some(Arc::new(Nobody)), bounds)
    }

    #[test]
    fn one_address_that_says_nothing_takes_no_session_from_others() {
        let recognize = recognize();
        let admit = |address: &str| recognize.admit(address.parse().unwrap());
        let silent: Vec<_> = (0..4).map(|_| admit("192.0.2.1").ok()).collect();
        assert_eq!(silent.iter().flatten().count(), 3);
        assert_eq!(admit("192.0.2.1").err(), Some(NotAdmitted::Address));
        assert!(admit("192.0.2.2").is_ok());
        let opened = [recognize.session(), recognize.session()];
        assert!(opened.iter().all(Option::is_some) && recognize.session().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_attempts_are_begun_than_can_be_looked_at() {
        let recognize = recognize();
        let first = recognize.attempt().await;
        assert!(first.is_some());
        assert!(recognize.attempt().await.is_none(), "not soon enough");
        let (second, ()) = tokio::join!(recognize.attempt(), async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(first);
        });
        assert!(second.is_some());
    }

    #[test]
    fn an_address_has_so_many_connections_at_a_time() {
        let addresses = Arc::default();
        let first = take(&addresses, "192.0.2.1").unwrap();
        let second = take(&addresses, "::ffff:192.0.2.1").unwrap();
        assert!(take(&addresses, "192.0.2.1").is_none());
        assert!(take(&addresses, "192.0.2.2").is_some());
        drop(first);
        let third = take(&addresses, "192.0.2.1");
        assert!(third.is_some() && take(&addresses, "192.0.2.1").is_none());
        drop((second, third));
        assert!(addresses.0.lock().unwrap().is_empty(), "nothing is kept");
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_this_machine_is_none() {
        let addresses = Arc::default();
        let of = |address| take(&addresses, address);
        let held = [of("2001:db8:0:1::1"), of("2001:db8:0:1::2")];
        assert!(of("2001:db8:0:1:ffff::3").is_none());
        assert!(of("2001:db8:0:2::1").is_some());
        let local: Vec<_> = (0..9).map(|_| of("127.0.0.1")).collect();
        assert!(local.iter().chain(&held).all(Option::is_some));
    }
}
