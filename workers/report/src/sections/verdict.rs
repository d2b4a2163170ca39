//! What the run came to, in words: the first thing that anybody reads.

use serde::Serialize;
use serde_json::Value;

use super::Figure;
use crate::sources::{RunResult, Sources};
use crate::week::Week;
use crate::words;

/// The head of the page.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) instance: String,
    /// `good`, `warn` or `bad`.
    tone: &'static str,
    word: &'static str,
    sentence: String,
    /// What was put up with or fell back, one sentence each.
    remarks: Vec<String>,
    figures: Vec<Figure>,
}

/// The verdict on a run.
pub(crate) fn verdict(sources: &Sources, week: Option<&Week>) -> Verdict {
    let path = sources.result.as_ref().map(|result| result.instance.as_str());
    let told = sources.events.last("began").map(|event| event.text("instance"));
    let path = path.or(told).unwrap_or_default();
    let instance = week.map(|week| week.name.clone()).filter(|name| !name.is_empty());
    let (tone, word) = sources.result.as_ref().map_or(("warn", "Still going on"), spoken);
    Verdict {
        instance: instance.unwrap_or_else(|| file_name(path).to_owned()),
        tone,
        word,
        sentence: sources.result.as_ref().map_or_else(
            || "The run has not ended: this page shows what it has written so far.".to_owned(),
            |result| sentence(result, week),
        ),
        remarks: remarks(sources, week),
        figures: week.map(figures).unwrap_or_default(),
    }
}

fn file_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

fn spoken(result: &RunResult) -> (&'static str, &'static str) {
    match result.verdict.as_str() {
        "complete" => ("good", "Complete"),
        "degraded" => ("warn", "Complete, degraded"),
        "incomplete" => ("warn", "Incomplete"),
        "interrupted" => ("warn", "Interrupted"),
        "infeasible" => ("bad", "Infeasible"),
        "refused" => ("bad", "Refused"),
        _ => ("bad", "Failed"),
    }
}

fn sentence(result: &RunResult, week: Option<&Week>) -> String {
    let (Some(hard), Some(unplaced), Some(cost)) = (result.hard, result.unplaced, result.cost) else {
        return "There is no timetable.".to_owned();
    };
    let what = if week.is_some_and(|week| week.is_campus) { "meeting" } else { "class" };
    let placed = match unplaced {
        0 => format!("Every {what} has its place"),
        count => format!("{} without a place", words::count(count as usize, what)),
    };
    let broken = match hard {
        0 => "no hard rule is broken".to_owned(),
        1 => "1 hard rule is broken".to_owned(),
        count => format!("hard rules are broken {} times", words::grouped(count)),
    };
    let wishes = match cost {
        0 => "every wish is met".to_owned(),
        cost => format!("what is not as wished costs {}", words::grouped(cost)),
    };
    format!("{placed}, {broken}, and {wishes}.")
}

fn remarks(sources: &Sources, week: Option<&Week>) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(reason) = sources.result.as_ref().and_then(|result| result.reason.as_deref()) {
        remarks.push(capital(reason));
    }
    let mut of_events = |name: &str, words: &dyn Fn(&crate::sources::Event) -> Option<String>| {
        for text in sources.events.named(name).filter_map(words) {
            if !remarks.contains(&text) {
                remarks.push(text);
            }
        }
    };
    of_events("outcome", &|event| {
        let is_given_up = event.text("next") == "given_up" && event.stage.as_deref() != Some("gpu-probe");
        is_given_up.then(|| format!("{} was given up ({}), what it got went forward", event.who(), event.text("words")))
    });
    of_events("degraded", &|event| Some(format!("{} went on with less: {}", event.who(), event.text("rung"))));
    of_events("verdict", &|event| {
        let is_rejected = event.rest.get("accepted").and_then(Value::as_bool) == Some(false);
        is_rejected.then(|| format!("The output of {} was rejected: it was worse than its input", event.who()))
    });
    of_events("interrupted", &|event| Some(format!("{} stopped the run early", event.text("signal"))));
    if let Some(why) = sources.result.as_ref().and_then(|result| disagreement(result, week?)) {
        remarks.push(why);
    }
    remarks
}

/// The page counts what it shows. Who has changed a file of the run since is told so.
fn disagreement(result: &RunResult, week: &Week) -> Option<String> {
    let said = result.components.as_ref()?;
    let differs = |(rule, count, _): &&(&str, u64, bool)| said.get(*rule).is_some_and(|said| said != count);
    let (rule, count, _) = week.counted.iter().find(differs)?;
    Some(format!("This page counts {count} for {rule}, and the run has said {}: its files have changed", said[*rule]))
}

fn figures(week: &Week) -> Vec<Figure> {
    let what = if week.is_campus { "meeting" } else { "class" };
    vec![
        Figure::count(week.meetings.len() + week.unplaced.len(), what),
        Figure::count(week.events.len(), if week.is_campus { "event" } else { "course" }),
        Figure::count(week.rooms.len(), "room"),
        Figure::count(week.teachers.len(), "teacher"),
        Figure::count(week.groups.len(), week.group_word()),
        Figure::count(week.days.len() * week.slots.len(), "period"),
    ]
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
