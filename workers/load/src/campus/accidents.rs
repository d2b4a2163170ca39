//! Whatever happens to the files of a campus, the answer is an orderly one: a sound instance, or errors with places in the files.

use proptest::prelude::*;

use super::testing::{SMALL, folder_with, read};
use super::workbook_tests::{packed, read_workbook, sheets};
use crate::finding::Severity;
use crate::format::Reading;
use crate::format::accidents::{accident, suffer};

/// Either an instance or errors, and the instance is one.
fn is_orderly(reading: Reading) -> Result<(), TestCaseError> {
    let errors = reading.findings.count(Severity::Error);
    prop_assert_eq!(reading.tables.is_none(), errors > 0, "{}", reading.findings.render("campus"));
    if let Some(tables) = reading.tables {
        prop_assert!(tables.instance().is_ok());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn any_accident_to_a_folder_gets_an_orderly_answer(
        file in prop::sample::select(&SMALL[..]),
        accidents in prop::collection::vec(accident(), 1..6),
    ) {
        let mut bytes = file.1.as_bytes().to_vec();
        for accident in &accidents {
            suffer(&mut bytes, accident);
        }
        let folder = folder_with(file.0, &bytes);
        let reading = read(folder.path());
        for finding in reading.findings.sorted() {
            let name = finding.place.file.expect("each finding is about a file");
            let text = std::fs::read(folder.path().join(name)).unwrap_or_default();
            let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).count();
            prop_assert!((1..=lines).contains(&(finding.place.line as usize)), "{:?}", finding);
        }
        is_orderly(reading)?;
    }

    #[test]
    fn any_accident_to_a_workbook_gets_an_orderly_answer(accidents in prop::collection::vec(accident(), 1..4)) {
        let mut bytes = packed(&sheets());
        for accident in &accidents {
            suffer(&mut bytes, accident);
        }
        is_orderly(read_workbook(&bytes))?;
    }
}
