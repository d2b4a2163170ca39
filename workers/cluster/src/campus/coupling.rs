//! Which courses of a campus must not be moved side by side, and which not be parted.

use shared::ids::{CourseId, Id};
use shared::model::Instance;
use shared::model::campus::{Campus, Relation};

use super::conflict::related_courses;
use crate::graph::{Arc, Graph};

/// The graph of courses with a common teacher, related groups or a hard rule: jobs of one wave have no edge of it between them.
pub(crate) fn coupling(instance: &Instance, campus: Campus<'_>) -> Graph {
    let mut of_teacher = vec![Vec::new(); instance.teacher_count()];
    let mut of_group = vec![Vec::new(); campus.group_count()];
    for course in instance.courses() {
        campus.teachers(course).iter().for_each(|teacher| of_teacher[teacher.index()].push(course));
        campus.groups(course).iter().for_each(|group| of_group[group.index()].push(course));
    }
    let kin = campus.kin();
    let mut ruled = vec![Vec::new(); instance.course_count()];
    for (one, other, _) in hard_pairs(campus) {
        ruled[one.index()].push(other);
        ruled[other.index()].push(one);
    }
    let row = |course: CourseId| -> Vec<Arc> {
        let mut others = related_courses(campus, &kin, &of_group, course);
        others.extend(campus.teachers(course).iter().flat_map(|teacher| &of_teacher[teacher.index()]));
        others.extend(&ruled[course.index()]);
        others.sort_unstable();
        others.dedup();
        others.into_iter().filter(|other| *other != course).map(|other| Arc { target: other.0, weight: 1.0 }).collect()
    };
    Graph::from_rows(instance.courses().map(row).collect())
}

/// Pairs of courses that only make sense together: what one does decides where the other may be.
pub(crate) fn rigid_pairs(campus: Campus<'_>) -> Vec<(CourseId, CourseId)> {
    let is_rigid = |relation: Relation| match relation {
        Relation::SameTime | Relation::SameDay | Relation::SameRoom | Relation::Before => true,
        Relation::NotSameTime | Relation::NotSameDay => false,
    };
    hard_pairs(campus).filter(|(.., relation)| is_rigid(*relation)).map(|(one, other, _)| (one, other)).collect()
}

/// All pairs of the hard rules.
fn hard_pairs(campus: Campus<'_>) -> impl Iterator<Item = (CourseId, CourseId, Relation)> {
    campus.rules().filter(|rule| rule.weight.is_none()).flat_map(|rule| {
        let courses = rule.courses;
        let pairs = (0..courses.len()).flat_map(move |one| (one + 1..courses.len()).map(move |other| (one, other)));
        pairs.map(move |(one, other)| (courses[one], courses[other], rule.relation))
    })
}
