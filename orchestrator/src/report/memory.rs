//! Who held how much, over time: `memory.tsv`. Memory is looked at up to a thousand times a second; a row is worth its place when some
//! time has passed since the last one, the more the longer the run, or when more is held than ever before.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::Stage;

use crate::dispatch::DeviceFact;
use crate::policy::Situation;

/// The first line of `memory.tsv`. Sizes are bytes; `who` is a stage, `pipeline`, `host` or, for what STAGE2B holds of it, `device`.
pub(super) const HEADER: &str = "t_ms\twho\theld\tlimit";

/// Looks are told no nearer to one another, …
const EVERY_LEAST: Duration = Duration::from_millis(20);
/// … nor than this part of the run: a day takes some thousand looks, a second fifty.
const EVERY_PART: u32 = 500;

/// Remembers what was told.
#[derive(Debug, Default)]
pub(super) struct MemoryLog {
    last: Option<Duration>,
    most: Bytes,
}

impl MemoryLog {
    /// The rows of a look, between line feeds; nothing when it is not worth a row. `limit` is what the pipeline stays below, `workers` are
    /// the stage, charge and allotment of each.
    pub(super) fn rows(
        &mut self,
        at: Duration,
        situation: &Situation,
        limit: Bytes,
        workers: impl Iterator<Item = (Stage, Bytes, Bytes)>,
    ) -> Option<String> {
        let pipeline = situation.pipeline();
        let every = (at / EVERY_PART).max(EVERY_LEAST);
        let is_time = self.last.is_none_or(|last| at.saturating_sub(last) >= every);
        // A sixteenth more: a worker that grows steadily is not told at each look.
        let is_peak = pipeline > self.most + Bytes(self.most.0 / 16);
        if !is_time && !is_peak {
            return None;
        }
        self.last = Some(at);
        self.most = self.most.max(pipeline);
        let mut stages: BTreeMap<Stage, (Bytes, Bytes)> = BTreeMap::new();
        for (stage, charge, allotment) in workers {
            let sums = stages.entry(stage).or_default();
            *sums = (sums.0 + charge, sums.1 + allotment);
        }
        let ms = at.as_millis();
        let row = |who: &str, held: Bytes, limit: Bytes| format!("{ms}\t{who}\t{}\t{}", held.0, limit.0);
        let whole = [row("pipeline", pipeline, limit), row("host", situation.host_used, situation.host_limit)];
        let stages = stages.into_iter().map(|(stage, (charge, allotment))| row(stage.name(), charge, allotment));
        Some(whole.into_iter().chain(stages).collect::<Vec<_>>().join("\n"))
    }
}

/// The row of a look at the device that STAGE2B works on, where it can be told what that holds.
pub(super) fn device_row(at: Duration, fact: &DeviceFact) -> Option<String> {
    let DeviceFact::Held { share: Some(share), cap, .. } = fact else { return None };
    Some(format!("{}\tdevice\t{}\t{}", at.as_millis(), share.0, cap.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(charges: u64) -> Situation {
        Situation {
            kept: Bytes(0),
            capacity: Bytes(1000),
            host_limit: Bytes(2000),
            host_used: Bytes(900),
            orchestrator: Bytes(5),
            tmpfs: Bytes(0),
            charges: Bytes(charges),
        }
    }

    #[test]
    fn a_look_has_a_row_for_the_whole_and_one_for_each_stage() {
        let workers = [(Stage::Solve, Bytes(30), Bytes(50)), (Stage::Solve, Bytes(10), Bytes(50))];
        let rows = MemoryLog::default().rows(Duration::from_millis(7), &situation(40), Bytes(700), workers.into_iter());
        assert_eq!(rows.unwrap(), "7\tpipeline\t45\t700\n7\thost\t900\t2000\n7\tsolve\t40\t100");
    }

    #[test]
    fn looks_are_told_more_rarely_in_a_longer_run_but_no_peak_is_missed() {
        let mut log = MemoryLog::default();
        let mut is_told = |ms, charges| {
            log.rows(Duration::from_millis(ms), &situation(charges), Bytes(700), std::iter::empty()).is_some()
        };
        assert_eq!(
            [(0, 40), (5, 40), (6, 90), (7, 91), (30, 40)].map(|(ms, charges)| is_told(ms, charges)),
            [true, false, true, false, true]
        );
        assert_eq!(
            [(100_000, 40), (100_100, 40), (100_300, 40)].map(|(ms, charges)| is_told(ms, charges)),
            [true, false, true]
        );
    }
}
