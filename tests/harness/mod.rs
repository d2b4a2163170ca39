//! What the tests share: the real program in a folder of its own, a look at its processes, an independent judge.
//!
//! Nothing here knows how the program works inside. It is driven by its command line, its files, its signals and `/proc`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) mod campus_oracle;
pub(crate) mod card;
pub(crate) mod commands;
#[path = "../unruly/damage.rs"]
pub(crate) mod damage;
pub(crate) mod disk;
pub(crate) mod groups;
pub(crate) mod icalendar;
pub(crate) mod instances;
pub(crate) mod journal;
pub(crate) mod mutation;
pub(crate) mod nightly;
pub(crate) mod oracle;
pub(crate) mod processes;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod screen;
pub(crate) mod sheet;
pub(crate) mod wait;

pub(crate) use run::{PROGRAM, Run};

/// The program under test, started where nobody's configuration lies: neither the files nor the variables of who runs the tests say anything.
pub(crate) fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    configured_by_nobody(&mut command);
    command
}

/// The same for a command that becomes the program. A variable that is empty says nothing, and is not lost where one that is removed would be.
pub(crate) fn configured_by_nobody(command: &mut Command) {
    let nobody = root().join("tests/fixtures/nobody");
    let is_setting = |name: &str| name.starts_with("CARILLON_") && name != "CARILLON_ORTOOLS";
    let settings = env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| is_setting(name));
    command.envs(settings.map(|name| (name, "")));
    command.env("XDG_CONFIG_HOME", &nobody).env("XDG_CONFIG_DIRS", &nobody).current_dir(nobody);
}

/// The root of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The instance of our own that most tests use: small, feasible, with every section filled.
pub(crate) fn college() -> PathBuf {
    root().join("examples/college.ctt")
}

/// The folder of public instances, where this machine has one; says so where it has not.
pub(crate) fn benchmarks() -> Option<PathBuf> {
    let folder = env::var_os("CARILLON_BENCHMARKS").map_or_else(|| root().join("../shared/benchmarks"), PathBuf::from);
    if folder.is_dir() {
        Some(folder)
    } else {
        println!("skipped: no benchmarks");
        None
    }
}

/// The misbehaving worker.
pub(crate) fn unruly() -> PathBuf {
    example("unruly", "--example unruly")
}

/// What lies beside the tests. `cargo test` builds it; `cargo test NAME` builds no examples.
pub(crate) fn example(name: &str, build: &str) -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    let profile = test.ancestors().nth(2).expect("tests lie in target/PROFILE/deps");
    let path = profile.join("examples").join(name);
    assert!(path.is_file(), "{} is missing: `cargo build {build}` builds it", path.display());
    path
}
