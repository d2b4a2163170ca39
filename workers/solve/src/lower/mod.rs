//! From a cluster to the room-free model: a Boolean for each course and period it may use, rooms only as counts.
//!
//! Exact for every cost but room stability (Lach and Lübbecke, "Curriculum based course timetabling: new solutions to Udine
//! benchmark instances", 2012, split periods from rooms in the same way). The cost of room capacity is a sum over thresholds:
//! in each period, for each size *s*, as many students lack a seat as there are lectures with more than *s* students beyond the
//! rooms with more than *s* seats. What the fixed neighbours decide is eliminated here: the engine sees no constant.

mod soft;

use std::collections::BTreeMap;

use shared::model::cost::ROOM_CAPACITY_WEIGHT;

use crate::model::{Constraint, Literal, Model, Term, Var};
use crate::scope::{FreeCourse, Scope};

/// Most that a missing lecture is charged, so that sums stay within the engines' integers.
const MOST_PRICE: i32 = 1 << 20;

/// A cluster as a model.
#[derive(Debug)]
pub(crate) struct Lowered {
    /// The model; its objective leaves out what no choice can change.
    pub(crate) model: Model,
    /// Free course: its periods with their Booleans.
    pub(crate) taught: Vec<Vec<(usize, Var)>>,
}

impl Lowered {
    /// The model of a scope with its soft costs. What the ledger could not place may stay out, at a price above all of them.
    pub(crate) fn with_costs(scope: &Scope) -> Self {
        Self::build(scope, |lowering| {
            lowering.rooms();
            lowering.seats();
            lowering.days();
            lowering.gaps();
            lowering.homes();
            lowering.lectures();
        })
    }

    /// The model of a scope with the hard rules alone: every lecture is placed.
    pub(crate) fn hard_only(scope: &Scope) -> Self {
        Self::build(scope, |lowering| {
            lowering.rooms();
            lowering.all_lectures();
        })
    }

    fn build(scope: &Scope, fill: impl FnOnce(&mut Lowering)) -> Self {
        let mut model = Model::default();
        let variables =
            |free: &FreeCourse| free.periods.iter().map(|period| (*period, model.var(1))).collect::<Vec<_>>();
        let taught: Vec<Vec<(usize, Var)>> = scope.courses.iter().map(variables).collect();
        let mut lowering = Lowering { scope, taught: &taught, model, seen: BTreeMap::new() };
        lowering.apart();
        fill(&mut lowering);
        Self { model: lowering.model, taught }
    }

    /// Values for chosen periods, derived variables included.
    pub(crate) fn values(&self, chosen: &[Vec<usize>]) -> Vec<u32> {
        let mut values = vec![0; self.model.uppers().len()];
        for (periods, vars) in chosen.iter().zip(&self.taught) {
            for (period, var) in vars {
                values[var.index()] = u32::from(periods.binary_search(period).is_ok());
            }
        }
        self.model.tighten(&mut values);
        values
    }

    /// The periods that values choose.
    pub(crate) fn chosen(&self, values: &[u32]) -> Vec<Vec<usize>> {
        let periods = |vars: &Vec<(usize, Var)>| {
            vars.iter().filter(|(_, var)| values[var.index()] == 1).map(|(period, _)| *period).collect()
        };
        self.taught.iter().map(periods).collect()
    }
}

struct Lowering<'a> {
    scope: &'a Scope<'a>,
    taught: &'a [Vec<(usize, Var)>],
    model: Model,
    /// Statements "one of these is taught" that exist already.
    seen: BTreeMap<Vec<Var>, Literal>,
}

impl Lowering<'_> {
    /// The Boolean of a free course (by its position) in a period, where it has one.
    fn var(&self, free: usize, period: usize) -> Option<Var> {
        let row = &self.taught[free];
        row.binary_search_by_key(&period, |(period, _)| *period).ok().map(|at| row[at].1)
    }

    fn vars(&self, members: &[usize], period: usize) -> Vec<Var> {
        members.iter().filter_map(|free| self.var(*free, period)).collect()
    }

    /// The free members of each group, groups with the same ones merged, those without any left out.
    fn groups(&self, groups: &[Vec<u32>]) -> BTreeMap<Vec<usize>, Vec<usize>> {
        let mut merged: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        let position = |course: &u32| self.scope.courses.binary_search_by_key(&(*course as usize), |free| free.course);
        for (index, group) in groups.iter().enumerate() {
            let members: Vec<usize> = group.iter().filter_map(|course| position(course).ok()).collect();
            if !members.is_empty() {
                merged.entry(members).or_default().push(index);
            }
        }
        merged
    }

    /// All lectures of each course, or as many as the ledger has and more at a price above all soft cost.
    fn lectures(&mut self) {
        let price = (self.model.objective_most() + 1).min(i64::from(MOST_PRICE)) as i32;
        for (free, vars) in self.scope.courses.iter().zip(self.taught) {
            let count = self.scope.fixed.rules().lectures[free.course];
            let missing = count - free.start.len() as u32;
            if missing == 0 {
                self.model.post(Constraint::Exactly { vars: only_vars(vars), count });
                continue;
            }
            let sum = |weight: i32| vars.iter().map(|(_, var)| Term { weight, var: *var }).collect::<Vec<_>>();
            self.model.post(Constraint::AtMost { terms: sum(1), bound: count as i32 });
            let absent = self.model.excess(sum(-1), -(count as i32), missing);
            self.model.charge(price, absent);
        }
    }

    /// All lectures of each course.
    fn all_lectures(&mut self) {
        for (free, vars) in self.scope.courses.iter().zip(self.taught) {
            let count = self.scope.fixed.rules().lectures[free.course];
            self.model.post(Constraint::Exactly { vars: only_vars(vars), count });
        }
    }

    /// Courses with a common teacher or curriculum are never taught together.
    fn apart(&mut self) {
        let rules = self.scope.fixed.rules();
        let mut sets: Vec<Vec<usize>> =
            self.groups(&rules.curricula).into_keys().chain(self.groups(&rules.teachers).into_keys()).collect();
        sets.sort_unstable_by_key(|set| std::cmp::Reverse(set.len()));
        let mut apart = vec![false; self.taught.len() * self.taught.len()];
        for set in sets {
            let pair = |one: usize, other: usize| one * self.taught.len() + other;
            let pairs = set.iter().flat_map(|one| set.iter().map(move |other| (*one, *other)));
            let known = pairs.clone().all(|(one, other)| one == other || apart[pair(one, other)]);
            if known {
                continue;
            }
            pairs.for_each(|(one, other)| apart[pair(one, other)] = true);
            for period in 0..rules.periods {
                let vars = self.vars(&set, period);
                if vars.len() > 1 {
                    self.model.post(Constraint::AtMostOne(vars));
                }
            }
        }
    }

    /// No more lectures in a period than there are leased rooms.
    fn rooms(&mut self) {
        for period in 0..self.scope.seats.len() {
            let (all, rooms) = (self.candidates(period), self.scope.seats[period].len());
            if all.len() > rooms {
                let terms = self.vars(&all, period).into_iter().map(|var| Term { weight: 1, var }).collect();
                self.model.post(Constraint::AtMost { terms, bound: rooms as i32 });
            }
        }
    }

    /// The price of students without a seat.
    fn seats(&mut self) {
        for period in 0..self.scope.seats.len() {
            let all = self.candidates(period);
            for ((large, rooms), width) in self.thresholds(period, &all) {
                let weight = width * ROOM_CAPACITY_WEIGHT as i32;
                let vars = self.vars(&all[..large], period);
                if rooms == 0 {
                    for var in vars {
                        self.model.charge(weight, var);
                    }
                } else {
                    let terms = vars.into_iter().map(|var| Term { weight: 1, var }).collect();
                    let slack = self.model.excess(terms, rooms as i32, (large - rooms) as u32);
                    self.model.charge(weight, slack);
                }
            }
        }
    }

    /// The free courses that may be taught in a period, most students first.
    fn candidates(&self, period: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.taught.len()).filter(|free| self.var(*free, period).is_some()).collect();
        all.sort_by_key(|free| std::cmp::Reverse(self.students(*free)));
        all
    }

    fn students(&self, free: usize) -> u32 {
        self.scope.fixed.rules().students[self.scope.courses[free].course]
    }

    /// For a period: how many of its courses (most students first) and rooms are above a size, with the number of sizes for
    /// which that holds; only where the courses could be more than the rooms.
    fn thresholds(&self, period: usize, all: &[usize]) -> BTreeMap<(usize, usize), i32> {
        let seats = &self.scope.seats[period];
        let students: Vec<u32> = all.iter().map(|free| self.students(*free)).collect();
        let mut sizes: Vec<u32> = students.iter().chain(seats).copied().chain([0]).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let mut widths = BTreeMap::new();
        for step in sizes.windows(2) {
            let above = |list: &[u32]| list.partition_point(|size| *size > step[0]);
            let (large, rooms) = (above(&students), above(seats));
            if large > rooms {
                *widths.entry((large, rooms)).or_insert(0) += (step[1] - step[0]) as i32;
            }
        }
        widths
    }
}

fn only_vars(vars: &[(usize, Var)]) -> Vec<Var> {
    vars.iter().map(|(_, var)| *var).collect()
}
