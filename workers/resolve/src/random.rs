//! A stream of random numbers over the counter-based generator: the same for a seed, wherever it runs.

use search::{Philox, below};

use crate::snapshot::{Loader, Misfit, Saver};

/// Draws words one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    philox: Philox,
    counter: u64,
    words: [u32; 4],
    used: usize,
}

impl Random {
    /// The stream number `stream` of `seed`.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self { philox: Philox::new(seed, stream), counter: 0, words: [0; 4], used: 4 }
    }

    /// Writes down how far it has come; whose stream it is, is not for it to say.
    pub(crate) fn save(&self, saver: &mut Saver) {
        let Self { philox: _, counter, words: _, used } = self;
        saver.word(*counter);
        saver.word(*used as u64);
    }

    /// Goes to where another of the same seed and stream had come.
    pub(crate) fn restore(&mut self, loader: &mut Loader<'_>) -> Result<(), Misfit> {
        self.counter = loader.count()?;
        self.used = loader.word_to(self.words.len() as u64, "random numbers")? as usize;
        match self.counter.checked_sub(1) {
            Some(last) => self.words = self.philox.block(last),
            None if self.used < self.words.len() => return Err(Misfit::Value("random numbers")),
            None => {}
        }
        Ok(())
    }

    /// The next word.
    #[inline]
    pub(crate) fn word(&mut self) -> u32 {
        if self.used == self.words.len() {
            self.words = self.philox.block(self.counter);
            self.counter += 1;
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// A number in `0..bound`, which must not be empty.
    #[inline]
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        below(self.word(), bound)
    }

    /// A number above 0 and below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (f64::from(self.word()) + 0.5) / (f64::from(u32::MAX) + 1.0)
    }

    /// An index by weight; the weights must not all be zero.
    pub(crate) fn by_weight(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        let found = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        found.or_else(|| weights.iter().rposition(|weight| *weight > 0.0)).unwrap_or(0)
    }
}
