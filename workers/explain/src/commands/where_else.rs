//! `carillon where RUN EVENT`: where else the meetings of an event could be, and what that would change.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use shared::ids::{ClassId, CourseId};
use shared::model::Placement;

use super::meeting::{Counted, Event, Spot};
use super::table::aligned;
use super::{answered, count};
use crate::case::Case;
use crate::error::ExplainError;
use crate::ground::Ground;
use crate::options::{Choice, options};

/// List where else an event could be, and what that would change
#[derive(Args, Clone, Debug)]
pub struct WhereArgs {
    /// The directory of a run, or the folder of an instance's runs, whose latest is meant
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// An event, or a course, with all that belongs to it
    #[arg(value_name = "EVENT")]
    pub event: String,
    /// The most places that are listed for each meeting
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    schema: &'static str,
    run: PathBuf,
    events: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    event: Event,
    meetings: Vec<Meeting>,
}

#[derive(Debug, Serialize)]
struct Meeting {
    /// From 1.
    #[serde(rename = "meeting")]
    number: usize,
    now: Option<Spot>,
    /// Whether there is a free place without a violation.
    is_movable: bool,
    places: Vec<Place>,
    /// Places that are not listed.
    more: usize,
}

#[derive(Debug, Serialize)]
struct Place {
    #[serde(flatten)]
    spot: Spot,
    /// How many more violations there would be, missing meetings included.
    violations: i64,
    cost: i64,
    changes: Vec<Counted>,
}

/// Lists them.
///
/// Exit codes: 0 listed, 65 there is no such event or a file of the run cannot be understood, 66 there is no run with a timetable, 74
/// reading failed.
pub fn where_else(args: &WhereArgs) -> ExitCode {
    answered(answer(args), args.json, told)
}

fn answer(args: &WhereArgs) -> Result<Answer, ExplainError> {
    let case = Case::read(&args.run)?;
    let courses = case.courses(&args.event)?;
    let ground = Ground::of(&case.instance);
    let listed = |course: CourseId| Listed {
        event: Event::of(&case, &ground, course),
        meetings: case
            .meetings(course)
            .into_iter()
            .map(|(number, class, now)| meeting(&case, &ground, (number, class, now), args.limit as usize))
            .collect(),
    };
    let events = courses.into_iter().map(listed).collect();
    Ok(Answer { schema: "carillon.where/1", run: case.run.clone(), events })
}

fn meeting(
    case: &Case,
    ground: &Ground<'_>,
    (number, class, now): (usize, ClassId, Option<Placement>),
    limit: usize,
) -> Meeting {
    let choices = options(case, ground, class);
    let place = |choice: &Choice| Place {
        spot: Spot::of(case, ground, choice.at),
        violations: choice.violations,
        cost: choice.cost,
        changes: Counted::of(&choice.changes),
    };
    Meeting {
        number,
        now: now.map(|at| Spot::of(case, ground, at)),
        is_movable: choices.iter().any(|choice| choice.is_free),
        places: choices.iter().take(limit).map(place).collect(),
        more: choices.len().saturating_sub(limit),
    }
}

fn told(answer: &Answer) -> String {
    let mut text = String::new();
    for listed in &answer.events {
        text += &listed.event.headline();
        for meeting in &listed.meetings {
            text += &meeting.told();
        }
    }
    text
}

impl Meeting {
    fn told(&self) -> String {
        let now = self.now.as_ref().map_or_else(|| "without a place".to_owned(), |spot| format!("now {}", spot.told()));
        let mut text = format!("\nmeeting {}, {now}\n", self.number);
        if self.places.is_empty() {
            return text + "  no room is free at any other time\n";
        }
        if !self.is_movable {
            text += "  no free place is without a violation; those with the fewest:\n";
        }
        let mut rows = vec![["violations", "cost", "place", ""].map(str::to_owned).to_vec()];
        rows.extend(self.places.iter().map(|place| {
            let spot = place.spot.told();
            vec![format!("{:+}", place.violations), format!("{:+}", place.cost), spot, Counted::told(&place.changes)]
        }));
        text += &aligned(&rows, &[0, 1]);
        if self.more > 0 {
            let _ = writeln!(text, "  and {}; --limit N lists more", count(self.more, "more place"));
        }
        text
    }
}
