//! What a place of a class costs, by the recount of the audit. Only what the class has to do with is counted, once with it and once
//! without: whatever else the timetable costs is the same on both sides.

use shared::ids::{ClassId, CourseId, Id as _};
use shared::model::Placement;
use shared::model::cost::{self, Components, Lecture, Meeting};

use crate::case::Case;
use crate::ground::Ground;

/// What changes: a rule, and by how much it is broken more often or costs more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) rule: &'static str,
    pub(crate) is_hard: bool,
    pub(crate) by: i64,
}

/// The scales for one class.
#[derive(Debug)]
pub(crate) struct Scales<'a> {
    case: &'a Case,
    ground: &'a Ground<'a>,
    class: ClassId,
    course: CourseId,
    /// Other classes of courses that the class has to do with, and their places.
    others: Vec<(ClassId, Placement)>,
    is_related: Vec<bool>,
    without: Components,
    /// What it costs where it is now; nothing where it has no place.
    here: Vec<Change>,
}

impl<'a> Scales<'a> {
    pub(crate) fn of(case: &'a Case, ground: &'a Ground<'a>, class: ClassId) -> Self {
        let course = case.instance.class_courses()[class.index()];
        let is_related = related(ground, course);
        let courses = case.instance.class_courses();
        let placed = |index: usize| Some((ClassId::new(index), case.timetable.get(ClassId::new(index))?));
        let others: Vec<(ClassId, Placement)> = (0..courses.len())
            .filter(|index| is_related[courses[*index].index()] && *index != class.index())
            .filter_map(placed)
            .collect();
        let without = count(case, others.iter().copied());
        let mut scales = Self { case, ground, class, course, others, is_related, without, here: Vec::new() };
        if let Some(at) = case.timetable.get(class) {
            scales.here = scales.presence(at);
        }
        scales
    }

    /// What the class costs where it is: what there would be less if it were nowhere.
    pub(crate) fn presence(&self, at: Placement) -> Vec<Change> {
        let beside: Vec<(ClassId, Placement)> = self.beside(at).collect();
        let fresh;
        let without = if beside.is_empty() {
            &self.without
        } else {
            fresh = count(self.case, self.others.iter().chain(&beside).copied());
            &fresh
        };
        let with = count(self.case, self.others.iter().chain(&beside).copied().chain([(self.class, at)]));
        difference(without, &with)
    }

    /// What the class costs where it is now; nothing where it has no place.
    pub(crate) fn here(&self) -> &[Change] {
        &self.here
    }

    /// What moving the class to a place changes, given what it costs there.
    pub(crate) fn change(&self, there: &[Change]) -> Vec<Change> {
        let mut changes = there.to_vec();
        for here in &self.here {
            match changes.iter_mut().find(|change| change.rule == here.rule) {
                Some(change) => change.by -= here.by,
                None => changes.push(Change { by: -here.by, ..*here }),
            }
        }
        changes.retain(|change| change.by != 0);
        changes.sort_by_key(|change| !change.is_hard);
        changes
    }

    /// Classes of courses that it has nothing else to do with, in its room at the same time.
    fn beside(&self, at: Placement) -> impl Iterator<Item = (ClassId, Placement)> {
        let own = self.ground.periods(self.course, at.period);
        let courses = self.case.instance.class_courses();
        let placements = self.case.timetable.placements().iter().enumerate();
        placements.filter_map(move |(index, other)| {
            let (course, other) = (courses[index], (*other)?);
            let periods = self.ground.periods(course, other.period);
            let meet = other.room == at.room && periods.start < own.end && own.start < periods.end;
            (meet && !self.is_related[course.index()]).then_some((ClassId::new(index), other))
        })
    }
}

/// Which courses have something to do with this one, itself included: people, whole weeks of groups, students, rules.
fn related(ground: &Ground<'_>, course: CourseId) -> Vec<bool> {
    let mut is_related: Vec<bool> = ground.ties(course).iter().map(Option::is_some).collect();
    is_related[course.index()] = true;
    let Some(campus) = ground.campus else { return is_related };
    let own = campus.groups(course);
    // All courses in the week of anybody who attends it.
    let weeks = ground.lines().iter().filter(|line| line.iter().any(|group| own.contains(group)));
    let groups: Vec<_> = weeks.flatten().collect();
    for other in ground.instance.courses() {
        let is_in_week = campus.groups(other).iter().any(|group| groups.contains(&group));
        is_related[other.index()] |= is_in_week || ground.common_students(course, other) > 0;
    }
    for rule in campus.rules().filter(|rule| rule.courses.contains(&course)) {
        rule.courses.iter().for_each(|other| is_related[other.index()] = true);
    }
    is_related
}

fn count(case: &Case, classes: impl Iterator<Item = (ClassId, Placement)>) -> Components {
    let instance = &case.instance;
    let course = |class: ClassId| instance.class_courses()[class.index()];
    match instance.campus() {
        None => {
            let lecture =
                |(class, at): (ClassId, Placement)| Lecture { course: course(class), period: at.period, room: at.room };
            cost::recount_lectures(instance, &classes.map(lecture).collect::<Vec<_>>())
        }
        Some(campus) => {
            let meeting = |(class, at): (ClassId, Placement)| {
                let (day, slot) = instance.day_and_slot(at.period);
                let course = course(class);
                let number = class.index() - instance.course_classes(course).start;
                Meeting { course, number, day, slot: slot as i64, room: at.room }
            };
            cost::recount_meetings(instance, &campus, &classes.map(meeting).collect::<Vec<_>>())
        }
    }
}

fn difference(before: &Components, after: &Components) -> Vec<Change> {
    let pairs = |is_hard: bool| {
        let of = |counted: &Components| -> Vec<(&'static str, u64)> {
            if is_hard { counted.hard().collect() } else { counted.soft().collect() }
        };
        let zipped = of(before).into_iter().zip(of(after));
        zipped.map(move |((rule, before), (_, after))| Change { rule, is_hard, by: after as i64 - before as i64 })
    };
    pairs(true).chain(pairs(false)).filter(|change| change.by != 0).collect()
}
