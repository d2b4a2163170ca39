//! The same instance in another form: a campus as a folder or as a workbook, an instance of the competition in either of its
//! formats. Between the two families nothing is converted, for neither can say what the other says.
//!
//! ```text
//! campus        sheets ─► rows ─► the files of a folder, or one workbook
//! competition   tables ─► text of the one format or the other
//! ```

mod campus;
mod competition;

use std::path::Path;

use rust_xlsxwriter::XlsxError;
use shared::model::campus::Weights;

pub(crate) use competition::{Dialect, text};

use crate::campus::{self as format_of_campus, Sheets};
use crate::finding::Findings;
use crate::input::{self, InputError};

/// A form in which an instance can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A campus as a folder of sheets.
    Folder,
    /// A campus as one workbook.
    Workbook,
    /// An instance of the competition.
    Competition(Dialect),
}

impl Form {
    /// The form that the name of a file asks for.
    pub(crate) fn of_name(path: &Path) -> Option<Self> {
        match path.extension() {
            None => Some(Self::Folder),
            Some(ending) => match ending.to_string_lossy().to_lowercase().as_str() {
                "xlsx" => Some(Self::Workbook),
                "ctt" => Some(Self::Competition(Dialect::Plain)),
                "ectt" => Some(Self::Competition(Dialect::Extended)),
                _ => None,
            },
        }
    }
}

/// What is to be written.
#[derive(Debug)]
pub(crate) enum Converted {
    /// Files of a folder, by name.
    Files(Vec<(&'static str, Vec<u8>)>),
    /// One file.
    File(Vec<u8>),
}

/// Why an instance is not converted. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConvertError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(
        "convert a campus into a file of the competition: that knows no students, groups within groups, features, lengths, pins \
         and rules, and a room that is too small is no violation there; write a folder or an .xlsx"
    )]
    CampusIntoCompetition,
    #[error(
        "convert a file of the competition into a campus: there a course itself can be away, and a room that is too small has a \
         price, which a campus cannot say; write a .ctt or an .ectt"
    )]
    CompetitionIntoCampus,
    #[error("lay out the workbook: {0}")]
    Layout(#[from] XlsxError),
}

/// Reads the instance at `path`, and writes it in that form. Also returns what was remarkable in it.
///
/// # Errors
/// When it is refused, or the form cannot hold it.
pub(crate) fn convert(path: &Path, form: Form) -> Result<(Converted, Findings), ConvertError> {
    // Whatever is wrong with it is told here, and not by whoever gets the copy.
    let loaded = input::load(path, Weights::default())?;
    let converted = match (&loaded.tables.campus, form) {
        (None, Form::Competition(dialect)) => Converted::File(text(&loaded.tables, dialect).into_bytes()),
        (Some(_), Form::Folder) => Converted::Files(campus::files(&sheets(path)?)),
        (Some(_), Form::Workbook) => Converted::File(campus::workbook(&sheets(path)?)?),
        (Some(_), Form::Competition(_)) => return Err(ConvertError::CampusIntoCompetition),
        (None, Form::Folder | Form::Workbook) => return Err(ConvertError::CompetitionIntoCampus),
    };
    Ok((converted, loaded.findings))
}

/// The sheets of a campus that was read before.
fn sheets(path: &Path) -> Result<Sheets, InputError> {
    let mut findings = Findings::default();
    if path.is_dir() {
        return Ok(format_of_campus::read_folder(path, &mut findings)?.0);
    }
    Ok(format_of_campus::read_workbook(&input::read_bytes(path)?, &mut findings))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use shared::model::InstanceTables;

    use super::*;
    use crate::campus::testing;

    fn tables(path: &Path) -> InstanceTables {
        input::load(path, Weights::default()).unwrap().tables
    }

    /// Writes it in that form into `around`, by the same name: what it is called belongs to it where its calendar has no title.
    fn written(path: &Path, form: Form, around: &Path) -> PathBuf {
        let copy = around.join(path.file_name().unwrap());
        match convert(path, form).unwrap().0 {
            Converted::File(bytes) => fs::write(&copy, bytes).unwrap(),
            Converted::Files(files) => {
                fs::create_dir(&copy).unwrap();
                for (name, bytes) in files {
                    fs::write(copy.join(name), bytes).unwrap();
                }
            }
        }
        copy
    }

    /// A campus goes from a folder into a workbook and back, and stays what it is.
    #[test]
    fn a_campus_survives_both_forms() {
        let (folder, first, second) = (testing::folder(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let workbook = written(folder.path(), Form::Workbook, first.path());
        assert_eq!(tables(&workbook), tables(folder.path()));
        let back = written(&workbook, Form::Folder, second.path());
        assert_eq!(tables(&back), tables(folder.path()));
    }

    #[test]
    fn families_stay_apart() {
        let folder = testing::folder();
        let refused = convert(folder.path(), Form::Competition(Dialect::Plain)).unwrap_err();
        assert!(matches!(refused, ConvertError::CampusIntoCompetition), "{refused}");
        let path = folder.path().join("college.ctt");
        fs::write(&path, include_str!("../../../../examples/college.ctt")).unwrap();
        let refused = convert(&path, Form::Folder).unwrap_err();
        assert!(matches!(refused, ConvertError::CompetitionIntoCampus), "{refused}");
    }

    #[test]
    fn the_ending_says_the_form() {
        assert_eq!(Form::of_name(Path::new("a/autumn")), Some(Form::Folder));
        assert_eq!(Form::of_name(Path::new("autumn.XLSX")), Some(Form::Workbook));
        assert_eq!(Form::of_name(Path::new("a.ectt")), Some(Form::Competition(Dialect::Extended)));
        assert_eq!(Form::of_name(Path::new("a.csv")), None);
    }
}
