//! STAGE2A from sealed file to sealed file, as the orchestrator drives it: guide, waves of clusters, commits, repair.
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use shared::artifact::{Artifact, ArtifactKey, ArtifactWriter, Kind};
use shared::ids::{ClassId, ClusterId, CourseId, Id, PeriodId, TeacherId};
use shared::model::cost::recount;
use shared::model::instance::CourseRow;
use shared::model::partition::Scope;
use shared::model::timetable::Claim;
use shared::model::{Cost, FanOut, Fragment, Instance, InstanceTables, Job, Ledger, Partition};
use shared::wire::Stage;
use shared::worker::WorkerArgs;

/// A number below `bound` that looks random and depends on `seed` alone (`SplitMix64`).
fn pick(seed: &mut u64, bound: u32) -> u32 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let word = (*seed ^ (*seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((word ^ (word >> 31)) >> 32) as u32 % bound
}

/// A college of three departments of five courses each, whose rooms are nearly full.
fn college(mut seed: u64) -> InstanceTables {
    let course = |index: u32, seed: &mut u64| CourseRow {
        name: format!("c{index}"),
        teacher: TeacherId(index / 5 * 3 + pick(seed, 3)),
        lectures: 2 + pick(seed, 3),
        min_days: 2 + pick(seed, 2),
        students: 10 + pick(seed, 50),
    };
    let courses: Vec<CourseRow> = (0..15).map(|index| course(index, &mut seed)).collect();
    let member = |department: u32, seed: &mut u64| CourseId(department * 5 + pick(seed, 5));
    let curriculum = |index: u32, seed: &mut u64| {
        let members = (0..3).map(|_| member(index % 3, seed)).collect();
        (format!("q{index}"), members)
    };
    InstanceTables {
        name: "college".to_owned(),
        days: 4,
        slots_per_day: 4,
        rooms: [60, 40, 30, 15].iter().enumerate().map(|(index, seats)| (format!("r{index}"), *seats)).collect(),
        curricula: (0..9).map(|index| curriculum(index, &mut seed)).collect(),
        teachers: (0..9).map(|index| format!("t{index}")).collect(),
        unavailable: (0..20).map(|_| (CourseId(pick(&mut seed, 15)), PeriodId(pick(&mut seed, 16)))).collect(),
        courses,
        campus: None,
        homes: None,
    }
}

/// One cluster for each department: two side by side, one alone, then the repair.
fn departments() -> Partition {
    let job = |wave, scope| Job { wave, bytes: 32 << 20, threads: 1, scope };
    let jobs =
        vec![job(0, Scope::Cluster(0)), job(0, Scope::Cluster(1)), job(1, Scope::Cluster(2)), job(2, Scope::Repair)];
    Partition { labels: (0..15).map(|course| ClusterId(course / 5)).collect(), fan_out: FanOut { jobs } }
}

/// A run's folder with its instance and partition.
struct Run {
    folder: tempfile::TempDir,
    instance: Instance,
    effort: f64,
}

impl Run {
    fn new(seed: u64, effort: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seal = |writer: ArtifactWriter, name: &str| {
            writer.seal(&folder.path().join("partial"), &folder.path().join(name)).unwrap();
        };
        seal(college(seed).artifact(ArtifactKey(1)), "instance.art");
        seal(departments().artifact(ArtifactKey(2)), "partition.art");
        let instance = Instance::open(&folder.path().join("instance.art")).unwrap();
        Self { folder, instance, effort }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn work(&self, stage: Stage, name: &str, settings: &str, inputs: &[(&str, String)], output: (&str, &str)) {
        let mut args = WorkerArgs::new(stage, name, 1, self.folder.path());
        args.inputs = ["instance", "partition"].map(|role| (role.to_owned(), self.path(&format!("{role}.art")))).into();
        args.inputs.extend(inputs.iter().map(|(role, name)| ((*role).to_owned(), self.path(name))));
        args.outputs = vec![(output.0.to_owned(), self.path(output.1))];
        args.settings = settings.split(' ').map(|setting| setting.parse().unwrap()).collect();
        args.effort = Some(self.effort);
        assert_eq!(solve::main(args), ExitCode::SUCCESS, "{name}");
    }

    fn commit(&self, wave: usize, fragments: &[usize]) -> Ledger {
        let mut inputs: Vec<(&str, String)> = Vec::new();
        if wave > 0 {
            inputs.push(("ledger", format!("ledger-{}.art", wave - 1)));
        }
        inputs.extend(fragments.iter().map(|job| ("fragment", format!("fragment-{job}.art"))));
        let output = format!("ledger-{wave}.art");
        self.work(Stage::Commit, &format!("commit.{wave}"), &format!("wave={wave}"), &inputs, ("ledger", &output));
        Ledger::open(&self.path(&output), &self.instance).unwrap()
    }

    fn solve(&self, job: usize, wave: usize) -> Fragment {
        let output = format!("fragment-{job}.art");
        let ledger = [("ledger", format!("ledger-{wave}.art"))];
        self.work(Stage::Solve, &format!("solve.{job}"), &format!("job={job}"), &ledger, ("fragment", &output));
        Fragment::open(&self.path(&output), &self.instance).unwrap()
    }

    fn cost(&self, ledger: &Ledger) -> Cost {
        recount(&self.instance, &ledger.timetable).cost()
    }

    /// All waves; returns the ledgers.
    fn all(&self) -> Vec<Ledger> {
        let mut ledgers = vec![self.commit(0, &[])];
        for (wave, jobs) in [vec![0, 1], vec![2], vec![3]].into_iter().enumerate() {
            for &job in &jobs {
                self.solve(job, wave);
            }
            ledgers.push(self.commit(wave + 1, &jobs));
        }
        ledgers
    }
}

fn claim(path: &Path, kind: Kind) -> Claim {
    Artifact::open(path, kind).unwrap().note().unwrap()
}

#[test]
fn every_wave_keeps_the_rules_and_none_costs_more() {
    let mut improved = 0;
    for seed in 0..6 {
        let run = Run::new(seed, 0.3);
        let ledgers = run.all();
        let costs: Vec<Cost> = ledgers.iter().map(|ledger| run.cost(ledger)).collect();
        assert!(costs.iter().all(|cost| cost.hard == 0), "{costs:?}");
        assert!(costs.is_sorted_by(|before, after| after <= before), "{costs:?}");
        improved += usize::from(costs[3] < costs[0]);
        for (wave, cost) in costs.iter().enumerate() {
            let optimal = *cost == Cost::default();
            assert_eq!(claim(&run.path(&format!("ledger-{wave}.art")), Kind::Ledger), Claim { cost: *cost, optimal });
        }
        for (job, wave) in [(0, 0), (1, 0), (2, 1)] {
            let with_it = claim(&run.path(&format!("fragment-{job}.art")), Kind::Fragment).cost;
            let mut changed = ledgers[wave].timetable.clone();
            for (class, at) in
                Fragment::open(&run.path(&format!("fragment-{job}.art")), &run.instance).unwrap().placements
            {
                changed.set(class, at);
            }
            assert_eq!(with_it, recount(&run.instance, &changed).cost(), "job {job}");
        }
    }
    assert!(improved >= 4, "only {improved} of 6 timetables got better");
}

#[test]
fn leases_are_disjoint_and_hold_the_own_cells() {
    let run = Run::new(1, 0.1);
    let ledger = run.commit(0, &[]);
    let [first, second] = &ledger.leases[..] else { panic!("two jobs, {} leases", ledger.leases.len()) };
    assert!(first.is_sorted() && first.iter().all(|cell| second.binary_search(cell).is_err()));
    let rooms = run.instance.room_count();
    for class in (0..run.instance.class_count()).map(ClassId::new) {
        let Some(at) = ledger.timetable.get(class) else { continue };
        let cell = (at.period.index() * rooms + at.room.index()) as u32;
        let cluster = run.instance.class_courses()[class.index()].index() / 5;
        for (job, lease) in [first, second].into_iter().enumerate() {
            assert_eq!(lease.binary_search(&cell).is_ok(), cluster == job, "class {class:?}");
        }
    }
    let alone = run.commit(1, &[]);
    let free = run.instance.period_count() * rooms - (0..10).map(|course| placed(&run, &alone, course)).sum::<usize>();
    assert_eq!(alone.leases[0].len(), free, "a job that is alone leases all that no other class occupies");
    assert_eq!(run.commit(2, &[]).leases[0].len(), run.instance.period_count() * rooms, "the repair leases all");
    assert!(run.commit(3, &[]).leases.is_empty());
}

fn placed(run: &Run, ledger: &Ledger, course: u32) -> usize {
    run.instance
        .course_classes(CourseId(course))
        .filter(|class| ledger.timetable.get(ClassId::new(*class)).is_some())
        .count()
}

#[test]
fn a_repetition_gives_the_same_bytes() {
    let (one, other) = (Run::new(3, 0.5), Run::new(3, 0.5));
    assert_eq!(one.all(), other.all());
    for name in ["ledger-0.art", "ledger-3.art", "fragment-0.art", "fragment-1.art", "fragment-2.art", "fragment-3.art"]
    {
        assert_eq!(std::fs::read(one.path(name)).unwrap(), std::fs::read(other.path(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_repair_of_a_complete_timetable_is_empty() {
    let run = Run::new(1, 0.1);
    let ledgers = run.all();
    assert!(run.cost(&ledgers[2]).is_feasible(), "the test needs a complete timetable");
    assert!(Fragment::open(&run.path("fragment-3.art"), &run.instance).unwrap().placements.is_empty());
}

#[test]
fn a_repair_completes_what_is_missing() {
    let run = Run::new(1, 1.0);
    for wave in 0..2 {
        run.commit(wave, &[]);
    }
    let mut ledger = run.commit(2, &[]);
    ledger.leases = vec![(0..(run.instance.period_count() * run.instance.room_count()) as u32).collect()];
    for course in [0, 7, 12] {
        for class in run.instance.course_classes(CourseId(course)) {
            ledger.timetable.set(ClassId::new(class), None);
        }
    }
    let claim = Claim { cost: run.cost(&ledger), optimal: false };
    assert!(claim.cost.unplaced >= 6);
    let writer = ledger.artifact(ArtifactKey(9), &claim);
    writer.seal(&run.path("partial"), &run.path("ledger-2.art")).unwrap();
    run.solve(3, 2);
    assert!(run.cost(&run.commit(3, &[3])).is_feasible());
}

#[test]
fn more_effort_is_more_work_and_no_worse() {
    let cost = |effort: f64| {
        let run = Run::new(4, effort);
        run.commit(0, &[]);
        run.solve(0, 0);
        claim(&run.path("fragment-0.art"), Kind::Fragment).cost
    };
    assert!(cost(1.0) <= cost(0.001));
}

#[test]
fn a_job_in_pieces_keeps_to_its_lease_and_is_no_worse() {
    for pieces in [2, 4, 99] {
        let run = Run::new(2, 0.3);
        let ledger = run.commit(0, &[]);
        let inputs = [("ledger", "ledger-0.art".to_owned())];
        for job in 0..2 {
            let (name, output) = (format!("solve.{job}"), format!("fragment-{job}.art"));
            let settings = format!("job={job} solve.parts={pieces}");
            run.work(Stage::Solve, &name, &settings, &inputs, ("fragment", &output));
            let claimed = claim(&run.path(&output), Kind::Fragment).cost;
            assert!(claimed <= run.cost(&ledger), "job {job} in {pieces} pieces");
        }
        let after = run.commit(1, &[0, 1]);
        assert!(run.cost(&after) <= run.cost(&ledger), "{pieces} pieces");
    }
}
