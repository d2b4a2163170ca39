//! What every operator must hold to: its change is that of the state made anew, undoing restores it bit for bit, classes are all
//! in again, whoever is in violation can be found, and its work is counted and bounded.

use proptest::prelude::*;
use search::Thresholds;
use search::campus::State;

use super::{Call, Operator, Proposal, Scratch};
use crate::campus::board::Board;
use crate::campus::burden::Burden;
use crate::campus::problem;
use crate::campus::steps::{Log, Steps};
use crate::campus::testing::{random_campus, scattered};
use crate::random::Random;

/// No call of an operator may take longer than this, in units of one evaluation, on the small campuses here.
const UNITS_MOST: u64 = 20_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changes_are_exact_and_can_be_taken_back(seed in 0_u64..1_000_000) {
        let instance = random_campus(seed);
        let problem = problem(&instance).unwrap();
        let mut board = Board::new(&problem, State::new(&problem, &scattered(&instance, seed)));
        let mut random = Random::new(seed, 3);
        let (mut log, mut scratch, mut burden) = (Log::default(), Scratch::default(), Burden::none(problem.courses));
        let thresholds = Thresholds::new(4.0);
        for turn in 0..120 {
            let operator = Operator::ALL[random.below(Operator::ALL.len())];
            let is_kept = random.below(2) == 0;
            let before = board.state().clone();
            let target = problem.movable()[random.below(problem.movable().len())] as usize;
            let mut call = Call {
                target,
                limit: 30,
                record: i32::MIN / 2,
                ruin_size: 2 + turn % 7,
                thresholds: &thresholds,
                burden: &mut burden,
                random: &mut random,
                scratch: &mut scratch,
            };
            let mut steps = Steps::new(&mut board, &mut log);
            let proposal = operator.propose(&mut steps, &mut call);
            prop_assert!(steps.evaluations() <= UNITS_MOST, "{operator:?} made {} evaluations", steps.evaluations());
            let change = steps.change();
            if proposal == Proposal::Nothing || !is_kept {
                steps.undo_to(0);
                prop_assert_eq!(board.state(), &before, "{:?} was undone", operator);
            } else {
                let now = (before.hard() + change.hard, before.soft() + change.soft);
                prop_assert_eq!((board.state().hard(), board.state().soft()), now, "{:?}", operator);
            }
            let again = State::from_spots(&problem, board.state().spots());
            let anew = Board::new(&problem, again.expect("all are where they may be"));
            prop_assert_eq!(anew.seen(), board.seen(), "{:?} left something stale", operator);
            let is_any = (0..problem.classes).any(|class| board.state().price_of(&problem, class).hard > 0);
            let known = board.violated(&mut random);
            prop_assert_eq!(known.is_some(), is_any, "{:?} hid a violation", operator);
            prop_assert!(known.is_none_or(|class| board.state().price_of(&problem, class).hard > 0));
        }
    }
}

#[test]
fn operators_find_something_to_do() {
    let instance = random_campus(5);
    let problem = problem(&instance).unwrap();
    let thresholds = Thresholds::new(4.0);
    for operator in Operator::ALL {
        let mut board = Board::new(&problem, State::new(&problem, &scattered(&instance, 5)));
        let mut random = Random::new(5, 1);
        let (mut log, mut scratch, mut burden) = (Log::default(), Scratch::default(), Burden::none(problem.courses));
        let weighted = |board: &Board<'_>| board.state().hard() * problem.hard_weight + board.state().soft();
        let before = weighted(&board);
        for _ in 0..60 {
            let mut call = Call {
                target: problem.movable()[random.below(problem.movable().len())] as usize,
                limit: 0,
                record: i32::MIN / 2,
                ruin_size: 5,
                thresholds: &thresholds,
                burden: &mut burden,
                random: &mut random,
                scratch: &mut scratch,
            };
            let mut steps = Steps::new(&mut board, &mut log);
            match operator.propose(&mut steps, &mut call) {
                Proposal::Whole if steps.worth() <= 0 => {}
                Proposal::Settled => {}
                _ => steps.undo_to(0),
            }
        }
        let after = weighted(&board);
        assert!(after < before, "{operator:?}: {before} → {after}");
    }
}
