//! A short descent: each class moves to its cheapest place, for a few rounds.

use crate::campus::plan::Plan;

/// Moves single classes while that lowers the soft cost, clashes of students among it.
pub(crate) fn descend<'a>(mut plan: Plan<'a>, rounds: usize, beat: &mut dyn FnMut() -> bool) -> Plan<'a> {
    let ground = plan.ground;
    for _ in 0..rounds {
        let mut is_improved = false;
        for class in 0..ground.problem.classes {
            if !beat() {
                return plan;
            }
            let is_fixed = ground.is_pinned[class] || ground.is_in_step(ground.problem.course_of(class));
            is_improved |= !is_fixed && moves(&mut plan, class);
        }
        if !is_improved {
            break;
        }
    }
    plan
}

/// Moves a class to its cheapest place; says whether that lowered the cost.
fn moves(plan: &mut Plan<'_>, class: usize) -> bool {
    if plan.state.price_of(&plan.ground.problem, class).soft <= 0 {
        return false;
    }
    let before = plan.state.soft();
    let Some(spot) = plan.remove(class) else { return false };
    let best = plan.cheapest(class).map_or(spot, |(_, best)| best);
    plan.place(class, best);
    if plan.state.soft() < before && plan.state.hard() == 0 {
        return true;
    }
    plan.remove(class);
    plan.place(class, spot);
    false
}
