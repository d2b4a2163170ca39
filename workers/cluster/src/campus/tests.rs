//! The graphs of a campus, counted pair by pair; and its partition.

use shared::ids::{CourseId, Id, PeriodId};
use shared::model::Instance;
use shared::model::campus::Campus;

use super::testing::campus;
use super::{conflict_graph, coupling, rigid_pairs};
use crate::{Settings, Spread, partition};

/// What an edge weighs, in the obvious way: every pair of starts is looked at.
fn weight(instance: &Instance, campus: Campus<'_>, a: CourseId, b: CourseId) -> f64 {
    let starts =
        |course| (0..instance.period_count()).filter(move |at| instance.is_available(course, PeriodId::new(*at)));
    let (mut pairs, mut overlaps) = (0, 0);
    for one in starts(a) {
        for other in starts(b) {
            pairs += 1;
            overlaps += usize::from(one < other + campus.length(b) && other < one + campus.length(a));
        }
    }
    let common =
        campus.students(campus.subject(a)).iter().filter(|one| campus.students(campus.subject(b)).contains(one));
    let teachers = campus.teachers(a).iter().filter(|teacher| campus.teachers(b).contains(teacher)).count();
    let people = common.count() + 10 * teachers + 10 * usize::from(are_related(campus, a, b));
    let meetings = instance.course_lectures(a) * instance.course_lectures(b);
    if pairs == 0 { 0.0 } else { (people * meetings) as f64 * overlaps as f64 / f64::from(pairs) }
}

fn are_related(campus: Campus<'_>, a: CourseId, b: CourseId) -> bool {
    let kin = campus.kin();
    campus.groups(a).iter().any(|group| kin.related[group.index()].iter().any(|other| campus.groups(b).contains(other)))
}

#[test]
fn weights_are_expected_clashes() {
    for seed in 0..5 {
        let instance = campus(seed, 3);
        let campus = instance.campus().expect("it is one");
        let graph = conflict_graph(&instance, campus, false);
        for a in instance.courses() {
            for b in instance.courses().filter(|b| *b != a) {
                let found = graph.arcs(a.0).iter().find(|arc| arc.target == b.0).map_or(0.0, |arc| arc.weight);
                let expected = weight(&instance, campus, a, b) as f32;
                assert!((found - expected).abs() <= 1e-4 * expected, "seed {seed}: {a:?} {b:?} {found} {expected}");
            }
        }
    }
}

#[test]
fn threads_do_not_change_the_graph() {
    let instance = campus(3, 12);
    let campus = instance.campus().expect("it is one");
    let (one, many) = (conflict_graph(&instance, campus, false), conflict_graph(&instance, campus, true));
    (0..120).for_each(|course| assert_eq!(one.arcs(course), many.arcs(course)));
}

#[test]
fn no_wave_holds_coupled_clusters_and_no_rigid_pair_is_parted() {
    for seed in 0..12 {
        let instance = campus(seed, 8);
        let campus = instance.campus().expect("it is one");
        let found =
            partition(&instance, &Settings { lectures: 30, waves: 6, seed, ..Settings::default() }, Spread::Inline);
        let (labels, jobs) = (&found.partition.labels, &found.partition.fan_out.jobs);
        for (one, other) in rigid_pairs(campus) {
            assert_eq!(labels[one.index()], labels[other.index()], "seed {seed}");
        }
        let coupling = coupling(&instance, campus);
        for course in instance.courses() {
            for arc in coupling.arcs(course.0) {
                let (a, b) = (labels[course.index()].index(), labels[arc.target as usize].index());
                assert!(a == b || jobs[a].wave != jobs[b].wave, "seed {seed}: {course:?} and {}", arc.target);
            }
        }
        assert!(found.clusters > 2 && found.cut < 0.5, "seed {seed}: {} clusters, {}", found.clusters, found.cut);
    }
}

#[test]
fn threads_and_repetition_change_no_label() {
    let instance = campus(9, 20);
    let settings = Settings { lectures: 60, ..Settings::default() };
    let alone = partition(&instance, &settings, Spread::Inline);
    for threads in [1, 2, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let together = pool.install(|| partition(&instance, &settings, Spread::Threads { arcs: 0 }));
        assert_eq!(together, alone);
    }
}
