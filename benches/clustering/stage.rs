//! STAGE1 as a process of its own, from the sealed instance to the sealed partition.

use std::process::Command;
use std::time::Instant;

use nix::sys::resource::UsageWho;

use super::Measured;
use super::program::{PROGRAM, campus, median, quietly, used_ms};

const REPEATS: usize = 7;

pub(crate) fn stage() -> Measured {
    println!("\n### STAGE1 as a process (median of {REPEATS})\n");
    println!("| campus | threads | CPU s | wall s |\n|---|---|---|---|");
    for preset in ["university", "tenfold"] {
        let folder = tempfile::tempdir()?;
        let path = campus(folder.path(), preset, &[])?;
        let run = folder.path().join("run");
        quietly(Command::new(PROGRAM).arg("run").arg(path).arg("--run-dir").arg(&run).args(["--until", "load"]))?;
        for threads in ["1", "2"] {
            let (mut cpu, mut wall) = (Vec::new(), Vec::new());
            for repeat in 0..REPEATS {
                let mut worker = Command::new(PROGRAM);
                worker.args(["worker", "cluster", "--threads", threads, "--attempt-dir"]).arg(folder.path());
                worker.arg("--input").arg(format!("instance={}", run.join("instance.art").display()));
                let output = folder.path().join(format!("partition-{threads}-{repeat}.art"));
                worker.arg("--output").arg(format!("partition={}", output.display()));
                let (began, before) = (Instant::now(), used_ms(UsageWho::RUSAGE_CHILDREN));
                quietly(&mut worker)?;
                cpu.push((used_ms(UsageWho::RUSAGE_CHILDREN) - before) / 1e3);
                wall.push(began.elapsed().as_secs_f64());
            }
            println!("| {preset} | {threads} | {:.3} | {:.3} |", median(cpu), median(wall));
        }
    }
    Ok(())
}
