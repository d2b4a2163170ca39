//! Where a class is, in four bytes.

use shared::ids::{ClassId, Id, PeriodId, RoomId};
use shared::model::{Placement, Timetable};

/// A period and a room, packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub struct Spot(u32);

impl Spot {
    /// Room `room` in period `period`.
    #[inline]
    pub const fn new(period: usize, room: usize) -> Self {
        Self((period as u32) << 16 | room as u32)
    }

    /// The period.
    #[inline]
    pub const fn period(self) -> usize {
        (self.0 >> 16) as usize
    }

    /// The room.
    #[inline]
    pub const fn room(self) -> usize {
        (self.0 & 0xFFFF) as usize
    }

    /// The places of all classes as the other stages know them.
    pub fn timetable(spots: &[Self]) -> Timetable {
        let mut timetable = Timetable::unplaced(spots.len());
        for (index, spot) in spots.iter().enumerate() {
            let placement = Placement { period: PeriodId::new(spot.period()), room: RoomId::new(spot.room()) };
            timetable.set(ClassId::new(index), Some(placement));
        }
        timetable
    }
}
