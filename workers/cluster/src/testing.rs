//! Instances for the tests of this crate.

use shared::ids::{CourseId, Id, PeriodId, TeacherId};
use shared::model::instance::CourseRow;
use shared::model::{Instance, InstanceTables};

use crate::random::Random;

/// One course of a hand-written instance.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    lectures: u32,
    teacher: u32,
    students: u32,
    unavailable: Vec<u32>,
}

impl Row {
    pub(crate) fn of(lectures: u32, teacher: u32) -> Self {
        Self { lectures, teacher, students: 20, unavailable: Vec::new() }
    }

    pub(crate) fn students(self, students: u32) -> Self {
        Self { students, ..self }
    }

    pub(crate) fn unavailable(self, periods: &[u32]) -> Self {
        Self { unavailable: periods.to_vec(), ..self }
    }
}

/// An instance with rooms of 10 and 30 seats.
pub(crate) fn instance(days: u32, slots_per_day: u32, rows: &[Row], curricula: &[&[u32]]) -> Instance {
    let course = |(index, row): (usize, &Row)| CourseRow {
        name: format!("c{index}"),
        teacher: TeacherId(row.teacher),
        lectures: row.lectures,
        min_days: 1,
        students: row.students,
    };
    let teachers = rows.iter().map(|row| row.teacher + 1).max().unwrap_or(0);
    let barred = |(index, row): (usize, &Row)| -> Vec<(CourseId, PeriodId)> {
        row.unavailable.iter().map(|period| (CourseId::new(index), PeriodId(*period))).collect()
    };
    let tables = InstanceTables {
        name: "test".to_owned(),
        days,
        slots_per_day,
        courses: rows.iter().enumerate().map(course).collect(),
        rooms: vec![("small".to_owned(), 10), ("large".to_owned(), 30)],
        curricula: curricula
            .iter()
            .enumerate()
            .map(|(index, courses)| (format!("q{index}"), courses.iter().map(|course| CourseId(*course)).collect()))
            .collect(),
        teachers: (0..teachers).map(|index| format!("t{index}")).collect(),
        unavailable: rows.iter().enumerate().flat_map(barred).collect(),
        campus: None,
        homes: None,
    };
    tables.instance().expect("a well-formed instance")
}

/// A random instance whose curricula mostly keep to one of a few departments.
pub(crate) fn random_instance(seed: u64, courses: usize, curricula: usize) -> Instance {
    let random = Random::new(seed, 99);
    let mut counter = 0;
    let mut below = |bound: usize| {
        counter += 1;
        random.below(counter, bound)
    };
    let row = |_| {
        let row = Row::of(1 + below(5) as u32, below(courses.div_ceil(2)) as u32).students(1 + below(60) as u32);
        let barred: Vec<u32> = (0..below(8)).map(|_| below(25) as u32).collect();
        row.unavailable(&barred)
    };
    let rows: Vec<Row> = (0..courses).map(row).collect();
    let block = courses.div_ceil(4).max(1);
    let curriculum = |_| -> Vec<u32> {
        let size = 2 + below(4);
        let home = below(courses.div_ceil(block)) * block;
        let member = |_| if below(10) == 0 { below(courses) } else { (home + below(block)).min(courses - 1) };
        (0..size).map(member).map(|course| course as u32).collect()
    };
    let curricula: Vec<Vec<u32>> = (0..curricula).map(curriculum).collect();
    instance(5, 5, &rows, &curricula.iter().map(Vec::as_slice).collect::<Vec<_>>())
}
