//! The report: one page that stands alone, is never half there, and costs the run nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::commands::carillon;
use crate::harness::{Run, college, program, root};

/// The most bytes of a page of five thousand meetings, and of the scripts in any.
const PAGE_BYTES_MAX: usize = 1_000_000;
const SCRIPT_BYTES_MAX: usize = 15 << 10;

/// A run of an instance in a folder of its own, and its page.
struct Told {
    home: TempDir,
    run: PathBuf,
    page: String,
}

fn told(instance: &Path, flags: &[&str]) -> Told {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    let places = ["run", instance.to_str().unwrap(), "--run-dir", run.to_str().unwrap(), "--progress", "never"];
    let answer = carillon(places.iter().chain(flags));
    assert!(matches!(answer.code, 0 | 10), "{}", answer.stderr);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    Told { home, run, page }
}

/// What stands between the tags, each time.
fn between<'a>(page: &'a str, from: &'a str, to: &'a str) -> Vec<&'a str> {
    page.split(from).skip(1).map(|rest| rest.split(to).next().unwrap()).collect()
}

/// The values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let from = format!(" {attribute}=\"");
    page.split(&from).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// The numbers for the script.
fn data(page: &str) -> Value {
    serde_json::from_str(between(page, "id=\"data\">", "</script>")[0]).unwrap()
}

fn assert_stands_alone(page: &str) {
    assert!(page.trim_start().starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    for foreign in ["http:", "https:", "//www", "@import", "url(", " src=\"", "<img", "<iframe"] {
        assert!(!page.contains(foreign), "the page asks for something: {foreign}");
    }
    let scripts = between(page, "<script nonce=\"", "</script>");
    let bytes: usize = scripts.iter().map(|script| script.len()).sum();
    assert!(scripts.len() == 1 && bytes <= SCRIPT_BYTES_MAX, "{} scripts of {bytes} bytes", scripts.len());
    let ids = values(page, "id");
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), ids.len(), "an id is there twice");
    for link in values(page, "href").into_iter().filter_map(|link| link.strip_prefix('#')) {
        assert!(ids.contains(&link), "nothing is at #{link}");
    }
}

/// Either kind of instance has a page with everybody's week, which asks nobody for anything and may be read by owner and group.
#[test]
fn a_run_leaves_a_page_that_stands_alone() {
    for (instance, classes) in [(college(), 62), (root().join("examples/tiny"), 25)] {
        let Told { page, run, home: _home } = told(&instance, &["--effort", "0.02"]);
        assert_stands_alone(&page);
        let data = data(&page);
        assert_eq!(data["meetings"].as_array().unwrap().len(), classes);
        for section in ["timetable", "problems", "quality", "use", "run", "memory", "search", "provenance"] {
            assert!(page.contains(&format!("<section id=\"{section}\"")), "{section}");
        }
        for room in data["rooms"].as_array().unwrap() {
            assert!(room[0].as_str().is_some_and(|name| page.contains(name)));
        }
        assert!(page.matches("<svg").count() >= 3, "curves of memory, the machine and the cost");
        let mode = fs::metadata(run.join("report.html")).unwrap().permissions().mode();
        assert_eq!(mode & 0o007, 0, "mode {mode:o}");
        assert!(!run.join("pages").exists(), "only where it is asked for");
    }
}

/// A name is text, whatever it says; and the page says of a verdict what the run has said.
#[test]
fn names_of_the_data_are_text() {
    let home = tempfile::tempdir().unwrap();
    let instance = home.path().join("odd.ctt");
    let odd = "</script><img/src=x/onerror=alert(1)>'\"&";
    let text = fs::read_to_string(college()).unwrap();
    fs::write(&instance, text.replace("LinearAlgebra", odd).replace("Hall_A", "<b>Hall</b>")).unwrap();
    let Told { page, .. } = told(&instance, &["--effort", "0.02", "--set", "report.pages=true"]);
    assert!(!page.contains("<img") && !page.contains("<b>Hall</b>"));
    assert_eq!(page.matches("</script>").count(), 2, "the data and the script");
    let courses = data(&page)["courses"].clone();
    assert!(courses.as_array().unwrap().iter().any(|course| course == odd), "{courses}");
    assert_stands_alone(&page);
}

/// A page for each room, teacher and curriculum, and all links between them lead somewhere.
#[test]
fn pages_of_their_own_are_linked_and_not_for_everybody() {
    let Told { run, home: _home, .. } =
        told(&root().join("examples/tiny"), &["--effort", "0.02", "--set", "report.pages=true"]);
    let names: Vec<String> = fs::read_dir(run.join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for kind in ["room-", "teacher-", "group-", "course-", "index.html", "style.css"] {
        assert!(names.iter().any(|name| name.starts_with(kind)), "{kind} of {names:?}");
    }
    for name in names.iter().filter(|name| *name != "style.css") {
        let path = run.join("pages").join(name);
        let page = fs::read_to_string(&path).unwrap();
        for link in values(&page, "href").into_iter().filter(|link| !link.starts_with("data:")) {
            assert!(names.iter().any(|name| name == link), "{name} leads to {link}");
        }
        assert!(!page.contains("<script"), "{name}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o007, 0);
    }
}

/// Five thousand meetings of a campus of our own making: a page that can be sent by mail.
#[test]
fn five_thousand_meetings_fit_into_a_megabyte() {
    let home = tempfile::tempdir().unwrap();
    let campus = home.path().join("campus");
    let made =
        carillon(["generate", "campus", campus.to_str().unwrap(), "--preset", "university", "--sections", "1502"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    // Where they lie does not matter: the first guess is good enough, and leaves something to list.
    let flags = ["--skip", "solve", "--skip", "evolve", "--skip", "resolve"];
    let Told { page, .. } = told(&campus, &flags);
    assert!(data(&page)["meetings"].as_array().unwrap().len() > 4900);
    assert!(page.len() <= PAGE_BYTES_MAX, "{} bytes", page.len());
    assert_stands_alone(&page);
}

/// The page is made from the run's files alone, so `carillon report` makes the same one again; and whoever kills it, at whatever
/// instant, leaves the old page or the new one, as a whole.
#[test]
fn a_page_that_is_killed_is_the_old_one_or_the_new_one() {
    let Told { run, page, home } = told(&college(), &["--effort", "0.02"]);
    let path = run.join("report.html");
    let mut is_new = 0;
    for instant in 0..40 {
        fs::write(&path, "old").unwrap();
        let mut child = program().arg("report").arg(&run).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(instant * 500));
        let _ = child.kill();
        child.wait().unwrap();
        let left = fs::read_to_string(&path).unwrap();
        assert!(left == "old" || left == page, "after {instant} half milliseconds: {} bytes", left.len());
        is_new += usize::from(left == page);
    }
    println!("{is_new} of 40 were done before they were killed");
    let answer = carillon(["report", run.to_str().unwrap()]);
    assert_eq!((answer.code, answer.stdout.trim()), (0, path.to_str().unwrap()), "{}", answer.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), page);
    assert_eq!(carillon(["report", home.path().to_str().unwrap()]).code, 66, "there is no run");
}

/// A report that fails is a warning, and the timetable is as good as ever.
#[test]
fn a_report_that_fails_costs_nothing() {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    let words = ["--effort", "0.02", "--worker-program", "report=/bin/false", "--run-dir", run.to_str().unwrap()];
    let answer = carillon(["run", college().to_str().unwrap()].iter().chain(&words));
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let warning = "⚠️ There is no report: failed to write the report: it said nothing (exit status: 1)";
    assert!(answer.stderr.contains(warning), "{}", answer.stderr);
    assert!(!run.join("report.html").exists() && run.join("timetable.csv").exists());
    let later = carillon(["report", run.to_str().unwrap()]);
    assert_eq!(later.code, 0, "it can be made later: {}", later.stderr);
    assert!(run.join("report.html").exists());
}

/// A report that does not end is ended, with whatever it has started, and that is a warning too.
#[test]
fn a_report_that_hangs_is_ended() {
    let home = tempfile::tempdir().unwrap();
    let (script, pid) = (home.path().join("hang"), home.path().join("pid"));
    fs::write(&script, format!("#!/bin/sh\nsleep 3600 &\necho $! > '{}'\nwait\n", pid.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let planted = format!("report={}", script.display());
    let flags = ["--worker-program", &planted, "--set", "deadline.report=500ms", "--effort", "0.02"];
    let run = flags.chunks(2).fold(Run::of(&college()), |run, flag| run.flag(flag[0], flag[1])).finish();
    assert_eq!(run.code(), 0, "{}", run.told());
    assert!(
        run.read("run.log").contains("There is no report: failed to write the report within 500 ms"),
        "{}",
        run.told()
    );
    run.leaves_nothing();
    let pid = fs::read_to_string(pid).unwrap();
    assert!(!Path::new(&format!("/proc/{}", pid.trim())).exists(), "it has left {pid}");
}

/// A run that was killed and taken up again has a page of all its starts.
#[test]
fn a_resumed_run_has_a_report_of_the_whole() {
    let mut run = Run::of(&college()).flag("--effort", "0.2").start();
    run.worker("evolve");
    let run = run.killed().resume().finish();
    assert_eq!(run.code(), 0, "{}", run.told());
    let page = run.read("report.html");
    assert_stands_alone(&page);
    assert!(page.contains("the run was taken up again"));
}

/// A run that was refused, and one whose files were changed afterwards, are told as what they are.
#[test]
fn what_is_not_there_and_what_does_not_agree_is_said() {
    let home = tempfile::tempdir().unwrap();
    let (instance, refused) = (home.path().join("bad.ctt"), home.path().join("refused"));
    fs::write(&instance, "Name: bad\n").unwrap();
    let answer = carillon(["run".as_ref(), instance.as_os_str(), "--run-dir".as_ref(), refused.as_os_str()]);
    assert_eq!(answer.code, 65);
    let page = fs::read_to_string(refused.join("report.html")).unwrap();
    for words in ["<strong>Refused.</strong>", "There is no timetable", "the header line `Constraints` is missing"] {
        assert!(page.contains(words), "{words}");
    }

    let Told { run, home: _home, .. } = told(&college(), &["--effort", "0.02"]);
    let path = run.join("timetable.json");
    let mut timetable: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let there = timetable["placements"][0].clone();
    for part in ["day", "period", "room"] {
        timetable["placements"][1][part] = there[part].clone();
    }
    fs::write(&path, timetable.to_string()).unwrap();
    assert_eq!(carillon(["report", run.to_str().unwrap()]).code, 0);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("its files have changed") && page.contains("has two lectures at once"));
}

/// The same figures without a browser: what a run used, which runs there are, and what one timetable has that another has not.
#[test]
fn runs_are_told_and_compared_in_text() {
    let home = tempfile::tempdir().unwrap();
    for seed in ["1", "2"] {
        let mut command = program();
        command.arg("run").arg(college()).args(["--effort", "0.02", "--progress", "never", "--seed", seed]);
        assert!(command.current_dir(home.path()).status().unwrap().success());
    }
    let runs = home.path().join("carillon-runs");
    let listed = carillon(["runs", "--place", runs.to_str().unwrap()]).stdout;
    let rows: Vec<&str> = listed.lines().collect();
    assert!(rows.len() == 3 && rows[0].starts_with("run ") && rows[2].ends_with("latest"), "{listed}");
    assert!(rows[1..].iter().all(|row| row.starts_with("college/2") && row.contains(" complete ")), "{listed}");
    assert_eq!(carillon(["runs", "--place", runs.to_str().unwrap(), "other"]).stdout.lines().count(), 1);

    let [first, second] = [1, 2].map(|row| runs.join(rows[row].split(' ').next().unwrap()));
    let used = carillon(["eff".as_ref(), runs.join("college/latest").as_os_str()]).stdout;
    for part in ["college.ctt · complete · exit code 0", "Processor", "Memory", "Largest allotment", "Time"] {
        assert!(used.contains(part), "{used}");
    }
    let same = carillon(["diff".as_ref(), first.as_os_str(), first.as_os_str()]).stdout;
    assert_eq!(same, "every rule counts the same\n0 meetings moved\n");
    let moved = carillon(["diff".as_ref(), first.as_os_str(), second.as_os_str()]).stdout;
    assert!(moved.contains(" meetings moved\n") && moved.contains(" → ") && moved.contains(" in "), "{moved}");
    assert_eq!(carillon(["eff".as_ref(), home.path().as_os_str()]).code, 66);
}
