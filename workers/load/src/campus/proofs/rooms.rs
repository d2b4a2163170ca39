//! More meetings than rooms of a kind can hold (Hall's argument): if all rooms that suit some events are these, then the hours of
//! those events must fit into the periods of these rooms. And meetings of several periods must fit side by side into their days.
//!
//! Looked at are the rooms that suit each kind of event, and all rooms from each size on. So sizes are nested, features and lists
//! of allowed rooms are not forgotten, and what is found is told once.

use std::collections::BTreeSet;

use super::events::begins;
use super::{Campus, proof};
use crate::campus::week::{Periods, add, count, has};
use crate::finding::{Finding, Findings, Place};
use crate::format::plural;

/// Sets of rooms that are looked at, the smallest first.
const SETS_MAX: usize = 1_500;

/// Findings that are told.
const TOLD_MAX: usize = 5;

/// Events that the same rooms suit.
struct Demand {
    rooms: Periods,
    events: Vec<usize>,
}

/// Rooms that are short of periods for the events that can be nowhere else.
struct Shortage {
    rooms: Periods,
    events: Vec<usize>,
    /// The length that is looked at: meetings of so many periods or more, in so many blocks of it.
    length: u32,
    wanted: u64,
    had: u64,
}

pub(super) fn look(campus: &Campus<'_>, findings: &mut Findings) {
    let words = campus.draft.rooms.len().div_ceil(64);
    let set = |rooms: &[u32]| {
        let mut set = vec![0; words];
        for room in rooms {
            add(&mut set, *room);
        }
        set
    };
    let demands: Vec<Demand> = campus
        .domains
        .sets()
        .map(|(rooms, events)| (rooms, told_of_none(campus, events)))
        .filter(|(rooms, events)| !rooms.is_empty() && !events.is_empty())
        .map(|(rooms, events)| Demand { rooms: set(rooms), events })
        .collect();
    let lengths: BTreeSet<u32> = campus.draft.events.iter().map(|event| event.periods).chain([1]).collect();
    let mut sets: BTreeSet<Periods> = demands.iter().map(|demand| demand.rooms.clone()).collect();
    sets.extend(from_each_size(campus).iter().map(|rooms| set(rooms)));
    let mut sets: Vec<Periods> = sets.into_iter().collect();
    sets.sort_by_key(|set| count(set));
    sets.truncate(SETS_MAX);
    let mut shortages: Vec<Shortage> = Vec::new();
    for length in lengths {
        let supply: Vec<u64> = (0..campus.draft.rooms.len()).map(|room| supply(campus, room, length)).collect();
        let wanted: Vec<u64> = demands.iter().map(|demand| wanted(campus, &demand.events, length)).collect();
        shortages.extend(sets.iter().filter_map(|set| shortage(set, &demands, &wanted, &supply, length)));
    }
    tell(campus, shortages, findings);
}

/// Without those that can begin at no time, which have been told alone.
fn told_of_none(campus: &Campus<'_>, mut events: Vec<usize>) -> Vec<usize> {
    events.retain(|event| count(&begins(campus, *event)) > 0);
    events
}

/// For each size of an event, the rooms that have as many seats.
fn from_each_size(campus: &Campus<'_>) -> Vec<Vec<u32>> {
    let rooms = || (0..).zip(&campus.draft.rooms);
    let sizes: BTreeSet<u32> = campus.draft.events.iter().map(|event| event.size).collect();
    // Between two capacities all sizes have the same rooms.
    let seats = |size: u32| rooms().map(|(_, room)| room.capacity).filter(|capacity| *capacity >= size).min();
    let least: BTreeSet<u32> = sizes.into_iter().filter_map(seats).collect();
    let from = |least: u32| rooms().filter(move |(_, room)| room.capacity >= least).map(|(number, _)| number).collect();
    least.into_iter().map(from).collect()
}

/// How many blocks of so many periods a room has.
fn supply(campus: &Campus<'_>, room: usize, length: u32) -> u64 {
    let free = campus.week.free(&campus.week.rooms[room]);
    (0..campus.week.days).map(|day| u64::from(campus.week.fit(day, length, &free))).sum()
}

/// How many such blocks events take.
fn wanted(campus: &Campus<'_>, events: &[usize], length: u32) -> u64 {
    let of_event = |event: &usize| {
        let event = &campus.draft.events[*event];
        u64::from(event.per_week) * u64::from(event.periods / length)
    };
    events.iter().map(of_event).sum()
}

fn shortage(set: &Periods, demands: &[Demand], wanted: &[u64], supply: &[u64], length: u32) -> Option<Shortage> {
    let is_within = |demand: &Demand| demand.rooms.iter().zip(set).all(|(rooms, set)| rooms & !set == 0);
    let within = || demands.iter().zip(wanted).filter(|(demand, _)| is_within(demand));
    let sum: u64 = within().map(|(_, wanted)| wanted).sum();
    let had = supply.iter().enumerate().filter(|(room, _)| has(set, *room as u32)).map(|(_, supply)| supply).sum();
    (sum > had).then(|| Shortage {
        rooms: set.clone(),
        events: within()
            .filter(|(_, wanted)| **wanted > 0)
            .flat_map(|(demand, _)| demand.events.iter().copied())
            .collect(),
        length,
        wanted: sum,
        had,
    })
}

/// Tells the worst shortages, and none that lies within another or around it.
fn tell(campus: &Campus<'_>, mut shortages: Vec<Shortage>, findings: &mut Findings) {
    shortages.sort_by_key(|shortage| (std::cmp::Reverse(shortage.wanted - shortage.had), shortage.length));
    let mut told: Vec<&Shortage> = Vec::new();
    let is_within = |one: &Periods, other: &Periods| one.iter().zip(other).all(|(one, other)| one & !other == 0);
    for shortage in &shortages {
        let is_known = told
            .iter()
            .any(|known| is_within(&known.rooms, &shortage.rooms) || is_within(&shortage.rooms, &known.rooms));
        if !is_known && told.len() < TOLD_MAX {
            findings.push(finding(campus, shortage));
            told.push(shortage);
        }
    }
}

fn finding(campus: &Campus<'_>, shortage: &Shortage) -> Finding {
    let draft = campus.draft;
    let mut events: Vec<usize> =
        shortage.events.iter().copied().filter(|event| draft.events[*event].periods >= shortage.length).collect();
    events.sort_by_key(|event| (draft.events[*event].size, *event));
    let least = events.first().map_or(0, |event| draft.events[*event].size);
    let features = (0..draft.features.ordered().len() as u32)
        .filter(|feature| events.iter().all(|event| draft.events[*event].features.contains(feature)));
    let features: Vec<&str> = features.map(|feature| draft.features.ordered()[feature as usize]).collect();
    let need = if features.is_empty() { String::new() } else { format!(" that need {}", features.join(" and ")) };
    let rooms: Vec<usize> = (0..draft.rooms.len()).filter(|room| has(&shortage.rooms, *room as u32)).collect();
    let names: Vec<&str> = rooms.iter().take(4).map(|room| draft.rooms[*room].name.text).collect();
    let more = if rooms.len() > names.len() { ", …" } else { "" };
    let unit = match shortage.length {
        1 => "hours".to_owned(),
        length => format!("meetings of {length} periods"),
    };
    let message = format!(
        "{} {unit} of {} with {least} people or more{need} can only be in {} ({}{more}), where there are places for {}",
        shortage.wanted,
        plural(events.len(), "event"),
        plural(rooms.len(), "room"),
        names.join(", "),
        shortage.had
    );
    let place = events.first().map_or(Place::START, |event| draft.events[*event].size_place);
    let finding = proof(place, message).rows(rooms.iter().take(3).map(|room| draft.rooms[*room].name.place));
    let lack = shortage.wanted - shortage.had;
    let finding = finding.rows(campus.places(&events).take(3));
    finding.hint(format!("{lack} too many: make another room fit for them, or part events into smaller groups"))
}
