//! The statements, for each kind's table.

use std::sync::LazyLock;

use domain::port::{Kind, MAX_FOUND};

/// The statements on one kind's table.
pub(super) struct Statements {
    pub(super) get: String,
    pub(super) version: String,
    pub(super) find: [String; 3],
    pub(super) page: String,
    pub(super) insert: String,
    /// Writes a record whose expiry and lookups stay as they are: no index is touched but read.
    pub(super) rewrite: String,
    pub(super) update: String,
    pub(super) delete: String,
    pub(super) sweep: String,
}

pub(super) const CLAIM: &str =
    "INSERT INTO lasting_claim (key, until) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

pub(super) const IS_CLAIMED: &str = "SELECT 1 FROM lasting_claim WHERE key = ?1";

pub(super) const SWEEP_CLAIMS: &str = "DELETE FROM lasting_claim WHERE id IN \
     (SELECT id FROM lasting_claim WHERE until < ?1 ORDER BY until LIMIT ?2)";

pub(super) const BATCHES_AFTER: &str =
    "SELECT id, claims FROM claim_batch WHERE id > ?1 ORDER BY id";

pub(super) const BATCH_OF: &str = "SELECT claims FROM claim_batch WHERE id = ?1";

pub(super) const INSERT_BATCH: &str = "INSERT INTO claim_batch (id, claims) VALUES (?1, ?2)";

pub(super) const REWRITE_BATCH: &str = "UPDATE claim_batch SET claims = ?2 WHERE id = ?1";

pub(super) const DELETE_BATCH: &str = "DELETE FROM claim_batch WHERE id = ?1";

impl Statements {
    /// The statements on the table of `kind`.
    pub(super) fn of(kind: Kind) -> &'static Self {
        static ALL: LazyLock<[Statements; Kind::ALL.len()]> =
            LazyLock::new(|| Kind::ALL.map(|kind| Statements::on(kind.name())));
        #[expect(
            clippy::indexing_slicing,
            reason = "a test finds every kind in its place"
        )]
        &ALL[kind as usize]
    }

    fn on(table: &str) -> Self {
        let find = |lookup| {
            format!(
                r#"SELECT key, version, body FROM "{table}" WHERE {lookup} = ?1 AND key > ?2 ORDER BY key LIMIT {MAX_FOUND}"#
            )
        };
        Self {
            get: format!(r#"SELECT version, body FROM "{table}" WHERE key = ?1"#),
            version: format!(r#"SELECT version FROM "{table}" WHERE key = ?1"#),
            find: ["lookup0", "lookup1", "lookup2"].map(find),
            page: format!(
                r#"SELECT key, version, body FROM "{table}" WHERE key >= ?1 ORDER BY key LIMIT ?2"#
            ),
            insert: format!(
                r#"INSERT INTO "{table}" (key, version, expires, lookup0, lookup1, lookup2, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING"#
            ),
            rewrite: format!(
                r#"UPDATE "{table}" SET version = ?2, body = ?7 WHERE key = ?1 AND version = ?8
                   AND expires IS ?3 AND lookup0 IS ?4 AND lookup1 IS ?5 AND lookup2 IS ?6"#
            ),
            update: format!(
                r#"UPDATE OR IGNORE "{table}" SET version = ?2, expires = ?3, lookup0 = ?4,
                   lookup1 = ?5, lookup2 = ?6, body = ?7 WHERE key = ?1 AND version = ?8"#
            ),
            delete: format!(r#"DELETE FROM "{table}" WHERE key = ?1 AND version = ?2"#),
            sweep: format!(
                r#"DELETE FROM "{table}" WHERE id IN
                   (SELECT id FROM "{table}" WHERE expires < ?1 ORDER BY expires LIMIT ?2)"#
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_statements_of_its_own_table() {
        for kind in Kind::ALL {
            let table = format!(r#"FROM "{}" WHERE"#, kind.name());
            assert!(Statements::of(kind).get.contains(&table), "{kind:?}");
        }
    }
}
