//! Which engine works. The built-in one, unless another one was asked for and is there.
//!
//! The library of OR-Tools is looked for where a setting says (`solve.ortools`), then where an environment variable says, then
//! beside this program. Whoever starts a run asks first (`carillon engine`), in a process that may die of the answer.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use shared::exit::Exit;
use shared::wire::{Failure, FailureKind};
use shared::worker::Context;

use super::Engine;
use super::ortools::{self, Library, LibraryError, Ortools, VERSION, version};
use super::pumpkin::{self, Pumpkin};
use crate::model::Model;

/// The environment variable that names the library.
const VARIABLE: &str = "CARILLON_ORTOOLS";
/// Where it lies below the folder of this program, in the folders of the wheel.
const BESIDE: &str = "ortools/.libs/libortools.so.9";
/// What `solve.engine` begins with where OR-Tools is to work; its version may follow, so that it is part of the key.
const ORTOOLS: &str = "ortools";

/// `carillon engine`.
#[derive(Args, Clone, Debug)]
pub struct EngineArgs {
    /// The library to try, such as …/ortools/.libs/libortools.so.9
    /// [default: what `CARILLON_ORTOOLS` names, or else ortools/.libs beside this program]
    #[arg(long, value_name = "PATH")]
    library: Option<PathBuf>,
}

/// Says whether OR-Tools can be used: on stdout its version and where it lies, or on stderr why not.
pub(crate) fn tell(args: EngineArgs) -> ExitCode {
    // Whom nobody hears is answered by the exit code.
    match library(args.library).and_then(|path| Library::open(&path).map(|_| path)) {
        Ok(path) => {
            let _ = writeln!(io::stdout(), "ortools {} {}", version(VERSION), path.display());
            Exit::Complete.into()
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: failed to use OR-Tools: {error}");
            Exit::NoDevice.into()
        }
    }
}

/// Makes engines of the kind that a job works with.
#[derive(Clone, Debug)]
pub(crate) enum Engines {
    /// The one that is built in.
    Pumpkin,
    /// The one in this library, with the memory that this process may hold.
    Ortools(Arc<Library>, Option<u64>),
}

impl Engines {
    /// The engines that the settings of this job name.
    pub(crate) fn of(context: &Context) -> Result<Self, Failure> {
        let args = context.args();
        let is_ortools = args.read("solve.engine", "pumpkin or ortools", |name| match name.split_once('-') {
            None if name == "pumpkin" => Some(false),
            None => (name == ORTOOLS).then_some(true),
            Some((name, wanted)) => (name == ORTOOLS && wanted == version(VERSION)).then_some(true),
        })?;
        if is_ortools != Some(true) {
            return Ok(Self::Pumpkin);
        }
        let setting = args.setting("solve.ortools").map(PathBuf::from);
        let opened = library(setting).and_then(|path| Library::open(&path));
        // It was there when the run began, so that the key of this job says that it has worked: nothing may stand in for it.
        let is_gone = |error| Failure::new(FailureKind::Io, format!("failed to use OR-Tools: {error}"));
        Ok(Self::Ortools(Arc::new(opened.map_err(is_gone)?), args.memory))
    }

    /// Every kind of engines that this machine has. OR-Tools is one where the variable names it.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
            println!("skipped with OR-Tools: {VARIABLE} names no library");
            return vec![Self::Pumpkin];
        };
        let library = Library::open(std::path::Path::new(&path)).unwrap_or_else(|error| panic!("{error}"));
        vec![Self::Pumpkin, Self::Ortools(Arc::new(library), None)]
    }

    /// The least work with which an engine comes to an answer about a piece.
    pub(crate) fn portion_least(&self) -> u64 {
        match self {
            Self::Pumpkin => 1,
            Self::Ortools(..) => ortools::PORTION_LEAST,
        }
    }

    /// Lectures of a piece of a campus that suit an engine.
    pub(crate) fn piece(&self) -> usize {
        match self {
            Self::Pumpkin => pumpkin::PIECE,
            Self::Ortools(..) => ortools::PIECE,
        }
    }

    /// An engine with a model in it.
    pub(crate) fn load(&self, model: &Model, seed: u64) -> Box<dyn Engine> {
        match self {
            Self::Pumpkin => Box::new(Pumpkin::new(model, seed)),
            Self::Ortools(library, memory) => Box::new(Ortools::new(Arc::clone(library), model, seed, *memory)),
        }
    }
}

/// Where the library should be: where it is said, or beside this program.
fn library(said: Option<PathBuf>) -> Result<PathBuf, LibraryError> {
    let named = said.or_else(|| env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from));
    let beside = || env::current_exe().ok().and_then(|program| Some(program.parent()?.join(BESIDE)));
    let path = named.or_else(beside).unwrap_or_else(|| PathBuf::from(BESIDE));
    // The loader looks elsewhere for what is no path.
    std::path::absolute(&path).map_err(|_| LibraryError::Missing { path })
}
