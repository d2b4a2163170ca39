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
    /// The most that a room of each class costs in a period, for the same reason.
    pub(crate) most_unwelcome: Vec<u16>,
    /// Seats of each class: those of its smallest room.
    pub(crate) seats: Vec<u32>,
    /// What some courses may use, the smallest rooms first.
    suits: Vec<Vec<u16>>,
    /// Course: which of those it is. Most courses want what others want as well.
    wish_of: Vec<u32>,
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

/// What tells courses apart that look for a room: people, features that they need, rooms that they name.
type Wish<'a> = (u32, &'a [u64], &'a [RoomId]);

impl RoomClasses {
    pub(crate) fn new<'i>(instance: &Instance, campus: Campus<'i>) -> Self {
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
        // What `Campus::suits` asks, with everything that is looked up taken out of the loop.
        let features: Vec<&[u64]> = (0..rooms.len()).map(|class| campus.room_features(first(class))).collect();
        let suits = |(size, needed, allowed): Wish<'_>| -> Vec<u16> {
            let seats = |class: &usize| capacities[rooms[*class][0] as usize] >= size;
            let equips = |class: &usize| needed.iter().zip(features[*class]).all(|(needed, has)| needed & !has == 0);
            let allows = |class: &usize| allowed.is_empty() || allowed.binary_search(&first(*class)).is_ok();
            let all = 0..rooms.len();
            all.filter(seats).filter(equips).filter(allows).map(|class| class as u16).collect()
        };
        let (mut wishes, mut lists) = (BTreeMap::new(), Vec::new());
        let mut wish_of = Vec::with_capacity(instance.course_count());
        for course in instance.courses() {
            let size = instance.course_students()[course.index()];
            let wish: Wish<'_> = (size, campus.needed_features(course), campus.allowed_rooms(course));
            let number = *wishes.entry(wish).or_insert_with(|| {
                lists.push(suits(wish));
                lists.len() as u32 - 1
            });
            wish_of.push(number);
        }
        let weight = campus.weights().unwelcome as u16;
        let table = |price: &dyn Fn(usize, bool) -> u16, bits_of: &dyn Fn(Who) -> &'i [u64]| -> Vec<u16> {
            let row = |class: usize| {
                let bits = bits_of(Who::Room(first(class)));
                (0..instance.period_count())
                    .map(move |period| price(class, bits[period / 64] >> (period % 64) & 1 == 1))
            };
            (0..rooms.len()).flat_map(row).collect()
        };
        let in_class = |class: usize, is_blocked: bool| if is_blocked { 0 } else { rooms[class].len() as u16 };
        let available = table(&in_class, &|who| campus.blocked(who));
        let unwelcome = table(&|_, is_unwelcome| u16::from(is_unwelcome) * weight, &|who| campus.unwelcome(who));
        Self {
            of_room,
            available,
            most_unwelcome: unwelcome
                .chunks(instance.period_count().max(1))
                .map(|periods| periods.iter().copied().max().unwrap_or(0))
                .collect(),
            unwelcome,
            seats: rooms.iter().map(seats_of).collect(),
            suits: lists,
            wish_of,
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
        &self.suits[self.wish_of[course] as usize]
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
