//! The opening handshake of a WebSocket (RFC 6455 §4.1).

use std::io::{Read, Write};
use std::time::Instant;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::BASE64;
use url::{Position, Url};

use super::random;
use super::socket::PATIENCE;
use crate::error::{Error, Refusal};

/// Where sessions are, and the one version of the protocol.
const PATH: &str = "/recognize/v2";
const PROTOCOL: &str = "recognize.v2";

/// RFC 6455 §1.3: what is hashed behind the key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// Asks for the upgrade, and checks the answer.
pub(super) fn upgrade(stream: &mut (impl Read + Write), address: &Url) -> Result<(), Error> {
    let key = BASE64.encode(&random::<16>());
    let host = &address[Position::BeforeHost..Position::AfterPort];
    let path = address.path().trim_end_matches('/');
    let request = format!(
        "GET {path}{PATH} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {PROTOCOL}\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .map_err(|error| lost(&error))?;
    stream.flush().map_err(|error| lost(&error))?;
    check(&head(stream)?, &key)
}

fn lost(error: &std::io::Error) -> Error {
    Error::NoConnection(error.to_string())
}

/// The head of the answer, and nothing that is behind it.
fn head(stream: &mut impl Read) -> Result<String, Error> {
    let until = Instant::now() + PATIENCE;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if Instant::now() >= until {
            return Err(Error::NoConnection("the answer takes too long".to_owned()));
        }
        if head.len() == MAX_HEAD {
            return Err(Error::NoConnection("the answer has no end".to_owned()));
        }
        stream.read_exact(&mut byte).map_err(|error| lost(&error))?;
        head.extend(byte);
    }
    let told = || Error::NoConnection("the answer is no text".to_owned());
    String::from_utf8(head).map_err(|_| told())
}

fn check(head: &str, key: &str) -> Result<(), Error> {
    let status = head.split(' ').nth(1).unwrap_or_default();
    let header = |name: &str| {
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut values = headers.filter(|(one, _)| one.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    };
    if status != "101" {
        return Err(refused(status, header("retry-after")));
    }
    let accept = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes());
    let is_upgrade = header("upgrade").is_some_and(|it| it.eq_ignore_ascii_case("websocket"))
        && header("connection").is_some_and(|it| it.eq_ignore_ascii_case("upgrade"))
        && header("sec-websocket-accept") == Some(&*BASE64.encode(accept.as_ref()))
        && header("sec-websocket-protocol") == Some(PROTOCOL)
        // RFC 6455 §9.1: no extension was offered.
        && header("sec-websocket-extensions").is_none();
    match is_upgrade {
        true => Ok(()),
        false => Err(Error::NoConnection("this is no session".to_owned())),
    }
}

/// What an answer other than 101 means (docs/recognize-protocol.md §1).
fn refused(status: &str, retry_after: Option<&str>) -> Error {
    if !matches!(status, "429" | "503") {
        return Error::NoConnection(format!("there are no sessions here ({status:.3})"));
    }
    Error::Refused(Refusal {
        code: "SERVER_UNAVAILABLE_SERVICE".to_owned(),
        message: "There are too many sessions now.".to_owned(),
        cause: None,
        retry_after: retry_after.and_then(|it| it.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6455 §1.3, and the head that accepts it.
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    const ACCEPTED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
        Sec-WebSocket-Protocol: recognize.v2\r\n\r\n";

    #[test]
    fn rfc6455_4_1_the_answer_must_accept_this_key_and_this_protocol() {
        assert_eq!(check(ACCEPTED, KEY), Ok(()));
        for (from, to) in [
            ("s3pPL", "s3pPM"),
            ("recognize.v2", "recognize.v3"),
            ("Upgrade: websocket", "Upgrade: h2c"),
            ("Connection: Upgrade", "Connection: close"),
            (
                "\r\n\r\n",
                "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            ),
            ("sec-websocket-accept", "sec-websocket-key"),
        ] {
            let head = ACCEPTED.replace(from, to);
            assert!(check(&head, KEY).is_err(), "{head}");
        }
    }

    #[test]
    fn recognize_1_a_server_that_is_full_says_when_to_try_again() {
        let full = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n";
        let error = check(full, KEY).unwrap_err();
        assert_eq!(error.name(), "SERVER_UNAVAILABLE_SERVICE");
        assert_eq!(error.retry_after(), Some(5));
        let none = check("HTTP/1.1 404 Not Found\r\n\r\n", KEY).unwrap_err();
        assert_eq!(none.number(), 30005);
    }

    #[test]
    fn an_answer_without_an_end_is_none() {
        let mut endless = std::io::repeat(b'x');
        assert!(head(&mut endless).is_err());
        assert!(head(&mut &b"HTTP/1.1 101"[..]).is_err());
    }
}
