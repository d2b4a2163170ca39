//! What two courses have in common, and who is away when: the same questions for both kinds of instance.

use std::ops::Range;

use shared::ids::{CourseId, CurriculumId, GroupId, Id as _, PeriodId, RoomId, TeacherId};
use shared::model::Instance;
use shared::model::campus::{Campus, Kin, Pin, Relation, Who};

/// Why two courses must not be taught at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tie {
    Teacher(TeacherId),
    Group(GroupId),
    Curriculum(CurriculumId),
    /// So many common students.
    Students(usize),
    /// A rule of that number.
    Rule(usize),
}

/// Who is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Absent {
    /// The course itself, as the competition has it.
    Course,
    Teacher(TeacherId),
    Group(GroupId),
}

/// An instance, looked at.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) campus: Option<Campus<'a>>,
    kin: Kin,
    /// Curricula of each course.
    curricula: Vec<Vec<CurriculumId>>,
    pins: Vec<Pin>,
}

impl<'a> Ground<'a> {
    pub(crate) fn of(instance: &'a Instance) -> Self {
        let campus = instance.campus();
        let mut curricula = vec![Vec::new(); instance.course_count()];
        for curriculum in (0..instance.curriculum_count()).map(CurriculumId::new) {
            instance
                .curriculum_courses(curriculum)
                .iter()
                .for_each(|course| curricula[course.index()].push(curriculum));
        }
        let kin = campus.map_or_else(|| Kin { lines: Vec::new(), related: Vec::new() }, Campus::kin);
        let pins = campus.map(|campus| campus.pins().collect()).unwrap_or_default();
        Self { instance, campus, kin, curricula, pins }
    }

    /// Periods of each class of a course.
    pub(crate) fn length(&self, course: CourseId) -> usize {
        self.campus.map_or(1, |campus| campus.length(course))
    }

    /// The periods that a class takes which begins here, as far as the day goes.
    pub(crate) fn periods(&self, course: CourseId, start: PeriodId) -> Range<usize> {
        let (_, slot) = self.instance.day_and_slot(start);
        let length = self.length(course).min(self.instance.slots_per_day() - slot);
        start.index()..start.index() + length
    }

    /// Whether a class that begins here ends in the same day.
    pub(crate) fn is_within_day(&self, course: CourseId, start: PeriodId) -> bool {
        self.instance.day_and_slot(start).1 + self.length(course) <= self.instance.slots_per_day()
    }

    /// Teachers of a course.
    pub(crate) fn teachers(&self, course: CourseId) -> Vec<TeacherId> {
        match self.campus {
            Some(campus) => campus.teachers(course).to_vec(),
            None => vec![self.instance.course_teachers()[course.index()]],
        }
    }

    /// Names of the groups or curricula of a course.
    pub(crate) fn groups(&self, course: CourseId) -> Vec<&'a str> {
        match self.campus {
            Some(campus) => campus.groups(course).iter().map(|group| campus.group_name(*group)).collect(),
            None => {
                self.curricula[course.index()].iter().map(|number| self.instance.curriculum_name(*number)).collect()
            }
        }
    }

    /// The groups of a course, without those related to them.
    pub(crate) fn own_groups(&self, course: CourseId) -> &'a [GroupId] {
        self.campus.map_or(&[], |campus| campus.groups(course))
    }

    /// The groups that are related to those of a course, its own included.
    pub(crate) fn related(&self, course: CourseId) -> Vec<GroupId> {
        let Some(campus) = self.campus else { return Vec::new() };
        let related = campus.groups(course).iter().flat_map(|group| &self.kin.related[group.index()]);
        let mut related: Vec<GroupId> = related.copied().collect();
        related.sort_unstable();
        related.dedup();
        related
    }

    /// Of each group, itself and all above it.
    pub(crate) fn lines(&self) -> &[Vec<GroupId>] {
        &self.kin.lines
    }

    /// The pin of a class.
    pub(crate) fn pin(&self, class: usize) -> Option<&Pin> {
        self.pins.iter().find(|pin| pin.class.index() == class)
    }

    /// Whether a room seats, equips and is allowed to a course.
    pub(crate) fn suits(&self, course: CourseId, room: RoomId) -> bool {
        self.campus.is_none_or(|campus| campus.suits(course, room))
    }

    /// The first of those who are away while a class is taught that begins here.
    pub(crate) fn absent(&self, course: CourseId, start: PeriodId) -> Option<Absent> {
        self.all_absent(course, start).into_iter().next()
    }

    /// All who are away while a class is taught that begins here: teachers first.
    pub(crate) fn all_absent(&self, course: CourseId, start: PeriodId) -> Vec<Absent> {
        let periods = || self.periods(course, start);
        let Some(campus) = self.campus else {
            let is_away = periods().any(|period| !self.instance.is_available(course, PeriodId::new(period)));
            return is_away.then_some(Absent::Course).into_iter().collect();
        };
        let is_away = |who: Who| is_any(campus.blocked(who), periods());
        let teachers = campus.teachers(course).iter().filter(|teacher| is_away(Who::Teacher(**teacher)));
        let groups = self.related(course).into_iter().filter(|group| is_away(Who::Group(*group)));
        teachers.map(|teacher| Absent::Teacher(*teacher)).chain(groups.map(Absent::Group)).collect()
    }

    /// Whether somebody other than a course is away in a period.
    pub(crate) fn is_away(&self, who: Absent, period: PeriodId) -> bool {
        let who = match who {
            Absent::Course => return true,
            Absent::Teacher(teacher) => Who::Teacher(teacher),
            Absent::Group(group) => Who::Group(group),
        };
        self.campus.is_some_and(|campus| is_any(campus.blocked(who), period.index()..period.index() + 1))
    }

    /// Whether a room is closed while a class is taught that begins here.
    pub(crate) fn is_closed(&self, room: RoomId, course: CourseId, start: PeriodId) -> bool {
        let periods = self.periods(course, start);
        self.campus.is_some_and(|campus| is_any(campus.blocked(Who::Room(room)), periods))
    }

    /// Whether a room is closed in a period.
    pub(crate) fn is_closed_in(&self, room: RoomId, period: PeriodId) -> bool {
        let period = period.index()..period.index() + 1;
        self.campus.is_some_and(|campus| is_any(campus.blocked(Who::Room(room)), period))
    }

    /// Why each course must not be taught at the same time as this one; nothing for itself.
    pub(crate) fn ties(&self, course: CourseId) -> Vec<Option<Tie>> {
        let tie = |other: CourseId| {
            if other == course {
                return None;
            }
            self.campus.map_or_else(|| self.tie(course, other), |campus| self.tie_in(campus, course, other))
        };
        self.instance.courses().map(tie).collect()
    }

    fn tie(&self, one: CourseId, other: CourseId) -> Option<Tie> {
        let teacher = |course: CourseId| self.instance.course_teachers()[course.index()];
        if teacher(one) == teacher(other) {
            return Some(Tie::Teacher(teacher(one)));
        }
        let others = &self.curricula[other.index()];
        self.curricula[one.index()].iter().find(|number| others.contains(number)).map(|number| Tie::Curriculum(*number))
    }

    fn tie_in(&self, campus: Campus<'_>, one: CourseId, other: CourseId) -> Option<Tie> {
        let teachers = campus.teachers(other);
        if let Some(teacher) = campus.teachers(one).iter().find(|teacher| teachers.contains(teacher)) {
            return Some(Tie::Teacher(*teacher));
        }
        let related = |group: &&GroupId| {
            campus.groups(other).iter().any(|of_other| self.kin.related[group.index()].contains(of_other))
        };
        if let Some(group) = campus.groups(one).iter().find(related) {
            return Some(Tie::Group(*group));
        }
        let parts = |relation| relation == Relation::NotSameTime;
        let is_between = |courses: &[CourseId]| courses.contains(&one) && courses.contains(&other);
        let mut rules = campus.rules().enumerate().filter(|(_, rule)| rule.weight.is_none() && parts(rule.relation));
        if let Some((number, _)) = rules.find(|(_, rule)| is_between(rule.courses)) {
            return Some(Tie::Rule(number));
        }
        let shared = self.common_students(one, other);
        (campus.weights().student_clash.is_none() && shared > 0).then_some(Tie::Students(shared))
    }

    /// How many students attend both.
    pub(crate) fn common_students(&self, one: CourseId, other: CourseId) -> usize {
        let Some(campus) = self.campus else { return 0 };
        let of_other = campus.students(campus.subject(other));
        campus.students(campus.subject(one)).iter().filter(|student| of_other.binary_search(student).is_ok()).count()
    }

    /// `Mon 09:05`, or `day 1, period 3` where days and hours have no names.
    pub(crate) fn when(&self, period: PeriodId) -> String {
        let (day, slot) = self.instance.day_and_slot(period);
        match self.campus {
            Some(campus) => format!("{} {}", campus.day_name(day), campus.slot_times(slot).0),
            None => format!("day {}, period {}", day + 1, slot + 1),
        }
    }

    /// `Mon`, or `day 1`.
    pub(crate) fn day(&self, day: usize) -> String {
        self.campus.map_or_else(|| format!("day {}", day + 1), |campus| campus.day_name(day).to_owned())
    }

    pub(crate) fn group_name(&self, group: GroupId) -> &'a str {
        self.campus.map_or("", |campus| campus.group_name(group))
    }

    /// What ties two courses, in words.
    pub(crate) fn tied_by(&self, tie: Tie) -> String {
        match tie {
            Tie::Teacher(teacher) => format!("teacher {}", self.instance.teacher_name(teacher)),
            Tie::Group(group) => format!("group {}", self.group_name(group)),
            Tie::Curriculum(curriculum) => format!("curriculum {}", self.instance.curriculum_name(curriculum)),
            Tie::Students(1) => "1 student".to_owned(),
            Tie::Students(count) => format!("{count} students"),
            Tie::Rule(_) => "a rule".to_owned(),
        }
    }
}

fn is_any(bits: &[u64], mut periods: Range<usize>) -> bool {
    periods.any(|period| bits[period / 64] >> (period % 64) & 1 == 1)
}
