//! A folder of files as sheets. What cannot be opened is told apart from what is there and is refused.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use super::entries::{Entry, of_toml};
use super::layout::{self, CALENDAR, Layout};
use super::sheet::Sheet;
use super::{Sheets, encoding};
use crate::finding::{Finding, Findings, Place};
use crate::format::nearest;
use crate::input::InputError;
use crate::limits::SHEET_BYTES_MAX;

/// What stands in a folder of ours without being read: what export writes there, and how it is to be run.
const OURS: [&str; 4] = ["timetable.csv", "unplaced.csv", "changes.csv", "carillon.toml"];

/// Reads all files of the folder, and the sum of their bytes.
///
/// # Errors
/// When the folder or a file in it cannot be opened.
pub(crate) fn read(path: &Path, findings: &mut Findings) -> Result<(Sheets, u128), InputError> {
    let mut folder = Folder { path, sum: Xxh3::new(), findings };
    let strangers = folder.strangers()?;
    let calendar = folder.calendar()?;
    let mut sheet = |layout| folder.sheet(layout, &strangers);
    let (rooms, _) = sheet(&layout::ROOMS)?;
    let (events, _) = sheet(&layout::EVENTS)?;
    let (teachers, has_teachers) = sheet(&layout::TEACHERS)?;
    let (groups, has_groups) = sheet(&layout::GROUPS)?;
    let (enrolments, _) = sheet(&layout::ENROLMENTS)?;
    let (unavailable, _) = sheet(&layout::UNAVAILABLE)?;
    let (rules, _) = sheet(&layout::RULES)?;
    folder.tell_strangers(&strangers);
    let sheets = Sheets {
        calendar,
        calendar_file: CALENDAR,
        rooms,
        events,
        teachers,
        groups,
        enrolments,
        unavailable,
        rules,
        has_teachers,
        has_groups,
    };
    Ok((sheets, folder.sum.digest128()))
}

struct Folder<'p, 'f> {
    path: &'p Path,
    sum: Xxh3,
    findings: &'f mut Findings,
}

impl Folder<'_, '_> {
    /// The tables that are none of ours, by name.
    fn strangers(&self) -> Result<Vec<String>, InputError> {
        let no_input = |source| InputError::NoInput { path: self.path.to_owned(), source };
        let mut strangers = Vec::new();
        for entry in fs::read_dir(self.path).map_err(no_input)? {
            let name = entry.map_err(no_input)?.file_name().to_string_lossy().into_owned();
            let lower = name.to_lowercase();
            let is_table = [".csv", ".tsv", ".toml"].iter().any(|ending| lower.ends_with(ending));
            let is_known = name == CALENDAR || layout::ALL.iter().any(|layout| layout.file == name);
            if is_table && !is_known && !OURS.contains(&name.as_str()) {
                strangers.push(name);
            }
        }
        strangers.sort();
        Ok(strangers)
    }

    /// The bytes of a file; nothing if it is not there, or too large.
    fn bytes(&mut self, file: &'static str) -> Result<Option<Vec<u8>>, InputError> {
        let path = self.path.join(file);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(None);
        }
        let no_input = |source| InputError::NoInput { path: path.clone(), source };
        let mut bytes = Vec::new();
        let opened = File::open(&path).map_err(no_input)?;
        opened.take(SHEET_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(no_input)?;
        if bytes.len() as u64 > SHEET_BYTES_MAX {
            let finding = Finding::error(Place::START.of(file), "the file is too large");
            self.findings.push(finding.expected(format!("at most {SHEET_BYTES_MAX} bytes")));
            bytes.clear();
        }
        self.sum.update(file.as_bytes());
        self.sum.update(&(bytes.len() as u64).to_le_bytes());
        self.sum.update(&bytes);
        Ok(Some(bytes))
    }

    fn calendar(&mut self) -> Result<Option<Vec<Entry>>, InputError> {
        let Some(bytes) = self.bytes(CALENDAR)? else {
            let finding = Finding::error(Place::START.of(CALENDAR), "the file is missing");
            self.findings.push(finding.expected("the days and the periods of the week, in a file of this name"));
            return Ok(None);
        };
        let text = encoding::decode(&bytes, Some(CALENDAR), self.findings);
        Ok(text.and_then(|text| of_toml(&text, self.findings)))
    }

    /// A sheet, and whether it is there.
    fn sheet(&mut self, layout: &'static Layout, strangers: &[String]) -> Result<(Sheet, bool), InputError> {
        let file = layout.file;
        let Some(bytes) = self.bytes(file)? else {
            let is_required = layout::REQUIRED.contains(&layout);
            if is_required {
                let finding = Finding::error(Place::START.of(file), "the file is missing");
                let finding = finding.expected(format!("{}, in a file of this name", layout.what));
                self.findings.push(match nearest(file, strangers.iter().map(String::as_str)) {
                    Some(like) => finding.hint(format!("is it {like}? Then rename it")),
                    None => finding,
                });
            }
            let file = Some(file);
            return Ok((if is_required { Sheet::failed(layout, file) } else { Sheet::empty(layout, file) }, false));
        };
        let sheet = match encoding::decode(&bytes, Some(file), self.findings) {
            Some(text) => Sheet::of_text(layout, Some(file), &text, self.findings),
            None => Sheet::failed(layout, Some(file)),
        };
        Ok((sheet, true))
    }

    /// A table that is not read may be one that was meant to be.
    fn tell_strangers(&mut self, strangers: &[String]) {
        let known = || layout::ALL.iter().map(|layout| layout.file).chain([CALENDAR]);
        let is_missing =
            |file: &str| layout::REQUIRED.iter().any(|layout| layout.file == file) && !self.path.join(file).exists();
        for stranger in strangers {
            // It has been named where the file that is missing was told.
            if let Some(like) = nearest(stranger, known()).filter(|like| !is_missing(like)) {
                let finding =
                    Finding::warning(Place::START.of(like), format!("there is a file {stranger}, which is not read"));
                self.findings.push(finding.hint(format!("did you mean {like}?")));
            }
        }
    }
}
