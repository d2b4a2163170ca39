//! The files in `contrib/` and the page for operators: they parse, their exit codes are ours, their commands are understood.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use shared::exit::Exit;
use tempfile::TempDir;

use crate::harness::{PROGRAM, college, configured_by_nobody, program, root};

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines of a file that are neither empty nor a comment.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What a unit says, as section, key and value.
fn unit(text: &str) -> Vec<(&str, &str, &str)> {
    let mut section = "";
    let mut said = Vec::new();
    for line in lines(text) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.strip_suffix(']').unwrap_or_else(|| panic!("{line:?} is no section"));
        } else {
            let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{line:?} is no setting"));
            assert!(key.chars().all(|c| c.is_ascii_alphanumeric()) && !section.is_empty(), "{line:?}");
            said.push((section, key, value));
        }
    }
    said
}

/// The words of each `carillon run` and `carillon resume` in a text, without what only a shell understands.
fn commands(text: &str) -> Vec<Vec<String>> {
    let variables = [("\"$threads\"", "1"), ("$memory", ""), ("\"$run\"", "run"), ("\"${2:-2h}\"", "2h")];
    let plain = variables.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let mut found = Vec::new();
    for line in plain.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for (at, _) in line.match_indices("carillon r") {
            let words = line[at..].split(['`', '|', '>', ';', ',']).next().unwrap_or_default();
            let words = words.trim_end_matches([' ', '2']).trim_end_matches('.').split_whitespace().skip(1);
            let words: Vec<String> = words.map(str::to_owned).collect();
            found.extend(matches!(words[0].as_str(), "run" | "resume").then_some(words));
        }
    }
    found
}

/// Every command that an operator may copy is one that the program understands: it gets as far as the instance that is missing.
#[test]
fn commands_for_operators_are_understood() {
    let files = [
        "docs/operators.md",
        "contrib/systemd/carillon@.service",
        "contrib/cron/carillon",
        "contrib/slurm/carillon.sbatch",
    ];
    let place = tempfile::tempdir().unwrap();
    for file in files {
        let commands = commands(&read(file));
        assert!(!commands.is_empty(), "{file} has no command");
        for mut words in commands {
            // Wherever that would be on a machine that has it.
            words.splice(1..words.len().min(2), ["missing.ctt".to_owned()]);
            let output = program().args(&words).current_dir(place.path()).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(66), "{file}: carillon {}: {told}", words.join(" "));
        }
    }
}

/// The exit codes that the service names are those of our table, and mean what it takes them for.
#[test]
fn the_service_names_exit_codes_of_ours() {
    let text = read("contrib/systemd/carillon@.service");
    let said = unit(&text);
    let value = |wanted: &str| {
        let found = said.iter().find(|(section, key, _)| *section == "Service" && *key == wanted);
        found.unwrap_or_else(|| panic!("{wanted}= is missing")).2
    };
    let codes = |key: &str| -> Vec<Exit> {
        let of = |word: &str| Exit::ALL.into_iter().find(|exit| exit.code().to_string() == word);
        value(key).split_whitespace().map(|word| of(word).unwrap_or_else(|| panic!("{word} is no code"))).collect()
    };
    assert_eq!(codes("SuccessExitStatus"), [Exit::Degraded, Exit::Terminated]);
    assert_eq!(codes("RestartForceExitStatus"), [Exit::Locked, Exit::PressureOutside]);
    assert_eq!((value("Delegate"), value("OOMPolicy"), value("KillMode")), ("yes", "continue", "mixed"));
    let page = read("docs/operators.md");
    let table = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let mut told: Vec<u8> = table.flat_map(|cell| cell.split(", ")).filter_map(|code| code.parse().ok()).collect();
    told.sort_unstable();
    let workers = [Exit::Panic, Exit::OutOfMemory];
    let public: Vec<u8> = Exit::ALL.iter().filter(|exit| !workers.contains(exit)).map(|exit| exit.code()).collect();
    assert_eq!(told, public, "the page for operators says of every code who should act");
}

/// The units are those that systemd understands, where there is one to ask; elsewhere it is said that nobody was asked.
#[test]
fn units_are_understood_by_systemd() {
    let place = tempfile::tempdir().unwrap();
    let names = ["carillon@.service", "carillon@.timer"];
    for name in names {
        let text = read(&format!("contrib/systemd/{name}"));
        assert!(!unit(&text).is_empty(), "{name}");
        // It looks for the program, which is installed nowhere.
        fs::write(place.path().join(name), text.replace("/usr/local/bin/carillon", PROGRAM)).unwrap();
    }
    let units = names.map(|name| place.path().join(name.replace('@', "@fall")));
    match Command::new("systemd-analyze").args(["verify", "--man=no"]).args(units).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => println!("skipped: no systemd-analyze"),
        answer => {
            let told = String::from_utf8_lossy(&answer.unwrap().stderr).into_owned();
            // It may have something to say of units of the machine, and of itself.
            let ours: Vec<&str> = told.lines().filter(|line| line.contains("carillon@")).collect();
            assert!(ours.is_empty(), "{}", ours.join("\n"));
        }
    }
}

/// A line for cron has five times, a user and a command, and no percent sign that would end it.
#[test]
fn the_cron_line_is_one() {
    let text = read("contrib/cron/carillon");
    let is_variable = |line: &&str| line.split_once('=').is_some_and(|(name, _)| name.chars().all(char::is_alphabetic));
    let jobs: Vec<&str> = lines(&text).filter(|line| !is_variable(line)).collect();
    assert_eq!(jobs.len(), 1);
    for job in jobs {
        let words: Vec<&str> = job.split_whitespace().collect();
        for (time, most) in words[..5].iter().zip([59, 23, 31, 12, 7]) {
            assert!(*time == "*" || time.parse::<u8>().is_ok_and(|number| number <= most), "{time}");
        }
        assert_eq!((words[5], words[6]), ("carillon", "cd"), "a user, and then the command");
        assert!(!job.replace("\\%", "").contains('%'), "{job}");
    }
    assert!(text.ends_with('\n'), "cron reads no last line that does not end");
}

/// The snippet for logrotate has one block of words that it knows, and rotates what cron writes.
#[test]
fn the_logrotate_snippet_is_one() {
    let text = read("contrib/logrotate/carillon");
    let mut block = lines(&text);
    let opening = block.next().unwrap();
    let folder = opening.strip_suffix("/*.log {").unwrap_or_else(|| panic!("{opening:?}"));
    assert!(read("contrib/cron/carillon").contains(&format!(" >> {folder}/fall.log 2>&1")));
    let mut block: Vec<&str> = block.collect();
    assert_eq!(block.pop(), Some("}"));
    let known = ["su", "weekly", "rotate", "missingok", "notifempty", "compress", "delaycompress", "create"];
    for line in block {
        assert!(known.contains(&line.split(' ').next().unwrap()), "{line}");
    }
}

/// A folder in which the script is called as Slurm would: `carillon` in the path, and the variables of a job.
fn slurm(place: &TempDir, memory: Option<&str>, words: &[&str]) -> Output {
    let folder = place.path();
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut bash = Command::new("bash");
    configured_by_nobody(&mut bash);
    bash.arg(root().join("contrib/slurm/carillon.sbatch")).args(words).current_dir(folder);
    bash.env("PATH", path).env("SLURM_JOB_ID", "7").env("SLURM_CPUS_PER_TASK", "1").env_remove("SLURM_MEM_PER_NODE");
    memory.map(|megabytes| bash.env("SLURM_MEM_PER_NODE", megabytes));
    bash.output().expect("there is a bash")
}

/// The script for Slurm runs with what the job was granted, and the same job goes on when it is started again.
#[test]
fn the_slurm_script_runs_and_goes_on() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("bin")).unwrap();
    symlink(PROGRAM, place.path().join("bin/carillon")).unwrap();
    fs::copy(college(), place.path().join("fall.ctt")).unwrap();
    let told = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let nothing = slurm(&place, None, &[]);
    assert!(!nothing.status.success() && told(&nothing).contains("usage: sbatch"), "{}", told(&nothing));
    let first = slurm(&place, Some("512"), &["fall.ctt", "2s"]);
    let story = told(&first);
    // On a machine that is slow enough a stage gives up, and that is no affair of the script.
    assert!(matches!(first.status.code(), Some(0 | 3 | 10)), "{story}");
    assert!(story.contains("memory 512.0MB by --memory") && story.contains("1 threads"), "{story}");
    assert!(place.path().join("carillon-7/result.json").is_file());
    let again = slurm(&place, None, &["fall.ctt", "2s"]);
    assert_eq!(again.status.code(), first.status.code(), "{}", told(&again));
    assert!(told(&again).contains("nothing is left to do"), "{}", told(&again));
    let options: Vec<String> = read("contrib/slurm/carillon.sbatch")
        .lines()
        .filter_map(|line| Some(line.strip_prefix("#SBATCH ")?.to_owned()))
        .collect();
    assert!(options.len() > 5 && options.iter().all(|option| option.starts_with("--")), "{options:?}");
}

/// The image is made for the compiler that the project names, and copies what that has built.
#[test]
fn the_container_is_built_by_our_compiler() {
    let text = read("contrib/container/Containerfile");
    let manifest = read("Cargo.toml");
    let version = manifest.split("rust-version = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let words = ["FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT"];
    for line in lines(&text) {
        assert!(words.contains(&line.split(' ').next().unwrap()), "{line}");
    }
    assert!(text.contains(&format!("/rust:{version}-")), "Cargo.toml says {version}");
    let base = |at: usize| text.split("FROM ").nth(at).unwrap().split_whitespace().next().unwrap();
    let release = base(1).rsplit('-').next().unwrap();
    assert!(
        base(2).contains(release),
        "built on {} and run on {}: a newer C library would be missing",
        base(1),
        base(2)
    );
    assert!(Path::new(root()).join("Cargo.lock").is_file(), "--locked needs it");
}
