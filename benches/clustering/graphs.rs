//! The graphs that are clustered: conflict graphs of generated universities, and graphs with planted communities.
//!
//! A graph goes to whoever clusters it as a file: the number of its vertices, then its edges (two `u32` and an `f32` each), all
//! little-endian. Labels come back as a `u32` for each vertex.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use cluster::{Edge, Network, Spread};
use search::{Philox, below};
use shared::model::campus::Weights;

use super::program::{campus, cpu_ms, median};

/// Bytes of an edge in a file.
const RECORD: usize = 12;

/// A graph in a file.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) edges: usize,
    pub(crate) network: Network,
    /// The communities that were planted.
    pub(crate) planted: Option<Vec<u32>>,
    /// CPU milliseconds for building it from the enrolments, if there are any.
    pub(crate) built_ms: Option<f64>,
}

impl Sample {
    fn new(
        folder: &Path,
        name: &'static str,
        network: Network,
        planted: Option<Vec<u32>>,
        built_ms: Option<f64>,
    ) -> io::Result<Self> {
        let path = folder.join(name);
        let mut file = BufWriter::new(File::create(&path)?);
        file.write_all(&(network.vertices() as u32).to_le_bytes())?;
        let mut edges = 0;
        for (a, b, weight) in network.edges() {
            edges += 1;
            file.write_all(&a.to_le_bytes())?;
            file.write_all(&b.to_le_bytes())?;
            file.write_all(&weight.to_le_bytes())?;
        }
        file.flush()?;
        Ok(Self { name, path, edges, network, planted, built_ms })
    }
}

/// Makes the graphs one after the other, each for as long as it is looked at.
pub(crate) fn for_each(names: &[&'static str], mut look: impl FnMut(&Sample) -> super::Measured) -> super::Measured {
    for name in names {
        let folder = tempfile::tempdir()?;
        look(&sample(folder.path(), name)?)?;
    }
    Ok(())
}

fn sample(folder: &Path, name: &'static str) -> Result<Sample, Box<dyn std::error::Error>> {
    let (edges, planted) = match name {
        "uni" => return conflicts(folder, name, "university", &[]),
        "unimix" => return conflicts(folder, name, "university", &["--open", "0.45"]),
        "uni10" => return conflicts(folder, name, "tenfold", &[]),
        "lfr100k" => ragged(10_000, [11.0, 50.0], [20.0, 100.0], 0.40),
        "lfr1m" => ragged(100_000, [12.0, 50.0], [20.0, 200.0], 0.45),
        "ppm1m" => blocks(100_000, 200, [1_000_000, 480_000]),
        _ => blocks(500_000, 1_000, [7_000_000, 2_800_000]),
    };
    let network = Network::from_edges(planted.len(), || edges.iter().copied());
    Ok(Sample::new(folder, name, network, Some(planted), None)?)
}

/// The conflict graph of a generated campus.
fn conflicts(
    folder: &Path,
    name: &'static str,
    preset: &str,
    more: &[&str],
) -> Result<Sample, Box<dyn std::error::Error>> {
    let path = campus(folder, preset, more)?;
    let instance = load::load(&path, Weights::default())?.tables.instance()?;
    let build = |_| cpu_ms(|| Network::of(&instance, Spread::Inline));
    let mut built: Vec<(f64, Network)> = (0..5).map(build).collect();
    let (_, network) = built.pop().ok_or("it was built five times")?;
    let built_ms = median(built.into_iter().map(|(ms, _)| ms).collect());
    Ok(Sample::new(folder, name, network, None, Some(built_ms))?)
}

/// Random numbers, one after the other.
struct Draws {
    random: Philox,
    counter: u64,
}

impl Draws {
    fn new(stream: u64) -> Self {
        Self { random: Philox::new(1, stream), counter: 0 }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.counter += 1;
        below(self.random.block(self.counter)[0], bound)
    }

    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        self.counter += 1;
        f64::from(self.random.block(self.counter)[0]) / 4_294_967_296.0
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        (1..items.len()).rev().for_each(|last| items.swap(last, self.below(last + 1)));
    }
}

type Planted = (Vec<Edge>, Vec<u32>);

/// Blocks of one size, so many edges inside of blocks and so many between them, less those that were drawn twice.
fn blocks(vertices: usize, count: usize, [inside, between]: [usize; 2]) -> Planted {
    let (mut draws, size) = (Draws::new(1), vertices / count);
    let mut edges = Vec::with_capacity(inside + between);
    while edges.len() < inside {
        let from = draws.below(vertices);
        edges.push((from, from / size * size + draws.below(size)));
    }
    while edges.len() < inside + between {
        let (from, to) = (draws.below(vertices), draws.below(vertices));
        if from / size != to / size {
            edges.push((from, to));
        }
    }
    (simple(edges), (0..vertices).map(|vertex| (vertex / size) as u32).collect())
}

/// Degrees and communities of very different sizes (after Lancichinetti, Fortunato and Radicchi, 2008): degrees fall with the
/// square, sizes with the first power; of the neighbours of a vertex the share `mixing` is elsewhere. Vertices are in no order.
fn ragged(vertices: usize, degrees: [f64; 2], sizes: [f64; 2], mixing: f64) -> Planted {
    let mut draws = Draws::new(2);
    let mut order: Vec<usize> = (0..vertices).collect();
    draws.shuffle(&mut order);
    let (mut labels, mut edges, mut outside) = (vec![0; vertices], Vec::new(), Vec::new());
    let (mut rest, mut community) = (&order[..], 0);
    while !rest.is_empty() {
        let size = sizes[0] * (sizes[1] / sizes[0]).powf(draws.share());
        let (members, others) = rest.split_at((size as usize).min(rest.len()));
        let mut inside = Vec::new();
        for &vertex in members {
            labels[vertex] = community;
            let degree = 1.0 / (1.0 / degrees[0] - draws.share() * (1.0 / degrees[0] - 1.0 / degrees[1]));
            let own = ((1.0 - mixing) * degree).round() as usize;
            inside.extend(std::iter::repeat_n(vertex, own.min(members.len() - 1)));
            outside.extend(std::iter::repeat_n(vertex, degree as usize - own));
        }
        pair(&mut draws, &mut inside, &mut edges);
        (rest, community) = (others, community + 1);
    }
    let from = edges.len();
    pair(&mut draws, &mut outside, &mut edges);
    let elsewhere: Vec<(usize, usize)> = edges.drain(from..).filter(|(a, b)| labels[*a] != labels[*b]).collect();
    edges.extend(elsewhere);
    (simple(edges), labels)
}

/// Joins loose ends two by two.
fn pair(draws: &mut Draws, ends: &mut [usize], edges: &mut Vec<(usize, usize)>) {
    draws.shuffle(ends);
    edges.extend(ends.chunks_exact(2).map(|ends| (ends[0], ends[1])));
}

/// Each edge once and no loops, all of weight 1.
fn simple(edges: Vec<(usize, usize)>) -> Vec<Edge> {
    let ends = edges.into_iter().map(|(a, b)| (a.min(b) as u32, a.max(b) as u32));
    let mut edges: Vec<(u32, u32)> = ends.filter(|(a, b)| a != b).collect();
    edges.sort_unstable();
    edges.dedup();
    edges.into_iter().map(|(a, b)| (a, b, 1.0)).collect()
}

/// The network of a file; the file is read twice, and never held.
pub(crate) fn read(path: &Path) -> io::Result<Network> {
    let header = || -> io::Result<(u32, io::BufReader<File>)> {
        let mut file = io::BufReader::new(File::open(path)?);
        let mut number = [0; 4];
        io::Read::read_exact(&mut file, &mut number)?;
        Ok((u32::from_le_bytes(number), file))
    };
    let (vertices, _) = header()?;
    let edges = || {
        let (_, mut file) = header().expect("it was there before");
        std::iter::from_fn(move || {
            let mut record = [0; RECORD];
            io::Read::read_exact(&mut file, &mut record).ok()?;
            let word = |at: usize| record[at..at + 4].try_into().expect("four bytes");
            Some((u32::from_le_bytes(word(0)), u32::from_le_bytes(word(4)), f32::from_le_bytes(word(8))))
        })
    };
    Ok(Network::from_edges(vertices as usize, edges))
}

/// Labels from a file.
pub(crate) fn read_labels(path: &Path) -> io::Result<Vec<u32>> {
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four bytes"));
    Ok(fs::read(path)?.chunks_exact(4).map(word).collect())
}

/// Writes labels into a file.
pub(crate) fn write_labels(path: &Path, labels: &[u32]) -> io::Result<()> {
    fs::write(path, labels.iter().flat_map(|label| label.to_le_bytes()).collect::<Vec<u8>>())
}

/// Normalised mutual information of two labellings: 1 where they are the same up to names, 0 where one says nothing of the other.
pub(crate) fn agreement(one: &[u32], other: &[u32]) -> f64 {
    let count = one.len() as f64;
    let (mut ones, mut others, mut both) = (HashMap::new(), HashMap::new(), HashMap::new());
    for pair in one.iter().copied().zip(other.iter().copied()) {
        *ones.entry(pair.0).or_insert(0.0) += 1.0;
        *others.entry(pair.1).or_insert(0.0) += 1.0;
        *both.entry(pair).or_insert(0.0) += 1.0;
    }
    let entropy =
        |sizes: &HashMap<u32, f64>| sizes.values().map(|size| -size / count * (size / count).ln()).sum::<f64>();
    let mutual =
        |((one, other), size): (&(u32, u32), &f64)| size / count * (size * count / (ones[one] * others[other])).ln();
    let shared: f64 = both.iter().map(mutual).sum();
    2.0 * shared / (entropy(&ones) + entropy(&others)).max(f64::MIN_POSITIVE)
}
