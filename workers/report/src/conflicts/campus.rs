//! The hard rules of a campus, H2 to H14; what has no place (H1) is told elsewhere, with its reasons.

use std::collections::BTreeMap;

use shared::ids::{CourseId, GroupId, Id, RoomId, StudentId, TeacherId};
use shared::model::Instance;
use shared::model::campus::{Campus, Kin, Relation, Who};
use shared::model::cost::Rule;

use super::{Conflict, Found, by_course, named};
use crate::week::Week;

const RULES: [Rule; 15] = [
    Rule::RoomClash,
    Rule::TeacherClash,
    Rule::GroupClash,
    Rule::StudentClash,
    Rule::RoomTooSmall,
    Rule::FeatureMissing,
    Rule::RoomNotAllowed,
    Rule::RoomUnavailable,
    Rule::TeacherUnavailable,
    Rule::GroupUnavailable,
    Rule::OutsideTheDay,
    Rule::TooManyADay,
    Rule::TeacherOverloaded,
    Rule::PinMoved,
    Rule::RuleBroken,
];

/// All violations. Students are named only where `students` says so.
pub(super) fn find(week: &Week, instance: &Instance, campus: Campus<'_>, students: bool) -> Vec<Conflict> {
    let kin = campus.kin();
    let of_course = by_course(week, instance);
    let mut find = Find { week, instance, campus, kin: &kin, of_course: &of_course, found: Found::default() };
    find.clashes();
    if campus.weights().student_clash.is_none() {
        find.students(students);
    }
    find.places();
    find.days();
    find.pins();
    find.rules();
    find.found.into_conflicts(&RULES)
}

struct Find<'a> {
    week: &'a Week,
    instance: &'a Instance,
    campus: Campus<'a>,
    kin: &'a Kin,
    of_course: &'a [Vec<usize>],
    found: Found,
}

impl Find<'_> {
    fn name(&self, row: usize) -> &str {
        &self.week.event(&self.week.meetings[row]).name
    }

    fn names(&self, rows: &[usize]) -> String {
        named(rows.iter().map(|row| self.name(*row)))
    }

    /// The day and the slots of a meeting, also beyond the day.
    fn times(&self, row: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let meeting = &self.week.meetings[row];
        let (day, from, length) = (meeting.day, meeting.slot, self.week.event(meeting).length);
        (from..from + length).map(move |slot| (day, slot))
    }

    /// Whether a group of the one is a group of the other, or above or below one.
    fn are_related(&self, one: usize, other: usize) -> bool {
        let groups = |row: usize| &self.week.event(&self.week.meetings[row]).groups;
        let is_kin = |group: &usize| {
            let related = &self.kin.related[*group];
            groups(other).iter().any(|other| related.binary_search(&GroupId::new(*other)).is_ok())
        };
        groups(one).iter().any(is_kin)
    }

    /// H2, H3, H4.
    fn clashes(&mut self) {
        let mut at: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for row in 0..self.week.meetings.len() {
            self.times(row).for_each(|time| at.entry(time).or_default().push(row));
        }
        for rows in at.values() {
            let mut in_room: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            let mut of_teacher: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for &row in rows {
                let meeting = &self.week.meetings[row];
                in_room.entry(meeting.room).or_default().push(row);
                for teacher in &self.week.event(meeting).teachers {
                    of_teacher.entry(*teacher).or_default().push(row);
                }
            }
            for (room, rows) in in_room.into_iter().filter(|(_, rows)| rows.len() > 1) {
                let what = format!("{} are all in room {}", self.names(&rows), self.week.rooms[room].name);
                self.found.add(Rule::RoomClash, rows.len() as u64 - 1, rows, what);
            }
            for (teacher, rows) in of_teacher.into_iter().filter(|(_, rows)| rows.len() > 1) {
                let what = format!("{} has {} at once", self.week.teachers[teacher].name, self.names(&rows));
                self.found.add(Rule::TeacherClash, rows.len() as u64 - 1, rows, what);
            }
            for (index, &row) in rows.iter().enumerate() {
                for &other in &rows[index + 1..] {
                    if !self.are_related(row, other) {
                        continue;
                    }
                    let what = format!("{} share a group", self.names(&[row, other]));
                    self.found.add(Rule::GroupClash, 1, vec![row, other], what);
                }
            }
        }
    }

    /// H5: each student's meetings of one period, one behind the other.
    fn students(&mut self, are_named: bool) {
        let mut between: BTreeMap<(usize, usize), Vec<StudentId>> = BTreeMap::new();
        for (student, courses) in self.campus.courses_of_students().iter().enumerate() {
            let rows = courses.iter().flat_map(|course| &self.of_course[course.index()]).copied();
            let mut times: Vec<((usize, usize), usize)> =
                rows.flat_map(|row| self.times(row).map(move |time| (time, row))).collect();
            times.sort_unstable();
            for pair in times.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
                between.entry((pair[0].1, pair[1].1)).or_default().push(StudentId::new(student));
            }
        }
        for ((one, other), students) in between {
            let count = students.len() as u64;
            let mut who = students;
            who.dedup();
            let mut what = format!("{} share {}", self.names(&[one, other]), crate::words::count(who.len(), "student"));
            if are_named {
                let names: Vec<&str> = who.iter().map(|student| self.campus.student_name(*student)).collect();
                what = format!("{what}: {}", names.join(", "));
            }
            self.found.add(Rule::StudentClash, count, vec![one, other], what);
        }
    }

    /// H6 to H10.
    fn places(&mut self) {
        for row in 0..self.week.meetings.len() {
            let meeting = &self.week.meetings[row];
            let (course, room) = (CourseId::new(meeting.event), RoomId::new(meeting.room));
            let (event, place) = (&self.week.events[meeting.event], &self.week.rooms[meeting.room]);
            let name = event.name.clone();
            let small = format!("room {} has {} seats for the {} of {name}", place.name, place.seats, event.students);
            self.found.add(Rule::RoomTooSmall, u64::from(!self.campus.seats(course, room)), vec![row], small);
            let bare = format!("room {} lacks what {name} needs", place.name);
            self.found.add(Rule::FeatureMissing, u64::from(!self.campus.equips(course, room)), vec![row], bare);
            let wrong = format!("room {} is not one that {name} may use", place.name);
            self.found.add(Rule::RoomNotAllowed, u64::from(!self.campus.allows(course, room)), vec![row], wrong);
            let is_beyond = meeting.slot + event.length > self.week.slots.len();
            let beyond = format!("{name} reaches beyond the end of the day");
            self.found.add(Rule::OutsideTheDay, u64::from(is_beyond), vec![row], beyond);
            self.absences(row);
        }
    }

    /// H9.
    fn absences(&mut self, row: usize) {
        let meeting = &self.week.meetings[row];
        let event = self.week.event(meeting);
        let slots = self.week.slots.len();
        let room = Who::Room(RoomId::new(meeting.room));
        let mut related: Vec<GroupId> =
            event.groups.iter().flat_map(|group| &self.kin.related[*group]).copied().collect();
        related.sort_unstable();
        related.dedup();
        for (day, slot) in self.times(row).filter(|(_, slot)| *slot < slots) {
            let period = day * slots + slot;
            let campus = self.campus;
            let is_away = |who: Who| campus.blocked(who)[period / 64] >> (period % 64) & 1 == 1;
            let closed = format!("room {} is not available", self.week.rooms[meeting.room].name);
            self.found.add(Rule::RoomUnavailable, u64::from(is_away(room)), vec![row], closed);
            for teacher in event.teachers.iter().filter(|teacher| is_away(Who::Teacher(TeacherId::new(**teacher)))) {
                let away = format!("{} is not available", self.week.teachers[*teacher].name);
                self.found.add(Rule::TeacherUnavailable, 1, vec![row], away);
            }
            if let Some(group) = related.iter().find(|group| is_away(Who::Group(**group))) {
                let away = format!("group {} is not available", self.week.groups[group.index()].name);
                self.found.add(Rule::GroupUnavailable, 1, vec![row], away);
            }
        }
    }

    /// H11, H12.
    fn days(&mut self) {
        let mut of_teacher: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        let mut of_event: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (row, meeting) in self.week.meetings.iter().enumerate() {
            of_event.entry((meeting.event, meeting.day)).or_default().push(row);
            for teacher in &self.week.event(meeting).teachers {
                of_teacher.entry((*teacher, meeting.day)).or_default().push(row);
            }
        }
        for ((event, day), rows) in of_event {
            let most = self.campus.max_per_day(CourseId::new(event));
            let what =
                format!("{} meets {} times on {}", self.week.events[event].name, rows.len(), self.week.days[day]);
            self.found.add(Rule::TooManyADay, rows.len().saturating_sub(most) as u64, rows, what);
        }
        for ((teacher, day), rows) in of_teacher {
            let Some(most) = self.campus.teacher_max(TeacherId::new(teacher)) else { continue };
            let periods: usize = rows.iter().map(|row| self.week.event(&self.week.meetings[*row]).length).sum();
            let name = &self.week.teachers[teacher].name;
            let what = format!("{name} teaches {periods} periods on {}, and {most} at most", self.week.days[day]);
            self.found.add(Rule::TeacherOverloaded, periods.saturating_sub(most) as u64, rows, what);
        }
    }

    /// H13.
    fn pins(&mut self) {
        for pin in self.campus.pins() {
            let course = self.instance.class_courses()[pin.class.index()];
            let number = pin.class.index() - self.instance.course_classes(course).start + 1;
            let (day, slot) = self.instance.day_and_slot(pin.period);
            let rows = &self.of_course[course.index()];
            let Some(&row) = rows.iter().find(|row| self.week.meetings[**row].number == number) else { continue };
            let meeting = &self.week.meetings[row];
            let is_there = (meeting.day, meeting.slot) == (day, slot);
            let holds = is_there && pin.room.is_none_or(|room| room.index() == meeting.room);
            let what = format!("{} is pinned to {}", self.name(row), self.week.when(day, slot));
            self.found.add(Rule::PinMoved, u64::from(!holds), vec![row], what);
        }
    }

    /// H14.
    fn rules(&mut self) {
        for rule in self.campus.rules().filter(|rule| rule.weight.is_none()) {
            let name =
                Relation::ALL.iter().find(|(relation, _)| *relation == rule.relation).map_or("", |(_, name)| name);
            for (index, one) in rule.courses.iter().enumerate() {
                for other in &rule.courses[index + 1..] {
                    let (a, b) = (&self.of_course[one.index()], &self.of_course[other.index()]);
                    if self.is_broken(rule.relation, a, b) {
                        let (one, other) = (self.instance.course_name(*one), self.instance.course_name(*other));
                        let what = format!("{one} and {other} break the rule {name}");
                        let rows = a.iter().chain(b).copied().collect();
                        self.found.add(Rule::RuleBroken, 1, rows, what);
                    }
                }
            }
        }
    }

    fn is_broken(&self, relation: Relation, a: &[usize], b: &[usize]) -> bool {
        let at = |row: &usize| &self.week.meetings[*row];
        let sorted = |rows: &[usize], of: &dyn Fn(&usize) -> (usize, usize)| {
            let mut sorted: Vec<(usize, usize)> = rows.iter().map(of).collect();
            sorted.sort_unstable();
            sorted
        };
        let starts = |rows: &[usize]| sorted(rows, &|row| (at(row).day, at(row).slot));
        let days = |rows: &[usize]| {
            let mut days = sorted(rows, &|row| (at(row).day, 0));
            days.dedup();
            days
        };
        let any = |meets: &dyn Fn(usize, usize) -> bool| a.iter().any(|x| b.iter().any(|y| meets(*x, *y)));
        match relation {
            Relation::SameTime => a.len() == b.len() && starts(a) != starts(b),
            Relation::NotSameTime => any(&|x, y| self.times(x).any(|time| self.times(y).any(|other| time == other))),
            Relation::SameDay => a.len() == b.len() && days(a) != days(b),
            Relation::NotSameDay => any(&|x, y| at(&x).day == at(&y).day),
            Relation::SameRoom => {
                let mut rooms: Vec<usize> = a.iter().chain(b).map(|row| at(row).room).collect();
                rooms.sort_unstable();
                rooms.dedup();
                rooms.len() > 1
            }
            Relation::Before => any(&|x, y| {
                let end = at(&x).slot + self.week.event(at(&x)).length;
                (at(&x).day, end) > (at(&y).day, at(&y).slot)
            }),
        }
    }
}
