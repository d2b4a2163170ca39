//! What counting alone proves or foretells of an instance: no timetable can exist, or a cost cannot be avoided. Not a search:
//! an instance that passes may still be infeasible.

use shared::model::InstanceTables;

use super::draft::Draft;
use super::text::plural;
use super::vocabulary::Key;
use crate::finding::{Finding, Findings, Place, Severity};

/// A set of periods of the week.
type Periods = Vec<u64>;

fn count(periods: &Periods) -> u32 {
    periods.iter().map(|word| word.count_ones()).sum()
}

/// Looks at a sound instance.
pub(crate) fn look(draft: &Draft<'_>, tables: &InstanceTables, findings: &mut Findings) {
    let available = available(tables);
    each_course(draft, tables, &available, findings);
    all_lectures(draft, tables, &available, findings);
    let places = |course: usize| draft.courses[course].lectures.place;
    let mut taught: Vec<Vec<usize>> = vec![Vec::new(); tables.teachers.len()];
    for (index, course) in tables.courses.iter().enumerate() {
        taught[course.teacher.0 as usize].push(index);
    }
    for (name, courses) in tables.teachers.iter().zip(&taught) {
        let place = draft.courses[courses[0]].teacher.place;
        group(&format!("teacher {name}"), courses, place, tables, &available, findings);
    }
    for ((name, members), line) in tables.curricula.iter().zip(&draft.curricula) {
        let courses: Vec<usize> = members.iter().map(|course| course.0 as usize).collect();
        group(&format!("curriculum {name}"), &courses, line.name.place, tables, &available, findings);
    }
    seats(tables, places, findings);
    spread(draft, tables, findings);
}

/// The periods in which each course may be taught.
fn available(tables: &InstanceTables) -> Vec<Periods> {
    let periods = (tables.days * tables.slots_per_day) as usize;
    let mut whole = vec![0_u64; periods.div_ceil(64)];
    (0..periods).for_each(|period| whole[period / 64] |= 1 << (period % 64));
    let mut available = vec![whole; tables.courses.len()];
    for (course, period) in &tables.unavailable {
        available[course.0 as usize][period.0 as usize / 64] &= !(1 << (period.0 % 64));
    }
    available
}

/// Each lecture of a course needs a period of its own.
fn each_course(draft: &Draft<'_>, tables: &InstanceTables, available: &[Periods], findings: &mut Findings) {
    for ((course, periods), line) in tables.courses.iter().zip(available).zip(&draft.courses) {
        if course.lectures > count(periods) {
            let message = format!(
                "course {} has {} lectures and may be taught in {} periods only",
                course.name,
                course.lectures,
                count(periods)
            );
            let finding = Finding::new(Severity::Infeasible, line.lectures.place, message);
            findings.push(finding.hint("give it fewer lectures, or take away some of its unavailable periods"));
        }
    }
}

/// Each lecture needs a room in a period in which its course may be taught.
fn all_lectures(draft: &Draft<'_>, tables: &InstanceTables, available: &[Periods], findings: &mut Findings) {
    let lectures: u64 = tables.courses.iter().map(|course| u64::from(course.lectures)).sum();
    let rooms = tables.rooms.len() as u64;
    let periods = tables.days * tables.slots_per_day;
    let usable = |period: u32| {
        let is_open = |set: &&Periods| set[period as usize / 64] >> (period % 64) & 1 == 1;
        rooms.min(available.iter().filter(is_open).count() as u64)
    };
    let cells: u64 = (0..periods).map(usable).sum();
    if lectures > cells {
        let all = rooms * u64::from(periods);
        let places = format!("{} × {}", plural(rooms as usize, "room"), plural(periods as usize, "period"));
        let message = match all.cmp(&cells) {
            std::cmp::Ordering::Equal => {
                format!("there are {lectures} lectures for {places} = {cells} places")
            }
            _ => format!(
                "there are {lectures} lectures, and of {places} = {all} places only {cells} can be \
                 used, as few courses may be taught in some periods"
            ),
        };
        let place = draft.number(Key::Rooms).map_or(Place::START, |rooms| rooms.place);
        let finding = Finding::new(Severity::Infeasible, place, message);
        findings.push(finding.hint("add rooms or periods, or take away lectures"));
    }
}

/// Lectures of courses that exclude each other need different periods. Looks at the courses from the most restricted on, as
/// long as the periods of some of them together are too few.
fn group(
    who: &str,
    courses: &[usize],
    place: Place,
    tables: &InstanceTables,
    available: &[Periods],
    findings: &mut Findings,
) {
    let mut courses = courses.to_vec();
    courses.sort_by_key(|&course| (count(&available[course]), course));
    let mut union: Periods = vec![0; available.first().map_or(0, Vec::len)];
    let mut lectures = 0;
    for (taken, &course) in courses.iter().enumerate() {
        lectures += tables.courses[course].lectures;
        union.iter_mut().zip(&available[course]).for_each(|(word, more)| *word |= more);
        // A single course is told by `each_course`.
        if taken == 0 || lectures <= count(&union) {
            continue;
        }
        let names: Vec<&str> = courses[..=taken].iter().map(|&course| tables.courses[course].name.as_str()).collect();
        let which = if names.len() == courses.len() { String::new() } else { format!(" ({})", listed(&names)) };
        let message = format!(
            "{who} has {} courses{which} with {lectures} lectures, and all of these courses together have only {} periods",
            names.len(),
            count(&union)
        );
        let finding = Finding::new(Severity::Infeasible, place, message);
        findings.push(finding.hint("no two lectures of one teacher or curriculum can share a period"));
        return;
    }
}

/// The first few names.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 6;
    let mut text = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

/// Lectures that need more seats than enough rooms have: a cost under UD2, so a warning. Tells the worst size only.
fn seats(tables: &InstanceTables, place: impl Fn(usize) -> Place, findings: &mut Findings) {
    let periods = u64::from(tables.days * tables.slots_per_day);
    let mut by_size: Vec<usize> = (0..tables.courses.len()).collect();
    by_size.sort_by_key(|&course| (std::cmp::Reverse(tables.courses[course].students), course));
    let mut lectures = 0;
    let mut worst: Option<(u64, u64, u64, usize)> = None;
    for course in by_size {
        let row = &tables.courses[course];
        lectures += u64::from(row.lectures);
        let rooms = tables.rooms.iter().filter(|(_, seats)| *seats >= row.students).count() as u64;
        let lack = lectures.saturating_sub(rooms * periods);
        if lack > worst.map_or(0, |(lack, ..)| lack) {
            worst = Some((lack, lectures, rooms, course));
        }
    }
    if let Some((lack, lectures, rooms, course)) = worst {
        let students = tables.courses[course].students;
        let message = format!(
            "{lectures} lectures have {students} students or more, and {} × {} seat as many: at least {lack} will be in a \
             room that is too small",
            plural(rooms as usize, "room"),
            plural(periods as usize, "period")
        );
        findings.push(Finding::warning(place(course), message).hint("each student without a seat costs 1"));
    }
}

/// Courses that cannot spread over as many days as they should, or have nothing to spread.
fn spread(draft: &Draft<'_>, tables: &InstanceTables, findings: &mut Findings) {
    for (course, line) in tables.courses.iter().zip(&draft.courses) {
        if course.lectures == 0 {
            let message = format!("course {} has no lectures", course.name);
            findings.push(Finding::warning(line.lectures.place, message));
        }
        let most = course.lectures.min(tables.days);
        if course.min_days > most {
            let message =
                format!("course {} should spread over {} days and has at most {most}", course.name, course.min_days);
            let hint = format!("this costs {}, whatever the timetable", 5 * (course.min_days - most));
            findings.push(Finding::warning(line.min_days.place, message).hint(hint));
        }
    }
}
