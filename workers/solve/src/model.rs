//! A small neutral model, which any engine can read: variables from 0 to a bound, four kinds of constraints, a sum to minimise.

/// A variable; its values run from 0 to its upper bound. With the bound 1 it is a Boolean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Var(pub(crate) u32);

impl Var {
    /// Its number.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The statement that this Boolean is 1.
    pub fn holds(self) -> Literal {
        Literal { var: self, holds: true }
    }

    /// The statement that this Boolean is 0.
    pub fn fails(self) -> Literal {
        Literal { var: self, holds: false }
    }
}

/// A statement about a Boolean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Literal {
    /// The Boolean.
    pub var: Var,
    /// What is stated of it: that it is 1, or that it is 0.
    pub holds: bool,
}

impl Literal {
    /// The opposite statement.
    pub(crate) fn negated(self) -> Self {
        Self { holds: !self.holds, ..self }
    }
}

/// A weighted variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The weight.
    pub weight: i32,
    /// The variable.
    pub var: Var,
}

/// What a solution must obey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// At most one of these Booleans is 1.
    AtMostOne(Vec<Var>),
    /// Exactly `count` of these Booleans are 1.
    Exactly {
        /// The Booleans.
        vars: Vec<Var>,
        /// How many.
        count: u32,
    },
    /// One of the statements is true.
    Clause(Vec<Literal>),
    /// The weighted sum is at most `bound`.
    AtMost {
        /// The sum.
        terms: Vec<Term>,
        /// Its bound.
        bound: i32,
    },
}

/// What a derived variable is, given the variables made before it: the least value that its constraints allow.
#[derive(Clone, Debug)]
enum Meaning {
    /// 1 when none of these statements is true.
    Unless(Vec<Literal>),
    /// How far the sum is above the bound.
    Excess { terms: Vec<Term>, bound: i32 },
}

/// Variables, constraints and the objective.
#[derive(Clone, Debug, Default)]
pub struct Model {
    uppers: Vec<u32>,
    constraints: Vec<Constraint>,
    objective: Vec<Term>,
    derived: Vec<(Var, Meaning)>,
}

impl Model {
    /// A new variable from 0 to `upper`.
    pub fn var(&mut self, upper: u32) -> Var {
        self.uppers.push(upper);
        Var(self.uppers.len() as u32 - 1)
    }

    /// A new Boolean that is 1 at least where none of the statements is true.
    pub(crate) fn unless(&mut self, statements: Vec<Literal>) -> Var {
        let var = self.var(1);
        let clause = statements.iter().copied().chain([var.holds()]).collect();
        self.post(Constraint::Clause(clause));
        self.derived.push((var, Meaning::Unless(statements)));
        var
    }

    /// The statement that one of these Booleans is 1. They are not repeated.
    pub(crate) fn any(&mut self, of: &[Var]) -> Literal {
        if let [only] = of {
            return only.holds();
        }
        self.none(of).fails()
    }

    /// A Boolean that is 1 exactly where all of these are 0.
    pub(crate) fn none(&mut self, of: &[Var]) -> Var {
        let none = self.unless(of.iter().map(|var| var.holds()).collect());
        for var in of {
            self.post(Constraint::Clause(vec![var.fails(), none.fails()]));
        }
        none
    }

    /// A new variable from 0 to `upper` that is at least the weighted sum less `bound`.
    pub(crate) fn excess(&mut self, terms: Vec<Term>, bound: i32, upper: u32) -> Var {
        let var = self.var(upper);
        let with_slack = terms.iter().copied().chain([Term { weight: -1, var }]).collect();
        self.post(Constraint::AtMost { terms: with_slack, bound });
        self.derived.push((var, Meaning::Excess { terms, bound }));
        var
    }

    /// Gives every derived variable the least value that the others allow. Engines return loose ones.
    pub(crate) fn tighten(&self, values: &mut [u32]) {
        for (var, meaning) in &self.derived {
            values[var.index()] = match meaning {
                Meaning::Unless(statements) => {
                    let is_true = |literal: &Literal| (values[literal.var.index()] == 1) == literal.holds;
                    u32::from(!statements.iter().any(is_true))
                }
                Meaning::Excess { terms, bound } => (sum(terms, values) - i64::from(*bound)).max(0) as u32,
            };
        }
    }

    /// The objective of these values.
    pub(crate) fn cost(&self, values: &[u32]) -> i64 {
        sum(&self.objective, values)
    }

    /// Adds a constraint.
    pub fn post(&mut self, constraint: Constraint) {
        self.constraints.push(constraint);
    }

    /// Adds `weight` × `var` to the objective.
    pub(crate) fn charge(&mut self, weight: i32, var: Var) {
        if weight != 0 {
            self.objective.push(Term { weight, var });
        }
    }

    /// How many variables there are.
    pub fn variable_count(&self) -> usize {
        self.uppers.len()
    }

    /// Whether these values obey all constraints.
    pub fn is_obeyed_by(&self, values: &[u32]) -> bool {
        let ones = |vars: &[Var]| vars.iter().filter(|var| values[var.index()] == 1).count();
        self.constraints.iter().all(|constraint| match constraint {
            Constraint::AtMostOne(vars) => ones(vars) <= 1,
            Constraint::Exactly { vars, count } => ones(vars) == *count as usize,
            Constraint::Clause(literals) => {
                literals.iter().any(|literal| (values[literal.var.index()] == 1) == literal.holds)
            }
            Constraint::AtMost { terms, bound } => sum(terms, values) <= i64::from(*bound),
        })
    }

    /// The upper bounds, by variable.
    pub(crate) fn uppers(&self) -> &[u32] {
        &self.uppers
    }

    /// The constraints.
    pub(crate) fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// The terms of the objective; their weights are positive.
    pub(crate) fn objective(&self) -> &[Term] {
        &self.objective
    }

    /// The largest value that the objective can have.
    pub(crate) fn objective_most(&self) -> i64 {
        self.objective.iter().map(|term| i64::from(term.weight) * i64::from(self.uppers[term.var.index()])).sum()
    }
}

fn sum(terms: &[Term], values: &[u32]) -> i64 {
    terms.iter().map(|term| i64::from(term.weight) * i64::from(values[term.var.index()])).sum()
}
