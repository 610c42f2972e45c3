//! PNG (ISO/IEC 15948), for pictures without loss.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Reader, Transformations};
use zeroize::Zeroizing;

use super::{Frame, FrameError, check_size, colour};

/// What a decoder may take of memory, in bytes, beside the pixels.
const MEMORY: usize = 8 << 20;

pub(super) fn decode(bytes: &[u8]) -> Result<Frame, FrameError> {
    let mut reader = read_header(bytes)?;
    let (width, height) = reader.info().size();
    check_size(width, height)?;
    let size = reader.output_buffer_size().ok_or(FrameError::Damaged)?;
    let mut pixels = Zeroizing::new(vec![0; size]);
    let info = reader
        .next_frame(&mut pixels)
        .map_err(|_| FrameError::Damaged)?;
    let used = pixels
        .get(..info.buffer_size())
        .ok_or(FrameError::Damaged)?;
    let rgb = match info.color_type {
        ColorType::Grayscale => colour(used),
        ColorType::GrayscaleAlpha => colour(&every(used, |[grey, _]| [grey])),
        ColorType::Rgb => Zeroizing::new(used.to_vec()),
        ColorType::Rgba => every(used, |[red, green, blue, _]| [red, green, blue]),
        ColorType::Indexed => return Err(FrameError::Damaged),
    };
    Frame::new((width, height), rgb)
}

fn read_header(bytes: &[u8]) -> Result<Reader<Cursor<&[u8]>>, FrameError> {
    let limits = Limits { bytes: MEMORY };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.read_info().map_err(|_| FrameError::Damaged)
}

/// Every pixel, made into one of another kind.
fn every<const N: usize, const M: usize>(
    pixels: &[u8],
    make: impl Fn([u8; N]) -> [u8; M],
) -> Zeroizing<Vec<u8>> {
    let (pixels, _) = pixels.as_chunks::<N>();
    Zeroizing::new(pixels.iter().flat_map(|pixel| make(*pixel)).collect())
}
