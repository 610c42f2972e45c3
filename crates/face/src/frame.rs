//! One picture of the camera: decoded with bounds, or refused.

mod jpeg;
mod png;

use zeroize::Zeroizing;

/// The longer side of a frame, in pixels, at most.
pub const LONG_SIDE: u32 = 640;
/// The shorter side of a frame, in pixels, at most.
pub const SHORT_SIDE: u32 = 480;
/// Either side of a frame, in pixels, at least.
pub const SMALLEST_SIDE: u32 = 64;
/// The length of an encoded frame, in bytes, at most: the largest frame has fewer without any encoding.
pub const MAXIMAL_BYTES: usize = 1 << 20;

/// A decoded picture, wiped from memory when it is dropped.
pub struct Frame {
    width: usize,
    height: usize,
    rgb: Zeroizing<Vec<u8>>,
}

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It is longer than [`MAXIMAL_BYTES`].
    #[error("the frame has more than {MAXIMAL_BYTES} bytes")]
    TooLong,
    /// It is neither a JPEG nor a PNG.
    #[error("the frame is neither a JPEG nor a PNG")]
    UnknownFormat,
    /// It is larger than 640x480 or smaller than 64x64.
    #[error("the frame is {width}x{height}, and not from 64x64 to 640x480")]
    Size {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// It has more passes, or other colours, than a camera's picture.
    #[error("the frame is encoded as no camera does")]
    Unusual,
    /// It is damaged.
    #[error("the frame is damaged")]
    Damaged,
}

impl Frame {
    /// The frame that these bytes are: a JPEG or a PNG of allowed size.
    ///
    /// The size is checked before a pixel is decoded, and so is how often a decoder would have to pass
    /// over the pixels.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        if bytes.len() > MAXIMAL_BYTES {
            return Err(FrameError::TooLong);
        }
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => jpeg::decode(bytes),
            [0x89, b'P', b'N', b'G', ..] => png::decode(bytes),
            _ => Err(FrameError::UnknownFormat),
        }
    }

    /// A frame of these pixels, three bytes each, row by row.
    fn new((width, height): (u32, u32), rgb: Zeroizing<Vec<u8>>) -> Result<Self, FrameError> {
        let (width, height) = (width as usize, height as usize);
        match rgb.len() == width * height * 3 {
            true => Ok(Self { width, height, rgb }),
            false => Err(FrameError::Damaged),
        }
    }

    /// In pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// In pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels: red, green and blue, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

/// Whether a frame may have this size.
fn check_size(width: u32, height: u32) -> Result<(), FrameError> {
    let (short, long) = (width.min(height), width.max(height));
    match (SMALLEST_SIDE..=SHORT_SIDE).contains(&short) && long <= LONG_SIDE {
        true => Ok(()),
        false => Err(FrameError::Size { width, height }),
    }
}

/// Grey pixels in colour.
fn colour(grey: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(grey.iter().flat_map(|grey| [*grey; 3]).collect())
}

#[cfg(test)]
mod tests {
    use jpeg_encoder::{ColorType, Encoder};
    use proptest::prelude::*;

    use super::*;

    /// A JPEG with a light left and a dark right half.
    fn jpeg(width: u16, height: u16, colours: ColorType, progressive: bool) -> Vec<u8> {
        let each = match colours {
            ColorType::Luma => 1,
            ColorType::Rgb => 3,
            _ => 4,
        };
        let row = (0..width).flat_map(|x| vec![if x < width / 2 { 200 } else { 50 }; each]);
        let pixels = row.collect::<Vec<u8>>().repeat(usize::from(height));
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 90);
        encoder.set_progressive(progressive);
        encoder.encode(&pixels, width, height, colours).unwrap();
        bytes
    }

    fn png(width: u32, height: u32, colours: ::png::ColorType) -> Vec<u8> {
        let row =
            (0..width).flat_map(|x| vec![if x < width / 2 { 200 } else { 50 }; colours.samples()]);
        let pixels = row.collect::<Vec<u8>>().repeat(height as usize);
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(colours);
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&pixels)
            .unwrap();
        bytes
    }

    fn assert_halves(frame: &Frame) {
        let pixel = |x: usize| &frame.rgb()[3 * x..3 * x + 3];
        let near = |pixel: &[u8], value: u8| pixel.iter().all(|part| part.abs_diff(value) < 8);
        assert!(near(pixel(0), 200), "{:?}", pixel(0));
        assert!(near(pixel(frame.width() - 1), 50));
    }

    #[test]
    fn what_cameras_send_is_decoded() {
        for bytes in [
            jpeg(640, 480, ColorType::Rgb, false),
            jpeg(480, 640, ColorType::Rgb, false),
            jpeg(640, 480, ColorType::Luma, false),
            jpeg(320, 240, ColorType::Rgb, true),
            png(64, 64, ::png::ColorType::Rgb),
            png(640, 480, ::png::ColorType::Rgba),
            png(640, 480, ::png::ColorType::Grayscale),
            png(640, 480, ::png::ColorType::GrayscaleAlpha),
        ] {
            assert_halves(&Frame::decode(&bytes).unwrap());
        }
    }

    #[test]
    fn sizes_beyond_those_of_a_frame_are_refused_before_they_are_decoded() {
        for (width, height) in [(641, 480), (640, 481), (481, 481), (63, 480), (640, 63)] {
            let expected = Some(FrameError::Size { width, height });
            assert_eq!(
                Frame::decode(&png(width, height, ::png::ColorType::Rgb)).err(),
                expected
            );
            let (w, h) = (width.try_into().unwrap(), height.try_into().unwrap());
            let refused = Frame::decode(&jpeg(w, h, ColorType::Rgb, false)).err();
            // Beyond 640 either way the decoder itself refuses.
            assert!(refused == expected || (width > 640 && refused == Some(FrameError::Damaged)));
        }
        // A header of 65535x65535 is all there is; nothing that large is allocated.
        let mut huge = jpeg(64, 64, ColorType::Rgb, false);
        let start = huge
            .windows(2)
            .position(|pair| pair == [0xFF, 0xC0])
            .unwrap();
        huge[start + 5..start + 9].fill(0xFF);
        assert!(Frame::decode(&huge).is_err());
    }

    #[test]
    fn other_formats_and_lengths_are_refused() {
        assert_eq!(Frame::decode(b"").err(), Some(FrameError::UnknownFormat));
        assert_eq!(
            Frame::decode(b"GIF89a").err(),
            Some(FrameError::UnknownFormat)
        );
        let long = vec![0xFF; MAXIMAL_BYTES + 1];
        assert_eq!(Frame::decode(&long).err(), Some(FrameError::TooLong));
        let print = jpeg(64, 64, ColorType::Cmyk, false);
        assert_eq!(Frame::decode(&print).err(), Some(FrameError::Unusual));
    }

    #[test]
    fn a_picture_that_ends_early_is_damaged() {
        for bytes in [
            jpeg(640, 480, ColorType::Rgb, false),
            png(640, 480, ::png::ColorType::Rgb),
        ] {
            for kept in [4, 20, bytes.len() / 2] {
                assert_eq!(
                    Frame::decode(&bytes[..kept]).err(),
                    Some(FrameError::Damaged),
                    "{kept}"
                );
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_bytes_make_it_panic(kind in 0..4_usize, noise in prop::collection::vec((0..4000_usize, any::<u8>()), 0..20), cut in 0..4000_usize) {
            let mut bytes = match kind {
                0 => jpeg(96, 64, ColorType::Rgb, false),
                1 => jpeg(96, 64, ColorType::Rgb, true),
                2 => png(96, 64, ::png::ColorType::Rgba),
                _ => vec![0xFF, 0xD8, 0xFF],
            };
            let length = bytes.len();
            for (at, byte) in noise {
                bytes[at % length] = byte;
            }
            bytes.truncate(length - cut % length);
            if let Ok(frame) = Frame::decode(&bytes) {
                prop_assert_eq!(frame.rgb().len(), frame.width() * frame.height() * 3);
            }
        }
    }
}
