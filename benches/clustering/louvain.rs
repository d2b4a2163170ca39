//! Communities and capped clusters beside other libraries: time, worth, memory; and the same labels on any number of threads.

use super::Measured;
use super::graphs::{Sample, agreement, for_each};
use super::program::median;
use super::tools::{Taken, Tool, build_anchor};

/// All graphs; `CARILLON_GRAPHS` names fewer, with `:` between them.
const GRAPHS: [&str; 7] = ["uni", "unimix", "lfr100k", "lfr1m", "ppm1m", "uni10", "ppm10m"];
const LIBRARIES: [&str; 5] =
    ["networkit-plm", "networkit-plm-refine", "networkit-leiden", "igraph-multilevel", "igraph-leiden"];
const CRATE: [&str; 2] = ["single-clustering", "single-clustering-leiden"];
const THREADS: [usize; 3] = [1, 2, 4];
const CAPS: [u32; 3] = [300, 150, 80];
/// Edges above which a graph is clustered with one seed only.
const MANY_EDGES: usize = 2_500_000;

fn wanted(all: &[&'static str]) -> Vec<&'static str> {
    let named = std::env::var("CARILLON_GRAPHS").unwrap_or_default();
    all.iter().copied().filter(|name| named.is_empty() || named.split(':').any(|wanted| wanted == *name)).collect()
}

fn seeds(sample: &Sample) -> usize {
    if sample.edges > MANY_EDGES { 1 } else { 5 }
}

fn known(figure: Option<f64>) -> String {
    figure.map_or("–".to_owned(), |figure| format!("{figure:.4}"))
}

/// Communities of any size, one thread.
pub(crate) fn communities() -> Measured {
    let folder = tempfile::tempdir()?;
    if let Err(error) = build_anchor(folder.path()) {
        println!("\nsingle-clustering is left out: {error}");
    }
    println!("\n### Communities on one thread (median of five seeds)\n");
    println!("| graph | edges | tool | CPU ms | × ours | modularity | of what was planted | bytes an edge |");
    println!("|---|---|---|---|---|---|---|---|");
    for_each(&wanted(&GRAPHS), |sample| {
        let ours = Tool::ours(1, None);
        let taken = ours.run(sample, seeds(sample)).ok_or("our own clustering failed")?;
        let own_ms = taken.cpu_ms();
        row(sample, &ours.name, &taken, own_ms);
        let libraries = LIBRARIES.iter().map(|name| Tool::python(name));
        for tool in libraries.chain(CRATE.iter().map(|name| Tool::anchor(folder.path(), name))) {
            if let Some(taken) = tool.run(sample, seeds(sample)) {
                row(sample, &tool.name, &taken, own_ms);
            }
        }
        Ok(())
    })
}

fn row(sample: &Sample, name: &str, taken: &Taken, own_ms: f64) {
    let planted = sample.planted.as_ref().map(|planted| taken.worth(|labels| agreement(labels, planted)));
    println!(
        "| {} | {} | {name} | {:.1} | {:.1} | {:.4} | {} | {:.0} |",
        sample.name,
        sample.edges,
        taken.cpu_ms(),
        taken.cpu_ms() / own_ms,
        taken.worth(|labels| sample.network.modularity(labels)),
        known(planted),
        taken.peak / sample.edges as f64
    );
}

/// The same on several threads: the labels have to be the same.
pub(crate) fn threads() -> Measured {
    println!("\n### The same on several threads\n");
    println!("| graph | edges | built ms | threads | CPU ms | wall ms | labels |\n|---|---|---|---|---|---|---|");
    for_each(&wanted(&GRAPHS), |sample| {
        let mut first: Option<Taken> = None;
        for threads in THREADS {
            let taken = Tool::ours(threads, None).run(sample, seeds(sample)).ok_or("our own clustering failed")?;
            if first.as_ref().is_some_and(|first| first.labels != taken.labels) {
                return Err(format!("{}: other labels with {threads} threads", sample.name).into());
            }
            let built = sample.built_ms.map_or("–".to_owned(), |ms| format!("{ms:.1}"));
            let (name, edges) = (sample.name, sample.edges);
            println!(
                "| {name} | {edges} | {built} | {threads} | {:.1} | {:.1} | equal |",
                taken.cpu_ms(),
                taken.wall_ms()
            );
            first.get_or_insert(taken);
        }
        Ok(())
    })
}

/// Clusters of at most so many vertices, beside a partitioner that is told how many we made.
pub(crate) fn capped() -> Measured {
    println!("\n### Clusters under a cap (median of five seeds)\n");
    println!("| graph | cap | tool | clusters | largest | largest / mean | weight cut | CPU ms |");
    println!("|---|---|---|---|---|---|---|---|");
    for_each(&wanted(&["uni", "unimix"]), |sample| {
        for most in CAPS {
            let ours = Tool::ours(1, Some(most));
            let taken = ours.run(sample, seeds(sample)).ok_or("our own clustering failed")?;
            let clusters = count(&taken);
            capped_row(sample, most, &ours.name, &taken);
            let other = Tool::python(&format!("mtkahypar:{most}:{clusters}"));
            if let Some(taken) = other.run(sample, seeds(sample)) {
                capped_row(sample, most, &other.name, &taken);
            }
        }
        Ok(())
    })
}

fn sizes(labels: &[u32]) -> Vec<f64> {
    let mut sizes = vec![0.0; labels.iter().max().map_or(0, |label| *label as usize + 1)];
    for label in labels {
        sizes[*label as usize] += 1.0;
    }
    sizes
}

fn count(taken: &Taken) -> usize {
    median(taken.labels.iter().map(|labels| sizes(labels).len() as f64).collect()) as usize
}

fn capped_row(sample: &Sample, most: u32, name: &str, taken: &Taken) {
    let largest = taken.labels.iter().flat_map(|labels| sizes(labels)).fold(0.0, f64::max);
    let mean = sample.network.vertices() as f64 / count(taken) as f64;
    println!(
        "| {} | {most} | {name} | {} | {largest:.0} | {:.2} | {:.4} | {:.0} |",
        sample.name,
        count(taken),
        largest / mean,
        taken.worth(|labels| sample.network.cut_share(labels)),
        taken.cpu_ms()
    );
}
