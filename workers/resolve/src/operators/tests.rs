//! What every operator must hold to: its change is the full recount's, undoing restores the blob bit for bit, classes are
//! all in again, no violation is made while polishing, and its work is counted and bounded.

use proptest::prelude::*;
use search::{State, Thresholds};
use shared::model::cost::recount;

use super::{Call, Operator, Proposal, Scratch};
use crate::emphasis::Emphasis;
use crate::random::Random;
use crate::testing::{grid, random_instance, scattered};
use crate::transaction::{Log, Transaction};

/// No call of an operator may take longer than this, in units of one evaluation, on the small instances here.
const UNITS_MOST: u64 = 20_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn changes_are_exact_and_can_be_taken_back(seed in 0_u64..1_000_000) {
        let instance = random_instance(seed);
        let grid = grid(&instance);
        let mut state = State::new(&grid, &scattered(&instance, seed));
        let mut random = Random::new(seed, 3);
        let (mut log, mut scratch, mut emphasis) = (Log::default(), Scratch::default(), Emphasis::none(&grid));
        let thresholds = Thresholds::new(4.0);
        for turn in 0..160 {
            if turn % 20 == 19 {
                emphasis.shift(&state.view(&grid));
            }
            let operator = Operator::ALL[random.below(Operator::ALL.len())];
            let keep = random.below(2) == 0;
            let before = state.clone();
            let mut view = state.view(&grid);
            let (hard, soft, extra) = (view.hard(), view.soft(), emphasis.total(&view));
            let mut call = Call {
                target: random.below(grid.classes),
                limit: 100,
                record: i32::MIN / 2,
                repairing: true,
                ruin_size: 2 + turn % 7,
                thresholds: &thresholds,
                random: &mut random,
                scratch: &mut scratch,
            };
            let mut steps = Transaction::new(&mut view, &mut log, &emphasis);
            let proposal = operator.propose(&mut steps, &mut call);
            prop_assert!(steps.evaluations() <= UNITS_MOST, "{operator:?} made {} evaluations", steps.evaluations());
            if proposal == Proposal::Nothing || !keep {
                steps.undo();
                prop_assert_eq!(&state, &before, "{:?} was undone", operator);
                continue;
            }
            let (change, worth) = (steps.change(), steps.worth());
            steps.commit();
            prop_assert_eq!((view.hard(), view.soft()), (hard + change.hard, soft + change.soft), "{:?}", operator);
            let now = emphasis.total(&view);
            prop_assert_eq!(worth, change.weighted(grid.weights.hard) + now - extra, "{:?}", operator);
            let timetable = view.timetable();
            let counted = recount(&instance, &timetable).priced();
            prop_assert_eq!((counted.hard, counted.soft), (view.hard() as u64, view.soft() as u64), "{:?}", operator);
            prop_assert_eq!(&State::new(&grid, &timetable), &state, "{:?} left stale counters", operator);
        }
    }
}

#[test]
fn operators_find_something_to_do() {
    let instance = random_instance(5);
    let grid = grid(&instance);
    let emphasis = Emphasis::none(&grid);
    let thresholds = Thresholds::new(4.0);
    for operator in Operator::ALL {
        let mut state = State::new(&grid, &scattered(&instance, 5));
        let mut random = Random::new(5, 1);
        let (mut log, mut scratch) = (Log::default(), Scratch::default());
        let before = state.view(&grid).weighted();
        for _ in 0..60 {
            let mut view = state.view(&grid);
            let mut call = Call {
                target: random.below(grid.classes),
                limit: 0,
                record: i32::MIN / 2,
                repairing: true,
                ruin_size: 5,
                thresholds: &thresholds,
                random: &mut random,
                scratch: &mut scratch,
            };
            let mut steps = Transaction::new(&mut view, &mut log, &emphasis);
            match operator.propose(&mut steps, &mut call) {
                Proposal::Whole if steps.worth() <= 0 => steps.commit(),
                Proposal::Settled => steps.commit(),
                _ => steps.undo(),
            };
        }
        let after = state.view(&grid).weighted();
        assert!(after < before, "{operator:?}: {before} → {after}");
    }
}
