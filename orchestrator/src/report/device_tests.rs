//! The exact words and keys about devices.

use std::time::Duration;

use super::*;

const MIB: u64 = 1 << 20;

fn device() -> Device {
    let (name, uuid) = ("NVIDIA X".to_owned(), "GPU-1".to_owned());
    Device { name, uuid, total: 1000 * MIB, used: Some(30 * MIB), is_open: true, processes: Some(Vec::new()) }
}

fn words(fact: &DeviceFact) -> String {
    line(fact).map_or_else(String::new, |line| line.text)
}

fn who(attempt: u32) -> Who {
    Who { stage: Stage::Evolve, job: "evolve".to_owned(), attempt }
}

fn gate(gate: Gate, held: u64, waited: u64) -> DeviceFact {
    let used = Some(Bytes::mib(30 + held));
    DeviceFact::Gate { gate, held: Bytes::mib(held), waited: Duration::from_secs(waited), used }
}

fn absence(is_absent: Option<(bool, By)>) -> DeviceFact {
    DeviceFact::Absence { is_absent, processes: Some(2), used: Some(Bytes::mib(31)) }
}

#[test]
fn a_day_of_a_device_is_told() {
    let cap = Bytes::mib(100);
    let left = |peak| DeviceFact::Left { who: who(1), peak, held: Bytes::mib(87), cap };
    let lost = |checkpoint| DeviceFact::Lost { who: who(1), why: "hung".to_owned(), checkpoint };
    let table = [
        (DeviceFact::Found { who: who(1), devices: Vec::new() }, "[GPU] No GPU here: the same work is done on the CPU"),
        (DeviceFact::Found { who: who(1), devices: vec![device()] }, "[GPU] NVIDIA X 1000.0MB, 30.0MB used"),
        (DeviceFact::Unused { why: "so it is" }, "[GPU] It is not used: so it is"),
        (DeviceFact::Chosen { device: device(), cap }, "[GPU] STAGE2B gets NVIDIA X (GPU-1)"),
        (
            DeviceFact::Before { who: who(1), device: device(), cap },
            "[STAGE2B] GPU memory before GA: 30.0MB of 1000.0MB · NVIDIA X · it may allocate 100.0MB",
        ),
        (
            left(Some(Bytes::mib(512))),
            "[STAGE2B] GPU memory peak of GA: 512.0MB, of which it allocated 87.0MB of 100.0MB",
        ),
        (left(None), "[STAGE2B] GPU memory peak of GA: unknown, of which it allocated 87.0MB of 100.0MB"),
        (lost(None), "[STAGE2B] ⚠️ evolve leaves the GPU, and goes on with the CPU from the start"),
        (lost(Some(3)), "[STAGE2B] ⚠️ evolve leaves the GPU, and goes on with the CPU from checkpoint 3"),
        (gate(Gate::Wait, 400, 2), "[GPU] The GPU still holds 400.0MB: STAGE3 waits"),
        (gate(Gate::Clean, 1, 2), "[STAGE2B] ✅ GPU memory after GA: 31.0MB (residual 1.0MB, STAGE3 waited 2.0 s)"),
        (
            gate(Gate::Quarantine, 400, 30),
            "[GPU] ⚠️ The GPU still holds 400.0MB after 30 s: it is put under quarantine, and the run goes on without it",
        ),
        (
            absence(Some((true, By::Pids))),
            "[STAGE3] ✅ No GPU process of this run during RL (none of the 2 processes there is of this run)",
        ),
        (
            absence(Some((true, By::Use))),
            "[STAGE3] ✅ No GPU process of this run during RL (31.0MB used, no more than before)",
        ),
        (absence(Some((false, By::Pids))), "[STAGE3] ❌ A GPU process of this run is there during RL"),
    ];
    for (fact, expected) in table {
        assert_eq!(words(&fact), expected, "{fact:?}");
    }
    assert!(words(&absence(None)).contains("cannot be told"));
}

#[test]
fn each_reason_to_leave_a_device_alone_is_told() {
    let table = [
        (Passed::Busy { most: 90 }, "it is used by others above 90 %"),
        (Passed::Closed, "its compute mode lets nobody in"),
        (Passed::Full { free: Bytes::mib(7) }, "only 7.0MB of it are free"),
        (Passed::Held { holder: " (process 7)".to_owned() }, "another run has it (process 7)"),
        (Passed::Quarantined, "it is under quarantine, for it did not give back the memory of an earlier run"),
        (Passed::Unlockable { why: "lock x: no".to_owned() }, "failed to lock x: no"),
        (Passed::Silent, "it does not answer any more"),
    ];
    for (why, expected) in table {
        let told = words(&DeviceFact::Passed { device: device(), why });
        assert_eq!(told, format!("[GPU] ⚠️ NVIDIA X (GPU-1) is left alone: {expected}"));
    }
}

#[test]
fn the_result_tells_of_the_last_device_and_of_all_that_were_lost() {
    let mut tale = DeviceTale::default();
    tale.note(&gate(Gate::Clean, 0, 0));
    assert_eq!(tale.value(), None, "STAGE2B had none");
    let cap = Bytes::mib(100);
    let day = [
        DeviceFact::Before { who: who(1), device: device(), cap },
        DeviceFact::Left { who: who(1), peak: Some(Bytes(512)), held: Bytes(87), cap },
        DeviceFact::Lost { who: who(1), why: "hung".to_owned(), checkpoint: Some(3) },
        gate(Gate::Wait, 400, 0),
        gate(Gate::Clean, 1, 2),
        absence(Some((true, By::Pids))),
    ];
    for fact in &day {
        tale.note(fact);
    }
    let expected = json!({
        "name": "NVIDIA X", "uuid": "GPU-1", "total_bytes": 1000 * MIB, "cap_bytes": 100 * MIB, "before_bytes": 30 * MIB,
        "peak_bytes": 512, "held_bytes": 87, "after_bytes": 31 * MIB, "gate": "clean",
        "lost": [{ "attempt": 1, "why": "hung", "checkpoint": 3 }], "absent": true, "absent_by": "pids",
    });
    assert_eq!(tale.value(), Some(&expected));
    // A resumed run.
    tale.note(&DeviceFact::Before { who: who(2), device: device(), cap });
    assert_eq!((&tale.value().unwrap()["lost"], &tale.value().unwrap()["gate"]), (&expected["lost"], &Value::Null));
}
