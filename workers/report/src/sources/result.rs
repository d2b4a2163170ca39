//! `result.json`: how the run ended.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What the report needs of it. A key that an older run did not write has no value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RunResult {
    pub(crate) instance: String,
    pub(crate) verdict: String,
    pub(crate) exit_code: u8,
    pub(crate) reason: Option<String>,
    pub(crate) hard: Option<u64>,
    pub(crate) unplaced: Option<u64>,
    pub(crate) cost: Option<u64>,
    pub(crate) components: Option<BTreeMap<String, u64>>,
    pub(crate) reproducible: bool,
    pub(crate) irreproducible_because: Option<String>,
    pub(crate) effort: f64,
    pub(crate) wall_s: f64,
    /// Processor time of all workers that were reaped.
    pub(crate) cpu_s: Option<f64>,
    pub(crate) threads: Option<u32>,
    pub(crate) peak_bytes: u64,
    pub(crate) capacity_bytes: u64,
    pub(crate) gpu: Option<GpuResult>,
    pub(crate) stages: Vec<StageResult>,
}

/// The GPU that STAGE2B worked on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GpuResult {
    pub(crate) name: String,
    pub(crate) before_bytes: Option<u64>,
    pub(crate) peak_bytes: Option<u64>,
    pub(crate) after_bytes: Option<u64>,
    pub(crate) lost: Vec<serde_json::Value>,
    pub(crate) absent: Option<bool>,
}

/// What became of one stage.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StageResult {
    pub(crate) stage: String,
    pub(crate) label: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) wall_s: f64,
    pub(crate) peak_bytes: u64,
    pub(crate) freed_bytes: u64,
    pub(crate) residual_bytes: u64,
    pub(crate) accepted: Option<bool>,
    pub(crate) skipped: Option<String>,
}
