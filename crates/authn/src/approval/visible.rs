//! Text that somebody else wrote, so that everything in it can be seen.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Begins what stands for a character that cannot be seen; stands for itself in the same way.
const OPEN: char = '\u{27e8}';
const CLOSE: char = '\u{27e9}';

/// The most combining marks in a row: more than any living script needs, too few to cover a line.
const MAX_MARKS: usize = 4;

/// `text` with every character that cannot be seen, or that changes how others are seen, written out:
/// U+202E becomes `⟨U+202E⟩`.
///
/// That is controls and line breaks, formatting (bidirectional overrides, zero width, tags), blank
/// letters and symbols, spaces of unusual width, variation selectors, private and unassigned
/// characters, and combining marks with nothing to stand on or in floods. Two texts that differ are
/// shown differently.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // Nothing is before the first character, so it can carry no mark.
    let mut marks = MAX_MARKS;
    for character in text.chars() {
        let is_mark = is_mark(character);
        if is_unseen(character) || character == OPEN || is_mark && marks == MAX_MARKS {
            shown
                .push_str(&format_args!("{OPEN}U+{:04X}{CLOSE}", u32::from(character)).to_string());
            // What comes after must not be drawn on the closing bracket.
            marks = MAX_MARKS;
        } else {
            shown.push(character);
            marks = if is_mark { marks + 1 } else { 0 };
        }
    }
    shown
}

/// The same of a text that was made of such ones and of our own words: what is written out in it already
/// is not written out again, and what keeps words of two directions apart stays.
pub fn visible_again(text: &str) -> String {
    let kept = [OPEN, '\u{2068}', '\u{2069}'];
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(kept) {
        let end = part
            .char_indices()
            .last()
            .filter(|(_, it)| kept.contains(it));
        let (words, kept) = part.split_at(end.map_or(part.len(), |(at, _)| at));
        shown.push_str(&visible(words));
        shown.push_str(kept);
    }
    shown
}

/// Whether anything is to be seen in the text as it was written: more than spaces, and characters that
/// only [`visible`] shows.
pub(super) fn shows_anything(text: &str) -> bool {
    let is_seen = |c: char| !c.is_whitespace() && !is_unseen(c) && !is_mark(c);
    text.chars().any(is_seen)
}

/// Whether the text, or what is around it, could be drawn from right to left because of it.
pub(super) fn is_right_to_left(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c,
            '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    })
}

fn is_mark(character: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    let category = character.general_category();
    matches!(category, EnclosingMark | NonspacingMark | SpacingMark)
}

fn is_unseen(character: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Surrogate,
        Unassigned,
    };
    match character.general_category() {
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate
        | Unassigned => true,
        // The space, and those that are within amounts and between ideographs.
        SpaceSeparator => !matches!(character, ' ' | '\u{a0}' | '\u{202f}' | '\u{3000}'),
        _ => is_blank(character),
    }
}

/// Letters, marks and symbols that leave nothing to see: `Default_Ignorable_Code_Point` of UAX #44
/// as far as its category does not say so, blanks, and what stands for an object that is not there.
fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2065}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffc}'
            | '\u{16fe4}'
            | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in [
            "",
            "99.95 EUR to Demo Shop",
            "1\u{202f}000,00 €",
            "Zoë O’Brien-Müller & Söhne <b>",
            "山田\u{3000}太郎",
            "שלום",
            "हिन्दी",
            "e\u{301}",
            "a\\b ${c} \"d\"",
        ] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        for (text, shown) in [
            ("a\u{202e}b", "a⟨U+202E⟩b"),
            ("a\nb\tc\0", "a⟨U+000A⟩b⟨U+0009⟩c⟨U+0000⟩"),
            ("a\u{2028}b", "a⟨U+2028⟩b"),
            ("\u{200b}\u{feff}\u{ad}", "⟨U+200B⟩⟨U+FEFF⟩⟨U+00AD⟩"),
            ("\u{3164}\u{2800}\u{115f}", "⟨U+3164⟩⟨U+2800⟩⟨U+115F⟩"),
            ("\u{e0041}\u{fe0f}", "⟨U+E0041⟩⟨U+FE0F⟩"),
            ("\u{e000}\u{378}\u{2003}", "⟨U+E000⟩⟨U+0378⟩⟨U+2003⟩"),
            ("⟨U+202E⟩", "⟨U+27E8⟩U+202E⟩"),
            ("\u{301}a", "⟨U+0301⟩a"),
            ("\u{202e}\u{301}", "⟨U+202E⟩⟨U+0301⟩"),
        ] {
            assert_eq!(visible(text), shown);
        }
        let flood = visible(&format!("a{}", "\u{301}".repeat(50)));
        assert_eq!(flood.matches('\u{301}').count(), MAX_MARKS);
        assert_eq!(flood.matches("⟨U+0301⟩").count(), 50 - MAX_MARKS);
    }

    #[test]
    fn nothing_is_seen_in_spaces_and_what_only_we_write_out() {
        for text in [
            "",
            " ",
            "\u{a0}\u{202f}\u{3000}",
            "\u{200b}\u{2060}",
            "\n\t",
            "\u{3164} \u{301}",
        ] {
            assert!(!shows_anything(text), "{text:?}");
        }
        for text in ["0", " a ", "-", "\u{200b}שלום"] {
            assert!(shows_anything(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_written_out_is_not_written_out_again() {
        for text in ["⟨U+202E⟩ Shop", "Pay 1 to \u{2068}שלום\u{2069}?", "", "a"] {
            assert_eq!(visible_again(text), text);
        }
        assert_eq!(
            visible_again("\u{1b}[2J⟨U+0007⟩\u{7}"),
            "⟨U+001B⟩[2J⟨U+0007⟩⟨U+0007⟩"
        );
    }

    /// Undoes it, which shows that nothing is lost.
    fn read(shown: &str) -> String {
        let mut text = String::new();
        let mut parts = shown.split(OPEN);
        text.push_str(parts.next().unwrap());
        for part in parts {
            let (code, rest) = part.split_once(CLOSE).unwrap();
            let code = u32::from_str_radix(code.strip_prefix("U+").unwrap(), 16).unwrap();
            text.push(char::from_u32(code).unwrap());
            text.push_str(rest);
        }
        text
    }

    fn strange() -> impl Strategy<Value = String> {
        let some = proptest::sample::select(vec![
            '\u{202e}',
            '\u{2066}',
            '\u{200d}',
            '\u{301}',
            '\u{e0061}',
            '\u{3164}',
            '⟨',
            '⟩',
            'U',
            '+',
            '2',
            '0',
            'a',
            '\n',
            '\u{fe0f}',
            '\u{20dd}',
        ]);
        let any = proptest::char::any();
        proptest::collection::vec(prop_oneof![some, any], 0..40)
            .prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn everything_in_it_can_be_seen_and_nothing_is_lost(text in strange()) {
            let shown = visible(&text);
            prop_assert!(!shown.chars().any(is_unseen));
            let mut marks = MAX_MARKS;
            for character in shown.chars() {
                marks = if is_mark(character) { marks + 1 } else { 0 };
                prop_assert!(marks <= MAX_MARKS, "{shown:?}");
            }
            prop_assert_eq!(read(&shown), text);
        }
    }
}
