//! The story on stderr: lines, and on a terminal one line below them that changes.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::{Line, Tone};
use crate::cli::Progress;

/// The changing line is drawn no more often than this.
const STATUS_EVERY: Duration = Duration::from_millis(100);
const CLEAR_LINE: &str = "\r\x1b[K";

/// Where the story is shown. What cannot be shown is not shown: a closed terminal stops no run.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    /// Whether lines are shown as they come, or only the last ones.
    is_talkative: bool,
    is_coloured: bool,
    has_status: bool,
    status: String,
    drawn_at: Option<Duration>,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Terminal").field("is_talkative", &self.is_talkative).finish_non_exhaustive()
    }
}

impl Terminal {
    /// Stderr, as `--progress`, the environment (`NO_COLOR`, `TERM=dumb`) and what stderr is ask for.
    pub fn stderr(progress: Progress) -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self::new(Box::new(io::stderr()), progress, io::stderr().is_terminal() && !is_dumb, is_set("NO_COLOR"))
    }

    /// Any screen, which `is_terminal` or not.
    pub(super) fn new(out: Box<dyn Write + Send>, progress: Progress, is_terminal: bool, no_color: bool) -> Self {
        let is_rich = progress == Progress::Auto && is_terminal;
        Self {
            out,
            is_talkative: progress != Progress::Never,
            is_coloured: is_rich && !no_color,
            has_status: is_rich,
            status: String::new(),
            drawn_at: None,
        }
    }

    /// Shows a line of the story.
    pub(super) fn line(&mut self, line: &Line) {
        if self.is_talkative {
            self.print(line);
        }
    }

    /// Shows one of the last lines, which are shown even when nothing else is, and ends the changing line.
    pub(super) fn last_line(&mut self, line: &Line) {
        if !self.status.is_empty() {
            let _ = self.out.write_all(CLEAR_LINE.as_bytes());
            self.status.clear();
        }
        self.print(line);
    }

    /// Sets the line that changes.
    pub(super) fn status(&mut self, now: Duration, text: String) {
        let is_early = self.drawn_at.is_some_and(|then| now.saturating_sub(then) < STATUS_EVERY);
        if !self.has_status || is_early {
            return;
        }
        self.drawn_at = Some(now);
        let _ = self.out.write_all(format!("{CLEAR_LINE}{text}").as_bytes()).and_then(|()| self.out.flush());
        self.status = text;
    }

    fn print(&mut self, line: &Line) {
        let text = painted(line, self.is_coloured);
        let whole =
            if self.status.is_empty() { format!("{text}\n") } else { format!("{CLEAR_LINE}{text}\n{}", self.status) };
        let _ = self.out.write_all(whole.as_bytes()).and_then(|()| self.out.flush());
    }
}

fn painted(line: &Line, is_coloured: bool) -> String {
    let colour = match line.tone {
        Tone::Good => "32",
        Tone::Warning => "33",
        Tone::Bad => "31",
        Tone::Plain => return line.text.clone(),
    };
    if is_coloured { format!("\x1b[{colour}m{}\x1b[0m", line.text) } else { line.text.clone() }
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

    fn shown(progress: Progress, is_terminal: bool, no_color: bool) -> String {
        let screen = Screen::default();
        let mut terminal = Terminal::new(Box::new(screen.clone()), progress, is_terminal, no_color);
        let line = |tone, text: &str| Line { tone, text: text.to_owned() };
        terminal.line(&line(Tone::Plain, "one"));
        terminal.status(Duration::ZERO, "cost 9".to_owned());
        terminal.status(Duration::from_millis(99), "cost 8".to_owned());
        terminal.line(&line(Tone::Good, "two"));
        terminal.last_line(&line(Tone::Bad, "end"));
        String::from_utf8(screen.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn plain_lines_where_nobody_sees_colours() {
        for (progress, is_terminal) in [(Progress::Auto, false), (Progress::Plain, false), (Progress::Plain, true)] {
            assert_eq!(shown(progress, is_terminal, false), "one\ntwo\nend\n");
        }
        assert_eq!(shown(Progress::Never, true, false), "end\n");
    }

    #[test]
    fn colours_and_a_line_that_changes_on_a_terminal() {
        assert_eq!(
            shown(Progress::Auto, true, false),
            "one\n\r\x1b[Kcost 9\r\x1b[K\x1b[32mtwo\x1b[0m\ncost 9\r\x1b[K\x1b[31mend\x1b[0m\n"
        );
        assert_eq!(shown(Progress::Auto, true, true), "one\n\r\x1b[Kcost 9\r\x1b[Ktwo\ncost 9\r\x1b[Kend\n");
    }
}
