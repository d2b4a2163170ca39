//! The text format of Prometheus, as far as a file for `node_exporter` needs it: gauges with labels, and no time of their own.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

use std::fmt::Write;

/// Figures of one name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Family {
    /// Behind `carillon_`; a unit ends it.
    pub(crate) name: &'static str,
    /// What it says, in a line.
    pub(crate) help: &'static str,
    /// The figures: a label with its value, where there are several.
    pub(crate) samples: Vec<(Option<(&'static str, String)>, f64)>,
}

impl Family {
    /// A single figure.
    pub(crate) fn one(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, samples: vec![(None, value)] }
    }

    /// One for each value of a label.
    pub(crate) fn by<V: Into<String>>(
        name: &'static str,
        help: &'static str,
        label: &'static str,
        values: impl IntoIterator<Item = (V, f64)>,
    ) -> Self {
        let sample = |(of, value): (V, f64)| (Some((label, of.into())), value);
        Self { name, help, samples: values.into_iter().map(sample).collect() }
    }
}

/// The text of them all. Each figure says of which input it is: files for several stand side by side. (Not `instance`, which is
/// what Prometheus calls the machine.)
pub(crate) fn text(families: &[Family], input: &str) -> String {
    let mut text = String::new();
    for Family { name, help, samples } in families.iter().filter(|family| !family.samples.is_empty()) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP carillon_{name} {help}\n# TYPE carillon_{name} gauge");
        for (label, value) in samples {
            let _ = writeln!(text, "{} {value}", head(name, input, label.as_ref()));
        }
    }
    text
}

/// The only figure of that name and input in a text of ours.
pub(crate) fn find(text: &str, name: &str, input: &str) -> Option<f64> {
    let head = head(name, input, None);
    text.lines().find_map(|line| line.strip_prefix(&head)?.trim().parse().ok())
}

fn head(name: &str, input: &str, label: Option<&(&str, String)>) -> String {
    let own = label.map_or_else(String::new, |(label, value)| format!(",{label}=\"{}\"", escaped(value)));
    format!("carillon_{name}{{input=\"{}\"{own}}}", escaped(input))
}

/// The value of a label: three characters would end it, or the line.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_stand_together_and_labels_are_escaped() {
        let families = [
            Family::one("exit_code", "How it ended.", 75.0),
            Family::by("empty", "Nothing.", "stage", Vec::<(String, f64)>::new()),
            Family::by("stage_seconds", "How long.", "stage", [("load", 0.25), ("so\"l\\ve\n", 4_294_967_296.0)]),
        ];
        assert_eq!(
            text(&families, "a\\b\"c\nd"),
            "# HELP carillon_exit_code How it ended.\n# TYPE carillon_exit_code gauge\n\
             carillon_exit_code{input=\"a\\\\b\\\"c\\nd\"} 75\n\
             # HELP carillon_stage_seconds How long.\n# TYPE carillon_stage_seconds gauge\n\
             carillon_stage_seconds{input=\"a\\\\b\\\"c\\nd\",stage=\"load\"} 0.25\n\
             carillon_stage_seconds{input=\"a\\\\b\\\"c\\nd\",stage=\"so\\\"l\\\\ve\\n\"} 4294967296\n"
        );
    }

    #[test]
    fn a_figure_is_found_again_for_its_input_only() {
        let written = text(&[Family::one("last", "When.", 1_700_000_000.0)], "a\"\n");
        assert_eq!(find(&written, "last", "a\"\n"), Some(1_700_000_000.0));
        assert_eq!(find(&written, "last", "a"), None);
        assert_eq!(find(&written, "la", "a\"\n"), None);
        assert_eq!(find("carillon_last{input=\"a\"} rubbish\n", "last", "a"), None);
    }
}
