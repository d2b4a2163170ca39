//! Whoever clusters a graph: this benchmark as a child, libraries of Python (`peers.py`), a crate (`anchor.rs`). All are called
//! alike, and say alike what it took them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use cluster::Spread;

use super::graphs::{self, Sample};
use super::program::{cpu_ms, median, quietly, status_bytes};

/// Arcs below which a batch is not worth waking other threads for: as in STAGE1.
const INLINE_ARCS: usize = 1 << 14;
const ANCHOR: &str = r#"
[package]
name = "anchor"
version = "0.0.0"
edition = "2024"

[dependencies]
single-clustering = { version = "=0.7.0", default-features = false }
nix = { version = "0.31", features = ["time"] }

[profile.release]
lto = "thin"

[workspace]
"#;

/// A program and the words before the usual ones.
pub(crate) struct Tool {
    pub(crate) name: String,
    program: PathBuf,
    words: Vec<String>,
    threads: usize,
}

/// What it took a tool, seed by seed.
pub(crate) struct Taken {
    cpu_ms: Vec<f64>,
    wall_ms: Vec<f64>,
    /// The most private memory since before the graph was read.
    pub(crate) peak: f64,
    pub(crate) labels: Vec<Vec<u32>>,
}

impl Taken {
    pub(crate) fn cpu_ms(&self) -> f64 {
        median(self.cpu_ms.clone())
    }

    pub(crate) fn wall_ms(&self) -> f64 {
        median(self.wall_ms.clone())
    }

    /// The median over the seeds of what labels are worth.
    pub(crate) fn worth(&self, of: impl Fn(&[u32]) -> f64) -> f64 {
        median(self.labels.iter().map(|labels| of(labels)).collect())
    }
}

impl Tool {
    /// Our own, on so many threads; in clusters of at most `most` vertices, if that is said.
    pub(crate) fn ours(threads: usize, most: Option<u32>) -> Self {
        let program = std::env::current_exe().expect("a running program has a path");
        let most = most.map_or("free".to_owned(), |most| most.to_string());
        Self {
            name: "carillon".to_owned(),
            program,
            words: vec!["ours".to_owned(), threads.to_string(), most],
            threads,
        }
    }

    /// A library of the Python that `CARILLON_PYTHON` names; of `python3` without that.
    pub(crate) fn python(name: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/clustering/peers.py").to_owned();
        let program = std::env::var_os("CARILLON_PYTHON").map_or("python3".into(), PathBuf::from);
        let shown = name.split(':').next().unwrap_or_default().to_owned();
        Self { name: shown, program, words: vec![script, name.to_owned()], threads: 1 }
    }

    /// A way of the crate that was built in a folder.
    pub(crate) fn anchor(folder: &Path, name: &str) -> Self {
        let program = folder.join("target/release/anchor");
        Self { name: name.to_owned(), program, words: vec![name.to_owned()], threads: 1 }
    }

    /// Clusters a graph with each seed from 1; nothing where the tool is not here, or fails.
    pub(crate) fn run(&self, sample: &Sample, seeds: usize) -> Option<Taken> {
        let labels = sample.path.with_extension("labels");
        let mut command = Command::new(&self.program);
        command.args(&self.words).arg(&sample.path).arg(&labels).args((1..=seeds).map(|seed| seed.to_string()));
        for pool in ["RAYON_NUM_THREADS", "OMP_NUM_THREADS"] {
            command.env(pool, self.threads.to_string());
        }
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        let mut taken = Taken { cpu_ms: Vec::new(), wall_ms: Vec::new(), peak: 0.0, labels: Vec::new() };
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["run", seed, cpu, ref rest @ ..] => {
                    taken.cpu_ms.push(cpu.parse().ok()?);
                    taken.wall_ms.extend(rest.first().and_then(|wall| wall.parse::<f64>().ok()));
                    taken.labels.push(graphs::read_labels(&sample.path.with_extension(format!("labels.{seed}"))).ok()?);
                }
                ["peak", bytes] => taken.peak = bytes.parse().ok()?,
                _ => {}
            }
        }
        (taken.labels.len() == seeds).then_some(taken)
    }
}

/// Builds the crate's program in a folder; fails where there is no registry.
pub(crate) fn build_anchor(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), ANCHOR)?;
    fs::write(folder.join("src/main.rs"), include_str!("anchor.rs"))?;
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    build.args(["build", "--release"]).current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    quietly(&mut build)
}

/// As a child: `THREADS MOST GRAPH LABELS SEED…`.
pub(crate) fn ours(words: &[String]) -> ExitCode {
    let [threads, most, path, labels, seeds @ ..] = words else { return ExitCode::FAILURE };
    let private = |key: &str| status_bytes(key) - status_bytes("RssFile:");
    let before = private("VmRSS:");
    let network = graphs::read(Path::new(path)).expect("a graph");
    let threads: usize = threads.parse().expect("a number");
    let spread = if threads == 1 { Spread::Inline } else { Spread::Threads { arcs: INLINE_ARCS } };
    let find = |seed: u64| match most.parse() {
        Ok(most) => network.clusters(most, seed, spread),
        Err(_) => network.communities(seed, spread),
    };
    for seed in seeds {
        let began = Instant::now();
        let number = seed.parse().expect("a number");
        let (took, found) = cpu_ms(|| find(number));
        let wall = began.elapsed().as_secs_f64() * 1e3;
        graphs::write_labels(Path::new(&format!("{labels}.{seed}")), &found).expect("labels are written");
        println!("run {seed} {took} {wall}");
    }
    println!("peak {}", private("VmHWM:").saturating_sub(before));
    ExitCode::SUCCESS
}
