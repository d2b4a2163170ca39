//! The soft costs of a cluster but room capacity: working days and compactness.

use std::collections::BTreeMap;

use shared::model::cost::{CURRICULUM_COMPACTNESS_WEIGHT, MIN_WORKING_DAYS_WEIGHT};

use super::Lowering;
use crate::model::{Literal, Term, Var};

/// Whether a curriculum is taught in a period: decided by what is fixed, or by a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Presence {
    Never,
    Always,
    If(Literal),
}

impl Lowering<'_> {
    /// Missing working days of each course.
    pub(super) fn days(&mut self) {
        let rules = self.scope.fixed.rules();
        for (free, vars) in self.scope.courses.iter().zip(self.taught) {
            // Lectures alone do not fill more days than there are of them: that part of the cost is fixed.
            let least = rules.min_days[free.course].min(rules.lectures[free.course]);
            if least <= 1 {
                continue;
            }
            let mut days: BTreeMap<usize, Vec<Var>> = BTreeMap::new();
            for (period, var) in vars {
                days.entry(rules.day(*period)).or_default().push(*var);
            }
            // A sum of statements "a lecture on that day", each counted by the Boolean of its negation.
            let empty: Vec<Var> = days.values().map(|vars| self.model.none(vars)).collect();
            let spare = empty.len() as i32 - least as i32;
            let terms = empty.into_iter().map(|var| Term { weight: 1, var }).collect();
            let absent = self.model.excess(terms, spare, least);
            self.model.charge(MIN_WORKING_DAYS_WEIGHT as i32, absent);
        }
    }

    /// Isolated lectures of each curriculum with a free course.
    pub(super) fn gaps(&mut self) {
        let rules = self.scope.fixed.rules();
        let mut isolated: BTreeMap<Vec<Literal>, i32> = BTreeMap::new();
        for (members, curricula) in self.groups(&rules.curricula) {
            for curriculum in curricula {
                let week: Vec<Presence> =
                    (0..rules.periods).map(|period| self.presence(&members, curriculum, period)).collect();
                for period in 0..rules.periods {
                    if let Some(clause) = self.isolation(&week, period) {
                        *isolated.entry(clause).or_insert(0) += CURRICULUM_COMPACTNESS_WEIGHT as i32;
                    }
                }
            }
        }
        for (clause, weight) in isolated {
            let alone = match clause[..] {
                // With nothing else to hope for, the lecture itself is charged.
                [Literal { var, holds: false }] => var,
                _ => self.model.unless(clause),
            };
            self.model.charge(weight, alone);
        }
    }

    fn presence(&mut self, members: &[usize], curriculum: usize, period: usize) -> Presence {
        if self.scope.fixed.attended(curriculum, period) {
            return Presence::Always;
        }
        let vars = self.vars(members, period);
        if vars.is_empty() {
            return Presence::Never;
        }
        let known = self.seen.get(&vars).copied();
        Presence::If(known.unwrap_or_else(|| {
            let statement = self.model.any(&vars);
            self.seen.insert(vars, statement);
            statement
        }))
    }

    /// Periods in which a course was not before.
    pub(super) fn homes(&mut self) {
        let homes = &self.scope.fixed.rules().homes;
        for (free, vars) in self.scope.courses.iter().zip(self.taught) {
            for (period, var) in vars {
                let price = homes.other_period(free.course, *period);
                if price > 0 {
                    self.model.charge(price, *var);
                }
            }
        }
    }

    /// The statements of which one must hold for a period not to cost; none where no choice matters.
    fn isolation(&self, week: &[Presence], period: usize) -> Option<Vec<Literal>> {
        let rules = self.scope.fixed.rules();
        let neighbours =
            [rules.before(period), rules.after(period)].map(|at| at.map_or(Presence::Never, |at| week[at]));
        if neighbours.contains(&Presence::Always) || week[period] == Presence::Never {
            return None;
        }
        let hopes = neighbours.iter().filter_map(|neighbour| match neighbour {
            Presence::If(statement) => Some(*statement),
            _ => None,
        });
        let mut clause: Vec<Literal> = hopes.collect();
        if let Presence::If(statement) = week[period] {
            clause.push(statement.negated());
        }
        clause.sort_unstable();
        (!clause.is_empty()).then_some(clause)
    }
}
