//! `pingid.properties`: what `PingID`'s clients are set up with.

use std::fmt::Write;

use domain::{Organization, OrganizationKey};

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
    fn values_are_escaped_as_java_reads_them() {
        assert_eq!(escaped("a=b\\c"), "a\\=b\\\\c");
        assert_eq!(escaped(" a b"), "\\ a b");
        assert_eq!(escaped("é\n😀"), "\\u00E9\\u000A\\uD83D\\uDE00");
        assert_eq!(escaped("https://x"), "https://x");
    }
}
