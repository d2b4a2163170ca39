//! A partial timetable in room classes that breaks no rule but that students clash, and which classes each period has.

use search::campus::State;
use search::{Change, Spot};
use shared::ids::{ClassId, Id};
use shared::model::Timetable;
use shared::model::campus::Relation;

use super::ground::Ground;

/// The timetable while it is made.
#[derive(Clone, Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) ground: &'a Ground<'a>,
    pub(crate) state: State,
    /// Period: the classes there.
    there: Vec<Vec<u32>>,
    unplaced: usize,
}

impl<'a> Plan<'a> {
    /// Nothing is placed.
    pub(crate) fn new(ground: &'a Ground<'a>) -> Self {
        let problem = &ground.problem;
        Self {
            ground,
            state: State::empty(problem),
            there: vec![Vec::new(); problem.periods],
            unplaced: problem.classes,
        }
    }

    /// What a timetable has placed, as far as the campus allows it where it is.
    pub(crate) fn of(ground: &'a Ground<'a>, timetable: &Timetable) -> Self {
        let mut plan = Self::new(ground);
        for class in 0..ground.problem.classes {
            let Some(at) = timetable.get(ClassId::new(class)) else { continue };
            let spot = Spot::new(at.period.index(), ground.problem.room_class_of(at.room));
            if ground.problem.starts(class).contains(&(spot.period() as u16)) {
                plan.place(class, spot);
            }
        }
        plan
    }

    /// The same classes where they once were.
    pub(crate) fn with_spots(mut self, spots: &[Spot]) -> Self {
        let is_moved = |plan: &Self, class: &usize| plan.state.spots()[*class] != spots[*class];
        let moved: Vec<usize> = (0..spots.len()).filter(|class| is_moved(&self, class)).collect();
        for class in &moved {
            self.remove(*class);
        }
        for class in moved {
            if spots[class].period() < self.ground.problem.periods {
                self.place(class, spots[class]);
            }
        }
        self
    }

    /// Classes without a place.
    pub(crate) fn unplaced(&self) -> usize {
        self.unplaced
    }

    /// Places a class that is nowhere.
    pub(crate) fn place(&mut self, class: usize, spot: Spot) {
        self.state.enter(&self.ground.problem, class, spot);
        self.periods_of(class, spot).for_each(|period| self.there[period].push(class as u32));
        self.unplaced -= 1;
    }

    /// Takes a class out; says where it was.
    pub(crate) fn remove(&mut self, class: usize) -> Option<Spot> {
        let spot = self.state.spot(class)?;
        self.state.leave(&self.ground.problem, class);
        for period in self.periods_of(class, spot) {
            self.there[period].retain(|other| *other as usize != class);
        }
        self.unplaced += 1;
        Some(spot)
    }

    /// The classes of a period.
    pub(crate) fn there(&self, period: usize) -> &[u32] {
        &self.there[period]
    }

    /// The periods that a class takes from a start on.
    pub(crate) fn periods_of(&self, class: usize, spot: Spot) -> std::ops::Range<usize> {
        let problem = &self.ground.problem;
        spot.period()..spot.period() + problem.length(problem.course_of(class))
    }

    /// What a class that is nowhere would cost at a spot, if it breaks nothing there and leaves those bound to it a chance.
    pub(crate) fn price(&self, class: usize, spot: Spot) -> Option<i32> {
        let Change { hard, soft } = self.state.marginal(&self.ground.problem, class, spot);
        (hard == 0 && !self.overlaps_own(class, spot) && self.follows(class, spot)).then_some(soft)
    }

    /// The cheapest place for a class that is nowhere: start and room class, and what it costs. Of equal ones the start with
    /// the fewest classes.
    pub(crate) fn cheapest(&self, class: usize) -> Option<(i32, Spot)> {
        let problem = &self.ground.problem;
        let course = problem.course_of(class);
        let mut known: Vec<usize> =
            problem.classes_of(course).filter_map(|other| self.state.spot(other)).map(Spot::room).collect();
        known.sort_unstable();
        known.dedup();
        let place = |start: &u16| {
            let start = usize::from(*start);
            let spots = self.open_rooms(class, start, &known).map(|room| Spot::new(start, room));
            spots.filter_map(|spot| self.price(class, spot).map(|price| (price, spot))).min_by_key(|(price, _)| *price)
        };
        let all = problem.starts(class).iter().filter_map(place);
        all.min_by_key(|(price, spot)| (*price, self.there[spot.period()].len(), spot.period()))
    }

    /// Room classes with a free room for a class: those that its course uses, and the first (smallest) of the others. All of
    /// them where a rule binds its room.
    fn open_rooms<'p>(&'p self, class: usize, start: usize, known: &'p [usize]) -> impl Iterator<Item = usize> + 'p {
        let problem = &self.ground.problem;
        let course = problem.course_of(class);
        let is_bound = self.ground.roommates(course).next().is_some();
        let suiting = self.ground.rooms_of_class(class);
        let is_open = move |room: &usize| self.state.is_free(problem, class, start, *room);
        let used = known.iter().copied().filter(|room| suiting.contains(&(*room as u16))).filter(is_open);
        let others = suiting.iter().map(|room| usize::from(*room)).filter(is_open);
        used.chain(others.take(if is_bound { usize::MAX } else { 1 }))
    }

    /// Two meetings of a course are never in one period, whoever comes; nor are those of courses that must share a room.
    fn overlaps_own(&self, class: usize, spot: Spot) -> bool {
        let problem = &self.ground.problem;
        let course = problem.course_of(class);
        let end = spot.period() + problem.length(course);
        let meets = |other: usize| {
            let own_end = |at: Spot| at.period() + problem.length(problem.course_of(other));
            self.state.spot(other).is_some_and(|at| at.period() < end && spot.period() < own_end(at))
        };
        let mut courses = self.ground.roommates(course).chain([course]);
        courses.any(|one| problem.classes_of(one).any(|other| other != class && meets(other)))
    }

    /// Where a rule demands the same times or days of as many meetings, a course keeps to those of the other one from the
    /// first meeting on: the rule itself speaks up only with the last.
    fn follows(&self, class: usize, spot: Spot) -> bool {
        let problem = &self.ground.problem;
        let course = problem.course_of(class);
        let count = problem.classes_of(course).len();
        self.ground.bonds[course].iter().all(|bond| {
            let mut others = problem.classes_of(bond.other).filter_map(|other| self.state.spot(other));
            let is_whole = others.clone().count() == count && problem.classes_of(bond.other).len() == count;
            match bond.relation {
                Relation::SameTime if is_whole => others.any(|other| other.period() == spot.period()),
                Relation::SameDay if is_whole => {
                    others.any(|other| problem.day_of(other.period()) == problem.day_of(spot.period()))
                }
                _ => true,
            }
        })
    }
}
