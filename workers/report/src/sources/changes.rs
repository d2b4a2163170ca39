//! `changes.csv`: what has moved since the timetable before. There is none where nobody gave one.

use std::collections::BTreeMap;

/// A row of it, as it stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChangeRow {
    pub(crate) event: String,
    pub(crate) meeting: String,
    pub(crate) change: String,
    /// Day, period and room before; empty where there was no such meeting.
    pub(crate) before: [String; 3],
    /// The same now.
    pub(crate) now: [String; 3],
    pub(crate) teachers: Vec<String>,
    pub(crate) groups: Vec<String>,
}

/// The rows of a text. A line that has not the columns of the first one is none of ours.
pub(crate) fn changes(text: &str) -> Vec<ChangeRow> {
    let mut lines = records(text.trim_start_matches('\u{feff}')).into_iter();
    let header = lines.next().unwrap_or_default();
    let row = |cells: Vec<String>| {
        let cells: BTreeMap<&str, &String> = header.iter().map(String::as_str).zip(&cells).collect();
        let cell = |name: &str| cells.get(name).map(|cell| (*cell).clone()).unwrap_or_default();
        let list = |name: &str| cell(name).split(';').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        ChangeRow {
            event: cell("event"),
            meeting: cell("meeting"),
            change: cell("change"),
            before: ["old_day", "old_period", "old_room"].map(cell),
            now: ["day", "period", "room"].map(cell),
            teachers: list("teachers"),
            groups: list("groups"),
        }
    };
    lines.filter(|cells| cells.len() == header.len()).map(row).collect()
}

/// The records of a text with commas; in quotes a comma, a line's end and two quotes for one mean themselves.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut cells, mut is_quoted) = (Vec::new(), vec![String::new()], false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = cells.len() - 1;
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => cells[last].extend(letters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            '\n' if !is_quoted => records.push(std::mem::replace(&mut cells, vec![String::new()])),
            _ => cells[last].push(letter),
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_the_spreadsheet_reads() {
        let text = "\u{feff}event,meeting,change,old_day,old_period,old_room,day,period,room,teachers,groups\n\
                    \"A,1 \"\"b\"\"\",2,room,Mon,1,R1,Mon,1,R2,T;U,\ntorn";
        let rows = changes(text);
        let place = |room: &str| ["Mon", "1", room].map(str::to_owned);
        let expected = ChangeRow {
            event: "A,1 \"b\"".to_owned(),
            meeting: "2".to_owned(),
            change: "room".to_owned(),
            before: place("R1"),
            now: place("R2"),
            teachers: vec!["T".to_owned(), "U".to_owned()],
            groups: Vec::new(),
        };
        assert_eq!(rows, [expected]);
    }
}
