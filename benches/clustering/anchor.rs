//! The crate `single-clustering` on the same graphs: a program of its own, which the benchmark builds in a temporary folder, so that
//! this project does not depend on it. Usage and output are those of `peers.py`.

use std::fs::{self, File};
use std::io::{BufReader, Read};

use nix::time::{ClockId, clock_gettime};
use single_clustering::community_search::leiden::{LeidenConfig, leiden};
use single_clustering::network::CSRNetwork;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [tool, path, labels, seeds @ ..] = &words[..] else { panic!("TOOL GRAPH LABELS SEED…") };
    let before = private("VmRSS:");
    let graph = read(path);
    for seed in seeds {
        let config = LeidenConfig {
            refine: tool == "single-clustering-leiden",
            seed: Some(seed.parse().expect("a number")),
            ..LeidenConfig::default()
        };
        let began = cpu_ms();
        let found = leiden(&graph, &config).expect("a clustering");
        println!("run {seed} {}", cpu_ms() - began);
        let bytes: Vec<u8> = found.labels().iter().flat_map(|label| (*label as u32).to_le_bytes()).collect();
        fs::write(format!("{labels}.{seed}"), bytes).expect("labels");
    }
    println!("peak {}", private("VmHWM:").saturating_sub(before));
}

/// The graph of a file, by the way that takes least memory.
fn read(path: &str) -> CSRNetwork {
    let mut starts = vec![0_usize; for_each_edge(path, |_, _, _| {}) + 1];
    for_each_edge(path, |a, b, _| {
        starts[a as usize + 1] += 1;
        starts[b as usize + 1] += 1;
    });
    (1..starts.len()).for_each(|row| starts[row] += starts[row - 1]);
    let mut next = starts.clone();
    let arcs = starts[starts.len() - 1];
    let (mut neighbours, mut weights) = (vec![0; arcs], vec![0.0; arcs]);
    for_each_edge(path, |a, b, weight| {
        for (from, to) in [(a, b), (b, a)] {
            neighbours[next[from as usize]] = to;
            weights[next[from as usize]] = weight;
            next[from as usize] += 1;
        }
    });
    CSRNetwork::from_csr_parts(starts, neighbours, weights, None).expect("a network")
}

/// Goes through a file; says how many vertices it has.
fn for_each_edge(path: &str, mut take: impl FnMut(u32, u32, f32)) -> usize {
    let mut file = BufReader::new(File::open(path).expect("a graph"));
    let mut word = || {
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes).is_ok().then(|| u32::from_le_bytes(bytes))
    };
    let vertices = word().expect("vertices");
    while let (Some(a), Some(b), Some(weight)) = (word(), word(), word()) {
        take(a, b, f32::from_bits(weight));
    }
    vertices as usize
}

/// Bytes of a line of the kernel's account, less the pages of files.
fn private(key: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").expect("an account");
    let kib = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).expect("a line");
        line.split_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok()).expect("a number")
    };
    (kib(key) - kib("RssFile:")) << 10
}

/// CPU milliseconds of this process.
fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).expect("a clock");
    time.tv_sec() as f64 * 1e3 + time.tv_nsec() as f64 / 1e6
}
