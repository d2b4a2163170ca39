//! What one job does: the table of stages, row by row.

use shared::artifact::Kind;
use shared::wire::Stage;

/// The work of one job. Everything that follows from it alone stands in this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// STAGE0.
    Load,
    /// STAGE1, and the same again before each further sweep of STAGE2A.
    Cluster {
        /// The coming sweep.
        sweep: u32,
    },
    /// Before wave `wave` of STAGE2A: apply the fragments of the wave before, lease cells for this one.
    Commit {
        /// Its sweep.
        sweep: u32,
        /// The coming wave; the number of waves behind the last one.
        wave: u32,
    },
    /// STAGE2A: one row of the fan-out table of a sweep.
    Solve {
        /// Its sweep.
        sweep: u32,
        /// Its row.
        job: u32,
        /// Its wave.
        wave: u32,
    },
    /// STAGE2B.
    Evolve,
    /// STAGE3.
    Resolve,
    /// Compares the output of STAGE2B or STAGE3 with its input.
    Audit(Stage),
    /// Recounts and writes the solution.
    Export,
    /// Looks for a GPU before STAGE2B, beside the first wave.
    GpuProbe,
    /// Watches the GPU that STAGE2B works on, from right before it begins.
    GpuWatch,
    /// Looks whether the GPU's memory is back after STAGE2B, beside its audit.
    GpuGate,
    /// Looks whether nobody of the run is on the GPU while STAGE3 runs.
    GpuAbsence,
}

impl Work {
    /// The stage whose program does it.
    pub fn stage(self) -> Stage {
        match self {
            Self::Load => Stage::Load,
            Self::Cluster { .. } => Stage::Cluster,
            Self::Commit { .. } => Stage::Commit,
            Self::Solve { .. } => Stage::Solve,
            Self::Evolve => Stage::Evolve,
            Self::Resolve => Stage::Resolve,
            Self::Audit(_) => Stage::Audit,
            Self::Export => Stage::Export,
            Self::GpuProbe | Self::GpuWatch | Self::GpuGate | Self::GpuAbsence => Stage::GpuProbe,
        }
    }

    /// The job's name, unique within the run. Clustering and solving of the first sweep have short ones.
    pub fn name(self) -> String {
        match self {
            Self::Cluster { sweep: 1.. } | Self::Commit { .. } | Self::Solve { sweep: 1.., .. } => self.name_in_sweep(),
            Self::Solve { job, .. } => format!("solve.{job}"),
            Self::Audit(stage) => format!("audit.{stage}"),
            Self::GpuWatch => "gpu-watch".to_owned(),
            Self::GpuGate => "gpu-gate".to_owned(),
            Self::GpuAbsence => "gpu-absence".to_owned(),
            other => other.stage().to_string(),
        }
    }

    fn name_in_sweep(self) -> String {
        match self {
            Self::Cluster { sweep } => format!("cluster.{sweep}"),
            Self::Commit { sweep, wave } => format!("commit.{sweep}-{wave}"),
            Self::Solve { sweep, job, .. } => format!("solve.{sweep}-{job}"),
            other => other.name(),
        }
    }

    /// Sweep and row of a job of STAGE2A with that name.
    pub fn row_of(name: &str) -> Option<(u32, u32)> {
        let number = name.strip_prefix("solve.")?;
        let (sweep, job) = number.split_once('-').unwrap_or(("0", number));
        Some((sweep.parse().ok()?, job.parse().ok()?))
    }

    /// The artifact that it seals: role on the command line, file name, kind.
    pub fn output(self) -> Option<(&'static str, String, Kind)> {
        match self {
            Self::Load => Some(("instance", INSTANCE.to_owned(), Kind::Instance)),
            Self::Cluster { sweep } => Some(("partition", partition(sweep), Kind::Partition)),
            Self::Commit { sweep, wave } => Some(("ledger", format!("ledger-{sweep}-{wave}.art"), Kind::Ledger)),
            Self::Solve { sweep, job, .. } => Some(("fragment", format!("fragment-{sweep}-{job}.art"), Kind::Fragment)),
            Self::Evolve => Some(("draft", "draft.art".to_owned(), Kind::Draft)),
            Self::Resolve => Some(("timetable", "timetable.art".to_owned(), Kind::Timetable)),
            Self::Audit(_) | Self::Export | Self::GpuProbe | Self::GpuWatch | Self::GpuGate | Self::GpuAbsence => None,
        }
    }

    /// Whether it searches: its work is a matter of effort and time, and it can be told to stop with what it has.
    pub fn is_search(self) -> bool {
        matches!(self, Self::Solve { .. } | Self::Evolve | Self::Resolve)
    }

    /// Whether it seals checkpoints, from which another attempt goes on.
    pub fn has_checkpoints(self) -> bool {
        matches!(self, Self::Evolve | Self::Resolve)
    }

    /// Whether the run can end with a timetable even if this job is given up.
    pub fn is_dispensable(self) -> bool {
        match self {
            Self::Load | Self::Cluster { sweep: 0 } | Self::Commit { sweep: 0, wave: 0 } | Self::Export => false,
            Self::Cluster { .. }
            | Self::Commit { .. }
            | Self::Solve { .. }
            | Self::Evolve
            | Self::Resolve
            | Self::Audit(_)
            | Self::GpuProbe
            | Self::GpuWatch
            | Self::GpuGate
            | Self::GpuAbsence => true,
        }
    }

    /// Whether it counts as one of the threads of the pipeline. Who looks at a device while another one works there does not: with a
    /// single thread it would never come to look.
    pub fn takes_thread(self) -> bool {
        !matches!(self, Self::GpuWatch | Self::GpuAbsence)
    }

    /// Whether a bad end of it takes nothing from the result: a driver that crashes or hangs is a machine without a GPU.
    pub fn is_expendable(self) -> bool {
        matches!(self, Self::GpuProbe | Self::GpuWatch | Self::GpuGate | Self::GpuAbsence)
    }
}

/// What `load` seals.
pub const INSTANCE: &str = "instance.art";

/// What the clustering of a sweep seals.
pub fn partition(sweep: u32) -> String {
    format!("partition-{sweep}.art")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_files() {
        assert_eq!(Work::Commit { sweep: 0, wave: 3 }.name(), "commit.0-3");
        let solve = |sweep| Work::Solve { sweep, job: 7, wave: 1 };
        assert_eq!((solve(0).name(), solve(2).name()), ("solve.7".to_owned(), "solve.2-7".to_owned()));
        assert_eq!(solve(0).output().unwrap().1, "fragment-0-7.art");
        assert_eq!(Work::Cluster { sweep: 0 }.name(), "cluster");
        assert_eq!(Work::Cluster { sweep: 1 }.name(), "cluster.1");
        assert_eq!(Work::Audit(Stage::Evolve).name(), "audit.evolve");
        assert_eq!(Work::Export.name(), "export");
    }

    #[test]
    fn a_row_is_found_by_its_name() {
        for (sweep, job) in [(0, 0), (0, 12), (3, 7)] {
            assert_eq!(Work::row_of(&Work::Solve { sweep, job, wave: 0 }.name()), Some((sweep, job)));
        }
        assert_eq!((Work::row_of("commit.0-1"), Work::row_of("solve.x")), (None, None));
    }
}
