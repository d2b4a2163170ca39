//! A campus in which one per cent of the sections has changed: `cargo bench --bench changes -- CAMPUS TIMETABLE OUT [SEED]`.
//!
//! It writes what a registrar's office brings in the week before a term: teachers who cannot come at an hour at which they teach, a
//! room that is closed, sections that have grown out of their room, some that are new and some that are gone. Each change hits what
//! the timetable (`timetable.csv` of a run of CAMPUS) says, for a change that touches nothing moves nothing. How much of the timetable
//! has to move then is seen by
//!
//! ```text
//! carillon run OUT --previous TIMETABLE
//! ```
//!
//! Only for campuses that `carillon generate` has made: no cell of theirs has a comma in it.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it has measured")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use search::{Philox, below};

/// A section in so many changes.
const SECTIONS_PER_CHANGE: usize = 100;
/// Of each ten changes so many are of a kind; the rest are sections that are gone. One room is closed beside them.
const AWAY: usize = 4;
const GROWN: usize = 2;
const ADDED: usize = 2;
/// People of a section that is new, and its meetings.
const SIZE_OF_NEW: u32 = 24;
const MEETINGS_OF_NEW: u32 = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let [campus, timetable, out, rest @ ..] = &words[..] else {
        println!("cargo bench --bench changes -- CAMPUS TIMETABLE OUT [SEED]");
        return Ok(());
    };
    let seed = rest.first().map_or(Ok(1), |word| word.parse())?;
    let mut draft = Draft::read(Path::new(campus), Path::new(timetable), seed)?;
    let kinds = draft.change();
    draft.write(Path::new(campus), Path::new(out))?;
    println!("{out}: {} of {} sections changed: {kinds}", draft.touched.len(), draft.sections);
    Ok(())
}

/// The rows of a sheet by the names of its columns, in their order.
struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(path)?;
        let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut lines = text.trim_start_matches('\u{feff}').lines().map(cells);
        Ok(Self { header: lines.next().ok_or("an empty sheet")?, rows: lines.collect() })
    }

    fn column(&self, name: &str) -> usize {
        self.header.iter().position(|column| column == name).expect("generated campuses have all columns")
    }

    fn cell(&self, row: usize, column: &str) -> &str {
        &self.rows[row][self.column(column)]
    }

    fn set(&mut self, row: usize, column: &str, to: String) {
        let column = self.column(column);
        self.rows[row][column] = to;
    }

    fn text(&self) -> String {
        let rows = std::iter::once(&self.header).chain(&self.rows).map(|cells| cells.join(","));
        rows.collect::<Vec<_>>().join("\n") + "\n"
    }
}

/// The sheets that change.
struct Draft {
    events: Sheet,
    away: Sheet,
    rooms: BTreeMap<String, u32>,
    timetable: Sheet,
    /// Events of which something has changed already.
    touched: BTreeSet<String>,
    sections: usize,
    random: Philox,
    draws: u64,
}

impl Draft {
    fn read(campus: &Path, timetable: &Path, seed: u64) -> Result<Self, Box<dyn Error>> {
        let rooms = Sheet::read(&campus.join("rooms.csv"))?;
        let size = |row: usize| Some((rooms.cell(row, "room").to_owned(), rooms.cell(row, "capacity").parse().ok()?));
        let events = Sheet::read(&campus.join("events.csv"))?;
        let sections: BTreeSet<&str> = (0..events.rows.len()).map(|row| events.cell(row, "course")).collect();
        Ok(Self {
            sections: sections.len(),
            rooms: (0..rooms.rows.len()).filter_map(size).collect(),
            away: Sheet::read(&campus.join("unavailable.csv"))?,
            timetable: Sheet::read(timetable)?,
            touched: BTreeSet::new(),
            events,
            random: Philox::new(seed, 0),
            draws: 0,
        })
    }

    /// Makes all changes; says how many of each kind there are.
    fn change(&mut self) -> String {
        let count = self.sections.div_ceil(SECTIONS_PER_CHANGE);
        let (away, grown, added) = (count * AWAY / 10, count * GROWN / 10, count * ADDED / 10);
        let gone = count - away - grown - added;
        (0..away).for_each(|_| self.send_away());
        (0..grown).for_each(|_| self.grow());
        (0..added).for_each(|number| self.add(number));
        (0..gone).for_each(|_| self.remove());
        let closed = self.close_room();
        format!("{away} teachers away, {grown} grown, {added} new, {gone} gone; room {closed} closed beside")
    }

    fn draw(&mut self, bound: usize) -> usize {
        self.draws += 1;
        below(self.random.block(self.draws)[0], bound)
    }

    /// A meeting of a section that has not changed yet, by its row in the timetable.
    fn fresh(&mut self, fits: impl Fn(&Self, usize) -> bool) -> usize {
        loop {
            let row = self.draw(self.timetable.rows.len());
            if fits(self, row) && self.touched.insert(self.timetable.cell(row, "event").to_owned()) {
                return row;
            }
        }
    }

    fn send_away(&mut self) {
        let row = self.fresh(|draft, row| !draft.timetable.cell(row, "teachers").is_empty());
        let table = &self.timetable;
        let teacher = table.cell(row, "teachers").split(';').next().unwrap_or_default();
        let period = table.cell(row, "period").to_owned();
        let absence = [teacher, table.cell(row, "day"), &period, &period, "hard"].map(str::to_owned);
        self.away.rows.push(absence.to_vec());
    }

    fn close_room(&mut self) -> String {
        let row = self.draw(self.timetable.rows.len());
        let room = self.timetable.cell(row, "room").to_owned();
        let days: BTreeSet<String> =
            (0..self.timetable.rows.len()).map(|row| self.timetable.cell(row, "day").to_owned()).collect();
        let last =
            (0..self.timetable.rows.len()).filter_map(|row| self.timetable.cell(row, "period").parse::<u32>().ok());
        let last = last.max().unwrap_or(1).to_string();
        let whole = |day: &String| [room.as_str(), day, "1", &last, "hard"].map(str::to_owned).to_vec();
        self.away.rows.extend(days.iter().map(whole));
        room
    }

    fn event(&self, name: &str) -> usize {
        (0..self.events.rows.len())
            .find(|row| self.events.cell(*row, "event") == name)
            .expect("it was in the timetable")
    }

    /// One more than its room seats, where there are larger rooms and any of them will do.
    fn grow(&mut self) {
        let most = self.rooms.values().copied().max().unwrap_or(0);
        let seats = |draft: &Self, row: usize| draft.rooms[draft.timetable.cell(row, "room")];
        let row = self.fresh(|draft, row| {
            let event = draft.event(draft.timetable.cell(row, "event"));
            seats(draft, row) < most && draft.events.cell(event, "features").is_empty()
        });
        let (event, size) = (self.event(self.timetable.cell(row, "event")), seats(self, row) + 1);
        self.events.set(event, "size", size.to_string());
    }

    fn add(&mut self, number: usize) {
        let row = self.fresh(|_, _| true);
        let mut cells = self.events.rows[self.event(self.timetable.cell(row, "event"))].clone();
        let name = format!("NEW{:03}-01", number + 1);
        for (column, cell) in self.events.header.iter().zip(&mut cells) {
            match column.as_str() {
                "event" | "course" => cell.clone_from(&name),
                "size" => *cell = SIZE_OF_NEW.to_string(),
                "per_week" => *cell = MEETINGS_OF_NEW.to_string(),
                "teachers" | "groups" | "periods" => {}
                _ => cell.clear(),
            }
        }
        self.events.rows.push(cells);
    }

    /// The event goes, and with it rules that name it; a section that was nothing else loses its students.
    fn remove(&mut self) {
        let row = self.fresh(|_, _| true);
        let event = self.event(self.timetable.cell(row, "event"));
        self.events.rows.remove(event);
    }

    /// Writes the campus, all other sheets as they are but for rows about what is gone.
    fn write(&self, campus: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
        fs::create_dir_all(out)?;
        for entry in fs::read_dir(campus)? {
            let path = entry?.path();
            if path.is_file() {
                fs::copy(&path, out.join(path.file_name().unwrap_or_default()))?;
            }
        }
        let names =
            |column: &str| (0..self.events.rows.len()).map(|row| self.events.cell(row, column).to_owned()).collect();
        let (events, courses): (BTreeSet<String>, BTreeSet<String>) = (names("event"), names("course"));
        let mut enrolments = Sheet::read(&campus.join("enrolments.csv"))?;
        let course = enrolments.column("course");
        enrolments.rows.retain(|row| courses.contains(&row[course]));
        let mut rules = Sheet::read(&campus.join("rules.csv"))?;
        let about = rules.column("events");
        rules.rows.retain(|row| row[about].split(';').all(|event| events.contains(event)));
        let sheets = [("events.csv", &self.events), ("unavailable.csv", &self.away), ("enrolments.csv", &enrolments)];
        for (name, sheet) in sheets.into_iter().chain([("rules.csv", &rules)]) {
            fs::write(out.join(name), sheet.text())?;
        }
        Ok(())
    }
}
