//! One row for each attempt: `attempts.tsv`.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::exit::Exit;

use crate::dispatch::{Fact, KillReason, Who};
use crate::supervise::Outcome;
use crate::watch::PeakSource;

/// The first line of `attempts.tsv`. Sizes are bytes.
pub(super) const HEADER: &str = "job\tattempt\tstage\tstart_ms\twall_ms\toutcome\tallotment\tpeak\tfreed\texit\
                                  \tresidual\trelease_ms\tpeak_source\tkilled_by\twhy\tcharge";

/// Attempts whose row is not written yet.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    open: BTreeMap<Who, Row>,
}

#[derive(Debug)]
struct Row {
    start: Duration,
    wall: Option<Duration>,
    outcome: Option<Outcome>,
    allotment: Bytes,
    peak: Bytes,
    freed: Bytes,
    residual: Bytes,
    release: Duration,
    peak_source: PeakSource,
    /// Why, and what it held then.
    killed: Option<(KillReason, Bytes)>,
}

impl Attempts {
    /// Takes note of a fact; returns the row of an attempt that it completes: reaped and judged, in either order.
    pub(super) fn note(&mut self, at: Duration, fact: &Fact) -> Option<String> {
        let who = match fact {
            Fact::Spawned { who, allotment, .. } => {
                self.open.insert(who.clone(), Row::new(at, *allotment));
                return None;
            }
            Fact::Enlarged { who, .. }
            | Fact::Killed { who, .. }
            | Fact::Freed { who, .. }
            | Fact::Ended { who, .. } => who,
            _ => return None,
        };
        let row = self.open.get_mut(who)?;
        match fact {
            Fact::Enlarged { to, .. } => row.allotment = *to,
            Fact::Killed { why, charge, .. } => row.killed = Some((*why, *charge)),
            Fact::Freed { peak, peak_source, freed, residual, took, lasted, .. } => {
                (row.peak, row.peak_source, row.wall) = (*peak, *peak_source, Some(*lasted));
                (row.freed, row.residual, row.release) = (*freed, *residual, *took);
            }
            Fact::Ended { outcome, .. } => row.outcome = Some(outcome.clone()),
            _ => {}
        }
        let is_whole = row.wall.is_some() && row.outcome.is_some();
        if is_whole { self.open.remove_entry(who).map(|(who, row)| row.text(&who)) } else { None }
    }

    /// The rows of the attempts that never were completed, at the end of the run.
    pub(super) fn rest(&mut self) -> Vec<String> {
        std::mem::take(&mut self.open).iter().map(|(who, row)| row.text(who)).collect()
    }
}

impl Row {
    fn new(start: Duration, allotment: Bytes) -> Self {
        Self {
            start,
            wall: None,
            outcome: None,
            allotment,
            peak: Bytes(0),
            freed: Bytes(0),
            residual: Bytes(0),
            release: Duration::ZERO,
            peak_source: PeakSource::default(),
            killed: None,
        }
    }

    fn text(&self, who: &Who) -> String {
        let (killed_by, why, charge) = self
            .killed
            .map_or(("-", "-", "-".to_owned()), |(why, charge)| (why.killer(), why.name(), charge.0.to_string()));
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{killed_by}\t{why}\t{charge}",
            who.job,
            who.attempt,
            who.stage,
            self.start.as_millis(),
            self.wall.map_or_else(|| "-".to_owned(), |wall| wall.as_millis().to_string()),
            self.outcome.as_ref().map_or("-", Outcome::name),
            self.allotment.0,
            self.peak.0,
            self.freed.0,
            self.exit(),
            self.residual.0,
            self.release.as_millis(),
            self.peak_source.name(),
        )
    }

    /// How the process ended: a code, a signal, or `-` where nobody can tell.
    fn exit(&self) -> String {
        let code = |exit: Exit| exit.code().to_string();
        match &self.outcome {
            Some(Outcome::Crash { death, .. }) if self.killed.is_none() => death.to_string().replace("exit ", ""),
            _ if self.killed.is_some() => "SIGKILL".to_owned(),
            Some(Outcome::Sealed) => code(Exit::Complete),
            Some(Outcome::BadInput) => code(Exit::BadInput),
            Some(Outcome::NoInput) => code(Exit::NoInput),
            Some(Outcome::Infeasible) => code(Exit::Infeasible),
            Some(Outcome::OomAllotment) => code(Exit::OutOfMemory),
            Some(Outcome::Io { .. }) => code(Exit::Io),
            Some(Outcome::Cancelled) => code(Exit::Locked),
            _ => "-".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::wire::Stage;

    use super::*;
    use crate::dispatch::Next;
    use crate::supervise::Death;
    use crate::watch::Host;

    fn who(attempt: u32) -> Who {
        Who { stage: Stage::Solve, job: "solve.3".to_owned(), attempt }
    }

    fn spawned(attempt: u32) -> Fact {
        let (pid, allotment, threads) = (7, Bytes(1000), 1);
        Fact::Spawned { who: who(attempt), pid, allotment, threads, effort: None, time: None }
    }

    fn freed(attempt: u32) -> Fact {
        Fact::Freed {
            peak_source: PeakSource::Sampled,
            who: who(attempt),
            freed: Bytes(800),
            residual: Bytes(0),
            peak: Bytes(900),
            took: Duration::ZERO,
            lasted: Duration::from_millis(40),
            host_before: Host::default(),
            host_after: Host::default(),
        }
    }

    fn ended(attempt: u32, outcome: Outcome) -> Fact {
        Fact::Ended { who: who(attempt), outcome, next: Next::Accepted }
    }

    #[test]
    fn a_row_is_written_once_it_is_whole_in_either_order() {
        for order in [[freed(1), ended(1, Outcome::Sealed)], [ended(1, Outcome::Sealed), freed(1)]] {
            let mut attempts = Attempts::default();
            let at = Duration::from_millis(12);
            assert_eq!(attempts.note(at, &spawned(1)), None);
            assert_eq!(attempts.note(at, &Fact::Enlarged { who: who(1), to: Bytes(1500) }), None);
            assert_eq!(attempts.note(at, &order[0]), None);
            let row = attempts.note(at, &order[1]).unwrap();
            assert_eq!(row, "solve.3\t1\tsolve\t12\t40\tsealed\t1500\t900\t800\t0\t0\t0\tsampled\t-\t-\t-");
            assert_eq!(row.split('\t').count(), HEADER.split('\t').count());
            assert_eq!(attempts.rest(), Vec::<String>::new());
        }
    }

    #[test]
    fn the_killed_and_the_crashed_say_by_what() {
        let mut attempts = Attempts::default();
        let killed = Fact::Killed {
            who: who(1),
            why: KillReason::OverAllotment,
            charge: Bytes(7),
            allotment: Bytes(0),
            largest: Vec::new(),
        };
        let crash = |death| Outcome::Crash { death, words: String::new() };
        let facts = [spawned(1), spawned(2), spawned(3), spawned(4), killed, freed(1), freed(2), freed(3)];
        assert!(facts.iter().all(|fact| attempts.note(Duration::ZERO, fact).is_none()));
        let ends = [(1, Outcome::OomAllotment), (2, crash(Death::Code(101))), (3, crash(Death::Signal(11)))];
        let exits: Vec<String> = ends
            .into_iter()
            .filter_map(|(attempt, outcome)| attempts.note(Duration::ZERO, &ended(attempt, outcome)))
            .map(|row| row.split('\t').skip(9).collect::<Vec<_>>().join(" "))
            .collect();
        let expected =
            ["SIGKILL 0 0 sampled orchestrator over_allotment 7", "101 0 0 sampled - - -", "SIGSEGV 0 0 sampled - - -"];
        assert_eq!(exits, expected);
        assert_eq!(attempts.rest(), ["solve.3\t4\tsolve\t0\t-\t-\t1000\t0\t0\t-\t0\t0\tsampled\t-\t-\t-"]);
    }
}
