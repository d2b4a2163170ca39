//! Who judges the judge: a week small enough to count by hand, and public solutions whose cost is published.

use crate::harness::benchmarks;
use crate::harness::oracle::{Judgement, judge, judge_text};

/// Two days of three slots; `Algebra` and `Botany` share a curriculum, `Botany` and `Chess` a teacher.
const INSTANCE: &str = "\
Name: by-hand
Courses: 3
Rooms: 2
Days: 2
Periods_per_day: 3
Curricula: 1
Constraints: 1

COURSES:
Algebra ann 3 2 30
Botany bob 2 2 10
Chess bob 1 1 5

ROOMS:
big 25
small 8

CURRICULA:
both 2 Algebra Botany

UNAVAILABILITY_CONSTRAINTS:
Chess 1 2

END.
";

/// Everything that can be counted, each with a number of its own.
#[test]
fn a_week_counted_by_hand() {
    let solution = "\
Algebra big 0 0
Botany small 0 2
Botany big 1 1
Algebra big 1 1
Chess small 1 2
Algebra small 0 0
";
    let expected = Judgement {
        // Algebra: two of three periods, and one of them twice.
        lectures: 2,
        // Algebra meets Botany at (1, 1).
        conflicts: 1,
        // Chess at (1, 2).
        availability: 1,
        // The big room at (1, 1).
        room_occupancy: 1,
        // Algebra 5 + 5 in the big room and 22 in the small one, Botany 2 in the small one.
        room_capacity: 34,
        // All have their days.
        min_working_days: 0,
        // The curriculum is alone at (0, 0) with two, at (0, 2) with one, at (1, 1) with two lectures.
        curriculum_compactness: 10,
        // Algebra and Botany have two rooms each.
        room_stability: 2,
    };
    assert_eq!(judge_text(INSTANCE, solution), expected);
}

/// An empty timetable misses each lecture and each day, and nothing else.
#[test]
fn an_empty_timetable_misses_everything() {
    let expected = Judgement { lectures: 6, min_working_days: 25, ..Judgement::default() };
    assert_eq!(judge_text(INSTANCE, ""), expected);
}

/// The oracle agrees with the published figures of public solutions, component by component.
#[test]
fn the_oracle_agrees_with_published_costs() {
    let Some(folder) = benchmarks() else { return };
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut rows = 0;
    for line in table.lines().filter(|line| line.starts_with("cbctt\t")) {
        let fields: Vec<&str> = line.split('\t').collect();
        let judgement = judge(&folder.join(fields[1]), &folder.join(fields[2]));
        let soft = format!(
            "{},{},{},{}",
            judgement.room_capacity,
            judgement.min_working_days,
            judgement.curriculum_compactness,
            judgement.room_stability
        );
        let counted = (judgement.violations().to_string(), judgement.cost().to_string(), soft);
        assert_eq!(counted, (fields[3].to_owned(), fields[4].to_owned(), fields[5].to_owned()), "{}", fields[2]);
        rows += 1;
    }
    assert!(rows > 0, "expected.tsv has no row of this problem");
}
