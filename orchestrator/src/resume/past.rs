//! What a dead run had told, as far as its journal knows: the report goes on from there, so that it is one of the whole run.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::model::Components;
use shared::wire::Stage;

use crate::dispatch::{Fact, Next, Who};
use crate::journal::{AttemptName, Entry, Record};
use crate::supervise::Outcome;
use crate::watch::{Host, PeakSource};

/// The facts behind the entries, each with its time.
pub(super) fn facts(entries: &[Entry]) -> Vec<(Duration, Fact)> {
    let mut past = Past::default();
    let of = |entry: &Entry| {
        let at = Duration::from_millis(entry.at_ms);
        past.facts(at, &entry.record).into_iter().map(|fact| (at, fact)).collect::<Vec<_>>()
    };
    entries.iter().flat_map(of).collect()
}

#[derive(Default)]
struct Past {
    stages: BTreeMap<String, Stage>,
    /// When the current attempt at a job was begun.
    began: BTreeMap<String, Duration>,
}

impl Past {
    fn facts(&mut self, at: Duration, record: &Record) -> Vec<Fact> {
        match record {
            Record::JobPlanned { stage, job, .. } | Record::Adopted { stage, job, .. } => {
                self.stages.insert(job.clone(), *stage);
            }
            Record::Reserved { name, allotment } => {
                return self.begun(at, name, Bytes(*allotment)).into_iter().collect();
            }
            Record::Reaped { name, peak, freed, .. } => return self.reaped(at, name, Bytes(*peak), Bytes(*freed)),
            Record::Verdict { stage, accepted, .. } => {
                let (stage, accepted, components) = (*stage, *accepted, Components::default());
                return vec![Fact::Verdict { stage, accepted, components }];
            }
            _ => {}
        }
        Vec::new()
    }

    fn who(&self, name: &AttemptName) -> Option<Who> {
        Some(Who { stage: *self.stages.get(&name.job)?, job: name.job.clone(), attempt: name.attempt })
    }

    /// Told of the moment before its process was started: whether it was is written down later, or never.
    fn begun(&mut self, at: Duration, name: &AttemptName, allotment: Bytes) -> Option<Fact> {
        let who = self.who(name)?;
        self.began.insert(name.job.clone(), at);
        Some(Fact::Spawned { who, pid: 0, allotment, threads: 0, effort: None, time: None })
    }

    fn reaped(&mut self, at: Duration, name: &AttemptName, peak: Bytes, freed: Bytes) -> Vec<Fact> {
        let Some(who) = self.who(name) else { return Vec::new() };
        let lasted = at.saturating_sub(self.began.get(&name.job).copied().unwrap_or(at));
        let (residual, took, host) = (Bytes(0), Duration::ZERO, Host::default());
        let (host_before, host_after) = (host, host);
        // Its row was written when it ended, with the true outcome.
        let ended = Fact::Ended { who: who.clone(), outcome: Outcome::Cancelled, next: Next::Accepted };
        vec![
            Fact::Freed {
                who,
                freed,
                residual,
                peak,
                peak_source: PeakSource::Sampled,
                took,
                lasted,
                host_before,
                host_after,
            },
            ended,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_nobody_saw_end_stays_open() {
        let name = |attempt| AttemptName { job: "evolve".to_owned(), attempt };
        let spawned = |attempt| Record::Spawned { name: name(attempt), pid: 7, started: 1 };
        let records = [
            Record::JobPlanned { stage: Stage::Evolve, job: "evolve".to_owned(), wave: 0 },
            Record::Reserved { name: name(1), allotment: 90 },
            spawned(1),
            Record::Reaped { name: name(1), outcome: "crash".to_owned(), peak: 50, freed: 40 },
            Record::Reserved { name: name(2), allotment: 95 },
            spawned(2),
        ];
        let entry = |(sequence, record)| Entry { sequence, at_ms: 10 * sequence, record };
        let entries: Vec<Entry> = (0..).zip(records).map(entry).collect();
        let told: Vec<String> = facts(&entries).into_iter().map(|(at, fact)| format!("{at:?} {fact:?}")).collect();
        assert_eq!(told.len(), 4, "{told:#?}");
        assert!(told[0].starts_with("10ms Spawned") && told[0].contains("allotment: Bytes(90)"), "{}", told[0]);
        assert!(told[1].starts_with("30ms Freed") && told[1].contains("lasted: 20ms"), "{}", told[1]);
        assert!(told[3].starts_with("40ms Spawned") && told[3].contains("attempt: 2"), "{}", told[3]);
    }
}
