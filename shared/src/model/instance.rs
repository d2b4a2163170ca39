//! The instance: a view over a mapped artifact.

use std::ops::Range;
use std::path::Path;

use crate::artifact::{Artifact, ArtifactError, ArtifactKey, ArtifactWriter, Column, Kind};
use crate::ids::{ClassId, CourseId, CurriculumId, Id, PeriodId, RoomId, TeacherId};
use crate::model::campus::{self, Campus, CampusTables};
use crate::model::homes::{HomeTables, Homes};

/// The tables of an instance while `load` (or a test) builds them. [`InstanceTables::artifact`] lays them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceTables {
    /// Name of the instance.
    pub name: String,
    /// Days of the week.
    pub days: u32,
    /// Slots of each day.
    pub slots_per_day: u32,
    /// Courses in the order of the file.
    pub courses: Vec<CourseRow>,
    /// Rooms: name and seats, in the order of the file.
    pub rooms: Vec<(String, u32)>,
    /// Curricula: name and member courses, in the order of the file.
    pub curricula: Vec<(String, Vec<CourseId>)>,
    /// Names of teachers, in the order of their first course.
    pub teachers: Vec<String>,
    /// Periods in which a course must not be taught.
    pub unavailable: Vec<(CourseId, PeriodId)>,
    /// What a campus has beside all this; nothing for an instance of the competition.
    pub campus: Option<CampusTables>,
    /// Where lectures were in the timetable that people have already, if one is given.
    pub homes: Option<HomeTables>,
}

/// One course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseRow {
    /// Its name.
    pub name: String,
    /// Who gives it. A campus has its teachers in [`crate::model::campus::EventRow`].
    pub teacher: TeacherId,
    /// Weekly lectures: the number of its classes.
    pub lectures: u32,
    /// Least number of days they should spread over.
    pub min_days: u32,
    /// Students who attend.
    pub students: u32,
}

impl InstanceTables {
    /// Lays the tables out as an artifact.
    pub fn artifact(&self, key: ArtifactKey) -> ArtifactWriter {
        let mut text = TextTable::default();
        let name = text.add(&self.name);
        let periods = (self.days * self.slots_per_day) as usize;
        let words = periods.div_ceil(64);
        let mut available = vec![0_u64; self.courses.len() * words];
        for row in available.chunks_mut(words.max(1)) {
            (0..periods).for_each(|period| row[period / 64] |= 1 << (period % 64));
        }
        for (course, period) in &self.unavailable {
            available[course.index() * words + period.index() / 64] &= !(1 << (period.index() % 64));
        }
        let mut first_class = vec![ClassId(0)];
        let mut class_course = Vec::new();
        for (index, course) in self.courses.iter().enumerate() {
            class_course.extend(std::iter::repeat_n(CourseId::new(index), course.lectures as usize));
            first_class.push(ClassId::new(class_course.len()));
        }
        let mut starts = vec![0_u32];
        let mut members = Vec::new();
        for (_, courses) in &self.curricula {
            let mut courses = courses.clone();
            courses.sort_unstable();
            courses.dedup();
            members.extend(courses);
            starts.push(members.len() as u32);
        }
        let course_names = text.add_all(self.courses.iter().map(|course| &course.name));
        let room_names = text.add_all(self.rooms.iter().map(|(name, _)| name));
        let curriculum_names = text.add_all(self.curricula.iter().map(|(name, _)| name));
        let teacher_names = text.add_all(self.teachers.iter());
        let course = |of: fn(&CourseRow) -> u32| self.courses.iter().map(of).collect::<Vec<u32>>();

        let mut writer = ArtifactWriter::new(Kind::Instance, key);
        writer
            .column(Column::Calendar, &[self.days, self.slots_per_day])
            .column(Column::InstanceName, &[name])
            .column(Column::CourseName, &course_names)
            .column(Column::CourseTeacher, &self.courses.iter().map(|course| course.teacher).collect::<Vec<_>>())
            .column(Column::CourseFirstClass, &first_class)
            .column(Column::CourseMinDays, &course(|row| row.min_days))
            .column(Column::CourseStudents, &course(|row| row.students))
            .column(Column::CourseAvailable, &available)
            .column(Column::ClassCourse, &class_course)
            .column(Column::RoomName, &room_names)
            .column(Column::RoomCapacity, &self.rooms.iter().map(|(_, seats)| *seats).collect::<Vec<_>>())
            .column(Column::CurriculumName, &curriculum_names)
            .column(Column::CurriculumStarts, &starts)
            .column(Column::CurriculumCourses, &members)
            .column(Column::TeacherName, &teacher_names);
        if let Some(campus) = &self.campus {
            campus.write(&mut writer, &mut text, (self.rooms.len(), self.teachers.len(), periods));
        }
        if let Some(homes) = &self.homes {
            homes.write(&mut writer);
        }
        writer.column(Column::TextBytes, text.bytes.as_bytes()).column(Column::TextStarts, &text.starts());
        writer
    }

    /// The instance in memory, as if it had been sealed and opened. For tests and tools.
    ///
    /// # Errors
    /// When the tables contradict one another, as a damaged file would.
    pub fn instance(&self) -> Result<Instance, ArtifactError> {
        Instance::new(Artifact::from_bytes(&self.artifact(ArtifactKey::default()).to_bytes(), Kind::Instance)?)
    }
}

/// All text of an instance while it is laid out.
#[derive(Default)]
pub(super) struct TextTable {
    bytes: String,
    ends: Vec<u32>,
}

impl TextTable {
    fn add(&mut self, text: &str) -> u32 {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
        self.ends.len() as u32 - 1
    }

    /// The numbers of several texts.
    pub(super) fn add_all<'a>(&mut self, texts: impl Iterator<Item = &'a String>) -> Vec<u32> {
        texts.map(|text| self.add(text)).collect()
    }

    fn starts(&self) -> Vec<u32> {
        std::iter::once(0).chain(self.ends.iter().copied()).collect()
    }
}

/// A checked instance. Counts are dense: ids run from 0.
#[derive(Debug)]
pub struct Instance {
    artifact: Artifact,
    words: usize,
    is_campus: bool,
}

/// Shorthand for a column that [`Instance::new`] has checked to exist.
macro_rules! column {
    ($self:ident, $column:ident) => {
        $self.artifact.column(Column::$column).expect("checked when the instance was opened")
    };
}

impl Instance {
    /// Maps and checks the instance at `path`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn open(path: &Path) -> Result<Self, ArtifactError> {
        Self::new(Artifact::open(path, Kind::Instance)?)
    }

    fn new(artifact: Artifact) -> Result<Self, ArtifactError> {
        let damaged = |why: &str| ArtifactError::Damaged { path: artifact.path().to_owned(), why: why.to_owned() };
        let &[days, slots] = artifact.column::<u32>(Column::Calendar)? else {
            return Err(damaged("its calendar has not two numbers"));
        };
        let periods = days as usize * slots as usize;
        let words = periods.div_ceil(64);
        let courses = artifact.column::<u32>(Column::CourseName)?.len();
        let first = artifact.column::<ClassId>(Column::CourseFirstClass)?;
        let classes = artifact.column::<CourseId>(Column::ClassCourse)?;
        let starts = artifact.column::<u32>(Column::CurriculumStarts)?;
        let members = artifact.column::<CourseId>(Column::CurriculumCourses)?;
        let teachers = artifact.column::<u32>(Column::TeacherName)?.len();
        let text = artifact.column::<u32>(Column::TextStarts)?;
        let text_bytes = artifact.column::<u8>(Column::TextBytes)?;
        let is_campus = artifact.has(Column::CampusWeights);
        let rising = |rows: &[u32], last: usize| {
            rows.first() == Some(&0) && rows.is_sorted() && rows.last().is_some_and(|row| *row as usize == last)
        };
        let sound = first.len() == courses + 1
            && rising(bytemuck::cast_slice(first), classes.len())
            && artifact.column::<u32>(Column::CourseMinDays)?.len() == courses
            && artifact.column::<u32>(Column::CourseStudents)?.len() == courses
            && artifact.column::<u64>(Column::CourseAvailable)?.len() == courses * words
            && artifact.column::<TeacherId>(Column::CourseTeacher)?.len() == courses
            && (is_campus
                || artifact.column::<TeacherId>(Column::CourseTeacher)?.iter().all(|id| id.index() < teachers))
            && classes.iter().chain(members).all(|course| course.index() < courses)
            && artifact.column::<u32>(Column::CurriculumName)?.len() + 1 == starts.len()
            && rising(starts, members.len())
            && artifact.column::<u32>(Column::RoomName)?.len() == artifact.column::<u32>(Column::RoomCapacity)?.len()
            && artifact.column::<u32>(Column::InstanceName)?.len() == 1
            && rising(text, text_bytes.len())
            && std::str::from_utf8(text_bytes).is_ok();
        if !sound {
            return Err(damaged("its tables contradict one another"));
        }
        let instance = Self { artifact, words, is_campus };
        if is_campus && !campus::is_sound(&instance, &instance.artifact)? {
            let path = instance.artifact.path().to_owned();
            return Err(ArtifactError::Damaged {
                path,
                why: "the tables of its campus contradict one another".to_owned(),
            });
        }
        Homes::read(&instance.artifact, &instance)?;
        Ok(instance)
    }

    /// What it has beyond an instance of the competition, if it is a campus.
    pub fn campus(&self) -> Option<Campus<'_>> {
        self.is_campus.then(|| Campus::new(self, &self.artifact))
    }

    /// Where its lectures were before, if a previous timetable was given.
    pub fn homes(&self) -> Option<Homes<'_>> {
        Homes::read(&self.artifact, self).expect("checked when the instance was opened")
    }

    /// The key of its artifact: what it was made from.
    pub fn key(&self) -> ArtifactKey {
        self.artifact.header().key
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.text(self.artifact.column::<u32>(Column::InstanceName).expect("checked")[0])
    }

    pub(super) fn text(&self, number: u32) -> &str {
        let starts: &[u32] = column!(self, TextStarts);
        let bytes: &[u8] = column!(self, TextBytes);
        let range = starts[number as usize] as usize..starts[number as usize + 1] as usize;
        std::str::from_utf8(&bytes[range]).unwrap_or("(text is damaged)")
    }

    /// Days of the week.
    pub fn days(&self) -> usize {
        self.artifact.column::<u32>(Column::Calendar).expect("checked")[0] as usize
    }

    /// Slots of each day.
    pub fn slots_per_day(&self) -> usize {
        self.artifact.column::<u32>(Column::Calendar).expect("checked")[1] as usize
    }

    /// Periods of the week: days × slots per day.
    pub fn period_count(&self) -> usize {
        self.days() * self.slots_per_day()
    }

    /// Day (from 0) and slot (from 0) of a period.
    pub fn day_and_slot(&self, period: PeriodId) -> (usize, usize) {
        (period.index() / self.slots_per_day(), period.index() % self.slots_per_day())
    }

    /// Number of courses.
    pub fn course_count(&self) -> usize {
        self.course_teachers().len()
    }

    /// The courses.
    pub fn courses(&self) -> impl Iterator<Item = CourseId> + use<> {
        (0..self.course_count()).map(CourseId::new)
    }

    /// Name of a course.
    pub fn course_name(&self, course: CourseId) -> &str {
        self.text(self.artifact.column::<u32>(Column::CourseName).expect("checked")[course.index()])
    }

    /// Teacher of each course; in a campus, see [`Campus::teachers`].
    pub fn course_teachers(&self) -> &[TeacherId] {
        column!(self, CourseTeacher)
    }

    /// Least days of each course.
    pub fn course_min_days(&self) -> &[u32] {
        column!(self, CourseMinDays)
    }

    /// Students of each course.
    pub fn course_students(&self) -> &[u32] {
        column!(self, CourseStudents)
    }

    /// The classes of a course: as many as it has weekly lectures.
    pub fn course_classes(&self, course: CourseId) -> Range<usize> {
        let first: &[ClassId] = column!(self, CourseFirstClass);
        first[course.index()].index()..first[course.index() + 1].index()
    }

    /// Weekly lectures of a course.
    pub fn course_lectures(&self, course: CourseId) -> usize {
        self.course_classes(course).len()
    }

    /// The periods in which a course may be taught, as a bitset of as many words as its periods need.
    pub fn course_available(&self, course: CourseId) -> &[u64] {
        let all: &[u64] = column!(self, CourseAvailable);
        &all[course.index() * self.words..(course.index() + 1) * self.words]
    }

    /// Whether a course may be taught in a period.
    pub fn is_available(&self, course: CourseId, period: PeriodId) -> bool {
        self.course_available(course)[period.index() / 64] >> (period.index() % 64) & 1 == 1
    }

    /// Number of classes.
    pub fn class_count(&self) -> usize {
        self.class_courses().len()
    }

    /// Course of each class.
    pub fn class_courses(&self) -> &[CourseId] {
        column!(self, ClassCourse)
    }

    /// Number of rooms.
    pub fn room_count(&self) -> usize {
        self.room_capacities().len()
    }

    /// Name of a room.
    pub fn room_name(&self, room: RoomId) -> &str {
        self.text(self.artifact.column::<u32>(Column::RoomName).expect("checked")[room.index()])
    }

    /// Seats of each room.
    pub fn room_capacities(&self) -> &[u32] {
        column!(self, RoomCapacity)
    }

    /// Number of curricula.
    pub fn curriculum_count(&self) -> usize {
        self.artifact.column::<u32>(Column::CurriculumName).expect("checked").len()
    }

    /// Name of a curriculum.
    pub fn curriculum_name(&self, curriculum: CurriculumId) -> &str {
        self.text(self.artifact.column::<u32>(Column::CurriculumName).expect("checked")[curriculum.index()])
    }

    /// Member courses of a curriculum, ascending, each once.
    pub fn curriculum_courses(&self, curriculum: CurriculumId) -> &[CourseId] {
        let starts: &[u32] = column!(self, CurriculumStarts);
        let members: &[CourseId] = column!(self, CurriculumCourses);
        &members[starts[curriculum.index()] as usize..starts[curriculum.index() + 1] as usize]
    }

    /// Number of teachers.
    pub fn teacher_count(&self) -> usize {
        self.artifact.column::<u32>(Column::TeacherName).expect("checked").len()
    }

    /// Name of a teacher.
    pub fn teacher_name(&self, teacher: TeacherId) -> &str {
        self.text(self.artifact.column::<u32>(Column::TeacherName).expect("checked")[teacher.index()])
    }

    /// For each course, the other courses that must not share a period with it (same teacher or a common curriculum),
    /// ascending. Computed, not stored: O(sum of squared group sizes).
    pub fn conflicts(&self) -> Vec<Vec<CourseId>> {
        let mut groups: Vec<Vec<CourseId>> = vec![Vec::new(); self.teacher_count()];
        for course in self.courses() {
            groups[self.course_teachers()[course.index()].index()].push(course);
        }
        groups.extend(
            (0..self.curriculum_count()).map(|index| self.curriculum_courses(CurriculumId::new(index)).to_vec()),
        );
        let mut conflicts = vec![Vec::new(); self.course_count()];
        for group in &groups {
            for &course in group {
                conflicts[course.index()].extend(group.iter().copied().filter(|&other| other != course));
            }
            for &course in group {
                let row: &mut Vec<CourseId> = &mut conflicts[course.index()];
                if row.len() > 4 * self.course_count() {
                    row.sort_unstable();
                    row.dedup();
                }
            }
        }
        for row in &mut conflicts {
            row.sort_unstable();
            row.dedup();
        }
        conflicts
    }
}
