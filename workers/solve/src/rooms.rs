//! Rooms for lectures whose periods are fixed: one assignment problem for each period.
//!
//! First by size, which costs the least that room capacity can. Then period after period is assigned anew at its true price,
//! capacity and stability together, given the rooms of all other periods, until nothing changes: no step costs more.

use search::Homes;
use shared::ids::{ClassId, Id, PeriodId, RoomId};
use shared::model::cost::{ROOM_CAPACITY_WEIGHT, ROOM_STABILITY_WEIGHT};
use shared::model::{Instance, Placement, Timetable};

use crate::assignment::cheapest;
use crate::sketch::Sketch;

/// Most rounds over all periods.
const ROUNDS: usize = 6;
/// One unit of cost; below it, rooms that a course uses often are preferred.
const UNIT: i64 = 256;

/// Lectures by period, with the rooms that each period has for them.
#[derive(Debug)]
pub(crate) struct Halls<'a> {
    instance: &'a Instance,
    /// Period: courses taught there, most students first.
    courses: Vec<Vec<u32>>,
    /// Period: rooms that may be used, largest first.
    rooms: Vec<Vec<u32>>,
    /// Period: the room of each course, parallel to `courses`.
    chosen: Vec<Vec<u32>>,
    /// Course × room: lectures there.
    uses: Vec<u16>,
    /// Course: lectures that have a room.
    seated: Vec<u16>,
    homes: Homes,
}

impl<'a> Halls<'a> {
    /// Seats all lectures by size. Each period needs as many rooms as it has courses.
    pub(crate) fn by_size(instance: &'a Instance, courses: Vec<Vec<u32>>, rooms: Vec<Vec<u32>>) -> Self {
        let rooms: Vec<Vec<u32>> = rooms.into_iter().map(|row| by_seats(instance, row)).collect();
        let mut halls = Self {
            instance,
            courses,
            chosen: vec![Vec::new(); rooms.len()],
            rooms,
            uses: vec![0; instance.course_count() * instance.room_count()],
            seated: vec![0; instance.course_count()],
            homes: Homes::new(instance),
        };
        for period in 0..halls.courses.len() {
            debug_assert!(halls.courses[period].len() <= halls.rooms[period].len(), "period {period}");
            halls.chosen[period] = halls.rooms[period][..halls.courses[period].len()].to_vec();
            halls.count(period, true);
        }
        halls
    }

    /// All lectures of a timetable in the rooms that they have, every room of every period open to them.
    pub(crate) fn of(instance: &'a Instance, timetable: &Timetable) -> Self {
        let mut courses = vec![Vec::new(); instance.period_count()];
        let mut chosen = courses.clone();
        for (class, at) in timetable.placements().iter().enumerate() {
            if let Some(at) = at {
                courses[at.period.index()].push(instance.class_courses()[class].0);
                chosen[at.period.index()].push(at.room.0);
            }
        }
        let mut halls = Self {
            instance,
            rooms: vec![by_seats(instance, (0..instance.room_count() as u32).collect()); courses.len()],
            uses: vec![0; instance.course_count() * instance.room_count()],
            seated: vec![0; instance.course_count()],
            homes: Homes::new(instance),
            courses,
            chosen,
        };
        (0..halls.courses.len()).for_each(|period| halls.count(period, true));
        halls
    }

    /// Seats again, period by period, at the true price, until nothing gets better. Only periods in which a course's rooms
    /// elsewhere have changed are looked at again.
    pub(crate) fn settle(mut self) -> Self {
        let mut due = vec![true; self.courses.len()];
        for _ in 0..ROUNDS {
            for period in 0..self.courses.len() {
                if !std::mem::replace(&mut due[period], false) {
                    continue;
                }
                let moved = self.seat_again(period);
                for (other, courses) in self.courses.iter().enumerate() {
                    due[other] |= other != period && courses.iter().any(|course| moved.contains(course));
                }
            }
            if !due.contains(&true) {
                break;
            }
        }
        self
    }

    /// Period, course and room of all lectures.
    pub(crate) fn lectures(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let pairs = self.courses.iter().zip(&self.chosen).enumerate();
        pairs.flat_map(|(period, (courses, rooms))| {
            courses.iter().zip(rooms).map(move |(course, room)| (period, *course as usize, *room as usize))
        })
    }

    fn count(&mut self, period: usize, add: bool) {
        let rooms = self.instance.room_count();
        for (course, room) in self.courses[period].iter().zip(&self.chosen[period]) {
            let step = |count: &mut u16| if add { *count += 1 } else { *count -= 1 };
            step(&mut self.uses[*course as usize * rooms + *room as usize]);
            step(&mut self.seated[*course as usize]);
        }
    }

    /// Seats a period again; returns the courses that changed their room.
    fn seat_again(&mut self, period: usize) -> Vec<u32> {
        self.count(period, false);
        let courses = &self.courses[period];
        let rooms = self.useful_rooms(period);
        let price = |row: usize, column: usize| self.price(courses[row] as usize, period, rooms[column] as usize);
        let columns = cheapest(courses.len(), rooms.len(), price);
        let chosen: Vec<u32> = columns.into_iter().map(|column| rooms[column]).collect();
        let pairs = courses.iter().zip(chosen.iter().zip(&self.chosen[period]));
        let moved = pairs.filter(|(_, (now, before))| now != before).map(|(course, _)| *course).collect();
        self.chosen[period] = chosen;
        self.count(period, true);
        moved
    }

    /// The rooms that some course of the period uses elsewhere, and of the others the largest, as many as there are courses:
    /// to a course that does not use them, a smaller one is never better than a larger one.
    fn useful_rooms(&self, period: usize) -> Vec<u32> {
        let rooms = self.instance.room_count();
        let courses = &self.courses[period];
        let is_used = |room: u32| {
            courses.iter().any(|course| {
                let course = *course as usize;
                self.uses[course * rooms + room as usize] > 0 || self.homes.is_home(course, period, room as usize)
            })
        };
        let mut spare = courses.len();
        let useful = |room: &u32| -> bool {
            let used = is_used(*room);
            let take = used || spare > 0;
            spare -= usize::from(take && !used);
            take
        };
        self.rooms[period].iter().copied().filter(useful).collect()
    }

    /// What a lecture of the course costs in a room, given its period and where its other lectures are.
    fn price(&self, course: usize, period: usize, room: usize) -> i64 {
        let (students, seats) = (self.instance.course_students()[course], self.instance.room_capacities()[room]);
        let uses = self.uses[course * self.instance.room_count() + room];
        let another = u64::from(uses == 0 && self.seated[course] > 0);
        let cost = ROOM_CAPACITY_WEIGHT * u64::from(students.saturating_sub(seats)) + ROOM_STABILITY_WEIGHT * another;
        let moved = i64::from(self.homes.other_room(course, period, room));
        (cost as i64 + moved) * UNIT - i64::from(uses).min(UNIT / 2)
    }
}

/// Rooms, largest first.
fn by_seats(instance: &Instance, mut rooms: Vec<u32>) -> Vec<u32> {
    rooms.sort_unstable_by_key(|room| (std::cmp::Reverse(instance.room_capacities()[*room as usize]), *room));
    rooms
}

/// The whole timetable of a sketch, in the best rooms that the settling finds.
pub(crate) fn timetable(instance: &Instance, sketch: &Sketch) -> Timetable {
    place_all(instance, &all_halls(instance, sketch).settle())
}

/// The same periods, in rooms that cost no more: every period is seated again while that helps.
pub(crate) fn reseat(instance: &Instance, timetable: &Timetable) -> Timetable {
    place_all(instance, &Halls::of(instance, timetable).settle())
}

fn all_halls<'a>(instance: &'a Instance, sketch: &Sketch) -> Halls<'a> {
    let courses = (0..instance.period_count()).map(|period| sketch.courses_in(period).to_vec()).collect();
    let rooms = vec![(0..instance.room_count() as u32).collect(); instance.period_count()];
    Halls::by_size(instance, courses, rooms)
}

fn place_all(instance: &Instance, halls: &Halls) -> Timetable {
    let mut timetable = Timetable::unplaced(instance.class_count());
    for (class, placement) in placements(instance, halls) {
        timetable.set(class, Some(placement));
    }
    timetable
}

/// The lectures as placements: the classes of a course take its periods in ascending order.
pub(crate) fn placements(instance: &Instance, halls: &Halls) -> Vec<(ClassId, Placement)> {
    let mut next: Vec<usize> = instance.courses().map(|course| instance.course_classes(course).start).collect();
    let mut placed: Vec<(ClassId, Placement)> = halls
        .lectures()
        .map(|(period, course, room)| {
            next[course] += 1;
            let at = Placement { period: PeriodId::new(period), room: RoomId::new(room) };
            (ClassId::new(next[course] - 1), at)
        })
        .collect();
    placed.sort_unstable_by_key(|(class, _)| *class);
    placed
}

/// The whole timetable of a sketch, seated by size.
#[cfg(test)]
pub(crate) fn by_size(instance: &Instance, sketch: &Sketch) -> Timetable {
    place_all(instance, &all_halls(instance, sketch))
}
