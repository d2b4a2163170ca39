//! Makes campus folders of any size: cohorts, sections, students, teachers and rooms as a university has them, with a timetable
//! planted in them that breaks no hard rule. So an instance of any difficulty is known to be feasible.
//!
//! ```text
//! shape ─► cohorts ─► sections ─► rooms ─► plant ─► enrol ─► staff ─► events, rules ─► sheets
//! how large  who is    what is    where    when     who       who      what else is      text
//!            there     taught                       chooses   teaches  asked
//! ```
//!
//! Each step takes what the ones before it made and respects it. The same shape and seed give the same bytes everywhere: integers
//! only, and a stream of randomness for each step. Nothing here searches, and nothing reads a folder.

mod cohorts;
mod enrol;
mod events;
mod names;
mod plant;
mod random;
mod rooms;
mod rules;
mod sections;
mod shape;
mod sheets;
mod staff;
mod week;

use std::fmt;

use cohorts::Intake;
use enrol::Enrolments;
use events::Event;
use random::Random;
use rooms::Rooms;
use rules::Rule;
use sections::Section;
use shape::Shape;
use staff::Teacher;

pub use shape::Preset;
pub(crate) use shape::{Knobs, ShapeError};

/// Why there is no such campus. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum GenerateError {
    /// It is said to be too full.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// It turned out to have too few rooms.
    #[error(transparent)]
    Time(#[from] plant::NoTime),
    /// It turned out to have too few teachers.
    #[error(transparent)]
    Teacher(#[from] staff::NoTeacher),
}

/// A campus, and the timetable that is planted in it.
#[derive(Debug)]
pub(crate) struct Campus {
    shape: Shape,
    intake: Intake,
    rooms: Rooms,
    teachers: Vec<Teacher>,
    sections: Vec<Section>,
    enrolments: Enrolments,
    events: Vec<Event>,
    rules: Vec<Rule>,
}

/// Makes the campus of a preset and of what was said to change it.
pub(crate) fn campus(preset: Preset, knobs: &Knobs) -> Result<Campus, GenerateError> {
    let shape = Shape::new(preset, knobs)?;
    let intake = cohorts::intake(&shape);
    let mut sections = sections::sections(&shape, &intake);
    let mut rooms = Rooms::for_sections(&shape, &sections);
    plant::plant(&shape, &intake, &mut rooms, &mut sections)?;
    rooms.close_some(shape.week, &mut Random::new(shape.seed, 10));
    let enrolments = enrol::enrol(&shape, &intake, &mut sections);
    let teachers = staff::staff(&shape, &mut sections)?;
    let events = events::events(&shape, &sections, &rooms);
    let rules = rules::rules(&shape, &sections, &events);
    Ok(Campus { shape, intake, rooms, teachers, sections, enrolments, events, rules })
}

impl Campus {
    /// The files of the folder.
    pub(crate) fn folder(&self) -> Vec<(&'static str, Vec<u8>)> {
        sheets::folder(self)
    }

    /// The planted timetable as `timetable.csv`.
    pub(crate) fn plan(&self) -> Vec<u8> {
        sheets::plan(self)
    }
}

impl fmt::Display for Campus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meetings = || self.events.iter().flat_map(|event| &event.planted);
        let taught: usize = meetings().map(|meeting| meeting.periods).sum();
        let enrolled: usize = self.enrolments.iter().map(Vec::len).sum();
        let permille = taught * 1000 / (self.rooms.all.len() * self.shape.week.slots());
        write!(
            out,
            "{} sections · {} events · {} meetings · {} students · {enrolled} enrolments · {} groups · {} teachers · {} rooms, {}.{} % used",
            self.sections.len(),
            self.events.len(),
            meetings().count(),
            self.enrolments.len(),
            self.intake.cohorts.len() + self.intake.blocks.len(),
            self.teachers.len(),
            self.rooms.all.len(),
            permille / 10,
            permille % 10,
        )
    }
}
