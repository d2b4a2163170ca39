//! The campus of a mapped instance: slices of its columns.

use bytemuck::Pod;

use super::tables::{NOTHING, Pin, Relation, Weights, Who, row_of};
use crate::artifact::{Artifact, ArtifactError, Column};
use crate::ids::{ClassId, CourseId, GroupId, Id, PeriodId, RoomId, StudentId, SubjectId, TeacherId};
use crate::model::Instance;

/// The campus of an instance.
#[derive(Clone, Copy, Debug)]
pub struct Campus<'a> {
    instance: &'a Instance,
    artifact: &'a Artifact,
}

/// A rule between events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleView<'a> {
    /// What it demands.
    pub relation: Relation,
    /// What a pair that breaks it costs; nothing where it is hard.
    pub weight: Option<u32>,
    /// The events, in the order of the file.
    pub courses: &'a [CourseId],
}

/// Who is related to whom among groups. Computed, not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kin {
    /// Group: itself and all groups above it, ascending.
    pub lines: Vec<Vec<GroupId>>,
    /// Group: itself, all groups above it and all below it, ascending.
    pub related: Vec<Vec<GroupId>>,
}

impl<'a> Campus<'a> {
    pub(in crate::model) fn new(instance: &'a Instance, artifact: &'a Artifact) -> Self {
        Self { instance, artifact }
    }

    fn column<T: Pod>(self, column: Column) -> &'a [T] {
        self.artifact.column(column).expect("checked when the instance was opened")
    }

    fn row<T: Pod>(self, starts: Column, items: Column, row: usize) -> &'a [T] {
        let starts: &[u32] = self.column(starts);
        &self.column(items)[starts[row] as usize..starts[row + 1] as usize]
    }

    fn text(self, column: Column, row: usize) -> &'a str {
        self.instance.text(self.column::<u32>(column)[row])
    }

    /// IANA time zone.
    pub fn time_zone(self) -> &'a str {
        self.text(Column::CampusTexts, 0)
    }

    /// First teaching day, as an ISO date.
    pub fn term_start(self) -> &'a str {
        self.text(Column::CampusTexts, 1)
    }

    /// Days without teaching, as ISO dates.
    pub fn holidays(self) -> impl Iterator<Item = &'a str> {
        self.column::<u32>(Column::CampusTexts)[2..].iter().map(move |number| self.instance.text(*number))
    }

    /// Weeks of the term.
    pub fn weeks(self) -> u32 {
        self.column::<u32>(Column::CampusWeeks)[0]
    }

    /// Name of a day, from 0.
    pub fn day_name(self, day: usize) -> &'a str {
        self.text(Column::DayName, day)
    }

    /// Start and end of a slot of the day, from 0.
    pub fn slot_times(self, slot: usize) -> (&'a str, &'a str) {
        (self.text(Column::SlotStart, slot), self.text(Column::SlotEnd, slot))
    }

    /// What soft rules cost.
    pub fn weights(self) -> Weights {
        Weights::from_column(self.column(Column::CampusWeights)).expect("checked when the instance was opened")
    }

    /// Number of features.
    pub fn feature_count(self) -> usize {
        self.column::<u32>(Column::FeatureName).len()
    }

    /// Name of a feature.
    pub fn feature_name(self, feature: usize) -> &'a str {
        self.text(Column::FeatureName, feature)
    }

    /// What students enrol in to attend a course.
    pub fn subject(self, course: CourseId) -> SubjectId {
        self.column::<SubjectId>(Column::CourseSubject)[course.index()]
    }

    /// Consecutive periods of each class of a course.
    pub fn length(self, course: CourseId) -> usize {
        self.column::<u32>(Column::CourseLength)[course.index()] as usize
    }

    /// Most classes of a course a day.
    pub fn max_per_day(self, course: CourseId) -> usize {
        self.column::<u32>(Column::CourseMaxPerDay)[course.index()] as usize
    }

    /// Teachers of a course, ascending.
    pub fn teachers(self, course: CourseId) -> &'a [TeacherId] {
        self.row(Column::CourseTeacherStarts, Column::CourseTeachers, course.index())
    }

    /// Groups of a course, ascending.
    pub fn groups(self, course: CourseId) -> &'a [GroupId] {
        self.row(Column::CourseGroupStarts, Column::CourseGroups, course.index())
    }

    /// Rooms that a course may use, ascending; any where there is none.
    pub fn allowed_rooms(self, course: CourseId) -> &'a [RoomId] {
        self.row(Column::CourseRoomStarts, Column::CourseRooms, course.index())
    }

    /// Features that a course needs, as a bitset.
    pub fn needed_features(self, course: CourseId) -> &'a [u64] {
        let words = self.feature_count().div_ceil(64);
        &self.column(Column::CourseFeatures)[course.index() * words..][..words]
    }

    /// Features that a room has, as a bitset.
    pub fn room_features(self, room: RoomId) -> &'a [u64] {
        let words = self.feature_count().div_ceil(64);
        &self.column(Column::RoomFeatures)[room.index() * words..][..words]
    }

    /// Whether a room seats a course.
    pub fn seats(self, course: CourseId, room: RoomId) -> bool {
        self.instance.room_capacities()[room.index()] >= self.instance.course_students()[course.index()]
    }

    /// Whether a room has all features that a course needs.
    pub fn equips(self, course: CourseId, room: RoomId) -> bool {
        let (needed, has) = (self.needed_features(course), self.room_features(room));
        needed.iter().zip(has).all(|(needed, has)| needed & !has == 0)
    }

    /// Whether a room is one that a course may use.
    pub fn allows(self, course: CourseId, room: RoomId) -> bool {
        let allowed = self.allowed_rooms(course);
        allowed.is_empty() || allowed.binary_search(&room).is_ok()
    }

    /// Whether a course may be taught in a room, at a time when that is available.
    pub fn suits(self, course: CourseId, room: RoomId) -> bool {
        self.seats(course, room) && self.allows(course, room) && self.equips(course, room)
    }

    /// Number of subjects.
    pub fn subject_count(self) -> usize {
        self.column::<u32>(Column::SubjectName).len()
    }

    /// Name of a subject.
    pub fn subject_name(self, subject: SubjectId) -> &'a str {
        self.text(Column::SubjectName, subject.index())
    }

    /// Students who enrolled in a subject, ascending.
    pub fn students(self, subject: SubjectId) -> &'a [StudentId] {
        self.row(Column::SubjectStudentStarts, Column::SubjectStudents, subject.index())
    }

    /// Number of students.
    pub fn student_count(self) -> usize {
        self.column::<u32>(Column::StudentName).len()
    }

    /// Name of a student.
    pub fn student_name(self, student: StudentId) -> &'a str {
        self.text(Column::StudentName, student.index())
    }

    /// The courses that each student attends, ascending. Computed, not stored.
    pub fn courses_of_students(self) -> Vec<Vec<CourseId>> {
        let mut courses = vec![Vec::new(); self.student_count()];
        for course in self.instance.courses() {
            self.students(self.subject(course)).iter().for_each(|student| courses[student.index()].push(course));
        }
        courses
    }

    /// Number of groups.
    pub fn group_count(self) -> usize {
        self.column::<u32>(Column::GroupName).len()
    }

    /// Name of a group.
    pub fn group_name(self, group: GroupId) -> &'a str {
        self.text(Column::GroupName, group.index())
    }

    /// People of a group.
    pub fn group_size(self, group: GroupId) -> u32 {
        self.column::<u32>(Column::GroupSize)[group.index()]
    }

    /// The groups that a group is a part of.
    pub fn parents(self, group: GroupId) -> &'a [GroupId] {
        self.row(Column::GroupParentStarts, Column::GroupParents, group.index())
    }

    /// Who is related to whom.
    pub fn kin(self) -> Kin {
        let lines: Vec<Vec<GroupId>> = (0..self.group_count()).map(|group| self.line(GroupId::new(group))).collect();
        let mut related = lines.clone();
        for (group, line) in lines.iter().enumerate() {
            for above in line {
                related[above.index()].push(GroupId::new(group));
            }
        }
        for row in &mut related {
            row.sort_unstable();
            row.dedup();
        }
        Kin { lines, related }
    }

    fn line(self, group: GroupId) -> Vec<GroupId> {
        let (mut line, mut next) = (vec![group], 0);
        while next < line.len() {
            for parent in self.parents(line[next]) {
                if !line.contains(parent) {
                    line.push(*parent);
                }
            }
            next += 1;
        }
        line.sort_unstable();
        line
    }

    /// Most periods of a teacher a day, where somebody said.
    pub fn teacher_max(self, teacher: TeacherId) -> Option<usize> {
        let most = self.column::<u32>(Column::TeacherMaxPerDay)[teacher.index()];
        (most != NOTHING).then_some(most as usize)
    }

    /// The periods in which somebody is not available, as a bitset.
    pub fn blocked(self, who: Who) -> &'a [u64] {
        self.bits(Column::Blocked, who)
    }

    /// The periods in which somebody would rather not, as a bitset.
    pub fn unwelcome(self, who: Who) -> &'a [u64] {
        self.bits(Column::Unwelcome, who)
    }

    fn bits(self, column: Column, who: Who) -> &'a [u64] {
        let words = self.instance.period_count().div_ceil(64);
        let row = row_of(who, self.instance.room_count(), self.instance.teacher_count());
        &self.column(column)[row * words..][..words]
    }

    /// Meetings that have a place already.
    pub fn pins(self) -> impl Iterator<Item = Pin> {
        let (classes, periods) = (self.column::<ClassId>(Column::PinClass), self.column::<PeriodId>(Column::PinPeriod));
        let rooms = self.column::<u32>(Column::PinRoom);
        let room = |room: u32| (room != NOTHING).then_some(RoomId(room));
        (0..classes.len()).map(move |row| Pin { class: classes[row], period: periods[row], room: room(rooms[row]) })
    }

    /// Rules between events.
    pub fn rules(self) -> impl Iterator<Item = RuleView<'a>> {
        let weights = self.column::<u32>(Column::RuleWeight);
        (0..weights.len()).map(move |row| RuleView {
            relation: Relation::ALL[self.column::<u32>(Column::RuleRelation)[row] as usize].0,
            weight: (weights[row] != NOTHING).then_some(weights[row]),
            courses: self.row(Column::RuleStarts, Column::RuleCourses, row),
        })
    }
}

/// Whether the columns of a campus fit one another and the rest of the instance.
pub(in crate::model) fn is_sound(instance: &Instance, artifact: &Artifact) -> Result<bool, ArtifactError> {
    let (courses, classes, rooms) = (instance.course_count(), instance.class_count(), instance.room_count());
    let (teachers, periods) = (instance.teacher_count(), instance.period_count());
    let length = |column: Column| artifact.column::<u32>(column).map(<[u32]>::len);
    let below = |column: Column, most: usize| {
        artifact.column::<u32>(column).map(|items| items.iter().all(|item| (*item as usize) < most))
    };
    let rows = |starts: Column, items: Column, count: usize, most: usize| {
        let starts = artifact.column::<u32>(starts)?;
        let is_rising = starts.first() == Some(&0) && starts.is_sorted() && starts.len() == count + 1;
        let is_whole = starts.last().map(|end| *end as usize) == Some(length(items)?);
        Ok::<bool, ArtifactError>(is_rising && is_whole && below(items, most)?)
    };
    let (groups, subjects, students) =
        (length(Column::GroupName)?, length(Column::SubjectName)?, length(Column::StudentName)?);
    let words = |rows: usize, bits: usize| rows * bits.div_ceil(64);
    let features = length(Column::FeatureName)?;
    let texts = [Column::CampusTexts, Column::DayName, Column::SlotStart, Column::SlotEnd, Column::FeatureName]
        .into_iter()
        .chain([Column::SubjectName, Column::StudentName, Column::GroupName]);
    let known = length(Column::TextStarts)?.saturating_sub(1);
    let are_texts_known = texts.map(|column| below(column, known)).collect::<Result<Vec<_>, _>>()?;
    let pins = length(Column::PinClass)?;
    let is_pinned_somewhere = artifact.column::<u32>(Column::PinRoom)?;
    Ok(Weights::from_column(artifact.column(Column::CampusWeights)?).is_some()
        && are_texts_known.into_iter().all(|is_known| is_known)
        && length(Column::CampusTexts)? >= 2
        && length(Column::CampusWeeks)? == 1
        && length(Column::DayName)? == instance.days()
        && length(Column::SlotStart)? == instance.slots_per_day()
        && length(Column::SlotEnd)? == instance.slots_per_day()
        && length(Column::CourseSubject)? == courses
        && below(Column::CourseSubject, subjects)?
        && length(Column::CourseLength)? == courses
        && artifact.column::<u32>(Column::CourseLength)?.iter().all(|length| *length > 0)
        && length(Column::CourseMaxPerDay)? == courses
        && rows(Column::CourseTeacherStarts, Column::CourseTeachers, courses, teachers)?
        && rows(Column::CourseGroupStarts, Column::CourseGroups, courses, groups)?
        && rows(Column::CourseRoomStarts, Column::CourseRooms, courses, rooms)?
        && rows(Column::SubjectStudentStarts, Column::SubjectStudents, subjects, students)?
        && rows(Column::GroupParentStarts, Column::GroupParents, groups, groups)?
        && length(Column::GroupSize)? == groups
        && length(Column::TeacherMaxPerDay)? == teachers
        && artifact.column::<u64>(Column::CourseFeatures)?.len() == words(courses, features)
        && artifact.column::<u64>(Column::RoomFeatures)?.len() == words(rooms, features)
        && artifact.column::<u64>(Column::Blocked)?.len() == words(rooms + teachers + groups, periods)
        && artifact.column::<u64>(Column::Unwelcome)?.len() == words(rooms + teachers + groups, periods)
        && below(Column::PinClass, classes)?
        && length(Column::PinPeriod)? == pins
        && below(Column::PinPeriod, periods)?
        && is_pinned_somewhere.len() == pins
        && is_pinned_somewhere.iter().all(|room| *room == NOTHING || (*room as usize) < rooms)
        && below(Column::RuleRelation, Relation::ALL.len())?
        && length(Column::RuleWeight)? == length(Column::RuleRelation)?
        && rows(Column::RuleStarts, Column::RuleCourses, length(Column::RuleRelation)?, courses)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{ArtifactKey, Kind};
    use crate::model::campus::testing::{DEN, FIRST, HALL, YEAR, campus};
    use crate::model::campus::{Blocked, RuleRow};

    #[test]
    fn what_was_written_is_read() {
        let mut tables = campus();
        let rows = tables.campus.as_mut().unwrap();
        rows.pins.push(Pin { class: ClassId(2), period: FIRST, room: Some(DEN) });
        rows.rules.push(RuleRow { relation: Relation::Before, weight: Some(3), courses: vec![CourseId(2), YEAR] });
        rows.blocked.push(Blocked { who: Who::Teacher(TeacherId(1)), period: PeriodId(5), hard: true });
        rows.blocked.push(Blocked { who: Who::Group(GroupId(2)), period: PeriodId(1), hard: false });
        let instance = tables.instance().unwrap();
        let read = instance.campus().unwrap();
        assert_eq!((read.day_name(1), read.slot_times(2), read.weeks()), ("Tue", ("11:00", "11:45"), 14));
        assert_eq!((read.group_count(), read.group_name(GroupId(1)), read.group_size(GroupId(1))), (3, "Y1", 10));
        assert_eq!(read.kin().related[1], [GroupId(0), GroupId(1)]);
        assert_eq!(read.kin().related[0], [GroupId(0), GroupId(1), GroupId(2)]);
        assert_eq!(read.courses_of_students(), [[YEAR, CourseId(3)], [CourseId(1), CourseId(2)]]);
        assert_eq!((read.teacher_max(TeacherId(0)), read.teacher_max(TeacherId(1))), (None, Some(2)));
        assert!(read.suits(YEAR, HALL) && !read.suits(YEAR, DEN), "twenty people");
        assert!(read.suits(CourseId(3), HALL) && !read.suits(CourseId(3), DEN), "a beamer");
        assert_eq!(read.pins().collect::<Vec<_>>(), [Pin { class: ClassId(2), period: FIRST, room: Some(DEN) }]);
        let rule = RuleView { relation: Relation::Before, weight: Some(3), courses: &[CourseId(2), YEAR] };
        assert_eq!(read.rules().collect::<Vec<_>>(), [rule]);
        assert_eq!(read.blocked(Who::Teacher(TeacherId(1))), [1 << 5]);
        assert_eq!(read.unwelcome(Who::Group(GroupId(2))), [1 << 1]);
        assert_eq!((read.blocked(Who::Group(GroupId(2))), read.weights()), (&[0][..], Weights::default()));
    }

    #[test]
    fn an_instance_of_the_competition_has_no_campus() {
        let tables = crate::model::InstanceTables { campus: None, ..campus() };
        assert!(tables.instance().unwrap().campus().is_none());
    }

    #[test]
    fn what_points_beyond_its_table_is_refused() {
        let mut tables = campus();
        tables.campus.as_mut().unwrap().events[0].groups.push(GroupId(9));
        let bytes = tables.artifact(ArtifactKey::default()).to_bytes();
        assert!(Artifact::from_bytes(&bytes, Kind::Instance).is_ok());
        assert!(tables.instance().unwrap_err().to_string().contains("its campus contradict one another"));
    }
}
