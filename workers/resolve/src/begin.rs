//! What a selection by a policy begins with: a file, what the program brings along, or nothing.
//!
//! A policy saves work, and is never worth a run: whatever is wrong with its file is told once, and the fixed mix selects.

use shared::worker::Context;

use crate::policy::Select;
use crate::policy_file::{Known, PolicyError, bytes_of, read};
use crate::settings::{Settings, Start};
use crate::shape::Shape;

/// The settings with the policy that they ask for.
pub(crate) fn begin(context: &Context, settings: Settings, shape: &Shape) -> Settings {
    if !settings.select.is_by_policy() {
        return settings;
    }
    let found = match (context.inputs("policy").next(), settings.start) {
        (Some(path), _) => bytes_of(path).and_then(|bytes| read(&bytes, shape)).map(Some),
        (None, Start::Builtin) => builtin(shape).map(Some),
        (None, Start::Nothing) => Ok(None),
    };
    match found {
        Ok(known) => Settings { known, ..settings },
        Err(error) => {
            context.note(format!("⚠️ rl: failed to {error}; operators are selected by the fixed mix"));
            Settings { select: Select::Prior, ..settings }
        }
    }
}

/// The policy that the program brings along.
pub(crate) fn builtin(shape: &Shape) -> Result<Known, PolicyError> {
    read(shape.builtin.as_bytes(), shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::SHAPES;

    #[test]
    fn what_the_program_brings_along_can_be_read() {
        for shape in SHAPES {
            let known = builtin(shape).unwrap_or_else(|error| panic!("{}: {error}", shape.features));
            assert!(known.counts.iter().sum::<u64>() > 0, "{}: it has learned something", shape.features);
        }
    }
}
