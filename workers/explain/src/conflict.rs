//! Whether the demands around an event can all be met, and if not, a few of them that stand against each other: all are needed for that.
//!
//! More and more events are looked at, from the event alone to the whole instance. What is impossible among some events is impossible
//! among all. A contradiction is shrunk by leaving out one demand after the other, and then asked about anew, by an engine that has
//! learnt nothing: together impossible, possible without any one of them. Nothing else is said to be proven.

use shared::ids::{CourseId, Id as _, PeriodId, RoomId};
use solve::{Finding, Inquiry, Var};

use crate::case::Case;
use crate::demand::Demand;
use crate::ground::{Ground, Tie};
use crate::puzzle::Puzzle;

/// Starts of all events that a model may hold; more would take minutes.
pub(crate) const STARTS_MOST: usize = 12_000;
/// Work for the question whether the events of a circle fit together, and for all that follows from the answer. A unit takes some
/// microseconds.
const CIRCLE_WORK: u64 = 800_000;
const SHRINK_WORK: u64 = 1_500_000;

/// What is found.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// These stand against each other, in a model of some events around this one.
    Impossible { demands: Vec<Demand>, puzzle: Puzzle },
    /// The whole instance is possible as far as rooms can be counted, with these values.
    Possible { puzzle: Puzzle, values: Vec<u32> },
    /// No contradiction was found among the events that were looked at, and not all were.
    NotFound,
    /// The work did not suffice.
    Unknown,
}

/// Looks at larger and larger circles of events.
pub(crate) fn look(case: &Case, ground: &Ground<'_>, course: CourseId) -> Verdict {
    let mut verdict = Verdict::NotFound;
    for circle in circles(case, ground, course) {
        let is_whole = circle.len() == case.instance.course_count();
        let puzzle = Puzzle::of(case, ground, &circle);
        let all: Vec<Var> = puzzle.demands.values().copied().collect();
        let mut inquiry = Inquiry::of(&puzzle.model);
        inquiry.prefer(&puzzle.values(case));
        let found = inquiry.ask(&all, &mut CIRCLE_WORK.clone());
        drop(inquiry);
        match found {
            Finding::Possible(values) if is_whole => return Verdict::Possible { puzzle, values },
            Finding::Possible(_) => {}
            Finding::Impossible(core) => {
                return match core_of(&puzzle, core, course) {
                    Some(demands) => Verdict::Impossible { demands, puzzle },
                    None => Verdict::Unknown,
                };
            }
            Finding::Unknown => verdict = Verdict::Unknown,
        }
    }
    verdict
}

/// The event alone; with those of its teachers; with all that must not be at the same time; with those that need its rooms; and all.
fn circles(case: &Case, ground: &Ground<'_>, course: CourseId) -> Vec<Vec<CourseId>> {
    let ties = ground.ties(course);
    let of = |is_in: &dyn Fn(CourseId) -> bool| -> Vec<CourseId> {
        case.instance.courses().filter(|other| *other == course || is_in(*other)).collect()
    };
    let rooms = || (0..case.instance.room_count()).map(RoomId::new);
    let is_rival = |other: CourseId| rooms().all(|room| !ground.suits(other, room) || ground.suits(course, room));
    let tie = |other: CourseId| ties[other.index()];
    let mut circles = vec![
        of(&|_| false),
        of(&|other| matches!(tie(other), Some(Tie::Teacher(_)))),
        of(&|other| tie(other).is_some()),
        of(&|other| tie(other).is_some() || is_rival(other)),
        of(&|_| true),
    ];
    circles.dedup();
    circles.retain(|circle| circle.len() * case.instance.period_count() <= STARTS_MOST);
    circles
}

/// A contradiction of which nothing can be left out, if the work suffices to show that.
fn core_of(puzzle: &Puzzle, core: Vec<Var>, course: CourseId) -> Option<Vec<Demand>> {
    let mut work = SHRINK_WORK;
    let shrunk = shrunk(puzzle, core, course, &mut work)?;
    let is_impossible = |hold: &[Var], work: &mut u64| match Inquiry::of(&puzzle.model).ask(hold, work) {
        Finding::Impossible(_) => Some(true),
        Finding::Possible(_) => Some(false),
        Finding::Unknown => None,
    };
    let without = |left_out: &Var| shrunk.iter().filter(|var| *var != left_out).copied().collect::<Vec<Var>>();
    let mut is_proven = is_impossible(&shrunk, &mut work)?;
    for var in &shrunk {
        is_proven &= !is_impossible(&without(var), &mut work)?;
    }
    let demands = puzzle.demands.iter().filter(|(_, var)| shrunk.contains(var));
    is_proven.then(|| demands.map(|(demand, _)| demand.clone()).collect())
}

/// The same without whatever can be left out, one after the other; what the event itself demands is tried last.
fn shrunk(puzzle: &Puzzle, core: Vec<Var>, course: CourseId, work: &mut u64) -> Option<Vec<Var>> {
    let own = puzzle.demands.get(&Demand::Held(course));
    let mut inquiry = Inquiry::of(&puzzle.model);
    let (mut kept, mut open): (Vec<Var>, Vec<Var>) = (Vec::new(), core);
    open.sort_by_key(|var| (Some(var) != own, var.index()));
    while let Some(tried) = open.pop() {
        let hold: Vec<Var> = kept.iter().chain(&open).copied().collect();
        match inquiry.ask(&hold, work) {
            Finding::Impossible(core) => open.retain(|var| core.contains(var)),
            Finding::Possible(_) => kept.push(tried),
            Finding::Unknown => return None,
        }
    }
    Some(kept)
}

/// Starts of a course that a demand forbids.
pub(crate) fn forbidden(ground: &Ground<'_>, demand: &Demand, course: CourseId, start: PeriodId) -> bool {
    let Demand::Away { course: own, who, day } = demand else { return false };
    ground.instance.day_and_slot(start).0 == *day
        && own.is_none_or(|own| own == course)
        && ground.all_absent(course, start).contains(who)
}
