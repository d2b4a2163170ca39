//! STAGE2A for a campus: the guide alone, and from sealed file to sealed file.

use std::path::PathBuf;
use std::process::ExitCode;

use shared::artifact::{ArtifactKey, ArtifactWriter};
use shared::ids::{ClassId, Id};
use shared::model::cost::{Components, recount};
use shared::model::{Fragment, Instance, Ledger, Rule};
use shared::wire::Stage;
use shared::worker::WorkerArgs;

use super::ground::Ground;
use super::testing::{campus, thirds};
use super::{guide, seat};
use crate::lease::cells;

/// Everything hard that is placed but clashes of students.
fn strict(counted: &Components) -> u64 {
    counted.cost().hard - counted.get(Rule::StudentClash)
}

#[test]
fn the_guide_breaks_nothing_but_that_students_clash() {
    let mut complete = 0;
    for seed in 0..150 {
        let instance = campus(seed).instance().unwrap();
        let ground = Ground::new(&instance, instance.campus().unwrap()).unwrap();
        let make = || {
            let plan = guide::plan(&ground, seed, &mut || true);
            assert_eq!(plan.state.hard(), 0, "seed {seed}");
            seat::seat_all(&plan)
        };
        let timetable = make();
        let counted = recount(&instance, &timetable);
        assert_eq!(strict(&counted), 0, "seed {seed}: {:?}", counted.hard().collect::<Vec<_>>());
        assert_eq!(make(), timetable, "seed {seed}: a repetition is equal");
        complete += usize::from(counted.unplaced() == 0);
    }
    assert!(complete > 75, "only {complete} of 150 are complete");
}

/// A run's folder with its instance and partition.
struct Run {
    folder: tempfile::TempDir,
    instance: Instance,
}

impl Run {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seal = |writer: ArtifactWriter, name: &str| {
            writer.seal(&folder.path().join("partial"), &folder.path().join(name)).unwrap();
        };
        let tables = campus(seed);
        seal(tables.artifact(ArtifactKey(1)), "instance.art");
        seal(thirds(&tables.instance().unwrap()).artifact(ArtifactKey(2)), "partition.art");
        let instance = Instance::open(&folder.path().join("instance.art")).unwrap();
        Self { folder, instance }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn work(&self, stage: Stage, settings: &str, inputs: &[(&str, String)], output: (&str, &str)) {
        let mut args = WorkerArgs::new(stage, output.1, 1, self.folder.path());
        args.inputs = ["instance", "partition"].map(|role| (role.to_owned(), self.path(&format!("{role}.art")))).into();
        args.inputs.extend(inputs.iter().map(|(role, name)| ((*role).to_owned(), self.path(name))));
        args.outputs = vec![(output.0.to_owned(), self.path(output.1))];
        args.settings = settings.split(' ').map(|setting| setting.parse().unwrap()).collect();
        args.effort = Some(0.1);
        assert_eq!(crate::main(args), ExitCode::SUCCESS, "{}", output.1);
    }

    fn commit(&self, wave: usize, fragments: &[usize]) -> Ledger {
        let mut inputs: Vec<(&str, String)> = Vec::new();
        if wave > 0 {
            inputs.push(("ledger", format!("ledger-{}.art", wave - 1)));
        }
        inputs.extend(fragments.iter().map(|job| ("fragment", format!("fragment-{job}.art"))));
        let output = format!("ledger-{wave}.art");
        self.work(Stage::Commit, &format!("wave={wave}"), &inputs, ("ledger", &output));
        Ledger::open(&self.path(&output), &self.instance).unwrap()
    }

    fn solve(&self, job: usize, wave: usize, parts: usize) -> Fragment {
        let output = format!("fragment-{job}.art");
        let ledger = [("ledger", format!("ledger-{wave}.art"))];
        self.work(Stage::Solve, &format!("job={job} solve.parts={parts}"), &ledger, ("fragment", &output));
        Fragment::open(&self.path(&output), &self.instance).unwrap()
    }

    /// All waves; returns the ledgers, and checks that each fragment keeps to its lease and is fit to be accepted.
    fn all(&self, parts: usize) -> Vec<Ledger> {
        let mut ledgers = vec![self.commit(0, &[])];
        for (wave, jobs) in [vec![0, 1], vec![2], vec![3]].into_iter().enumerate() {
            let ledger = &ledgers[wave];
            for (place, &job) in jobs.iter().enumerate() {
                let mut changed = ledger.timetable.clone();
                for (class, at) in self.solve(job, wave, parts).placements {
                    changed.set(class, at);
                    let mut taken = at.into_iter().flat_map(|at| cells(&self.instance, class, at));
                    assert!(taken.all(|cell| ledger.leases[place].binary_search(&cell).is_ok()), "job {job}");
                }
                let (before, after) = (self.count(ledger), recount(&self.instance, &changed));
                assert!(super::is_no_worse(&before, &after), "job {job}: {before:?} and then {after:?}");
            }
            ledgers.push(self.commit(wave + 1, &jobs));
        }
        ledgers
    }

    fn count(&self, ledger: &Ledger) -> Components {
        recount(&self.instance, &ledger.timetable)
    }
}

#[test]
fn every_wave_keeps_the_rules_and_the_leases_and_is_no_worse() {
    let (mut improved, mut missing) = (0, [0, 0]);
    for seed in 0..24 {
        let run = Run::new(seed);
        let ledgers = run.all(1 + seed as usize % 3);
        let counts: Vec<Components> = ledgers.iter().map(|ledger| run.count(ledger)).collect();
        assert!(counts.iter().all(|counted| strict(counted) == 0), "seed {seed}");
        assert!(counts.windows(2).all(|pair| super::is_no_worse(&pair[0], &pair[1])), "seed {seed}");
        improved += usize::from(counts[3].cost() < counts[0].cost());
        missing[0] += counts[0].unplaced();
        missing[1] += counts[3].unplaced();
    }
    assert!(improved >= 3, "only {improved} of 24 timetables got better");
    assert!(missing[1] <= missing[0], "{missing:?}");
}

#[test]
fn leases_of_a_wave_are_disjoint_and_hold_what_is_there() {
    for seed in 0..20 {
        let run = Run::new(seed);
        let ledger = run.commit(0, &[]);
        let [first, second] = &ledger.leases[..] else { panic!("two jobs, {} leases", ledger.leases.len()) };
        assert!(first.iter().all(|cell| second.binary_search(cell).is_err()), "seed {seed}");
        for class in (0..run.instance.class_count()).map(ClassId::new) {
            let cluster = run.instance.class_courses()[class.index()].index() % 3;
            let Some(at) = ledger.timetable.get(class) else { continue };
            for cell in cells(&run.instance, class, at) {
                let held = [first, second].map(|lease| lease.binary_search(&cell).is_ok());
                assert_eq!(held, [cluster == 0, cluster == 1], "seed {seed}, class {class:?}");
            }
        }
    }
}

#[test]
fn a_repetition_gives_the_same_bytes() {
    for seed in [2, 5] {
        let (one, other) = (Run::new(seed), Run::new(seed));
        assert_eq!(one.all(1), other.all(1));
        for name in ["ledger-3.art", "fragment-0.art", "fragment-2.art", "fragment-3.art"] {
            let bytes = [&one, &other].map(|run| std::fs::read(run.path(name)).unwrap());
            assert!(bytes[0] == bytes[1], "{name} of seed {seed}");
        }
    }
}
