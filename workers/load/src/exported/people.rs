//! Whom a timetable concerns: everybody by name, with the meetings that they teach or attend, and each room with those in it.

use shared::ids::{CourseId, CurriculumId, GroupId, Id, RoomId, StudentId, TeacherId};
use shared::model::Instance;

use super::meetings::Meeting;

/// How students are called, where they are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Students {
    /// By their number in the order of the enrolments
    Numbers,
    /// By what the enrolments call them
    Names,
}

/// Everybody of one kind.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) all: Vec<Whose>,
}

impl Kind {
    /// How one of them is told from others. A student without a name is still told from a room.
    pub(crate) fn title(&self, whose: &Whose) -> String {
        if self.name == "students" { format!("Student {}", whose.name) } else { whose.name.clone() }
    }
}

/// Somebody, and their meetings as positions in the list of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    pub(crate) name: String,
    pub(crate) meetings: Vec<usize>,
}

/// Teachers, groups and rooms, and students only if somebody asks for them.
pub(crate) fn kinds(instance: &Instance, meetings: &[Meeting], students: Option<Students>) -> Vec<Kind> {
    let by_course = |names: Vec<String>, courses: Vec<Vec<CourseId>>| {
        let of_course = of_course(instance, meetings);
        let whose = |(name, courses): (String, Vec<CourseId>)| {
            let mut meetings: Vec<usize> =
                courses.iter().flat_map(|course| of_course[course.index()].iter().copied()).collect();
            meetings.sort_unstable();
            meetings.dedup();
            Whose { name, meetings }
        };
        names.into_iter().zip(courses).map(whose).collect::<Vec<_>>()
    };
    let teachers = (0..instance.teacher_count()).map(|index| instance.teacher_name(TeacherId::new(index)).to_owned());
    let mut kinds = vec![
        Kind { name: "teachers", all: by_course(teachers.collect(), taught(instance)) },
        Kind { name: "groups", all: by_course(group_names(instance), of_groups(instance)) },
        Kind { name: "rooms", all: rooms(instance, meetings) },
    ];
    if let (Some(called), Some(campus)) = (students, instance.campus()) {
        let name = |index: usize| match called {
            Students::Numbers => format!("{}", index + 1),
            Students::Names => campus.student_name(StudentId::new(index)).to_owned(),
        };
        let names = (0..campus.student_count()).map(name).collect();
        kinds.push(Kind { name: "students", all: by_course(names, campus.courses_of_students()) });
    }
    kinds
}

/// The teachers of a course.
pub(crate) fn teachers(instance: &Instance, course: CourseId) -> Vec<TeacherId> {
    let of_campus = instance.campus().map(|campus| campus.teachers(course).to_vec());
    of_campus.unwrap_or_else(|| vec![instance.course_teachers()[course.index()]])
}

/// The names of the groups of each course; of an instance of the competition, its curricula.
pub(crate) fn groups(instance: &Instance) -> Vec<Vec<String>> {
    if let Some(campus) = instance.campus() {
        let names = |course| campus.groups(course).iter().map(|group| campus.group_name(*group).to_owned()).collect();
        return instance.courses().map(names).collect();
    }
    let mut groups = vec![Vec::new(); instance.course_count()];
    for curriculum in (0..instance.curriculum_count()).map(CurriculumId::new) {
        for course in instance.curriculum_courses(curriculum) {
            groups[course.index()].push(instance.curriculum_name(curriculum).to_owned());
        }
    }
    groups
}

fn of_course(instance: &Instance, meetings: &[Meeting]) -> Vec<Vec<usize>> {
    let mut of_course = vec![Vec::new(); instance.course_count()];
    for (position, meeting) in meetings.iter().enumerate() {
        of_course[meeting.course.index()].push(position);
    }
    of_course
}

fn taught(instance: &Instance) -> Vec<Vec<CourseId>> {
    let mut taught = vec![Vec::new(); instance.teacher_count()];
    for course in instance.courses() {
        for teacher in teachers(instance, course) {
            taught[teacher.index()].push(course);
        }
    }
    taught
}

fn group_names(instance: &Instance) -> Vec<String> {
    match instance.campus() {
        Some(campus) => {
            (0..campus.group_count()).map(|index| campus.group_name(GroupId::new(index)).to_owned()).collect()
        }
        None => (0..instance.curriculum_count())
            .map(|index| instance.curriculum_name(CurriculumId::new(index)).to_owned())
            .collect(),
    }
}

/// The courses of each group: its own and those of the groups above it, for its people attend both.
fn of_groups(instance: &Instance) -> Vec<Vec<CourseId>> {
    let Some(campus) = instance.campus() else {
        let courses = |index| instance.curriculum_courses(CurriculumId::new(index)).to_vec();
        return (0..instance.curriculum_count()).map(courses).collect();
    };
    let mut own = vec![Vec::new(); campus.group_count()];
    for course in instance.courses() {
        campus.groups(course).iter().for_each(|group| own[group.index()].push(course));
    }
    let lines = campus.kin().lines;
    lines.iter().map(|line| line.iter().flat_map(|group| own[group.index()].iter().copied()).collect()).collect()
}

fn rooms(instance: &Instance, meetings: &[Meeting]) -> Vec<Whose> {
    let whose = |room: RoomId| Whose { name: instance.room_name(room).to_owned(), meetings: Vec::new() };
    let mut rooms: Vec<Whose> = (0..instance.room_count()).map(|index| whose(RoomId::new(index))).collect();
    for (position, meeting) in meetings.iter().enumerate() {
        rooms[meeting.room.index()].meetings.push(position);
    }
    rooms
}
