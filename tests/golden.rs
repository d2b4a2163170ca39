//! Yesterday's bytes: what was sealed once must open for ever, or be refused by its version.
//!
//! The files in `fixtures/golden` were sealed by the stages of the program, started one after the other on `tiny.ctt` beside
//! them. A change of the format that
//! breaks this test needs a new version, new files beside the old ones, and a word on what becomes of the old.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use shared::artifact::{Artifact, FORMAT_VERSION, Header, Kind};
use shared::model::cost::recount;
use shared::model::timetable::{Claim, Fragment, Ledger};
use shared::model::{Instance, Partition, Timetable};

use crate::harness::root;

fn golden(name: &str) -> PathBuf {
    root().join("tests/fixtures/golden").join(name)
}

/// Each kind of artifact of format version 1 opens, and says what it said when it was sealed.
#[test]
fn sealed_files_of_version_1_open_for_ever() {
    let instance = Instance::open(&golden("instance-v1.art")).unwrap();
    let counts = (instance.course_count(), instance.class_count(), instance.room_count(), instance.period_count());
    assert_eq!((instance.name(), counts), ("tiny", (4, 9, 2, 10)));
    assert_eq!(instance.course_students(), [30, 12, 12, 25]);
    assert_eq!(instance.room_capacities(), [30, 15]);

    let partition = Partition::open(&golden("partition-v1.art"), &instance).unwrap();
    assert_eq!(partition.labels.len(), 4);
    assert!(partition.fan_out.waves() >= 1);

    let ledger = Ledger::open(&golden("ledger-v1.art"), &instance).unwrap();
    assert_eq!(ledger.leases.len(), partition.fan_out.wave(0).count());
    assert!(!Fragment::open(&golden("fragment-v1.art"), &instance).unwrap().placements.is_empty());

    for (name, kind) in [("draft-v1.art", Kind::Draft), ("timetable-v1.art", Kind::Timetable)] {
        let artifact = Artifact::open(&golden(name), kind).unwrap();
        let claim: Claim = artifact.note().unwrap();
        let timetable = Timetable::read(&artifact, &instance).unwrap();
        assert_eq!(recount(&instance, &timetable).cost(), claim.cost, "{name}");
        assert!(claim.cost.is_feasible(), "{name}: {claim:?}");
    }
}

/// An artifact of a coming version is refused by its number; nobody guesses what it may mean.
#[test]
fn another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("instance.art");
    let mut bytes = fs::read(golden("instance-v1.art")).unwrap();
    bytes[8..10].copy_from_slice(&(FORMAT_VERSION + 1).to_le_bytes());
    fs::write(&path, bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
    let refusal = Header::read(&path).unwrap_err().to_string();
    assert!(refusal.contains("version"), "{refusal}");
}
