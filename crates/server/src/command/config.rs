//! `countersign config`: check a configuration file, or print an example of one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::{Failure, output};
use crate::config::{Sources, example, load};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Name every mistake in a configuration file, with its line.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Print a complete configuration file in which everything is explained.
    Example,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Check { file } => check(file),
        Command::Example => {
            output::write(example().as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Checks the file alone: what the environment adds is not the file's fault.
fn check(file: &Path) -> Result<ExitCode, Failure> {
    let sources = Sources {
        file: Some(file),
        ..Sources::default()
    };
    load(sources).map_err(|mistakes| Failure::Config(mistakes, Some(file.to_owned())))?;
    output::line(&format!("{}: no mistakes", file.display()))?;
    Ok(ExitCode::SUCCESS)
}
