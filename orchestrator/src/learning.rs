//! What STAGE3 has learned, from run to run. A policy that a user names is copied into the run directory when the run begins, so
//! that the run is the same whatever becomes of the file; what it ended with `export` leaves beside it. Nothing is understood here.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use shared::file;

use crate::dispatch::Fact;
use crate::fingerprint::fingerprint;
use crate::store::Store;

/// The policy that the run began with, where that is a file.
pub(crate) const BEFORE: &str = "policy-before.json";
/// The one that it ended with.
const AFTER: &str = "policy.json";
/// A little more than a policy may have, so that whoever reads the copy sees that it was too much.
const BYTES_MOST: u64 = 65 << 10;

/// Copies a policy into the run directory, or says why there is none to begin with.
pub(crate) fn copy(policy: &Path, store: &Store) -> Option<Fact> {
    let copied = copied(policy, &store.artifact(BEFORE));
    copied
        .err()
        .map(|error| Fact::PolicyIgnored { path: policy.to_owned(), why: format!("failed to read it: {error}") })
}

fn copied(from: &Path, to: &Path) -> io::Result<()> {
    let _ = fs::remove_file(to);
    let mut bytes = Vec::new();
    if !fs::metadata(from)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    File::open(from)?.take(BYTES_MOST).read_to_end(&mut bytes)?;
    file::replace(to, &bytes).map_err(|error| error.source)
}

/// The sum of the policy that the run began with, if it is there.
pub(crate) fn sum_before(store: &Store) -> Option<u128> {
    sum(&store.artifact(BEFORE))
}

/// What the run began and ended with, where there is anything to tell.
pub(crate) fn told(store: &Store, before: Option<u128>) -> Option<Fact> {
    let after = sum(&store.artifact(AFTER));
    (before.is_some() || after.is_some()).then_some(Fact::Policies { before, after })
}

fn sum(path: &Path) -> Option<u128> {
    fingerprint(path).ok().map(|found| found.sum)
}
