//! What each stage has brought, in words and as objects: from the guide's timetable to the last one that went forward.

use serde_json::{Value, json};
use shared::model::Cost;

use super::line::cost;
use crate::plan::Gain;

/// The words about a sweep that is over.
pub(super) fn of_sweep(gain: &Gain, goes_on: bool) -> String {
    let then = if goes_on { "other clusters next" } else { "that was the last one" };
    format!("{}: {} → {} · {then}", name(gain), cost(gain.before), cost(gain.after))
}

/// The way of the violations and of the cost, a line each; of violations only where there were any, and of a cost where there
/// was one.
pub(super) fn chains(gains: &[Gain]) -> Vec<String> {
    let chain = |head: &str, of: fn(Cost) -> u64| {
        let first = gains.first().map(|gain| ("guide".to_owned(), of(gain.before)));
        let steps: Vec<_> = first.into_iter().chain(gains.iter().map(|gain| (name(gain), of(gain.after)))).collect();
        let is_any = steps.iter().any(|(_, count)| *count > 0);
        let words: Vec<String> = steps.into_iter().map(|(name, count)| format!("{name} {count}")).collect();
        is_any.then(|| format!("{head}: {}", words.join(" → ")))
    };
    chain("violations", Cost::violations).into_iter().chain(chain("cost", |cost| cost.soft)).collect()
}

/// One gain as an object.
pub(super) fn object(gain: &Gain) -> Value {
    let of = |cost: Cost| json!({ "hard": cost.hard, "unplaced": cost.unplaced, "cost": cost.soft });
    json!({
        "stage": gain.stage.name(), "label": gain.stage.label(), "sweep": gain.sweep.map(|sweep| sweep + 1),
        "before": of(gain.before), "after": of(gain.after),
    })
}

fn name(gain: &Gain) -> String {
    match gain.sweep {
        Some(sweep) => format!("sweep {}", sweep + 1),
        None => gain.stage.label().unwrap_or(gain.stage.name()).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use shared::wire::Stage;

    use super::*;

    fn gains() -> Vec<Gain> {
        let of = |hard, unplaced, soft| Cost { hard, unplaced, soft };
        let costs = [of(818, 4, 900), of(369, 0, 800), of(250, 0, 790), of(12, 0, 300)];
        let who = [(Stage::Solve, Some(0)), (Stage::Solve, Some(1)), (Stage::Evolve, None)];
        who.into_iter()
            .zip(costs.windows(2))
            .map(|((stage, sweep), pair)| Gain { stage, sweep, before: pair[0], after: pair[1] })
            .collect()
    }

    #[test]
    fn the_way_of_a_timetable_in_words() {
        let gains = gains();
        let expected = "sweep 1: 818 hard · 4 unplaced · cost 900 → 369 hard · cost 800 · other clusters next";
        assert_eq!(of_sweep(&gains[0], true), expected);
        assert!(of_sweep(&gains[1], false).ends_with("that was the last one"));
        let expected = [
            "violations: guide 822 → sweep 1 369 → sweep 2 250 → STAGE2B 12",
            "cost: guide 900 → sweep 1 800 → sweep 2 790 → STAGE2B 300",
        ];
        assert_eq!(chains(&gains), expected);
    }

    #[test]
    fn what_was_never_wrong_is_not_told() {
        let cost = |soft| Cost { soft, ..Cost::default() };
        let gain = Gain { stage: Stage::Resolve, sweep: None, before: cost(9), after: cost(7) };
        assert_eq!(chains(&[gain]), ["cost: guide 9 → STAGE3 7"]);
        assert_eq!(chains(&[]), Vec::<String>::new());
        let gain = Gain { before: cost(0), after: cost(0), ..gain };
        assert_eq!(chains(&[gain]), Vec::<String>::new());
    }
}
