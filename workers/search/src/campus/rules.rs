//! Rules between events, pair by pair.

use shared::ids::Id;
use shared::model::Instance;
use shared::model::campus::{Campus, Relation};

use super::state::State;
use crate::Spot;
use crate::campus::Problem;
use crate::change::Change;

/// A meeting: where it is, and how long.
type Meeting = (Spot, usize);

/// Two courses that a rule couples, in its order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) relation: Relation,
    /// What it costs when it is broken.
    pub(super) price: Change,
}

/// All pairs, and those of each course.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    all: Vec<Pair>,
    of_course: Vec<Vec<u32>>,
}

impl Pairs {
    pub(crate) fn new(instance: &Instance, campus: Campus<'_>) -> Self {
        let mut pairs = Self { all: Vec::new(), of_course: vec![Vec::new(); instance.course_count()] };
        for rule in campus.rules() {
            let price = rule.weight.map_or(Change { hard: 1, soft: 0 }, |soft| Change { hard: 0, soft: soft as i32 });
            for (place, first) in rule.courses.iter().enumerate() {
                for second in &rule.courses[place + 1..] {
                    let number = pairs.all.len() as u32;
                    pairs.of_course[first.index()].push(number);
                    if first != second {
                        pairs.of_course[second.index()].push(number);
                    }
                    pairs.all.push(Pair { first: first.0, second: second.0, relation: rule.relation, price });
                }
            }
        }
        pairs
    }

    /// The pairs of a course.
    #[inline]
    pub(crate) fn of(&self, course: usize) -> impl Iterator<Item = &Pair> {
        self.of_course[course].iter().map(|number| &self.all[*number as usize])
    }

    /// The courses that rules couple with a course.
    pub(crate) fn partners(&self, course: usize) -> impl Iterator<Item = (usize, Relation)> {
        self.of(course).map(move |pair| {
            let other = if pair.first as usize == course { pair.second } else { pair.first };
            (other as usize, pair.relation)
        })
    }
}

impl Pair {
    /// Most that it can cost as a soft rule.
    pub(crate) fn most_soft(&self) -> i32 {
        self.price.soft
    }

    /// What the pair costs with `class` at `spot`, or out of the timetable, all others where they are.
    pub(crate) fn price(&self, problem: &Problem, state: &State, class: usize, spot: Option<Spot>) -> Change {
        let meetings = |course: u32| {
            let length = problem.length(course as usize);
            let at = move |other: usize| if other == class { spot } else { state.spot(other) };
            problem.classes_of(course as usize).filter_map(at).map(move |spot| (spot, length))
        };
        let (a, b) = (meetings(self.first), meetings(self.second));
        if self.relation == Relation::SameRoom && self.price.hard > 0 {
            // As a whole it is one violation; but then no single step towards one room would be a gain.
            return Change { hard: strays(a.chain(b)), soft: 0 };
        }
        if self.is_broken(problem, a, b) { self.price } else { Change::default() }
    }

    fn is_broken<M: Iterator<Item = Meeting> + Clone>(&self, problem: &Problem, a: M, b: M) -> bool {
        let are_any = |meets: fn(Meeting, Meeting) -> bool| a.clone().any(|x| b.clone().any(|y| meets(x, y)));
        let meet: fn(Meeting, Meeting) -> bool =
            |x, y| x.0.period() < y.0.period() + y.1 && y.0.period() < x.0.period() + x.1;
        let days = |meetings: M| meetings.fold(0_u64, |days, (spot, _)| days | 1 << problem.day_of(spot.period()));
        let are_as_many = || a.clone().count() == b.clone().count();
        match self.relation {
            Relation::SameTime => are_as_many() && !have_the_same_starts(&a, &b),
            Relation::NotSameTime => are_any(meet),
            Relation::SameDay => are_as_many() && days(a) != days(b),
            Relation::NotSameDay => days(a) & days(b) != 0,
            // Rooms of one class can be the same room, but not at once.
            Relation::SameRoom => are_any(|x, y| x.0.room() != y.0.room()) || are_any(meet),
            Relation::Before => are_any(|x, y| x.0.period() + x.1 > y.0.period()),
        }
    }
}

/// Meetings that are not in the room class of most. (Two at once in one room are told by the arcs of their courses.)
fn strays(meetings: impl Iterator<Item = Meeting> + Clone) -> i32 {
    let in_room = |room: usize| meetings.clone().filter(|(spot, _)| spot.room() == room).count();
    let most = meetings.clone().map(|(spot, _)| in_room(spot.room())).max().unwrap_or(0);
    (meetings.count() - most) as i32
}

/// Whether as many meetings of the one as of the other start in each period; both have as many in all.
fn have_the_same_starts<M: Iterator<Item = Meeting> + Clone>(a: &M, b: &M) -> bool {
    let starting = |meetings: &M, period: usize| meetings.clone().filter(|(spot, _)| spot.period() == period).count();
    a.clone().all(|(spot, _)| starting(a, spot.period()) == starting(b, spot.period()))
}
