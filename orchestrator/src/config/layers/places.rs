//! Which files may say something of a run, and how they are read.

use std::env::split_paths;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::ConfigError;

/// What the file is called where a run starts.
pub const PROJECT_FILE: &str = "carillon.toml";
/// What it is called in a folder of configurations.
const SHARED: &str = "carillon/config.toml";
/// No configuration is longer.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A file that may be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
}

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One that was named: it has to be there.
    Named,
    /// Where the run starts: it may have come with the data.
    Project,
    /// The user's or the machine's.
    Own,
}

/// The places to look at, the highest layer first. Of the machine's there is one: the first that is there.
pub(super) fn places(named: Option<&Path>, variable: impl Fn(&str) -> Option<OsString>) -> Vec<Place> {
    let own = |path| Place { path, kind: Kind::Own };
    let named = named.map(|path| Place { path: path.to_owned(), kind: Kind::Named });
    let project = Place { path: PathBuf::from(PROJECT_FILE), kind: Kind::Project };
    let of_machine =
        machine_folders(&variable).into_iter().map(|folder| folder.join(SHARED)).find(|path| is_there(path));
    let of_user = user_folder(&variable).map(|folder| folder.join(SHARED));
    named.into_iter().chain([project]).chain(of_user.map(own)).chain(of_machine.map(own)).collect()
}

/// `$XDG_CONFIG_HOME`, by default `~/.config`. What is not a path from the root on says nothing, as the standard has it.
fn user_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let from_root = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    from_root("XDG_CONFIG_HOME").or_else(|| Some(from_root("HOME")?.join(".config")))
}

/// `$XDG_CONFIG_DIRS`, by default `/etc/xdg`, and behind them `/etc`.
fn machine_folders(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let said = variable("XDG_CONFIG_DIRS").filter(|folders| !folders.is_empty());
    let folders = said.unwrap_or_else(|| OsString::from("/etc/xdg"));
    let behind = PathBuf::from("/etc");
    split_paths(&folders).filter(|path| path.is_absolute()).chain([behind]).collect()
}

/// Whether there is such a file. One in a folder that we may not look into, as in a service without a home, is none.
fn is_there(path: &Path) -> bool {
    fs::metadata(path).is_ok()
}

impl Place {
    /// What stands there; nothing where there is no file, and none was named.
    pub(super) fn read(&self) -> Result<Option<String>, ConfigError> {
        if self.kind != Kind::Named && !is_there(&self.path) {
            return Ok(None);
        }
        read(&self.path).map(Some).map_err(|source| ConfigError::File { path: self.path.clone(), source })
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let bytes = File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if bytes as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(named: Option<&Path>, variables: &[(&str, &Path)]) -> Vec<PathBuf> {
        let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into());
        places(named, variable).into_iter().map(|place| place.path).collect()
    }

    #[test]
    fn the_named_one_stands_above_the_project_above_the_user_above_the_machine() {
        let root = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            fs::create_dir_all(root.path().join(name).join("carillon")).unwrap();
            root.path().join(name)
        };
        let (home, first, second) = (folder("home"), folder("first"), folder("second"));
        fs::write(second.join(SHARED), "").unwrap();
        let folders: PathBuf = std::env::join_paths([&first, &second]).unwrap().into();
        let variables = [("XDG_CONFIG_HOME", home.as_path()), ("XDG_CONFIG_DIRS", folders.as_path())];
        let expected = [PathBuf::from("a.toml"), PathBuf::from(PROJECT_FILE), home.join(SHARED), second.join(SHARED)];
        assert_eq!(paths(Some(Path::new("a.toml")), &variables), expected);
        fs::write(first.join(SHARED), "").unwrap();
        assert_eq!(paths(None, &variables).last(), Some(&first.join(SHARED)));
    }

    #[test]
    fn the_users_folder_is_below_home_unless_it_is_elsewhere() {
        let user = |variables: &[(&str, &Path)]| paths(None, variables).get(1).cloned();
        let home = ("HOME", Path::new("/nowhere/h"));
        assert_eq!(user(&[home]), Some(PathBuf::from("/nowhere/h/.config").join(SHARED)));
        assert_eq!(user(&[home, ("XDG_CONFIG_HOME", Path::new("rel"))]), user(&[home]));
        let elsewhere = ("XDG_CONFIG_HOME", Path::new("/nowhere/x"));
        assert_eq!(user(&[home, elsewhere]), Some(PathBuf::from("/nowhere/x").join(SHARED)));
    }

    #[test]
    fn what_was_named_has_to_be_there_and_the_rest_may() {
        let path = PathBuf::from("/nowhere/c.toml");
        let read = |kind| Place { path: path.clone(), kind }.read();
        assert_eq!(read(Kind::Project).unwrap(), None);
        let message = read(Kind::Named).unwrap_err().to_string();
        assert_eq!(message, "read the configuration in /nowhere/c.toml: No such file or directory (os error 2)");
    }

    #[test]
    fn a_file_without_an_end_is_refused() {
        let endless = Place { path: PathBuf::from("/dev/zero"), kind: Kind::Named };
        assert!(endless.read().unwrap_err().to_string().contains("more than 1048576 bytes"));
    }
}
