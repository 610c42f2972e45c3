//! Base64url without padding, exactly as RFC 7515 §2 writes it; every other spelling of the same bytes is refused.

use data_encoding::BASE64URL_NOPAD;

/// Text that is not canonical base64url without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not base64url without padding, without whitespace and with zero trailing bits")]
pub struct NotBase64Url;

/// Bytes as base64url text without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

/// Appends bytes as base64url text without padding.
pub(crate) fn append(bytes: &[u8], text: &mut String) {
    BASE64URL_NOPAD.encode_append(bytes, text);
}

/// The bytes of base64url text; refuses padding, whitespace, foreign characters and non-zero trailing bits.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, NotBase64Url> {
    // RFC 7515 §2: "Base64 encoding using the URL- and filename-safe character set [...] with all trailing '='
    // characters omitted [...] and without the inclusion of any line breaks, whitespace, or other additional characters."
    BASE64URL_NOPAD
        .decode(text.as_ref())
        .map_err(|_| NotBase64Url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc7515_2_refuses_padding_whitespace_and_foreign_characters() {
        for text in ["YQ==", "YQ=", "Y Q", "YQ\n", "+/+/", "Y", "\u{e9}"] {
            assert_eq!(decode(text), Err(NotBase64Url), "{text:?}");
        }
    }

    #[test]
    fn rfc4648_3_5_refuses_trailing_bits_that_are_not_zero() {
        assert_eq!(decode("YQ"), Ok(b"a".to_vec()));
        assert_eq!(decode("YR"), Err(NotBase64Url));
        assert_eq!(decode("YWI"), Ok(b"ab".to_vec()));
        assert_eq!(decode("YWJ"), Err(NotBase64Url));
    }

    #[test]
    fn rfc7515_c_encodes_the_example() {
        assert_eq!(encode([3, 236, 255, 224, 193]), "A-z_4ME");
    }
}
