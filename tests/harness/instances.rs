//! Instances that are made of the college, for what one college is too small for.

use std::fs;

use super::college;

/// The college twice, with a teacher, a room, a curriculum and a course of its own for each of the first one.
pub(crate) fn two_colleges() -> String {
    let text = fs::read_to_string(college()).expect("the college is part of the project");
    let (head, body) = text.split_once("\n\n").expect("the counts stand in front");
    let mut twice: Vec<String> = head.lines().map(doubled).collect();
    for section in body.split("\n\n") {
        let (title, rows) = section.split_once('\n').unwrap_or((section, ""));
        let rows = || rows.lines().filter(|row| !row.is_empty());
        twice.extend([String::new(), title.to_owned()]);
        twice.extend(rows().map(str::to_owned).chain(rows().map(other)));
    }
    twice.join("\n") + "\n"
}

/// A line of the head: counts are doubled, but for those of the calendar.
fn doubled(line: &str) -> String {
    let (key, count) = line.split_once(": ").expect("each line of the head has a name");
    match count.parse::<u32>() {
        Ok(count) if !["Days", "Periods_per_day"].contains(&key) => format!("{key}: {}", count * 2),
        _ => line.to_owned(),
    }
}

/// A row of the other college: every name is another one, every number the same.
fn other(row: &str) -> String {
    let renamed = |word: &str| {
        if word.parse::<u32>().is_ok() { word.to_owned() } else { format!("Other_{word}") }
    };
    row.split_whitespace().map(renamed).collect::<Vec<String>>().join(" ")
}
