//! Contexts on cards, and the memory of cards.

use std::sync::atomic::Ordering;

use super::{Answer, Code, Context, Driver, Planted, hang, lock, tell};

impl Driver {
    /// One more user of the context of a card, which it makes if it is the first one.
    ///
    /// # Errors
    ///
    /// If there is no memory left for it.
    pub fn retain(&self, card: usize) -> Answer<()> {
        self.check(card)?;
        let of = &self.cards[card];
        if of.users.fetch_add(1, Ordering::SeqCst) > 0 {
            return Ok(());
        }
        if self.free_bytes(card) < self.settings.context_bytes {
            of.users.fetch_sub(1, Ordering::SeqCst);
            return Err(Code::OUT_OF_MEMORY);
        }
        self.note(card);
        Ok(())
    }

    /// One user less; the last one leaves nothing behind, and what it had forgotten is told.
    ///
    /// # Errors
    ///
    /// If there was none.
    pub fn release(&self, card: usize) -> Answer<()> {
        let of = &self.cards[card];
        let users = of.users.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |users| users.checked_sub(1));
        if users.map_err(|_| Code::INVALID_CONTEXT)? > 1 {
            return Ok(());
        }
        *lock(&of.context) = Context::default();
        let left = of.allocated.swap(0, Ordering::SeqCst);
        if left > 0 {
            tell(&format!("{left} bytes were never freed"));
        }
        lock(&of.usage).note(None);
        self.write_counts();
        Ok(())
    }

    /// Whether the context of a card can be used.
    ///
    /// # Errors
    ///
    /// What went wrong before.
    pub fn check(&self, card: usize) -> Answer<()> {
        match self.cards[card].broken.load(Ordering::SeqCst) {
            0 => Ok(()),
            code => Err(Code(code)),
        }
    }

    /// Waits for all that was launched.
    ///
    /// # Errors
    ///
    /// If any of it went wrong.
    pub fn synchronize(&self, card: usize) -> Answer<()> {
        if self.cards[card].hangs.load(Ordering::SeqCst) {
            hang();
        }
        self.check(card)
    }

    /// The same, without waiting.
    ///
    /// # Errors
    ///
    /// That, and if it has not ended.
    pub fn query(&self, card: usize) -> Answer<()> {
        if self.cards[card].hangs.load(Ordering::SeqCst) { Err(Code::NOT_READY) } else { self.check(card) }
    }

    /// New memory.
    ///
    /// # Errors
    ///
    /// If there is not enough.
    pub fn allocate(&self, card: usize, bytes: u64) -> Answer<u64> {
        self.check(card)?;
        if bytes == 0 {
            return Err(Code::INVALID_VALUE);
        }
        let nth = 1 + self.allocations.fetch_add(1, Ordering::SeqCst);
        let fails = |fault: &Planted| matches!(fault, Planted::OutOfMemory(n) if *n == 0 || *n == nth);
        if self.settings.faults.iter().any(fails) || bytes > self.free_bytes(card) {
            return Err(Code::OUT_OF_MEMORY);
        }
        let of = &self.cards[card];
        let address = lock(&of.context).memory.allocate(bytes);
        let allocated = bytes + of.allocated.fetch_add(bytes, Ordering::SeqCst);
        self.note(card);
        let mut counts = lock(&self.counts);
        counts.allocations += 1;
        counts.bytes_most = counts.bytes_most.max(allocated);
        Ok(address)
    }

    /// Gives memory back.
    ///
    /// # Errors
    ///
    /// If none begins there.
    pub fn free(&self, card: usize, address: u64) -> Answer<()> {
        if address == 0 {
            return Ok(());
        }
        self.synchronize(card)?;
        let of = &self.cards[card];
        let bytes = lock(&of.context).memory.free(address).ok_or(Code::INVALID_VALUE)?;
        of.allocated.fetch_sub(bytes, Ordering::SeqCst);
        self.note(card);
        lock(&self.counts).frees += 1;
        Ok(())
    }

    /// Does something to memory that is there, once all launches have ended.
    ///
    /// # Errors
    ///
    /// If it is not, or what went wrong before.
    pub fn with_bytes<T>(&self, card: usize, address: u64, bytes: u64, f: impl FnOnce(&mut [u8]) -> T) -> Answer<T> {
        self.synchronize(card)?;
        let mut context = lock(&self.cards[card].context);
        context.memory.bytes(address, bytes).map(f).ok_or(Code::INVALID_VALUE)
    }

    /// The allocation that an address is in, and its size.
    ///
    /// # Errors
    ///
    /// If it is in none.
    pub fn around(&self, card: usize, address: u64) -> Answer<(u64, u64)> {
        lock(&self.cards[card].context).memory.around(address).ok_or(Code::NOT_FOUND)
    }

    /// Free bytes of a card, and all.
    ///
    /// # Errors
    ///
    /// What went wrong before.
    pub fn memory(&self, card: usize) -> Answer<(u64, u64)> {
        self.check(card)?;
        Ok((self.free_bytes(card), self.settings.memory_bytes))
    }

    fn free_bytes(&self, card: usize) -> u64 {
        let used: u64 = self.processes(card).iter().map(|(_, bytes)| bytes).sum();
        self.settings.memory_bytes.saturating_sub(used)
    }

    /// Who holds memory on a card.
    pub fn processes(&self, card: usize) -> Vec<(u32, u64)> {
        lock(&self.cards[card].usage).processes()
    }

    /// Whether a card has fallen off the bus.
    pub fn is_lost(&self, card: usize) -> bool {
        lock(&self.cards[card].usage).is_lost()
    }

    fn note(&self, card: usize) {
        let of = &self.cards[card];
        let held = self.settings.context_bytes + of.allocated.load(Ordering::SeqCst);
        lock(&of.usage).note(Some(held));
    }
}
