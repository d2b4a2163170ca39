//! What a worker is started with: the paths behind its inputs and outputs, and all that was decided about it.

use shared::artifact::ArtifactKey;
use shared::worker::{CHECKPOINT, WorkerArgs};

use super::Who;
use super::event::{Launch, Source};
use crate::config::Config;
use crate::learning;
use crate::plan::Work;
use crate::policy::gpu::Wish;
use crate::store::Store;

/// The arguments of an attempt, as its worker is to get them.
pub(super) fn arguments(store: &Store, config: &Config, launch: &Launch) -> WorkerArgs {
    let Who { stage, job, attempt } = &launch.who;
    let mut args = WorkerArgs::new(*stage, job, *attempt, &store.attempt(job, *attempt));
    let path = |source: &Source| match source {
        Source::Instance => config.instance.clone(),
        Source::Previous => store.previous().unwrap_or_default(),
        Source::Policy => store.artifact(learning::BEFORE),
        Source::Artifact(name) => store.artifact(name),
    };
    args.inputs = launch.inputs.iter().map(|(role, source)| ((*role).to_owned(), path(source))).collect();
    args.outputs = match launch.work.output() {
        Some((role, name, _)) => vec![(role.to_owned(), store.artifact(&name))],
        None if launch.work == Work::Export => vec![("folder".to_owned(), store.root().to_owned())],
        None => Vec::new(),
    };
    if launch.work.has_checkpoints() {
        args.outputs.push((CHECKPOINT.to_owned(), store.root().to_owned()));
        args.checkpoint_ms = Some(config.settings.patience.checkpoint.as_millis() as u64);
    }
    args.seed = config.seed;
    args.key = Some(ArtifactKey(launch.made_from));
    args.threads = launch.threads;
    args.memory = Some(launch.allotment.0);
    args.device.clone_from(&launch.device);
    args.device_memory = launch.device_memory.map(|memory| memory.0);
    args.device_offered = launch.device_memory.is_some() && config.settings.gpu == Wish::Auto;
    args.effort = launch.effort;
    args.time_ms = launch.time.map(|time| time.as_millis() as u64);
    args.settings.clone_from(&launch.settings);
    args
}
