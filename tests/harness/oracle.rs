//! An independent judge of timetables in formulation UD2: it reads the instance and the solution as text and counts.
//!
//! It shares no line with the product and goes another way on purpose: the product walks sorted tables of ids, the oracle
//! keeps a week-sized sheet of names for each course and asks every question of every pair. It is slow, and it is for
//! tests only: it panics where a file is not what it should be.

use std::fs;
use std::path::Path;

/// What the oracle counted, in the competition's words. Soft counts are weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// Lectures missing, surplus or doubled in a period.
    pub(crate) lectures: u64,
    /// Pairs of courses in one period that share a teacher or a curriculum.
    pub(crate) conflicts: u64,
    /// Lectures in forbidden periods.
    pub(crate) availability: u64,
    /// Lectures beyond the first in a room and period.
    pub(crate) room_occupancy: u64,
    /// One for each student without a seat.
    pub(crate) room_capacity: u64,
    /// Five for each missing day.
    pub(crate) min_working_days: u64,
    /// Two for each isolated lecture of a curriculum.
    pub(crate) curriculum_compactness: u64,
    /// One for each additional room of a course.
    pub(crate) room_stability: u64,
}

impl Judgement {
    /// All hard violations.
    pub(crate) fn violations(&self) -> u64 {
        self.lectures + self.conflicts + self.availability + self.room_occupancy
    }

    /// The whole soft cost.
    pub(crate) fn cost(&self) -> u64 {
        self.room_capacity + self.min_working_days + self.curriculum_compactness + self.room_stability
    }
}

struct Course {
    name: String,
    teacher: String,
    lectures: u64,
    min_days: u64,
    students: u64,
}

struct Instance {
    days: usize,
    slots: usize,
    courses: Vec<Course>,
    rooms: Vec<(String, u64)>,
    curricula: Vec<Vec<String>>,
    forbidden: Vec<(String, usize, usize)>,
}

/// For one course: the rooms it is taught in, by day and slot.
type Sheet = Vec<Vec<Vec<String>>>;

/// Judges the solution at `solution` for the instance at `instance`.
pub(crate) fn judge(instance: &Path, solution: &Path) -> Judgement {
    let read = |path: &Path| {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        String::from_utf8_lossy(&bytes).into_owned()
    };
    judge_text(&read(instance), &read(solution))
}

/// Judges a solution for an instance, both as text.
pub(crate) fn judge_text(instance: &str, solution: &str) -> Judgement {
    let instance = Instance::read(instance);
    let sheets = instance.sheets(solution);
    let mut judgement = Judgement::default();
    for (course, sheet) in instance.courses.iter().zip(&sheets) {
        instance.judge_course(course, sheet, &mut judgement);
    }
    for day in 0..instance.days {
        for slot in 0..instance.slots {
            instance.judge_period(&sheets, day, slot, &mut judgement);
        }
    }
    for members in &instance.curricula {
        judgement.curriculum_compactness += instance.isolated(&sheets, members) * 2;
    }
    judgement
}

impl Instance {
    fn read(text: &str) -> Self {
        let number = |word: &str| -> u64 { word.parse().unwrap_or_else(|_| panic!("{word:?} is no number")) };
        let header = |key: &str| -> u64 {
            let line = text.lines().find(|line| line.trim().starts_with(key)).unwrap_or_else(|| panic!("no {key}"));
            number(line.split(':').nth(1).unwrap_or_default().trim())
        };
        let name = |row: &[&str], column: usize| row[column].to_owned();
        Self {
            days: header("Days:") as usize,
            slots: header("Periods_per_day:") as usize,
            courses: section(text, "COURSES:")
                .iter()
                .map(|row| Course {
                    name: name(row, 0),
                    teacher: name(row, 1),
                    lectures: number(row[2]),
                    min_days: number(row[3]),
                    students: number(row[4]),
                })
                .collect(),
            rooms: section(text, "ROOMS:").iter().map(|row| (name(row, 0), number(row[1]))).collect(),
            curricula: section(text, "CURRICULA:")
                .iter()
                .map(|row| row[2..].iter().map(|&member| member.to_owned()).collect())
                .collect(),
            forbidden: section(text, "UNAVAILABILITY_CONSTRAINTS:")
                .iter()
                .map(|row| (name(row, 0), number(row[1]) as usize, number(row[2]) as usize))
                .collect(),
        }
    }

    /// Fills in the solution, one line `course room day slot` after the other.
    fn sheets(&self, solution: &str) -> Vec<Sheet> {
        let mut sheets = vec![vec![vec![Vec::new(); self.slots]; self.days]; self.courses.len()];
        for line in solution.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let &[course, room, day, slot] = words.as_slice() else { panic!("{line:?} is no line of a solution") };
            let row = self.courses.iter().position(|known| known.name == course);
            let row = row.unwrap_or_else(|| panic!("{line:?} names an unknown course"));
            assert!(self.rooms.iter().any(|(known, _)| known == room), "{line:?} names an unknown room");
            let at = |word: &str| word.parse::<usize>().unwrap_or_else(|_| panic!("{line:?} has no period"));
            sheets[row][at(day)][at(slot)].push(room.to_owned());
        }
        sheets
    }

    /// All that concerns one course alone.
    fn judge_course(&self, course: &Course, sheet: &Sheet, judgement: &mut Judgement) {
        let (mut periods, mut doubled, mut days) = (0_u64, 0_u64, 0_u64);
        let mut rooms: Vec<&String> = Vec::new();
        for (day, slots) in sheet.iter().enumerate() {
            days += u64::from(slots.iter().any(|taught| !taught.is_empty()));
            for (slot, taught) in slots.iter().enumerate().filter(|(_, taught)| !taught.is_empty()) {
                periods += 1;
                doubled += taught.len() as u64 - 1;
                if self.forbidden.iter().any(|(name, d, s)| *name == course.name && (*d, *s) == (day, slot)) {
                    judgement.availability += taught.len() as u64;
                }
                for room in taught {
                    judgement.room_capacity += course.students.saturating_sub(self.seats(room));
                    if !rooms.contains(&room) {
                        rooms.push(room);
                    }
                }
            }
        }
        judgement.lectures += course.lectures.abs_diff(periods) + doubled;
        judgement.min_working_days += 5 * course.min_days.saturating_sub(days);
        judgement.room_stability += (rooms.len() as u64).saturating_sub(1);
    }

    /// All that concerns one period: who meets whom.
    fn judge_period(&self, sheets: &[Sheet], day: usize, slot: usize, judgement: &mut Judgement) {
        let taught = |row: &usize| !sheets[*row][day][slot].is_empty();
        for row in (0..sheets.len()).filter(taught) {
            judgement.conflicts += (0..row).filter(taught).filter(|other| self.share(*other, row)).count() as u64;
        }
        for (room, _) in &self.rooms {
            let taught = sheets.iter().flat_map(|sheet| &sheet[day][slot]).filter(|used| *used == room).count() as u64;
            judgement.room_occupancy += taught.saturating_sub(1);
        }
    }

    /// Lectures of a curriculum that have no lecture of it beside them on their day.
    fn isolated(&self, sheets: &[Sheet], members: &[String]) -> u64 {
        let taught = |day: usize, slot: usize| -> u64 {
            let of = |(course, sheet): (&Course, &Sheet)| {
                if members.contains(&course.name) { sheet[day][slot].len() as u64 } else { 0 }
            };
            self.courses.iter().zip(sheets).map(of).sum()
        };
        let mut isolated = 0;
        for day in 0..self.days {
            // A free slot on either side of the day saves the question where it begins and ends.
            let line: Vec<u64> =
                [0].into_iter().chain((0..self.slots).map(|slot| taught(day, slot))).chain([0]).collect();
            isolated +=
                line.windows(3).filter(|three| three[0] == 0 && three[2] == 0).map(|three| three[1]).sum::<u64>();
        }
        isolated
    }

    /// Whether two courses share a teacher or a curriculum.
    fn share(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.courses[one], &self.courses[other]);
        one.teacher == other.teacher
            || self.curricula.iter().any(|members| members.contains(&one.name) && members.contains(&other.name))
    }

    fn seats(&self, room: &str) -> u64 {
        self.rooms.iter().find(|(name, _)| name == room).expect("the room was looked up before").1
    }
}

/// The rows of a section, in words: from its heading to the next line that is a heading or the end.
fn section<'a>(text: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let is_end = |line: &&str| (line.ends_with(':') && !line.contains(' ')) || line.starts_with("END");
    text.lines()
        .map(str::trim)
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !is_end(line))
        .filter(|line| !line.is_empty())
        .map(|line| line.split_whitespace().collect())
        .collect()
}
