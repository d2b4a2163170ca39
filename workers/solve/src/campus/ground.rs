//! What all planning for a campus stands on: compiled once for each process, never changed.

use search::campus::Problem;
use shared::ids::{CourseId, Id};
use shared::model::campus::{Campus, Relation};
use shared::model::{Components, Instance, Rule};
use shared::wire::{Failure, FailureKind};

/// What a clash of one student costs where it is a hard violation: above what a meeting's own wishes may add up to.
const STUDENT: u32 = 30;
/// Weight of a hard violation against soft cost. Nothing here trades one for the other.
const HARD_WEIGHT: i32 = 1 << 20;

/// The campus of an instance, compiled.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) campus: Campus<'a>,
    pub(crate) problem: Problem,
    /// What a clash of one student costs.
    pub(crate) student_price: i32,
    /// Course: whom hard rules couple it with, and how.
    pub(crate) bonds: Vec<Vec<Bond>>,
    /// Class: whether it has its place.
    pub(crate) is_pinned: Vec<bool>,
    /// Course that must share a room with others: the room classes that all of them may use.
    common_rooms: Vec<Option<Vec<u16>>>,
}

/// A hard rule between a course and another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bond {
    /// The other one.
    pub(crate) other: usize,
    /// What the rule demands.
    pub(crate) relation: Relation,
    /// Whether the rule lists the other one later.
    pub(crate) is_first: bool,
}

impl<'a> Ground<'a> {
    /// Compiles the campus.
    pub(crate) fn new(instance: &'a Instance, campus: Campus<'a>) -> Result<Self, Failure> {
        let price = campus.weights().student_clash.unwrap_or(STUDENT);
        let problem = Problem::with_student_price(instance, HARD_WEIGHT, price)
            .map_err(|error| Failure::new(FailureKind::BadInput, error.to_string()))?;
        let mut is_pinned = vec![false; instance.class_count()];
        campus.pins().for_each(|pin| is_pinned[pin.class.index()] = true);
        let bonds = bonds(instance, campus);
        let mut ground =
            Self { instance, campus, problem, student_price: price as i32, bonds, is_pinned, common_rooms: Vec::new() };
        ground.common_rooms = (0..ground.courses()).map(|course| ground.common_rooms_of(course)).collect();
        Ok(ground)
    }

    /// The courses of the campus.
    pub(crate) fn courses(&self) -> usize {
        self.problem.courses
    }

    /// Courses that must not be taught in a common period; those that must share a room are among them.
    pub(crate) fn are_apart(&self, one: usize, other: usize) -> bool {
        self.problem.shared(one, other).hard > 0 || self.bound(one, is_apart).any(|bound| bound == other)
    }

    /// The courses that must not share a period with a course, some perhaps twice.
    pub(crate) fn all_apart(&self, course: usize) -> impl Iterator<Item = usize> + '_ {
        let sharing = self.problem.sharing(course).filter(|(_, shared)| shared.hard > 0).map(|(other, _)| other);
        sharing.chain(self.bound(course, is_apart))
    }

    /// The courses that must share a room with a course.
    pub(crate) fn roommates(&self, course: usize) -> impl Iterator<Item = usize> + '_ {
        self.bound(course, |relation| relation == Relation::SameRoom)
    }

    /// The courses of this one's hard rules of some relations.
    pub(crate) fn bound<'g>(
        &'g self,
        course: usize,
        is_meant: impl Fn(Relation) -> bool + 'g,
    ) -> impl Iterator<Item = usize> + 'g {
        self.bonds[course].iter().filter(move |bond| is_meant(bond.relation)).map(|bond| bond.other)
    }

    /// Whether the times of a course follow those of another one. Such courses are moved together or not at all.
    pub(crate) fn is_in_step(&self, course: usize) -> bool {
        self.bound(course, is_in_step).next().is_some()
    }

    /// The classes of a course that are not pinned.
    pub(crate) fn loose(&self, course: usize) -> impl Iterator<Item = usize> + Clone {
        self.problem.classes_of(course).filter(|class| !self.is_pinned[*class])
    }

    /// The room classes that the loose classes of a course may use, the smallest rooms first.
    pub(crate) fn rooms(&self, course: usize) -> &[u16] {
        self.loose(course).next().map_or(&[], |class| self.rooms_of_class(class))
    }

    /// The room classes that a class may use, the smallest rooms first.
    pub(crate) fn rooms_of_class(&self, class: usize) -> &[u16] {
        match &self.common_rooms[self.problem.course_of(class)] {
            Some(rooms) if !self.is_pinned[class] => rooms,
            _ => self.problem.room_classes(class),
        }
    }

    /// The room classes that suit a course and all whose rooms depend on its own.
    fn common_rooms_of(&self, course: usize) -> Option<Vec<u16>> {
        let mut group = vec![course];
        let mut next = 0;
        while next < group.len() {
            let more: Vec<usize> = self.roommates(group[next]).filter(|other| !group.contains(other)).collect();
            group.extend(more);
            next += 1;
        }
        let classes = || group.iter().flat_map(|one| self.problem.classes_of(*one));
        let suits_all = |room: &u16| classes().all(|class| self.problem.room_classes(class).contains(room));
        let first = self.loose(course).next()?;
        (group.len() > 1).then(|| self.problem.room_classes(first).iter().copied().filter(suits_all).collect())
    }
}

/// Relations of courses that must not share a period.
fn is_apart(relation: Relation) -> bool {
    matches!(relation, Relation::NotSameTime | Relation::SameRoom)
}

/// Relations that are judged over all meetings of both courses.
pub(crate) fn is_in_step(relation: Relation) -> bool {
    matches!(relation, Relation::SameTime | Relation::SameDay)
}

/// Whether one count may follow upon another: it breaks no more of what is never traded, and places more or costs no more.
pub(crate) fn is_no_worse(before: &Components, after: &Components) -> bool {
    let is_better = after.unplaced() < before.unplaced() || after.priced() <= before.priced();
    strict(after) <= strict(before) && is_better
}

/// Violations of what is never traded: everything hard that is placed but clashes of students.
fn strict(counted: &Components) -> u64 {
    counted.cost().hard - counted.get(Rule::StudentClash)
}

/// Clashes of students, whether they are hard or cost something.
pub(crate) fn student_clashes(campus: Campus<'_>, counted: &Components) -> u64 {
    let weight = campus.weights().student_clash.unwrap_or(1).max(1);
    counted.get(Rule::StudentClash) + counted.get(Rule::StudentClashPriced) / u64::from(weight)
}

fn bonds(instance: &Instance, campus: Campus<'_>) -> Vec<Vec<Bond>> {
    let mut bonds = vec![Vec::new(); instance.course_count()];
    for rule in campus.rules().filter(|rule| rule.weight.is_none()) {
        for (place, one) in rule.courses.iter().enumerate() {
            for other in rule.courses[place + 1..].iter().filter(|other| *other != one) {
                let mut bind = |from: &CourseId, to: &CourseId, is_first: bool| {
                    bonds[from.index()].push(Bond { other: to.index(), relation: rule.relation, is_first });
                };
                bind(one, other, true);
                bind(other, one, false);
            }
        }
    }
    bonds
}
