//! How large the campus is to be: a preset, what was said to change it, and the refusal of what cannot be.

use clap::ValueEnum;

use super::week::Week;

/// The most students of a section.
pub(super) const SECTION_STUDENTS_MAX: usize = 60;
/// Students whom a core section is planned for: a few seats stay free for those who come from another one.
const CORE_STUDENTS: usize = 54;
/// Core courses of a student.
const CORE_COURSES_MAX: usize = 4;
/// The share of the seats of all electives that students can be expected to fill, in the thousand.
const SEATS_FILLED: usize = 850;
/// The share of all room periods above which no planting is tried, in the thousand.
const ROOM_USE_MAX: usize = 850;
/// Weekly meetings of a hundred sections: 8,305 for 2,494.
const MEETINGS_A_HUNDRED: usize = 333;

/// A campus of a known size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// 12 sections, to be read
    Tiny,
    /// 150 sections and 1,100 students
    Campus,
    /// 2,494 sections, 8,305 weekly meetings and 19,072 students
    University,
    /// 25,000 sections and 190,000 students
    Tenfold,
}

/// What was said to change a preset. A count that was not said follows the sections (or the students) in proportion.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Knobs {
    pub(crate) sections: Option<usize>,
    pub(crate) students: Option<usize>,
    pub(crate) teachers: Option<usize>,
    pub(crate) rooms: Option<usize>,
    /// Shares are in the thousand.
    pub(crate) room_use: Option<usize>,
    pub(crate) labs: Option<usize>,
    pub(crate) open: Option<usize>,
    pub(crate) seed: u64,
}

/// The size of everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) preset: Preset,
    pub(super) week: Week,
    pub(super) years: usize,
    pub(super) sections: usize,
    pub(super) meetings: usize,
    pub(super) students: usize,
    pub(super) teachers: usize,
    pub(super) rooms: usize,
    /// Sections with a meeting of two periods.
    pub(super) labs: usize,
    /// Courses of a thousand students.
    pub(super) courses: usize,
    /// Of a thousand courses of a student, those outside the programme.
    pub(super) open: usize,
    /// Core courses of each student.
    pub(super) core: usize,
    pub(super) seed: u64,
}

/// A campus that cannot be. Each message finishes the sentence "failed to …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ShapeError {
    #[error(
        "seat {students} students in {sections} sections of at most {SECTION_STUDENTS_MAX}: ask for more --sections or fewer --students"
    )]
    Sections { students: usize, sections: usize },
    #[error(
        "hold {periods} periods a week in {rooms} rooms of {slots}: ask for more --rooms, or for a --room-use of {} at most",
        ROOM_USE_MAX as f64 / 1000.0
    )]
    Rooms { periods: usize, rooms: usize, slots: usize },
}

struct Size {
    days: usize,
    periods: usize,
    years: usize,
    sections: usize,
    students: usize,
    teachers: usize,
    rooms: usize,
    labs: usize,
    courses: usize,
}

impl Preset {
    fn size(self) -> Size {
        let university = Size {
            days: 6,
            periods: 8,
            years: 4,
            sections: 2_494,
            students: 19_072,
            teachers: 2_320,
            rooms: 1_147,
            labs: 100,
            courses: 6_200,
        };
        match self {
            Self::Tiny => Size {
                days: 5,
                periods: 6,
                years: 2,
                sections: 12,
                students: 60,
                teachers: 8,
                rooms: 5,
                labs: 170,
                courses: 4_000,
            },
            Self::Campus => Size {
                days: 5,
                periods: 8,
                years: 3,
                sections: 150,
                students: 1_100,
                teachers: 90,
                rooms: 28,
                labs: 150,
                courses: 5_500,
            },
            Self::University => university,
            Self::Tenfold => {
                Size { sections: 25_000, students: 190_000, teachers: 23_200, rooms: 11_470, ..university }
            }
        }
    }
}

impl Shape {
    pub(super) fn new(preset: Preset, knobs: &Knobs) -> Result<Self, ShapeError> {
        let size = preset.size();
        let (part, whole) = match (knobs.sections, knobs.students) {
            (Some(sections), _) => (sections, size.sections),
            (None, Some(students)) => (students, size.students),
            (None, None) => (1, 1),
        };
        let scaled = |count: usize| (count * part).div_ceil(whole);
        let week = Week { days: size.days, periods: size.periods };
        let sections = knobs.sections.unwrap_or_else(|| scaled(size.sections));
        let students = knobs.students.unwrap_or_else(|| scaled(size.students));
        let labs = sections * knobs.labs.unwrap_or(size.labs) / 1000;
        let meetings = sections * MEETINGS_A_HUNDRED / 100;
        let (periods, slots) = (meetings + labs, week.slots());
        let in_use = |share: usize| (periods * 1000).div_ceil(share.max(1) * slots);
        let rooms = knobs.rooms.or(knobs.room_use.map(in_use)).unwrap_or_else(|| scaled(size.rooms));
        if rooms * slots * ROOM_USE_MAX < periods * 1000 {
            return Err(ShapeError::Rooms { periods, rooms, slots });
        }
        let open = knobs.open.unwrap_or(150);
        let core = core_courses(sections, students, size.courses, open);
        Ok(Self {
            preset,
            week,
            years: size.years,
            sections,
            meetings,
            students,
            teachers: knobs.teachers.unwrap_or_else(|| scaled(size.teachers)),
            rooms,
            labs,
            courses: size.courses,
            open,
            core: core.ok_or(ShapeError::Sections { students, sections })?,
            seed: knobs.seed,
        })
    }

    /// Pairs of blocks: each pair fills a core section.
    pub(super) fn pairs(&self) -> usize {
        pairs(self.students)
    }

    /// Enrolments that are not in core sections.
    pub(super) fn electives_wanted(&self) -> usize {
        self.students * (self.courses - self.core * 1000) / 1000
    }

    /// Those of them that are outside the programme.
    pub(super) fn open_wanted(&self) -> usize {
        (self.students * (self.courses * self.open / 1000) / 1000).min(self.electives_wanted())
    }
}

fn pairs(students: usize) -> usize {
    students.div_ceil(CORE_STUDENTS)
}

/// As many core courses as leave sections enough for the electives.
fn core_courses(sections: usize, students: usize, courses: usize, open: usize) -> Option<usize> {
    let inside = courses * (1000 - open) / 1_000_000;
    (0..=inside.min(CORE_COURSES_MAX)).rev().find(|core| {
        let electives = sections.saturating_sub(core * pairs(students));
        electives * SECTION_STUDENTS_MAX * SEATS_FILLED >= students * (courses - core * 1000)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_university_has_the_size_of_the_original_systems() {
        let shape = Shape::new(Preset::University, &Knobs::default()).unwrap();
        assert_eq!((shape.sections, shape.meetings, shape.students), (2_494, 8_305, 19_072));
        assert_eq!((shape.teachers, shape.rooms, shape.week.slots(), shape.core), (2_320, 1_147, 48, 4));
    }

    #[test]
    fn what_is_not_said_follows_in_proportion() {
        let shape = Shape::new(Preset::Campus, &Knobs { sections: Some(300), ..Knobs::default() }).unwrap();
        assert_eq!((shape.students, shape.teachers, shape.rooms), (2_200, 180, 56));
        let dense = Knobs { room_use: Some(670), labs: Some(330), ..Knobs::default() };
        assert_eq!(Shape::new(Preset::University, &dense).unwrap().rooms, 284);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let of = |knobs: Knobs| Shape::new(Preset::Campus, &knobs).map(|_| ());
        let crowded = Knobs { students: Some(5_000), sections: Some(150), ..Knobs::default() };
        assert_eq!(of(crowded), Err(ShapeError::Sections { students: 5_000, sections: 150 }));
        let narrow = of(Knobs { rooms: Some(5), ..Knobs::default() });
        assert_eq!(narrow, Err(ShapeError::Rooms { periods: 521, rooms: 5, slots: 40 }));
    }
}
