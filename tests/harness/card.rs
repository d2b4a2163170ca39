//! A card for runs, where there is none: the library of `tests/device` in the place of NVIDIA's, and its books, in which tests
//! read and write who holds memory. Runs that are given the same card meet at its lock.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use tempfile::TempDir;

use super::Run;

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
        for name in ["libcuda.so", "libcuda.so.1", "libnvidia-ml.so.1"] {
            symlink(library(), folder.path().join("library").join(name)).expect("the folder is ours");
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

/// The library, which lies beside the tests. `cargo test` builds it; `cargo test NAME` builds no examples.
fn library() -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    let profile = test.ancestors().nth(2).expect("tests lie in target/PROFILE/deps");
    let path = profile.join("examples/libcuda.so");
    assert!(path.is_file(), "{} is missing: `cargo build --example cuda` builds it", path.display());
    path
}
