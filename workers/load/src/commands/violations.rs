//! Each violation and each cost of a solution, one by one, for `verify --verbose`. The sums are those of the recount.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use shared::ids::{CourseId, CurriculumId, Id, PeriodId, RoomId};
use shared::model::Instance;
use shared::model::cost::{
    CURRICULUM_COMPACTNESS_WEIGHT, Lecture, MIN_WORKING_DAYS_WEIGHT, ROOM_CAPACITY_WEIGHT, ROOM_STABILITY_WEIGHT,
};

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Whether it is a violation, or else a cost.
    is_hard: bool,
    /// How many violations, or how much cost.
    pub(super) count: u64,
    what: String,
}

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{}({})] {}", if self.is_hard { 'H' } else { 'S' }, self.count, self.what)
    }
}

/// Lists everything that is wrong with `lectures`, by constraint.
pub(super) fn list(instance: &Instance, lectures: &[Lecture]) -> Vec<Entry> {
    let mut list =
        List { instance, lectures, by_course: vec![Vec::new(); instance.course_count()], entries: Vec::new() };
    for lecture in lectures {
        list.by_course[lecture.course.index()].push(*lecture);
    }
    list.lectures();
    list.conflicts();
    list.availability_and_seats();
    list.occupancy();
    list.days_and_rooms();
    list.compactness();
    list.entries.sort_by_key(|entry| !entry.is_hard);
    list.entries
}

struct List<'a> {
    instance: &'a Instance,
    lectures: &'a [Lecture],
    by_course: Vec<Vec<Lecture>>,
    entries: Vec<Entry>,
}

impl List<'_> {
    fn add(&mut self, is_hard: bool, count: u64, what: String) {
        if count > 0 {
            self.entries.push(Entry { is_hard, count, what });
        }
    }

    /// `day 0, period 3`, both from 0 as in the solution.
    fn when(&self, period: PeriodId) -> String {
        let (day, slot) = self.instance.day_and_slot(period);
        format!("day {day}, period {slot}")
    }

    fn name(&self, course: CourseId) -> &str {
        self.instance.course_name(course)
    }

    fn lectures(&mut self) {
        for course in self.instance.courses() {
            let placed = &self.by_course[course.index()];
            let periods: BTreeSet<PeriodId> = placed.iter().map(|lecture| lecture.period).collect();
            let (wanted, repeated) = (self.instance.course_lectures(course), placed.len() - periods.len());
            let count = wanted.abs_diff(periods.len()) + repeated;
            let what = format!(
                "course {}: {} of {wanted} lectures in periods of their own, {repeated} repeated",
                self.name(course),
                periods.len()
            );
            self.add(true, count as u64, what);
        }
    }

    fn conflicts(&mut self) {
        let conflicts = self.instance.conflicts();
        let at: BTreeSet<(PeriodId, CourseId)> = self.lectures.iter().map(|at| (at.period, at.course)).collect();
        for &(period, course) in &at {
            for &other in conflicts[course.index()].iter().filter(|other| **other > course) {
                if at.contains(&(period, other)) {
                    let (one, two) = (self.name(course), self.name(other));
                    let what =
                        format!("courses {one} and {two} share a teacher or a curriculum and {}", self.when(period));
                    self.add(true, 1, what);
                }
            }
        }
    }

    fn availability_and_seats(&mut self) {
        for &Lecture { course, period, room } in self.lectures {
            let (name, when, room_name) = (self.name(course), self.when(period), self.instance.room_name(room));
            let forbidden = format!("course {name} is unavailable on {when}");
            let crowded = format!("room {room_name} is too small for course {name} on {when}");
            let students = self.instance.course_students()[course.index()];
            let lack = students.saturating_sub(self.instance.room_capacities()[room.index()]);
            self.add(true, u64::from(!self.instance.is_available(course, period)), forbidden);
            self.add(false, ROOM_CAPACITY_WEIGHT * u64::from(lack), crowded);
        }
    }

    fn occupancy(&mut self) {
        let mut cells: BTreeMap<(PeriodId, RoomId), u64> = BTreeMap::new();
        self.lectures.iter().for_each(|at| *cells.entry((at.period, at.room)).or_default() += 1);
        for ((period, room), count) in cells {
            let what = format!("{count} lectures in room {} on {}", self.instance.room_name(room), self.when(period));
            self.add(true, count - 1, what);
        }
    }

    fn days_and_rooms(&mut self) {
        for course in self.instance.courses() {
            let placed = &self.by_course[course.index()];
            let days: BTreeSet<usize> = placed.iter().map(|at| self.instance.day_and_slot(at.period).0).collect();
            let rooms: BTreeSet<RoomId> = placed.iter().map(|at| at.room).collect();
            let least = self.instance.course_min_days()[course.index()] as usize;
            let missing = least.saturating_sub(days.len()) as u64;
            let on_days = format!("course {} is taught on {} of {least} days", self.name(course), days.len());
            let in_rooms = format!("course {} uses {} rooms", self.name(course), rooms.len());
            self.add(false, MIN_WORKING_DAYS_WEIGHT * missing, on_days);
            self.add(false, ROOM_STABILITY_WEIGHT * rooms.len().saturating_sub(1) as u64, in_rooms);
        }
    }

    fn compactness(&mut self) {
        for curriculum in (0..self.instance.curriculum_count()).map(CurriculumId::new) {
            let mut held: BTreeMap<(usize, usize), u64> = BTreeMap::new();
            for course in self.instance.curriculum_courses(curriculum) {
                for at in &self.by_course[course.index()] {
                    *held.entry(self.instance.day_and_slot(at.period)).or_default() += 1;
                }
            }
            for (&(day, slot), count) in &held {
                let before = slot.checked_sub(1).is_some_and(|before| held.contains_key(&(day, before)));
                if !before && !held.contains_key(&(day, slot + 1)) {
                    let name = self.instance.curriculum_name(curriculum);
                    let what = format!("curriculum {name} is alone on day {day}, period {slot}");
                    self.add(false, CURRICULUM_COMPACTNESS_WEIGHT * count, what);
                }
            }
        }
    }
}
