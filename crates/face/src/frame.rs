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
    match short >= SMALLEST_SIDE && short <= SHORT_SIDE && long <= LONG_SIDE {
        true => Ok(()),
        false => Err(FrameError::Size { width, height }),
    }
}

/// Grey pixels in colour.
fn colour(grey: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(grey.iter().flat_map(|grey| [*grey; 3]).collect())
}
