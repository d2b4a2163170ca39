//! A run that is asked about.

use std::path::{Path, PathBuf};

use shared::ids::{ClassId, CourseId, Id as _};
use shared::model::{Instance, Placement, Timetable};

use crate::error::ExplainError;
use crate::rows::Rows;

/// What is known of it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) run: PathBuf,
    pub(crate) instance: Instance,
    pub(crate) timetable: Timetable,
    pub(crate) rows: Rows,
}

impl Case {
    /// Reads the run in a directory, or the one that `latest` in it leads to.
    pub(crate) fn read(run: &Path) -> Result<Self, ExplainError> {
        let latest = run.join("latest");
        let run = if run.join("timetable.json").exists() || !latest.exists() { run.to_owned() } else { latest };
        let (instance, timetable) = load::timetable_of(&run)?;
        let rows = Rows::read(&run, &instance);
        Ok(Self { run, instance, timetable, rows })
    }

    /// The courses that somebody means by the name of an event, or of a course with several.
    pub(crate) fn courses(&self, name: &str) -> Result<Vec<CourseId>, ExplainError> {
        let instance = &self.instance;
        if let Some(course) = instance.courses().find(|course| instance.course_name(*course) == name) {
            return Ok(vec![course]);
        }
        let subject = |course: CourseId| instance.campus().map(|campus| campus.subject_name(campus.subject(course)));
        let of_subject: Vec<CourseId> = instance.courses().filter(|course| subject(*course) == Some(name)).collect();
        if !of_subject.is_empty() {
            return Ok(of_subject);
        }
        let names = instance.courses().map(|course| instance.course_name(course));
        let known = names.chain(instance.courses().filter_map(subject));
        let like = load::nearest(name, known).map(str::to_owned);
        Err(ExplainError::NoEvent { name: name.to_owned(), run: self.run.clone(), like })
    }

    /// The meetings of a course with their numbers, from 1, and their places.
    pub(crate) fn meetings(&self, course: CourseId) -> Vec<(usize, ClassId, Option<Placement>)> {
        let classes = self.instance.course_classes(course).map(ClassId::new);
        (1..).zip(classes).map(|(number, class)| (number, class, self.timetable.get(class))).collect()
    }
}
