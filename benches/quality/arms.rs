//! The pipeline without something, or with something done otherwise: what each part is worth in the same time.

/// A way to run it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arm {
    /// What the rows call it.
    pub(crate) name: &'static str,
    /// What the command line says for it.
    pub(crate) words: &'static [&'static str],
}

/// As it is.
pub(crate) const WHOLE: Arm = Arm { name: "whole", words: &[] };

/// One thing at a time, and that with nothing but one deep chain.
pub(crate) const ARMS: [Arm; 8] = [
    WHOLE,
    Arm { name: "no solve", words: &["--skip", "solve"] },
    Arm { name: "no evolve", words: &["--skip", "evolve"] },
    Arm { name: "no resolve", words: &["--skip", "resolve"] },
    // No cluster is divided: one job for the whole instance.
    Arm { name: "no clusters", words: &["--set", "cluster.lectures=1000000"] },
    Arm { name: "one chain", words: &["--set", "evolve.population=1"] },
    Arm { name: "one chain alone", words: &["--skip", "solve", "--skip", "resolve", "--set", "evolve.population=1"] },
    Arm { name: "learned", words: &["--set", "resolve.select=learn", "--set", "resolve.policy=builtin"] },
];
