//! How the time of `--time-limit` is shared out. All times are since the start of the run.
//!
//! A little is kept for the export and the audits. Of what is left behind STAGE1 the waves of STAGE2A together get at most
//! their share, each sweep a fair part of what is left of it, and the rest is split between STAGE2B and STAGE3 in proportion to theirs; so whatever a stage leaves over goes
//! to those behind it.
//!
//! STAGE2A is there for what is broken: STAGE2B melts what it has polished. So it has its whole share only while the timetable
//! has violations, and a quarter of it from then on (measured: `docs/performance.md`).

use std::time::Duration;

/// The part of the limit that is kept for export and audits, in hundredths; and the least that is kept.
const RESERVE_PERCENT: u32 = 2;
const RESERVE_LEAST: Duration = Duration::from_millis(150);
/// The part of its share that STAGE2A has where nothing is broken; and the least that each wave has then, so that there is one.
const UNBROKEN_PART: u32 = 4;
const WAVE_LEAST: Duration = Duration::from_millis(125);

/// The time of the waves of all sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waves {
    /// When the last one should be done.
    end: Duration,
    /// When it should be, once nothing is broken.
    unbroken_end: Duration,
}

/// The shares of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    limit: Duration,
    solve: u32,
    evolve: u32,
    /// The time of the waves; known once STAGE1 is done.
    waves: Option<Waves>,
    /// When the last wave of the current sweep should be.
    sweep_end: Option<Duration>,
}

impl Shares {
    /// Shares of `limit` with the settings `share.solve` and `share.evolve`, in hundredths.
    pub fn new(limit: Duration, solve: u64, evolve: u64) -> Self {
        Self { limit, solve: solve.min(100) as u32, evolve: evolve.min(100) as u32, waves: None, sweep_end: None }
    }

    /// The whole time.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// When the searches have to be done.
    fn searches_end(&self) -> Duration {
        self.limit.saturating_sub((self.limit * RESERVE_PERCENT / 100).max(RESERVE_LEAST))
    }

    /// The clustering of a sweep is done: from the first one on the share of STAGE2A is known. `sweeps` may still come, this
    /// one included.
    pub fn begin_sweep(&mut self, now: Duration, sweeps: u32) {
        let left = self.searches_end().saturating_sub(now);
        let whole = left * self.solve / 100;
        let waves = self.waves.get_or_insert(Waves { end: now + whole, unbroken_end: now + whole / UNBROKEN_PART });
        self.sweep_end = Some(now + waves.end.saturating_sub(now) / sweeps.max(1));
    }

    /// Nothing is broken in the timetable any more, with so many waves of this sweep still to come.
    pub fn nothing_is_broken(&mut self, now: Duration, waves: u32) {
        let Some(all) = &mut self.waves else { return };
        all.end = all.end.min(all.unbroken_end.max(now + WAVE_LEAST * waves));
        self.sweep_end = self.sweep_end.map(|end| end.min(all.end));
    }

    /// What is left of the share of STAGE2A.
    pub fn left_of_waves(&self, now: Duration) -> Duration {
        self.waves.map_or(now, |waves| waves.end).saturating_sub(now)
    }

    /// When a wave that starts now has to be done, with `waves` of its sweep still to come, itself included.
    pub fn wave_end(&self, now: Duration, waves: u32) -> Duration {
        now + self.sweep_end.unwrap_or(now).saturating_sub(now) / waves.max(1)
    }

    /// When STAGE2B has to be done if it starts now. It has all that is left when STAGE3 does not run.
    pub fn evolve_end(&self, now: Duration, resolve_runs: bool) -> Duration {
        let left = self.searches_end().saturating_sub(now);
        let of_searches = 100 - self.solve;
        if resolve_runs && of_searches > 0 {
            now + left * self.evolve.min(of_searches) / of_searches
        } else {
            now + left
        }
    }

    /// When STAGE3 has to be done.
    pub fn resolve_end(&self, now: Duration) -> Duration {
        self.searches_end().max(now)
    }
}

/// The time of one job of a wave that ends at `end`: `waiting` jobs (itself included) are still to be started, `at_once` of
/// them run together.
pub fn slice(now: Duration, end: Duration, waiting: usize, at_once: usize) -> Duration {
    end.saturating_sub(now) / (waiting.div_ceil(at_once.max(1)).max(1) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn the_shares_add_up_to_the_limit_less_the_reserve() {
        let mut shares = Shares::new(MS(10_100), 8, 76);
        shares.begin_sweep(MS(98), 1);
        // 2 % of the limit is 202 ms; 9800 are left, 784 of them for the waves.
        assert_eq!(shares.wave_end(MS(98), 1), MS(98 + 784));
        assert_eq!(shares.wave_end(MS(98), 4), MS(98 + 196));
        let waves_end = shares.wave_end(MS(98), 1);
        let evolve_end = shares.evolve_end(waves_end, true);
        assert_eq!(evolve_end, waves_end + MS(9016) * 76 / 92);
        assert_eq!(shares.resolve_end(evolve_end), MS(9898));
    }

    #[test]
    fn sweeps_share_what_is_left_of_their_time() {
        let mut shares = Shares::new(MS(10_000), 10, 76);
        shares.begin_sweep(MS(0), 3);
        assert_eq!(shares.wave_end(MS(0), 2), MS(980) / 6);
        shares.begin_sweep(MS(180), 2);
        assert_eq!((shares.left_of_waves(MS(180)), shares.wave_end(MS(180), 1)), (MS(800), MS(580)));
        shares.begin_sweep(MS(1000), 1);
        assert_eq!((shares.left_of_waves(MS(1000)), shares.wave_end(MS(1000), 1)), (MS(0), MS(1000)));
    }

    #[test]
    fn where_nothing_is_broken_the_waves_have_a_quarter_of_their_time() {
        let mut shares = Shares::new(MS(50_000), 8, 76);
        shares.nothing_is_broken(MS(0), 2);
        shares.begin_sweep(MS(0), 1);
        assert_eq!(shares.left_of_waves(MS(0)), MS(3920));
        shares.nothing_is_broken(MS(180), 2);
        assert_eq!((shares.left_of_waves(MS(180)), shares.wave_end(MS(180), 2)), (MS(800), MS(580)));
        // Said again, it is the same; and the waves that are still to come have a little each.
        shares.nothing_is_broken(MS(580), 1);
        assert_eq!(shares.wave_end(MS(580), 1), MS(980));
        let mut short = Shares::new(MS(10_000), 8, 76);
        short.begin_sweep(MS(0), 1);
        short.nothing_is_broken(MS(60), 3);
        assert_eq!(short.wave_end(MS(60), 3), MS(60) + WAVE_LEAST);
        short.nothing_is_broken(MS(700), 2);
        assert_eq!(short.left_of_waves(MS(700)), MS(0), "it never gets later");
    }

    #[test]
    fn what_a_stage_leaves_over_goes_to_those_behind_it() {
        let mut shares = Shares::new(MS(8000), 8, 76);
        shares.begin_sweep(MS(0), 1);
        let early = shares.evolve_end(MS(100), true);
        let late = shares.evolve_end(MS(600), true);
        assert!(early + MS(500) > late);
        assert_eq!(shares.evolve_end(MS(100), false), shares.resolve_end(MS(0)));
    }

    #[test]
    fn a_short_limit_keeps_the_least_reserve_and_never_goes_back_in_time() {
        let mut shares = Shares::new(MS(1000), 8, 76);
        assert_eq!(shares.resolve_end(MS(0)), MS(850));
        shares.begin_sweep(MS(900), 1);
        assert_eq!(shares.wave_end(MS(900), 3), MS(900));
        assert_eq!(shares.evolve_end(MS(900), true), MS(900));
        assert_eq!(Shares::new(MS(100), 8, 76).resolve_end(MS(50)), MS(50));
    }

    #[test]
    fn jobs_of_a_wave_follow_one_another() {
        assert_eq!(slice(MS(0), MS(300), 5, 2), MS(100));
        assert_eq!(slice(MS(100), MS(300), 3, 2), MS(100));
        assert_eq!(slice(MS(200), MS(300), 1, 2), MS(100));
        assert_eq!(slice(MS(400), MS(300), 1, 0), MS(0));
    }
}
