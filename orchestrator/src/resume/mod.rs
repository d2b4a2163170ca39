//! `carillon resume` from its arguments to its exit code: what a dead run has left becomes the state that the same loop goes on
//! from. Nothing here decides what happens next.
//!
//! ```text
//! findings   which jobs are done: what the journal says, where the files say the same
//! past       what was told of the run before, for the report
//! ```

mod findings;
mod past;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use shared::artifact::{Artifact, Header};
use shared::bytes::Bytes;
use shared::exit::Exit;

use crate::cli::{Output, ResumeArgs};
use crate::clock::Clock;
use crate::config::{Config, Layers, POLICY};
use crate::dispatch::{Chronicle, Fact, Recipe, State};
use crate::error::RunError;
use crate::fingerprint::fingerprint;
use crate::history::History;
use crate::journal::{Fingerprint, Journal, JournalError, JournalWriter, Record, RunSettings};
use crate::learning;
use crate::metrics::Metrics;
use crate::open_files::make_room;
use crate::run::{Patient, Ready, carry_out, check_programs, exit_code, input_bytes, learnt, recipe, reporter, state};
use crate::store::{JOURNAL, Store};
use crate::supervise::{Enclosure, Swept, end_leftovers};
use crate::watch::Memory;

use findings::Findings;

/// A run whose time is over gets so much more, so that it can export what it has.
const TIME_LEAST: Duration = Duration::from_secs(1);

/// Goes on with a run that was broken off. The exit code tells how it ended.
pub fn resume(args: &ResumeArgs) -> ExitCode {
    let filled = Layers::look(args.config.as_deref()).map(|layers| layers.fill_resume(args.clone()));
    let mut metrics = Metrics::new(filled.as_ref().unwrap_or(args).telling.metrics.clone());
    let result = filled.map_err(RunError::from).and_then(|args| resumed(&args, &mut metrics));
    exit_code(result, &metrics)
}

fn resumed(args: &ResumeArgs, metrics: &mut Metrics) -> Result<Exit, RunError> {
    let no_run = || RunError::NoRun { path: args.run.clone() };
    // Without links, so that `latest` leads to the run and not to itself.
    let root = fs::canonicalize(&args.run).map_err(|_| no_run())?;
    if !root.join(JOURNAL).is_file() {
        return Err(no_run());
    }
    let mut patient = Patient::new()?;
    let (flag, progress) = (args.if_running.unwrap_or_default(), args.telling.progress());
    let mut store = patient.wait(flag, progress, async |turn| Ok(Store::reopen(root, turn).await?))?;
    // First of all: whatever keeps this start from going on, the dead run's groups are gone.
    let swept = Enclosure::sweep();
    let (writer, journal) = JournalWriter::go_on(&store.journal())?;
    let Some(run) = writer.state().run.clone() else {
        let why = "the run was broken off before it began: start it anew".to_owned();
        return Err(JournalError::NotAJournal { path: store.journal(), why }.into());
    };
    let config = Config::again(&run, store.root(), args)?;
    let mut remarks = Vec::new();
    let instance = look_at_instance(&config, run.fingerprint, &mut remarks);
    let is_news = args.asks_for_other_work() && config.changes(&run).is_some();
    let is_stale = is_news || instance.is_some_and(|now| now != run.fingerprint);
    if let Some(exit) = writer.state().finished.and_then(end_for_good).filter(|_| !is_stale) {
        return Ok(say_finished(&store, exit, args.telling.output.unwrap_or_default()));
    }
    if run.is_in_runs {
        patient.wait(flag, progress, async |turn| Ok(store.join_runs(turn).await?))?;
    }
    let config = config.with_engine();
    // What the results of the last start depended on.
    let last = Config::again(&run, store.root(), &args.without_other_work())?.with_engine();
    let before = recipe(&last, &store, run.fingerprint)?;
    let is_policy_new = args.settings.iter().any(|setting| setting.key == POLICY);
    let policy = config.settings.policy.as_deref().filter(|_| is_policy_new);
    let ignored = policy.and_then(|policy| learning::copy(policy, &store));
    take_up(Found { config, before, instance, remarks, store, swept, writer, journal, run, ignored }, patient, metrics)
}

/// A run that is there, and is to be gone on with.
struct Found {
    config: Config,
    before: Recipe,
    instance: Option<Fingerprint>,
    remarks: Vec<String>,
    store: Store,
    swept: Swept,
    writer: JournalWriter,
    journal: Journal,
    run: RunSettings,
    /// That the policy which is named anew is not there.
    ignored: Option<Fact>,
}

/// The ends behind which there is nothing left to do. All others can be gone on from.
fn end_for_good(code: u8) -> Option<Exit> {
    [Exit::Complete, Exit::Degraded, Exit::Incomplete, Exit::Infeasible].into_iter().find(|exit| exit.code() == code)
}

/// Tells a user, or a script that calls once too often, how the run has ended.
fn say_finished(store: &Store, exit: Exit, output: Output) -> Exit {
    let root = store.root().display();
    let words = format!("nothing is left to do: the run in {root} is finished, with exit code {}", exit.code());
    // Closed streams change nothing about how the run has ended.
    let _ = writeln!(std::io::stderr(), "{words}");
    if output == Output::Json {
        let _ = fs::read(store.artifact("result.json")).and_then(|text| std::io::stdout().write_all(&text));
    }
    exit
}

fn take_up(found: Found, patient: Patient, metrics: &mut Metrics) -> Result<Exit, RunError> {
    let Found { config, before, instance, mut remarks, store, swept, writer, journal, run, ignored } = found;
    metrics.are_about(&config.instance);
    check_programs(&config)?;
    make_room(config.threads)?;
    let ended = end_leftovers(&run.run_id)?;
    if ended > 0 {
        remarks.push(format!("processes of the run that were left, and ended now: {ended}"));
    }
    store.remove_unfinished()?;
    let used = journal.entries.last().map_or(Duration::ZERO, |last| Duration::from_millis(last.at_ms));
    let clock = Clock::start(used);
    let now = instance.unwrap_or(run.fingerprint);
    let recipe = recipe(&config, &store, now)?;
    let mut findings = Findings::look(&store, &config, writer.state(), before);
    let History { lessons, mut facts } = learnt(&config, &store);
    let fresh = || {
        let (capacity, length) = (Bytes(run.capacity), input_bytes(&store, now));
        state(&config, recipe.clone(), lessons.clone(), capacity, length, used + TIME_LEAST)
    };
    let state = recalled(&store, fresh, used, &mut findings, &mut remarks);
    let settled = state.settled_jobs();
    if instance.is_none() && !settled.contains("load") {
        let source = std::io::ErrorKind::NotFound.into();
        return Err(RunError::NoInput { path: config.instance, source });
    }
    // Removed before it is written that it does not count: what is found later was made later, or has the right key.
    store.remove_artifacts_but(&findings.files_of(&settled))?;
    let changed = config.changes(&run);
    if changed.is_some() {
        store.write_config(&config.to_toml(store.root()))?;
        remarks.push("with other settings than before: what depends on them runs again".to_owned());
    }
    let unwritten = settled.iter().filter_map(|job| findings.unwritten_file(job));
    remarks.extend(unwritten.map(|file| format!("{file} was sealed and not written down yet: it counts")));
    let records = records(&findings, writer.state(), &settled, Start { fingerprint: now, changed });
    let enclosure = Enclosure::open(&run.run_id, config.settings.enforce, swept)?;
    let mut chronicle = Chronicle::new(writer, reporter(&config, &store, &run.run_id)?);
    chronicle.resume(clock.now(), records, findings.into_records(), &past::facts(&journal.entries))?;
    facts.insert(0, Fact::Resumed { done: settled.len(), jobs: state.jobs(), remarks });
    facts.extend(ignored);
    let memory = Memory::open()?;
    let capacity = memory.capacity(config.memory);
    let run_id = run.run_id.clone();
    let ready = Ready { config, store, clock, memory, capacity, enclosure, chronicle, run_id, patient };
    carry_out(ready, state, facts, metrics)
}

/// The instance as it is now, if it is there.
fn look_at_instance(config: &Config, before: Fingerprint, remarks: &mut Vec<String>) -> Option<Fingerprint> {
    let name = config.instance.display();
    match fingerprint(&config.instance) {
        Ok(now) if now == before => Some(now),
        Ok(now) => {
            remarks.push(format!("{name} has changed: everything that depends on it runs again"));
            Some(now)
        }
        Err(error) => {
            remarks.push(format!("{name} cannot be read any more ({error}): what was sealed of it is used"));
            None
        }
    }
}

/// The state that the run had come to. A file that jobs still to come will read has to be whole; where it is not, its job and
/// all behind it run again, and so has one that may count later. A file that nobody needs any more may be as it likes.
fn recalled(
    store: &Store,
    fresh: impl Fn() -> State,
    used: Duration,
    findings: &mut Findings,
    remarks: &mut Vec<String>,
) -> State {
    let mut sound = BTreeSet::new();
    loop {
        let mut state = fresh();
        state.recall(used, findings.past.clone());
        let mut needed = state.files_needed().into_iter().chain(state.files_in_doubt());
        let damaged = needed.find(|(file, _)| !sound.contains(file) && !is_sound(store, file, &mut sound));
        let Some((file, job)) = damaged else { return state };
        remarks.push(format!("{file} is damaged: {job} and what depends on it runs again"));
        findings.distrust(&job);
    }
}

fn is_sound(store: &Store, file: &str, sound: &mut BTreeSet<String>) -> bool {
    let path = store.artifact(file);
    let is_whole = Header::read(&path).and_then(|header| Artifact::open(&path, header.kind)).is_ok();
    if is_whole {
        sound.insert(file.to_owned());
    }
    is_whole
}

/// With what this start goes on.
struct Start {
    fingerprint: Fingerprint,
    changed: Option<RunSettings>,
}

/// What is to be written down of all that.
fn records(
    findings: &Findings,
    run: &crate::journal::RunState,
    settled: &BTreeSet<String>,
    start: Start,
) -> Vec<Record> {
    let counted: BTreeSet<&String> = run.sealed.values().map(|file| &file.job).collect();
    let is_reopened = |name: &String| !settled.contains(name) && (findings.was_closed(name) || counted.contains(name));
    let reopened = run.jobs.keys().filter(|name| is_reopened(name)).map(|job| Record::Reopened { job: job.clone() });
    let done = settled.iter().filter(|job| !findings.was_closed(job)).filter_map(|job| {
        let adopted = findings.adopted(job);
        let is_sealed = counted.contains(job);
        adopted.or_else(|| is_sealed.then(|| Record::Accepted { job: job.clone() }))
    });
    let Start { fingerprint, changed } = start;
    let begins = [Record::Resumed { fingerprint }].into_iter().chain(changed.map(Record::Changed));
    reopened.chain(begins).chain(done).collect()
}
