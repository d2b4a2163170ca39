//! From a piece of a campus to a model: a Boolean for each course and start, rooms only as counts.
//!
//! Hard: as many starts as classes; own classes apart, and not too many a day; courses with a common teacher or related groups
//! apart, as cliques; no more classes in a period than there are rooms for those that suit the same ones; limits of teachers;
//! hard rules. Soft: what a start costs for itself (students of fixed courses among it), days, and for each two courses of the
//! piece and each period their common students.

use std::collections::BTreeMap;

use shared::ids::{CourseId, Id, TeacherId};
use shared::model::campus::Relation;

use super::cliques;
use super::ground::Bond;
use super::piece::{FreeCourse, Piece};
use crate::lower::Lowered;
use crate::model::{Constraint, Literal, Model, Term, Var};

/// Most that a missing class is charged, so that sums stay within the engines' integers.
const MOST_PRICE: i32 = 1 << 22;

/// The model of a piece with the costs of at most `pairs` pairs of courses, those with most common students.
pub(crate) fn lower(piece: &Piece<'_, '_>, pairs: usize) -> Lowered {
    let mut model = Model::default();
    let variables = |free: &FreeCourse| -> Vec<(usize, Var)> {
        free.starts.iter().map(|(start, _)| (*start, model.var(1))).collect()
    };
    let taught: Vec<Vec<(usize, Var)>> = piece.courses.iter().map(variables).collect();
    let mut lowering = Lowering { piece, taught: &taught, model, present: BTreeMap::new() };
    lowering.own();
    lowering.apart();
    lowering.rooms();
    lowering.teachers();
    lowering.rules();
    lowering.wishes();
    lowering.days();
    lowering.students(pairs);
    lowering.classes();
    Lowered { model: lowering.model, taught }
}

struct Lowering<'l, 'p, 'a> {
    piece: &'l Piece<'p, 'a>,
    taught: &'l [Vec<(usize, Var)>],
    model: Model,
    /// Free course and period: the statement that it is taught there.
    present: BTreeMap<(usize, usize), Literal>,
}

impl Lowering<'_, '_, '_> {
    fn course(&self, free: usize) -> usize {
        self.piece.courses[free].course
    }

    fn length(&self, free: usize) -> usize {
        self.piece.ground.problem.length(self.course(free))
    }

    fn day(&self, period: usize) -> usize {
        self.piece.ground.problem.day_of(period)
    }

    /// The Booleans of a free course with which it is taught in a period.
    fn covering(&self, free: usize, period: usize) -> impl Iterator<Item = Var> + use<'_> {
        let length = self.length(free);
        let covers = move |start: usize| start <= period && period < start + length;
        self.taught[free].iter().filter(move |(start, _)| covers(*start)).map(|(_, var)| *var)
    }

    /// The Booleans of a free course by day.
    fn by_day(&self, free: usize) -> BTreeMap<usize, Vec<Var>> {
        let mut days: BTreeMap<usize, Vec<Var>> = BTreeMap::new();
        for (start, var) in &self.taught[free] {
            days.entry(self.day(*start)).or_default().push(*var);
        }
        days
    }

    fn periods(&self) -> std::ops::Range<usize> {
        0..self.piece.ground.problem.periods
    }

    fn at_most_one(&mut self, vars: Vec<Var>) {
        if vars.len() > 1 {
            self.model.post(Constraint::AtMostOne(vars));
        }
    }

    fn at_most(&mut self, terms: Vec<Term>, bound: i32) {
        if terms.iter().map(|term| term.weight).sum::<i32>() > bound {
            self.model.post(Constraint::AtMost { terms, bound });
        }
    }

    /// Own classes apart, and not too many a day.
    fn own(&mut self) {
        let ground = self.piece.ground;
        for free in 0..self.taught.len() {
            if self.length(free) > 1 {
                for period in self.periods() {
                    let vars = self.covering(free, period).collect();
                    self.at_most_one(vars);
                }
            }
            let course = self.course(free);
            let most = ground.campus.max_per_day(CourseId::new(course)) as i32;
            let fixed = self.fixed_days(course);
            for (day, vars) in self.by_day(free) {
                let there = fixed.iter().filter(|other| **other == day).count() as i32;
                self.at_most(vars.into_iter().map(|var| Term { weight: 1, var }).collect(), most - there);
            }
        }
    }

    /// The days of a course's classes that are not free.
    fn fixed_days(&self, course: usize) -> Vec<usize> {
        let problem = &self.piece.ground.problem;
        let spots = problem.classes_of(course).filter_map(|class| self.piece.plan.state.spot(class));
        spots.map(|spot| problem.day_of(spot.period())).collect()
    }

    fn apart(&mut self) {
        let ground = self.piece.ground;
        let courses: Vec<usize> = self.piece.courses.iter().map(|free| free.course).collect();
        let are_apart = |one: usize, other: usize| ground.are_apart(courses[one], courses[other]);
        for clique in cliques::cover(courses.len(), are_apart) {
            for period in self.periods() {
                let vars = clique.iter().flat_map(|free| self.covering(*free, period)).collect();
                self.at_most_one(vars);
            }
        }
    }

    /// In each period, for each set of room classes that some course may use, and for all of them together: no more classes
    /// that fit nowhere else than there are rooms.
    fn rooms(&mut self) {
        let ground = self.piece.ground;
        let mut sets: Vec<Vec<u16>> =
            self.piece.courses.iter().map(|free| ground.rooms(free.course).to_vec()).collect();
        for set in &mut sets {
            set.sort_unstable();
        }
        let own = sets.clone();
        let mut all = sets.concat();
        all.sort_unstable();
        all.dedup();
        sets.push(all);
        sets.sort_unstable();
        sets.dedup();
        for set in sets {
            let is_within = |rooms: &Vec<u16>| rooms.iter().all(|room| set.binary_search(room).is_ok());
            let inside: Vec<usize> = (0..own.len()).filter(|free| is_within(&own[*free])).collect();
            let rooms: Vec<u32> =
                set.iter().flat_map(|room_class| &self.piece.rooms[usize::from(*room_class)]).copied().collect();
            for period in self.periods() {
                let vars: Vec<Var> = inside.iter().flat_map(|free| self.covering(*free, period)).collect();
                if !vars.is_empty() {
                    let open = rooms.iter().filter(|room| self.piece.cells.are_free(period, 1, **room)).count();
                    self.at_most(vars.into_iter().map(|var| Term { weight: 1, var }).collect(), open as i32);
                }
            }
        }
    }

    /// The limits of teachers of several free courses; what one start alone would break is no start.
    fn teachers(&mut self) {
        let ground = self.piece.ground;
        let mut taught: BTreeMap<TeacherId, Vec<usize>> = BTreeMap::new();
        for free in 0..self.taught.len() {
            for teacher in ground.campus.teachers(CourseId::new(self.course(free))) {
                taught.entry(*teacher).or_default().push(free);
            }
        }
        for (teacher, frees) in taught {
            let Some(most) = ground.campus.teacher_max(teacher) else { continue };
            let held = self.held(teacher, self.course(frees[0]));
            for (day, held) in held.iter().enumerate() {
                let mut terms = Vec::new();
                for free in &frees {
                    let weight = self.length(*free) as i32;
                    let vars = self.by_day(*free).remove(&day).unwrap_or_default();
                    terms.extend(vars.into_iter().map(|var| Term { weight, var }));
                }
                self.at_most(terms, most as i32 - held);
            }
        }
    }

    /// Periods on each day of a teacher's fixed classes, of whose courses one is known: it shares the teacher with the others.
    fn held(&self, teacher: TeacherId, known: usize) -> Vec<i32> {
        let problem = &self.piece.ground.problem;
        let mut held = vec![0; problem.days];
        for course in problem.neighbours(known).chain([known]) {
            if self.piece.ground.campus.teachers(CourseId::new(course)).contains(&teacher) {
                let length = problem.length(course) as i32;
                self.fixed_days(course).into_iter().for_each(|day| held[day] += length);
            }
        }
        held
    }

    /// Hard rules between free courses.
    fn rules(&mut self) {
        let ground = self.piece.ground;
        let position = |course: usize| self.piece.courses.binary_search_by_key(&course, |free| free.course).ok();
        let mut pairs: Vec<(usize, usize, Bond)> = Vec::new();
        for (free, row) in self.piece.courses.iter().enumerate() {
            let bonds = ground.bonds[row.course].iter().filter(|bond| bond.is_first);
            pairs.extend(bonds.filter_map(|bond| Some((free, position(bond.other)?, *bond))));
        }
        for (one, other, bond) in pairs {
            let same = self.piece.courses[one].classes.len() == self.piece.courses[other].classes.len();
            match bond.relation {
                Relation::SameTime if same => self.in_step(one, other, |start, _| start),
                Relation::SameDay if same => self.in_step(one, other, |start, day| day(start)),
                Relation::NotSameDay => {
                    self.exclude(one, other, |this, start, second| this.day(start) == this.day(second));
                }
                Relation::Before => {
                    self.exclude(one, other, |this, start, second| start + this.length(one) > second);
                }
                // Courses that are not to share a period are apart; rooms of bound courses are not free.
                _ => {}
            }
        }
    }

    /// Where one of two courses has a start, the other one has one of the same key.
    fn in_step(&mut self, one: usize, other: usize, key: impl Fn(usize, &dyn Fn(usize) -> usize) -> usize) {
        let problem = &self.piece.ground.problem;
        let day = |period: usize| problem.day_of(period);
        for (from, to) in [(one, other), (other, one)] {
            for (start, var) in &self.taught[from] {
                let partners = self.taught[to].iter().filter(|(second, _)| key(*second, &day) == key(*start, &day));
                let clause = partners.map(|(_, var)| var.holds()).chain([var.fails()]).collect();
                self.model.post(Constraint::Clause(clause));
            }
        }
    }

    /// No two starts of two courses that a rule forbids together.
    fn exclude(&mut self, one: usize, other: usize, is_broken: impl Fn(&Self, usize, usize) -> bool) {
        for (start, first) in &self.taught[one] {
            for (second, var) in &self.taught[other] {
                if is_broken(self, *start, *second) {
                    self.model.post(Constraint::Clause(vec![first.fails(), var.fails()]));
                }
            }
        }
    }

    /// What each start costs for itself.
    fn wishes(&mut self) {
        for (free, row) in self.piece.courses.iter().enumerate() {
            for ((_, var), (_, price)) in self.taught[free].iter().zip(&row.starts) {
                self.model.charge(*price, *var);
            }
        }
    }

    /// Missing days of each course.
    fn days(&mut self) {
        let ground = self.piece.ground;
        let weight = ground.campus.weights().min_days as i32;
        for free in 0..self.taught.len() {
            let course = self.course(free);
            let fixed = self.fixed_days(course);
            let days: BTreeMap<usize, Vec<Var>> =
                self.by_day(free).into_iter().filter(|(day, _)| !fixed.contains(day)).collect();
            let mut known = fixed;
            known.sort_unstable();
            known.dedup();
            let wanted = ground.instance.course_min_days()[course] as usize;
            // Classes alone do not fill more days than there are of them: that part of the cost is fixed.
            let least = wanted.saturating_sub(known.len()).min(self.piece.courses[free].classes.len());
            if least == 0 || weight == 0 {
                continue;
            }
            let empty: Vec<Var> = days.values().map(|vars| self.model.none(vars)).collect();
            let spare = empty.len() as i32 - least as i32;
            let terms = empty.into_iter().map(|var| Term { weight: 1, var }).collect();
            let absent = self.model.excess(terms, spare, least as u32);
            self.model.charge(weight, absent);
        }
    }

    /// Common students of two free courses, for each period that both may have.
    fn students(&mut self, most: usize) {
        let problem = &self.piece.ground.problem;
        let mut pairs: Vec<(i32, usize, usize)> = Vec::new();
        for one in 0..self.taught.len() {
            for other in one + 1..self.taught.len() {
                let shared = problem.shared(self.course(one), self.course(other));
                if shared.soft > 0 && !self.piece.ground.are_apart(self.course(one), self.course(other)) {
                    pairs.push((shared.soft, one, other));
                }
            }
        }
        pairs.sort_by_key(|(weight, one, other)| (std::cmp::Reverse(*weight), *one, *other));
        for (weight, one, other) in pairs.into_iter().take(most) {
            for period in self.periods() {
                if let (Some(here), Some(there)) = (self.presence(one, period), self.presence(other, period)) {
                    let both = self.model.unless(vec![here.negated(), there.negated()]);
                    self.model.charge(weight, both);
                }
            }
        }
    }

    /// The statement that a free course is taught in a period, if it may be.
    fn presence(&mut self, free: usize, period: usize) -> Option<Literal> {
        if let Some(known) = self.present.get(&(free, period)) {
            return Some(*known);
        }
        let vars: Vec<Var> = self.covering(free, period).collect();
        if vars.is_empty() {
            return None;
        }
        let statement = self.model.any(&vars);
        self.present.insert((free, period), statement);
        Some(statement)
    }

    /// All classes of each course, or as many as there are now and more at a price above all soft cost.
    fn classes(&mut self) {
        let price = (self.model.objective_most() + 1).min(i64::from(MOST_PRICE)) as i32;
        for (free, vars) in self.piece.courses.iter().zip(self.taught) {
            let count = free.classes.len() as u32;
            let missing = count - free.now.len() as u32;
            if missing == 0 {
                self.model.post(Constraint::Exactly { vars: vars.iter().map(|(_, var)| *var).collect(), count });
                continue;
            }
            let sum = |weight: i32| vars.iter().map(|(_, var)| Term { weight, var: *var }).collect::<Vec<_>>();
            self.model.post(Constraint::AtMost { terms: sum(1), bound: count as i32 });
            let absent = self.model.excess(sum(-1), -(count as i32), missing);
            self.model.charge(price, absent);
        }
    }
}
