//! The degradation ladder: how a job becomes smaller when there is no more memory to give it. One rung for each
//! out-of-memory, the cheapest first; behind the last one the job is given up and its input goes forward.

use std::fmt;

use shared::wire::Stage;
use shared::worker::Setting;

/// One rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// Work on one thread: the same result, later.
    OneThread,
    /// Solve the cluster in so many pieces, one after the other.
    Parts(u32),
    /// Anneal so few timetables together.
    Population(u32),
    /// Search so few times side by side.
    Streams(u32),
}

impl Rung {
    /// Whether the result is another one than without it.
    pub fn changes_result(self) -> bool {
        self != Self::OneThread
    }

    /// What the worker is told.
    pub fn setting(self) -> Option<Setting> {
        let of = |key: &str, value: u32| Some(Setting { key: key.to_owned(), value: value.to_string() });
        match self {
            Self::OneThread => None,
            Self::Parts(count) => of("solve.parts", count),
            Self::Population(count) => of("evolve.population", count),
            Self::Streams(count) => of("resolve.streams", count),
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneThread => out.write_str("one thread"),
            Self::Parts(count) => write!(out, "its cluster in {count} pieces"),
            Self::Population(count) => write!(out, "a population of {count}"),
            Self::Streams(1) => out.write_str("one search instead of several"),
            Self::Streams(count) => write!(out, "{count} searches"),
        }
    }
}

/// The rungs of a job of that stage which would start with so many threads, from the top.
pub fn rungs(stage: Stage, threads: u32) -> Vec<Rung> {
    let smaller: &[Rung] = match stage {
        Stage::Solve => &[Rung::Parts(2), Rung::Parts(4)],
        Stage::Evolve => &[Rung::Population(4), Rung::Population(2), Rung::Population(1)],
        Stage::Resolve => &[Rung::Streams(1)],
        Stage::Load
        | Stage::Cluster
        | Stage::Commit
        | Stage::Audit
        | Stage::Export
        | Stage::GpuProbe
        | Stage::Report => &[],
    };
    let takes_threads = matches!(stage, Stage::Cluster | Stage::Solve | Stage::Evolve | Stage::Resolve);
    let first = (takes_threads && threads > 1).then_some(Rung::OneThread);
    first.into_iter().chain(smaller.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_of_each_stage() {
        let words = |stage, threads| {
            let rungs: Vec<String> = rungs(stage, threads).iter().map(ToString::to_string).collect();
            rungs.join(", ")
        };
        let table = [
            (Stage::Solve, 2, "one thread, its cluster in 2 pieces, its cluster in 4 pieces"),
            (Stage::Solve, 1, "its cluster in 2 pieces, its cluster in 4 pieces"),
            (Stage::Evolve, 1, "a population of 4, a population of 2, a population of 1"),
            (Stage::Resolve, 8, "one thread, one search instead of several"),
            (Stage::Cluster, 2, "one thread"),
            (Stage::Cluster, 1, ""),
            (Stage::Export, 8, ""),
        ];
        for (stage, threads, expected) in table {
            assert_eq!(words(stage, threads), expected, "{stage} with {threads}");
        }
    }

    #[test]
    fn only_threads_leave_the_result_as_it_is() {
        for rung in rungs(Stage::Solve, 2) {
            assert_eq!(rung.setting().is_some(), rung.changes_result(), "{rung}");
        }
    }
}
