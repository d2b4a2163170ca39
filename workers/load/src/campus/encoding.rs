//! The bytes of a sheet as text: UTF-8 with or without a mark, or else what spreadsheets of western Windows write.

use std::borrow::Cow;

use crate::finding::{Finding, Findings, Place};
use crate::format::shown;

/// What the bytes 0x80 to 0x9F mean in Windows-1252. All above are the same as in Unicode; five mean nothing.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}', //
    '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

/// The text of a file, which places call `file`, without a byte-order mark. Says so where it is not UTF-8; nothing if it is no text.
pub(crate) fn decode<'b>(bytes: &'b [u8], file: Option<&'static str>, findings: &mut Findings) -> Option<Cow<'b, str>> {
    let start = Place { file, ..Place::START };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let finding = Finding::error(start, "the file is in UTF-16").expected("text in UTF-8 or Windows-1252");
        findings.push(finding.hint("save it as \"CSV UTF-8\""));
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let wrong = match std::str::from_utf8(bytes) {
        Ok(text) => return Some(Cow::Borrowed(text)),
        Err(error) => error.valid_up_to(),
    };
    let text: String = bytes.iter().map(|byte| windows_1252(*byte)).collect();
    let line = bytes[..wrong].split(|byte| *byte == b'\n').count();
    let begin = bytes[..wrong].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&bytes[begin..wrong]).chars().count();
    let place = Place { file, line: line as u32, column: column as u32 + 1 };
    if let Some(lost) = text.chars().position(|character| character == char::REPLACEMENT_CHARACTER) {
        let message = format!("the file is neither in UTF-8 nor in Windows-1252: its byte {} means nothing", lost + 1);
        findings.push(Finding::error(place, message).hint("save it as \"CSV UTF-8\""));
        return None;
    }
    let about = shown(&around(&text, wrong));
    let finding = Finding::warning(place, "the file is not in UTF-8 and is read as Windows-1252").found(about);
    findings.push(finding.hint("if that is not the word that was meant, save it as \"CSV UTF-8\""));
    Some(Cow::Owned(text))
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte) - 0x80],
        _ => char::from(byte),
    }
}

/// The word around the `at`th character.
fn around(text: &str, at: usize) -> String {
    let is_outside = |character: &char| character.is_whitespace() || ",;\"\t".contains(*character);
    let characters: Vec<char> = text.chars().skip(at.saturating_sub(20)).take(40).collect();
    let at = at.min(20);
    let begin = characters[..at].iter().rposition(is_outside).map_or(0, |before| before + 1);
    characters[begin..].iter().take_while(|character| !is_outside(character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    fn told(bytes: &[u8]) -> (Option<String>, String) {
        let mut findings = Findings::default();
        let text = decode(bytes, Some("rooms.csv"), &mut findings).map(Cow::into_owned);
        assert_eq!(text.is_none(), findings.count(Severity::Error) > 0);
        (text, findings.render("folder"))
    }

    #[test]
    fn utf_8_is_read_with_and_without_a_mark() {
        for bytes in ["Aula Perù".as_bytes(), "\u{feff}Aula Perù".as_bytes()] {
            assert_eq!(told(bytes), (Some("Aula Perù".to_owned()), String::new()));
        }
    }

    #[test]
    fn windows_1252_is_read_and_said() {
        let (text, told) = told(b"room,name\nA,x\nB,Caff\xe8 \x80\x96,1");
        assert_eq!(text.as_deref(), Some("room,name\nA,x\nB,Caffè €–,1"));
        insta::assert_snapshot!(told, @r#"
        folder/rooms.csv:3:7: warning: the file is not in UTF-8 and is read as Windows-1252
            found:    "Caffè"
            hint:     if that is not the word that was meant, save it as "CSV UTF-8"
        "#);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        insta::assert_snapshot!(told(b"\xff\xfer\0o\0").1, @r#"
        folder/rooms.csv:1:1: error: the file is in UTF-16
            expected: text in UTF-8 or Windows-1252
            hint:     save it as "CSV UTF-8"
        "#);
        insta::assert_snapshot!(told(b"room\nA\x81\xe8").1, @r#"
        folder/rooms.csv:2:2: error: the file is neither in UTF-8 nor in Windows-1252: its byte 7 means nothing
            hint:     save it as "CSV UTF-8"
        "#);
    }
}
