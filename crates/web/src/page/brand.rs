//! The operator's accent colour, made readable wherever it is used.

use std::fmt;
use std::str::FromStr;

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// A colour was not written as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written as #rrggbb, for example #0a6b4f")]
pub struct ColourFormat;

impl FromStr for Colour {
    type Err = ColourFormat;

    fn from_str(text: &str) -> Result<Self, ColourFormat> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number.ok_or(ColourFormat)?.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

const WHITE: Colour = Colour {
    red: 255,
    green: 255,
    blue: 255,
};
const BLACK: Colour = Colour {
    red: 0,
    green: 0,
    blue: 0,
};

/// What dark text on a bright button looks like.
const NEAR_BLACK: Colour = Colour {
    red: 0x14,
    green: 0x16,
    blue: 0x1a,
};

/// The background of the pages in the light and in the dark design (`countersign.css`).
const LIGHT_PAGE: Colour = Colour {
    red: 0xf5,
    green: 0xf4,
    blue: 0xf0,
};
const DARK_PAGE: Colour = Colour {
    red: 0x1b,
    green: 0x1f,
    blue: 0x27,
};

/// The least contrast of text with what is behind it (WCAG 2.2, success criterion 1.4.3).
const LEAST_CONTRAST: f64 = 4.5;

impl Colour {
    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// Contrast ratio (WCAG 2.2), from 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour with `percent` of another in it.
    fn mixed(self, other: Self, percent: u16) -> Self {
        let mix = |a: u8, b: u8| {
            let sum = u16::from(a) * (100 - percent) + u16::from(b) * percent;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        Self {
            red: mix(self.red, other.red),
            green: mix(self.green, other.green),
            blue: mix(self.blue, other.blue),
        }
    }

    /// The colour of text on it.
    fn text_on_it(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(NEAR_BLACK) {
            WHITE
        } else {
            NEAR_BLACK
        }
    }

    /// The colour as text on `page`: towards `end` until it can be read.
    fn as_text_on(self, page: Self, end: Self) -> Self {
        let steps = (0..=100).step_by(5).map(|percent| self.mixed(end, percent));
        let mut readable = steps.filter(|colour| colour.contrast(page) >= LEAST_CONTRAST);
        readable.next().unwrap_or(end)
    }
}

/// The style sheet that sets the accent colour; empty when the operator has none.
pub(super) fn style(light: Option<Colour>, dark: Option<Colour>) -> String {
    let rule = |accent: Colour, page, end| {
        let (text, ink) = (accent.text_on_it(), accent.as_text_on(page, end));
        format!(":root{{--accent:{accent};--on-accent:{text};--accent-ink:{ink}}}")
    };
    let Some(in_dark) = dark.or(light) else {
        return String::new();
    };
    let light = light
        .map(|accent| rule(accent, LIGHT_PAGE, BLACK))
        .unwrap_or_default();
    let dark = rule(in_dark, DARK_PAGE, WHITE);
    format!("{light}@media (prefers-color-scheme:dark){{{dark}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse().unwrap()
    }

    #[test]
    fn reads_only_six_hexadecimal_digits() {
        assert_eq!(colour("#0A6b4f").to_string(), "#0a6b4f");
        for text in [
            "",
            "red",
            "#fff",
            "#gggggg",
            "0a6b4f",
            "#0a6b4f;}",
            "#+12345",
        ] {
            assert_eq!(text.parse::<Colour>(), Err(ColourFormat), "{text}");
        }
    }

    #[test]
    fn wcag_1_4_3_text_of_any_accent_can_be_read() {
        for text in [
            "#ffff00", "#000000", "#ffffff", "#0a6b4f", "#ff3366", "#808080",
        ] {
            let accent = colour(text);
            assert!(
                accent.text_on_it().contrast(accent) >= LEAST_CONTRAST,
                "{text}"
            );
            let light = accent.as_text_on(LIGHT_PAGE, BLACK);
            let dark = accent.as_text_on(DARK_PAGE, WHITE);
            assert!(light.contrast(LIGHT_PAGE) >= LEAST_CONTRAST, "{text}");
            assert!(dark.contrast(DARK_PAGE) >= LEAST_CONTRAST, "{text}");
        }
    }

    #[test]
    fn an_accent_is_set_for_both_designs() {
        assert_eq!(style(None, None), "");
        let sheet = style(Some(colour("#0a6b4f")), None);
        assert!(sheet.starts_with(":root{--accent:#0a6b4f;--on-accent:#ffffff;"));
        assert!(sheet.contains("@media (prefers-color-scheme:dark){:root{--accent:#0a6b4f;"));
    }
}
