//! What is planned behind a sweep of STAGE2A once the sweep is over: another one, or the searches over the whole timetable.
//!
//! The choice depends on what `commit` has counted before and after the sweep, so that a resumed run comes to the same one from
//! the same ledgers. Only the clock may say otherwise: then what the dead run had planned stands.

use std::time::Duration;

use shared::model::Cost;
use shared::model::partition::FanOut;
use shared::wire::Stage;

use super::Fact;
use super::event::Command;
use super::recall::Past;
use super::state::State;
use crate::plan::{Gain, Work, is_worth_another};

/// With less time than this another clustering alone would use up what is left.
const TIME_LEAST: Duration = Duration::from_millis(100);

/// What the header of an output says to those who plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The fan-out table, where it is a partition.
    pub(super) table: Option<FanOut>,
    /// What the timetable in it costs, where `commit` has counted that.
    pub(super) cost: Option<Cost>,
}

/// How many sweeps a dead run had planned.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SweepsBefore {
    /// So many at the least.
    count: u32,
    /// It had gone on behind them.
    was_over: bool,
}

impl Past {
    /// The sweeps that have left a trace.
    pub(super) fn sweeps(&self) -> SweepsBefore {
        let has_begun = |work: Work| self.jobs.get(&work.name()).is_some_and(|job| job.attempts > 0);
        let mut count = 0;
        while has_begun(Work::Cluster { sweep: count }) {
            count += 1;
        }
        let was_over = [Work::Evolve, Work::Resolve, Work::Export].into_iter().any(has_begun) && !self.was_interrupted;
        SweepsBefore { count, was_over }
    }
}

impl State {
    /// A clustering is done: the waves of its sweep are known.
    pub(super) fn fan_out(&mut self, now: Duration, table: FanOut) {
        self.graph.fan_out(&table);
        self.tables.push(table);
        let still = self.rules.sweeps.saturating_sub(self.tables.len() as u32) + 1;
        if let Some(shares) = &mut self.shares {
            shares.begin_sweep(now, still);
        }
    }

    /// Plans what stands behind the last job of a sweep, once that is settled.
    pub(super) fn plan_on(&mut self, now: Duration, commands: &mut Vec<Command>) {
        let Some(last) = self.graph.open_end().filter(|last| self.settled.contains(last)) else { return };
        let gain = self.gain_of(self.graph.work(last));
        let goes_on = gain.is_some_and(|gain| self.goes_on(now, gain));
        if let Some(gain) = gain {
            self.tally.gains.push(gain);
            commands.push(Command::Tell(Fact::SweepEnded { gain, goes_on }));
        }
        if goes_on {
            self.graph.sweep_again();
            // Each sweep is told of from its first worker to its last.
            self.stages.retain(|stage, _| !matches!(stage, Stage::Cluster | Stage::Commit | Stage::Solve));
        } else {
            self.graph.finish();
        }
    }

    /// What the sweep has brought that ends with that job; nothing where it did not come as far as a ledger of its own.
    fn gain_of(&mut self, last: Work) -> Option<Gain> {
        let before = self.timetables.before_sweep.take()?;
        let (Work::Commit { sweep, .. }, Some(after)) = (last, self.timetables.cost) else { return None };
        Some(Gain { stage: Stage::Solve, sweep: Some(sweep), before, after })
    }

    fn goes_on(&self, now: Duration, gain: Gain) -> bool {
        let sweeps = self.graph.sweeps();
        let is_over = self.is_winding_up() || self.timetables.are_waves_over || self.timetables.is_optimal;
        // One cluster that is the whole would only be made again.
        let are_others = self.tables.last().is_some_and(|table| table.clusters() > 1);
        let is_worth_it = are_others && is_worth_another(gain.before, gain.after);
        if is_over || sweeps >= self.rules.sweeps || !is_worth_it {
            return false;
        }
        let SweepsBefore { count, was_over } = self.sweeps_before;
        match self.shares {
            None => true,
            Some(_) if count > sweeps || was_over => count > sweeps,
            Some(shares) => shares.left_of_waves(now) >= TIME_LEAST,
        }
    }
}

#[cfg(test)]
#[path = "sweeps_tests.rs"]
mod tests;
