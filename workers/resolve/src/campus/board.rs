//! A timetable of a campus in motion, with what operators ask besides its cost: who stands in the way of whom, and which
//! classes may be in violation.

use search::campus::{Problem, State};
use search::{Change, Spot};

use crate::random::Random;

const WORD: usize = 64;

/// A timetable and its indices.
#[derive(Clone, Debug)]
pub(crate) struct Board<'g> {
    problem: &'g Problem,
    state: State,
    /// Course × period: a bit where the course has a class.
    busy: Bits,
    /// Period × class: a bit where the class is taught.
    taught: Bits,
    /// Of the classes that have a part in a violation, at least one for nearly each violation (two together may break a rule that
    /// neither breaks alone); and perhaps some that have none any more. Whoever moves is suspected.
    suspects: Vec<u64>,
}

/// Rows of bits.
#[derive(Clone, Debug, PartialEq)]
struct Bits {
    words: usize,
    rows: Vec<u64>,
}

impl Bits {
    fn new(rows: usize, columns: usize) -> Self {
        let words = columns.div_ceil(WORD);
        Self { words, rows: vec![0; rows * words] }
    }

    #[inline]
    fn is_set(&self, row: usize, column: usize) -> bool {
        self.rows[row * self.words + column / WORD] >> (column % WORD) & 1 == 1
    }

    /// Whether any of a run of at most a word's columns is set.
    #[inline]
    fn is_any_set(&self, row: usize, (first, count): (usize, usize)) -> bool {
        let run = u64::MAX >> (WORD - count);
        let (at, shift) = (row * self.words + first / WORD, first % WORD);
        let is_beyond = shift + count > WORD && self.rows[at + 1] & run >> (WORD - shift) != 0;
        self.rows[at] >> shift & run != 0 || is_beyond
    }

    fn set(&mut self, row: usize, column: usize, to: bool) {
        let word = &mut self.rows[row * self.words + column / WORD];
        *word = *word & !(1 << (column % WORD)) | u64::from(to) << (column % WORD);
    }

    fn row(&self, row: usize) -> &[u64] {
        &self.rows[row * self.words..][..self.words]
    }
}

/// The columns of a row, ascending.
fn columns(row: &[u64]) -> impl Iterator<Item = usize> {
    row.iter().enumerate().flat_map(|(index, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(index * WORD + bit)
        })
    })
}

impl<'g> Board<'g> {
    /// The board of a state. Every class in violation is suspected.
    pub(crate) fn new(problem: &'g Problem, state: State) -> Self {
        let mut board = Self {
            problem,
            busy: Bits::new(problem.courses, problem.periods),
            taught: Bits::new(problem.periods, problem.classes),
            suspects: vec![0; problem.classes.div_ceil(WORD)],
            state,
        };
        for class in 0..problem.classes {
            board.mark(class, true);
        }
        board.look_around();
        board
    }

    /// The compiled campus.
    pub(crate) fn problem(&self) -> &'g Problem {
        self.problem
    }

    /// The timetable.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Whom to suspect, word by word.
    pub(crate) fn suspects(&self) -> &[u64] {
        &self.suspects
    }

    /// Suspects those that another board did.
    pub(crate) fn suspect(&mut self, words: impl Iterator<Item = u64>) {
        let last = u64::MAX >> (WORD * self.suspects.len() - self.problem.classes).min(WORD - 1);
        self.suspects.iter_mut().zip(words).for_each(|(word, other)| *word = other);
        if let Some(word) = self.suspects.last_mut() {
            *word &= last;
        }
    }

    /// Moves a class; `change` is what an evaluation said.
    pub(crate) fn relocate(&mut self, class: usize, target: Spot, change: Change) {
        self.mark(class, false);
        self.state.apply(self.problem, class, target, change);
        self.mark(class, true);
        if self.state.hard() > 0 {
            self.suspects[class / WORD] |= 1 << (class % WORD);
        }
    }

    /// Takes a class out.
    pub(crate) fn leave(&mut self, class: usize) -> Change {
        self.mark(class, false);
        self.state.leave(self.problem, class)
    }

    /// Puts a class that is out back in.
    pub(crate) fn enter(&mut self, class: usize, spot: Spot) -> Change {
        let change = self.state.enter(self.problem, class, spot);
        self.mark(class, true);
        if self.state.hard() > 0 {
            self.suspects[class / WORD] |= 1 << (class % WORD);
        }
        change
    }

    fn mark(&mut self, class: usize, to: bool) {
        let Some(spot) = self.state.spot(class) else { return };
        let problem = self.problem;
        let course = problem.course_of(class);
        for period in spot.period()..spot.period() + problem.length(course) {
            self.taught.set(period, class, to);
            // Another class of the course may be there as well.
            let is_busy = to || problem.classes_of(course).any(|sibling| self.taught.is_set(period, sibling));
            self.busy.set(course, period, is_busy);
        }
    }

    /// A random class that is in violation, its probability a matter of chance; nothing where none is.
    pub(crate) fn violated(&mut self, random: &mut Random) -> Option<usize> {
        if self.state.hard() == 0 {
            return None;
        }
        self.suspected(random).or_else(|| {
            self.look_around();
            self.suspected(random)
        })
    }

    fn suspected(&mut self, random: &mut Random) -> Option<usize> {
        let first = random.below(self.problem.classes);
        let mut at = first;
        let mut has_turned = false;
        loop {
            match self.next_suspect(at) {
                Some(class) if has_turned && class >= first => return None,
                Some(class) if self.state.price_of(self.problem, class).hard > 0 => return Some(class),
                Some(class) => {
                    self.suspects[class / WORD] &= !(1 << (class % WORD));
                    at = class + 1;
                }
                None if has_turned => return None,
                None => (at, has_turned) = (0, true),
            }
        }
    }

    fn next_suspect(&self, from: usize) -> Option<usize> {
        let mut index = from / WORD;
        let mut word = self.suspects.get(index)? & (u64::MAX << (from % WORD));
        while word == 0 {
            index += 1;
            word = *self.suspects.get(index)?;
        }
        Some(index * WORD + word.trailing_zeros() as usize)
    }

    fn look_around(&mut self) {
        self.suspects.fill(0);
        for class in 0..self.problem.classes {
            if self.state.hard() > 0 && self.state.price_of(self.problem, class).hard > 0 {
                self.suspects[class / WORD] |= 1 << (class % WORD);
            }
        }
    }

    /// Whether two classes have a period in common, the first one starting at `start`.
    #[inline]
    fn overlaps(&self, length: usize, start: usize, other: usize) -> bool {
        let Some(spot) = self.state.spot(other) else { return false };
        let other_length = self.problem.length(self.problem.course_of(other));
        spot.period() < start + length && start < spot.period() + other_length
    }

    /// Fills `found` with the classes that would be in violation with `class` if it started at `start`, for the people that
    /// they share.
    pub(crate) fn in_the_way(&self, class: usize, start: usize, found: &mut Vec<usize>) {
        let problem = self.problem;
        let course = problem.course_of(class);
        let length = problem.length(course);
        found.clear();
        for (other, shared) in problem.sharing(course) {
            if shared.hard > 0 && self.busy.is_any_set(other, (start, length)) {
                for class in problem.classes_of(other) {
                    if self.overlaps(length, start, class) {
                        found.push(class);
                    }
                }
            }
        }
        if problem.shared(course, course).hard > 0 {
            let siblings = problem.classes_of(course).filter(|sibling| *sibling != class);
            found.extend(siblings.filter(|sibling| self.overlaps(length, start, *sibling)));
        }
    }

    /// The classes that are taught in a period.
    pub(crate) fn taught_in(&self, period: usize) -> impl Iterator<Item = usize> {
        columns(self.taught.row(period))
    }

    /// A room class for a class that starts at `start`, nobody else moving: its own if that is free there, or one of its
    /// siblings', or the one with the smallest rooms that is free; any, where none is.
    pub(crate) fn room_for(&self, class: usize, start: usize, random: &mut Random) -> usize {
        let problem = self.problem;
        let rooms = problem.room_classes(class);
        let family = problem.classes_of(problem.course_of(class)).filter_map(|sibling| self.state.spot(sibling));
        let own = self.state.spot(class).into_iter().chain(family).map(Spot::room);
        let own = own.filter(|room| rooms.contains(&(*room as u16)));
        let any = rooms.iter().map(|room| usize::from(*room));
        own.chain(any)
            .find(|room| self.state.is_free(problem, class, start, *room))
            .unwrap_or_else(|| usize::from(rooms[random.below(rooms.len())]))
    }

    /// A room class other than its own that is free where a class is, starting the search anywhere.
    pub(crate) fn other_room(&self, class: usize, random: &mut Random) -> Option<Spot> {
        let (problem, spot) = (self.problem, self.state.spot(class)?);
        let rooms = problem.room_classes(class);
        let turn = random.below(rooms.len());
        let others = rooms[turn..].iter().chain(&rooms[..turn]).map(|room| usize::from(*room));
        let mut free = others.filter(|room| *room != spot.room());
        let room = free.find(|room| self.state.is_free(problem, class, spot.period(), *room))?;
        Some(Spot::new(spot.period(), room))
    }

    /// The state and the indices that follow from it.
    #[cfg(test)]
    pub(crate) fn seen(&self) -> (&State, [&[u64]; 2]) {
        (&self.state, [&self.busy.rows, &self.taught.rows])
    }
}
