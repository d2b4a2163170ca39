//! What is asked for, and what suits the instance.

use shared::model::Instance;

use crate::schedule::Range;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Seed of all randomness.
    pub seed: u64,
    /// Individuals; without it as many as suit what they live on.
    pub population: Option<usize>,
}

/// What suits one kind of instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Suited {
    /// Proposals of one unit of effort, per class, over the whole population.
    pub(crate) proposals_per_class: u64,
    /// An individual needs about so many proposals for each class to freeze well from the melt.
    pub(crate) enough_per_class: f64,
    /// Weight of a hard violation when the start has some: they may be traded for one another while it is hot.
    pub(crate) hard_price: i32,
    /// The temperatures of a whole cooling.
    pub(crate) range: Range,
    /// The temperature below which hardly any violation is removed any more, and with many left the cooling ends.
    pub(crate) frozen_below: f64,
}

/// Measured on comp05, comp12 and a 2,298-class instance.
pub(crate) const COMPETITION: Suited = Suited {
    proposals_per_class: 1_000_000,
    enough_per_class: 50_000.0,
    hard_price: 200,
    range: Range::FULL,
    frozen_below: 0.0,
};
/// A campus is large, and its proposals cost several times as much. Its violations are mostly students in two places; they
/// freeze between half and a twentieth of their price, and a hotter start only destroys what STAGE2A has made. Chosen on one
/// generated university.
const CAMPUS: Suited = Suited {
    proposals_per_class: 100_000,
    enough_per_class: 20_000.0,
    hard_price: 25,
    range: Range { hottest: 12.0, ..Range::FULL },
    frozen_below: 1.25,
};

/// Where there was a timetable before, the hottest temperature is so many times below the price of a change: at it a lecture is rarely
/// away for nothing.
const GENTLE: f64 = 8.0;
/// Without a price it is still no melt that destroys what was.
const GENTLE_LEAST: f64 = 0.5;

impl Suited {
    pub(crate) fn to(instance: &Instance) -> Self {
        let suited = if instance.campus().is_some() { CAMPUS } else { COMPETITION };
        let Some(homes) = instance.homes() else { return suited };
        let gentle = (f64::from(homes.price().period) / GENTLE).max(GENTLE_LEAST);
        Self { range: Range { hottest: suited.range.hottest.min(gentle), ..suited.range }, ..suited }
    }

    /// Proposals of one unit of effort.
    pub(crate) fn unit(self, instance: &Instance) -> u64 {
        self.proposals_per_class * instance.class_count().max(1) as u64
    }
}
