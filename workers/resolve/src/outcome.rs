//! What is sealed: the best of the input, of what the search made of it, and of that without its violating classes, each
//! counted the slow way.

use shared::ids::{ClassId, Id};
use shared::model::cost::recount;
use shared::model::{Cost, Instance, Timetable};

use crate::improve::Improved;

/// Chooses by recounted cost; the input wins ties. A search whose own count is wrong is not believed at all.
pub(crate) fn choose(
    instance: &Instance,
    (input, before): (&Timetable, Cost),
    improved: &Improved,
    note: impl Fn(String),
) -> (Timetable, Cost) {
    let after = recount(instance, &improved.timetable).priced();
    if after != improved.cost {
        note(format!(
            "rl: rejected, the search counted {:?} where there is {after:?}; the input goes on",
            improved.cost
        ));
        return (input.clone(), before);
    }
    let mut best = (input.clone(), before);
    if after < best.1 {
        best = (improved.timetable.clone(), after);
    }
    if after.hard > 0 {
        let (pruned, cost) = without_violations(instance, &improved.timetable);
        if cost < best.1 {
            note(format!("rl: {} classes are taken out, for less violations than they cause", cost.unplaced));
            best = (pruned, cost);
        }
    }
    best
}

/// Takes classes out, the one that the most violations go with first, until none is left.
fn without_violations(instance: &Instance, timetable: &Timetable) -> (Timetable, Cost) {
    let conflicts = instance.conflicts();
    let mut pruned = timetable.clone();
    loop {
        let worst = (0..instance.class_count())
            .map(|class| (violations(instance, &conflicts, &pruned, class), class))
            .max_by_key(|(count, class)| (*count, std::cmp::Reverse(*class)));
        match worst {
            Some((count, class)) if count > 0 => pruned.set(ClassId::new(class), None),
            _ => break,
        }
    }
    let cost = recount(instance, &pruned).priced();
    (pruned, cost)
}

fn violations(
    instance: &Instance,
    conflicts: &[Vec<shared::ids::CourseId>],
    timetable: &Timetable,
    class: usize,
) -> usize {
    let Some(at) = timetable.get(ClassId::new(class)) else { return 0 };
    let course = instance.class_courses()[class];
    let rivals = timetable.placements().iter().enumerate().filter(|(other, placement)| {
        placement.is_some_and(|placement| placement.period == at.period)
            && conflicts[course.index()].binary_search(&instance.class_courses()[*other]).is_ok()
    });
    rivals.count() + usize::from(!instance.is_available(course, at.period))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{random_instance, scattered};

    #[test]
    fn taking_out_leaves_no_violation_and_never_more_of_them() {
        for seed in 0..20 {
            let instance = random_instance(seed);
            let timetable = scattered(&instance, seed);
            let before = recount(&instance, &timetable).priced();
            let (pruned, after) = without_violations(&instance, &timetable);
            assert_eq!(after.hard, 0);
            assert_eq!(after.unplaced, pruned.unplaced_count() as u64);
            assert!(after.violations() <= before.violations());
        }
    }

    #[test]
    fn a_search_that_counts_wrong_is_not_believed() {
        let instance = random_instance(1);
        let input = scattered(&instance, 1);
        let before = recount(&instance, &input).priced();
        let cost = Cost { hard: 0, unplaced: 0, soft: 0 };
        let timetable = scattered(&instance, 2);
        let lie =
            Improved { timetable, cost, evaluations: 1, effort: 0.0, cut: false, known: None, story: String::new() };
        let notes = std::cell::RefCell::new(Vec::new());
        let (kept, claimed) = choose(&instance, (&input, before), &lie, |why| notes.borrow_mut().push(why));
        assert_eq!((kept, claimed), (input, before));
        assert_eq!(notes.borrow().len(), 1);
    }
}
