//! Every path of a run is made here: its directory, what lies in it, and the locks that keep other runs out.

//!
//! ```text
//! runs   the folder of an instance, where no run directory is said     folder   folders that outlast the end of the machine
//! lock   one run at a time                                            keep     which old runs go
//! device_lock   one run at a time on a device
//! previous   the copy of the timetable that people have already
//! ```

mod device_lock;
mod folder;
mod keep;
mod lock;
mod previous;
mod runs;
mod sockets;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

pub use device_lock::DeviceLocks;
pub use keep::Tidied;
pub use lock::Turn;
pub use previous::timetable_of;
pub use sockets::Sockets;

use shared::file::FileError;
use shared::worker::checkpoint_number;

use crate::clock::utc_stamp;

/// Why a run has no directory to write to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refuses.
    #[error(transparent)]
    File(#[from] FileError),
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
    /// There is nothing to name its folder after.
    #[error(
        "name a folder for the run: {} has no name of its own\ngive the path of an instance, or a --run-dir",
        instance.display()
    )]
    NoName {
        /// As it was named.
        instance: PathBuf,
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
    move |source| FileError::at(act, path)(source).into()
}

/// What was done in a run, append-only: the name of the file in its directory.
pub const JOURNAL: &str = "run.journal";

/// What a run writes into its directory, beside `*.art`, `lock` and `attempts`.
const WRITTEN: [&str; 18] = [
    JOURNAL,
    "run.log",
    "events.jsonl",
    "config.toml",
    "attempts.tsv",
    "trace.tsv",
    "memory.tsv",
    "result.json",
    "solution.sol",
    "timetable.csv",
    "timetable.json",
    "unplaced.csv",
    "changes.csv",
    "policy-before.json",
    "policy.json",
    previous::FOLDER,
    "report.html",
    "pages",
];

/// The directory of a run, locked as long as this lives.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    /// The link to the newest verified run of the instance; only where the default directory is used.
    latest: Option<PathBuf>,
    /// Held as long as this lives.
    locks: Vec<File>,
    warning: Option<String>,
}

impl Store {
    /// Makes and locks the directory of a run of `instance`, when it is its turn.
    ///
    /// # Errors
    /// When it cannot be made, another run is using it, or it holds a run already.
    pub async fn open(run_dir: Option<&Path>, instance: &Path, turn: &Turn<'_>) -> Result<Self, StoreError> {
        let mut locks = Vec::new();
        let (root, latest) = if let Some(run_dir) = run_dir {
            (run_dir.to_owned(), None)
        } else {
            let (of_instance, lock) = runs::take(instance, turn).await?;
            locks.push(lock);
            (runs::fresh(&of_instance, &utc_stamp())?, Some(of_instance.join("latest")))
        };
        let warning = folder::warning(&root);
        folder::make_durably(&root)?;
        locks.push(lock::take(&root.join("lock"), turn).await?);
        let store = Self { root, latest, locks, warning };
        if let Some(path) = store.first_of_ours()? {
            return Err(StoreError::Taken { path });
        }
        folder::make(&store.root.join("attempts"))?;
        Ok(store)
    }

    /// Locks the directory of a run that was broken off, when it is its turn. `root` has no link in it.
    ///
    /// # Errors
    /// When it cannot be locked, or another run is using it.
    pub async fn reopen(root: PathBuf, turn: &Turn<'_>) -> Result<Self, StoreError> {
        let locks = vec![lock::take(&root.join("lock"), turn).await?];
        // Whatever comes of it now, what the dead one has left elsewhere is not forgotten.
        sockets::remove_dead(&root);
        Ok(Self { root, latest: None, locks, warning: None })
    }

    /// Takes part in the lock of the instance and in `latest`: the run lies where runs go by default.
    ///
    /// # Errors
    /// When another run of the instance goes on.
    pub async fn join_runs(&mut self, turn: &Turn<'_>) -> Result<(), StoreError> {
        let Some(of_instance) = self.root.parent() else { return Ok(()) };
        self.locks.push(lock::take(&of_instance.join("lock"), turn).await?);
        self.latest = Some(of_instance.join("latest"));
        Ok(())
    }

    /// The folder with all runs of the instance; only where runs go by default.
    pub fn of_instance(&self) -> Option<&Path> {
        self.latest.as_ref().and_then(|latest| latest.parent())
    }

    /// What the user should know of the directory.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Whether the run lies where runs go by default.
    pub fn is_in_runs(&self) -> bool {
        self.latest.is_some()
    }

    /// Removes what was written of a run that could not begin, so that the directory is free for the next try. What cannot be
    /// removed stays, and the next try says so.
    pub fn withdraw(&self) {
        for name in WRITTEN {
            let _ = fs::remove_file(self.root.join(name));
        }
        self.forget_previous();
        let _ = fs::remove_dir(self.root.join("attempts"));
    }

    /// Removes what a dead run has left unfinished.
    ///
    /// # Errors
    /// When the directory cannot be read or something in it not be removed.
    pub fn remove_unfinished(&self) -> Result<(), StoreError> {
        let attempts = self.root.join("attempts");
        folder::make(&attempts)?;
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
            // A folder in its place is nobody's; one with something in it is left to whoever put it there.
            let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
            let removed = if is_folder { fs::remove_dir(path) } else { fs::remove_file(path) };
            removed.map_err(io_error("remove", path))?;
        }
        folder::sync(&self.root)
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
        self.root.join(JOURNAL)
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

    /// Makes the folder in which workers call.
    ///
    /// # Errors
    /// When the disk is full or there is no temporary folder.
    pub fn make_sockets(&self, run_id: &str) -> Result<Sockets, StoreError> {
        Sockets::make(&self.root, run_id)
    }

    /// Makes the folder of one attempt and opens its log.
    ///
    /// # Errors
    /// When the disk is full or the directory is gone.
    pub fn begin_attempt(&self, job: &str, attempt: u32) -> Result<File, StoreError> {
        folder::make(&self.attempt(job, attempt))?;
        let path = self.stderr_log(job, attempt);
        OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(io_error("create", &path))
    }

    /// Writes down what the run was started with.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn write_config(&self, toml: &str) -> Result<(), StoreError> {
        let path = self.root.join("config.toml");
        fs::write(&path, toml).map_err(io_error("write", &path))
    }

    /// Lets what was created here outlast the end of the machine.
    ///
    /// # Errors
    /// When the system cannot do it.
    pub fn sync(&self) -> Result<(), StoreError> {
        folder::sync(&self.root)
    }

    /// Lets `latest` point here.
    ///
    /// # Errors
    /// When the link cannot be made.
    pub fn point_latest_here(&self) -> Result<(), StoreError> {
        let (Some(latest), Some(name)) = (&self.latest, self.root.file_name()) else { return Ok(()) };
        runs::replace(Path::new(name), latest)
    }

    /// Removes old runs of the instance: all that are older than the newest `keep` verified ones. Only where runs go by
    /// default, and while the run has the lock of its instance.
    pub fn tidy(&self, keep: u32) -> Tidied {
        self.of_instance().map_or_else(Tidied::default, |of_instance| keep::tidy(of_instance, keep as usize))
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let listed = fs::read_dir(folder).and_then(|list| list.map(|entry| Ok(entry?.path())).collect());
    listed.map_err(io_error("read", folder))
}

fn ends_with(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    async fn open(run_dir: &Path) -> Result<Store, StoreError> {
        Store::open(Some(run_dir), Path::new("x.ctt"), &Turn::new(None, &|_| {})).await
    }

    #[tokio::test]
    async fn a_fresh_directory_is_made_for_owner_and_group() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("a/b");
        let store = open(&run).await.unwrap();
        assert_eq!(fs::metadata(&run).unwrap().permissions().mode() & 0o777 & !0o750, 0);
        store.begin_attempt("solve.1", 2).unwrap();
        assert!(run.join("attempts/solve.1-2/stderr.log").exists());
    }

    #[tokio::test]
    async fn a_second_run_is_told_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path()).await.unwrap();
        let error = open(folder.path()).await.unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        open(folder.path()).await.unwrap();
    }

    #[tokio::test]
    async fn a_directory_with_a_run_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("run.journal"), "").unwrap();
        let error = open(folder.path()).await.unwrap_err();
        assert!(matches!(error, StoreError::Taken { .. }), "{error}");
    }

    #[tokio::test]
    async fn what_is_unfinished_or_does_not_count_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await.unwrap();
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

    #[tokio::test]
    async fn a_directory_is_free_again_when_its_run_could_not_begin() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await.unwrap();
        store.write_config("").unwrap();
        fs::write(store.journal(), "").unwrap();
        store.withdraw();
        drop(store);
        open(folder.path()).await.unwrap();
    }

    #[test]
    fn latest_moves_in_one_step() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "two"] {
            let latest = Some(folder.path().join("latest"));
            let store = Store { root: folder.path().join(name), latest, locks: Vec::new(), warning: None };
            store.point_latest_here().unwrap();
            assert_eq!(fs::read_link(folder.path().join("latest")).unwrap(), Path::new(name));
        }
    }
}
