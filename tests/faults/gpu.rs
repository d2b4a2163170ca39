//! Drivers of a GPU that crash, hang, or lie: a machine with one of these is a machine without a GPU.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{ends_whole, short};

/// What a driver does when it is loaded, or first asked.
const DRIVERS: [(&str, &str); 4] = [
    ("crashes", "#include <stdlib.h>\n__attribute__((constructor)) static void load(void) { abort(); }"),
    ("hangs", "#include <unistd.h>\n__attribute__((constructor)) static void load(void) { for (;;) pause(); }"),
    ("is empty", "int nothing;"),
    ("fails", "int cuInit(unsigned flags) { return 999; }"),
];

#[test]
fn a_broken_driver_is_a_machine_without_a_gpu() {
    let undisturbed = short().finish().expect(&[0]).read("solution.sol");
    for (how, source) in DRIVERS {
        let folder = tempfile::tempdir().unwrap();
        if !is_built(folder.path(), source) {
            println!("skipped: no C compiler to build a driver with");
            return;
        }
        let run = short().variable("LD_LIBRARY_PATH", folder.path().to_str().unwrap()).finish();
        ends_whole(&run, &[0]);
        assert!(run.read("solution.sol") == undisturbed, "a driver that {how}: another timetable");
        let ends = run.events_of("outcome").into_iter().filter(|end| end["stage"] == "gpu-probe");
        let outcomes: Vec<_> = ends.map(|end| end["outcome"].clone()).collect();
        let expected = match how {
            "crashes" => "crash",
            "hangs" => "hang",
            _ => "sealed",
        };
        assert_eq!(outcomes, [expected], "a driver that {how}: {}", run.told());
    }
}

fn is_built(folder: &Path, source: &str) -> bool {
    let (file, library) = (folder.join("driver.c"), folder.join("libcuda.so"));
    fs::write(&file, source).unwrap();
    let built = Command::new("cc").arg("-shared").arg("-fPIC").arg("-o").arg(&library).arg(&file).status();
    let is_built = built.is_ok_and(|status| status.success());
    is_built && fs::copy(&library, folder.join("libcuda.so.1")).is_ok()
}
