//! A small campus for tests, and folders in which some of its files are others.

use std::fs;
use std::path::Path;

use shared::model::campus::Weights;
use tempfile::TempDir;

use super::Options;
use super::workbook_tests::{packed, sheets};
use crate::finding::Findings;
use crate::format::Reading;

/// A sound campus in which every sheet says something.
pub(crate) const SMALL: [(&str, &str); 8] = [
    (
        "calendar.toml",
        "title = \"Small\"\ntime_zone = \"Europe/Rome\"\nterm_start = 2026-09-14\nweeks = 14\nholidays = [2026-11-02]\n\
         days = [\"Mon\", \"Tue\", \"Wed\"]\nperiods = [\n  { start = \"09:05\", end = \"09:55\" },\n  \
         { start = \"10:05\", end = \"10:55\" },\n  { start = \"11:05\", end = \"11:55\" },\n  \
         { start = \"14:05\", end = \"14:55\" },\n]\n",
    ),
    (
        "rooms.csv",
        "room,capacity,building,features\nHall,120,Main,PROJECTOR\nLab,40,Main,PROJECTOR;PCS\nSmall,25,Annex,\n",
    ),
    (
        "events.csv",
        "event,course,teachers,groups,periods,per_week,size,features,rooms,min_days,max_per_day,pinned\n\
         ALG-L,ALG,Rossi,Y1,2,2,,PROJECTOR,,2,,Mon 1 Hall\n\
         ALG-T,ALG,Verdi,Y1A,,,20,,,,,\n\
         PHY-L,PHY,Bianchi,Y1,,3,,,,3,1,\n\
         PHY-P,PHY,Bianchi;Verdi,Y1B,3,,,PCS,Lab,,,\n",
    ),
    (
        "teachers.csv",
        "teacher,name,email,max_per_day\nRossi,Ada Rossi,ada@example.org,3\nVerdi,,,\nBianchi,Carlo Bianchi,,\n",
    ),
    ("groups.csv", "group,size,part_of\nY1,60,\nY1A,30,Y1\nY1B,30,Y1\n"),
    ("enrolments.csv", "student,course\ns1,PHY\ns2,PHY\ns1,ALG\n"),
    ("unavailable.csv", "who,day,from,to,strength\nRossi,Wed,1,2,hard\nHall,Tue,4,4,\nY1A,Mon,3,3,soft\n"),
    ("rules.csv", "rule,events,strength,weight\nnot-same-day,ALG-L ALG-T,soft,3\nbefore,PHY-L;PHY-P,soft,\n"),
];

/// The folder of the small campus.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in SMALL {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

/// The same in which `file` holds these bytes; without any, it is not there.
pub(crate) fn folder_with(file: &str, bytes: impl AsRef<[u8]>) -> TempDir {
    let folder = folder();
    let path = folder.path().join(file);
    match bytes.as_ref() {
        [] => fs::remove_file(path).unwrap(),
        bytes => fs::write(path, bytes).unwrap(),
    }
    folder
}

/// The same in which `from` is replaced by `to` in `file`, once.
pub(crate) fn folder_where(file: &str, from: &str, to: &str) -> TempDir {
    let text = SMALL.iter().find(|(name, _)| *name == file).unwrap().1;
    assert!(text.contains(from), "{from:?} is not in {file}");
    folder_with(file, text.replacen(from, to, 1))
}

/// The small campus as a workbook.
pub(crate) fn workbook() -> Vec<u8> {
    packed(&sheets())
}

/// Reads a folder.
pub(crate) fn read(folder: &Path) -> Reading {
    let mut findings = Findings::default();
    let (sheets, _) = super::read_folder(folder, &mut findings).unwrap();
    super::read(&sheets, &Options { weights: Weights::default(), name: "folder".to_owned() }, findings)
}

/// What is said about a folder.
pub(crate) fn told(folder: &TempDir) -> String {
    read(folder.path()).findings.render("folder")
}
