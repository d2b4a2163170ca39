//! What follows from an out-of-memory: more memory while there is more, then a smaller job, then none.

use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::Stage;
use shared::worker::Setting;

use super::Fact;
use super::event::Command;
use super::retry::Verdict;
use super::state::{Live, State};
use crate::plan::JobId;
use crate::policy::{Budget, Need, Rung, after_out_of_memory, rungs};

impl State {
    /// Gives the next attempt more memory, if `verdict` has patience left for that and there is more; else takes it one rung
    /// down the ladder.
    pub(super) fn more_memory_or_less_work(
        &mut self,
        live: &Live,
        verdict: Verdict,
        commands: &mut Vec<Command>,
    ) -> Verdict {
        let most = self.most_for(live.who.stage);
        if matches!(verdict, Verdict::Again { .. })
            && let Some(need) = after_out_of_memory(live.allotment, live.peak, most)
        {
            self.history(live.job).need = Some(need);
            return verdict;
        }
        let taken = self.history(live.job).rung;
        let Some(rung) = self.rungs_of(live.job).get(taken).copied() else { return Verdict::GiveUp };
        let wish = live.allotment.min(most);
        let history = self.history(live.job);
        (history.rung, history.need) = (taken + 1, Some(Need { least: live.granted.min(wish), wish }));
        if rung.changes_result() {
            // What was saved is of the larger job.
            self.forget_checkpoint(live.job, commands);
            self.irreproducible("degraded");
        }
        commands.push(Command::Tell(Fact::Degraded { who: live.who.clone(), rung }));
        Verdict::Again { pause: Duration::ZERO }
    }

    /// All that the budget of a stage can give while nobody else runs, or what the user allows it.
    pub(super) fn most_for(&self, stage: Stage) -> Bytes {
        let budget = Budget::new(self.governor.thresholds(), stage, &self.look.situation).bytes();
        self.rules.stage_memory.get(&stage).map_or(budget, |most| budget.min(*most))
    }

    /// The ladder of a job, without the rungs that it stands below already by a setting of the user.
    pub(super) fn rungs_of(&self, job: JobId) -> Vec<Rung> {
        let work = self.graph.work(job);
        let is_smaller = |rung: &Rung| {
            let Some(Setting { key, value }) = rung.setting() else { return true };
            let number = |text: &str| text.parse::<u32>().ok();
            let mut own = self.rules.recipe.of_workers.iter().filter(|(_, setting)| setting.key == key);
            let Some((_, own)) = own.next_back() else { return true };
            let (own, rung_value) = (number(&own.value), number(&value));
            if matches!(rung, Rung::Parts(_)) { rung_value > own } else { rung_value < own }
        };
        rungs(work.stage(), self.threads_of(work)).into_iter().filter(is_smaller).collect()
    }

    /// The rungs that a job has taken.
    pub(super) fn rungs_taken(&self, job: JobId) -> Vec<Rung> {
        let taken = self.histories.get(&job).map_or(0, |history| history.rung);
        let mut rungs = if taken == 0 { Vec::new() } else { self.rungs_of(job) };
        rungs.truncate(taken);
        rungs
    }
}
