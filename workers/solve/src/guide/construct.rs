//! Greedy construction: the course with the fewest periods to spare goes first, to the cheapest period.

use crate::rules::Rules;
use crate::sketch::Sketch;

/// How much an open period taken from a course that still needs it weighs against one unit of soft cost, in 1/256.
const TAKEN: i64 = 256;

/// Adds lectures until no course with missing lectures has an open period.
pub(crate) fn fill(sketch: &mut Sketch) {
    let mut open = OpenCounts::new(sketch);
    while let Some(course) = open.most_urgent(sketch) {
        match best_period(sketch, &open, course) {
            Some(period) => open.add(sketch, course, period),
            None => open.given_up[course] = true,
        }
    }
}

/// How many open periods each course has.
struct OpenCounts {
    open: Vec<u32>,
    given_up: Vec<bool>,
}

impl OpenCounts {
    fn new(sketch: &Sketch) -> Self {
        let rules = sketch.rules();
        let open = |course| (0..rules.periods).filter(|period| sketch.is_open(course, *period)).count() as u32;
        Self { open: (0..rules.courses()).map(open).collect(), given_up: vec![false; rules.courses()] }
    }

    /// Open periods beyond those that the course needs.
    fn spare(&self, sketch: &Sketch, course: usize) -> i64 {
        i64::from(self.open[course]) - sketch.missing(course) as i64
    }

    fn most_urgent(&self, sketch: &Sketch) -> Option<usize> {
        let rules = sketch.rules();
        let waiting = (0..rules.courses()).filter(|course| sketch.missing(*course) > 0 && !self.given_up[*course]);
        let degree = |course: usize| rules.conflicts[course].len();
        waiting.min_by_key(|course| (self.spare(sketch, *course), std::cmp::Reverse(degree(*course)), *course))
    }

    /// Adds a lecture and keeps the counts.
    fn add(&mut self, sketch: &mut Sketch, course: usize, period: usize) {
        let rules: &Rules = sketch.rules();
        for other in &rules.conflicts[course] {
            self.open[*other as usize] -= u32::from(sketch.is_open(*other as usize, period));
        }
        self.open[course] -= 1;
        let fills = sketch.courses_in(period).len() + 1 == rules.rooms();
        if fills {
            let others = (0..rules.courses()).filter(|other| *other != course);
            for other in others.filter(|other| rules.conflicts[course].binary_search(&(*other as u32)).is_err()) {
                self.open[other] -= u32::from(sketch.is_open(other, period));
            }
        }
        sketch.add(course, period);
    }
}

/// The open period that costs least: soft cost, and what it takes from the courses that still need periods.
fn best_period(sketch: &Sketch, open: &OpenCounts, course: usize) -> Option<usize> {
    let periods = (0..sketch.rules().periods).filter(|period| sketch.is_open(course, *period));
    let price = |period: usize| 256 * sketch.price(course, period) + TAKEN * taken(sketch, open, course, period) / 256;
    periods.min_by_key(|period| (price(*period), *period))
}

/// The need of neighbours for this period: for each that could use it, the more the fewer it has to spare. In 1/256.
fn taken(sketch: &Sketch, open: &OpenCounts, course: usize, period: usize) -> i64 {
    let neighbours = sketch.rules().conflicts[course].iter().map(|other| *other as usize);
    let needing = neighbours.filter(|other| sketch.missing(*other) > 0 && sketch.is_open(*other, period));
    needing.map(|other| 256 * sketch.missing(other) as i64 / (open.spare(sketch, other).max(0) + 1)).sum()
}
