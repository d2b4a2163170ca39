//! What is taught: the sections, each a course of its own, before anything has a time or a room.

use super::cohorts::Intake;
use super::names;
use super::random::Random;
use super::rooms::Features;
use super::shape::{SECTION_STUDENTS_MAX, Shape};
use super::week::Slots;

/// Of a thousand sections, those with two meetings a week instead of three; what they leave is made up for by those with four.
const TWO_MEETINGS: usize = 100;
/// Of a thousand sections, those whose lectures need a projector, and a way without steps.
const NEED_PROJECTOR: u32 = 250;
const NEED_STEP_FREE: u32 = 40;
/// Seats of a core section that stay free for students of another one.
const SPARE_SEATS: usize = 4;
/// Seats planned for the electives of a thousand students who want one.
const ELECTIVE_SEATS: usize = 1350;
/// The fewest seats of an elective.
const ELECTIVE_SEATS_MIN: usize = 12;

/// Whom a section is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Two blocks of a cohort, who must take it.
    Blocks([usize; 2]),
    /// Anybody of a year of its department who chooses it.
    Department,
    /// Anybody.
    Open,
}

/// One weekly meeting with its place in the planted timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Meeting {
    pub(super) slot: usize,
    pub(super) periods: usize,
    pub(super) room: usize,
}

/// A section: its students attend all of its meetings.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) code: String,
    /// Parallel sections of one topic have the same number.
    pub(super) topic: usize,
    pub(super) department: usize,
    pub(super) year: usize,
    pub(super) audience: Audience,
    /// The most students that it takes.
    pub(super) seats: usize,
    pub(super) features: Features,
    /// Meetings of one period.
    pub(super) lectures: usize,
    pub(super) has_lab: bool,
    /// The planted lectures, in the order of the week.
    pub(super) planted: Vec<Meeting>,
    pub(super) planted_lab: Option<Meeting>,
    pub(super) teachers: Vec<usize>,
    /// Who helps in the lab.
    pub(super) assistant: Option<usize>,
    pub(super) students: usize,
}

impl Section {
    /// All planted meetings.
    pub(super) fn meetings(&self) -> impl Iterator<Item = &Meeting> {
        self.planted.iter().chain(&self.planted_lab)
    }

    /// When it is taught in the planted timetable.
    pub(super) fn slots(&self) -> Slots {
        self.meetings().fold(Slots::NONE, |slots, meeting| slots | Slots::run(meeting.slot, meeting.periods))
    }
}

pub(super) fn sections(shape: &Shape, intake: &Intake) -> Vec<Section> {
    let mut catalogue = Catalogue::new(shape, intake);
    catalogue.core(intake, shape.core);
    let electives = shape.sections - catalogue.sections.len();
    let wanted = shape.electives_wanted().max(1);
    let open = (electives * shape.open_wanted()).div_ceil(wanted).min(electives);
    let seats = (shape.electives_wanted() * ELECTIVE_SEATS / 1000).div_ceil(electives.max(1));
    catalogue.seats = (seats * 7 / 10, seats * 3 / 2);
    catalogue.electives(intake, electives - open);
    catalogue.open(intake, open);
    let mut sections = catalogue.sections;
    divide_meetings(shape, &mut sections);
    sections
}

/// The sections in the making.
struct Catalogue {
    random: Random,
    sections: Vec<Section>,
    topics: usize,
    /// Subjects so far by department and year, for their numbers.
    numbers: Vec<Vec<usize>>,
    /// From how many to how many seats an elective has.
    seats: (usize, usize),
}

impl Catalogue {
    fn new(shape: &Shape, intake: &Intake) -> Self {
        let numbers = vec![vec![0; shape.years]; intake.departments];
        Self { random: Random::new(shape.seed, 2), sections: Vec::new(), topics: 0, numbers, seats: (0, 0) }
    }

    /// Each cohort its core courses, each of them for one pair of blocks after the other.
    fn core(&mut self, intake: &Intake, courses: usize) {
        for cohort in &intake.cohorts {
            for course in 0..courses {
                let topic = self.topic(cohort.department, cohort.year);
                for pair in 0..cohort.pairs() {
                    // In every second course the pairs are shifted by one block.
                    let block = |nth: usize| cohort.blocks.start + (2 * pair + nth + course % 2) % cohort.blocks.len();
                    let blocks = [block(0), block(1)];
                    let students: usize = blocks.iter().map(|block| intake.blocks[*block].students.len()).sum();
                    let seats = (students + SPARE_SEATS).min(SECTION_STUDENTS_MAX);
                    self.add(&topic, pair, Audience::Blocks(blocks), seats);
                }
            }
        }
    }

    /// Electives of a department and year, as many as its students can be expected to fill.
    fn electives(&mut self, intake: &Intake, count: usize) {
        let students: usize = intake.blocks.iter().map(|block| block.students.len()).sum();
        let (mut before, mut made) = (0, 0);
        for cohort in &intake.cohorts {
            before += cohort.blocks.clone().map(|block| intake.blocks[block].students.len()).sum::<usize>();
            let until = count * before / students;
            made = self.topics_of(cohort.department, cohort.year, &Audience::Department, made..until);
        }
    }

    /// Electives for anybody, offered by all departments.
    fn open(&mut self, intake: &Intake, count: usize) {
        let mut made = 0;
        while made < count {
            let department = self.random.below(intake.departments);
            let year = self.random.below(self.numbers[department].len());
            let until = (made + self.random.between(1, 2)).min(count);
            made = self.topics_of(department, year, &Audience::Open, made..until);
        }
    }

    /// So many sections, of topics with one or two sections each.
    fn topics_of(
        &mut self,
        department: usize,
        year: usize,
        audience: &Audience,
        range: std::ops::Range<usize>,
    ) -> usize {
        let mut made = range.start;
        while made < range.end {
            let topic = self.topic(department, year);
            let parallel = self.random.between(1, 2).min(range.end - made);
            for number in 0..parallel {
                let seats = self.random.between(self.seats.0, self.seats.1);
                self.add(&topic, number, audience.clone(), seats.clamp(ELECTIVE_SEATS_MIN, SECTION_STUDENTS_MAX));
            }
            made += parallel;
        }
        made
    }

    fn topic(&mut self, department: usize, year: usize) -> Topic {
        let number = &mut self.numbers[department][year];
        *number += 1;
        self.topics += 1;
        Topic { number: self.topics, department, year, code: names::topic(department, year, *number) }
    }

    fn add(&mut self, topic: &Topic, number: usize, audience: Audience, seats: usize) {
        let mut features = Features::NONE;
        for (feature, permille) in [(Features::PROJECTOR, NEED_PROJECTOR), (Features::STEP_FREE, NEED_STEP_FREE)] {
            if self.random.chance(permille) {
                features = features.with(feature);
            }
        }
        self.sections.push(Section {
            code: names::section(&topic.code, number),
            topic: topic.number,
            department: topic.department,
            year: topic.year,
            audience,
            seats,
            features,
            lectures: 0,
            has_lab: false,
            planted: Vec::new(),
            planted_lab: None,
            teachers: Vec::new(),
            assistant: None,
            students: 0,
        });
    }
}

struct Topic {
    number: usize,
    department: usize,
    year: usize,
    code: String,
}

/// Gives each section two, three or four meetings, so that all together are as many as the shape says, and some of them a lab.
fn divide_meetings(shape: &Shape, sections: &mut [Section]) {
    let mut random = Random::new(shape.seed, 3);
    let mut order: Vec<usize> = (0..sections.len()).collect();
    random.shuffle(&mut order);
    let twos = sections.len() * TWO_MEETINGS / 1000;
    let fours = shape.meetings + twos - 3 * sections.len();
    for (place, &section) in order.iter().enumerate() {
        sections[section].lectures = if place < twos { 2 } else { 3 + usize::from(place < twos + fours) };
    }
    random.shuffle(&mut order);
    for &section in &order[..shape.labs] {
        sections[section].has_lab = true;
        sections[section].lectures -= 1;
    }
}
