//! Faults planted in the text of the kernels: a test that compares engines is worth what it finds.
//!
//! They are found by what stands in the text and not by its lines, so that they survive another compilation of the kernels. Some are
//! faults of certainty: whatever is done to a vote or to a shuffle is wrong. A single barrier may be one too many, as functions that
//! end with one are called one after the other; so of these a part has to be found, and each kernel without any.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Bench, SCARCE, Trial, campuses, each, instances, shipped};

/// Orders of lanes in which a fault is looked for.
const ORDERS: [u64; 2] = [0, 1];

/// The texts.
const COMPETITION: &str = "competition.ptx";
const TEXTS: [&str; 2] = [COMPETITION, "campus.ptx"];

const BARRIER: &str = "bar.warp.sync";

/// Few individuals with enough to do, and more of them than a warp has lanes: with the proposals of each.
const FEW: (u32, u32) = (6, 100);
const MANY: (u32, u32) = (40, 40);

/// A text with a fault.
struct Mutant {
    what: String,
    text: String,
}

/// The text of the kernels in lines, each with the kernel that it belongs to.
struct Text {
    lines: Vec<(String, String)>,
}

impl Text {
    fn shipped(name: &str) -> Self {
        let text = fs::read_to_string(shipped(name)).expect("the kernels are part of the project");
        let mut kernel = String::new();
        let of_kernel = |line: &str| {
            if let Some(name) = line.strip_prefix(".visible .entry ") {
                kernel = name.trim_end_matches('(').to_owned();
            }
            (kernel.clone(), line.to_owned())
        };
        Self { lines: text.lines().map(of_kernel).collect() }
    }

    /// The text with all lines changed for which `edit` has something else to say; nothing if there is none.
    fn edited(&self, what: &str, edit: impl Fn(usize, &str, &str) -> Option<String>) -> Option<Mutant> {
        let mut is_changed = false;
        let mut one = |(index, (kernel, line)): (usize, &(String, String))| {
            let new = edit(index, kernel, line.trim());
            is_changed |= new.is_some();
            new.unwrap_or_else(|| line.clone()) + "\n"
        };
        let text = self.lines.iter().enumerate().map(&mut one).collect();
        is_changed.then(|| Mutant { what: what.to_owned(), text })
    }

    /// A mutant for each single line that begins with this and that `edit` changes.
    fn each_line(&self, begin: &str, edit: impl Fn(&str) -> String) -> Vec<Mutant> {
        let lines = self.lines.iter().enumerate().filter(|(_, (_, line))| line.trim().starts_with(begin));
        let mutants = lines.filter_map(|(at, (kernel, line))| {
            let new = edit(line.trim());
            let what = format!("{kernel}, line {}: {:?} for {:?}", at + 1, new, line.trim());
            self.edited(&what, |index, _, _| (index == at).then(|| new.clone()))
        });
        mutants.collect()
    }

    fn kernels(&self) -> Vec<&str> {
        let mut kernels: Vec<&str> = self.lines.iter().map(|(kernel, _)| kernel.as_str()).collect();
        kernels.dedup();
        kernels.into_iter().filter(|kernel| !kernel.is_empty()).collect()
    }
}

/// An instruction with one of its operands replaced, counted from the result on.
fn with_operand(line: &str, index: usize, new: impl Fn(&str) -> String) -> String {
    let (opcode, operands) = line.split_once(char::is_whitespace).expect("an instruction has operands");
    let mut operands: Vec<String> =
        operands.trim_end_matches(';').split(',').map(|operand| operand.trim().to_owned()).collect();
    operands[index] = new(&operands[index]);
    format!("{opcode} {};", operands.join(", "))
}

/// A bench with instances on which all kernels have something to do: of the narrow form and of the wide one.
struct Hunt {
    bench: Bench,
    /// With the shared memory of the card.
    instances: Vec<(PathBuf, Option<u32>)>,
    /// Individuals, and proposals of each.
    sizes: Vec<(u32, u32)>,
    orders: Vec<u64>,
}

impl Hunt {
    /// For kernels of the competition, or of campuses.
    fn of(text: &str) -> Self {
        let bench = Bench::new();
        let instances = if text == COMPETITION {
            let seal = |seed: u64| (bench.sealed(&format!("i{seed}"), &instances::random(seed)), None);
            [13, 3, 2, 7].map(seal).to_vec()
        } else {
            let seal = |seed: u64| bench.sealed(&format!("campus{seed}"), &campuses::random(seed));
            let [a, b, c, d] = [2, 7, 4, 11].map(seal);
            vec![(a.clone(), None), (b, None), (a, Some(SCARCE)), (c.clone(), None), (d, None), (c, Some(SCARCE))]
        };
        let sizes = if text == COMPETITION { vec![FEW, MANY] } else { vec![FEW] };
        Self { bench, instances, sizes, orders: ORDERS.to_vec() }
    }

    /// Those of the mutants that nothing was found in.
    fn survivors(&self, mutants: &[Mutant]) -> Vec<String> {
        assert!(!mutants.is_empty(), "there is nothing to plant");
        let numbered: Vec<(usize, &Mutant)> = mutants.iter().enumerate().collect();
        let found = each(&numbered, |(number, mutant)| {
            let path = self.bench.card.path().join(format!("mutant{number}-{:p}.ptx", *mutant));
            fs::write(&path, &mutant.text).expect("there is room for a text");
            let found = self.is_found(&path);
            fs::remove_file(&path).expect("it was just written");
            found
        });
        numbered.iter().zip(found).filter(|(_, found)| !found).map(|((_, mutant), _)| mutant.what.clone()).collect()
    }

    fn is_found(&self, kernels: &Path) -> bool {
        let trial = |(instance, shared): &(PathBuf, Option<u32>), order, (population, proposals)| {
            let trial = Trial { instance, kernels: Some(kernels), order, shared: *shared, proposals, population };
            self.bench.run(&trial).is_err()
        };
        self.sizes.iter().any(|size| {
            self.instances.iter().any(|instance| self.orders.iter().any(|order| trial(instance, *order, *size)))
        })
    }
}

/// Votes that are turned around, and shuffles that take the number of another lane, or none.
fn of_votes_and_shuffles(text: &Text) -> Vec<Mutant> {
    let mut mutants = text.each_line("vote.sync.ballot.b32", |line| with_operand(line, 1, |flag| format!("!{flag}")));
    mutants.extend(text.each_line("shfl.sync.idx.b32", |line| with_operand(line, 2, |_| "0".to_owned())));
    mutants.extend(text.each_line("shfl.sync.bfly.b32", |line| with_operand(line, 1, |_| "0".to_owned())));
    // The first lane that votes, and not the last.
    mutants.extend(text.each_line("brev.b32", |line| line.replace("brev.b32", "mov.b32")));
    mutants
}

/// Random numbers that are drawn otherwise, rows of which every other piece is left out, stores that are left out.
fn of_numbers(text: &Text) -> Vec<Mutant> {
    let number = |from: &'static str, to: &'static str| {
        text.edited(&format!("{to} for {from}"), |_, _, line| {
            let behind = format!(", {from};");
            line.contains(&behind).then(|| line.replace(&behind, &format!(", {to};")))
        })
    };
    let constants = [
        // Philox: both multipliers, and the first steps of both keys.
        number("-766435501", "-766435503"),
        number("-845247145", "-845247147"),
        number("-1640531527", "-1640531526"),
        number("-1150833019", "-1150833018"),
    ];
    let mut mutants: Vec<Mutant> = constants.into_iter().flatten().collect();
    assert_eq!(mutants.len(), 4, "the random numbers are made of other constants");
    // Rows that are longer than a warp has lanes, whatever the instance is: whole states.
    let has_long_rows =
        |kernel: &&str| ["anneal_shared", "eval", "gather"].iter().any(|begin| kernel.starts_with(begin));
    for kernel in text.kernels().into_iter().filter(has_long_rows) {
        mutants.extend(text.edited(&format!("{kernel} in steps of 64"), |_, of, line| {
            let is_step = of == kernel && line.starts_with("add.s32") && line.ends_with(", 32;");
            is_step.then(|| line.replace(", 32;", ", 64;"))
        }));
    }
    for kernel in text.kernels() {
        let without = |begin: &'static str| {
            text.edited(&format!("{kernel} without any {begin}"), move |_, of, line| {
                (of == kernel && line.starts_with(begin)).then(String::new)
            })
        };
        mutants.extend(["st.shared", "st.global"].into_iter().filter_map(without));
    }
    mutants
}

/// Comparisons that go the other way, and days that are never crowded.
fn of_branches(text: &Text) -> Vec<Mutant> {
    let opposites =
        [("setp.eq", "setp.ne"), ("setp.lt", "setp.ge"), ("setp.ge", "setp.lt"), ("setp.gt.s32", "setp.le.s32")];
    let mut mutants = Vec::new();
    for kernel in text.kernels() {
        for (from, to) in opposites {
            mutants.extend(text.edited(&format!("{kernel} with {to} for {from}"), |_, of, line| {
                (of == kernel && line.starts_with(from)).then(|| line.replace(from, to))
            }));
        }
        mutants.extend(text.edited(&format!("{kernel} where no day is crowded"), |_, of, line| {
            let counts = of == kernel && line.starts_with("setp.gt.u16") && line.ends_with(", 1;");
            counts.then(|| line.replace(", 1;", ", 255;"))
        }));
    }
    mutants
}

/// Kernels without any of their barriers.
fn without_barriers(text: &Text) -> Vec<Mutant> {
    let bare = text.kernels().into_iter().filter_map(|kernel| {
        text.edited(&format!("{kernel} without barriers"), |_, of, line| {
            (of == kernel && line.starts_with(BARRIER)).then(String::new)
        })
    });
    bare.collect()
}

fn assert_none_survives(mutants: impl Fn(&Text) -> Vec<Mutant>) {
    for name in TEXTS {
        let mut mutants = mutants(&Text::shipped(name));
        // The best is chosen by the same source in all texts, and among more individuals in the first one.
        mutants.retain(|mutant| name == COMPETITION || !mutant.what.starts_with("best"));
        let survivors = Hunt::of(name).survivors(&mutants);
        assert!(
            survivors.is_empty(),
            "{name}: {} of {} survive:\n{}",
            survivors.len(),
            mutants.len(),
            survivors.join("\n")
        );
    }
}

/// The texts as they are pass: otherwise everything would be found.
#[test]
fn shipped_texts_are_no_mutants() {
    for name in TEXTS {
        let same = Text::shipped(name).edited("the text itself", |_, _, line| line.is_empty().then(String::new));
        assert_eq!(Hunt::of(name).survivors(&[same.expect("there are empty lines")]), ["the text itself"], "{name}");
    }
}

#[test]
fn faults_in_votes_and_shuffles_are_found() {
    assert_none_survives(of_votes_and_shuffles);
}

#[test]
fn faults_in_numbers_are_found() {
    assert_none_survives(of_numbers);
}

#[test]
fn faults_in_branches_are_found() {
    assert_none_survives(of_branches);
}

/// A kernel without its barriers is found, and so are many of the barriers one by one.
#[test]
fn missing_barriers_are_found() {
    assert_none_survives(without_barriers);
    for name in TEXTS {
        let single = Text::shipped(name).each_line(BARRIER, |_| String::new());
        // It is looked for in fewer ways, as many are there to stay.
        let survivors = Hunt { sizes: vec![FEW], orders: vec![0], ..Hunt::of(name) }.survivors(&single);
        let found = single.len() - survivors.len();
        let told = survivors.join("\n");
        assert!(5 * found >= 2 * single.len(), "{name}: only {found} of {} are found:\n{told}", single.len());
    }
}
