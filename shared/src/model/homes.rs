//! Where the lectures of each course were in the timetable that people have already, and what it costs to be elsewhere.
//!
//! Lectures of a course are alike, so a course has homes and not each of its lectures: whichever of them is in a home is at home.
//! `load` lays them out when a previous timetable is given; an instance without them has none of these columns.

use crate::artifact::{Artifact, ArtifactError, ArtifactWriter, Column};
use crate::ids::{CourseId, Id, PeriodId, RoomId};
use crate::model::{Instance, Placement};

/// What the column of rooms holds where the room is not there any more.
const NO_ROOM: u32 = u32::MAX;

/// What a change costs the search. It is no part of the reported cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangePrice {
    /// A lecture in a period in which its course had none.
    pub period: u32,
    /// A lecture in a period in which its course had one, in another room.
    pub room: u32,
}

impl ChangePrice {
    /// The prices that follow from that of a changed period: another room is half as bad, rounded up.
    pub const fn of(period: u32) -> Self {
        Self { period, room: period.div_ceil(2) }
    }
}

impl Default for ChangePrice {
    /// Above what one lecture mostly costs by the soft rules: no change for a trifle.
    fn default() -> Self {
        Self::of(10)
    }
}

/// A place in the timetable before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Home {
    /// When.
    pub period: PeriodId,
    /// Where, if there still is such a room.
    pub room: Option<RoomId>,
}

/// The homes of all courses while `load` (or a test) collects them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HomeTables {
    /// What changes cost.
    pub price: ChangePrice,
    /// Homes of each course, in the order of its lectures.
    pub homes: Vec<Vec<Home>>,
}

impl HomeTables {
    pub(super) fn write(&self, writer: &mut ArtifactWriter) {
        let all = || self.homes.iter().flatten();
        let mut starts = vec![0_u32];
        starts.extend(self.homes.iter().scan(0, |end, homes| {
            *end += homes.len() as u32;
            Some(*end)
        }));
        writer
            .column(Column::HomePrice, &[self.price.period, self.price.room])
            .column(Column::HomeStarts, &starts)
            .column(Column::HomePeriods, &all().map(|home| home.period).collect::<Vec<_>>())
            .column(Column::HomeRooms, &all().map(|home| home.room.map_or(NO_ROOM, |room| room.0)).collect::<Vec<_>>());
    }
}

/// The homes of an instance.
#[derive(Clone, Copy, Debug)]
pub struct Homes<'a> {
    price: ChangePrice,
    starts: &'a [u32],
    periods: &'a [PeriodId],
    rooms: &'a [u32],
}

impl<'a> Homes<'a> {
    /// Those of an artifact, if it has any, checked against its instance.
    pub(super) fn read(artifact: &'a Artifact, instance: &Instance) -> Result<Option<Self>, ArtifactError> {
        if !artifact.has(Column::HomePrice) {
            return Ok(None);
        }
        let &[period, room] = artifact.column::<u32>(Column::HomePrice)? else { return Err(damaged(artifact)) };
        let homes = Self {
            price: ChangePrice { period, room },
            starts: artifact.column(Column::HomeStarts)?,
            periods: artifact.column(Column::HomePeriods)?,
            rooms: artifact.column(Column::HomeRooms)?,
        };
        let is_sound = homes.starts.len() == instance.course_count() + 1
            && homes.starts[0] == 0
            && homes.starts.is_sorted()
            && homes.starts.last().is_some_and(|end| *end as usize == homes.periods.len())
            && homes.rooms.len() == homes.periods.len()
            && homes.periods.iter().all(|period| period.index() < instance.period_count())
            && homes.rooms.iter().all(|room| *room == NO_ROOM || (*room as usize) < instance.room_count());
        if is_sound { Ok(Some(homes)) } else { Err(damaged(artifact)) }
    }

    /// What changes cost.
    pub fn price(&self) -> ChangePrice {
        self.price
    }

    /// The homes of a course.
    pub fn of(&self, course: CourseId) -> impl ExactSizeIterator<Item = Home> + use<'a> {
        let Self { starts, periods, rooms, .. } = *self;
        let range = starts[course.index()] as usize..starts[course.index() + 1] as usize;
        let home = |(period, room): (&PeriodId, &u32)| Home {
            period: *period,
            room: Some(*room).filter(|room| *room != NO_ROOM).map(RoomId),
        };
        periods[range.clone()].iter().zip(&rooms[range]).map(home)
    }

    /// What a lecture of a course costs in a place for not being at home. A course that had no lecture has nothing to keep.
    /// Where a period is the home of several, the first counts.
    pub fn price_at(&self, course: CourseId, at: Placement) -> u32 {
        let mut homes = self.of(course);
        if homes.len() == 0 {
            return 0;
        }
        match homes.find(|home| home.period == at.period) {
            Some(home) if home.room == Some(at.room) => 0,
            Some(_) => self.price.room,
            None => self.price.period,
        }
    }
}

fn damaged(artifact: &Artifact) -> ArtifactError {
    let why = "the homes of its courses contradict its other tables".to_owned();
    ArtifactError::Damaged { path: artifact.path().to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TeacherId;
    use crate::model::InstanceTables;
    use crate::model::instance::CourseRow;

    fn tables(homes: Vec<Vec<Home>>) -> InstanceTables {
        let course = |name: &str| CourseRow {
            name: name.to_owned(),
            teacher: TeacherId(0),
            lectures: 2,
            min_days: 1,
            students: 5,
        };
        InstanceTables {
            name: "two".to_owned(),
            days: 1,
            slots_per_day: 4,
            courses: vec![course("a"), course("b")],
            rooms: vec![("r0".to_owned(), 30), ("r1".to_owned(), 30)],
            teachers: vec!["t".to_owned()],
            homes: Some(HomeTables { price: ChangePrice::of(7), homes }),
            ..InstanceTables::default()
        }
    }

    fn home(period: u32, room: Option<u32>) -> Home {
        Home { period: PeriodId(period), room: room.map(RoomId) }
    }

    /// At home nothing is paid, elsewhere for the period or for the room, and by a course without homes never.
    #[test]
    fn a_place_costs_what_it_is_away_from_home() {
        let instance = tables(vec![vec![home(0, Some(1)), home(2, None)], vec![]]).instance().unwrap();
        let homes = instance.homes().unwrap();
        let price = |course: u32, period: u32, room: u32| {
            homes.price_at(CourseId(course), Placement { period: PeriodId(period), room: RoomId(room) })
        };
        assert_eq!([price(0, 0, 1), price(0, 0, 0), price(0, 2, 0), price(0, 1, 1)], [0, 4, 4, 7]);
        assert_eq!(price(1, 1, 1), 0);
        assert_eq!(homes.of(CourseId(0)).collect::<Vec<_>>(), [home(0, Some(1)), home(2, None)]);
    }

    #[test]
    fn homes_outside_of_the_instance_are_damage() {
        for homes in [vec![vec![home(4, None)], vec![]], vec![vec![home(0, Some(2))], vec![]], vec![vec![]]] {
            assert!(tables(homes).instance().is_err());
        }
        let without = InstanceTables { homes: None, ..tables(vec![]) };
        assert!(without.instance().unwrap().homes().is_none());
    }
}
