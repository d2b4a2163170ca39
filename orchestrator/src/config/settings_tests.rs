//! What may be said of the finer settings, and what is heard.

use super::*;

fn read(given: &[&str]) -> Result<Settings, SettingError> {
    let given: Vec<Setting> = given.iter().map(|text| text.parse().unwrap()).collect();
    Settings::read(&given, Thresholds::default().pressure_wait)
}

#[test]
fn defaults_are_those_of_the_thresholds() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.thresholds, Thresholds::default());
    assert_eq!((settings.share_solve, settings.share_evolve), (8, 76));
    assert_eq!(settings.patience.hello, Duration::from_secs(5));
    assert_eq!(settings.of_workers, []);
}

#[test]
fn the_last_value_wins_and_goes_where_it_belongs() {
    let settings = read(&["memory.solve=60", "evolve.population=9", "memory.solve=61"]).unwrap();
    assert_eq!(settings.thresholds.high_solve, 61);
    let population = Setting { key: "evolve.population".to_owned(), value: "9".to_owned() };
    assert_eq!(settings.of_workers, [(Stage::Evolve, population)]);
    assert!(settings.effective.contains(&("memory.solve", "61".to_owned())));
}

#[test]
fn shares_never_exceed_the_whole() {
    let settings = read(&["share.solve=90", "share.evolve=50"]).unwrap();
    assert_eq!((settings.share_solve, settings.share_evolve), (90, 10));
}

#[test]
fn a_wrong_key_hears_what_is_near_it_and_what_there_is() {
    let message = read(&["memroy.solve=75"]).unwrap_err().to_string();
    assert!(message.contains("did you mean memory.solve?"), "{message}");
    assert!(message.contains("share.evolve=76"), "{message}");
    assert!(!read(&["x=1"]).unwrap_err().to_string().contains("did you mean"));
}

#[test]
fn a_wrong_value_hears_what_would_be_right() {
    for (text, expected) in [
        ("memory.solve=0", "from 1 to 100"),
        ("memory.margin=lots", "a size"),
        ("grace.stop=soon", "a time"),
        ("retry.crash=-1", "a whole number"),
        ("memory.enforce=kernel", "auto, cgroup or poll"),
        ("solve.engine=highs", "pumpkin or ortools"),
        ("gpu.use=always", "auto, never or require"),
        ("solve.ortools=libortools.so.9", "a path from the root on"),
    ] {
        let message = read(&[text]).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
