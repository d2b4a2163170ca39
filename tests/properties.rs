//! What must hold for any instance, not only for those that we thought of.

use proptest::prelude::*;
use shared::ids::{CourseId, Id, PeriodId, RoomId, TeacherId};
use shared::model::cost::{Lecture, recount_lectures};
use shared::model::instance::CourseRow;
use shared::model::{InstanceTables, Rule};

use crate::harness::oracle::{Judgement, judge_text};

/// Small instances, so that everything meets everything: courses share teachers, rooms are too small, weeks too short.
fn instances() -> impl Strategy<Value = InstanceTables> {
    let course = (0_u32..4, 1_u32..5, 0_u32..5, 0_u32..60);
    let shape = (1_u32..5, 1_u32..5, prop::collection::vec(course, 1..8), prop::collection::vec(0_u32..50, 1..4));
    shape.prop_flat_map(|(days, slots_per_day, courses, rooms)| {
        let any_course = 0..courses.len();
        let members = prop::collection::vec(any_course.clone(), 1..5);
        let forbidden = (any_course, 0..days * slots_per_day);
        (prop::collection::vec(members, 0..4), prop::collection::vec(forbidden, 0..9)).prop_map(
            move |(curricula, forbidden)| InstanceTables {
                name: "any".to_owned(),
                days,
                slots_per_day,
                courses: courses.iter().enumerate().map(course_row).collect(),
                rooms: named("room", &rooms),
                curricula: named("curriculum", &curricula)
                    .into_iter()
                    .map(|(name, members)| (name, members.into_iter().map(CourseId::new).collect()))
                    .collect(),
                teachers: (0..4).map(|number| format!("teacher{number}")).collect(),
                unavailable: forbidden
                    .into_iter()
                    .map(|(course, period)| (CourseId::new(course), PeriodId(period)))
                    .collect(),
                campus: None,
                homes: None,
            },
        )
    })
}

fn course_row((number, &(teacher, lectures, min_days, students)): (usize, &(u32, u32, u32, u32))) -> CourseRow {
    CourseRow { name: format!("course{number}"), teacher: TeacherId(teacher), lectures, min_days, students }
}

fn named<T: Clone>(kind: &str, rows: &[T]) -> Vec<(String, T)> {
    rows.iter().enumerate().map(|(number, row)| (format!("{kind}{number}"), row.clone())).collect()
}

/// An instance with any list of lectures: too many of a course, too few, all in one cell.
fn solved() -> impl Strategy<Value = (InstanceTables, Vec<Lecture>)> {
    instances().prop_flat_map(|tables| {
        let periods = tables.days * tables.slots_per_day;
        let lecture = (0..tables.courses.len(), 0..periods, 0..tables.rooms.len());
        let lectures = lecture.prop_map(|(course, period, room)| Lecture {
            course: CourseId::new(course),
            period: PeriodId(period),
            room: RoomId::new(room),
        });
        (Just(tables), prop::collection::vec(lectures, 0..25))
    })
}

/// The instance as the text that the oracle reads.
fn instance_text(tables: &InstanceTables) -> String {
    let InstanceTables { name, days, slots_per_day, courses, rooms, curricula, teachers, unavailable, .. } = tables;
    let mut lines = vec![
        format!("Name: {name}"),
        format!("Days: {days}"),
        format!("Periods_per_day: {slots_per_day}"),
        "COURSES:".to_owned(),
    ];
    lines.extend(courses.iter().map(|course| {
        let CourseRow { name, teacher, lectures, min_days, students } = course;
        format!("{name} {} {lectures} {min_days} {students}", teachers[teacher.index()])
    }));
    lines.push("ROOMS:".to_owned());
    lines.extend(rooms.iter().map(|(name, seats)| format!("{name}\t{seats}")));
    lines.push("CURRICULA:".to_owned());
    lines.extend(curricula.iter().map(|(name, members)| {
        let members: Vec<&str> = members.iter().map(|member| courses[member.index()].name.as_str()).collect();
        format!("{name}  {} {}", members.len(), members.join(" "))
    }));
    lines.push("UNAVAILABILITY_CONSTRAINTS:".to_owned());
    lines.extend(unavailable.iter().map(|(course, period)| {
        let (day, slot) = (period.0 / slots_per_day, period.0 % slots_per_day);
        format!("{} {day} {slot}", courses[course.index()].name)
    }));
    lines.join("\n") + "\nEND.\n"
}

/// The lectures as a solution file.
fn solution_text(tables: &InstanceTables, lectures: &[Lecture]) -> String {
    let line = |lecture: &Lecture| {
        let (day, slot) = (lecture.period.0 / tables.slots_per_day, lecture.period.0 % tables.slots_per_day);
        format!(
            "{} {} {day} {slot}\n",
            tables.courses[lecture.course.index()].name,
            tables.rooms[lecture.room.index()].0
        )
    };
    lectures.iter().map(line).collect()
}

proptest! {
    /// The recount that `audit`, `export` and `verify` rest on agrees with the oracle in each of the eight components.
    #[test]
    fn the_recount_agrees_with_the_oracle((tables, lectures) in solved()) {
        let counted = recount_lectures(&tables.instance().unwrap(), &lectures);
        let expected = Judgement {
            lectures: counted.get(Rule::Lectures),
            conflicts: counted.get(Rule::Conflicts),
            availability: counted.get(Rule::Availability),
            room_occupancy: counted.get(Rule::RoomOccupancy),
            room_capacity: counted.get(Rule::RoomCapacity),
            min_working_days: counted.get(Rule::MinimumWorkingDays),
            curriculum_compactness: counted.get(Rule::CurriculumCompactness),
            room_stability: counted.get(Rule::RoomStability),
        };
        prop_assert_eq!(judge_text(&instance_text(&tables), &solution_text(&tables, &lectures)), expected);
        prop_assert_eq!(counted.cost().soft, expected.cost());
        prop_assert_eq!(counted.cost().violations(), expected.violations());
    }
}
