//! Which curricula a course is in: the instance lists it the other way round.

use shared::ids::{CourseId, CurriculumId, Id};
use shared::model::Instance;

/// The curricula of each course.
#[derive(Debug)]
pub(crate) struct Membership {
    starts: Vec<u32>,
    curricula: Vec<CurriculumId>,
}

impl Membership {
    /// Turns the lists of the instance round.
    pub(crate) fn new(instance: &Instance) -> Self {
        let curricula = || (0..instance.curriculum_count()).map(CurriculumId::new);
        let mut starts = vec![0_u32; instance.course_count() + 1];
        for curriculum in curricula() {
            instance.curriculum_courses(curriculum).iter().for_each(|course| starts[course.index() + 1] += 1);
        }
        (1..starts.len()).for_each(|row| starts[row] += starts[row - 1]);
        let mut next = starts.clone();
        let mut lists = vec![CurriculumId(0); starts.last().map_or(0, |end| *end as usize)];
        for curriculum in curricula() {
            for course in instance.curriculum_courses(curriculum) {
                let slot = &mut next[course.index()];
                lists[*slot as usize] = curriculum;
                *slot += 1;
            }
        }
        Self { starts, curricula: lists }
    }

    /// The curricula of a course, ascending.
    pub(crate) fn of(&self, course: CourseId) -> &[CurriculumId] {
        let row = course.index();
        &self.curricula[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}
