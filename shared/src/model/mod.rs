//! The problem and its answers, as every stage sees them.
//!
//! The shape follows ITC-2019 (classes get a time and a room), narrowed to what curriculum-based course timetabling needs:
//! the times of a class are the periods of a weekly grid. All of it lies in flat columns with typed ids, so a mapped artifact
//! *is* the model.

pub mod campus;
pub mod cost;
pub mod homes;
pub mod instance;
pub mod partition;
pub mod timetable;

pub use campus::{Campus, CampusTables};
pub use cost::{Changes, Components, Cost, Formulation, Rule};
pub use homes::{ChangePrice, Home, HomeTables, Homes};
pub use instance::{Instance, InstanceTables};
pub use partition::{FanOut, Job, Partition};
pub use timetable::{Fragment, Ledger, Placement, Timetable};
