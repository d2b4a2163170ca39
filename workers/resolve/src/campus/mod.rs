//! Repair and polish of a campus.
//!
//! It is another search than that of the competition's instances: a university has thousands of classes and a handful of
//! violations among them, each of which is about people who are elsewhere. So the operators work around a class in violation, and
//! look at all of its starts at once. The crew, the learned selection, checkpoints and relief are the same.

mod actions;
mod board;
mod burden;
mod features;
mod operators;
mod outcome;
#[cfg(test)]
mod stage_tests;
mod steps;
pub(crate) mod stream;
#[cfg(test)]
pub(crate) mod testing;

use search::GridError;
use search::campus::{Problem, State};
use shared::model::{Cost, Instance, Timetable};
use shared::wire::Failure;
use shared::worker::Context;

use crate::improve::{Improved, improve};
use crate::settings::Settings;
use crate::{HARD_WEIGHT, refused};

pub(crate) use outcome::choose;
use stream::Stream;

/// Improves a timetable of a campus.
pub(crate) fn resolve(
    context: &Context,
    instance: &Instance,
    (input, before): (&Timetable, Cost),
    settings: &Settings,
) -> Result<Improved, Failure> {
    let problem = problem(instance).map_err(|error| refused(&error))?;
    let start = State::new(&problem, input);
    Ok(improve::<Stream<'_>>(context, &problem, start, before, settings, context.key()?))
}

/// The compiled campus with the weights of the stage.
pub(crate) fn problem(instance: &Instance) -> Result<Problem, GridError> {
    Problem::new(instance, HARD_WEIGHT)
}
