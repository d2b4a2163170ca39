//! Clusters of courses, and the fan-out table that the orchestrator reads.

use std::path::Path;

use crate::artifact::{Artifact, ArtifactError, ArtifactKey, ArtifactWriter, Column, Kind};
use crate::codec::{Decode, Encode};
use crate::ids::{ClusterId, Id};
use crate::model::Instance;

/// One job of STAGE2A: one cluster to solve, or (the last one) the repair of what the waves left unplaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Job {
    /// Its wave. Jobs of one wave are not coupled by a teacher or a curriculum.
    pub wave: u32,
    /// Memory that its worker is predicted to need, in bytes.
    pub bytes: u64,
    /// Threads that it can use.
    pub threads: u32,
    /// What it solves.
    pub scope: Scope,
}

/// What a job of STAGE2A solves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Scope {
    /// The courses of one cluster.
    Cluster(u32),
    /// Whatever the waves before could not place, with all courses free to move if need be. Always the only job of the last
    /// wave; with nothing unplaced it publishes an empty fragment at once.
    Repair,
}

/// The fan-out table: all jobs of STAGE2A by ascending wave. It is the note of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct FanOut {
    /// The jobs; a job's number is its index.
    pub jobs: Vec<Job>,
}

impl FanOut {
    /// Number of waves.
    pub fn waves(&self) -> usize {
        self.jobs.last().map_or(0, |job| job.wave as usize + 1)
    }

    /// Number of clusters.
    pub fn clusters(&self) -> usize {
        self.jobs.iter().filter(|job| matches!(job.scope, Scope::Cluster(_))).count()
    }

    /// The jobs of one wave: number and job, in the order of the leases of that wave's ledger.
    pub fn wave(&self, wave: usize) -> impl Iterator<Item = (usize, &Job)> {
        self.jobs.iter().enumerate().filter(move |(_, job)| job.wave as usize == wave)
    }
}

/// Which cluster each course belongs to, with the fan-out table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Cluster of each course.
    pub labels: Vec<ClusterId>,
    /// The jobs.
    pub fan_out: FanOut,
}

impl Partition {
    /// A partition artifact, the fan-out table in its header.
    pub fn artifact(&self, key: ArtifactKey) -> ArtifactWriter {
        let mut writer = ArtifactWriter::new(Kind::Partition, key);
        writer.note(&self.fan_out).column(Column::CourseCluster, &self.labels);
        writer
    }

    /// Opens the partition at `path`.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged or belongs to another instance.
    pub fn open(path: &Path, instance: &Instance) -> Result<Self, ArtifactError> {
        let artifact = Artifact::open(path, Kind::Partition)?;
        let fan_out: FanOut = artifact.note()?;
        let labels = artifact.column::<ClusterId>(Column::CourseCluster)?.to_vec();
        let known = |label: &ClusterId| {
            fan_out
                .jobs
                .iter()
                .any(|job| matches!(job.scope, Scope::Cluster(number) if number as usize == label.index()))
        };
        if labels.len() != instance.course_count() || !labels.iter().all(known) {
            return Err(ArtifactError::Damaged {
                path: path.to_owned(),
                why: "its labels do not fit the instance or the fan-out table".to_owned(),
            });
        }
        Ok(Self { labels, fan_out })
    }
}
