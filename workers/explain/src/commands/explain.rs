//! `carillon explain RUN EVENT`: where an event stands and why.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use shared::ids::{ClassId, CourseId};

use super::meeting::{Counted, Event, Spot};
use super::proof::Proof;
use super::table::aligned;
use super::{answered, count};
use crate::case::Case;
use crate::error::ExplainError;
use crate::funnel::{Funnel, funnel};
use crate::ground::Ground;
use crate::options::options;
use crate::scales::Scales;

/// Say why an event is where it is in a timetable, or nowhere
#[derive(Args, Clone, Debug)]
pub struct ExplainArgs {
    /// The directory of a run, or the folder of an instance's runs, whose latest is meant
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// An event, or a course, with all that belongs to it
    #[arg(value_name = "EVENT")]
    pub event: String,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// A meeting that is in no violation.
const FINE: u8 = 2;

#[derive(Debug, Serialize)]
struct Answer {
    schema: &'static str,
    run: PathBuf,
    /// Why no rows of the user's files are named, where none are.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_missing: Option<String>,
    events: Vec<Explained>,
}

#[derive(Debug, Serialize)]
struct Explained {
    #[serde(flatten)]
    event: Event,
    meetings: Vec<Meeting>,
    funnel: Funnel,
    /// Free places without a violation of the meeting that the funnel is about.
    free_places: usize,
    best: Option<Best>,
    /// Whether all that is demanded around it can be met, where it has no place or takes part in a violation, and no place is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Proof>,
}

#[derive(Debug, Serialize)]
struct Meeting {
    /// From 1.
    #[serde(rename = "meeting")]
    number: usize,
    now: Option<Spot>,
    /// What there would be less without it.
    takes_part: Vec<Counted>,
}

/// The best of the free places.
#[derive(Debug, Serialize)]
struct Best {
    #[serde(flatten)]
    spot: Spot,
    violations: i64,
    cost: i64,
}

/// Explains it.
///
/// Exit codes: 0 explained, 65 there is no such event or a file of the run cannot be understood, 66 there is no run with a timetable,
/// 74 reading failed.
pub fn explain(args: &ExplainArgs) -> ExitCode {
    answered(answer(args), args.json, told)
}

fn answer(args: &ExplainArgs) -> Result<Answer, ExplainError> {
    let case = Case::read(&args.run)?;
    let courses = case.courses(&args.event)?;
    let ground = Ground::of(&case.instance);
    let events = courses.into_iter().map(|course| explained(&case, &ground, course)).collect();
    let rows_missing = case.rows.missing.clone();
    Ok(Answer { schema: "carillon.explain/1", run: case.run.clone(), rows_missing, events })
}

fn explained(case: &Case, ground: &Ground<'_>, course: CourseId) -> Explained {
    let mut meetings = Vec::new();
    // The meeting that needs an explanation most: one without a place, or in a violation, or the first.
    let mut worst: Option<(u8, ClassId)> = None;
    for (number, class, now) in case.meetings(course) {
        let scales = Scales::of(case, ground, class);
        let takes_part: Vec<_> = scales.here().iter().filter(|change| change.by > 0).copied().collect();
        let rank = if now.is_none() { 0 } else { FINE - u8::from(takes_part.iter().any(|change| change.is_hard)) };
        if worst.is_none_or(|(known, _)| rank < known) {
            worst = Some((rank, class));
        }
        let now = now.map(|at| Spot::of(case, ground, at));
        meetings.push(Meeting { number, now, takes_part: Counted::of(&takes_part) });
    }
    let class = worst.map_or(ClassId(0), |(_, class)| class);
    let choices = options(case, ground, class);
    let best = choices.first().filter(|choice| choice.is_free).map(|choice| Best {
        spot: Spot::of(case, ground, choice.at),
        violations: choice.violations,
        cost: choice.cost,
    });
    let needs_proof = worst.is_some_and(|(rank, _)| rank < FINE) && best.is_none();
    let proof = needs_proof.then(|| Proof::of(case, ground, course));
    Explained {
        event: Event::of(case, ground, course),
        meetings,
        funnel: funnel(case, ground, class),
        free_places: choices.iter().filter(|choice| choice.is_free).count(),
        best,
        proof,
    }
}

fn told(answer: &Answer) -> String {
    let mut text: String = answer.events.iter().map(Explained::told).collect::<Vec<_>>().join("\n");
    if let Some(why) = &answer.rows_missing {
        let _ = writeln!(text, "\n{why}");
    }
    text
}

impl Explained {
    fn told(&self) -> String {
        let mut text = self.event.headline();
        let rows: Vec<Vec<String>> = self.meetings.iter().map(Meeting::row).collect();
        text += &aligned(&rows, &[]);
        text + &self.funnel_told() + &self.proof.as_ref().map_or_else(String::new, Proof::told)
    }

    fn funnel_told(&self) -> String {
        let funnel = &self.funnel;
        let mut text = format!("\nWhere meeting {} could be\n", funnel.meeting);
        let all = format!("{} × {}", count(funnel.periods, "period"), count(funnel.rooms, "room"));
        let mut rows = vec![vec![String::new(), all, funnel.places.to_string()]];
        rows.extend(
            funnel.steps.iter().map(|step| {
                vec!["-".to_owned(), step.reason.clone(), format!("-{}", step.places), step.rows.join(", ")]
            }),
        );
        let taken = funnel.left - funnel.untaken;
        rows.push(vec!["=".to_owned(), "left".to_owned(), funnel.left.to_string()]);
        if taken > 0 {
            rows.push(vec!["-".to_owned(), "taken by other events".to_owned(), format!("-{taken}")]);
        }
        if funnel.untaken > self.free_places {
            let broken = funnel.untaken - self.free_places;
            let words = "against a rule or the limit of a day";
            rows.push(vec!["-".to_owned(), words.to_owned(), format!("-{broken}")]);
        }
        rows.push(vec!["=".to_owned(), "free".to_owned(), self.free_places.to_string()]);
        text += &aligned(&rows, &[2]);
        text + &self.takers_told() + &self.best_told()
    }

    fn takers_told(&self) -> String {
        let funnel = &self.funnel;
        if funnel.takers.is_empty() {
            return String::new();
        }
        let mut rows: Vec<Vec<String>> = Vec::new();
        for taker in &funnel.takers {
            rows.push(vec![
                taker.event.clone(),
                format!("{} ×", taker.places),
                taker.needs.join(", "),
                taker.rows.join(", "),
            ]);
        }
        let mut text = "\nWho takes what is left\n".to_owned() + &aligned(&rows, &[1]);
        if funnel.more_takers > 0 {
            let _ = writeln!(text, "  and {}", count(funnel.more_takers, "other event"));
        }
        text
    }

    fn best_told(&self) -> String {
        match &self.best {
            Some(best) => format!(
                "\nIt could be on {} (violations {:+}, cost {:+}); `carillon where` lists all such places.\n",
                best.spot.told(),
                best.violations,
                best.cost
            ),
            None => "\nNo free place is without a violation while everything else stays where it is.\n".to_owned(),
        }
    }
}

impl Meeting {
    fn row(&self) -> Vec<String> {
        let place = self.now.as_ref().map_or_else(|| "no place".to_owned(), Spot::told);
        vec![format!("meeting {}", self.number), place, Counted::told(&self.takes_part)]
    }
}
