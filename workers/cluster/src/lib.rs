//! STAGE1: which courses are solved together.
//!
//! From the instance to a conflict graph, from there to clusters that one CP-SAT process can hold, and to waves of clusters
//! that do not touch one another. What is solved, and with how many processes at once, is decided elsewhere: this stage
//! predicts what each job needs and writes it into the header of the partition. A campus has other people in it (`campus`), and is
//! otherwise treated alike.
//!
//! The same instance, settings and seed give the same labels, whatever the number of threads.

mod again;
mod atoms;
mod campus;
mod cap;
mod clusters;
mod conflict;
mod graph;
mod louvain;
mod membership;
mod modularity;
mod network;
mod pack;
mod partition;
pub mod predict;
mod random;
mod refine;
mod settings;
#[cfg(test)]
mod testing;
mod waves;

use std::process::ExitCode;

use shared::bytes::Bytes;
use shared::ids::CourseId;
use shared::model::Instance;
use shared::wire::{Failure, FailureKind};
use shared::worker::{Context, Done, WorkerArgs};

pub use again::Before;
pub use network::{Edge, Network};
pub use partition::{Clustering, partition, partition_behind};
pub use settings::{Settings, Spread};

/// Courses below which the whole stage takes a few milliseconds, and starting threads would not pay.
const INLINE_COURSES: usize = 1024;
/// Arcs below which a batch is not worth waking other threads for.
const INLINE_ARCS: usize = 1 << 14;

/// Runs the stage as a worker process.
pub fn main(args: WorkerArgs) -> ExitCode {
    shared::worker::run(args, work)
}

fn work(context: &Context) -> Result<Done, Failure> {
    let mut settings = Settings::read(context.args())?;
    let instance = Instance::open(context.input("instance")?)?;
    if instance.campus().is_some() {
        settings = settings.for_campus(context.args())?;
    }
    let before = Before::read(context, &instance)?;
    if let Some(before) = &before {
        // Other vertex orders, and another refinement.
        settings.seed = settings.seed.wrapping_add(u64::from(before.sweep) << 32);
    }
    let clustering = spread_out(context.args().threads, &instance, before.as_ref(), &settings)?;
    tell(context, &instance, &settings, &clustering);
    let failed = before.map_or(0, |before| before.failed.len());
    if failed > 0 {
        context.note(format!(
            "clusters that were not solved, and go with their nearest neighbours as memory allows: {failed}"
        ));
    }
    context.seal(&clustering.partition.artifact(context.key()?), "partition")?;
    Ok(Done::PLAIN)
}

/// Clusters with that many threads, where the instance is worth them.
fn spread_out(
    threads: u32,
    instance: &Instance,
    before: Option<&Before>,
    settings: &Settings,
) -> Result<Clustering, Failure> {
    if threads <= 1 || instance.course_count() < INLINE_COURSES {
        return Ok(partition_behind(instance, before, settings, Spread::Inline));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads as usize).build();
    let pool = pool.map_err(|error| Failure::new(FailureKind::Bug, format!("failed to start threads: {error}")))?;
    Ok(pool.install(|| partition_behind(instance, before, settings, Spread::Threads { arcs: INLINE_ARCS })))
}

/// A number of things, in words.
fn count_of(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Adds the partition's story to the log.
fn tell(context: &Context, instance: &Instance, settings: &Settings, clustering: &Clustering) {
    let Clustering { partition, clusters, largest, cut, modularity, hash, oversize } = clustering;
    // The last wave is the repair.
    let waves = partition.fan_out.waves() - 1;
    context.note(format!(
        "{} in {} · largest {largest} lectures · {:.1}% of the weight cut · modularity {modularity:.3} · \
         labels {hash:016x}",
        count_of(*clusters, "cluster"),
        count_of(waves, "wave"),
        100.0 * cut
    ));
    if waves > settings.waves as usize {
        context.note(format!(
            "{waves} waves, more than {}: larger clusters would not fit the memory, or not save a wave",
            settings.waves
        ));
    }
    for (cluster, lectures, bytes) in oversize {
        let course = partition.labels.iter().position(|label| label == cluster).unwrap_or_default();
        let name = instance.course_name(CourseId(course as u32));
        context.note(format!(
            "course {name} is over the cap of a cluster ({lectures} of {} lectures, {bytes} of {}) and is kept whole",
            settings.lectures,
            display(settings.memory)
        ));
    }
}

fn display(memory: Bytes) -> String {
    if memory == Bytes(u64::MAX) { "unlimited memory".to_owned() } else { memory.to_string() }
}
