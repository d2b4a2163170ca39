//! Plants a timetable: each section gets times at which its blocks are free and rooms that are free then. Students, teachers and
//! rules come afterwards and respect it, and so a timetable without any violation is known to exist.

use super::cohorts::Intake;
use super::random::Random;
use super::rooms::{Features, Rooms};
use super::sections::{Audience, Meeting, Section};
use super::shape::Shape;
use super::week::{Slots, Week};

/// Of a thousand slots of a year of a department, those that its core is planted in where it can be. So there are times for its
/// electives at which the students are free.
const CORE_SLOTS: usize = 600;
/// Of a thousand sections with a parallel one, those that are planted at its times.
const AT_ONE_TIME: u32 = 250;

/// Nothing could be planted any more. The message finishes the sentence "failed to …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find times and a room for {section}: ask for more --rooms, or a lower --room-use")]
pub(crate) struct NoTime {
    section: String,
}

/// Plants all sections: the core first, because only it is bound to blocks.
pub(super) fn plant(shape: &Shape, intake: &Intake, rooms: &mut Rooms, sections: &mut [Section]) -> Result<(), NoTime> {
    let mut random = Random::new(shape.seed, 5);
    let mut order: Vec<usize> = (0..sections.len()).collect();
    random.shuffle(&mut order);
    order.sort_by_key(|section| !matches!(sections[*section].audience, Audience::Blocks(_)));
    let zones = zones(shape, intake.departments, &mut random);
    let busy = vec![Slots::NONE; intake.blocks.len()];
    let taught = vec![vec![Slots::NONE; shape.years]; intake.departments];
    let mut planting = Planting { week: shape.week, intake, rooms, zones, taught, busy, random };
    for section in order {
        let (before, rest) = sections.split_at_mut(section);
        let (section, behind) = rest.split_first_mut().expect("the order holds only sections");
        let neighbours = [before.last(), behind.first()];
        let parallel = neighbours.into_iter().flatten().find(|other| other.topic == section.topic);
        planting.plant(section, parallel).ok_or_else(|| NoTime { section: section.code.clone() })?;
    }
    Ok(())
}

/// The slots for the core, by department and year.
fn zones(shape: &Shape, departments: usize, random: &mut Random) -> Vec<Vec<Slots>> {
    let mut zone = || {
        let mut slots: Vec<usize> = (0..shape.week.slots()).collect();
        random.shuffle(&mut slots);
        slots[..slots.len() * CORE_SLOTS / 1000].iter().fold(Slots::NONE, |zone, slot| zone | Slots::run(*slot, 1))
    };
    (0..departments).map(|_| (0..shape.years).map(|_| zone()).collect()).collect()
}

struct Planting<'a> {
    week: Week,
    intake: &'a Intake,
    rooms: &'a mut Rooms,
    zones: Vec<Vec<Slots>>,
    /// When the core is taught, by department and year.
    taught: Vec<Vec<Slots>>,
    /// When each block has its core.
    busy: Vec<Slots>,
    random: Random,
}

/// The starts of a section's meetings.
struct Times {
    lectures: Vec<usize>,
    lab: Option<usize>,
}

impl Planting<'_> {
    fn plant(&mut self, section: &mut Section, parallel: Option<&Section>) -> Option<()> {
        let zone = self.zones[section.department][section.year];
        let (allowed, preferred) = match section.audience {
            Audience::Blocks(blocks) => (self.free(blocks), zone),
            Audience::Department => (self.week.all(), !self.taught[section.department][section.year]),
            Audience::Open => {
                let taught = self.taught.iter().flatten().fold(Slots::NONE, |all, taught| all | *taught);
                (self.week.all(), !taught)
            }
        };
        let copied = parallel.filter(|_| self.random.chance(AT_ONE_TIME));
        let copied = copied.and_then(|parallel| self.times_of(parallel, section, allowed));
        let times = copied.or_else(|| self.choose(section, allowed, preferred))?;
        self.book(section, times)
    }

    /// The slots in which both blocks can be taught.
    fn free(&self, blocks: [usize; 2]) -> Slots {
        let free =
            |block: usize| self.intake.cohorts[self.intake.blocks[block].cohort].open(self.week) & !self.busy[block];
        free(blocks[0]) & free(blocks[1])
    }

    /// The times of a parallel section, if they would do.
    fn times_of(&self, parallel: &Section, section: &Section, allowed: Slots) -> Option<Times> {
        let is_alike = !parallel.has_lab && !section.has_lab && parallel.planted.len() == section.lectures;
        let lectures: Vec<usize> = parallel.planted.iter().map(|meeting| meeting.slot).collect();
        let open = self.rooms.open(section.seats, section.features) & allowed;
        (is_alike && lectures.iter().all(|slot| open.meets(Slots::run(*slot, 1))))
            .then_some(Times { lectures, lab: None })
    }

    /// Random times on different days, in the preferred slots where that is possible.
    fn choose(&mut self, section: &Section, allowed: Slots, preferred: Slots) -> Option<Times> {
        let mut days: Vec<usize> = (0..self.week.days).collect();
        self.random.shuffle(&mut days);
        let lab = if section.has_lab {
            let open = self.rooms.open_pairs(section.seats, Features::LAB) & allowed.followed() & self.week.pairs();
            Some(self.start(&mut days, open, preferred.followed())?)
        } else {
            None
        };
        let open = self.rooms.open(section.seats, section.features) & allowed;
        let mut lectures = Vec::new();
        for _ in 0..section.lectures {
            lectures.push(self.start(&mut days, open, preferred)?);
        }
        lectures.sort_unstable();
        Some(Times { lectures, lab })
    }

    /// A start on one of `days`, which loses it.
    fn start(&mut self, days: &mut Vec<usize>, open: Slots, preferred: Slots) -> Option<usize> {
        for slots in [open & preferred, open] {
            let on = |day: &usize| slots & self.week.day(*day);
            if let Some(place) = days.iter().position(|day| !on(day).is_empty()) {
                let slots = on(&days.remove(place));
                return slots.iter().nth(self.random.below(slots.count()));
            }
        }
        None
    }

    /// Books one room for all lectures if there is one, else one for each.
    fn book(&mut self, section: &mut Section, times: Times) -> Option<()> {
        let slots = times.lectures.iter().fold(Slots::NONE, |all, slot| all | Slots::run(*slot, 1));
        let in_one = self.rooms.free(section.seats, section.features, slots);
        for slot in times.lectures {
            let taken = Slots::run(slot, 1);
            let room = in_one.or_else(|| self.rooms.free(section.seats, section.features, taken))?;
            self.rooms.take(room, taken);
            section.planted.push(Meeting { slot, periods: 1, room });
        }
        if let Some(slot) = times.lab {
            let taken = Slots::run(slot, 2);
            let room = self.rooms.free(section.seats, Features::LAB, taken)?;
            self.rooms.take(room, taken);
            section.planted_lab = Some(Meeting { slot, periods: 2, room });
        }
        if let Audience::Blocks(blocks) = section.audience {
            for block in blocks {
                self.busy[block] |= section.slots();
            }
            self.taught[section.department][section.year] |= section.slots();
        }
        Some(())
    }
}
