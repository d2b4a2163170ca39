//! Greedy construction: the class with the least freedom goes first, to the cheapest place that breaks nothing.

use shared::model::campus::Relation;

use crate::campus::ground::Ground;
use crate::campus::plan::Plan;

/// Periods for each meeting below which a course's starts are scarce, in steps of which its freedom is told.
const STEP: usize = 4;

/// Places classes until none is left that has an open place.
pub(crate) fn fill(plan: &mut Plan<'_>, beat: &mut dyn FnMut() -> bool) {
    for class in order(plan.ground) {
        if !beat() {
            return;
        }
        if plan.state.spot(class).is_none()
            && let Some((_, spot)) = plan.cheapest(class)
        {
            plan.place(class, spot);
        }
    }
}

/// All classes that can have a place: pinned ones first, then course by course, those with few starts for what they need, long
/// meetings and many neighbours first. Courses that a rule binds rigidly follow one another.
fn order(ground: &Ground<'_>) -> Vec<usize> {
    let problem = &ground.problem;
    let mut rank: Vec<(usize, usize, usize, usize)> =
        (0..problem.courses).map(|course| freedom(ground, course)).collect();
    let is_rigid = |relation: Relation| matches!(relation, Relation::SameTime | Relation::SameDay | Relation::SameRoom);
    // A bound course is as urgent as the most urgent of those it is bound to, and follows it.
    let first = |course: usize| ground.bound(course, is_rigid).chain([course]).map(|other| rank[other]).min();
    rank = (0..problem.courses).map(|course| first(course).unwrap_or(rank[course])).collect();
    let mut classes: Vec<usize> = problem.movable().iter().map(|class| *class as usize).collect();
    classes.sort_by_key(|class| {
        let course = problem.course_of(*class);
        (!ground.is_pinned[*class], rank[course], course, *class)
    });
    classes
}

/// How little choice a course has; less is more urgent.
fn freedom(ground: &Ground<'_>, course: usize) -> (usize, usize, usize, usize) {
    let problem = &ground.problem;
    let classes = problem.classes_of(course);
    let Some(class) = ground.loose(course).next() else { return (0, 0, 0, course) };
    let needed = classes.len() * problem.length(course);
    let rooms: usize = ground.rooms(course).iter().map(|room| problem.rooms_of(usize::from(*room)).len()).sum();
    let spare = problem.starts(class).len() * rooms.min(STEP) / needed.max(1) / STEP;
    let pull: usize = problem.sharing(course).map(|(_, shared)| (shared.soft + 64 * shared.hard) as usize).sum();
    (spare / STEP, usize::MAX - problem.length(course), usize::MAX - pull, course)
}
