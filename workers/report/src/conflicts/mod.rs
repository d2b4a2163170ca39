//! Each hard violation of what is placed, one by one, with the meetings that it is about. The sums are those of the recount, which says
//! only how many there are.

mod campus;
mod competition;

use std::collections::BTreeMap;

use shared::ids::{CourseId, Id};
use shared::model::Instance;
use shared::model::cost::Rule;

use crate::week::Week;

/// A violation, or several of one rule between the same meetings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) rule: &'static str,
    /// How often the rule counts it.
    pub(crate) count: u64,
    /// What is wrong, in words.
    pub(crate) what: String,
    /// The meetings, by their rows in the week.
    pub(crate) meetings: Vec<usize>,
}

/// Finds all of them, and tells each meeting its own.
pub(crate) fn find(week: &mut Week, instance: &Instance, students: bool) {
    let found = match instance.campus() {
        Some(campus) => campus::find(week, instance, campus, students),
        None => competition::find(week, instance),
    };
    for conflict in &found {
        for &meeting in &conflict.meetings {
            let troubles = &mut week.meetings[meeting].troubles;
            if !troubles.contains(&conflict.what) {
                troubles.push(conflict.what.clone());
            }
        }
    }
    week.conflicts = found;
}

/// Violations as they are found: those of one rule, one cause and the same meetings become one.
#[derive(Debug, Default)]
struct Found {
    counts: BTreeMap<(usize, Vec<usize>, String), u64>,
}

impl Found {
    fn add(&mut self, rule: Rule, count: u64, mut meetings: Vec<usize>, cause: impl Into<String>) {
        if count > 0 {
            meetings.sort_unstable();
            meetings.dedup();
            *self.counts.entry((rule as usize, meetings, cause.into())).or_default() += count;
        }
    }

    fn into_conflicts(self, rules: &[Rule]) -> Vec<Conflict> {
        let rule = |number: usize| rules.iter().find(|rule| **rule as usize == number).map_or("", |rule| rule.name());
        let conflict = |((number, meetings, what), count)| Conflict { rule: rule(number), count, what, meetings };
        self.counts.into_iter().map(conflict).collect()
    }
}

/// The meetings of each course, by their rows in the week.
fn by_course(week: &Week, instance: &Instance) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); instance.course_count()];
    for (row, meeting) in week.meetings.iter().enumerate() {
        rows[CourseId::new(meeting.event).index()].push(row);
    }
    rows
}

/// `A, B and C`, each once.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.dedup();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests;
