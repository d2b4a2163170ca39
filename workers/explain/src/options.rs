//! The free places of a class: rooms in which nobody is taught at that time, weighed and in order.

use std::collections::BTreeMap;

use shared::ids::{ClassId, CourseId, Id as _, PeriodId, RoomId};
use shared::model::Placement;
use shared::model::campus::{Campus, Who};

use crate::case::Case;
use crate::ground::Ground;
use crate::scales::{Change, Scales};
use crate::week::Week;

/// Rooms that are weighed for each period where no place is free of violations: the others are no better.
const ROOMS_TRIED: usize = 4;

/// A place where a class could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) at: Placement,
    /// Whether the class would be in no violation there.
    pub(crate) is_free: bool,
    /// How many more violations there would be, missing classes included.
    pub(crate) violations: i64,
    /// How much more it would cost.
    pub(crate) cost: i64,
    pub(crate) changes: Vec<Change>,
}

/// All of them that are free of violations, or else those with few; the best first.
pub(crate) fn options(case: &Case, ground: &Ground<'_>, class: ClassId) -> Vec<Choice> {
    let week = Week::without(case, ground, class);
    let course = case.instance.class_courses()[class.index()];
    let ties = ground.ties(course);
    let mut weighing = Weighing::of(case, ground, class);
    let now = case.timetable.get(class);
    let starts = (0..case.instance.period_count()).map(PeriodId::new);
    let starts: Vec<PeriodId> = starts.filter(|start| ground.is_within_day(course, *start)).collect();
    let rooms = |start: PeriodId| {
        let all = (0..case.instance.room_count()).map(RoomId::new);
        let is_other = move |room: &RoomId| now != Some(Placement { period: start, room: *room });
        all.filter(|room| week.is_free(ground, course, start, *room)).filter(is_other).collect::<Vec<_>>()
    };
    let is_open = |start: PeriodId| {
        let pinned = ground.pin(class.index()).is_some_and(|pin| pin.period != start);
        let meets = |course: CourseId| ties[course.index()].is_some();
        let is_own = |other: CourseId| other == course;
        !pinned
            && ground.absent(course, start).is_none()
            && week.beside(ground, course, start).all(|held| !meets(held.course) && !is_own(held.course))
    };
    let is_good = |room: RoomId, start| ground.suits(course, room) && !ground.is_closed(room, course, start);
    let mut choices = Vec::new();
    for start in starts.iter().filter(|start| is_open(**start)) {
        let good = rooms(*start).into_iter().filter(|room| is_good(*room, *start));
        choices.extend(good.map(|room| weighing.choice(Placement { period: *start, room })));
    }
    choices.retain(|choice: &Choice| choice.is_free);
    if choices.is_empty() {
        for start in &starts {
            let mut rooms = rooms(*start);
            rooms.sort_by_key(|room| !is_good(*room, *start));
            let tried = rooms.into_iter().take(ROOMS_TRIED);
            choices.extend(tried.map(|room| weighing.choice(Placement { period: *start, room })));
        }
    }
    choices.sort_by_key(|choice| (choice.violations, choice.cost, choice.at));
    choices
}

/// The scales, and what was weighed with them. In a campus of a thousand rooms most are alike in a period.
struct Weighing<'w> {
    case: &'w Case,
    ground: &'w Ground<'w>,
    course: CourseId,
    scales: Scales<'w>,
    /// Rooms that are not like others: those of events that may have to share one with it, and that of its pin.
    own_rooms: Vec<RoomId>,
    weighed: BTreeMap<Alike, Choice>,
}

/// All that the cost of a place depends on, where nobody else is in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    start: PeriodId,
    /// The room, where it is not like others.
    own: Option<RoomId>,
    seats: u32,
    equips: bool,
    allows: bool,
    /// Periods in which it is closed, and in which it is not welcome.
    closed: usize,
    unwelcome: usize,
}

impl<'w> Weighing<'w> {
    fn of(case: &'w Case, ground: &'w Ground<'w>, class: ClassId) -> Self {
        let course = case.instance.class_courses()[class.index()];
        let mut courses = vec![course];
        let rules = ground.campus.into_iter().flat_map(Campus::rules);
        courses.extend(rules.filter(|rule| rule.courses.contains(&course)).flat_map(|rule| rule.courses).copied());
        let placed = courses.iter().flat_map(|course| case.meetings(*course)).filter_map(|(.., at)| at);
        let mut own_rooms: Vec<RoomId> = placed.map(|at| at.room).collect();
        own_rooms.extend(ground.pin(class.index()).and_then(|pin| pin.room));
        Self { case, ground, course, scales: Scales::of(case, ground, class), own_rooms, weighed: BTreeMap::new() }
    }

    fn choice(&mut self, at: Placement) -> Choice {
        let alike = self.alike(at);
        let scales = &self.scales;
        Choice { at, ..self.weighed.entry(alike).or_insert_with(|| weighed(scales, at)).clone() }
    }

    fn alike(&self, at: Placement) -> Alike {
        let capacity = self.case.instance.room_capacities()[at.room.index()];
        let own = self.own_rooms.contains(&at.room).then_some(at.room);
        let Some(campus) = self.ground.campus else {
            // Whoever has a seat has one.
            let seats = capacity.min(self.case.instance.course_students()[self.course.index()]);
            return Alike { start: at.period, own, seats, equips: true, allows: true, closed: 0, unwelcome: 0 };
        };
        let periods = || self.ground.periods(self.course, at.period);
        let counted = |bits: &[u64]| periods().filter(|period| bits[period / 64] >> (period % 64) & 1 == 1).count();
        let room = Who::Room(at.room);
        let has_price = campus.weights().seats > 0;
        Alike {
            start: at.period,
            own,
            seats: if has_price { capacity } else { u32::from(campus.seats(self.course, at.room)) },
            equips: campus.equips(self.course, at.room),
            allows: campus.allows(self.course, at.room),
            closed: counted(campus.blocked(room)),
            unwelcome: counted(campus.unwelcome(room)),
        }
    }
}

fn weighed(scales: &Scales<'_>, at: Placement) -> Choice {
    let there = scales.presence(at);
    let is_free = !there.iter().any(|change| change.is_hard && change.by > 0);
    let changes = scales.change(&there);
    let sum = |is_hard| changes.iter().filter(|change| change.is_hard == is_hard).map(|change| change.by).sum();
    Choice { at, is_free, violations: sum(true), cost: sum(false), changes }
}
