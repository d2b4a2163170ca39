//! Starting a worker: a process group of its own, its log, its environment.
//!
//! Nothing runs between fork and exec, so that starting costs the same however large this process is. The worker arms its own
//! parent-death signal, which belongs to the *thread* that starts it: call this from the main thread only.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use shared::wire::Stage;
use shared::worker::{ATTEMPT_VARIABLE, ENTRANCE_VARIABLE, RUN_ID_VARIABLE, WorkerArgs};
use tokio::process::{Child, Command};

/// Which program works for which stage.
#[derive(Clone, Debug)]
pub struct Programs {
    own: PathBuf,
    planted: BTreeMap<Stage, PathBuf>,
    run_id: String,
    variable: Option<(&'static str, PathBuf)>,
}

impl Programs {
    /// This very program for every stage but those in `planted`; all of them carry `run_id` in their environment.
    pub fn new(planted: BTreeMap<Stage, PathBuf>, run_id: String) -> Self {
        // Not its path: the file there may be replaced while a run goes on, and the two must be of one version.
        Self { own: PathBuf::from("/proc/self/exe"), planted, run_id, variable: None }
    }

    /// The same with one more variable in their environment.
    pub fn with(self, variable: Option<(&'static str, &Path)>) -> Self {
        Self { variable: variable.map(|(name, path)| (name, path.to_owned())), ..self }
    }

    /// The id of the run.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// Whether somebody else's program works for that stage.
    pub fn is_planted(&self, stage: Stage) -> bool {
        self.planted.contains_key(&stage)
    }

    /// Starts a worker that writes what it prints to `log`, and itself into the file `entrance` of a control group.
    ///
    /// # Errors
    /// When there is no such program, or the system has no room for another process.
    pub fn spawn(&self, args: &WorkerArgs, log: File, entrance: Option<&Path>) -> io::Result<Child> {
        let program = self.planted.get(&args.stage).unwrap_or(&self.own);
        let mut command = Command::new(program);
        match entrance {
            Some(entrance) => command.env(ENTRANCE_VARIABLE, entrance),
            // That of somebody whose worker we are ourselves is not meant for ours.
            None => command.env_remove(ENTRANCE_VARIABLE),
        };
        command.envs(self.variable.iter().map(|(name, path)| (*name, path)));
        command
            .arg0(format!("carillon-{}", args.stage))
            .args(args.to_command_line())
            .env(RUN_ID_VARIABLE, &self.run_id)
            .env(ATTEMPT_VARIABLE, mark(args))
            .env("MALLOC_ARENA_MAX", "2")
            // systemd hears the orchestrator alone.
            .env_remove("NOTIFY_SOCKET")
            .env("RAYON_NUM_THREADS", args.threads.to_string())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
    }
}

/// By which the processes of an attempt are known.
pub(super) fn mark(args: &WorkerArgs) -> String {
    format!("{}-{}", args.job, args.attempt)
}
