//! What may become of a sealed file, though nobody should touch it. Used by the unruly worker in the midst of a run and by the
//! tests between two.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

/// Breaks the promise that a sealed file never changes, in the way that `how` says.
pub(crate) fn damage(path: &Path, how: &str) {
    match how {
        "flip" => flip_a_bit(path),
        "cut" => rewrite(path, |bytes| bytes.truncate(bytes.len() / 2)),
        "empty" => rewrite(path, Vec::clear),
        "other" => rewrite(path, |bytes| *bytes = another_beside(path)),
        _ => {
            fs::remove_file(path).expect("it is ours");
            replace(path, how);
        }
    }
}

/// Puts something in its place that is no file.
fn replace(path: &Path, how: &str) {
    match how {
        "gone" => {}
        "folder" => fs::create_dir(path).expect("its place is free"),
        "full-folder" => fs::create_dir_all(path.join("precious")).expect("its place is free"),
        "loop" => symlink(path, path).expect("its place is free"),
        "nowhere" => symlink("/there/is/no/such/file", path).expect("its place is free"),
        "device" => symlink("/dev/zero", path).expect("its place is free"),
        "pipe" => mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR).expect("its place is free"),
        other => panic!("{other:?} is no damage"),
    }
}

/// The last byte belongs to a column, whatever the kind.
fn flip_a_bit(path: &Path) {
    rewrite(path, |bytes| *bytes.last_mut().expect("an artifact is never empty") ^= 1);
}

fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("it was sealed");
    change(&mut bytes);
    fs::set_permissions(path, Permissions::from_mode(0o640)).expect("it is ours");
    fs::write(path, bytes).expect("there is room");
    fs::set_permissions(path, Permissions::from_mode(0o440)).expect("it is ours");
}

/// A sound artifact, but not that one.
fn another_beside(path: &Path) -> Vec<u8> {
    let instance = path.with_file_name("instance.art");
    let other = if instance == path { path.with_file_name("partition-0.art") } else { instance };
    fs::read(other).unwrap_or_else(|_| b"no artifact at all".to_vec())
}
