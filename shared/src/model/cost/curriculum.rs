//! Formulation UD2 of curriculum-based course timetabling: ITC-2007, track 3 (Di Gaspero, `McCollum`, Schaerf, "The Second
//! International Timetabling Competition: Curriculum-based Course Timetabling", 2007).

use std::collections::{BTreeMap, BTreeSet};

use super::{Components, Formulation, Rule};
use crate::ids::{CourseId, CurriculumId, Id, PeriodId, RoomId};
use crate::model::Instance;

/// Penalty for each student above the seats of the room, per class.
pub const ROOM_CAPACITY_WEIGHT: u64 = 1;
/// Penalty for each day below the least number of days of a course.
pub const MIN_WORKING_DAYS_WEIGHT: u64 = 5;
/// Penalty for each class of a curriculum without a neighbour of that curriculum on its day.
pub const CURRICULUM_COMPACTNESS_WEIGHT: u64 = 2;
/// Penalty for each room of a course beyond its first.
pub const ROOM_STABILITY_WEIGHT: u64 = 1;

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
    let mut counted = Components::new(Formulation::Ud2);
    for &Lecture { course, period, room } in lectures {
        periods_of[course.index()].push(period);
        rooms_of[course.index()].insert(room);
        *cells.entry((period, room)).or_default() += 1;
        courses_in[period.index()].insert(course);
        counted.add(Rule::Availability, u64::from(!instance.is_available(course, period)));
        let (students, seats) = (instance.course_students()[course.index()], instance.room_capacities()[room.index()]);
        counted.add(Rule::RoomCapacity, ROOM_CAPACITY_WEIGHT * u64::from(students.saturating_sub(seats)));
    }
    counted.add(Rule::RoomOccupancy, cells.values().map(|count| count - 1).sum());
    for course in instance.courses() {
        let mut periods = periods_of[course.index()].clone();
        let (placed, wanted) = (periods.len(), instance.course_lectures(course));
        periods.sort_unstable();
        periods.dedup();
        counted.add(Rule::Lectures, (wanted.abs_diff(periods.len()) + (placed - periods.len())) as u64);
        counted.add_unplaced(wanted.saturating_sub(placed) as u64);
        let days: BTreeSet<usize> = periods.iter().map(|period| instance.day_and_slot(*period).0).collect();
        let least = instance.course_min_days()[course.index()] as usize;
        counted.add(Rule::MinimumWorkingDays, MIN_WORKING_DAYS_WEIGHT * least.saturating_sub(days.len()) as u64);
        let rooms = rooms_of[course.index()].len() as u64;
        counted.add(Rule::RoomStability, ROOM_STABILITY_WEIGHT * rooms.saturating_sub(1));
    }
    let conflicts = instance.conflicts();
    for courses in &courses_in {
        for course in courses {
            let against = |other: &&CourseId| *other > course && conflicts[course.index()].binary_search(other).is_ok();
            counted.add(Rule::Conflicts, courses.iter().filter(against).count() as u64);
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
                counted.add(Rule::CurriculumCompactness, CURRICULUM_COMPACTNESS_WEIGHT * count);
            }
        }
    }
    counted
}
