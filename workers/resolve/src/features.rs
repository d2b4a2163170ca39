//! What the policy sees: numbers from 0 to 1 without a scale of their own, so that what was learned on one instance means
//! something on another. No ids: they do not recur.

use search::{Grid, View};

use crate::snapshot::{Loader, Misfit, Saver};

/// Number of features.
pub(crate) const FEATURES: usize = 14;

/// One look at the search.
pub(crate) type Features = [f64; FEATURES];

/// What is known of the search besides the timetable.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Hard violations at the start.
    pub(crate) hard_at_start: i32,
    /// Share of the budget that is used.
    pub(crate) used: f64,
    /// Evaluations since the last new best, as a share of the budget.
    pub(crate) stale: f64,
    /// Moving average: accepted operator calls.
    pub(crate) acceptance: f64,
    /// Moving average: accepted ejection chains.
    pub(crate) ejection_success: f64,
}

impl Progress {
    /// Writes down what is not looked up anew at each macro-step.
    pub(crate) fn save(&self, saver: &mut Saver) {
        let Self { hard_at_start: _, used: _, stale: _, acceptance, ejection_success } = self;
        saver.real(*acceptance);
        saver.real(*ejection_success);
    }

    /// Takes over the averages of another search from the same start.
    pub(crate) fn restore(&mut self, loader: &mut Loader<'_>) -> Result<(), Misfit> {
        self.acceptance = loader.real_in(0.0..=1.0, "averages")?;
        self.ejection_success = loader.real_in(0.0..=1.0, "averages")?;
        Ok(())
    }
}

/// What does not change: conflict density, use of cells, periods open to a course on average.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descriptors {
    density: f64,
    use_of_cells: f64,
    openness: f64,
}

impl Descriptors {
    /// Describes an instance.
    pub(crate) fn new(grid: &Grid) -> Self {
        let courses = grid.courses.max(1) as f64;
        let conflicts: usize = (0..grid.courses).map(|course| grid.neighbours(course).len()).sum();
        let open: usize = (0..grid.courses).map(|course| grid.periods_of(course).len()).sum();
        Self {
            density: conflicts as f64 / (courses * (courses - 1.0).max(1.0)),
            use_of_cells: grid.classes as f64 / grid.cells().max(1) as f64,
            openness: open as f64 / (courses * grid.periods.max(1) as f64),
        }
    }
}

/// A staleness of this share of the budget is as stale as it gets.
const STALE_SHARE: f64 = 0.05;
/// So few violations are "few".
const FEW: i32 = 5;

/// The shares of the soft cost: rooms (seats and stability), and days. The rest is isolation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mix {
    rooms: f64,
    days: f64,
}

impl Mix {
    /// Counts the shares; costs about as much as a hundred evaluations.
    pub(crate) fn of(view: &View<'_>) -> Self {
        let grid = view.grid();
        let seats: i32 =
            (0..grid.classes).map(|class| grid.excess(grid.course_of(class), view.spots()[class].room())).sum();
        let rooms: i32 = (0..grid.courses).map(|course| view.room_penalty(course)).sum();
        let days: i32 = (0..grid.courses).map(|course| view.day_penalty(course)).sum();
        let all = f64::from(view.soft().max(1));
        Self { rooms: f64::from(seats + rooms) / all, days: f64::from(days) / all }
    }

    /// Writes the shares down: they are counted now and then only, and so may be those of an earlier timetable.
    pub(crate) fn save(self, saver: &mut Saver) {
        let Self { rooms, days } = self;
        saver.real(rooms);
        saver.real(days);
    }

    /// The shares that another had counted.
    pub(crate) fn restore(loader: &mut Loader<'_>) -> Result<Self, Misfit> {
        Ok(Self { rooms: loader.real()?, days: loader.real()? })
    }

    /// Whether any cost is for rooms.
    pub(crate) fn has_rooms(self) -> bool {
        self.rooms > 0.0
    }
}

/// Looks at the search.
pub(crate) fn look(view: &View<'_>, progress: &Progress, descriptors: &Descriptors, mix: Mix) -> Features {
    let hard = view.hard();
    let ln = |count: i32| libm::log(1.0 + f64::from(count.max(0)));
    let flag = |condition: bool| if condition { 1.0 } else { 0.0 };
    let features = [
        1.0,
        f64::from(hard) / f64::from(progress.hard_at_start.max(1)),
        ln(hard) / ln(view.grid().classes as i32).max(1.0),
        flag(hard > 0 && hard <= FEW),
        flag(hard == 0),
        progress.used,
        progress.acceptance,
        progress.stale / STALE_SHARE,
        progress.ejection_success,
        mix.rooms,
        mix.days,
        descriptors.density,
        descriptors.use_of_cells,
        descriptors.openness,
    ];
    features.map(|value| value.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use search::State;

    use super::*;
    use crate::testing::{grid, random_instance, scattered};

    #[test]
    fn every_feature_is_between_zero_and_one() {
        for seed in 0..30 {
            let instance = random_instance(seed);
            let grid = grid(&instance);
            let mut state = State::new(&grid, &scattered(&instance, seed));
            let view = state.view(&grid);
            let progress = Progress { hard_at_start: 1, used: 1.7, stale: 0.2, acceptance: 1.0, ejection_success: 0.5 };
            let seen = look(&view, &progress, &Descriptors::new(&grid), Mix::of(&view));
            assert!(seen.iter().all(|feature| (0.0..=1.0).contains(feature)), "{seen:?}");
            assert!(seen[0] > 0.99, "the first is the bias");
        }
    }

    #[test]
    fn the_mix_is_of_the_soft_cost() {
        let instance = random_instance(2);
        let grid = grid(&instance);
        let mut state = State::new(&grid, &scattered(&instance, 2));
        let counted = shared::model::cost::recount(&instance, &state.timetable(&grid));
        let mix = Mix::of(&state.view(&grid));
        let soft = counted.cost().soft as f64;
        assert!(
            (mix.rooms * soft
                - (counted.get(shared::model::Rule::RoomCapacity) + counted.get(shared::model::Rule::RoomStability))
                    as f64)
                .abs()
                < 1e-6
        );
        assert!((mix.days * soft - counted.get(shared::model::Rule::MinimumWorkingDays) as f64).abs() < 1e-6);
    }
}
