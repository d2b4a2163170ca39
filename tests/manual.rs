//! What the command line says of itself in other forms: completions for shells, and pages for man.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::commands::carillon;

/// The commands that help names, in any order.
fn commands() -> BTreeSet<String> {
    let help = carillon(["--help"]).stdout;
    let (_, list) = help.split_once("Commands:\n").expect("help lists the commands");
    let (list, _) = list.split_once("\n\n").expect("options stand behind them");
    let names = list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    let names: BTreeSet<String> = names.filter(|name| name != "help").collect();
    assert!(names.contains("run") && names.contains("man") && names.len() > 10, "{names:?}");
    names
}

/// Whether a word stands in a text, and not only as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && !"-_".contains(c)).any(|found| found == word)
}

/// Each shell completes every command and the options of a run, and never what only the orchestrator calls.
#[test]
fn completions_name_every_command_and_no_worker() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let answer = carillon(["completions", shell]);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{shell}");
        for command in commands() {
            assert!(has_word(&answer.stdout, &command), "{shell} does not complete {command}");
        }
        assert!(answer.stdout.contains("if-running"), "{shell} does not complete an option of run");
        let hidden = ["Work for one stage", "checkpoint-ms"].into_iter().find(|words| answer.stdout.contains(words));
        assert_eq!(hidden, None, "{shell} completes what is hidden");
    }
    assert_eq!(carillon(["completions", "abacus"]).code, 2);
}

/// There is a page for the program and for each command, and none for what only the orchestrator calls.
#[test]
fn man_has_a_page_for_every_command_and_none_for_a_worker() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("share/man/man1");
    // The second time they are there already.
    for _ in 0..2 {
        let answer = carillon(["man".as_ref(), folder.as_os_str()]);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    }
    let page = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut expected: BTreeSet<String> = commands().iter().map(|command| format!("carillon-{command}.1")).collect();
    let main = page("carillon.1");
    for name in &expected {
        let name = name.trim_end_matches(".1").replace('-', "\\-");
        assert!(main.contains(&name), "carillon.1 does not lead to {name}");
    }
    expected.extend(
        [
            "carillon.1",
            "carillon-config-default.1",
            "carillon-config-show.1",
            "carillon-generate-campus.1",
            "carillon-policy-show.1",
        ]
        .map(str::to_owned),
    );
    assert_eq!(names.collect::<BTreeSet<String>>(), expected);
    assert!(page("carillon-run.1").contains("\\-\\-if\\-running"), "the options of run stand on its page");
    assert!(!main.contains("Work for one stage"), "{main}");
}

/// Pages that have no place are told with that place, by the code for it.
#[test]
fn pages_without_a_place_are_told() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("taken");
    fs::write(&file, "").unwrap();
    let answer = carillon(["man".as_ref(), file.as_os_str()]);
    assert_eq!(answer.code, 73, "{}", answer.stderr);
    assert!(answer.stderr.contains("failed to write the pages into") && answer.stderr.contains("taken"));
}
