//! Just enough DER to take the numbers out of an RSA key (RFC 8017 appendix A.1.2).

/// A cursor over DER values that the library has accepted as a key, so any surprise is simply no value.
pub(super) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The contents of the next value, if it has this tag.
    pub(super) fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_first_chunk::<2>()?;
        let [actual, short] = *head;
        let (length, rest) = match short {
            0..=0x7f => (usize::from(short), rest),
            0x81 => rest
                .split_first()
                .map(|(length, rest)| (usize::from(*length), rest))?,
            0x82 => rest
                .split_first_chunk()
                .map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (actual == tag).then_some(contents)
    }

    /// The contents of the next value as a cursor of its own.
    pub(super) fn inside(&mut self, tag: u8) -> Option<Self> {
        self.value(tag).map(Self)
    }

    /// The next non-negative INTEGER, big-endian without leading zeros.
    pub(super) fn number(&mut self) -> Option<&'a [u8]> {
        let bytes = self.value(INTEGER)?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeros..)
    }
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const SEQUENCE: u8 = 0x30;
