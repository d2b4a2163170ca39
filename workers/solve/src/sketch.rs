//! A timetable without rooms: which course is taught in which period, with the counters that make a change cheap.
//!
//! A sketch never breaks a hard rule: whoever adds a lecture asks [`Sketch::is_open`] first. Rooms enter as a number for each
//! period and, for the cost, as sizes: students of the courses of a period, most first, sit in the rooms, largest first.

use shared::model::cost::{CURRICULUM_COMPACTNESS_WEIGHT, MIN_WORKING_DAYS_WEIGHT, ROOM_CAPACITY_WEIGHT};

use crate::rules::Rules;

/// Which course is taught when. May be partial.
#[derive(Clone, Debug)]
pub(crate) struct Sketch<'a> {
    rules: &'a Rules,
    /// Course × period.
    taught: Vec<bool>,
    /// Course × period: lectures of conflicting courses there.
    clashes: Vec<u16>,
    /// Period: the courses taught there, most students first.
    courses_in: Vec<Vec<u32>>,
    /// Course: lectures that are not placed.
    missing: Vec<u32>,
    /// Lectures that are not placed.
    missing_total: u32,
    /// Curriculum × period: lectures there.
    attended: Vec<u16>,
    /// Course × day: lectures there.
    on_day: Vec<u16>,
    /// Course: days with a lecture.
    days_used: Vec<u32>,
}

impl<'a> Sketch<'a> {
    /// A sketch in which nothing is placed.
    pub(crate) fn new(rules: &'a Rules) -> Self {
        Self {
            rules,
            taught: vec![false; rules.courses() * rules.periods],
            clashes: vec![0; rules.courses() * rules.periods],
            courses_in: vec![Vec::new(); rules.periods],
            missing: rules.lectures.clone(),
            missing_total: rules.lectures.iter().sum(),
            attended: vec![0; rules.curricula.len() * rules.periods],
            on_day: vec![0; rules.courses() * rules.days],
            days_used: vec![0; rules.courses()],
        }
    }

    /// The rules it keeps.
    pub(crate) fn rules(&self) -> &'a Rules {
        self.rules
    }

    /// Whether a course is taught in a period.
    pub(crate) fn is_taught(&self, course: usize, period: usize) -> bool {
        self.taught[course * self.rules.periods + period]
    }

    /// Lectures of courses that must not share that period with this course.
    pub(crate) fn clashes(&self, course: usize, period: usize) -> usize {
        usize::from(self.clashes[course * self.rules.periods + period])
    }

    /// The courses of a period, most students first.
    pub(crate) fn courses_in(&self, period: usize) -> &[u32] {
        &self.courses_in[period]
    }

    /// Whether a curriculum is taught in a period.
    pub(crate) fn attended(&self, curriculum: usize, period: usize) -> bool {
        self.attended[curriculum * self.rules.periods + period] > 0
    }

    /// Lectures of a course that are not placed.
    pub(crate) fn missing(&self, course: usize) -> usize {
        self.missing[course] as usize
    }

    /// Lectures that are not placed.
    pub(crate) fn missing_total(&self) -> usize {
        self.missing_total as usize
    }

    /// Whether the course may be taught in that period and is not: whatever else is there.
    pub(crate) fn is_candidate(&self, course: usize, period: usize) -> bool {
        self.rules.is_available(course, period) && !self.is_taught(course, period)
    }

    /// Whether a lecture of the course can be added there without breaking a rule.
    pub(crate) fn is_open(&self, course: usize, period: usize) -> bool {
        self.is_candidate(course, period)
            && self.clashes(course, period) == 0
            && self.courses_in[period].len() < self.rules.rooms()
    }

    /// Adds a lecture to an open period.
    pub(crate) fn add(&mut self, course: usize, period: usize) {
        debug_assert!(self.is_open(course, period) && self.missing[course] > 0, "course {course} period {period}");
        let (rules, day) = (self.rules, self.rules.day(period));
        self.taught[course * rules.periods + period] = true;
        rules.conflicts[course].iter().for_each(|other| self.clashes[*other as usize * rules.periods + period] += 1);
        let at = self.rank(course, period);
        self.courses_in[period].insert(at, course as u32);
        self.missing[course] -= 1;
        self.missing_total -= 1;
        rules.curricula_of[course]
            .iter()
            .for_each(|group| self.attended[*group as usize * rules.periods + period] += 1);
        self.on_day[course * rules.days + day] += 1;
        self.days_used[course] += u32::from(self.on_day[course * rules.days + day] == 1);
    }

    /// Takes a lecture out.
    pub(crate) fn remove(&mut self, course: usize, period: usize) {
        debug_assert!(self.is_taught(course, period));
        let (rules, day) = (self.rules, self.rules.day(period));
        self.taught[course * rules.periods + period] = false;
        rules.conflicts[course].iter().for_each(|other| self.clashes[*other as usize * rules.periods + period] -= 1);
        self.courses_in[period].retain(|other| *other as usize != course);
        self.missing[course] += 1;
        self.missing_total += 1;
        rules.curricula_of[course]
            .iter()
            .for_each(|group| self.attended[*group as usize * rules.periods + period] -= 1);
        self.on_day[course * rules.days + day] -= 1;
        self.days_used[course] -= u32::from(self.on_day[course * rules.days + day] == 0);
    }

    /// Where the course stands, or would stand, among the courses of a period by students.
    fn rank(&self, course: usize, period: usize) -> usize {
        let key = |course: usize| (std::cmp::Reverse(self.rules.students[course]), course);
        self.courses_in[period].partition_point(|other| key(*other as usize) < key(course))
    }

    /// What a lecture added there would change of the soft cost, room stability left out.
    pub(crate) fn price(&self, course: usize, period: usize) -> i64 {
        let own = self.seat_price(course, period) + self.day_price(course, period) + self.gap_price(course, period);
        own + i64::from(self.rules.homes.other_period(course, period))
    }

    fn seat_price(&self, course: usize, period: usize) -> i64 {
        let (students, seats) = (&self.rules.students, &self.rules.seats);
        let excess = |course: usize, room: usize| i64::from(students[course].saturating_sub(seats[room]));
        let rank = self.rank(course, period);
        let behind = self.courses_in[period].iter().enumerate().skip(rank);
        let shifted: i64 =
            behind.map(|(room, other)| excess(*other as usize, room + 1) - excess(*other as usize, room)).sum();
        ROOM_CAPACITY_WEIGHT as i64 * (shifted + excess(course, rank))
    }

    fn day_price(&self, course: usize, period: usize) -> i64 {
        let new_day = self.on_day[course * self.rules.days + self.rules.day(period)] == 0;
        let helps = new_day && self.days_used[course] < self.rules.min_days[course];
        if helps { -(MIN_WORKING_DAYS_WEIGHT as i64) } else { 0 }
    }

    fn gap_price(&self, course: usize, period: usize) -> i64 {
        let rules = self.rules;
        let mut isolated = 0;
        for group in &rules.curricula_of[course] {
            let row = &self.attended[*group as usize * rules.periods..][..rules.periods];
            let there = |period: Option<usize>| period.is_some_and(|period| row[period] > 0);
            let (before, after) = (rules.before(period), rules.after(period));
            isolated += i64::from(!there(before) && !there(after));
            let rescued = |neighbour: Option<usize>, beyond: fn(&Rules, usize) -> Option<usize>| {
                i64::from(there(neighbour) && !there(neighbour.and_then(|period| beyond(rules, period))))
            };
            isolated -= rescued(before, Rules::before) + rescued(after, Rules::after);
        }
        CURRICULUM_COMPACTNESS_WEIGHT as i64 * isolated
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rooms;
    use crate::testing::{random_tables, soft_without_stability};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_price_is_the_change_of_the_recount(tables in random_tables(), picks in proptest::collection::vec(any::<u32>(), 60)) {
            let instance = tables.instance().unwrap();
            let rules = Rules::new(&instance);
            let mut sketch = Sketch::new(&rules);
            let cost = |sketch: &Sketch| soft_without_stability(&instance, &rooms::by_size(&instance, sketch));
            for pick in picks {
                let (course, period) =
                    (pick as usize % rules.courses(), pick as usize / rules.courses() % rules.periods);
                if sketch.missing(course) > 0 && sketch.is_open(course, period) {
                    let (before, price) = (cost(&sketch), sketch.price(course, period));
                    sketch.add(course, period);
                    prop_assert_eq!(cost(&sketch) - before, price);
                } else if sketch.is_taught(course, period) {
                    let before = cost(&sketch);
                    sketch.remove(course, period);
                    prop_assert_eq!(before - cost(&sketch), sketch.price(course, period));
                }
            }
        }
    }
}
