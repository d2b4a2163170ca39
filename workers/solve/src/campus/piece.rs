//! Some courses of a campus that are free, all others fixed: what the engine is asked about.

use search::Spot;
use shared::ids::RoomId;
use shared::model::Placement;

use super::ground::{Ground, is_in_step};
use super::plan::Plan;
use super::seat::Cells;

/// A course whose loose classes are free.
#[derive(Clone, Debug)]
pub(crate) struct FreeCourse {
    /// Its index.
    pub(crate) course: usize,
    /// Its loose classes.
    pub(crate) classes: Vec<usize>,
    /// The starts that break nothing, given what is fixed, with what each costs beyond the cheapest.
    pub(crate) starts: Vec<(usize, i32)>,
    /// The starts that its classes have now, ascending.
    pub(crate) now: Vec<usize>,
}

/// Free courses and their surroundings.
#[derive(Debug)]
pub(crate) struct Piece<'p, 'a> {
    pub(crate) ground: &'a Ground<'a>,
    /// The timetable without the free classes.
    pub(crate) plan: &'p Plan<'a>,
    /// The cells that the free classes may use.
    pub(crate) cells: &'p Cells,
    /// Room class: the rooms with such cells.
    pub(crate) rooms: &'p [Vec<u32>],
    pub(crate) courses: Vec<FreeCourse>,
}

/// The courses that can be free together: those with a loose class, whose room no rule binds, and that are not kept in step
/// with a course outside.
pub(crate) fn movable(ground: &Ground<'_>, courses: &[usize]) -> Vec<usize> {
    let is_loose = |course: &usize| ground.loose(*course).next().is_some();
    let has_own_room = |course: usize| ground.roommates(course).next().is_none();
    let mut found: Vec<usize> =
        courses.iter().copied().filter(|course| is_loose(course) && has_own_room(*course)).collect();
    found.sort_unstable();
    loop {
        let is_whole = |course: &usize| {
            let mut partners = ground.bound(*course, is_in_step);
            let is_pinned = |course: usize| ground.problem.classes_of(course).any(|class| ground.is_pinned[class]);
            partners.all(|other| found.binary_search(&other).is_ok() && !is_pinned(other) && !is_pinned(*course))
        };
        let kept: Vec<usize> = found.iter().copied().filter(is_whole).collect();
        if kept.len() == found.len() {
            return found;
        }
        found = kept;
    }
}

impl<'p, 'a> Piece<'p, 'a> {
    /// The piece of these courses, whose free classes `plan` has no more; `now` gives the starts that they had.
    pub(crate) fn new(
        plan: &'p Plan<'a>,
        cells: &'p Cells,
        rooms: &'p [Vec<u32>],
        courses: &[usize],
        now: impl Fn(usize) -> Vec<usize>,
    ) -> Self {
        let mut piece = Self { ground: plan.ground, plan, cells, rooms, courses: Vec::new() };
        for course in courses {
            let classes: Vec<usize> = piece.ground.loose(*course).collect();
            let starts = piece.starts(*course, classes[0]);
            piece.courses.push(FreeCourse { course: *course, classes, starts, now: now(*course) });
        }
        piece
    }

    /// The starts at which a class breaks nothing and has a room, with what they cost.
    fn starts(&self, course: usize, class: usize) -> Vec<(usize, i32)> {
        let problem = &self.ground.problem;
        let price = |start: &u16| {
            let start = usize::from(*start);
            let room = self.first_room(course, start)?;
            let spot = Spot::new(start, problem.room_class_of(RoomId(room)));
            Some((start, self.plan.price(class, spot)?))
        };
        let mut starts: Vec<(usize, i32)> = problem.starts(class).iter().filter_map(price).collect();
        let least = starts.iter().map(|(_, price)| *price).min().unwrap_or(0);
        for (_, price) in &mut starts {
            *price -= least;
        }
        starts
    }

    /// The smallest room that is free for a course from a start on.
    fn first_room(&self, course: usize, start: usize) -> Option<u32> {
        let length = self.ground.problem.length(course);
        let rooms = self.ground.rooms(course).iter().flat_map(|room_class| &self.rooms[usize::from(*room_class)]);
        rooms.copied().find(|room| self.cells.are_free(start, length, *room))
    }

    /// Whether every class is where it may be: otherwise the piece is not asked about.
    pub(crate) fn is_sound(&self) -> bool {
        let may = |free: &FreeCourse| {
            free.now.iter().all(|start| free.starts.binary_search_by_key(start, |(start, _)| *start).is_ok())
        };
        self.courses.iter().all(may)
    }

    /// The starts that the free courses have.
    pub(crate) fn now(&self) -> Vec<Vec<usize>> {
        self.courses.iter().map(|free| free.now.clone()).collect()
    }

    /// Free course (by position): those that share somebody with it.
    pub(crate) fn related(&self) -> Vec<Vec<usize>> {
        let position = |other: usize| self.courses.binary_search_by_key(&other, |free| free.course).ok();
        let row = |free: &FreeCourse| self.ground.problem.neighbours(free.course).filter_map(position).collect();
        self.courses.iter().map(row).collect()
    }

    /// Rooms for chosen starts: each class and its place, or nothing where the cells do not allow it. Long classes and those
    /// with few rooms choose first; a course keeps to the rooms that it has.
    pub(crate) fn seat(&self, chosen: &[Vec<usize>]) -> Option<Vec<(usize, Placement)>> {
        let problem = &self.ground.problem;
        let mut order: Vec<(usize, usize)> =
            (0..self.courses.len()).flat_map(|free| chosen[free].iter().map(move |start| (free, *start))).collect();
        let choice = |free: usize| -> usize {
            let rooms = self.ground.rooms(self.courses[free].course).iter();
            rooms.map(|room_class| self.rooms[usize::from(*room_class)].len()).sum()
        };
        order.sort_by_cached_key(|(free, start)| {
            let course = self.courses[*free].course;
            (
                std::cmp::Reverse(problem.length(course)),
                self.home(*free, *start).is_none(),
                choice(*free),
                *free,
                *start,
            )
        });
        let mut cells = self.cells.clone();
        let mut used: Vec<Vec<u32>> = vec![Vec::new(); self.courses.len()];
        let mut seated = Vec::new();
        for (free, start) in order {
            let course = self.courses[free].course;
            let length = problem.length(course);
            let all = self.ground.rooms(course).iter().flat_map(|room_class| &self.rooms[usize::from(*room_class)]);
            let known = used[free].iter().filter(|room| cells.are_free(start, length, **room));
            let home = self.home(free, start).filter(|room| cells.are_free(start, length, *room));
            let any = || known.chain(all.filter(|room| cells.are_free(start, length, **room))).next().copied();
            let room = home.or_else(any)?;
            let at = Placement { period: shared::ids::PeriodId(start as u32), room: RoomId(room) };
            cells.set(at, length, false);
            used[free].push(room);
            seated.push((self.courses[free].classes[chosen[free].binary_search(&start).ok()?], at));
        }
        Some(seated)
    }

    /// The room in which a free course was at a start before, among those with leased cells.
    fn home(&self, free: usize, start: usize) -> Option<u32> {
        let (problem, course) = (&self.ground.problem, self.courses[free].course);
        if !problem.has_homes() {
            return None;
        }
        let rooms = self.ground.rooms(course).iter().flat_map(|room_class| &self.rooms[usize::from(*room_class)]);
        rooms.copied().find(|room| problem.is_home(course, start, *room))
    }
}
