//! The page: its templates, filled. Whatever comes from the data is escaped, by the templates where it is text, and here where it is
//! numbers for the script.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::ReportError;
use crate::sections::{data, listing, sections};
use crate::sources::Sources;
use crate::week::Week;

pub(crate) const STYLE: &str = include_str!("templates/style.css");
pub(crate) const SCRIPT: &str = include_str!("templates/script.js");
const REPORT: &str = include_str!("templates/report.html");

/// The page of a run, with the week that it has come to.
pub(crate) fn page(sources: &Sources, week: Option<&Week>) -> Result<String, ReportError> {
    let sections = sections(sources, week)?;
    let data = week.map_or(Ok(String::new()), |week| harmless(&data(week)))?;
    // Only the script that carries this number may run: whoever wrote the instance cannot have known it.
    let nonce = format!("{:032x}", xxh3_128(format!("{data}{:?}", sources.events).as_bytes()));
    let lists = week.map(listing).unwrap_or_default();
    fill(
        REPORT,
        context! {
            nonce,
            style => Value::from_safe_string(STYLE.to_owned()),
            script => Value::from_safe_string(SCRIPT.to_owned()),
            data => Value::from_safe_string(data),
            lists => Serde(lists),
            version => env!("CARGO_PKG_VERSION"),
            ..Serde(sections)
        },
    )
}

/// A template with its values.
pub(crate) fn fill(template: &str, values: Value) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("svg", |svg: String| Value::from_safe_string(svg));
    Ok(environment.render_str(template, values)?)
}

/// JSON that can stand between the tags of a script: no name in it can end that.
fn harmless(data: &impl Serialize) -> Result<String, ReportError> {
    let text = serde_json::to_string(data).map_err(|source| ReportError::Json { path: "the page".into(), source })?;
    Ok(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}
