//! The page that tells of a run: written by a process of its own, once everything that it reads has been written. The timetable is there by
//! then, and whatever becomes of the page takes nothing from it.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use shared::wire::Stage;
use shared::worker::WorkerArgs;
use tokio::runtime;
use tokio::time::timeout;

use crate::config::Config;
use crate::store::{Store, StoreError};
use crate::supervise::Programs;

/// The job's name, for its folder.
const JOB: &str = "report";
/// What is told of a log.
const WORDS_MAX: usize = 300;

/// Why there is no page. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// Its folder could not be made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The process could not be started, or waited for.
    #[error("{act} the process of the report: {source}")]
    Process { act: &'static str, source: io::Error },
    /// It ended badly.
    #[error("write the report: {words} ({status})")]
    Ended { words: String, status: ExitStatus },
    /// It did not end.
    #[error("write the report within {} ms", .0.as_millis())]
    Late(Duration),
}

/// What is needed to write it.
#[derive(Debug)]
pub(crate) struct Page {
    programs: Programs,
    args: WorkerArgs,
    /// For the process to end by itself, and once more when it was killed.
    patience: (Duration, Duration),
}

impl Page {
    /// The page of the run in `store`.
    pub(crate) fn new(config: &Config, store: &Store, run_id: &str) -> Self {
        let mut args = WorkerArgs::new(Stage::Report, JOB, 1, &store.attempt(JOB, 1));
        args.inputs = vec![("run".to_owned(), store.root().to_owned())];
        let own = config.settings.of_workers.iter().filter(|(stage, _)| *stage == Stage::Report);
        args.settings = own.map(|(_, setting)| setting.clone()).collect();
        let patience = (config.settings.patience.report, config.settings.patience.kill);
        Self { programs: Programs::new(config.programs.clone(), run_id.to_owned()), args, patience }
    }

    /// Writes it, and waits for that. Call it on the main thread: the process dies with the thread that started it.
    pub(crate) fn write(&self, store: &Store) -> Result<(), PageError> {
        let failed = |act| move |source| PageError::Process { act, source };
        let log = store.begin_attempt(JOB, 1)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(failed("wait for"))?;
        let (patience, grave) = self.patience;
        let status = runtime.block_on(async {
            let mut child = self.programs.spawn(&self.args, log, None).map_err(failed("start"))?;
            let Ok(ended) = timeout(patience, child.wait()).await else {
                if let Some(pid) = child.id() {
                    // Its group has its own number. One that is gone by now needs no signal.
                    let _ = killpg(Pid::from_raw(pid as i32), Signal::SIGKILL);
                }
                let _ = timeout(grave, child.wait()).await;
                return Err(PageError::Late(patience));
            };
            ended.map_err(failed("wait for"))
        })?;
        if status.success() {
            return Ok(());
        }
        Err(PageError::Ended { words: last_words(&store.stderr_log(JOB, 1)), status })
    }
}

/// The last line of a log, without the words that the message has already.
fn last_words(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    line.trim_start_matches("failed to ").chars().take(WORDS_MAX).collect()
}
