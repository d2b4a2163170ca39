//! Where a soft cost comes from: the few courses, groups or rooms that most of it is about. Counted without weights, and only for rules that
//! are about somebody.

use std::collections::{BTreeMap, BTreeSet};

use crate::week::{Meeting, Week};

/// So many are named.
const NAMED_MAX: usize = 3;

/// The names with the most of a rule, such as `Calculus1 (3), Statistics (1)`; nothing where the rule is about nobody.
pub(super) fn worst(week: &Week, rule: &str) -> String {
    let counts: Vec<(&str, usize)> = match rule {
        "RoomCapacity" => by_event(week, |of| of.iter().map(|meeting| standing(week, meeting)).sum()),
        "MinimumWorkingDays" | "S1 days missing" => days_missing(week),
        "RoomStability" | "S3 rooms beyond one" => {
            by_event(week, |of| distinct(of.iter().map(|meeting| meeting.room)).saturating_sub(1))
        }
        "S7 last period" => by_event(week, |of| of.iter().filter(|meeting| is_last(week, meeting)).count()),
        "CurriculumCompactness" | "S2 isolated meeting" => alone(week),
        "S6 seats wasted" => empty_seats(week),
        _ => Vec::new(),
    };
    named(counts)
}

fn named(mut counts: Vec<(&str, usize)>) -> String {
    counts.retain(|(_, count)| *count > 0);
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let names: Vec<String> = counts.iter().take(NAMED_MAX).map(|(name, count)| format!("{name} ({count})")).collect();
    match counts.len().saturating_sub(NAMED_MAX) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// What is counted of the meetings of each event.
fn by_event(week: &Week, count: impl Fn(&[&Meeting]) -> usize) -> Vec<(&str, usize)> {
    let mut of_event = vec![Vec::new(); week.events.len()];
    week.meetings.iter().for_each(|meeting| of_event[meeting.event].push(meeting));
    week.events.iter().zip(of_event).map(|(event, of)| (event.name.as_str(), count(&of))).collect()
}

fn days_missing(week: &Week) -> Vec<(&str, usize)> {
    let days = by_event(week, |of| distinct(of.iter().map(|meeting| meeting.day)));
    week.events.iter().zip(days).map(|(event, (name, days))| (name, event.min_days.saturating_sub(days))).collect()
}

/// Students without a seat.
fn standing(week: &Week, meeting: &Meeting) -> usize {
    week.event(meeting).students.saturating_sub(week.rooms[meeting.room].seats) as usize
}

fn is_last(week: &Week, meeting: &Meeting) -> bool {
    week.slots_of(meeting).end == week.slots.len()
}

/// Of each group with nobody below it, the meetings without a neighbour in its day.
fn alone(week: &Week) -> Vec<(&str, usize)> {
    let mut of_group = vec![Vec::new(); week.groups.len()];
    for meeting in &week.meetings {
        week.event(meeting).groups.iter().for_each(|group| of_group[*group].push(meeting));
    }
    let has_below: BTreeSet<usize> = week.groups.iter().flat_map(|group| &group.above).copied().collect();
    let count = |index: usize| {
        let line = [index].into_iter().chain(week.groups[index].above.iter().copied());
        // An event of a group and of one above it is one event.
        let meetings: BTreeMap<(usize, usize), &Meeting> =
            line.flat_map(|of| &of_group[of]).map(|meeting| ((meeting.event, meeting.number), *meeting)).collect();
        let busy: BTreeSet<(usize, usize)> =
            meetings.values().flat_map(|at| week.slots_of(at).map(|slot| (at.day, slot))).collect();
        let is_alone = |at: &&&Meeting| {
            let slots = week.slots_of(at);
            let before = slots.start.checked_sub(1).is_some_and(|before| busy.contains(&(at.day, before)));
            !before && !busy.contains(&(at.day, slots.end))
        };
        meetings.values().filter(is_alone).count()
    };
    let is_lowest = |index: &usize| !has_below.contains(index);
    (0..week.groups.len()).filter(is_lowest).map(|index| (week.groups[index].name.as_str(), count(index))).collect()
}

/// Of each room, the empty seats beyond half of it.
fn empty_seats(week: &Week) -> Vec<(&str, usize)> {
    let mut empty = vec![0; week.rooms.len()];
    for meeting in &week.meetings {
        let half = week.rooms[meeting.room].seats / 2;
        empty[meeting.room] += half.saturating_sub(week.event(meeting).students) as usize;
    }
    week.rooms.iter().map(|room| room.name.as_str()).zip(empty).collect()
}

fn distinct(of: impl Iterator<Item = usize>) -> usize {
    of.collect::<BTreeSet<usize>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::week::{Event, Group, Place, Slot};

    /// Two groups, one a part of the other; three events in a room of ten seats.
    fn week() -> Week {
        let event = |name: &str, min_days, groups: &[usize]| Event {
            name: name.to_owned(),
            length: 1,
            students: 12,
            min_days,
            groups: groups.to_vec(),
            ..Event::default()
        };
        let at = |event, day, slot| Meeting { event, number: 1, day, slot, ..Meeting::default() };
        let group =
            |name: &str, above: &[usize]| Group { name: name.to_owned(), above: above.to_vec(), ..Group::default() };
        Week {
            days: vec!["Mon".to_owned(), "Tue".to_owned()],
            slots: vec![Slot::default(); 4],
            rooms: vec![Place { name: "den".to_owned(), seats: 10, away: Vec::new() }],
            groups: vec![group("Y", &[]), group("Y1", &[0])],
            events: vec![event("all", 2, &[0]), event("part", 1, &[1]), event("both", 1, &[0, 1])],
            meetings: vec![at(0, 0, 0), at(1, 0, 1), at(2, 1, 3)],
            ..Week::default()
        }
    }

    #[test]
    fn the_few_that_most_of_it_is_about_are_named() {
        let week = week();
        assert_eq!(worst(&week, "RoomCapacity"), "all (2), both (2), part (2)");
        assert_eq!(worst(&week, "S1 days missing"), "all (1)");
        assert_eq!(
            worst(&week, "S2 isolated meeting"),
            "Y1 (1)",
            "the year's meeting is a neighbour, and an event counts once"
        );
        assert_eq!(worst(&week, "S7 last period"), "both (1)");
        assert_eq!(worst(&week, "S5 student gap"), "");
        assert_eq!(named(vec![("a", 1), ("b", 9), ("c", 0), ("d", 2), ("e", 3)]), "b (9), e (3), d (2) and 1 more");
    }
}
