//! What the user demands, one thing for each row or name that a person can point at: the constraints of a model are posted for one of
//! these each, so that a contradiction can be told in the user's own words.

use std::collections::BTreeSet;

use load::{Place, Whose};
use shared::ids::{ClassId, CourseId, CurriculumId, GroupId, Id as _, PeriodId, RoomId, TeacherId};
use shared::model::campus::{Relation, Who};

use crate::case::Case;
use crate::ground::{Absent, Ground};

/// Rooms that are named in one sentence.
const ROOMS_NAMED: usize = 4;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Demand {
    /// All meetings of a course are held.
    Held(CourseId),
    /// Somebody is away on a day. A course's own absence is that of the course.
    Away { course: Option<CourseId>, who: Absent, day: usize },
    /// A meeting is pinned.
    Pin(ClassId),
    /// A rule of that number.
    Rule(usize),
    /// A teacher has no more than so many periods a day.
    FullDay(TeacherId),
    /// The events that need one of these rooms have no others.
    Rooms(Vec<RoomId>),
    /// The students of two courses attend both.
    Students(CourseId, CourseId),
    /// A teacher teaches one event at a time.
    Teacher(TeacherId),
    /// A group attends one event at a time.
    Group(GroupId),
    /// The same of a curriculum.
    Curriculum(CurriculumId),
}

impl Demand {
    /// How much it asks of people to give it up; nothing where that is no remedy.
    pub(crate) fn price(&self, ground: &Ground<'_>) -> Option<usize> {
        match self {
            Self::Held(_) | Self::Teacher(_) => None,
            Self::Away { .. } => Some(1),
            Self::Pin(_) | Self::Rule(_) | Self::FullDay(_) => Some(2),
            Self::Rooms(_) => Some(3),
            Self::Students(one, other) => Some(3 + ground.common_students(*one, *other)),
            Self::Group(_) | Self::Curriculum(_) => Some(100),
        }
    }

    /// The rules of the recount that are broken where it is given up.
    pub(crate) fn rules(&self) -> &'static [&'static str] {
        match self {
            Self::Held(_) | Self::Teacher(_) => &[],
            Self::Away { who: Absent::Course, .. } => &["Availability"],
            Self::Away { who: Absent::Teacher(_), .. } => &["H9 teacher unavailable"],
            Self::Away { who: Absent::Group(_), .. } => &["H9 group unavailable"],
            Self::Pin(_) => &["H13 pin moved"],
            Self::Rule(_) => &["H14 rule broken"],
            Self::FullDay(_) => &["H12 teacher overloaded"],
            Self::Rooms(_) => {
                &["H6 room too small", "H7 feature missing", "H8 room not allowed", "H9 room unavailable"]
            }
            Self::Students(..) => &["H5 student clash"],
            Self::Group(_) => &["H4 group clash"],
            Self::Curriculum(_) => &["Conflicts"],
        }
    }

    /// What it demands, as a statement.
    pub(crate) fn told(&self, case: &Case, ground: &Ground<'_>) -> String {
        let instance = &case.instance;
        match self {
            Self::Held(course) => {
                let (meetings, periods) = (instance.course_lectures(*course), ground.length(*course));
                let each = if periods > 1 { format!(" of {periods} periods") } else { String::new() };
                let most = ground.campus.map_or(meetings, |campus| campus.max_per_day(*course));
                let most = if most < meetings { format!(", at most {most} a day") } else { String::new() };
                let plural = if meetings == 1 { "" } else { "s" };
                format!("{} has {meetings} meeting{plural}{each}{most}", instance.course_name(*course))
            }
            Self::Away { course, who, day } => {
                format!("{} is not available on {}", absent(case, ground, *course, *who), ground.day(*day))
            }
            Self::Pin(class) => {
                let at = ground.pin(class.index()).map(|pin| ground.when(pin.period)).unwrap_or_default();
                let course = instance.class_courses()[class.index()];
                format!("{} is pinned to {at}", instance.course_name(course))
            }
            Self::Rule(number) => rule(case, ground, *number),
            Self::FullDay(teacher) => {
                let most = ground.campus.and_then(|campus| campus.teacher_max(*teacher)).unwrap_or(0);
                format!("teacher {} has at most {most} periods a day", instance.teacher_name(*teacher))
            }
            Self::Rooms(rooms) => {
                let names = rooms.iter().take(ROOMS_NAMED).map(|room| instance.room_name(*room));
                let names = names.collect::<Vec<_>>().join(", ");
                let periods = || (0..instance.period_count()).map(PeriodId::new);
                let is_closed = rooms.iter().any(|room| periods().any(|period| ground.is_closed_in(*room, period)));
                let open = if is_closed { ", and not always" } else { "" };
                match rooms.len() {
                    0 => "no room suits".to_owned(),
                    1 => format!("only room {names} suits{open}"),
                    count if count > ROOMS_NAMED => format!("only {count} rooms suit ({names}, …){open}"),
                    count => format!("only {count} rooms suit ({names}){open}"),
                }
            }
            Self::Students(one, other) => {
                let count = ground.common_students(*one, *other);
                let students =
                    if count == 1 { "1 student attends".to_owned() } else { format!("{count} students attend") };
                format!("{students} both {} and {}", instance.course_name(*one), instance.course_name(*other))
            }
            Self::Teacher(teacher) => {
                format!("teacher {} teaches one event at a time", instance.teacher_name(*teacher))
            }
            Self::Group(group) => format!("group {} attends one event at a time", ground.group_name(*group)),
            Self::Curriculum(number) => {
                format!("curriculum {} has one lecture at a time", instance.curriculum_name(*number))
            }
        }
    }

    /// Whether both are absences of one person.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Away { course, who, .. }, Self::Away { course: of_other, who: other, .. }) => {
                (course, who) == (of_other, other)
            }
            _ => false,
        }
    }

    /// Where the rows stand that say so.
    fn places(&self, case: &Case) -> BTreeSet<Place> {
        let places = &case.rows.places;
        let mut found: BTreeSet<Place> = BTreeSet::new();
        let mut add = |all: &[Place], index: usize| found.extend(all.get(index));
        match self {
            Self::Held(course) => add(&places.courses, course.index()),
            Self::Rule(number) => add(&places.rules, *number),
            Self::FullDay(teacher) | Self::Teacher(teacher) => add(&places.teachers, teacher.index()),
            Self::Rooms(rooms) => {
                for room in rooms {
                    add(&places.rooms, room.index());
                }
                let is_one = |whose: Whose| rooms.iter().any(|room| whose == Whose::Somebody(Who::Room(*room)));
                found.extend(places.away.iter().filter(|row| is_one(row.whose)).map(|row| row.place));
            }
            Self::Group(group) => add(&places.groups, group.index()),
            Self::Curriculum(number) => add(&places.curricula, number.index()),
            Self::Students(one, other) => {
                add(&places.courses, one.index());
                add(&places.courses, other.index());
            }
            Self::Pin(class) => {
                found.extend(places.pins.iter().filter(|(pinned, _)| pinned == class).map(|(_, place)| *place));
            }
            Self::Away { course, who, day } => {
                let whose = match (who, course) {
                    (Absent::Teacher(teacher), _) => Whose::Somebody(Who::Teacher(*teacher)),
                    (Absent::Group(group), _) => Whose::Somebody(Who::Group(*group)),
                    (Absent::Course, course) => Whose::Course(course.unwrap_or_default()),
                };
                let is_then = |row: &&load::Away| case.instance.day_and_slot(row.periods.0).0 == *day;
                let rows = places.away.iter().filter(|row| row.whose == whose).filter(is_then);
                found.extend(rows.map(|row| row.place));
            }
        }
        found
    }
}

/// The rows that say all of this.
pub(crate) fn rows_of(case: &Case, demands: &[Demand]) -> Vec<String> {
    let all: BTreeSet<Place> = demands.iter().flat_map(|demand| demand.places(case)).collect();
    case.rows.told(&all)
}

/// `teacher Rossi`, `group Y1`, or the course.
pub(crate) fn absent(case: &Case, ground: &Ground<'_>, course: Option<CourseId>, who: Absent) -> String {
    match who {
        Absent::Teacher(teacher) => format!("teacher {}", case.instance.teacher_name(teacher)),
        Absent::Group(group) => format!("group {}", ground.group_name(group)),
        Absent::Course => course.map_or("", |course| case.instance.course_name(course)).to_owned(),
    }
}

fn rule(case: &Case, ground: &Ground<'_>, number: usize) -> String {
    let Some(rule) = ground.campus.and_then(|campus| campus.rules().nth(number)) else { return String::new() };
    let name = Relation::ALL.iter().find(|(relation, _)| *relation == rule.relation).map_or("", |(_, name)| name);
    let courses: Vec<&str> = rule.courses.iter().map(|course| case.instance.course_name(*course)).collect();
    format!("rule {name} between {}", courses.join(", "))
}
