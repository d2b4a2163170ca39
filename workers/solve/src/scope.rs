//! What one job may change: its courses, within its lease; all else is fixed.

use shared::ids::{CourseId, Id};
use shared::model::{Instance, Timetable};
use shared::wire::{Failure, FailureKind};

use crate::lease::cell;
use crate::rules::Rules;
use crate::sketch::Sketch;

/// The free courses of a job and what surrounds them.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    /// The timetable without the free courses.
    pub(crate) fixed: Sketch<'a>,
    /// The free courses, ascending.
    pub(crate) courses: Vec<FreeCourse>,
    /// Period: the leased rooms.
    pub(crate) rooms: Vec<Vec<u32>>,
    /// Period: the sizes of the leased rooms, largest first.
    pub(crate) seats: Vec<Vec<u32>>,
}

/// A course whose lectures are free.
#[derive(Clone, Debug)]
pub(crate) struct FreeCourse {
    /// Its index.
    pub(crate) course: usize,
    /// The periods in which it may be taught, given what is fixed.
    pub(crate) periods: Vec<usize>,
    /// The periods in which the ledger has it, ascending.
    pub(crate) start: Vec<usize>,
}

impl<'a> Scope<'a> {
    /// The scope with these courses free, under a lease.
    pub(crate) fn new(
        instance: &Instance,
        rules: &'a Rules,
        timetable: &Timetable,
        is_free: impl Fn(usize) -> bool,
        lease: &[u32],
    ) -> Result<Self, Failure> {
        let rooms = free_rooms(instance, timetable, &is_free, lease);
        let size = |room: &u32| instance.room_capacities()[*room as usize];
        let sizes = |rooms: &Vec<u32>| {
            let mut sizes: Vec<u32> = rooms.iter().map(size).collect();
            sizes.sort_unstable_by(|left, right| right.cmp(left));
            sizes
        };
        let seats: Vec<Vec<u32>> = rooms.iter().map(sizes).collect();
        let mut fixed = Sketch::new(rules);
        let mut courses = Vec::new();
        for course in instance.courses() {
            let start = periods_of(instance, timetable, course.index());
            if is_free(course.index()) {
                courses.push(FreeCourse { course: course.index(), periods: Vec::new(), start });
            } else {
                start.iter().try_for_each(|period| keep(&mut fixed, course.index(), *period))?;
            }
        }
        for free in &mut courses {
            let may = |period: &usize| fixed.is_open(free.course, *period) && !rooms[*period].is_empty();
            free.periods = (0..rules.periods).filter(may).collect();
            if !free.start.iter().all(|period| free.periods.binary_search(period).is_ok()) {
                return Err(Failure::new(FailureKind::Bug, "the ledger breaks a rule or its lease"));
            }
        }
        Ok(Self { fixed, courses, rooms, seats })
    }

    /// The periods that the ledger chose for each free course.
    pub(crate) fn start(&self) -> Vec<Vec<usize>> {
        self.courses.iter().map(|free| free.start.clone()).collect()
    }

    /// Free course (by position): the free courses that must not share a period with it.
    pub(crate) fn related(&self) -> Vec<Vec<usize>> {
        let position = |course: &u32| self.courses.binary_search_by_key(&(*course as usize), |free| free.course).ok();
        let row = |free: &FreeCourse| self.fixed.rules().conflicts[free.course].iter().filter_map(position).collect();
        self.courses.iter().map(row).collect()
    }

    /// The courses of each period, for periods chosen for each free course.
    pub(crate) fn by_period(&self, chosen: &[Vec<usize>]) -> Vec<Vec<u32>> {
        let rules = self.fixed.rules();
        let mut courses = vec![Vec::new(); rules.periods];
        for (free, periods) in self.courses.iter().zip(chosen) {
            for period in periods {
                courses[*period].push(free.course as u32);
            }
        }
        let size = |course: &u32| (std::cmp::Reverse(rules.students[*course as usize]), *course);
        for row in &mut courses {
            row.sort_unstable_by_key(size);
        }
        courses
    }
}

/// Period: the leased rooms that no fixed course occupies.
fn free_rooms(
    instance: &Instance,
    timetable: &Timetable,
    is_free: &impl Fn(usize) -> bool,
    lease: &[u32],
) -> Vec<Vec<u32>> {
    let count = instance.room_count();
    let mut occupied = vec![false; count * instance.period_count()];
    for (class, course) in instance.class_courses().iter().enumerate() {
        if let Some(at) = timetable.placements()[class].filter(|_| !is_free(course.index())) {
            occupied[cell(instance, at) as usize] = true;
        }
    }
    let mut rooms = vec![Vec::new(); instance.period_count()];
    for cell in lease.iter().map(|cell| *cell as usize).filter(|cell| !occupied[*cell]) {
        rooms[cell / count].push((cell % count) as u32);
    }
    rooms
}

/// The periods in which a timetable has a course, ascending.
pub(crate) fn periods_of(instance: &Instance, timetable: &Timetable, course: usize) -> Vec<usize> {
    let classes = instance.course_classes(CourseId::new(course));
    let mut periods: Vec<usize> =
        timetable.placements()[classes].iter().flatten().map(|at| at.period.index()).collect();
    periods.sort_unstable();
    periods
}

/// Adds a lecture of a timetable that breaks no rule.
pub(crate) fn keep(sketch: &mut Sketch, course: usize, period: usize) -> Result<(), Failure> {
    if sketch.missing(course) == 0 || !sketch.is_open(course, period) {
        return Err(Failure::new(FailureKind::Bug, "the ledger breaks a rule"));
    }
    sketch.add(course, period);
    Ok(())
}
