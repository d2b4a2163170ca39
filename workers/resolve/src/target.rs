//! Where to work: the class that an operator is called with.

use search::View;

use crate::emphasis::Emphasis;
use crate::random::Random;

/// How the target is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    /// A random class that is in violation, or, where none is, that pays a penalty.
    Troubled,
    /// One of the classes with the largest penalties, their courses' included.
    Worst,
}

impl Selector {
    /// Both, in the order of the policy's rows.
    pub(crate) const ALL: [Self; 2] = [Self::Troubled, Self::Worst];
}

/// Random classes that are looked at before one without trouble is taken.
const TRIES: usize = 24;
/// Length of the list of worst classes.
const WORST: usize = 16;

/// The targets of one macro-step.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    ranking: Vec<(i32, usize)>,
    turn: usize,
}

impl Targets {
    /// Prepares for a macro-step.
    pub(crate) fn prepare(&mut self, selector: Selector, view: &View<'_>, emphasis: &Emphasis, random: &mut Random) {
        self.ranking.clear();
        if selector == Selector::Worst {
            self.rank(view, emphasis, random);
            self.turn = random.below(self.ranking.len().max(1));
        }
    }

    /// The next target.
    pub(crate) fn next(&mut self, view: &View<'_>, random: &mut Random) -> usize {
        if self.ranking.is_empty() {
            return troubled(view, random);
        }
        self.turn = (self.turn + 1) % self.ranking.len();
        self.ranking[self.turn].1
    }

    /// Gives its memory back.
    pub(crate) fn shrink(&mut self) {
        self.ranking = Vec::new();
    }

    fn rank(&mut self, view: &View<'_>, emphasis: &Emphasis, random: &mut Random) {
        let grid = view.grid();
        for course in 0..grid.courses {
            let shared = view.day_penalty(course) + view.room_penalty(course);
            for class in grid.classes_of(course) {
                let hard = i32::from(view.violations_of(class)) * grid.weights.hard + emphasis.of_class(view, class);
                let penalty = hard + shared + view.class_penalty(class);
                if penalty > 0 {
                    self.ranking.push((penalty, class));
                }
            }
        }
        if self.ranking.len() > WORST {
            // Equals are told apart by a random turn of their numbers, else the first courses would always win.
            let turn = random.below(grid.classes);
            let key = |class: usize| (class + turn) % grid.classes;
            self.ranking.select_nth_unstable_by_key(WORST, |(penalty, class)| (-penalty, key(*class)));
            self.ranking.truncate(WORST);
        }
        self.ranking.sort_unstable();
    }
}

fn troubled(view: &View<'_>, random: &mut Random) -> usize {
    let grid = view.grid();
    let first = random.below(grid.classes);
    if view.hard() > 0 {
        let in_violation = |class: &usize| view.violations_of(*class) > 0;
        return (first..grid.classes).chain(0..first).find(in_violation).unwrap_or(first);
    }
    let mut class = first;
    for _ in 0..TRIES {
        let course = grid.course_of(class);
        if view.class_penalty(class) + view.day_penalty(course) + view.room_penalty(course) > 0 {
            return class;
        }
        class = random.below(grid.classes);
    }
    class
}

#[cfg(test)]
mod tests {
    use search::State;

    use super::*;
    use crate::testing::{grid, random_instance, scattered};

    #[test]
    fn while_there_are_violations_they_are_the_targets() {
        let instance = random_instance(8);
        let grid = grid(&instance);
        let mut state = State::new(&grid, &scattered(&instance, 8));
        let view = state.view(&grid);
        assert!(view.hard() > 0);
        let (emphasis, mut random, mut targets) = (Emphasis::none(&grid), Random::new(8, 0), Targets::default());
        for selector in Selector::ALL {
            targets.prepare(selector, &view, &emphasis, &mut random);
            let all = (0..50).all(|_| view.violations_of(targets.next(&view, &mut random)) > 0);
            assert!(all, "{selector:?}");
        }
    }

    #[test]
    fn the_worst_are_worse_than_all_others() {
        let instance = random_instance(9);
        let grid = grid(&instance);
        let mut state = State::new(&grid, &scattered(&instance, 9));
        let view = state.view(&grid);
        let (emphasis, mut random, mut targets) = (Emphasis::none(&grid), Random::new(9, 0), Targets::default());
        targets.prepare(Selector::Worst, &view, &emphasis, &mut random);
        let listed: Vec<usize> = targets.ranking.iter().map(|(_, class)| *class).collect();
        let penalty = |class: usize| {
            let course = grid.course_of(class);
            i32::from(view.violations_of(class)) * grid.weights.hard
                + view.day_penalty(course)
                + view.room_penalty(course)
                + view.class_penalty(class)
        };
        let least = listed.iter().map(|class| penalty(*class)).min().expect("a scattered timetable has penalties");
        assert!((0..grid.classes).filter(|class| !listed.contains(class)).all(|class| penalty(class) <= least));
    }
}
