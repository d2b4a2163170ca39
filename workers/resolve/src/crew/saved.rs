//! The crew written down and taken up again, in the middle of a round as well.

use std::time::Duration;

use search::Landscape;
use shared::artifact::Artifact;
use shared::model::Cost;

use super::{Crew, PATIENCE, Round, Streaming};
use crate::settings::Settings;
use crate::snapshot::{Loader, Misfit, Saver};

/// No search has more streams.
const STREAMS_MOST: u64 = 1 << 10;
/// Stands for a repair that is not done.
const NEVER: u64 = u64::MAX;
/// No machine makes more evaluations a second.
const RATE_MOST: f64 = 1e12;

impl<'g, S: Streaming<'g>> Crew<'_, 'g, S> {
    /// Writes down where the search stands.
    pub(super) fn save(&mut self) -> Saver {
        let mut saver = Saver::new();
        let Self {
            context: _,
            landscape: _,
            pool: _,
            streams,
            planned: _,
            repaired,
            spent,
            round,
            given_up,
            before: _,
            floor,
            reported: _,
            rate,
            cut,
            checkpoints: _,
            key: _,
        } = self;
        saver.word(streams.len() as u64);
        saver.word(*spent);
        saver.word(repaired.unwrap_or(NEVER));
        // What a round has made in which time is for the speed of this attempt, and its total is planned anew.
        saver.word(round.map_or(*spent, |round| round.until));
        saver.word(*given_up);
        saver.words([floor.hard, floor.unplaced, floor.soft]);
        saver.word(u64::from(*cut));
        saver.real(rate.unwrap_or(0.0));
        for stream in streams {
            stream.save(&mut saver);
        }
        saver
    }

    /// Goes to where the search stood when it was written down. On an error nothing has changed.
    pub(crate) fn restore(
        &mut self,
        start: &<S::Landscape as Landscape>::State,
        settings: &Settings,
        last: &Artifact,
    ) -> Result<(), Misfit> {
        let mut loader = Loader::new(last)?;
        let count = loader.word_to(STREAMS_MOST, "streams")?;
        let spent = loader.count()?;
        let repaired = Some(loader.word()?).filter(|at| *at != NEVER);
        let (until, given_up) = (loader.count()?, loader.count()?);
        let floor = Cost { hard: loader.count()?, unplaced: loader.count()?, soft: loader.count()? };
        let cut = loader.flag()?;
        let rate = loader.real_in(0.0..=RATE_MOST, "speed")?;
        let restored: Result<Vec<S>, Misfit> =
            (0..count).map(|_| S::restore(self.landscape, start, settings, &mut loader)).collect();
        let streams = restored?;
        loader.finish()?;
        let is_beyond = |planned: u64| until > planned.saturating_mul(PATIENCE + 1);
        let is_early = repaired.is_some_and(|at| at > spent);
        if streams.is_empty() || until < spent || is_early || self.planned.is_some_and(is_beyond) {
            return Err(Misfit::Value("rounds"));
        }
        let room = self.streams.len();
        (self.streams, self.spent, self.given_up, self.floor) = (streams, spent, given_up, floor);
        self.repaired = repaired;
        self.rate = (rate > 0.0).then_some(rate);
        // More or fewer streams than there would be: some were given up, or this attempt may hold less than the last one.
        self.cut = cut || self.streams.len() != room;
        self.keep_best(room);
        let total = self.quota().1;
        self.round = (until > spent).then_some(Round { until, total, made: 0, running: Duration::ZERO });
        Ok(())
    }
}
