//! Names and what they stand for, with a guess for one that stands for nothing.

use std::collections::HashMap;

use super::text::{Word, shown};
use crate::finding::{Finding, Findings, Severity};

/// Names in the order of the file. A name that comes twice keeps its first number.
#[derive(Debug, Default)]
pub(crate) struct Names<'t> {
    numbers: HashMap<&'t str, usize>,
    ordered: Vec<&'t str>,
}

impl<'t> Names<'t> {
    /// The number of `name`, which is given the next one if it is new; and whether it is new.
    pub(crate) fn add(&mut self, name: &'t str) -> (usize, bool) {
        let next = self.ordered.len();
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.ordered.push(name);
        }
        (number, number == next)
    }

    /// The number of a name.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    /// The names, by number.
    pub(crate) fn ordered(&self) -> &[&'t str] {
        &self.ordered
    }

    /// The number of a name that must exist; says so if it does not. An empty name is a cell that is missing, which has been
    /// said already.
    pub(crate) fn resolve(&self, noun: &str, name: Word<'_>, findings: &mut Findings) -> Option<usize> {
        let number = self.number(name.text);
        if number.is_none() && !name.text.is_empty() {
            let like = if findings.has_room(Severity::Error) { self.nearest(name.text) } else { None };
            let finding = Finding::error(name.place, format!("there is no {noun} {}", shown(name.text)));
            let finding = finding.expected(format!("the name of a {noun} of the instance"));
            findings.push(match like {
                Some(like) => finding.hint(format!("did you mean {}?", shown(like))),
                None => finding,
            });
        }
        number
    }

    /// A name that is spelt much like `wrong`. Looks at all names: not for a flood of them.
    pub(crate) fn nearest(&self, wrong: &str) -> Option<&'t str> {
        nearest(wrong, self.ordered.iter().copied())
    }
}

impl<'t> FromIterator<&'t str> for Names<'t> {
    fn from_iter<I: IntoIterator<Item = &'t str>>(all: I) -> Self {
        let mut names = Self::default();
        all.into_iter().for_each(|name| {
            names.add(name);
        });
        names
    }
}

/// Of some names the first that is least different from `wrong`, if it is like it at all: no more than one edit in three
/// characters, upper and lower case being alike. The work grows with the square of the length, so long names are not compared.
pub fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    const CHARS_MAX: usize = 40;
    let length = wrong.chars().take(CHARS_MAX + 1).count();
    if length > CHARS_MAX {
        return None;
    }
    let folded = wrong.to_lowercase();
    let most = (length / 3).max(1);
    names
        .filter(|name| name.chars().count().abs_diff(length) <= most)
        .map(|name| (strsim::damerau_levenshtein(&folded, &name.to_lowercase()), name))
        .filter(|(edits, _)| *edits <= most && *edits < length)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near_or_none() {
        let mut names = Names::default();
        assert_eq!(["Calculus1", "Calculus2", "Algebra", "Calculus1"].map(|name| names.add(name).0), [0, 1, 2, 0]);
        assert_eq!(names.nearest("Calclus2"), Some("Calculus2"));
        assert_eq!(names.nearest("algebra"), Some("Algebra"));
        assert_eq!(names.nearest("Geometry"), None);
        assert_eq!(nearest("x", ["y"].into_iter()), None);
    }
}
