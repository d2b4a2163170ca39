//! Disks that are full, or refuse: the run ends in order, and what is sealed stays whole.

use std::fs;

use super::short;

/// A full disk ends the run in order: the exit code says what it was, the story says which file, and what was sealed
/// before is still whole.
#[test]
fn a_full_disk_ends_the_run_in_order() {
    let whole = short().finish();
    whole.expect(&[0]);
    let longest = |name: &str| fs::metadata(whole.path(name)).unwrap().len();
    // Enough for the first artifact, too little for the solution of the last stage or the story before it.
    let limit = longest("instance.art").max(longest("partition.art")) - 1024;
    let run = short().with_files_up_to(limit).finish();
    run.expect(&[74]).leaves_nothing();
    let told = run.told();
    assert!(told.contains("failed to") && told.contains(".art"), "{told}");
    assert!(!run.path("solution.sol").exists());
}
