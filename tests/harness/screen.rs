//! A screen of a test's own: a terminal of some width on which the program runs, and what stands on it in the end.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::run::Mortal;
use super::wait;

/// What stands on a screen, row by row, and where the cursor is.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    /// Each row without what is blank at its end.
    pub(crate) rows: Vec<String>,
    /// Row and column of the cursor, from 0.
    pub(crate) cursor: (usize, usize),
    /// Whether the cursor is hidden.
    pub(crate) is_hidden: bool,
    /// Whether a line was too long for the screen.
    pub(crate) has_wrapped: bool,
}

impl Screen {
    /// Plays what was written to a screen of so many columns: carriage returns, line feeds, what clears the rest of a row and what colours.
    pub(crate) fn of(written: &str, columns: usize) -> Self {
        let mut cells: Vec<Vec<char>> = vec![Vec::new()];
        let (mut screen, mut row, mut column) = (Self::default(), 0, 0);
        let mut characters = written.chars();
        while let Some(character) = characters.next() {
            match character {
                '\r' => column = 0,
                '\n' => {
                    row += 1;
                    cells.resize(cells.len().max(row + 1), Vec::new());
                }
                '\x1b' => {
                    let escape: String = characters.by_ref().take_while(|c| !c.is_ascii_alphabetic()).collect();
                    // The letter that ends it was taken, too: what it was is told by what stands before it.
                    match escape.as_str() {
                        "[" => cells[row].truncate(column),
                        "[?25" => screen.is_hidden = !screen.is_hidden,
                        colour => assert!(colour.trim_start_matches('[').parse::<u8>().is_ok(), "escape {colour:?}"),
                    }
                }
                // What makes a picture of the character before it.
                '\u{fe0f}' => {}
                character => {
                    if column == columns {
                        screen.has_wrapped = true;
                        (row, column) = (row + 1, 0);
                        cells.resize(cells.len().max(row + 1), Vec::new());
                    }
                    let length = cells[row].len().max(column + 1);
                    cells[row].resize(length, ' ');
                    cells[row][column] = character;
                    column += 1;
                }
            }
        }
        screen.rows = cells.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned()).collect();
        screen.cursor = (row, column);
        screen
    }
}

/// A program that runs on a screen.
pub(crate) struct Watched {
    child: Mortal,
    written: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    columns: usize,
}

impl Watched {
    /// Starts a command whose stderr is a terminal of so many columns.
    pub(crate) fn start(command: &mut Command, columns: usize) -> Self {
        let size = Winsize { ws_row: 24, ws_col: columns as u16, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).expect("there is another terminal");
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(pty.slave);
        let child = Mortal(command.spawn().expect("the program starts"));
        // The command keeps its end of the terminal, which would never be closed.
        command.stderr(Stdio::null());
        let written = Arc::new(Mutex::new(Vec::new()));
        let (mut master, written_so_far) = (File::from(pty.master), Arc::clone(&written));
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end of a terminal is an error.
            while let Ok(bytes @ 1..) = master.read(&mut buffer) {
                written_so_far.lock().unwrap().extend(&buffer[..bytes]);
            }
        });
        Self { child, written, reader, columns }
    }

    /// What has been written so far.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }

    /// Waits until that stands on the screen.
    pub(crate) fn shows(&self, words: &str) {
        wait::until(&format!("{words:?} is shown"), || {
            let screen = Screen::of(&self.written(), self.columns);
            screen.rows.iter().any(|row| row.contains(words)).then_some(())
        });
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.0.id() as i32), signal).expect("it lives until it is waited for");
    }

    /// Waits for its end: its exit code, what stands on the screen, and all that was written.
    pub(crate) fn finish(mut self) -> (i32, Screen, String) {
        let status = wait::until("the run ends", || self.child.0.try_wait().expect("it is our child"));
        wait::until("the terminal is closed", || self.reader.is_finished().then_some(()));
        let code = status.code().unwrap_or_else(|| -1 - status.signal().unwrap_or_default());
        let written = self.written();
        (code, Screen::of(&written, self.columns), written)
    }
}
