//! Old runs of an instance: which of them nobody needs any more, and how they go.
//!
//! With `--keep N` the newest N verified runs stay, and whatever is newer than the oldest of them: a run that failed or was
//! killed after it can still be looked into and resumed. What is older goes, finished or not. Nothing goes while there are
//! fewer than N verified runs. Never goes: what `latest` leads to, a run that somebody is using, and what is no run of ours.
//!
//! A run that goes is first renamed to `.removed-NAME`, so that a half-removed one is never taken for a run; what is left of
//! a removal that was broken off goes the next time.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

use shared::exit::Exit;

use super::{JOURNAL, StoreError, folder, io_error, lock};
use crate::journal;

/// In front of the name of what is being removed.
const REMOVED: &str = ".removed-";

/// What became of old runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Verified runs that stay.
    pub kept: usize,
    /// Names of runs that are gone.
    pub removed: Vec<String>,
    /// Why others are still there, though nobody needs them: the ends of sentences "failed to …".
    pub stay: Vec<String>,
}

/// Removes the runs in `of_instance` that nobody needs when the newest `keep` are enough. Whoever calls it has the lock of the
/// instance.
pub(super) fn tidy(of_instance: &Path, keep: usize) -> Tidied {
    let (runs, broken_off) = match look(of_instance) {
        Ok(found) => found,
        Err(error) => return Tidied { stay: vec![error.to_string()], ..Tidied::default() },
    };
    let latest = fs::read_link(of_instance.join("latest")).ok().and_then(|target| Name::of(target.to_str()?));
    let mut tidied = Tidied { kept: verified(&runs).take(keep).count(), ..Tidied::default() };
    let removed = |path: &Path| fs::remove_dir_all(path).map_err(io_error("remove", path));
    tidied.stay.extend(broken_off.iter().filter_map(|path| removed(path).err()).map(|error| error.to_string()));
    for name in superfluous(&runs, keep, latest.as_ref()) {
        match remove(of_instance, &name.text) {
            Ok(true) => tidied.removed.push(name.text.clone()),
            // Somebody is using it: no word is lost about what is as it should be.
            Ok(false) => {}
            Err(error) => tidied.stay.push(error.to_string()),
        }
    }
    tidied
}

/// The name of a run directory, in the order in which runs began.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    stamp: String,
    number: u32,
    text: String,
}

impl Name {
    /// Reads `20260821T140506Z` or `20260821T140506Z-2`; nothing where it is neither.
    fn of(text: &str) -> Option<Self> {
        let (stamp, number) = match text.split_once('-') {
            None => (text, 1),
            Some((stamp, number)) => (stamp, number.parse().ok().filter(|number| *number > 1)?),
        };
        let is_right = |(at, byte): (usize, u8)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        };
        let is_stamp = stamp.len() == 16 && stamp.bytes().enumerate().all(is_right);
        is_stamp.then(|| Self { stamp: stamp.to_owned(), number, text: text.to_owned() })
    }
}

/// A run directory of ours.
#[derive(Clone, Debug)]
struct Seen {
    name: Name,
    /// It ended with a timetable, and the timetable is there.
    is_verified: bool,
}

/// The runs there, and what is left of removals. Whatever is neither is not looked at again.
fn look(of_instance: &Path) -> Result<(Vec<Seen>, Vec<PathBuf>), StoreError> {
    let (mut runs, mut broken_off) = (Vec::new(), Vec::new());
    for path in super::entries(of_instance)? {
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir());
        let Some(text) = path.file_name().and_then(|name| name.to_str()).filter(|_| is_folder) else { continue };
        if let Some(name) = Name::of(text) {
            runs.extend(is_verified(&path).map(|is_verified| Seen { name, is_verified }));
        } else if text.strip_prefix(REMOVED).is_some_and(|text| Name::of(text).is_some()) {
            broken_off.push(path);
        }
    }
    Ok((runs, broken_off))
}

/// Whether a run ended with a timetable; nothing where there is no journal that says that it is a run.
fn is_verified(run: &Path) -> Option<bool> {
    let journal = journal::read(&run.join(JOURNAL)).ok()?;
    let state = journal::replay(&journal.entries).ok()?;
    state.run.as_ref()?;
    let verified = [Exit::Complete, Exit::Degraded, Exit::Incomplete].map(Exit::code);
    let is_good = state.finished.is_some_and(|exit| verified.contains(&exit));
    Some(is_good && run.join("solution.sol").is_file())
}

/// The verified runs, the newest first.
fn verified(runs: &[Seen]) -> impl Iterator<Item = &Name> {
    let mut names: Vec<&Name> = runs.iter().filter(|run| run.is_verified).map(|run| &run.name).collect();
    names.sort_by_key(|name| Reverse(*name));
    names.into_iter()
}

/// Those that nobody needs, the oldest first.
fn superfluous<'a>(runs: &'a [Seen], keep: usize, latest: Option<&Name>) -> Vec<&'a Name> {
    let Some(oldest) = keep.checked_sub(1).and_then(|before| verified(runs).nth(before)) else { return Vec::new() };
    let is_old = |name: &&Name| *name < oldest && Some(*name) != latest;
    let mut names: Vec<&Name> = runs.iter().map(|run| &run.name).filter(is_old).collect();
    names.sort();
    names
}

/// Removes a run, unless somebody is using it.
fn remove(of_instance: &Path, name: &str) -> Result<bool, StoreError> {
    let run = of_instance.join(name);
    // Held until it is gone: nobody takes the run up in between.
    let Some(_lock) = lock::take_if_free(&run.join("lock"))? else { return Ok(false) };
    let aside = of_instance.join(format!("{REMOVED}{name}"));
    fs::rename(&run, &aside).map_err(io_error("remove", &run))?;
    folder::sync(of_instance)?;
    fs::remove_dir_all(&aside).map_err(io_error("remove", &aside))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Seen {
        let (name, is_verified) = text.strip_suffix('+').map_or((text, false), |name| (name, true));
        Seen {
            name: Name::of(&format!("2026010{}", name.replacen('-', "T000000Z-", 1).replacen('.', "T000000Z", 1)))
                .unwrap(),
            is_verified,
        }
    }

    #[test]
    fn names_of_runs_have_an_order_and_nothing_else_is_one() {
        let names = ["20260101T000000Z", "20260101T000000Z-2", "20260101T000000Z-10", "20260101T000001Z"];
        assert!(names.map(|name| Name::of(name).unwrap()).is_sorted());
        for other in [
            "",
            "latest",
            "20260101T000000",
            "20260101T000000Z-",
            "20260101T000000Z-1",
            "20260101T000000Zx",
            "2026010éT00000Z",
            "backup-2",
        ] {
            assert_eq!(Name::of(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_is_older_than_the_kept_ones_goes() {
        // The day of each run; a plus is a verified one.
        let table: [(&[&str], usize, Option<&str>, &str); 9] = [
            (&["1.+", "2.+", "3.+"], 2, None, "1"),
            (&["1.+", "2.+", "3.+"], 1, None, "1 2"),
            (&["1.+", "2.+", "3.+"], 3, None, ""),
            (&["1.", "2.+", "3."], 2, None, ""),
            (&["1.", "2.+", "3.", "4.+"], 2, None, "1"),
            (&["1.", "2.+", "3.", "4.+"], 1, None, "1 2 3"),
            // What failed or was killed behind the last good one stays.
            (&["1.+", "2.", "3."], 1, None, ""),
            // An old run that was resumed is the latest one.
            (&["1.+", "2.+", "3.+"], 1, Some("1."), "2"),
            (&["1.+", "1-2+", "1-10+"], 1, None, "1 1-2"),
        ];
        for (runs, keep, latest, expected) in table {
            let seen_runs: Vec<Seen> = runs.iter().rev().map(|run| seen(run)).collect();
            let latest = latest.map(|latest| seen(latest).name);
            let names = superfluous(&seen_runs, keep, latest.as_ref());
            let days: Vec<String> = names.iter().map(|name| name.text[7..].replace("T000000Z", "")).collect();
            assert_eq!(days.join(" "), expected, "{runs:?}, {keep}");
        }
    }

    #[test]
    fn what_cannot_be_moved_aside_stays_whole() {
        let place = tempfile::tempdir().unwrap();
        let name = "20260101T000000Z";
        fs::create_dir(place.path().join(name)).unwrap();
        fs::write(place.path().join(name).join(JOURNAL), "words").unwrap();
        // In the way, and nothing that we would remove.
        fs::write(place.path().join(format!("{REMOVED}{name}")), "a file").unwrap();
        assert!(remove(place.path(), name).is_err());
        assert_eq!(fs::read_to_string(place.path().join(name).join(JOURNAL)).unwrap(), "words");
    }
}
