//! A short descent: each class moves to its cheapest place, for a few rounds.

use crate::campus::plan::Plan;

/// Rounds over all classes; later ones look only at those whose students clash.
const WHOLE: usize = 3;

/// Moves single classes while that lowers the soft cost, clashes of students among it.
pub(crate) fn descend<'a>(mut plan: Plan<'a>, rounds: usize, beat: &mut dyn FnMut() -> bool) -> Plan<'a> {
    let ground = plan.ground;
    for round in 0..rounds {
        let least = if round < WHOLE { 1 } else { ground.student_price };
        let mut is_improved = false;
        for class in 0..ground.problem.classes {
            if !beat() {
                return plan;
            }
            let is_fixed = ground.is_pinned[class] || ground.is_in_step(ground.problem.course_of(class));
            is_improved |= !is_fixed && moves(&mut plan, class, least);
        }
        if !is_improved {
            break;
        }
    }
    plan
}

/// Moves a class that costs at least so much to its cheapest place; says whether that lowered the cost.
fn moves(plan: &mut Plan<'_>, class: usize, least: i32) -> bool {
    if plan.state.price_of(&plan.ground.problem, class).soft < least {
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
