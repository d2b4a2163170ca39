//! A configuration on its way into the journal, and out of it again when the run is taken up.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::worker::Setting;

use super::{Config, SettingError};
use crate::cli::{ResumeArgs, RunArgs};
use crate::journal::{Fingerprint, RunSettings};
use crate::policy::StageMemory;
use crate::watch::{Capacity, MemoryRequest};

impl Config {
    /// All that another start needs to go on in the same way. Paths become absolute: it may be called from elsewhere.
    ///
    /// # Errors
    /// When there is no current directory.
    pub fn to_journal(
        &self,
        run_id: String,
        is_in_runs: bool,
        fingerprint: Fingerprint,
        capacity: &Capacity,
    ) -> io::Result<RunSettings> {
        let path = |path: &Path| Ok::<_, io::Error>(absolute(path)?.as_os_str().as_bytes().to_vec());
        let (memory_bytes, memory_percent) = match self.memory {
            Some(MemoryRequest::Size(size)) => (Some(size.0), None),
            Some(MemoryRequest::Percent(share)) => (None, Some(share)),
            None => (None, None),
        };
        let millis = |time: Duration| time.as_millis() as u64;
        Ok(RunSettings {
            run_id,
            instance: path(&self.instance)?,
            fingerprint,
            is_in_runs,
            seed: self.seed,
            threads: self.threads,
            capacity: capacity.bytes.0,
            memory_bytes,
            memory_percent,
            stage_memory: self.stage_memory.iter().map(|(stage, size)| (*stage, size.0)).collect(),
            effort: self.effort,
            time_limit_ms: self.time_limit.map(millis),
            pressure_wait_ms: millis(self.settings.thresholds.pressure_wait),
            until: self.until,
            skip: self.skip.clone(),
            programs: self
                .programs
                .iter()
                .map(|(stage, program)| Ok((*stage, path(program)?)))
                .collect::<io::Result<_>>()?,
            settings: self.settings.to_journal(),
        })
    }

    /// The settings of a run that goes on with this, where they are other ones than before. Threads and memory may differ from
    /// start to start, and are not among them.
    pub fn changes(&self, run: &RunSettings) -> Option<RunSettings> {
        let now = RunSettings {
            seed: self.seed,
            effort: self.effort,
            time_limit_ms: self.time_limit.map(|limit| limit.as_millis() as u64),
            settings: self.settings.to_journal(),
            ..run.clone()
        };
        (now != *run).then_some(now)
    }

    /// The configuration of a run that is taken up again in `root`; what `args` say is new.
    ///
    /// # Errors
    /// When a setting of the journal is none any more.
    pub fn again(run: &RunSettings, root: &Path, args: &ResumeArgs) -> Result<Self, SettingError> {
        let path = |bytes: &[u8]| PathBuf::from(OsString::from_vec(bytes.to_vec()));
        let size = run.memory_bytes.map(|bytes| MemoryRequest::Size(Bytes(bytes)));
        let memory = args.memory.or(size).or(run.memory_percent.map(MemoryRequest::Percent));
        let setting = |(key, value): &(String, String)| Setting { key: key.clone(), value: value.clone() };
        Self::new(RunArgs {
            instance: path(&run.instance),
            // Its copy lies in the run.
            previous: None,
            run_dir: Some(root.to_owned()),
            keep: None,
            if_running: args.if_running,
            seed: args.seed.or(Some(run.seed)),
            effort: args.effort.or(run.effort),
            time_limit: args.time_limit.or(run.time_limit_ms.map(Duration::from_millis)),
            until: Some(run.until),
            skip: run.skip.clone(),
            threads: Some(args.threads.unwrap_or(run.threads)),
            memory,
            history: args.history.clone(),
            stage_memory: run
                .stage_memory
                .iter()
                .map(|(stage, size)| StageMemory { stage: *stage, size: Bytes(*size) })
                .collect(),
            pressure_wait: Some(Duration::from_millis(run.pressure_wait_ms)),
            engine: args.engine.clone(),
            gpu: args.gpu.clone(),
            gpu_memory: None,
            worker_program: run.programs.iter().map(|(stage, program)| (*stage, path(program))).collect(),
            settings: run.settings.iter().map(setting).chain(args.settings.iter().cloned()).collect(),
            telling: args.telling.clone(),
            config: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::policy::gpu::Wish;
    use crate::watch::CapacitySource;

    #[derive(Parser)]
    struct RunLine {
        #[command(flatten)]
        run: RunArgs,
    }

    #[derive(Parser)]
    struct ResumeLine {
        #[command(flatten)]
        resume: ResumeArgs,
    }

    fn journaled(line: &str) -> RunSettings {
        let config = Config::new(RunLine::try_parse_from(line.split(' ')).unwrap().run).unwrap();
        let capacity = Capacity { bytes: Bytes(1 << 30), source: CapacitySource::Machine };
        config.to_journal("id".to_owned(), false, Fingerprint::default(), &capacity).unwrap()
    }

    fn again(run: &RunSettings, line: &str) -> Config {
        let args = ResumeLine::try_parse_from(line.split(' ')).unwrap().resume;
        Config::again(run, Path::new("r"), &args).unwrap()
    }

    #[test]
    fn everything_comes_back_as_it_was_said() {
        let run = journaled(
            "run /x.ctt --seed 7 --effort 0.5 --time-limit 3s --until evolve --skip solve --threads 3 --memory 50% \
             --stage-memory load=9M --pressure-wait 2s --worker-program load=/l --set memory.solve=60 --set evolve.population=4",
        );
        let config = again(&run, "resume r");
        let capacity = Capacity { bytes: Bytes(1 << 30), source: CapacitySource::Machine };
        let once_more = config.to_journal("id".to_owned(), false, Fingerprint::default(), &capacity).unwrap();
        assert_eq!(once_more, run);
        assert_eq!((config.threads, config.memory), (3, Some(MemoryRequest::Percent(50.0))));
        assert_eq!(config.settings.thresholds.high_solve, 60);
        assert_eq!(config.settings.of_workers.len(), 1);
    }

    #[test]
    fn threads_and_memory_may_be_said_anew() {
        let config = again(&journaled("run /x.ctt --threads 3 --memory 1G"), "resume r --threads 1 --memory 2G");
        assert_eq!((config.threads, config.memory), (1, Some(MemoryRequest::Size(Bytes(2 << 30)))));
        assert_eq!(config.effort, Some(1.0));
    }

    #[test]
    fn a_device_that_was_required_may_be_done_without() {
        let run = journaled("run /x.ctt --gpu require");
        assert_eq!(again(&run, "resume r").settings.gpu, Wish::Require);
        let args = "resume r --gpu never";
        assert_eq!(again(&run, args).settings.gpu, Wish::Never);
        assert!(ResumeLine::try_parse_from(args.split(' ')).unwrap().resume.asks_for_other_work());
    }
}
