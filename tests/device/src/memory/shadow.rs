//! Who touched each byte last, and when: so that two who were not in order are found.
//!
//! Time is counted in barriers. Each lane has the number of the last barrier that it took part in (a number is given out
//! once, and larger ones later); what it touches is stamped with that number and its name. Whoever comes to the byte later is
//! in order with it if it is the same lane, or if it has taken part in a later barrier: of its warp if the other is a lane of its warp,
//! else of its block. Lanes of different blocks are never in order within a launch. Votes and shuffles order nothing: a
//! card promises that only of barriers.
//!
//! With barriers for some lanes of a warp only, a later number does not prove that those two have met: then a race may
//! be missed, but none is reported that is none.

/// Bytes that share a page of notes; pages are made when one of them is touched.
const PAGE: usize = 256;

/// Room in a stamp for who it was.
const NAME_BITS: u32 = 12;

/// Several lanes of the warp whose number is added.
const OF_WARP: u64 = 1 << 10;

/// Several warps.
const OF_BLOCK: u64 = (1 << 11) - 1;

/// Several blocks.
const OF_GRID: u64 = (1 << 11) - 2;

/// A mark in the name: the access was one that cannot be torn apart.
const ATOMIC: u64 = 1 << 11;

/// Whoever is about to touch something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Witness {
    /// In the block.
    thread: u64,
    /// The last barrier it took part in.
    now: u64,
    /// The last one of its whole block.
    barrier: u64,
    /// When its block began.
    begin: u64,
    /// When the launch began; for what only its block knows, when the block began.
    launch: u64,
    /// The stamp of this thread, and the one of several lanes of its warp.
    stamp: u64,
    stamp_of_warp: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stamps {
    write: u64,
    read: u64,
}

/// The stamps of a region.
#[derive(Debug, Default)]
pub(crate) struct Shadow {
    pages: Vec<Option<Box<[Stamps; PAGE]>>>,
}

impl Witness {
    /// A thread, the last barrier that it took part in, and those of its block: the last one, the first, and the one when the launch began.
    pub(crate) fn new(thread: u64, now: u64, [barrier, begin, launch]: [u64; 3]) -> Self {
        let stamp = |name: u64| (now << NAME_BITS) | name;
        let stamp_of_warp = stamp(OF_WARP + thread / 32);
        Self { thread, now, barrier, begin, launch, stamp: stamp(thread), stamp_of_warp }
    }

    fn is_out_of_order(&self, stamp: u64) -> bool {
        let at = stamp >> NAME_BITS;
        if at < self.launch {
            return false;
        }
        let name = stamp & (ATOMIC - 1);
        if at < self.begin || name == OF_GRID {
            return true;
        }
        if name == self.thread {
            return false;
        }
        at >= if self.is_of_my_warp(name) { self.now } else { self.barrier }
    }

    fn is_of_my_warp(&self, name: u64) -> bool {
        if name < OF_WARP { name / 32 == self.thread / 32 } else { name == OF_WARP + self.thread / 32 }
    }

    /// The stamp after an access to what has this stamp, in order or not.
    fn joined(&self, stamp: u64) -> u64 {
        // The same again, or one more of many lanes: by far the most frequent.
        if stamp == self.stamp || stamp == self.stamp_of_warp {
            return stamp;
        }
        if !self.is_out_of_order(stamp) {
            return self.stamp;
        }
        let name = stamp & (ATOMIC - 1);
        if stamp >> NAME_BITS < self.begin || name == OF_GRID {
            (self.now << NAME_BITS) | OF_GRID
        } else if self.is_of_my_warp(name) {
            self.stamp_of_warp
        } else {
            (self.now << NAME_BITS) | OF_BLOCK
        }
    }
}

/// The other one of a race, in words.
pub(crate) fn name(stamp: u64) -> String {
    match stamp & (ATOMIC - 1) {
        OF_GRID => "threads of several blocks".to_owned(),
        OF_BLOCK => "threads of several warps".to_owned(),
        name if name >= OF_WARP => "several lanes of its warp".to_owned(),
        thread => format!("thread {thread}"),
    }
}

impl Shadow {
    /// The stamps of bytes that lie in one page, as those of an aligned access do.
    fn stamps(&mut self, offset: usize, length: usize) -> &mut [Stamps] {
        let page = offset / PAGE;
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || None);
        }
        let page = self.pages[page].get_or_insert_with(|| Box::new([Stamps::default(); PAGE]));
        &mut page[offset % PAGE..offset % PAGE + length]
    }

    /// Notes that these bytes are read; the stamp of a write that is not in order with it, if there is one.
    pub(crate) fn read(&mut self, offset: usize, length: usize, by: &Witness) -> Result<(), u64> {
        for stamps in self.stamps(offset, length) {
            if by.is_out_of_order(stamps.write) {
                return Err(stamps.write);
            }
            stamps.read = by.joined(stamps.read);
        }
        Ok(())
    }

    /// The same of a write, which wants to be in order with reads, too.
    pub(crate) fn write(&mut self, offset: usize, length: usize, by: &Witness) -> Result<(), u64> {
        for stamps in self.stamps(offset, length) {
            let other = [stamps.write, stamps.read].into_iter().find(|stamp| by.is_out_of_order(*stamp));
            if let Some(other) = other {
                return Err(other);
            }
            stamps.write = by.stamp;
        }
        Ok(())
    }

    /// The same of an access that cannot be torn apart: others of its kind need not be in order with it.
    pub(crate) fn update(&mut self, offset: usize, length: usize, by: &Witness) -> Result<(), u64> {
        for stamps in self.stamps(offset, length) {
            if by.is_out_of_order(stamps.read) {
                return Err(stamps.read);
            }
            let is_atomic = stamps.write & ATOMIC != 0;
            if !is_atomic && by.is_out_of_order(stamps.write) {
                return Err(stamps.write);
            }
            let joined = if is_atomic { by.joined(stamps.write) } else { by.stamp };
            stamps.write = joined | ATOMIC;
        }
        Ok(())
    }
}
