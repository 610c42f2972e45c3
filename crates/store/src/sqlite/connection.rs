//! Opening the file.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Options, schema};
use crate::OpenError;

/// More than the statements that there are.
const CACHED_STATEMENTS: usize = 256;

/// After how many pages (63 MiB) the log is written into the file, while commits wait. Sixteen times
/// SQLite's default: a page that many commits touch is then written once for all of them. Four times
/// as many pages take twice as long, so that half as many commits wait.
const LOG_PAGES: i64 = 16_000;

/// What is left of the log after it was emptied, in bytes.
const LOG_SIZE: i64 = 64 << 20;

/// The file at `path`, in the newest format, for the writer.
pub(super) fn opened(path: &Path, options: Options) -> Result<Connection, OpenError> {
    make(path).map_err(|error| OpenError::Inaccessible {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let open = || {
        let mut connection = writing(path, options)?;
        let format = schema::migrate(&mut connection)?;
        Ok((connection, format))
    };
    match open().map_err(|error| refused(path, &error))? {
        (connection, schema::Format::Newest) => Ok(connection),
        (_, schema::Format::Foreign) => Err(OpenError::NotOurs {
            path: path.to_owned(),
        }),
        (_, schema::Format::Newer(found)) => Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known: schema::NEWEST,
        }),
    }
}

/// A connection that may write.
pub(super) fn writing(path: &Path, options: Options) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection, options.writer_cache, options)?;
    keep_a_log(&connection, options.busy_timeout)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_SIZE)?;
    Ok(connection)
}

/// Turns the write-ahead log on, in which writing does not stop reading; the file remembers it.
///
/// While another process does the same to a new file, SQLite answers at once that it is busy.
fn keep_a_log(connection: &Connection, busy_timeout: Duration) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if is_busy(&error) && start.elapsed() < busy_timeout => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "a file is opened before there is anything else to do"
                )]
                std::thread::sleep(Duration::from_millis(5));
            }
            answer => return answer,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// A connection that cannot write.
pub(super) fn reading(path: &Path, options: Options) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection, options.reader_cache, options)?;
    Ok(connection)
}

fn prepare(connection: &Connection, cache: usize, options: Options) -> rusqlite::Result<()> {
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // "If the argument N is negative, then the number of cache pages is adjusted to be a number of
    // pages that would use approximately abs(N*1024) bytes" (SQLite, PRAGMA cache_size).
    let kibibytes = i64::try_from(cache / 1024).unwrap_or(i64::MAX);
    connection.pragma_update(None, "cache_size", -kibibytes)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}

/// Makes the file for its owner alone; SQLite gives its log the same mode.
///
/// An existing file is not opened here: closing it would drop the locks that other connections of
/// this process have on it (SQLite, "How To Corrupt An SQLite Database File", 2.2).
fn make(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn refused(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::NotOurs { path },
        _ => OpenError::Inaccessible {
            path,
            reason: error.to_string(),
        },
    }
}
