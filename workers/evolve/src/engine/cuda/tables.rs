//! A compiled instance as the kernels read it, whatever its form: a block of numbers, which goes along with every launch, and
//! the tables they speak of, which lie on the device.

use bytemuck::{Pod, Zeroable};
use search::Form;

use super::{campus, competition};

/// Parts of a state begin at such a boundary, and states are as many bytes long: they are copied in pieces of that size.
pub(super) const BOUNDARY: usize = 16;
/// Words of a block: room for the largest structure that kernels are given.
const WORDS: usize = 32;

/// What every kernel is given first. A kernel takes as many of these bytes as its own structure has, the first eight of which are
/// the address of the tables on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub(super) struct Block([u64; WORDS]);

impl Block {
    /// The block of a structure.
    pub(super) fn of<P: Pod>(problem: &P) -> Self {
        const { assert!(size_of::<P>() <= WORDS * 8, "a block has room for any structure") };
        let mut block = Self::zeroed();
        bytemuck::bytes_of_mut(&mut block)[..size_of::<P>()].copy_from_slice(bytemuck::bytes_of(problem));
        block
    }

    /// The same with the address of the tables.
    pub(super) fn with_tables(mut self, address: u64) -> Self {
        self.0[0] = address;
        self
    }
}

/// The kernels of one shape of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// The text of the kernels.
    pub(super) ptx: &'static str,
    /// How the names of its kernels end.
    pub(super) name: &'static str,
    /// Whether a state lies in shared memory while it is annealed.
    pub(super) is_shared: bool,
}

/// An instance made ready for a device.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) block: Block,
    pub(super) tables: Vec<u8>,
    pub(super) shape: Shape,
    pub(super) classes: usize,
    pub(super) courses: usize,
    /// Bytes of a state.
    pub(super) stride: usize,
}

impl Compiled {
    /// Compiles for a device whose blocks may use `shared` bytes of shared memory. `None` where the instance fits no shape.
    pub(super) fn new(form: Form<'_>, shared: usize) -> Option<Self> {
        match form {
            Form::Competition(grid) => competition::compiled(grid, shared),
            Form::Campus(problem) => campus::compiled(problem, shared),
        }
    }
}

/// Where parts of so many bytes begin, one behind the other, and where the last one ends.
pub(super) fn begins<const N: usize>(sizes: [usize; N]) -> ([u32; N], u32) {
    let mut end = 0;
    let begins = sizes.map(|size| {
        let begin = end;
        end += size.next_multiple_of(BOUNDARY) as u32;
        begin
    });
    (begins, end)
}

/// Tables laid one behind the other.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) bytes: Vec<u8>,
}

impl Tables {
    /// Where the items begin, in bytes.
    pub(super) fn put<T: Pod>(&mut self, items: impl IntoIterator<Item = T>) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(BOUNDARY), 0);
        let begin = self.bytes.len() as u32;
        for item in items {
            self.bytes.extend_from_slice(bytemuck::bytes_of(&item));
        }
        begin
    }

    /// The same with the low `width` bytes of each item.
    pub(super) fn put_cut(&mut self, width: usize, items: impl IntoIterator<Item = u32>) -> u32 {
        let begin = self.put::<u8>([]);
        items.into_iter().for_each(|item| self.bytes.extend_from_slice(&item.to_le_bytes()[..width]));
        begin
    }

    /// Where the starts of sparse rows begin, and where their items do.
    pub(super) fn put_rows<T: Pod>(&mut self, rows: impl IntoIterator<Item = impl IntoIterator<Item = T>>) -> [u32; 2] {
        let (mut starts, mut items) = (vec![0_u32], Vec::new());
        for row in rows {
            items.extend(row);
            starts.push(items.len() as u32);
        }
        [self.put(starts), self.put(items)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts stand on boundaries, and so do the states behind them.
    #[test]
    fn parts_stand_on_boundaries() {
        assert_eq!(begins([4, 0, 17]), ([0, 16, 16], 48));
    }

    /// Sparse rows, one of which is empty.
    #[test]
    fn rows_stand_one_behind_the_other() {
        let mut tables = Tables::default();
        assert_eq!(tables.put_rows([vec![7_u16, 8], vec![], vec![9]]), [0, 16]);
        let starts: [u32; 4] = bytemuck::pod_read_unaligned(&tables.bytes[..16]);
        assert_eq!((starts, &tables.bytes[16..]), ([0, 2, 2, 3], &[7, 0, 8, 0, 9, 0][..]));
    }
}
