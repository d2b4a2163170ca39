//! Instances for the tests of this crate.

use proptest::prelude::*;
use shared::ids::{ClusterId, CourseId, Id, PeriodId, TeacherId};
use shared::model::cost::recount;
use shared::model::instance::CourseRow;
use shared::model::partition::Scope;
use shared::model::{FanOut, Instance, InstanceTables, Job, Partition, Rule, Timetable};
use shared::wire::Stage;
use shared::worker::{Context, WorkerArgs};

/// Random small instances, some of them infeasible.
pub(crate) fn random_tables() -> impl Strategy<Value = InstanceTables> {
    let course = (0..5_u32, 1..5_u32, 1..4_u32, 1..60_u32);
    let sizes = (2..5_u32, 2..5_u32);
    let courses = proptest::collection::vec(course, 1..12);
    let rooms = proptest::collection::vec(5..60_u32, 1..5);
    let curricula = proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 1..5), 0..8);
    let unavailable = proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20);
    (sizes, courses, rooms, curricula, unavailable).prop_map(|((days, slots), courses, rooms, curricula, barred)| {
        let rows: Vec<CourseRow> = courses
            .iter()
            .enumerate()
            .map(|(index, &(teacher, lectures, min_days, students))| CourseRow {
                name: format!("c{index}"),
                teacher: TeacherId(teacher),
                lectures,
                min_days,
                students,
            })
            .collect();
        let course = |index: &prop::sample::Index| CourseId(index.index(rows.len()) as u32);
        let period = |index: &prop::sample::Index| PeriodId(index.index((days * slots) as usize) as u32);
        InstanceTables {
            name: "random".to_owned(),
            days,
            slots_per_day: slots,
            rooms: rooms.iter().enumerate().map(|(index, seats)| (format!("r{index}"), *seats)).collect(),
            curricula: curricula
                .iter()
                .enumerate()
                .map(|(index, members)| (format!("q{index}"), members.iter().map(course).collect()))
                .collect(),
            teachers: (0..5).map(|index| format!("t{index}")).collect(),
            unavailable: barred.iter().map(|(one, at)| (course(one), period(at))).collect(),
            courses: rows,
            campus: None,
            homes: None,
        }
    })
}

/// The soft cost without room stability, by the slow recount.
pub(crate) fn soft_without_stability(instance: &Instance, timetable: &Timetable) -> i64 {
    let counted = recount(instance, timetable);
    (counted.get(Rule::RoomCapacity) + counted.get(Rule::MinimumWorkingDays) + counted.get(Rule::CurriculumCompactness))
        as i64
}

/// A partition of the courses into two clusters that are solved in one wave each, then the repair.
pub(crate) fn halves(instance: &Instance) -> Partition {
    let job = |wave, scope| Job { wave, bytes: 32 << 20, threads: 1, scope };
    let jobs = vec![job(0, Scope::Cluster(0)), job(1, Scope::Cluster(1)), job(2, Scope::Repair)];
    Partition {
        labels: (0..instance.course_count()).map(|course| ClusterId::new(course % 2)).collect(),
        fan_out: FanOut { jobs },
    }
}

/// A context with counted work that is enough for anything small.
pub(crate) fn context(effort: f64) -> Context {
    let mut args = WorkerArgs::new(Stage::Solve, "solve", 1, std::path::Path::new("."));
    args.effort = Some(effort);
    Context::alone(args)
}
