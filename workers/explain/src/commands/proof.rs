//! What `explain` says of an event that has no place, or breaks a rule: whether that has to be so, and what would help.

use std::fmt::Write as _;

use serde::Serialize;
use shared::ids::{CourseId, PeriodId};

use super::count;
use super::table::aligned;
use crate::case::Case;
use crate::conflict::{Verdict, look};
use crate::demand::{Demand, absent, rows_of};
use crate::ground::Ground;
use crate::remedy::{Bought, Remedy, bought, remedies};

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Proof {
    /// `impossible`, `possible` or `not proven`.
    verdict: &'static str,
    /// Demands that stand against each other: together impossible, possible without any one of them.
    demands: Vec<Row>,
    /// Whether the event is one of those demands.
    is_about_it: bool,
    remedies: Vec<Help>,
    /// A timetable that was found with nothing given up.
    found: Option<Found>,
    /// In a sentence, where nothing is proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Row {
    demand: String,
    rows: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Help {
    remedy: String,
    rows: Vec<String>,
    /// The whole timetable that was found with it.
    found: Option<Found>,
}

/// A timetable that was found.
#[derive(Clone, Copy, Debug, Serialize)]
struct Found {
    violations_now: u64,
    /// Without those of what was given up.
    violations_then: u64,
    /// Meetings that would be at another time.
    moved: usize,
}

impl From<Bought> for Found {
    fn from(bought: Bought) -> Self {
        let Bought { violations_before, violations_after, moved } = bought;
        Self { violations_now: violations_before, violations_then: violations_after, moved }
    }
}

impl Proof {
    pub(super) fn of(case: &Case, ground: &Ground<'_>, course: CourseId) -> Self {
        let plain = |verdict, why| Self {
            verdict,
            demands: Vec::new(),
            is_about_it: false,
            remedies: Vec::new(),
            found: None,
            why,
        };
        match look(case, ground, course) {
            Verdict::Impossible { demands, puzzle } => {
                let help = remedies(case, ground, &demands, &puzzle);
                Self {
                    demands: demands.chunk_by(Demand::is_like).map(|alike| Row::of(case, ground, alike)).collect(),
                    is_about_it: demands.contains(&Demand::Held(course)),
                    remedies: help.iter().map(|remedy| Help::of(case, ground, remedy)).collect(),
                    ..plain("impossible", None)
                }
            }
            Verdict::Possible { puzzle, values } => {
                let found = bought(case, ground, &puzzle.chosen(&values), None);
                Self { found: Some(found.into()), ..plain("possible", None) }
            }
            Verdict::NotFound => {
                plain("not proven", Some("nothing around it stands against it, and not all events were looked at"))
            }
            Verdict::Unknown => plain("not proven", Some("the work that is meant for it did not suffice")),
        }
    }

    pub(super) fn told(&self) -> String {
        match (self.verdict, self.found) {
            ("impossible", _) => self.impossible_told(),
            ("possible", Some(found)) if found.violations_then < found.violations_now => format!(
                "\nIt need not be so: a timetable was found with {} instead of {}, for which {}.\n\
                 A longer run may find one, too.\n",
                count(found.violations_then as usize, "violation"),
                found.violations_now,
                moves(found.moved)
            ),
            ("possible", _) => "\nNot proven impossible: as far as rooms can be counted, all that is demanded can be \
                                met at once.\nA longer run may place it.\n"
                .to_owned(),
            _ => format!("\nNot proven impossible: {}.\n", self.why.unwrap_or_default()),
        }
    }

    fn impossible_told(&self) -> String {
        let mut text = "\nProven: together these are impossible, and any one fewer is not\n".to_owned();
        let rows: Vec<Vec<String>> =
            self.demands.iter().map(|row| vec![row.demand.clone(), row.rows.join(", ")]).collect();
        text += &aligned(&rows, &[]);
        if !self.is_about_it {
            text += "\nThe event itself is not among them: it is one of those that give way.\n";
        }
        if self.remedies.is_empty() {
            return text + "\nNo single one of them was found to be enough to give up.\n";
        }
        text += "\nWhat would help, each tried and none applied\n";
        let rows = self.remedies.iter().map(|help| vec![help.remedy.clone(), help.bought(), help.rows.join(", ")]);
        text + &aligned(&rows.collect::<Vec<_>>(), &[])
    }
}

impl Row {
    /// The row for some absences of one person, or for one demand of another kind.
    fn of(case: &Case, ground: &Ground<'_>, alike: &[Demand]) -> Self {
        let mut demand = alike[0].told(case, ground);
        for other in &alike[1..] {
            if let Demand::Away { day, .. } = other {
                let _ = write!(demand, ", {}", ground.day(*day));
            }
        }
        Self { demand, rows: rows_of(case, alike) }
    }
}

impl Help {
    fn of(case: &Case, ground: &Ground<'_>, remedy: &Remedy) -> Self {
        Self {
            remedy: told(case, ground, remedy),
            rows: rows_of(case, std::slice::from_ref(&remedy.demand)),
            found: remedy.bought.map(Found::from),
        }
    }

    /// What it buys.
    fn bought(&self) -> String {
        self.found.map_or_else(
            || "these can be met then".to_owned(),
            |found| {
                let mut text = format!("violations {} → {}", found.violations_now, found.violations_then);
                let _ = write!(text, ", {}", moves(found.moved));
                text
            },
        )
    }
}

/// `no meeting moves`, `1 meeting moves`, `3 meetings move`.
fn moves(meetings: usize) -> String {
    match meetings {
        0 => "no meeting moves".to_owned(),
        1 => "1 meeting moves".to_owned(),
        _ => format!("{meetings} meetings move"),
    }
}

/// What to do, as a request.
fn told(case: &Case, ground: &Ground<'_>, remedy: &Remedy) -> String {
    let instance = &case.instance;
    match &remedy.demand {
        Demand::Away { course, who, day } => {
            let whom = absent(case, ground, *course, *who);
            let when = |period: &PeriodId| ground.when(*period);
            let when: Vec<String> = remedy.starts.iter().map(when).collect();
            let when = if when.is_empty() { ground.day(*day) } else { when.join(" and ") };
            format!("free {whom} on {when}")
        }
        Demand::Pin(class) => {
            let course = instance.class_courses()[shared::ids::Id::index(*class)];
            format!("unpin {}", instance.course_name(course))
        }
        Demand::Rule(_) => format!("drop the {}", remedy.demand.told(case, ground)),
        Demand::FullDay(teacher) => format!("let teacher {} have longer days", instance.teacher_name(*teacher)),
        Demand::Rooms(_) => "allow another room, or open one longer".to_owned(),
        Demand::Students(one, other) => {
            let [one, other] = [one, other].map(|course| instance.course_name(*course));
            format!("let {one} and {other} clash for their common students")
        }
        Demand::Group(group) => format!("let events of group {} clash", ground.group_name(*group)),
        Demand::Curriculum(number) => {
            format!("let lectures of curriculum {} clash", instance.curriculum_name(*number))
        }
        Demand::Held(_) | Demand::Teacher(_) => remedy.demand.told(case, ground),
    }
}
