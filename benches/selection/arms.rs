//! The arms of the comparison: settings of the program, each useful by itself.

use std::path::{Path, PathBuf};

use super::train::Trained;

/// One way to select operators.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arm {
    /// Its name in the rows.
    pub(crate) name: &'static str,
    /// What is set.
    pub(crate) settings: Vec<String>,
    /// The policy that it begins with.
    pub(crate) policy: Option<PathBuf>,
}

impl Arm {
    /// An arm by what is set.
    pub(crate) fn of(name: &'static str, settings: &[&str]) -> Self {
        Self { name, settings: settings.iter().map(|setting| (*setting).to_owned()).collect(), policy: None }
    }

    /// A fixed mix.
    pub(crate) fn mix(name: &'static str, mix: &str) -> Self {
        Self::of(name, if mix.is_empty() { &[] } else { std::slice::from_ref(&mix) }).with_mix()
    }

    fn with_mix(mut self) -> Self {
        self.settings.iter_mut().for_each(|mix| mix.insert_str(0, "resolve.mix="));
        self.settings.push("resolve.select=prior".to_owned());
        self
    }

    /// An arm that begins with a policy.
    pub(crate) fn by(name: &'static str, select: &str, policy: &Path) -> Self {
        Self { policy: Some(policy.to_owned()), ..Self::of(name, &[select]) }
    }
}

/// All arms, from A1 on, with what training has come to.
pub(crate) fn arms(trained: &Trained) -> Vec<Arm> {
    vec![
        Arm::of("A1", &["resolve.select=uniform"]),
        Arm::mix("A2", &trained.single),
        Arm::of("A3", &["resolve.select=prior"]),
        Arm::mix("A4", &trained.mix),
        Arm::of("A5", &["resolve.select=greedy"]),
        Arm::of("A6", &["resolve.select=learn", "resolve.policy=none"]),
        Arm::by("A7", "resolve.select=learn", &trained.policy),
        Arm::by("A8", "resolve.select=frozen", &trained.policy),
        Arm::by("A9", "resolve.select=learn", &trained.placebo),
    ]
}
