//! The text of RFC 5545: lines that end with CR LF and are folded at 75 bytes, and values in which nothing can be taken for markup.

/// The most bytes of a line, without its ending.
const LINE_BYTES_MAX: usize = 75;

/// Adds the line `name:value`, folded; `name` may have parameters.
pub(super) fn line(text: &mut String, name: &str, value: &str) {
    let mut width = 0;
    for character in name.chars().chain([':']).chain(value.chars()) {
        if width + character.len_utf8() > LINE_BYTES_MAX {
            // The space that says that a line goes on is part of it.
            text.push_str("\r\n ");
            width = 1;
        }
        text.push(character);
        width += character.len_utf8();
    }
    text.push_str("\r\n");
}

/// A text as a value. Of what nobody sees, only the end of a line is kept.
pub(super) fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => value.extend(['\\', character]),
            '\n' => value.push_str("\\n"),
            _ if character.is_control() => {}
            _ => value.push(character),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_only_a_value() {
        assert_eq!(escaped("a;b,c\\d\r\nEND:VEVENT\u{7}"), "a\\;b\\,c\\\\d\\nEND:VEVENT");
    }

    proptest! {
        /// No line is too long, none is cut within a character, and unfolding gives what was said.
        #[test]
        fn folding_is_undone_by_unfolding(value in "[a-zé€𝄞 ]{0,300}") {
            let mut text = String::new();
            line(&mut text, "SUMMARY", &value);
            let lines: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
            prop_assert!(lines.iter().all(|line| line.len() <= 75), "{lines:?}");
            prop_assert!(lines[..lines.len() - 1].iter().all(|line| line.len() > 75 - 4), "no line is short for nothing");
            let joined = text.replace("\r\n ", "");
            prop_assert_eq!(joined, format!("SUMMARY:{value}\r\n"));
        }
    }
}
