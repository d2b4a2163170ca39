//! What a run came from, for whoever reads its report years later. Nothing is decided by it.

use std::fs;
use std::thread::available_parallelism;

/// Program, command and machine of one start of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The id of the run: it begins with the time of its first start, by the wall, in UTC.
    pub run: String,
    /// Of the program.
    pub version: &'static str,
    /// The command line, as it was given.
    pub command: String,
    /// Its name, kind and kernel.
    pub machine: String,
    /// The sum of the instance's bytes, where they could be read.
    pub instance_sum: u128,
}

impl Origin {
    /// That of this process.
    pub(crate) fn look(run: &str, instance_sum: u128) -> Self {
        let words: Vec<String> = std::env::args_os().map(|word| quoted(&word.to_string_lossy())).collect();
        let of_kernel = |what: &str| {
            let text = fs::read_to_string(format!("/proc/sys/kernel/{what}")).unwrap_or_default();
            text.trim().to_owned()
        };
        let processors = available_parallelism().map_or(0, usize::from);
        let (name, kernel) = (of_kernel("hostname"), of_kernel("osrelease"));
        Self {
            run: run.to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            command: words.join(" "),
            machine: format!("{name}, {} with {processors} processors, Linux {kernel}", std::env::consts::ARCH),
            instance_sum,
        }
    }
}

/// A word as a shell would read it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_given_again() {
        assert_eq!(
            ["run", "--seed=3", "a b", "it's", ""].map(quoted),
            ["run", "--seed=3", "'a b'", r"'it'\''s'", "''"]
        );
    }
}
