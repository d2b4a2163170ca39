//! What a relief order brings: real workers of a real run, asked three times.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use shared::wire::{Listener, Order, OrderSender, Report, Stage};
use shared::worker::{Setting, WorkerArgs};

use super::Measured;
use super::overhead::private_mib;

const PROGRAM: &str = env!("CARGO_BIN_EXE_carillon");

/// The instances to measure with: those named in `CARILLON_RELIEF`, else the college.
fn instances() -> Vec<PathBuf> {
    let named = std::env::var_os("CARILLON_RELIEF");
    let college = || vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/college.ctt")];
    named.map_or_else(college, |paths| std::env::split_paths(&paths).collect())
}

/// Private memory before a relief order and behind each pass.
pub(crate) fn relief() -> Measured {
    println!("\n### What a relief order brings (private MiB)\n");
    println!(
        "| instance | stage | before | pass 1 | pass 2 | pass 3 | what was given up |\n|---|---|---|---|---|---|---|"
    );
    for instance in instances() {
        let folder = tempfile::tempdir()?;
        let run = folder.path().join("run");
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg(&instance).arg("--run-dir").arg(&run).args(["--effort", "0.001", "--progress", "never"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        let name = instance.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for stage in [Stage::Solve, Stage::Evolve, Stage::Resolve] {
            let (figures, words) = one(&run, stage)?;
            let figures: Vec<String> = figures.iter().map(|mib| format!("{mib:.1}")).collect();
            println!("| {name} | {stage} | {} | {} |", figures.join(" | "), words.join("; "));
        }
    }
    Ok(())
}

/// Starts a worker that would work for a long time, lets it settle, and asks it three times.
fn one(run: &Path, stage: Stage) -> Result<(Vec<f64>, Vec<String>), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let (listener, name) = Listener::open()?;
    let args = arguments(run, folder.path(), stage, name);
    let mut worker = Command::new(PROGRAM).args(args.to_command_line()).stderr(Stdio::null()).spawn()?;
    let (orders, reports) = listener.accept()?;
    let (post, letters) = channel();
    thread::spawn(move || while reports.receive().is_ok_and(|report| post.send(report).is_ok()) {});
    // Long enough to have allocated what it works with.
    thread::sleep(Duration::from_secs(2));
    let asked = ask(&worker, &orders, &letters);
    worker.kill()?;
    worker.wait()?;
    Ok(asked)
}

fn ask(worker: &Child, orders: &OrderSender, letters: &Receiver<Report>) -> (Vec<f64>, Vec<String>) {
    let (mut figures, mut words) = (vec![private_mib(worker.id())], Vec::new());
    for pass in 1..=3 {
        let _ = orders.send(Order::Relieve { pass });
        while let Ok(report) = letters.recv_timeout(Duration::from_secs(5)) {
            if let Report::Relieved { what, .. } = report {
                words.push(what);
                break;
            }
        }
        figures.push(private_mib(worker.id()));
    }
    (figures, words)
}

fn arguments(run: &Path, folder: &Path, stage: Stage, control: String) -> WorkerArgs {
    let input = |role: &str, name: &str| (role.to_owned(), run.join(name));
    let mut args = WorkerArgs::new(stage, stage.name(), 1, folder);
    args.inputs.push(input("instance", "instance.art"));
    let (output, more) = match stage {
        Stage::Solve => ("fragment", vec![input("partition", "partition-0.art"), input("ledger", "ledger-0-0.art")]),
        Stage::Evolve => ("draft", vec![input("timetable", "ledger-0-0.art")]),
        _ => ("timetable", vec![input("timetable", "ledger-0-0.art")]),
    };
    args.inputs.extend(more);
    args.outputs.push((output.to_owned(), folder.join("out.art")));
    args.settings.push(Setting { key: "job".to_owned(), value: "0".to_owned() });
    (args.threads, args.effort, args.control) = (2, Some(1e6), Some(control));
    args
}
