//! What the journals of earlier runs say about memory. They are read here and nowhere else; what follows from them is decided
//! in `policy`. A journal that cannot be read costs a line and teaches nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use shared::artifact::Header;
use shared::bytes::Bytes;
use shared::codec;
use shared::model::partition::FanOut;
use shared::wire::Stage;

use crate::dispatch::Fact;
use crate::journal::{Entry, Journal, JournalError, Record, RunState, read, replay};
use crate::plan::{Work, partition};
use crate::policy::{Lessons, Trial};
use crate::store::JOURNAL;

/// Runs that are learnt from, the newest first: memory needs change with the instance, and old ones mislead.
const RUNS_MAX: usize = 5;
/// Runs that are looked at, finished or not, so that a folder full of broken ones holds up no start.
const LOOKS_MAX: usize = 20;
/// Bytes of all journals that are read. A run of a hundred jobs writes some 50 KiB.
const BYTES_MAX: u64 = 32 << 20;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// What it teaches.
    pub(crate) lessons: Lessons,
    /// What is to be told of the finding itself.
    pub(crate) facts: Vec<Fact>,
}

/// Learns from the run at `place`, or from the newest finished ones in that folder; never from `own`.
pub(crate) fn history(place: &Path, own: &Path) -> History {
    let mut history = History::default();
    let mut ignored = |path: PathBuf, why: String| history.facts.push(Fact::HistoryIgnored { path, why });
    let (mut learnt, mut bytes) = (0, 0);
    for (journal, length) in journals(place, own, &mut ignored).into_iter().take(LOOKS_MAX) {
        bytes += length;
        if bytes > BYTES_MAX {
            ignored(journal, format!("read more than {} of journals", Bytes(BYTES_MAX)));
            break;
        }
        match finished(&journal) {
            Ok(Some((entries, state))) => {
                let run = journal.parent().unwrap_or(place);
                history.lessons.learn(&name(run), &trials(&entries, &state, |sweep| table(run, &state, sweep)));
                learnt += 1;
            }
            // Whoever still runs, or was killed, may have been at the wrong size all the time.
            Ok(None) => {}
            Err(error) => ignored(journal, error.to_string()),
        }
        if learnt == RUNS_MAX {
            break;
        }
    }
    history
}

/// The journals there, the one that was last written to first, with their lengths.
fn journals(place: &Path, own: &Path, ignored: &mut impl FnMut(PathBuf, String)) -> Vec<(PathBuf, u64)> {
    let of = |run: &Path| {
        let path = run.join(JOURNAL);
        let found = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        Some((found.modified().unwrap_or(SystemTime::UNIX_EPOCH), path, found.len()))
    };
    let mut found = match (of(place), fs::read_dir(place)) {
        (Some(one), _) => vec![one],
        (None, Ok(entries)) => {
            let is_other = |run: &PathBuf| run != own && fs::symlink_metadata(run).is_ok_and(|found| found.is_dir());
            entries.flatten().map(|entry| entry.path()).filter(is_other).filter_map(|run| of(&run)).collect()
        }
        (None, Err(error)) => {
            ignored(place.to_owned(), format!("look into it: {error}"));
            Vec::new()
        }
    };
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, path, length)| (path, length)).collect()
}

/// What a finished run has written down; nothing of one that is not finished.
fn finished(journal: &Path) -> Result<Option<(Vec<Entry>, RunState)>, JournalError> {
    let Journal { entries, .. } = read(journal)?;
    let not_ours = |why| JournalError::NotAJournal { path: journal.to_owned(), why };
    let state = replay(&entries).map_err(|error| not_ours(error.to_string()))?;
    Ok(state.finished.is_some().then_some((entries, state)))
}

/// The attempts that were enough or ran out of memory.
fn trials(entries: &[Entry], state: &RunState, table: impl Fn(u32) -> Option<FanOut>) -> Vec<Trial> {
    let instance = state.run.as_ref().map_or(Bytes(0), |run| Bytes(run.fingerprint.bytes));
    let tables: Vec<FanOut> = (0..).map_while(table).collect();
    let size = |stage: Stage, job: &str| match stage {
        Stage::Solve => {
            let (sweep, row) = Work::row_of(job)?;
            Some(Bytes(tables.get(sweep as usize)?.jobs.get(row as usize)?.bytes))
        }
        _ => Some(instance),
    };
    let mut allotments: BTreeMap<&str, Bytes> = BTreeMap::new();
    let mut trials = Vec::new();
    for entry in entries {
        match &entry.record {
            Record::Reserved { name, allotment } => drop(allotments.insert(&name.job, Bytes(*allotment))),
            Record::Reaped { name, outcome, peak, .. } => {
                let was_enough = outcome == "sealed";
                let stage = state.jobs.get(&name.job).map(|job| job.stage);
                let allotment = allotments.get(name.job.as_str());
                if let (Some(stage), Some(&allotment), true) =
                    (stage, allotment, was_enough || outcome == "oom_allotment")
                    && let Some(size) = size(stage, &name.job)
                {
                    let (job, peak) = (name.job.clone(), Bytes(*peak));
                    trials.push(Trial { stage, job, size, allotment, peak, was_enough });
                }
            }
            _ => {}
        }
    }
    trials
}

/// The fan-out table of a sweep of a run, if it is still the one that its journal speaks of.
fn table(run: &Path, state: &RunState, sweep: u32) -> Option<FanOut> {
    let name = partition(sweep);
    let header = Header::read(&run.join(&name)).ok()?;
    let sealed = state.sealed.get(&name)?;
    let is_same = (header.body_sum, header.key.0) == (sealed.body_sum, sealed.key);
    codec::decode(&header.note).ok().filter(|_| is_same)
}

fn name(run: &Path) -> String {
    run.file_name().map_or_else(|| run.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::journal::{AttemptName, Fingerprint, JournalWriter, RunSettings};

    /// A run of an instance of 1000 bytes whose evolve died at `died`, if that is said, and was well with `enough`.
    fn run(folder: &Path, name: &str, died: Option<u64>, enough: u64, is_finished: bool) -> PathBuf {
        let root = folder.join(name);
        fs::create_dir(&root).unwrap();
        let mut journal = JournalWriter::create(&root.join(JOURNAL)).unwrap();
        let settings =
            RunSettings { fingerprint: Fingerprint { bytes: 1000, sum: 1 }, ..crate::journal::testing::settings() };
        let mut records = vec![Record::RunStarted(settings)];
        records.push(Record::JobPlanned { stage: Stage::Evolve, job: "evolve".to_owned(), wave: 0 });
        let ends = died.map(|allotment| (allotment, "oom_allotment")).into_iter().chain([(enough, "sealed")]);
        for ((allotment, outcome), attempt) in ends.zip(1..) {
            let name = AttemptName { job: "evolve".to_owned(), attempt };
            records.push(Record::Reserved { name: name.clone(), allotment });
            records.push(Record::Reaped { name, outcome: outcome.to_owned(), peak: allotment, freed: 0 });
        }
        records.extend(is_finished.then_some(Record::Finished { exit: 0 }));
        for record in records {
            journal.append(Duration::ZERO, record).unwrap();
        }
        root
    }

    fn enough(history: &History) -> Option<(u64, &str)> {
        history.lessons.of(Stage::Evolve, Bytes(1000)).map(|lesson| (lesson.enough.0, lesson.run.as_str()))
    }

    #[test]
    fn finished_runs_teach_and_the_own_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let one = run(folder.path(), "one", Some(100), 500, true);
        run(folder.path(), "two", None, 300, true);
        run(folder.path(), "broken off", Some(100), 7000, false);
        let own = run(folder.path(), "own", Some(100), 9000, true);
        assert_eq!(enough(&history(folder.path(), &own)), Some((550, "one")));
        assert_eq!(enough(&history(&folder.path().join("two"), &own)), Some((330, "two")), "one run alone");
        assert_eq!(enough(&history(folder.path(), &one)), Some((9900, "own")));
    }

    #[test]
    fn only_the_newest_runs_count() {
        let folder = tempfile::tempdir().unwrap();
        let place = run(folder.path(), "old", Some(100), 7000, true);
        let old = fs::File::options().append(true).open(place.join(JOURNAL)).unwrap();
        old.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        (0..RUNS_MAX).for_each(|number| drop(run(folder.path(), &format!("new-{number}"), None, 300, true)));
        assert_eq!(enough(&history(folder.path(), Path::new(""))).unwrap().0, 330);
    }

    #[test]
    fn what_is_no_journal_costs_a_line_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), "good", None, 300, true);
        let strange = run(folder.path(), "strange", None, 9000, true).join(JOURNAL);
        fs::write(strange, "nobody's journal").unwrap();
        let torn = run(folder.path(), "torn", None, 9000, true).join(JOURNAL);
        let bytes = fs::read(&torn).unwrap();
        fs::write(torn, &bytes[..bytes.len() - 1]).unwrap();
        let found = history(folder.path(), Path::new(""));
        assert_eq!(enough(&found), Some((330, "good")));
        assert!(matches!(&found.facts[..], [Fact::HistoryIgnored { why, .. }] if why.contains("no journal")));
        let nowhere = history(&folder.path().join("nowhere"), Path::new(""));
        assert!(matches!(&nowhere.facts[..], [Fact::HistoryIgnored { why, .. }] if why.starts_with("look into it")));
    }
}
