//! What is to be done, in which order, with how much time. Nothing here runs anything.

mod graph;
mod shares;
mod work;

pub use graph::{Graph, JobId};
pub use shares::{Shares, slice};
pub use work::{INSTANCE, PARTITION, Work};
