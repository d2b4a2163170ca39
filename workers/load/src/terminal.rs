//! Where text for people goes. A reader that has gone away (`| head`) is no reason to fail.

use std::io::{self, Write as _};

/// Writes to standard output, which carries the answer.
pub(crate) fn out(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Writes to standard error, which carries the story.
pub(crate) fn err(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
