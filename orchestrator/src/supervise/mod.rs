//! One worker: starting it, hearing it, ending it, and judging how it ended. What follows is decided in `dispatch`.

mod attempt;
mod enclosure;
mod leftovers;
mod log;
mod mark;
mod outcome;
mod spawn;
mod strays;
mod sweep;

pub use attempt::{Attempt, Key, MAIL_MAX, Mail, SpawnError};
pub use enclosure::{Enclosure, EnclosureError, Enforce, Enforcement, Pen, Pens, Swept};
pub use leftovers::{Leftover, end_leftovers};
pub use outcome::{Death, Outcome};
pub use spawn::Programs;
pub use strays::{Stray, Strays};
pub use sweep::Inherited;
