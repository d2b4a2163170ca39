//! Locks that keep two runs apart. It is the lock that counts (`flock`), not the file: the kernel gives it back when the process
//! that took it ends, however it ends, and no worker inherits it. The text in the file only says who that is; whatever an
//! earlier run has left there, be it empty or the number of a process that is another one by now, keeps nobody out.

use std::cell::Cell;
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::Duration;

use nix::libc::O_NOFOLLOW;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::{StoreError, io_error};
use crate::clock::utc_stamp;

/// What is read of a lock file to say who holds it.
const HOLDER_BYTES_MAX: u64 = 200;

/// How long a run waits for others before it begins, and to whom it says so.
pub struct Turn<'a> {
    until: Option<Instant>,
    is_told: Cell<bool>,
    tell: &'a dyn Fn(String),
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Turn").field("until", &self.until).finish_non_exhaustive()
    }
}

impl<'a> Turn<'a> {
    /// Waits no longer than `longest` for all locks together, and not at all where there is none. What is waited for is said
    /// once, to `tell`.
    pub fn new(longest: Option<Duration>, tell: &'a dyn Fn(String)) -> Self {
        Self { until: longest.map(|longest| Instant::now() + longest), is_told: Cell::new(false), tell }
    }

    fn tell_once(&self, path: &Path, holder: &str) {
        if !self.is_told.replace(true) {
            (self.tell)(format!("another run is using {}{holder}: waiting for its end", path.display()));
        }
    }
}

/// Takes the lock at `path`, when it is our turn.
pub(super) async fn take(path: &Path, turn: &Turn<'_>) -> Result<File, StoreError> {
    loop {
        let mut file = open(path)?;
        let mut is_ours = try_take(&file, path)?;
        if let (false, Some(until)) = (is_ours, turn.until) {
            turn.tell_once(path, &holder(&mut file));
            (file, is_ours) = wait(file, path, until).await?;
        }
        if !is_ours {
            return Err(StoreError::Locked { path: path.to_owned(), holder: holder(&mut file) });
        }
        // Whoever held it may have removed it, and a third one may have made another: that one counts.
        if is_at(&file, path) {
            sign(&mut file).map_err(io_error("write", path))?;
            return Ok(file);
        }
    }
}

/// Takes the lock at `path` if nobody has it.
pub(super) fn take_if_free(path: &Path) -> Result<Option<File>, StoreError> {
    let file = open(path)?;
    Ok(try_take(&file, path)?.then_some(file))
}

fn open(path: &Path) -> Result<File, StoreError> {
    // A link here could lead anywhere, and what it leads to would be written over.
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o640).to_owned();
    options.clone().custom_flags(O_NOFOLLOW).open(path).map_err(io_error("open", path))
}

fn try_take(file: &File, path: &Path) -> Result<bool, StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(source)) => Err(io_error("lock", path)(source)),
    }
}

/// Waits until nobody else has it, or the time has come. The kernel wakes a thread that does nothing else; one that waits in
/// vain ends with the process.
async fn wait(file: File, path: &Path, until: Instant) -> Result<(File, bool), StoreError> {
    let again = file.try_clone().map_err(io_error("open", path))?;
    let (done, taken) = oneshot::channel();
    let wait = move || drop(done.send(lock(&file).map(|()| file)));
    thread::Builder::new().name("lock".to_owned()).spawn(wait).map_err(io_error("lock", path))?;
    match timeout_at(until, taken).await {
        Ok(Ok(taken)) => Ok((taken.map_err(io_error("lock", path))?, true)),
        Ok(Err(_)) | Err(_) => Ok((again, false)),
    }
}

fn lock(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            taken => return taken,
        }
    }
}

/// Whether a file still lies at its path.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    let of = |found: fs::Metadata| (found.dev(), found.ino());
    file.metadata().ok().map(of) == fs::symlink_metadata(path).ok().map(of)
}

/// Who has it, in brackets, as far as the file says so.
pub(super) fn holder(file: &mut File) -> String {
    let mut text = Vec::new();
    let _ = file.rewind().and_then(|()| file.take(HOLDER_BYTES_MAX).read_to_end(&mut text));
    let text = String::from_utf8_lossy(&text).replace(|c: char| c.is_control(), " ");
    if text.trim().is_empty() { String::new() } else { format!(" ({})", text.trim()) }
}

/// Says who has it.
pub(super) fn sign(file: &mut File) -> io::Result<()> {
    write(file, &format!("process {} since {}\n", std::process::id(), utc_stamp()))
}

/// Lets the file say nothing but that.
pub(super) fn write(file: &mut File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Turn<'static> {
        Turn::new(None, &|_| {})
    }

    #[tokio::test]
    async fn what_an_earlier_run_has_left_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let own = format!("process {} since 19700101T000000Z", std::process::id());
        for left in ["", "process 1 since 20260101T000000Z\n", "\0\u{1b}[31m no text", &own] {
            fs::write(&path, left).unwrap();
            let file = take(&path, &now()).await.unwrap();
            assert!(matches!(take(&path, &now()).await, Err(StoreError::Locked { .. })), "{left:?}");
            drop(file);
        }
    }

    #[tokio::test]
    async fn a_lock_is_waited_for_until_it_is_free_or_time_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = take(&path, &now()).await.unwrap();
        let told = std::cell::RefCell::new(Vec::new());
        let tell = |words| told.borrow_mut().push(words);
        let error = take(&path, &Turn::new(Some(Duration::from_millis(1)), &tell)).await.unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        let turn = Turn::new(Some(Duration::from_secs(90)), &tell);
        let (second, ()) = tokio::join!(take(&path, &turn), async { drop(first) });
        second.unwrap();
        assert_eq!(told.borrow().len(), 2, "once for each turn: {:?}", told.borrow());
    }

    #[tokio::test]
    async fn a_lock_that_was_removed_meanwhile_is_not_the_lock_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = take(&path, &now()).await.unwrap();
        let turn = Turn::new(Some(Duration::from_secs(90)), &|_| {});
        let free = async {
            fs::remove_file(&path).unwrap();
            drop(first);
        };
        let (second, ()) = tokio::join!(take(&path, &turn), free);
        assert!(is_at(&second.unwrap(), &path));
    }

    #[tokio::test]
    async fn a_link_in_place_of_a_lock_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        fs::write(&precious, "words").unwrap();
        std::os::unix::fs::symlink(&precious, folder.path().join("lock")).unwrap();
        assert!(take(&folder.path().join("lock"), &now()).await.is_err());
        assert_eq!(fs::read_to_string(precious).unwrap(), "words");
    }
}
