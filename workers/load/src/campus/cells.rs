//! What a cell may say: a code, a number, a list, a word of a few.

use std::ops::RangeInclusive;

use crate::finding::{Finding, Findings, Place, Severity};
use crate::format::{Names, Word, look_at_name, nearest, number, shown};

/// A code that the row declares; says so where there is none, or where it cannot be used elsewhere.
pub(super) fn code<'t>(word: Word<'t>, noun: &str, findings: &mut Findings) -> Word<'t> {
    if word.text.is_empty() {
        findings.push(
            Finding::error(word.place, format!("the {noun} has no code")).expected(format!("the code of a {noun}")),
        );
    }
    look_at_name(word, findings);
    word
}

/// The same for what other sheets name in lists, whose items cannot hold what parts them.
pub(super) fn listed_code<'t>(word: Word<'t>, noun: &str, findings: &mut Findings) -> Word<'t> {
    let is_between = |character: char| character.is_whitespace() || "|;".contains(character);
    if word.text.contains(is_between) {
        let message = format!("the {noun} {} cannot be named in a list of {noun}s", shown(word.text));
        findings.push(Finding::warning(word.place, message).hint("use a code without spaces, `;` and `|`"));
    }
    code(word, noun, findings)
}

/// A whole number; `blank` where the cell is empty.
pub(super) fn count(
    word: Word<'_>,
    what: &str,
    range: RangeInclusive<u32>,
    blank: Option<u32>,
    findings: &mut Findings,
) -> Option<u32> {
    if !word.text.is_empty() {
        return number(word, what, range, findings);
    }
    if blank.is_none() {
        let finding = Finding::error(word.place, format!("{what} is missing"));
        findings.push(finding.expected(format!("a whole number from {} to {}", range.start(), range.end())));
    }
    blank
}

/// The items of a list, which stand between spaces or semicolons.
pub(super) fn list(cell: Word<'_>) -> impl Iterator<Item = Word<'_>> {
    parts(cell, |character| character == ';' || character.is_whitespace()).filter(|item| !item.text.is_empty())
}

/// The trimmed parts of a cell, empty ones between two separators included.
pub(super) fn parts(cell: Word<'_>, is_between: fn(char) -> bool) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    cell.text.split_inclusive(is_between).map(move |part| {
        let text = part.strip_suffix(is_between).unwrap_or(part);
        let from = at + (text.len() - text.trim_start().len());
        at += part.len();
        Word { text: text.trim(), place: within(cell, from) }
    })
}

/// The place of the byte `from` of a cell. In a workbook a place is a whole cell.
fn within(cell: Word<'_>, from: usize) -> Place {
    let is_workbook = is_workbook(cell.place);
    let before = &cell.text[..from];
    let lines = before.matches('\n').count() as u32;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count() as u32);
    match (is_workbook, lines) {
        (true, _) => cell.place,
        (false, 0) => Place { column: cell.place.column + column, ..cell.place },
        (false, _) => Place { line: cell.place.line + lines, column: column + 1, ..cell.place },
    }
}

/// In a folder, a place is in a file, whose name has an ending.
fn is_workbook(place: Place) -> bool {
    place.file.is_some_and(|file| !file.contains('.'))
}

/// The numbers of the names in a list, each of which has to exist; a name that comes twice counts once.
pub(super) fn references(
    cell: Word<'_>,
    noun: &str,
    sheet: &str,
    names: &Names<'_>,
    findings: &mut Findings,
) -> Vec<u32> {
    let mut numbers = Vec::new();
    for item in list(cell) {
        if let Some(number) = reference(item, noun, sheet, names, findings) {
            add_once(&mut numbers, number, item, noun, findings);
        }
    }
    numbers
}

/// Adds a number that is not there yet; says so if it is.
pub(super) fn add_once(numbers: &mut Vec<u32>, number: u32, item: Word<'_>, noun: &str, findings: &mut Findings) {
    if numbers.contains(&number) {
        let message = format!("the {noun} {} comes a second time in the list", shown(item.text));
        findings.push(Finding::error(item.place, message).hint("take one of them away"));
    } else {
        numbers.push(number);
    }
}

/// The number of a name that has to exist.
pub(super) fn reference(
    name: Word<'_>,
    noun: &str,
    sheet: &str,
    names: &Names<'_>,
    findings: &mut Findings,
) -> Option<u32> {
    let number = names.number(name.text);
    if number.is_none() {
        let message = match name.text {
            "" => format!("the cell names no {noun}"),
            text => format!("there is no {noun} {}", shown(text)),
        };
        let sheet = if is_workbook(name.place) { sheet.trim_end_matches(".csv") } else { sheet };
        let finding = Finding::error(name.place, message).expected(format!("one of the {noun}s of {sheet}"));
        let like = if findings.has_room(Severity::Error) { names.nearest(name.text) } else { None };
        findings.push(match like {
            Some(like) => finding.hint(format!("did you mean {}?", shown(like))),
            None => finding,
        });
    }
    number.map(|number| number as u32)
}

/// What a word means that is one of a few; `blank` where the cell is empty.
pub(super) fn one_of<T: Copy>(
    word: Word<'_>,
    what: &str,
    words: &[(T, &'static str)],
    blank: Option<T>,
    findings: &mut Findings,
) -> Option<T> {
    if word.text.is_empty() && blank.is_some() {
        return blank;
    }
    let found = words.iter().find(|(_, name)| *name == word.text).map(|(meaning, _)| *meaning);
    if found.is_none() {
        let names: Vec<&str> = words.iter().map(|(_, name)| *name).collect();
        let finding = Finding::error(word.place, format!("this is no {what}")).found(shown(word.text));
        let finding = finding.expected(format!("one of {}", names.join(", ")));
        findings.push(match nearest(word.text, names.into_iter()) {
            Some(like) => finding.hint(format!("did you mean {like}?")),
            None => finding,
        });
    }
    found
}
