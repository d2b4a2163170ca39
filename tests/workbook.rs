//! A workbook of a run: the same each time, for owner and group alone, of either kind of instance.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::harness::commands::carillon;
use crate::harness::{college, root};

/// Written by two processes it is the same to the byte, whatever stood there before.
#[test]
fn a_workbook_is_the_same_each_time_and_nobody_elses() {
    for instance in [root().join("examples/tiny"), college()] {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
        let run =
            ["run", instance.to_str().unwrap(), "--run-dir", &at("run"), "--progress", "never", "--effort", "0.05"];
        let answer = carillon(run);
        assert!(matches!(answer.code, 0 | 10), "{}", answer.stderr);
        fs::create_dir(at("new")).unwrap();
        fs::write(at("new/b.xlsx"), "another").unwrap();
        let written = ["new/a.xlsx", "new/b.xlsx"].map(|file| {
            let answer = carillon(["workbook", &at("run"), &at(file)]);
            assert_eq!((answer.code, answer.stdout), (0, at(file) + "\n"), "{}", answer.stderr);
            assert_eq!(fs::metadata(at(file)).unwrap().permissions().mode() & 0o777, 0o640);
            fs::read(at(file)).unwrap()
        });
        assert!(written[0].starts_with(b"PK") && written[0] == written[1]);
        assert_eq!(fs::read_dir(at("new")).unwrap().count(), 2, "and nothing is left beside it");
        let nothing = carillon(["workbook", &at("new"), &at("c.xlsx")]);
        assert_eq!(nothing.code, 66, "{}", nothing.stderr);
        assert!(nothing.stderr.contains("there is no timetable.json"), "{}", nothing.stderr);
    }
}
