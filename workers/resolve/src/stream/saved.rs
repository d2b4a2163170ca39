//! A stream written down and taken up again, as it was, bit for bit.

use search::{Grid, State};

use super::{RUIN, SHIFTS, Stream};
use crate::crew::{Streaming, Use};
use crate::features::Mix;
use crate::settings::Settings;
use crate::snapshot::{Loader, Misfit, Saver};

impl<'g> Stream<'g> {
    /// Writes down everything that its further way depends on. Only between macro-steps: targets, buffers and the log are
    /// made anew in each.
    pub(super) fn write(&mut self, saver: &mut Saver) {
        let Self {
            grid,
            number,
            state,
            random,
            policy,
            schedule,
            emphasis,
            targets: _,
            scratch: _,
            log: _,
            descriptors: _,
            mix,
            progress,
            best: _,
            best_at,
            best_spots,
            evaluations,
            steps,
            shifts,
            ruin_size,
            uses,
        } = self;
        saver.spots(state.view(grid).spots());
        saver.spots(best_spots);
        saver.words([*number, *evaluations, *best_at, *steps]);
        saver.word(u64::from(*shifts));
        saver.real(*ruin_size);
        random.save(saver);
        policy.save(saver);
        schedule.save(saver);
        emphasis.save(saver);
        mix.save(saver);
        progress.save(saver);
        for used in uses {
            used.save(saver);
        }
    }

    /// The stream that wrote itself down; `start` and `settings` are those that it was made from.
    pub(super) fn restored(
        grid: &'g Grid,
        start: &State,
        settings: &Settings,
        loader: &mut Loader<'_>,
    ) -> Result<Self, Misfit> {
        let (state, mut best) = (loader.state(grid)?, loader.state(grid)?);
        let mut stream = Self::new(grid, start, settings, loader.count()?);
        stream.state = state;
        stream.best = (best.hard(), best.soft());
        stream.best_spots = best.view(grid).spots().to_vec();
        stream.evaluations = loader.count()?;
        stream.best_at = loader.word_to(stream.evaluations, "evaluations")?;
        stream.steps = loader.count()?;
        stream.shifts = loader.word_to(u64::from(SHIFTS), "weight shifts")? as u32;
        stream.ruin_size = loader.real_in(RUIN.0..=RUIN.1, "ruin")?;
        stream.random.restore(loader)?;
        stream.policy.restore(loader)?;
        stream.schedule.restore(stream.evaluations, loader)?;
        stream.emphasis.restore(grid, loader)?;
        stream.mix = Mix::restore(loader)?;
        stream.progress.restore(loader)?;
        for used in &mut stream.uses {
            *used = Use::restore(loader)?;
        }
        Ok(stream)
    }
}
