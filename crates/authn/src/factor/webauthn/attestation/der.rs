//! Just enough DER (X.690) to read the extensions of attestation certificates.

use x509_parser::asn1_rs::{Any, Class, FromDer};

/// A value's tag: its class and its number.
pub(super) type Tag = (Class, u32);

/// Values one after the other.
#[derive(Clone, Copy)]
pub(super) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub(super) const INTEGER: Tag = (Class::Universal, 2);
    pub(super) const OCTET_STRING: Tag = (Class::Universal, 4);
    pub(super) const ENUMERATED: Tag = (Class::Universal, 10);
    pub(super) const SEQUENCE: Tag = (Class::Universal, 16);
    pub(super) const SET: Tag = (Class::Universal, 17);

    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The contents of the next value, if it has this tag.
    pub(super) fn next(&mut self, wanted: Tag) -> Option<&'a [u8]> {
        let (tag, contents) = self.any()?;
        (tag == wanted).then_some(contents)
    }

    /// The contents of the one value that there is, if it has this tag.
    pub(super) fn only(mut self, wanted: Tag) -> Option<&'a [u8]> {
        let contents = self.next(wanted)?;
        self.0.is_empty().then_some(contents)
    }

    /// The contents of the value with this tag of the context; `Err` if the values cannot be read.
    pub(super) fn tagged(mut self, number: u32) -> Result<Option<Self>, Malformed> {
        let mut found = None;
        while !self.0.is_empty() {
            let (tag, contents) = self.any().ok_or(Malformed)?;
            if tag == (Class::ContextSpecific, number) {
                found = Some(Self(contents));
            }
        }
        Ok(found)
    }

    fn any(&mut self) -> Option<(Tag, &'a [u8])> {
        let (rest, any) = Any::from_der(self.0).ok()?;
        self.0 = rest;
        Some(((any.class(), any.tag().0), any.data))
    }
}

/// The values cannot be read.
pub(super) struct Malformed;
