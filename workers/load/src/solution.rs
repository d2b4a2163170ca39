//! Solutions in the competition's format: a line `course room day period` for each lecture, days and periods from 0.

use shared::ids::{CourseId, Id, PeriodId, RoomId};
use shared::model::Instance;
use shared::model::cost::Lecture;

use crate::finding::{Finding, Findings};
use crate::format::{Names, Word, decode, lines, number, shown};

/// Reads a solution. Lines that are refused are among the findings, and left out.
pub(crate) fn read(bytes: &[u8], instance: &Instance, findings: &mut Findings) -> Vec<Lecture> {
    let courses: Names<'_> = instance.courses().map(|course| instance.course_name(course)).collect();
    let rooms: Names<'_> = (0..instance.room_count()).map(|room| instance.room_name(RoomId::new(room))).collect();
    let text = decode(bytes);
    let mut lectures = Vec::new();
    for line in lines(&text) {
        let words = line.words();
        if let [course, room, day, slot] = words[..] {
            let course = courses.resolve("course", course, findings);
            let room = rooms.resolve("room", room, findings);
            let period = period(day, slot, instance, findings);
            if let (Some(course), Some(room), Some(period)) = (course, room, period) {
                lectures.push(Lecture { course: CourseId::new(course), room: RoomId::new(room), period });
            }
        } else if !words.is_empty() {
            let place = words.get(4).map_or(line.end(), |word| word.place);
            let finding = Finding::error(place, "the line does not have four words");
            findings.push(finding.expected("<course> <room> <day> <period>").found(shown(line.text.trim())));
        }
    }
    lectures
}

fn period(day: Word<'_>, slot: Word<'_>, instance: &Instance, findings: &mut Findings) -> Option<PeriodId> {
    let (days, slots) = (instance.days() as u32, instance.slots_per_day() as u32);
    let day = number(day, "the day", 0..=days - 1, findings);
    let slot = number(slot, "the period", 0..=slots - 1, findings);
    Some(PeriodId(day? * slots + slot?))
}
