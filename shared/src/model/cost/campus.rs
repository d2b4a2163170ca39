//! The campus folder: its hard rules H1 to H14 and its soft costs, each counted as the contract of the format says.

use std::collections::{BTreeMap, BTreeSet};

use super::{Components, Formulation, Rule};
use crate::ids::{CourseId, GroupId, Id, RoomId};
use crate::model::campus::{Campus, Kin, Relation, RuleView, Weights, Who};
use crate::model::{Instance, Placement};

/// One meeting of a timetable. A foreign one may lie outside of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// What is taught.
    pub course: CourseId,
    /// Which of its meetings, from 0.
    pub number: usize,
    /// The day, from 0.
    pub day: usize,
    /// The slot in which it starts, from 0.
    pub slot: i64,
    /// Where.
    pub room: RoomId,
}

impl Meeting {
    /// The meeting that a class is, where it is placed.
    pub(super) fn of(instance: &Instance, class: usize, course: CourseId, at: Placement) -> Self {
        let (day, slot) = instance.day_and_slot(at.period);
        let number = class - instance.course_classes(course).start;
        Self { course, number, day, slot: slot as i64, room: at.room }
    }
}

/// A day and a slot of it, which a foreign meeting may have outside of the day.
type Time = (usize, i64);

/// Counts all components of any list of meetings, each at most once: how a foreign timetable is verified.
pub fn recount_meetings(instance: &Instance, campus: &Campus<'_>, meetings: &[Meeting]) -> Components {
    let mut of_course = vec![Vec::new(); instance.course_count()];
    for meeting in meetings {
        of_course[meeting.course.index()].push(*meeting);
    }
    let kin = campus.kin();
    let mut count = Count {
        instance,
        campus: *campus,
        kin: &kin,
        meetings,
        of_course: &of_course,
        weights: campus.weights(),
        counted: Components::new(Formulation::Campus),
    };
    count.unplaced();
    count.clashes();
    count.students();
    count.rooms();
    count.availability();
    count.days();
    count.pins();
    count.rules();
    count.groups();
    count.counted
}

struct Count<'a> {
    instance: &'a Instance,
    campus: Campus<'a>,
    kin: &'a Kin,
    meetings: &'a [Meeting],
    of_course: &'a [Vec<Meeting>],
    weights: Weights,
    counted: Components,
}

impl<'a> Count<'a> {
    fn length(&self, meeting: &Meeting) -> i64 {
        self.campus.length(meeting.course) as i64
    }

    /// The day and the slots of a meeting.
    fn times(&self, meeting: &Meeting) -> impl Iterator<Item = Time> + use<> {
        let (day, from, to) = (meeting.day, meeting.slot, meeting.slot + self.length(meeting));
        (from..to).map(move |slot| (day, slot))
    }

    /// The groups that are related to those of a course.
    fn related(&self, course: CourseId) -> BTreeSet<GroupId> {
        self.campus.groups(course).iter().flat_map(|group| &self.kin.related[group.index()]).copied().collect()
    }

    /// H1.
    fn unplaced(&mut self) {
        for course in self.instance.courses() {
            let wanted = self.instance.course_lectures(course);
            let placed = self.of_course[course.index()].iter().filter(|meeting| meeting.number < wanted).count();
            self.counted.add(Rule::Unplaced, (wanted - placed) as u64);
            self.counted.add_unplaced((wanted - placed) as u64);
        }
    }

    /// H2, H3, H4.
    fn clashes(&mut self) {
        let mut in_room: BTreeMap<(RoomId, Time), u64> = BTreeMap::new();
        let mut of_teacher: BTreeMap<_, u64> = BTreeMap::new();
        let mut at: BTreeMap<Time, Vec<CourseId>> = BTreeMap::new();
        for meeting in self.meetings {
            for time in self.times(meeting) {
                *in_room.entry((meeting.room, time)).or_default() += 1;
                for teacher in self.campus.teachers(meeting.course) {
                    *of_teacher.entry((*teacher, time)).or_default() += 1;
                }
                at.entry(time).or_default().push(meeting.course);
            }
        }
        self.counted.add(Rule::RoomClash, in_room.values().map(|count| count - 1).sum());
        self.counted.add(Rule::TeacherClash, of_teacher.values().map(|count| count - 1).sum());
        let pairs = at.values().map(|courses| self.related_pairs(courses)).sum();
        self.counted.add(Rule::GroupClash, pairs);
    }

    /// Pairs of events in one period with related groups.
    fn related_pairs(&self, courses: &[CourseId]) -> u64 {
        let mut with: BTreeMap<GroupId, Vec<usize>> = BTreeMap::new();
        for (index, course) in courses.iter().enumerate() {
            self.campus.groups(*course).iter().for_each(|group| with.entry(*group).or_default().push(index));
        }
        let of = |index: usize| {
            let others: BTreeSet<usize> =
                self.related(courses[index]).iter().filter_map(|group| with.get(group)).flatten().copied().collect();
            others.range(index + 1..).count() as u64
        };
        (0..courses.len()).map(of).sum()
    }

    /// H5, and S5 where it costs something.
    fn students(&mut self) {
        let (mut clashes, mut gaps) = (0, 0);
        for courses in self.campus.courses_of_students() {
            let meetings = courses.iter().flat_map(|course| &self.of_course[course.index()]);
            let mut times: Vec<Time> = meetings.flat_map(|meeting| self.times(meeting)).collect();
            times.sort_unstable();
            let all = times.len();
            times.dedup();
            clashes += (all - times.len()) as u64;
            let between = |pair: &&[Time]| pair[0].0 == pair[1].0;
            gaps += times.windows(2).filter(between).map(|pair| (pair[1].1 - pair[0].1 - 1) as u64).sum::<u64>();
        }
        match self.weights.student_clash {
            None => self.counted.add(Rule::StudentClash, clashes),
            Some(weight) => self.counted.add(Rule::StudentClashPriced, clashes * u64::from(weight)),
        }
        self.counted.add(Rule::Gaps, gaps * u64::from(self.weights.gaps));
    }

    /// H6, H7, H8, S3, S6.
    fn rooms(&mut self) {
        let capacities = self.instance.room_capacities();
        for meeting in self.meetings {
            let (course, room) = (meeting.course, meeting.room);
            self.counted.add(Rule::RoomTooSmall, u64::from(!self.campus.seats(course, room)));
            self.counted.add(Rule::FeatureMissing, u64::from(!self.campus.equips(course, room)));
            self.counted.add(Rule::RoomNotAllowed, u64::from(!self.campus.allows(course, room)));
            let size = self.instance.course_students()[course.index()];
            let wasted = (capacities[room.index()] / 2).saturating_sub(size);
            self.counted.add(Rule::Seats, u64::from(wasted) * u64::from(self.weights.seats));
        }
        for meetings in self.of_course {
            let rooms: BTreeSet<RoomId> = meetings.iter().map(|meeting| meeting.room).collect();
            self.counted.add(Rule::Rooms, rooms.len().saturating_sub(1) as u64 * u64::from(self.weights.rooms));
        }
    }

    /// H9 and S4, counted alike.
    fn availability(&mut self) {
        let slots = self.instance.slots_per_day() as i64;
        let is_set = |bits: &[u64], (day, slot): Time| {
            let period = day * slots as usize + slot as usize;
            (0..slots).contains(&slot) && bits[period / 64] >> (period % 64) & 1 == 1
        };
        let (campus, unwelcome) = (self.campus, u64::from(self.weights.unwelcome));
        for meeting in self.meetings {
            let related = self.related(meeting.course);
            for time in self.times(meeting) {
                for (bits, rules, weight) in [
                    (Campus::blocked as fn(Campus<'a>, Who) -> &'a [u64], HARD_UNAVAILABLE, 1),
                    (Campus::unwelcome, [Rule::SoftUnavailable; 3], unwelcome),
                ] {
                    let is_blocked = |who: Who| is_set(bits(campus, who), time);
                    let teachers = campus.teachers(meeting.course).iter();
                    let teachers = teachers.filter(|teacher| is_blocked(Who::Teacher(**teacher))).count() as u64;
                    let is_group = related.iter().any(|group| is_blocked(Who::Group(*group)));
                    self.counted.add(rules[0], u64::from(is_blocked(Who::Room(meeting.room))) * weight);
                    self.counted.add(rules[1], teachers * weight);
                    self.counted.add(rules[2], u64::from(is_group) * weight);
                }
            }
        }
    }

    /// H10, H11, H12, S1, S7.
    fn days(&mut self) {
        let slots = self.instance.slots_per_day() as i64;
        let mut of_teacher: BTreeMap<_, u64> = BTreeMap::new();
        for meeting in self.meetings {
            let end = meeting.slot + self.length(meeting);
            self.counted.add(Rule::OutsideTheDay, u64::from(meeting.slot < 0 || end > slots));
            self.counted.add(Rule::LastPeriod, u64::from(end == slots) * u64::from(self.weights.last_period));
            for teacher in self.campus.teachers(meeting.course) {
                *of_teacher.entry((*teacher, meeting.day)).or_default() += self.length(meeting) as u64;
            }
        }
        for ((teacher, _), periods) in of_teacher {
            let most = self.campus.teacher_max(teacher).map_or(u64::MAX, |most| most as u64);
            self.counted.add(Rule::TeacherOverloaded, periods.saturating_sub(most));
        }
        for (course, meetings) in self.instance.courses().zip(self.of_course) {
            let mut of_day: BTreeMap<usize, u64> = BTreeMap::new();
            for meeting in meetings {
                *of_day.entry(meeting.day).or_default() += 1;
            }
            let most = self.campus.max_per_day(course) as u64;
            let above = of_day.values().map(|count| count.saturating_sub(most)).sum();
            self.counted.add(Rule::TooManyADay, above);
            let least = self.instance.course_min_days()[course.index()] as usize;
            let missing = least.saturating_sub(of_day.len()) as u64;
            self.counted.add(Rule::MinDays, missing * u64::from(self.weights.min_days));
        }
    }

    /// H13, for pinned meetings that are placed.
    fn pins(&mut self) {
        for pin in self.campus.pins() {
            let course = self.instance.class_courses()[pin.class.index()];
            let number = pin.class.index() - self.instance.course_classes(course).start;
            let (day, slot) = self.instance.day_and_slot(pin.period);
            let holds = |meeting: &Meeting| {
                (meeting.day, meeting.slot) == (day, slot as i64) && pin.room.is_none_or(|room| room == meeting.room)
            };
            let meetings = self.of_course[course.index()].iter().filter(|meeting| meeting.number == number);
            self.counted.add(Rule::PinMoved, meetings.filter(|meeting| !holds(meeting)).count() as u64);
        }
    }

    /// H14 and S8: pairs of events, in the order of the rule.
    fn rules(&mut self) {
        for RuleView { relation, weight, courses } in self.campus.rules() {
            let pairs = (0..courses.len()).flat_map(|one| (one + 1..courses.len()).map(move |other| (one, other)));
            let broken = pairs.filter(|(one, other)| self.is_broken(relation, courses[*one], courses[*other])).count();
            match weight {
                None => self.counted.add(Rule::RuleBroken, broken as u64),
                Some(weight) => self.counted.add(Rule::SoftRule, broken as u64 * u64::from(weight)),
            }
        }
    }

    fn is_broken(&self, relation: Relation, first: CourseId, second: CourseId) -> bool {
        let (a, b) = (&self.of_course[first.index()], &self.of_course[second.index()]);
        let starts = |meetings: &[Meeting]| {
            let mut starts: Vec<Time> = meetings.iter().map(|meeting| (meeting.day, meeting.slot)).collect();
            starts.sort_unstable();
            starts
        };
        let days = |meetings: &[Meeting]| meetings.iter().map(|meeting| meeting.day).collect::<BTreeSet<usize>>();
        let any = |meets: &dyn Fn(&Meeting, &Meeting) -> bool| a.iter().any(|x| b.iter().any(|y| meets(x, y)));
        match relation {
            Relation::SameTime => a.len() == b.len() && starts(a) != starts(b),
            Relation::NotSameTime => {
                any(&|x, y| x.day == y.day && x.slot < y.slot + self.length(y) && y.slot < x.slot + self.length(x))
            }
            Relation::SameDay => a.len() == b.len() && days(a) != days(b),
            Relation::NotSameDay => any(&|x, y| x.day == y.day),
            Relation::SameRoom => a.iter().chain(b).map(|meeting| meeting.room).collect::<BTreeSet<_>>().len() > 1,
            Relation::Before => any(&|x, y| (x.day, x.slot + self.length(x)) > (y.day, y.slot)),
        }
    }

    /// S2. The week of a group is its own events and those of all groups above it; only groups with nobody below them are
    /// looked at, for the others' people are in these.
    fn groups(&mut self) {
        let mut of_group = vec![Vec::new(); self.campus.group_count()];
        for course in self.instance.courses() {
            self.campus.groups(course).iter().for_each(|group| of_group[group.index()].push(course));
        }
        let mut has_below = vec![false; of_group.len()];
        for (group, line) in self.kin.lines.iter().enumerate() {
            line.iter().filter(|above| above.index() != group).for_each(|above| has_below[above.index()] = true);
        }
        for group in (0..of_group.len()).filter(|group| !has_below[*group]) {
            let courses: BTreeSet<CourseId> =
                self.kin.lines[group].iter().flat_map(|above| &of_group[above.index()]).copied().collect();
            let meetings: Vec<&Meeting> = courses.iter().flat_map(|course| &self.of_course[course.index()]).collect();
            let busy: BTreeSet<Time> = meetings.iter().flat_map(|meeting| self.times(meeting)).collect();
            let is_alone = |meeting: &&&Meeting| {
                let (before, after) = (meeting.slot - 1, meeting.slot + self.length(meeting));
                !busy.contains(&(meeting.day, before)) && !busy.contains(&(meeting.day, after))
            };
            let alone = meetings.iter().filter(is_alone).count() as u64;
            self.counted.add(Rule::Isolated, alone * u64::from(self.weights.isolated));
        }
    }
}

/// What each of room, teacher and group breaks where it is not available.
const HARD_UNAVAILABLE: [Rule; 3] = [Rule::RoomUnavailable, Rule::TeacherUnavailable, Rule::GroupUnavailable];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ClassId, PeriodId, TeacherId};
    use crate::model::campus::testing::{DEN, HALL, campus};
    use crate::model::campus::{Blocked, Pin, RuleRow};
    use crate::model::{InstanceTables, Timetable, cost};

    /// What is counted of these placements of the five classes (year, year, one, two, lab), but for zeros.
    fn counted(tables: &InstanceTables, at: [Option<(u32, RoomId)>; 5]) -> Vec<(&'static str, u64)> {
        let instance = tables.instance().unwrap();
        let mut timetable = Timetable::unplaced(5);
        for (class, at) in (0..).zip(at) {
            timetable.set(ClassId(class), at.map(|(period, room)| Placement { period: PeriodId(period), room }));
        }
        let counted = cost::recount(&instance, &timetable);
        counted.hard().chain(counted.soft()).filter(|(_, count)| *count > 0).collect()
    }

    /// Monday: year, one and two at once. Tuesday: year, and the lab behind it.
    const GOOD: [Option<(u32, RoomId)>; 5] =
        [Some((0, HALL)), Some((3, HALL)), Some((1, DEN)), Some((2, DEN)), Some((4, HALL))];

    #[test]
    fn a_good_week_costs_what_stands_alone() {
        // The second half has a gap on Monday between the year's meeting and its own, and both halves are alone on Tuesday.
        assert_eq!(counted(&campus(), GOOD), [("S2 isolated meeting", 8)]);
    }

    #[test]
    fn each_clash_is_counted_as_its_rule_says() {
        let mut at = GOOD;
        // The half joins the year in its period: the year's group is above its own. Bob is free then.
        at[2] = Some((0, DEN));
        assert!(counted(&campus(), at).contains(&("H4 group clash", 1)));
        // Both halves at once are no clash of groups, but student 1 attends both.
        at[2] = Some((2, DEN));
        let found = counted(&campus(), at);
        assert!(found.contains(&("H2 room clash", 1)) && found.contains(&("H5 student clash", 1)));
        assert!(!found.iter().any(|(name, _)| name.starts_with("H4")));
        // The lab reaches into the year's second meeting, in its room, with student 0.
        at = GOOD;
        at[1] = Some((5, HALL));
        let found = counted(&campus(), at);
        assert!(found.contains(&("H2 room clash", 1)) && found.contains(&("H5 student clash", 1)));
    }

    #[test]
    fn limits_rooms_and_days() {
        let mut at = GOOD;
        at[1] = Some((1, DEN));
        let found = counted(&campus(), at);
        for expected in
            [("H6 room too small", 1), ("H11 too many a day", 1), ("S1 days missing", 5), ("S3 rooms beyond one", 1)]
        {
            assert!(found.contains(&expected), "{found:?}");
        }
        at = GOOD;
        at[4] = Some((5, DEN));
        at[2] = Some((3, DEN));
        let found = counted(&campus(), at);
        for expected in [("H7 feature missing", 1), ("H10 outside the day", 1), ("H12 teacher overloaded", 1)] {
            assert!(found.contains(&expected), "{found:?}");
        }
        assert_eq!(counted(&campus(), [None; 5])[0], ("H1 unplaced", 5));
    }

    #[test]
    fn wishes_pins_and_rules() {
        let mut tables = campus();
        let rows = tables.campus.as_mut().unwrap();
        let blocked = |who, period, hard| Blocked { who, period: PeriodId(period), hard };
        rows.blocked = vec![
            blocked(Who::Room(HALL), 5, true),
            blocked(Who::Teacher(TeacherId(1)), 1, true),
            blocked(Who::Group(GroupId(2)), 0, true),
            blocked(Who::Teacher(TeacherId(0)), 2, false),
        ];
        rows.pins = vec![Pin { class: ClassId(3), period: PeriodId(1), room: None }];
        let rule = |relation, weight| RuleRow { relation, weight, courses: vec![CourseId(2), CourseId(1)] };
        rows.rules =
            vec![rule(Relation::Before, None), rule(Relation::SameDay, None), rule(Relation::SameTime, Some(7))];
        let found = counted(&tables, GOOD);
        for expected in [
            ("H9 room unavailable", 1),
            ("H9 teacher unavailable", 1),
            ("H9 group unavailable", 1),
            ("H13 pin moved", 1),
            ("H14 rule broken", 1),
            ("S4 unwelcome period", 1),
            ("S8 soft rule broken", 7),
        ] {
            assert!(found.contains(&expected), "{found:?}");
        }
    }

    #[test]
    fn students_may_be_a_cost_and_gaps_too() {
        let mut tables = campus();
        let rows = tables.campus.as_mut().unwrap();
        rows.weights = Weights { student_clash: Some(3), gaps: 2, ..rows.weights };
        let mut at = GOOD;
        at[2] = Some((2, HALL));
        assert!(counted(&tables, at).contains(&("S0 student clash", 3)));
        at[2] = Some((0, DEN));
        assert!(counted(&tables, at).contains(&("S5 student gap", 2)), "from the first period to the third");
    }
}
