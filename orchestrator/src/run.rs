//! `carillon run` from its arguments to its exit code.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use nix::sys::prctl;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};
use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::wire::{self, Stage};
use shared::worker::Setting;
use tokio::runtime::{self, Runtime};

use crate::cli::{HistoryFrom, IfRunning, Output, Progress, RunArgs};
use crate::clock::{Clock, utc_stamp};
use crate::config::{Config, Layers};
use crate::dispatch::{Chronicle, Conducted, Ending, Fact, Loop, Recipe, Rules, State, conduct};
use crate::error::RunError;
use crate::fingerprint::fingerprint;
use crate::history::{History, history};
use crate::journal::{Fingerprint, JournalWriter};
use crate::learning;
use crate::metrics::Metrics;
use crate::notify::Notify;
use crate::open_files::make_room;
use crate::origin::Origin;
use crate::page::Page;
use crate::plan::Shares;
use crate::policy::{Governor, Lessons, solve_memory};
use crate::report::{Reporter, Terminal};
use crate::signal::Interrupts;
use crate::store::{DeviceLocks, Store, Turn, timetable_of};
use crate::supervise::{Enclosure, Inherited, Programs, Swept};
use crate::watch::{Capacity, Memory, tmpfs};

/// Solve jobs that clusters are made for to fit together. A fixed number: what a cluster may hold must not depend on the
/// number of threads, or so would the result.
const SOLVES_TOGETHER: u32 = 2;
/// Set aside for the orchestrator when clusters are sized.
const ORCHESTRATOR: Bytes = Bytes::mib(20);
/// No cluster needs more than this.
const SOLVE_MEMORY_MOST: Bytes = Bytes::mib(256);

/// Runs the pipeline. The exit code tells how it ended.
pub fn run(args: &RunArgs) -> ExitCode {
    let filled = Layers::look(args.config.as_deref()).map(|layers| layers.fill(args.clone()));
    let mut metrics = Metrics::new(filled.as_ref().unwrap_or(args).telling.metrics.clone());
    metrics.are_about(&args.instance);
    let result = filled.map_err(RunError::from).and_then(|args| conducted(args, &mut metrics));
    exit_code(result, &metrics)
}

/// Says what went wrong, where something did.
pub(crate) fn exit_code(result: Result<Exit, RunError>, metrics: &Metrics) -> ExitCode {
    metrics.write(result.as_ref().map_or_else(RunError::exit, |exit| *exit));
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            // A closed stderr is no reason to tell another exit code.
            let _ = writeln!(io::stderr(), "error: failed to {error}");
            error.exit().into()
        }
    }
}

fn conducted(args: RunArgs, metrics: &mut Metrics) -> Result<Exit, RunError> {
    let config = Config::new(args)?;
    let no_input = |source| RunError::NoInput { path: config.instance.clone(), source };
    fs::File::open(&config.instance).map_err(no_input)?;
    let previous = previous(&config)?;
    check_programs(&config)?;
    make_room(config.threads)?;
    let mut patient = Patient::new()?;
    let store = patient.wait(config.if_running, config.progress, async |turn| {
        Ok(Store::open(config.run_dir.as_deref(), &config.instance, turn).await?)
    })?;
    // Not before: while another run went on, time did not pass for this one, and the instance may have changed.
    let clock = Clock::start(Duration::ZERO);
    let fingerprint = fingerprint(&config.instance).map_err(no_input)?;
    let config = config.with_engine();
    match begin(&config, &store, clock, (fingerprint, previous)) {
        Ok(Begun { memory, capacity, enclosure, chronicle, run_id, state, found }) => {
            let ready = Ready { config, store, clock, memory, capacity, enclosure, chronicle, run_id, patient };
            carry_out(ready, state, found, metrics)
        }
        Err(error) => {
            store.withdraw();
            Err(error)
        }
    }
}

/// What is there once the first record is written.
struct Begun {
    memory: Memory,
    capacity: Capacity,
    enclosure: Enclosure,
    chronicle: Chronicle,
    run_id: String,
    state: State,
    found: Vec<Fact>,
}

/// Writes what there is of a run before its first worker, the first record of its journal last.
fn begin(
    config: &Config,
    store: &Store,
    clock: Clock,
    (fingerprint, previous): (Fingerprint, Option<PathBuf>),
) -> Result<Begun, RunError> {
    store.write_config(&config.to_toml(store.root()))?;
    if let Some(file) = previous {
        store.keep_previous(&file)?;
    }
    let memory = Memory::open()?;
    let capacity = memory.capacity(config.memory);
    let run_id = format!("{}-{}", utc_stamp(), std::process::id());
    let enclosure = Enclosure::open(&run_id, config.settings.enforce, Enclosure::sweep())?;
    let History { lessons, facts: mut found } = learnt(config, store);
    found.extend(config.settings.policy.as_deref().and_then(|policy| learning::copy(policy, store)));
    let recipe = recipe(config, store, fingerprint)?;
    let length = input_bytes(store, fingerprint);
    let state = state(config, recipe, lessons, capacity.bytes, length, Duration::ZERO);
    let settings = config
        .to_journal(run_id.clone(), store.is_in_runs(), fingerprint, &capacity)
        .map_err(|source| RunError::System { act: "find the current directory", source })?;
    let journal = JournalWriter::create(&store.journal())?;
    let mut chronicle = Chronicle::new(journal, reporter(config, store, &run_id)?);
    chronicle.begin(clock.now(), settings)?;
    // Before any worker starts: what does not stand in its folder cannot be gone on from.
    store.sync()?;
    Ok(Begun { memory, capacity, enclosure, chronicle, run_id, state, found })
}

/// Waits, and hears signals while it does: from here on none of them is lost.
#[derive(Debug)]
pub(crate) struct Patient {
    runtime: Runtime,
    interrupts: Interrupts,
}

impl Patient {
    pub(crate) fn new() -> Result<Self, RunError> {
        let system = |act| move |source| RunError::System { act, source };
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(system("start"))?;
        let interrupts = {
            let _inside = runtime.enter();
            Interrupts::listen().map_err(system("listen for signals"))?
        };
        Ok(Self { runtime, interrupts })
    }

    /// Does what may have to wait for another run, unless a signal comes first.
    pub(crate) fn wait<T>(
        &mut self,
        if_running: IfRunning,
        progress: Progress,
        act: impl AsyncFnOnce(&Turn<'_>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let notify = Notify::open();
        let tell = |words: String| {
            if let IfRunning::Wait(longest) = if_running {
                notify.waiting(longest, &words);
            }
            if !matches!(progress, Progress::Never | Progress::Quiet) {
                let _ = writeln!(io::stderr(), "{words}");
            }
        };
        let longest = match if_running {
            IfRunning::Exit => None,
            IfRunning::Wait(longest) => Some(longest),
        };
        self.runtime.block_on(async {
            let turn = Turn::new(longest, &tell);
            tokio::select! {
                biased;
                done = act(&turn) => done,
                interrupt = self.interrupts.next() => Err(RunError::Interrupted(interrupt)),
            }
        })
    }
}

/// All that a run has when its first worker may be started.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) memory: Memory,
    pub(crate) capacity: Capacity,
    pub(crate) enclosure: Enclosure,
    pub(crate) chronicle: Chronicle,
    pub(crate) run_id: String,
    pub(crate) patient: Patient,
}

/// Runs from a state to the end. `found` is what is to be told behind the opening.
pub(crate) fn carry_out(ready: Ready, state: State, found: Vec<Fact>, metrics: &mut Metrics) -> Result<Exit, RunError> {
    let Ready { config, store, clock, mut memory, capacity, mut enclosure, mut chronicle, run_id, patient } = ready;
    let system = |act| move |source| RunError::System { act, source };
    let sockets = store.make_sockets(&run_id)?;
    wire::call_below(sockets.folder());
    // Whoever loses its parent becomes our child, so that nobody of the run can slip away unseen.
    let inherited = Inherited::look();
    prctl::set_child_subreaper(true).map_err(|errno| system("adopt orphans")(errno.into()))?;
    let began = Fact::Began {
        instance: config.instance.clone(),
        run_dir: store.root().to_owned(),
        capacity: capacity.clone(),
        host: memory.host(clock.instant(clock.now())),
        threads: config.threads,
        seed: config.seed,
    };
    let origin = Fact::Origin(Origin::look(&run_id, state.instance_sum()));
    let enforced = Fact::Enforced(enclosure.enforcement().clone());
    let swept = Some(enclosure.swept()).filter(|swept| **swept != Swept::default()).cloned().map(Fact::Swept);
    let engine = Fact::Engine(config.engine.clone());
    for fact in [began, origin, enforced, engine].into_iter().chain(swept).chain(found) {
        chronicle.tell(clock.now(), &fact)?;
    }
    let programs = Programs::new(config.programs.clone(), run_id.clone()).with(config.engine.variable());
    let patience = config.settings.patience.kill;
    let policy = state.policy_sum();
    let is_on_tmpfs = tmpfs::is_memory(store.root()).unwrap_or(false);
    let (output, keep) = (config.output, config.keep);
    let page = Page::new(&config, &store, &run_id);
    let pens = enclosure.pens();
    let mut notify = Notify::open();
    notify.ready();
    let devices = DeviceLocks::none();
    let parts =
        Loop { config, store, clock, programs, memory, capacity, chronicle, is_on_tmpfs, notify, pens, devices };
    let Patient { runtime, interrupts } = patient;
    let conducted = runtime.block_on(conduct(parts, state, interrupts));
    // What still waits for workers ends with the runtime; what slipped out of its group ends here.
    drop(runtime);
    let stuck = conducted.as_ref().map_or_else(|_| Vec::new(), |conducted| conducted.stuck.clone());
    inherited.sweep_others(&run_id, &stuck, patience);
    drop(sockets);
    // Who is stuck is in there for as long as it likes.
    let closed = enclosure.close(if stuck.is_empty() { patience } else { Duration::ZERO });
    let Conducted { ending, mut chronicle, store, .. } = conducted?;
    if let Err(error) = closed {
        chronicle.tell(clock.now(), &Fact::GroupLeft { why: format!("failed to {error}") })?;
    }
    for fact in learning::told(&store, policy).into_iter().chain([Fact::Spent { processor: processor_time() }]) {
        chronicle.tell(clock.now(), &fact)?;
    }
    metrics.note(chronicle.figures(&ending));
    let ended = end(clock, &ending, chronicle, &store, &page, (output, keep));
    // Whoever writes the report may have started somebody, too.
    inherited.sweep_others(&run_id, &stuck, patience);
    ended
}

/// That of all workers that were reaped.
fn processor_time() -> Duration {
    let of = |time: TimeVal| Duration::from_micros(time.num_microseconds().unsigned_abs());
    getrusage(UsageWho::RUSAGE_CHILDREN).map_or(Duration::ZERO, |used| of(used.user_time()) + of(used.system_time()))
}

/// The timetable that people have already, where one is named: it has to be there before anything begins.
fn previous(config: &Config) -> Result<Option<PathBuf>, RunError> {
    let file =
        |path: &PathBuf| timetable_of(path).map_err(|source| RunError::NoPrevious { path: path.clone(), source });
    config.previous.as_ref().map(file).transpose()
}

/// How much a run reads: its instance, and the timetable before.
pub(crate) fn input_bytes(store: &Store, instance: Fingerprint) -> Bytes {
    let previous = store.previous().and_then(|file| fs::metadata(file).ok()).map_or(0, |found| found.len());
    Bytes(instance.bytes + previous)
}

/// The programs that are to work for a stage have to be there, and to be programs.
pub(crate) fn check_programs(config: &Config) -> Result<(), RunError> {
    for (stage, path) in &config.programs {
        let no_program = |source| RunError::NoProgram { stage: *stage, path: path.clone(), source };
        let found = fs::metadata(path).map_err(no_program)?;
        let not_a_program = |why| Err(RunError::NotAProgram { stage: *stage, path: path.clone(), why });
        if !found.is_file() {
            return not_a_program("it is no file");
        }
        if found.permissions().mode() & 0o111 == 0 {
            return not_a_program("nobody may execute it");
        }
    }
    Ok(())
}

/// The report of a run, from its beginning or from where it stands.
pub(crate) fn reporter(config: &Config, store: &Store, run_id: &str) -> Result<Reporter, RunError> {
    let limit = config.settings.thresholds.pipeline;
    let reporter = Reporter::open(store.root(), Terminal::stderr(config.progress), limit)?;
    Ok(reporter.with(config.time_limit, config.output).logging(config.log.as_ref(), run_id))
}

/// What the results of the run depend on.
pub(crate) fn recipe(config: &Config, store: &Store, instance: Fingerprint) -> Result<Recipe, RunError> {
    let previous = store.previous().map(|path| {
        let sum = fingerprint(&path).map(|found| found.sum);
        sum.map_err(|source| RunError::NoPrevious { path, source })
    });
    let planted = config.programs.iter().map(|(stage, path)| {
        let no_program = |source| RunError::NoProgram { stage: *stage, path: path.clone(), source };
        Ok((*stage, fingerprint(path).map_err(no_program)?.sum))
    });
    let policy = config.settings.policy.as_ref().and_then(|_| learning::sum_before(store));
    let without_policy = config.settings.policy.is_some() && policy.is_none();
    let by_the_mix = || (Stage::Resolve, Setting { key: "resolve.select".to_owned(), value: "prior".to_owned() });
    let of_workers = config.settings.of_workers.iter().cloned().chain(config.engine.setting());
    let of_workers = of_workers.chain(config.population_on_device());
    Ok(Recipe {
        instance: instance.sum,
        previous: previous.transpose()?,
        seed: config.seed,
        effort: config.effort,
        // The last one of a key wins.
        of_workers: of_workers.chain(without_policy.then(by_the_mix)).collect(),
        policy,
        planted: planted.collect::<Result<_, RunError>>()?,
    })
}

/// What earlier runs teach, wherever the user or the place of the run says that they lie.
pub(crate) fn learnt(config: &Config, store: &Store) -> History {
    let place = match &config.history {
        Some(HistoryFrom::Off) => None,
        Some(HistoryFrom::At(place)) => Some(place.as_path()),
        None => store.of_instance(),
    };
    place.map_or_else(History::default, |place| history(place, store.root()))
}

/// A run that has not begun. `capacity` is that of its first start; its time limit lasts at least until `least`.
pub(crate) fn state(
    config: &Config,
    recipe: Recipe,
    lessons: Lessons,
    capacity: Bytes,
    instance_bytes: Bytes,
    least: Duration,
) -> State {
    let settings = &config.settings;
    let shares = |limit: Duration| Shares::new(limit.max(least), settings.share_solve, settings.share_evolve);
    let optional = [Stage::Cluster, Stage::Commit, Stage::Solve, Stage::Evolve, Stage::Resolve];
    let rules = Rules {
        threads: config.threads,
        recipe,
        stage_memory: config.stage_memory.clone(),
        lessons,
        instance_bytes,
        sweeps: settings.sweeps,
        engine_memory: config.engine.memory(),
        solve_memory: cluster_memory(capacity.percent(settings.thresholds.pipeline)),
        patience: settings.patience,
        retries: settings.retries,
        stages: optional.into_iter().filter(|stage| config.runs(*stage)).collect(),
        gpu: config.gpu(),
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
    page: &Page,
    (output, keep): (Output, Option<u32>),
) -> Result<Exit, RunError> {
    chronicle.end(clock.now(), ending)?;
    // It reads what was just written. Without it the run is what it was.
    if let Err(error) = page.write(store) {
        chronicle.tell(clock.now(), &Fact::Unreported { why: format!("failed to {error}") })?;
    }
    let is_ended_well = matches!(ending.exit, Exit::Complete | Exit::Degraded | Exit::Incomplete);
    let is_verified = is_ended_well && ending.components.is_some();
    if is_verified {
        store.point_latest_here()?;
    }
    // A run whose result could not be written is not over.
    chronicle.finish(clock.now(), ending)?;
    if let Some(keep) = keep.filter(|_| is_verified) {
        chronicle.tell(clock.now(), &Fact::Tidied(store.tidy(keep)))?;
    }
    if output == Output::Json {
        let mut stdout = io::stdout().lock();
        // A closed stdout changes nothing about how the run ended.
        let _ = stdout.write_all(chronicle.result(ending).as_bytes()).and_then(|()| stdout.flush());
    }
    match chronicle.take_trouble() {
        Some(trouble) => Err(trouble.into()),
        None => Ok(ending.exit),
    }
}
