//! The tables of a run: one row a line, between tabs, by the names in the first line.

/// A row of `attempts.tsv`. Times are milliseconds, sizes bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AttemptRow {
    pub(crate) job: String,
    pub(crate) attempt: u32,
    pub(crate) stage: String,
    pub(crate) start: u64,
    /// Nothing where it never was seen to end.
    pub(crate) wall: Option<u64>,
    pub(crate) outcome: String,
    pub(crate) allotment: u64,
    pub(crate) peak: u64,
    pub(crate) freed: u64,
    pub(crate) exit: String,
    pub(crate) killed_by: String,
    pub(crate) why: String,
}

/// A row of `trace.tsv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceRow {
    pub(crate) at: u64,
    pub(crate) stage: String,
    pub(crate) violations: u64,
    pub(crate) cost: u64,
}

/// A row of `memory.tsv`: what somebody held at that time, and how much they might.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MemoryRow {
    pub(crate) at: u64,
    /// A stage, `pipeline` or `host`.
    pub(crate) who: String,
    pub(crate) held: u64,
    pub(crate) limit: u64,
}

/// The rows of `attempts.tsv`.
pub(crate) fn attempts(text: &str) -> Vec<AttemptRow> {
    rows(text, |row| {
        Some(AttemptRow {
            job: row.text("job")?,
            attempt: row.number("attempt")?,
            stage: row.text("stage")?,
            start: row.number("start_ms")?,
            wall: row.number("wall_ms"),
            outcome: row.text("outcome")?,
            allotment: row.number("allotment")?,
            peak: row.number("peak")?,
            freed: row.number("freed")?,
            exit: row.text("exit")?,
            killed_by: row.text("killed_by")?,
            why: row.text("why")?,
        })
    })
}

/// The rows of `trace.tsv`.
pub(crate) fn trace(text: &str) -> Vec<TraceRow> {
    rows(text, |row| {
        Some(TraceRow {
            at: row.number("t_ms")?,
            stage: row.text("stage")?,
            violations: row.number("violations")?,
            cost: row.number("cost")?,
        })
    })
}

/// The rows of `memory.tsv`.
pub(crate) fn memory(text: &str) -> Vec<MemoryRow> {
    rows(text, |row| {
        Some(MemoryRow {
            at: row.number("t_ms")?,
            who: row.text("who")?,
            held: row.number("held")?,
            limit: row.number("limit")?,
        })
    })
}

struct Row<'a> {
    names: &'a [&'a str],
    cells: Vec<&'a str>,
}

impl Row<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let column = self.names.iter().position(|found| *found == name)?;
        self.cells.get(column).map(|cell| (*cell).to_owned())
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}

/// What is made of each row; one of which nothing can be made, such as a torn one, is left out.
fn rows<T>(text: &str, read: impl Fn(&Row<'_>) -> Option<T>) -> Vec<T> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines.filter_map(|line| read(&Row { names: &names, cells: line.split('\t').collect() })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_torn_rows_left_out() {
        let text = "stage\tt_ms\tviolations\tcost\tnew\nSTAGE2A\t58\t0\t20\tx\nSTAGE2B\t82\t0\n";
        let expected = TraceRow { at: 58, stage: "STAGE2A".to_owned(), violations: 0, cost: 20 };
        assert_eq!(trace(text), [expected]);
        assert_eq!(trace(""), []);
    }
}
