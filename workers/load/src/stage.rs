//! The two stages of this crate that make no files for people: `load` seals the instance, `audit` compares two timetables.

use shared::artifact::ArtifactKey;
use shared::model::{Instance, Timetable, cost};
use shared::wire::{Failure, FailureKind, Report};
use shared::worker::{Context, Done};
use xxhash_rust::xxh3::Xxh3;

use crate::finding::Severity;
use crate::input::{self, InputError, Loaded};
use crate::previous::Previous;
use crate::{settings, terminal};

/// STAGE0: reads the instance, checks it and seals its tables.
///
/// # Errors
/// When the file is missing, refused or proven infeasible, or the artifact cannot be written.
pub(crate) fn load(context: &Context) -> Result<Done, Failure> {
    let path = context.input("file")?;
    let mut loaded = input::load(path, settings::weights(context.args())?).map_err(|error| {
        terminal::err(&error.story());
        refusal(&error)
    })?;
    let file = path.display().to_string();
    terminal::err(&loaded.findings.render(&file));
    if let Some(proof) = loaded.findings.first(Severity::Infeasible) {
        return Err(Failure::new(FailureKind::Infeasible, proof.headline(&file)));
    }
    note_warnings(context, &loaded);
    let before = remember(context, &mut loaded)?;
    let key = match context.args().key {
        Some(given) => given,
        None => before.into_iter().chain([loaded.sum]).fold(context.key()?, key),
    };
    context.seal(&loaded.tables.artifact(key), "instance")?;
    Ok(Done::PLAIN)
}

/// Lays out where lectures were before, if a previous timetable was given; the sum of its bytes.
fn remember(context: &Context, loaded: &mut Loaded) -> Result<Option<u128>, Failure> {
    let Ok(path) = context.input("previous") else { return Ok(None) };
    let price = settings::change_price(context.args())?;
    let instance = loaded.tables.instance()?;
    let previous = Previous::open(path, &instance).map_err(|error| {
        terminal::err(&error.story());
        refusal(&error)
    })?;
    terminal::err(&previous.findings.render(&path.display().to_string()));
    context.note(previous.story());
    if let Some(first) = previous.findings.first(Severity::Warning) {
        context.note(first.headline(&path.display().to_string()));
    }
    loaded.tables.homes = Some(previous.homes(&instance, price));
    Ok(Some(previous.sum))
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
        context.note(format!("warning at {}: {}{more}", first.place.in_words(), first.message));
    }
}

/// The input is no artifact, so the sum of its bytes joins the key here.
fn key(of_command: ArtifactKey, input: u128) -> ArtifactKey {
    let mut sum = Xxh3::new();
    sum.update(&of_command.0.to_le_bytes());
    sum.update(&input.to_le_bytes());
    ArtifactKey(sum.digest128())
}

/// Recounts two timetables the slow, obvious way, and says whether the later one is no worse.
///
/// # Errors
/// When an input cannot be read.
pub(crate) fn audit(context: &Context) -> Result<Done, Failure> {
    let instance = Instance::open(context.input("instance")?)?;
    let open = |role| -> Result<Timetable, Failure> { Ok(Timetable::open(context.input(role)?, &instance)?) };
    context.send(compared(&instance, &open("before")?, &open("after")?));
    Ok(Done::PLAIN)
}

fn compared(instance: &Instance, before: &Timetable, after: &Timetable) -> Report {
    let (before, after) = (cost::recount(instance, before), cost::recount(instance, after));
    Report::Counted { accepted: after.priced() <= before.priced(), components: after }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use shared::ids::{ClassId, PeriodId, RoomId};
    use shared::model::Placement;
    use shared::wire::Stage;
    use shared::worker::WorkerArgs;

    use super::*;
    use crate::campus::testing;

    const COLLEGE: &str = include_str!("../../../examples/college.ctt");

    /// Runs the load stage on a file with this text.
    fn loaded(text: &str) -> Result<Instance, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let (file, sealed) = (folder.path().join("college.ctt"), folder.path().join("instance.art"));
        fs::write(&file, text).unwrap();
        let mut args = WorkerArgs::new(Stage::Load, "load", 1, folder.path());
        args.inputs = vec![("file".to_owned(), file)];
        args.outputs = vec![("instance".to_owned(), sealed.clone())];
        load(&Context::alone(args))?;
        Ok(Instance::open(&sealed)?)
    }

    #[test]
    fn the_college_is_sealed_as_it_stands_in_its_file() {
        let instance = loaded(COLLEGE).unwrap();
        assert_eq!((instance.name(), instance.class_count(), instance.room_count()), ("Hillside_College", 62, 5));
        assert_eq!(instance.course_name(shared::ids::CourseId(2)), "LinearAlgebra");
        assert_ne!(instance.key(), loaded(&COLLEGE.replace("Hall_A 100", "Hall_A 101")).unwrap().key());
        assert_eq!(instance.key(), loaded(COLLEGE).unwrap().key());
    }

    /// A folder is sealed like a file, with what its rules cost; another price is another instance, and so is another byte.
    #[test]
    fn a_campus_is_sealed_with_what_its_rules_cost() {
        let sealed = |folder: &tempfile::TempDir, settings: &[&str]| {
            let place = tempfile::tempdir().unwrap();
            let mut args = WorkerArgs::new(Stage::Load, "load", 1, place.path());
            args.inputs = vec![("file".to_owned(), folder.path().to_owned())];
            args.outputs = vec![("instance".to_owned(), place.path().join("instance.art"))];
            args.settings = settings.iter().map(|text| text.parse().unwrap()).collect();
            load(&Context::alone(args)).unwrap();
            Instance::open(&place.path().join("instance.art")).unwrap()
        };
        let folder = testing::folder();
        let (plain, soft) = (sealed(&folder, &[]), sealed(&folder, &["student_clashes=soft", "weight.gaps=3"]));
        let weights = |instance: &Instance| instance.campus().unwrap().weights();
        assert_eq!((weights(&plain).student_clash, weights(&plain).gaps), (None, 0));
        assert_eq!((weights(&soft).student_clash, weights(&soft).gaps), (Some(1), 3));
        assert_eq!(plain.key(), sealed(&folder, &[]).key());
        assert_ne!(plain.key(), soft.key());
        assert_ne!(plain.key(), sealed(&testing::folder_where("rooms.csv", "Hall,120", "Hall,121"), &[]).key());
    }

    #[test]
    fn what_cannot_be_scheduled_fails_for_its_kind() {
        let failure = loaded(&COLLEGE.replace("LinearAlgebra Osei 4", "LinearAlgebra Osei 24")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Infeasible, "{failure}");
        let failure = loaded(&COLLEGE.replace("Informatics_Y1 4 Calculus1", "Informatics_Y1 5 Calculs1")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadInput, "{failure}");
        assert!(failure.message.contains("college.ctt:41:16: error:"), "{failure}");
        assert!(failure.message.ends_with("(and 1 more error)"), "{failure}");
        let mut args = WorkerArgs::new(Stage::Load, "load", 1, std::path::Path::new("."));
        args.inputs = vec![("file".to_owned(), "/nonexistent/college.ctt".into())];
        assert_eq!(load(&Context::alone(args)).unwrap_err().kind, FailureKind::NoInput);
    }

    #[test]
    fn audit_accepts_what_is_no_worse() {
        let instance = loaded(COLLEGE).unwrap();
        let empty = Timetable::unplaced(instance.class_count());
        let mut one_placed = empty.clone();
        one_placed.set(ClassId(0), Some(Placement { period: PeriodId(0), room: RoomId(0) }));
        let accepts = |before, after| match compared(&instance, before, after) {
            Report::Counted { accepted, components } => {
                assert_eq!(components, cost::recount(&instance, after));
                accepted
            }
            other => panic!("{other:?}"),
        };
        assert!(accepts(&empty, &one_placed));
        assert!(accepts(&empty, &empty));
        assert!(!accepts(&one_placed, &empty));
    }
}
