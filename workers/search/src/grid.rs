//! The compiled instance: dense tables that the inner loop reads. Made once, never changed.

use shared::ids::{CourseId, CurriculumId, Id, PeriodId};
use shared::model::{Instance, cost};

use crate::homes::Homes;

/// What each broken constraint weighs in a search. The soft ones are those of the format; the hard one is the search's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// One conflict of two courses in a period, or one class in a forbidden period.
    pub hard: i32,
    /// One missing working day.
    pub day: i32,
    /// One isolated class of a curriculum.
    pub isolated: i32,
    /// One room of a course beyond its first.
    pub room: i32,
}

impl Weights {
    /// The weights of formulation UD2, with `hard` for a hard violation.
    pub const fn ud2(hard: i32) -> Self {
        Self {
            hard,
            day: cost::MIN_WORKING_DAYS_WEIGHT as i32,
            isolated: cost::CURRICULUM_COMPACTNESS_WEIGHT as i32,
            room: cost::ROOM_STABILITY_WEIGHT as i32,
        }
    }
}

/// Why an instance cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// There are more classes than rooms × periods: no timetable has a place for each.
    #[error("place {classes} classes in {cells} cells (rooms × periods)")]
    NoSpace {
        /// Classes to place.
        classes: usize,
        /// Rooms × periods.
        cells: usize,
    },
    /// A count is beyond what the search's compact counters hold.
    #[error("search an instance with {count} {what}: at most {most} are supported")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
}

/// Sparse rows: `items[starts[i]..starts[i + 1]]` belongs to row `i`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    starts: Vec<u32>,
    items: Vec<u16>,
}

impl Rows {
    fn new(rows: impl Iterator<Item = Vec<u16>>) -> Self {
        let mut table = Self { starts: vec![0], items: Vec::new() };
        for row in rows {
            table.items.extend(row);
            table.starts.push(table.items.len() as u32);
        }
        table
    }

    #[inline]
    pub(crate) fn row(&self, index: usize) -> &[u16] {
        &self.items[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

/// The compiled instance.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Days of the week.
    pub days: usize,
    /// Slots of each day.
    pub slots: usize,
    /// Periods of the week.
    pub periods: usize,
    /// Rooms.
    pub rooms: usize,
    /// Courses.
    pub courses: usize,
    /// Classes.
    pub classes: usize,
    /// Curricula.
    pub curricula: usize,
    /// Weights.
    pub weights: Weights,
    pub(crate) bound: i32,
    pub(crate) class_course: Vec<u16>,
    pub(crate) course_first_class: Vec<u16>,
    /// Course × room: weighted students without a seat.
    pub(crate) excess: Vec<u32>,
    pub(crate) min_days: Vec<u8>,
    pub(crate) neighbours: Rows,
    pub(crate) course_curricula: Rows,
    pub(crate) course_periods: Rows,
    conflict_bits: Vec<u64>,
    conflict_words: usize,
    /// Period × course: one where the course must not be taught.
    pub(crate) forbidden: Vec<u16>,
    pub(crate) day_of: Vec<u8>,
    pub(crate) slot_of: Vec<u8>,
    pub(crate) homes: Homes,
}

/// The day masks of curricula are 64 bits wide: a flag, and two spare bits at each end of the slots.
const SLOTS_MOST: usize = 58;
const CLASSES_MOST: usize = u16::MAX as usize - 1;

impl Grid {
    /// Compiles `instance`.
    ///
    /// # Errors
    /// When it has more classes than cells, or is larger than the compact counters allow.
    pub fn new(instance: &Instance, weights: Weights) -> Result<Self, GridError> {
        check(instance)?;
        let (periods, rooms, courses) = (instance.period_count(), instance.room_count(), instance.course_count());
        let conflicts = instance.conflicts();
        let narrow = |ids: &[CourseId]| ids.iter().map(|id| id.0 as u16).collect::<Vec<u16>>();
        let members = |index: usize| instance.curriculum_courses(CurriculumId::new(index));
        let mut curricula_of = vec![Vec::new(); courses];
        for index in 0..instance.curriculum_count() {
            for course in members(index) {
                curricula_of[course.index()].push(index as u16);
            }
        }
        let conflict_words = courses.div_ceil(64);
        let mut conflict_bits = vec![0; courses * conflict_words];
        for (course, others) in conflicts.iter().enumerate() {
            for other in others {
                conflict_bits[course * conflict_words + other.index() / 64] |= 1 << (other.0 % 64);
            }
        }
        let open = |course: usize, period: usize| instance.is_available(CourseId::new(course), PeriodId::new(period));
        let excess = |course: usize, room: usize| {
            let (students, seats) = (instance.course_students()[course], instance.room_capacities()[room]);
            students.saturating_sub(seats) * cost::ROOM_CAPACITY_WEIGHT as u32
        };
        let day_and_slot = |period: usize| instance.day_and_slot(PeriodId::new(period));
        Ok(Self {
            days: instance.days(),
            slots: instance.slots_per_day(),
            periods,
            rooms,
            courses,
            classes: instance.class_count(),
            curricula: instance.curriculum_count(),
            weights,
            bound: i32::try_from(cost::bound(instance)).unwrap_or(0),
            class_course: narrow(instance.class_courses()),
            course_first_class: (0..courses)
                .map(|course| instance.course_classes(CourseId::new(course)).start as u16)
                .chain([instance.class_count() as u16])
                .collect(),
            excess: (0..courses).flat_map(|course| (0..rooms).map(move |room| excess(course, room))).collect(),
            min_days: instance.course_min_days().iter().map(|days| (*days).min(u32::from(u8::MAX)) as u8).collect(),
            neighbours: Rows::new(conflicts.iter().map(|row| narrow(row))),
            course_curricula: Rows::new(curricula_of.into_iter()),
            course_periods: Rows::new((0..courses).map(|course| {
                (0..periods).filter(|period| open(course, *period)).map(|period| period as u16).collect()
            })),
            conflict_bits,
            conflict_words,
            forbidden: (0..periods)
                .flat_map(|period| (0..courses).map(move |course| u16::from(!open(course, period))))
                .collect(),
            day_of: (0..periods).map(|period| day_and_slot(period).0 as u8).collect(),
            slot_of: (0..periods).map(|period| day_and_slot(period).1 as u8).collect(),
            homes: Homes::new(instance),
        })
    }

    /// Cells: rooms × periods. Cell `period × rooms + room`.
    pub fn cells(&self) -> usize {
        self.periods * self.rooms
    }

    /// Course of a class.
    #[inline]
    pub fn course_of(&self, class: usize) -> usize {
        usize::from(self.class_course[class])
    }

    /// The classes of a course.
    pub fn classes_of(&self, course: usize) -> std::ops::Range<usize> {
        usize::from(self.course_first_class[course])..usize::from(self.course_first_class[course + 1])
    }

    /// Whether two courses must not share a period.
    #[inline]
    pub fn conflict(&self, course: usize, other: usize) -> bool {
        self.conflict_bits[course * self.conflict_words + other / 64] >> (other % 64) & 1 == 1
    }

    /// The courses that must not share a period with `course`, ascending.
    pub fn neighbours(&self, course: usize) -> &[u16] {
        self.neighbours.row(course)
    }

    /// The curricula of a course, ascending.
    pub fn curricula_of(&self, course: usize) -> &[u16] {
        self.course_curricula.row(course)
    }

    /// The periods in which a course may be taught, ascending.
    pub fn periods_of(&self, course: usize) -> &[u16] {
        self.course_periods.row(course)
    }

    /// Days that the classes of a course should be spread over.
    pub fn min_days_of(&self, course: usize) -> u8 {
        self.min_days[course]
    }

    /// Day and slot of a period.
    pub fn day_and_slot(&self, period: usize) -> (u8, u8) {
        (self.day_of[period], self.slot_of[period])
    }

    /// Where the lectures were in the timetable before.
    pub fn homes(&self) -> &Homes {
        &self.homes
    }

    /// Weighted students of `course` without a seat in `room`.
    #[inline]
    pub fn excess(&self, course: usize, room: usize) -> i32 {
        self.excess[course * self.rooms + room] as i32
    }
}

fn check(instance: &Instance) -> Result<(), GridError> {
    let (classes, cells) = (instance.class_count(), instance.period_count() * instance.room_count());
    if classes > cells {
        return Err(GridError::NoSpace { classes, cells });
    }
    let limits = [
        ("classes", classes, CLASSES_MOST),
        ("slots a day", instance.slots_per_day(), SLOTS_MOST),
        ("days", instance.days(), usize::from(u8::MAX)),
        ("courses", instance.course_count(), CLASSES_MOST),
        ("curricula", instance.curriculum_count(), usize::from(u16::MAX)),
        ("periods", instance.period_count(), usize::from(u16::MAX)),
        ("rooms", instance.room_count(), OWN_MOST),
    ];
    for (what, count, most) in limits {
        if count > most {
            return Err(GridError::TooLarge { what, count, most });
        }
    }
    Ok(())
}

/// A period holds at most one class for each room, so this bounds the conflicts that a counter must hold beside
/// [`crate::layout::OWN`].
const OWN_MOST: usize = crate::layout::OWN as usize - 2;
