//! The calendar as keys with their values, each with its place, whether they stand in `calendar.toml` or in the sheet `calendar`
//! of a workbook.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layout::CALENDAR;
use super::sheet::Sheet;
use crate::finding::{Finding, Findings, Place};
use crate::format::Word;

/// A text and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) text: String,
    pub(super) place: Place,
}

impl Item {
    pub(super) fn word(&self) -> Word<'_> {
        Word { text: self.text.trim(), place: self.place }
    }
}

/// A key with what it says: one text or several. A period says `start-end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: Item,
    pub(super) items: Vec<Item>,
    /// Whether the items were one text, which a list would be parted from.
    pub(super) is_one: bool,
}

impl Entry {
    /// The items of a list: those of one text stand between spaces, commas or semicolons.
    pub(super) fn list(&self) -> Vec<Item> {
        if !self.is_one {
            return self.items.clone();
        }
        let is_between = |character: char| character.is_whitespace() || ",;".contains(character);
        let parts = self.items.iter().flat_map(|item| item.text.split(is_between).map(|text| (text, item.place)));
        parts.filter(|(text, _)| !text.is_empty()).map(|(text, place)| Item { text: text.to_owned(), place }).collect()
    }
}

/// The entries of `calendar.toml`; nothing if it is no TOML.
pub(super) fn of_toml(text: &str, findings: &mut Findings) -> Option<Vec<Entry>> {
    let source = Source { text };
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let place = source.place(&error.span().unwrap_or(0..0));
            findings.push(Finding::error(place, format!("this is no TOML: {}", error.message())));
            return None;
        }
    };
    let mut entries: Vec<Entry> = table.get_ref().iter().map(|(key, value)| source.entry(key, value)).collect();
    entries.sort_by_key(|entry| entry.key.place);
    Some(entries)
}

/// The entries of the sheet: a row for each, or several rows for the parts of a list.
pub(super) fn of_sheet(sheet: &Sheet) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for row in sheet.rows() {
        let [key, value] = row.cells();
        let item = |word: Word<'_>| Item { text: word.text.to_owned(), place: word.place };
        match entries.iter_mut().find(|entry| entry.key.text == key.text) {
            Some(entry) => entry.items.push(item(value)),
            None => entries.push(Entry { key: item(key), items: vec![item(value)], is_one: true }),
        }
    }
    entries
}

struct Source<'t> {
    text: &'t str,
}

impl Source<'_> {
    fn place(&self, span: &Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() as u32 + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) as u32 + 1;
        Place::new(line, column).of(CALENDAR)
    }

    fn entry(&self, key: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) -> Entry {
        let key = Item { text: key.get_ref().as_ref().to_owned(), place: self.place(&key.span()) };
        let (items, is_one) = match value.get_ref().as_array() {
            Some(array) => (array.iter().map(|value| self.item(value)).collect(), false),
            None => (vec![self.item(value)], true),
        };
        Entry { key, items, is_one }
    }

    /// A value as a text: a period as `start-end`, and what is no string as it is written.
    fn item(&self, value: &Spanned<DeValue<'_>>) -> Item {
        let as_written = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(text) => text.trim().to_owned(),
            _ => self.text.get(value.span()).unwrap_or_default().to_owned(),
        };
        let period = value.get_ref().as_table().filter(|table| table.len() == 2);
        let text = match period.and_then(|table| Some((table.get("start")?, table.get("end")?))) {
            Some((start, end)) => format!("{}-{}", as_written(start), as_written(end)),
            None => as_written(value),
        };
        Item { text, place: self.place(&value.span()) }
    }
}
