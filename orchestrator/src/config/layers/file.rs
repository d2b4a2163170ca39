//! A file as a layer: its keys with what they say and where. A value may be a text or a number, as it comes; what it means is for its key to know.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::finding::{Finding, line_and_column};
use super::places::{Kind, Place};
use super::{Entry, Key, Origin};
use crate::cli::RunArgs;

/// What the text of a file says.
pub(super) fn entries(text: &str, place: &Place, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let finding = |span: &Range<usize>, message| Finding::of_file(&place.path, text, span, message);
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            findings.push(finding(&span, format!("this is no TOML: {}", error.message())));
            return Vec::new();
        }
    };
    let mut leaves = Vec::new();
    leaves_of(table.get_ref(), "", &mut leaves);
    leaves.sort_by_key(|leaf| leaf.at.start);
    let mut entries: Vec<Entry> = Vec::new();
    for leaf in leaves {
        match leaf.entry(text, place) {
            Ok(entry) => entries.push(entry),
            Err((span, message)) => {
                let refused = finding(&span, message);
                let is_unknown = Key::of_name(&leaf.name).is_none();
                findings.push(if is_unknown { refused.near(&leaf.name, Key::name) } else { refused });
            }
        }
    }
    entries
}

/// A value that is no table, with the whole of its name.
struct Leaf<'v, 't> {
    name: String,
    at: Range<usize>,
    value: &'v Spanned<DeValue<'t>>,
}

fn leaves_of<'v, 't>(table: &'v DeTable<'t>, above: &str, leaves: &mut Vec<Leaf<'v, 't>>) {
    for (key, value) in table {
        let name = format!("{above}{}", key.get_ref());
        match value.get_ref().as_table() {
            Some(table) => leaves_of(table, &format!("{name}."), leaves),
            None => leaves.push(Leaf { name, at: key.span(), value }),
        }
    }
}

impl Leaf<'_, '_> {
    fn entry(&self, file: &str, place: &Place) -> Result<Entry, (Range<usize>, String)> {
        let key =
            Key::of_name(&self.name).ok_or_else(|| (self.at.clone(), format!("there is no key {}", self.name)))?;
        let wrong = |message| (self.value.span(), message);
        if key.names_code() && place.kind == Kind::Project {
            let message = "a file that may have come with the data cannot name a library to load: say it elsewhere";
            return Err(wrong(message.to_owned()));
        }
        let text = self.text(file).ok_or_else(|| wrong(format!("{} is one text or one number", self.name)))?;
        key.say(&text, &mut RunArgs::default()).map_err(wrong)?;
        let text = if key.is_path(&text) { beside(&place.path, &text) } else { text };
        let (line, _) = line_and_column(file, self.at.start);
        Ok(Entry { key, text, origin: Origin::File(place.path.clone(), line) })
    }

    /// The value as it would be written on a command line.
    fn text(&self, file: &str) -> Option<String> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(_) | DeValue::Float(_) => Some(file.get(self.value.span())?.replace('_', "")),
            DeValue::Boolean(is_so) => Some(is_so.to_string()),
            _ => None,
        }
    }
}

/// A path that is said in a file begins at that file's folder.
fn beside(file: &Path, path: &str) -> String {
    let folder = file.parent().unwrap_or(Path::new(""));
    folder.join(path).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use shared::wire::Stage;

    use super::*;

    fn read_as(kind: Kind, text: &str) -> (Vec<Entry>, String) {
        let mut findings = Vec::new();
        let entries = entries(text, &Place { path: PathBuf::from("etc/c.toml"), kind }, &mut findings);
        (entries, findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn texts_and_numbers_are_taken_as_they_come() {
        let (entries, findings) = read_as(
            Kind::Named,
            "threads = 1_0\nmemory = \"50%\"\nmetrics = \"m.prom\"\nhistory = \"off\"\nstage_memory.solve = '64M'\n\
             [set]\nmemory.solve = \"60\"\nreport.pages = true\nsolve.engine = \"ortools\"\n",
        );
        assert_eq!(findings, "");
        let said: Vec<(Key, &str, usize)> = entries
            .iter()
            .map(|entry| match &entry.origin {
                Origin::File(_, line) => (entry.key, entry.text.as_str(), *line),
                origin => panic!("{origin:?} is no file"),
            })
            .collect();
        assert_eq!(
            said,
            [
                (Key::Threads, "10", 1),
                (Key::Memory, "50%", 2),
                (Key::Metrics, "etc/m.prom", 3),
                (Key::History, "off", 4),
                (Key::StageMemory(Stage::Solve), "64M", 5),
                (Key::Set("memory.solve"), "60", 7),
                (Key::Set("report.pages"), "true", 8),
                (Key::Engine, "ortools", 9),
            ]
        );
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_place() {
        let (_, findings) = read_as(
            Kind::Named,
            "treads = 2\nthreads = \"two\"\nmemory.solve = 60\n[set]\n\tgrace.stop = [1, 2]\ncolour = 'red'\n",
        );
        let expected = "\
etc/c.toml:1:1: error: there is no key treads
    1 | treads = 2
      | ^^^^^^
    hint:     did you mean threads?
etc/c.toml:2:11: error: \"two\" is not a whole number from 1 to 4096
    2 | threads = \"two\"
      |           ^^^^^
etc/c.toml:3:8: error: there is no key memory.solve
    3 | memory.solve = 60
      |        ^^^^^
    hint:     did you mean set.memory.solve?
etc/c.toml:5:15: error: set.grace.stop is one text or one number
    5 | \tgrace.stop = [1, 2]
      | \t             ^^^^^^
etc/c.toml:6:1: error: there is no key set.colour
    6 | colour = 'red'
      | ^^^^^^
    hint:     `carillon config default` prints all keys";
        assert_eq!(findings, expected);
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_place() {
        let (entries, findings) = read_as(Kind::Named, "seed = 1\nseed = 2\n");
        assert_eq!(entries, []);
        assert!(findings.starts_with("etc/c.toml:2:1: error: this is no TOML: "), "{findings}");
    }

    #[test]
    fn a_library_is_not_named_by_what_came_with_the_data() {
        let text = "set.solve.ortools = \"/opt/libortools.so.9\"\n";
        assert_eq!(read_as(Kind::Own, text).0.len(), 1);
        let (entries, findings) = read_as(Kind::Project, text);
        assert!(entries.is_empty() && findings.contains("cannot name a library"), "{findings}");
    }
}
