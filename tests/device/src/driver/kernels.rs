//! Texts that were loaded, their kernels, and launches.

use std::process;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Answer, Code, Context, Driver, Planted, attributes, lock, tell};
use crate::code::Kernel;
use crate::ptx;
use crate::run::{self, Launch};

/// A kernel of a module, as a program holds it.
#[derive(Clone, Debug)]
pub(super) struct Function {
    card: usize,
    kernel: Arc<Kernel>,
    /// Shared memory that launches may ask for.
    shared_max: u32,
}

/// A launch as a program asks for it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Blocks.
    pub grid: [u32; 3],
    /// Threads of a block.
    pub block: [u32; 3],
    /// On top of what the kernel has.
    pub shared_bytes: u32,
}

impl Driver {
    /// Reads a text; the handle of what it holds.
    ///
    /// # Errors
    ///
    /// If it cannot be run.
    pub fn load(&self, card: usize, text: &str) -> Answer<usize> {
        self.synchronize(card)?;
        let mut context = lock(&self.cards[card].context);
        let Context { memory, modules } = &mut *context;
        let read = ptx::read(text, &mut |bytes, alignment| memory.place(bytes.to_vec(), alignment));
        let module = read.map_err(|refusal| {
            tell(&refusal.to_string());
            if refusal.is_too_new { Code::UNSUPPORTED_PTX_VERSION } else { Code::INVALID_PTX }
        })?;
        modules.push(Some(module));
        Ok(modules.len() - 1)
    }

    /// Forgets a text.
    ///
    /// # Errors
    ///
    /// If it is not known.
    pub fn unload(&self, card: usize, module: usize) -> Answer<()> {
        let mut context = lock(&self.cards[card].context);
        let slot = context.modules.get_mut(module).ok_or(Code::INVALID_HANDLE)?;
        let module = slot.take().ok_or(Code::INVALID_HANDLE)?;
        for (address, _) in module.variables.values() {
            context.memory.free(*address);
        }
        Ok(())
    }

    /// A kernel by its name; its handle.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn function(&self, card: usize, module: usize, name: &str) -> Answer<usize> {
        let context = lock(&self.cards[card].context);
        let module = context.modules.get(module).and_then(Option::as_ref).ok_or(Code::INVALID_HANDLE)?;
        let kernel = Arc::clone(module.kernels.get(name).ok_or(Code::NOT_FOUND)?);
        let shared_max = attributes::SHARED_PLAIN.saturating_sub(kernel.shared_bytes);
        let mut functions = lock(&self.functions);
        functions.push(Function { card, kernel, shared_max });
        Ok(functions.len() - 1)
    }

    /// A variable by its name: its address and size.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn variable(&self, card: usize, module: usize, name: &str) -> Answer<(u64, u64)> {
        let context = lock(&self.cards[card].context);
        let module = context.modules.get(module).and_then(Option::as_ref).ok_or(Code::INVALID_HANDLE)?;
        module.variables.get(name).copied().ok_or(Code::NOT_FOUND)
    }

    fn known(&self, function: usize) -> Answer<Function> {
        lock(&self.functions).get(function).cloned().ok_or(Code::INVALID_HANDLE)
    }

    /// An attribute of a kernel by its number.
    ///
    /// # Errors
    ///
    /// If the kernel is not known.
    pub fn function_attribute(&self, function: usize, attribute: u32) -> Answer<u32> {
        let Function { kernel, shared_max, .. } = self.known(function)?;
        Ok(attributes::of_function(&kernel, shared_max, attribute))
    }

    /// Sets one: how much shared memory launches may ask for; others change nothing.
    ///
    /// # Errors
    ///
    /// If it is more than there is.
    pub fn set_function_attribute(&self, function: usize, attribute: u32, value: u32) -> Answer<()> {
        let mut functions = lock(&self.functions);
        let function = functions.get_mut(function).ok_or(Code::INVALID_HANDLE)?;
        if attribute == 8 {
            if value + function.kernel.shared_bytes > self.settings.shared_max {
                return Err(Code::INVALID_VALUE);
            }
            function.shared_max = value;
        }
        Ok(())
    }

    /// How many blocks of a kernel run at once on a multiprocessor.
    ///
    /// # Errors
    ///
    /// If the kernel is not known.
    pub fn occupancy(&self, function: usize, threads: u32, shared_bytes: u32) -> Answer<u32> {
        let kernel = self.known(function)?.kernel;
        Ok(attributes::blocks_per_multiprocessor(&kernel, threads, shared_bytes))
    }

    /// Where each parameter of a kernel lies, and its size.
    ///
    /// # Errors
    ///
    /// If the kernel is not known.
    pub fn parameters(&self, function: usize) -> Answer<Vec<(u32, u32)>> {
        self.known(function).map(|function| function.kernel.parameters.clone())
    }

    /// Runs a kernel.
    ///
    /// # Errors
    ///
    /// If it cannot be started so. What goes wrong in it is said by later calls.
    pub fn launch(&self, function: usize, shape: Shape, parameters: Vec<u8>) -> Answer<()> {
        let Function { card, kernel, shared_max } = self.known(function)?;
        self.synchronize(card)?;
        let threads = shape.block.iter().map(|size| u64::from(*size)).product::<u64>();
        let is_empty = threads == 0 || shape.grid.contains(&0);
        if is_empty || threads > u64::from(kernel.threads_max.min(1024)) || shape.shared_bytes > shared_max {
            return Err(Code::INVALID_VALUE);
        }
        let nth = 1 + self.launches.fetch_add(1, Ordering::SeqCst);
        if self.fails(card, nth) {
            return Ok(());
        }
        let Shape { grid, block, shared_bytes } = shape;
        let seed = if self.settings.seed == 0 { 0 } else { self.settings.seed.wrapping_mul(0x1_0000_0001) ^ nth };
        let counts_wavefronts = self.settings.count.is_some();
        let instructions_max = self.settings.instructions_max;
        let launch = Launch {
            kernel: &kernel,
            grid,
            block,
            shared_bytes,
            parameters,
            seed,
            counts_wavefronts,
            instructions_max,
        };
        let outcome = run::launch(&launch, &mut lock(&self.cards[card].context).memory);
        match outcome {
            Ok(work) => lock(&self.counts).launched(&kernel.name, work),
            Err(fault) => {
                tell(&fault.to_string());
                self.breaks(card, Code::from(fault.kind));
            }
        }
        self.write_counts();
        Ok(())
    }

    /// Plays what a test has planted for this launch; whether that was all of it.
    fn fails(&self, card: usize, nth: u64) -> bool {
        let is_now = |fault: fn(u64) -> Planted| self.settings.has(fault(nth));
        if is_now(Planted::Crash) {
            process::abort();
        }
        if is_now(Planted::Hang) {
            self.cards[card].hangs.store(true, Ordering::SeqCst);
        } else if is_now(Planted::Lost) {
            lock(&self.cards[card].usage).lose();
            self.breaks(card, Code::UNKNOWN);
        } else if is_now(Planted::Launch) {
            self.breaks(card, Code::LAUNCH_FAILED);
        } else {
            return false;
        }
        true
    }

    fn breaks(&self, card: usize, code: Code) {
        self.cards[card].broken.store(code.0, Ordering::SeqCst);
    }
}
