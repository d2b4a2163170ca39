//! Who studies together: programmes of a department, a cohort for each year of a programme, blocks of a cohort, students of a block.
//!
//! Two blocks fill a core section. A cohort of one pair of blocks takes its core as a whole; in a larger one the pairs change
//! from course to course, so that its sections hang together.

use std::ops::Range;

use super::names;
use super::random::Random;
use super::shape::{SECTION_STUDENTS_MAX, Shape};
use super::week::{Slots, Week};

/// Programmes of five departments.
const PROGRAMMES_OF_FIVE_DEPARTMENTS: usize = 12;
/// Of a thousand cohorts, those that have a half day for themselves, in which nothing is taught.
const FREE_HALF_DAYS: u32 = 160;

/// The students of one year of a programme.
#[derive(Clone, Debug)]
pub(super) struct Cohort {
    pub(super) name: String,
    pub(super) department: usize,
    /// From zero.
    pub(super) year: usize,
    pub(super) blocks: Range<usize>,
    /// A half day in which it is not taught: the day, the first period, the number of periods.
    pub(super) free: Option<(usize, usize, usize)>,
}

impl Cohort {
    pub(super) fn pairs(&self) -> usize {
        self.blocks.len() / 2
    }

    /// The slots in which it may be taught.
    pub(super) fn open(&self, week: Week) -> Slots {
        let closed = |(day, first, length)| Slots::run(day * week.periods + first, length);
        week.all() & !self.free.map_or(Slots::NONE, closed)
    }
}

/// Students who take the same core.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) name: String,
    pub(super) cohort: usize,
    pub(super) students: Range<usize>,
}

/// All who study, in the order of the departments.
#[derive(Debug)]
pub(super) struct Intake {
    pub(super) departments: usize,
    pub(super) cohorts: Vec<Cohort>,
    pub(super) blocks: Vec<Block>,
}

pub(super) fn intake(shape: &Shape) -> Intake {
    let mut random = Random::new(shape.seed, 1);
    let pairs = pairs_of_cohorts(shape.pairs(), &mut random);
    let programmes = pairs.len().div_ceil(shape.years);
    let departments = (programmes * 5).div_ceil(PROGRAMMES_OF_FIVE_DEPARTMENTS);
    let sizes = sizes_of_blocks(shape, &mut random);
    let mut intake = Intake { departments, cohorts: Vec::new(), blocks: Vec::new() };
    let (mut block, mut student) = (0, 0);
    for (number, pairs) in pairs.into_iter().enumerate() {
        let (programme, year) = (number / shape.years, number % shape.years);
        let department = programme * departments / programmes;
        let name = names::cohort(department, programme, year);
        let blocks = block..block + 2 * pairs;
        for (letter, block) in blocks.clone().enumerate() {
            let students = student..student + sizes[block];
            student = students.end;
            intake.blocks.push(Block { name: names::block(&name, letter), cohort: number, students });
        }
        block = blocks.end;
        let free = random.chance(FREE_HALF_DAYS).then(|| half_day(shape.week, &mut random));
        intake.cohorts.push(Cohort { name, department, year, blocks, free });
    }
    intake
}

/// How many pairs of blocks each cohort has: mostly one, never more than four.
fn pairs_of_cohorts(pairs: usize, random: &mut Random) -> Vec<usize> {
    const SIZES: [usize; 10] = [1, 1, 1, 1, 1, 2, 2, 2, 3, 4];
    let (mut cohorts, mut left) = (Vec::new(), pairs);
    while left > 0 {
        let size = SIZES[random.below(SIZES.len())].min(left);
        cohorts.push(size);
        left -= size;
    }
    cohorts
}

/// Blocks of about one size: equal ones, between which a few students change.
fn sizes_of_blocks(shape: &Shape, random: &mut Random) -> Vec<usize> {
    let count = 2 * shape.pairs();
    let mut sizes: Vec<usize> =
        (0..count).map(|block| (block + 1) * shape.students / count - block * shape.students / count).collect();
    let least = (shape.students / count).saturating_sub(3).max(1);
    for from in 0..count {
        let (to, moved) = (random.below(count), random.between(1, 3));
        if from != to && sizes[from] >= least + moved && sizes[to] + moved <= SECTION_STUDENTS_MAX / 2 {
            sizes[from] -= moved;
            sizes[to] += moved;
        }
    }
    sizes
}

fn half_day(week: Week, random: &mut Random) -> (usize, usize, usize) {
    let day = random.below(week.days);
    let (first, length) = week.half(random.chance(500));
    (day, first, length)
}
