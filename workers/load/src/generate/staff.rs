//! Who teaches what: teachers of the department who are free at the planted times, the least busy first. What they want for
//! themselves (days off, a limit for the day) is chosen so that the planted timetable respects it.

use super::names;
use super::random::Random;
use super::sections::Section;
use super::shape::Shape;
use super::week::{Slots, Week};

/// Nobody is planted with more periods on a day.
const PERIODS_A_DAY_MAX: usize = 6;
/// Of a thousand labs, those with an assistant.
const ASSISTED: u32 = 300;
/// Of a thousand teachers, those who work part time; with a limit for the day; who would rather not teach at some time.
const PART_TIME: u32 = 250;
const LIMITED: u32 = 350;
const UNWILLING: u32 = 200;
/// Of a thousand days without teaching of somebody who works part time, those that are free.
const FREE_DAYS: u32 = 600;

/// A teacher.
#[derive(Clone, Debug)]
pub(super) struct Teacher {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) max_per_day: Option<usize>,
    /// Days on which the teacher is not there.
    pub(super) days_off: Vec<usize>,
    /// A half day that is not liked: the day, the first period, the number of periods.
    pub(super) unliked: Option<(usize, usize, usize)>,
    busy: Slots,
}

/// All teachers are taken. The message finishes the sentence "failed to …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find a teacher for {section}: ask for more --teachers than {teachers}")]
pub(crate) struct NoTeacher {
    section: String,
    teachers: usize,
}

pub(super) fn staff(shape: &Shape, sections: &mut [Section]) -> Result<Vec<Teacher>, NoTeacher> {
    let mut random = Random::new(shape.seed, 7);
    let mut faculty = Faculty::new(shape, sections);
    for section in sections.iter_mut() {
        let slots = section.slots();
        let teacher = faculty.free(section.department, slots);
        let teacher = teacher.ok_or_else(|| NoTeacher { section: section.code.clone(), teachers: shape.teachers })?;
        faculty.teachers[teacher].busy |= slots;
        section.teachers.push(teacher);
        if let Some(lab) = section.planted_lab.filter(|_| random.chance(ASSISTED)) {
            let slots = Slots::run(lab.slot, lab.periods);
            section.assistant = faculty.free(section.department, slots);
            section.assistant.into_iter().for_each(|assistant| faculty.teachers[assistant].busy |= slots);
        }
    }
    faculty.teachers.iter_mut().for_each(|teacher| teacher.wish(shape.week, &mut random));
    Ok(faculty.teachers)
}

struct Faculty {
    week: Week,
    teachers: Vec<Teacher>,
    /// The teachers of each department: a run of numbers.
    departments: Vec<std::ops::Range<usize>>,
}

impl Faculty {
    /// Teachers in proportion to what their departments teach.
    fn new(shape: &Shape, sections: &[Section]) -> Self {
        let departments = sections.iter().map(|section| section.department + 1).max().unwrap_or(1);
        let mut taught = vec![0; departments];
        for section in sections {
            taught[section.department] += section.slots().count();
        }
        let all: usize = taught.iter().sum();
        let (mut before, mut first) = (0, 0);
        let mut run = |taught: usize| {
            before += taught;
            let run = first..shape.teachers * before / all;
            first = run.end;
            run
        };
        let departments = taught.into_iter().map(&mut run).collect();
        let teacher = |number| {
            let (code, name) = names::teacher(number);
            Teacher { code, name, max_per_day: None, days_off: Vec::new(), unliked: None, busy: Slots::NONE }
        };
        Self { week: shape.week, teachers: (0..shape.teachers).map(teacher).collect(), departments }
    }

    /// Who is free then and has least to do: one of the department, else anybody.
    fn free(&self, department: usize, slots: Slots) -> Option<usize> {
        let least = |among: std::ops::Range<usize>| {
            let free = among.filter(|teacher| self.teachers[*teacher].has_time(slots, self.week));
            free.min_by_key(|teacher| self.teachers[*teacher].busy.count())
        };
        least(self.departments[department].clone()).or_else(|| least(0..self.teachers.len()))
    }
}

impl Teacher {
    fn has_time(&self, slots: Slots, week: Week) -> bool {
        let is_moderate = |day| ((self.busy | slots) & week.day(day)).count() <= PERIODS_A_DAY_MAX;
        !self.busy.meets(slots) && (0..week.days).all(is_moderate)
    }

    fn wish(&mut self, week: Week, random: &mut Random) {
        let taught = |day: usize| (self.busy & week.day(day)).count();
        if random.chance(PART_TIME) {
            self.days_off = (0..week.days).filter(|day| taught(*day) == 0 && random.chance(FREE_DAYS)).collect();
        }
        if random.chance(LIMITED) {
            let most = (0..week.days).map(taught).max().unwrap_or(0);
            self.max_per_day = Some(random.between(most, most + 1).max(2));
        }
        if random.chance(UNWILLING) {
            let (first, length) = week.half(random.chance(500));
            self.unliked = Some((random.below(week.days), first, length));
        }
    }
}
