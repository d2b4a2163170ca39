//! The two files for a spreadsheet. They begin with a byte-order mark, without which some spreadsheets misread names.

use csv::{Terminator, Writer, WriterBuilder};
use shared::ids::Id;
use shared::model::Instance;

use super::ExportError;
use super::meetings::{Meeting, curricula_of};
use super::reasons::Unplaced;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Between the names within one cell.
pub(super) const LIST_SEPARATOR: &str = ";";

/// `timetable.csv`: a row for each meeting with a place. Days and periods count from 1; the competition's formats know no
/// hours, so `start` and `end` are empty.
pub(super) fn timetable(instance: &Instance, meetings: &[Meeting]) -> Result<Vec<u8>, ExportError> {
    let header = "event,meeting,course,day,period,periods,start,end,room,teachers,groups";
    let curricula = curricula_of(instance);
    written("timetable.csv", header, |file| {
        for (meeting, at) in meetings.iter().filter_map(|meeting| Some((meeting, meeting.at?))) {
            let course = instance.course_name(meeting.course);
            let (day, slot) = instance.day_and_slot(at.period);
            let teacher = instance.teacher_name(instance.course_teachers()[meeting.course.index()]);
            let groups = curricula[meeting.course.index()].join(LIST_SEPARATOR);
            let (number, day, period) = (meeting.number.to_string(), (day + 1).to_string(), (slot + 1).to_string());
            let room = instance.room_name(at.room);
            file.write_record([course, &number, course, &day, &period, "1", "", "", room, teacher, &groups])?;
        }
        Ok(())
    })
}

/// `unplaced.csv`: a row for each meeting without a place; only the header if there is none.
pub(super) fn unplaced(instance: &Instance, unplaced: &[Unplaced]) -> Result<Vec<u8>, ExportError> {
    written("unplaced.csv", "event,meeting,reason", |file| {
        unplaced.iter().try_for_each(|meeting| {
            file.write_record([instance.course_name(meeting.course), &meeting.number.to_string(), &meeting.reason])
        })
    })
}

pub(super) fn written(
    file: &'static str,
    header: &str,
    rows: impl FnOnce(&mut Writer<Vec<u8>>) -> csv::Result<()>,
) -> Result<Vec<u8>, ExportError> {
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(BYTE_ORDER_MARK.to_vec());
    let rows = writer.write_record(header.split(',')).and_then(|()| rows(&mut writer));
    rows.map_err(|source| ExportError::Csv { file, source })?;
    let bytes = writer.into_inner().map_err(|error| error.into_error().into());
    bytes.map_err(|source| ExportError::Csv { file, source })
}
