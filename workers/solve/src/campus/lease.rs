//! Leases in a campus: each job has its own cells, and of the free ones whole days of a room, so that long classes fit.

use shared::ids::{ClassId, CourseId, Id, RoomId};
use shared::model::partition::Scope;
use shared::model::{Partition, Timetable};

use super::ground::Ground;
use crate::lease::cells;

/// The leases of a wave, ascending, in the order of the wave's jobs; none behind the last wave.
pub(crate) fn grant(ground: &Ground<'_>, partition: &Partition, timetable: &Timetable, wave: usize) -> Vec<Vec<u32>> {
    let scopes: Vec<Scope> = partition.fan_out.wave(wave).map(|(_, job)| job.scope).collect();
    let all = 0..(ground.problem.periods * ground.instance.room_count()) as u32;
    if scopes == [Scope::Repair] {
        return vec![all.collect()];
    }
    let mut taken = vec![false; all.len()];
    let mut leases = vec![Vec::new(); scopes.len()];
    let place = |class: usize| {
        let cluster = partition.labels[ground.problem.course_of(class)].0;
        scopes.iter().position(|scope| *scope == Scope::Cluster(cluster))
    };
    for (class, at) in timetable.placements().iter().enumerate() {
        let Some(at) = at else { continue };
        for cell in cells(ground.instance, ClassId::new(class), *at) {
            taken[cell as usize] = true;
            leases.get_mut(place(class).unwrap_or(usize::MAX)).into_iter().for_each(|lease| lease.push(cell));
        }
    }
    share_free(ground, partition, &scopes, &taken, &mut leases);
    for lease in &mut leases {
        lease.sort_unstable();
    }
    leases
}

/// Shares the free cells of each room, a day at a time, in proportion to the lectures that the jobs could teach there.
fn share_free(ground: &Ground<'_>, partition: &Partition, scopes: &[Scope], taken: &[bool], leases: &mut [Vec<u32>]) {
    let (problem, rooms) = (&ground.problem, ground.instance.room_count());
    let demand = demand(ground, partition, scopes);
    // By room class, so that each is shared fairly.
    let mut credit = vec![0_i64; demand.len()];
    for day in 0..problem.days {
        for room in 0..rooms {
            let room_class = problem.room_class_of(RoomId::new(room)) * scopes.len();
            let wanted = &demand[room_class..room_class + scopes.len()];
            let total: i64 = wanted.iter().sum();
            if total == 0 {
                continue;
            }
            let credit = &mut credit[room_class..room_class + scopes.len()];
            credit.iter_mut().zip(wanted).for_each(|(credit, wanted)| *credit += wanted);
            let best = (0..scopes.len()).max_by_key(|job| (credit[*job], std::cmp::Reverse(*job)));
            let Some(job) = best else { continue };
            credit[job] -= total;
            let cells = (day * problem.slots..(day + 1) * problem.slots).map(|period| period * rooms + room);
            leases[job].extend(cells.filter(|cell| !taken[*cell]).map(|cell| cell as u32));
        }
    }
}

/// Room class × job: lectures that could be taught there.
fn demand(ground: &Ground<'_>, partition: &Partition, scopes: &[Scope]) -> Vec<i64> {
    let problem = &ground.problem;
    let mut demand = vec![0; problem.room_class_count() * scopes.len()];
    for course in 0..problem.courses {
        let cluster = partition.labels[course].0;
        let Some(job) = scopes.iter().position(|scope| *scope == Scope::Cluster(cluster)) else { continue };
        let lectures = ground.instance.course_lectures(CourseId::new(course)) as i64;
        for room in ground.rooms(course) {
            demand[usize::from(*room) * scopes.len() + job] += lectures;
        }
    }
    demand
}
