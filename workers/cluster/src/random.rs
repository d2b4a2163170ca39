//! Counter-based random numbers: `SplitMix64` (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
//!
//! A number depends on seed and counter alone, so a result never depends on who drew before.

/// A stream of random words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Random {
    seed: u64,
}

impl Random {
    /// The stream number `stream` of `seed`.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self { seed: mix(seed ^ mix(stream)) }
    }

    /// The word at `counter`.
    pub(crate) fn word(self, counter: u64) -> u64 {
        mix(self.seed.wrapping_add(counter.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A number below `bound`, which must not be zero; uniform up to `bound / 2^64`.
    pub(crate) fn below(self, counter: u64, bound: usize) -> usize {
        ((u128::from(self.word(counter)) * bound as u128) >> 64) as usize
    }

    /// The numbers `0..count` in random order (Fisher–Yates).
    pub(crate) fn order(self, count: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        (1..count).for_each(|last| order.swap(last, self.below(last as u64, last + 1)));
        order
    }
}

fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answer() {
        // The first output of SplitMix64 seeded with 0.
        assert_eq!(mix(0), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn an_order_holds_each_number_once() {
        let mut order = Random::new(1, 2).order(100);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }
}
