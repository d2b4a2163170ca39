//! Journals as a whole: written, cut short, damaged, read back, replayed.

use std::fs;

use proptest::prelude::*;
use shared::wire::Stage;

use super::*;
use crate::journal::frame::HEADER_BYTES;
use crate::journal::reader::parse;
use crate::journal::testing::settings;
use crate::journal::{AttemptName, Fingerprint, Phase, RunSettings, Running, Tail, Told, read, replay};

const TOLD: Told = Told { effort: 0.5, reproducible: true, optimal: false };

fn name(job: &str, attempt: u32) -> AttemptName {
    AttemptName { job: job.to_owned(), attempt }
}

/// The records of a run of `jobs` jobs; every third one is killed once before it succeeds.
fn whole_run(jobs: u32) -> Vec<Record> {
    let mut records = vec![Record::RunStarted(settings())];
    for number in 0..jobs {
        let job = format!("solve.{number}");
        records.push(Record::JobPlanned { stage: Stage::Solve, job: job.clone(), wave: number / 2 });
        let attempts = if number % 3 == 0 { 2 } else { 1 };
        for attempt in 1..=attempts {
            let name = name(&job, attempt);
            records.push(Record::Reserved { name: name.clone(), allotment: 1 << 20 });
            records.push(Record::Spawned { name: name.clone(), pid: 100 + number, started: 5 });
            let outcome = if attempt < attempts {
                records.push(Record::Killed { name: name.clone(), why: "over_allotment".to_owned() });
                "oom_allotment"
            } else {
                records.push(Record::Published { name: name.clone(), told: TOLD });
                let file = format!("fragment-0-{number}.art");
                records.push(Record::Sealed { name: name.clone(), file, body_sum: 7, key: 1 << 100 });
                "sealed"
            };
            records.push(Record::Reaped { name, outcome: outcome.to_owned(), peak: u64::from(number), freed: 3 });
        }
        records.push(Record::Accepted { job });
    }
    records.push(Record::Verdict { stage: Stage::Solve, accepted: true, hard: 0, unplaced: 0, cost: 5 });
    records.push(Record::Interrupted { signal: 15 });
    records.push(Record::Finished { exit: 143 });
    records
}

fn bytes_of(records: &[Record]) -> Vec<u8> {
    let mut bytes = frame::header().to_vec();
    for (sequence, record) in records.iter().enumerate() {
        let entry = Entry { sequence: sequence as u64, at_ms: 10 * sequence as u64, record: record.clone() };
        bytes.extend(frame::frame(&entry).unwrap());
    }
    bytes
}

#[test]
fn what_is_written_is_read() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("run.journal");
    let mut writer = JournalWriter::create(&path).unwrap();
    let records = whole_run(4);
    for (step, record) in records.iter().enumerate() {
        writer.append(Duration::from_millis(10 * step as u64), record.clone()).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), bytes_of(&records));
    let journal = read(&path).unwrap();
    assert_eq!(journal.tail, Tail::Clean);
    assert!(journal.entries.iter().map(|entry| &entry.record).eq(&records));
    assert_eq!(&replay(&journal.entries).unwrap(), writer.state());
    assert!(JournalWriter::create(&path).is_err(), "nothing is written over");
}

#[test]
fn the_state_tells_what_another_start_needs() {
    let records = whole_run(4);
    let journal = parse(&bytes_of(&records)).unwrap();
    let state = replay(&journal.entries).unwrap();
    assert_eq!(state.jobs["solve.3"].attempts, 2);
    assert_eq!(state.jobs["solve.1"].phase, Phase::Accepted);
    assert_eq!(state.sealed["fragment-0-2.art"].job, "solve.2");
    assert_eq!((state.verdicts[&Stage::Solve].cost, state.interrupted, state.finished), (5, Some(15), Some(143)));
    let spawned = records.iter().position(|record| matches!(record, Record::Spawned { .. })).unwrap();
    let cut = replay(&journal.entries[..=spawned]).unwrap();
    assert_eq!(cut.running().collect::<Vec<_>>(), [Running { pid: 100, started: 5 }]);
    assert_eq!(state.running().count(), 0);
}

#[test]
fn a_torn_tail_is_cut_before_going_on() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("run.journal");
    let records = whole_run(2);
    let bytes = bytes_of(&records[..records.len() - 1]);
    fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let (mut writer, journal) = JournalWriter::go_on(&path).unwrap();
    assert_eq!(journal.entries.len(), records.len() - 2);
    assert!(matches!(journal.tail, Tail::Cut { why: "the last record is torn", .. }));
    writer.append(Duration::ZERO, Record::Finished { exit: 0 }).unwrap();
    let journal = read(&path).unwrap();
    assert_eq!((journal.tail, journal.entries.len()), (Tail::Clean, records.len() - 1));
    assert_eq!(journal.entries.last().unwrap().record, Record::Finished { exit: 0 });
}

#[test]
fn what_is_no_journal_is_refused_with_the_reason() {
    let of = |bytes: &[u8]| parse(bytes).unwrap_err();
    assert_eq!(of(b""), "it is too short for a journal");
    assert_eq!(of(b"solution of some kind"), "it is no journal");
    let mut other = frame::header();
    other[8] = 9;
    assert_eq!(of(&other), "its header is damaged");
    let sum = crc32fast::hash(&other[..12]);
    other[12..].copy_from_slice(&sum.to_le_bytes());
    assert_eq!(of(&other), "it is of format version 9, this program knows 2");
}

#[test]
fn repeated_and_reordered_records_end_the_journal() {
    let records = whole_run(1);
    let frames: Vec<Vec<u8>> = records
        .iter()
        .enumerate()
        .map(|(at, record)| frame::frame(&Entry { sequence: at as u64, at_ms: 0, record: record.clone() }).unwrap())
        .collect();
    for order in [vec![0, 1, 1], vec![0, 2, 1], vec![1], vec![0, 1, 3]] {
        let behind: Vec<u8> = order.iter().flat_map(|frame| frames[*frame].clone()).collect();
        let bytes = [&frame::header()[..], &behind].concat();
        let journal = parse(&bytes).unwrap();
        assert!(matches!(journal.tail, Tail::Cut { why: "a record is missing or repeated", .. }), "{order:?}");
        assert!(journal.entries.len() < order.len());
    }
}

#[test]
fn records_that_cannot_follow_are_refused_and_change_nothing() {
    let planned = |job: &str| Record::JobPlanned { stage: Stage::Solve, job: job.to_owned(), wave: 0 };
    let reserved = |attempt| Record::Reserved { name: name("a", attempt), allotment: 1 };
    let spawned = |attempt| Record::Spawned { name: name("a", attempt), pid: 1, started: 1 };
    let start = [Record::RunStarted(settings()), planned("a")];
    let table: [(&[Record], Record); 9] = [
        (&[], planned("b")),
        (&[], Record::RunStarted(settings())),
        (&[], planned("a")),
        (&[], reserved(2)),
        (&[], spawned(1)),
        (&[], Record::Accepted { job: "b".to_owned() }),
        (&[reserved(1)], reserved(2)),
        (&[reserved(1), spawned(1)], Record::Accepted { job: "a".to_owned() }),
        (&[Record::Finished { exit: 0 }], planned("c")),
    ];
    for (case, (middle, last)) in table.into_iter().enumerate() {
        let before: Vec<Record> = if case == 0 { Vec::new() } else { start.iter().chain(middle).cloned().collect() };
        let mut state = replay(&parse(&bytes_of(&before)).unwrap().entries).unwrap();
        let kept = state.clone();
        let entry = Entry { sequence: before.len() as u64, at_ms: 0, record: last };
        assert!(state.apply(&entry).is_err(), "case {case}");
        assert_eq!(state, kept, "case {case}");
    }
}

#[test]
fn a_record_that_is_too_long_is_an_error_and_not_half_written() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("run.journal");
    let mut writer = JournalWriter::create(&path).unwrap();
    let instance = vec![b'x'; shared::codec::RECORD_BYTES_MAX];
    let long = Record::RunStarted(RunSettings { instance, ..settings() });
    assert!(matches!(writer.append(Duration::ZERO, long), Err(JournalError::Record(_))));
    writer.append(Duration::ZERO, Record::RunStarted(settings())).unwrap();
    assert_eq!(read(&path).unwrap().entries.len(), 1);
}

#[test]
fn another_start_goes_on_where_the_last_one_stands() {
    let records = whole_run(4);
    let mut state = replay(&parse(&bytes_of(&records)).unwrap().entries).unwrap();
    let mut sequence = records.len() as u64;
    let mut next = |state: &mut RunState, record| {
        sequence += 1;
        state.apply(&Entry { sequence, at_ms: 0, record })
    };
    let adopted = |job: &str| Record::Adopted {
        stage: Stage::Evolve,
        job: job.to_owned(),
        wave: 0,
        file: format!("{job}.art"),
        body_sum: 1,
        key: 2,
        told: TOLD,
    };
    assert!(next(&mut state, adopted("evolve")).is_err(), "not before the run is taken up");
    next(&mut state, Record::Reopened { job: "solve.1".to_owned() }).unwrap();
    assert!(!state.sealed.contains_key("fragment-0-1.art") && state.sealed.contains_key("fragment-0-2.art"));
    let fingerprint = Fingerprint { bytes: 10, sum: 8 };
    next(&mut state, Record::Resumed { fingerprint }).unwrap();
    assert_eq!((state.finished, state.interrupted), (None, None));
    assert_eq!(state.run.as_ref().unwrap().fingerprint, fingerprint);
    assert_eq!((state.jobs["solve.1"].phase, state.jobs["solve.1"].attempts), (Phase::Waiting, 1));
    next(&mut state, adopted("evolve")).unwrap();
    assert_eq!(state.jobs["evolve"].phase, Phase::Accepted);
    assert!(next(&mut state, adopted("evolve")).is_err(), "once only");
    next(&mut state, Record::Reserved { name: name("solve.1", 2), allotment: 1 }).unwrap();
    next(&mut state, Record::Resumed { fingerprint }).unwrap();
    assert_eq!(state.jobs["solve.1"].phase, Phase::Waiting, "whoever ran is gone");
}

proptest! {
    #[test]
    fn any_prefix_replays_to_a_state_that_the_run_was_in(jobs in 0_u32..7, share in 0.0_f64..=1.0) {
        let records = whole_run(jobs);
        let bytes = bytes_of(&records);
        let end = HEADER_BYTES + (share * (bytes.len() - HEADER_BYTES) as f64) as usize;
        let journal = parse(&bytes[..end]).unwrap();
        prop_assert!(journal.entries.iter().map(|entry| &entry.record).eq(&records[..journal.entries.len()]));
        prop_assert!(replay(&journal.entries).is_ok());
        prop_assert_eq!(journal.tail == Tail::Clean, journal.sound_bytes == end as u64);
        prop_assert_eq!(bytes_of(&records[..journal.entries.len()]).len() as u64, journal.sound_bytes);
    }

    #[test]
    fn any_flipped_bit_is_noticed(jobs in 0_u32..4, share in 0.0_f64..1.0, bit in 0_u32..8) {
        let records = whole_run(jobs);
        let mut bytes = bytes_of(&records);
        let at = (share * bytes.len() as f64) as usize;
        bytes[at] ^= 1 << bit;
        match parse(&bytes) {
            Err(_) => prop_assert!(at < HEADER_BYTES),
            Ok(journal) => {
                let is_cut = matches!(journal.tail, Tail::Cut { at: cut, .. } if cut <= at as u64);
                prop_assert!(is_cut);
                prop_assert!(journal.entries.iter().map(|entry| &entry.record).eq(&records[..journal.entries.len()]));
                prop_assert!(replay(&journal.entries).is_ok());
            }
        }
    }
}

/// Each kind of record that version 1 had.
fn records_of_version_1() -> Vec<Record> {
    let mut records = whole_run(2);
    let relieved = Record::Relieved { name: name("solve.0", 1) };
    records.insert(4, relieved);
    records.push(Record::Reopened { job: "solve.1".to_owned() });
    records.push(Record::Resumed { fingerprint: Fingerprint { bytes: 10, sum: 8 } });
    let (stage, job, file) = (Stage::Evolve, "evolve".to_owned(), "draft.art".to_owned());
    records.push(Record::Adopted { stage, job, wave: 0, file, body_sum: 5, key: 1 << 90, told: TOLD });
    records.push(Record::Rejected { job: "solve.1".to_owned() });
    records
}

/// The same with what version 2 adds.
fn records_of_version_2() -> Vec<Record> {
    let mut records = records_of_version_1();
    records.push(Record::Changed(RunSettings { seed: 9, ..settings() }));
    records
}

fn golden(version: u16) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden");
    folder.join(format!("run-v{version}.journal"))
}

#[test]
fn journals_of_each_version_are_read_for_ever() {
    for (version, records) in [(1, records_of_version_1()), (2, records_of_version_2())] {
        let journal = read(&golden(version)).unwrap();
        assert_eq!(journal.tail, Tail::Clean);
        assert!(journal.entries.iter().map(|entry| &entry.record).eq(&records), "version {version}");
        replay(&journal.entries).unwrap();
    }
    assert_eq!(fs::read(golden(frame::FORMAT_VERSION)).unwrap(), bytes_of(&records_of_version_2()));
}

#[test]
fn an_older_journal_gets_our_version_before_it_is_gone_on_with() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("run.journal");
    fs::copy(golden(1), &path).unwrap();
    let (mut writer, journal) = JournalWriter::go_on(&path).unwrap();
    assert_eq!(journal.entries.len(), records_of_version_1().len());
    writer.append(Duration::ZERO, Record::Changed(RunSettings { seed: 9, ..settings() })).unwrap();
    assert_eq!(writer.state().run.as_ref().map(|run| run.seed), Some(9));
    assert_eq!(fs::read(&path).unwrap()[..HEADER_BYTES], frame::header());
    assert_eq!(read(&path).unwrap().tail, Tail::Clean);
}
