//! `carillon generate`: instances of any size, with a timetable planted in them that breaks no hard rule.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use shared::exit::Exit;

use super::folder::{self, FolderError};
use crate::generate::{self, Campus, GenerateError, Knobs, Preset};
use crate::terminal;

/// Make an instance of any size
#[derive(Args, Clone, Debug)]
pub struct GenerateArgs {
    /// What kind of instance
    #[command(subcommand)]
    pub kind: GenerateKind,
}

/// The kinds of instances that can be made.
#[derive(Clone, Debug, Subcommand)]
pub enum GenerateKind {
    /// A campus folder, in which a timetable without hard violations is known to exist
    Campus(CampusArgs),
}

/// `carillon generate campus`.
#[derive(Args, Clone, Debug)]
pub struct CampusArgs {
    /// Folder to write; it must be new or empty
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// The campus to start from
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Preset::Campus)]
    pub preset: Preset,
    /// Sections, each with its own times and at most 60 students; counts that are not given follow in proportion
    #[arg(long, value_name = "N", value_parser = count::<6, 100_000>, help_heading = "Size")]
    pub sections: Option<usize>,
    /// Students; without --sections, counts that are not given follow in proportion
    #[arg(long, value_name = "N", value_parser = count::<10, 1_000_000>, help_heading = "Size")]
    pub students: Option<usize>,
    /// Teachers
    #[arg(long, value_name = "N", value_parser = count::<1, 100_000>, help_heading = "Size")]
    pub teachers: Option<usize>,
    /// Rooms
    #[arg(long, value_name = "N", value_parser = count::<2, 100_000>, help_heading = "Size", conflicts_with = "room_use")]
    pub rooms: Option<usize>,
    /// Share of all room periods that are taught in, from 0.01 to 0.85; it decides how many rooms there are
    #[arg(long, value_name = "X", value_parser = share::<10, 850>, help_heading = "Difficulty")]
    pub room_use: Option<usize>,
    /// Share of sections with a meeting of two periods in a laboratory, from 0 to 1
    #[arg(long, value_name = "X", value_parser = share::<0, 1000>, help_heading = "Difficulty")]
    pub labs: Option<usize>,
    /// Share of a student's courses that are outside the programme, from 0 to 1
    #[arg(long, value_name = "X", value_parser = share::<0, 1000>, help_heading = "Difficulty")]
    pub open: Option<usize>,
    /// Seed of all randomness; the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// File for the planted timetable, in the form of timetable.csv; it must not be there
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}

/// Why nothing was made, or not all of it.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Generate(#[from] GenerateError),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Makes the instance.
///
/// Exit codes: 0 made, 2 there is no such campus, 73 the folder is taken or cannot be made, 74 it cannot be written.
pub fn generate(args: GenerateArgs) -> ExitCode {
    let GenerateKind::Campus(args) = args.kind;
    match campus(&args) {
        Ok(campus) => {
            terminal::out(&format!("{}: {campus}\n", args.out.display()));
            Exit::Complete.into()
        }
        Err(failure) => {
            terminal::err(&format!("failed to {failure}\n"));
            let exit = match failure {
                Failure::Generate(_) => Exit::Usage,
                Failure::Folder(error) => error.exit(),
            };
            exit.into()
        }
    }
}

fn campus(args: &CampusArgs) -> Result<Campus, Failure> {
    let knobs = Knobs {
        sections: args.sections,
        students: args.students,
        teachers: args.teachers,
        rooms: args.rooms,
        room_use: args.room_use,
        labs: args.labs,
        open: args.open,
        seed: args.seed,
    };
    let campus = generate::campus(args.preset, &knobs)?;
    folder::empty(&args.out)?;
    folder::fill(&args.out, &campus.folder())?;
    if let Some(plan) = &args.plan {
        folder::file(plan, &campus.plan())?;
    }
    Ok(campus)
}

fn count<const LEAST: usize, const MOST: usize>(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (LEAST..=MOST).contains(number));
    number.ok_or_else(|| format!("{text:?} is not a number from {LEAST} to {MOST}"))
}

/// A share, in the thousand: what is finer makes no difference to anything.
fn share<const LEAST: usize, const MOST: usize>(text: &str) -> Result<usize, String> {
    let permille =
        text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share)).map(|share| (share * 1000.0).round());
    let permille = permille.map(|permille| permille as usize).filter(|permille| (LEAST..=MOST).contains(permille));
    let shown = |permille: usize| permille as f64 / 1000.0;
    permille.ok_or_else(|| format!("{text:?} is not a share from {} to {}", shown(LEAST), shown(MOST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_counts_have_ranges() {
        assert_eq!((share::<10, 850>("0.67"), share::<0, 1000>("1"), count::<2, 9>("9")), (Ok(670), Ok(1000), Ok(9)));
        for wrong in ["", "nan", "-0.1", "0.9", "67", "0"] {
            assert!(share::<10, 850>(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "1", "10", "-3", "2.5"] {
            assert!(count::<2, 9>(wrong).is_err(), "{wrong}");
        }
    }
}
