//! Cuts the text into words, numbers and marks, and remembers their lines.

use super::Refusal;

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name with all its dots: `ld.global.u32`, `%tid.x`, `.reg`.
    Word(String),
    Number(u64),
    Text,
    Mark(char),
}

/// Each token with its line, counted from 1.
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token, u32)>, Refusal> {
    let mut found = Vec::new();
    let mut in_comment = false;
    for (index, line) in text.lines().enumerate() {
        let number = index as u32 + 1;
        let mut rest = line;
        while !rest.is_empty() {
            rest = if in_comment {
                let end = rest.find("*/");
                in_comment = end.is_none();
                end.map_or("", |at| &rest[at + 2..])
            } else if let Some(comment) = rest.strip_prefix("/*") {
                in_comment = true;
                comment
            } else if rest.starts_with("//") {
                ""
            } else {
                let (token, after) = next(rest).ok_or_else(|| Refusal::new(number, format!("{rest:?} is no token")))?;
                found.extend(token.map(|token| (token, number)));
                after
            };
        }
    }
    Ok(found)
}

/// The first token, and what follows it; no token for a blank.
fn next(text: &str) -> Option<(Option<Token>, &str)> {
    let first = text.chars().next()?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.' | '%' | ':');
    let end = |is_in: &dyn Fn(char) -> bool| text.find(|c| !is_in(c)).unwrap_or(text.len());
    if first.is_whitespace() {
        return Some((None, &text[end(&char::is_whitespace)..]));
    }
    if first.is_ascii_digit() {
        let at = end(&|c| c.is_ascii_alphanumeric());
        return Some((Some(Token::Number(number(&text[..at])?)), &text[at..]));
    }
    if first == '"' {
        let at = text[1..].find('"')?;
        return Some((Some(Token::Text), &text[at + 2..]));
    }
    if is_word(first) && first != ':' {
        let at = end(&is_word);
        // `label:` is a word and a mark; `ld.global.L2::128B` is a word.
        let word = text[..at].strip_suffix(':').unwrap_or(&text[..at]);
        return Some((Some(Token::Word(word.to_owned())), &text[word.len()..]));
    }
    let is_mark = "@!{}[]()<>,;=+-|:".contains(first);
    is_mark.then(|| (Some(Token::Mark(first)), &text[first.len_utf8()..]))
}

fn number(digits: &str) -> Option<u64> {
    let digits = digits.trim_end_matches('U');
    match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None if digits.len() > 1 && digits.starts_with('0') => u64::from_str_radix(digits, 8).ok(),
        None => digits.parse().ok(),
    }
}
