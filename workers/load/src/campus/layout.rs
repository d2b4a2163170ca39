//! The sheets of a campus folder and their columns: the fixed words of the format.

/// What a sheet is called and which columns it has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Its file in a folder. In a workbook it is the sheet of that name without the ending.
    pub(crate) file: &'static str,
    /// What it says, for the sentence "it holds …".
    pub(crate) what: &'static str,
    /// All columns, in the order in which [`super::sheet::Row::cells`] gives them.
    pub(crate) columns: &'static [&'static str],
    /// Those that have to be there.
    pub(crate) required: &'static [&'static str],
    /// Whether other columns are passed over, because others write the file.
    pub(crate) is_open: bool,
}

const fn layout(
    file: &'static str,
    what: &'static str,
    columns: &'static [&'static str],
    required: &'static [&'static str],
) -> Layout {
    Layout { file, what, columns, required, is_open: false }
}

impl Layout {
    /// The sheet's name in a workbook.
    pub(crate) fn name(&self) -> &'static str {
        self.file.trim_end_matches(".csv")
    }
}

/// The name of the file that is no sheet.
pub(crate) const CALENDAR: &str = "calendar.toml";

pub(crate) static ROOMS: Layout =
    layout("rooms.csv", "the rooms", &["room", "capacity", "building", "features"], &["room", "capacity"]);

pub(crate) static EVENTS: Layout = layout(
    "events.csv",
    "what is taught",
    &[
        "event",
        "course",
        "teachers",
        "groups",
        "periods",
        "per_week",
        "size",
        "features",
        "rooms",
        "min_days",
        "max_per_day",
        "pinned",
    ],
    &["event", "course"],
);

pub(crate) static TEACHERS: Layout =
    layout("teachers.csv", "the teachers", &["teacher", "name", "email", "max_per_day"], &["teacher"]);

pub(crate) static GROUPS: Layout =
    layout("groups.csv", "the groups", &["group", "size", "part_of"], &["group", "size"]);

pub(crate) static ENROLMENTS: Layout =
    layout("enrolments.csv", "who attends what", &["student", "course"], &["student", "course"]);

pub(crate) static UNAVAILABLE: Layout = layout(
    "unavailable.csv",
    "who is away when",
    &["who", "day", "from", "to", "strength"],
    &["who", "day", "from", "to"],
);

pub(crate) static RULES: Layout =
    layout("rules.csv", "rules between events", &["rule", "events", "strength", "weight"], &["rule", "events"]);

/// All sheets. A folder is read in this order.
pub(crate) static ALL: [&Layout; 7] = [&ROOMS, &EVENTS, &TEACHERS, &GROUPS, &ENROLMENTS, &UNAVAILABLE, &RULES];

/// The sheets without which there is nothing to do.
pub(crate) static REQUIRED: [&Layout; 2] = [&ROOMS, &EVENTS];

/// What stands in `calendar.toml`, in a workbook.
pub(crate) static CALENDAR_SHEET: Layout =
    layout("calendar", "the days, the periods and the term", &["key", "value"], &["key", "value"]);

/// A timetable that people have already.
pub(crate) static PREVIOUS: Layout = Layout {
    is_open: true,
    ..layout(
        "timetable.csv",
        "a timetable",
        &["event", "meeting", "day", "period", "room", "teachers", "groups"],
        &["event", "meeting", "day", "period", "room"],
    )
};

/// A timetable, which anybody may have written.
pub(crate) static TIMETABLE: Layout = Layout {
    is_open: true,
    ..layout(
        "timetable.csv",
        "a timetable",
        &["event", "meeting", "day", "period", "periods", "room"],
        &["event", "meeting", "day", "period", "room"],
    )
};
