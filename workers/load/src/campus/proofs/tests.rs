//! What is told of campuses that are readable and impossible: golden messages.

use insta::assert_snapshot;

use crate::campus::testing::{SMALL, folder_where, folder_with, read, told};
use crate::finding::Severity;

/// The small campus with another sheet of events.
fn events(rows: &str) -> String {
    let head = "event,course,teachers,groups,periods,per_week,size,features,rooms,min_days,max_per_day,pinned\n";
    let folder = folder_with("events.csv", format!("{head}{rows}"));
    for file in ["rules.csv", "enrolments.csv"] {
        std::fs::remove_file(folder.path().join(file)).unwrap();
    }
    assert_eq!(read(folder.path()).findings.count(Severity::Error), 0, "{}", told(&folder));
    told(&folder)
}

/// The small campus with other rules.
fn rules(rows: &str) -> String {
    told(&folder_with("rules.csv", format!("rule,events,strength,weight\n{rows}")))
}

#[test]
fn an_event_that_no_room_suits() {
    assert_snapshot!(events("A,A,,,,,130,,,,,\nB,B,,,,,30,PCS;CHOIR,,,,\nC,C,,,,,100,,Lab Small,,,\n"), @"
    folder/events.csv:2:9: infeasible: no room seats the 130 people of event A
        hint:     Hall is the largest of those that may be, with 120 seats: part the event, or allow or equip another room
        rows:     rooms.csv:2
    folder/events.csv:3:9: infeasible: no room seats the 30 people of event B and has PCS and CHOIR
        hint:     no room that may be has CHOIR: is it spelt as in rooms.csv?
    folder/events.csv:4:9: infeasible: none of its rooms seats the 100 people of event C
        hint:     Lab is the largest of those that may be, with 40 seats: part the event, or allow or equip another room
        rows:     rooms.csv:3
    ");
}

#[test]
fn an_event_that_no_period_is_left_to() {
    let folder =
        folder_where("unavailable.csv", "Rossi,Wed,1,2,hard", "Rossi,Wed,1,4,\nRossi,Mon,2,3,\nY1A,Tue,2,3,hard");
    assert_snapshot!(told(&folder), @"
    folder/events.csv:2:1: infeasible: there is no period in which a meeting of event ALG-L with its 2 periods could begin
        found:    unavailable at some time: teacher Rossi, group Y1 or its relatives
        hint:     take away some of their unavailable periods, or make the meeting shorter
    folder/events.csv:2:39: infeasible: meeting 1 of event ALG-L is pinned to Mon 1, and teacher Rossi is unavailable then
    ");
    let folder = folder_where("unavailable.csv", "Hall,Tue,4,4,", "Lab,Mon,2,2,\nLab,Tue,2,2,\nLab,Wed,2,3,");
    assert_snapshot!(told(&folder), @"
    folder/events.csv:5:1: infeasible: there is no period in which a meeting of event PHY-P with its 3 periods could begin
        found:    unavailable at some time: the rooms that suit
        hint:     take away some of their unavailable periods, or make the meeting shorter
    ");
}

#[test]
fn more_meetings_than_days() {
    assert_snapshot!(events("A,A,Verdi,,,4,20,,,4,,\nB,B,Verdi,,3,4,20,,,,4,\n"), @"
    folder/events.csv:2:13: infeasible: event A has 4 meetings, with at most 1 a day on 3 possible days: 3 at most
        hint:     allow more a day (`max_per_day`), or free more days of its teachers and groups
    folder/events.csv:2:20: warning: event A should spread over 4 days and can have 3 at most
        hint:     each of the 1 day that is missing costs, whatever the timetable
    folder/events.csv:3:14: infeasible: event B has 4 meetings, with at most 4 a day on 3 possible days: 3 at most
        hint:     allow more a day (`max_per_day`), or free more days of its teachers and groups
    folder/teachers.csv:3:1: infeasible: teacher Verdi has 16 hours of 2 events and 12 periods
        hint:     give some of the events to somebody else, or free more periods
        rows:     events.csv:2, events.csv:3
    ");
}

#[test]
fn more_hours_than_somebody_has() {
    assert_snapshot!(events("A,A,Rossi,,2,3,20,,,,2,\nB,B,Rossi,,2,2,20,,,,2,\n"), @"
    folder/teachers.csv:2:1: infeasible: teacher Rossi has 10 hours of 2 events and 8 periods, at most 3 a day
        hint:     give some of the events to somebody else, or free more periods
        rows:     events.csv:2, events.csv:3
    ");
    assert_snapshot!(events("A,A,,Y1,2,3,,,,,,\nB,B,,Y1A,2,4,,,,,2,\nC,C,,Y1B,1,5,,,,,2,\n"), @"
    folder/groups.csv:3:1: infeasible: group Y1A with all above it (Y1) has 2 events with 14 hours (A, B), and there are only 12 periods for them
        hint:     take away some hours, or free more periods
        rows:     events.csv:2, events.csv:3
    ");
    let folder = folder_where("events.csv", "PHY-P,PHY,Bianchi;Verdi,Y1B,3,", "PHY-P,PHY,Verdi,Y1B,3,3");
    assert_snapshot!(told(&folder), @"
    folder/enrolments.csv:2:1: infeasible: student s1 attends 4 events with 17 hours, and there are only 12 periods for them
        hint:     enrol them in fewer courses, or let their clashes be a cost (--set student_clashes=soft)
        rows:     events.csv:2, events.csv:3, events.csv:4, events.csv:5
    folder/groups.csv:4:1: infeasible: group Y1B with all above it (Y1) has 3 events with 16 hours (ALG-L, PHY-L, PHY-P), and there are only 12 periods for them
        hint:     take away some hours, or free more periods
        rows:     events.csv:2, events.csv:4, events.csv:5
    ");
}

#[test]
fn more_meetings_than_rooms_of_a_kind() {
    assert_snapshot!(events("A,A,,,2,3,60,,,,,\nB,B,,,2,3,90,,,,,\nC,C,,,1,3,20,,,,,\n"), @"
    folder/events.csv:2:11: infeasible: 12 hours of 2 events with 60 people or more can only be in 1 room (Hall), where there are places for 11
        hint:     1 too many: make another room fit for them, or part events into smaller groups
        rows:     rooms.csv:2, events.csv:2, events.csv:3
    ");
    assert_snapshot!(events("A,A,,,3,2,30,PCS,,,,\nB,B,,,3,2,20,PCS,,,,\n"), @"
    folder/events.csv:3:11: infeasible: 4 meetings of 3 periods of 2 events with 20 people or more that need PCS can only be in 1 room (Lab), where there are places for 3
        hint:     1 too many: make another room fit for them, or part events into smaller groups
        rows:     rooms.csv:3, events.csv:3, events.csv:2
    ");
    assert_snapshot!(events("A,A,,,1,9,20,,Small,,3,\nB,B,,,1,4,20,,Small,,2,\n"), @"
    folder/events.csv:2:11: infeasible: 13 hours of 2 events with 20 people or more can only be in 1 room (Small), where there are places for 12
        hint:     1 too many: make another room fit for them, or part events into smaller groups
        rows:     rooms.csv:4, events.csv:2, events.csv:3
    ");
}

#[test]
fn pins_that_cannot_hold() {
    assert_snapshot!(events("A,A,Rossi,Y1,,2,20,,,,,Mon 1 Hall|Wed 1\nB,B,Verdi,Y1A,2,2,30,,,,,Mon 1|Tue 3 Hall\nC,C,Rossi,,,2,30,,,,,Mon 1 Hall|Tue 1 Small\n"), @"
    folder/events.csv:2:35: infeasible: meeting 2 of event A is pinned to Wed 1, and teacher Rossi is unavailable then
    folder/events.csv:3:26: infeasible: meeting 1 of event B is pinned to Mon 1, and meeting 1 of event A is pinned to Mon 1: group Y1A cannot be at both
        hint:     take one of the two pins away, or move it
        rows:     events.csv:2
    folder/events.csv:3:32: infeasible: meeting 2 of event B is pinned to Tue 3, and room Hall is unavailable then
    folder/events.csv:4:22: infeasible: meeting 1 of event C is pinned to Mon 1, and meeting 1 of event A is pinned to Mon 1: room Hall cannot be at both
        hint:     take one of the two pins away, or move it
        rows:     events.csv:2
    folder/events.csv:4:33: infeasible: meeting 2 of event C is pinned to Tue 1, and room Small with 25 seats does not suit its 30 people, its features or its rooms
    ");
    assert_snapshot!(events("A,A,Rossi,Y1,2,2,20,,,,,Mon 1|Mon 3\n"), @"
    folder/events.csv:2:25: infeasible: event A has 2 meetings pinned to Mon, and may have 1
        hint:     move a pin, or allow more a day (`max_per_day`)
    folder/events.csv:2:25: infeasible: teacher Rossi has 4 periods pinned to Mon, and may have 3
        hint:     move a pin, or allow the teacher more a day (`max_per_day`)
        rows:     events.csv:2
    ");
}

#[test]
fn rules_that_contradict_each_other() {
    assert_snapshot!(rules("before,ALG-L ALG-T,,\nbefore,ALG-T PHY-P ALG-L,,\n"), @"
    folder/rules.csv:3:1: infeasible: the rules say `before` in a circle
        found:    ALG-L → ALG-T → PHY-P → ALG-L
        hint:     take one of the rules away
        rows:     events.csv:2, events.csv:3, events.csv:5
    ");
    assert_snapshot!(rules("same-time,ALG-T PHY-P,,\nnot-same-day,PHY-P;ALG-T,hard,\nsame-day,ALG-L PHY-L,,\n"), @"
    folder/rules.csv:3:1: infeasible: events ALG-T and PHY-P are to be same-time and not-same-day
        hint:     take one of the two rules away, or make it soft
        rows:     rules.csv:2
    folder/rules.csv:4:1: warning: events ALG-L and PHY-L have 2 and 3 meetings: same-day is only judged where the numbers are equal
        rows:     events.csv:2, events.csv:4
    ");
    assert_snapshot!(rules("same-time,ALG-T PHY-P,,\nsame-room,ALG-L PHY-P,,\n"), @"
    folder/rules.csv:2:1: infeasible: events ALG-T and PHY-P are to be at the same time and share teacher Verdi
        rows:     events.csv:3, events.csv:5
    ");
    assert_snapshot!(rules("not-same-day,ALG-L PHY-L ALG-T,,\nnot-same-time,ALG-L PHY-L PHY-P ALG-T,,\n"), @"
    folder/rules.csv:2:1: infeasible: 3 events are to be on different days, of which they need 6, and together they have 3
        hint:     allow more meetings a day (`max_per_day`), or make the rule soft
        rows:     events.csv:2, events.csv:4, events.csv:3
    ");
}

/// Whatever is impossible as a hard rule is a cost as a soft one.
#[test]
fn soft_rules_prove_nothing() {
    assert_eq!(rules("before,ALG-L ALG-T,soft,\nbefore,ALG-T PHY-P ALG-L,soft,\n"), "");
    let folder = folder_with("rules.csv", SMALL[7].1);
    assert_eq!(read(folder.path()).findings.count(Severity::Infeasible), 0);
}
