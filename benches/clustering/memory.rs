//! What jobs of STAGE2A are predicted to hold and what they hold: runs up to STAGE2A, whose solve processes are this benchmark,
//! which does what the stage does and then writes down what the kernel says of itself.
//!
//! `CARILLON_MEMORY_OF` names instances to look at beside the college and two campuses, with `:` between them; `CARILLON_PAIRS` a
//! file for all jobs with their sizes: what the prices of `cluster::predict` are fitted to.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use clap::Parser;
use cluster::predict::{PUMPKIN, Predictor};
use shared::ids::Id;
use shared::model::partition::Scope;
use shared::model::{Instance, Partition};
use shared::worker::WorkerArgs;

use super::Measured;
use super::program::{MIB, PROGRAM, campus, most, status_bytes};

/// Names the file into which each job writes its line.
const PEAKS: &str = "CARILLON_PEAKS";
/// Jobs after which a run has shown enough.
const JOBS_MOST: usize = 40;
/// Predictions further off than this are counted.
const OFF_MOST: f64 = 0.3;

#[derive(Parser)]
struct Call {
    #[command(subcommand)]
    worker: Worker,
}

#[derive(clap::Subcommand)]
enum Worker {
    Worker(Box<WorkerArgs>),
}

/// In the place of STAGE2A: what it does, and then a line about it.
pub(crate) fn work() -> ExitCode {
    let words = std::env::args_os().filter(|word| word != "--bench");
    let Worker::Worker(args) = Call::parse_from(words).worker;
    let code = solve::main((*args).clone());
    let [peak, mapped] = ["VmHWM:", "RssFile:"].map(status_bytes);
    if let (Some(line), Some(path)) = (line_of(&args, peak, mapped), std::env::var_os(PEAKS)) {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        written.expect("the file of the peaks takes a line");
    }
    code
}

/// `kind predicted peak mapped courses lectures variables constraints literals`.
fn line_of(args: &WorkerArgs, peak: u64, mapped: u64) -> Option<String> {
    let input = |role: &str| args.inputs.iter().find(|(name, _)| name == role).map(|(_, path)| path.as_path());
    let instance = Instance::open(input("instance")?).ok()?;
    let partition = Partition::open(input("partition")?, &instance).ok()?;
    let number: usize = args.settings.iter().find(|setting| setting.key == "job")?.value.parse().ok()?;
    let job = partition.fan_out.jobs.get(number)?;
    let is_inside = |course: usize| job.scope == Scope::Cluster(partition.labels[course].0);
    let courses: Vec<_> = instance.courses().filter(|course| is_inside(course.index())).collect();
    let size = Predictor::new(&instance, PUMPKIN).cluster(&courses);
    let kind = if job.scope == Scope::Repair { "repair" } else { "cluster" };
    let figures =
        [job.bytes, peak, mapped, courses.len() as u64, size.lectures, size.variables, size.constraints, size.literals];
    Some(format!("{kind}\t{}\n", figures.map(|figure| figure.to_string()).join("\t")))
}

/// A job, as its line says.
struct Job {
    is_repair: bool,
    predicted: f64,
    peak: f64,
}

impl Job {
    fn read(line: &str) -> Option<Self> {
        let mut words = line.split('\t');
        let is_repair = words.next()? == "repair";
        let mut bytes = || words.next()?.parse::<f64>().ok();
        Some(Self { is_repair, predicted: bytes()? / MIB, peak: bytes()? / MIB })
    }
}

pub(crate) fn memory() -> Measured {
    println!("\n### What jobs of STAGE2A hold (VmHWM, MiB)\n");
    println!(
        "| instance | jobs | predicted | peak | predicted / peak | further off than 30 % | repair predicted | peak |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let folder = tempfile::tempdir()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut instances = vec![root.join("examples/college.ctt"), campus(folder.path(), "campus", &[])?];
    let named = std::env::var("CARILLON_MEMORY_OF").unwrap_or_default();
    instances.extend(named.split(':').filter(|name| !name.is_empty()).map(PathBuf::from));
    instances.push(campus(folder.path(), "university", &[])?);
    for instance in instances {
        row(&instance)?;
    }
    Ok(())
}

fn row(instance: &Path) -> Measured {
    let text = lines_of(instance)?;
    let name = instance.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if let Some(pairs) = std::env::var_os("CARILLON_PAIRS") {
        let mut file = OpenOptions::new().append(true).create(true).open(pairs)?;
        text.lines().try_for_each(|line| writeln!(file, "{name}\t{line}"))?;
    }
    let (repairs, jobs): (Vec<Job>, Vec<Job>) = text.lines().filter_map(Job::read).partition(|job| job.is_repair);
    let span = |of: &dyn Fn(&Job) -> f64| {
        let figures: Vec<f64> = jobs.iter().map(of).collect();
        (figures.iter().copied().fold(f64::MAX, f64::min), most(&figures))
    };
    let ((least, most), (low, high)) = (span(&|job| job.predicted), span(&|job| job.peak));
    let (under, over) = span(&|job| job.predicted / job.peak);
    let off = jobs.iter().filter(|job| (job.predicted / job.peak - 1.0).abs() > OFF_MOST).count();
    let (predicted, peak) = repairs.first().map_or((0.0, 0.0), |job| (job.predicted, job.peak));
    println!(
        "| {name} | {} | {least:.1}–{most:.1} | {low:.1}–{high:.1} | {under:.2}–{over:.2} | {off} | {predicted:.1} | {peak:.1} |",
        jobs.len()
    );
    Ok(())
}

/// The lines of the jobs of a run, which is ended when there are enough.
fn lines_of(instance: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let peaks = folder.path().join("peaks");
    let mut command = Command::new(PROGRAM);
    command.arg("run").arg(instance).arg("--run-dir").arg(folder.path().join("run"));
    command.args(["--until", "solve", "--threads", "2", "--progress", "never"]);
    command.arg("--worker-program").arg(format!("solve={}", std::env::current_exe()?.display()));
    command.env(PEAKS, &peaks).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let read = || fs::read_to_string(&peaks).unwrap_or_default();
    while child.try_wait()?.is_none() && read().lines().count() < JOBS_MOST {
        std::thread::sleep(Duration::from_millis(100));
    }
    end(&mut child)?;
    Ok(read())
}

fn end(child: &mut Child) -> Measured {
    if child.try_wait()?.is_none() {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id() as i32), nix::sys::signal::Signal::SIGTERM)?;
        child.wait()?;
    }
    Ok(())
}
