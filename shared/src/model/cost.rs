//! The cost of a timetable, and its count in the slow, obvious way.
//!
//! Formulation UD2 of curriculum-based course timetabling: ITC-2007, track 3 (Di Gaspero, `McCollum`, Schaerf, "The Second
//! International Timetabling Competition: Curriculum-based Course Timetabling", 2007). This count shares nothing with the
//! incremental one of the search: `audit` and `export` use it to check what the search claims.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::codec::{Decode, Encode};
use crate::ids::{ClassId, CourseId, CurriculumId, Id, PeriodId, RoomId};
use crate::model::{Instance, Timetable};

/// Penalty for each student above the seats of the room, per class.
pub const ROOM_CAPACITY_WEIGHT: u64 = 1;
/// Penalty for each day below the least number of days of a course.
pub const MIN_WORKING_DAYS_WEIGHT: u64 = 5;
/// Penalty for each class of a curriculum without a neighbour of that curriculum on its day.
pub const CURRICULUM_COMPACTNESS_WEIGHT: u64 = 2;
/// Penalty for each room of a course beyond its first.
pub const ROOM_STABILITY_WEIGHT: u64 = 1;

/// What a timetable costs. Lower is better; violations (hard and unplaced together) count before anything soft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Cost {
    /// Hard violations among what is placed.
    pub hard: u64,
    /// Classes without a place.
    pub unplaced: u64,
    /// Weighted soft cost.
    pub soft: u64,
}

impl Cost {
    /// Hard violations, missing classes included.
    pub fn violations(self) -> u64 {
        self.hard + self.unplaced
    }

    /// Whether everything is placed without a violation.
    pub fn is_feasible(self) -> bool {
        self.violations() == 0
    }
}

impl PartialOrd for Cost {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cost {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.violations(), self.soft, self.hard).cmp(&(other.violations(), other.soft, other.hard))
    }
}

/// The cost by constraint. The names are those of the competition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Components {
    /// Classes missing, surplus, or in a period where their course already has one.
    pub lectures: u64,
    /// Of `lectures`, those that are simply not placed.
    pub unplaced: u64,
    /// Pairs of courses that share a teacher or curriculum and a period, for each such period.
    pub conflicts: u64,
    /// Classes in a period in which their course may not be taught.
    pub availability: u64,
    /// Classes beyond the first in one room and period.
    pub room_occupancy: u64,
    /// Weighted cost of students without a seat.
    pub room_capacity: u64,
    /// Weighted cost of missing working days.
    pub min_working_days: u64,
    /// Weighted cost of isolated classes.
    pub curriculum_compactness: u64,
    /// Weighted cost of additional rooms.
    pub room_stability: u64,
}

impl Components {
    /// The hard counts with the competition's names.
    pub fn hard(&self) -> [(&'static str, u64); 4] {
        [
            ("Lectures", self.lectures),
            ("Conflicts", self.conflicts),
            ("Availability", self.availability),
            ("RoomOccupancy", self.room_occupancy),
        ]
    }

    /// The soft costs with the competition's names.
    pub fn soft(&self) -> [(&'static str, u64); 4] {
        [
            ("RoomCapacity", self.room_capacity),
            ("MinimumWorkingDays", self.min_working_days),
            ("CurriculumCompactness", self.curriculum_compactness),
            ("RoomStability", self.room_stability),
        ]
    }

    /// The sums.
    pub fn cost(&self) -> Cost {
        let sum = |parts: [(&str, u64); 4]| parts.iter().map(|(_, count)| count).sum::<u64>();
        Cost { hard: sum(self.hard()) - self.unplaced, unplaced: self.unplaced, soft: sum(self.soft()) }
    }
}

/// Counts all components of a timetable, which may be partial.
pub fn recount(instance: &Instance, timetable: &Timetable) -> Components {
    let lectures = (0..instance.class_count()).filter_map(|index| {
        let at = timetable.get(ClassId::new(index))?;
        Some(Lecture { course: instance.class_courses()[index], period: at.period, room: at.room })
    });
    recount_lectures(instance, &lectures.collect::<Vec<_>>())
}

/// One line of a solution: a course is taught in a period and a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lecture {
    /// What is taught.
    pub course: CourseId,
    /// When.
    pub period: PeriodId,
    /// Where.
    pub room: RoomId,
}

/// Counts all components of any list of lectures, as many of a course as there may be: how a foreign solution is verified.
pub fn recount_lectures(instance: &Instance, lectures: &[Lecture]) -> Components {
    let mut periods_of: Vec<Vec<PeriodId>> = vec![Vec::new(); instance.course_count()];
    let mut rooms_of: Vec<BTreeSet<RoomId>> = vec![BTreeSet::new(); instance.course_count()];
    let mut cells: BTreeMap<(PeriodId, RoomId), u64> = BTreeMap::new();
    let mut courses_in: Vec<BTreeSet<CourseId>> = vec![BTreeSet::new(); instance.period_count()];
    let mut counted = Components::default();
    for &Lecture { course, period, room } in lectures {
        periods_of[course.index()].push(period);
        rooms_of[course.index()].insert(room);
        *cells.entry((period, room)).or_default() += 1;
        courses_in[period.index()].insert(course);
        counted.availability += u64::from(!instance.is_available(course, period));
        let (students, seats) = (instance.course_students()[course.index()], instance.room_capacities()[room.index()]);
        counted.room_capacity += ROOM_CAPACITY_WEIGHT * u64::from(students.saturating_sub(seats));
    }
    counted.room_occupancy = cells.values().map(|count| count - 1).sum();
    for course in instance.courses() {
        let mut periods = periods_of[course.index()].clone();
        let (placed, wanted) = (periods.len(), instance.course_lectures(course));
        periods.sort_unstable();
        periods.dedup();
        counted.lectures += (wanted.abs_diff(periods.len()) + (placed - periods.len())) as u64;
        counted.unplaced += wanted.saturating_sub(placed) as u64;
        let days: BTreeSet<usize> = periods.iter().map(|period| instance.day_and_slot(*period).0).collect();
        let least = instance.course_min_days()[course.index()] as usize;
        counted.min_working_days += MIN_WORKING_DAYS_WEIGHT * least.saturating_sub(days.len()) as u64;
        let rooms = rooms_of[course.index()].len() as u64;
        counted.room_stability += ROOM_STABILITY_WEIGHT * rooms.saturating_sub(1);
    }
    let conflicts = instance.conflicts();
    for courses in &courses_in {
        for course in courses {
            let against = |other: &&CourseId| *other > course && conflicts[course.index()].binary_search(other).is_ok();
            counted.conflicts += courses.iter().filter(against).count() as u64;
        }
    }
    for index in 0..instance.curriculum_count() {
        let mut at: BTreeMap<PeriodId, u64> = BTreeMap::new();
        for course in instance.curriculum_courses(CurriculumId::new(index)) {
            for period in &periods_of[course.index()] {
                *at.entry(*period).or_default() += 1;
            }
        }
        for (&period, count) in &at {
            let (_, slot) = instance.day_and_slot(period);
            let before = slot > 0 && at.contains_key(&PeriodId(period.0 - 1));
            let after = slot + 1 < instance.slots_per_day() && at.contains_key(&PeriodId(period.0 + 1));
            if !before && !after {
                counted.curriculum_compactness += CURRICULUM_COMPACTNESS_WEIGHT * count;
            }
        }
    }
    counted
}
