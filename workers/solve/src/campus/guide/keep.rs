//! What had a place in a timetable before keeps it, where that breaks nothing.

use search::Spot;
use shared::ids::Id;
use shared::model::Home;

use crate::campus::plan::Plan;

/// Places what is pinned, and then the classes of each course in its homes, in their order. A home that is not allowed any more is
/// passed over: what it held is placed anew.
pub(super) fn keep(plan: &mut Plan<'_>, beat: &mut dyn FnMut() -> bool) {
    let ground = plan.ground;
    let Some(homes) = ground.instance.homes() else { return };
    for pin in ground.campus.pins() {
        if let Some((_, spot)) = plan.cheapest(pin.class.index()) {
            plan.place(pin.class.index(), spot);
        }
    }
    for course in ground.instance.courses() {
        if !beat() {
            return;
        }
        let mut loose = ground.loose(course.index()).peekable();
        for home in homes.of(course) {
            let Some(class) = loose.peek() else { break };
            if let Some(spot) = spot(plan, *class, home) {
                plan.place(*class, spot);
                loose.next();
            }
        }
    }
}

/// A home as a spot, if a class may go there.
fn spot(plan: &Plan<'_>, class: usize, home: Home) -> Option<Spot> {
    let problem = &plan.ground.problem;
    let spot = Spot::new(home.period.index(), problem.room_class_of(home.room?));
    let is_allowed = problem.starts(class).contains(&(spot.period() as u16))
        && plan.ground.rooms_of_class(class).contains(&(spot.room() as u16))
        && plan.state.is_free(problem, class, spot.period(), spot.room());
    (is_allowed && plan.price(class, spot).is_some()).then_some(spot)
}
