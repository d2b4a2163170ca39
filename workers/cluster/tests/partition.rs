//! What a partition promises, on random instances: through the library, and through the worker's own main function.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cluster::predict::{PUMPKIN, Predictor};
use cluster::{Clustering, Settings, Spread, partition};
use proptest::prelude::*;
use shared::artifact::{ArtifactKey, Header};
use shared::bytes::Bytes;
use shared::ids::{CourseId, Id, PeriodId, TeacherId};
use shared::model::instance::CourseRow;
use shared::model::partition::Scope;
use shared::model::{Instance, InstanceTables, Partition};
use shared::wire::Stage;
use shared::worker::{Setting, WorkerArgs};

/// Courses on a week of 5 × 5 periods: lectures, teacher, students and a period that is barred.
fn courses() -> impl Strategy<Value = Vec<CourseRow>> {
    let course = (1_u32..7, 0_u32..20, 1_u32..90, 1_u32..4).prop_map(|(lectures, teacher, students, min_days)| {
        CourseRow { name: String::new(), teacher: TeacherId(teacher), lectures, min_days, students }
    });
    proptest::collection::vec(course, 1..45)
}

fn tables() -> impl Strategy<Value = InstanceTables> {
    courses().prop_flat_map(|courses| {
        let count = courses.len();
        let member = (0..count).prop_map(CourseId::new);
        let curricula = proptest::collection::vec(proptest::collection::vec(member.clone(), 2..6), 0..30);
        let unavailable = proptest::collection::vec((member, (0_usize..25).prop_map(PeriodId::new)), 0..60);
        (curricula, unavailable).prop_map(move |(curricula, unavailable)| InstanceTables {
            name: "random".to_owned(),
            days: 5,
            slots_per_day: 5,
            courses: courses.clone(),
            rooms: vec![("a".to_owned(), 20), ("b".to_owned(), 40), ("c".to_owned(), 80)],
            curricula: curricula.into_iter().map(|courses| (String::new(), courses)).collect(),
            teachers: vec![String::new(); 20],
            unavailable,
            campus: None,
            homes: None,
        })
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    (8_u64..40, 5_u32..60, 1_u32..15, any::<u64>()).prop_map(|(memory, lectures, waves, seed)| Settings {
        memory: Bytes::mib(memory),
        lectures,
        waves,
        seed,
    })
}

fn members(clustering: &Clustering, cluster: u32) -> Vec<CourseId> {
    let labels = clustering.partition.labels.iter().enumerate();
    labels.filter(|(_, label)| label.0 == cluster).map(|(course, _)| CourseId::new(course)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_course_is_in_one_cluster_and_every_cluster_has_one_job(tables in tables(), settings in settings()) {
        let instance = tables.instance().expect("well-formed tables");
        let found = partition(&instance, &settings, Spread::Inline);
        prop_assert_eq!(found.partition.labels.len(), instance.course_count());
        let jobs = &found.partition.fan_out.jobs;
        let (repair, clusters) = jobs.split_last().expect("the repair is always there");
        prop_assert_eq!(repair.scope, Scope::Repair);
        prop_assert!(jobs.is_sorted_by_key(|job| job.wave));
        prop_assert_eq!(found.partition.fan_out.wave(repair.wave as usize).count(), 1);
        for (number, job) in clusters.iter().enumerate() {
            prop_assert_eq!(job.scope, Scope::Cluster(number as u32));
            prop_assert!(!members(&found, number as u32).is_empty());
        }
        prop_assert!(found.partition.labels.iter().all(|label| label.index() < clusters.len()));
    }

    #[test]
    fn no_cluster_of_several_courses_is_predicted_over_the_memory(tables in tables(), settings in settings()) {
        let instance = tables.instance().expect("well-formed tables");
        let found = partition(&instance, &settings, Spread::Inline);
        let predictor = Predictor::new(&instance, PUMPKIN);
        for (number, job) in found.partition.fan_out.jobs.iter().enumerate().take(found.clusters) {
            let courses = members(&found, number as u32);
            prop_assert_eq!(job.bytes, predictor.cluster(&courses).bytes(PUMPKIN));
            let over = Bytes(job.bytes) > settings.memory;
            prop_assert!(!over || courses.len() == 1, "{} courses in {}", courses.len(), job.bytes);
            prop_assert!(!over || found.oversize.iter().any(|(cluster, ..)| cluster.index() == number));
        }
    }

    #[test]
    fn no_cluster_of_several_courses_is_over_the_lectures_when_waves_are_free(tables in tables(), mut settings in settings()) {
        settings.waves = u32::MAX;
        let instance = tables.instance().expect("well-formed tables");
        let found = partition(&instance, &settings, Spread::Inline);
        for number in 0..found.clusters as u32 {
            let courses = members(&found, number);
            let lectures: usize = courses.iter().map(|course| instance.course_lectures(*course)).sum();
            prop_assert!(lectures <= settings.lectures as usize || courses.len() == 1);
        }
    }

    #[test]
    fn a_wave_never_holds_coupled_clusters(tables in tables(), settings in settings()) {
        let instance = tables.instance().expect("well-formed tables");
        let Partition { labels, fan_out } = partition(&instance, &settings, Spread::Inline).partition;
        for (course, others) in instance.conflicts().iter().enumerate() {
            for other in others {
                let (a, b) = (labels[course].index(), labels[other.index()].index());
                prop_assert!(a == b || fan_out.jobs[a].wave != fan_out.jobs[b].wave);
            }
        }
    }

    #[test]
    fn threads_and_repetition_change_nothing(tables in tables(), settings in settings()) {
        let instance = tables.instance().expect("well-formed tables");
        let alone = partition(&instance, &settings, Spread::Inline);
        prop_assert_eq!(&partition(&instance, &settings, Spread::Inline), &alone);
        for threads in [1, 2, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let together = pool.install(|| partition(&instance, &settings, Spread::Threads { arcs: 0 }));
            prop_assert_eq!(together.hash, alone.hash);
            prop_assert_eq!(&together, &alone);
        }
    }
}

/// A chain of departments with a curriculum each; neighbours are joined by a curriculum of two courses, so two waves are enough.
fn chain(departments: u32, size: u32) -> InstanceTables {
    let course = |number: u32| CourseRow {
        name: format!("c{number}"),
        teacher: TeacherId(number),
        lectures: 4,
        min_days: 2,
        students: 30,
    };
    let department = |at: u32| (format!("q{at}"), (at * size..(at + 1) * size).map(CourseId).collect());
    let link = |at: u32| (format!("link{at}"), vec![CourseId(at * size - 1), CourseId(at * size)]);
    InstanceTables {
        name: "chain".to_owned(),
        days: 5,
        slots_per_day: 5,
        courses: (0..departments * size).map(course).collect(),
        rooms: vec![("r".to_owned(), 40)],
        curricula: (0..departments).map(department).chain((1..departments).map(link)).collect(),
        teachers: (0..departments * size).map(|number| format!("t{number}")).collect(),
        unavailable: Vec::new(),
        campus: None,
        homes: None,
    }
}

#[test]
fn departments_are_found_and_share_waves() {
    let instance = chain(8, 9).instance().expect("well-formed tables");
    let found = partition(&instance, &Settings::default(), Spread::Inline);
    assert_eq!((found.clusters, found.largest), (8, 36));
    assert_eq!(found.partition.fan_out.waves(), 3, "two waves and the repair");
    for department in found.partition.labels.chunks(9) {
        assert!(department.iter().all(|label| *label == department[0]));
    }
}

#[test]
fn many_waves_are_bought_off_with_larger_clusters_while_the_memory_allows_it() {
    // One curriculum of all courses: every cluster touches every other.
    let tables = chain(1, 60);
    let instance = tables.instance().expect("well-formed tables");
    let waves = |settings: Settings| partition(&instance, &settings, Spread::Inline).partition.fan_out.waves() - 1;
    let free = Settings { waves: u32::MAX, ..Settings::default() };
    assert!(waves(free) >= 6);
    assert!(waves(Settings { waves: 3, ..free }) <= 3);
    assert!(waves(Settings { waves: 3, memory: Bytes::mib(7), ..free }) > 3);
}

#[test]
fn an_instance_without_courses_has_only_the_repair() {
    let instance = chain(0, 0).instance().expect("well-formed tables");
    let found = partition(&instance, &Settings::default(), Spread::Inline);
    assert_eq!((found.clusters, found.partition.fan_out.jobs.len(), found.partition.fan_out.waves()), (0, 1, 1));
}

fn worker(folder: &Path, output: &str, threads: u32, settings: &[(&str, &str)]) -> (ExitCode, PathBuf) {
    let sealed = folder.join(output);
    let mut args = WorkerArgs::new(Stage::Cluster, "cluster", 1, folder);
    args.inputs.push(("instance".to_owned(), folder.join("instance.art")));
    args.outputs.push(("partition".to_owned(), sealed.clone()));
    args.threads = threads;
    args.settings =
        settings.iter().map(|(key, value)| Setting { key: (*key).into(), value: (*value).into() }).collect();
    (cluster::main(args), sealed)
}

#[test]
fn the_worker_seals_a_partition_that_others_can_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("instance.art");
    chain(5, 9).artifact(ArtifactKey::default()).seal(&folder.path().join("instance.partial"), &path).expect("sealed");
    let (exit, first) = worker(folder.path(), "partition-1.art", 1, &[("cluster.lectures", "40")]);
    assert_eq!(exit, ExitCode::SUCCESS);
    let instance = Instance::open(&path).expect("the instance");
    let partition = Partition::open(&first, &instance).expect("the partition");
    assert_eq!(partition.fan_out.jobs.len(), 6);
    let (_, second) = worker(folder.path(), "partition-2.art", 3, &[("cluster.lectures", "40")]);
    assert_eq!(std::fs::read(&first).expect("bytes"), std::fs::read(&second).expect("bytes"));
    let (_, other) = worker(folder.path(), "partition-3.art", 1, &[("cluster.lectures", "20")]);
    assert_ne!(Header::read(&first).expect("a header").key, Header::read(&other).expect("a header").key);
}

#[test]
fn a_wrong_setting_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (exit, sealed) = worker(folder.path(), "partition.art", 1, &[("cluster.waves", "several")]);
    assert_eq!(exit, shared::exit::Exit::BadInput.into());
    assert!(!sealed.exists());
}
