//! Where an enclosure may stand: below our own control group, if memory can be limited there.

use std::fs;
use std::path::{Path, PathBuf};

use super::{EnclosureError, io_error};
use crate::watch::cgroup::{self, OwnGroup, Version};

/// The group of version 2 that we step aside into.
const ASIDE: &str = "orchestrator";
/// Which controllers a group shares out among the groups below it.
const SHARED_OUT: &str = "cgroup.subtree_control";

/// A group of ours below which memory may be limited, once it is tried.
#[derive(Debug)]
pub(super) struct Ground {
    group: OwnGroup,
    /// Whether the group has to share out its memory first, which it does only when nobody is in it.
    has_to_be_left: bool,
}

impl Ground {
    /// A group of ours as a ground; nothing when it does not count memory.
    pub(super) fn of(group: OwnGroup) -> Option<Self> {
        if group.version == Version::One {
            return Some(Self { group, has_to_be_left: false });
        }
        let has_memory = |file: &str| {
            let controllers = fs::read_to_string(group.folder.join(file)).unwrap_or_default();
            controllers.split_whitespace().any(|controller| controller == "memory")
        };
        // The root shares out its memory with us in it.
        let has_to_be_left = !has_memory(SHARED_OUT);
        has_memory("cgroup.controllers").then_some(Self { group, has_to_be_left })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.group.folder
    }

    pub(super) fn version(&self) -> Version {
        self.group.version
    }

    /// Lets the memory of groups below `enclosure` be limited, and finds out whether it can be.
    pub(super) fn enter(&self, enclosure: &Path) -> Result<(), EnclosureError> {
        match self.group.version {
            Version::One => put(&enclosure.join("memory.limit_in_bytes"), "-1"),
            Version::Two => {
                if self.has_to_be_left {
                    self.step_aside(enclosure)?;
                }
                put(&enclosure.join(SHARED_OUT), "+memory")
            }
        }
    }

    /// Moves this process out of its group, which then shares out its memory.
    fn step_aside(&self, enclosure: &Path) -> Result<(), EnclosureError> {
        let folder = &self.group.folder;
        if cgroup::processes(folder) != [std::process::id()] {
            return Err(EnclosureError::Inhabited { folder: folder.clone() });
        }
        let aside = enclosure.join(ASIDE);
        fs::create_dir(&aside).map_err(io_error("create", &aside))?;
        join(&aside)?;
        put(&folder.join(SHARED_OUT), "+memory")
    }

    /// Undoes what `enter` did, once nobody else is below `enclosure`.
    pub(super) fn leave(&self, enclosure: &Path) -> Result<(), EnclosureError> {
        let aside = enclosure.join(ASIDE);
        if !aside.is_dir() {
            return Ok(());
        }
        put(&enclosure.join(SHARED_OUT), "-memory")?;
        put(&self.group.folder.join(SHARED_OUT), "-memory")?;
        join(&self.group.folder)
    }

    /// The group that we stepped aside into is left alone while others are cleared away.
    pub(super) fn is_aside(folder: &Path) -> bool {
        folder.file_name().is_some_and(|name| name == ASIDE)
    }
}

fn join(folder: &Path) -> Result<(), EnclosureError> {
    put(&folder.join("cgroup.procs"), &std::process::id().to_string())
}

/// Writes into a file of a control group.
pub(super) fn put(path: &PathBuf, text: &str) -> Result<(), EnclosureError> {
    fs::write(path, text).map_err(io_error("write", path))
}
