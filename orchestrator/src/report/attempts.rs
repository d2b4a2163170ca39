//! One row for each attempt: `attempts.tsv`.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::exit::Exit;

use crate::dispatch::{Fact, Who};
use crate::supervise::Outcome;

/// The first line of `attempts.tsv`. Sizes are bytes.
pub(super) const HEADER: &str = "job\tattempt\tstage\tstart_ms\twall_ms\toutcome\tallotment\tpeak\tfreed\texit";

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
    was_killed: bool,
}

impl Attempts {
    /// Takes note of a fact; returns the row of an attempt that it completes: reaped and judged, in either order.
    pub(super) fn note(&mut self, at: Duration, fact: &Fact) -> Option<String> {
        let who = match fact {
            Fact::Spawned { who, allotment, .. } => {
                let (peak, freed) = (Bytes(0), Bytes(0));
                let row =
                    Row { start: at, wall: None, outcome: None, allotment: *allotment, peak, freed, was_killed: false };
                self.open.insert(who.clone(), row);
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
            Fact::Killed { .. } => row.was_killed = true,
            Fact::Freed { peak, freed, lasted, .. } => {
                (row.peak, row.freed, row.wall) = (*peak, *freed, Some(*lasted));
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
    fn text(&self, who: &Who) -> String {
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
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
        )
    }

    /// How the process ended: a code, a signal, or `-` where nobody can tell.
    fn exit(&self) -> String {
        let code = |exit: Exit| exit.code().to_string();
        match &self.outcome {
            Some(Outcome::Crash { death, .. }) if !self.was_killed => death.to_string().replace("exit ", ""),
            _ if self.was_killed => "SIGKILL".to_owned(),
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
    use crate::dispatch::{KillReason, Next};
    use crate::supervise::Death;
    use crate::watch::{Host, PeakSource};

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
            assert_eq!(row, "solve.3\t1\tsolve\t12\t40\tsealed\t1500\t900\t800\t0");
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
            charge: Bytes(0),
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
            .map(|row| row.rsplit('\t').next().unwrap().to_owned())
            .collect();
        assert_eq!(exits, ["SIGKILL", "101", "SIGSEGV"]);
        assert_eq!(attempts.rest(), ["solve.3\t4\tsolve\t0\t-\t-\t1000\t0\t0\t-"]);
    }
}
