//! How the story looks on stderr: whether anything changes in place, and whether there are colours. Decided once, by what was asked for, what
//! stderr is, and the variables by which people say what their terminals can do.

use std::ffi::OsString;

use crate::cli::Progress;

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// A line for each stage, the last of which changes.
    Live,
    /// The lines of `run.log` as they come.
    Plain,
    /// The last lines.
    Ending,
    /// One line at the end.
    Verdict,
}

/// What is shown, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Looks {
    pub(super) show: Show,
    pub(super) is_coloured: bool,
}

impl Looks {
    /// `NO_COLOR` forbids colours, `CLICOLOR_FORCE` wants them anywhere, `CLICOLOR=0` nowhere; a dumb terminal can neither colour nor change a line.
    pub(super) fn of(progress: Progress, is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let is_said = |name| variable(name).is_some_and(|value| !value.is_empty());
        let is_off = |name| variable(name).is_some_and(|value| value == "0");
        let is_able = is_terminal && variable("TERM").is_none_or(|term| term != "dumb");
        let show = match progress {
            Progress::Auto if is_able => Show::Live,
            Progress::Auto | Progress::Plain => Show::Plain,
            Progress::Never => Show::Ending,
            Progress::Quiet => Show::Verdict,
        };
        let is_forced = is_said("CLICOLOR_FORCE") && !is_off("CLICOLOR_FORCE");
        let is_coloured = !is_said("NO_COLOR") && (is_forced || (show == Show::Live && !is_off("CLICOLOR")));
        Self { show, is_coloured }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(progress: Progress, is_terminal: bool, variables: &[(&str, &str)]) -> (Show, bool) {
        let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        let Looks { show, is_coloured } = Looks::of(progress, is_terminal, variable);
        (show, is_coloured)
    }

    #[test]
    fn nothing_changes_where_nobody_sees_it() {
        assert_eq!(looks(Progress::Auto, true, &[]), (Show::Live, true));
        assert_eq!(looks(Progress::Auto, false, &[]), (Show::Plain, false));
        assert_eq!(looks(Progress::Auto, true, &[("TERM", "dumb")]), (Show::Plain, false));
        for is_terminal in [false, true] {
            assert_eq!(looks(Progress::Plain, is_terminal, &[]), (Show::Plain, false));
            assert_eq!(looks(Progress::Never, is_terminal, &[]), (Show::Ending, false));
            assert_eq!(looks(Progress::Quiet, is_terminal, &[]), (Show::Verdict, false));
        }
    }

    #[test]
    fn colours_are_as_the_variables_say() {
        for (variables, on_a_terminal, elsewhere) in [
            (&[("NO_COLOR", "")][..], true, false),
            (&[("NO_COLOR", "1")], false, false),
            (&[("CLICOLOR", "0")], false, false),
            (&[("CLICOLOR_FORCE", "1")], true, true),
            (&[("CLICOLOR_FORCE", "0")], true, false),
            (&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], true, true),
            (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false, false),
        ] {
            assert_eq!(looks(Progress::Auto, true, variables).1, on_a_terminal, "{variables:?}");
            assert_eq!(looks(Progress::Auto, false, variables).1, elsewhere, "{variables:?}");
        }
    }
}
