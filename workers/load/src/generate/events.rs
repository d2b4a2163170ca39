//! The rows of `events.csv`: lectures and labs of the sections, with what the sheet asks of some of them. Whatever is asked holds
//! in the planted timetable.

use super::names;
use super::random::Random;
use super::rooms::{Features, Rooms};
use super::sections::{Meeting, Section};
use super::shape::Shape;

/// Of a thousand events, those that may only be in some rooms, those that are pinned, those with a minimum of days and those that
/// may meet twice on a day.
const BOUND_TO_ROOMS: u32 = 30;
const PINNED: u32 = 30;
const SPREAD: u32 = 200;
const TWICE_A_DAY: u32 = 30;
/// The most rooms that are listed for an event, where they are.
const ROOMS_LISTED: usize = 6;
/// What is said to be the size of an event that nobody has chosen.
const UNCHOSEN_SIZE: usize = 10;

/// An event: meetings of one section, of one kind.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) code: String,
    pub(super) section: usize,
    pub(super) teachers: Vec<usize>,
    pub(super) periods: usize,
    pub(super) features: Features,
    /// Where it lies in the planted timetable, in the order of the week.
    pub(super) planted: Vec<Meeting>,
    pub(super) size: Option<usize>,
    /// The allowed rooms; none means any.
    pub(super) rooms: Vec<usize>,
    pub(super) min_days: Option<usize>,
    pub(super) max_per_day: Option<usize>,
    pub(super) pins: Vec<Pin>,
}

/// One part of `pinned`: nothing for a meeting that is free, else the meeting, with its room or without.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pin {
    None,
    Time(Meeting),
    TimeAndRoom(Meeting),
}

pub(super) fn events(shape: &Shape, sections: &[Section], rooms: &Rooms) -> Vec<Event> {
    let mut random = Random::new(shape.seed, 8);
    let mut events = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        let size = (section.students == 0).then_some(UNCHOSEN_SIZE);
        let event = |code: String, periods, features, planted| Event {
            code,
            section: number,
            teachers: section.teachers.clone(),
            periods,
            features,
            planted,
            size,
            rooms: Vec::new(),
            min_days: None,
            max_per_day: None,
            pins: Vec::new(),
        };
        events.push(event(section.code.clone(), 1, section.features, section.planted.clone()));
        if let Some(meeting) = section.planted_lab {
            let mut lab = event(names::lab(&section.code), meeting.periods, Features::LAB, vec![meeting]);
            lab.teachers.extend(section.assistant);
            events.push(lab);
        }
    }
    for event in &mut events {
        ask(event, sections[event.section].seats, rooms, &mut random);
    }
    events
}

fn ask(event: &mut Event, seats: usize, rooms: &Rooms, random: &mut Random) {
    let meetings = event.planted.len();
    if random.chance(BOUND_TO_ROOMS) {
        event.rooms = allowed(event, seats, rooms);
    }
    if meetings > 1 && random.chance(SPREAD) {
        event.min_days = Some(random.between(2, meetings));
    }
    if meetings > 2 && random.chance(TWICE_A_DAY) {
        event.max_per_day = Some(2);
    }
    if random.chance(PINNED) {
        event.pins = event.planted.iter().map(|meeting| pin(*meeting, random)).collect();
    }
}

fn pin(meeting: Meeting, random: &mut Random) -> Pin {
    match random.below(4) {
        0 => Pin::None,
        1 => Pin::Time(meeting),
        _ => Pin::TimeAndRoom(meeting),
    }
}

/// The planted rooms, and some more of the same building that would do.
fn allowed(event: &Event, seats: usize, rooms: &Rooms) -> Vec<usize> {
    let mut allowed: Vec<usize> = event.planted.iter().map(|meeting| meeting.room).collect();
    let building = &rooms.all[allowed[0]].building;
    let would_do = |room: &usize| {
        let room = &rooms.all[*room];
        room.building == *building && room.seats >= seats && room.features.include(event.features)
    };
    allowed.extend((0..rooms.all.len()).filter(would_do).take(ROOMS_LISTED));
    allowed.sort_unstable();
    allowed.dedup();
    allowed
}
