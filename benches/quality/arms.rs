//! The pipeline without something, or with something done otherwise: what each part, or each value of a setting, is worth in the
//! same time.

/// A way to run it.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    /// What the rows call it.
    pub(crate) name: String,
    /// What the command line says for it.
    pub(crate) words: Vec<String>,
}

impl Arm {
    fn new(name: &str, words: &[&str]) -> Self {
        Self { name: name.to_owned(), words: words.iter().map(|word| (*word).to_owned()).collect() }
    }
}

/// The name of the pipeline as it is.
pub(crate) const WHOLE: &str = "whole";

/// As it is.
pub(crate) fn whole() -> Vec<Arm> {
    vec![Arm::new(WHOLE, &[])]
}

/// One thing at a time, and that with nothing but one deep chain.
pub(crate) fn without() -> Vec<Arm> {
    let parts = [
        Arm::new("no solve", &["--skip", "solve"]),
        Arm::new("no evolve", &["--skip", "evolve"]),
        Arm::new("no resolve", &["--skip", "resolve"]),
        // No cluster is divided: one job for the whole instance.
        Arm::new("no clusters", &["--set", "cluster.lectures=1000000"]),
        Arm::new("one chain", &["--set", "evolve.population=1"]),
        Arm::new("one chain alone", &["--skip", "solve", "--skip", "resolve", "--set", "evolve.population=1"]),
        Arm::new("learned", &["--set", "resolve.select=learn", "--set", "resolve.policy=builtin"]),
    ];
    whole().into_iter().chain(parts).collect()
}

/// Each of some values of a setting.
pub(crate) fn values(key: &str, values: &str) -> Vec<Arm> {
    values.split(',').map(|value| format!("{key}={value}")).map(|set| Arm::new(&set, &["--set", &set])).collect()
}
