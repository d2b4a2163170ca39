//! The week as people know it: rooms, teachers, groups and courses by name, and who meets when. An instance of the competition and
//! a campus become the same thing here; nothing behind this file tells them apart but for a word.

mod read;

use serde::Serialize;

#[cfg(test)]
pub(crate) use read::offered;
pub(crate) use read::read;

use crate::conflicts::Conflict;

/// So many troubles of a meeting are told in its cell; the list of conflicts has all.
const TROUBLES_TOLD: usize = 2;

/// A week, from the sealed instance and the exported timetable.
#[derive(Debug, Default)]
pub(crate) struct Week {
    pub(crate) name: String,
    pub(crate) is_campus: bool,
    pub(crate) days: Vec<String>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) rooms: Vec<Place>,
    pub(crate) teachers: Vec<Place>,
    /// Groups of a campus; curricula of the competition.
    pub(crate) groups: Vec<Group>,
    /// What is on offer: a course, or what events of a campus belong to.
    pub(crate) subjects: Vec<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) meetings: Vec<Meeting>,
    pub(crate) unplaced: Vec<Unplaced>,
    pub(crate) conflicts: Vec<Conflict>,
    /// What this page has counted itself: rule, count, whether it is hard.
    pub(crate) counted: Vec<(&'static str, u64, bool)>,
}

/// The hours of a slot; none in the competition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Slot {
    pub(crate) start: String,
    pub(crate) end: String,
}

/// A room with its seats, or a teacher.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) seats: u32,
    /// The periods in which it cannot be had.
    pub(crate) away: Vec<usize>,
}

/// People who are taught together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) away: Vec<usize>,
    /// The groups above it: what they attend, it attends.
    pub(crate) above: Vec<usize>,
}

/// A course of the instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) subject: usize,
    /// Periods of each meeting.
    pub(crate) length: usize,
    pub(crate) students: u32,
    /// Days that it should be spread over.
    pub(crate) min_days: usize,
    pub(crate) teachers: Vec<usize>,
    pub(crate) groups: Vec<usize>,
    /// The periods in which it may not be taught.
    pub(crate) away: Vec<usize>,
}

/// A meeting that has its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meeting {
    pub(crate) event: usize,
    pub(crate) number: usize,
    pub(crate) day: usize,
    pub(crate) slot: usize,
    pub(crate) room: usize,
    /// What is wrong with it.
    pub(crate) troubles: Vec<String>,
}

/// A meeting without a place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unplaced {
    pub(crate) event: usize,
    pub(crate) number: usize,
    pub(crate) reason: String,
}

impl Meeting {
    /// What is wrong with it, as long as its place in the week has room for.
    pub(crate) fn told_troubles(&self) -> String {
        let told = self.troubles.iter().take(TROUBLES_TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
        match self.troubles.len().saturating_sub(TROUBLES_TOLD) {
            0 => told,
            more => format!("{told}; and {more} more"),
        }
    }
}

impl Week {
    /// The event of a meeting.
    pub(crate) fn event(&self, meeting: &Meeting) -> &Event {
        &self.events[meeting.event]
    }

    /// The slots that a meeting takes, as far as the day goes.
    pub(crate) fn slots_of(&self, meeting: &Meeting) -> std::ops::Range<usize> {
        meeting.slot..(meeting.slot + self.event(meeting).length).min(self.slots.len())
    }

    /// `Mon 09:05`, or `Day 1, period 3` where there are no hours.
    pub(crate) fn when(&self, day: usize, slot: usize) -> String {
        match self.slots.get(slot) {
            Some(Slot { start, .. }) if !start.is_empty() => format!("{} {start}", self.days[day]),
            _ => format!("{}, period {}", self.days[day], slot + 1),
        }
    }

    /// What groups are called.
    pub(crate) fn group_word(&self) -> &'static str {
        if self.is_campus { "group" } else { "curriculum" }
    }
}
