//! Hard rules that contradict each other, or what their events can do at all.

use std::collections::{BTreeMap, HashSet};

use shared::model::campus::Relation;

use super::events::{begins, day_set};
use super::{Campus, proof};
use crate::campus::draft::Rule;
use crate::campus::week::{Periods, add_all, count};
use crate::finding::{Finding, Findings, Place};
use crate::format::plural;

/// Rules between more events than this are not looked at pair by pair.
const PAIRWISE_MAX: usize = 200;

pub(super) fn look(campus: &Campus<'_>, findings: &mut Findings) {
    for rule in &campus.draft.rules {
        findings.extend(never_judged(campus, rule));
    }
    let hard: Vec<&Rule> = campus.draft.rules.iter().filter(|rule| rule.weight.is_none()).collect();
    if hard.is_empty() {
        return;
    }
    findings.extend(circle(campus, &hard));
    pairs(campus, &hard, findings);
    for rule in hard {
        findings.extend(match rule.relation {
            Relation::SameRoom => no_common_room(campus, rule),
            Relation::NotSameDay => too_few_days(campus, rule),
            Relation::NotSameTime => too_few_periods(campus, rule),
            Relation::SameTime | Relation::SameDay | Relation::Before => None,
        });
    }
}

fn name(relation: Relation) -> &'static str {
    Relation::ALL[relation as usize].1
}

/// Events of which one has more meetings than another have never the same times: such a pair is not judged.
fn never_judged(campus: &Campus<'_>, rule: &Rule) -> Option<Finding> {
    let meetings = |event: &u32| campus.draft.events[*event as usize].per_week;
    let first = rule.events.first()?;
    let other = rule.events.iter().find(|event| meetings(event) != meetings(first))?;
    let is_same = matches!(rule.relation, Relation::SameTime | Relation::SameDay);
    is_same.then(|| {
        let message = format!(
            "events {} and {} have {} and {} meetings: {} is only judged where the numbers are equal",
            campus.name(*first as usize),
            campus.name(*other as usize),
            meetings(first),
            meetings(other),
            name(rule.relation)
        );
        Finding::warning(rule.place, message).rows(campus.places(&[*first as usize, *other as usize]))
    })
}

/// Events that are each to be before the next, and the last before the first.
fn circle(campus: &Campus<'_>, rules: &[&Rule]) -> Option<Finding> {
    let mut later: BTreeMap<u32, Vec<(u32, Place)>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.relation == Relation::Before) {
        for pair in rule.events.windows(2) {
            later.entry(pair[0]).or_default().push((pair[1], rule.place));
        }
    }
    let mut done = HashSet::new();
    for &start in later.keys() {
        let mut way: Vec<(u32, usize)> = if done.contains(&start) { Vec::new() } else { vec![(start, 0)] };
        while let Some((event, next)) = way.last_mut() {
            let Some(&(after, place)) = later.get(event).and_then(|after| after.get(*next)) else {
                done.insert(*event);
                way.pop();
                continue;
            };
            *next += 1;
            if let Some(from) = way.iter().position(|(event, _)| *event == after) {
                let events: Vec<usize> = way[from..].iter().map(|(event, _)| *event as usize).collect();
                let names: Vec<&str> = events.iter().chain([&events[0]]).map(|event| campus.name(*event)).collect();
                let finding = proof(place, "the rules say `before` in a circle").found(names.join(" → "));
                return Some(finding.rows(campus.places(&events)).hint("take one of the rules away"));
            }
            if !done.contains(&after) {
                way.push((after, 0));
            }
        }
    }
    None
}

/// Each pair of events with all that is demanded of it.
fn pairs(campus: &Campus<'_>, rules: &[&Rule], findings: &mut Findings) {
    let mut demanded: BTreeMap<(u32, u32), Vec<&Rule>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.events.len() <= PAIRWISE_MAX) {
        for (at, &one) in rule.events.iter().enumerate() {
            for &other in &rule.events[at + 1..] {
                demanded.entry((one.min(other), one.max(other))).or_default().push(rule);
            }
        }
    }
    for ((one, other), rules) in demanded {
        findings.extend(contradiction(campus, one as usize, other as usize, &rules));
    }
}

fn contradiction(campus: &Campus<'_>, one: usize, other: usize, rules: &[&Rule]) -> Option<Finding> {
    use Relation::{Before, NotSameDay, NotSameTime, SameDay, SameRoom, SameTime};
    let events = &campus.draft.events;
    let find = |relation: Relation| rules.iter().find(|rule| rule.relation == relation);
    let are_equal = events[one].per_week == events[other].per_week;
    let same = find(SameTime).filter(|_| are_equal);
    let same_day = find(SameDay).filter(|_| are_equal);
    let both = format!("events {} and {}", campus.name(one), campus.name(other));
    for (first, relations) in [(same, &[NotSameTime, NotSameDay, Before, SameRoom][..]), (same_day, &[NotSameDay][..])]
    {
        let Some(first) = first else { continue };
        if let Some(second) = relations.iter().find_map(|relation| find(*relation)) {
            let message = format!("{both} are to be {} and {}", name(first.relation), name(second.relation));
            let finding = proof(second.place, message).rows([first.place]);
            return Some(finding.hint("take one of the two rules away, or make it soft"));
        }
    }
    if let Some(rule) = same {
        if let Some(who) = shared(campus, one, other) {
            let message = format!("{both} are to be at the same time and share {who}");
            return Some(proof(rule.place, message).rows(campus.places(&[one, other])));
        }
        let common = intersection(&begins(campus, one), &begins(campus, other));
        if count(&common) == 0 {
            let message =
                format!("{both} are to be at the same time, and there is no period in which both could begin");
            return Some(proof(rule.place, message).rows(campus.places(&[one, other])));
        }
    }
    let rule = same_day?;
    let days = intersection(&day_set(campus, &begins(campus, one)), &day_set(campus, &begins(campus, other)));
    let needed = needed_days(campus, one).max(needed_days(campus, other));
    (count(&days) < needed).then(|| {
        let message = format!(
            "{both} are to be on the same days, of which they need {needed} and have {} in common",
            count(&days)
        );
        proof(rule.place, message).rows(campus.places(&[one, other]))
    })
}

/// Who would have to be at both of two events.
fn shared(campus: &Campus<'_>, one: usize, other: usize) -> Option<String> {
    let draft = campus.draft;
    let (one, other) = (&draft.events[one], &draft.events[other]);
    if let Some(teacher) = one.teachers.iter().find(|teacher| other.teachers.contains(teacher)) {
        return Some(format!("teacher {}", draft.teachers[*teacher as usize].name.text));
    }
    let is_above = |low: u32, high: u32| campus.week.lines[low as usize].contains(&high);
    let related =
        |group: &u32| other.groups.iter().any(|of_other| is_above(*group, *of_other) || is_above(*of_other, *group));
    if let Some(group) = one.groups.iter().copied().find(related) {
        return Some(format!("people of group {}", draft.groups[group as usize].name.text));
    }
    let of_other = &draft.enrolled[other.subject as usize];
    let students = draft.enrolled[one.subject as usize].iter().filter(|_| campus.is_student_hard);
    let student = students.copied().find(|student| of_other.binary_search(student).is_ok())?;
    Some(format!("student {}", draft.students.ordered()[student as usize]))
}

fn intersection(one: &Periods, other: &Periods) -> Periods {
    one.iter().zip(other).map(|(one, other)| one & other).collect()
}

/// Days that an event takes at the least.
fn needed_days(campus: &Campus<'_>, event: usize) -> u32 {
    let event = &campus.draft.events[event];
    event.per_week.div_ceil(event.max_per_day)
}

fn no_common_room(campus: &Campus<'_>, rule: &Rule) -> Option<Finding> {
    let mut rooms = campus.domains.rooms(*rule.events.first()? as usize).to_vec();
    if rooms.is_empty() {
        return None;
    }
    for (taken, event) in rule.events.iter().enumerate() {
        let suits = campus.domains.rooms(*event as usize);
        rooms.retain(|room| suits.binary_search(room).is_ok());
        if rooms.is_empty() && !suits.is_empty() {
            let events: Vec<usize> = rule.events[..=taken].iter().map(|event| *event as usize).collect();
            let names: Vec<&str> = events.iter().map(|event| campus.name(*event)).collect();
            let message = format!(
                "there is no room that suits all of events {}, which are to be in the same room",
                names.join(", ")
            );
            return Some(proof(rule.place, message).rows(campus.places(&events)));
        }
    }
    None
}

fn too_few_days(campus: &Campus<'_>, rule: &Rule) -> Option<Finding> {
    let events: Vec<usize> = rule.events.iter().map(|event| *event as usize).collect();
    let mut days = vec![0; campus.week.days.div_ceil(64) as usize];
    for event in &events {
        add_all(&mut days, &day_set(campus, &begins(campus, *event)));
    }
    let needed: u64 = events.iter().map(|event| u64::from(needed_days(campus, *event))).sum();
    (needed > u64::from(count(&days))).then(|| {
        let message = format!(
            "{} are to be on different days, of which they need {needed}, and together they have {}",
            plural(events.len(), "event"),
            count(&days)
        );
        proof(rule.place, message)
            .rows(campus.places(&events))
            .hint("allow more meetings a day (`max_per_day`), or make the rule soft")
    })
}

fn too_few_periods(campus: &Campus<'_>, rule: &Rule) -> Option<Finding> {
    let events: Vec<usize> = rule.events.iter().map(|event| *event as usize).collect();
    let mut periods = campus.week.no_periods();
    for &event in &events {
        add_all(&mut periods, &campus.week.covered(campus.draft.events[event].periods, &campus.domains.starts[event]));
    }
    // Meetings of one event that nobody attends may be at once: then the longest of them is all that is needed.
    let hours = |event: &usize| {
        if campus.is_attended(*event) { campus.hours(*event) } else { u64::from(campus.draft.events[*event].periods) }
    };
    let needed: u64 = events.iter().map(hours).sum();
    (needed > u64::from(count(&periods))).then(|| {
        let message = format!(
            "{} with {needed} hours are to be at different times, and together they have {}",
            plural(events.len(), "event"),
            plural(count(&periods) as usize, "period")
        );
        proof(rule.place, message).rows(campus.places(&events))
    })
}
