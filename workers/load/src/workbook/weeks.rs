//! Everybody's week: a row for each period, with the days side by side. Their name stands in each row, so that a filter shows
//! one week alone.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};
use shared::ids::Id as _;
use shared::model::Instance;

use super::{day_name, fit, head, hours};
use crate::exported::{self, Exported, Meeting, Whose};

/// Light enough for black text. A course keeps its colour wherever it stands.
const COLOURS: [u32; 12] = [
    0x00DC_E6F2,
    0x00F2_DCDB,
    0x00EB_F1DD,
    0x00E5_E0EC,
    0x00DB_EEF3,
    0x00FD_EADA,
    0x00FF_F2CC,
    0x00E2_EFDA,
    0x00F8_E0F0,
    0x00D9_F2E6,
    0x00E8_E8E8,
    0x00EA_DCC8,
];

/// The weeks of all of one kind. Whose a room is, is said in it by the teachers; in the others, the room is said.
pub(super) fn write(
    sheet: &mut Worksheet,
    exported: &Exported,
    all: &[Whose],
    are_rooms: bool,
) -> Result<(), XlsxError> {
    let instance = &exported.instance;
    let days: Vec<String> = (0..instance.days()).map(|day| day_name(instance, day)).collect();
    let mut columns = vec![("name", 18), ("period", 8), ("hours", 13)];
    columns.extend(days.iter().map(|day| (day.as_str(), 26)));
    head(sheet, &columns, all.len() * instance.slots_per_day())?;
    for (number, whose) in (0..).zip(all) {
        let first = 1 + number * instance.slots_per_day() as u32;
        week(sheet, exported, whose, first, are_rooms)?;
    }
    Ok(())
}

/// One week, from the row `first` on.
fn week(sheet: &mut Worksheet, exported: &Exported, whose: &Whose, first: u32, is_room: bool) -> Result<(), XlsxError> {
    let instance = &exported.instance;
    let slots = instance.slots_per_day();
    let mut cells: Vec<Vec<&Meeting>> = vec![Vec::new(); slots * instance.days()];
    for meeting in whose.meetings.iter().map(|position| &exported.meetings[*position]) {
        let end = (meeting.slot + meeting.periods).min(slots);
        (meeting.slot..end).for_each(|slot| cells[meeting.day * slots + slot].push(meeting));
    }
    for (row, slot) in (first..).zip(0..slots) {
        let edge = edge(slot == 0);
        sheet.write_string_with_format(row, 0, fit(&whose.name), &edge)?;
        sheet.write_number_with_format(row, 1, (slot + 1) as f64, &edge)?;
        let (start, end) = hours(instance, slot, 1);
        let hours = if start.is_empty() { String::new() } else { format!("{start}–{end}") };
        sheet.write_string_with_format(row, 2, hours, &edge)?;
        for (column, day) in (3..).zip(0..instance.days()) {
            let cell = &cells[day * slots + slot];
            match cell.first() {
                Some(meeting) => {
                    let format = edge.clone().set_background_color(colour(instance, meeting)).set_text_wrap();
                    sheet.write_string_with_format(row, column, text(instance, cell, is_room), &format)?;
                }
                None => drop(sheet.write_blank(row, column, &edge)?),
            }
        }
    }
    Ok(())
}

/// A line above each week.
fn edge(is_first: bool) -> Format {
    let format = Format::new().set_align(FormatAlign::Top);
    if is_first { format.set_border_top(FormatBorder::Medium) } else { format }
}

fn colour(instance: &Instance, meeting: &Meeting) -> Color {
    let subject = instance.campus().map_or(meeting.course.index(), |campus| campus.subject(meeting.course).index());
    Color::RGB(COLOURS[subject % COLOURS.len()])
}

/// A line for each meeting; several where there is a clash.
fn text(instance: &Instance, meetings: &[&Meeting], is_room: bool) -> String {
    let line = |meeting: &&Meeting| {
        let event = instance.course_name(meeting.course);
        if !is_room {
            return format!("{event} · {}", instance.room_name(meeting.room));
        }
        let teachers = exported::teachers(instance, meeting.course);
        let teachers: Vec<&str> = teachers.iter().map(|teacher| instance.teacher_name(*teacher)).collect();
        if teachers.is_empty() { event.to_owned() } else { format!("{event} · {}", teachers.join(", ")) }
    };
    fit(&meetings.iter().map(line).collect::<Vec<_>>().join("\n"))
}
