//! An instance of the competition's form for a device. The fields are those of `Problem` in kernels/change.cuh, in their order.

use bytemuck::{Pod, Zeroable};
use search::Grid;

use super::tables::{Block, Compiled, Shape, Tables, begins};

/// The kernels, as kernels/compile.py has made them.
pub(super) const PTX: &str = include_str!("../../../kernels/competition.ptx");

/// What every kernel is given first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
struct Problem {
    /// The address of the tables on the device.
    tables: u64,
    classes: u32,
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
    stride: u32,
    /// Where the parts of a state begin; its masks are the first.
    parts: [u32; 7],
}

/// Small counters; the state lies in shared memory while it is annealed.
const NARROW: Shape = Shape { ptx: PTX, name: "narrow", is_shared: true };
/// Counters as wide as the processor's; the state stays in the device's memory.
const WIDE: Shape = Shape { ptx: PTX, name: "wide", is_shared: false };

/// Slots whose bits, with two spare ones at each end and a flag, fit the masks of a narrow state.
const NARROW_SLOTS: usize = 11;
/// The same of a wide one. With more the work is done on the processor.
const WIDE_SLOTS: usize = 27;
/// Rooms with which the violations of a course in a period stay below the mark of a narrow state.
const NARROW_ROOMS: usize = 126;
/// Periods that the narrow places can name.
const NARROW_PERIODS: usize = 256;

/// The narrow shape where the instance fits it.
pub(super) fn compiled(grid: &Grid, shared: usize) -> Option<Compiled> {
    let dearest = (0..grid.courses).flat_map(|course| (0..grid.rooms).map(move |room| grid.excess(course, room))).max();
    let is_small = grid.slots <= NARROW_SLOTS
        && grid.rooms <= NARROW_ROOMS
        && grid.periods <= NARROW_PERIODS
        && dearest.is_none_or(|excess| excess <= i32::from(u16::MAX));
    let narrow = is_small.then(|| of(grid, NARROW)).filter(|compiled| compiled.stride <= shared);
    narrow.or_else(|| (grid.slots <= WIDE_SLOTS).then(|| of(grid, WIDE)))
}

fn of(grid: &Grid, shape: Shape) -> Compiled {
    let is_narrow = shape == NARROW;
    let mut tables = Tables::default();
    let problem = problem(&mut tables, grid, is_narrow);
    let (mask, at, blocked) = if is_narrow { (2, 2, 1) } else { (4, 4, 2) };
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
    let ([_, parts @ ..], stride) = begins(sizes);
    Compiled {
        block: Block::of(&Problem { stride, parts, ..problem }),
        tables: tables.bytes,
        shape,
        classes: grid.classes,
        courses: grid.courses,
        stride: stride as usize,
    }
}

fn problem(tables: &mut Tables, grid: &Grid, is_narrow: bool) -> Problem {
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
    let [period_starts, _] = tables.put_rows(courses.clone().map(|course| grid.periods_of(course).iter().copied()));
    let periods = courses.clone().flat_map(|course| grid.periods_of(course)).map(|period| u32::from(*period));
    let period_items = tables.put_cut(if is_narrow { 1 } else { 2 }, periods);
    let [neighbour_starts, neighbour_items] =
        tables.put_rows(courses.clone().map(|course| grid.neighbours(course).iter().copied()));
    let [curriculum_starts, curriculum_items] =
        tables.put_rows(courses.clone().map(|course| grid.curricula_of(course).iter().copied()));
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
        class_course: tables.put((0..grid.classes).map(|class| grid.course_of(class) as u16)),
        first_class: tables
            .put(courses.clone().map(|course| grid.classes_of(course).start as u16).chain([grid.classes as u16])),
        period_starts,
        period_items,
        neighbour_starts,
        neighbour_items,
        curriculum_starts,
        curriculum_items,
        conflict_bits: tables.put(courses.clone().flat_map(|course| bits(grid.neighbours(course), conflict_words))),
        member_bits: tables.put(courses.clone().flat_map(|course| bits(grid.curricula_of(course), member_words))),
        excess: tables.put_cut(
            if is_narrow { 2 } else { 4 },
            courses.clone().flat_map(|course| (0..grid.rooms).map(move |room| grid.excess(course, room) as u32)),
        ),
        forbidden: tables.put(
            (0..grid.periods).flat_map(|period| courses.clone().map(move |course| u8::from(!is_open(course, period)))),
        ),
        min_days: tables.put(courses.clone().map(|course| grid.min_days_of(course))),
        day_of: tables.put((0..grid.periods).map(|period| grid.day_and_slot(period).0)),
        slot_of: tables.put((0..grid.periods).map(|period| grid.day_and_slot(period).1)),
        homes: homes(tables, grid),
        has_homes: u32::from(grid.homes().is_any()),
        ..Problem::default()
    }
}

/// For each course and period what a lecture pays there, what it pays for any room but one, and that room.
fn homes(tables: &mut Tables, grid: &Grid) -> u32 {
    let entries = (0..grid.courses).flat_map(|course| {
        (0..grid.periods).filter_map(move |period| {
            grid.homes().entry(course, period).map(|(period, room, home)| [period, room, i32::from(home)])
        })
    });
    tables.put(entries)
}
