//! Small campuses for the tests of this part, and whole runs of the stage on them.

use shared::ids::{GroupId, Id, PeriodId, RoomId, StudentId, SubjectId, TeacherId};
use shared::model::campus::{Blocked, CampusTables, EventRow, GroupRow, Relation, RuleRow, Weights, Who};
use shared::model::instance::CourseRow;
use shared::model::{Instance, InstanceTables, Timetable};

use crate::random::Random;

const DAYS: usize = 4;
const SLOTS: usize = 5;
const TEACHERS: usize = 8;
const GROUPS: usize = 6;
const STUDENTS: usize = 40;

/// A random campus: some 20 courses in 6 rooms, in which nearly everybody meets everybody.
pub(crate) fn random_tables(seed: u64) -> InstanceTables {
    let mut random = Random::new(seed, 98);
    let draw = &mut random;
    let courses = 14 + draw.below(10);
    let rooms: Vec<(String, u32)> = (0..6).map(|room| (format!("r{room}"), 10 * (1 + draw.below(3)) as u32)).collect();
    let course = |index: usize, draw: &mut Random| CourseRow {
        name: format!("c{index}"),
        teacher: TeacherId(0),
        lectures: 1 + draw.below(3) as u32,
        min_days: draw.below(3) as u32,
        students: 5 + draw.below(6) as u32,
    };
    let rows: Vec<CourseRow> = (0..courses).map(|index| course(index, draw)).collect();
    let events: Vec<EventRow> = (0..courses).map(|index| event(index, draw)).collect();
    let attending = |draw: &mut Random| (0..STUDENTS as u32).filter(|_| draw.below(9) == 0).map(StudentId).collect();
    let subjects = (0..courses).map(|subject| (format!("s{subject}"), attending(draw))).collect();
    let mut tables = InstanceTables {
        name: format!("campus {seed}"),
        days: DAYS as u32,
        slots_per_day: SLOTS as u32,
        courses: rows,
        teachers: (0..TEACHERS).map(|teacher| format!("t{teacher}")).collect(),
        homes: None,
        campus: Some(CampusTables {
            weeks: 1,
            day_names: (0..DAYS).map(|day| format!("d{day}")).collect(),
            slot_times: (0..SLOTS).map(|slot| (format!("{slot}"), format!("{slot}"))).collect(),
            features: vec!["f".to_owned()],
            weights: Weights { student_clash: (seed % 4 == 3).then_some(2), last_period: 1, ..Weights::default() },
            events,
            subjects,
            students: (0..STUDENTS).map(|student| format!("{student}")).collect(),
            groups: (0..GROUPS).map(group).collect(),
            teacher_max: (0..TEACHERS).map(|teacher| (teacher % 2 == 0).then_some(3)).collect(),
            room_features: (0..rooms.len()).map(|room| if room % 2 == 0 { vec![0] } else { Vec::new() }).collect(),
            blocked: (0..8).map(|_| blocked(rooms.len(), draw)).collect(),
            rules: (0..draw.below(4)).map(|_| rule(courses, draw)).collect(),
            ..CampusTables::default()
        }),
        rooms,
        ..InstanceTables::default()
    };
    close_starts(&mut tables);
    tables
}

fn event(index: usize, draw: &mut Random) -> EventRow {
    EventRow {
        subject: SubjectId::new(index),
        teachers: vec![TeacherId::new(draw.below(TEACHERS))],
        groups: (0..draw.below(2)).map(|_| GroupId::new(draw.below(GROUPS))).collect(),
        periods: 1 + u32::from(draw.below(5) == 0),
        features: if draw.below(4) == 0 { vec![0] } else { Vec::new() },
        rooms: Vec::new(),
        max_per_day: 1 + draw.below(2) as u32,
    }
}

/// The first group is above the next two, and those are above one each.
fn group(index: usize) -> GroupRow {
    let part_of = match index {
        1 | 2 => vec![GroupId(0)],
        3 | 4 => vec![GroupId::new(index - 2)],
        _ => Vec::new(),
    };
    GroupRow { name: format!("g{index}"), size: 10, part_of }
}

fn blocked(rooms: usize, draw: &mut Random) -> Blocked {
    let who = match draw.below(3) {
        0 => Who::Room(RoomId::new(draw.below(rooms))),
        1 => Who::Teacher(TeacherId::new(draw.below(TEACHERS))),
        _ => Who::Group(GroupId::new(draw.below(GROUPS))),
    };
    Blocked { who, period: PeriodId::new(draw.below(DAYS * SLOTS)), hard: draw.below(2) == 0 }
}

fn rule(courses: usize, draw: &mut Random) -> RuleRow {
    let first = draw.below(courses);
    let second = (first + 1 + draw.below(courses - 1)) % courses;
    let relation = Relation::ALL[draw.below(Relation::ALL.len())].0;
    let weight = (draw.below(2) == 0).then_some(3);
    RuleRow { relation, weight, courses: [first, second].map(shared::ids::CourseId::new).to_vec() }
}

/// A course may start where none of its periods leaves the day and nobody is missing, as `load` would say.
fn close_starts(tables: &mut InstanceTables) {
    let instance = tables.instance().expect("the tables fit");
    let campus = instance.campus().expect("it is one");
    let kin = campus.kin();
    for course in instance.courses() {
        let related = campus.groups(course).iter().flat_map(|group| &kin.related[group.index()]);
        let teachers = campus.teachers(course).iter().map(|teacher| Who::Teacher(*teacher));
        let people: Vec<Who> = related.map(|group| Who::Group(*group)).chain(teachers).collect();
        for start in 0..DAYS * SLOTS {
            let periods = start..start + campus.length(course);
            let is_away = |who: &Who| periods.clone().any(|period| campus.blocked(*who)[0] >> period & 1 == 1);
            if periods.end > (start / SLOTS + 1) * SLOTS || people.iter().any(is_away) {
                tables.unavailable.push((course, PeriodId::new(start)));
            }
        }
    }
}

/// A campus with a timetable without violations in it: four cells of five are used, teachers and students are as busy as that
/// timetable lets them be.
pub(crate) fn planted_tables(seed: u64) -> InstanceTables {
    const ROOMS: usize = 4;
    const LECTURES: usize = 2;
    let mut draw = Random::new(seed, 97);
    let mut cells: Vec<usize> = (0..DAYS * SLOTS).flat_map(|period| [period; ROOMS]).collect();
    for last in (1..cells.len()).rev() {
        cells.swap(last, draw.below(last + 1));
    }
    cells.truncate(cells.len() * 4 / 5);
    let courses: Vec<&[usize]> = cells.chunks_exact(LECTURES).filter(|periods| periods[0] != periods[1]).collect();
    let mut is_busy = vec![[false; DAYS * SLOTS]; TEACHERS + STUDENTS];
    let mut take = |who: usize, periods: &[usize]| {
        let is_free = periods.iter().all(|period| !is_busy[who][*period]);
        for period in periods.iter().filter(|_| is_free) {
            is_busy[who][*period] = true;
        }
        is_free
    };
    let mut tables = random_tables(seed);
    let rows = tables.campus.as_mut().expect("it is one");
    rows.events.clear();
    rows.subjects.clear();
    for (index, periods) in courses.iter().enumerate() {
        let teacher = (0..TEACHERS).map(|step| (index + step) % TEACHERS).find(|teacher| take(*teacher, periods));
        let students = (0..STUDENTS).filter(|student| draw.below(4) == 0 && take(TEACHERS + student, periods));
        rows.subjects.push((format!("s{index}"), students.map(StudentId::new).collect()));
        rows.events.push(EventRow {
            subject: SubjectId::new(index),
            teachers: teacher.map(TeacherId::new).into_iter().collect(),
            periods: 1,
            max_per_day: LECTURES as u32,
            ..EventRow::default()
        });
    }
    rows.weights.student_clash = None;
    rows.teacher_max.fill(None);
    rows.blocked.clear();
    rows.rules.clear();
    rows.room_features = vec![Vec::new(); ROOMS];
    tables.rooms = (0..ROOMS).map(|room| (format!("r{room}"), 30)).collect();
    let course = |index| CourseRow {
        name: format!("c{index}"),
        teacher: TeacherId(0),
        lectures: LECTURES as u32,
        min_days: 1,
        students: 10,
    };
    tables.courses = (0..courses.len()).map(course).collect();
    tables.unavailable.clear();
    tables
}

/// A random campus.
pub(crate) fn random_campus(seed: u64) -> Instance {
    random_tables(seed).instance().expect("the tables fit")
}

/// A timetable of all that can have a place, without any care for its cost.
pub(crate) fn scattered(instance: &Instance, seed: u64) -> Timetable {
    let problem = super::problem(instance).expect("it is small");
    let mut random = Random::new(seed, 7);
    let mut state = search::campus::State::new(&problem, &Timetable::unplaced(problem.classes));
    for _ in 0..10 * problem.classes {
        let words = [random.word(), random.word(), 0, random.word()];
        if let Some((class, target)) = state.proposal(&problem, words) {
            let change = state.evaluate(&problem, class, target, i32::MAX).expect("there is no limit");
            state.apply(&problem, class, target, change);
        }
    }
    search::campus::seat(&problem, state.spots())
}
