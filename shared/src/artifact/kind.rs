//! What an artifact holds.

/// The kind of an artifact; its number is part of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Kind {
    /// The checked instance, by `load`.
    Instance = 1,
    /// Clusters and the fan-out table, by `cluster`.
    Partition = 2,
    /// All placements so far and the leases of the next wave, by `commit`.
    Ledger = 3,
    /// The placements of one cluster, by `solve`.
    Fragment = 4,
    /// The best timetable of a whole-timetable search, by `evolve`.
    Draft = 5,
    /// The final timetable, by `resolve`.
    Timetable = 6,
    /// Where a search stands, for its next attempt, by `evolve` or `resolve`. Only the stage that wrote it reads it.
    Checkpoint = 7,
}

impl Kind {
    /// The kind with that number.
    pub fn from_number(number: u16) -> Option<Self> {
        [Self::Instance, Self::Partition, Self::Ledger, Self::Fragment, Self::Draft, Self::Timetable, Self::Checkpoint]
            .into_iter()
            .find(|kind| *kind as u16 == number)
    }
}
