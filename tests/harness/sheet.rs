//! Sheets as text, for the oracle of campus folders: it reads them with no code of the product.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A row: its cells by the name of their column. A column that is not there is an empty cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row(BTreeMap<String, String>);

impl Row {
    pub(crate) fn cell(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    /// The names in a list.
    pub(crate) fn list(&self, column: &str) -> Vec<String> {
        let names = self.cell(column).split([';', ' ']).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// The number in a cell, or what an empty cell means.
    pub(crate) fn number(&self, column: &str, empty: u64) -> u64 {
        match self.cell(column) {
            "" => empty,
            text => text.parse().unwrap_or_else(|_| panic!("{text:?} in {column} is no number")),
        }
    }
}

/// The rows of a sheet with commas; none where there is no such file.
pub(crate) fn rows(path: &Path) -> Vec<Row> {
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    let mut lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty()).map(cells);
    let header = lines.next().unwrap_or_else(|| panic!("{} is empty", path.display()));
    lines.map(|cells| Row(header.iter().cloned().zip(cells).collect())).collect()
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut is_quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            _ => cells.last_mut().expect("a line has a cell").push(c),
        }
    }
    cells
}
