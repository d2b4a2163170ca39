//! A stream written down and taken up again, as it was, bit for bit.

use search::{Grid, State};

use super::{Stream, heat};
use crate::crew::{Streaming, Trail, Use};
use crate::features::Mix;
use crate::settings::Settings;
use crate::snapshot::{Loader, Misfit, Saver};

impl<'g> Stream<'g> {
    /// Writes down everything that its further way depends on. Only between macro-steps: targets, buffers and the log are
    /// made anew in each.
    pub(super) fn write(&mut self, saver: &mut Saver) {
        let Self {
            grid,
            trail,
            state,
            random,
            policy,
            emphasis,
            targets: _,
            scratch: _,
            log: _,
            descriptors: _,
            mix,
            progress,
            steps,
            uses,
        } = self;
        saver.spots(state.view(grid).spots());
        trail.save(saver);
        saver.word(*steps);
        random.save(saver);
        policy.save(saver);
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
        let cost = (best.hard(), best.soft());
        let trail = Trail::restore(heat(grid.classes), cost, best.view(grid).spots(), loader)?;
        let mut stream = Self::new(grid, start, settings, trail.number());
        stream.trail = trail;
        stream.state = state;
        stream.steps = loader.count()?;
        stream.random.restore(loader)?;
        stream.policy.restore(loader)?;
        stream.emphasis.restore(grid, loader)?;
        stream.mix = Mix::restore(loader)?;
        stream.progress.restore(loader)?;
        for used in &mut stream.uses {
            *used = Use::restore(loader)?;
        }
        Ok(stream)
    }
}
