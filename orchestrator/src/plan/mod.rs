//! What is to be done, in which order, with how much time. Nothing here runs anything.

mod graph;
mod shares;
mod sweeps;
mod work;

pub use graph::{Graph, JobId};
pub use shares::{Shares, slice};
pub use sweeps::{Gain, is_worth_another};
pub use work::{INSTANCE, Work, partition};
