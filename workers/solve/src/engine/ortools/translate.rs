//! From our model to that of CP-SAT, variable for variable.

use std::collections::BTreeMap;

use super::message::{self, Kind, Linear, Literals, Objective, Variable};
use crate::model::{Constraint, Literal, Model, Term, Var};

/// The model without anything to try first.
pub(super) fn model(model: &Model) -> message::Model {
    let variables = model.uppers().iter().map(|upper| domain(0, i64::from(*upper))).collect();
    let constraints = model.constraints().iter().map(|of| message::Constraint { kind: Some(kind(of)) }).collect();
    let (vars, weights) = weighted(model.objective());
    let objective = (!vars.is_empty()).then_some(Objective { vars, weights });
    message::Model { variables, constraints, objective, hint: None }
}

/// A variable from one value to another.
pub(super) fn domain(least: i64, most: i64) -> Variable {
    Variable { domain: vec![least, most] }
}

fn kind(constraint: &Constraint) -> Kind {
    match constraint {
        Constraint::AtMostOne(vars) => Kind::AtMostOne(all_of(vars)),
        Constraint::Exactly { vars, count: 1 } => Kind::ExactlyOne(all_of(vars)),
        Constraint::Exactly { vars, count } => {
            let weights = vec![1; vars.len()];
            Kind::Linear(Linear { vars: numbers(vars), weights, domain: vec![i64::from(*count); 2] })
        }
        Constraint::Clause(literals) => {
            Kind::Or(Literals { literals: literals.iter().copied().map(literal).collect() })
        }
        Constraint::AtMost { terms, bound } => {
            let (vars, weights) = weighted(terms);
            Kind::Linear(Linear { vars, weights, domain: vec![i64::MIN, i64::from(*bound)] })
        }
    }
}

fn number(var: Var) -> i32 {
    var.0 as i32
}

fn numbers(vars: &[Var]) -> Vec<i32> {
    vars.iter().map(|var| number(*var)).collect()
}

fn all_of(vars: &[Var]) -> Literals {
    Literals { literals: numbers(vars) }
}

fn literal(of: Literal) -> i32 {
    if of.holds { number(of.var) } else { -number(of.var) - 1 }
}

/// Variables and weights. CP-SAT refuses a variable that stands twice, so that its weights are added.
fn weighted(terms: &[Term]) -> (Vec<i32>, Vec<i64>) {
    let mut sums = BTreeMap::new();
    for term in terms {
        *sums.entry(number(term.var)).or_insert(0) += i64::from(term.weight);
    }
    sums.into_iter().unzip()
}
