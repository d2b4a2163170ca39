//! From the run's files to the week: the sealed instance says what there is, `timetable.json` where it went.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use shared::ids::{ClassId, CourseId, CurriculumId, GroupId, Id, PeriodId, RoomId, SubjectId, TeacherId};
use shared::model::campus::{Campus, Who};
use shared::model::{Instance, Placement, Timetable, cost};

use super::{Event, Group, Meeting, Place, Slot, Unplaced, Week};
use crate::conflicts;
use crate::error::ReportError;
use crate::sources::text;

/// `timetable.json`, in either of its layouts.
#[derive(Debug, Deserialize)]
struct Document {
    placements: Vec<Row>,
    unplaced: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    /// Only a campus tells events from courses.
    event: Option<String>,
    course: String,
    meeting: usize,
    #[serde(default)]
    day: Day,
    #[serde(default)]
    period: usize,
    #[serde(default)]
    room: String,
    #[serde(default)]
    reason: String,
}

/// A day by its name, or by its number from 1.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Day {
    Number(usize),
    Name(String),
    #[default]
    None,
}

impl Row {
    fn event(&self) -> &str {
        self.event.as_deref().unwrap_or(&self.course)
    }
}

/// The week of a run; nothing where the run has exported none. Students are named only where `students` says so.
pub(crate) fn read(run: &Path, students: bool) -> Result<Option<Week>, ReportError> {
    let path = run.join("timetable.json");
    let Some(written) = text(&path)? else { return Ok(None) };
    let json = |source| ReportError::Json { path: path.clone(), source };
    let document: Document = serde_json::from_str(&written).map_err(json)?;
    let instance = Instance::open(&run.join("instance.art"))?;
    let mut week = offered(&instance);
    let stranger = |what: String| ReportError::Stranger { path: path.clone(), what };
    let timetable = placed(&mut week, &instance, &document, stranger)?;
    let counted = cost::recount(&instance, &timetable);
    week.counted = counted
        .hard()
        .map(|(rule, count)| (rule, count, true))
        .chain(counted.soft().map(|(rule, count)| (rule, count, false)))
        .collect();
    conflicts::find(&mut week, &instance, students);
    Ok(Some(week))
}

/// All that there is, before anything of it has a place.
pub(crate) fn offered(instance: &Instance) -> Week {
    let mut week = Week {
        name: instance.name().to_owned(),
        is_campus: instance.campus().is_some(),
        rooms: (0..instance.room_count()).map(|room| of_room(instance, RoomId::new(room))).collect(),
        ..Week::default()
    };
    match instance.campus() {
        Some(campus) => of_campus(&mut week, instance, campus),
        None => of_competition(&mut week, instance),
    }
    week
}

fn of_room(instance: &Instance, room: RoomId) -> Place {
    let away = instance.campus().map(|campus| periods(campus.blocked(Who::Room(room)), instance.period_count()));
    Place {
        name: instance.room_name(room).to_owned(),
        seats: instance.room_capacities()[room.index()],
        away: away.unwrap_or_default(),
    }
}

fn of_campus(week: &mut Week, instance: &Instance, campus: Campus<'_>) {
    let away = |who: Who| periods(campus.blocked(who), instance.period_count());
    week.days = (0..instance.days()).map(|day| campus.day_name(day).to_owned()).collect();
    week.slots = (0..instance.slots_per_day())
        .map(|slot| campus.slot_times(slot))
        .map(|(start, end)| Slot { start: start.to_owned(), end: end.to_owned() })
        .collect();
    let teacher = |teacher: TeacherId| Place {
        name: instance.teacher_name(teacher).to_owned(),
        seats: 0,
        away: away(Who::Teacher(teacher)),
    };
    week.teachers = (0..instance.teacher_count()).map(|index| teacher(TeacherId::new(index))).collect();
    let lines = campus.kin().lines;
    let group = |group: GroupId| Group {
        name: campus.group_name(group).to_owned(),
        away: away(Who::Group(group)),
        above: lines[group.index()].iter().filter(|above| **above != group).map(|above| above.index()).collect(),
    };
    week.groups = (0..campus.group_count()).map(|index| group(GroupId::new(index))).collect();
    let subject = |index: usize| campus.subject_name(SubjectId::new(index)).to_owned();
    week.subjects = (0..campus.subject_count()).map(subject).collect();
    week.events = instance
        .courses()
        .map(|course| Event {
            name: instance.course_name(course).to_owned(),
            subject: campus.subject(course).index(),
            length: campus.length(course),
            students: instance.course_students()[course.index()],
            min_days: instance.course_min_days()[course.index()] as usize,
            teachers: campus.teachers(course).iter().map(|teacher| teacher.index()).collect(),
            groups: campus.groups(course).iter().map(|group| group.index()).collect(),
            away: Vec::new(),
        })
        .collect();
}

fn of_competition(week: &mut Week, instance: &Instance) {
    week.days = (1..=instance.days()).map(|day| format!("Day {day}")).collect();
    week.slots = vec![Slot::default(); instance.slots_per_day()];
    let teacher = |index| Place { name: instance.teacher_name(TeacherId::new(index)).to_owned(), ..Place::default() };
    week.teachers = (0..instance.teacher_count()).map(teacher).collect();
    let mut groups_of = vec![Vec::new(); instance.course_count()];
    for curriculum in (0..instance.curriculum_count()).map(CurriculumId::new) {
        week.groups.push(Group { name: instance.curriculum_name(curriculum).to_owned(), ..Group::default() });
        for course in instance.curriculum_courses(curriculum) {
            groups_of[course.index()].push(curriculum.index());
        }
    }
    let is_away = |course: CourseId, period: usize| !instance.is_available(course, PeriodId::new(period));
    week.subjects = instance.courses().map(|course| instance.course_name(course).to_owned()).collect();
    week.events = instance
        .courses()
        .zip(groups_of)
        .map(|(course, groups)| Event {
            name: instance.course_name(course).to_owned(),
            subject: course.index(),
            length: 1,
            students: instance.course_students()[course.index()],
            min_days: instance.course_min_days()[course.index()] as usize,
            teachers: vec![instance.course_teachers()[course.index()].index()],
            groups,
            away: (0..instance.period_count()).filter(|period| is_away(course, *period)).collect(),
        })
        .collect();
}

/// The numbers of the bits that are set.
fn periods(bits: &[u64], count: usize) -> Vec<usize> {
    (0..count).filter(|period| bits[period / 64] >> (period % 64) & 1 == 1).collect()
}

/// Puts the meetings of the document into the week, and gives them back as the timetable that they are.
fn placed(
    week: &mut Week,
    instance: &Instance,
    document: &Document,
    stranger: impl Fn(String) -> ReportError,
) -> Result<Timetable, ReportError> {
    let names =
        |names: Vec<&str>| -> BTreeMap<String, usize> { names.into_iter().map(str::to_owned).zip(0..).collect() };
    let events = names(week.events.iter().map(|event| event.name.as_str()).collect());
    let rooms = names(week.rooms.iter().map(|room| room.name.as_str()).collect());
    let days = names(week.days.iter().map(String::as_str).collect());
    let event = |row: &Row| -> Result<usize, ReportError> {
        let found =
            events.get(row.event()).copied().ok_or_else(|| stranger(format!("the course {:?}", row.event())))?;
        let meetings = instance.course_lectures(CourseId::new(found));
        let is_one = (1..=meetings).contains(&row.meeting);
        is_one.then_some(found).ok_or_else(|| stranger(format!("meeting {} of {:?}", row.meeting, row.event())))
    };
    let mut timetable = Timetable::unplaced(instance.class_count());
    for row in &document.placements {
        let day = match &row.day {
            Day::Number(number) => number.checked_sub(1).filter(|day| *day < week.days.len()),
            Day::Name(name) => days.get(name).copied(),
            Day::None => None,
        };
        let day = day.ok_or_else(|| stranger(format!("the day of {:?}", row.event())))?;
        let slot = row.period.checked_sub(1).filter(|slot| *slot < week.slots.len());
        let slot = slot.ok_or_else(|| stranger(format!("the period of {:?}", row.event())))?;
        let room = rooms.get(&row.room).copied().ok_or_else(|| stranger(format!("the room {:?}", row.room)))?;
        let event = event(row)?;
        let class = instance.course_classes(CourseId::new(event)).start + row.meeting - 1;
        let period = PeriodId::new(day * week.slots.len() + slot);
        timetable.set(ClassId::new(class), Some(Placement { period, room: RoomId::new(room) }));
        week.meetings.push(Meeting { event, number: row.meeting, day, slot, room, troubles: Vec::new() });
    }
    for row in &document.unplaced {
        week.unplaced.push(Unplaced { event: event(row)?, number: row.meeting, reason: row.reason.clone() });
    }
    Ok(timetable)
}
