//! The manual against what holds, and what is shown against what is said.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::*;

/// Every leaf of a TOML text by its whole name, as a text. It shares nothing with the reader of layers.
fn leaves(text: &str) -> BTreeMap<String, String> {
    fn gather(table: &DeTable<'_>, above: &str, text: &str, found: &mut BTreeMap<String, String>) {
        for (key, value) in table {
            let name = format!("{above}{}", key.get_ref());
            match value.get_ref().as_table() {
                Some(table) => gather(table, &format!("{name}."), text, found),
                None => drop(found.insert(name, text[value.span()].trim_matches('"').to_owned())),
            }
        }
    }
    let mut found = BTreeMap::new();
    gather(DeTable::parse(text).unwrap_or_else(|error| panic!("{error}:\n{text}")).get_ref(), "", text, &mut found);
    found
}

/// With the keys that stand behind a `#` brought forward.
fn with_examples(manual: &str) -> String {
    let line = |line: &str| {
        let example = line.strip_prefix('#').filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()));
        example.unwrap_or(line).to_owned() + "\n"
    };
    manual.lines().map(line).collect()
}

/// The manual lists every key, and no other; each default in it is the real one, and where there is none it gives an example that makes sense.
#[test]
fn the_manual_lists_every_key_with_its_default() {
    let keys = Key::all();
    let listed = leaves(&with_examples(MANUAL));
    let mut names: Vec<String> = keys.iter().map(|key| key.name()).collect();
    names.sort();
    assert_eq!(listed.keys().cloned().collect::<Vec<_>>(), names);
    for (name, example) in &listed {
        let key = Key::of_name(name).unwrap();
        assert_eq!(key.say(example, &mut RunArgs::default()), Ok(()), "{name} = {example}");
    }
    // How many threads there are is this machine's affair.
    let real = |key: &Key| Some((key.name(), key.default(&RunArgs::default())?)).filter(|_| *key != Key::Threads);
    assert_eq!(leaves(MANUAL), keys.iter().filter_map(real).collect());
}

/// A run without any arguments is what the manual says.
#[test]
fn the_defaults_are_those_of_a_run() {
    let config = Config::new(RunArgs::default()).unwrap();
    let real = |key: Key| key.default(&RunArgs::default()).unwrap();
    let mut said = RunArgs::default();
    for key in Key::all() {
        if let Some(default) = key.default(&RunArgs::default()) {
            key.say(&default, &mut said).unwrap();
        }
    }
    assert_eq!(real(Key::Threads), config.threads.to_string());
    let again = Config::new(said).unwrap();
    assert_eq!(format!("{config:?}"), format!("{again:?}"));
}

/// What is shown is TOML, says where it comes from, and says the same when it is read again.
#[test]
fn what_is_shown_can_be_read_again() {
    let mut said = RunArgs::default();
    for (key, text) in [
        (Key::Metrics, "a \"b\"\\c.prom"),
        (Key::Seed, "18446744073709551615"),
        (Key::TimeLimit, "10m"),
        (Key::Memory, "50%"),
        (Key::StageMemory(shared::wire::Stage::GpuProbe), "9M"),
    ] {
        key.say(text, &mut said).unwrap();
    }
    let lines = |with_origin| -> String {
        let line = |key: Key| line(key, &said, Origin::Variable(key.variable()), with_origin);
        Key::all().into_iter().map(line).collect()
    };
    let shown = leaves(&lines(false));
    assert_eq!(shown, leaves(&lines(true)));
    for (name, text) in [("seed", "18446744073709551615"), ("memory", "50%"), ("stage_memory.gpu-probe", "9M")] {
        assert_eq!(shown[name], text);
    }
    assert!(!shown.contains_key("effort"), "a time limit is what it works by");
    assert!(
        lines(true).contains("time_limit = \"10m\"                       # CARILLON_TIME_LIMIT\n"),
        "{}",
        lines(true)
    );
    assert!(lines(true).contains("progress = \"auto\"                        # default\n"), "{}", lines(true));
    assert!(lines(false).contains("# keep is not set\n"));
}
