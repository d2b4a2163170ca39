//! Which courses disturb one another, and by how much in each period that they share.

use shared::ids::{CourseId, Id};
use shared::model::Instance;
use shared::model::campus::{Campus, Kin, Relation, RuleView};

/// What a course finds of another one in its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arc {
    /// The other course.
    pub(crate) other: u32,
    /// Hard violations in each common period.
    pub(crate) hard: u16,
    /// Soft cost in each common period.
    pub(crate) soft: u16,
}

/// The arcs of all courses, and what two meetings of one course cost in a common period.
#[derive(Clone, Debug)]
pub(crate) struct Arcs {
    starts: Vec<u32>,
    items: Vec<Arc>,
    own: Vec<Arc>,
}

impl Arcs {
    /// Counts what every two courses share: each common teacher is a violation, related groups are one, and so is each common
    /// student, unless students have a price.
    pub(crate) fn new(instance: &Instance, campus: Campus<'_>, student_price: Option<u32>) -> Self {
        let sharing = Sharing::new(instance, campus, student_price);
        let mut scratch = Scratch { shared: vec![(0, 0); instance.course_count()], touched: Vec::new() };
        let mut table = Self { starts: vec![0], items: Vec::new(), own: Vec::new() };
        for course in instance.courses() {
            let own = sharing.row(course, &mut scratch, &mut table.items);
            table.own.push(own);
            table.starts.push(table.items.len() as u32);
        }
        table
    }

    /// The arcs of a course, by ascending target.
    #[inline]
    pub(crate) fn of(&self, course: usize) -> &[Arc] {
        &self.items[self.starts[course] as usize..self.starts[course + 1] as usize]
    }

    /// What two meetings of a course cost in a common period.
    #[inline]
    pub(crate) fn own(&self, course: usize) -> Arc {
        self.own[course]
    }

    /// Whether any arc has a soft cost.
    pub(crate) fn is_any_soft(&self) -> bool {
        self.items.iter().chain(&self.own).any(|arc| arc.soft > 0)
    }
}

/// Who attends, gives and follows what.
struct Sharing<'a> {
    campus: Campus<'a>,
    student_price: Option<u32>,
    of_student: Vec<Vec<CourseId>>,
    of_teacher: Vec<Vec<CourseId>>,
    of_group: Vec<Vec<CourseId>>,
    room_mates: Vec<Vec<CourseId>>,
    kin: Kin,
}

/// What a course shares with each other one (hard, soft), all zeros between two rows, and those that are not zero.
struct Scratch {
    shared: Vec<(u32, u32)>,
    touched: Vec<u32>,
}

impl Scratch {
    fn add(&mut self, other: CourseId, hard: u32, soft: u32) {
        let shared = &mut self.shared[other.index()];
        if *shared == (0, 0) {
            self.touched.push(other.0);
        }
        shared.0 += hard;
        shared.1 += soft;
    }
}

impl<'a> Sharing<'a> {
    fn new(instance: &Instance, campus: Campus<'a>, student_price: Option<u32>) -> Self {
        let mut of_teacher = vec![Vec::new(); instance.teacher_count()];
        let mut of_group = vec![Vec::new(); campus.group_count()];
        for course in instance.courses() {
            for teacher in campus.teachers(course) {
                of_teacher[teacher.index()].push(course);
            }
            for group in campus.groups(course) {
                of_group[group.index()].push(course);
            }
        }
        let of_student = campus.courses_of_students();
        let room_mates = room_mates(instance, campus);
        Self { campus, student_price, of_student, of_teacher, of_group, room_mates, kin: campus.kin() }
    }

    /// Appends the arcs of a course; returns what it shares with itself.
    fn row(&self, course: CourseId, scratch: &mut Scratch, arcs: &mut Vec<Arc>) -> Arc {
        let (hard, soft) = match self.student_price {
            None => (1, 0),
            Some(weight) => (0, weight),
        };
        for student in self.campus.students(self.campus.subject(course)) {
            self.of_student[student.index()].iter().for_each(|other| scratch.add(*other, hard, soft));
        }
        for teacher in self.campus.teachers(course) {
            self.of_teacher[teacher.index()].iter().for_each(|other| scratch.add(*other, 1, 0));
        }
        for other in &self.room_mates[course.index()] {
            scratch.add(*other, 1, 0);
        }
        let related = self.campus.groups(course).iter().flat_map(|group| &self.kin.related[group.index()]);
        let mut followed: Vec<CourseId> = related.flat_map(|group| &self.of_group[group.index()]).copied().collect();
        followed.sort_unstable();
        followed.dedup();
        for other in followed {
            scratch.add(other, 1, 0);
        }
        scratch.touched.sort_unstable();
        let mut own = Arc { other: course.0, hard: 0, soft: 0 };
        for other in scratch.touched.drain(..) {
            let (hard, soft) = std::mem::take(&mut scratch.shared[other as usize]);
            let narrow = |count: u32| count.min(u32::from(u16::MAX)) as u16;
            let arc = Arc { other, hard: narrow(hard), soft: narrow(soft) };
            if other == course.0 { own = arc } else { arcs.push(arc) }
        }
        own
    }
}

/// The courses that a hard rule binds to one room, which they cannot be in at once. Each common period counts, besides the rule
/// as a whole, so that every step away from being there together is a gain.
fn room_mates(instance: &Instance, campus: Campus<'_>) -> Vec<Vec<CourseId>> {
    let mut mates = vec![Vec::new(); instance.course_count()];
    let is_meant = |rule: &RuleView<'_>| rule.weight.is_none() && rule.relation == Relation::SameRoom;
    for rule in campus.rules().filter(is_meant) {
        for course in rule.courses {
            mates[course.index()].extend(rule.courses.iter().filter(|other| *other != course));
        }
    }
    mates
}
