//! Artifacts: sealed files that a stage hands to the next one. Written once, synced, renamed into place, read-only ever
//! after; readers map them and take slices, nothing is decoded.
//!
//! ```text
//! offset  bytes  what (all integers little-endian)
//!      0      8  magic "CARILLON"
//!      8      2  format version
//!     10      2  kind
//!     12      4  number of columns, n
//!     16      4  bytes of the note, k (at most 64 KiB)
//!     20      4  zero
//!     24      8  length of the whole file
//!     32     16  producer key: hash of everything that the content depends on
//!     48      8  xxh3-64 of the body, which is everything from offset 64 + k + 24 n on
//!     56      8  xxh3-64 of bytes 0..56, of the note and of the column table
//!     64      k  the note: one coded record that the orchestrator may read, such as the fan-out table of a partition
//! 64 + k   24 n  column table: u32 column, u32 bytes of an element, u64 offset, u64 bytes
//!    ...         the columns, each from a multiple of 64 on, zero bytes between them
//! ```
//!
//! Columns hold fixed-width little-endian integers: no pointers, no `usize`, no padding. So any flipped bit is noticed when
//! a file is opened, by the header sum or by the body sum. A reader of another version refuses: it never guesses.

mod column;
mod error;
mod header;
mod kind;
#[expect(
    unsafe_code,
    reason = "a file map is the point of an artifact; the promise that makes it sound stands in the module"
)]
mod map;
mod reader;
mod writer;

pub use column::Column;
pub use error::ArtifactError;
pub use header::{ArtifactKey, FORMAT_VERSION, Header, NOTE_BYTES_MAX};
pub use kind::Kind;
pub use reader::Artifact;
pub use writer::{ArtifactWriter, partial_path};
