//! Room classes: rooms that no course and no period tells apart.

use std::collections::{BTreeMap, BTreeSet};

use shared::ids::{CourseId, Id, RoomId};
use shared::model::Instance;
use shared::model::campus::{Campus, Who};

/// The classes of an instance's rooms, and which course may use which.
#[derive(Clone, Debug)]
pub(crate) struct RoomClasses {
    /// Class of each room.
    pub(crate) of_room: Vec<u16>,
    /// Rooms of each class, ascending.
    pub(crate) rooms: Vec<Vec<u32>>,
    /// Class × period: rooms that are available.
    pub(crate) available: Vec<u16>,
    /// Class × period: what a room costs that would rather not be used.
    pub(crate) unwelcome: Vec<u16>,
    /// Seats of each class: those of its smallest room.
    pub(crate) seats: Vec<u32>,
    suits: Vec<Vec<u16>>,
}

/// What tells rooms apart.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Trait<'a> {
    /// Sizes of courses that it seats; or its seats, where wasted ones cost something.
    seats: usize,
    features: &'a [u64],
    /// Courses that name it.
    named_by: Vec<CourseId>,
    /// Its number, where a pin names it.
    pinned: Option<RoomId>,
    blocked: &'a [u64],
    unwelcome: &'a [u64],
}

impl RoomClasses {
    pub(crate) fn new(instance: &Instance, campus: Campus<'_>) -> Self {
        let mut classes: BTreeMap<Trait<'_>, Vec<u32>> = BTreeMap::new();
        for (index, seen) in traits(instance, campus).into_iter().enumerate() {
            classes.entry(seen).or_default().push(index as u32);
        }
        let mut rooms: Vec<Vec<u32>> = classes.into_values().collect();
        let capacities = instance.room_capacities();
        let seats_of = |rooms: &Vec<u32>| rooms.iter().map(|room| capacities[*room as usize]).min().unwrap_or(0);
        // The smallest first: who takes the first that suits wastes least.
        rooms.sort_by_key(|rooms| (seats_of(rooms), rooms[0]));
        let mut of_room = vec![0; instance.room_count()];
        for (class, members) in rooms.iter().enumerate() {
            for room in members {
                of_room[*room as usize] = class as u16;
            }
        }
        let first = |class: usize| RoomId(rooms[class][0]);
        let suits = |course: CourseId| {
            (0..rooms.len()).filter(|class| campus.suits(course, first(*class))).map(|class| class as u16).collect()
        };
        let weight = campus.weights().unwelcome as u16;
        let is_set = |bits: &[u64], period: usize| bits[period / 64] >> (period % 64) & 1 == 1;
        let table = |value: &dyn Fn(usize, usize) -> u16| -> Vec<u16> {
            (0..rooms.len())
                .flat_map(|class| (0..instance.period_count()).map(move |period| value(class, period)))
                .collect()
        };
        let available = table(&|class, period| {
            let is_blocked = is_set(campus.blocked(Who::Room(first(class))), period);
            if is_blocked { 0 } else { rooms[class].len() as u16 }
        });
        let unwelcome =
            table(&|class, period| u16::from(is_set(campus.unwelcome(Who::Room(first(class))), period)) * weight);
        Self {
            of_room,
            available,
            unwelcome,
            seats: rooms.iter().map(seats_of).collect(),
            suits: instance.courses().map(suits).collect(),
            rooms,
        }
    }

    /// Number of classes.
    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    /// The classes that a course may use, the smallest rooms first.
    #[inline]
    pub(crate) fn suiting(&self, course: usize) -> &[u16] {
        &self.suits[course]
    }
}

fn traits<'a>(instance: &Instance, campus: Campus<'a>) -> Vec<Trait<'a>> {
    let mut sizes: Vec<u32> = instance.course_students().to_vec();
    sizes.sort_unstable();
    sizes.dedup();
    let do_seats_cost = campus.weights().seats > 0;
    let seats = |seats: u32| if do_seats_cost { seats as usize } else { sizes.partition_point(|size| *size <= seats) };
    let mut named_by = vec![Vec::new(); instance.room_count()];
    for course in instance.courses() {
        campus.allowed_rooms(course).iter().for_each(|room| named_by[room.index()].push(course));
    }
    let pinned: BTreeSet<RoomId> = campus.pins().filter_map(|pin| pin.room).collect();
    let of_room = |(index, named_by): (usize, Vec<CourseId>)| {
        let room = RoomId::new(index);
        Trait {
            seats: seats(instance.room_capacities()[index]),
            features: campus.room_features(room),
            named_by,
            pinned: Some(room).filter(|room| pinned.contains(room)),
            blocked: campus.blocked(Who::Room(room)),
            unwelcome: campus.unwelcome(Who::Room(room)),
        }
    };
    named_by.into_iter().enumerate().map(of_room).collect()
}
