//! Ejection: a class without a place is put where it drives out those that have been driven out least.
//!
//! What is driven out grows heavier each time, so that nobody drives another one out for ever (Glover's ejection chains, with
//! the weights of Morris's breakout method). A step either places one class and takes out what is in its way, or finds no way.

use search::{Philox, Spot, below};
use shared::ids::{CourseId, Id};

use crate::campus::ground::is_in_step;
use crate::campus::plan::Plan;

/// Stream of the random numbers, apart from those of other stages.
const STREAM: u64 = 0x6361_6d70;
/// Room classes that are looked at for each start when none has a free room.
const ROOMS: usize = 6;
/// Most classes that one step may drive out.
const VICTIMS: usize = 12;

/// Places what is missing, as far as so many steps go. Returns the plan with the fewest classes without a place.
pub(crate) fn eject<'a>(plan: Plan<'a>, seed: u64, steps: usize, beat: &mut dyn FnMut() -> bool) -> Plan<'a> {
    let hopeless = (0..plan.ground.problem.classes).filter(|class| plan.ground.problem.is_hopeless(*class)).count();
    let mut best = (plan.unplaced(), plan.state.spots().to_vec());
    let mut ejection = Ejection::new(plan, seed);
    for _ in 0..steps {
        if ejection.plan.unplaced() <= hopeless || ejection.missing.is_empty() || !beat() {
            break;
        }
        ejection.step();
        if ejection.plan.unplaced() < best.0 {
            best = (ejection.plan.unplaced(), ejection.plan.state.spots().to_vec());
        }
    }
    if ejection.plan.unplaced() == best.0 { ejection.plan } else { ejection.plan.with_spots(&best.1) }
}

struct Ejection<'a> {
    plan: Plan<'a>,
    /// Class: how often it was driven out.
    weight: Vec<u64>,
    missing: Vec<usize>,
    random: Philox,
    draws: u64,
}

impl<'a> Ejection<'a> {
    fn new(plan: Plan<'a>, seed: u64) -> Self {
        let is_missing = |class: &usize| plan.state.spot(*class).is_none();
        let missing = plan.ground.problem.movable().iter().map(|class| *class as usize).filter(is_missing).collect();
        let weight = vec![1; plan.ground.problem.classes];
        Self { plan, weight, missing, random: Philox::new(seed, STREAM), draws: 0 }
    }

    fn draw(&mut self, bound: usize) -> usize {
        self.draws += 1;
        below(self.random.block(self.draws)[0], bound)
    }

    /// Takes up a random missing class.
    fn step(&mut self) {
        let index = self.draw(self.missing.len());
        let class = self.missing.swap_remove(index);
        if let Some((_, spot)) = self.plan.cheapest(class) {
            self.plan.place(class, spot);
            return;
        }
        let mut ways = self.ways(class);
        let turn = self.draw(ways.len().max(1));
        let count = ways.len();
        ways.rotate_left(turn.min(count));
        // A stable sort: of equal ways, which comes first is drawn.
        ways.sort_by_key(|(weight, _)| *weight);
        if !ways.iter().take(ROOMS).any(|(_, spot)| self.force(class, *spot)) {
            self.weight[class] += 1;
            self.missing.push(class);
        }
    }

    /// Every place of a class with the weight of what is in its way there.
    fn ways(&self, class: usize) -> Vec<(u64, Spot)> {
        let problem = &self.plan.ground.problem;
        let mut ways = Vec::new();
        for start in problem.starts(class) {
            let start = usize::from(*start);
            let people: u64 = self.people_in_the_way(class, start).iter().map(|other| self.weight[*other]).sum();
            let free = self.plan.ground.rooms_of_class(class).iter().map(|room| usize::from(*room));
            let open = free.clone().find(|room| self.plan.state.is_free(problem, class, start, *room));
            match open {
                Some(room) => ways.push((people, Spot::new(start, room))),
                None => ways.extend(free.take(ROOMS).map(|room| {
                    let spot = Spot::new(start, room);
                    let guests = self.guests(class, spot).iter().map(|other| self.weight[*other]).sum::<u64>();
                    (people + guests, spot)
                })),
            }
        }
        ways
    }

    /// Classes that must not share a period with one that starts there, its own course's among them.
    fn people_in_the_way(&self, class: usize, start: usize) -> Vec<usize> {
        let ground = self.plan.ground;
        let course = ground.problem.course_of(class);
        let end = start + ground.problem.length(course);
        let meets = |other: &usize| {
            self.plan.state.spot(*other).is_some_and(|at| {
                at.period() < end && start < at.period() + ground.problem.length(ground.problem.course_of(*other))
            })
        };
        let mut courses: Vec<usize> = ground.all_apart(course).chain([course]).collect();
        courses.sort_unstable();
        courses.dedup();
        let mut found: Vec<usize> =
            courses.into_iter().flat_map(|other| ground.problem.classes_of(other)).filter(meets).collect();
        let day = ground.problem.day_of(start);
        let on_day =
            |other: &usize| self.plan.state.spot(*other).is_some_and(|at| ground.problem.day_of(at.period()) == day);
        let siblings: Vec<usize> = ground.problem.classes_of(course).filter(on_day).collect();
        let most = ground.campus.max_per_day(CourseId::new(course));
        let staying = siblings.iter().filter(|other| !found.contains(other)).count();
        let over = (staying + 1).saturating_sub(most);
        found.extend(siblings.into_iter().filter(|other| !found.contains(other)).take(over).collect::<Vec<_>>());
        found
    }

    /// For each period of a full room class, the guest that was driven out least.
    fn guests(&self, class: usize, spot: Spot) -> Vec<usize> {
        let ground = self.plan.ground;
        let mut found: Vec<usize> = Vec::new();
        for period in self.plan.periods_of(class, spot) {
            let is_guest = |other: &usize| self.plan.state.spot(*other).is_some_and(|at| at.room() == spot.room());
            let guests: Vec<usize> =
                self.plan.there(period).iter().map(|other| *other as usize).filter(is_guest).collect();
            if guests.iter().any(|other| found.contains(other)) {
                continue;
            }
            let loose = guests.into_iter().filter(|other| !ground.is_pinned[*other]);
            found.extend(loose.min_by_key(|other| (self.weight[*other], *other)));
        }
        found
    }

    /// Puts a class at a spot and drives out what is in its way. Says whether that can be done; if not, all is as it was.
    fn force(&mut self, class: usize, spot: Spot) -> bool {
        let ground = self.plan.ground;
        let mut driven: Vec<(usize, Spot)> = Vec::new();
        let mut due = self.people_in_the_way(class, spot.period());
        if !self.plan.state.is_free(&ground.problem, class, spot.period(), spot.room()) {
            due.extend(self.guests(class, spot));
        }
        while let Some(victim) = due.pop() {
            let is_own = victim == class;
            if is_own || ground.is_pinned[victim] || driven.len() >= VICTIMS {
                return self.undo(driven);
            }
            if let Some(at) = self.plan.remove(victim) {
                driven.push((victim, at));
                due.extend(self.companions(class, victim));
            }
            if due.is_empty() && self.plan.price(class, spot).is_none() {
                due.extend(self.other_in_the_way(class, spot));
            }
        }
        if self.plan.price(class, spot).is_none() || self.plan.state.hard() > 0 {
            return self.undo(driven);
        }
        self.plan.place(class, spot);
        for (victim, _) in driven {
            self.weight[victim] += 1;
            self.missing.push(victim);
        }
        true
    }

    fn undo(&mut self, driven: Vec<(usize, Spot)>) -> bool {
        driven.into_iter().rev().for_each(|(victim, at)| self.plan.place(victim, at));
        false
    }

    /// The classes that go with one that is driven out: where times are kept in step, all of both courses.
    fn companions(&self, class: usize, victim: usize) -> Vec<usize> {
        let ground = self.plan.ground;
        let course = ground.problem.course_of(victim);
        if !ground.is_in_step(course) {
            return Vec::new();
        }
        let courses = ground.bound(course, is_in_step).chain([course]);
        let classes = courses.flat_map(|course| ground.problem.classes_of(course));
        classes.filter(|other| *other != class && self.plan.state.spot(*other).is_some()).collect()
    }

    /// The lightest class of those that a limit of the day or a rule may set against a class there: same teachers on that day,
    /// or a rule between the courses.
    fn other_in_the_way(&self, class: usize, spot: Spot) -> Option<usize> {
        let ground = self.plan.ground;
        let (problem, course) = (&ground.problem, ground.problem.course_of(class));
        let day = problem.day_of(spot.period());
        let on_day = |other: &usize| self.plan.state.spot(*other).is_some_and(|at| problem.day_of(at.period()) == day);
        let colleagues = problem.sharing(course).filter(|(_, shared)| shared.hard > 0).map(|(other, _)| other);
        let near = colleagues.chain([course]).flat_map(|other| problem.classes_of(other)).filter(on_day);
        let ruled = ground.bound(course, |_| true).flat_map(|other| problem.classes_of(other));
        let placed = ruled.filter(|other| self.plan.state.spot(*other).is_some());
        let all = near.chain(placed).filter(|other| *other != class && !ground.is_pinned[*other]);
        all.min_by_key(|other| (self.weight[*other], *other))
    }
}
