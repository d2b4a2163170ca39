//! A device: its context, the kernels, one piece of memory, and launches. All that is not safe in this package's use of CUDA
//! is in this file and in the probe.

use std::ops::Range;
use std::panic::catch_unwind;
use std::sync::Arc;

use bytemuck::Pod;
use cudarc::driver::sys::CUfunction_attribute;
use cudarc::driver::{
    CudaContext, CudaFunction, CudaModule, CudaSlice, CudaStream, DeviceRepr, DriverError, LaunchConfig, PushKernelArg,
    result, sys,
};
use cudarc::nvrtc::Ptx;

use super::tables::Block;
use crate::engine::DeviceError;
use crate::gpu_probe::{has_driver, spelled};

/// Threads of a block: one warp, one individual.
const LANES: u32 = 32;

/// What a kernel is given, as bytes.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Raw<T>(T);

#[expect(unsafe_code, reason = "what a launch may be given is for its caller to say")]
// SAFETY: plain old data is all there is in it, and a kernel gets a copy.
unsafe impl<T: Pod> DeviceRepr for Raw<T> {}

/// A device of this machine that this process works on.
pub struct Device {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    /// What is loaded in place of the kernels that there are.
    kernels: Option<String>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Device({})", self.context.ordinal())
    }
}

/// Says what could not be done.
fn failed_to(what: &str) -> impl Fn(DriverError) -> DeviceError + '_ {
    move |error| {
        let named = |text: Result<&std::ffi::CStr, DriverError>| text.map(|text| text.to_string_lossy().into_owned());
        let name = named(error.error_name()).unwrap_or_else(|_| format!("{error:?}"));
        DeviceError::new(format!("{what}: {name} ({})", named(error.error_string()).unwrap_or_default()))
    }
}

impl Device {
    /// Opens the device with that id, or the first one.
    ///
    /// # Errors
    /// When there is no driver, or no such device.
    pub fn open(id: Option<&str>) -> Result<Self, DeviceError> {
        if !has_driver() {
            return Err(DeviceError::new("find libcuda: no driver of a GPU is installed"));
        }
        let id = id.map(str::to_owned);
        // A driver too old lacks functions, which the library that calls them learns by panicking.
        catch_unwind(move || Self::opened(id.as_deref()))
            .unwrap_or_else(|_| Err(DeviceError::new("open the device: its driver lacks a function that is needed")))
    }

    /// The same device, which runs kernels of the caller's in place of those that there are.
    #[must_use]
    pub fn with_kernels(self, kernels: String) -> Self {
        Self { kernels: Some(kernels), ..self }
    }

    fn opened(id: Option<&str>) -> Result<Self, DeviceError> {
        let ordinal = ordinal_of(id)?;
        let context = CudaContext::new(ordinal).map_err(failed_to("make a context on the device"))?;
        context.set_blocking_synchronize().map_err(failed_to("set up the context"))?;
        #[expect(unsafe_code, reason = "the library can be told not to order what one stream orders")]
        // SAFETY: there is one stream, and all memory is used on it alone.
        unsafe {
            context.disable_event_tracking();
        }
        let stream = context.default_stream();
        Ok(Self { context, stream, kernels: None })
    }

    /// The most shared memory of a block, in bytes.
    pub(super) fn shared_most(&self) -> Result<usize, DeviceError> {
        let most = sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
        Ok(self.context.attribute(most).map_err(failed_to("ask the device for its shared memory"))? as usize)
    }

    /// Gives the kernels to the device.
    pub(super) fn load(&self, kernels: &str) -> Result<Module, DeviceError> {
        let text = self.kernels.as_deref().unwrap_or(kernels);
        Ok(Module(self.context.load_module(Ptx::from_src(text)).map_err(failed_to("load the kernels"))?))
    }

    /// How many blocks of a kernel run on the device at once.
    pub(super) fn resident(&self, kernel: &Kernel) -> Result<usize, DeviceError> {
        let count = sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
        let processors = self.context.attribute(count).map_err(failed_to("count multiprocessors"))?;
        let each = kernel.function.occupancy_max_active_blocks_per_multiprocessor(LANES, kernel.shared as usize, None);
        Ok(processors as usize * each.map_err(failed_to("count the blocks of a multiprocessor"))? as usize)
    }

    /// Free and total memory in bytes.
    pub(super) fn memory(&self) -> Result<(usize, usize), DeviceError> {
        self.context.mem_get_info().map_err(failed_to("ask the device for its memory"))
    }

    /// Takes one piece of memory.
    pub(super) fn allocate(&self, bytes: usize) -> Result<Memory, DeviceError> {
        let what = format!("take {bytes} bytes of the device");
        let slice = self.stream.alloc_zeros::<u8>(bytes).map_err(failed_to(&what))?;
        let begin = address(&slice, &self.stream);
        Ok(Memory { slice, begin })
    }

    /// Copies to the device.
    pub(super) fn write<T: Pod>(&self, memory: &mut Memory, to: &Range<usize>, items: &[T]) -> Result<(), DeviceError> {
        let bytes: &[u8] = bytemuck::cast_slice(items);
        if bytes.is_empty() {
            return Ok(());
        }
        let mut part = memory.slice.slice_mut(to.start..to.start + bytes.len());
        self.stream.memcpy_htod(bytes, &mut part).map_err(failed_to("copy to the device"))
    }

    /// Copies from the device, from the beginning of a range on.
    pub(super) fn read<T: Pod>(
        &self,
        memory: &Memory,
        from: &Range<usize>,
        items: &mut [T],
    ) -> Result<(), DeviceError> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(items);
        let part = memory.slice.slice(from.start..from.start + bytes.len());
        self.stream.memcpy_dtoh(&part, bytes).map_err(failed_to("copy from the device"))?;
        self.wait()
    }

    /// Starts `blocks` warps of a kernel.
    pub(super) fn launch<T: Pod>(
        &self,
        kernel: &Kernel,
        blocks: usize,
        block: &Block,
        given: &T,
    ) -> Result<(), DeviceError> {
        if blocks == 0 {
            return Ok(());
        }
        let shape =
            LaunchConfig { grid_dim: (blocks as u32, 1, 1), block_dim: (LANES, 1, 1), shared_mem_bytes: kernel.shared };
        let (block, given) = (Raw(*block), Raw(*given));
        let mut builder = self.stream.launch_builder(&kernel.function);
        builder.arg(&block).arg(&given);
        #[expect(unsafe_code, reason = "a kernel may do anything with its arguments")]
        // SAFETY: every kernel takes these two by value. It reads and writes device memory by their addresses, which are all of
        // the one piece that this process owns there; it cannot reach the memory of the processor.
        let started = unsafe { builder.launch(shape) };
        started.map(|_| ()).map_err(failed_to(&format!("launch {}", kernel.name)))
    }

    /// Waits for all that was started.
    pub(super) fn wait(&self) -> Result<(), DeviceError> {
        self.stream.synchronize().map_err(failed_to("wait for the device"))
    }
}

fn ordinal_of(id: Option<&str>) -> Result<usize, DeviceError> {
    result::init().map_err(failed_to("start the driver"))?;
    let count = result::device::get_count().map_err(failed_to("count the devices"))?;
    let is_it = |ordinal: &i32| {
        let found = result::device::get(*ordinal).and_then(result::device::get_uuid).map(spelled);
        id.is_none_or(|id| found.is_ok_and(|found| found == id))
    };
    let found = (0..count).find(is_it).map(|ordinal| ordinal as usize);
    found.ok_or_else(|| DeviceError::new(format!("find the device {}: {count} others are there", id.unwrap_or("0"))))
}

fn address(slice: &CudaSlice<u8>, stream: &Arc<CudaStream>) -> u64 {
    use cudarc::driver::DevicePtr;
    slice.device_ptr(stream).0
}

/// Kernels that a device has.
pub(super) struct Module(Arc<CudaModule>);

impl Module {
    /// The kernel of that name, to be launched with `shared` bytes of shared memory for each block.
    pub(super) fn kernel(&self, name: &str, shared: usize) -> Result<Kernel, DeviceError> {
        let function = self.0.load_function(name).map_err(failed_to(name))?;
        if shared > 0 {
            let most = CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            function.set_attribute(most, shared as i32).map_err(failed_to(name))?;
        }
        Ok(Kernel { name: name.to_owned(), function, shared: shared as u32 })
    }
}

/// A kernel and the shared memory of its blocks.
pub(super) struct Kernel {
    name: String,
    function: CudaFunction,
    shared: u32,
}

/// A piece of device memory.
pub(super) struct Memory {
    slice: CudaSlice<u8>,
    begin: u64,
}

impl Memory {
    /// The address of a part of it.
    pub(super) fn at(&self, part: &Range<usize>) -> u64 {
        self.begin + part.start as u64
    }
}
