//! Small campuses for engines to agree on, drawn from a seed: everything that a search counts, and everything meets everything.

use search::{Philox, below};
use shared::ids::{ClassId, CourseId, GroupId, Id, PeriodId, RoomId, StudentId, SubjectId, TeacherId};
use shared::model::InstanceTables;
use shared::model::campus::{Blocked, CampusTables, EventRow, GroupRow, Pin, Relation, RuleRow, Weights, Who};
use shared::model::homes::{ChangePrice, Home, HomeTables};
use shared::model::instance::CourseRow;

const TEACHERS: usize = 4;
const GROUPS: usize = 5;
const SUBJECTS: usize = 4;
const STUDENTS: u32 = 6;

/// Draws from the stream of one campus, and what the rows refer to.
struct Dice {
    stream: Philox,
    counter: u64,
    days: usize,
    slots: usize,
    rooms: usize,
    courses: usize,
}

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.counter += 1;
        below(self.stream.block(self.counter)[0], limit)
    }

    fn is_one_of(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn list<T>(&mut self, length: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..length).map(|_| one(self)).collect()
    }

    fn period(&mut self) -> PeriodId {
        PeriodId::new(self.below(self.days * self.slots))
    }

    fn room(&mut self) -> RoomId {
        RoomId::new(self.below(self.rooms))
    }
}

/// A campus. Some have days with more slots than the small masks have bits; some have more classes than a warp has lanes; of
/// some, students have a price; in some, courses have been somewhere before, or have no room that suits them.
pub(super) fn random(seed: u64) -> InstanceTables {
    let mut dice = Dice { stream: Philox::new(seed, 11), counter: 0, days: 0, slots: 0, rooms: 0, courses: 0 };
    let (is_wide, is_large) = (seed % 4 == 3, seed % 5 == 2);
    dice.days = 2 + dice.below(3);
    dice.slots = if is_wide { 17 + dice.below(8) } else { 3 + dice.below(6) };
    dice.rooms = 2 + dice.below(4);
    dice.courses = if is_large { 40 } else { 4 + dice.below(8) };
    let courses = rows(&mut dice);
    let home = |dice: &mut Dice| Home { period: dice.period(), room: (!dice.is_one_of(4)).then(|| dice.room()) };
    let homes = dice.list(courses.len(), |dice| dice.list(2, home));
    let tables = InstanceTables {
        name: format!("campus{seed}"),
        days: dice.days as u32,
        slots_per_day: dice.slots as u32,
        rooms: (0..dice.rooms).map(|room| (format!("r{room}"), 10 * (1 + dice.below(3)) as u32)).collect(),
        teachers: (0..TEACHERS).map(|teacher| format!("t{teacher}")).collect(),
        homes: seed.is_multiple_of(2).then_some(HomeTables { price: ChangePrice::of(5), homes }),
        campus: Some(campus(&mut dice, seed)),
        courses,
        ..InstanceTables::default()
    };
    with_open_starts(tables)
}

fn rows(dice: &mut Dice) -> Vec<CourseRow> {
    let row = |(course, dice): (usize, &mut Dice)| CourseRow {
        name: format!("c{course}"),
        teacher: TeacherId(0),
        lectures: 1 + dice.below(4) as u32,
        min_days: dice.below(4) as u32,
        students: 5 + dice.below(15) as u32,
    };
    (0..dice.courses).map(|course| row((course, dice))).collect()
}

fn event(dice: &mut Dice) -> EventRow {
    EventRow {
        subject: SubjectId::new(dice.below(SUBJECTS)),
        teachers: {
            let count = dice.below(3);
            dice.list(count, |dice| TeacherId::new(dice.below(TEACHERS)))
        },
        groups: {
            let count = dice.below(3);
            dice.list(count, |dice| GroupId::new(dice.below(GROUPS)))
        },
        periods: if dice.is_one_of(3) { 1 + dice.below(3) as u32 } else { 1 },
        // No room has the second feature.
        features: if dice.is_one_of(4) { vec![u32::from(dice.is_one_of(4))] } else { Vec::new() },
        rooms: if dice.is_one_of(5) { vec![dice.room()] } else { Vec::new() },
        max_per_day: 1 + dice.below(2) as u32,
    }
}

fn rule(dice: &mut Dice) -> RuleRow {
    let first = dice.below(dice.courses);
    let second = (first + 1 + dice.below(dice.courses - 1)) % dice.courses;
    RuleRow {
        relation: Relation::ALL[dice.below(Relation::ALL.len())].0,
        weight: dice.is_one_of(2).then(|| 1 + dice.below(6) as u32),
        courses: vec![CourseId::new(first), CourseId::new(second)],
    }
}

fn campus(dice: &mut Dice, seed: u64) -> CampusTables {
    let groups: [&[u32]; GROUPS] = [&[], &[0], &[0], &[1], &[1, 2]];
    let group = |(index, above): (usize, &&[u32])| GroupRow {
        name: format!("g{index}"),
        size: 10,
        part_of: above.iter().copied().map(GroupId).collect(),
    };
    let blocked = |dice: &mut Dice| {
        let who = match dice.below(3) {
            0 => Who::Room(dice.room()),
            1 => Who::Teacher(TeacherId::new(dice.below(TEACHERS))),
            _ => Who::Group(GroupId::new(dice.below(GROUPS))),
        };
        Blocked { who, period: dice.period(), hard: dice.is_one_of(2) }
    };
    let attending = |dice: &mut Dice| (0..STUDENTS).filter(|_| dice.is_one_of(2)).map(StudentId).collect::<Vec<_>>();
    let pin = |dice: &mut Dice| Pin {
        class: ClassId(0),
        period: PeriodId::new(dice.below(dice.days) * dice.slots),
        room: dice.is_one_of(2).then(|| dice.room()),
    };
    let (pins, rules) = (dice.below(2), dice.below(dice.courses));
    CampusTables {
        weeks: 1,
        day_names: (0..dice.days).map(|day| format!("d{day}")).collect(),
        slot_times: (0..dice.slots).map(|slot| (format!("{slot}"), format!("{slot}"))).collect(),
        features: vec!["projector".to_owned(), "none".to_owned()],
        weights: Weights {
            student_clash: (seed % 3 == 1).then_some(2),
            last_period: 1,
            seats: u32::from(seed.is_multiple_of(3)),
            ..Weights::default()
        },
        events: dice.list(dice.courses, event),
        subjects: (0..SUBJECTS).map(|subject| (format!("S{subject}"), attending(dice))).collect(),
        students: (0..STUDENTS).map(|student| format!("{student}")).collect(),
        groups: groups.iter().enumerate().map(group).collect(),
        teacher_max: vec![None, Some(2), Some(3), None],
        room_features: (0..dice.rooms).map(|room| if room % 2 == 0 { vec![0] } else { Vec::new() }).collect(),
        blocked: dice.list(6, blocked),
        pins: dice.list(pins, pin),
        rules: dice.list(rules, rule),
        ..CampusTables::default()
    }
}

/// A course may start where none of its periods leaves the day and nobody is missing, as `load` would say.
fn with_open_starts(mut tables: InstanceTables) -> InstanceTables {
    let instance = tables.instance().expect("the tables fit");
    let campus = instance.campus().expect("it is one");
    let (kin, slots) = (campus.kin(), tables.slots_per_day);
    for course in instance.courses() {
        let related = campus.groups(course).iter().flat_map(|group| &kin.related[group.index()]);
        let teachers = campus.teachers(course).iter().map(|teacher| Who::Teacher(*teacher));
        let people: Vec<Who> = related.map(|group| Who::Group(*group)).chain(teachers).collect();
        let is_away = |who: &Who, period: u32| campus.blocked(*who)[period as usize / 64] >> (period % 64) & 1 == 1;
        let length = campus.length(course) as u32;
        for period in 0..tables.days * slots {
            let leaves = period % slots + length > slots;
            if leaves || people.iter().any(|who| (period..period + length).any(|period| is_away(who, period))) {
                tables.unavailable.push((course, PeriodId(period)));
            }
        }
    }
    tables
}
