//! Where runs go whose directory is not said: `carillon-runs/NAME/TIME`, with a folder for each instance.
//!
//! ```text
//! carillon-runs/x/instance   a link to the instance that the folder belongs to
//! carillon-runs/x/lock       one run of the instance at a time
//! carillon-runs/x/latest     a link to the newest verified run
//! ```
//!
//! The name is that of the instance without its ending. Where another instance of that name was there before, the folder is
//! `x-2`, and so on: two instances share neither lock nor `latest`, and one instance always finds its own.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf, absolute};

use super::lock::{self, Turn};
use super::{StoreError, entries, folder, io_error};

/// Where all of them are.
const RUNS: &str = "carillon-runs";

/// The folder for the runs of an instance, locked.
pub(super) async fn take(instance: &Path, turn: &Turn<'_>) -> Result<(PathBuf, File), StoreError> {
    let name = instance.file_stem().ok_or_else(|| StoreError::NoName { instance: instance.to_owned() })?;
    let place = absolute(instance).map_err(io_error("find", instance))?;
    loop {
        let mut number = 1;
        let of_instance = loop {
            let mut numbered = OsString::from(name);
            if number > 1 {
                numbered.push(format!("-{number}"));
            }
            let of_instance = Path::new(RUNS).join(numbered);
            folder::make_durably(&of_instance)?;
            if claim(&of_instance.join("instance"), &place)? {
                break of_instance;
            }
            number += 1;
        };
        let lock = lock::take(&of_instance.join("lock"), turn).await?;
        // Only now: while we waited, another instance may have taken over what was nobody's any more.
        if settle(&of_instance.join("instance"), &place)? {
            return Ok((of_instance, lock));
        }
    }
}

/// Whether the folder with that link is the instance's own, becomes so, or belongs to nobody.
fn claim(link: &Path, place: &Path) -> Result<bool, StoreError> {
    match symlink(place, link) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(belongs_to(link, place) || belongs_to_nobody(link))
        }
        Err(error) => Err(io_error("create", link)(error)),
    }
}

/// Under the lock: whether the folder is the instance's own. It is now, if it was nobody's.
fn settle(link: &Path, place: &Path) -> Result<bool, StoreError> {
    if !belongs_to(link, place) && belongs_to_nobody(link) {
        replace(place, link)?;
    }
    Ok(belongs_to(link, place))
}

/// Its instance is gone, or was moved together with the folder.
fn belongs_to_nobody(link: &Path) -> bool {
    fs::read_link(link).is_ok() && !link.exists()
}

/// Whether the link leads to that instance, by whatever name.
fn belongs_to(link: &Path, place: &Path) -> bool {
    let Ok(target) = fs::read_link(link) else { return false };
    let file = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    target == place || file(link).is_some_and(|leads_to| file(place) == Some(leads_to))
}

/// Lets a link lead elsewhere, at once and without a moment in between when it leads nowhere. Whoever calls it has the lock.
pub(super) fn replace(target: &Path, link: &Path) -> Result<(), StoreError> {
    let mut name = link.file_name().unwrap_or_default().to_owned();
    name.push(".next");
    let aside = link.with_file_name(name);
    let _ = fs::remove_file(&aside);
    symlink(target, &aside).map_err(io_error("create", &aside))?;
    fs::rename(&aside, link).map_err(io_error("replace", link))?;
    link.parent().map_or(Ok(()), folder::sync)
}

/// A name in `folder` behind all that are there: the stamp, or the stamp with a number where a second was not enough. A number that
/// became free again is not used, for names tell which run is the newest.
pub(super) fn fresh(folder: &Path, stamp: &str) -> Result<PathBuf, StoreError> {
    let names = entries(folder)?.into_iter().filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
    let number = |name: String| match name.strip_prefix(stamp)? {
        "" => Some(1),
        numbered => numbered.strip_prefix('-')?.parse().ok(),
    };
    Ok(match names.filter_map(number).max() {
        None => folder.join(stamp),
        Some(last) => folder.join(format!("{stamp}-{}", last + 1_u64)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, name).unwrap();
        path
    }

    #[test]
    fn a_folder_belongs_to_the_first_instance_of_its_name() {
        let place = tempfile::tempdir().unwrap();
        let (one, other) = (file(place.path(), "a/x.ctt"), file(place.path(), "b/x.ectt"));
        let link = place.path().join("instance");
        assert!(claim(&link, &one).unwrap() && claim(&link, &one).unwrap());
        assert!(!claim(&link, &other).unwrap());
        assert!(claim(&link, &place.path().join("b/../a/x.ctt")).unwrap(), "another spelling of the same file");
        assert_eq!(fs::read_link(&link).unwrap(), one);
    }

    #[test]
    fn what_belongs_to_nobody_any_more_is_taken_over() {
        let place = tempfile::tempdir().unwrap();
        let (gone, here) = (place.path().join("gone.ctt"), file(place.path(), "here.ctt"));
        let link = place.path().join("instance");
        assert!(claim(&link, &gone).unwrap());
        assert!(claim(&link, &here).unwrap() && settle(&link, &here).unwrap());
        assert!(belongs_to(&link, &here) && !belongs_to(&link, &gone));
    }

    #[test]
    fn what_is_no_link_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let instance = file(place.path(), "x.ctt");
        let link = file(place.path(), "instance");
        assert!(!claim(&link, &instance).unwrap() && !settle(&link, &instance).unwrap());
        assert_eq!(fs::read_to_string(link).unwrap(), "instance");
    }
    #[test]
    fn a_name_is_behind_all_that_are_there() {
        let place = tempfile::tempdir().unwrap();
        let next = || fresh(place.path(), "20260101T000000Z").unwrap().file_name().unwrap().to_owned();
        file(place.path(), "20260101T000001Z");
        file(place.path(), "20260101T000000Z-notes");
        assert_eq!(next(), "20260101T000000Z");
        file(place.path(), "20260101T000000Z");
        assert_eq!(next(), "20260101T000000Z-2");
        file(place.path(), "20260101T000000Z-9");
        file(place.path(), "20260101T000000Z-10");
        fs::remove_file(place.path().join("20260101T000000Z")).unwrap();
        assert_eq!(next(), "20260101T000000Z-11", "what was removed leaves no room");
    }
}
