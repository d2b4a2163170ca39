//! The largest instance that is read, written down once with the reasons. What is larger is refused at its place in the file.
//!
//! A number in a header never sizes an allocation: tables grow with the rows that are really there, and these limits bound
//! what the checks and the later stages compute from them.

/// Bytes of an input file: reading takes some twenty times as much memory. The largest public instance has a fiftieth, the
/// workbook of a university a tenth.
pub const FILE_BYTES_MAX: u64 = 16 << 20;

/// Characters of a name: it must fit a line of a report.
pub const NAME_CHARS_MAX: usize = 200;

/// Days of the week. Terms of eighteen seven-day weeks written out as one "week" still fit.
pub const DAYS_MAX: u32 = 127;

/// Slots of a day: the search keeps the day of a curriculum in a mask of 64 bits and needs a few of them for itself.
pub const SLOTS_MAX: u32 = 58;

/// Cells, which are rooms × periods: a cell has a 16-bit number in the search. Ten times the largest public instance.
pub const CELLS_MAX: u64 = 65_535;

/// Courses: each has a row of a few bytes for each period and each room in the later stages.
pub const COURSES_MAX: u32 = 20_000;

/// Rooms: a period holds at most one lecture for each, and the search counts the lectures of a period in 12 bits.
pub const ROOMS_MAX: u32 = 4_094;

/// Curricula: they have 16-bit numbers in the search.
pub const CURRICULA_MAX: u32 = 65_535;

/// Rows of a section that lists periods or rooms of courses. The largest public instance has 12 thousand.
pub const ROWS_MAX: u32 = 1_000_000;

/// Weekly lectures of all courses together: classes have 16-bit numbers in the search, and the last is kept free.
pub const LECTURES_MAX: u32 = 65_534;

/// Students of a course: with [`LECTURES_MAX`] lectures in rooms without a seat, the cost stays below 2³¹.
pub const STUDENTS_MAX: u32 = 30_000;

/// Seats of a room. Seats are only compared, never added, so a "room" for teaching online may have very many.
pub const SEATS_MAX: u32 = 1_000_000_000;

/// Bytes of a sheet of a campus: reading takes some four times as much memory. The enrolments of 190,000 students have a tenth.
pub const SHEET_BYTES_MAX: u64 = 160 << 20;

/// Cells of a workbook: it may unpack to more than memory holds. A million enrolments, which is all that a sheet has rows for,
/// have a tenth.
pub const WORKBOOK_CELLS_MAX: u64 = 20_000_000;

/// Columns of a sheet of a workbook that are looked at.
pub const COLUMNS_MAX: u32 = 256;

/// Rooms of a campus. A university of 190,000 students has a fifth.
pub const CAMPUS_ROOMS_MAX: u32 = 65_535;

/// Rooms × periods of the week of a campus: the later stages have a few bytes for each. A university of 190,000 students has a
/// seventh.
pub const CAMPUS_CELLS_MAX: u64 = 4_000_000;

/// Events of a campus. A university of 190,000 students has an eighth.
pub const EVENTS_MAX: u32 = 200_000;

/// Weekly meetings of all events of a campus together. A university of 190,000 students has a sixth.
pub const MEETINGS_MAX: u32 = 500_000;

/// Weeks of a term.
pub const WEEKS_MAX: u32 = 60;

/// Holidays of a term.
pub const HOLIDAYS_MAX: usize = 400;

/// Seats of a room of a campus, which are added up over meetings where empty ones cost.
pub const CAPACITY_MAX: u32 = 1_000_000;

/// People of a group, or at an event.
pub const GROUP_SIZE_MAX: u32 = 1_000_000;

/// What breaking a soft rule once may cost: with as many pairs of events as there are meetings, a cost stays below 2³³.
pub const WEIGHT_MAX: u32 = 10_000;

/// Findings of one severity that are kept; the rest is only counted.
pub const FINDINGS_KEPT_MAX: usize = 1_000;

/// Findings of one severity that are shown.
pub const FINDINGS_SHOWN_MAX: usize = 50;

/// Rows that a finding names beside its own.
pub const ROWS_SHOWN_MAX: usize = 6;
