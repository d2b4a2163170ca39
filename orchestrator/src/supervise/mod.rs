//! One worker: starting it, hearing it, ending it, and judging how it ended. What follows is decided in `dispatch`.

mod outcome;

pub use outcome::{Death, Outcome};
