//! The compiled instance as the kernels read it: a block of numbers, which goes along with every launch, and the tables they
//! speak of, which lie on the device. The fields are those of `Problem` in kernels/problem.cuh, in their order.

use bytemuck::{Pod, Zeroable};
use search::Grid;

/// What every kernel is given first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Problem {
    /// The address of the tables on the device.
    pub(super) tables: u64,
    pub(super) classes: u32,
    courses: u32,
    rooms: u32,
    periods: u32,
    days: u32,
    slots: u32,
    curricula: u32,
    conflict_words: u32,
    member_words: u32,
    weights: [i32; 4],
    class_course: u32,
    first_class: u32,
    period_starts: u32,
    period_items: u32,
    neighbour_starts: u32,
    neighbour_items: u32,
    curriculum_starts: u32,
    curriculum_items: u32,
    conflict_bits: u32,
    member_bits: u32,
    excess: u32,
    forbidden: u32,
    min_days: u32,
    day_of: u32,
    slot_of: u32,
    homes: u32,
    has_homes: u32,
    /// Bytes of a state.
    pub(super) stride: u32,
    /// Where the parts of a state begin; its masks are the first.
    parts: [u32; 7],
}

/// The two shapes of a state on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Small counters; the state lies in shared memory while it is annealed.
    Narrow,
    /// Counters as wide as the processor's; the state stays in the device's memory.
    Wide,
}

/// Slots whose bits, with two spare ones at each end and a flag, fit the masks of a narrow state.
const NARROW_SLOTS: usize = 11;
/// The same of a wide one. With more the work is done on the processor.
const WIDE_SLOTS: usize = 27;
/// Rooms with which the violations of a course in a period stay below the mark of a narrow state.
const NARROW_ROOMS: usize = 126;
/// Periods that the narrow places can name.
const NARROW_PERIODS: usize = 256;
/// Parts of a state begin at such a boundary, and states are as many bytes long: they are copied in pieces of that size.
const BOUNDARY: usize = 16;

/// A problem and its tables.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) problem: Problem,
    pub(super) tables: Vec<u8>,
    pub(super) form: Form,
}

impl Compiled {
    /// Compiles for a device whose blocks may use `shared` bytes of shared memory: the narrow form where the instance fits it.
    /// `None` where it fits no form.
    pub(super) fn new(grid: &Grid, shared: usize) -> Option<Self> {
        let dearest =
            (0..grid.courses).flat_map(|course| (0..grid.rooms).map(move |room| grid.excess(course, room))).max();
        let is_small = grid.slots <= NARROW_SLOTS
            && grid.rooms <= NARROW_ROOMS
            && grid.periods <= NARROW_PERIODS
            && dearest.is_none_or(|excess| excess <= i32::from(u16::MAX));
        let narrow = is_small.then(|| Self::of(grid, Form::Narrow));
        let fitting = narrow.filter(|compiled| compiled.problem.stride as usize <= shared);
        fitting.or_else(|| (grid.slots <= WIDE_SLOTS).then(|| Self::of(grid, Form::Wide)))
    }

    fn of(grid: &Grid, form: Form) -> Self {
        let mut tables = Tables { form, bytes: Vec::new() };
        let problem = tables.problem(grid);
        let (mask, at, blocked) = if form == Form::Narrow { (2, 2, 1) } else { (4, 4, 2) };
        let sizes = [
            grid.curricula * grid.days * mask,
            grid.classes * at,
            grid.periods * grid.courses * blocked,
            grid.cells() * 2,
            grid.courses * grid.days,
            grid.courses,
            grid.courses * grid.rooms,
            grid.curricula * grid.periods,
        ];
        let mut begins = [0; 9];
        for (index, size) in sizes.iter().enumerate() {
            begins[index + 1] = begins[index] + size.next_multiple_of(BOUNDARY) as u32;
        }
        let parts = std::array::from_fn(|index| begins[index + 1]);
        Self { problem: Problem { stride: begins[8], parts, ..problem }, tables: tables.bytes, form }
    }
}

/// Tables laid one behind the other.
#[derive(Debug)]
struct Tables {
    form: Form,
    bytes: Vec<u8>,
}

impl Tables {
    /// Where the items begin, in bytes.
    fn put<T: Pod>(&mut self, items: impl IntoIterator<Item = T>) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(BOUNDARY), 0);
        let begin = self.bytes.len() as u32;
        for item in items {
            self.bytes.extend_from_slice(bytemuck::bytes_of(&item));
        }
        begin
    }

    /// The same with items of `N` bytes, the low ones, in the narrow form, and of `W` in the wide one.
    fn put_cut<const N: usize, const W: usize>(&mut self, items: impl IntoIterator<Item = u32>) -> u32 {
        let begin = self.put::<u8>([]);
        let width = if self.form == Form::Narrow { N } else { W };
        items.into_iter().for_each(|item| self.bytes.extend_from_slice(&item.to_le_bytes()[..width]));
        begin
    }

    /// Where the starts of sparse rows begin, and where their items do.
    fn put_rows<'a>(&mut self, rows: impl Iterator<Item = &'a [u16]> + Clone) -> (u32, u32) {
        let mut end = 0;
        let ends = rows.clone().map(|row| {
            end += row.len() as u32;
            end
        });
        let starts = self.put(std::iter::once(0).chain(ends));
        (starts, self.put(rows.flatten().copied()))
    }

    fn problem(&mut self, grid: &Grid) -> Problem {
        let courses = 0..grid.courses;
        let words = |count: usize| count.div_ceil(32);
        let (conflict_words, member_words) = (words(grid.courses), words(grid.curricula));
        let bits = |items: &[u16], words: usize| {
            let mut row = vec![0_u32; words];
            for item in items {
                row[usize::from(*item) / 32] |= 1 << (item % 32);
            }
            row
        };
        let (period_starts, _) = self.put_rows(courses.clone().map(|course| grid.periods_of(course)));
        let periods = courses.clone().flat_map(|course| grid.periods_of(course)).map(|period| u32::from(*period));
        let period_items = self.put_cut::<1, 2>(periods);
        let (neighbour_starts, neighbour_items) = self.put_rows(courses.clone().map(|course| grid.neighbours(course)));
        let (curriculum_starts, curriculum_items) =
            self.put_rows(courses.clone().map(|course| grid.curricula_of(course)));
        let is_open = |course: usize, period: usize| grid.periods_of(course).binary_search(&(period as u16)).is_ok();
        let weights = grid.weights;
        Problem {
            classes: grid.classes as u32,
            courses: grid.courses as u32,
            rooms: grid.rooms as u32,
            periods: grid.periods as u32,
            days: grid.days as u32,
            slots: grid.slots as u32,
            curricula: grid.curricula as u32,
            conflict_words: conflict_words as u32,
            member_words: member_words as u32,
            weights: [weights.hard, weights.day, weights.isolated, weights.room],
            class_course: self.put((0..grid.classes).map(|class| grid.course_of(class) as u16)),
            first_class: self
                .put(courses.clone().map(|course| grid.classes_of(course).start as u16).chain([grid.classes as u16])),
            period_starts,
            period_items,
            neighbour_starts,
            neighbour_items,
            curriculum_starts,
            curriculum_items,
            conflict_bits: self.put(courses.clone().flat_map(|course| bits(grid.neighbours(course), conflict_words))),
            member_bits: self.put(courses.clone().flat_map(|course| bits(grid.curricula_of(course), member_words))),
            excess: self.put_cut::<2, 4>(
                courses.clone().flat_map(|course| (0..grid.rooms).map(move |room| grid.excess(course, room) as u32)),
            ),
            forbidden: self.put(
                (0..grid.periods)
                    .flat_map(|period| courses.clone().map(move |course| u8::from(!is_open(course, period)))),
            ),
            min_days: self.put(courses.clone().map(|course| grid.min_days_of(course))),
            day_of: self.put((0..grid.periods).map(|period| grid.day_and_slot(period).0)),
            slot_of: self.put((0..grid.periods).map(|period| grid.day_and_slot(period).1)),
            homes: self.homes(grid),
            has_homes: u32::from(grid.homes().is_any()),
            ..Problem::default()
        }
    }

    /// For each course and period what a lecture pays there, what it pays for any room but one, and that room.
    fn homes(&mut self, grid: &Grid) -> u32 {
        let entries = (0..grid.courses).flat_map(|course| {
            (0..grid.periods).filter_map(move |period| {
                grid.homes().entry(course, period).map(|(period, room, home)| [period, room, i32::from(home)])
            })
        });
        self.put(entries)
    }
}
