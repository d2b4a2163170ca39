//! The rows of `rules.csv`. Hard ones are looked for in the planted timetable: what is demanded there holds there.

use std::collections::BTreeSet;

use super::events::Event;
use super::random::Random;
use super::sections::Section;
use super::shape::Shape;

/// Of a thousand sections, how many rows there are of each hard kind at most, and how many soft rows there are.
const HARD_ROWS: usize = 8;
const SOFT_ROWS: usize = 12;
/// Of a thousand pairs of which a rule holds, those of which it is demanded.
const DEMANDED: u32 = 400;
/// The most that breaking a soft rule costs.
const WEIGHT_MAX: usize = 5;

/// What two events can have to do with one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SameTime,
    NotSameTime,
    SameDay,
    NotSameDay,
    SameRoom,
    Before,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::SameTime, Self::NotSameTime, Self::SameDay, Self::NotSameDay, Self::SameRoom, Self::Before];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::SameTime => "same-time",
            Self::NotSameTime => "not-same-time",
            Self::SameDay => "same-day",
            Self::NotSameDay => "not-same-day",
            Self::SameRoom => "same-room",
            Self::Before => "before",
        }
    }
}

/// A row. One without a weight is hard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) kind: Kind,
    pub(super) events: [usize; 2],
    pub(super) weight: Option<usize>,
}

pub(super) fn rules(shape: &Shape, sections: &[Section], events: &[Event]) -> Vec<Rule> {
    let mut random = Random::new(shape.seed, 9);
    let mut rules = Vec::new();
    let rows = |permille: usize| (sections.len() * permille).div_ceil(1000);
    let mut left = [rows(HARD_ROWS); Kind::ALL.len()];
    let mut pairs: Vec<usize> = (1..events.len()).collect();
    random.shuffle(&mut pairs);
    for second in pairs {
        let pair = [second - 1, second];
        let first_held =
            Kind::ALL.into_iter().find(|kind| left[*kind as usize] > 0 && is_apt(*kind, pair, sections, events, shape));
        if let Some(kind) = first_held.filter(|_| random.chance(DEMANDED)) {
            left[kind as usize] -= 1;
            rules.push(Rule { kind, events: pair, weight: None });
        }
    }
    for _ in 0..rows(SOFT_ROWS) {
        let first = random.below(events.len() - 1);
        let kind = Kind::ALL[random.below(Kind::ALL.len())];
        rules.push(Rule { kind, events: [first, first + 1], weight: Some(random.between(1, WEIGHT_MAX)) });
    }
    rules
}

/// Whether a rule makes sense for two events that stand beside one another in the sheet, and holds.
fn is_apt(kind: Kind, [first, second]: [usize; 2], sections: &[Section], events: &[Event], shape: &Shape) -> bool {
    let (first, second) = (&events[first], &events[second]);
    let is_one_section = first.section == second.section;
    let is_one_topic = sections[first.section].topic == sections[second.section].topic;
    let makes_sense = match kind {
        Kind::Before => is_one_section,
        Kind::SameTime | Kind::NotSameTime => is_one_topic && !is_one_section,
        Kind::SameDay | Kind::SameRoom => is_one_topic,
        Kind::NotSameDay => sections[first.section].department == sections[second.section].department,
    };
    makes_sense && holds(kind, first, second, shape)
}

fn holds(kind: Kind, first: &Event, second: &Event, shape: &Shape) -> bool {
    let starts = |event: &Event| event.planted.iter().map(|meeting| meeting.slot).collect::<BTreeSet<_>>();
    let days = |event: &Event| starts(event).into_iter().map(|slot| shape.week.day_of(slot)).collect::<BTreeSet<_>>();
    let meets = || {
        let is_within = |one: usize, other: usize, length: usize| (other..other + length).contains(&one);
        starts(first).iter().any(|one| {
            starts(second)
                .iter()
                .any(|other| is_within(*one, *other, second.periods) || is_within(*other, *one, first.periods))
        })
    };
    match kind {
        Kind::SameTime => starts(first) == starts(second),
        Kind::NotSameTime => !meets(),
        Kind::SameDay => days(first) == days(second),
        Kind::NotSameDay => days(first).is_disjoint(&days(second)),
        Kind::SameRoom => {
            let mut rooms = first.planted.iter().chain(&second.planted).map(|meeting| meeting.room);
            let one = rooms.next();
            rooms.all(|room| Some(room) == one)
        }
        Kind::Before => {
            let end = starts(first).last().map(|slot| slot + first.periods);
            end <= starts(second).first().copied()
        }
    }
}
