//! JPEG (ITU-T T.81), as cameras and browsers write it.

use zeroize::Zeroizing;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::{Frame, FrameError, LONG_SIDE, check_size, colour};

/// A progressive picture passes over its pixels this often, at most; ten passes are usual.
const MOST_SCANS: usize = 16;

pub(super) fn decode(bytes: &[u8]) -> Result<Frame, FrameError> {
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options(ColorSpace::RGB));
    decoder.decode_headers().map_err(|_| FrameError::Damaged)?;
    let (width, height) = dimensions(&decoder)?;
    check_size(width, height)?;
    let rgb = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => {
            decoder.set_options(options(ColorSpace::Luma));
            colour(&pixels(&mut decoder)?)
        }
        Some(ColorSpace::YCbCr | ColorSpace::RGB) => pixels(&mut decoder)?,
        _ => return Err(FrameError::Unusual),
    };
    Frame::new((width, height), rgb)
}

/// Strict: a picture that ends early would be grey where it does.
fn options(colours: ColorSpace) -> DecoderOptions {
    DecoderOptions::new_safe()
        .set_strict_mode(true)
        .set_max_width(LONG_SIDE as usize)
        .set_max_height(LONG_SIDE as usize)
        .jpeg_set_max_scans(MOST_SCANS)
        .jpeg_set_out_colorspace(colours)
}

type Decoder<'a> = JpegDecoder<ZCursor<&'a [u8]>>;

fn dimensions(decoder: &Decoder<'_>) -> Result<(u32, u32), FrameError> {
    let info = decoder.info().ok_or(FrameError::Damaged)?;
    Ok((u32::from(info.width), u32::from(info.height)))
}

fn pixels(decoder: &mut Decoder<'_>) -> Result<Zeroizing<Vec<u8>>, FrameError> {
    let pixels = decoder.decode().map_err(|_| FrameError::Damaged)?;
    Ok(Zeroizing::new(pixels))
}
