//! The whole way from an instance to its partition: graph, communities, packing, refinement, waves.

use shared::bytes::Bytes;
use shared::ids::{ClusterId, CourseId, Id};
use shared::model::partition::Scope;
use shared::model::{FanOut, Instance, Job, Partition};
use xxhash_rust::xxh3::xxh3_64;

use crate::again::Before;
use crate::atoms::Atoms;
use crate::campus::{self, CampusPredictor};
use crate::cap::{Cap, Scale};
use crate::clusters::Clusters;
use crate::conflict::conflict_graph;
use crate::graph::Graph;
use crate::louvain::{self, Options};
use crate::modularity::{cut_share, modularity};
use crate::pack::{pack, split};
use crate::predict::{PUMPKIN, Predict, Predictor};
use crate::refine::refine;
use crate::settings::{Settings, Spread};
use crate::waves::{Coupling, waves};

/// How full clusters should be, in hundredths of the lecture cap: fuller ones leave the refinement no room to move in,
/// emptier ones cost more processes and waves.
pub(crate) const FILL: u32 = 85;
/// Attempts with larger clusters that may save no wave before the search for fewer waves ends: the memory is the limit then.
const PATIENCE: usize = 3;

/// A partition and what the log says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Clustering {
    /// Labels and fan-out table.
    pub partition: Partition,
    /// Number of clusters.
    pub clusters: usize,
    /// Lectures of the largest cluster.
    pub largest: u32,
    /// Share of the edge weight between clusters.
    pub cut: f64,
    /// Modularity of the clusters.
    pub modularity: f64,
    /// Hash of the labels.
    pub hash: u64,
    /// Clusters that are over a cap because an atom cannot be parted: number, lectures and predicted memory.
    pub oversize: Vec<(ClusterId, u32, Bytes)>,
}

/// Clusters an instance. The result depends on the instance and the settings alone.
pub fn partition(instance: &Instance, settings: &Settings, spread: Spread) -> Clustering {
    partition_behind(instance, None, settings, spread)
}

/// The same for a sweep behind another one, which the result depends on, too.
pub fn partition_behind(
    instance: &Instance,
    before: Option<&Before>,
    settings: &Settings,
    spread: Spread,
) -> Clustering {
    let is_parallel = spread != Spread::Inline;
    let Some(campus) = instance.campus() else {
        let predictor = Predictor::new(instance, PUMPKIN);
        let mut graph = conflict_graph(instance, predictor.membership(), is_parallel);
        let fits = |courses: &[CourseId]| predictor.cluster_bytes(courses) <= settings.memory.0;
        let merged = before.map(|before| before.look(&mut graph, fits)).unwrap_or_default();
        let atoms = Atoms::new(instance.course_count(), &merged);
        let graph = of_atoms(graph, &atoms);
        let scale = Scale::new(instance, &predictor, &atoms.labels, atoms.count);
        let (clusters, waves) = within_waves(&graph, &Coupling::Conflicts, &scale, settings, spread);
        return assemble(&clusters, &waves, &atoms, &predictor, settings);
    };
    let mut graph = campus::conflict_graph(instance, campus, is_parallel);
    let predictor = CampusPredictor::new(instance, campus, &graph);
    let fits = |courses: &[CourseId]| predictor.cluster_bytes(courses) <= settings.memory.0;
    let mut rigid = campus::rigid_pairs(campus);
    rigid.extend(before.map(|before| before.look(&mut graph, fits)).unwrap_or_default());
    let atoms = Atoms::new(instance.course_count(), &rigid);
    let graph = of_atoms(graph, &atoms);
    let coupling = Coupling::Hard { graph: of_atoms(campus::coupling(instance, campus), &atoms), most: settings.waves };
    let scale = Scale::new(instance, &predictor, &atoms.labels, atoms.count);
    let (clusters, waves) = within_waves(&graph, &coupling, &scale, settings, spread);
    assemble(&clusters, &waves, &atoms, &predictor, settings)
}

/// A graph of courses as a graph of atoms.
fn of_atoms(graph: Graph, atoms: &Atoms) -> Graph {
    if atoms.count == graph.len() { graph } else { graph.contract(&atoms.labels, atoms.count) }
}

/// Clusters under the caps, and their waves; where there are too many waves, under a larger and larger cap of lectures while
/// that helps. The cap of memory is never touched.
///
/// Refinement is the dear part, and it changes the number of waves by one or two: it runs once, on the cap that was found.
fn within_waves<'a>(
    graph: &'a Graph,
    coupling: &Coupling,
    scale: &'a Scale<'a>,
    settings: &Settings,
    spread: Spread,
) -> (Clusters<'a>, Vec<Vec<u32>>) {
    let most = settings.waves as usize;
    let mut cap = Cap::new(settings.lectures, settings.memory.0);
    let mut best = packed(graph, scale, cap, settings.seed, spread);
    let mut count = waves(&best, coupling).len();
    let mut in_vain = 0;
    let all = scale.loads().iter().map(|load| load.lectures).sum::<u32>();
    while count > most && in_vain < PATIENCE {
        cap.lectures = larger(cap.lectures, count - most, most).min(all.max(cap.lectures));
        let next = packed(graph, scale, cap, settings.seed, spread);
        let waves = waves(&next, coupling).len();
        in_vain += 1;
        if waves < count {
            (best, count, in_vain) = (next, waves, 0);
        }
    }
    let refined = refine(best.clone(), settings.seed).compact();
    let (rough, fine) = (waves(&best, coupling), waves(&refined, coupling));
    if fine.len() > most.max(rough.len()) { (best, rough) } else { (refined, fine) }
}

/// A larger cap of lectures, when there are `over` waves more than `most`: half of what proportion asks for, since larger
/// clusters also touch one another less, but at least a tenth more.
fn larger(lectures: u32, over: usize, most: usize) -> u32 {
    let half = (u64::from(lectures) * over as u64).div_ceil(2 * most as u64);
    lectures.saturating_add(half.max(u64::from(lectures).div_ceil(10)) as u32)
}

/// Clusters under one cap, not yet refined.
fn packed<'a>(graph: &'a Graph, scale: &'a Scale<'a>, cap: Cap, seed: u64, spread: Spread) -> Clusters<'a> {
    let found = louvain::communities(graph, scale.loads(), Options::new(cap, seed, spread));
    let (labels, count) = split(graph, &found);
    pack(Clusters::new(graph, scale, cap, labels, count), target_count(scale, cap))
}

/// How many clusters there would be if all were filled to [`FILL`].
fn target_count(scale: &Scale, cap: Cap) -> usize {
    let lectures: u64 = scale.loads().iter().map(|load| u64::from(load.lectures.min(cap.lectures))).sum();
    (lectures * 100).div_ceil(u64::from(cap.lectures) * u64::from(FILL)) as usize
}

/// Numbers the clusters in the order of their jobs and writes the fan-out table, the repair last.
fn assemble(
    clusters: &Clusters,
    waves: &[Vec<u32>],
    atoms: &Atoms,
    predictor: &dyn Predict,
    settings: &Settings,
) -> Clustering {
    let mut new_number = vec![ClusterId(0); clusters.count()];
    let mut jobs = Vec::new();
    let mut oversize = Vec::new();
    for (wave, members) in waves.iter().enumerate() {
        for &cluster in members {
            let number = ClusterId::new(jobs.len());
            let bytes = clusters.process_bytes(cluster);
            new_number[cluster as usize] = number;
            jobs.push(Job { wave: wave as u32, bytes, threads: 1, scope: Scope::Cluster(number.0) });
            let lectures = clusters.lectures(cluster);
            if clusters.members(cluster).len() == 1 && (bytes > settings.memory.0 || lectures > settings.lectures) {
                oversize.push((number, lectures, Bytes(bytes)));
            }
        }
    }
    let bytes = predictor.repair_bytes();
    jobs.push(Job { wave: waves.len() as u32, bytes, threads: 1, scope: Scope::Repair });
    let label = |atom: &u32| new_number[clusters.labels()[*atom as usize] as usize];
    let labels: Vec<ClusterId> = atoms.labels.iter().map(label).collect();
    let hashed: Vec<u8> = labels.iter().flat_map(|label| label.0.to_le_bytes()).collect();
    Clustering {
        partition: Partition { labels, fan_out: FanOut { jobs } },
        clusters: clusters.count(),
        largest: (0..clusters.count() as u32).map(|cluster| clusters.lectures(cluster)).max().unwrap_or(0),
        cut: cut_share(clusters.graph(), clusters.labels()),
        modularity: modularity(clusters.graph(), clusters.labels()),
        hash: xxh3_64(&hashed),
        oversize,
    }
}
