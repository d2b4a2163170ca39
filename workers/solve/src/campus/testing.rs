//! Campuses for the tests of this module.

use search::{Philox, below};
use shared::ids::{ClassId, ClusterId, CourseId, GroupId, Id, PeriodId, RoomId, StudentId, SubjectId, TeacherId};
use shared::model::campus::{Blocked, CampusTables, EventRow, GroupRow, Pin, Relation, RuleRow, Weights, Who};
use shared::model::instance::CourseRow;
use shared::model::partition::Scope;
use shared::model::{FanOut, Instance, InstanceTables, Job, Partition};

const DAYS: usize = 3;
const SLOTS: usize = 5;
const SUBJECTS: usize = 5;
const TEACHERS: usize = 6;
const GROUPS: usize = 5;

/// A small campus in which everything meets everything, drawn from one number. Not every one can be completed.
pub(crate) fn campus(seed: u64) -> InstanceTables {
    let (random, mut counter) = (Philox::new(seed, 7), 0);
    let mut draw = |bound: usize| {
        counter += 1;
        below(random.block(counter)[0], bound)
    };
    let courses = 5 + draw(7);
    let rooms: Vec<(String, u32)> =
        (0..2 + draw(3)).map(|room| (format!("r{room}"), 10 * (2 + draw(2)) as u32)).collect();
    let (mut rows, mut events) = (Vec::new(), Vec::new());
    for course in 0..courses {
        rows.push(CourseRow {
            name: format!("c{course}"),
            teacher: TeacherId(0),
            lectures: 1 + draw(2) as u32,
            min_days: draw(3) as u32,
            students: 5 + draw(15) as u32,
        });
        events.push(EventRow {
            subject: SubjectId::new(draw(SUBJECTS)),
            teachers: (0..draw(3)).map(|_| TeacherId::new(draw(TEACHERS))).collect(),
            groups: (0..draw(2)).map(|_| GroupId::new(draw(GROUPS))).collect(),
            periods: 1 + u32::from(draw(3) == 0),
            features: if draw(4) == 0 { vec![0] } else { Vec::new() },
            rooms: if draw(6) == 0 { vec![RoomId::new(draw(rooms.len()))] } else { Vec::new() },
            max_per_day: 1 + draw(2) as u32,
        });
    }
    let attending = |draw: &mut dyn FnMut(usize) -> usize| (0..9).filter(|_| draw(3) == 0).map(StudentId).collect();
    let subjects = (0..SUBJECTS).map(|subject| (format!("S{subject}"), attending(&mut draw))).collect();
    let who = |draw: &mut dyn FnMut(usize) -> usize| match draw(3) {
        0 => Who::Room(RoomId::new(draw(rooms.len()))),
        1 => Who::Teacher(TeacherId::new(draw(TEACHERS))),
        _ => Who::Group(GroupId::new(draw(GROUPS))),
    };
    let blocked = (0..6)
        .map(|_| Blocked { who: who(&mut draw), period: PeriodId::new(draw(DAYS * SLOTS)), hard: draw(2) == 0 })
        .collect();
    let mut rules = Vec::new();
    for _ in 0..draw(3) {
        let first = draw(courses);
        let courses = vec![CourseId::new(first), CourseId::new((first + 1 + draw(courses - 1)) % courses)];
        rules.push(RuleRow { relation: Relation::ALL[draw(6)].0, weight: (draw(3) == 0).then_some(3), courses });
    }
    let pins = if draw(2) == 0 { vec![Pin { class: ClassId(0), period: PeriodId(2), room: None }] } else { Vec::new() };
    let part_of = [vec![], vec![0], vec![0], vec![1], vec![1, 2]];
    let group = |(index, above): (usize, &Vec<u32>)| GroupRow {
        name: format!("g{index}"),
        size: 10,
        part_of: above.iter().map(|group| GroupId(*group)).collect(),
    };
    let tables = InstanceTables {
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
            weights: Weights { student_clash: (draw(3) == 0).then_some(2), last_period: 1, ..Weights::default() },
            events,
            subjects,
            students: (0..9).map(|student| format!("{student}")).collect(),
            groups: part_of.iter().enumerate().map(group).collect(),
            teacher_max: vec![None, Some(3), Some(4), None, None, Some(3)],
            room_features: (0..rooms.len()).map(|room| if room % 2 == 0 { vec![0] } else { Vec::new() }).collect(),
            blocked,
            pins,
            rules,
            ..CampusTables::default()
        }),
        rooms,
        ..InstanceTables::default()
    };
    with_open_starts(tables)
}

/// A course may start where none of its periods leaves the day and nobody is missing, as `load` would say.
fn with_open_starts(mut tables: InstanceTables) -> InstanceTables {
    let instance = tables.instance().unwrap();
    let campus = instance.campus().unwrap();
    let kin = campus.kin();
    for course in instance.courses() {
        let related = campus.groups(course).iter().flat_map(|group| &kin.related[group.index()]);
        let teachers = campus.teachers(course).iter().map(|teacher| Who::Teacher(*teacher));
        let people: Vec<Who> = related.map(|group| Who::Group(*group)).chain(teachers).collect();
        for period in 0..DAYS * SLOTS {
            let end = period + campus.length(course);
            let is_away = |who: &Who| (period..end).any(|period| campus.blocked(*who)[0] >> period & 1 == 1);
            if period % SLOTS + campus.length(course) > SLOTS || people.iter().any(is_away) {
                tables.unavailable.push((course, PeriodId::new(period)));
            }
        }
    }
    tables
}

/// The courses in three clusters, two of them in one wave, then the repair.
pub(crate) fn thirds(instance: &Instance) -> Partition {
    let job = |wave, scope| Job { wave, bytes: 32 << 20, threads: 1, scope };
    let jobs =
        vec![job(0, Scope::Cluster(0)), job(0, Scope::Cluster(1)), job(1, Scope::Cluster(2)), job(2, Scope::Repair)];
    let labels = (0..instance.course_count()).map(|course| ClusterId::new(course % 3)).collect();
    Partition { labels, fan_out: FanOut { jobs } }
}
