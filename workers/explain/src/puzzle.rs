//! Some events of an instance as a model: a Boolean for each event and start, and one for each demand, under which alone its constraints
//! hold. Rooms are only counted. Whatever else there is in the instance is left out, so what is impossible here is impossible there.

use std::collections::BTreeMap;

use shared::ids::{ClassId, CourseId, CurriculumId, GroupId, Id as _, PeriodId, RoomId, TeacherId};
use shared::model::campus::Relation;
use solve::{Constraint, Literal, Model, Term, Var};

use crate::case::Case;
use crate::demand::Demand;
use crate::ground::Ground;

/// The model with what its Booleans mean.
#[derive(Debug)]
pub(crate) struct Puzzle {
    pub(crate) model: Model,
    /// The events, with their Booleans by start.
    pub(crate) starts: BTreeMap<CourseId, BTreeMap<PeriodId, Var>>,
    pub(crate) demands: BTreeMap<Demand, Var>,
}

impl Puzzle {
    /// The model of these events.
    pub(crate) fn of(case: &Case, ground: &Ground<'_>, courses: &[CourseId]) -> Self {
        let mut model = Model::default();
        let mut starts = BTreeMap::new();
        for &course in courses {
            let inside = (0..case.instance.period_count()).map(PeriodId::new);
            let inside = inside.filter(|start| ground.is_within_day(course, *start));
            starts.insert(course, inside.map(|start| (start, model.var(1))).collect::<BTreeMap<_, _>>());
        }
        let puzzle = Self { model, starts, demands: BTreeMap::new() };
        let mut building = Building { case, ground, puzzle };
        building.held();
        building.away();
        building.people();
        building.rooms();
        building.pins();
        building.rules();
        building.students();
        building.puzzle
    }

    /// Values that say where things are now.
    pub(crate) fn values(&self, case: &Case) -> Vec<u32> {
        let mut values = vec![0; self.model.variable_count()];
        self.demands.values().for_each(|var| values[var.index()] = 1);
        for (course, starts) in &self.starts {
            let now = case.meetings(*course).into_iter().filter_map(|(.., at)| starts.get(&at?.period).copied());
            now.for_each(|var| values[var.index()] = 1);
        }
        values
    }

    /// The starts that values choose.
    pub(crate) fn chosen(&self, values: &[u32]) -> BTreeMap<CourseId, Vec<PeriodId>> {
        let chosen = |starts: &BTreeMap<PeriodId, Var>| {
            starts.iter().filter(|(_, var)| values[var.index()] == 1).map(|(start, _)| *start).collect()
        };
        self.starts.iter().map(|(course, starts)| (*course, chosen(starts))).collect()
    }

    fn demand(&mut self, demand: Demand) -> Var {
        let Self { model, demands, .. } = self;
        *demands.entry(demand).or_insert_with(|| model.var(1))
    }

    /// At most so many of these while the demand holds.
    fn at_most(&mut self, demand: Demand, terms: Vec<(i32, Var)>, bound: i32) {
        let most: i32 = terms.iter().map(|(weight, _)| weight).sum();
        if most <= bound {
            return;
        }
        let holds = self.demand(demand);
        let mut terms: Vec<Term> = terms.into_iter().map(|(weight, var)| Term { weight, var }).collect();
        terms.push(Term { weight: most - bound, var: holds });
        self.model.post(Constraint::AtMost { terms, bound: most });
    }

    /// One of these statements while the demand holds.
    fn clause(&mut self, demand: Demand, statements: Vec<Literal>) {
        let holds = self.demand(demand);
        let clause = statements.into_iter().chain([holds.fails()]).collect();
        self.model.post(Constraint::Clause(clause));
    }
}

struct Building<'b> {
    case: &'b Case,
    ground: &'b Ground<'b>,
    puzzle: Puzzle,
}

impl Building<'_> {
    fn courses(&self) -> Vec<CourseId> {
        self.puzzle.starts.keys().copied().collect()
    }

    fn periods(&self) -> impl Iterator<Item = PeriodId> + use<> {
        (0..self.case.instance.period_count()).map(PeriodId::new)
    }

    /// The Booleans of events with which they are taught in a period.
    fn covering(&self, courses: &[CourseId], period: PeriodId) -> Vec<Var> {
        let mut covering = Vec::new();
        for course in courses {
            let starts = &self.puzzle.starts[course];
            let covers = |start: &PeriodId| self.ground.periods(*course, *start).contains(&period.index());
            covering.extend(starts.iter().filter(|(start, _)| covers(start)).map(|(_, var)| *var));
        }
        covering
    }

    /// At most one of these events at a time.
    fn apart(&mut self, demand: &Demand, courses: &[CourseId]) {
        for period in self.periods() {
            let terms = self.covering(courses, period).into_iter().map(|var| (1, var)).collect();
            self.puzzle.at_most(demand.clone(), terms, 1);
        }
    }

    fn by_day(&self, course: CourseId) -> BTreeMap<usize, Vec<Var>> {
        let mut days: BTreeMap<usize, Vec<Var>> = BTreeMap::new();
        for (start, var) in &self.puzzle.starts[&course] {
            days.entry(self.case.instance.day_and_slot(*start).0).or_default().push(*var);
        }
        days
    }

    /// All meetings of each event. That they are apart, and not too many a day, is no demand of its own: it is a part of what they are.
    fn held(&mut self) {
        for course in self.courses() {
            let count = self.case.instance.course_lectures(course) as i32;
            let vars: Vec<Var> = self.puzzle.starts[&course].values().copied().collect();
            let most = vars.iter().map(|var| Term { weight: 1, var: *var }).collect();
            self.puzzle.model.post(Constraint::AtMost { terms: most, bound: count });
            let holds = self.puzzle.demand(Demand::Held(course));
            let least = vars.iter().map(|var| Term { weight: -1, var: *var });
            let terms = least.chain([Term { weight: count, var: holds }]).collect();
            self.puzzle.model.post(Constraint::AtMost { terms, bound: 0 });
            if self.ground.length(course) > 1 {
                for period in self.periods() {
                    let vars = self.covering(&[course], period);
                    self.puzzle.model.post(Constraint::AtMostOne(vars));
                }
            }
            let Some(campus) = self.ground.campus else { continue };
            for vars in self.by_day(course).into_values() {
                let terms = vars.into_iter().map(|var| Term { weight: 1, var }).collect();
                let bound = campus.max_per_day(course) as i32;
                self.puzzle.model.post(Constraint::AtMost { terms, bound });
            }
        }
    }

    fn away(&mut self) {
        for course in self.courses() {
            for (start, var) in self.puzzle.starts[&course].clone() {
                let day = self.case.instance.day_and_slot(start).0;
                for who in self.ground.all_absent(course, start) {
                    let own = (who == crate::ground::Absent::Course).then_some(course);
                    self.puzzle.clause(Demand::Away { course: own, who, day }, vec![var.fails()]);
                }
            }
        }
    }

    /// Teachers, their days, groups and curricula.
    fn people(&mut self) {
        let mut of_teacher: BTreeMap<TeacherId, Vec<CourseId>> = BTreeMap::new();
        for course in self.courses() {
            for teacher in self.ground.teachers(course) {
                of_teacher.entry(teacher).or_default().push(course);
            }
        }
        for (teacher, courses) in of_teacher {
            if courses.len() > 1 {
                self.apart(&Demand::Teacher(teacher), &courses);
            }
            self.full_days(teacher, &courses);
        }
        let mut weeks: Vec<(Demand, Vec<CourseId>)> = Vec::new();
        for (group, line) in self.ground.lines().iter().enumerate() {
            let is_in = |course: &CourseId| self.ground.own_groups(*course).iter().any(|own| line.contains(own));
            weeks.push((Demand::Group(GroupId::new(group)), self.courses().into_iter().filter(is_in).collect()));
        }
        for number in (0..self.case.instance.curriculum_count()).map(CurriculumId::new) {
            let members = self.case.instance.curriculum_courses(number).iter();
            let inside = members.filter(|course| self.puzzle.starts.contains_key(course)).copied().collect();
            weeks.push((Demand::Curriculum(number), inside));
        }
        // Whoever's week is a part of another's is no reason of their own.
        let is_within = |one: &[CourseId], other: &[CourseId]| one.iter().all(|course| other.contains(course));
        for (index, (demand, courses)) in weeks.iter().enumerate() {
            let is_covered = weeks.iter().enumerate().any(|(other, (_, others))| {
                is_within(courses, others) && (others.len() > courses.len() || other < index)
            });
            if courses.len() > 1 && !is_covered {
                self.apart(demand, courses);
            }
        }
    }

    fn full_days(&mut self, teacher: TeacherId, courses: &[CourseId]) {
        let Some(most) = self.ground.campus.and_then(|campus| campus.teacher_max(teacher)) else { return };
        for day in 0..self.case.instance.days() {
            let mut terms = Vec::new();
            for course in courses {
                let weight = self.ground.length(*course) as i32;
                let vars = self.by_day(*course).remove(&day).unwrap_or_default();
                terms.extend(vars.into_iter().map(|var| (weight, var)));
            }
            self.puzzle.at_most(Demand::FullDay(teacher), terms, most as i32);
        }
    }

    /// No more at once than there are rooms, for each set of rooms and the events that need one of them.
    fn rooms(&mut self) {
        let rooms = |course: CourseId| -> Vec<RoomId> {
            let all = (0..self.case.instance.room_count()).map(RoomId::new);
            all.filter(|room| self.ground.suits(course, *room)).collect()
        };
        let own: Vec<(CourseId, Vec<RoomId>)> =
            self.courses().into_iter().map(|course| (course, rooms(course))).collect();
        let mut sets: Vec<Vec<RoomId>> = own.iter().map(|(_, rooms)| rooms.clone()).collect();
        sets.sort_unstable();
        sets.dedup();
        for set in sets {
            let is_within = |rooms: &[RoomId]| rooms.iter().all(|room| set.binary_search(room).is_ok());
            let inside: Vec<CourseId> =
                own.iter().filter(|(_, rooms)| is_within(rooms)).map(|(course, _)| *course).collect();
            for period in self.periods() {
                let terms = self.covering(&inside, period).into_iter().map(|var| (1, var)).collect();
                let open = set.iter().filter(|room| !self.ground.is_closed_in(**room, period)).count();
                self.puzzle.at_most(Demand::Rooms(set.clone()), terms, open as i32);
            }
        }
    }

    fn pins(&mut self) {
        for course in self.courses() {
            for class in self.case.instance.course_classes(course) {
                let Some(pin) = self.ground.pin(class) else { continue };
                let there = self.puzzle.starts[&course].get(&pin.period).map(|var| var.holds());
                self.puzzle.clause(Demand::Pin(ClassId::new(class)), there.into_iter().collect());
            }
        }
    }

    /// Hard rules between two events that are both here, but for those about rooms.
    fn rules(&mut self) {
        let Some(campus) = self.ground.campus else { return };
        for (number, rule) in campus.rules().enumerate().filter(|(_, rule)| rule.weight.is_none()) {
            let inside: Vec<CourseId> =
                rule.courses.iter().filter(|course| self.puzzle.starts.contains_key(course)).copied().collect();
            for (index, one) in inside.iter().enumerate() {
                for other in &inside[index + 1..] {
                    self.rule(number, rule.relation, *one, *other);
                }
            }
        }
    }

    fn rule(&mut self, number: usize, relation: Relation, one: CourseId, other: CourseId) {
        let demand = Demand::Rule(number);
        let day = |start: PeriodId| self.case.instance.day_and_slot(start).0;
        let lectures = |course| self.case.instance.course_lectures(course);
        match relation {
            Relation::NotSameTime => self.apart(&demand, &[one, other]),
            Relation::SameTime if lectures(one) == lectures(other) => self.in_step(&demand, one, other, |a, b| a == b),
            Relation::SameDay if lectures(one) == lectures(other) => {
                let slots = self.case.instance.slots_per_day();
                self.in_step(&demand, one, other, |a, b| a.index() / slots == b.index() / slots);
            }
            Relation::NotSameDay | Relation::Before => {
                let (first, second) = (self.puzzle.starts[&one].clone(), self.puzzle.starts[&other].clone());
                let length = self.ground.length(one);
                for (a, first) in &first {
                    let is_late = |b: PeriodId| a.index() + length > b.index();
                    let is_broken =
                        |b: PeriodId| if relation == Relation::Before { is_late(b) } else { day(*a) == day(b) };
                    for (_, second) in second.iter().filter(|(b, _)| is_broken(**b)) {
                        self.puzzle.clause(demand.clone(), vec![first.fails(), second.fails()]);
                    }
                }
            }
            _ => {}
        }
    }

    /// Where one of two events is, there is the other, if both are held.
    fn in_step(&mut self, demand: &Demand, one: CourseId, other: CourseId, meets: impl Fn(PeriodId, PeriodId) -> bool) {
        let both = [one, other].map(|course| self.puzzle.demand(Demand::Held(course)).fails());
        for (from, to) in [(one, other), (other, one)] {
            let (from, to) = (self.puzzle.starts[&from].clone(), self.puzzle.starts[&to].clone());
            for (start, var) in from {
                let partners = to.iter().filter(|(partner, _)| meets(start, **partner)).map(|(_, var)| var.holds());
                let clause = partners.chain([var.fails()]).chain(both).collect();
                self.puzzle.clause(demand.clone(), clause);
            }
        }
    }

    fn students(&mut self) {
        let is_hard = self.ground.campus.is_some_and(|campus| campus.weights().student_clash.is_none());
        let courses = if is_hard { self.courses() } else { Vec::new() };
        for (index, one) in courses.iter().enumerate() {
            for other in &courses[index + 1..] {
                if self.ground.common_students(*one, *other) > 0 {
                    self.apart(&Demand::Students(*one, *other), &[*one, *other]);
                }
            }
        }
    }
}
