//! What is listed adds up to what is counted, whatever the timetable.

use shared::ids::{ClassId, CourseId, GroupId, Id, PeriodId, RoomId, StudentId, SubjectId, TeacherId};
use shared::model::campus::{Blocked, CampusTables, EventRow, GroupRow, Pin, Relation, RuleRow, Who};
use shared::model::instance::CourseRow;
use shared::model::{Instance, InstanceTables, Placement, Timetable, cost};

use super::*;
use crate::week::{self, Meeting};

const WEEKS: u64 = 400;

/// Eight courses for two teachers in two rooms and six periods: hardly anything fits.
fn college() -> InstanceTables {
    let course = |number: u32| CourseRow {
        name: format!("c{number}"),
        teacher: TeacherId(number % 2),
        lectures: 1 + number % 2,
        min_days: 1,
        students: 10 * number,
    };
    InstanceTables {
        name: "college".to_owned(),
        days: 2,
        slots_per_day: 3,
        courses: (0..8).map(course).collect(),
        rooms: vec![("hall".to_owned(), 40), ("den".to_owned(), 10)],
        curricula: vec![("q".to_owned(), vec![CourseId(0), CourseId(3), CourseId(5)])],
        teachers: vec!["Ann".to_owned(), "Bob".to_owned()],
        unavailable: vec![(CourseId(2), PeriodId(0)), (CourseId(3), PeriodId(5))],
        campus: None,
        homes: None,
    }
}

/// The same with all that a campus can ask for.
fn campus() -> InstanceTables {
    let event = |number: u32| EventRow {
        subject: SubjectId(number % 4),
        teachers: [0, 1].into_iter().filter(|teacher| number % 3 != *teacher).map(TeacherId).collect(),
        groups: vec![GroupId(number % 3)],
        periods: 1 + number / 6,
        features: if number == 1 { vec![0] } else { Vec::new() },
        rooms: if number == 4 { vec![RoomId(1)] } else { Vec::new() },
        max_per_day: 1,
    };
    let group = |name: &str, part_of: &[u32]| GroupRow {
        name: name.to_owned(),
        size: 5,
        part_of: part_of.iter().copied().map(GroupId).collect(),
    };
    let blocked = |who, period| Blocked { who, period: PeriodId(period), hard: true };
    let rule = |relation, courses: &[u32]| RuleRow {
        relation,
        weight: None,
        courses: courses.iter().copied().map(CourseId).collect(),
    };
    let rules =
        Relation::ALL.iter().zip(0..).map(|((relation, _), first)| rule(*relation, &[first, first + 1, first + 2]));
    let plain = college();
    InstanceTables {
        curricula: Vec::new(),
        unavailable: Vec::new(),
        homes: None,
        campus: Some(CampusTables {
            weeks: 14,
            day_names: vec!["Mon".to_owned(), "Tue".to_owned()],
            slot_times: (9..12).map(|hour| (format!("{hour:02}:00"), format!("{hour:02}:45"))).collect(),
            features: vec!["beamer".to_owned()],
            events: (0..8).map(event).collect(),
            subjects: (0..4).map(|number| (format!("s{number}"), vec![StudentId(number % 2), StudentId(2)])).collect(),
            students: ["one", "two", "all"].map(str::to_owned).into(),
            groups: vec![group("Y", &[]), group("Y1", &[0]), group("Y2", &[0])],
            teacher_max: vec![None, Some(2)],
            room_features: vec![vec![0], Vec::new()],
            blocked: vec![
                blocked(Who::Room(RoomId(1)), 2),
                blocked(Who::Teacher(TeacherId(0)), 4),
                blocked(Who::Group(GroupId(0)), 3),
            ],
            pins: vec![
                Pin { class: ClassId(2), period: PeriodId(1), room: None },
                Pin { class: ClassId(4), period: PeriodId(0), room: Some(RoomId(0)) },
            ],
            rules: rules.collect(),
            ..CampusTables::default()
        }),
        ..plain
    }
}

/// A week in which every class is anywhere, or nowhere; the seed says where.
fn thrown(instance: &Instance, seed: u64) -> (Week, Timetable) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut week = week::offered(instance);
    let mut timetable = Timetable::unplaced(instance.class_count());
    for (class, course) in instance.class_courses().iter().enumerate() {
        if draw(5) == 0 {
            continue;
        }
        let (day, slot, room) = (draw(2), draw(3), draw(2));
        let at = Placement { period: PeriodId::new(3 * day + slot), room: RoomId::new(room) };
        timetable.set(ClassId::new(class), Some(at));
        let number = class - instance.course_classes(*course).start + 1;
        week.meetings.push(Meeting { event: course.index(), number, day, slot, room, troubles: Vec::new() });
    }
    (week, timetable)
}

#[test]
fn what_is_listed_adds_up_to_what_is_counted() {
    for tables in [college(), campus()] {
        let instance = tables.instance().unwrap();
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        for seed in 1..=WEEKS {
            let (mut week, timetable) = thrown(&instance, seed);
            find(&mut week, &instance, false);
            let counted = cost::recount(&instance, &timetable);
            for (rule, count) in counted.hard() {
                let missing = if matches!(rule, "Lectures" | "H1 unplaced") { counted.unplaced() } else { 0 };
                let listed = week.conflicts.iter().filter(|conflict| conflict.rule == rule);
                let listed: u64 = listed.map(|conflict| conflict.count).sum();
                assert_eq!(listed + missing, count, "{rule}, seed {seed}: {:#?}", week.conflicts);
                *seen.entry(rule).or_default() += count;
            }
        }
        let unseen: Vec<&&str> = seen.iter().filter(|(_, count)| **count == 0).map(|(rule, _)| rule).collect();
        assert!(unseen.is_empty(), "nothing was wrong with {unseen:?} in any week");
    }
}

#[test]
fn students_are_named_only_where_that_is_asked_for() {
    let instance = campus().instance().unwrap();
    let told = |students| {
        let (mut week, _) = thrown(&instance, 1);
        find(&mut week, &instance, students);
        week.conflicts.iter().map(|conflict| conflict.what.clone()).collect::<Vec<_>>().join("\n")
    };
    let is_named = |text: &str| text.lines().any(|line| line.contains("student") && line.contains(": "));
    assert!(told(false).contains("share") && !is_named(&told(false)), "{}", told(false));
    assert!(is_named(&told(true)), "{}", told(true));
}
