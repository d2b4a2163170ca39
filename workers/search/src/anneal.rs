//! Simulated annealing of one state: a counted number of proposals at one temperature.
//!
//! Kirkpatrick, Gelatt, Vecchi, "Optimization by Simulated Annealing", Science 220, 1983; moves and exchanges as in Bellio,
//! Ceschia, Di Gaspero, Schaerf, Urli, "Feature-based tuning of simulated annealing applied to the curriculum-based course
//! timetabling problem", 2016. Every proposal is a function of its counter, so the chain is the same wherever it runs.

use shared::model::Cost;

use crate::motion::Motion;
use crate::philox::Philox;
use crate::spot::Spot;

const BUCKETS: usize = 4096;
const BUCKET_SHIFT: u32 = 20;

/// The largest worsening that is accepted, for each value of the top twelve bits of a random word: the Metropolis rule turned
/// round, so that a proposal can be dropped as soon as it is known to be too bad. Computed by a portable `log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    limits: Vec<i32>,
}

impl Thresholds {
    /// Thresholds for a temperature, in units of cost.
    pub fn new(temperature: f64) -> Self {
        let limit = |bucket: usize| -temperature * libm::log((bucket as f64 + 0.5) / BUCKETS as f64);
        Self { limits: (0..BUCKETS).map(|bucket| limit(bucket) as i32).collect() }
    }

    /// How many thresholds there are.
    pub const COUNT: usize = BUCKETS;

    /// All of them, by the top bits of a random word.
    pub fn limits(&self) -> impl Iterator<Item = i32> {
        self.limits.iter().copied()
    }

    /// The largest worsening that is accepted with this random word.
    #[inline]
    pub fn limit(&self, word: u32) -> i32 {
        self.limits[(word >> BUCKET_SHIFT) as usize]
    }
}

/// What a stretch of annealing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Proposals, evaluated or dropped early.
    pub proposed: u64,
    /// Proposals accepted.
    pub accepted: u64,
}

/// Anneals one state and remembers the best timetable it came through.
#[derive(Clone, Debug)]
pub struct Annealer {
    random: Philox,
    counter: u64,
    best: (i32, i32),
    best_spots: Vec<Spot>,
}

impl Annealer {
    /// An annealer at the start of its own random stream, which has seen `view`.
    pub fn new(random: Philox, view: &impl Motion) -> Self {
        Self { random, counter: 0, best: view.cost(), best_spots: view.spots().to_vec() }
    }

    /// An annealer that goes on where another one stood: so far in its random stream, with that best behind it.
    pub fn resumed(random: Philox, counter: u64, best: (i32, i32), best_spots: Vec<Spot>) -> Self {
        Self { random, counter, best, best_spots }
    }

    /// How far it is in its random stream.
    pub fn counter(&self) -> u64 {
        self.counter
    }

    /// The best seen: hard violations, then soft cost.
    pub fn best(&self) -> (i32, i32) {
        self.best
    }

    /// The cost of the best seen. Every class has a place.
    pub fn best_cost(&self) -> Cost {
        Cost { hard: self.best.0 as u64, unplaced: 0, soft: self.best.1 as u64 }
    }

    /// Where the classes were at the best seen.
    pub fn best_spots(&self) -> &[Spot] {
        &self.best_spots
    }

    /// Makes `proposals` proposals at one temperature.
    pub fn anneal(&mut self, view: &mut impl Motion, thresholds: &Thresholds, proposals: u64) -> Tally {
        let mut accepted = 0;
        self.remember(view);
        for counter in self.counter..self.counter + proposals {
            if view.propose(self.random.block(counter), thresholds) {
                accepted += 1;
                if view.cost() < self.best {
                    self.remember(view);
                }
            }
        }
        self.counter += proposals;
        Tally { proposed: proposals, accepted }
    }

    fn remember(&mut self, view: &impl Motion) {
        if view.cost() < self.best {
            self.best = view.cost();
            self.best_spots.copy_from_slice(view.spots());
        }
    }
}
