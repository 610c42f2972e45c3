//! What may happen once.
//!
//! The key of a claim is a hash, so that each has a page of its own to be written in an index,
//! whatever else is written with it. The claims of tokens are many, and remembered for an hour or two
//! at most: they are held in memory, where a second one is found, and written in a few rows for each
//! transaction. The other claims are rows of an indexed table, however many they become.
//!
//! What another process has claimed since is read when a transaction begins in which something is
//! claimed; no other can write until it ends.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{SHA256, digest};
use domain::Timestamp;
use domain::port::{Key, Term};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension};

use super::statement::{
    BATCH_OF, BATCHES_AFTER, CLAIM, DELETE_BATCH, INSERT_BATCH, IS_CLAIMED, REWRITE_BATCH,
    SWEEP_CLAIMS,
};

/// How many batches one sweep looks at: nobody else writes meanwhile.
const MOST_BATCHES: usize = 20_000;

/// The claims, as the writer knows them.
pub(super) struct Claims {
    /// How many claims are held in memory at most; what comes beyond that is indexed.
    room: usize,
    /// What is in batches. Nothing is known before the first claim or sweep, nor after a failure.
    known: Option<Known>,
    /// What this transaction has claimed and is to write in batches.
    made: Vec<Claim>,
    /// Whether what is known is all that there is, which only holds within a transaction.
    is_current: bool,
}

/// What is in the batches of the file.
struct Known {
    /// The last batch that was read or written.
    last: i64,
    /// What is claimed, and when it may be swept.
    taken: HashMap<Digest, i64>,
    /// When the first claim of each batch may be swept, the batch, and how many claims it has.
    batches: BTreeMap<(i64, i64), usize>,
    /// Whether another process has swept, so that claims are held here that are in no batch any more.
    has_strays: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            last: i64::MIN,
            taken: HashMap::new(),
            batches: BTreeMap::new(),
            has_strays: false,
        }
    }
}

/// The first half of the SHA-256 of a claim's key: if ever two had the same, the second were refused.
type Digest = [u8; 16];

struct Claim {
    /// The length of the key.
    length: u8,
    key: Box<[u8]>,
    /// When it may be swept, in milliseconds.
    until: i64,
}

impl Claims {
    /// No claims known yet, and room for so many.
    pub(super) fn with_room(room: usize) -> Self {
        Self {
            room,
            known: None,
            made: Vec::new(),
            is_current: false,
        }
    }

    /// A transaction begins, in which nothing is claimed yet.
    pub(super) fn begin(&mut self) {
        self.made.clear();
        self.is_current = false;
    }

    /// Claims a key, if nobody has; returns whether it did.
    pub(super) fn take(
        &mut self,
        connection: &Connection,
        key: &Key,
        (until, term): (Timestamp, Term),
    ) -> rusqlite::Result<bool> {
        let room = self.room;
        let known = self.current(connection)?;
        let digest = hash(key.as_bytes());
        if known.taken.contains_key(&digest) {
            return Ok(false);
        }
        let length = u8::try_from(key.as_bytes().len()).ok();
        let fits = term == Term::Short && known.taken.len() < room;
        let Some(length) = length.filter(|_| fits) else {
            let mut claim = connection.prepare_cached(CLAIM)?;
            return Ok(claim.execute((key.as_bytes(), until.millis()))? > 0);
        };
        let mut is_claimed = connection.prepare_cached(IS_CLAIMED)?;
        if is_claimed.exists([key.as_bytes()])? {
            return Ok(false);
        }
        known.taken.insert(digest, until.millis());
        self.made.push(Claim {
            length,
            key: key.as_bytes().into(),
            until: until.millis(),
        });
        Ok(true)
    }

    /// How many claims this transaction has made so far.
    pub(super) fn made(&self) -> usize {
        self.made.len()
    }

    /// Takes back what this transaction has claimed, but for the first so many.
    pub(super) fn take_back(&mut self, first: usize) {
        for claim in self.made.drain(first.min(self.made.len())..) {
            if let Some(known) = &mut self.known {
                known.taken.remove(&hash(&claim.key));
            }
        }
    }

    /// It is not known what became of the transaction: what is claimed is read anew.
    pub(super) fn forget(&mut self) {
        self.known = None;
        self.begin();
    }

    /// Writes what this transaction has claimed, if that is anything: a batch, of a new number, for each
    /// second in which claims end, so that all of a batch is swept at once.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        mut number: impl FnMut() -> i64,
    ) -> rusqlite::Result<()> {
        self.made.sort_unstable_by_key(|claim| claim.until);
        for batch in self.made.chunk_by(|a, b| second(a) == second(b)) {
            let id = number();
            let mut insert = connection.prepare_cached(INSERT_BATCH)?;
            insert.execute((id, encoded(batch)))?;
            if let (Some(known), Some(first)) = (&mut self.known, first_of(batch)) {
                known.batches.insert((first, id), batch.len());
                known.last = id;
            }
        }
        self.made.clear();
        Ok(())
    }

    /// Removes up to `limit` claims that ended before `now`; returns how many.
    pub(super) fn sweep(
        &mut self,
        connection: &Connection,
        now: Timestamp,
        limit: usize,
    ) -> rusqlite::Result<usize> {
        let mut sweep = connection.prepare_cached(SWEEP_CLAIMS)?;
        let mut swept = sweep.execute((now.millis(), limit))?;
        let known = self.current(connection)?;
        for _ in 0..MOST_BATCHES {
            let Some(batch) = known.due(now).filter(|_| swept < limit) else {
                break;
            };
            swept += known.sweep(connection, batch, (now, limit - swept))?;
        }
        if known.has_strays && known.due(now).is_none() {
            known.taken.retain(|_, until| *until >= now.millis());
        }
        Ok(swept)
    }

    /// All that is claimed in batches.
    fn current(&mut self, connection: &Connection) -> rusqlite::Result<&mut Known> {
        let known = self.known.get_or_insert_default();
        if !self.is_current {
            known.read_on(connection)?;
            self.is_current = true;
        }
        Ok(known)
    }
}

impl Known {
    /// Reads the batches that were written since.
    fn read_on(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut after = connection.prepare_cached(BATCHES_AFTER)?;
        let mut rows = after.query([self.last])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            let claims = decoded(row.get_ref(1)?.as_blob()?)?;
            if let Some(first) = first_of(&claims) {
                self.batches.insert((first, id), claims.len());
            }
            for claim in claims {
                let until = self.taken.entry(hash(&claim.key)).or_insert(claim.until);
                *until = claim.until.max(*until);
            }
            self.last = id;
        }
        Ok(())
    }

    /// The batch of which a claim ended first, if one has.
    fn due(&self, now: Timestamp) -> Option<((i64, i64), usize)> {
        let (batch, size) = self.batches.first_key_value()?;
        (batch.0 < now.millis()).then_some((*batch, *size))
    }

    /// Removes up to `limit` claims of a batch that ended before `now`; returns how many.
    fn sweep(
        &mut self,
        connection: &Connection,
        batch: ((i64, i64), usize),
        (now, limit): (Timestamp, usize),
    ) -> rusqlite::Result<usize> {
        let (place, size) = batch;
        let (_, id) = place;
        let claims = read(connection, id)?;
        self.batches.remove(&place);
        self.has_strays |= claims.len() != size;
        let (mut kept, mut swept) = (Vec::with_capacity(claims.len()), 0);
        for claim in claims {
            if claim.until < now.millis() && swept < limit {
                self.free(&claim);
                swept += 1;
            } else {
                kept.push(claim);
            }
        }
        if let Some(first) = first_of(&kept) {
            self.batches.insert((first, id), kept.len());
            if swept > 0 {
                let mut rewrite = connection.prepare_cached(REWRITE_BATCH)?;
                rewrite.execute((id, encoded(&kept)))?;
            }
        } else if swept > 0 {
            connection.prepare_cached(DELETE_BATCH)?.execute([id])?;
        }
        Ok(swept)
    }

    /// What was claimed may be claimed again, unless it has been already.
    fn free(&mut self, claim: &Claim) {
        let digest = hash(&claim.key);
        if self.taken.get(&digest) == Some(&claim.until) {
            self.taken.remove(&digest);
        }
    }
}

/// The claims of a batch; none if there is no such batch any more.
fn read(connection: &Connection, id: i64) -> rusqlite::Result<Vec<Claim>> {
    let mut select = connection.prepare_cached(BATCH_OF)?;
    let read = |row: &rusqlite::Row<'_>| decoded(row.get_ref(0)?.as_blob()?);
    let batch = select.query_row([id], read).optional()?;
    Ok(batch.unwrap_or_default())
}

fn hash(key: &[u8]) -> Digest {
    let mut half = Digest::default();
    let whole = digest(&SHA256, key);
    for (half, whole) in half.iter_mut().zip(whole.as_ref()) {
        *half = *whole;
    }
    half
}

/// The second in which a claim ends.
const fn second(claim: &Claim) -> i64 {
    claim.until.div_euclid(1000)
}

/// When the first of the claims may be swept.
fn first_of(claims: &[Claim]) -> Option<i64> {
    claims.iter().map(|claim| claim.until).min()
}

fn encoded(claims: &[Claim]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for claim in claims {
        bytes.push(claim.length);
        bytes.extend(claim.until.to_be_bytes());
        bytes.extend(&*claim.key);
    }
    bytes
}

fn decoded(mut bytes: &[u8]) -> rusqlite::Result<Vec<Claim>> {
    let mut claims = Vec::new();
    while !bytes.is_empty() {
        let (claim, rest) = split(bytes).ok_or_else(damaged)?;
        claims.push(claim);
        bytes = rest;
    }
    Ok(claims)
}

/// The first claim of a batch, and what comes after it.
fn split(bytes: &[u8]) -> Option<(Claim, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (until, rest) = rest.split_first_chunk()?;
    let (key, rest) = rest.split_at_checked(usize::from(*length))?;
    let claim = Claim {
        length: *length,
        key: key.into(),
        until: i64::from_be_bytes(*until),
    };
    Some((claim, rest))
}

fn damaged() -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, "a damaged batch of claims".into())
}
