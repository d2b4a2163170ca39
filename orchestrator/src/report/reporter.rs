//! Hears every fact of a run and writes it wherever it belongs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::attempts::{self, Attempts};
use super::ending;
use super::journald::Journald;
use super::json;
use super::line::{self, Line};
use super::looks::Show;
use super::memory::{self, MemoryLog};
use super::result::Gathered;
use super::sink::Sink;
use super::stream::Stream;
use super::terminal::Terminal;
use super::text;
use super::trace::{self, Trace};
use super::view::View;
use crate::cli::{LogTo, Output};
use crate::dispatch::{Ending, Fact};
use crate::metrics::Family;
use crate::policy::Situation;
use shared::bytes::Bytes;
use shared::file::{self, FileError};
use shared::model::Cost;
use shared::wire::Stage;

/// The report of one run, in its run directory.
#[derive(Debug)]
pub struct Reporter {
    run_dir: PathBuf,
    /// Share of the capacity that the pipeline stays below, in hundredths.
    limit: u64,
    terminal: Terminal,
    view: View,
    log: Sink,
    events: Sink,
    /// Where events go besides, as they come.
    stream: Option<Stream>,
    /// Where lines go besides.
    journald: Option<Journald>,
    attempts: (Sink, Attempts),
    trace: (Sink, Trace),
    memory: (Sink, MemoryLog),
    gathered: Gathered,
    /// The last thing that was told.
    status: String,
    trouble: Option<FileError>,
}

impl Reporter {
    /// Opens or goes on with `run.log`, `events.jsonl`, `attempts.tsv`, `trace.tsv` and `memory.tsv` in `run_dir`. `limit` is the share of
    /// the capacity that the pipeline stays below, in hundredths.
    ///
    /// # Errors
    /// When one of them cannot be created.
    pub fn open(run_dir: &Path, terminal: Terminal, limit: u64) -> Result<Self, FileError> {
        let open = |name: &str, header: &str| Sink::open(run_dir.join(name), header);
        let best_so_far = Trace::behind(&std::fs::read_to_string(run_dir.join("trace.tsv")).unwrap_or_default());
        Ok(Self {
            run_dir: run_dir.to_owned(),
            limit,
            terminal,
            view: View::default(),
            stream: None,
            journald: None,
            log: open("run.log", "")?,
            events: open("events.jsonl", "")?,
            attempts: (open("attempts.tsv", attempts::HEADER)?, Attempts::default()),
            trace: (open("trace.tsv", trace::HEADER)?, best_so_far),
            memory: (open("memory.tsv", memory::HEADER)?, MemoryLog::default()),
            gathered: Gathered::default(),
            status: String::new(),
            trouble: None,
        })
    }

    /// The same of a run that has so much time, if that is said, and whose events go to stdout as well, if that is asked for.
    pub fn with(self, time_limit: Option<Duration>, output: Output) -> Self {
        let stream = (output == Output::Events).then(Stream::stdout);
        Self { view: View::new(time_limit), stream, ..self }
    }

    /// The same of a run with that id, whose lines go to a journal as well, if that is asked for or where it has stderr.
    pub fn logging(self, log: Option<&LogTo>, run: &str) -> Self {
        let journald = log.and_then(|log| match log {
            LogTo::None => None,
            LogTo::Journald(socket) => Journald::at(socket, run),
        });
        // Whoever asks for a journal that is not there has the lines where they are otherwise.
        let log = log.filter(|log| journald.is_some() || **log == LogTo::None);
        Self { terminal: self.terminal.in_service(log, run), journald, ..self }
    }

    /// Tells a fact, which became true `at` that time since the start. What cannot be written is kept for
    /// [`Reporter::take_trouble`].
    pub fn tell(&mut self, at: Duration, fact: &Fact) {
        self.event(at, json::event(at, fact));
        let over = self.view.note(at, fact);
        for line in text::lines(fact, self.limit) {
            self.say(&line, View::leaves_out(fact, &line));
        }
        self.settle(over);
        if let Some(row) = self.attempts.1.note(at, fact) {
            let written = self.attempts.0.line(&row);
            self.keep(written);
        }
        if let Fact::Incumbent { who, cost } = fact {
            self.better(at, who.stage, *cost);
        }
        if let Fact::Device(fact) = fact
            && let Some(row) = memory::device_row(at, fact)
        {
            let written = self.memory.0.line(&row);
            self.keep(written);
        }
        self.gathered.note(at, fact);
    }

    /// Takes note of a look at memory: the whole, and stage, charge and allotment of each worker.
    pub fn held(&mut self, at: Duration, situation: &Situation, workers: impl Iterator<Item = (Stage, Bytes, Bytes)>) {
        let limit = situation.capacity.percent(self.limit);
        self.view.held(situation.pipeline(), limit);
        self.show(at);
        if let Some(rows) = self.memory.1.rows(at, situation, limit, workers) {
            let written = self.memory.0.line(&rows);
            self.keep(written);
        }
    }

    /// Takes note of what was told by a start of the run before this one. Attempts that it had not seen to their end get
    /// their rows now.
    pub fn remember(&mut self, past: &[(Duration, Fact)]) {
        for (at, fact) in past {
            self.gathered.note(*at, fact);
            // A row that is whole was written then.
            let _ = self.attempts.1.note(*at, fact);
        }
        self.write_open_attempts();
    }

    fn write_open_attempts(&mut self) {
        for row in self.attempts.1.rest() {
            let written = self.attempts.0.line(&row);
            self.keep(written);
        }
    }

    /// Tells how the run ended, and writes `result.json`.
    ///
    /// # Errors
    /// When `result.json` cannot be written.
    pub fn end(&mut self, at: Duration, ending: &Ending) -> Result<(), FileError> {
        self.write_open_attempts();
        self.event(at, json::finished(at, ending));
        let over = self.view.settle(at);
        self.settle(over);
        for line in ending::lines(ending, self.limit) {
            self.note(&line);
            if self.terminal.show() != Show::Verdict {
                self.terminal.last_line(&line);
            }
        }
        if self.terminal.show() == Show::Verdict {
            self.terminal.last_line(&ending::verdict(ending, &self.run_dir));
        }
        let path = self.run_dir.join("result.json");
        file::replace(&path, self.result(ending).as_bytes())?;
        // The name too has to outlast the end of the machine.
        file::sync_folder_of(&path)
    }

    /// The content of `result.json`.
    pub fn result(&self, ending: &Ending) -> String {
        self.gathered.text(ending)
    }

    /// The same as figures.
    pub(crate) fn figures(&self, ending: &Ending) -> Vec<Family> {
        self.gathered.figures(ending)
    }

    /// The first thing that could not be written since the last call. A file that failed once is not tried again, so each
    /// file has at most one trouble.
    pub fn take_trouble(&mut self) -> Option<FileError> {
        self.trouble.take()
    }

    fn better(&mut self, at: Duration, stage: Stage, cost: Cost) {
        let Some(step) = self.trace.1.better(at, stage, cost) else { return };
        let written = self.trace.0.line(&step.row);
        self.keep(written);
        if step.is_first_feasible {
            self.say(&text::first_feasible(stage, at, cost), true);
        }
        let seconds = at.as_secs_f64();
        self.status = format!("[{}] {seconds:.1} s · {}", line::tag(stage), line::cost(cost));
        self.view.better(cost);
        self.show(at);
    }

    /// Shows how far the run is, where it is time to.
    fn show(&mut self, at: Duration) {
        if let Some(line) = self.view.pulse(at) {
            self.say(&line, true);
        }
        let view = &self.view;
        self.terminal.live(at, |columns, is_coloured| view.live(at, columns, is_coloured));
    }

    /// Shows what others have written for the user.
    pub(crate) fn foreign(&mut self, bytes: &[u8]) {
        self.terminal.foreign(bytes);
    }

    fn settle(&mut self, over: impl IntoIterator<Item = Line>) {
        if self.terminal.show() == Show::Live {
            over.into_iter().for_each(|line| self.terminal.settle(&line));
        }
    }

    fn event(&mut self, at: Duration, line: String) {
        let written = self.events.line(&line);
        self.keep(written);
        if let Some(stream) = &mut self.stream {
            stream.line(at, line);
        }
    }

    /// How it goes: the last thing that was told.
    pub(crate) fn status(&self) -> &str {
        &self.status
    }

    /// Says a line of the story; one that is `in_view` already is not shown where the view is.
    fn say(&mut self, line: &Line, in_view: bool) {
        line.text.clone_into(&mut self.status);
        self.note(line);
        if !in_view || self.terminal.show() != Show::Live {
            self.terminal.line(line);
        }
    }

    fn note(&mut self, line: &Line) {
        let written = self.log.line(&line.text);
        self.keep(written);
        if let Some(journald) = &mut self.journald {
            // What is not taken stands in run.log.
            let _ = journald.line(line);
        }
    }

    fn keep(&mut self, written: Result<(), FileError>) {
        if let Err(error) = written {
            self.trouble.get_or_insert(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use shared::bytes::Bytes;
    use shared::exit::Exit;
    use shared::model::{Components, Rule};

    use super::*;
    use crate::dispatch::Who;
    use crate::report::looks::Looks;
    use crate::watch::{Capacity, CapacitySource};

    fn nowhere() -> Terminal {
        Terminal::new(Box::new(std::io::sink()), Looks { show: Show::Plain, is_coloured: false }, Box::new(|| None))
    }

    fn ending() -> Ending {
        Ending {
            exit: Exit::Complete,
            reason: None,
            components: Some(Components::default().with(Rule::RoomCapacity, 5)),
            reproducible: true,
            irreproducible_because: None,
            effort: 1.0,
            wall: Duration::from_secs(1),
            peak: Bytes::mib(70),
            capacity: Capacity { bytes: Bytes::mib(256), source: CapacitySource::Asked },
            gains: Vec::new(),
        }
    }

    fn incumbent(hard: u64, soft: u64) -> Fact {
        let who = Who { stage: Stage::Evolve, job: "evolve".to_owned(), attempt: 1 };
        Fact::Incumbent { who, cost: Cost { hard, unplaced: 0, soft } }
    }

    #[test]
    fn a_run_leaves_its_files() {
        let root = tempfile::tempdir().unwrap();
        let mut reporter = Reporter::open(root.path(), nowhere(), 70).unwrap();
        for (ms, fact) in [(5, incumbent(2, 9)), (7, incumbent(0, 8)), (8, incumbent(0, 8)), (9, incumbent(0, 5))] {
            reporter.tell(Duration::from_millis(ms), &fact);
        }
        reporter.end(Duration::from_millis(10), &ending()).unwrap();
        assert!(reporter.take_trouble().is_none());
        let read = |name: &str| fs::read_to_string(root.path().join(name)).unwrap();
        assert_eq!(
            read("run.log"),
            "[STAGE2B] First feasible timetable after 7 ms · cost 8\n\
             ✅ Completed successfully · 0 hard · cost 5 · peak of the whole pipeline 70.0MB (27.3% of 256MB, limit 70%)\n\
             reproducible: yes, with --effort 1.00 · 1.0 s\n"
        );
        assert_eq!(
            read("trace.tsv"),
            format!("{}\n5\tSTAGE2B\t2\t9\n7\tSTAGE2B\t0\t8\n9\tSTAGE2B\t0\t5\n", trace::HEADER)
        );
        assert_eq!(read("attempts.tsv"), format!("{}\n", attempts::HEADER));
        assert_eq!(read("events.jsonl").lines().count(), 5);
        assert_eq!(read("result.json"), reporter.result(&ending()));
    }

    #[test]
    fn a_disk_that_is_full_is_told_once_and_stops_nothing() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/full", root.path().join("events.jsonl")).unwrap();
        let mut reporter = Reporter::open(root.path(), nowhere(), 70).unwrap();
        reporter.tell(Duration::ZERO, &incumbent(0, 8));
        assert!(reporter.take_trouble().is_some_and(|error| error.is_disk_full()));
        reporter.tell(Duration::ZERO, &incumbent(0, 7));
        assert!(reporter.take_trouble().is_none());
        let trace = fs::read_to_string(root.path().join("trace.tsv")).unwrap();
        assert_eq!(trace.lines().count(), 3, "the other files go on");
    }
}
