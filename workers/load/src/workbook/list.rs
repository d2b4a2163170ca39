//! Meetings one below the other: those that have a place, and those that have none.

use rust_xlsxwriter::{Worksheet, XlsxError};
use shared::ids::Id as _;

use super::{day_name, fit, head, hours};
use crate::exported::{self, Exported};

/// Names within a cell stand between these, as in `timetable.csv`.
const SEPARATOR: &str = ";";

/// The columns of `timetable.csv`.
pub(super) fn meetings(sheet: &mut Worksheet, exported: &Exported) -> Result<(), XlsxError> {
    let Exported { instance, meetings, .. } = exported;
    let columns = [
        ("event", 20),
        ("meeting", 9),
        ("course", 16),
        ("day", 8),
        ("period", 8),
        ("periods", 8),
        ("start", 8),
        ("end", 8),
        ("room", 14),
        ("teachers", 24),
        ("groups", 24),
    ];
    head(sheet, &columns, meetings.len())?;
    let groups = exported::groups(instance);
    for (row, meeting) in (1..).zip(meetings) {
        let course = meeting.course;
        let (start, end) = hours(instance, meeting.slot, meeting.periods);
        let teachers = exported::teachers(instance, course);
        let teachers: Vec<&str> = teachers.iter().map(|teacher| instance.teacher_name(*teacher)).collect();
        let event = instance.course_name(course);
        let subject = instance.campus().map_or(event, |campus| campus.subject_name(campus.subject(course)));
        let (teachers, groups) = (teachers.join(SEPARATOR), groups[course.index()].join(SEPARATOR));
        let day = day_name(instance, meeting.day);
        let texts = [
            (0, event),
            (2, subject),
            (3, &day),
            (6, start),
            (7, end),
            (8, instance.room_name(meeting.room)),
            (9, &teachers),
            (10, &groups),
        ];
        for (column, text) in texts {
            sheet.write_string(row, column, fit(text))?;
        }
        for (column, number) in [(1, meeting.number), (4, meeting.slot + 1), (5, meeting.periods)] {
            sheet.write_number(row, column, number as f64)?;
        }
    }
    Ok(())
}

/// The columns of `unplaced.csv`.
pub(super) fn unplaced(sheet: &mut Worksheet, exported: &Exported) -> Result<(), XlsxError> {
    head(sheet, &[("event", 20), ("meeting", 9), ("reason", 100)], exported.unplaced.len())?;
    for (row, unplaced) in (1..).zip(&exported.unplaced) {
        sheet.write_string(row, 0, fit(unplaced.event()))?;
        sheet.write_number(row, 1, unplaced.meeting as f64)?;
        sheet.write_string(row, 2, fit(&unplaced.reason))?;
    }
    Ok(())
}
