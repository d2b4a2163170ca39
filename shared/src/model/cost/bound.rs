//! What no timetable can cost less than: a bound by counting, from the instance alone.
//!
//! It is the sum of bounds of parts that are charged apart. For the rooms: what is above the seats of the largest room is paid
//! wherever a class is; and where more classes are too large for all but some rooms than these rooms have periods, the others
//! overflow, and a course that overflows in part uses a second room. For the days: a course with fewer days open to it, or fewer
//! classes, than it should have days. For the curricula: one that has a single class, which is alone wherever it is.
//!
//! Often that is nothing at all. Where it is what a timetable costs, that timetable is optimal, and no search needs to go on.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{
    CURRICULUM_COMPACTNESS_WEIGHT, Cost, MIN_WORKING_DAYS_WEIGHT, ROOM_CAPACITY_WEIGHT, ROOM_STABILITY_WEIGHT,
};
use crate::ids::{CourseId, CurriculumId, Id, PeriodId};
use crate::model::Instance;

/// The least soft cost that is not ruled out for a timetable without a violation. For a campus nothing is ruled out.
pub fn bound(instance: &Instance) -> u64 {
    if instance.campus().is_some() {
        return 0;
    }
    MIN_WORKING_DAYS_WEIGHT * days_short(instance)
        + CURRICULUM_COMPACTNESS_WEIGHT * always_alone(instance)
        + of_rooms(instance)
}

/// Whether no timetable costs less than this.
pub fn is_optimal(instance: &Instance, cost: Cost) -> bool {
    cost.is_feasible() && cost.soft <= bound(instance)
}

fn days_short(instance: &Instance) -> u64 {
    let short = |course: CourseId| {
        let open = instance.days() - (0..instance.days()).filter(|day| is_closed(instance, course, *day)).count();
        let most = open.min(instance.course_lectures(course));
        u64::from(instance.course_min_days()[course.index()]).saturating_sub(most as u64)
    };
    instance.courses().map(short).sum()
}

fn is_closed(instance: &Instance, course: CourseId, day: usize) -> bool {
    !periods_of(instance, day).any(|period| instance.is_available(course, PeriodId::new(period)))
}

fn periods_of(instance: &Instance, day: usize) -> Range<usize> {
    day * instance.slots_per_day()..(day + 1) * instance.slots_per_day()
}

fn always_alone(instance: &Instance) -> u64 {
    let classes = |curriculum: usize| -> usize {
        let courses = instance.curriculum_courses(CurriculumId::new(curriculum));
        courses.iter().map(|course| instance.course_lectures(*course)).sum()
    };
    (0..instance.curriculum_count()).filter(|curriculum| classes(*curriculum) == 1).count() as u64
}

fn of_rooms(instance: &Instance) -> u64 {
    let seats: BTreeSet<u32> = instance.room_capacities().iter().copied().collect();
    let Some(most) = seats.last().copied() else { return 0 };
    let above = |course: CourseId| u64::from(instance.course_students()[course.index()].saturating_sub(most));
    let everywhere: u64 =
        instance.courses().map(|course| above(course) * instance.course_lectures(course) as u64).sum();
    let overflow = seats.iter().map(|seats| Crowd::new(instance, *seats, most).overflow()).max().unwrap_or(0);
    ROOM_CAPACITY_WEIGHT * everywhere + overflow
}

/// The courses that are too large for the rooms with at most so many seats.
struct Crowd {
    /// Of each: its classes, and what one of them costs in a smaller room, beyond what it costs everywhere.
    courses: Vec<(usize, u64)>,
    /// The most of their classes that the larger rooms can hold.
    places: usize,
}

impl Crowd {
    fn new(instance: &Instance, seats: u32, most: u32) -> Self {
        let students = |course: &CourseId| instance.course_students()[course.index()];
        let large: Vec<CourseId> = instance.courses().filter(|course| students(course) > seats).collect();
        let rooms = instance.room_capacities().iter().filter(|room| **room > seats).count();
        // Nobody teaches two classes at once.
        let at_once = |period: usize| -> usize {
            let mut is_busy = vec![false; instance.teacher_count()];
            let open = large.iter().filter(|course| instance.is_available(**course, PeriodId::new(period)));
            let teachers = open.map(|course| instance.course_teachers()[course.index()].index());
            teachers.filter(|teacher| !std::mem::replace(&mut is_busy[*teacher], true)).take(rooms).count()
        };
        let price = |course: &CourseId| ROOM_CAPACITY_WEIGHT * u64::from(students(course).min(most) - seats.min(most));
        Self {
            places: (0..instance.period_count()).map(at_once).sum(),
            courses: large.iter().map(|course| (instance.course_lectures(*course), price(course))).collect(),
        }
    }

    /// The least that the classes cost for which there is no place: a knapsack over the courses. One that overflows in part
    /// pays for a second room.
    fn overflow(&self) -> u64 {
        let classes: usize = self.courses.iter().map(|(classes, _)| classes).sum();
        let Some(excess) = classes.checked_sub(self.places).filter(|excess| *excess > 0) else { return 0 };
        let mut least = vec![u64::MAX; excess + 1];
        least[0] = 0;
        for &(classes, price) in &self.courses {
            for covered in (1..=excess).rev() {
                for of_course in 1..=classes {
                    let split = if of_course < classes { ROOM_STABILITY_WEIGHT } else { 0 };
                    let before = least[covered.saturating_sub(of_course)];
                    let with = before.saturating_add(of_course as u64 * price + split);
                    least[covered] = least[covered].min(with);
                }
            }
        }
        least[excess]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::{ClassId, RoomId, TeacherId};
    use crate::model::cost::recount;
    use crate::model::instance::CourseRow;
    use crate::model::{InstanceTables, Placement, Timetable};

    /// Courses of `(teacher, classes, days, students)` in a week of two days with two slots each.
    fn tables(courses: &[(u32, u32, u32, u32)], rooms: &[u32], closed: &[(u32, u32)]) -> InstanceTables {
        let row = |(index, &(teacher, lectures, min_days, students)): (usize, &(u32, u32, u32, u32))| CourseRow {
            name: format!("c{index}"),
            teacher: TeacherId(teacher),
            lectures,
            min_days,
            students,
        };
        InstanceTables {
            name: "small".to_owned(),
            days: 2,
            slots_per_day: 2,
            courses: courses.iter().enumerate().map(row).collect(),
            rooms: rooms.iter().enumerate().map(|(index, seats)| (format!("r{index}"), *seats)).collect(),
            teachers: (0..3).map(|index| format!("t{index}")).collect(),
            unavailable: closed.iter().map(|(course, period)| (CourseId(*course), PeriodId(*period))).collect(),
            ..InstanceTables::default()
        }
    }

    /// The least soft cost of all timetables without a violation.
    fn least(instance: &Instance, timetable: &mut Timetable, class: usize) -> Option<u64> {
        if class == instance.class_count() {
            let cost = recount(instance, timetable).cost();
            return cost.is_feasible().then_some(cost.soft);
        }
        let mut found = None;
        for cell in 0..instance.period_count() * instance.room_count() {
            let (period, room) = (cell % instance.period_count(), cell / instance.period_count());
            timetable
                .set(ClassId::new(class), Some(Placement { period: PeriodId::new(period), room: RoomId::new(room) }));
            found = found.into_iter().chain(least(instance, timetable, class + 1)).min();
        }
        timetable.set(ClassId::new(class), None);
        found
    }

    fn optimum(instance: &Instance) -> Option<u64> {
        least(instance, &mut Timetable::unplaced(instance.class_count()), 0)
    }

    /// Two large courses share four periods of the large room; the fifth class sits in the small one, and splits its course.
    #[test]
    fn classes_that_find_no_large_room_pay_for_seats_and_for_a_second_room() {
        let instance = tables(&[(0, 3, 1, 31), (1, 2, 1, 40)], &[50, 30], &[]).instance().unwrap();
        assert_eq!((bound(&instance), optimum(&instance)), (2, Some(2)));
        assert!(is_optimal(&instance, Cost { soft: 2, ..Cost::default() }));
        assert!(!is_optimal(&instance, Cost { soft: 3, ..Cost::default() }));
        assert!(!is_optimal(&instance, Cost { unplaced: 1, ..Cost::default() }));
    }

    #[test]
    fn what_is_above_the_largest_room_is_paid_by_every_class() {
        let instance = tables(&[(0, 2, 1, 57)], &[50, 20], &[]).instance().unwrap();
        assert_eq!((bound(&instance), optimum(&instance)), (14, Some(14)));
    }

    #[test]
    fn days_that_are_closed_and_a_class_that_is_always_alone_are_paid_for() {
        let mut tables = tables(&[(0, 1, 1, 5), (1, 2, 2, 5)], &[50], &[(1, 2), (1, 3)]);
        tables.curricula = vec![("q".to_owned(), vec![CourseId(0)])];
        let instance = tables.instance().unwrap();
        assert_eq!((bound(&instance), optimum(&instance)), (7, Some(7)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_timetable_costs_less(
            courses in prop::collection::vec((0_u32..3, 1_u32..3, 1_u32..3, 1_u32..9), 1..4),
            rooms in prop::collection::vec(1_u32..7, 1..3),
            closed in prop::collection::vec((0_u32..3, 0_u32..4), 0..4),
            curriculum in prop::collection::btree_set(0_u32..3, 0..3),
        ) {
            let closed: Vec<_> = closed.into_iter().filter(|(course, _)| (*course as usize) < courses.len()).collect();
            let mut tables = tables(&courses, &rooms, &closed);
            let members = curriculum.into_iter().filter(|course| (*course as usize) < courses.len());
            tables.curricula = vec![("q".to_owned(), members.map(CourseId).collect())];
            let instance = tables.instance().unwrap();
            if let Some(optimum) = optimum(&instance) {
                prop_assert!(bound(&instance) <= optimum, "{} > {optimum}", bound(&instance));
            }
        }
    }
}
