//! An instance on a device, before there is a population: its tables and kernels are chosen, and how many individuals are worth
//! having there.

use search::{Landscape, Spot, Thresholds};

use super::arena::Arena;
use super::device::{Device, Kernel};
use super::tables::Compiled;
use super::{CudaEngine, FIRST_LAUNCH};
use crate::engine::DeviceError;

/// The kernels for one shape of state.
pub(super) struct Kernels {
    pub(super) anneal: Kernel,
    pub(super) eval: Kernel,
    pub(super) cross: Kernel,
    pub(super) lend: Kernel,
    pub(super) gather: Kernel,
    pub(super) best: Kernel,
}

impl Kernels {
    fn new(device: &Device, compiled: &Compiled) -> Result<Self, DeviceError> {
        let shape = compiled.shape;
        let module = device.load(shape.ptx)?;
        let shared = if shape.is_shared { compiled.stride } else { 0 };
        let of_shape = |name: &str, shared: usize| module.kernel(&format!("{name}_{}", shape.name), shared);
        Ok(Self {
            anneal: of_shape("anneal", shared)?,
            eval: of_shape("eval", shared)?,
            cross: of_shape("cross", shared)?,
            lend: of_shape("lend", 0)?,
            gather: of_shape("gather", 0)?,
            best: of_shape("best", 0)?,
        })
    }
}

/// An instance on a device, before there is a population.
pub struct Site<'g, L: Landscape> {
    landscape: &'g L,
    device: Device,
    compiled: Compiled,
    kernels: Kernels,
    resident: usize,
}

impl<L: Landscape> std::fmt::Debug for Site<'_, L> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (shape, stride) = (self.compiled.shape.name, self.compiled.stride);
        write!(out, "Site({shape}, {stride} bytes each, {} at once)", self.resident)
    }
}

impl<'g, L: Landscape> Site<'g, L> {
    /// Compiles an instance for a device.
    ///
    /// # Errors
    /// When no kernels suit the instance, or the device does not take them, or does not answer.
    pub fn new(landscape: &'g L, device: Device) -> Result<Self, DeviceError> {
        let compiled = Compiled::new(landscape.form(), device.shared_most()?)
            .ok_or_else(|| DeviceError::new("find kernels for an instance with such numbers"))?;
        let kernels = Kernels::new(&device, &compiled)?;
        let resident = device.resident(&kernels.anneal)?;
        Ok(Self { landscape, device, compiled, kernels, resident })
    }

    /// Whether an individual lies in a multiprocessor's own memory while it is annealed.
    pub fn is_close(&self) -> bool {
        self.compiled.shape.is_shared
    }

    /// Individuals that are annealed at once.
    pub fn resident(&self) -> usize {
        self.resident
    }

    /// As many of `wanted` individuals as fit into `cap` bytes of the device's memory; none where not even one does.
    pub fn fitting(&self, wanted: usize, cap: usize) -> usize {
        Arena::fitting(&self.compiled, Thresholds::COUNT, wanted, cap)
    }

    /// Free and total memory of the device, in bytes.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn memory(&self) -> Result<(usize, usize), DeviceError> {
        self.device.memory()
    }

    /// A population of `size` copies of `start`.
    ///
    /// # Errors
    /// When the device has not enough memory, or does not answer.
    pub fn populate(self, start: &[Spot], size: usize, seed: u64) -> Result<CudaEngine<'g, L>, DeviceError> {
        let arena = Arena::new(&self.compiled, Thresholds::COUNT, size);
        let Self { landscape, device, compiled, kernels, .. } = self;
        let mut memory = device.allocate(arena.bytes())?;
        device.write(&mut memory, &arena.tables, &compiled.tables)?;
        let block = compiled.block.with_tables(memory.at(&arena.tables));
        let best = ((0, 0), start.to_vec());
        let mut engine = CudaEngine {
            landscape,
            device,
            kernels,
            memory,
            arena,
            block,
            seed,
            size,
            limits: None,
            piece: FIRST_LAUNCH,
            best,
            best_of: 0,
            dropped: None,
        };
        engine.begin(start)?;
        Ok(engine)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::super::{campus, competition};

    /// A source with what it includes in its place: what kernels/compile.py sums.
    fn whole(folder: &Path, name: &str) -> String {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let line = |line: &str| {
            let included = line.strip_prefix("#include \"").and_then(|rest| rest.split('"').next());
            included.map_or_else(|| line.to_owned(), |name| whole(folder, name))
        };
        text.split_inclusive('\n').map(line).collect()
    }

    #[test]
    fn the_kernels_are_those_of_their_sources() {
        use std::io::Write;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels");
        for (source, ptx) in [("competition.cu", competition::PTX), ("campus.cu", campus::PTX)] {
            let head = ptx.lines().next().unwrap();
            let mut sum = Command::new("sha256sum")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("sha256sum starts");
            sum.stdin.take().unwrap().write_all(whole(&folder, source).as_bytes()).unwrap();
            let summed = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap();
            let expected = format!("sha256={}", summed.split_whitespace().next().unwrap());
            assert!(head.contains(&expected), "{head}: not {expected}: run kernels/compile.py");
        }
    }
}
