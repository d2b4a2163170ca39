//! The compiled campus: tables that the inner loop reads. Made once, never changed.

use std::ops::Range;

use shared::ids::{CourseId, Id, PeriodId, RoomId, TeacherId};
use shared::model::Instance;
use shared::model::campus::{Campus, Weights, Who};

use super::arcs::{Arc, Arcs};
use super::groups::lowest_groups;
use super::room_classes::RoomClasses;
use super::rules::Pairs;
use crate::Spot;
use crate::change::Change;
use crate::grid::GridError;
use crate::homes::Homes;

/// Nothing was said.
const ANY: u16 = u16::MAX;
/// Days are bits of a word, and so are the slots of a day.
const BITS: usize = 64;

/// The compiled campus.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Weight of a hard violation against soft cost, in a search.
    pub hard_weight: i32,
    /// Courses (the events of the campus folder).
    pub courses: usize,
    /// Classes (their meetings).
    pub classes: usize,
    /// Periods of the week.
    pub periods: usize,
    /// Slots of a day.
    pub slots: usize,
    /// Days of the week.
    pub days: usize,
    pub(super) weights: Weights,
    class_course: Vec<u32>,
    first_class: Vec<u32>,
    pub(super) length: Vec<u8>,
    pub(super) sizes: Vec<u32>,
    starts: Vec<Vec<u16>>,
    pinned: Vec<(u16, u16)>,
    pub(super) arcs: Arcs,
    /// Course × period: what the course costs when it starts there, whatever the others do.
    pub(super) start_price: Vec<Change>,
    pub(super) rooms: RoomClasses,
    /// Where courses were before, by room classes.
    pub(super) homes: Homes,
    /// The same by rooms, for those who deal them out.
    home_rooms: Homes,
    pub(super) max_per_day: Vec<u16>,
    pub(super) min_days: Vec<u16>,
    /// Teachers with a limit, of each course, by their number among those; and what the limits are.
    pub(super) limited: Vec<Vec<u32>>,
    pub(super) limits: Vec<u16>,
    /// Lowest groups of each course, and how many there are.
    pub(super) groups: Vec<Vec<u32>>,
    pub(super) group_count: usize,
    pub(super) pairs: Pairs,
    /// Course: most soft cost that a move may save besides what it finds in periods.
    pub(super) soft_gain: Vec<i32>,
    movable: Vec<u32>,
    /// What a timetable without any class costs.
    pub(super) empty_price: i32,
    day_of: Vec<u8>,
}

impl Problem {
    /// Compiles the campus of an instance. Meetings without any start or room are left out: see [`Problem::is_hopeless`].
    ///
    /// # Errors
    /// When a day has more slots, or a week more days, than a word has bits, or when there is nothing to place.
    ///
    /// # Panics
    /// When the instance has no campus.
    pub fn new(instance: &Instance, hard_weight: i32) -> Result<Self, GridError> {
        let campus = instance.campus().expect("whoever calls has looked");
        Self::compile(instance, campus, hard_weight, campus.weights())
    }

    /// The same for a search in which a clash of students has a price, even where it is a hard violation otherwise: what it
    /// counts as hard can always be kept.
    ///
    /// # Errors
    /// As for [`Problem::new`].
    ///
    /// # Panics
    /// When the instance has no campus.
    pub fn with_student_price(instance: &Instance, hard_weight: i32, price: u32) -> Result<Self, GridError> {
        let campus = instance.campus().expect("whoever calls has looked");
        Self::compile(instance, campus, hard_weight, Weights { student_clash: Some(price), ..campus.weights() })
    }

    fn compile(instance: &Instance, campus: Campus<'_>, hard_weight: i32, weights: Weights) -> Result<Self, GridError> {
        check(instance)?;
        let courses = instance.course_count();
        let rooms = RoomClasses::new(instance, campus);
        let (limited, limits) = limits(instance, campus);
        let (groups, group_count) = if campus.weights().isolated > 0 {
            lowest_groups(instance, campus)
        } else {
            (vec![Vec::new(); courses], 0)
        };
        let mut problem = Self {
            hard_weight,
            courses,
            classes: instance.class_count(),
            periods: instance.period_count(),
            slots: instance.slots_per_day(),
            days: instance.days(),
            weights,
            class_course: instance.class_courses().iter().map(|course| course.0).collect(),
            first_class: (0..courses)
                .map(|course| instance.course_classes(CourseId::new(course)).start as u32)
                .chain([instance.class_count() as u32])
                .collect(),
            length: instance.courses().map(|course| campus.length(course) as u8).collect(),
            sizes: instance.course_students().to_vec(),
            starts: instance.courses().map(|course| starts(instance, course)).collect(),
            pinned: vec![(ANY, ANY); instance.class_count()],
            arcs: Arcs::new(instance, campus, weights.student_clash),
            start_price: start_prices(instance, campus),
            homes: Homes::with_rooms(instance, |room| rooms.of_room[room.index()]),
            home_rooms: Homes::new(instance),
            max_per_day: instance.courses().map(|course| campus.max_per_day(course).min(1 << 15) as u16).collect(),
            min_days: instance.course_min_days().iter().map(|days| (*days).min(1 << 15) as u16).collect(),
            limited,
            limits,
            soft_gain: Vec::new(),
            groups,
            group_count,
            pairs: Pairs::new(instance, campus),
            movable: Vec::new(),
            empty_price: instance.course_min_days().iter().map(|days| days * campus.weights().min_days).sum::<u32>()
                as i32,
            day_of: (0..instance.period_count())
                .map(|period| instance.day_and_slot(PeriodId::new(period)).0 as u8)
                .collect(),
            rooms,
        };
        for pin in campus.pins() {
            let room = pin.room.map_or(ANY, |room| problem.rooms.of_room[room.index()]);
            problem.pinned[pin.class.index()] = (pin.period.0 as u16, room);
        }
        problem.soft_gain = (0..courses).map(|course| problem.most_soft_gain(course)).collect();
        problem.movable = (0..problem.classes as u32).filter(|class| !problem.is_hopeless(*class as usize)).collect();
        Ok(problem)
    }

    /// Course of a class.
    #[inline]
    pub fn course_of(&self, class: usize) -> usize {
        self.class_course[class] as usize
    }

    /// Classes of a course.
    #[inline]
    pub fn classes_of(&self, course: usize) -> Range<usize> {
        self.first_class[course] as usize..self.first_class[course + 1] as usize
    }

    /// Consecutive periods of each class of a course.
    #[inline]
    pub fn length(&self, course: usize) -> usize {
        usize::from(self.length[course])
    }

    /// The day of a period.
    #[inline]
    pub fn day_of(&self, period: usize) -> usize {
        usize::from(self.day_of[period])
    }

    /// The periods in which a class may start: all of its course, or the one that it is pinned to.
    #[inline]
    pub fn starts(&self, class: usize) -> &[u16] {
        let (period, _) = &self.pinned[class];
        if *period == ANY { &self.starts[self.course_of(class)] } else { std::slice::from_ref(period) }
    }

    /// The room classes that a class may use, the smallest rooms first.
    #[inline]
    pub fn room_classes(&self, class: usize) -> &[u16] {
        let (_, room) = &self.pinned[class];
        if *room == ANY { self.rooms.suiting(self.course_of(class)) } else { std::slice::from_ref(room) }
    }

    /// Whether a class has no start or no room at all. It stays without a place.
    pub fn is_hopeless(&self, class: usize) -> bool {
        self.starts(class).is_empty() || self.room_classes(class).is_empty()
    }

    /// The classes that are not hopeless.
    #[inline]
    pub fn movable(&self) -> &[u32] {
        &self.movable
    }

    /// The courses that share somebody with a course, ascending.
    pub fn neighbours(&self, course: usize) -> impl ExactSizeIterator<Item = usize> {
        self.arcs.of(course).iter().map(|arc| arc.other as usize)
    }

    /// The courses that share somebody with a course, ascending, and what the two cost in each common period.
    #[inline]
    pub fn sharing(&self, course: usize) -> impl ExactSizeIterator<Item = (usize, Change)> {
        let change = |arc: &Arc| Change { hard: i32::from(arc.hard), soft: i32::from(arc.soft) };
        self.arcs.of(course).iter().map(move |arc| (arc.other as usize, change(arc)))
    }

    /// Number of room classes.
    pub fn room_class_count(&self) -> usize {
        self.rooms.len()
    }

    /// The room class of a room.
    pub fn room_class_of(&self, room: RoomId) -> usize {
        usize::from(self.rooms.of_room[room.index()])
    }

    /// The rooms of a room class, ascending.
    pub fn rooms_of(&self, room_class: usize) -> &[u32] {
        &self.rooms.rooms[room_class]
    }

    /// The courses that rules couple with a course.
    pub fn ruled(&self, course: usize) -> impl Iterator<Item = usize> {
        self.pairs.partners(course).map(|(other, _)| other)
    }

    /// What two courses cost in each period that they share; for one course, what two of its classes do.
    pub fn shared(&self, one: usize, other: usize) -> Change {
        let change = |arc: &Arc| Change { hard: i32::from(arc.hard), soft: i32::from(arc.soft) };
        if one == other {
            return change(&self.arcs.own(one));
        }
        let arcs = self.arcs.of(one);
        arcs.binary_search_by_key(&(other as u32), |arc| arc.other).map_or(Change::default(), |at| change(&arcs[at]))
    }

    /// What a course costs when it starts in a period, whatever the others do.
    #[inline]
    pub(super) fn start_price(&self, course: usize, period: usize) -> Change {
        self.start_price[course * self.periods + period]
    }

    /// What a course pays for a room class in a period.
    #[inline]
    pub(super) fn room_price(&self, course: usize, spot: Spot) -> i32 {
        let row = spot.room() * self.periods + spot.period();
        let unwelcome: i32 =
            self.rooms.unwelcome[row..row + self.length(course)].iter().map(|price| i32::from(*price)).sum();
        unwelcome + self.seats_price(course, spot.room()) + self.homes.other_room(course, spot.period(), spot.room())
    }

    /// Whether a course was in a room at that time in the timetable before.
    #[inline]
    pub fn is_home(&self, course: usize, period: usize, room: u32) -> bool {
        self.home_rooms.is_home(course, period, room as usize)
    }

    /// Whether there was a timetable before.
    pub fn has_homes(&self) -> bool {
        self.home_rooms.is_any()
    }

    fn seats_price(&self, course: usize, room_class: usize) -> i32 {
        if self.weights.seats == 0 {
            return 0;
        }
        let wasted = (self.rooms.seats[room_class] / 2).saturating_sub(self.sizes[course]);
        (wasted * self.weights.seats) as i32
    }

    fn most_soft_gain(&self, course: usize) -> i32 {
        /// The meeting itself, and those before and behind it at its new place.
        const ALONE_MOST: u32 = 3;
        let Weights { min_days, isolated, rooms, .. } = self.weights;
        let rules: i32 = self.pairs.of(course).map(super::rules::Pair::most_soft).sum();
        let room = self.rooms.suiting(course).iter().map(|class| {
            let unwelcome = self.rooms.most_unwelcome[usize::from(*class)];
            i32::from(unwelcome) * self.length(course) as i32 + self.seats_price(course, usize::from(*class))
        });
        let groups = self.groups[course].len() as u32;
        let own = i32::from(self.arcs.own(course).soft) * (self.length(course) * self.classes_of(course).len()) as i32;
        // A rule may be kept there and broken here.
        (min_days + rooms + isolated * ALONE_MOST * groups) as i32
            + 2 * rules
            + own
            + room.max().unwrap_or(0)
            + self.homes.most()
    }
}

fn check(instance: &Instance) -> Result<(), GridError> {
    let bounds = [
        ("days", instance.days(), BITS),
        ("slots a day", instance.slots_per_day(), BITS),
        ("periods", instance.period_count(), usize::from(u16::MAX) - 1),
        ("rooms", instance.room_count(), usize::from(u16::MAX) - 1),
    ];
    match bounds.into_iter().find(|(_, count, most)| count > most) {
        Some((what, count, most)) => Err(GridError::TooLarge { what, count, most }),
        None => Ok(()),
    }
}

fn starts(instance: &Instance, course: CourseId) -> Vec<u16> {
    (0..instance.period_count())
        .filter(|period| instance.is_available(course, PeriodId::new(*period)))
        .map(|period| period as u16)
        .collect()
}

/// For each course its teachers who have a limit, numbered; and the limits.
fn limits(instance: &Instance, campus: Campus<'_>) -> (Vec<Vec<u32>>, Vec<u16>) {
    let mut number = vec![None; instance.teacher_count()];
    let mut limits = Vec::new();
    for (teacher, number) in number.iter_mut().enumerate() {
        if let Some(most) = campus.teacher_max(TeacherId::new(teacher)) {
            *number = Some(limits.len() as u32);
            limits.push(most.min(1 << 15) as u16);
        }
    }
    let of =
        |course| campus.teachers(course).iter().filter_map(|teacher: &TeacherId| number[teacher.index()]).collect();
    (instance.courses().map(of).collect(), limits)
}

/// Course × period: a violation where the course must not start, what its people would rather not, the end of the day, and what it
/// pays where it was not before.
fn start_prices(instance: &Instance, campus: Campus<'_>) -> Vec<Change> {
    let homes = Homes::new(instance);
    let (weights, kin, slots) = (campus.weights(), campus.kin(), instance.slots_per_day());
    let mut prices = vec![Change::default(); instance.period_count() * instance.course_count()];
    let is_set = |bits: &[u64], period: usize| bits[period / 64] >> (period % 64) & 1 == 1;
    for course in instance.courses() {
        let wishes = |who: Who| campus.unwelcome(who);
        let teachers: Vec<&[u64]> = campus.teachers(course).iter().map(|who| wishes(Who::Teacher(*who))).collect();
        let related = campus.groups(course).iter().flat_map(|group| &kin.related[group.index()]);
        let related: Vec<&[u64]> = related.map(|who| wishes(Who::Group(*who))).collect();
        let unwelcome = |period: usize| {
            let teachers = teachers.iter().filter(|bits| is_set(bits, period)).count();
            (teachers + usize::from(related.iter().any(|bits| is_set(bits, period)))) as u32
        };
        let each: Vec<u32> = (0..instance.period_count()).map(unwelcome).collect();
        for period in 0..instance.period_count() {
            let end = (period + campus.length(course)).min(instance.period_count());
            let last = u32::from(end.is_multiple_of(slots)) * weights.last_period;
            let soft = each[period..end].iter().sum::<u32>() * weights.unwelcome + last;
            let hard = i32::from(!instance.is_available(course, PeriodId::new(period)));
            let soft = soft as i32 + homes.other_period(course.index(), period);
            prices[course.index() * instance.period_count() + period] = Change { hard, soft };
        }
    }
    prices
}
