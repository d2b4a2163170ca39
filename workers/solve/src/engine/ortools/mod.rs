//! CP-SAT of OR-Tools, as an engine. The user brings the library; without it there is the built-in engine.
//!
//! It minimises by itself, so that one question brings the best answer that its work suffices for. It works with one thread, a
//! seed and a limit of its own deterministic time: equal questions get equal answers. Its limit of memory does not hold it (its
//! makers say so); whoever watches this process does.
//!
//! ```text
//! library     the shared library and its functions
//! message     the protocol buffers that go through them
//! translate   our model as such a message
//! ```

mod library;
mod message;
mod translate;

use std::sync::Arc;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use prost::Message as _;

pub(super) use library::{Library, LibraryError, VERSION, version};
use message::{Hint, Parameters, Response, Status};

use super::{Answer, Engine, Pace, Question};
use crate::meter::Meter;
use crate::model::Model;

/// Units of work in a second of the library's deterministic time.
const WORK_PER_SECOND: f64 = 250_000.0;
/// Lectures of a piece of a campus. Larger ones break a little less, for more time and a higher soft cost.
pub(super) const PIECE: usize = 24;
/// The least work that is worth a call.
pub(super) const PORTION_LEAST: u64 = 50_000;
/// Bytes of a request that count a unit of work: to send, read and lay out a model is in no deterministic time.
const BYTES_PER_WORK: u64 = 6;
/// A call for all that is left of a cluster's work pays for presolve once; neighbourhoods are for what it could not close.
const PACE: Pace = Pace { whole: 250_000, neighbourhood: 25_000, courses: 8 };
/// Relaxations: all that can be linear is. With one thread the default proves much less.
const LINEARIZATION_LEVEL: i32 = 2;
/// CPU time for each second of deterministic time, and for each call, after which nobody vouches that it still works.
const PATIENCE: f64 = 60.0;

/// A model, ready to be sent.
#[derive(Debug)]
pub(super) struct Ortools {
    library: Arc<Library>,
    model: Model,
    request: message::Model,
    preferred: Option<Vec<u32>>,
    seed: i32,
    memory_mb: Option<i64>,
}

impl Ortools {
    /// Translates the model. The memory is all that this process may hold.
    pub(super) fn new(library: Arc<Library>, model: &Model, seed: u64, memory: Option<u64>) -> Self {
        Self {
            library,
            model: model.clone(),
            request: translate::model(model),
            preferred: None,
            // Both halves count: sweeps differ in the upper one.
            seed: ((seed ^ seed >> 32) & 0x7fff_ffff) as i32,
            memory_mb: memory.map(|bytes| (bytes >> 20) as i64),
        }
    }

    /// The message of a question.
    fn request(&self, question: &Question) -> Vec<u8> {
        let mut request = self.request.clone();
        for var in question.fixed {
            request.variables[var.index()] = translate::domain(1, 1);
        }
        request.hint = self.preferred.as_ref().map(|values| Hint {
            vars: (0..values.len() as i32).collect(),
            values: values.iter().map(|value| i64::from(*value)).collect(),
        });
        request.encode_to_vec()
    }

    fn parameters(&self, work: u64) -> Vec<u8> {
        let parameters = Parameters {
            random_seed: Some(self.seed),
            max_memory_in_mb: self.memory_mb,
            max_deterministic_time: Some(work as f64 / WORK_PER_SECOND),
            linearization_level: Some(LINEARIZATION_LEVEL),
            cp_model_probing_level: Some(0),
            catch_sigint_signal: Some(false),
            symmetry_level: Some(0),
            num_workers: Some(1),
        };
        parameters.encode_to_vec()
    }

    /// What a response means. A solution that is not below the bound is none: it is the one that was to be improved.
    fn answer(&self, response: &Response, at_most: Option<i64>) -> Answer {
        let status = response.status();
        let values: Option<Vec<u32>> = response.solution.iter().map(|value| u32::try_from(*value).ok()).collect();
        let values = values.filter(|values| values.len() == self.model.uppers().len());
        match (status, values) {
            (Status::Infeasible, _) => Answer::Impossible,
            (Status::Optimal | Status::Feasible, Some(mut values)) => {
                self.model.tighten(&mut values);
                let is_below = at_most.is_none_or(|most| self.model.cost(&values) <= most);
                match (status == Status::Optimal, is_below) {
                    (true, true) => Answer::Least(values),
                    (true, false) => Answer::Impossible,
                    (false, true) => Answer::Solution(values),
                    (false, false) => Answer::Unknown,
                }
            }
            _ => Answer::Unknown,
        }
    }
}

impl Engine for Ortools {
    fn pace(&self) -> Pace {
        PACE
    }

    fn prefer(&mut self, values: &[u32]) {
        self.preferred = Some(values.to_vec());
    }

    fn ask(&mut self, question: Question, meter: &mut Meter) -> Answer {
        if question.at_most.is_some_and(|most| most < 0) {
            return Answer::Impossible;
        }
        if meter.is_slice_over() {
            return Answer::Unknown;
        }
        let work = meter.slice_left();
        let (request, parameters) = (self.request(&question), self.parameters(work));
        let mut pulse = Pulse::new(work);
        let response = self.library.solve(&request, &parameters, || meter.is_cut(pulse.has_moved()));
        let response = Response::decode(response.as_slice()).unwrap_or_default();
        let to_send = request.len() as u64 / BYTES_PER_WORK;
        meter.count(to_send + (response.deterministic_time * WORK_PER_SECOND) as u64);
        self.answer(&response, question.at_most)
    }
}

/// Whether the library works: it says nothing while it does, but a process that works takes CPU time.
struct Pulse {
    last: Duration,
    most: Duration,
}

impl Pulse {
    fn new(work: u64) -> Self {
        let last = cpu_time();
        Self { last, most: last + Duration::from_secs_f64(PATIENCE * (1.0 + work as f64 / WORK_PER_SECOND).min(1e6)) }
    }

    fn has_moved(&mut self) -> bool {
        let before = std::mem::replace(&mut self.last, cpu_time());
        self.last > before && self.last < self.most
    }
}

/// The CPU time that this process has taken.
fn cpu_time() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return Duration::ZERO };
    let time = usage.user_time();
    Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1_000)
}
