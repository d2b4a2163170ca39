//! From all places of the week to those that are left for a class: each place is taken away by the first reason there is, and what is
//! left is free, or taken by somebody.

use std::collections::{BTreeMap, BTreeSet};

use load::{Place, Whose};
use serde::Serialize;
use shared::ids::{ClassId, CourseId, GroupId, Id as _, PeriodId, RoomId, TeacherId};
use shared::model::Placement;
use shared::model::campus::{Pin, Who};

use crate::case::Case;
use crate::ground::{Absent, Ground, Tie};
use crate::week::{Held, Week};

/// Who takes the places that are left: so many are named.
const TAKERS_NAMED: usize = 5;

/// The whole way.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Funnel {
    /// The meeting that is looked at, from 1.
    pub(crate) meeting: usize,
    pub(crate) periods: usize,
    pub(crate) rooms: usize,
    /// Periods × rooms.
    pub(crate) places: usize,
    pub(crate) steps: Vec<Step>,
    /// Places that nothing forbids for good.
    pub(crate) left: usize,
    /// Those of them in which nobody is in the way.
    pub(crate) untaken: usize,
    pub(crate) takers: Vec<Taker>,
    /// Events that take places and are not named.
    pub(crate) more_takers: usize,
}

/// One reason, with the places that it takes away.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    pub(crate) reason: String,
    pub(crate) places: usize,
    pub(crate) rows: Vec<String>,
}

/// An event in the way.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Taker {
    pub(crate) event: String,
    /// How many of the places that are left it takes; two events may take the same one.
    pub(crate) places: usize,
    /// What both need.
    pub(crate) needs: Vec<String>,
    pub(crate) rows: Vec<String>,
}

/// Why a place is no place, in the order in which reasons are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    RoomNotAllowed,
    RoomTooSmall,
    RoomLacks,
    DayEnds,
    Pinned,
    Course,
    Teacher(TeacherId),
    Group(GroupId),
    RoomClosed,
    Fixed,
    Own,
    Now,
}

/// Looks at all places of a class.
pub(crate) fn funnel(case: &Case, ground: &Ground<'_>, class: ClassId) -> Funnel {
    let course = case.instance.class_courses()[class.index()];
    let week = Week::without(case, ground, class);
    let looked = Look { case, ground, class, course, ties: ground.ties(course), week };
    let (periods, rooms) = (case.instance.period_count(), case.instance.room_count());
    let mut gone: BTreeMap<Reason, (usize, BTreeSet<Place>)> = BTreeMap::new();
    let mut takers: BTreeMap<CourseId, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    let (mut left, mut untaken) = (0, 0);
    for start in (0..periods).map(PeriodId::new) {
        for room in (0..rooms).map(RoomId::new) {
            if let Some(reason) = looked.reason(start, room) {
                let (count, rows) = gone.entry(reason).or_default();
                *count += 1;
                rows.extend(looked.rows(reason, start, room));
                continue;
            }
            left += 1;
            let inside = looked.takers(start, room);
            untaken += usize::from(inside.is_empty());
            for (taker, need) in inside {
                let (count, needs) = takers.entry(taker).or_default();
                *count += 1;
                *needs.entry(need).or_default() += 1;
            }
        }
    }
    let steps = gone.into_iter().map(|(reason, (places, rows))| Step {
        reason: looked.told(reason),
        places,
        rows: case.rows.told(&rows),
    });
    let steps = steps.collect();
    let (takers, more_takers) = looked.named(takers);
    let meeting = class.index() - case.instance.course_classes(course).start + 1;
    Funnel { meeting, periods, rooms, places: periods * rooms, steps, left, untaken, takers, more_takers }
}

struct Look<'a> {
    case: &'a Case,
    ground: &'a Ground<'a>,
    class: ClassId,
    course: CourseId,
    ties: Vec<Option<Tie>>,
    week: Week,
}

impl Look<'_> {
    fn reason(&self, start: PeriodId, room: RoomId) -> Option<Reason> {
        let Self { ground, course, .. } = *self;
        if let Some(campus) = ground.campus {
            if !campus.allows(course, room) {
                return Some(Reason::RoomNotAllowed);
            } else if !campus.seats(course, room) {
                return Some(Reason::RoomTooSmall);
            } else if !campus.equips(course, room) {
                return Some(Reason::RoomLacks);
            }
        }
        if !ground.is_within_day(course, start) {
            return Some(Reason::DayEnds);
        }
        let is_elsewhere = |pin: &Pin| pin.period != start || pin.room.is_some_and(|pinned| pinned != room);
        if ground.pin(self.class.index()).is_some_and(is_elsewhere) {
            return Some(Reason::Pinned);
        }
        match ground.absent(course, start) {
            Some(Absent::Course) => return Some(Reason::Course),
            Some(Absent::Teacher(teacher)) => return Some(Reason::Teacher(teacher)),
            Some(Absent::Group(group)) => return Some(Reason::Group(group)),
            None => {}
        }
        if ground.is_closed(room, course, start) {
            return Some(Reason::RoomClosed);
        }
        let mut fixed = self.in_the_way(start, room).filter(|held| ground.pin(held.class.index()).is_some());
        if fixed.next().is_some() {
            return Some(Reason::Fixed);
        }
        if self.is_own(start) {
            return Some(Reason::Own);
        }
        let now = self.case.timetable.get(self.class);
        (now == Some(Placement { period: start, room })).then_some(Reason::Now)
    }

    /// Classes that must not be taught beside it, or have the room.
    fn in_the_way(&self, start: PeriodId, room: RoomId) -> impl Iterator<Item = Held> {
        let beside = self.week.beside(self.ground, self.course, start);
        beside.filter(move |held| held.room == room || self.ties[held.course.index()].is_some())
    }

    /// Whether the event meets then already, or often enough that day.
    fn is_own(&self, start: PeriodId) -> bool {
        let Self { case, ground, course, .. } = *self;
        let day = |period: PeriodId| case.instance.day_and_slot(period).0;
        let others = case.meetings(course);
        let others = others.iter().filter(|(_, class, _)| *class != self.class);
        let that_day = others.filter_map(|(.., at)| *at).filter(|at| day(at.period) == day(start)).count();
        let is_enough = ground.campus.is_some_and(|campus| that_day >= campus.max_per_day(course));
        is_enough || self.week.beside(ground, course, start).any(|held| held.course == course)
    }

    /// Events in the way of a place that is left, with what both need.
    fn takers(&self, start: PeriodId, room: RoomId) -> BTreeMap<CourseId, String> {
        let need = |held: Held| {
            let tie = self.ties[held.course.index()].map(|tie| self.ground.tied_by(tie));
            (held.course, tie.unwrap_or_else(|| "the room".to_owned()))
        };
        self.in_the_way(start, room).map(need).collect()
    }

    fn rows(&self, reason: Reason, start: PeriodId, room: RoomId) -> Vec<Place> {
        let places = &self.case.rows.places;
        let periods = self.ground.periods(self.course, start);
        let away = |whose: Whose| {
            let is_then =
                |first: PeriodId, last: PeriodId| first.index() < periods.end && periods.start <= last.index();
            let rows = places.away.iter().filter(move |row| row.whose == whose);
            rows.filter(|row| is_then(row.periods.0, row.periods.1)).map(|row| row.place).collect::<Vec<_>>()
        };
        let own = || places.courses.get(self.course.index()).copied().into_iter().collect();
        match reason {
            Reason::RoomNotAllowed | Reason::DayEnds | Reason::Own => own(),
            Reason::RoomTooSmall | Reason::RoomLacks => places.rooms.get(room.index()).copied().into_iter().collect(),
            Reason::Now => Vec::new(),
            Reason::Pinned => self.pin_rows(&[self.class]),
            Reason::Course => away(Whose::Course(self.course)),
            Reason::Teacher(teacher) => away(Whose::Somebody(Who::Teacher(teacher))),
            Reason::Group(group) => away(Whose::Somebody(Who::Group(group))),
            Reason::RoomClosed => away(Whose::Somebody(Who::Room(room))),
            Reason::Fixed => self.pin_rows(&self.in_the_way(start, room).map(|held| held.class).collect::<Vec<_>>()),
        }
    }

    fn pin_rows(&self, classes: &[ClassId]) -> Vec<Place> {
        let pins = self.case.rows.places.pins.iter();
        pins.filter(|(class, _)| classes.contains(class)).map(|(_, place)| *place).collect()
    }

    fn told(&self, reason: Reason) -> String {
        let instance = &self.case.instance;
        let students = instance.course_students()[self.course.index()];
        match reason {
            Reason::RoomNotAllowed => "the room is not one that it may use".to_owned(),
            Reason::RoomTooSmall => format!("the room is too small for {students}"),
            Reason::RoomLacks => "the room lacks what it needs".to_owned(),
            Reason::DayEnds => "the day ends before it".to_owned(),
            Reason::Pinned => "it is pinned elsewhere".to_owned(),
            Reason::Course => "it may not be taught then".to_owned(),
            Reason::Teacher(teacher) => format!("teacher {} is not available", instance.teacher_name(teacher)),
            Reason::Group(group) => format!("group {} is not available", self.ground.group_name(group)),
            Reason::RoomClosed => "the room is not available".to_owned(),
            Reason::Fixed => "a pinned meeting is there".to_owned(),
            Reason::Own if self.ground.campus.is_none() => "it has another lecture then".to_owned(),
            Reason::Own => "it meets then already, or often enough that day".to_owned(),
            Reason::Now => "it is there now".to_owned(),
        }
    }

    /// The events that take most, and how many others there are.
    fn named(&self, takers: BTreeMap<CourseId, (usize, BTreeMap<String, usize>)>) -> (Vec<Taker>, usize) {
        let mut takers: Vec<_> = takers.into_iter().collect();
        takers.sort_by_key(|(course, (count, _))| (std::cmp::Reverse(*count), *course));
        let more = takers.len().saturating_sub(TAKERS_NAMED);
        takers.truncate(TAKERS_NAMED);
        let taker = |(course, (places, needs)): (CourseId, (usize, BTreeMap<String, usize>))| {
            let mut needs: Vec<(String, usize)> = needs.into_iter().collect();
            needs.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            Taker {
                event: self.case.instance.course_name(course).to_owned(),
                places,
                needs: needs.into_iter().map(|(need, _)| need).collect(),
                rows: self.case.rows.told(self.case.rows.places.courses.get(course.index())),
            }
        };
        (takers.into_iter().map(taker).collect(), more)
    }
}
