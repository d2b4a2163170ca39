//! Sets of periods of the week, and who is free in which of them.

use shared::ids::Id as _;
use shared::model::campus::Who;

use super::draft::{Draft, Event};

/// A set of periods, or of start periods, in words of 64.
pub(super) type Periods = Vec<u64>;

pub(super) fn count(periods: &[u64]) -> u32 {
    periods.iter().map(|word| word.count_ones()).sum()
}

pub(super) fn has(periods: &[u64], period: u32) -> bool {
    periods[period as usize / 64] >> (period % 64) & 1 == 1
}

pub(super) fn add(periods: &mut [u64], period: u32) {
    periods[period as usize / 64] |= 1 << (period % 64);
}

pub(super) fn add_all(periods: &mut [u64], more: &[u64]) {
    periods.iter_mut().zip(more).for_each(|(word, more)| *word |= more);
}

/// The shape of a week, and when each teacher, room and group is away for good reason.
#[derive(Debug)]
pub(super) struct Week {
    pub(super) days: u32,
    pub(super) slots: u32,
    /// In which periods a teacher is away.
    pub(super) teachers: Vec<Periods>,
    pub(super) rooms: Vec<Periods>,
    /// In which periods a group is away, or any that is related to it.
    pub(super) groups: Vec<Periods>,
    /// Of each group, itself and all above it.
    pub(super) lines: Vec<Vec<u32>>,
}

impl Week {
    pub(super) fn of(draft: &Draft<'_>) -> Self {
        let (days, slots) = (draft.calendar.days.len() as u32, draft.calendar.periods.len() as u32);
        let none = vec![0_u64; (days * slots).div_ceil(64) as usize];
        let away = |count: usize| vec![none.clone(); count];
        let mut teachers = away(draft.teachers.len());
        let mut rooms = away(draft.rooms.len());
        let mut alone = away(draft.groups.len());
        for row in draft.unavailable.iter().filter(|row| row.is_hard) {
            let periods = match row.who {
                Who::Teacher(teacher) => &mut teachers[teacher.index()],
                Who::Room(room) => &mut rooms[room.index()],
                Who::Group(group) => &mut alone[group.index()],
            };
            (row.slots.0..=row.slots.1).for_each(|slot| add(periods, row.day * slots + slot));
        }
        let lines = lines(draft);
        let mut groups = alone.clone();
        for (group, line) in lines.iter().enumerate() {
            for &above in line {
                add_all(&mut groups[above as usize], &alone[group]);
                add_all(&mut groups[group], &alone[above as usize]);
            }
        }
        Self { days, slots, teachers, rooms, groups, lines }
    }

    pub(super) fn periods(&self) -> u32 {
        self.days * self.slots
    }

    pub(super) fn no_periods(&self) -> Periods {
        vec![0; self.periods().div_ceil(64) as usize]
    }

    /// The periods in which somebody who is needed for an event is away, rooms apart.
    pub(super) fn away(&self, event: &Event<'_>) -> Periods {
        let mut away = self.no_periods();
        event.teachers.iter().for_each(|teacher| add_all(&mut away, &self.teachers[*teacher as usize]));
        event.groups.iter().for_each(|group| add_all(&mut away, &self.groups[*group as usize]));
        away
    }

    /// The periods in which a meeting of so many periods may begin, if it is to end in the same day and to meet none of
    /// these.
    pub(super) fn starts(&self, length: u32, away: &[u64]) -> Periods {
        let mut starts = self.no_periods();
        for day in 0..self.days {
            let mut free = 0;
            for slot in (0..self.slots).rev() {
                let period = day * self.slots + slot;
                free = if has(away, period) { 0 } else { free + 1 };
                if free >= length {
                    add(&mut starts, period);
                }
            }
        }
        starts
    }

    /// The periods that meetings of so many periods cover if they begin in these.
    pub(super) fn covered(&self, length: u32, starts: &[u64]) -> Periods {
        let mut covered = self.no_periods();
        for start in (0..self.periods()).filter(|start| has(starts, *start)) {
            (start..start + length).for_each(|period| add(&mut covered, period));
        }
        covered
    }

    /// How many meetings of so many periods fit side by side into the day, of which these periods are free.
    pub(super) fn fit(&self, day: u32, length: u32, free: &[u64]) -> u32 {
        let (mut fit, mut run) = (0, 0);
        for period in day * self.slots..(day + 1) * self.slots {
            run = if has(free, period) { run + 1 } else { 0 };
            if run == length {
                fit += 1;
                run = 0;
            }
        }
        fit
    }

    /// All periods but these.
    pub(super) fn free(&self, away: &[u64]) -> Periods {
        let mut free = self.no_periods();
        (0..self.periods()).filter(|period| !has(away, *period)).for_each(|period| add(&mut free, period));
        free
    }
}

/// Of each group, itself and all groups above it.
fn lines(draft: &Draft<'_>) -> Vec<Vec<u32>> {
    let line = |group: u32| {
        let (mut line, mut next) = (vec![group], 0);
        while next < line.len() {
            for above in &draft.groups[line[next] as usize].part_of {
                if !line.contains(above) {
                    line.push(*above);
                }
            }
            next += 1;
        }
        line
    };
    (0..draft.groups.len() as u32).map(line).collect()
}
