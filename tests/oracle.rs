//! Who judges the judge: a week small enough to count by hand, and public solutions whose cost is published.

use crate::harness::benchmarks;
use crate::harness::campus_oracle::judge as judge_campus;
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

/// Two days of three periods. Each rule of the campus format is broken so often that its count can be told from the others.
const CAMPUS: [(&str, &str); 8] = [
    (
        "calendar.toml",
        "days = [\"Mon\", \"Tue\"]\nperiods = [{ start = \"1\" }, { start = \"2\" }, { start = \"3\" }]\n",
    ),
    ("rooms.csv", "room,capacity,features\nbig,20,LAB\nsmall,5,\n"),
    ("teachers.csv", "teacher,max_per_day\nann,2\nbob,\n"),
    ("groups.csv", "group,size,part_of\nYear,10,\nHalf,6,Year\n"),
    (
        "events.csv",
        "event,course,teachers,groups,periods,per_week,size,features,rooms,pinned\n\
         Algebra,Algebra,ann,Year,1,2,,,,\n\
         Botany,Botany,ann,Half,1,1,,LAB,big,\n\
         Chess,Chess,bob,,2,1,,,,Mon 1 big\n\
         Drama,Drama,bob,,1,1,,,,\n\
         English,English,,,1,1,3,,,\n\
         Fencing,Fencing,,,2,1,1,,,\n\
         Gymnastics,Gymnastics,,Half,1,1,5,,,\n",
    ),
    ("enrolments.csv", "student,course\ns1,Chess\ns2,Chess\ns1,Drama\n"),
    (
        "unavailable.csv",
        "who,day,from,to,strength\nann,Mon,2,2,hard\nsmall,Mon,1,1,\nYear,Tue,3,3,hard\nbob,Mon,3,3,soft\n",
    ),
    ("rules.csv", "rule,events,strength\nbefore,Drama;Chess,hard\nsame-room,Algebra;Botany,soft\n"),
];

/// A campus week counted by hand, rule by rule.
#[test]
fn a_campus_week_counted_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in CAMPUS {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let timetable = folder.path().join("timetable.csv");
    let rows = "\
event,meeting,day,period,room
Algebra,1,Mon,1,big
Algebra,2,Mon,2,small
Botany,1,Mon,1,small
Chess,1,Mon,2,small
Drama,1,Mon,3,big
Fencing,1,Tue,3,big
Gymnastics,1,Tue,3,small
Knitting,1,Tue,1,big
";
    std::fs::write(&timetable, rows).unwrap();
    let mut expected = [1; 15];
    // Ann has Algebra and Botany at Mon 1, Bob Chess and Drama at Mon 3.
    expected[3] = 2;
    // Algebra and Botany in the small room.
    expected[6] = 2;
    // Ann at Mon 2, the small room at Mon 1, the half of the year at Tue 3.
    expected[9] = 3;
    assert_eq!(judge_campus(folder.path(), &timetable), expected);
    std::fs::write(&timetable, "event,meeting,day,period,room\n").unwrap();
    let mut nothing = [0; 15];
    nothing[1] = 8;
    assert_eq!(judge_campus(folder.path(), &timetable), nothing);
}
