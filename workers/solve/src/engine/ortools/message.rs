//! The messages of CP-SAT, as far as we send and read them: protocol buffers, whose field numbers are public and stable.
//!
//! Numbers that the library leaves at zero or false by itself are optional here, so that they are sent where they are set.

use prost::{Message, Oneof};

/// `CpModelProto`: variables, constraints, what to minimise, what to try first.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Model {
    #[prost(message, repeated, tag = "2")]
    pub(super) variables: Vec<Variable>,
    #[prost(message, repeated, tag = "3")]
    pub(super) constraints: Vec<Constraint>,
    #[prost(message, optional, tag = "4")]
    pub(super) objective: Option<Objective>,
    #[prost(message, optional, tag = "6")]
    pub(super) hint: Option<Hint>,
}

/// `IntegerVariableProto`: its least and its largest value.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Variable {
    #[prost(int64, repeated, tag = "2")]
    pub(super) domain: Vec<i64>,
}

/// `ConstraintProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Constraint {
    #[prost(oneof = "Kind", tags = "3, 12, 26, 29")]
    pub(super) kind: Option<Kind>,
}

/// What a constraint says.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Kind {
    /// One of them is true.
    #[prost(message, tag = "3")]
    Or(Literals),
    /// A weighted sum is in a range.
    #[prost(message, tag = "12")]
    Linear(Linear),
    /// At most one of them is true.
    #[prost(message, tag = "26")]
    AtMostOne(Literals),
    /// Exactly one of them is true.
    #[prost(message, tag = "29")]
    ExactlyOne(Literals),
}

/// `BoolArgumentProto`: numbers of Booleans; of those that are to be false, less than zero.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Literals {
    #[prost(int32, repeated, tag = "1")]
    pub(super) literals: Vec<i32>,
}

/// `LinearConstraintProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Linear {
    #[prost(int32, repeated, tag = "1")]
    pub(super) vars: Vec<i32>,
    #[prost(int64, repeated, tag = "2")]
    pub(super) weights: Vec<i64>,
    #[prost(int64, repeated, tag = "3")]
    pub(super) domain: Vec<i64>,
}

/// `CpObjectiveProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Objective {
    #[prost(int32, repeated, tag = "1")]
    pub(super) vars: Vec<i32>,
    #[prost(int64, repeated, tag = "4")]
    pub(super) weights: Vec<i64>,
}

/// `PartialVariableAssignment`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Hint {
    #[prost(int32, repeated, tag = "1")]
    pub(super) vars: Vec<i32>,
    #[prost(int64, repeated, tag = "2")]
    pub(super) values: Vec<i64>,
}

/// `SatParameters`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Parameters {
    #[prost(int32, optional, tag = "31")]
    pub(super) random_seed: Option<i32>,
    #[prost(int64, optional, tag = "40")]
    pub(super) max_memory_in_mb: Option<i64>,
    #[prost(double, optional, tag = "67")]
    pub(super) max_deterministic_time: Option<f64>,
    #[prost(int32, optional, tag = "90")]
    pub(super) linearization_level: Option<i32>,
    #[prost(int32, optional, tag = "110")]
    pub(super) cp_model_probing_level: Option<i32>,
    #[prost(bool, optional, tag = "135")]
    pub(super) catch_sigint_signal: Option<bool>,
    #[prost(int32, optional, tag = "183")]
    pub(super) symmetry_level: Option<i32>,
    #[prost(int32, optional, tag = "206")]
    pub(super) num_workers: Option<i32>,
}

/// `CpSolverResponse`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Response {
    #[prost(enumeration = "Status", tag = "1")]
    pub(super) status: i32,
    #[prost(int64, repeated, tag = "2")]
    pub(super) solution: Vec<i64>,
    #[prost(double, tag = "17")]
    pub(super) deterministic_time: f64,
}

/// `CpSolverStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(super) enum Status {
    Unknown = 0,
    ModelInvalid = 1,
    Feasible = 2,
    Infeasible = 3,
    Optimal = 4,
}
