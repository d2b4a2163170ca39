//! Rooms to fit what is taught, and who is in them: the planted timetable books each of its meetings here.

use super::names;
use super::random::Random;
use super::sections::Section;
use super::shape::Shape;
use super::week::{Slots, Week};

/// What rooms come in.
const SEATS: [usize; 7] = [20, 30, 40, 50, 60, 80, 120];
/// Of a thousand rooms, those one size above what is needed; with a projector; with a way without steps.
const ROOMIER: u32 = 250;
const WITH_PROJECTOR: u32 = 750;
const STEP_FREE: u32 = 400;
/// Laboratories for a thousand that would be in use as much as the other rooms.
const LABORATORIES: usize = 1150;
/// Of a thousand rooms, those that are closed for half a day.
const CLOSED: u32 = 30;

/// What a room has, or a meeting needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Features(u8);

impl Features {
    pub(super) const NONE: Self = Self(0);
    pub(super) const LAB: Self = Self(1);
    pub(super) const PROJECTOR: Self = Self(2);
    pub(super) const STEP_FREE: Self = Self(4);

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn include(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Their words, as the sheets have them.
    pub(super) fn words(self) -> String {
        let named = [(Self::LAB, "LAB"), (Self::PROJECTOR, "PROJECTOR"), (Self::STEP_FREE, "STEPFREE")];
        named.into_iter().filter(|(one, _)| self.include(*one)).map(|(_, word)| word).collect::<Vec<_>>().join(";")
    }
}

/// One room.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) code: String,
    pub(super) building: String,
    pub(super) seats: usize,
    pub(super) features: Features,
    /// The day, the first period and the number of periods of a half day in which it is closed.
    pub(super) closed: Option<(usize, usize, usize)>,
    taken: Slots,
}

impl Room {
    /// Whether a meeting that needs this is planted here: laboratories are kept for those who need one.
    fn is_for(&self, features: Features) -> bool {
        self.features.include(features) && self.features.include(Features::LAB) == features.include(Features::LAB)
    }
}

/// All rooms, the smallest first.
#[derive(Debug)]
pub(super) struct Rooms {
    pub(super) all: Vec<Room>,
}

impl Rooms {
    /// As many rooms as the shape says, in the sizes that the sections need.
    pub(super) fn for_sections(shape: &Shape, sections: &[Section]) -> Self {
        let mut random = Random::new(shape.seed, 4);
        let mut lectures: Vec<usize> =
            sections.iter().flat_map(|section| std::iter::repeat_n(section.seats, section.lectures)).collect();
        let mut labs: Vec<usize> =
            sections.iter().filter(|section| section.has_lab).map(|section| section.seats).collect();
        let periods = lectures.len() + 2 * labs.len();
        let laboratories = (shape.rooms * 2 * labs.len() * LABORATORIES).div_ceil(periods * 1000).min(shape.rooms - 1);
        let mut all = Vec::new();
        for (needs, count, is_lab) in
            [(&mut labs, laboratories, true), (&mut lectures, shape.rooms - laboratories, false)]
        {
            needs.sort_unstable();
            all.extend(
                (0..count).map(|nth| room(needs[(2 * nth + 1) * needs.len() / (2 * count)], is_lab, &mut random)),
            );
        }
        if let Some(largest) = all.last_mut() {
            largest.features = Features::PROJECTOR.with(Features::STEP_FREE);
            largest.seats = largest.seats.max(lectures.last().copied().unwrap_or(0));
        }
        if let Some(largest) = all[..laboratories].last_mut() {
            largest.seats = largest.seats.max(labs.last().copied().unwrap_or(0));
        }
        name(&mut all, &mut random);
        all.sort_by_key(|room| room.seats);
        Self { all }
    }

    /// The slots in which some room would do.
    pub(super) fn open(&self, seats: usize, features: Features) -> Slots {
        self.suitable(seats, features).fold(Slots::NONE, |open, (_, room)| open | !room.taken)
    }

    /// The slots in which some room would do for two periods.
    pub(super) fn open_pairs(&self, seats: usize, features: Features) -> Slots {
        self.suitable(seats, features).fold(Slots::NONE, |open, (_, room)| open | (!room.taken).followed())
    }

    /// The smallest room that would do and is free in all of `slots`.
    pub(super) fn free(&self, seats: usize, features: Features, slots: Slots) -> Option<usize> {
        self.suitable(seats, features).find(|(_, room)| !room.taken.meets(slots)).map(|(number, _)| number)
    }

    pub(super) fn take(&mut self, room: usize, slots: Slots) {
        self.all[room].taken |= slots;
    }

    /// Closes some rooms for a half day that is free in the planted timetable.
    pub(super) fn close_some(&mut self, week: Week, random: &mut Random) {
        for room in &mut self.all {
            if random.chance(CLOSED) {
                let (day, (first, length)) = (random.below(week.days), week.half(random.chance(500)));
                let slots = Slots::run(day * week.periods + first, length);
                room.closed = (!room.taken.meets(slots)).then_some((day, first, length));
            }
        }
    }

    fn suitable(&self, seats: usize, features: Features) -> impl Iterator<Item = (usize, &Room)> {
        let first = self.all.partition_point(|room| room.seats < seats);
        self.all.iter().enumerate().skip(first).filter(move |(_, room)| room.is_for(features))
    }
}

fn room(needed: usize, is_lab: bool, random: &mut Random) -> Room {
    let size = SEATS.iter().position(|seats| *seats >= needed).expect("no section is larger than the largest room");
    let size = (size + usize::from(random.chance(ROOMIER))).min(SEATS.len() - 1);
    let mut features = if is_lab { Features::LAB } else { Features::NONE };
    for (feature, permille) in [(Features::PROJECTOR, WITH_PROJECTOR), (Features::STEP_FREE, STEP_FREE)] {
        if random.chance(permille) {
            features = features.with(feature);
        }
    }
    Room {
        code: String::new(),
        building: String::new(),
        seats: SEATS[size],
        features,
        closed: None,
        taken: Slots::NONE,
    }
}

/// Gives the rooms doors in no order, so that each building has rooms of all sizes.
fn name(rooms: &mut [Room], random: &mut Random) {
    let mut doors: Vec<usize> = (0..rooms.len()).collect();
    random.shuffle(&mut doors);
    for (room, door) in rooms.iter_mut().zip(doors) {
        (room.code, room.building) = names::room(door);
    }
}
