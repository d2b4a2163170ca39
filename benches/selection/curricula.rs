//! Instances in the competition's format to learn from, made here: public ones may not be part of the project, and the shipped policy
//! has to come from what anybody has.

use std::fmt::Write as _;

use search::{Philox, below};

const DAYS: usize = 5;
const SLOTS: usize = 5;

/// Random numbers, one after the other.
pub(crate) struct Draws {
    random: Philox,
    counter: u64,
}

impl Draws {
    /// Those of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Philox::new(seed, 77), counter: 0 }
    }

    /// One below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.counter += 1;
        below(self.random.block(self.counter)[0], bound)
    }
}

/// An instance of some sixty to a hundred courses, whose rooms are about two thirds full.
pub(crate) fn text(seed: u64) -> String {
    let mut draws = Draws::new(seed);
    let courses = 60 + draws.below(40);
    let lectures: Vec<usize> = (0..courses).map(|_| 2 + draws.below(4)).collect();
    let rooms = (lectures.iter().sum::<usize>() * 3).div_ceil(2 * DAYS * SLOTS);
    let curricula: Vec<Vec<usize>> = (0..courses / 3).map(|_| members(&mut draws, courses)).collect();
    let barred: Vec<(usize, usize)> =
        (0..4 * courses).map(|_| (draws.below(courses), draws.below(DAYS * SLOTS))).collect();
    let mut text = format!(
        "Name: Generated{seed}\nCourses: {courses}\nRooms: {rooms}\nDays: {DAYS}\nPeriods_per_day: {SLOTS}\nCurricula: {}\nConstraints: {}\n\nCOURSES:\n",
        curricula.len(),
        barred.len()
    );
    let mut line = |words: String| _ = writeln!(text, "{words}");
    for (course, lectures) in lectures.iter().enumerate() {
        let (teacher, days) = (draws.below(courses * 2 / 3), 1 + draws.below(*lectures));
        line(format!("c{course} t{teacher} {lectures} {days} {}", 10 + draws.below(140)));
    }
    line("\nROOMS:".to_owned());
    (0..rooms).for_each(|room| line(format!("r{room} {}", 30 + 120 * (room + 1) / rooms)));
    line("\nCURRICULA:".to_owned());
    for (number, members) in curricula.iter().enumerate() {
        let names: Vec<String> = members.iter().map(|course| format!("c{course}")).collect();
        line(format!("q{number} {} {}", names.len(), names.join(" ")));
    }
    line("\nUNAVAILABILITY_CONSTRAINTS:".to_owned());
    for (course, at) in barred {
        line(format!("c{course} {} {}", at / SLOTS, at % SLOTS));
    }
    line("\nEND.".to_owned());
    text
}

/// Three to five courses, each once.
fn members(draws: &mut Draws, courses: usize) -> Vec<usize> {
    let mut members: Vec<usize> = (0..3 + draws.below(3)).map(|_| draws.below(courses)).collect();
    members.sort_unstable();
    members.dedup();
    members
}
