//! The story of a run, for people and for programs. It finds the words for facts; it decides nothing and measures nothing.
//!
//! ```text
//! text       facts → lines            run.log, stderr; line is what they have in common
//! json       facts → objects          events.jsonl
//! attempts   one row an attempt       attempts.tsv
//! ending     the last lines, in words
//! gains      what each stage has brought
//! trace      the best so far          trace.tsv
//! view       how far the run is, in one line; columns makes it fit, looks says whether anybody sees it
//! journald   the lines as entries of systemd's journal
//! stream     the objects as they come  --output events
//! memory     who held how much        memory.tsv
//! metrics    what it came to, as figures  --metrics
//! result     the ending               result.json
//! ```

mod attempts;
mod columns;
mod device;
mod ending;
mod gains;
mod journald;
mod json;
mod line;
mod looks;
mod memory;
mod metrics;
mod reporter;
mod result;
mod sink;
mod stream;
mod terminal;
mod text;
mod trace;
mod view;

pub(crate) use journald::SOCKET as JOURNALD;
pub use line::{Line, Tone};
pub use reporter::Reporter;
pub use terminal::Terminal;
