//! What would help: one demand given up, tried with all others kept. Nothing is applied.

use std::collections::BTreeMap;

use shared::ids::{CourseId, PeriodId};
use shared::model::{Timetable, cost};
use solve::{Finding, Inquiry, Var};

use crate::case::Case;
use crate::conflict::forbidden;
use crate::demand::Demand;
use crate::ground::Ground;
use crate::puzzle::Puzzle;
use crate::seat::seated;

/// So many remedies are told.
const REMEDIES: usize = 3;
/// So many demands are tried.
const TRIED: usize = 8;
/// Work for each.
const WORK: u64 = 600_000;

/// One of them.
#[derive(Debug)]
pub(crate) struct Remedy {
    pub(crate) demand: Demand,
    /// Where somebody who is away would be needed.
    pub(crate) starts: Vec<PeriodId>,
    /// What that makes of the whole timetable, if all of it was looked at.
    pub(crate) bought: Option<Bought>,
}

/// A timetable that was found, against the one that there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bought {
    pub(crate) violations_before: u64,
    /// Without those of the demand that was given up.
    pub(crate) violations_after: u64,
    /// Meetings that have a place and get another one.
    pub(crate) moved: usize,
}

/// The remedies that ask least, of a contradiction among the events of a puzzle: one of each person.
pub(crate) fn remedies(case: &Case, ground: &Ground<'_>, demands: &[Demand], puzzle: &Puzzle) -> Vec<Remedy> {
    let all: Vec<CourseId> = case.instance.courses().collect();
    let is_whole = puzzle.starts.len() == all.len();
    let fits = all.len() * case.instance.period_count() <= crate::conflict::STARTS_MOST;
    let whole = (!is_whole && fits).then(|| Puzzle::of(case, ground, &all));
    let mut tried: Vec<(usize, &Demand)> =
        demands.iter().filter_map(|demand| Some((demand.price(ground)?, demand))).collect();
    tried.sort();
    let remedy = |(_, demand): &(usize, &Demand)| {
        let found = whole.as_ref().and_then(|whole| tried_in(case, ground, whole, demand));
        found.or_else(|| tried_in(case, ground, puzzle, demand))
    };
    let mut found: Vec<Remedy> = tried.iter().take(TRIED).filter_map(remedy).collect();
    found.sort_by_key(|remedy| (remedy.demand.price(ground), remedy.bought.map(|bought| bought.moved)));
    let mut told: Vec<Remedy> = Vec::new();
    for remedy in found {
        // Another day of the same person is the same advice.
        if !told.iter().any(|known| known.demand.is_like(&remedy.demand)) {
            told.push(remedy);
        }
    }
    told.truncate(REMEDIES);
    told
}

/// Whether all other demands of a puzzle can be met.
fn tried_in(case: &Case, ground: &Ground<'_>, puzzle: &Puzzle, demand: &Demand) -> Option<Remedy> {
    let others: Vec<Var> = puzzle.demands.iter().filter(|(other, _)| *other != demand).map(|(_, var)| *var).collect();
    let mut inquiry = Inquiry::of(&puzzle.model);
    inquiry.prefer(&puzzle.values(case));
    let Finding::Possible(values) = inquiry.ask(&others, &mut WORK.clone()) else { return None };
    let chosen = puzzle.chosen(&values);
    let all = chosen.iter().flat_map(|(course, starts)| starts.iter().map(move |start| (*course, *start)));
    let mut starts: Vec<PeriodId> = all
        .filter(|(course, start)| forbidden(ground, demand, *course, *start))
        .flat_map(|(course, start)| ground.periods(course, start).map(|period| PeriodId(period as u32)))
        .filter(|period| forbidden_period(ground, demand, *period))
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let is_whole = puzzle.starts.len() == case.instance.course_count();
    let bought = is_whole.then(|| bought(case, ground, &chosen, Some(demand)));
    Some(Remedy { demand: demand.clone(), starts, bought })
}

/// Whether that is one of the periods in which somebody is away, and not only a part of a class that meets one.
fn forbidden_period(ground: &Ground<'_>, demand: &Demand, period: PeriodId) -> bool {
    let Demand::Away { who, .. } = demand else { return false };
    ground.is_away(*who, period)
}

/// What a choice of starts makes of the timetable, a demand being given up.
pub(crate) fn bought(
    case: &Case,
    ground: &Ground<'_>,
    chosen: &BTreeMap<CourseId, Vec<PeriodId>>,
    given_up: Option<&Demand>,
) -> Bought {
    let after = seated(case, ground, chosen, matches!(given_up, Some(Demand::Rooms(_))));
    let counted = |timetable: &Timetable| cost::recount(&case.instance, timetable);
    let (old, new) = (counted(&case.timetable), counted(&after));
    let rules = given_up.map_or(&[][..], Demand::rules);
    let of = |counted: &cost::Components| -> u64 {
        counted.hard().filter(|(rule, _)| rules.contains(rule)).map(|(_, count)| count).sum()
    };
    // All else is met: what there is of these rules comes from what was given up.
    let forgiven = of(&new);
    let placed = case.timetable.placements().iter().zip(after.placements());
    let moved = placed
        .filter(|(before, after)| before.is_some_and(|before| after.is_none_or(|after| after.period != before.period)));
    Bought {
        violations_before: old.cost().violations(),
        violations_after: new.cost().violations() - forgiven,
        moved: moved.count(),
    }
}
