//! An operator's own words, from a directory with a file for each language.

use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;

use super::LANGUAGES;

/// An operator's words cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// The directory or a file in it cannot be read.
    #[error("{path} cannot be read: {cause}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file is named after no language that the pages speak.
    #[error("{0} is named after no language of the pages: en.ftl, de.ftl, fr.ftl, es.ftl")]
    UnknownLanguage(PathBuf),
    /// A file is not Fluent.
    #[error("{path} is faulty: {cause}")]
    Faulty {
        /// Which.
        path: PathBuf,
        /// What is wrong first.
        cause: String,
    },
}

/// The longest file that is read, in bytes.
const MAX_LENGTH: u64 = 256 * 1024;

/// Every `.ftl` file in the directory is named after a language.
pub(super) fn check_names(directory: &Path) -> Result<(), WordsError> {
    let unreadable = |cause| WordsError::Unreadable {
        path: directory.to_owned(),
        cause,
    };
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_words = path.extension().is_some_and(|it| it == "ftl");
        let tag = path.file_stem().unwrap_or_default();
        if is_words && !LANGUAGES.iter().any(|(known, ..)| tag == *known) {
            return Err(WordsError::UnknownLanguage(path));
        }
    }
    Ok(())
}

/// The words for the language with this tag, if there are any.
pub(super) fn read(directory: &Path, tag: &str) -> Result<Option<FluentResource>, WordsError> {
    let path = directory.join(format!("{tag}.ftl"));
    if !path.is_file() {
        return Ok(None);
    }
    let text = match std::fs::metadata(&path) {
        Ok(found) if found.len() > MAX_LENGTH => {
            Err(std::io::Error::other("it is longer than 256 KiB"))
        }
        Ok(_) => std::fs::read_to_string(&path),
        Err(cause) => Err(cause),
    };
    let text = match text {
        Ok(text) => text,
        Err(cause) => return Err(WordsError::Unreadable { path, cause }),
    };
    match FluentResource::try_new(text) {
        Ok(words) => Ok(Some(words)),
        Err((_, mistakes)) => {
            let cause = mistakes.first().map(ToString::to_string);
            let cause = cause.unwrap_or_default();
            Err(WordsError::Faulty { path, cause })
        }
    }
}

/// The ids of the messages in a file without mistakes: a message begins a line with its id.
pub(super) fn ids(words: &str) -> impl Iterator<Item = &str> {
    let named = words.lines().filter_map(|line| line.split_once('='));
    let named = named.map(|(id, _)| id.trim_end());
    named.filter(|id| id.starts_with(|first: char| first.is_ascii_alphabetic()))
}
