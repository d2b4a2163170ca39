//! The device's day, and what goes wrong in it.

use std::collections::BTreeSet;

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::wire::{Device, DeviceProcess, Failure, FailureKind, Order, Report};

use super::event::Event;
use super::testing::{CAPACITY, GPU, MS, Run};
use super::{DeviceFact, Fact, KillReason, Next};
use crate::policy::gpu::{By, Gate, GpuRules, Passed, Wish};
use crate::supervise::{Death, Outcome};

const EVOLVE_PID: u32 = 7;

fn device(used: u64, processes: Option<&[(u32, u64)]>) -> Device {
    let (name, uuid, used) = ("a".to_owned(), "GPU-a".to_owned(), Some(used << 20));
    let of = |(pid, used): &(u32, u64)| DeviceProcess { pid: *pid, used: Some(used << 20) };
    let processes = processes.map(|all| all.iter().map(of).collect());
    Device { name, uuid, total: 2000 << 20, used, is_open: true, processes }
}

fn run_with(wish: Wish) -> Run {
    Run::new_with(|rules| rules.gpu = GpuRules { wish, is_wanted: wish != Wish::Never, ..GPU })
}

/// A probe says that.
fn sees(run: &mut Run, job: &str, devices: Vec<Device>) {
    let key = run.key(job);
    run.feed(Event::Seen { key, devices, ours: BTreeSet::from([EVOLVE_PID]) });
}

fn looks(run: &mut Run, job: &str, devices: Vec<Device>) {
    run.hello(job);
    sees(run, job, devices);
    run.done(job, false);
}

/// A run that wants a device, of which so many MiB are used, up to the watch.
fn with_device(wish: Wish, used: u64) -> Run {
    let mut run = run_with(wish);
    run.go_to("gpu-probe");
    looks(&mut run, "gpu-probe", vec![device(used, None)]);
    run
}

/// The same, up to an attempt that works there.
fn on_device(wish: Wish) -> Run {
    let mut run = with_device(wish, 100);
    run.go_to("gpu-watch");
    run.hello("gpu-watch");
    sees(&mut run, "gpu-watch", vec![device(100, Some(&[]))]);
    run.hello("evolve");
    run
}

fn facts(run: &Run) -> impl Iterator<Item = &DeviceFact> {
    run.told.iter().filter_map(|fact| if let Fact::Device(fact) = fact { Some(fact) } else { None })
}

fn gates(run: &Run) -> Vec<Gate> {
    facts(run).filter_map(|fact| if let DeviceFact::Gate { gate, .. } = fact { Some(*gate) } else { None }).collect()
}

fn passed(run: &Run) -> Vec<Passed> {
    facts(run)
        .filter_map(|fact| if let DeviceFact::Passed { why, .. } = fact { Some(why.clone()) } else { None })
        .collect()
}

fn lost(run: &Run) -> Vec<Option<u32>> {
    let of = |fact| if let &DeviceFact::Lost { checkpoint, .. } = fact { Some(checkpoint) } else { None };
    facts(run).filter_map(of).collect()
}

fn exit(run: &Run) -> Exit {
    run.state.ending(run.now, CAPACITY).exit
}

/// Lets all that is left be done, with devices as they were at first.
fn finish(run: &mut Run) {
    while let Some(job) = run.names().first().map(ToString::to_string) {
        match job.as_str() {
            "gpu-watch" | "gpu-gate" | "gpu-absence" => looks(run, &job, vec![device(100, Some(&[]))]),
            _ => run.done(&job, false),
        }
    }
    assert!(run.state.has_ended());
}

#[test]
fn evolve_begins_once_the_device_was_looked_at_and_knows_what_it_may_hold() {
    let mut run = with_device(Wish::Auto, 100);
    run.go_to("gpu-watch");
    assert_eq!(run.names(), ["gpu-watch"], "evolve waits for the first look");
    run.hello("gpu-watch");
    sees(&mut run, "gpu-watch", vec![device(130, Some(&[]))]);
    assert_eq!(run.names(), ["gpu-watch", "evolve"]);
    let launch = &run.live[&run.key("evolve")];
    assert_eq!((launch.device.as_deref(), launch.device_memory), (Some("GPU-a"), Some(Bytes::mib(100))));
    let before =
        facts(&run).find_map(|fact| if let DeviceFact::Before { device, .. } = fact { device.used } else { None });
    assert_eq!(before, Some(130 << 20), "what counts is what is used right before");
}

#[test]
fn a_day_without_trouble_ends_with_nobody_on_the_device() {
    let mut run = on_device(Wish::Auto);
    sees(&mut run, "gpu-watch", vec![device(700, Some(&[(EVOLVE_PID, 600)]))]);
    run.done("evolve", false);
    assert_eq!(run.orders.last(), Some(&Order::Stop), "nobody need watch any more");
    run.done("gpu-watch", false);
    run.done("audit.evolve", false);
    looks(&mut run, "gpu-gate", vec![device(900, Some(&[]))]);
    assert_eq!(run.names(), Vec::<&str>::new(), "it is looked at again, later");
    run.now += MS(1000);
    run.look();
    looks(&mut run, "gpu-gate", vec![device(110, Some(&[]))]);
    assert_eq!(
        (gates(&run), run.names(), &run.released[..]),
        (vec![Gate::Wait, Gate::Clean], vec!["resolve"], &[None][..])
    );
    run.hello("resolve");
    assert_eq!(run.names(), ["resolve", "gpu-absence"]);
    looks(&mut run, "gpu-absence", vec![device(900, Some(&[(8, 800)]))]);
    let absence =
        facts(&run).find_map(|fact| if let DeviceFact::Absence { is_absent, .. } = fact { *is_absent } else { None });
    assert_eq!(absence, Some((true, By::Pids)));
    finish(&mut run);
    assert_eq!(exit(&run), Exit::Complete);
    assert!(
        facts(&run).any(|fact| matches!(fact, DeviceFact::Left { peak: Some(peak), .. } if *peak == Bytes::mib(600)))
    );
}

#[test]
fn a_device_that_stays_full_is_put_under_quarantine_and_the_run_goes_on() {
    let mut run = on_device(Wish::Require);
    run.done("evolve", false);
    run.done("gpu-watch", false);
    run.done("audit.evolve", false);
    let mut waited = 0;
    while run.names() != ["resolve"] {
        looks(&mut run, "gpu-gate", vec![device(900, Some(&[]))]);
        run.now += MS(1000);
        waited += 1;
        run.look();
    }
    assert_eq!((gates(&run).last(), waited), (Some(&Gate::Quarantine), 31));
    assert_eq!(run.released, [Some(Bytes::mib(100))], "later runs know what was used before");
    finish(&mut run);
    assert_eq!(exit(&run), Exit::Complete);
}

#[test]
fn without_a_device_that_may_be_used_nobody_waits() {
    let closed = Device { is_open: false, ..device(1, None) };
    for (devices, expected) in [
        (Vec::new(), Vec::new()),
        (vec![device(1900, None)], vec![Passed::Busy { most: 90 }]),
        (vec![closed], vec![Passed::Closed]),
    ] {
        let mut run = run_with(Wish::Auto);
        run.go_to("gpu-probe");
        looks(&mut run, "gpu-probe", devices);
        run.go_to("evolve");
        assert_eq!((passed(&run), run.live[&run.key("evolve")].device.clone()), (expected, None));
        run.done("evolve", false);
        assert_eq!(run.names(), ["audit.evolve"]);
        finish(&mut run);
        assert_eq!(exit(&run), Exit::Complete);
    }
}

#[test]
fn what_cannot_be_used_by_the_rules_is_said_and_not_locked() {
    let mut run = run_with(Wish::Never);
    run.go_to("evolve");
    assert_eq!(facts(&run).count(), 0, "nobody looks");
    let mut run = Run::new_with(|rules| rules.gpu = GPU);
    run.go_to("gpu-probe");
    looks(&mut run, "gpu-probe", vec![device(1, None)]);
    assert!(facts(&run).any(|fact| matches!(fact, DeviceFact::Unused { .. })));
    run.go_to("evolve");
    assert_eq!(run.live[&run.key("evolve")].device, None);
}

#[test]
fn a_device_that_another_run_has_is_not_used() {
    let mut run = run_with(Wish::Auto);
    run.is_device_held = true;
    run.go_to("gpu-probe");
    looks(&mut run, "gpu-probe", vec![device(1, None)]);
    run.go_to("evolve");
    assert!(matches!(passed(&run)[..], [Passed::Held { .. }]));
    assert_eq!(run.live[&run.key("evolve")].device, None);
}

#[test]
fn who_requires_a_device_searches_nothing_before_one_is_his() {
    for (what, devices) in [("none", Vec::new()), ("a full one", vec![device(1900, None)])] {
        let mut run = run_with(Wish::Require);
        run.go_to("gpu-probe");
        assert!(!run.names().iter().any(|job| job.starts_with("solve")), "{what}: {:?}", run.names());
        looks(&mut run, "gpu-probe", devices);
        assert_eq!((run.names(), exit(&run)), (Vec::new(), Exit::NoDevice), "{what}");
        assert!(run.state.has_ended());
    }
    let mut run = run_with(Wish::Require);
    run.go_to("gpu-probe");
    run.gone("gpu-probe", Death::Signal(11));
    assert_eq!(exit(&run), Exit::NoDevice, "a driver that crashes has no device");
    let mut run = with_device(Wish::Require, 1);
    assert!(run.names().iter().any(|job| job.starts_with("solve")), "{:?}", run.names());
    run.go_to("gpu-watch");
}

#[test]
fn whatever_ends_an_attempt_on_a_device_the_next_one_has_none_and_goes_on_from_its_checkpoint() {
    let failed = |run: &mut Run, kind| {
        run.feed(Event::Said(run.key("evolve"), Report::Failed(Failure::new(kind, "so it is"))));
        run.gone("evolve", Death::Code(69));
    };
    type End<'a> = (&'a str, &'a dyn Fn(&mut Run));
    let endings: [End; 5] = [
        ("it crashes", &|run| run.gone("evolve", Death::Signal(11))),
        ("it says that the device is lost", &|run| failed(run, FailureKind::Device)),
        ("it has a bug", &|run| failed(run, FailureKind::Bug)),
        ("it runs out of memory", &|run| failed(run, FailureKind::Memory)),
        ("it hangs", &|run| {
            run.now += MS(31_000);
            sees(run, "gpu-watch", vec![device(100, Some(&[]))]);
            run.look();
            assert_eq!(run.killed.last(), Some(&KillReason::Hang));
            run.gone("evolve", Death::Signal(9));
        }),
    ];
    for (what, end) in endings {
        let mut run = on_device(Wish::Auto);
        run.feed(Event::Said(run.key("evolve"), Report::Checkpointed { number: 4 }));
        end(&mut run);
        assert_eq!(lost(&run), [Some(4)], "{what}");
        assert_eq!(run.last_end().1, Next::Again { pause: MS(0) }, "{what}");
        let launch = &run.live[&run.key("evolve")];
        assert_eq!((launch.device.as_deref(), launch.who.attempt), (None, 2), "{what}");
        assert!(launch.inputs.iter().any(|(role, _)| *role == "checkpoint"), "{what}");
        // It has all its tries still.
        for _ in 0..2 {
            run.gone("evolve", Death::Signal(11));
            run.now += MS(200);
            run.look();
        }
        assert_eq!(run.live[&run.key("evolve")].who.attempt, 4, "{what}");
        finish(&mut run);
        assert_eq!((exit(&run), gates(&run)), (Exit::Complete, vec![Gate::Clean]), "{what}");
    }
}

#[test]
fn who_required_a_device_that_was_lost_got_less_than_that() {
    let mut run = on_device(Wish::Require);
    run.gone("evolve", Death::Signal(11));
    finish(&mut run);
    assert_eq!(exit(&run), Exit::Degraded);
}

#[test]
fn too_much_of_a_device_costs_it() {
    let over = |run: &mut Run| sees(run, "gpu-watch", vec![device(1300, Some(&[(EVOLVE_PID, 1200)]))]);
    let mut run = on_device(Wish::Auto);
    over(&mut run);
    sees(&mut run, "gpu-watch", vec![device(700, Some(&[(EVOLVE_PID, 600)]))]);
    over(&mut run);
    assert_eq!(run.killed, [], "once is no reason");
    over(&mut run);
    assert_eq!(run.killed, [KillReason::OverDevice], "twice in a row is");
    run.gone("evolve", Death::Signal(9));
    assert!(matches!(run.last_end().0, Outcome::Device { .. }));
    assert_eq!(lost(&run), [None]);
    let mut run = on_device(Wish::Auto);
    let says = |held| Report::DeviceMemory { held, free: 0, total: 1 };
    run.feed(Event::Said(run.key("evolve"), says(100 << 20)));
    assert_eq!(run.killed, []);
    run.feed(Event::Said(run.key("evolve"), says((100 << 20) + 1)));
    assert_eq!(run.killed, [KillReason::OverDevice], "what it says itself needs no second look");
}

#[test]
fn a_watch_that_ends_costs_the_device_before_evolve_and_nothing_later() {
    let mut run = with_device(Wish::Auto, 100);
    run.go_to("gpu-watch");
    run.hello("gpu-watch");
    run.gone("gpu-watch", Death::Signal(11));
    assert_eq!((passed(&run), run.names(), &run.released[..]), (vec![Passed::Silent], vec!["evolve"], &[None][..]));
    assert_eq!(run.live[&run.key("evolve")].device, None);
    let mut run = on_device(Wish::Auto);
    run.gone("gpu-watch", Death::Signal(11));
    assert_eq!(run.names(), ["evolve"]);
    run.done("evolve", false);
    finish(&mut run);
    assert_eq!((exit(&run), lost(&run)), (Exit::Complete, Vec::new()));
}

#[test]
fn a_watch_that_hangs_is_ended() {
    let mut run = on_device(Wish::Auto);
    run.orders.clear();
    for _ in 0..6 {
        run.now += MS(2000);
        run.feed(Event::Said(run.key("evolve"), Report::Beat { ticks: run.now.as_millis() as u64 }));
        sees(&mut run, "gpu-watch", vec![device(100, Some(&[]))]);
        run.look();
    }
    assert_eq!(run.orders, [], "who answers has time for the next look");
    run.now += MS(7400);
    run.look();
    assert_eq!(run.orders, [Order::Stop]);
    run.now += MS(2100);
    run.look();
    assert_eq!(run.killed, [KillReason::Hang]);
}

#[test]
fn a_device_that_fills_up_before_evolve_is_left_to_others() {
    let mut run = with_device(Wish::Auto, 100);
    run.go_to("gpu-watch");
    run.hello("gpu-watch");
    sees(&mut run, "gpu-watch", vec![device(1900, None)]);
    assert_eq!((passed(&run), &run.released[..]), (vec![Passed::Busy { most: 90 }], &[None][..]));
    assert!(run.names().contains(&"evolve"));
    assert_eq!(run.live[&run.key("evolve")].device, None);
}

#[test]
fn a_driver_that_crashes_behind_evolve_holds_nobody_up() {
    let mut run = on_device(Wish::Auto);
    run.done("evolve", false);
    run.done("gpu-watch", false);
    run.done("audit.evolve", false);
    run.gone("gpu-gate", Death::Signal(11));
    assert_eq!(run.names(), ["resolve"]);
}

#[test]
fn an_interrupted_run_lets_go_of_its_device() {
    let mut run = with_device(Wish::Auto, 100);
    run.feed(Event::Interrupted(crate::signal::Interrupt::Term));
    finish(&mut run);
    assert_eq!((exit(&run), &run.released[..]), (Exit::Terminated, &[None][..]));
}
