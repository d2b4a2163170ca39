//! The policies that the program brings along: trained on what is generated here and on the examples, so that this command makes
//! them again, byte for byte.

use std::fs;
use std::path::Path;

use super::Measured;
use super::starts::{FAMILIES, campuses, to_learn_from};
use super::study::budget;
use super::train::{policy, tuned};

/// Trains both and writes them where the program is built from.
pub(crate) fn write() -> Measured {
    let folder = tempfile::tempdir()?;
    let place = folder.path();
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("workers/resolve/policies");
    let campuses = campuses(place, &FAMILIES.map(|(family, _)| family))?;
    let generated = to_learn_from(place, "generated")?;
    for (name, starts) in [("campus", campuses), ("timetable", generated)] {
        let trained = policy(place, &starts, 0.3 * budget(starts[0].family))?;
        fs::copy(trained, home.join(format!("{name}.json")))?;
        eprintln!("{}", home.join(format!("{name}.json")).display());
    }
    Ok(())
}

/// Tunes a mix for campuses.
pub(crate) fn mix() -> Measured {
    let folder = tempfile::tempdir()?;
    let starts = campuses(folder.path(), &FAMILIES.map(|(family, _)| family))?;
    println!("{}", tuned(folder.path(), &starts, budget(starts[0].family))?);
    Ok(())
}
