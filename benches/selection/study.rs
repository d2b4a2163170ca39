//! The comparison itself: every arm from every start, with the same seeds, at three budgets.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::thread;

use super::Measured;
use super::arms::{Arm, arms};
use super::program::resolve;
use super::starts::{FAMILIES, Start, campuses, of_study, to_learn_from};
use super::train::{Trained, train};

/// What is compared.
#[derive(Debug)]
pub(crate) struct Plan {
    seeds: RangeInclusive<u64>,
    arms: &'static [&'static str],
    /// By how much there is more to do than [`budget`] says.
    times: f64,
    with_competition: bool,
}

/// All of it.
pub(crate) const WHOLE: Plan = Plan {
    seeds: 1..=30,
    arms: &["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9"],
    times: 1.0,
    with_competition: true,
};
/// With more to do.
pub(crate) const LONG: Plan =
    Plan { seeds: 101..=110, arms: &["A3", "A4", "A6", "A7"], times: 8.0, with_competition: false };

/// Shares of the budget, in hundredths.
const SHARES: [u32; 3] = [10, 30, 100];

/// The whole budget in units of `--effort`: little, so that all of it takes a quarter of an hour of two cores. STAGE3 takes up to eight times as
/// much while there are violations.
pub(crate) fn budget(family: &str) -> f64 {
    match family {
        "generated" | "competition" => 0.015,
        _ => 0.012,
    }
}

/// Starts that are looked at side by side.
const SIDE_BY_SIDE: usize = 3;

/// Prints a row for each start, arm and seed.
pub(crate) fn study(benchmarks: &Path, plan: &Plan) -> Measured {
    let folder = tempfile::tempdir()?;
    let place = folder.path();
    let mut starts = of_study(place, benchmarks)?;
    starts.retain(|start| plan.with_competition || start.family != "competition");
    let trained = trained(place)?;
    println!("start,family,arm,seed,violations_10,soft_10,violations_30,soft_30,violations_100,soft_100");
    for beside in starts.chunks(SIDE_BY_SIDE) {
        let trained = &trained;
        let found = thread::scope(|scope| {
            let begun = |start| scope.spawn(move || rows(place, plan, start, &trained[start.family]).map_err(told));
            let all: Vec<_> = beside.iter().map(begun).collect();
            all.into_iter().map(|one| one.join().expect("it reports its errors")).collect::<Vec<_>>()
        });
        for (start, rows) in beside.iter().zip(found) {
            print!("{}", rows?);
            eprintln!("{}: {:032x}", start.name, start.sum);
        }
    }
    Ok(())
}

/// An error that may leave its thread.
#[expect(clippy::needless_pass_by_value, reason = "errors are mapped by value")]
fn told(error: Box<dyn Error>) -> String {
    error.to_string()
}

/// The rows of a start.
fn rows(place: &Path, plan: &Plan, start: &Start, trained: &Trained) -> Measured<String> {
    let folder = place.join("study").join(&start.name);
    fs::create_dir_all(&folder)?;
    let (whole, mut text) = (plan.times * budget(start.family), String::new());
    let none = Arm::of("A0", &["resolve.select=prior"]);
    let (violations, soft) = resolve(&folder, start, &none, (1, f64::MIN_POSITIVE))?;
    let before = format!(",{violations},{soft}").repeat(SHARES.len());
    writeln!(text, "{},{},A0,0{before}", start.name, start.family)?;
    for arm in arms(trained).into_iter().filter(|arm| plan.arms.contains(&arm.name)) {
        for seed in plan.seeds.clone() {
            write!(text, "{},{},{},{seed}", start.name, start.family, arm.name)?;
            for share in SHARES {
                let effort = whole * f64::from(share) / 100.0;
                let (violations, soft) = resolve(&folder, start, &arm, (seed, effort))?;
                write!(text, ",{violations},{soft}")?;
            }
            text.push('\n');
        }
    }
    Ok(text)
}

/// What was trained for each family, on others.
fn trained(place: &Path) -> Measured<BTreeMap<&'static str, Trained>> {
    let mut sources = vec![("competition", to_learn_from(place, "generated")?)];
    for (family, _) in FAMILIES {
        let others: Vec<&str> = FAMILIES.iter().map(|(other, _)| *other).filter(|other| *other != family).collect();
        sources.push((family, campuses(place, &others)?));
    }
    thread::scope(|scope| {
        let begun = |(family, starts): (&'static str, Vec<Start>)| {
            scope.spawn(move || Ok((family, train(&place.join(family), &starts, 0.3 * budget(family)).map_err(told)?)))
        };
        let all: Vec<_> = sources.into_iter().map(begun).collect();
        all.into_iter().map(|one| one.join().expect("it reports its errors")).collect::<Result<_, String>>()
    })
    .map_err(Into::into)
}
