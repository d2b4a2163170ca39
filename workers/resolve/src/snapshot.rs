//! Where the search stands, written down: three columns of a checkpoint, which each part of the search fills and reads itself.
//!
//! ```text
//! CheckpointWords  the version of this order, then what each part writes: the crew, and each stream in turn
//! CheckpointReals  the real numbers of the same parts in the same order, by their bits
//! CheckpointSpots  of each stream: where the classes are now, and where they are in its best
//! ```
//!
//! Each part has a `save` and a `restore` beside its fields, one the mirror of the other; `save` names every field, so that
//! one that is added later cannot be forgotten. What follows from the rest (counters of a timetable, thresholds of a
//! temperature) is not written but made again. A part refuses what it could not have written, and then the search begins
//! anew: a checkpoint saves time, and is never worth a wrong step.
//!
//! To change the order or the meaning of anything that is written, raise [`VERSION`]; checkpoints of another version are
//! refused.

use search::{Grid, Spot, State, campus};
use shared::artifact::{Artifact, ArtifactError, ArtifactKey, ArtifactWriter, Column, Kind};

const VERSION: u64 = 3;
/// No search counts further, and sums of such counts do not overflow.
const COUNT_MOST: u64 = 1 << 53;

/// Why a checkpoint cannot be gone on from.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misfit {
    /// A column is missing or of another kind.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The order is that of another program.
    #[error("go on from a checkpoint of version {0}, where {VERSION} was expected")]
    Version(u64),
    /// There is less or more than this search would have written.
    #[error("go on from a checkpoint that holds too {0}")]
    Length(&'static str),
    /// A number is none that this search would have written.
    #[error("go on from a checkpoint whose {0} cannot be")]
    Value(&'static str),
}

/// Writes down where a search stands.
#[derive(Debug, Default)]
pub(crate) struct Saver {
    spots: Vec<Spot>,
    words: Vec<u64>,
    reals: Vec<u64>,
}

impl Saver {
    /// An empty one, but for the version.
    pub(crate) fn new() -> Self {
        Self { words: vec![VERSION], ..Self::default() }
    }

    /// Writes a whole number.
    pub(crate) fn word(&mut self, word: u64) {
        self.words.push(word);
    }

    /// Writes whole numbers, how many of which the reader knows.
    pub(crate) fn words(&mut self, words: impl IntoIterator<Item = u64>) {
        self.words.extend(words);
    }

    /// Writes a real number, to the last bit.
    pub(crate) fn real(&mut self, real: f64) {
        self.reals.push(real.to_bits());
    }

    /// Writes where all classes are.
    pub(crate) fn spots(&mut self, spots: &[Spot]) {
        self.spots.extend_from_slice(spots);
    }

    /// What was written, ready to be sealed.
    pub(crate) fn artifact(&self, key: ArtifactKey) -> ArtifactWriter {
        let mut writer = ArtifactWriter::new(Kind::Checkpoint, key);
        writer.column(Column::CheckpointSpots, &self.spots);
        writer.column(Column::CheckpointWords, &self.words);
        writer.column(Column::CheckpointReals, &self.reals);
        writer
    }
}

/// Reads it again, in the same order.
#[derive(Debug)]
pub(crate) struct Loader<'a> {
    spots: &'a [Spot],
    words: &'a [u64],
    reals: &'a [u64],
}

impl<'a> Loader<'a> {
    /// Opens the columns of a checkpoint.
    pub(crate) fn new(artifact: &'a Artifact) -> Result<Self, Misfit> {
        let mut loader = Self {
            spots: artifact.column(Column::CheckpointSpots)?,
            words: artifact.column(Column::CheckpointWords)?,
            reals: artifact.column(Column::CheckpointReals)?,
        };
        match loader.word()? {
            VERSION => Ok(loader),
            other => Err(Misfit::Version(other)),
        }
    }

    /// The next whole number, whatever it is.
    pub(crate) fn word(&mut self) -> Result<u64, Misfit> {
        let (word, rest) = self.words.split_first().ok_or(Misfit::Length("little"))?;
        self.words = rest;
        Ok(*word)
    }

    /// The next whole number, which must not be above `most`.
    pub(crate) fn word_to(&mut self, most: u64, what: &'static str) -> Result<u64, Misfit> {
        let word = self.word()?;
        if word <= most { Ok(word) } else { Err(Misfit::Value(what)) }
    }

    /// The next count of something.
    pub(crate) fn count(&mut self) -> Result<u64, Misfit> {
        self.word_to(COUNT_MOST, "counts")
    }

    /// The next yes or no.
    pub(crate) fn flag(&mut self) -> Result<bool, Misfit> {
        Ok(self.word_to(1, "flags")? == 1)
    }

    /// The next real number, which must be finite.
    pub(crate) fn real(&mut self) -> Result<f64, Misfit> {
        self.real_in(f64::MIN..=f64::MAX, "real numbers")
    }

    /// The next real number, which must be in `range`.
    pub(crate) fn real_in(&mut self, range: std::ops::RangeInclusive<f64>, what: &'static str) -> Result<f64, Misfit> {
        let (bits, rest) = self.reals.split_first().ok_or(Misfit::Length("little"))?;
        self.reals = rest;
        let real = f64::from_bits(*bits);
        if range.contains(&real) { Ok(real) } else { Err(Misfit::Value(what)) }
    }

    /// The next timetable. The counters of a state follow from where the classes are, bit for bit.
    pub(crate) fn state(&mut self, grid: &Grid) -> Result<State, Misfit> {
        let (spots, rest) = self.spots.split_at_checked(grid.classes).ok_or(Misfit::Length("little"))?;
        self.spots = rest;
        let is_inside = |spot: &Spot| spot.period() < grid.periods && spot.room() < grid.rooms;
        if !spots.iter().all(is_inside) {
            return Err(Misfit::Value("places"));
        }
        let mut state = State::new(grid, &Spot::timetable(spots));
        // Classes in one cell, or of one course in one period, would have been moved apart.
        if state.view(grid).spots() == spots { Ok(state) } else { Err(Misfit::Value("places")) }
    }

    /// The next timetable of a campus.
    pub(crate) fn campus(&mut self, problem: &campus::Problem) -> Result<campus::State, Misfit> {
        let (spots, rest) = self.spots.split_at_checked(problem.classes).ok_or(Misfit::Length("little"))?;
        self.spots = rest;
        campus::State::from_spots(problem, spots).ok_or(Misfit::Value("places"))
    }

    /// All must have been read.
    pub(crate) fn finish(self) -> Result<(), Misfit> {
        let is_empty = self.spots.is_empty() && self.words.is_empty() && self.reals.is_empty();
        if is_empty { Ok(()) } else { Err(Misfit::Length("much")) }
    }
}
