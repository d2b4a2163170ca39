//! `carillon run` from its arguments to its exit code.

use std::fs;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use nix::sys::prctl;
use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::wire::Stage;

use crate::cli::{Output, RunArgs};
use crate::clock::{Clock, utc_stamp};
use crate::config::Config;
use crate::dispatch::{Chronicle, Ending, Fact, Loop, Rules, State, conduct};
use crate::error::RunError;
use crate::journal::{JournalWriter, RunSettings};
use crate::plan::Shares;
use crate::policy::{Governor, solve_memory};
use crate::report::{Reporter, Terminal};
use crate::store::Store;
use crate::supervise::{Programs, sweep_children};
use crate::watch::{Capacity, Host, Memory, tmpfs};

/// Solve jobs that clusters are made for to fit together. A fixed number: what a cluster may hold must not depend on the
/// number of threads, or so would the result.
const SOLVES_TOGETHER: u32 = 2;
/// Set aside for the orchestrator when clusters are sized.
const ORCHESTRATOR: Bytes = Bytes::mib(20);
/// No cluster needs more than this.
const SOLVE_MEMORY_MOST: Bytes = Bytes::mib(256);

/// Runs the pipeline. The exit code tells how it ended.
pub fn run(args: RunArgs) -> ExitCode {
    match conducted(args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            // A closed stderr is no reason to tell another exit code.
            let _ = writeln!(std::io::stderr(), "error: failed to {error}");
            error.exit().into()
        }
    }
}

fn conducted(args: RunArgs) -> Result<Exit, RunError> {
    let clock = Clock::start();
    let config = Config::new(args)?;
    let no_input = |source| RunError::NoInput { path: config.instance.clone(), source };
    let instance_bytes =
        Bytes(fs::File::open(&config.instance).and_then(|file| file.metadata()).map_err(no_input)?.len());
    for (stage, path) in &config.programs {
        let no_program = |source| RunError::NoProgram { stage: *stage, path: path.clone(), source };
        fs::metadata(path).map_err(no_program)?;
    }
    let store = Store::open(config.run_dir.as_deref(), &config.instance)?;
    store.write_config(&config.to_toml(store.root()))?;
    let system = |act| move |source| RunError::System { act, source };
    // Whoever loses its parent becomes our child, so that nobody of the run can slip away unseen.
    prctl::set_child_subreaper(true).map_err(|errno| system("adopt orphans")(errno.into()))?;
    let mut memory = Memory::open()?;
    let capacity = memory.capacity(config.memory);
    let run_id = format!("{}-{}", utc_stamp(), std::process::id());
    let programs = Programs::new(config.programs.clone(), run_id.clone());
    let chronicle = begin(clock, &config, &store, (&capacity, memory.host(clock.instant(clock.now()))), run_id)?;
    let state = state(&config, &capacity, instance_bytes);
    let is_on_tmpfs = tmpfs::is_memory(store.root()).unwrap_or(false);
    let output = config.output;
    let parts = Loop { config, store, clock, programs, memory, capacity, chronicle, is_on_tmpfs };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system("start"))?;
    let conducted = runtime.block_on(conduct(parts, state));
    // What still waits for workers ends with the runtime; what slipped out of its group ends here.
    drop(runtime);
    sweep_children();
    let (ending, chronicle, store) = conducted?;
    end(clock, &ending, chronicle, &store, output)
}

fn begin(
    clock: Clock,
    config: &Config,
    store: &Store,
    (capacity, host): (&Capacity, Host),
    run_id: String,
) -> Result<Chronicle, RunError> {
    let journal = JournalWriter::create(&store.journal())?;
    let limit = config.settings.thresholds.pipeline;
    let report = Reporter::open(store.root(), Terminal::stderr(config.progress), limit)?;
    let mut chronicle = Chronicle::new(journal, report);
    let settings = RunSettings {
        run_id,
        instance: config.instance.to_string_lossy().into_owned(),
        seed: config.seed,
        threads: config.threads,
        capacity: capacity.bytes.0,
        effort: config.effort,
        time_limit_ms: config.time_limit.map(|limit| limit.as_millis() as u64),
        settings: config.settings.effective.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
    };
    chronicle.begin(clock.now(), settings)?;
    let Config { instance, threads, seed, .. } = config;
    chronicle.tell(
        clock.now(),
        &Fact::Began {
            instance: instance.clone(),
            run_dir: store.root().to_owned(),
            capacity: capacity.clone(),
            host,
            threads: *threads,
            seed: *seed,
        },
    )?;
    Ok(chronicle)
}

fn state(config: &Config, capacity: &Capacity, instance_bytes: Bytes) -> State {
    let settings = &config.settings;
    let shares = |limit: Duration| Shares::new(limit, settings.share_solve, settings.share_evolve);
    let optional = [Stage::Cluster, Stage::Commit, Stage::Solve, Stage::Evolve, Stage::Resolve];
    let rules = Rules {
        threads: config.threads,
        effort: config.effort,
        stage_memory: config.stage_memory.clone(),
        instance_bytes,
        solve_memory: cluster_memory(capacity.bytes.percent(settings.thresholds.pipeline)),
        patience: settings.patience,
        retries: settings.retries,
        of_workers: settings.of_workers.clone(),
        stages: optional.into_iter().filter(|stage| config.runs(*stage)).collect(),
    };
    State::new(rules, config.time_limit.map(shares), Governor::new(settings.thresholds.clone()))
}

/// The most that one job of STAGE2A may be predicted to hold. Rounded down to a power of two: machines of about the same size
/// shall make the same clusters.
fn cluster_memory(budget: Bytes) -> Bytes {
    let fair = solve_memory(budget.less(ORCHESTRATOR), SOLVES_TOGETHER).min(SOLVE_MEMORY_MOST);
    Bytes(1 << fair.0.max(1).ilog2())
}

/// Tells the end, in the form that was asked for.
fn end(
    clock: Clock,
    ending: &Ending,
    mut chronicle: Chronicle,
    store: &Store,
    output: Output,
) -> Result<Exit, RunError> {
    chronicle.end(clock.now(), ending)?;
    if matches!(ending.exit, Exit::Complete | Exit::Degraded | Exit::Incomplete) && ending.components.is_some() {
        store.point_latest_here()?;
    }
    if output == Output::Json {
        let mut stdout = std::io::stdout().lock();
        // A closed stdout changes nothing about how the run ended.
        let _ = stdout.write_all(chronicle.result(ending).as_bytes()).and_then(|()| stdout.flush());
    }
    match chronicle.take_trouble() {
        Some(trouble) => Err(trouble.into()),
        None => Ok(ending.exit),
    }
}
