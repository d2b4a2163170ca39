//! The story on stderr: lines, and on a terminal one line below them that changes.
//!
//! A change is one write that goes over what is there and then clears what is left of it, so that nothing flickers. The cursor is never hidden: a run may be
//! killed at any instant, and nobody would bring it back.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use super::columns::{cut, fold};
use super::journald::{Journald, SOCKET, has_stderr};
use super::looks::{Looks, Show};
use super::{Line, Tone};
use crate::cli::{LogTo, Progress};

/// The changing line is drawn no more often than this.
const LIVE_EVERY: Duration = Duration::from_millis(250);
/// Where a terminal does not tell how wide it is.
const COLUMNS: usize = 80;
/// No line is made for less: a terminal so narrow shows what it can.
const COLUMNS_LEAST: usize = 20;
const CLEAR_REST: &str = "\x1b[K";

/// Where the story is shown. What cannot be shown is not shown: a closed terminal stops no run.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    looks: Looks,
    /// How many columns it has by now.
    columns: Box<dyn Fn() -> Option<usize> + Send>,
    /// The changing line, as it was drawn; empty where there is none.
    live: String,
    drawn_at: Option<Duration>,
    /// Where lines go in the place of `out`, as long as they are taken there.
    journald: Option<Journald>,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Terminal").field("looks", &self.looks).finish_non_exhaustive()
    }
}

impl Terminal {
    /// Stderr, as `--progress`, the environment and what stderr is ask for.
    pub fn stderr(progress: Progress) -> Self {
        let looks = Looks::of(progress, io::stderr().is_terminal(), |name| std::env::var_os(name));
        let columns = || terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0));
        Self::new(Box::new(io::stderr()), looks, Box::new(columns))
    }

    /// Any screen.
    pub(super) fn new(
        out: Box<dyn Write + Send>,
        looks: Looks,
        columns: Box<dyn Fn() -> Option<usize> + Send>,
    ) -> Self {
        Self { out, looks, columns, live: String::new(), drawn_at: None, journald: None }
    }

    /// The same in a service, whose stderr the journal has: lines become entries of it, unless they are told to it already.
    pub(super) fn in_service(mut self, log: Option<&LogTo>, run: &str) -> Self {
        if has_stderr(|name| std::env::var_os(name)) {
            match log {
                None => self.journald = Journald::at(Path::new(SOCKET), run),
                Some(LogTo::Journald(_)) => self.out = Box::new(io::sink()),
                Some(LogTo::None) => {}
            }
        }
        self
    }

    /// What is shown.
    pub(super) fn show(&self) -> Show {
        self.looks.show
    }

    /// Shows a line of the story, above the line that changes.
    pub(super) fn line(&mut self, line: &Line) {
        match self.looks.show {
            Show::Live => {
                let text = fold(&line.text, self.room());
                self.print(&text, line.tone);
            }
            Show::Plain => self.print(&line.text, line.tone),
            Show::Ending | Show::Verdict => {}
        }
    }

    /// Lets a line stay that has changed so far.
    pub(super) fn settle(&mut self, line: &Line) {
        self.live.clear();
        let text = cut(&line.text, self.room());
        self.write(&format!("\r{}{CLEAR_REST}\n", self.painted(&text, line.tone)));
    }

    /// Shows one of the last lines, which are shown even when nothing else is, and ends the changing line.
    pub(super) fn last_line(&mut self, line: &Line) {
        self.clear();
        let is_live = self.looks.show == Show::Live;
        let text = if is_live { fold(&line.text, self.room()) } else { line.text.clone() };
        self.print(&text, line.tone);
    }

    /// Shows what others have written, as it is.
    pub(super) fn foreign(&mut self, bytes: &[u8]) {
        self.clear();
        let _ = self.out.write_all(bytes).and_then(|()| self.out.flush());
    }

    /// Draws the line that changes, where one is shown and it is time; `draw` makes it for that many columns.
    pub(super) fn live(&mut self, now: Duration, draw: impl FnOnce(usize, bool) -> Option<String>) {
        let is_early = self.drawn_at.is_some_and(|then| now.saturating_sub(then) < LIVE_EVERY);
        if self.looks.show != Show::Live || is_early {
            return;
        }
        self.drawn_at = Some(now);
        match draw(self.room(), self.looks.is_coloured) {
            Some(text) if text != self.live => {
                self.write(&format!("\r{text}{CLEAR_REST}"));
                self.live = text;
            }
            Some(_) => {}
            None => self.clear(),
        }
    }

    /// One column stays free: a terminal would go to the next line behind the last one.
    fn room(&self) -> usize {
        (self.columns)().filter(|columns| *columns > 0).unwrap_or(COLUMNS).max(COLUMNS_LEAST) - 1
    }

    fn clear(&mut self) {
        if !self.live.is_empty() {
            self.write(&format!("\r{CLEAR_REST}"));
            self.live.clear();
        }
    }

    fn print(&mut self, text: &str, tone: Tone) {
        let entry = || Line { tone, text: text.to_owned() };
        if self.journald.as_mut().is_some_and(|journald| journald.line(&entry())) {
            return;
        }
        let mut whole = format!("{}\n", self.painted(text, tone));
        if !self.live.is_empty() {
            // It goes over the line that changes, which comes again below it.
            whole = format!("\r{}{}", whole.replace('\n', &format!("{CLEAR_REST}\n")), self.live);
        }
        self.write(&whole);
    }

    fn write(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }

    fn painted(&self, text: &str, tone: Tone) -> String {
        let colour = match tone {
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
            Tone::Plain => return text.to_owned(),
        };
        if self.looks.is_coloured { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

impl Drop for Terminal {
    /// Whatever is said next, an error perhaps, begins on a line of its own.
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Screen {
        fn told(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }

        fn terminal(&self, show: Show, is_coloured: bool, columns: usize) -> Terminal {
            let looks = Looks { show, is_coloured };
            Terminal::new(Box::new(self.clone()), looks, Box::new(move || Some(columns)))
        }
    }

    fn line(tone: Tone, text: &str) -> Line {
        Line { tone, text: text.to_owned() }
    }

    fn shown(show: Show, is_coloured: bool) -> String {
        let screen = Screen::default();
        let mut terminal = screen.terminal(show, is_coloured, 24);
        terminal.line(&line(Tone::Plain, "one"));
        terminal.live(Duration::ZERO, |columns, _| Some(format!("cost 9 of {columns}")));
        terminal.live(Duration::from_millis(249), |_, _| panic!("it is too early"));
        terminal.live(Duration::from_millis(250), |columns, _| Some(format!("cost 9 of {columns}")));
        terminal.line(&line(Tone::Good, "two"));
        terminal.last_line(&line(Tone::Bad, "end"));
        screen.told()
    }

    #[test]
    fn plain_lines_where_nobody_sees_what_changes() {
        assert_eq!(shown(Show::Plain, false), "one\ntwo\nend\n");
        assert_eq!(shown(Show::Plain, true), "one\n\x1b[32mtwo\x1b[0m\n\x1b[31mend\x1b[0m\n");
        assert_eq!(shown(Show::Ending, false), "end\n");
        assert_eq!(shown(Show::Verdict, false), "end\n");
    }

    #[test]
    fn a_line_that_changes_stays_below_the_others() {
        assert_eq!(
            shown(Show::Live, true),
            "one\n\rcost 9 of 23\x1b[K\r\x1b[32mtwo\x1b[0m\x1b[K\ncost 9 of 23\r\x1b[K\x1b[31mend\x1b[0m\n"
        );
        assert!(!shown(Show::Live, false).contains("\x1b[3"));
    }

    #[test]
    fn what_changes_is_gone_when_somebody_else_speaks() {
        let screen = Screen::default();
        let mut terminal = screen.terminal(Show::Live, false, 30);
        terminal.live(Duration::ZERO, |_, _| Some("live".to_owned()));
        terminal.foreign(b"a worker's log\n");
        terminal.live(Duration::from_secs(1), |_, _| Some("more".to_owned()));
        terminal.settle(&line(Tone::Plain, "a line that is far too long to be shown"));
        terminal.live(Duration::from_secs(2), |_, _| Some("last".to_owned()));
        drop(terminal);
        let expected = "\rlive\x1b[K\r\x1b[Ka worker's log\n\rmore\x1b[K\
                        \ra line that is far too long…\x1b[K\n\rlast\x1b[K\r\x1b[K";
        assert_eq!(screen.told(), expected);
    }
}
