//! A card for runs, where there is none: the library of `tests/device` in the place of NVIDIA's, and its books, in which tests
//! read and write who holds memory. Runs that are given the same card meet at its lock.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Run, example};

/// The name of the card, as the library gives it.
pub(crate) const UUID: &str = "GPU-ca411105-0000-4000-8000-000000000001";

/// The folder of a card.
#[derive(Debug)]
pub(crate) struct Card {
    folder: TempDir,
}

impl Card {
    /// One that nobody uses.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a temporary folder");
        for name in ["library", "books", "locks"] {
            fs::create_dir(folder.path().join(name)).expect("the folder is ours");
        }
        let library = example("libcuda.so", "--example cuda");
        for name in ["libcuda.so", "libcuda.so.1", "libnvidia-ml.so.1"] {
            symlink(&library, folder.path().join("library").join(name)).expect("the folder is ours");
        }
        Self { folder }
    }

    /// A run that has it.
    pub(crate) fn given_to(&self, run: Run) -> Run {
        let path = |name: &str| self.folder.path().join(name).to_str().expect("it has a plain name").to_owned();
        run.variable("LD_LIBRARY_PATH", &path("library"))
            .variable("FAKE_GPU_STATE", &path("books"))
            .variable("XDG_RUNTIME_DIR", &path("locks"))
    }

    /// The folder with the library, for programs that are no runs.
    pub(crate) fn library(&self) -> PathBuf {
        self.path().join("library")
    }

    /// Its folder, which has room for more.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Somebody else, who lives, holds so much of it.
    pub(crate) fn is_used_by_a_neighbour(&self, bytes: u64) {
        let books = self.folder.path().join("books").join(UUID);
        fs::create_dir_all(&books).expect("the folder is ours");
        fs::write(books.join(std::process::id().to_string()), bytes.to_string()).expect("the folder is ours");
    }

    /// What the lock of it says; nothing where there is none.
    pub(crate) fn lock(&self) -> Option<String> {
        fs::read_to_string(self.folder.path().join("locks").join(format!("carillon-gpu-{UUID}.lock"))).ok()
    }
}
