//! What commands print.

use std::io::{ErrorKind, IsTerminal, Write};

use super::{Failure, io_failure};

/// Prints `json` for scripts, or `text` for people.
pub(super) fn print(as_json: bool, json: &serde_json::Value, text: &str) -> Result<(), Failure> {
    match as_json {
        true => line(&format!("{json:#}")),
        false if text.is_empty() => Ok(()),
        false => line(text),
    }
}

/// Prints text with a line break after it.
pub(super) fn line(text: &str) -> Result<(), Failure> {
    write(format!("{text}\n").as_bytes())
}

/// Writes bytes as they are; a terminal gets a line break after them.
pub(super) fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let rest: &[u8] = match out.is_terminal() && !bytes.ends_with(b"\n") {
        true => b"\n",
        false => b"",
    };
    let written = out.write_all(bytes).and_then(|()| out.write_all(rest));
    match written.and_then(|()| out.flush()) {
        // Whoever closed standard output has read what they wanted, as `head` has: the command did
        // what it was asked to.
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|cause| io_failure("write to standard output", cause)),
    }
}

/// Writes a line to standard error; nobody can be told if it is closed.
pub(super) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Rows in columns that are as wide as their widest cell.
pub(super) fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    let heads = heads.map(str::to_owned);
    let mut widths = [0; N];
    for row in std::iter::once(&heads).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    let lines: Vec<String> = std::iter::once(&heads).chain(rows).map(line).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows = [["alice", "x"], ["bo", "yy"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(["name", "n"], &rows), "name   n\nalice  x\nbo     yy");
    }
}
