//! The fixed words of the formats: header keys, section names, and what a line is by them.

use super::names::nearest;
use super::text::{Line, Word};

/// A line of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Name,
    Courses,
    Rooms,
    Days,
    Slots,
    Curricula,
    Unavailable,
    RoomConstraints,
    DailyLectures,
}

impl Key {
    /// Every key that must be there, in the order of a well-formed file.
    pub(crate) const REQUIRED: [Self; 7] =
        [Self::Name, Self::Courses, Self::Rooms, Self::Days, Self::Slots, Self::Curricula, Self::Unavailable];
    pub(crate) const COUNT: usize = Self::DailyLectures as usize + 1;

    /// All spellings: unavailability has one in each format.
    const SPELLINGS: [(&'static str, Self); 10] = [
        ("Name", Self::Name),
        ("Courses", Self::Courses),
        ("Rooms", Self::Rooms),
        ("Days", Self::Days),
        ("Periods_per_day", Self::Slots),
        ("Curricula", Self::Curricula),
        ("Constraints", Self::Unavailable),
        ("UnavailabilityConstraints", Self::Unavailable),
        ("RoomConstraints", Self::RoomConstraints),
        ("Min_Max_Daily_Lectures", Self::DailyLectures),
    ];

    /// Its name in a `.ctt` file.
    pub(crate) fn name(self) -> &'static str {
        Self::SPELLINGS.iter().find(|(_, key)| *key == self).map_or("", |(name, _)| name)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::SPELLINGS.iter().find(|(spelling, _)| *spelling == name).map(|(_, key)| *key)
    }
}

/// A section of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Courses,
    Rooms,
    Curricula,
    Unavailable,
    RoomConstraints,
}

impl Section {
    pub(crate) const ALL: [Self; 5] =
        [Self::Courses, Self::Rooms, Self::Curricula, Self::Unavailable, Self::RoomConstraints];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Courses => "COURSES",
            Self::Rooms => "ROOMS",
            Self::Curricula => "CURRICULA",
            Self::Unavailable => "UNAVAILABILITY_CONSTRAINTS",
            Self::RoomConstraints => "ROOM_CONSTRAINTS",
        }
    }

    /// The header key that declares how many rows it has.
    pub(crate) fn count_key(self) -> Key {
        match self {
            Self::Courses => Key::Courses,
            Self::Rooms => Key::Rooms,
            Self::Curricula => Key::Curricula,
            Self::Unavailable => Key::Unavailable,
            Self::RoomConstraints => Key::RoomConstraints,
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name)
    }

    /// The section that a word without its exact form probably means.
    fn guess(word: &str) -> Option<Self> {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_').to_uppercase();
        nearest(&bare, Self::ALL.iter().map(|section| section.name())).and_then(Self::from_name)
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role<'t> {
    /// `Key: value`.
    Header(Key, Word<'t>),
    /// `Something: value` with an unknown key, and a known one that is like it.
    Unknown(&'t str, Option<&'static str>),
    /// `SECTION:`.
    Section(Section),
    /// A word that stands where a section begins and is not spelt like one; the section that it probably means.
    Misspelt(&'t str, Option<Section>),
    /// The end of the file.
    End,
    /// Anything else.
    Row,
}

/// Says what a line is; `in_section` whether a section has begun, in which rows may well hold colons.
pub(crate) fn role(line: Line<'_>, in_section: bool) -> Role<'_> {
    let text = line.text.trim();
    if text.trim_end_matches('.') == "END" {
        return Role::End;
    }
    let is_single = !text.contains(char::is_whitespace);
    if is_single && let Some(section) = text.strip_suffix(':').and_then(Section::from_name) {
        return Role::Section(section);
    }
    if let Some((before, _)) = line.text.split_once(':') {
        let name = before.trim();
        let value = line.rest(before.len() + 1);
        match Key::from_name(name) {
            Some(key) => return Role::Header(key, value),
            None if is_single && value.text.is_empty() => return Role::Misspelt(text, Section::guess(text)),
            None if !in_section => {
                return Role::Unknown(name, nearest(name, Key::SPELLINGS.iter().map(|(name, _)| *name)));
            }
            None => {}
        }
    }
    match if is_single { Section::guess(text) } else { None } {
        Some(section) => Role::Misspelt(text, Some(section)),
        None => Role::Row,
    }
}

/// Whether the text is in the extended format: one of the words that only `.ectt` has begins a line.
pub(crate) fn is_extended(mut lines: impl Iterator<Item = impl AsRef<str>>) -> bool {
    const ONLY_EXTENDED: [&str; 3] = ["Min_Max_Daily_Lectures", "UnavailabilityConstraints", "RoomConstraints"];
    lines.any(|line| {
        let key = line.as_ref().split_once(':').map_or("", |(key, _)| key.trim());
        ONLY_EXTENDED.contains(&key)
    })
}
