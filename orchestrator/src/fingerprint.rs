//! By which an instance is known again: the sum of the bytes of its file, or of all files of its folder. Nothing is understood
//! here.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::config::PROJECT_FILE;
use crate::journal::Fingerprint;

/// Read at once of a file.
const READ_BYTES: usize = 64 << 10;

/// Sums an instance. What is neither a file nor a folder is not read: `load` will say what is wrong with it.
pub(crate) fn fingerprint(instance: &Path) -> io::Result<Fingerprint> {
    let found = fs::metadata(instance)?;
    let mut sum = Xxh3::new();
    if !found.is_dir() {
        let bytes = if found.is_file() { add(instance, &mut sum)? } else { found.len() };
        return Ok(Fingerprint { bytes, sum: sum.digest128() });
    }
    let mut bytes = 0;
    for file in files(instance)? {
        // The name joins the sum: a file that was renamed is another one.
        sum.update(file.file_name().unwrap_or_default().as_bytes());
        sum.update(&[0]);
        let length = add(&file, &mut sum)?;
        sum.update(&length.to_le_bytes());
        bytes += length;
    }
    Ok(Fingerprint { bytes, sum: sum.digest128() })
}

/// The files of a folder, by name. What programs hide there, folders in it, and how it is to be run are not the instance.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().as_bytes();
        let is_hidden = name.starts_with(b".") || name.starts_with(b"~") || name.ends_with(b"~");
        if !is_hidden && name != PROJECT_FILE.as_bytes() && fs::metadata(&path).is_ok_and(|found| found.is_file()) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Adds the bytes of a file, and says how many there are.
fn add(path: &Path, sum: &mut Xxh3) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let (mut buffer, mut bytes) = (vec![0; READ_BYTES], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(bytes),
            read => {
                sum.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_known_by_the_names_and_bytes_of_its_files() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::write(at("rooms.csv"), "room").unwrap();
        fs::write(at("events.csv"), "event").unwrap();
        let first = fingerprint(place.path()).unwrap();
        assert_eq!(first.bytes, 9);
        fs::create_dir(at("carillon-runs")).unwrap();
        fs::write(at(".rooms.csv.swp"), "x").unwrap();
        fs::write(at("rooms.csv~"), "x").unwrap();
        assert_eq!(fingerprint(place.path()).unwrap(), first, "neither folders nor hidden files count");
        fs::write(at("rooms.csv"), "raum").unwrap();
        assert_ne!(fingerprint(place.path()).unwrap(), first);
        fs::write(at("rooms.csv"), "room").unwrap();
        fs::rename(at("events.csv"), at("event.csv")).unwrap();
        assert_ne!(fingerprint(place.path()).unwrap(), first, "names count");
    }
}
