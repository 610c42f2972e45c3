//! Configuration files: every mistake is told, none is a panic.

use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use tempfile::NamedTempFile;

use crate::Target;
use crate::server::config::{Sources, example, load};

pub(super) const TARGET: Target = Target {
    name: "config",
    run,
    seeds,
};

/// The reader takes a file, so there is one.
static FILE: LazyLock<Mutex<NamedTempFile>> =
    LazyLock::new(|| Mutex::new(NamedTempFile::new().expect("a file")));

fn run(input: &[u8]) -> bool {
    let mut file = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = file.path().to_owned();
    file.as_file().set_len(0).expect("a file can be emptied");
    std::io::Seek::rewind(&mut *file).expect("a file can be rewound");
    file.write_all(input).expect("a file can be written");
    let loaded = load(Sources {
        file: Some(&path),
        ..Sources::default()
    });
    match loaded {
        Ok(_) => true,
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "refused, and nobody knows why");
            for mistake in mistakes {
                assert!(!mistake.to_string().is_empty());
            }
            false
        }
    }
}

/// The example, and each of its settings alone.
fn seeds() -> Vec<Vec<u8>> {
    let example = example();
    let mut section = "";
    let mut seeds = vec![example.clone()];
    for line in example.lines() {
        match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') && setting.contains(" = ") => {
                seeds.push(format!("{section}\n{setting}\n"));
            }
            None if line.starts_with('[') => section = line,
            _ => {}
        }
    }
    let seeds = seeds.into_iter().map(String::into_bytes);
    // Some make no sense alone: half of a certificate and its key.
    seeds.filter(|seed| run(seed)).collect()
}
