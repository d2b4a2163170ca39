//! The devices between STAGE2B and STAGE3.

use shared::wire::{Device, Report};

use super::Fact;
use super::event::Event;
use super::testing::{MS, Run};
use crate::policy::gpu::Gate;
use crate::supervise::Death;

fn devices(used: u64) -> Report {
    let (name, uuid, used) = ("a".to_owned(), "GPU-a".to_owned(), Some(used << 20));
    Report::Devices { devices: vec![Device { name, uuid, total: 1000 << 20, used, is_open: true, processes: None }] }
}

/// A run with a device of which so many MiB are used before STAGE2B, up to the first look behind it.
fn with_device(used: u64) -> Run {
    let mut run = Run::until("gpu-probe");
    run.hello("gpu-probe");
    run.feed(Event::Said(run.key("gpu-probe"), devices(used)));
    run.done("gpu-probe", false);
    run.go_to("evolve");
    run.done("evolve", false);
    run
}

fn looks(run: &mut Run, used: u64) {
    run.hello("gpu-gate");
    run.feed(Event::Said(run.key("gpu-gate"), devices(used)));
    run.done("gpu-gate", false);
}

fn gates(run: &Run) -> Vec<Gate> {
    run.told.iter().filter_map(|fact| if let Fact::GpuGate { gate, .. } = fact { Some(*gate) } else { None }).collect()
}

#[test]
fn resolve_starts_when_the_device_is_clean() {
    let mut run = with_device(100);
    assert_eq!(run.names(), ["audit.evolve", "gpu-gate"]);
    run.done("audit.evolve", false);
    looks(&mut run, 900);
    assert_eq!(run.names(), Vec::<&str>::new(), "it is looked at again, later");
    run.now += MS(1000);
    run.look();
    looks(&mut run, 110);
    assert_eq!(run.names(), ["resolve"]);
    assert_eq!(gates(&run), [Gate::Wait, Gate::Clean]);
}

#[test]
fn a_device_that_stays_full_is_put_aside_and_the_run_goes_on() {
    let mut run = with_device(100);
    run.done("audit.evolve", false);
    let mut waited = 0;
    while run.names() != ["resolve"] {
        looks(&mut run, 900);
        run.now += MS(1000);
        waited += 1;
        run.look();
    }
    assert_eq!(gates(&run).last(), Some(&Gate::Quarantine));
    assert_eq!(waited, 31);
}

#[test]
fn without_a_device_or_with_one_that_others_fill_nobody_waits() {
    let mut run = Run::until("evolve");
    run.done("evolve", false);
    assert_eq!(run.names(), ["audit.evolve"]);
    let run = with_device(950);
    assert_eq!(run.names(), ["audit.evolve"]);
    assert!(run.told.iter().any(|fact| matches!(fact, Fact::DeviceBusy { .. })));
}

#[test]
fn a_driver_that_crashes_behind_evolve_holds_nobody_up() {
    let mut run = with_device(100);
    run.done("audit.evolve", false);
    run.gone("gpu-gate", Death::Signal(11));
    assert_eq!(run.names(), ["resolve"]);
}
