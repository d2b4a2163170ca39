//! An instance of the competition as text, in either of its formats.

use std::fmt::Write as _;

use shared::ids::{CourseId, Id as _};
use shared::model::InstanceTables;
use shared::model::instance::CourseRow;

/// Which of the two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `.ctt`, of 2007.
    Plain,
    /// `.ectt`, its extension, which says nothing more here: what it can say beyond the other has no meaning in UD2.
    Extended,
}

/// What the extension says of the lectures of a curriculum on one day, where nobody has said anything.
const MIN_MAX_DAILY_LECTURES: &str = "Min_Max_Daily_Lectures: 0 0";

/// The text of the file.
pub(crate) fn text(tables: &InstanceTables, dialect: Dialect) -> String {
    let is_extended = dialect == Dialect::Extended;
    // A course may have double lectures, a room stands on a site: those of one kind, where nobody has said anything.
    let (double, site) = if is_extended { (" 0", " 0") } else { ("", "") };
    let course_name = |course: CourseId| &tables.courses[course.index()].name;
    let mut text = header(tables, is_extended);
    text.push_str("\nCOURSES:\n");
    for course in &tables.courses {
        let teacher = &tables.teachers[course.teacher.index()];
        let CourseRow { name, lectures, min_days, students, .. } = course;
        let _ = writeln!(text, "{name} {teacher} {lectures} {min_days} {students}{double}");
    }
    text.push_str("\nROOMS:\n");
    for (name, seats) in &tables.rooms {
        let _ = writeln!(text, "{name} {seats}{site}");
    }
    text.push_str("\nCURRICULA:\n");
    for (name, members) in &tables.curricula {
        let members: Vec<&str> = members.iter().map(|course| course_name(*course).as_str()).collect();
        let _ = writeln!(text, "{name} {} {}", members.len(), members.join(" "));
    }
    text.push_str("\nUNAVAILABILITY_CONSTRAINTS:\n");
    for (course, period) in &tables.unavailable {
        let (day, slot) = (period.0 / tables.slots_per_day, period.0 % tables.slots_per_day);
        let _ = writeln!(text, "{} {day} {slot}", course_name(*course));
    }
    if is_extended {
        text.push_str("\nROOM_CONSTRAINTS:\n");
    }
    text + "\nEND.\n"
}

fn header(tables: &InstanceTables, is_extended: bool) -> String {
    let counted = [
        ("Courses", tables.courses.len()),
        ("Rooms", tables.rooms.len()),
        ("Days", tables.days as usize),
        ("Periods_per_day", tables.slots_per_day as usize),
        ("Curricula", tables.curricula.len()),
        (if is_extended { "UnavailabilityConstraints" } else { "Constraints" }, tables.unavailable.len()),
    ];
    let mut text = format!("Name: {}\n", tables.name);
    for (key, count) in counted {
        let _ = writeln!(text, "{key}: {count}");
    }
    if is_extended {
        let _ = writeln!(text, "{MIN_MAX_DAILY_LECTURES}\nRoomConstraints: 0");
    }
    text
}
