//! The best timetable so far, over time: `trace.tsv`.

use std::time::Duration;

use shared::model::Cost;
use shared::wire::Stage;

/// The first line of `trace.tsv`.
pub(super) const HEADER: &str = "t_ms\tstage\tviolations\tcost";

/// Remembers the best.
#[derive(Debug, Default)]
pub(super) struct Trace {
    best: Option<Cost>,
}

/// What a new best is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Its row of `trace.tsv`.
    pub(super) row: String,
    /// Whether it is the first without a violation.
    pub(super) is_first_feasible: bool,
}

impl Trace {
    /// Goes on behind the rows of a `trace.tsv`: the last one holds the best so far.
    pub(super) fn behind(rows: &str) -> Self {
        let best = rows.lines().last().and_then(|row| {
            let mut fields = row.split('\t').skip(2);
            let mut number = || fields.next()?.parse().ok();
            Some(Cost { hard: number()?, unplaced: 0, soft: number()? })
        });
        Self { best }
    }

    /// Takes note of a whole timetable of that cost; nothing when there was one as good.
    pub(super) fn better(&mut self, at: Duration, stage: Stage, cost: Cost) -> Option<Step> {
        if self.best.is_some_and(|best| best <= cost) {
            return None;
        }
        let is_first_feasible = cost.is_feasible() && !self.best.is_some_and(Cost::is_feasible);
        self.best = Some(cost);
        let row = format!("{}\t{}\t{}\t{}", at.as_millis(), super::line::tag(stage), cost.violations(), cost.soft);
        Some(Step { row, is_first_feasible })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_better_counts_and_violations_come_first() {
        let mut trace = Trace::default();
        let costs = [(0, 4, 9), (1, 2, 9), (1, 1, 9), (0, 0, 99), (0, 1, 5), (0, 0, 99), (0, 0, 7)];
        let rows: Vec<_> = costs
            .into_iter()
            .zip([5, 6, 7, 8, 9, 10, 11])
            .filter_map(|((hard, unplaced, soft), at)| {
                trace.better(Duration::from_millis(at), Stage::Commit, Cost { hard, unplaced, soft })
            })
            .map(|step| (step.row, step.is_first_feasible))
            .collect();
        let expected = [("5\tSTAGE2A\t4\t9", false), ("6\tSTAGE2A\t3\t9", false), ("7\tSTAGE2A\t2\t9", false)];
        let expected = expected.into_iter().chain([("8\tSTAGE2A\t0\t99", true), ("11\tSTAGE2A\t0\t7", false)]);
        assert_eq!(rows, expected.map(|(row, first)| (row.to_owned(), first)).collect::<Vec<_>>());
    }
    #[test]
    fn a_trace_goes_on_behind_its_last_row() {
        let mut trace = Trace::behind(&format!("{HEADER}\n5\tSTAGE2A\t4\t9\n8\tSTAGE2A\t0\t99\n"));
        let mut better = |soft| trace.better(Duration::ZERO, Stage::Evolve, Cost { hard: 0, unplaced: 0, soft });
        assert_eq!(better(99), None);
        assert_eq!(better(98).map(|step| step.is_first_feasible), Some(false));
        assert!(Trace::behind(HEADER).best.is_none());
    }
}
