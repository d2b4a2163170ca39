//! Leases: which cells each job of a wave may use. Disjoint, so that the jobs of a wave cannot meet.

use shared::ids::{ClassId, CourseId, Id, PeriodId};
use shared::model::partition::Scope;
use shared::model::{Instance, Partition, Placement, Timetable};

/// The number of the cell of a placement: `period × rooms + room`.
pub(crate) fn cell(instance: &Instance, at: Placement) -> u32 {
    (at.period.index() * instance.room_count() + at.room.index()) as u32
}

/// The cells that a class takes where it is placed: one, or as many as it has periods.
pub(crate) fn cells(instance: &Instance, class: ClassId, at: Placement) -> impl Iterator<Item = u32> {
    let course = instance.class_courses()[class.index()];
    let length = instance.campus().map_or(1, |campus| campus.length(course));
    let (first, rooms) = (cell(instance, at), instance.room_count() as u32);
    (0..length as u32).map(move |step| first + step * rooms)
}

/// The leases of a wave, ascending, in the order of the wave's jobs; none behind the last wave.
pub(crate) fn grant(instance: &Instance, partition: &Partition, timetable: &Timetable, wave: usize) -> Vec<Vec<u32>> {
    let scopes: Vec<Scope> = partition.fan_out.wave(wave).map(|(_, job)| job.scope).collect();
    if scopes == [Scope::Repair] {
        return vec![(0..(instance.period_count() * instance.room_count()) as u32).collect()];
    }
    let tenants: Vec<Tenant> = scopes.iter().map(|scope| Tenant::new(instance, partition, *scope)).collect();
    let mut leases = own_cells(instance, timetable, &tenants);
    share_free(instance, timetable, &tenants, &mut leases);
    for lease in &mut leases {
        lease.sort_unstable();
    }
    leases
}

/// One job that leases cells.
struct Tenant {
    courses: Vec<CourseId>,
    lectures: i64,
}

impl Tenant {
    fn new(instance: &Instance, partition: &Partition, scope: Scope) -> Self {
        let is_mine = |course: &CourseId| match scope {
            Scope::Cluster(number) => partition.labels[course.index()].0 == number,
            Scope::Repair => true,
        };
        let courses: Vec<CourseId> = instance.courses().filter(is_mine).collect();
        let lectures = courses.iter().map(|course| instance.course_lectures(*course) as i64).sum();
        Self { courses, lectures }
    }

    fn can_use(&self, instance: &Instance, period: PeriodId) -> bool {
        self.courses.iter().any(|course| instance.is_available(*course, period))
    }
}

/// What the classes of each job occupy.
fn own_cells(instance: &Instance, timetable: &Timetable, tenants: &[Tenant]) -> Vec<Vec<u32>> {
    let placements = |course: &CourseId| timetable.placements()[instance.course_classes(*course)].iter().flatten();
    let own = |tenant: &Tenant| -> Vec<u32> {
        tenant.courses.iter().flat_map(placements).map(|at| cell(instance, *at)).collect()
    };
    tenants.iter().map(own).collect()
}

/// Shares the free cells of each period, largest room first, in proportion to the lectures of the jobs that can use them.
fn share_free(instance: &Instance, timetable: &Timetable, tenants: &[Tenant], leases: &mut [Vec<u32>]) {
    let rooms = instance.room_count();
    let mut taken = vec![false; instance.period_count() * rooms];
    timetable.placements().iter().flatten().for_each(|at| taken[cell(instance, *at) as usize] = true);
    let mut by_size: Vec<usize> = (0..rooms).collect();
    by_size.sort_by_key(|room| std::cmp::Reverse(instance.room_capacities()[*room]));
    let mut credit = vec![0_i64; tenants.len()];
    for period in 0..instance.period_count() {
        let able: Vec<usize> =
            (0..tenants.len()).filter(|job| tenants[*job].can_use(instance, PeriodId::new(period))).collect();
        let total: i64 = able.iter().map(|job| tenants[*job].lectures).sum();
        for room in by_size.iter().map(|room| period * rooms + room).filter(|cell| !taken[*cell]) {
            for job in &able {
                credit[*job] += tenants[*job].lectures;
            }
            let Some(&job) = able.iter().max_by_key(|job| (credit[**job], std::cmp::Reverse(**job))) else { continue };
            credit[job] -= total;
            leases[job].push(room as u32);
        }
    }
}
