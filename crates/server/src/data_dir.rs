//! The data directory: the database, and the master key that seals it.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use domain::port::{Random, Store};
use store::MasterKey;
use zeroize::Zeroizing;

/// The environment variable that may hold the master key in place of the file.
pub(crate) const MASTER_KEY_VARIABLE: &str = "COUNTERSIGN_MASTER_KEY";

/// Why the data directory cannot be used; one sentence each.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataFault {
    /// There is none where the caller expects one.
    #[error(
        "there is no server data in {}: name the directory with --data-dir, or start `countersign serve` to make it",
        .0.display()
    )]
    Missing(PathBuf),
    /// A file or directory cannot be read or made.
    #[error("{} cannot be used: {cause}", path.display())]
    Inaccessible {
        path: PathBuf,
        cause: std::io::Error,
    },
    /// Others can read the master key.
    #[error("{0} can be read by other users of this machine: run `chmod 600 {0}`")]
    Exposed(String),
    /// The master key is not one.
    #[error("{0} must hold 32 bytes in base64")]
    NotAKey(String),
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] store::OpenError),
}

/// The directory in which a server keeps everything.
pub(crate) struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// The directory at `path`, made with mode 0700 if it is not there.
    pub(crate) fn create(path: &Path) -> Result<Self, DataFault> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|cause| inaccessible(path, cause))?;
        let path = path.to_owned();
        Ok(Self { path })
    }

    /// The directory at `path`, which a server has used before.
    pub(crate) fn existing(path: &Path) -> Result<Self, DataFault> {
        let directory = Self {
            path: path.to_owned(),
        };
        if directory.database().is_file() {
            Ok(directory)
        } else {
            Err(DataFault::Missing(directory.path))
        }
    }

    /// Whether other users of this machine may look into it.
    pub(crate) fn is_exposed(&self) -> bool {
        let mode = std::fs::metadata(&self.path).map_or(0, |it| it.permissions().mode());
        mode & 0o077 != 0
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn database(&self) -> PathBuf {
        self.file("countersign.db")
    }

    /// Opens the store, which the master key seals.
    pub(crate) fn open(
        &self,
        master_key: &MasterKey,
        cache: usize,
        random: Arc<dyn Random>,
    ) -> Result<Arc<dyn Store>, DataFault> {
        let options = store::Options {
            writer_cache: cache,
            reader_cache: cache / 8,
            busy_timeout: Duration::from_secs(5),
            ..store::Options::default()
        };
        Ok(store::open(&self.database(), master_key, options, random)?)
    }

    /// The master key: from `variable`, or else from its file, which is made on the first start.
    pub(crate) fn master_key(
        &self,
        variable: Option<&str>,
        random: &dyn Random,
    ) -> Result<MasterKey, DataFault> {
        match variable {
            Some(text) => read_key(text, MASTER_KEY_VARIABLE),
            None => self.master_key_file(random),
        }
    }

    /// The master key that the server in the directory at `path` would have on its first start;
    /// nothing is made of it yet.
    pub(crate) fn future_key(
        path: &Path,
        variable: Option<&str>,
        random: &dyn Random,
    ) -> Result<MasterKey, DataFault> {
        if let Some(text) = variable {
            return read_key(text, MASTER_KEY_VARIABLE);
        }
        let path = path.join("master.key");
        match File::open(&path) {
            Ok(file) => read_key_file(file, &path),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(MasterKey::generate(random)),
            Err(cause) => Err(inaccessible(&path, cause)),
        }
    }

    fn master_key_file(&self, random: &dyn Random) -> Result<MasterKey, DataFault> {
        let path = self.file("master.key");
        // Looked at before the key: of processes that start at the same moment, the one that is first
        // makes the key and then the database, possibly while this one looks.
        let is_new = !self.database().exists();
        match File::open(&path) {
            Ok(file) => read_key_file(file, &path),
            // Without its key an existing database is lost; a new key would only hide that.
            Err(cause) if cause.kind() == ErrorKind::NotFound && is_new => {
                let master_key = MasterKey::generate(random);
                let text = Zeroizing::new(BASE64.encode(master_key.expose()) + "\n");
                match write_private(&path, text.as_bytes()) {
                    Ok(()) => Ok(master_key),
                    // Another process was first.
                    Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                        let file = File::open(&path).map_err(|cause| inaccessible(&path, cause))?;
                        read_key_file(file, &path)
                    }
                    Err(cause) => Err(inaccessible(&path, cause)),
                }
            }
            Err(cause) => Err(inaccessible(&path, cause)),
        }
    }
}

fn inaccessible(path: &Path, cause: std::io::Error) -> DataFault {
    let path = path.to_owned();
    DataFault::Inaccessible { path, cause }
}

fn read_key_file(mut file: File, path: &Path) -> Result<MasterKey, DataFault> {
    let metadata = file.metadata().map_err(|cause| inaccessible(path, cause))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(DataFault::Exposed(path.display().to_string()));
    }
    let mut text = Zeroizing::new(String::new());
    std::io::Read::read_to_string(&mut file, &mut text)
        .map_err(|cause| inaccessible(path, cause))?;
    read_key(&text, &path.display().to_string())
}

fn read_key(text: &str, name: &str) -> Result<MasterKey, DataFault> {
    let not_a_key = || DataFault::NotAKey(name.to_owned());
    let bytes = BASE64.decode(text.trim().as_bytes()).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| not_a_key())?;
    let bytes = bytes.as_slice().try_into().map_err(|_| not_a_key())?;
    Ok(MasterKey::from_bytes(bytes))
}

/// Writes a file that only its owner may read, whole or not at all; it must not exist.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let (draft, mut file) = draft_of(path)?;
    // The umask may only take away; this says what it is whatever the umask.
    let written = file
        .set_permissions(Permissions::from_mode(0o600))
        .and_then(|()| file.write_all(content))
        .and_then(|()| file.sync_all())
        // A link never replaces what is there, as a rename would.
        .and_then(|()| std::fs::hard_link(&draft, path));
    std::fs::remove_file(&draft)?;
    written?;
    // What is sealed under a key may reach the disk only after the key's name has.
    path.parent()
        .map_or(Ok(()), |it| File::open(it)?.sync_all())
}

/// A new file beside `path`. Its number says nothing: others are of a process that writes at the
/// same moment, or of one that did not come to its end; in containers they may have the same id.
fn draft_of(path: &Path) -> std::io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut number = 0_u32;
    loop {
        let draft = path.with_extension(format!("{number}.tmp"));
        match options.open(&draft) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => number += 1,
            opened => return opened.map(|file| (draft, file)),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn open(directory: &DataDir, variable: Option<&str>) -> Result<(), DataFault> {
        let random = Arc::new(CountingRandom::default());
        let master_key = directory.master_key(variable, &*random)?;
        directory.open(&master_key, 1 << 20, random).map(|_| ())
    }

    #[test]
    fn the_directory_and_the_master_key_are_for_their_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let directory = DataDir::create(&parent.path().join("a/data")).unwrap();
        open(&directory, None).unwrap();
        assert_eq!(mode(&directory.path), 0o700);
        assert_eq!(mode(&directory.file("master.key")), 0o600);
        assert!(!directory.is_exposed());
        open(&directory, None).unwrap();
    }

    #[test]
    fn a_master_key_that_others_can_read_is_refused_in_one_sentence() {
        let parent = tempfile::tempdir().unwrap();
        let directory = DataDir::create(&parent.path().join("data")).unwrap();
        open(&directory, None).unwrap();
        let path = directory.file("master.key");
        for exposed in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, Permissions::from_mode(exposed)).unwrap();
            let fault = open(&directory, None).unwrap_err();
            assert!(matches!(fault, DataFault::Exposed(_)));
            assert!(
                fault
                    .to_string()
                    .ends_with(&format!("run `chmod 600 {}`", path.display()))
            );
        }
    }

    #[test]
    fn a_lost_master_key_is_not_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let directory = DataDir::create(&parent.path().join("data")).unwrap();
        open(&directory, None).unwrap();
        std::fs::remove_file(directory.file("master.key")).unwrap();
        assert!(matches!(
            open(&directory, None),
            Err(DataFault::Inaccessible { .. })
        ));
    }

    #[test]
    fn of_many_processes_that_start_at_the_same_moment_one_makes_the_master_key() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let starts: Vec<_> = (0..8)
            .map(|number| {
                let path = path.clone();
                std::thread::spawn(move || {
                    let directory = DataDir::create(&path).unwrap();
                    let random = Arc::new(CountingRandom::default());
                    // Each would make another key.
                    random.fill(&mut vec![0; number]);
                    let master_key = directory.master_key(None, &*random).unwrap();
                    directory.open(&master_key, 1 << 20, random).unwrap();
                    *master_key.expose()
                })
            })
            .collect();
        let keys: Vec<[u8; 32]> = starts.into_iter().map(|it| it.join().unwrap()).collect();
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn what_an_interrupted_start_left_behind_is_in_nobodys_way() {
        let parent = tempfile::tempdir().unwrap();
        let directory = DataDir::create(&parent.path().join("data")).unwrap();
        for number in 0..3 {
            let draft = directory.file(&format!("master.{number}.tmp"));
            std::fs::write(draft, "half a k").unwrap();
        }
        open(&directory, None).unwrap();
        open(&directory, None).unwrap();
        assert!(!directory.file("master.3.tmp").exists());
    }

    #[test]
    fn a_file_that_is_there_is_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write_private(&path, b"first").unwrap();
        let refused = write_private(&path, b"second").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_master_key_may_come_from_the_environment() {
        let parent = tempfile::tempdir().unwrap();
        let directory = DataDir::create(&parent.path().join("data")).unwrap();
        let key = BASE64.encode(&[7; 32]);
        open(&directory, Some(&key)).unwrap();
        assert!(!directory.file("master.key").exists());
        let other = BASE64.encode(&[8; 32]);
        assert!(matches!(
            open(&directory, Some(&other)),
            Err(DataFault::Store(_))
        ));
        for wrong in ["", "short", &BASE64.encode(&[7; 31])] {
            assert!(matches!(
                open(&directory, Some(wrong)),
                Err(DataFault::NotAKey(_))
            ));
        }
    }

    #[test]
    fn a_directory_without_a_database_is_not_a_server() {
        let parent = tempfile::tempdir().unwrap();
        let fault = DataDir::existing(parent.path()).err().unwrap();
        assert!(fault.to_string().contains("there is no server data"));
    }
}
