//! Counter-based random numbers: Philox4x32-7.
//!
//! Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011. The block for a counter depends on
//! nothing but key and counter, so a proposal is the same wherever it is computed: on which thread, in which order, on which
//! device. Seven rounds pass the paper's tests.

const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 7;

/// A stream of random blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Philox {
    key: [u32; 2],
    stream: u64,
}

impl Philox {
    /// The stream number `stream` of `seed`.
    pub const fn new(seed: u64, stream: u64) -> Self {
        Self { key: [seed as u32, (seed >> 32) as u32], stream }
    }

    /// Four random words for `counter`.
    #[inline]
    pub fn block(self, counter: u64) -> [u32; 4] {
        let mut x = [counter as u32, (counter >> 32) as u32, self.stream as u32, (self.stream >> 32) as u32];
        let mut key = self.key;
        for _ in 0..ROUNDS {
            let first = u64::from(MULTIPLIER[0]) * u64::from(x[0]);
            let second = u64::from(MULTIPLIER[1]) * u64::from(x[2]);
            x = [
                (second >> 32) as u32 ^ x[1] ^ key[0],
                second as u32,
                (first >> 32) as u32 ^ x[3] ^ key[1],
                first as u32,
            ];
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        x
    }
}

/// Maps a random word to `0..bound`: the high half of the product, which is uniform up to `bound / 2^32`.
#[inline]
pub const fn below(word: u32, bound: usize) -> usize {
    ((word as u64 * bound as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the reference implementation (Random123, `philox4x32` with 7 rounds).
    #[test]
    fn known_answers() {
        assert_eq!(Philox::new(0, 0).block(0), [0x5f6f_b709, 0x0d89_3f64, 0x4f12_1f81, 0x4f73_0a48]);
        let ones = Philox::new(u64::MAX, u64::MAX);
        assert_eq!(ones.block(u64::MAX), [0x5207_ddc2, 0x4516_5e59, 0x4d8e_e751, 0x8c52_f662]);
    }
}
