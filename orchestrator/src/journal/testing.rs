//! What journals of tests begin with.

use shared::wire::Stage;

use super::{Fingerprint, RunSettings};

/// Settings with something in every field.
pub(crate) fn settings() -> RunSettings {
    RunSettings {
        run_id: "r1".to_owned(),
        instance: b"comp01.ctt".to_vec(),
        fingerprint: Fingerprint { bytes: 9, sum: 7 },
        is_in_runs: false,
        seed: 1,
        threads: 2,
        capacity: 1 << 30,
        memory_bytes: None,
        memory_percent: Some(50.0),
        stage_memory: vec![(Stage::Solve, 1 << 26)],
        effort: Some(0.5),
        time_limit_ms: None,
        pressure_wait_ms: 60_000,
        until: Stage::Resolve,
        skip: vec![Stage::Evolve],
        programs: vec![(Stage::Load, b"./l\xff".to_vec())],
        settings: vec![("memory.solve".to_owned(), "75".to_owned())],
    }
}
