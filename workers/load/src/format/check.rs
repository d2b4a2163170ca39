//! What must hold between the rows of a file: names exist and are unique, counts are those declared, the sizes fit. Builds the
//! tables of the instance on the way.

use std::collections::HashSet;

use shared::ids::{CourseId, Id, PeriodId, TeacherId};
use shared::model::InstanceTables;
use shared::model::instance::CourseRow;

use super::draft::Draft;
use super::names::Names;
use super::text::{Word, plural, shown};
use super::vocabulary::{Key, Section};
use crate::finding::{Finding, Findings, Place};
use crate::limits::{CELLS_MAX, LECTURES_MAX};

/// Checks a draft and builds its tables, which are sound only if no error was found.
pub(crate) fn check(draft: &Draft<'_>, findings: &mut Findings) -> InstanceTables {
    header(draft, findings);
    sizes(draft, findings);
    let mut tables = InstanceTables {
        name: draft.name.to_owned(),
        days: draft.number(Key::Days).map_or(0, |days| days.value),
        slots_per_day: draft.number(Key::Slots).map_or(0, |slots| slots.value),
        ..InstanceTables::default()
    };
    let courses = add_courses(draft, &mut tables, findings);
    let rooms = unique("room", draft.rooms.iter().map(|(name, _)| *name), findings);
    tables.rooms = draft.rooms.iter().map(|(name, seats)| (name.text.to_owned(), seats.value)).collect();
    add_curricula(draft, &courses, &mut tables, findings);
    add_unavailable(draft, &courses, &mut tables, findings);
    for (course, room) in &draft.room_constraints {
        courses.resolve("course", *course, findings);
        rooms.resolve("room", *room, findings);
    }
    tables
}

/// Every header line is there, and each section has as many rows as declared.
fn header(draft: &Draft<'_>, findings: &mut Findings) {
    for key in Key::REQUIRED {
        if draft.header[key as usize].is_none() {
            let finding = Finding::error(draft.header_end(), format!("the header line `{}` is missing", key.name()));
            findings.push(finding.expected(format!("`{}: …` before the first section", key.name())));
        }
    }
    for section in Section::ALL {
        let found = draft.found[section as usize];
        let Some(declared) = draft.number(section.count_key()).filter(|declared| declared.value as usize != found)
        else {
            continue;
        };
        let message = format!("the section {} does not have as many rows as the header declares", section.name());
        let finding = Finding::error(declared.place, message);
        let finding = finding.expected(plural(declared.value as usize, "row")).found(plural(found, "row"));
        findings.push(match draft.sections[section as usize] {
            None => finding.hint(format!("there is no line `{}:`", section.name())),
            Some(place) => finding.hint(format!("the section begins at line {}", place.line)),
        });
    }
}

/// The whole is not larger than the limits.
fn sizes(draft: &Draft<'_>, findings: &mut Findings) {
    if let (Some(days), Some(slots), Some(rooms)) =
        (draft.number(Key::Days), draft.number(Key::Slots), draft.number(Key::Rooms))
    {
        let cells = u64::from(days.value) * u64::from(slots.value) * u64::from(rooms.value);
        if cells > CELLS_MAX {
            let finding = Finding::error(rooms.place, "the instance is too large");
            let finding = finding.expected(format!("at most {CELLS_MAX} for rooms × days × periods a day"));
            findings.push(finding.found(cells.to_string()));
        }
    }
    let mut sum = 0;
    for course in &draft.courses {
        let before = sum;
        sum += u64::from(course.lectures.value);
        if before <= u64::from(LECTURES_MAX) && sum > u64::from(LECTURES_MAX) {
            let finding = Finding::error(course.lectures.place, "the instance has too many lectures");
            findings.push(finding.expected(format!("at most {LECTURES_MAX}")).found(format!("{sum} up to here")));
        }
    }
}

fn add_courses<'t>(draft: &Draft<'t>, tables: &mut InstanceTables, findings: &mut Findings) -> Names<'t> {
    let courses = unique("course", draft.courses.iter().map(|course| course.name), findings);
    let mut teachers = Names::default();
    for course in &draft.courses {
        tables.courses.push(CourseRow {
            name: course.name.text.to_owned(),
            teacher: TeacherId::new(teachers.add(course.teacher.text).0),
            lectures: course.lectures.value,
            min_days: course.min_days.value,
            students: course.students.value,
        });
    }
    tables.teachers = teachers.ordered().iter().map(|&name| name.to_owned()).collect();
    courses
}

fn add_curricula(draft: &Draft<'_>, courses: &Names<'_>, tables: &mut InstanceTables, findings: &mut Findings) {
    unique("curriculum", draft.curricula.iter().map(|curriculum| curriculum.name), findings);
    for curriculum in &draft.curricula {
        let mut members = Vec::with_capacity(curriculum.members.len());
        let mut seen = HashSet::new();
        for &member in &curriculum.members {
            let Some(course) = courses.resolve("course", member, findings) else { continue };
            if seen.insert(course) {
                members.push(CourseId::new(course));
            } else {
                let message = format!("course {} is in curriculum {} twice", member.text, curriculum.name.text);
                findings.push(Finding::warning(member.place, message).hint("it counts once"));
            }
        }
        if curriculum.members.is_empty() {
            let message = format!("curriculum {} has no courses", curriculum.name.text);
            findings.push(Finding::warning(curriculum.name.place, message));
        }
        tables.curricula.push((curriculum.name.text.to_owned(), members));
    }
}

fn add_unavailable(draft: &Draft<'_>, courses: &Names<'_>, tables: &mut InstanceTables, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for row in &draft.unavailable {
        let course = courses.resolve("course", row.course, findings);
        let mut is_inside = true;
        for (what, key, number) in [("day", Key::Days, row.day), ("period", Key::Slots, row.slot)] {
            if let Some(count) = draft.number(key).filter(|count| number.value >= count.value) {
                let finding = Finding::error(number.place, format!("the {what} is outside of the week"));
                let finding = finding.expected(format!("a {what} from 0 to {}", count.value - 1));
                findings.push(finding.found(number.value.to_string()).hint(format!("a {what} is counted from 0")));
                is_inside = false;
            }
        }
        let Some(course) = course.filter(|_| is_inside) else { continue };
        let period = PeriodId(row.day.value * tables.slots_per_day + row.slot.value);
        if seen.insert((course, period)) {
            tables.unavailable.push((CourseId::new(course), period));
        } else {
            let message = format!("course {} is said to be unavailable then a second time", row.course.text);
            findings.push(Finding::warning(row.course.place, message));
        }
    }
}

/// Numbers the names of a section; each must come once.
fn unique<'t>(noun: &str, names: impl Iterator<Item = Word<'t>>, findings: &mut Findings) -> Names<'t> {
    let mut numbered = Names::default();
    let mut places: Vec<Place> = Vec::new();
    for name in names.filter(|name| !name.text.is_empty()) {
        let (number, is_new) = numbered.add(name.text);
        if is_new {
            places.push(name.place);
        } else {
            let finding = Finding::error(name.place, format!("the {noun} {} comes a second time", shown(name.text)));
            findings.push(finding.hint(format!("the first is at line {}", places[number].line)));
        }
    }
    numbered
}
