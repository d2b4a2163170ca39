//! Which meeting of the new timetable stands for which of the old one. Meetings of one event are alike, so a meeting that is where any
//! of them was has not moved.

use shared::ids::{PeriodId, RoomId};
use shared::model::{Changes, Placement};

use super::Row;

/// What has become of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Kept,
    /// It is in another room.
    Room,
    /// It is in another period.
    Period,
    /// It is in another period and another room.
    Both,
    /// It had a place, and has none.
    Unplaced,
    /// The timetable before had no such meeting.
    New,
    /// The instance has no such meeting any more.
    Gone,
}

impl Kind {
    /// The word for it in files.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Room => "room",
            Self::Period => "period",
            Self::Both => "period and room",
            Self::Unplaced => "unplaced",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// A meeting before and after; one of the two may be missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) old: Option<&'a Row>,
    /// By its index among the meetings that were given.
    pub(crate) new: Option<usize>,
    pub(crate) kind: Kind,
}

/// Pairs the meetings of a course, given by their places, with the rows of the timetable before: those that are where they were, those
/// in their period, and the rest in their order; those without a place come last.
pub(crate) fn pairs<'a>(old: &[&'a Row], new: &[Option<Placement>]) -> Vec<Pair<'a>> {
    let mut left_old: Vec<&Row> = old.to_vec();
    let mut left_new: Vec<usize> = (0..new.len()).collect();
    let mut found = Vec::new();
    type Test = fn((Option<PeriodId>, Option<RoomId>), Placement) -> bool;
    let tests: [Test; 3] = [
        |(period, room), at| period == Some(at.period) && room == Some(at.room),
        |(period, _), at| period == Some(at.period),
        |_, _| true,
    ];
    for is_it in tests {
        left_old.retain(|row| {
            let fits = |index: &usize| new[*index].is_some_and(|at| is_it((row.at, row.in_room), at));
            let Some(place) = left_new.iter().position(fits) else { return true };
            let index = left_new.remove(place);
            let kind = new[index].map_or(Kind::Unplaced, |at| kind(row, at));
            found.push(Pair { old: Some(row), new: Some(index), kind });
            false
        });
    }
    let mut left_new = left_new.into_iter();
    for row in left_old {
        let new = left_new.next();
        found.push(Pair { old: Some(row), new, kind: if new.is_some() { Kind::Unplaced } else { Kind::Gone } });
    }
    found.extend(left_new.map(|new| Pair { old: None, new: Some(new), kind: Kind::New }));
    found
}

fn kind(row: &Row, at: Placement) -> Kind {
    match (row.at == Some(at.period), row.in_room == Some(at.room)) {
        (true, true) => Kind::Kept,
        (true, false) => Kind::Room,
        (false, true) => Kind::Period,
        (false, false) => Kind::Both,
    }
}

/// Counts a pair.
pub(crate) fn count(changes: &mut Changes, kind: Kind) {
    match kind {
        Kind::Kept => {}
        Kind::Room => changes.room += 1,
        Kind::Period | Kind::Both => changes.period += 1,
        Kind::Unplaced => changes.unplaced += 1,
        Kind::New => changes.added += 1,
        Kind::Gone => changes.gone += 1,
    }
    changes.compared += u64::from(!matches!(kind, Kind::New | Kind::Gone));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(meeting: usize, period: Option<u32>, room: Option<u32>) -> Row {
        Row {
            event: "a".to_owned(),
            meeting,
            day: String::new(),
            period: String::new(),
            room: String::new(),
            teachers: String::new(),
            groups: String::new(),
            course: None,
            at: period.map(PeriodId),
            in_room: room.map(RoomId),
        }
    }

    /// Places by period and room; nothing for a meeting without one.
    fn places<const N: usize>(of: [Option<(u32, u32)>; N]) -> [Option<Placement>; N] {
        of.map(|at| at.map(|(period, room)| Placement { period: PeriodId(period), room: RoomId(room) }))
    }

    fn kinds(old: &[Row], new: &[Option<Placement>]) -> Vec<(usize, Option<usize>, Kind)> {
        let old: Vec<&Row> = old.iter().collect();
        let number = |pair: &Pair<'_>| pair.old.map_or(0, |row| row.meeting);
        pairs(&old, new).iter().map(|pair| (number(pair), pair.new, pair.kind)).collect()
    }

    /// Whichever meeting of an event is where one was stands for it, and each stands for one.
    #[test]
    fn meetings_of_an_event_are_alike() {
        let old = [row(1, Some(3), Some(0)), row(2, Some(7), Some(1)), row(3, Some(9), Some(1))];
        let found = kinds(&old, &places([Some((7, 1)), Some((9, 0)), Some((3, 0))]));
        assert_eq!(found, [(1, Some(2), Kind::Kept), (2, Some(0), Kind::Kept), (3, Some(1), Kind::Room)]);
        let found = kinds(&old, &places([Some((3, 0)), Some((3, 0)), Some((4, 1))]));
        assert_eq!(found, [(1, Some(0), Kind::Kept), (2, Some(1), Kind::Both), (3, Some(2), Kind::Period)]);
    }

    #[test]
    fn who_has_no_partner_is_new_or_gone() {
        let old = [row(1, Some(3), None), row(2, None, Some(1))];
        let found = kinds(&old, &places([Some((3, 0)), None, Some((4, 0))]));
        assert_eq!(found, [(1, Some(0), Kind::Room), (2, Some(2), Kind::Both), (0, Some(1), Kind::New)]);
        assert_eq!(kinds(&old, &[None]), [(1, Some(0), Kind::Unplaced), (2, None, Kind::Gone)]);
        let mut changes = Changes::default();
        for kind in [Kind::Kept, Kind::Room, Kind::Both, Kind::Unplaced, Kind::New, Kind::Gone] {
            count(&mut changes, kind);
        }
        let expected = Changes { compared: 4, period: 1, room: 1, unplaced: 1, added: 1, gone: 1 };
        assert_eq!((changes, changes.moved()), (expected, 3));
    }
}
