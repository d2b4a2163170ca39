//! What is proven is so: of small campuses drawn at random, none is told to have no timetable for which one is found.

use std::fmt::Write as _;
use std::fs;

use shared::ids::{ClassId, Id, PeriodId, RoomId};
use shared::model::{Instance, Placement, Timetable, cost};

use crate::campus::testing::read;
use crate::finding::Severity;

/// A generator of our own (`SplitMix64`), so that a seed means the same campus for ever.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) % end as u64) as usize
    }

    fn of<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[self.below(words.len())]
    }
}

const DAYS: [&str; 3] = ["Mon", "Tue", "Wed"];
const EVENTS: [&str; 4] = ["A", "B", "C", "D"];

/// The files of a campus with up to four events in a week of nine periods.
fn drawn(chance: &mut Chance) -> Vec<(&'static str, String)> {
    let calendar =
        "days = [\"Mon\", \"Tue\", \"Wed\"]\nperiods = [\"08:00-09:00\", \"09:00-10:00\", \"10:00-11:00\"]\n";
    let mut rooms = "room,capacity,features\n".to_owned();
    for room in ["R1", "R2", "R3"] {
        let _ = writeln!(rooms, "{room},{},{}", chance.of(&["10", "20", "30"]), chance.of(&["", "F", "F"]));
    }
    let count = 2 + chance.below(3);
    let mut events =
        "event,course,teachers,groups,periods,per_week,size,features,rooms,max_per_day,pinned\n".to_owned();
    let mut enrolments = "student,course\n".to_owned();
    for event in &EVENTS[..count] {
        let meetings = chance.of(&["1", "1", "2", "3"]);
        let pins: &[&str] = if meetings == "1" { &["Mon 1", "Tue 1 R1"] } else { &["Mon 1|Tue 1", "|Wed 1 R3"] };
        let course = chance.of(&["X", "Y", "Z"]);
        let _ = writeln!(
            events,
            "{event},{course},{},{},{},{meetings},{},{},{},{},{}",
            chance.of(&["", "T1", "T2", "T1 T2"]),
            chance.of(&["", "G", "G1", "G2"]),
            chance.of(&["1", "1", "1", "2"]),
            chance.of(&["5", "5", "15", "25"]),
            chance.of(&["", "", "", "F"]),
            chance.of(&["", "", "", "R1 R2"]),
            chance.of(&["1", "2"]),
            if chance.below(4) == 0 { chance.of(pins) } else { "" }
        );
        if course != "Z" {
            let _ = writeln!(enrolments, "s,{course}");
        }
    }
    let mut unavailable = "who,day,from,to\n".to_owned();
    for _ in 0..chance.below(4) {
        let from = 1 + chance.below(3);
        let who = chance.of(&["teacher:T1", "teacher:T2", "group:G1", "R1", "R2"]);
        let _ = writeln!(unavailable, "{who},{},{from},{}", chance.of(&DAYS), from + chance.below(4 - from));
    }
    let mut rules = "rule,events\n".to_owned();
    for _ in 0..chance.below(3) {
        let rule = chance.of(&["same-time", "not-same-time", "same-day", "not-same-day", "same-room", "before"]);
        let first = chance.below(count - 1);
        let _ = writeln!(rules, "{rule},{}", EVENTS[first..count.min(first + 2 + chance.below(2))].join(";"));
    }
    vec![
        ("calendar.toml", calendar.to_owned()),
        ("rooms.csv", rooms),
        ("events.csv", events),
        ("teachers.csv", format!("teacher,max_per_day\nT1,{}\nT2,\n", chance.of(&["", "2"]))),
        ("groups.csv", "group,size,part_of\nG,9,\nG1,9,G\nG2,9,G\n".to_owned()),
        ("enrolments.csv", enrolments),
        ("unavailable.csv", unavailable),
        ("rules.csv", rules),
    ]
}

/// Whether a valid timetable is found: classes are placed at random, and one that breaks something is moved as long as the others
/// let it.
fn is_feasible(instance: &Instance, chance: &mut Chance) -> bool {
    for _ in 0..5 {
        let mut timetable = Timetable::unplaced(instance.class_count());
        let mut best = u64::MAX;
        for _ in 0..200 {
            let class = ClassId::new(chance.below(instance.class_count()));
            let before = timetable.get(class);
            let at = Placement {
                period: PeriodId::new(chance.below(instance.period_count())),
                room: RoomId::new(chance.below(instance.room_count())),
            };
            timetable.set(class, Some(at));
            let violations = cost::recount(instance, &timetable).cost().violations();
            if violations == 0 {
                return true;
            }
            if violations > best {
                timetable.set(class, before);
            } else {
                best = violations;
            }
        }
    }
    false
}

#[test]
fn nothing_is_proven_of_what_can_be() {
    let (mut feasible, mut proven) = (0, 0);
    for seed in 0..300 {
        let mut chance = Chance(seed);
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in drawn(&mut chance) {
            fs::write(folder.path().join(file), text).unwrap();
        }
        let reading = read(folder.path());
        let told = reading.findings.render("drawn");
        let instance = reading.tables.unwrap_or_else(|| panic!("seed {seed}: {told}")).instance().unwrap();
        let proofs = reading.findings.count(Severity::Infeasible);
        let is_feasible = is_feasible(&instance, &mut chance);
        assert!(!is_feasible || proofs == 0, "seed {seed} has a timetable, and it is said:\n{told}");
        feasible += usize::from(is_feasible);
        proven += usize::from(proofs > 0);
    }
    assert!(feasible > 50 && proven > 50, "{feasible} feasible and {proven} proven not to be");
}
