//! Reading the competition formats `.ctt` (ITC-2007 track 3) and `.ectt` (its extension) in their UD2 meaning: from bytes to
//! the tables of an instance, with everything that is wrong found in one go. What opens files is `input`.
//!
//! ```text
//! bytes ─ text ─► lines of words ─ reader ─► draft (rows with places) ─ check ─► tables ─ feasibility ─► proofs
//!                                    └ vocabulary, row ┘
//! ```
//!
//! The content decides which of the two formats it is, not the name of the file.

#[cfg(test)]
pub(crate) mod accidents;
mod check;
mod draft;
mod feasibility;
mod names;
mod places;
mod reader;
#[cfg(test)]
mod refusals;
#[cfg(test)]
pub(crate) mod round_trip;
mod row;
mod text;
mod vocabulary;

use shared::model::InstanceTables;

use crate::finding::{Finding, Findings, Place, Severity};
use crate::places::Places;
pub(crate) use names::Names;
pub use names::nearest;
pub(crate) use row::{look_at_name, number};
pub(crate) use text::{Word, decode, lines, plural, shown};

/// What was read: the instance if there is no error, and all findings.
#[derive(Debug)]
pub struct Reading {
    /// The instance, unless there is an error. It is there when the instance is proven infeasible.
    pub tables: Option<InstanceTables>,
    /// All that is wrong or remarkable.
    pub findings: Findings,
    /// Where its rows stand, if it is there.
    pub places: Places,
}

impl Reading {
    /// A reading that gives no instance.
    pub(crate) fn refused(findings: Findings) -> Self {
        Self { tables: None, findings, places: Places::default() }
    }
}

const EXTENDED_NOTE: &str =
    "read as `.ectt` in its UD2 meaning: double lectures, sites, daily limits and room constraints are ignored";

/// Reads an instance from the bytes of its file.
pub fn read(bytes: &[u8]) -> Reading {
    let mut findings = Findings::default();
    if let Some(finding) = not_text(bytes) {
        findings.push(finding);
        return Reading::refused(findings);
    }
    let text = decode(bytes);
    let draft = reader::read(&text, &mut findings);
    let tables = check::check(&draft, &mut findings);
    let tables = (findings.count(Severity::Error) == 0).then_some(tables);
    if let Some(tables) = &tables {
        feasibility::look(&draft, tables, &mut findings);
        if draft.is_extended {
            findings.push(Finding::new(Severity::Note, Place::START, EXTENDED_NOTE));
        }
    }
    let places = tables.as_ref().map(|tables| places::places(&draft, tables.slots_per_day)).unwrap_or_default();
    Reading { tables, findings, places }
}

/// A finding for what is no text in any of the expected encodings.
fn not_text(bytes: &[u8]) -> Option<Finding> {
    let refused = |what: &str| Finding::error(Place::START, what).expected("text in UTF-8, such as `Name: …`");
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Some(refused("the file is empty").hint("was it written completely?"));
    }
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    is_utf16.then(|| refused("the file is in UTF-16").hint("save it as UTF-8 (in some editors: \"without BOM\")"))
}
