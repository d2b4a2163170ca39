//! How wide a text is on a screen, and how it is made to fit: cut, or broken between words.

use std::iter;

/// Cuts a text to that many columns; one that was cut ends with an ellipsis.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut room = columns.saturating_sub(1);
    let fits = |character: &char| {
        let fits = of(*character) <= room;
        room = room.saturating_sub(of(*character));
        fits
    };
    let kept: String = text.chars().take_while(fits).collect();
    let end = if columns > 0 { "…" } else { "" };
    format!("{}{end}", kept.trim_end())
}

/// Breaks a text between words, so that no line but one long word has more columns. What goes on is set in.
pub(super) fn fold(text: &str, columns: usize) -> String {
    const INDENT: &str = "  ";
    let mut folded = String::new();
    let mut at = 0;
    for word in text.split(' ') {
        let wide = width(word);
        if at > INDENT.len() && at + 1 + wide > columns {
            folded.extend(["\n", INDENT, word]);
            at = INDENT.len() + wide;
        } else {
            let gap = usize::from(!folded.is_empty());
            folded.extend(iter::repeat_n(' ', gap));
            folded.push_str(word);
            at += gap + wide;
        }
    }
    folded
}

/// The columns of a text without escapes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(of).sum()
}

/// What most terminals give a character. Where they differ the larger number is right: a line that is too short spoils nothing.
fn of(character: char) -> usize {
    match character as u32 {
        // Control, marks that stand on another character, joiners and selectors.
        0..0x20 | 0x7f..0xa0 | 0x300..0x370 | 0x200b..0x2010 | 0xfe00..0xfe10 | 0xfe20..0xfe30 => 0,
        // What is written in squares, and pictures.
        0x1100..0x1160
        | 0x2600..0x27c0
        | 0x2e80..0xa4d0
        | 0xac00..0xd7a4
        | 0xf900..0xfb00
        | 0xfe30..0xfe70
        | 0xff00..0xff61
        | 0xffe0..0xffe7
        | 0x1f000..0x1fb00
        | 0x20000..0x40000 => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_its_columns() {
        for (text, columns, expected) in [
            ("whole", 5, "whole"),
            ("a little more", 9, "a little…"),
            ("時間割 x", 7, "時間割…"),
            ("時間割 x", 6, "時間…"),
            ("⚠️ High", 4, "⚠️…"),
            ("", 0, ""),
            ("x", 0, ""),
        ] {
            assert_eq!(cut(text, columns), expected, "{text:?} in {columns}");
            assert!(width(&cut(text, columns)) <= columns, "{text:?} in {columns}");
        }
    }

    #[test]
    fn a_text_is_broken_between_words() {
        assert_eq!(fold("one two three", 20), "one two three");
        assert_eq!(fold("one two three four", 9), "one two\n  three\n  four");
        assert_eq!(fold("averylongword b", 5), "averylongword\n  b");
        assert_eq!(fold("", 5), "");
    }
}
