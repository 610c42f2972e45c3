//! Standard output, when nobody reads it or nothing can be written.

use std::fs::OpenOptions;
use std::process::Stdio;

use super::{Files, Run, command, run_with};

/// Runs a command whose output goes there.
fn run_into(arguments: &[&str], output: impl Into<Stdio>) -> Run {
    let mut command = command(arguments);
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let child = command.stdout(output).spawn().unwrap();
    child.wait_with_output().unwrap().into()
}

/// One end of a pipe that nobody reads any more.
fn closed() -> std::io::PipeWriter {
    let (_, writer) = std::io::pipe().unwrap();
    writer
}

#[test]
fn whoever_stops_reading_has_what_they_wanted() {
    let files = Files::new();
    let data = files.path("data");
    let add = ["user", "add", "alice", "--password-stdin"];
    let added = run_with(
        &[&add[..], &["--data-dir", &data]].concat(),
        "correct horse",
    );
    assert_eq!(added.code, 0, "{}", added.err);
    let file = files.with("empty.toml", "");
    for arguments in [
        &["config", "example"][..],
        &["config", "check", &file],
        &["user", "list", "--data-dir", &data],
        &["user", "list", "--data-dir", &data, "--json"],
        &["client", "list", "--data-dir", &data, "--json"],
        &["keys", "list", "--data-dir", &data],
        &["jose", "inspect", "eyJhbGciOiJub25lIn0.e30."],
        &["--version"],
        &["--help"],
    ] {
        let run = run_into(arguments, closed());
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn a_refusal_that_nobody_reads_is_a_refusal_all_the_same() {
    let mut command = command(&["config", "check", "nowhere.toml"]);
    let status = command.stderr(closed()).stdout(closed()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn what_cannot_be_written_is_a_failure() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = run_into(&["config", "example"], full);
    assert_eq!(run.code, 1);
    let told = "countersign: cannot write to standard output: No space left on device";
    assert!(run.err.starts_with(told), "{}", run.err);
}
