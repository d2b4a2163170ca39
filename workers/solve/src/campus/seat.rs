//! From room classes to rooms: a cell is a room in a period, and each holds one class.

use search::Spot;
use shared::ids::{ClassId, Id, PeriodId, RoomId};
use shared::model::{Placement, Timetable};

use super::ground::Ground;
use super::plan::Plan;

/// The cells that may still be used.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    free: Vec<bool>,
    rooms: usize,
}

impl Cells {
    /// All cells of a campus.
    pub(crate) fn all(ground: &Ground<'_>) -> Self {
        let rooms = ground.instance.room_count();
        Self { free: vec![true; rooms * ground.problem.periods], rooms }
    }

    /// The cells of a lease.
    pub(crate) fn of_lease(ground: &Ground<'_>, lease: &[u32]) -> Self {
        let mut cells = Self::all(ground);
        cells.free.fill(false);
        for cell in lease {
            cells.free[*cell as usize] = true;
        }
        cells
    }

    /// Takes the cells of a class, or gives them back.
    pub(crate) fn set(&mut self, at: Placement, length: usize, is_free: bool) {
        for period in at.period.index()..at.period.index() + length {
            self.free[period * self.rooms + at.room.index()] = is_free;
        }
    }

    /// Whether a room is free for so many periods.
    #[inline]
    pub(crate) fn are_free(&self, start: usize, length: usize, room: u32) -> bool {
        (start..start + length).all(|period| self.free[period * self.rooms + room as usize])
    }
}

/// The timetable of a plan: every class in a room of its room class. Only courses that must share one room may find none; a
/// class that does stays without a place.
pub(crate) fn seat_all(plan: &Plan<'_>) -> Timetable {
    let ground = plan.ground;
    let problem = &ground.problem;
    let mut seating = Seating {
        plan,
        cells: Cells::all(ground),
        favourite: vec![Vec::new(); problem.courses],
        timetable: Timetable::unplaced(problem.classes),
    };
    let is_bound = |course: usize| ground.roommates(course).next().is_some();
    let is_away = |class: usize, spot: Spot| {
        let course = problem.course_of(class);
        !problem.rooms_of(spot.room()).iter().any(|room| problem.is_home(course, spot.period(), *room))
    };
    // Who is at home comes first: nobody else may take that room.
    let mut order: Vec<(bool, bool, usize, usize)> = (0..problem.classes)
        .filter_map(|class| {
            let spot = plan.state.spot(class)?;
            Some((is_away(class, spot), !is_bound(problem.course_of(class)), spot.period(), class))
        })
        .collect();
    order.sort_unstable();
    for (_, is_free, _, class) in order {
        if let Some(spot) = plan.state.spot(class) {
            seating.seat(class, spot, !is_free);
        }
    }
    seating.timetable
}

struct Seating<'p, 'a> {
    plan: &'p Plan<'a>,
    cells: Cells,
    /// Course: rooms of its other classes, and of courses that must share a room with it.
    favourite: Vec<Vec<u32>>,
    timetable: Timetable,
}

impl Seating<'_, '_> {
    fn seat(&mut self, class: usize, spot: Spot, is_bound: bool) {
        let ground = self.plan.ground;
        let problem = &ground.problem;
        let course = problem.course_of(class);
        let length = problem.length(course);
        let rooms = problem.rooms_of(spot.room());
        let turn = problem.classes_of(course).start;
        let known = &self.favourite[course];
        let home = rooms.iter().copied().filter(|room| problem.is_home(course, spot.period(), *room));
        let favourite = home.chain(known.iter().copied().filter(|room| rooms.contains(room)));
        let any = (0..rooms.len()).map(|index| rooms[(turn + index) % rooms.len()]);
        let others = any.filter(|room| !is_bound || known.is_empty() && self.is_free_for_all(course, *room));
        let is_free = |room: &u32| self.cells.are_free(spot.period(), length, *room);
        let Some(room) = favourite.chain(others).find(is_free) else { return };
        let at = Placement { period: PeriodId::new(spot.period()), room: RoomId(room) };
        self.cells.set(at, length, false);
        self.timetable.set(ClassId::new(class), Some(at));
        for other in ground.roommates(course).chain([course]) {
            if !self.favourite[other].contains(&room) {
                self.favourite[other].push(room);
            }
        }
    }

    /// Whether a room is free for all classes of a course and of those that must share it.
    fn is_free_for_all(&self, course: usize, room: u32) -> bool {
        let problem = &self.plan.ground.problem;
        let free = |class: usize| {
            let length = problem.length(problem.course_of(class));
            self.plan.state.spot(class).is_none_or(|spot| self.cells.are_free(spot.period(), length, room))
        };
        self.plan.ground.roommates(course).chain([course]).all(|one| problem.classes_of(one).all(free))
    }
}
