//! How the processes of a run are known again, wherever they have gone: by two variables in their environment, which every
//! descendant inherits. One that clears its environment is only known as long as it keeps its group or its parents.

use std::fs;

use shared::worker::{ATTEMPT_VARIABLE, RUN_ID_VARIABLE};

/// Whose a process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The id of its run.
    pub(super) run: String,
    /// `<job>-<attempt>`; empty where it has none.
    pub(super) attempt: String,
}

impl Mark {
    /// The mark of a process; nothing when it has none, is gone, only waits to be reaped, or is not ours to look at.
    pub(super) fn of(pid: u32) -> Option<Self> {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let run = value(&environment, RUN_ID_VARIABLE)?;
        Some(Self { run, attempt: value(&environment, ATTEMPT_VARIABLE).unwrap_or_default() })
    }
}

fn value(environment: &[u8], name: &str) -> Option<String> {
    let of = |entry: &[u8]| Some(entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.to_owned());
    let value = environment.split(|byte| *byte == 0).find_map(of)?;
    String::from_utf8(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_whole_name() {
        let environment = b"A=1\0CARILLON_RUN_IDS=no\0CARILLON_RUN_ID=a=b\0X\0";
        assert_eq!(value(environment, RUN_ID_VARIABLE), Some("a=b".to_owned()));
        assert_eq!(value(environment, ATTEMPT_VARIABLE), None);
        assert_eq!(value(b"", "A"), None);
        assert_eq!(Mark::of(u32::MAX), None);
    }
}
