//! The story of a run, for people and for programs. It finds the words for facts; it decides nothing and measures nothing.
//!
//! ```text
//! text       facts → lines            run.log, stderr
//! json       facts → objects          events.jsonl
//! attempts   one row an attempt       attempts.tsv
//! gains      what each stage has brought
//! trace      the best so far          trace.tsv
//! memory     who held how much        memory.tsv
//! metrics    what it came to, as figures  --metrics
//! result     the ending               result.json
//! ```

mod attempts;
mod gains;
mod json;
mod memory;
mod metrics;
mod reporter;
mod result;
mod sink;
mod terminal;
mod text;
mod trace;

pub use reporter::Reporter;
pub use sink::ReportError;
pub use terminal::Terminal;
pub use text::{Line, Tone};
