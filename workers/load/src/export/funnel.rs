//! Why a meeting of a campus has no place: first by the rooms that could hold it at all, then by each period in which it could
//! begin, the first obstacle of each counting.

use shared::ids::{ClassId, CourseId, Id, PeriodId, RoomId};
use shared::model::campus::{Campus, Kin, Who};
use shared::model::{Instance, Timetable};

use super::meetings::Meeting;
use super::reasons::Unplaced;
use crate::format::plural;

/// All meetings without a place.
pub(super) fn unplaced(
    instance: &Instance,
    campus: Campus<'_>,
    timetable: &Timetable,
    meetings: &[Meeting],
) -> Vec<Unplaced> {
    if timetable.unplaced_count() == 0 {
        return Vec::new();
    }
    let funnel = Funnel::of(instance, campus, timetable);
    let missing = meetings.iter().filter(|meeting| meeting.at.is_none());
    missing
        .map(|meeting| Unplaced {
            course: meeting.course,
            number: meeting.number,
            reason: funnel.reason(meeting.course, meeting.number),
        })
        .collect()
}

/// What stands in the way of a meeting that begins in a period: the first of these that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    Pinned,
    DayEnds,
    TeacherAway,
    GroupAway,
    OwnMeetings,
    TeacherBusy,
    TeacherDay,
    GroupBusy,
    StudentBusy,
    RoomsTaken,
    Nothing,
}

/// Each obstacle in the words for it, in the order in which they are looked for.
const TOLD: [(Obstacle, &str); 10] = [
    (Obstacle::Pinned, "it is pinned elsewhere"),
    (Obstacle::DayEnds, "the day ends before the meeting"),
    (Obstacle::TeacherAway, "a teacher is unavailable"),
    (Obstacle::GroupAway, "a group is unavailable"),
    (Obstacle::OwnMeetings, "the event has enough meetings that day"),
    (Obstacle::TeacherBusy, "a teacher teaches another event"),
    (Obstacle::TeacherDay, "a teacher has a full day"),
    (Obstacle::GroupBusy, "a group has another event"),
    (Obstacle::StudentBusy, "a student has another event"),
    (Obstacle::RoomsTaken, "all rooms that suit are taken or unavailable"),
];

/// Who and what is busy in each period, as bitsets.
struct Funnel<'a> {
    instance: &'a Instance,
    campus: Campus<'a>,
    kin: Kin,
    words: usize,
    teachers: Vec<u64>,
    groups: Vec<u64>,
    rooms: Vec<u64>,
    students: Vec<u64>,
    /// Meetings of each course on each day.
    on_day: Vec<u32>,
    pins: Vec<(ClassId, PeriodId)>,
}

impl<'a> Funnel<'a> {
    fn of(instance: &'a Instance, campus: Campus<'a>, timetable: &Timetable) -> Self {
        let words = instance.period_count().div_ceil(64);
        let none = |count: usize| vec![0_u64; count * words];
        let mut funnel = Self {
            instance,
            campus,
            kin: campus.kin(),
            words,
            teachers: none(instance.teacher_count()),
            groups: none(campus.group_count()),
            rooms: none(instance.room_count()),
            students: none(campus.student_count()),
            on_day: vec![0; instance.course_count() * instance.days()],
            pins: campus.pins().map(|pin| (pin.class, pin.period)).collect(),
        };
        for (course, at) in instance.class_courses().iter().zip(timetable.placements()) {
            if let Some(at) = at {
                funnel.occupy(*course, at.period, at.room);
            }
        }
        funnel
    }

    fn occupy(&mut self, course: CourseId, start: PeriodId, room: RoomId) {
        let (day, slot) = self.instance.day_and_slot(start);
        self.on_day[course.index() * self.instance.days() + day] += 1;
        let length = self.campus.length(course).min(self.instance.slots_per_day() - slot);
        for period in start.index()..start.index() + length {
            let (word, bit) = (period / 64, 1_u64 << (period % 64));
            self.rooms[room.index() * self.words + word] |= bit;
            for teacher in self.campus.teachers(course) {
                self.teachers[teacher.index() * self.words + word] |= bit;
            }
            for group in self.campus.groups(course) {
                self.groups[group.index() * self.words + word] |= bit;
            }
            for student in self.campus.students(self.campus.subject(course)) {
                self.students[student.index() * self.words + word] |= bit;
            }
        }
    }

    fn reason(&self, course: CourseId, number: usize) -> String {
        let rooms: Vec<RoomId> =
            (0..self.instance.room_count()).map(RoomId::new).filter(|room| self.campus.suits(course, *room)).collect();
        if rooms.is_empty() {
            return self.no_room(course);
        }
        let starts = self.instance.period_count();
        let obstacles: Vec<Obstacle> =
            (0..starts).map(|start| self.obstacle(course, number, PeriodId::new(start), &rooms)).collect();
        if let Some(free) = obstacles.iter().position(|obstacle| *obstacle == Obstacle::Nothing) {
            let (day, slot) = self.instance.day_and_slot(PeriodId::new(free));
            let when = format!("{} {}", self.campus.day_name(day), slot + 1);
            return format!("nothing but perhaps a rule stands in the way on {when}: a longer run may place it");
        }
        let counted = TOLD.into_iter().filter_map(|(kind, what)| {
            let count = obstacles.iter().filter(|obstacle| **obstacle == kind).count();
            (count > 0).then(|| format!("in {count} {what}"))
        });
        format!("of {starts} periods none is left: {}", counted.collect::<Vec<_>>().join(", "))
    }

    /// Which rooms do not suit, each by the first reason.
    fn no_room(&self, course: CourseId) -> String {
        let (mut small, mut bare, mut other) = (0, 0, 0);
        for room in (0..self.instance.room_count()).map(RoomId::new) {
            if !self.campus.allows(course, room) {
                other += 1;
            } else if !self.campus.seats(course, room) {
                small += 1;
            } else if !self.campus.equips(course, room) {
                bare += 1;
            }
        }
        let size = self.instance.course_students()[course.index()];
        let told = [
            (other, "not allowed".to_owned()),
            (small, format!("too small for {size}")),
            (bare, "without a feature that is needed".to_owned()),
        ];
        let told = told.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        format!(
            "of {} none is left: {}",
            plural(self.instance.room_count(), "room"),
            told.collect::<Vec<_>>().join(", ")
        )
    }

    fn obstacle(&self, course: CourseId, number: usize, start: PeriodId, rooms: &[RoomId]) -> Obstacle {
        let Self { instance, campus, .. } = self;
        let (day, slot) = instance.day_and_slot(start);
        let length = campus.length(course);
        let class = ClassId::new(instance.course_classes(course).start + number - 1);
        if self.pins.iter().any(|(pinned, at)| *pinned == class && *at != start) {
            return Obstacle::Pinned;
        }
        if slot + length > instance.slots_per_day() {
            return Obstacle::DayEnds;
        }
        let is_set = |bits: &[u64]| {
            (start.index()..start.index() + length).any(|period| bits[period / 64] >> (period % 64) & 1 == 1)
        };
        let busy = |table: &[u64], row: usize| is_set(&table[row * self.words..][..self.words]);
        let (teachers, groups) = (campus.teachers(course), campus.groups(course));
        let mut related = groups.iter().flat_map(|group| &self.kin.related[group.index()]);
        let day_of = |teacher: usize| {
            let row = &self.teachers[teacher * self.words..][..self.words];
            let first = day * instance.slots_per_day();
            (first..first + instance.slots_per_day())
                .filter(|period| row[period / 64] >> (period % 64) & 1 == 1)
                .count()
        };
        if teachers.iter().any(|teacher| is_set(campus.blocked(Who::Teacher(*teacher)))) {
            Obstacle::TeacherAway
        } else if related.clone().any(|group| is_set(campus.blocked(Who::Group(*group)))) {
            Obstacle::GroupAway
        } else if self.on_day[course.index() * instance.days() + day] as usize >= campus.max_per_day(course) {
            Obstacle::OwnMeetings
        } else if teachers.iter().any(|teacher| busy(&self.teachers, teacher.index())) {
            Obstacle::TeacherBusy
        } else if teachers
            .iter()
            .any(|teacher| campus.teacher_max(*teacher).is_some_and(|most| day_of(teacher.index()) + length > most))
        {
            Obstacle::TeacherDay
        } else if related.any(|group| busy(&self.groups, group.index())) {
            Obstacle::GroupBusy
        } else if campus.weights().student_clash.is_none()
            && campus.students(campus.subject(course)).iter().any(|student| busy(&self.students, student.index()))
        {
            Obstacle::StudentBusy
        } else if rooms.iter().all(|room| busy(&self.rooms, room.index()) || is_set(campus.blocked(Who::Room(*room)))) {
            Obstacle::RoomsTaken
        } else {
            Obstacle::Nothing
        }
    }
}
