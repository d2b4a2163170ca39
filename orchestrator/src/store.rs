//! Every path of a run is made here: its directory, what lies in it, and the locks that keep other runs out.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use shared::worker::checkpoint_number;

use crate::clock::utc_stamp;

/// Where runs go whose directory is not said.
const RUNS: &str = "carillon-runs";
/// Names of people are in here: nobody but the owner and the group may look.
const FOLDER_MODE: u32 = 0o750;
/// What is read of a lock file to say who holds it.
const HOLDER_BYTES_MAX: u64 = 200;

/// Why a run has no directory to write to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refuses.
    #[error("{act} {}: {source}", path.display())]
    Io {
        /// What was tried.
        act: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another run is using it.
    #[error(
        "lock {}: another run is using it{holder}\nwait until it has ended, or give another --run-dir",
        path.display()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who, where the lock says so.
        holder: String,
    },
    /// It holds a run already, or files with the names of one.
    #[error(
        "begin a run beside {}: the folder holds a run already, and nothing is written over\n\
         give another --run-dir, or remove this one first",
        path.display()
    )]
    Taken {
        /// What would be written over.
        path: PathBuf,
    },
}

fn io_error(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { act, path: path.to_owned(), source }
}

/// What a run writes into its directory, beside `*.art`, `lock` and `attempts`.
const WRITTEN: [&str; 12] = [
    "run.journal",
    "run.log",
    "events.jsonl",
    "config.toml",
    "attempts.tsv",
    "trace.tsv",
    "result.json",
    "solution.sol",
    "timetable.csv",
    "timetable.json",
    "unplaced.csv",
    "report.html",
];

/// A name in `folder` that nothing has: the stamp, or the stamp with a number where a second was not enough.
fn fresh(folder: &Path, stamp: &str) -> PathBuf {
    let numbered = (2..).map(|number| folder.join(format!("{stamp}-{number}")));
    std::iter::once(folder.join(stamp)).chain(numbered).find(|path| !path.exists()).expect("numbers do not end")
}

/// The directory of a run, locked as long as this lives.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    /// The link to the newest verified run of the instance; only where the default directory is used.
    latest: Option<PathBuf>,
    /// Held as long as this lives.
    locks: Vec<File>,
}

impl Store {
    /// Makes and locks the directory of a run of `instance`.
    ///
    /// # Errors
    /// When it cannot be made, another run is using it, or it holds a run already.
    pub fn open(run_dir: Option<&Path>, instance: &Path) -> Result<Self, StoreError> {
        let mut locks = Vec::new();
        let (root, latest) = if let Some(run_dir) = run_dir {
            (run_dir.to_owned(), None)
        } else {
            let of_instance = Path::new(RUNS).join(instance.file_stem().unwrap_or(instance.as_os_str()));
            make_folder(&of_instance)?;
            locks.push(lock(&of_instance.join("lock"))?);
            (fresh(&of_instance, &utc_stamp()), Some(of_instance.join("latest")))
        };
        make_folder(&root)?;
        locks.push(lock(&root.join("lock"))?);
        let store = Self { root, latest, locks };
        if let Some(path) = store.first_of_ours()? {
            return Err(StoreError::Taken { path });
        }
        make_folder(&store.root.join("attempts"))?;
        Ok(store)
    }

    /// Locks the directory of a run that was broken off. `root` has no link in it.
    ///
    /// # Errors
    /// When it cannot be locked, or another run is using it.
    pub fn reopen(root: PathBuf) -> Result<Self, StoreError> {
        let locks = vec![lock(&root.join("lock"))?];
        Ok(Self { root, latest: None, locks })
    }

    /// Takes part in the lock of the instance and in `latest`: the run lies where runs go by default.
    ///
    /// # Errors
    /// When another run of the instance goes on.
    pub fn join_runs(&mut self) -> Result<(), StoreError> {
        let Some(of_instance) = self.root.parent() else { return Ok(()) };
        self.locks.push(lock(&of_instance.join("lock"))?);
        self.latest = Some(of_instance.join("latest"));
        Ok(())
    }

    /// Whether the run lies where runs go by default.
    pub fn is_in_runs(&self) -> bool {
        self.latest.is_some()
    }

    /// Removes what a dead run has left unfinished.
    ///
    /// # Errors
    /// When the directory cannot be read or something in it not be removed.
    pub fn remove_unfinished(&self) -> Result<(), StoreError> {
        let attempts = self.root.join("attempts");
        make_folder(&attempts)?;
        let folders = entries(&attempts)?.into_iter().filter(|path| path.is_dir());
        for folder in folders.chain([self.root.clone()]) {
            for path in entries(&folder)?.iter().filter(|path| ends_with(path, "partial")) {
                fs::remove_file(path).map_err(io_error("remove", path))?;
            }
        }
        Ok(())
    }

    /// Removes every artifact but those in `kept`.
    ///
    /// # Errors
    /// When the directory cannot be read or an artifact not be removed.
    pub fn remove_artifacts_but(&self, kept: &BTreeSet<String>) -> Result<(), StoreError> {
        let is_kept = |path: &Path| path.file_name().is_some_and(|name| kept.contains(&*name.to_string_lossy()));
        for path in entries(&self.root)?.iter().filter(|path| ends_with(path, "art") && !is_kept(path)) {
            fs::remove_file(path).map_err(io_error("remove", path))?;
        }
        let folder = File::open(&self.root).and_then(|folder| folder.sync_all());
        folder.map_err(io_error("sync", &self.root))
    }

    /// The numbers of the checkpoints of a job.
    pub fn checkpoints(&self, job: &str) -> Vec<u32> {
        let number = |path: &PathBuf| checkpoint_number(path.file_name()?.to_str()?, job);
        entries(&self.root).unwrap_or_default().iter().filter_map(number).collect()
    }

    /// A file here that a run would write over.
    fn first_of_ours(&self) -> Result<Option<PathBuf>, StoreError> {
        let entries = fs::read_dir(&self.root).map_err(io_error("look into", &self.root))?;
        let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
        let is_artifact = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "art");
        let mut ours: Vec<String> =
            names.filter(|name| WRITTEN.contains(&name.as_str()) || is_artifact(name)).collect();
        ours.sort();
        Ok(ours.first().map(|name| self.root.join(name)))
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What was done, append-only.
    pub fn journal(&self) -> PathBuf {
        self.root.join("run.journal")
    }

    /// A sealed artifact.
    pub fn artifact(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The folder of one attempt.
    pub fn attempt(&self, job: &str, attempt: u32) -> PathBuf {
        self.root.join("attempts").join(format!("{job}-{attempt}"))
    }

    /// What the worker of one attempt writes to stdout and stderr.
    pub fn stderr_log(&self, job: &str, attempt: u32) -> PathBuf {
        self.attempt(job, attempt).join("stderr.log")
    }

    /// Makes the folder of one attempt and opens its log.
    ///
    /// # Errors
    /// When the disk is full or the directory is gone.
    pub fn begin_attempt(&self, job: &str, attempt: u32) -> Result<File, StoreError> {
        make_folder(&self.attempt(job, attempt))?;
        let path = self.stderr_log(job, attempt);
        OpenOptions::new().create(true).append(true).open(&path).map_err(io_error("create", &path))
    }

    /// Writes down what the run was started with.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn write_config(&self, toml: &str) -> Result<(), StoreError> {
        let path = self.root.join("config.toml");
        fs::write(&path, toml).map_err(io_error("write", &path))
    }

    /// Lets `latest` point here, at once and without a moment in between when it points nowhere.
    ///
    /// # Errors
    /// When the link cannot be made.
    pub fn point_latest_here(&self) -> Result<(), StoreError> {
        let (Some(latest), Some(name)) = (&self.latest, self.root.file_name()) else { return Ok(()) };
        let aside = latest.with_extension("next");
        let _ = fs::remove_file(&aside);
        symlink(name, &aside).map_err(io_error("create", &aside))?;
        fs::rename(&aside, latest).map_err(io_error("replace", latest))
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let listed = fs::read_dir(folder).and_then(|list| list.map(|entry| Ok(entry?.path())).collect());
    listed.map_err(io_error("read", folder))
}

fn ends_with(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path).map_err(io_error("create", path))
}

/// Takes the lock at `path`; it is given back when the file is closed, however this process ends. The file's text only says
/// who holds it: what a killed run leaves there locks nobody out.
fn lock(path: &Path) -> Result<File, StoreError> {
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).to_owned();
    let mut file = options.open(path).map_err(io_error("create", path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.take(HOLDER_BYTES_MAX).read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { String::new() } else { format!(" ({})", holder.trim()) };
            return Err(StoreError::Locked { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => return Err(io_error("lock", path)(source)),
    }
    let text = format!("process {} since {}\n", std::process::id(), utc_stamp());
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(text.as_bytes()))
        .map_err(io_error("write", path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_fresh_directory_is_made_for_owner_and_group() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("a/b");
        let store = Store::open(Some(&run), Path::new("x.ctt")).unwrap();
        assert_eq!(fs::metadata(&run).unwrap().permissions().mode() & 0o777 & !0o750, 0);
        store.begin_attempt("solve.1", 2).unwrap();
        assert!(run.join("attempts/solve.1-2/stderr.log").exists());
    }

    #[test]
    fn a_second_run_is_told_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let first = Store::open(Some(folder.path()), Path::new("x.ctt")).unwrap();
        let error = Store::open(Some(folder.path()), Path::new("x.ctt")).unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        Store::open(Some(folder.path()), Path::new("x.ctt")).unwrap();
    }

    #[test]
    fn a_directory_with_a_run_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("run.journal"), "").unwrap();
        let error = Store::open(Some(folder.path()), Path::new("x.ctt")).unwrap_err();
        assert!(matches!(error, StoreError::Taken { .. }), "{error}");
    }

    #[test]
    fn what_is_unfinished_or_does_not_count_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path()), Path::new("x.ctt")).unwrap();
        store.begin_attempt("evolve", 1).unwrap();
        let names = ["a.art", "b.art", "run.log", "result.json.partial", "attempts/evolve-1/draft.art.partial"];
        for name in names {
            fs::write(folder.path().join(name), "").unwrap();
        }
        store.remove_unfinished().unwrap();
        store.remove_artifacts_but(&BTreeSet::from(["a.art".to_owned()])).unwrap();
        let left = names.map(|name| folder.path().join(name).exists());
        assert_eq!(left, [true, false, true, false, false]);
        assert!(folder.path().join("attempts/evolve-1/stderr.log").exists());
    }

    #[test]
    fn latest_moves_in_one_step() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "two"] {
            let latest = Some(folder.path().join("latest"));
            let store = Store { root: folder.path().join(name), latest, locks: Vec::new() };
            store.point_latest_here().unwrap();
            assert_eq!(fs::read_link(folder.path().join("latest")).unwrap(), Path::new(name));
        }
    }
}
