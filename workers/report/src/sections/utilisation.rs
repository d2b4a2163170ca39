//! How rooms and periods are used.

use serde::Serialize;

use super::Figure;
use crate::week::Week;
use crate::words;

/// Rooms are told apart by their seats at these bounds.
const SEATS: [u32; 4] = [30, 60, 120, u32::MAX];

/// Two tables and a few figures.
#[derive(Debug, Serialize)]
pub(crate) struct Utilisation {
    figures: Vec<Figure>,
    days: Vec<String>,
    /// A row for each slot of the day: its name, and for each day how many rooms are in use.
    heat: Vec<HeatRow>,
    sizes: Vec<SizeRow>,
}

#[derive(Debug, Serialize)]
struct HeatRow {
    slot: usize,
    hours: String,
    cells: Vec<Heat>,
}

#[derive(Debug, Serialize)]
struct Heat {
    rooms: usize,
    /// Of all rooms, in hundredths.
    share: usize,
    /// The same in five steps, for the colour.
    step: usize,
}

#[derive(Debug, Serialize)]
struct SizeRow {
    seats: String,
    rooms: usize,
    used: String,
    used_share: usize,
    filled: String,
    filled_share: usize,
}

/// The use of a week that has meetings.
pub(crate) fn utilisation(week: &Week) -> Utilisation {
    let slots = week.slots.len();
    let mut taken = vec![vec![false; week.days.len() * slots]; week.rooms.len()];
    // Seats that were sat on and seats that there were, while a room was used.
    let mut seats = vec![(0_u64, 0_u64); week.rooms.len()];
    for meeting in &week.meetings {
        let room = &week.rooms[meeting.room];
        for slot in week.slots_of(meeting) {
            taken[meeting.room][meeting.day * slots + slot] = true;
            let (sat, all) = &mut seats[meeting.room];
            *sat += u64::from(week.event(meeting).students.min(room.seats));
            *all += u64::from(room.seats);
        }
    }
    let used: Vec<usize> = taken.iter().map(|periods| periods.iter().filter(|taken| **taken).count()).collect();
    let heat = (0..slots).map(|slot| heat_row(week, slot, &taken)).collect();
    Utilisation {
        figures: figures(week, &used, &seats),
        days: week.days.clone(),
        heat,
        sizes: sizes(week, &used, &seats),
    }
}

fn heat_row(week: &Week, slot: usize, taken: &[Vec<bool>]) -> HeatRow {
    let cell = |day: usize| {
        let period = day * week.slots.len() + slot;
        let rooms = taken.iter().filter(|periods| periods[period]).count();
        let share = 100 * rooms / week.rooms.len().max(1);
        Heat { rooms, share, step: share.div_ceil(20) }
    };
    let hours = &week.slots[slot];
    let hours = if hours.start.is_empty() { String::new() } else { format!("{}–{}", hours.start, hours.end) };
    HeatRow { slot: slot + 1, hours, cells: (0..week.days.len()).map(cell).collect() }
}

fn figures(week: &Week, used: &[usize], seats: &[(u64, u64)]) -> Vec<Figure> {
    let offered = offered(week, |_| true);
    let all: usize = used.iter().sum();
    let (sat, there) = seats.iter().fold((0, 0), |sum, (sat, there)| (sum.0 + sat, sum.1 + there));
    let idle = used.iter().filter(|used| **used == 0).count();
    vec![
        Figure::new("of all periods of all rooms are used", words::percent(all as f64, offered as f64)),
        Figure::new("of the seats in them are sat on", words::percent(sat as f64, there as f64)),
        Figure::new(if idle == 1 { "room is never used" } else { "rooms are never used" }, words::grouped(idle as u64)),
    ]
}

/// Periods in which rooms can be had.
fn offered(week: &Week, is_meant: impl Fn(u32) -> bool) -> usize {
    let periods = week.days.len() * week.slots.len();
    week.rooms.iter().filter(|room| is_meant(room.seats)).map(|room| periods - room.away.len()).sum()
}

fn sizes(week: &Week, used: &[usize], seats: &[(u64, u64)]) -> Vec<SizeRow> {
    let mut rows = Vec::new();
    let mut least = 0;
    for most in SEATS {
        let is_meant = |seats: u32| (least..=most).contains(&seats);
        let rooms: Vec<usize> = (0..week.rooms.len()).filter(|room| is_meant(week.rooms[*room].seats)).collect();
        let taken: usize = rooms.iter().map(|room| used[*room]).sum();
        let offered = offered(week, is_meant);
        let (sat, there) = rooms.iter().fold((0, 0), |sum, room| (sum.0 + seats[*room].0, sum.1 + seats[*room].1));
        if !rooms.is_empty() {
            rows.push(SizeRow {
                seats: if most == u32::MAX { format!("{least} and more") } else { format!("{least} to {most}") },
                rooms: rooms.len(),
                used: words::percent(taken as f64, offered as f64),
                used_share: 100 * taken / offered.max(1),
                filled: words::percent(sat as f64, there as f64),
                filled_share: (100 * sat / there.max(1)) as usize,
            });
        }
        least = most.saturating_add(1);
    }
    rows
}
