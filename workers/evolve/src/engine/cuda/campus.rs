//! A campus for a device. The fields are those of `Problem` in kernels/campus.cuh, in their order.

use std::collections::BTreeMap;

use bytemuck::{Pod, Zeroable};
use search::Change;
use search::campus::{self, Couple};
use shared::model::campus::Relation;

use super::tables::{Block, Compiled, Shape, Tables, begins};

/// The kernels, as kernels/compile.py has made them.
pub(super) const PTX: &str = include_str!("../../../kernels/campus.ptx");

/// What every kernel is given first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
struct Problem {
    /// The address of the tables on the device.
    tables: u64,
    classes: u32,
    movable: u32,
    periods: u32,
    days: u32,
    slots: u32,
    room_words: u32,
    has_soft: u32,
    weights: [i32; 4],
    seats: u32,
    empty: i32,
    class_course: u32,
    first_class: u32,
    movable_items: u32,
    starts: SharedRows,
    rooms: SharedRows,
    room_bits: u32,
    lengths: u32,
    sizes: u32,
    arcs: [u32; 2],
    arc_softs: u32,
    own: u32,
    start_prices: u32,
    available: u32,
    unwelcome: u32,
    seats_of: u32,
    max_per_day: u32,
    least_days: u32,
    limited: [u32; 2],
    limits: u32,
    groups: [u32; 2],
    pairs: [u32; 2],
    rule_gain: u32,
    soft_gain: u32,
    day_of: u32,
    homes: u32,
    /// Bytes of a state.
    stride: u32,
    /// Where the parts of a state begin but the first.
    parts: [u32; 7],
}

/// Sparse rows that classes share: where the row of each class stands, where the starts of the rows, and where the items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
struct SharedRows {
    row_of: u32,
    rows: [u32; 2],
}

/// Small counters; the state lies in shared memory while it is annealed.
const SHARED: Shape = Shape { ptx: PTX, name: "shared", is_shared: true };
/// Small counters; the state stays in the device's memory.
const NARROW: Shape = Shape { ptx: PTX, name: "narrow", is_shared: false };
/// Counters as wide as the processor's.
const WIDE: Shape = Shape { ptx: PTX, name: "wide", is_shared: false };

/// Slots of a day that are bits of a mask.
const NARROW_SLOTS: usize = 16;
/// The same of a wide one, one less than it has bits: a run of busy slots is told by what is carried out of it.
const WIDE_SLOTS: usize = 63;
/// Days that are bits of a word where counters are small.
const NARROW_DAYS: usize = 32;
/// Periods and room classes that small places can name, beside the one that is nowhere.
const NARROW_PLACES: usize = 255;
/// Courses, groups, teachers with a limit, and rows that tables can name.
const NAMES: usize = 1 << 16;
/// Bits of the price where a course starts, beside the one that says whether it may.
const NARROW_PRICE_BITS: u32 = 15;
/// The same where prices are not small.
const WIDE_PRICE_BITS: u32 = 31;

/// The smallest shape that the campus fits.
pub(super) fn compiled(campus: &campus::Problem, shared: usize) -> Option<Compiled> {
    let tables = campus.tables();
    let is_nameable = [campus.courses, tables.limits.len(), tables.group_count].into_iter().all(|count| count <= NAMES);
    let is_priced = |price: &Change| matches!(price.hard, 0 | 1) && price.soft >= 0;
    if !is_nameable || campus.slots > WIDE_SLOTS || !tables.start_prices.iter().all(is_priced) {
        return None;
    }
    if !is_small(campus) {
        return of(campus, WIDE);
    }
    let narrow = of(campus, NARROW)?;
    Some(if narrow.stride <= shared { Compiled { shape: SHARED, ..narrow } } else { narrow })
}

/// Whether small counters hold all that there can be: at most, all classes of all others are in one period.
fn is_small(campus: &campus::Problem) -> bool {
    let mut most = vec![(0_u64, 0_u64); campus.courses];
    for course in 0..campus.courses {
        let classes = campus.classes_of(course).len() as u64;
        for (other, shared) in campus.sharing(course) {
            most[other].0 += classes * shared.hard as u64;
            most[other].1 += classes * shared.soft as u64;
        }
    }
    let is_cheap = |price: &Change| price.soft < 1 << NARROW_PRICE_BITS;
    campus.slots <= NARROW_SLOTS
        && campus.tables().start_prices.iter().all(is_cheap)
        && campus.days <= NARROW_DAYS
        && campus.periods <= NARROW_PLACES
        && campus.room_class_count() <= NARROW_PLACES
        && most.iter().all(|(hard, soft)| u16::try_from((*hard).max(*soft)).is_ok())
}

fn of(campus: &campus::Problem, shape: Shape) -> Option<Compiled> {
    let mut laid = Tables::default();
    let problem = problem(&mut laid, campus, shape == NARROW)?;
    let (mask, load, at) = if shape == WIDE { (8, 4, 4) } else { (2, 2, 2) };
    let tables = campus.tables();
    let cells = campus.courses * campus.periods;
    let sizes = [
        size_of::<i32>(),
        tables.group_count * campus.days * 2 * mask,
        cells * load,
        if tables.is_any_soft { cells * load } else { 0 },
        campus.classes * at,
        campus.room_class_count() * campus.periods * 2,
        tables.limits.len() * campus.days * 2,
        tables.group_count * campus.periods * 2,
    ];
    let ([_, parts @ ..], stride) = begins(sizes);
    Some(Compiled {
        block: Block::of(&Problem { stride, parts, ..problem }),
        tables: laid.bytes,
        shape,
        classes: campus.classes,
        courses: campus.courses,
        stride: stride as usize,
    })
}

fn problem(laid: &mut Tables, campus: &campus::Problem, is_narrow: bool) -> Option<Problem> {
    let tables = campus.tables();
    let (courses, classes) = (0..campus.courses, 0..campus.classes);
    let weights = tables.weights;
    let room_words = campus.room_class_count().div_ceil(32);
    let (starts, _) = shared_rows(laid, classes.clone().map(|class| campus.starts(class)))?;
    let (rooms, room_lists) = shared_rows(laid, classes.clone().map(|class| campus.room_classes(class)))?;
    let arcs = courses.clone().flat_map(|course| campus.sharing(course));
    let own = |course| campus.shared(course, course);
    let first = courses.clone().map(|course| campus.classes_of(course).start as u32).chain([campus.classes as u32]);
    Some(Problem {
        classes: campus.classes as u32,
        movable: campus.movable().len() as u32,
        periods: campus.periods as u32,
        days: campus.days as u32,
        slots: campus.slots as u32,
        room_words: room_words as u32,
        has_soft: u32::from(tables.is_any_soft),
        weights: [campus.hard_weight, weights.min_days as i32, weights.isolated as i32, weights.rooms as i32],
        seats: weights.seats,
        empty: tables.empty_price,
        class_course: laid.put(classes.map(|class| campus.course_of(class) as u16)),
        first_class: laid.put(first),
        movable_items: laid.put(campus.movable().iter().copied()),
        starts,
        rooms,
        room_bits: laid.put(room_lists.iter().flat_map(|list| bits(list, room_words))),
        lengths: laid.put(tables.lengths.iter().copied()),
        sizes: laid.put(tables.sizes.iter().copied()),
        arcs: laid.put_rows(
            courses
                .clone()
                .map(|course| campus.sharing(course).map(|(other, shared)| other as u32 | (shared.hard as u32) << 16)),
        ),
        arc_softs: laid.put(arcs.map(|(_, shared)| shared.soft as u16)),
        own: laid.put(courses.clone().map(|course| own(course).hard as u32 | (own(course).soft as u32) << 16)),
        start_prices: start_prices(laid, tables.start_prices, is_narrow),
        available: laid.put(tables.available.iter().copied()),
        unwelcome: laid.put(tables.unwelcome.iter().copied()),
        seats_of: laid.put(tables.seats.iter().copied()),
        max_per_day: laid.put(tables.max_per_day.iter().copied()),
        least_days: laid.put(tables.min_days.iter().copied()),
        limited: laid.put_rows(names(tables.limited)),
        limits: laid.put(tables.limits.iter().copied()),
        groups: laid.put_rows(names(tables.groups)),
        pairs: laid.put_rows(courses.clone().map(|course| campus.couples(course).map(pair))),
        rule_gain: laid.put(courses.clone().map(|course| rule_gain(campus, course))),
        soft_gain: laid.put(tables.soft_gain.iter().copied()),
        day_of: laid.put((0..campus.periods).map(|period| campus.day_of(period) as u8)),
        homes: homes(laid, campus),
        ..Problem::default()
    })
}

fn start_prices(laid: &mut Tables, prices: &[Change], is_narrow: bool) -> u32 {
    let (width, bits) = if is_narrow { (2, NARROW_PRICE_BITS) } else { (4, WIDE_PRICE_BITS) };
    laid.put_cut(width, prices.iter().map(|price| (price.hard as u32) << bits | price.soft as u32))
}

/// Lays rows of which equal ones stand once. Nothing where there are too many to be named; beside them, the different ones.
fn shared_rows<'a>(laid: &mut Tables, rows: impl Iterator<Item = &'a [u16]>) -> Option<(SharedRows, Vec<&'a [u16]>)> {
    let (mut numbers, mut lists) = (BTreeMap::new(), Vec::new());
    let row_of: Vec<usize> = rows
        .map(|row| {
            *numbers.entry(row).or_insert_with(|| {
                lists.push(row);
                lists.len() - 1
            })
        })
        .collect();
    if lists.len() > NAMES {
        return None;
    }
    let row_of = laid.put(row_of.into_iter().map(|row| row as u16));
    let rows = laid.put_rows(lists.iter().map(|list| list.iter().copied()));
    Some((SharedRows { row_of, rows }, lists))
}

fn bits(items: &[u16], words: usize) -> Vec<u32> {
    let mut row = vec![0; words];
    for item in items {
        row[usize::from(*item) / 32] |= 1 << (item % 32);
    }
    row
}

fn names(rows: &[Vec<u32>]) -> impl Iterator<Item = impl Iterator<Item = u16>> {
    rows.iter().map(|row| row.iter().map(|name| *name as u16))
}

/// The two courses, the relation, and what it costs to break it.
fn pair(couple: Couple) -> [u32; 4] {
    let [first, second] = couple.courses;
    [first | second << 16, couple.relation as u32, couple.price.hard as u32, couple.price.soft as u32]
}

/// The most that a move of a class may save by its rules: all that they can cost. Of courses that have to share a room each class may
/// be astray. Less than nothing where there is no rule.
fn rule_gain(campus: &campus::Problem, course: usize) -> i32 {
    let most = |couple: Couple| {
        let classes = couple.courses.map(|course| campus.classes_of(course as usize).len() as i32);
        let hard = if couple.relation == Relation::SameRoom { classes.iter().sum() } else { 1 };
        couple.price.hard * hard * campus.hard_weight + couple.price.soft
    };
    campus.couples(course).map(most).reduce(|sum, gain| sum + gain).unwrap_or(-1)
}

/// For each course and period what a class pays for any room class but one, and that room class; 0 where there was no timetable before.
fn homes(laid: &mut Tables, campus: &campus::Problem) -> u32 {
    let homes = campus.tables().homes;
    if !homes.is_any() {
        return 0;
    }
    let of = |course: usize| (0..campus.periods).filter_map(move |period| homes.entry(course, period));
    laid.put((0..campus.courses).flat_map(of).map(|(_, room, home)| [room as u32, u32::from(home)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equal rows stand once, and every class finds its own.
    #[test]
    fn equal_rows_stand_once() {
        let mut laid = Tables::default();
        let rows: [&[u16]; 4] = [&[3, 5], &[], &[3, 5], &[8]];
        let (found, lists) = shared_rows(&mut laid, rows.into_iter()).unwrap();
        let words = |begin: u32, count: usize| -> Vec<u16> {
            let bytes = &laid.bytes[begin as usize..][..2 * count];
            bytes.chunks_exact(2).map(bytemuck::pod_read_unaligned).collect()
        };
        assert_eq!(lists, [&[3, 5][..], &[], &[8]]);
        assert_eq!(words(found.row_of, 4), [0, 1, 0, 2]);
        assert_eq!(words(found.rows[1], 3), [3, 5, 8]);
        assert_eq!(bits(&[3, 33], 2), [8, 2]);
    }
}
