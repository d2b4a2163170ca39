//! The control groups of a run: where the kernel lets us, it holds each worker at its allotment.
//!
//! ```text
//! our own group
//! └─ carillon-RUN            the enclosure: locked (`flock`) by the living run, so that a dead one's is known for what it is
//!    ├─ evolve-1             a pen: one attempt, at whose limit the kernel ends it
//!    └─ orchestrator         version 2 only: a group with processes cannot share out memory, so we step aside
//! ```
//!
//! `ground` is where it may stand, `pen` one attempt, `clearing` how groups go away, those of dead runs too.

mod clearing;
mod ground;
mod pen;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::file::FileError;

pub use clearing::Swept;
pub use pen::Pen;

use crate::watch::cgroup::{self, OwnGroup, Version};
use ground::Ground;

/// So long a start waits for what a dead run has left: who is stuck in the kernel must not keep others from beginning.
const SWEEPING: Duration = Duration::from_secs(2);

/// Who shall hold the workers at their allotments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enforce {
    /// The kernel where it can, or else we by looking.
    #[default]
    Auto,
    /// The kernel, or the run does not begin.
    Cgroup,
    /// We by looking.
    Poll,
}

impl Enforce {
    /// Reads `auto`, `cgroup` or `poll`.
    pub fn of_name(name: &str) -> Option<Self> {
        [("auto", Self::Auto), ("cgroup", Self::Cgroup), ("poll", Self::Poll)]
            .into_iter()
            .find_map(|(known, enforce)| (known == name).then_some(enforce))
    }
}

/// Who holds the workers at their allotments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// The kernel, by a control group for each.
    Kernel(Version),
    /// We, by looking; why, where there is more to say than that there is no control group.
    Sampling(Option<String>),
}

/// Why the kernel cannot hold a worker, or a run's workers.
#[derive(Debug, thiserror::Error)]
pub enum EnclosureError {
    /// There is no group of ours in which memory can be limited.
    #[error("find a control group of our own that limits memory")]
    Nowhere,
    /// Version 2 shares out the memory of a group only when no process is left in it, and these others are not ours to move.
    #[error("share out the memory of {}: there are other processes in it", folder.display())]
    Inhabited {
        /// Our group.
        folder: PathBuf,
    },
    /// The kernel refuses.
    #[error(transparent)]
    File(#[from] FileError),
}

fn io_error(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EnclosureError {
    move |source| FileError::at(act, path)(source).into()
}

/// The control groups of this run. They go when this does.
#[derive(Debug)]
pub struct Enclosure {
    enforcement: Enforcement,
    place: Option<Place>,
    swept: Swept,
}

/// An enclosure that stands.
#[derive(Debug)]
struct Place {
    ground: Ground,
    folder: PathBuf,
    /// Held as long as this lives.
    _lock: File,
}

/// Makes a pen for each attempt.
#[derive(Clone, Debug)]
pub struct Pens {
    folder: PathBuf,
    version: Version,
}

impl Enclosure {
    /// Removes what dead runs have left below our own group.
    pub fn sweep() -> Swept {
        Self::sweep_below(Path::new("/"), SWEEPING)
    }

    fn sweep_below(root: &Path, patience: Duration) -> Swept {
        let mut swept = Swept::default();
        for group in &cgroup::own(root) {
            swept.sweep(&group.folder, patience);
        }
        swept
    }

    /// Makes an enclosure below our own group, where that is wanted and possible, behind a sweep.
    ///
    /// # Errors
    /// When the kernel is to hold the workers and cannot.
    pub fn open(run_id: &str, enforce: Enforce, swept: Swept) -> Result<Self, EnclosureError> {
        Self::below(Path::new("/"), run_id, enforce, swept)
    }

    fn below(root: &Path, run_id: &str, enforce: Enforce, swept: Swept) -> Result<Self, EnclosureError> {
        let own = cgroup::own(root);
        let held = |place: Place| (Enforcement::Kernel(place.ground.version()), Some(place));
        let (enforcement, place) = match enforce {
            Enforce::Poll => (Enforcement::Sampling(Some("memory.enforce=poll".to_owned())), None),
            Enforce::Cgroup => held(Place::first(own, run_id)?),
            Enforce::Auto => match Place::first(own, run_id) {
                Ok(place) => held(place),
                Err(EnclosureError::Nowhere) => (Enforcement::Sampling(None), None),
                Err(error) => (Enforcement::Sampling(Some(format!("failed to {error}"))), None),
            },
        };
        Ok(Self { enforcement, place, swept })
    }

    /// Who holds the workers.
    pub fn enforcement(&self) -> &Enforcement {
        &self.enforcement
    }

    /// What was left of dead runs.
    pub fn swept(&self) -> &Swept {
        &self.swept
    }

    /// Where attempts are held, if they are.
    pub fn pens(&self) -> Option<Pens> {
        let place = self.place.as_ref()?;
        Some(Pens { folder: place.folder.clone(), version: place.ground.version() })
    }

    /// Ends whoever is left and removes all groups of the run.
    ///
    /// # Errors
    /// When a group is still there after `patience`.
    pub fn close(&mut self, patience: Duration) -> Result<(), EnclosureError> {
        let Some(place) = self.place.take() else { return Ok(()) };
        clearing::clear_below(&place.folder, patience)?;
        place.ground.leave(&place.folder)?;
        clearing::clear(&place.folder, patience)
    }
}

impl Drop for Enclosure {
    fn drop(&mut self) {
        // Only where a run could not begin, or was broken off by an error that is told: the next one removes what stays.
        let _ = self.close(Duration::ZERO);
    }
}

impl Place {
    /// In the first group that allows it; else why the first one does not.
    fn first(own: Vec<OwnGroup>, run_id: &str) -> Result<Self, EnclosureError> {
        let mut first_error = None;
        for ground in own.into_iter().filter_map(Ground::of) {
            match Self::make(ground, run_id) {
                Ok(place) => return Ok(place),
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
        Err(first_error.unwrap_or(EnclosureError::Nowhere))
    }

    fn make(ground: Ground, run_id: &str) -> Result<Self, EnclosureError> {
        let folder = ground.folder().join(clearing::name_of(run_id));
        let lock = clearing::make_and_lock(&folder)?;
        match ground.enter(&folder) {
            Ok(()) => Ok(Self { ground, folder, _lock: lock }),
            Err(error) => {
                let _ = ground.leave(&folder);
                let _ = clearing::clear(&folder, Duration::ZERO);
                Err(error)
            }
        }
    }
}

impl Pens {
    /// Makes the pen of one attempt, `<job>-<attempt>`.
    ///
    /// # Errors
    /// When the kernel refuses: the attempt has to be looked at.
    pub fn make(&self, name: &str, allotment: Bytes) -> Result<Pen, EnclosureError> {
        Pen::make(self.folder.join(name), self.version, allotment)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
