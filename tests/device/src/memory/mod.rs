//! The memory of the device: allocations that never touch, so that a step out of one is a step into nothing.
//!
//! Addresses are never given twice: what was freed stays unknown for good.

mod shadow;

pub(crate) use shadow::{Shadow, Witness, name};

/// What memory holds that nobody has written to.
const POISON: u8 = 0xCD;

/// Where the first allocation lies.
const FIRST: u64 = 0x7_0000_0000;

/// Allocations begin at multiples of this, as on a card, and have as much nothing between them.
const GRAIN: u64 = 512;

/// A piece of memory with its notes.
#[derive(Debug, Default)]
pub(crate) struct Region {
    pub(crate) start: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) shadow: Shadow,
}

impl Region {
    pub(crate) fn new(start: u64, bytes: Vec<u8>) -> Self {
        Self { start, bytes, shadow: Shadow::default() }
    }

    /// How far behind the start, if that many bytes are there.
    pub(crate) fn offset(&self, address: u64, length: u64) -> Option<usize> {
        let offset = address.checked_sub(self.start)?;
        (offset.checked_add(length)? <= self.bytes.len() as u64).then_some(offset as usize)
    }
}

/// All that was allocated and not yet freed.
#[derive(Debug)]
pub struct DeviceMemory {
    /// By address.
    regions: Vec<Region>,
    next: u64,
    /// The region that was found last: the next one that is looked for is mostly the same.
    last: usize,
    /// Counts what orders accesses, over all launches.
    pub(crate) clock: u64,
}

impl Default for DeviceMemory {
    fn default() -> Self {
        Self { regions: Vec::new(), next: FIRST, last: 0, clock: 1 }
    }
}

impl DeviceMemory {
    /// New memory, full of poison.
    pub fn allocate(&mut self, bytes: u64) -> u64 {
        self.place(vec![POISON; bytes as usize], GRAIN)
    }

    /// New memory with these bytes.
    pub fn place(&mut self, bytes: Vec<u8>, alignment: u64) -> u64 {
        let start = self.next.next_multiple_of(alignment.max(1)).next_multiple_of(GRAIN);
        self.next = start + bytes.len() as u64 + GRAIN;
        self.regions.push(Region::new(start, bytes));
        start
    }

    /// Gives an allocation back; its size, or nothing if none begins there.
    pub fn free(&mut self, address: u64) -> Option<u64> {
        let at = self.regions.binary_search_by_key(&address, |region| region.start).ok()?;
        Some(self.regions.remove(at).bytes.len() as u64)
    }

    /// The allocation that these bytes are in: where it begins, and how long it is.
    pub fn around(&self, address: u64) -> Option<(u64, u64)> {
        let at = self.regions.partition_point(|region| region.start <= address).checked_sub(1)?;
        let region = &self.regions[at];
        region.offset(address, 0).map(|_| (region.start, region.bytes.len() as u64))
    }

    /// Bytes that are there, all in one allocation.
    pub fn bytes(&mut self, address: u64, length: u64) -> Option<&mut [u8]> {
        let (region, offset) = self.region(address, length)?;
        region.bytes.get_mut(offset..offset + length as usize)
    }

    fn region(&mut self, address: u64, length: u64) -> Option<(&mut Region, usize)> {
        let (index, offset) = self.find(address, length)?;
        Some((self.at(index), offset))
    }

    /// Which allocation these bytes are in, and how far behind its start.
    pub(crate) fn find(&mut self, address: u64, length: u64) -> Option<(usize, usize)> {
        if let Some(offset) = self.regions.get(self.last).and_then(|region| region.offset(address, length)) {
            return Some((self.last, offset));
        }
        self.last = self.regions.partition_point(|region| region.start <= address).checked_sub(1)?;
        self.regions[self.last].offset(address, length).map(|offset| (self.last, offset))
    }

    /// An allocation that was found.
    pub(crate) fn at(&mut self, index: usize) -> &mut Region {
        &mut self.regions[index]
    }

    /// What to say of an address where nothing is.
    pub(crate) fn describe(&self, address: u64) -> String {
        let before = self.regions.partition_point(|region| region.start <= address).checked_sub(1);
        match before.map(|at| &self.regions[at]) {
            Some(region) => {
                let (start, length) = (region.start, region.bytes.len());
                format!("{} bytes behind the start of an allocation of {length} at {start:#x}", address - start)
            }
            None => "nothing is allocated there or before".to_owned(),
        }
    }
}
