//! Instances, timetables and whole runs of the stage for the tests of this crate.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use search::{Grid, State, Weights};
use shared::artifact::{Artifact, ArtifactKey, ArtifactWriter, Column, Kind};
use shared::ids::{ClassId, CourseId, Id, PeriodId, RoomId, TeacherId};
use shared::model::cost::recount;
use shared::model::instance::CourseRow;
use shared::model::timetable::Claim;
use shared::model::{ChangePrice, Cost, Home, HomeTables, Instance, InstanceTables, Timetable};
use shared::wire::Stage;
use shared::worker::WorkerArgs;

use crate::random::Random;
use crate::{HARD_WEIGHT, campus};

/// A random instance: some 20 courses, 5 days of 4 slots, 5 rooms.
pub(crate) fn random_instance(seed: u64) -> Instance {
    random_tables(seed).instance().expect("a well-formed instance")
}

/// The tables of [`random_instance`].
pub(crate) fn random_tables(seed: u64) -> InstanceTables {
    let mut random = Random::new(seed, 99);
    let courses = 14 + random.below(12);
    let row = |index: usize, random: &mut Random| CourseRow {
        name: format!("c{index}"),
        teacher: TeacherId::new(random.below(courses)),
        lectures: 1 + random.below(4) as u32,
        min_days: 1 + random.below(4) as u32,
        students: 5 + random.below(60) as u32,
    };
    let rows: Vec<CourseRow> = (0..courses).map(|index| row(index, &mut random)).collect();
    let curriculum = |random: &mut Random| -> Vec<CourseId> {
        (0..2 + random.below(3)).map(|_| CourseId::new(random.below(courses))).collect()
    };
    let home = |random: &mut Random| Home {
        period: PeriodId::new(random.below(20)),
        room: Some(RoomId::new(random.below(5))),
    };
    let barred = |random: &mut Random| (CourseId::new(random.below(courses)), PeriodId::new(random.below(20)));
    InstanceTables {
        name: "random".to_owned(),
        days: 5,
        slots_per_day: 4,
        courses: rows,
        rooms: (0..5).map(|room| (format!("r{room}"), 10 + 12 * room)).collect(),
        curricula: (0..courses / 2).map(|index| (format!("q{index}"), curriculum(&mut random))).collect(),
        teachers: (0..courses).map(|index| format!("t{index}")).collect(),
        unavailable: (0..2 * courses).map(|_| barred(&mut random)).collect(),
        campus: None,
        // Some have had a timetable before.
        homes: (seed % 4 == 3).then(|| HomeTables {
            price: ChangePrice::of(9),
            homes: (0..courses).map(|_| vec![home(&mut random), home(&mut random)]).collect(),
        }),
    }
}

/// The compiled instance with the weights of the stage.
pub(crate) fn grid(instance: &Instance) -> Grid {
    Grid::new(instance, Weights::ud2(HARD_WEIGHT)).expect("at most 25 courses of 4 classes in 100 cells")
}

/// A complete timetable without any care for its cost.
pub(crate) fn scattered(instance: &Instance, seed: u64) -> Timetable {
    let grid = grid(instance);
    let mut state = State::new(&grid, &Timetable::unplaced(grid.classes));
    let mut view = state.view(&grid);
    let mut random = Random::new(seed, 7);
    for _ in 0..20 * grid.classes {
        let class = random.below(grid.classes);
        let target = search::Spot::new(random.below(grid.periods), random.below(grid.rooms));
        if let Some(change) = view.evaluate(class, target, i32::MAX / 4) {
            view.apply(class, target, change);
        }
    }
    view.timetable()
}

/// A folder with an instance and a draft, and the arguments of the stage.
pub(crate) struct Case {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) instance: Instance,
    pub(crate) input: Timetable,
    pub(crate) args: WorkerArgs,
}

impl Case {
    /// A case with a draft that leaves much to do.
    pub(crate) fn new(seed: u64) -> Self {
        let tables = random_tables(seed);
        let instance = tables.instance().expect("a well-formed instance");
        let input = scattered(&instance, seed);
        Self::of(&tables, instance, input, seed)
    }

    /// The same of a campus.
    pub(crate) fn campus(seed: u64) -> Self {
        Self::of_campus(&campus::testing::random_tables(seed), seed)
    }

    /// The same of the campus in these tables.
    pub(crate) fn of_campus(tables: &InstanceTables, seed: u64) -> Self {
        let instance = tables.instance().expect("a well-formed campus");
        let input = campus::testing::scattered(&instance, seed);
        Self::of(tables, instance, input, seed)
    }

    fn of(tables: &InstanceTables, instance: Instance, mut input: Timetable, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mut random = Random::new(seed, 11);
        for _ in 0..random.below(6) {
            input.set(ClassId::new(random.below(instance.class_count())), None);
        }
        let path = |name: &str| folder.path().join(name);
        let mut args = WorkerArgs::new(Stage::Resolve, "resolve", 1, folder.path());
        args.inputs = vec![("instance".to_owned(), path("instance.art")), ("timetable".to_owned(), path("draft.art"))];
        args.outputs = vec![("timetable".to_owned(), path("timetable.art"))];
        args.effort = Some(0.002);
        args.seed = seed;
        let seal = |artifact: &ArtifactWriter, name: &str| {
            artifact.seal(&path("x.partial"), &path(name)).expect("the folder can be written");
        };
        seal(&tables.artifact(ArtifactKey::default()), "instance.art");
        let cost = recount(&instance, &input).priced();
        seal(&input.artifact(Kind::Draft, ArtifactKey::default(), &Claim { cost, optimal: false }), "draft.art");
        Self { folder, instance, input, args }
    }

    /// Adds a setting.
    pub(crate) fn set(&mut self, setting: &str) {
        self.args.settings.push(setting.parse().expect("KEY=VALUE"));
    }

    /// Where the final timetable goes.
    pub(crate) fn output(&self) -> &Path {
        &self.args.outputs[0].1
    }

    /// Runs the stage once more; the bytes that it sealed.
    pub(crate) fn run(&self) -> Vec<u8> {
        if self.output().exists() {
            fs::remove_file(self.output()).expect("ours to remove");
        }
        assert_eq!(crate::main(self.args.clone()), ExitCode::SUCCESS, "in {}", self.folder.path().display());
        fs::read(self.output()).expect("sealed")
    }

    /// The policy that was sealed with it.
    pub(crate) fn policy(&self) -> Option<String> {
        let artifact = Artifact::open(self.output(), Kind::Timetable).expect("sealed");
        let text = artifact.column::<u8>(Column::PolicyText).ok()?;
        Some(String::from_utf8(text.to_vec()).expect("a policy is text"))
    }

    /// The cost of what was sealed, which must be what its header claims.
    pub(crate) fn sealed_cost(&self) -> Cost {
        let artifact = Artifact::open(self.output(), Kind::Timetable).expect("sealed");
        let timetable = Timetable::read(&artifact, &self.instance).expect("a timetable of the instance");
        let cost = recount(&self.instance, &timetable).priced();
        assert_eq!(artifact.note::<Claim>().expect("a claim").cost, cost);
        cost
    }
}
