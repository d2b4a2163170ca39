//! The numbers that memory is judged by.

use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::Stage;

/// Thresholds with the defaults of the original system (75 % before CP-SAT, 80 % before RL), and what it did not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Hundredths of the capacity that the whole pipeline stays below.
    pub pipeline: u64,
    /// Host use, in hundredths, from which memory is high in STAGE2A.
    pub high_solve: u64,
    /// The same for STAGE3.
    pub high_resolve: u64,
    /// The same for every other stage.
    pub high_elsewhere: u64,
    /// Hundredths of a device's memory from which it is left to others.
    pub gpu: u64,
    /// Host use below which high memory is over, …
    pub high_clear: u64,
    /// … when it lasts that long.
    pub high_hold: Duration,
    /// So many points below the high threshold nothing more is admitted.
    pub admission_step: u64,
    /// So many points above the high threshold is an emergency.
    pub emergency_step: u64,
    /// Hundredths of its allotment from which a worker has to make room.
    pub soft: u64,
    /// Hundredths of its allotment below which a worker is calm again, …
    pub soft_clear: u64,
    /// … when it lasts that long.
    pub soft_hold: Duration,
    /// Time that a relief gets before memory is measured again.
    pub relief_settle: Duration,
    /// Kept free for what is held between two looks, above an allotment.
    pub margin: Bytes,
    /// How long to wait for others to give memory back before the run gives way.
    pub pressure_wait: Duration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            pipeline: 70,
            high_solve: 75,
            high_resolve: 80,
            high_elsewhere: 75,
            gpu: 90,
            high_clear: 70,
            high_hold: Duration::from_secs(2),
            admission_step: 5,
            emergency_step: 5,
            soft: 90,
            soft_clear: 80,
            soft_hold: Duration::from_secs(1),
            relief_settle: Duration::from_millis(300),
            margin: Bytes::mib(4),
            pressure_wait: Duration::from_mins(1),
        }
    }
}

impl Thresholds {
    /// Host use, in hundredths, from which memory is high in that stage.
    pub fn high(&self, stage: Stage) -> u64 {
        match stage {
            Stage::Solve | Stage::Commit => self.high_solve,
            Stage::Resolve => self.high_resolve,
            _ => self.high_elsewhere,
        }
    }

    /// Host use, in hundredths, from which it is an emergency in that stage.
    pub fn emergency(&self, stage: Stage) -> u64 {
        self.high(stage) + self.emergency_step
    }

    /// Host use, in hundredths, up to which jobs of that stage are admitted.
    pub fn admission(&self, stage: Stage) -> u64 {
        self.high(stage).saturating_sub(self.admission_step)
    }
}
