//! Events that cannot be held at all, and days that cannot be had.

use super::{Campus, proof};
use crate::campus::draft::Event;
use crate::campus::week::{Periods, add, add_all, count, has};
use crate::finding::{Finding, Findings};
use crate::format::plural;

pub(super) fn look(campus: &Campus<'_>, findings: &mut Findings) {
    for event in 0..campus.draft.events.len() {
        if campus.domains.rooms(event).is_empty() {
            findings.push(no_room(campus, event));
            continue;
        }
        let begins = begins(campus, event);
        if count(&begins) == 0 {
            findings.push(no_period(campus, event));
            continue;
        }
        findings.extend(too_few(campus, event, &begins));
        days(campus, event, &begins, findings);
    }
}

/// The periods in which a meeting may begin and a room that suits is available.
pub(super) fn begins(campus: &Campus<'_>, event: usize) -> Periods {
    let (week, starts) = (campus.week, &campus.domains.starts[event]);
    let rooms = campus.domains.rooms(event);
    if rooms.iter().any(|room| count(&week.rooms[*room as usize]) == 0) {
        return starts.clone();
    }
    let length = campus.draft.events[event].periods;
    let mut any = week.no_periods();
    for room in rooms {
        add_all(&mut any, &week.starts(length, &week.rooms[*room as usize]));
    }
    any.iter_mut().zip(starts).for_each(|(any, starts)| *any &= starts);
    any
}

fn no_room(campus: &Campus<'_>, number: usize) -> Finding {
    let (draft, event) = (campus.draft, &campus.draft.events[number]);
    let allowed = |room: u32| event.rooms.is_empty() || event.rooms.contains(&room);
    let lacks = |room: u32| {
        let has = &draft.rooms[room as usize].features;
        event
            .features
            .iter()
            .find(|feature| !has.contains(feature))
            .map(|feature| draft.features.ordered()[*feature as usize])
    };
    let all = || (0..draft.rooms.len() as u32).filter(|room| allowed(*room));
    let largest = all().filter(|room| lacks(*room).is_none()).max_by_key(|room| draft.rooms[*room as usize].capacity);
    let of_them = if event.rooms.is_empty() { "no room" } else { "none of its rooms" };
    let needs: Vec<&str> = event.features.iter().map(|feature| draft.features.ordered()[*feature as usize]).collect();
    let with = if needs.is_empty() { String::new() } else { format!(" and has {}", needs.join(" and ")) };
    let message = format!("{of_them} seats the {} people of event {}{with}", event.size, campus.name(number));
    let finding = proof(event.size_place, message);
    if let Some(room) = largest {
        let room = &draft.rooms[room as usize];
        let hint = format!(
            "{} is the largest of those that may be, with {} seats: part the event, or allow or equip another room",
            room.name.text, room.capacity
        );
        return finding.hint(hint).rows([room.name.place]);
    }
    let nobody_has = |feature: &&u32| all().all(|room| !draft.rooms[room as usize].features.contains(feature));
    finding.hint(match event.features.iter().find(nobody_has) {
        Some(missing) => {
            let missing = draft.features.ordered()[*missing as usize];
            format!("no room that may be has {missing}: is it spelt as in rooms.csv?")
        }
        None => "each is in some room, and no room that may be has all of them: equip one".to_owned(),
    })
}

fn no_period(campus: &Campus<'_>, number: usize) -> Finding {
    let (draft, week, event) = (campus.draft, campus.week, &campus.draft.events[number]);
    let teachers = event.teachers.iter().filter(|teacher| count(&week.teachers[**teacher as usize]) > 0);
    let teachers = teachers.map(|teacher| format!("teacher {}", draft.teachers[*teacher as usize].name.text));
    let groups = event.groups.iter().filter(|group| count(&week.groups[**group as usize]) > 0);
    let groups = groups.map(|group| format!("group {} or its relatives", draft.groups[*group as usize].name.text));
    let rooms = (count(&campus.domains.starts[number]) > 0).then(|| "the rooms that suit".to_owned());
    let who: Vec<String> = teachers.chain(groups).chain(rooms).collect();
    let message = format!(
        "there is no period in which a meeting of event {} with its {} could begin",
        campus.name(number),
        plural(event.periods as usize, "period")
    );
    let finding = proof(event.name.place, message).found(format!("unavailable at some time: {}", who.join(", ")));
    finding.hint("take away some of their unavailable periods, or make the meeting shorter")
}

/// More meetings than fit, with no more than so many a day.
fn too_few(campus: &Campus<'_>, number: usize, begins: &Periods) -> Option<Finding> {
    let event = &campus.draft.events[number];
    let of_day = |day: u32| event.max_per_day.min(side_by_side(campus, number, day, begins));
    let most: u32 = (0..campus.week.days).map(of_day).sum();
    (u64::from(most) < u64::from(event.per_week)).then(|| {
        let days = possible_days(campus, begins);
        let message = format!(
            "event {} has {}, with at most {} a day on {}: {most} at most",
            campus.name(number),
            plural(event.per_week as usize, "meeting"),
            event.max_per_day,
            plural(days as usize, "possible day")
        );
        let finding = proof(event.per_week_place, message);
        finding.hint("allow more a day (`max_per_day`), or free more days of its teachers and groups")
    })
}

/// How many meetings of an event can be held on a day. Those that nobody attends can be held at once.
fn side_by_side(campus: &Campus<'_>, number: usize, day: u32, begins: &Periods) -> u32 {
    let week = campus.week;
    let length = campus.draft.events[number].periods;
    let mut slots = day * week.slots..(day + 1) * week.slots;
    if !campus.is_attended(number) {
        return if slots.any(|period| has(begins, period)) { u32::MAX } else { 0 };
    }
    let (mut fit, mut next) = (0, day * week.slots);
    for period in slots {
        if period >= next && has(begins, period) {
            fit += 1;
            next = period + length;
        }
    }
    fit
}

fn possible_days(campus: &Campus<'_>, begins: &Periods) -> u32 {
    let week = campus.week;
    let is_possible = |day: &u32| (day * week.slots..(day + 1) * week.slots).any(|period| has(begins, period));
    (0..week.days).filter(is_possible).count() as u32
}

/// The days on which an event can be held, as a set.
pub(super) fn day_set(campus: &Campus<'_>, begins: &Periods) -> Periods {
    let mut days = vec![0; campus.week.days.div_ceil(64) as usize];
    for day in 0..campus.week.days {
        if (day * campus.week.slots..(day + 1) * campus.week.slots).any(|period| has(begins, period)) {
            add(&mut days, day);
        }
    }
    days
}

/// Days that an event should spread over and cannot have: a cost.
fn days(campus: &Campus<'_>, number: usize, begins: &Periods, findings: &mut Findings) {
    let event: &Event<'_> = &campus.draft.events[number];
    let most = event.per_week.min(possible_days(campus, begins));
    if event.min_days > most {
        let message = format!(
            "event {} should spread over {} and can have {most} at most",
            campus.name(number),
            plural(event.min_days as usize, "day")
        );
        let missing = event.min_days - most;
        let finding = Finding::warning(event.min_days_place, message);
        findings.push(finding.hint(format!(
            "each of the {} that is missing costs, whatever the timetable",
            plural(missing as usize, "day")
        )));
    }
}
