//! What the command line says of itself in other forms: completions for shells, and pages for man. Both are made from its definition when they
//! are asked for, so that they cannot fall behind it. What is hidden there, such as the workers, stays hidden here.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;
use shared::exit::Exit;

/// What the program is called where it is installed.
const NAME: &str = "carillon";

/// `carillon completions`.
#[derive(Args, Clone, Debug)]
pub struct CompletionsArgs {
    /// Shell that is to complete
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

/// `carillon man`.
#[derive(Args, Clone, Debug)]
pub struct ManArgs {
    /// Folder for the pages, such as ~/.local/share/man/man1; it is made where it is missing, and pages in it are replaced
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Why there are none. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
enum ManualError {
    /// Nobody takes them.
    #[error("write the completions: {0}")]
    Stdout(io::Error),
    /// They have no place.
    #[error("write the pages into {}: {source}", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
}

/// Prints the completions of `command` for a shell.
pub fn completions(args: &CompletionsArgs, command: &Command) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut shown(command), NAME, &mut text);
    let mut stdout = io::stdout().lock();
    ended(stdout.write_all(&text).and_then(|()| stdout.flush()).map_err(ManualError::Stdout))
}

/// Writes a page for `command`, and for each command that it has.
pub fn man(args: &ManArgs, command: &Command) -> ExitCode {
    let failed = |source| ManualError::Folder { folder: args.folder.clone(), source };
    ended(pages(shown(command), &args.folder).map_err(failed))
}

fn pages(command: Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command, folder)
}

/// The command without what is hidden: not every shell's completions would leave it out.
fn shown(command: &Command) -> Command {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new(NAME).about(about).version(env!("CARGO_PKG_VERSION")).subcommands(shown)
}

fn ended(result: Result<(), ManualError>) -> ExitCode {
    let Err(error) = result else { return Exit::Complete.into() };
    // A closed stderr is no reason to tell another exit code.
    let _ = writeln!(io::stderr(), "error: failed to {error}");
    match error {
        ManualError::Stdout(_) => Exit::Io.into(),
        ManualError::Folder { .. } => Exit::CannotCreate.into(),
    }
}
