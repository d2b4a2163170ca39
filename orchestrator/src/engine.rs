//! Which engine works in STAGE2A: asked once before a run begins, of a process that may die of the answer, so that all of its
//! jobs work with the same one and their keys say which.

use std::fmt;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use shared::bytes::Bytes;
use shared::wire::Stage;
use shared::worker::Setting;

/// The engine that is built in.
pub(crate) const PUMPKIN: &str = "pumpkin";
/// The one that a user may bring.
pub(crate) const ORTOOLS: &str = "ortools";
/// Where a worker looks for it.
const VARIABLE: &str = "CARILLON_ORTOOLS";
/// What OR-Tools holds beyond what the built-in engine is predicted to: its code and tables, and its copies of a model.
const ORTOOLS_MEMORY: Bytes = Bytes::mib(24);
/// Who has not answered by then is stuck. The library is opened in a tenth of a second.
const ANSWER_TIME: Duration = Duration::from_secs(20);
const LOOK_INTERVAL: Duration = Duration::from_millis(5);
/// The most that is read of an answer.
const ANSWER_BYTES: u64 = 4096;

/// The engine of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The built-in one, as it was asked for.
    #[default]
    Pumpkin,
    /// The built-in one, for the other one cannot be used: why, a sentence.
    InsteadOfOrtools(String),
    /// OR-Tools.
    Ortools {
        /// Its version.
        version: String,
        /// The library.
        library: PathBuf,
    },
}

impl Engine {
    /// Finds the engine that the settings ask for.
    pub(crate) fn find(name: &str, library: Option<&Path>) -> Self {
        if name == ORTOOLS { ask(library).unwrap_or_else(Self::InsteadOfOrtools) } else { Self::Pumpkin }
    }

    /// What the jobs of STAGE2A are told, and what is part of their keys.
    pub(crate) fn setting(&self) -> Option<(Stage, Setting)> {
        let Self::Ortools { version, .. } = self else { return None };
        let setting = Setting { key: "solve.engine".to_owned(), value: format!("{ORTOOLS}-{version}") };
        Some((Stage::Solve, setting))
    }

    /// What every worker finds in its environment.
    pub(crate) fn variable(&self) -> Option<(&'static str, &Path)> {
        let Self::Ortools { library, .. } = self else { return None };
        Some((VARIABLE, library))
    }

    /// What it holds beyond a job's prediction.
    pub(crate) fn memory(&self) -> Bytes {
        if matches!(self, Self::Ortools { .. }) { ORTOOLS_MEMORY } else { Bytes(0) }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pumpkin | Self::InsteadOfOrtools(_) => out.write_str(PUMPKIN),
            Self::Ortools { version, .. } => write!(out, "{ORTOOLS} {version}"),
        }
    }
}

/// Asks `carillon engine`.
fn ask(library: Option<&Path>) -> Result<Engine, String> {
    let mut command = Command::new("/proc/self/exe");
    command.arg0("carillon-engine").arg("engine");
    if let Some(library) = library {
        command.arg("--library").arg(library);
    }
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let cannot = |error: io::Error| format!("failed to ask for it: {error}");
    let mut child = command.spawn().map_err(cannot)?;
    let Some(is_there) = wait(&mut child).map_err(cannot)? else {
        return Err(format!("whoever opened its library did not answer within {} s", ANSWER_TIME.as_secs()));
    };
    let (said, why) = (read(child.stdout.take()), read(child.stderr.take()));
    match understood(&said) {
        Some(engine) if is_there.success() => Ok(engine),
        _ if is_there.code().is_some() => Err(reason(&why)),
        _ => Err(format!("opening its library ends a process ({is_there})")),
    }
}

/// How it ended, or nothing if it had to be ended.
fn wait(child: &mut Child) -> io::Result<Option<std::process::ExitStatus>> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if began.elapsed() > ANSWER_TIME {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK_INTERVAL);
    }
}

fn read(from: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // Half an answer is understood as what it is.
        let _ = from.take(ANSWER_BYTES).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `ortools VERSION PATH`.
fn understood(said: &str) -> Option<Engine> {
    let mut words = said.lines().next()?.splitn(3, ' ');
    let (name, version, library) = (words.next()?, words.next()?.to_owned(), PathBuf::from(words.next()?));
    (name == ORTOOLS).then_some(Engine::Ortools { version, library })
}

/// The last line, without what every such line begins with.
fn reason(why: &str) -> String {
    let line = why.lines().next_back().unwrap_or("it gave no reason");
    let line = line.strip_prefix("error: failed to use OR-Tools: ").unwrap_or(line);
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_anything_else_is_none() {
        let library = PathBuf::from("/a b/libortools.so.9");
        let expected = Engine::Ortools { version: "9.15.1".to_owned(), library };
        assert_eq!(understood("ortools 9.15.1 /a b/libortools.so.9\n"), Some(expected));
        for wrong in ["", "\n", "ortools", "ortools 9.15.1", "highs 1.12.0 /x"] {
            assert_eq!(understood(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn only_ortools_is_told_to_the_workers_with_its_version() {
        let engine = Engine::Ortools { version: "9.15.1".to_owned(), library: PathBuf::from("/l") };
        let (stage, setting) = engine.setting().unwrap();
        assert_eq!(
            (stage, setting.key.as_str(), setting.value.as_str()),
            (Stage::Solve, "solve.engine", "ortools-9.15.1")
        );
        assert_eq!(engine.variable(), Some(("CARILLON_ORTOOLS", Path::new("/l"))));
        for built_in in [Engine::Pumpkin, Engine::InsteadOfOrtools("no".to_owned())] {
            assert_eq!((built_in.setting(), built_in.variable(), built_in.memory()), (None, None, Bytes(0)));
        }
    }

    #[test]
    fn the_reason_is_the_last_line() {
        assert_eq!(reason("a warning\nerror: failed to use OR-Tools: there is no /x\n"), "there is no /x");
        assert_eq!(reason(""), "it gave no reason");
    }
}
