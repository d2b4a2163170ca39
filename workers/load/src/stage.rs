//! The two stages of this crate that make no files for people: `load` seals the instance, `audit` compares two timetables.

use shared::artifact::ArtifactKey;
use shared::model::{Instance, Timetable, cost};
use shared::wire::{Failure, FailureKind, Report};
use shared::worker::{Context, Done};
use xxhash_rust::xxh3::Xxh3;

use crate::finding::Severity;
use crate::input::{self, InputError, Loaded};
use crate::terminal;

/// STAGE0: reads the instance, checks it and seals its tables.
///
/// # Errors
/// When the file is missing, refused or proven infeasible, or the artifact cannot be written.
pub(crate) fn load(context: &Context) -> Result<Done, Failure> {
    let path = context.input("file")?;
    let loaded = input::load(path).map_err(|error| {
        terminal::err(&error.story());
        refusal(&error)
    })?;
    let file = path.display().to_string();
    terminal::err(&loaded.findings.render(&file));
    if let Some(proof) = loaded.findings.first(Severity::Infeasible) {
        return Err(Failure::new(FailureKind::Infeasible, proof.headline(&file)));
    }
    note_warnings(context, &loaded);
    let key = key(context.key()?, &loaded.bytes);
    context.seal(&loaded.tables.artifact(key), "instance")?;
    Ok(Done::PLAIN)
}

fn refusal(error: &InputError) -> Failure {
    match error {
        InputError::NoInput { .. } => Failure::new(FailureKind::NoInput, format!("failed to {error}")),
        InputError::Refused { findings, .. } => {
            let more = match findings.count(Severity::Error).saturating_sub(1) {
                0 => String::new(),
                1 => " (and 1 more error)".to_owned(),
                more => format!(" (and {more} more errors)"),
            };
            Failure::new(FailureKind::BadInput, format!("failed to {error}{more}"))
        }
    }
}

fn note_warnings(context: &Context, loaded: &Loaded) {
    let warnings = loaded.findings.count(Severity::Warning);
    if let Some(first) = loaded.findings.first(Severity::Warning) {
        let more = if warnings > 1 { format!(" (and {} more warnings)", warnings - 1) } else { String::new() };
        context.note(format!("warning at line {}: {}{more}", first.place.line, first.message));
    }
}

/// The instance file is no artifact, so its bytes join the key here.
fn key(of_command: ArtifactKey, bytes: &[u8]) -> ArtifactKey {
    let mut sum = Xxh3::new();
    sum.update(&of_command.0.to_le_bytes());
    sum.update(bytes);
    ArtifactKey(sum.digest128())
}

/// Recounts two timetables the slow, obvious way, and says whether the later one is no worse.
///
/// # Errors
/// When an input cannot be read.
pub(crate) fn audit(context: &Context) -> Result<Done, Failure> {
    let instance = Instance::open(context.input("instance")?)?;
    let recounted = |role| -> Result<_, Failure> {
        Ok(cost::recount(&instance, &Timetable::open(context.input(role)?, &instance)?))
    };
    let (before, after) = (recounted("before")?, recounted("after")?);
    context.send(Report::Counted { components: after, accepted: after.cost() <= before.cost() });
    Ok(Done::PLAIN)
}
