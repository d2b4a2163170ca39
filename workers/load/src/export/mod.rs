//! The last stage: recounts the final timetable from the instance, believes nobody, and writes it for people and for programs.
//!
//! | file | for |
//! |---|---|
//! | `solution.sol` | the competition's validators: `course room day period`, from 0 |
//! | `timetable.csv` | a spreadsheet: a row for each placed lecture, from 1 |
//! | `unplaced.csv` | a spreadsheet: a row for each lecture without a place, and why |
//! | `timetable.json` | programs: all of it, with the cost |
//! | `changes.csv` | a spreadsheet, where a timetable before was given: a row for each meeting that is not where it was |
//! | `policy.json` | the next run: what STAGE3 has learned, where it learns |
//!
//! A campus has the same files in its own words, and no `solution.sol`.

mod campus;
mod changes;
mod csv_files;
mod folder;
mod funnel;
mod json;
mod meetings;
mod reasons;

use std::path::Path;

use shared::artifact::{Artifact, Column, Header};
use shared::file::FileError;
use shared::model::timetable::Claim;
use shared::model::{Changes, Cost, Instance, Timetable, cost};
use shared::wire::{Failure, FailureKind, Report};
use shared::worker::{Context, Done};

use crate::previous::Previous;
use meetings::Meeting;

/// The file that an earlier export may have left.
const POLICY: &str = "policy.json";

/// Why the files could not be written. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("lay out {file}: {source}")]
    Csv { file: &'static str, source: csv::Error },
    #[error("lay out timetable.json: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let kind = match &error {
            ExportError::File(error) if error.is_disk_full() => FailureKind::DiskFull,
            ExportError::File(_) => FailureKind::Io,
            ExportError::Csv { .. } | ExportError::Json(_) => FailureKind::Bug,
        };
        Self::new(kind, format!("failed to {error}"))
    }
}

/// Recounts the timetable and writes all files.
///
/// # Errors
/// When an input cannot be read or a file cannot be written.
pub(crate) fn export(context: &Context) -> Result<Done, Failure> {
    let instance = Instance::open(context.input("instance")?)?;
    let path = context.input("timetable")?;
    let timetable = Timetable::open(path, &instance)?;
    let components = cost::recount(&instance, &timetable);
    if let Some(claimed) = claim(path).filter(|claimed| *claimed != components.priced()) {
        context.note(disbelief(claimed, components.priced()));
    }
    let previous = context.input("previous").ok().map(|path| Previous::open(path, &instance)).transpose();
    let previous = previous.map_err(|error| Failure::new(FailureKind::BadInput, format!("failed to {error}")))?;
    let Exported { mut files, changes } = files(&instance, &timetable, &components, previous.as_ref())?;
    files.extend(policy(path).map(|text| (POLICY, text)));
    folder::write(context.output("folder")?, &files, &[POLICY]).map_err(ExportError::from)?;
    let components = components.with_changes(changes).with_bound(cost::bound(&instance));
    context.send(Report::Counted { components, accepted: true });
    Ok(Done::PLAIN)
}

/// What is to be written.
struct Exported {
    /// The contents of all files, by name.
    files: Vec<(&'static str, Vec<u8>)>,
    /// How the timetable differs from the one before, if there was one.
    changes: Option<Changes>,
}

fn files(
    instance: &Instance,
    timetable: &Timetable,
    components: &cost::Components,
    previous: Option<&Previous>,
) -> Result<Exported, ExportError> {
    let mut meetings = match instance.campus() {
        Some(of_campus) => campus::meetings(instance, of_campus, timetable),
        None => meetings::of(instance, timetable),
    };
    let compared = previous.map(|previous| changes::compare(instance, previous, &mut meetings));
    let mut files = views(instance, timetable, &meetings, components)?;
    if let Some((_, changes)) = &compared {
        files.push(("changes.csv", changes::file(instance, changes)?));
    }
    Ok(Exported { files, changes: compared.map(|(changes, _)| changes) })
}

/// The timetable for people and for programs.
fn views(
    instance: &Instance,
    timetable: &Timetable,
    meetings: &[Meeting],
    components: &cost::Components,
) -> Result<Vec<(&'static str, Vec<u8>)>, ExportError> {
    if let Some(of_campus) = instance.campus() {
        let unplaced = funnel::unplaced(instance, of_campus, timetable, meetings);
        return Ok(vec![
            ("timetable.csv", campus::timetable(instance, of_campus, meetings)?),
            ("unplaced.csv", csv_files::unplaced(instance, &unplaced)?),
            ("timetable.json", campus::json(instance, of_campus, meetings, &unplaced, components)?),
        ]);
    }
    let unplaced = reasons::unplaced(instance, timetable, meetings);
    Ok(vec![
        ("solution.sol", meetings::solution(instance, meetings).into_bytes()),
        ("timetable.csv", csv_files::timetable(instance, meetings)?),
        ("unplaced.csv", csv_files::unplaced(instance, &unplaced)?),
        ("timetable.json", json::timetable(instance, meetings, &unplaced, components)?),
    ])
}

/// What STAGE3 has learned while it made the timetable, where it did.
fn policy(path: &Path) -> Option<Vec<u8>> {
    let kind = Header::read(path).ok()?.kind;
    Some(Artifact::open(path, kind).ok()?.column::<u8>(Column::PolicyText).ok()?.to_vec())
}

/// What the writer of the timetable says that it costs, if it says so readably.
fn claim(path: &Path) -> Option<Cost> {
    let kind = Header::read(path).ok()?.kind;
    Some(Artifact::open(path, kind).ok()?.note::<Claim>().ok()?.cost)
}

fn disbelief(claimed: Cost, counted: Cost) -> String {
    let said = |cost: Cost| format!("{} hard, {} unplaced, cost {}", cost.hard, cost.unplaced, cost.soft);
    format!("the timetable claims {}, and the recount says {}: the recount holds", said(claimed), said(counted))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use shared::artifact::{ArtifactKey, Kind, partial_path};
    use shared::ids::{ClassId, PeriodId, RoomId};
    use shared::model::Placement;
    use shared::wire::Stage;
    use shared::worker::WorkerArgs;

    use super::*;

    const SMALL: &str = "Name: Small\nCourses: 2\nRooms: 1\nDays: 1\nPeriods_per_day: 3\nCurricula: 2\nConstraints: 1\n\
        COURSES:\nAlgebra,1 Rossi 2 1 30\nBiology Rossi 1 1 20\nROOMS:\nHall 25\nCURRICULA:\nFirst 2 Algebra,1 Biology\n\
        Second 1 Algebra,1\nUNAVAILABILITY_CONSTRAINTS:\nBiology 0 0\nEND.\n";

    /// Exports a timetable with these periods of the classes of `SMALL`, all in its only room.
    fn exported(periods: [Option<u32>; 3]) -> BTreeMap<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let seal = |artifact: &shared::artifact::ArtifactWriter, name: &str| {
            artifact.seal(&partial_path(folder.path(), &at(name)), &at(name)).unwrap();
            at(name)
        };
        let tables = crate::format::read(SMALL.as_bytes()).tables.unwrap();
        let mut timetable = Timetable::unplaced(periods.len());
        for (class, period) in (0..).zip(periods) {
            timetable.set(ClassId(class), period.map(|period| Placement { period: PeriodId(period), room: RoomId(0) }));
        }
        let claim = Claim { cost: Cost::default(), optimal: false };
        let sealed = timetable.artifact(Kind::Draft, ArtifactKey::default(), &claim);
        let mut args = WorkerArgs::new(Stage::Export, "export", 1, folder.path());
        args.inputs = vec![
            ("instance".to_owned(), seal(&tables.artifact(ArtifactKey::default()), "instance.art")),
            ("timetable".to_owned(), seal(&sealed, "draft.art")),
        ];
        args.outputs = vec![("folder".to_owned(), at("out"))];
        export(&Context::alone(args)).unwrap();
        let files = fs::read_dir(at("out")).unwrap().map(|entry| entry.unwrap().path());
        files
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
            .collect()
    }

    #[test]
    fn all_files_say_the_same_timetable() {
        let files = exported([Some(2), Some(0), Some(1)]);
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["solution.sol", "timetable.csv", "timetable.json", "unplaced.csv"],
            "and nothing half-written"
        );
        assert_eq!(files["solution.sol"], "Algebra,1 Hall 0 0\nAlgebra,1 Hall 0 2\nBiology Hall 0 1\n");
        insta::assert_snapshot!(files["timetable.csv"].trim_start_matches('\u{feff}'), @r#"
        event,meeting,course,day,period,periods,start,end,room,teachers,groups
        "Algebra,1",1,"Algebra,1",1,1,1,,,Hall,Rossi,First;Second
        "Algebra,1",2,"Algebra,1",1,3,1,,,Hall,Rossi,First;Second
        Biology,1,Biology,1,2,1,,,Hall,Rossi,First
        "#);
        assert_eq!(files["unplaced.csv"], "\u{feff}event,meeting,reason\n");
        insta::assert_snapshot!(files["timetable.json"], @r#"
        {
          "schema": "carillon.timetable/1",
          "instance": "Small",
          "calendar": {
            "days": 1,
            "periods_per_day": 3
          },
          "placements": [
            {
              "course": "Algebra,1",
              "meeting": 1,
              "day": 1,
              "period": 1,
              "room": "Hall",
              "teacher": "Rossi",
              "curricula": [
                "First",
                "Second"
              ]
            },
            {
              "course": "Algebra,1",
              "meeting": 2,
              "day": 1,
              "period": 3,
              "room": "Hall",
              "teacher": "Rossi",
              "curricula": [
                "First",
                "Second"
              ]
            },
            {
              "course": "Biology",
              "meeting": 1,
              "day": 1,
              "period": 2,
              "room": "Hall",
              "teacher": "Rossi",
              "curricula": [
                "First"
              ]
            }
          ],
          "unplaced": [],
          "cost": {
            "hard": 0,
            "unplaced": 0,
            "soft": 14
          },
          "components": {
            "Availability": 0,
            "Conflicts": 0,
            "CurriculumCompactness": 4,
            "Lectures": 0,
            "MinimumWorkingDays": 0,
            "RoomCapacity": 10,
            "RoomOccupancy": 0,
            "RoomStability": 0
          }
        }
        "#);
        assert_eq!(files, exported([Some(0), Some(2), Some(1)]), "which class of a course is which does not show");
    }

    #[test]
    fn what_is_not_placed_is_listed_with_the_reason() {
        let reasons = |periods| exported(periods)["unplaced.csv"].lines().skip(1).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(reasons([Some(1), Some(2), None]), @r#"Biology,1,"of 3 periods none is left: in 1 the course is unavailable, in 2 the teacher has another course""#);
        insta::assert_snapshot!(reasons([Some(0), None, Some(1)]), @r#""Algebra,1",2,"nothing stands in the way on day 1, period 3: a longer run may place it""#);
        insta::assert_snapshot!(reasons([None, None, None]), @r#"
        "Algebra,1",1,"nothing stands in the way on day 1, period 1: a longer run may place it"
        "Algebra,1",2,"nothing stands in the way on day 1, period 1: a longer run may place it"
        Biology,1,"nothing stands in the way on day 1, period 2: a longer run may place it"
        "#);
    }

    #[test]
    fn a_false_claim_is_said_to_be_one() {
        let cost = |soft| Cost { hard: 0, unplaced: 1, soft };
        insta::assert_snapshot!(disbelief(cost(4), cost(5)), @"the timetable claims 0 hard, 1 unplaced, cost 4, and the recount says 0 hard, 1 unplaced, cost 5: the recount holds");
    }
}
