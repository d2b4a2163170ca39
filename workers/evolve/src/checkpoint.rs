//! The checkpoint of this stage: where the work stands and the population, written down so that another attempt ends with
//! the same bytes.
//!
//! ```text
//! spots   the classes of each individual in turn, then those of the best that was seen
//! words   version, stretch, left, share, proposals, steps, population dealt to, cut,
//!         reported hard, unplaced, soft; proposed and accepted in the bin at hand;
//!         number of readings, samples and individuals;
//!         for each individual its counter and the hard and soft cost of its best;
//!         whether individuals were dropped, and the hard and soft cost of the best of them
//! reals   hottest, coldest, temperature of the step before;
//!         for each reading temperature, deviation, acceptance; for each sample the cost of each individual
//! ```
//!
//! The version is raised when any of this changes, and when the search itself does: the rest of the work would be another
//! then. A checkpoint of another version is not read; the work begins anew. Only this stage of the same run reads it.

use search::{Spot, Tally};
use shared::artifact::{Artifact, ArtifactError, ArtifactKey, ArtifactWriter, Column, Kind};
use shared::model::Cost;

use crate::engine::{Individual, Snapshot, Standing};
use crate::pilot::{BINS, Pilot, SAMPLES, SKIPPED};
use crate::position::{Position, STRETCHES, Stretch};
use crate::schedule::{Range, Reading};

const VERSION: u64 = 2;

/// Writes a checkpoint.
pub(crate) fn write(key: ArtifactKey, position: &Position, snapshot: &Snapshot) -> ArtifactWriter {
    let individuals = &snapshot.individuals;
    let mut spots: Vec<Spot> = individuals.iter().flat_map(|individual| &individual.spots).copied().collect();
    spots.extend(&snapshot.best_spots);
    let mut writer = ArtifactWriter::new(Kind::Checkpoint, key);
    writer
        .column(Column::CheckpointSpots, &spots)
        .column(Column::CheckpointWords, &words(position, snapshot))
        .column(Column::CheckpointReals, &reals(position));
    writer
}

fn words(position: &Position, snapshot: &Snapshot) -> Vec<u64> {
    let Position { reported, pilot, .. } = position;
    let mut words = vec![
        VERSION,
        position.stretch as u64,
        position.left,
        position.share,
        position.proposals,
        position.steps,
        position.population as u64,
        u64::from(position.cut),
        reported.hard,
        reported.unplaced,
        reported.soft,
        pilot.tally.proposed,
        pilot.tally.accepted,
        pilot.readings.len() as u64,
        pilot.samples.len() as u64,
        snapshot.individuals.len() as u64,
    ];
    let standing = |(hard, soft): Standing| [hard as u64, soft as u64];
    for Individual { counter, best, .. } in &snapshot.individuals {
        words.push(*counter);
        words.extend(standing(*best));
    }
    words.push(u64::from(snapshot.dropped.is_some()));
    words.extend(standing(snapshot.dropped.unwrap_or_default()));
    words
}

fn reals(position: &Position) -> Vec<u64> {
    let Position { range, before, pilot, .. } = position;
    let readings =
        pilot.readings.iter().flat_map(|reading| [reading.temperature, reading.deviation, reading.acceptance]);
    let reals = [range.hottest, range.coldest, *before].into_iter().chain(readings);
    reals.chain(pilot.samples.iter().flatten().copied()).map(f64::to_bits).collect()
}

/// Why a sealed checkpoint cannot be gone on from.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckpointError {
    #[error("{0}")]
    Artifact(#[from] ArtifactError),
    #[error("go on from a checkpoint of version {0}: this program writes version {VERSION}")]
    Version(u64),
    #[error("go on from a checkpoint with {0} that cannot be")]
    Unsound(&'static str),
}

use CheckpointError::Unsound;

/// Reads a checkpoint of an instance with so many classes. Whether its places are those of timetables is for the engine to see.
pub(crate) fn read(artifact: &Artifact, classes: usize) -> Result<(Position, Snapshot), CheckpointError> {
    let mut words = Words(artifact.column(Column::CheckpointWords)?);
    let version = words.next()?;
    if version != VERSION {
        return Err(CheckpointError::Version(version));
    }
    let (mut position, [readings, samples, size]) = counted(&mut words)?;
    let mut individuals = individuals(&mut words, size)?;
    let dropped = (words.next()?, standing(&mut words)?);
    words.end()?;
    let mut reals = Words(artifact.column(Column::CheckpointReals)?);
    position.range = Range { hottest: reals.real()?, coldest: reals.real()? };
    position.before = reals.real()?;
    for _ in 0..readings {
        let [temperature, deviation, acceptance] = [reals.real()?, reals.real()?, reals.real()?];
        position.pilot.readings.push(Reading { temperature, deviation, acceptance });
    }
    for _ in 0..samples {
        position.pilot.samples.push((0..size).map(|_| reals.real()).collect::<Result<_, _>>()?);
    }
    reals.end()?;
    let spots: &[Spot] = artifact.column(Column::CheckpointSpots)?;
    if spots.len() != (size + 1) * classes {
        return Err(Unsound("a number of places"));
    }
    let (of_individuals, best_spots) = spots.split_at(size * classes);
    for (individual, spots) in individuals.iter_mut().zip(of_individuals.chunks_exact(classes.max(1))) {
        individual.spots = spots.to_vec();
    }
    let dropped = (dropped.0 == 1).then_some(dropped.1);
    Ok((position, Snapshot { individuals, dropped, best_spots: best_spots.to_vec() }))
}

/// The words up to the individuals: the position without its reals, and how many readings, samples and individuals follow.
fn counted(words: &mut Words<'_>) -> Result<(Position, [usize; 3]), CheckpointError> {
    let stretch = words.below(STRETCHES, "a stretch")?;
    let (left, share, proposals, steps) = (words.count()?, words.count()?, words.count()?, words.count()?);
    let population = words.below(SIZE_MOST, "a population")?;
    let cut = words.below(2, "a cut")? == 1;
    let reported = Cost { hard: words.next()?, unplaced: words.next()?, soft: words.next()? };
    let tally = Tally { proposed: words.count()?, accepted: words.count()? };
    let readings = words.below(BINS + 1, "readings")?;
    let samples = words.below(SAMPLES, "samples")?;
    let size = words.below(population + 1, "individuals")?;
    let expected = match Stretch::of(stretch) {
        Stretch::Look { bin, sample } => (bin, sample.saturating_sub(SKIPPED)),
        Stretch::Step(_) => (BINS, 0),
    };
    if (readings, samples) != expected || size == 0 {
        return Err(Unsound("readings"));
    }
    let pilot = Pilot { tally, ..Pilot::default() };
    let begun = Position::new(population, Range::FULL, reported);
    Ok((Position { stretch, left, share, proposals, steps, cut, pilot, ..begun }, [readings, samples, size]))
}

/// More individuals than this were never asked for; it bounds what is made room for before the rest is read.
const SIZE_MOST: usize = 1 << 20;

/// No search makes as many proposals.
const COUNT_MOST: u64 = 1 << 60;

fn individuals(words: &mut Words<'_>, size: usize) -> Result<Vec<Individual>, CheckpointError> {
    (0..size).map(|_| Ok(Individual { spots: Vec::new(), counter: words.count()?, best: standing(words)? })).collect()
}

fn standing(words: &mut Words<'_>) -> Result<Standing, CheckpointError> {
    let mut cost = || i32::try_from(words.next()?).map_err(|_| Unsound("a cost"));
    Ok((cost()?, cost()?))
}

/// A column that is read from front to back.
struct Words<'a>(&'a [u64]);

impl Words<'_> {
    fn next(&mut self) -> Result<u64, CheckpointError> {
        let (first, rest) = self.0.split_first().ok_or(Unsound("an end"))?;
        self.0 = rest;
        Ok(*first)
    }

    /// A count that can still grow.
    fn count(&mut self) -> Result<u64, CheckpointError> {
        Some(self.next()?).filter(|count| *count < COUNT_MOST).ok_or(Unsound("a count"))
    }

    fn below(&mut self, bound: usize, what: &'static str) -> Result<usize, CheckpointError> {
        usize::try_from(self.next()?).ok().filter(|count| *count < bound).ok_or(Unsound(what))
    }

    fn real(&mut self) -> Result<f64, CheckpointError> {
        Some(f64::from_bits(self.next()?)).filter(|real| real.is_finite()).ok_or(Unsound("a real number"))
    }

    fn end(&self) -> Result<(), CheckpointError> {
        if self.0.is_empty() { Ok(()) } else { Err(Unsound("a rest")) }
    }
}
