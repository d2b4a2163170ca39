//! The pages of `docs/` and README.md say what is true: what stands in them as a transcript is typed and read again, and what
//! they mention of the command line is there.
//!
//! A block marked `console` is a transcript: behind `$ ` a command, below it what it answers, where `…` stands for
//! anything; where it is marked `console,measured` a number stands for any number, several blanks are one, and lines have no order. All transcripts of a page are typed into one
//! shell, in a folder that holds what pages speak of. A command that fails is followed by `$ echo $?`. What is too long for a
//! test, or needs a machine that none has, systemd or Slurm, stands in a block marked `sh`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::harness::commands::carillon;
use crate::harness::{PROGRAM, configured_by_nobody, program, root};

/// What is printed between two answers.
const BETWEEN: &str = "\u{1}";

/// README.md and the pages of the book.
fn pages() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = folder.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.extend(["README.md", "CONTRIBUTING.md"].map(|name| root().join(name)));
    pages.sort();
    pages
}

fn name_of(page: &Path) -> String {
    page.file_name().unwrap().to_string_lossy().into_owned()
}

/// The fenced blocks of a page: what they are marked as, and their lines.
fn blocks(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(mark) = line.strip_prefix("```") {
            found.push((mark, lines.by_ref().take_while(|line| *line != "```").collect()));
        }
    }
    found
}

/// A command of a transcript, and what it is said to answer.
struct Exchange {
    command: String,
    answer: Vec<String>,
    is_measured: bool,
}

impl Exchange {
    /// Whether that is the answer.
    fn is_answered_by(&self, answer: &str) -> bool {
        let lines: Vec<&str> = answer.lines().collect();
        let said: Vec<&str> = self.answer.iter().map(String::as_str).collect();
        if self.is_measured {
            let is_told =
                |said: &&str| lines.iter().any(|line| is_like(&without_numbers(line), &without_numbers(said)));
            return said.iter().filter(|line| **line != "…").all(is_told);
        }
        said.is_empty() || are_like(&lines, &said)
    }
}

/// All transcripts of a page.
fn exchanges(text: &str) -> Vec<Exchange> {
    let mut found: Vec<Exchange> = Vec::new();
    for (mark, lines) in blocks(text).into_iter().filter(|(mark, _)| mark.starts_with("console")) {
        found.extend(transcript(&lines, mark == "console,measured"));
    }
    found
}

fn transcript(lines: &[&str], is_measured: bool) -> Vec<Exchange> {
    let mut found: Vec<Exchange> = Vec::new();
    for line in lines {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => {
                found.push(Exchange { command: command.to_owned(), answer: Vec::new(), is_measured });
            }
            (None, Some(last)) => last.answer.push((*line).to_owned()),
            (None, None) => panic!("a transcript begins with a command, and not with {line:?}"),
        }
    }
    found
}

/// The folder in which a page's commands are typed: the examples; `autumn`, a campus that was made with `init`; and a run of it.
fn lay_out(folder: &Path) {
    symlink(root().join("examples"), folder.join("examples")).unwrap();
    fs::create_dir(folder.join("bin")).unwrap();
    symlink(PROGRAM, folder.join("bin/carillon")).unwrap();
    let call = |words: &[&str]| {
        let done = program().args(words).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    call(&["init", "autumn"]);
    call(&["run", "autumn", "--effort", "0.05", "--progress", "never"]);
}

/// Types the commands, and returns what each has answered, with its exit code.
fn typed(folder: &Path, exchanges: &[Exchange]) -> Vec<(String, i32)> {
    let mut script = String::from("exec 2>&1\n(exit 0)\n");
    for Exchange { command, .. } in exchanges {
        // The exit code of one command is there for the next one to ask for.
        writeln!(script, "{command}\n{{ code=$?; printf '{BETWEEN}%s{BETWEEN}' $code; (exit $code); }}").unwrap();
    }
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("bash");
    configured_by_nobody(&mut shell);
    shell.arg("-c").arg(script).current_dir(folder).env("PATH", path).env("COLUMNS", "100").stdin(Stdio::null());
    let output = shell.output().expect("there is a bash");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let parts: Vec<&str> = told.split(BETWEEN).collect();
    parts.chunks_exact(2).map(|part| (part[0].to_owned(), part[1].parse().unwrap())).collect()
}

/// The line with `0` for each number, and one blank for several: columns are as wide as what stands in them.
fn without_numbers(line: &str) -> String {
    let (mut plain, line) = (String::new(), line.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let is_number = character.is_ascii_digit();
        plain.push(if is_number { '0' } else { character });
        while is_number && characters.next_if(|next| next.is_ascii_digit() || *next == '.').is_some() {}
    }
    plain
}

/// Whether a line is what the page says, in which `…` stands for anything.
fn is_like(line: &str, said: &str) -> bool {
    let mut pieces = said.split('…');
    let Some(mut rest) = line.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// Whether the lines are what the page says: a line `…` stands for any number of them.
fn are_like(lines: &[&str], said: &[&str]) -> bool {
    match (said.split_first(), lines.split_first()) {
        (None, first) => first.is_none(),
        (Some((&"…", later)), first) => {
            are_like(lines, later) || first.is_some_and(|(_, others)| are_like(others, said))
        }
        (Some((one, later)), Some((line, others))) => is_like(line, one) && are_like(others, later),
        (Some(_), None) => false,
    }
}

#[test]
fn likeness_has_gaps_and_nothing_else() {
    assert!(is_like("peak 3.0MB of 8MB", "peak …MB of …") && is_like("a", "a") && is_like("aa", "a…a"));
    assert!(!is_like("a", "a…a") && !is_like("ab", "a") && !is_like("xa", "a…"));
    assert!(are_like(&["a", "b", "c"], &["a", "…", "c"]) && are_like(&["c"], &["…", "c", "…"]));
    assert_eq!(without_numbers("peak  3.0MB (0.0%) of 24106MB after 175 ms"), "peak 0MB (0%) of 0MB after 0 ms");
    assert!(!are_like(&["a", "b"], &["a"]) && !are_like(&["a"], &["a", "b"]) && !are_like(&["b"], &["…", "c"]));
}

/// Every transcript is what the program of today answers.
#[test]
fn transcripts_are_what_the_program_answers() {
    let mut tried = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let exchanges = exchanges(&text);
        if exchanges.is_empty() {
            continue;
        }
        let folder = TempDir::new().unwrap();
        lay_out(folder.path());
        let answers = typed(folder.path(), &exchanges);
        assert_eq!(answers.len(), exchanges.len(), "{}: the shell ended early", name_of(&page));
        for (nth, (exchange, (answer, code))) in exchanges.iter().zip(&answers).enumerate() {
            let place = format!("{}: $ {}", name_of(&page), exchange.command);
            let is_asked_for = exchanges.get(nth + 1).is_some_and(|next| next.command == "echo $?");
            assert!(*code == 0 || is_asked_for, "{place}\nfails with {code}:\n{answer}");
            let said = exchange.answer.join("\n");
            assert!(exchange.is_answered_by(answer), "{place}\nanswers\n{answer}\nand not\n{said}");
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried} commands were found");
}

/// Where a command that somebody may copy stands in a block, the block says what it is.
#[test]
fn commands_stand_in_blocks_that_say_so() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for (mark, lines) in blocks(&text).iter().filter(|(mark, _)| !mark.starts_with("console") && *mark != "sh") {
            let command =
                lines.iter().find(|line| ["$ ", "carillon ", "cargo "].iter().any(|start| line.starts_with(start)));
            assert!(command.is_none(), "{}: {command:?} stands in a block marked {mark:?}", name_of(&page));
        }
    }
}

/// The help of each command, by its name.
#[derive(Default)]
struct Helps(BTreeMap<String, Option<String>>);

impl Helps {
    fn of(&mut self, command: &str) -> Option<&str> {
        let asked = || {
            let answer = carillon(command.split(' ').chain(["--help"]));
            (answer.code == 0).then_some(answer.stdout)
        };
        self.0.entry(command.to_owned()).or_insert_with(asked).as_deref()
    }
}

/// The parts of a text that call `carillon`, as words: between backticks, or a line of a block marked `sh`.
fn calls(text: &str) -> Vec<Vec<&str>> {
    let prose = text.lines().filter(|line| !line.starts_with("```"));
    let quoted = prose.flat_map(|line| line.split('`').skip(1).step_by(2));
    let typed = blocks(text).into_iter().filter(|(mark, _)| *mark == "sh").flat_map(|(_, lines)| lines);
    let called = quoted.chain(typed).filter_map(|part| {
        let at = if part.starts_with("carillon ") { 0 } else { part.find(" carillon ")? + 1 };
        part[at..].split(['|', '>', ';', '&', '#']).next()
    });
    called.map(|call| call.split_whitespace().skip(1).collect()).filter(|words: &Vec<&str>| !words.is_empty()).collect()
}

/// The command that is called by these words, where they call one by its name.
fn command_of(words: &[&str]) -> Option<String> {
    let is_name = |word: &str| word.chars().all(|c| c.is_ascii_lowercase());
    match words {
        // A worker is nobody's to call; the others are images of a container.
        [first, ..] if !is_name(first) || *first == "worker" => None,
        ["generate" | "config", second, ..] if is_name(second) => Some(words[..2].join(" ")),
        [first, ..] => Some((*first).to_owned()),
        [] => None,
    }
}

/// Whatever a page says of the command line is there: the command, and each flag.
#[test]
fn commands_that_are_mentioned_exist() {
    let mut helps = Helps::default();
    let (mut offences, mut seen) = (Vec::new(), 0);
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for words in calls(&text) {
            let Some(command) = command_of(&words) else { continue };
            seen += 1;
            let place = format!("{}: carillon {}", name_of(&page), words.join(" "));
            let Some(help) = helps.of(&command) else {
                offences.push(place);
                continue;
            };
            let flags = words.iter().filter(|word| word.starts_with("--"));
            let names = flags.filter_map(|flag| flag.split(['=', ',', ')']).next());
            let is_there = |flag: &str| help.split([' ', ',', '=', '[', '\n']).any(|word| word == flag);
            offences.extend(names.filter(|flag| !is_there(flag)).map(|flag| format!("{place}: there is no {flag}")));
        }
    }
    assert!(offences.is_empty(), "commands that are not there:\n{}", offences.join("\n"));
    assert!(seen > 50, "only {seen} were found");
}

/// The words that follow `start` in a text.
fn words_behind<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let rest = text.match_indices(start).map(|(at, _)| &text[at + start.len()..]);
    rest.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()).collect()
}

/// Each benchmark, and each theme of the tests, that a page names by a command is there.
#[test]
fn what_cargo_is_told_to_run_exists() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let (manifest, themes) = (read("Cargo.toml"), read("tests/main.rs") + &read("tests/faults/mod.rs"));
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let benchmarks = words_behind(&text, "cargo bench --bench ").into_iter();
        let tests = words_behind(&text, "--test carillon ").into_iter();
        let wanted = benchmarks.map(|name| (&manifest, format!("name = \"{name}\"")));
        for (text, line) in wanted.chain(tests.map(|name| (&themes, format!("mod {name};")))) {
            assert!(text.contains(&line), "{}: there is no {line}", name_of(&page));
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} were found");
}

/// The book has each page once, and none that is not there.
#[test]
fn the_table_of_contents_has_every_page() {
    let contents = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    for page in pages().iter().filter(|page| page.starts_with(root().join("docs"))).map(|page| name_of(page)) {
        let count = contents.matches(&format!("]({page})")).count();
        assert_eq!(count, usize::from(page != "SUMMARY.md"), "{page} in SUMMARY.md");
    }
}
