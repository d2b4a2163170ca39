//! The conflict graph of a campus: courses that share students, teachers or groups, weighted by what a cut would cost.
//!
//! ```text
//! w(a,b) = meetings(a) · meetings(b) · P(overlap) · ( shared students + TEACHER · shared teachers + GROUP · related )
//! ```
//!
//! P is the share of all pairs of allowed starts, lengths considered, in which the two overlap. Courses that can never meet
//! have no edge.
//!
//! Students are counted by subject, for all courses of a subject have the same: each row of the matrix *subjects × subjects* is
//! summed densely over the subjects of its students (Gustavson 1978), and spread over the courses afterwards.

use rayon::prelude::*;
use shared::ids::{CourseId, GroupId, Id, SubjectId};
use shared::model::Instance;
use shared::model::campus::{Campus, Kin};

use crate::graph::{Arc, Graph};

/// What a common teacher weighs, in students: the ledger keeps teachers apart whatever is cut, but it is easier together.
const TEACHER: u32 = 10;
/// What related groups weigh, in students.
const GROUP: u32 = 10;

/// The conflict graph of the courses of a campus. `parallel` says whether to build its rows on rayon's threads; the graph is
/// the same.
pub(crate) fn conflict_graph(instance: &Instance, campus: Campus<'_>, parallel: bool) -> Graph {
    let builder = Builder::new(instance, campus);
    let subjects = 0..campus.subject_count();
    let scratch = || Scratch::new(instance.course_count(), campus.subject_count());
    let rows = |scratch: &mut Scratch, subject: usize| builder.rows(scratch, SubjectId::new(subject));
    let mut found: Vec<Vec<(CourseId, Vec<Arc>)>> = if parallel {
        subjects.into_par_iter().with_min_len(8).map_init(scratch, rows).collect()
    } else {
        let mut scratch = scratch();
        subjects.map(|subject| rows(&mut scratch, subject)).collect()
    };
    let mut of_course = vec![Vec::new(); instance.course_count()];
    found.iter_mut().flatten().for_each(|(course, arcs)| of_course[course.index()] = std::mem::take(arcs));
    Graph::from_rows(of_course)
}

struct Builder<'a> {
    campus: Campus<'a>,
    kin: Kin,
    /// Subjects of each student, and courses of each subject, teacher and group.
    of_student: Vec<Vec<u32>>,
    of_subject: Vec<Vec<CourseId>>,
    of_teacher: Vec<Vec<CourseId>>,
    of_group: Vec<Vec<CourseId>>,
    windows: Vec<Window>,
}

/// When the meetings of a course may start.
struct Window {
    meetings: f64,
    length: usize,
    starts: Vec<u64>,
    count: f64,
}

impl Window {
    fn new(instance: &Instance, campus: Campus<'_>, course: CourseId) -> Self {
        let starts = instance.course_available(course).to_vec();
        let count = starts.iter().map(|word| word.count_ones()).sum::<u32>();
        let meetings = instance.course_lectures(course) as f64;
        Self { meetings, length: campus.length(course), starts, count: f64::from(count) }
    }

    /// The share of pairs of starts at which the two overlap.
    fn overlap(&self, other: &Self) -> f64 {
        let pairs = self.count * other.count;
        if pairs == 0.0 {
            return 0.0;
        }
        let later = (0..self.length).map(|step| common(&self.starts, &other.starts, step)).sum::<u32>();
        let earlier = (1..other.length).map(|step| common(&other.starts, &self.starts, step)).sum::<u32>();
        f64::from(later + earlier) / pairs
    }
}

/// How many of `first` have one of `second` so many periods later. No meeting reaches beyond its day.
fn common(first: &[u64], second: &[u64], later: usize) -> u32 {
    let word = |index: usize| second.get(index).copied().unwrap_or(0);
    let shifted = |index: usize| {
        let (words, bits) = (index + later / 64, later % 64);
        let high = if bits == 0 { 0 } else { word(words + 1) << (64 - bits) };
        word(words) >> bits | high
    };
    first.iter().enumerate().map(|(index, first)| (first & shifted(index)).count_ones()).sum()
}

/// Dense counts, all zeros between two rows, with those that are not zero.
struct Scratch {
    students: Vec<u32>,
    subjects: Vec<u32>,
    people: Vec<u32>,
    courses: Vec<u32>,
}

impl Scratch {
    fn new(courses: usize, subjects: usize) -> Self {
        Self { students: vec![0; subjects], subjects: Vec::new(), people: vec![0; courses], courses: Vec::new() }
    }
}

/// Adds to a dense count.
fn add(counts: &mut [u32], touched: &mut Vec<u32>, at: u32, more: u32) {
    if counts[at as usize] == 0 {
        touched.push(at);
    }
    counts[at as usize] += more;
}

impl<'a> Builder<'a> {
    fn new(instance: &'a Instance, campus: Campus<'a>) -> Self {
        let mut of_student = vec![Vec::new(); campus.student_count()];
        for subject in 0..campus.subject_count() {
            let students = campus.students(SubjectId::new(subject));
            for student in students {
                of_student[student.index()].push(subject as u32);
            }
        }
        let mut of_subject = vec![Vec::new(); campus.subject_count()];
        let mut of_teacher = vec![Vec::new(); instance.teacher_count()];
        let mut of_group = vec![Vec::new(); campus.group_count()];
        for course in instance.courses() {
            of_subject[campus.subject(course).index()].push(course);
            campus.teachers(course).iter().for_each(|teacher| of_teacher[teacher.index()].push(course));
            campus.groups(course).iter().for_each(|group| of_group[group.index()].push(course));
        }
        let windows = instance.courses().map(|course| Window::new(instance, campus, course)).collect();
        Self { campus, kin: campus.kin(), of_student, of_subject, of_teacher, of_group, windows }
    }

    /// The arcs of all courses of a subject, each row by ascending target.
    fn rows(&self, scratch: &mut Scratch, subject: SubjectId) -> Vec<(CourseId, Vec<Arc>)> {
        let courses = &self.of_subject[subject.index()];
        if courses.is_empty() {
            return Vec::new();
        }
        for student in self.campus.students(subject) {
            for other in &self.of_student[student.index()] {
                add(&mut scratch.students, &mut scratch.subjects, *other, 1);
            }
        }
        let shared: Vec<(u32, u32)> = scratch
            .subjects
            .drain(..)
            .map(|other| (other, std::mem::take(&mut scratch.students[other as usize])))
            .collect();
        courses.iter().map(|course| (*course, self.row(scratch, *course, &shared))).collect()
    }

    /// The arcs of a course whose subject has students in common with others.
    fn row(&self, scratch: &mut Scratch, course: CourseId, shared: &[(u32, u32)]) -> Vec<Arc> {
        let Scratch { people, courses, .. } = scratch;
        for (subject, students) in shared {
            self.of_subject[*subject as usize].iter().for_each(|other| add(people, courses, other.0, *students));
        }
        for teacher in self.campus.teachers(course) {
            self.of_teacher[teacher.index()].iter().for_each(|other| add(people, courses, other.0, TEACHER));
        }
        for other in related_courses(self.campus, &self.kin, &self.of_group, course) {
            add(people, courses, other.0, GROUP);
        }
        courses.sort_unstable();
        let arc = |other: u32| {
            let people = std::mem::take(&mut people[other as usize]);
            let weight = self.weight(course.0.min(other), course.0.max(other), people);
            (other != course.0 && weight > 0.0).then_some(Arc { target: other, weight })
        };
        courses.drain(..).filter_map(arc).collect()
    }

    /// The weight of an edge; its ends in ascending order, so that both directions round alike.
    fn weight(&self, first: u32, second: u32, people: u32) -> f32 {
        let (a, b) = (&self.windows[first as usize], &self.windows[second as usize]);
        (a.meetings * b.meetings * a.overlap(b) * f64::from(people)) as f32
    }
}

/// The courses of groups that are related to those of a course, ascending, each once; the course itself among them if it has
/// any group.
pub(super) fn related_courses(
    campus: Campus<'_>,
    kin: &Kin,
    of_group: &[Vec<CourseId>],
    course: CourseId,
) -> Vec<CourseId> {
    let related = campus.groups(course).iter().flat_map(|group: &GroupId| &kin.related[group.index()]);
    let mut courses: Vec<CourseId> = related.flat_map(|group| &of_group[group.index()]).copied().collect();
    courses.sort_unstable();
    courses.dedup();
    courses
}
