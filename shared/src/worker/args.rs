//! The arguments of a worker: built by the orchestrator, read by the worker, and by whoever brings a program of their own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::Setting;
use crate::artifact::ArtifactKey;
use crate::bytes::Bytes;
use crate::wire::Stage;

/// `carillon worker STAGE …`. The same arguments go to a program given with `--worker-program`.
#[derive(Args, Clone, Debug)]
pub struct WorkerArgs {
    /// What to do
    pub stage: Stage,
    /// Name of the job, unique within the run
    #[arg(long, default_value = "job")]
    pub job: String,
    /// Number of the attempt at this job, from 1
    #[arg(long, default_value_t = 1)]
    pub attempt: u32,
    /// Folder for unfinished files of this attempt
    #[arg(long, default_value = ".")]
    pub attempt_dir: PathBuf,
    /// A sealed input: ROLE=PATH, repeatable
    #[arg(long = "input", value_parser = role_and_path)]
    pub inputs: Vec<(String, PathBuf)>,
    /// A file or folder to write: ROLE=PATH, repeatable
    #[arg(long = "output", value_parser = role_and_path)]
    pub outputs: Vec<(String, PathBuf)>,
    /// Seed of all randomness
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Threads to use
    #[arg(long, default_value_t = 1)]
    pub threads: u32,
    /// Memory that the worker may hold, in bytes; it is killed above
    #[arg(long)]
    pub memory: Option<u64>,
    /// The device to work on, as `nvidia-smi -L` spells it; without it the work is done on the CPU
    #[arg(long)]
    pub device: Option<String>,
    /// Memory of the device that the worker may hold, in bytes
    #[arg(long)]
    pub device_memory: Option<u64>,
    /// The device may be left idle where the CPU is better
    #[arg(long)]
    pub device_offered: bool,
    /// Counted work, as a multiple of the default amount
    #[arg(long)]
    pub effort: Option<f64>,
    /// Time for the whole stage, in milliseconds from its start
    #[arg(long)]
    pub time_ms: Option<u64>,
    /// Milliseconds between two checkpoints; without it none are made
    #[arg(long)]
    pub checkpoint_ms: Option<u64>,
    /// Key of the output, to be sealed into its header; without it the worker computes it
    #[arg(long, value_parser = key)]
    pub key: Option<ArtifactKey>,
    /// A setting: KEY=VALUE, repeatable
    #[arg(long = "set")]
    pub settings: Vec<Setting>,
    /// Where the orchestrator listens; without it the worker runs alone
    #[arg(long)]
    pub control: Option<String>,
}

fn role_and_path(text: &str) -> Result<(String, PathBuf), String> {
    let (role, path) = text.split_once('=').ok_or_else(|| format!("{text:?} is not ROLE=PATH"))?;
    Ok((role.to_owned(), PathBuf::from(path)))
}

fn key(text: &str) -> Result<ArtifactKey, String> {
    let number = u128::from_str_radix(text, 16);
    number.map(ArtifactKey).map_err(|_| format!("{text:?} is no key: up to 32 hexadecimal digits were expected"))
}

/// How much a worker may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// A counted amount, as a multiple of the stage's default for this instance. Repeats exactly.
    Effort(f64),
    /// All the work that fits this time; schedules are fitted to it.
    Time(Duration),
    /// A counted amount that the clock may cut.
    Both(f64, Duration),
}

impl WorkerArgs {
    /// The arguments that start a worker for `stage`; the rest is set by field.
    pub fn new(stage: Stage, job: &str, attempt: u32, attempt_dir: &Path) -> Self {
        Self {
            stage,
            job: job.to_owned(),
            attempt,
            attempt_dir: attempt_dir.to_owned(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            seed: 1,
            threads: 1,
            memory: None,
            device: None,
            device_memory: None,
            device_offered: false,
            effort: None,
            time_ms: None,
            checkpoint_ms: None,
            key: None,
            settings: Vec::new(),
            control: None,
        }
    }

    /// The command line, from the word `worker` on.
    pub fn to_command_line(&self) -> Vec<OsString> {
        let mut line: Vec<OsString> = vec!["worker".into(), self.stage.name().into()];
        let mut flag = |name: &str, value: OsString| line.extend([OsString::from(name), value]);
        let pair = |role: &str, path: &Path| {
            let mut text = OsString::from(role);
            text.push("=");
            text.push(path);
            text
        };
        flag("--job", self.job.clone().into());
        flag("--attempt", self.attempt.to_string().into());
        flag("--attempt-dir", self.attempt_dir.clone().into());
        self.inputs.iter().for_each(|(role, path)| flag("--input", pair(role, path)));
        self.outputs.iter().for_each(|(role, path)| flag("--output", pair(role, path)));
        flag("--seed", self.seed.to_string().into());
        flag("--threads", self.threads.to_string().into());
        if let Some(memory) = self.memory {
            flag("--memory", memory.to_string().into());
        }
        if let Some(device) = &self.device {
            flag("--device", device.clone().into());
        }
        if let Some(memory) = self.device_memory {
            flag("--device-memory", memory.to_string().into());
        }
        if let Some(effort) = self.effort {
            flag("--effort", effort.to_string().into());
        }
        if let Some(time) = self.time_ms {
            flag("--time-ms", time.to_string().into());
        }
        if let Some(every) = self.checkpoint_ms {
            flag("--checkpoint-ms", every.to_string().into());
        }
        if let Some(key) = self.key {
            flag("--key", format!("{:032x}", key.0).into());
        }
        self.settings.iter().for_each(|Setting { key, value }| flag("--set", format!("{key}={value}").into()));
        if let Some(control) = &self.control {
            flag("--control", control.clone().into());
        }
        line.extend(self.device_offered.then(|| "--device-offered".into()));
        line
    }

    /// The budget: one unit of effort where nothing is said.
    pub fn budget(&self) -> Budget {
        match (self.effort, self.time_ms.map(Duration::from_millis)) {
            (None, None) => Budget::Effort(1.0),
            (Some(effort), None) => Budget::Effort(effort),
            (None, Some(time)) => Budget::Time(time),
            (Some(effort), Some(time)) => Budget::Both(effort, time),
        }
    }

    /// The memory the worker may hold, where it was told.
    pub fn memory(&self) -> Option<Bytes> {
        self.memory.map(Bytes)
    }
}
