//! Where each event can be at all: the periods in which its meetings may begin, and the rooms that suit it.

use std::collections::HashMap;

use super::draft::{Draft, Event};
use super::week::{Periods, Week};

/// What is left to each event. Rooms stand in sets that events share, for there are many events and few kinds of them.
#[derive(Debug)]
pub(super) struct Domains {
    /// By event: periods in which a meeting may begin, as far as the day, its teachers and its groups are concerned.
    pub(super) starts: Vec<Periods>,
    /// By event: which of the sets.
    set_of: Vec<usize>,
    /// Rooms that seat an event, have what it needs and are allowed, ascending.
    sets: Vec<Vec<u32>>,
}

impl Domains {
    pub(super) fn of(draft: &Draft<'_>, week: &Week) -> Self {
        let starts = draft.events.iter().map(|event| week.starts(event.periods, &week.away(event))).collect();
        let mut domains = Self { starts, set_of: Vec::with_capacity(draft.events.len()), sets: Vec::new() };
        let mut of_wish: HashMap<(u32, &[u32], &[u32]), usize> = HashMap::new();
        let mut of_rooms: HashMap<Vec<u32>, usize> = HashMap::new();
        for event in &draft.events {
            let set = *of_wish.entry((event.size, &event.features, &event.rooms)).or_insert_with(|| {
                let rooms = suitable(draft, event);
                *of_rooms.entry(rooms).or_insert_with_key(|rooms| {
                    domains.sets.push(rooms.clone());
                    domains.sets.len() - 1
                })
            });
            domains.set_of.push(set);
        }
        domains
    }

    /// The rooms that suit an event.
    pub(super) fn rooms(&self, event: usize) -> &[u32] {
        &self.sets[self.set_of[event]]
    }

    /// All sets of rooms, with the events that each suits.
    pub(super) fn sets(&self) -> impl Iterator<Item = (&[u32], Vec<usize>)> {
        let mut events = vec![Vec::new(); self.sets.len()];
        for (event, set) in self.set_of.iter().enumerate() {
            events[*set].push(event);
        }
        self.sets.iter().map(Vec::as_slice).zip(events)
    }
}

fn suitable(draft: &Draft<'_>, event: &Event<'_>) -> Vec<u32> {
    let rooms = (0..).zip(&draft.rooms);
    let suit = rooms.filter(|(number, room)| {
        room.capacity >= event.size
            && (event.rooms.is_empty() || event.rooms.contains(number))
            && event.features.iter().all(|feature| room.features.contains(feature))
    });
    suit.map(|(number, _)| number).collect()
}
