//! The rows of a campus while `load` (or a test) collects them, and their columns.

use crate::artifact::{ArtifactWriter, Column};
use crate::ids::{ClassId, CourseId, GroupId, Id, PeriodId, RoomId, StudentId, SubjectId, TeacherId};
use crate::model::instance::TextTable;

/// What `u32` columns hold where nothing was said.
pub(super) const NOTHING: u32 = u32::MAX;

/// What a campus has beside the tables that every instance has. Rows of `events`, `teacher_max` and `room_features` belong to
/// the courses, teachers and rooms of the same number there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampusTables {
    /// IANA time zone.
    pub time_zone: String,
    /// First teaching day, as an ISO date.
    pub term_start: String,
    /// Weeks of the term.
    pub weeks: u32,
    /// Days without teaching, as ISO dates.
    pub holidays: Vec<String>,
    /// Names of the days of the week that has teaching.
    pub day_names: Vec<String>,
    /// Start and end of each slot of a day, as `hh:mm`.
    pub slot_times: Vec<(String, String)>,
    /// Names of the features that rooms may have.
    pub features: Vec<String>,
    /// What soft rules cost.
    pub weights: Weights,
    /// A row for each course.
    pub events: Vec<EventRow>,
    /// What students enrol in: name and students.
    pub subjects: Vec<(String, Vec<StudentId>)>,
    /// Names (or numbers) of students.
    pub students: Vec<String>,
    /// Groups.
    pub groups: Vec<GroupRow>,
    /// Most periods a day of each teacher, where somebody said.
    pub teacher_max: Vec<Option<u32>>,
    /// Features of each room, by their number.
    pub room_features: Vec<Vec<u32>>,
    /// When rooms, teachers and groups are not available, or would rather not.
    pub blocked: Vec<Blocked>,
    /// Meetings that have a place already.
    pub pins: Vec<Pin>,
    /// Rules between events.
    pub rules: Vec<RuleRow>,
}

/// What an event has beside the row that every course has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRow {
    /// What students enrol in to attend it.
    pub subject: SubjectId,
    /// Its teachers, in any order.
    pub teachers: Vec<TeacherId>,
    /// Its groups, in any order.
    pub groups: Vec<GroupId>,
    /// Consecutive periods of each meeting.
    pub periods: u32,
    /// Features that its room must have, by their number.
    pub features: Vec<u32>,
    /// Rooms that it may use; any where there is none.
    pub rooms: Vec<RoomId>,
    /// Most meetings a day.
    pub max_per_day: u32,
}

/// A group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupRow {
    /// Its name.
    pub name: String,
    /// People.
    pub size: u32,
    /// The groups that it is a part of.
    pub part_of: Vec<GroupId>,
}

/// Who may be unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// A room.
    Room(RoomId),
    /// A teacher.
    Teacher(TeacherId),
    /// A group.
    Group(GroupId),
}

/// Somebody's period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blocked {
    /// Whose.
    pub who: Who,
    /// Which.
    pub period: PeriodId,
    /// Not available; otherwise not welcome.
    pub hard: bool,
}

/// A meeting that has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin {
    /// The meeting.
    pub class: ClassId,
    /// The period in which it starts.
    pub period: PeriodId,
    /// The room, where one was said.
    pub room: Option<RoomId>,
}

/// What a rule demands of each pair of its events. How each is judged stands in `model/cost/campus.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Relation {
    /// The same starts.
    SameTime,
    /// No common period.
    NotSameTime,
    /// The same days.
    SameDay,
    /// No common day.
    NotSameDay,
    /// One room for all meetings of both.
    SameRoom,
    /// All meetings of the one listed earlier end before any of the later one starts.
    Before,
}

impl Relation {
    /// All of them, in the order of their numbers, with the names that the sheet has.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::SameTime, "same-time"),
        (Self::NotSameTime, "not-same-time"),
        (Self::SameDay, "same-day"),
        (Self::NotSameDay, "not-same-day"),
        (Self::SameRoom, "same-room"),
        (Self::Before, "before"),
    ];
}

/// A rule between events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// What it demands.
    pub relation: Relation,
    /// What a pair that breaks it costs; nothing where it is hard.
    pub weight: Option<u32>,
    /// The events, in the order of the file.
    pub courses: Vec<CourseId>,
}

/// What a unit of each soft rule costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// S0: a student's events beyond the first in one period, where that is soft; nothing where it is hard.
    pub student_clash: Option<u32>,
    /// S1: a missing day of an event.
    pub min_days: u32,
    /// S2: an isolated meeting of a group.
    pub isolated: u32,
    /// S3: a room of an event beyond its first.
    pub rooms: u32,
    /// S4: a period in which somebody would rather not.
    pub unwelcome: u32,
    /// S5: an empty period between two events of a student's day.
    pub gaps: u32,
    /// S6: a seat that is empty beyond half of the room, at a meeting.
    pub seats: u32,
    /// S7: a meeting in the last period of a day.
    pub last_period: u32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            student_clash: None,
            min_days: 5,
            isolated: 2,
            rooms: 1,
            unwelcome: 1,
            gaps: 0,
            seats: 0,
            last_period: 0,
        }
    }
}

impl Weights {
    pub(super) fn to_column(self) -> [u32; 8] {
        let student_clash = self.student_clash.unwrap_or(NOTHING);
        let Self { min_days, isolated, rooms, unwelcome, gaps, seats, last_period, .. } = self;
        [student_clash, min_days, isolated, rooms, unwelcome, gaps, seats, last_period]
    }

    pub(super) fn from_column(column: &[u32]) -> Option<Self> {
        let &[clash, min_days, isolated, rooms, unwelcome, gaps, seats, last_period] = column else { return None };
        let student_clash = (clash != NOTHING).then_some(clash);
        Some(Self { student_clash, min_days, isolated, rooms, unwelcome, gaps, seats, last_period })
    }
}

/// Rows of different lengths as two columns: where each starts, and all of them one behind the other.
struct Rows<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Ord> Rows<T> {
    /// Each row ascending, and no item twice in it.
    fn sorted<'a>(rows: impl Iterator<Item = &'a Vec<T>>) -> Self
    where
        T: 'a,
    {
        let mut table = Self { starts: vec![0], items: Vec::new() };
        for row in rows {
            let mut row = row.clone();
            row.sort_unstable();
            row.dedup();
            table.items.extend(row);
            table.starts.push(table.items.len() as u32);
        }
        table
    }
}

impl CampusTables {
    /// Adds the columns of a campus with so many rooms and teachers and a week of so many periods.
    pub(in crate::model) fn write(
        &self,
        writer: &mut ArtifactWriter,
        text: &mut TextTable,
        (rooms, teachers, periods): (usize, usize, usize),
    ) {
        self.write_calendar(writer, text);
        self.write_events(writer);
        self.write_people(writer, text);
        self.write_wishes(writer, (rooms, teachers, periods));
    }

    fn write_calendar(&self, writer: &mut ArtifactWriter, text: &mut TextTable) {
        let texts = [&self.time_zone, &self.term_start].into_iter().chain(&self.holidays);
        writer
            .column(Column::CampusWeights, &self.weights.to_column())
            .column(Column::CampusTexts, &text.add_all(texts))
            .column(Column::CampusWeeks, &[self.weeks])
            .column(Column::DayName, &text.add_all(self.day_names.iter()))
            .column(Column::SlotStart, &text.add_all(self.slot_times.iter().map(|(start, _)| start)))
            .column(Column::SlotEnd, &text.add_all(self.slot_times.iter().map(|(_, end)| end)))
            .column(Column::FeatureName, &text.add_all(self.features.iter()));
    }

    fn write_events(&self, writer: &mut ArtifactWriter) {
        let events = &self.events;
        let number = |of: fn(&EventRow) -> u32| events.iter().map(of).collect::<Vec<u32>>();
        let teachers = Rows::sorted(events.iter().map(|event| &event.teachers));
        let groups = Rows::sorted(events.iter().map(|event| &event.groups));
        let rooms = Rows::sorted(events.iter().map(|event| &event.rooms));
        let words = self.features.len().div_ceil(64);
        writer
            .column(Column::CourseSubject, &events.iter().map(|event| event.subject).collect::<Vec<_>>())
            .column(Column::CourseLength, &number(|event| event.periods))
            .column(Column::CourseMaxPerDay, &number(|event| event.max_per_day))
            .column(Column::CourseTeacherStarts, &teachers.starts)
            .column(Column::CourseTeachers, &teachers.items)
            .column(Column::CourseGroupStarts, &groups.starts)
            .column(Column::CourseGroups, &groups.items)
            .column(Column::CourseRoomStarts, &rooms.starts)
            .column(Column::CourseRooms, &rooms.items)
            .column(Column::CourseFeatures, &bits(events.iter().map(|event| &event.features), words))
            .column(Column::RoomFeatures, &bits(self.room_features.iter(), words));
    }

    fn write_people(&self, writer: &mut ArtifactWriter, text: &mut TextTable) {
        let students = Rows::sorted(self.subjects.iter().map(|(_, students)| students));
        let parents = Rows::sorted(self.groups.iter().map(|group| &group.part_of));
        let most = |most: &Option<u32>| most.unwrap_or(NOTHING);
        writer
            .column(Column::SubjectName, &text.add_all(self.subjects.iter().map(|(name, _)| name)))
            .column(Column::SubjectStudentStarts, &students.starts)
            .column(Column::SubjectStudents, &students.items)
            .column(Column::StudentName, &text.add_all(self.students.iter()))
            .column(Column::GroupName, &text.add_all(self.groups.iter().map(|group| &group.name)))
            .column(Column::GroupSize, &self.groups.iter().map(|group| group.size).collect::<Vec<_>>())
            .column(Column::GroupParentStarts, &parents.starts)
            .column(Column::GroupParents, &parents.items)
            .column(Column::TeacherMaxPerDay, &self.teacher_max.iter().map(most).collect::<Vec<_>>());
    }

    fn write_wishes(&self, writer: &mut ArtifactWriter, (rooms, teachers, periods): (usize, usize, usize)) {
        let words = periods.div_ceil(64);
        let mut marks = [false, true].map(|_| vec![0_u64; (rooms + teachers + self.groups.len()) * words]);
        for blocked in &self.blocked {
            let row = row_of(blocked.who, rooms, teachers) * words;
            let period = blocked.period.index();
            marks[usize::from(blocked.hard)][row + period / 64] |= 1 << (period % 64);
        }
        let [unwelcome, hard] = marks;
        let room = |pin: &Pin| pin.room.map_or(NOTHING, |room| room.0);
        let mut starts = vec![0];
        starts.extend(self.rules.iter().scan(0, |end, rule| {
            *end += rule.courses.len() as u32;
            Some(*end)
        }));
        let courses: Vec<CourseId> = self.rules.iter().flat_map(|rule| rule.courses.iter().copied()).collect();
        let weight = |rule: &RuleRow| rule.weight.unwrap_or(NOTHING);
        writer
            .column(Column::Blocked, &hard)
            .column(Column::Unwelcome, &unwelcome)
            .column(Column::PinClass, &self.pins.iter().map(|pin| pin.class).collect::<Vec<_>>())
            .column(Column::PinPeriod, &self.pins.iter().map(|pin| pin.period).collect::<Vec<_>>())
            .column(Column::PinRoom, &self.pins.iter().map(room).collect::<Vec<_>>())
            .column(Column::RuleRelation, &self.rules.iter().map(|rule| rule.relation as u32).collect::<Vec<_>>())
            .column(Column::RuleWeight, &self.rules.iter().map(weight).collect::<Vec<_>>())
            .column(Column::RuleStarts, &starts)
            .column(Column::RuleCourses, &courses);
    }
}

/// The row of somebody in the bitsets of [`Column::Blocked`].
pub(super) fn row_of(who: Who, rooms: usize, teachers: usize) -> usize {
    match who {
        Who::Room(room) => room.index(),
        Who::Teacher(teacher) => rooms + teacher.index(),
        Who::Group(group) => rooms + teachers + group.index(),
    }
}

fn bits<'a>(rows: impl Iterator<Item = &'a Vec<u32>>, words: usize) -> Vec<u64> {
    let mut table = Vec::new();
    for row in rows {
        let start = table.len();
        table.resize(start + words, 0_u64);
        for bit in row {
            table[start + *bit as usize / 64] |= 1 << (bit % 64);
        }
    }
    table
}
