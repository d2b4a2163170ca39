//! What a policy is about: which features it sees and which actions it chooses among. One that was learned for another search
//! means nothing here, and so its file names both.

/// The two sets, by name and number, and how a person is told of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// The features, with the version of their meaning.
    pub(crate) features: &'static str,
    /// How many there are.
    pub(crate) columns: usize,
    /// The actions, with the version of their order.
    pub(crate) actions: &'static str,
    /// How many there are.
    pub(crate) rows: usize,
    /// The operators that a mix may name, in the order of the rows.
    pub(crate) operators: &'static [&'static str],
    /// What a mix is expected to be.
    pub(crate) mix_expected: &'static str,
    /// The policy that the program brings along, as a file.
    pub(crate) builtin: &'static str,
    /// The mix where nothing else is said, by row.
    pub(crate) prior: fn() -> Vec<f64>,
    /// The rows that may be chosen from, while violations are repaired and while there are none.
    pub(crate) open: fn(bool) -> Vec<bool>,
    /// Looks at a search as it typically is, for whoever wants to see what a policy would do.
    pub(crate) moments: &'static [Moment],
}

/// A typical look at a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// What it is.
    pub(crate) name: &'static str,
    /// Whether there are violations.
    pub(crate) is_repairing: bool,
    /// What the policy sees.
    pub(crate) seen: &'static [f64],
}

/// The searches that policies are learned in.
pub(crate) const SHAPES: [&Shape; 2] = [&crate::stream::SHAPE, &crate::campus::stream::SHAPE];
