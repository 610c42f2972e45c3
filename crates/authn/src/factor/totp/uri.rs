//! `otpauth:` addresses, which authenticator apps read from a QR code.

use std::fmt::Write;

use domain::Totp;
use zeroize::Zeroizing;

/// The address that sets up an authenticator app: for `account` at `issuer`.
pub fn otpauth_uri(totp: &Totp, issuer: &str, account: &str) -> Zeroizing<String> {
    let (issuer, account) = (label(issuer), label(account));
    let secret = totp.secret.expose();
    Zeroizing::new(format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    ))
}

/// Percent-encodes all but unreserved characters (RFC 3986 §2.3). A colon would end the issuer,
/// encoded or not, so it is left out.
fn label(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes().filter(|byte| *byte != b':') {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            // Writing to a string does not fail.
            _ => _ = write!(encoded, "%{byte:02X}"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::super::import;
    use super::*;

    #[test]
    fn names_issuer_and_account_so_that_no_character_ends_them_early() {
        let totp = Totp {
            secret: import("GEZDGNBVGY3TQOJQ").unwrap(),
            last_step: None,
        };
        assert_eq!(
            otpauth_uri(&totp, "Bank: Süd & Co", "alice@example.com").as_str(),
            "otpauth://totp/Bank%20S%C3%BCd%20%26%20Co:alice%40example.com?secret=GEZDGNBVGY3TQOJQ\
             &issuer=Bank%20S%C3%BCd%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
    }
}
