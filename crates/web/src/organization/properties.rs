//! `pingid.properties`: what `PingID`'s clients are set up with.

use std::collections::BTreeMap;
use std::fmt::Write;

use domain::{Organization, OrganizationKey};
use zeroize::Zeroizing;

/// The file for a client, with this key and the URLs of the server with this public URL (without a
/// trailing slash).
///
/// It is a file of Java's `Properties`, as `PingID` writes it. What Java reads as the end of a key or
/// as a comment at the beginning of a line is nothing special within a value: there `=` is escaped, as
/// clients are used to, and what has to be (`\`), but not `:`, which many a client that is none of
/// Java's reads as it stands.
pub fn properties(organization: &Organization, key: &OrganizationKey, public_url: &str) -> String {
    let pingid = format!("{public_url}/pingid");
    let authenticator = format!("{pingid}/ppm");
    let lines = [
        ("use_base64_key", key.key.expose()),
        ("use_signature", "true"),
        ("token", key.token.expose()),
        ("idp_url", &pingid),
        ("org_alias", &organization.alias),
        ("admin_url", &pingid),
        ("authenticator_url", &authenticator),
    ];
    let lines = lines.map(|(name, value)| format!("{name}={}\n", escaped(value)));
    lines.concat()
}

/// The values of such a file by their names, as Java reads them; of names that come twice the last.
pub fn read_properties(file: &str) -> BTreeMap<String, Zeroizing<String>> {
    let mut values = BTreeMap::new();
    for line in file.lines().map(str::trim_start) {
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let end = separator(line).unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        let rest = rest.trim_start();
        let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start();
        values.insert(unescaped(name), Zeroizing::new(unescaped(value)));
    }
    values
}

/// Where the name in a line ends: at a space, `=` or `:` that is not escaped.
fn separator(line: &str) -> Option<usize> {
    let mut is_escaped = false;
    line.char_indices().find_map(|(place, character)| {
        let ends = !is_escaped && matches!(character, '=' | ':' | ' ' | '\t');
        is_escaped = !is_escaped && character == '\\';
        ends.then_some(place)
    })
}

fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let mut pair = [0; 2];
        let plain = match character {
            '\\' => match characters.next() {
                Some('u') => {
                    let hex: String = characters.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&hex, 16).unwrap_or(0xFFFD));
                    continue;
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => continue,
            },
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut pair));
    }
    String::from_utf16_lossy(&units)
}

/// A value as Java reads it back (`java.util.Properties.load`).
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    for character in value.chars() {
        match character {
            '\\' | '=' => text.extend(['\\', character]),
            // Spaces before a value are not read.
            ' ' if text.is_empty() => text.push_str("\\ "),
            ' '..='~' => text.push(character),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    let _ = write!(text, "\\u{unit:04X}");
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::port::fixed::CountingRandom;

    use super::*;

    #[test]
    fn the_file_has_the_seven_keys_without_which_clients_do_not_start() {
        let now = Timestamp::from_seconds(1_795_348_800);
        let mut organization = Organization::new(None, now, &CountingRandom::default());
        organization.alias = "cde21617-6201-4f66-8866-a149625acd0b".to_owned();
        let key = organization.newest().unwrap();
        let file = properties(&organization, key, "https://id.example.com");
        let lines: Vec<&str> = file.lines().collect();
        let base64 = key.key.expose();
        assert!(base64.ends_with('='), "32 bytes are padded");
        let padded = base64.replace('=', "\\=");
        assert_eq!(lines[0], format!("use_base64_key={padded}"));
        assert_eq!(lines[1], "use_signature=true");
        assert_eq!(lines[2], format!("token={}", key.token.expose()));
        assert_eq!(
            lines[3..],
            [
                "idp_url=https://id.example.com/pingid",
                "org_alias=cde21617-6201-4f66-8866-a149625acd0b",
                "admin_url=https://id.example.com/pingid",
                "authenticator_url=https://id.example.com/pingid/ppm",
            ]
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let now = Timestamp::from_seconds(1_795_348_800);
        let organization = Organization::new(None, now, &CountingRandom::default());
        let key = organization.newest().unwrap();
        let read = read_properties(&properties(&organization, key, "https://id.example.com"));
        assert_eq!(read.len(), 7);
        assert_eq!(read["use_base64_key"].as_str(), key.key.expose());
        assert_eq!(read["org_alias"].as_str(), organization.alias);
        assert_eq!(read["idp_url"].as_str(), "https://id.example.com/pingid");
    }

    #[test]
    fn other_spellings_of_java_are_read() {
        let file = "#Auto-Generated\n!x\n\n  idp_url = https\\://a.example\\=\nb:c d\ne\\ f=\\u00e9\\tx\ng\n";
        let read = read_properties(file);
        let read: Vec<(&str, &str)> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let expected = [
            ("b", "c d"),
            ("e f", "é\tx"),
            ("g", ""),
            ("idp_url", "https://a.example="),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn values_are_escaped_as_java_reads_them() {
        assert_eq!(escaped("a=b\\c"), "a\\=b\\\\c");
        assert_eq!(escaped(" a b"), "\\ a b");
        assert_eq!(escaped("é\n😀"), "\\u00E9\\u000A\\uD83D\\uDE00");
        assert_eq!(escaped("https://x"), "https://x");
    }
}
