//! The one line that tells what the stage did.

use crate::crew::{Streaming, Use};

/// What there is to tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Story {
    /// Hard violations and soft cost at the start.
    pub(crate) before: (i32, i32),
    /// And at the end.
    pub(crate) after: (i32, i32),
    /// Evaluations made.
    pub(crate) evaluations: u64,
}

impl Story {
    /// The line.
    pub(crate) fn tell<'g, S: Streaming<'g>>(&self, streams: &[S]) -> String {
        let Self { before, after, evaluations } = self;
        let hard = if before.0 > 0 { format!("{} → {} hard conflicts, ", before.0, after.0) } else { String::new() };
        let policy = match streams.first().and_then(S::policy_share) {
            Some((share, true)) => format!(", policy share {share:.1} (cut by the guard)"),
            Some((share, false)) => format!(", policy share {share:.1}"),
            None => String::new(),
        };
        format!(
            "rl: {hard}cost {} → {}, {:.1}M evaluations{policy}, best operators {}",
            before.1,
            after.1,
            *evaluations as f64 / 1e6,
            best_operators(streams)
        )
    }
}

/// The operators that made most of the new bests, or, where there were none, most of the calls.
fn best_operators<'g, S: Streaming<'g>>(streams: &[S]) -> String {
    let names: Vec<&str> = streams.iter().take(1).flat_map(S::uses).map(|(name, _)| name).collect();
    let sum = |of: fn(&Use) -> u64| -> Vec<u64> {
        let of_all = |index: usize| streams.iter().filter_map(move |stream| stream.uses().nth(index));
        (0..names.len()).map(|index| of_all(index).map(|(_, used)| of(&used)).sum()).collect()
    };
    let records = sum(|used| used.records);
    let counted = if records.iter().all(|count| *count == 0) { sum(|used| used.calls) } else { records };
    let whole = counted.iter().sum::<u64>().max(1);
    let mut shares: Vec<(u64, usize)> = counted.into_iter().zip(0..).filter(|(count, _)| *count > 0).collect();
    shares.sort_by_key(|(count, index)| (std::cmp::Reverse(*count), *index));
    let named: Vec<String> =
        shares.iter().take(3).map(|(count, index)| format!("{} {} %", names[*index], 100 * count / whole)).collect();
    if named.is_empty() { "none".to_owned() } else { named.join(", ") }
}
