//! Locks that keep two runs off one device: `carillon-gpu-UUID.lock`, taken with `flock` like every lock of ours, so that the kernel gives it
//! back however its holder ends. It goes by the UUID, for the numbers of devices change with what a process is shown.
//!
//! A run takes it in two folders: in the user's own (`XDG_RUNTIME_DIR`), and in the system's temporary one, where runs of cron and
//! of other users meet it. There the file may be written by everybody (mode 0666, whatever the umask is), because everybody has
//! to be able to lock it, to say that they hold it, and to lift a quarantine; who may not write locks it all the same. It
//! holds a line of text, of which nothing follows but words and whether a device is under quarantine. A link in its place is not followed.
//! Who lets go of it removes it; one that a killed run has left keeps nobody out.
//!
//! **Quarantine**: where a device did not give its memory back, the line says how much was used before and since which start of the
//! machine. The next run that looks lifts it when all that is used beyond that has an owner, or the machine was started anew;
//! whoever knows better removes the file.

use std::env;
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::libc::O_NOFOLLOW;
use shared::bytes::Bytes;
use shared::wire::Device;

use super::lock::{holder, is_at, sign, write};
use crate::policy::gpu::{Passed, is_cured};

/// What a line begins with that puts a device under quarantine.
const QUARANTINE: &str = "quarantine";
/// A lock file that is removed while it is opened is looked for again so often.
const TRIES: usize = 8;

/// The locks of the device that this run has.
#[derive(Debug)]
pub struct DeviceLocks {
    folders: Vec<PathBuf>,
    /// This start of the machine.
    boot: String,
    held: Vec<(PathBuf, File)>,
}

impl DeviceLocks {
    /// Holds nothing yet.
    pub fn none() -> Self {
        let own = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
        Self::within(own.into_iter().chain([env::temp_dir()]).collect())
    }

    fn within(mut folders: Vec<PathBuf>) -> Self {
        folders.dedup();
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
        Self { folders, boot, held: Vec::new() }
    }

    /// Takes the first of these devices that nobody else has; and says why the ones before it cannot be had.
    pub fn take_first(&mut self, devices: Vec<Device>) -> (Option<Device>, Vec<(Device, Passed)>) {
        let mut passed = Vec::new();
        for device in devices {
            match self.take(&device) {
                Ok(held) => {
                    self.held = held;
                    return (Some(device), passed);
                }
                Err(why) => passed.push((device, why)),
            }
        }
        (None, passed)
    }

    fn take(&self, device: &Device) -> Result<Vec<(PathBuf, File)>, Passed> {
        let mut held = Vec::new();
        for folder in &self.folders {
            let path = folder.join(name(&device.uuid));
            let mut file = taken(&path)?;
            if let Some(used_before) = self.quarantine(&holder(&mut file))
                && !is_cured(device, used_before)
            {
                return Err(Passed::Quarantined);
            }
            // Who may not write holds it without saying so.
            let _ = sign(&mut file);
            held.push((path, file));
        }
        Ok(held)
    }

    /// Lets go of the device; with a mark for later runs where its memory is not back. Without one the file goes, where it is
    /// ours to remove: whoever has opened it by now finds that out and opens another one.
    pub fn release(&mut self, quarantine: Option<Bytes>) {
        for (path, mut file) in self.held.drain(..) {
            let mark = quarantine.map(|used| format!("{QUARANTINE} {} {}\n", used.0, self.boot));
            let _ = write(&mut file, mark.as_deref().unwrap_or_default());
            if mark.is_none() {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// How much was used of a device that is under quarantine, before it was.
    fn quarantine(&self, line: &str) -> Option<Bytes> {
        let mut words = line.trim_matches([' ', '(', ')']).split(' ');
        let (is_one, used, boot) = (words.next()? == QUARANTINE, words.next()?.parse().ok()?, words.next()?);
        (is_one && boot == self.boot).then_some(Bytes(used))
    }
}

impl Drop for DeviceLocks {
    fn drop(&mut self) {
        self.release(None);
    }
}

/// Takes the lock at `path`, if nobody has it.
fn taken(path: &Path) -> Result<File, Passed> {
    let unlockable = |error: io::Error| Passed::Unlockable { why: format!("lock {}: {error}", path.display()) };
    for _ in 0..TRIES {
        let mut file = open(path).map_err(unlockable)?;
        match file.try_lock() {
            Ok(()) if is_at(&file, path) => return Ok(file),
            // It was removed, and may be another one by now.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Passed::Held { holder: holder(&mut file) }),
            Err(TryLockError::Error(error)) => return Err(unlockable(error)),
        }
    }
    Err(unlockable(ErrorKind::NotFound.into()))
}

/// Opens the file, or makes it. One that another user has made is not opened by a call that could make it: in a folder for everybody kernels
/// refuse that.
fn open(path: &Path) -> io::Result<File> {
    let with = |options: &mut OpenOptions| options.read(true).custom_flags(O_NOFOLLOW).open(path);
    let there = with(OpenOptions::new().write(true)).or_else(|error| match error.kind() {
        ErrorKind::PermissionDenied => with(&mut OpenOptions::new()),
        _ => Err(error),
    });
    let file = match there {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            match with(OpenOptions::new().write(true).create_new(true).mode(0o666)) {
                Ok(file) => {
                    file.set_permissions(Permissions::from_mode(0o666))?;
                    file
                }
                // Somebody was faster.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => with(OpenOptions::new().write(true))?,
                Err(error) => return Err(error),
            }
        }
        other => other?,
    };
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no file")) }
}

/// What a UUID may hold besides is no part of a file's name.
fn name(uuid: &str) -> String {
    let plain: String = uuid.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("carillon-gpu-{plain}.lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(uuid: &str, used: u64) -> Device {
        let uuid = uuid.to_owned();
        Device { name: "a".to_owned(), uuid, total: 1 << 34, used: Some(used << 20), is_open: true, processes: None }
    }

    fn uuid(of: Option<Device>) -> Option<String> {
        of.map(|device| device.uuid)
    }

    #[test]
    fn a_device_that_another_run_has_is_passed_over_in_either_folder() {
        let (own, common) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let both = || DeviceLocks::within(vec![own.path().to_owned(), common.path().to_owned()]);
        let mut of_cron = DeviceLocks::within(vec![common.path().to_owned()]);
        let mut first = both();
        let all = || vec![device("GPU-1", 5), device("GPU-2", 5)];
        assert_eq!(uuid(first.take_first(all()).0).as_deref(), Some("GPU-1"));
        for other in [&mut both(), &mut of_cron] {
            let (found, passed) = other.take_first(all());
            assert_eq!(uuid(found).as_deref(), Some("GPU-2"));
            let Passed::Held { holder } = &passed[0].1 else { panic!("{passed:?}") };
            assert!(holder.contains(&format!("process {}", std::process::id())), "{holder}");
            other.release(None);
        }
        first.release(None);
        assert_eq!(uuid(of_cron.take_first(all()).0).as_deref(), Some("GPU-1"), "a lock that is let go of is free");
    }

    #[test]
    fn a_quarantine_holds_until_the_memory_is_back_or_the_machine_is_started_anew() {
        let folder = tempfile::tempdir().unwrap();
        let locks = || DeviceLocks::within(vec![folder.path().to_owned()]);
        let mut first = locks();
        first.take_first(vec![device("GPU-1", 100)]);
        first.release(Some(Bytes::mib(100)));
        let (found, passed) = locks().take_first(vec![device("GPU-1", 900)]);
        assert_eq!((uuid(found), &passed[0].1), (None, &Passed::Quarantined));
        let mut after = locks();
        after.boot = "another".to_owned();
        assert!(after.take_first(vec![device("GPU-1", 900)]).0.is_some(), "another start of the machine");
        after.release(Some(Bytes::mib(100)));
        let mut cured = locks();
        assert!(cured.take_first(vec![device("GPU-1", 120)]).0.is_some(), "its memory is back");
        cured.release(None);
        assert!(locks().take_first(vec![device("GPU-1", 900)]).0.is_some(), "what was lifted stays so");
    }

    #[test]
    fn the_lock_is_for_everybody_and_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let locks = || DeviceLocks::within(vec![folder.path().to_owned()]);
        let path = folder.path().join("carillon-gpu-GPU-1x.lock");
        let mut first = locks();
        first.take_first(vec![device("GPU-1/../x", 0)]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o666);
        drop(first);
        assert!(!path.exists(), "nothing is left of it");
        let precious = folder.path().join("precious");
        fs::write(&precious, "words").unwrap();
        std::os::unix::fs::symlink(&precious, folder.path().join("carillon-gpu-GPU-2.lock")).unwrap();
        let (found, passed) = locks().take_first(vec![device("GPU-2", 0)]);
        assert!(found.is_none() && matches!(passed[0].1, Passed::Unlockable { .. }), "{passed:?}");
        assert_eq!(fs::read_to_string(precious).unwrap(), "words");
    }
}
