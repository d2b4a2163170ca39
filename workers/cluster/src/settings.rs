//! The settings of this stage: what `--set` may say.

use shared::bytes::Bytes;
use shared::worker::{SettingError, WorkerArgs};

/// Lectures beyond which the built-in engine stops improving a cluster.
const LECTURES: u32 = 40;
/// The same for a campus, whose clusters are solved in pieces: enough for a process to pay, few enough for dozens of them.
const CAMPUS_LECTURES: u32 = 300;
/// Waves beyond which commits and their syncs cost more than smaller clusters gain.
const WAVES: u32 = 12;

/// What the partition may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `solve.memory`: the most that one solve job may be predicted to need.
    pub memory: Bytes,
    /// `cluster.lectures`: the most lectures of a cluster, where the waves allow it; by default what suits the kind of instance.
    pub lectures: u32,
    /// `cluster.waves`: the most waves, where the memory allows it.
    pub waves: u32,
    /// Seed of the vertex order and of the refinement.
    pub seed: u64,
}

/// How the work is spread over threads; it never changes the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Everything on the calling thread.
    Inline,
    /// On rayon's threads wherever a batch has at least so many arcs.
    Threads {
        /// The least work that is worth waking threads for.
        arcs: usize,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self { memory: Bytes(u64::MAX), lectures: LECTURES, waves: WAVES, seed: 1 }
    }
}

impl Settings {
    /// Reads the settings of a worker, with defaults for those that are not there.
    ///
    /// # Errors
    /// When a value is not of its kind.
    pub fn read(args: &WorkerArgs) -> Result<Self, SettingError> {
        let defaults = Self::default();
        let memory = args.read("solve.memory", "a size such as 64M", |text| text.parse().ok())?;
        Ok(Self {
            memory: memory.unwrap_or(defaults.memory),
            lectures: args.read_count("cluster.lectures")?.unwrap_or(defaults.lectures),
            waves: args.read_count("cluster.waves")?.unwrap_or(defaults.waves),
            seed: args.seed,
        })
    }

    /// The same with what suits a campus where nothing was said.
    ///
    /// # Errors
    /// When a value is not of its kind.
    pub fn for_campus(self, args: &WorkerArgs) -> Result<Self, SettingError> {
        Ok(Self { lectures: args.read_count("cluster.lectures")?.unwrap_or(CAMPUS_LECTURES), ..self })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use shared::wire::Stage;

    use super::*;

    fn read(settings: &[&str]) -> Result<Settings, SettingError> {
        let mut args = WorkerArgs::new(Stage::Cluster, "cluster", 1, Path::new("."));
        args.settings = settings.iter().map(|text| text.parse().expect("KEY=VALUE")).collect();
        Settings::read(&args)
    }

    #[test]
    fn settings_are_read_with_defaults() {
        assert_eq!(read(&[]), Ok(Settings::default()));
        let read = read(&["solve.memory=67108864", "cluster.lectures=25", "cluster.waves=3"]);
        assert_eq!(read, Ok(Settings { memory: Bytes::mib(64), lectures: 25, waves: 3, seed: 1 }));
    }

    #[test]
    fn clusters_of_a_campus_are_larger_where_nothing_was_said() {
        let lectures = |settings: &[&str]| {
            let mut args = WorkerArgs::new(Stage::Cluster, "cluster", 1, Path::new("."));
            args.settings = settings.iter().map(|text| text.parse().expect("KEY=VALUE")).collect();
            Settings::read(&args).and_then(|read| read.for_campus(&args)).map(|settings| settings.lectures)
        };
        assert_eq!((lectures(&[]), lectures(&["cluster.lectures=25"])), (Ok(CAMPUS_LECTURES), Ok(25)));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for wrong in ["solve.memory=lots", "cluster.lectures=0", "cluster.waves=-1"] {
            let error = read(&[wrong]).expect_err("a wrong setting");
            assert!(error.to_string().contains(wrong), "{error}");
        }
    }
}
