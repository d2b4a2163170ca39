//! The day of a device: chosen, locked, watched, given back; and all that may go wrong in it, each of which ends in a timetable.
//!
//! In the place of evolve works the unruly worker, which holds memory of the card by the books of the library, and lets the real program do the
//! work.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::{ends_whole, short};
use crate::harness::Run;
use crate::harness::card::{Card, UUID};
use crate::harness::run::Finished;

const MIB: u64 = 1 << 20;
/// What the unruly worker holds of the card.
const HELD: u64 = 300 * MIB;

/// A run that has to have a device, with little work that stays the same with or without one, of which evolve plays that trick at its first attempt.
fn run(card: &Card, trick: &str) -> Run {
    let run = short().with_unruly("evolve", trick).flag("--set", "evolve.population=8").flag("--set", "gpu.watch=50ms");
    card.given_to(run.flag("--gpu", "require"))
}

/// The events of some kinds, and what is started of the last search, in their order.
fn story(run: &Finished, kinds: &[&str]) -> Vec<String> {
    let told = |event: &Value| {
        let kind = event["event"].as_str().unwrap_or_default();
        let is_search = kind == "spawned" && event["job"] == "resolve";
        match kind {
            "gpu_gate" if kinds.contains(&kind) => Some(format!("gate {}", event["gate"].as_str().unwrap_or_default())),
            _ if kinds.contains(&kind) => Some(kind.to_owned()),
            _ => is_search.then(|| "resolve".to_owned()),
        }
    };
    let mut story: Vec<String> = run.events().iter().filter_map(told).collect();
    story.dedup();
    story
}

fn log(run: &Finished) -> String {
    run.read("run.log")
}

#[test]
fn a_device_is_used_watched_and_given_back() {
    let card = Card::new();
    card.is_used_by_a_neighbour(100 * MIB);
    let run = run(&card, "device").variable("UNRULY_PAUSES", "100").finish();
    ends_whole(&run, &[0]);
    let kinds = ["device_chosen", "device_before", "device_left", "gpu_gate", "gpu_absence"];
    let expected = ["device_chosen", "device_before", "device_left", "gate clean", "resolve", "gpu_absence"];
    assert_eq!(story(&run, &kinds), expected, "{}", run.told());
    let looks = run.events_of("device_memory");
    assert!(looks.iter().any(|look| look["share"] == HELD && look["held"] == 50 * MIB), "{looks:?}");
    let row = format!("\tdevice\t{HELD}\t{}", 100 * MIB);
    assert!(run.read("memory.tsv").lines().any(|line| line.ends_with(&row)), "{}", run.read("memory.tsv"));
    assert!(run.read("report.html").contains("STAGE2B worked on Carillon test card: "), "the page tells of it");
    let gpu = run.result()["gpu"].clone();
    let expected = json!({
        "name": gpu["name"], "uuid": UUID, "total_bytes": 16_u64 << 30, "cap_bytes": 100 * MIB,
        "before_bytes": 100 * MIB, "peak_bytes": HELD, "held_bytes": 50 * MIB, "after_bytes": 100 * MIB,
        "gate": "clean", "lost": [], "absent": true, "absent_by": "pids",
    });
    assert_eq!(gpu, expected);
    for line in [
        "[STAGE2B] GPU memory before GA: 100.0MB of 16384.0MB",
        "[STAGE2B] GPU memory peak of GA: 300.0MB, of which it allocated 50.0MB of 100.0MB",
        "[STAGE2B] ✅ GPU memory after GA: 100.0MB (residual 0.0MB",
        "[STAGE3] ✅ No GPU process of this run during RL (none of the 1 process there is of this run)",
    ] {
        assert!(log(&run).contains(line), "{line} is not in\n{}", log(&run));
    }
    assert_eq!(card.lock(), None, "the lock is gone");
}

#[test]
fn where_nobody_s_number_is_known_the_use_of_the_card_says_it() {
    let run = run(&Card::new(), "device").variable("FAKE_GPU_FAULT", "no-processes").finish();
    ends_whole(&run, &[0]);
    assert_eq!(run.result()["gpu"]["absent"], true);
    assert_ne!(run.result()["gpu"]["absent_by"], "pids", "nobody has seen a number of ours");
}

#[test]
fn who_requires_a_device_and_gets_none_hears_of_it_before_any_search() {
    for fault in ["init-fail", "nvml-hang"] {
        let run = run(&Card::new(), "device").variable("FAKE_GPU_FAULT", fault).finish();
        run.expect(&[69]).leaves_nothing();
        let spawned = run.events_of("spawned");
        assert!(spawned.iter().all(|event| event["stage"] != "solve" && event["stage"] != "evolve"), "{fault}");
        assert!(run.told().contains("--gpu auto"), "{fault}: {}", run.told());
    }
    let full = Card::new();
    full.is_used_by_a_neighbour(15 << 30);
    let run = run(&full, "device").finish();
    run.expect(&[69]);
    assert_eq!(run.events_of("device_busy").len(), 1, "{}", run.told());
}

#[test]
fn a_driver_that_hangs_is_a_machine_without_a_device() {
    let card = Card::new();
    let run = short().flag("--set", "evolve.population=512").variable("FAKE_GPU_FAULT", "nvml-hang");
    let run = card.given_to(run).finish();
    ends_whole(&run, &[0]);
    assert_eq!(run.result()["gpu"], Value::Null);
}

#[test]
fn nobody_looks_for_a_device_that_is_not_wanted() {
    let run = Card::new().given_to(short().flag("--gpu", "never")).finish();
    ends_whole(&run, &[0]);
    assert!(run.events_of("spawned").iter().all(|event| event["stage"] != "gpu-probe"));
    let run = Card::new().given_to(short()).finish();
    ends_whole(&run, &[0]);
    assert_eq!(run.events_of("device_unused").len(), 1, "counted work uses none by itself: {}", run.told());
}

#[test]
fn two_runs_do_not_share_a_device() {
    let card = Card::new();
    let mut first = run(&card, "device-park").start();
    first.hears("evolve", 1);
    let second = run(&card, "device").finish();
    second.expect(&[69]);
    let passed = second.events_of("device_passed");
    let why = passed[0]["why"].as_str().unwrap_or_default();
    assert!(why.starts_with("another run has it (process "), "{passed:?}");
    let third = short().flag("--set", "evolve.population=512");
    let third = card.given_to(third).finish();
    ends_whole(&third, &[0]);
    assert_eq!(third.result()["gpu"], Value::Null, "it goes on without");
    first.signal(Signal::SIGTERM);
    first.finish().expect(&[143]).leaves_nothing();
    ends_whole(&run(&card, "device").finish(), &[0]);
}

#[test]
fn what_cuda_does_not_show_is_not_used() {
    let hidden = run(&Card::new(), "device").variable("CUDA_VISIBLE_DEVICES", "").finish();
    hidden.expect(&[69]);
    let second = "GPU-00000000-0000-4000-8000-000000000002";
    let run = run(&Card::new(), "device")
        .variable("FAKE_GPU_UUID", &format!("{UUID},{second}"))
        .variable("CUDA_VISIBLE_DEVICES", "1")
        .finish();
    ends_whole(&run, &[0]);
    assert_eq!(run.result()["gpu"]["uuid"], second);
}

#[test]
fn stage3_waits_for_memory_that_lingers() {
    let run = run(&Card::new(), "device").variable("FAKE_GPU_LINGER_MS", "2500").finish();
    ends_whole(&run, &[0]);
    assert_eq!(story(&run, &["gpu_gate"]), ["gate wait", "gate clean", "resolve"], "{}", run.told());
}

#[test]
fn memory_that_stays_costs_the_device_and_not_the_run() {
    let card = Card::new();
    let for_ever = || run(&card, "device").variable("FAKE_GPU_LINGER_MS", "1000000000");
    let first = for_ever().finish();
    first.expect(&[0]).leaves_nobody();
    assert_eq!(story(&first, &["gpu_gate"]), ["gate wait", "gate quarantine", "resolve"], "{}", first.told());
    assert_eq!(first.result()["gpu"]["gate"], "quarantine");
    assert!(card.lock().is_some_and(|text| text.starts_with("quarantine ")), "{:?}", card.lock());
    // The dead are named by the library as long as they hold memory: that they are dead is for nobody but the kernel to say.
    let blind = "no-processes";
    let second = for_ever().variable("FAKE_GPU_FAULT", blind).finish();
    second.expect(&[69]);
    assert!(second.told().contains("under quarantine"), "{}", second.told());
    let third = run(&card, "device").variable("FAKE_GPU_FAULT", blind).finish();
    ends_whole(&third, &[0]);
    assert_eq!(card.lock(), None, "it is lifted once the memory is back");
}

/// Asserts that a run has lost its device at the first attempt, and has gone on without.
fn lost_its_device(run: &Finished, outcome: &str) {
    ends_whole(run, &[3]);
    let lost = run.events_of("device_lost");
    assert!(lost.len() == 1 && lost[0]["attempt"] == 1, "{lost:?}");
    let evolved = run.events_of("outcome").into_iter().filter(|end| end["job"] == "evolve");
    let ends: Vec<Value> = evolved.map(|end| end["outcome"].clone()).collect();
    assert_eq!(ends, [outcome, "sealed"], "{}", run.told());
    assert_eq!(run.result()["gpu"]["gate"], "clean");
    assert!(log(run).contains("goes on with the CPU"), "{}", log(run));
}

#[test]
fn a_worker_that_is_killed_on_a_device_is_followed_by_the_processor() {
    let undisturbed = short().flag("--set", "evolve.population=8").finish().expect(&[0]).read("solution.sol");
    let card = Card::new();
    let mut running = run(&card, "device-park").start();
    running.hears("evolve", 1);
    running.tells("device_memory");
    running.worker("evolve").signal(Signal::SIGKILL);
    let run = running.finish();
    lost_its_device(&run, "crash");
    assert_eq!(run.read("solution.sol"), undisturbed, "the device changes nothing about what is found");
}

#[test]
fn whatever_goes_wrong_on_a_device_is_followed_by_the_processor() {
    for (trick, outcome) in
        [("device-fail", "device"), ("device-hog", "device"), ("device-boast", "device"), ("abort", "crash")]
    {
        lost_its_device(&run(&Card::new(), trick).finish(), outcome);
    }
}

/// The real evolve, on a card that fails it at one of its first launches.
#[test]
fn whatever_a_card_does_to_evolve_the_same_timetable_comes_out() {
    let counted = || short().flag("--set", "evolve.population=8").flag("--set", "deadline.silence=5s");
    let undisturbed = counted().finish().expect(&[0]).read("solution.sol");
    for fault in ["", "oom", "launch:3", "lost:3", "crash:3", "hang:3"] {
        let card = Card::new();
        let run = card.given_to(counted().flag("--gpu", "require")).variable("FAKE_GPU_FAULT", fault).finish();
        ends_whole(&run, &[if fault.is_empty() { 0 } else { 3 }]);
        let lost = run.events_of("device_lost");
        assert_eq!(lost.len(), usize::from(!fault.is_empty()), "{fault}: {lost:?}");
        assert_eq!(run.result()["gpu"]["gate"], "clean", "{fault}: {}", log(&run));
        assert!(run.read("solution.sol") == undisturbed, "{fault}: another timetable");
    }
}

/// In the middle of its work, wherever that is.
#[test]
fn evolve_that_is_killed_on_a_card_goes_on_from_its_checkpoint_with_the_processor() {
    let card = Card::new();
    let counted = || short().flag("--set", "evolve.population=8").flag("--set", "checkpoint.every=10ms");
    let undisturbed = counted().finish().expect(&[0]).read("solution.sol");
    let mut running = card.given_to(counted().flag("--gpu", "require")).start();
    running.tells("device_before");
    running.tells("checkpoint");
    running.worker("evolve").signal(Signal::SIGKILL);
    let run = running.finish();
    lost_its_device(&run, "crash");
    assert!(run.events_of("device_lost")[0]["checkpoint"].is_u64(), "{}", run.told());
    assert!(run.read("solution.sol") == undisturbed, "another timetable");
}

#[test]
fn a_killed_run_that_had_a_device_looks_for_it_again() {
    let card = Card::new();
    let mut running = run(&card, "device-park").start();
    running.hears("evolve", 1);
    let killed = running.killed();
    killed.leaves_nobody();
    assert!(card.lock().is_some(), "nobody was there to remove it, and it keeps nobody out");
    let resumed = card.given_to(killed.resume()).finish();
    ends_whole(&resumed, &[0]);
    assert_eq!(resumed.result()["gpu"]["uuid"], UUID);
    assert_eq!(resumed.events_of("device_chosen").len(), 2);
    assert_eq!(resumed.result()["gpu"]["gate"], "clean");
}

/// A card that is played by a processor is no match for it.
#[test]
fn a_slow_device_that_is_only_offered_is_left_idle() {
    let run = Run::of_overfull_college().flag("--time-limit", "3").variable("FAKE_GPU_SMS", "1");
    let run = Card::new().given_to(run).finish();
    ends_whole(&run, &[0]);
    assert!(log(&run).contains("the GPU is left idle: 32 individuals make"), "{}", log(&run));
    let gpu = &run.result()["gpu"];
    assert_eq!((&gpu["uuid"], &gpu["gate"], &gpu["lost"]), (&json!(UUID), &json!("clean"), &json!([])));
}

/// A driver that crashes, hangs or prints ends nobody but who asks it.
#[test]
fn no_process_but_the_probe_and_evolve_opens_the_driver() {
    let card = Card::new();
    let mut running = run(&card, "device-park").start();
    running.hears("evolve", 1);
    let orchestrator = running.orchestrator();
    let maps = fs::read_to_string(format!("/proc/{}/maps", orchestrator.pid())).unwrap();
    assert!(!maps.contains("libcuda") && !maps.contains("libnvidia"), "the orchestrator has it");
    running.signal(Signal::SIGTERM);
    running.finish().expect(&[143]);
}
