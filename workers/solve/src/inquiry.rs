//! Questions to the built-in engine from outside of a stage: is a model possible while some of its Booleans hold, and if not, which of
//! them stand against each other? It is deterministic, and its work is counted.

use std::path::Path;

use shared::wire::Stage;
use shared::worker::{Context, WorkerArgs};

use crate::engine::{Answer, Engine as _, Pumpkin, Question};
use crate::meter::Meter;
use crate::model::{Model, Var};

/// What an inquiry finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A value for each variable of the model. They have been looked at: all constraints are obeyed.
    Possible(Vec<u32>),
    /// Impossible, because of these of the Booleans that were to hold. Others may do as well, and some may not be needed.
    Impossible(Vec<Var>),
    /// The work given did not suffice.
    Unknown,
}

/// A model with the engine that is asked about it. What is learnt from one question is known at the next.
#[derive(Debug)]
pub struct Inquiry<'m> {
    model: &'m Model,
    engine: Pumpkin,
    context: Context,
}

impl<'m> Inquiry<'m> {
    /// Begins one.
    pub fn of(model: &'m Model) -> Self {
        let mut args = WorkerArgs::new(Stage::Solve, "inquiry", 1, Path::new("."));
        args.effort = Some(1.0);
        Self { model, engine: Pumpkin::new(model, 1), context: Context::alone(args) }
    }

    /// Values to try first, one for each variable of the model.
    pub fn prefer(&mut self, values: &[u32]) {
        self.engine.prefer(values);
    }

    /// Asks whether the model is possible while these Booleans are 1, with that much work at most, which is reduced by what is done.
    /// A unit takes some microseconds.
    pub fn ask(&mut self, hold: &[Var], work: &mut u64) -> Finding {
        let mut meter = Meter::with_limit(&self.context, *work);
        let answer = self.engine.ask(Question { at_most: None, fixed: hold }, &mut meter);
        *work = work.saturating_sub(meter.done());
        match answer {
            Answer::Solution(values) | Answer::Least(values) => {
                let holds = hold.iter().all(|var| values[var.index()] == 1);
                assert!(holds && self.model.is_obeyed_by(&values), "the engine's answer breaks the model");
                Finding::Possible(values)
            }
            Answer::Impossible => Finding::Impossible(self.engine.core().to_vec()),
            Answer::Unknown => Finding::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Constraint;

    /// Three pigeons, two holes, a fourth that is never asked about.
    #[test]
    fn what_stands_against_each_other_is_named() {
        let mut model = Model::default();
        let pigeons: Vec<(Var, [Var; 2])> = (0..4).map(|_| (model.var(1), [model.var(1), model.var(1)])).collect();
        for (is_there, holes) in &pigeons {
            model.post(Constraint::Clause(vec![is_there.fails(), holes[0].holds(), holes[1].holds()]));
        }
        for hole in 0..2 {
            model.post(Constraint::AtMostOne(pigeons[..3].iter().map(|(_, holes)| holes[hole]).collect()));
        }
        let all: Vec<Var> = pigeons.iter().map(|(is_there, _)| *is_there).collect();
        let mut inquiry = Inquiry::of(&model);
        let mut work = 100_000;
        assert!(matches!(inquiry.ask(&all[..2], &mut work), Finding::Possible(_)));
        let Finding::Impossible(mut core) = inquiry.ask(&all, &mut work) else { panic!("three do not fit") };
        core.sort_unstable();
        assert_eq!(core, all[..3]);
        assert!(matches!(inquiry.ask(&all[1..], &mut work), Finding::Possible(_)), "it takes the next question");
        assert!(work < 100_000, "work is counted");
        assert_eq!(Inquiry::of(&model).ask(&all, &mut 0), Finding::Unknown);
    }
}
