//! What a camera sends, or whoever says to be one: JPEG and PNG.

use face::{Frame, LONG_SIDE, SHORT_SIDE, SMALLEST_SIDE};
use jpeg_encoder::{ColorType, Encoder};

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "frame",
    run,
    seeds,
};

fn run(input: &[u8]) -> bool {
    let Ok(frame) = Frame::decode(input) else {
        return false;
    };
    let (short, long) = (
        frame.width().min(frame.height()),
        frame.width().max(frame.height()),
    );
    assert!(short >= SMALLEST_SIDE as usize && short <= SHORT_SIDE as usize);
    assert!(long <= LONG_SIDE as usize);
    assert_eq!(frame.rgb().len(), 3 * short * long);
    true
}

fn seeds() -> Vec<Vec<u8>> {
    vec![
        jpeg((ColorType::Rgb, 3), false),
        jpeg((ColorType::Rgb, 3), true),
        jpeg((ColorType::Luma, 1), false),
        png(png::ColorType::Rgba),
        png(png::ColorType::Grayscale),
    ]
}

/// A small picture with some detail, each pixel of so many bytes.
fn pixels(each: usize) -> Vec<u8> {
    let pixels = (0..64_u8).flat_map(|y| (0..80_u8).map(move |x| x.wrapping_mul(y)));
    pixels
        .flat_map(|grey| std::iter::repeat_n(grey, each))
        .collect()
}

fn jpeg((colours, each): (ColorType, usize), progressive: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 60);
    encoder.set_progressive(progressive);
    encoder
        .encode(&pixels(each), 80, 64, colours)
        .expect("a JPEG is written");
    bytes
}

fn png(colours: png::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 80, 64);
    encoder.set_color(colours);
    let mut writer = encoder.write_header().expect("a PNG begins");
    let pixels = pixels(colours.samples());
    writer.write_image_data(&pixels).expect("a PNG is written");
    drop(writer);
    bytes
}
