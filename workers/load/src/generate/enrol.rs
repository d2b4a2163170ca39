//! Who takes what: each student the core of the block, and electives at times that are still free in the planted timetable.

use super::cohorts::{Block, Intake};
use super::random::Random;
use super::sections::{Audience, Section};
use super::shape::Shape;
use super::week::Slots;

/// Of a thousand students of a cohort with several sections of a course, those who take one of them with another block.
const STRAYING: u32 = 80;
/// Of a thousand choices, those that follow somebody of the block.
const FOLLOWING: u32 = 250;
/// Of a thousand pairs of students, those in which one takes a course less and the other one more.
const UNEVEN: u32 = 200;
/// Of so many electives that would do, the one with the fewest students is taken.
const COMPARED: usize = 3;

/// The sections of each student, in the order of the students.
pub(super) type Enrolments = Vec<Vec<usize>>;

pub(super) fn enrol(shape: &Shape, intake: &Intake, sections: &mut [Section]) -> Enrolments {
    let mut random = Random::new(shape.seed, 6);
    let wanted = courses_wanted(shape, &mut random);
    let mut office = Office::new(shape, intake, sections, random);
    let mut order: Vec<usize> = (0..intake.blocks.len()).collect();
    office.random.shuffle(&mut order);
    let mut enrolments = vec![Vec::new(); shape.students];
    for block in order {
        let mut trend = Vec::new();
        for student in intake.blocks[block].students.clone() {
            enrolments[student] = office.choose(block, wanted[student], &mut trend);
        }
    }
    enrolments
}

/// How many courses each student takes: as many as the shape says on average, and all together exactly so many.
fn courses_wanted(shape: &Shape, random: &mut Random) -> Vec<usize> {
    let until = |student: usize| student * shape.courses / 1000;
    let mut wanted: Vec<usize> = (0..shape.students).map(|student| until(student + 1) - until(student)).collect();
    for pair in wanted.chunks_exact_mut(2) {
        if random.chance(UNEVEN) && pair[0] > shape.core {
            pair[0] -= 1;
            pair[1] += 1;
        }
    }
    wanted
}

/// Where students enrol: it knows the times and the free seats of all sections.
struct Office<'a> {
    sections: &'a mut [Section],
    blocks: &'a [Block],
    slots: Vec<Slots>,
    core: Vec<Vec<usize>>,
    /// Electives by department and year, those of each cohort, and those for anybody.
    departments: Vec<Vec<Vec<usize>>>,
    years: Vec<(usize, usize)>,
    open: Vec<usize>,
    electives: Vec<usize>,
    /// Of a thousand students, how many electives outside the programme they want.
    open_wanted: usize,
    random: Random,
}

/// A student at the desk.
#[derive(Default)]
struct Choices {
    sections: Vec<usize>,
    busy: Slots,
}

impl<'a> Office<'a> {
    fn new(shape: &Shape, intake: &'a Intake, sections: &'a mut [Section], random: Random) -> Self {
        let mut core = vec![Vec::new(); intake.blocks.len()];
        let mut departments = vec![vec![Vec::new(); shape.years]; intake.departments];
        let (mut open, mut electives) = (Vec::new(), Vec::new());
        for (number, section) in sections.iter_mut().enumerate() {
            match section.audience {
                Audience::Blocks(blocks) => {
                    for block in blocks {
                        core[block].push(number);
                    }
                    section.students = blocks.into_iter().map(|block| intake.blocks[block].students.len()).sum();
                    continue;
                }
                Audience::Department => departments[section.department][section.year].push(number),
                Audience::Open => open.push(number),
            }
            electives.push(number);
        }
        let years = intake.cohorts.iter().map(|cohort| (cohort.department, cohort.year)).collect();
        let slots = sections.iter().map(Section::slots).collect();
        let open_wanted = shape.open_wanted() * 1000 / shape.students;
        Self { sections, blocks: &intake.blocks, slots, core, departments, years, open, electives, open_wanted, random }
    }

    /// The sections of the next student of a block. `trend` is what others of the block have chosen.
    fn choose(&mut self, block: usize, wanted: usize, trend: &mut Vec<usize>) -> Vec<usize> {
        let mut choices = Choices::default();
        self.core[block].iter().for_each(|section| choices.sections.push(*section));
        self.stray(&mut choices);
        choices.busy = choices.sections.iter().fold(Slots::NONE, |busy, section| busy | self.slots[*section]);
        let more = wanted.saturating_sub(choices.sections.len());
        let outside = self.open_wanted / 1000 + usize::from(self.random.chance(self.open_wanted as u32 % 1000));
        for nth in 0..more {
            if let Some(section) = self.elective(block, nth + outside.min(more) < more, &choices, trend) {
                choices.busy |= self.slots[section];
                choices.sections.push(section);
                self.sections[section].students += 1;
                trend.push(section);
            }
        }
        choices.sections.sort_unstable();
        choices.sections
    }

    /// Lets some students take a core course in a parallel section, where it fits the rest of their core.
    fn stray(&mut self, choices: &mut Choices) {
        if choices.sections.is_empty() || !self.random.chance(STRAYING) {
            return;
        }
        let place = self.random.below(choices.sections.len());
        let own = choices.sections[place];
        let others = choices.sections.iter().filter(|section| **section != own);
        let busy = others.fold(Slots::NONE, |busy, section| busy | self.slots[*section]);
        let is_open = |other: &usize| {
            let section = &self.sections[*other];
            section.topic == self.sections[own].topic
                && section.students < section.seats
                && !self.slots[*other].meets(busy)
        };
        let parallel = [own.wrapping_sub(1), own + 1].into_iter().filter(|other| *other < self.sections.len());
        if let Some(other) = parallel.into_iter().find(is_open) {
            choices.sections[place] = other;
            self.sections[own].students -= 1;
            self.sections[other].students += 1;
        }
    }

    /// An elective of the department, or any other one; what others of the block take is looked at first.
    fn elective(&mut self, block: usize, is_inside: bool, choices: &Choices, trend: &[usize]) -> Option<usize> {
        if self.random.chance(FOLLOWING) {
            let followed = trend.iter().rev().find(|section| {
                let is_of_department = self.sections[**section].audience == Audience::Department;
                is_of_department == is_inside && self.fits(**section, choices)
            });
            if let Some(section) = followed {
                return Some(*section);
            }
        }
        let (department, year) = self.years[self.blocks[block].cohort];
        let own = &self.departments[department][year];
        let pools = if is_inside { [own, &self.open, &self.electives] } else { [&self.open, &self.electives, own] };
        for pool in pools.into_iter().filter(|pool| !pool.is_empty()) {
            let start = self.random.below(pool.len());
            let around = pool[start..].iter().chain(&pool[..start]).copied();
            let open = around.filter(|section| self.fits(*section, choices)).take(COMPARED);
            if let Some(section) = open.min_by_key(|section| self.sections[*section].students) {
                return Some(section);
            }
        }
        None
    }

    /// Whether there is a seat, the time is free, and the topic is new to the student.
    fn fits(&self, number: usize, choices: &Choices) -> bool {
        let section = &self.sections[number];
        section.students < section.seats
            && !self.slots[number].meets(choices.busy)
            && choices.sections.iter().all(|other| self.sections[*other].topic != section.topic)
    }
}
