//! What a camera brings: JPEG pictures, and how large they are.

/// A picture of a camera.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// A JPEG picture, not mirrored.
    pub jpeg: Vec<u8>,
    /// How long ago it was taken, in milliseconds.
    pub age: u32,
}

/// Nothing of a picture is for a log.
impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame")
            .field("age", &self.age)
            .finish_non_exhaustive()
    }
}

/// Width and height of a JPEG picture, as its frame header says (ITU-T T.81 §B.2.2).
pub(crate) fn size(jpeg: &[u8]) -> Option<(u16, u16)> {
    let mut rest = jpeg.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let (segment, after) = rest.split_first_chunk::<4>()?;
        let [0xff, marker, high, low] = *segment else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(2)?;
        let content = after.get(..length)?;
        if is_frame_header(marker) {
            let [_, h1, h0, w1, w0, ..] = *content else {
                return None;
            };
            return Some((u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0])));
        }
        rest = after.get(length..)?;
    }
}

/// Whether a segment begins a frame: SOF0 to SOF15 without DHT, JPG and DAC.
const fn is_frame_header(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The beginning of a JPEG picture of this size.
    pub(crate) fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let [w1, w0] = width.to_be_bytes();
        let [h1, h0] = height.to_be_bytes();
        let before = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 2];
        let frame = [0xff, 0xc0, 0, 9, 8, h1, h0, w1, w0, 1, 0];
        [&before[..], &frame].concat()
    }

    #[test]
    fn the_size_of_a_picture_is_in_its_frame_header() {
        assert_eq!(size(&jpeg(640, 480)), Some((640, 480)));
        let whole = jpeg(64, 64);
        for length in 0..whole.len() {
            assert_eq!(size(&whole[..length]), None, "{length}");
        }
        assert_eq!(size(b"\x89PNG\r\n"), None);
    }
}
