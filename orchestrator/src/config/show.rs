//! `carillon config`: the settings that a run would have, with where each comes from, and the manual of all that there are.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use shared::exit::Exit;

use super::key::Key;
use super::layers::{Layers, Origin};
use super::{Config, quoted};
use crate::cli::RunArgs;
use crate::error::RunError;

/// Every key with its meaning and its default, for people.
const MANUAL: &str = include_str!("default.toml");
/// Origins stand behind values that are no longer than that.
const VALUE_COLUMNS: usize = 40;

/// `carillon config`.
#[derive(Args, Clone, Debug)]
pub struct ConfigArgs {
    #[command(subcommand)]
    call: Call,
}

#[derive(Clone, Debug, Subcommand)]
enum Call {
    /// Print the settings that a run would have that starts here with these flags, as TOML
    Show(Box<ShowArgs>),
    /// Print every setting with its meaning and its default: a file to begin with
    Default,
}

#[derive(Args, Clone, Debug)]
// What a run would work on changes nothing about its settings.
#[command(mut_arg("instance", |instance| instance.required(false).default_value("INSTANCE").hide(true)))]
struct ShowArgs {
    /// Say behind each value where it comes from: a flag, a variable, a line of a file, the default
    #[arg(long, help_heading = "Settings")]
    origin: bool,
    #[command(flatten)]
    run: RunArgs,
}

/// Prints settings.
///
/// Exit codes: 0 printed, 2 the command line is wrong, 74 nobody takes it, 78 the configuration is wrong.
pub fn config(args: ConfigArgs) -> ExitCode {
    let text = match args.call {
        Call::Default => Ok(MANUAL.to_owned()),
        Call::Show(args) => show(&args.run, args.origin),
    };
    let (told, exit) = match text {
        Ok(text) => {
            let mut stdout = io::stdout().lock();
            match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
                Ok(()) => return Exit::Complete.into(),
                Err(error) => (format!("print the settings: {error}"), Exit::Io),
            }
        }
        Err(error) => (error.to_string(), error.exit()),
    };
    // A closed stderr is no reason to tell another exit code.
    let _ = writeln!(io::stderr(), "error: failed to {told}");
    exit.into()
}

fn show(args: &RunArgs, with_origin: bool) -> Result<String, RunError> {
    let layers = Layers::look(args.config.as_deref())?;
    let filled = layers.fill(args.clone());
    // What a run would refuse is refused here.
    Config::new(filled.clone())?;
    Ok(Key::all().into_iter().map(|key| line(key, &filled, layers.origin(key, args), with_origin)).collect())
}

fn line(key: Key, filled: &RunArgs, origin: Origin, with_origin: bool) -> String {
    let said = key.said(filled);
    let origin = if said.is_some() { origin } else { Origin::Default };
    let Some(value) = said.or_else(|| key.default(filled)) else {
        let is_worth_a_line = !matches!(key, Key::StageMemory(_));
        return if is_worth_a_line { format!("# {} is not set\n", key.name()) } else { String::new() };
    };
    let line = format!("{} = {}", key.name(), written(&value));
    if with_origin { format!("{line:<VALUE_COLUMNS$} # {origin}\n") } else { format!("{line}\n") }
}

/// A value as TOML: numbers and switches as they are, everything else as a text.
fn written(value: &str) -> String {
    let is_whole = value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    let is_number = is_whole || value.parse::<f64>().is_ok_and(|number| format!("{number:?}") == value);
    if is_number || matches!(value, "true" | "false") { value.to_owned() } else { quoted(value) }
}

#[cfg(test)]
#[path = "show_tests.rs"]
mod tests;
