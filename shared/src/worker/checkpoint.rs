//! Checkpoints: where a search stands, sealed every now and then, so that a kill costs seconds of work and not the stage.
//!
//! A checkpoint is `JOB.ckpt-N.art` in the run directory, N growing over all attempts at the job. Each is sealed under a name
//! of its own, like any artifact; the one before it is removed only once the next one is sealed. Its key is that of the
//! output, so that one that was made from other inputs, settings or another seed is never gone on from.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Context;
use crate::artifact::{Artifact, ArtifactWriter, Header, Kind, partial_path};
use crate::wire::Report;

/// The role of the checkpoint to go on from among the inputs, and of their folder among the outputs.
pub const CHECKPOINT: &str = "checkpoint";

/// The file name of a checkpoint.
pub fn checkpoint_name(job: &str, number: u32) -> String {
    format!("{job}.ckpt-{number}.art")
}

/// The number in the name of a checkpoint of `job`; nothing when it is none.
pub fn checkpoint_number(name: &str, job: &str) -> Option<u32> {
    name.strip_prefix(job)?.strip_prefix(".ckpt-")?.strip_suffix(".art")?.parse().ok()
}

/// The checkpoints of one attempt.
#[derive(Debug)]
pub struct Checkpoints<'a> {
    context: &'a Context,
    /// Where they go and how often, unless none are wanted.
    plan: Option<(PathBuf, Duration)>,
    last: Instant,
    number: u32,
    previous: Option<PathBuf>,
    is_broken: bool,
}

impl<'a> Checkpoints<'a> {
    /// The checkpoints that this attempt is asked for.
    pub fn new(context: &'a Context) -> Self {
        let args = context.args();
        let every = args.checkpoint_ms.map(Duration::from_millis);
        let plan = context.output(CHECKPOINT).ok().map(Path::to_owned).zip(every);
        let previous = context.input(CHECKPOINT).ok().map(Path::to_owned);
        let name = previous.as_deref().and_then(|path| path.file_name()?.to_str());
        let number = name.and_then(|name| checkpoint_number(name, &args.job)).unwrap_or(0);
        Self { context, plan, last: Instant::now(), number, previous, is_broken: false }
    }

    /// The checkpoint to go on from, if there is one of the very same work. One that is damaged or of other work is left
    /// alone, with a note: the search begins anew.
    pub fn begin(&self) -> Option<Artifact> {
        let path = self.context.input(CHECKPOINT).ok()?;
        let is_ours = |header: &Header| self.context.key().is_ok_and(|key| key == header.key);
        let opened = Artifact::open(path, Kind::Checkpoint);
        match opened {
            Ok(artifact) if is_ours(artifact.header()) => Some(artifact),
            Ok(_) => {
                self.context.note(format!("checkpoint {} is of other work: begun anew", self.number));
                None
            }
            Err(error) => {
                self.context.note(format!("begun anew: failed to {error}"));
                None
            }
        }
    }

    /// Whether it is time for another one. Ask where the search can be written down whole.
    pub fn is_due(&self) -> bool {
        !self.is_broken && self.plan.as_ref().is_some_and(|(_, every)| self.last.elapsed() >= *every)
    }

    /// Seals one and removes the one before. A disk that is full costs the checkpoint, not the search: a note says so, once,
    /// and no more are made.
    pub fn seal(&mut self, checkpoint: &ArtifactWriter) {
        let Some((folder, _)) = &self.plan else { return };
        let args = self.context.args();
        let path = folder.join(checkpoint_name(&args.job, self.number + 1));
        match checkpoint.seal(&partial_path(&args.attempt_dir, &path), &path) {
            Ok(_) => {
                self.number += 1;
                self.context.send(Report::Checkpointed { number: self.number });
                if let Some(previous) = self.previous.replace(path) {
                    // One that stays is removed with the run's leftovers.
                    let _ = fs::remove_file(previous);
                }
            }
            Err(error) => {
                self.is_broken = true;
                self.context.note(format!("no more checkpoints: failed to {error}"));
            }
        }
        self.last = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{ArtifactKey, Column};
    use crate::wire::Stage;
    use crate::worker::WorkerArgs;

    fn args(folder: &Path, from: Option<&Path>) -> WorkerArgs {
        let mut args = WorkerArgs::new(Stage::Evolve, "evolve", 1, folder);
        args.outputs = vec![(CHECKPOINT.to_owned(), folder.to_owned())];
        args.inputs.extend(from.map(|path| (CHECKPOINT.to_owned(), path.to_owned())));
        args.checkpoint_ms = Some(0);
        args
    }

    fn checkpoint(key: ArtifactKey, word: u64) -> ArtifactWriter {
        let mut writer = ArtifactWriter::new(Kind::Checkpoint, key);
        writer.column(Column::CheckpointWords, &[word]);
        writer
    }

    #[test]
    fn the_last_one_is_kept_and_gone_on_from() {
        let folder = tempfile::tempdir().unwrap();
        let context = Context::alone(args(folder.path(), None));
        let mut first = Checkpoints::new(&context);
        assert!(first.is_due() && first.begin().is_none());
        for word in 1..=3 {
            first.seal(&checkpoint(context.key().unwrap(), word));
        }
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [checkpoint_name("evolve", 3).as_str()]);

        let path = folder.path().join(&names[0]);
        let context = Context::alone(args(folder.path(), Some(&path)));
        let mut second = Checkpoints::new(&context);
        let found = second.begin().unwrap();
        assert_eq!(found.column::<u64>(Column::CheckpointWords).unwrap(), [3]);
        second.seal(&checkpoint(context.key().unwrap(), 4));
        assert!(!path.exists() && folder.path().join(checkpoint_name("evolve", 4)).exists());
    }

    #[test]
    fn one_of_other_work_or_a_damaged_one_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(checkpoint_name("evolve", 7));
        fs::write(&path, checkpoint(ArtifactKey(1), 5).to_bytes()).unwrap();
        assert!(Checkpoints::new(&Context::alone(args(folder.path(), Some(&path)))).begin().is_none());
        fs::write(&path, "what is this?").unwrap();
        assert!(Checkpoints::new(&Context::alone(args(folder.path(), Some(&path)))).begin().is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_the_checkpoint_only() {
        let folder = tempfile::tempdir().unwrap();
        let mut args = args(folder.path(), None);
        args.outputs = vec![(CHECKPOINT.to_owned(), folder.path().join("missing"))];
        let context = Context::alone(args);
        let mut checkpoints = Checkpoints::new(&context);
        checkpoints.seal(&checkpoint(ArtifactKey(1), 5));
        assert!(!checkpoints.is_due());
    }
}
