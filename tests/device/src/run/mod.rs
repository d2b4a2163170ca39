//! Runs a launch: its blocks one after the other, the warps of each in turns.
//!
//! With a seed, dice choose the order of blocks, warps and lanes. The same seed gives the same order, and a kernel that is
//! right gives the same bytes for any.

use crate::code::{Kernel, Place, Preset, Special};
use crate::fault::{Fault, FaultKind, Wrong};
use crate::memory::{DeviceMemory, Region};

mod access;
mod files;
mod numbers;
mod together;
mod warp;
mod world;

use files::{ALL, Files, LANES};
use warp::Warp;
pub use world::Work;
use world::{Dice, World};

/// What shared memory holds that nobody has written to.
const POISON: u8 = 0xA5;

/// How a kernel is started.
#[derive(Debug)]
pub struct Launch<'a> {
    /// What is started.
    pub kernel: &'a Kernel,
    /// Blocks, along three axes.
    pub grid: [u32; 3],
    /// Threads of each block, along three axes.
    pub block: [u32; 3],
    /// Bytes of shared memory on top of what the kernel asks for by itself.
    pub shared_bytes: u32,
    /// As they lie in the parameter space.
    pub parameters: Vec<u8>,
    /// 0 for the order that never changes.
    pub seed: u64,
    /// Whether wavefronts are counted.
    pub counts_wavefronts: bool,
    /// Instructions of one block after which it is said never to end.
    pub instructions_max: u64,
}

/// Runs a launch to its end.
///
/// # Errors
///
/// If the kernel does what it must not do; memory is then as far as it had come.
pub fn launch(launch: &Launch<'_>, memory: &mut DeviceMemory) -> Result<Work, Fault> {
    memory.clock += 1;
    let kernel = launch.kernel;
    let begin = memory.clock;
    let mut world = World {
        memory,
        shared: Region::new(0, vec![0; (kernel.shared_bytes + launch.shared_bytes) as usize]),
        parameters: launch.parameters.clone(),
        local_bytes: kernel.local_bytes as usize,
        launch: begin,
        begin,
        barrier: begin,
        dice: (launch.seed != 0).then(|| Dice::new(launch.seed)),
        work: Work::default(),
        counts_wavefronts: launch.counts_wavefronts,
    };
    let mut blocks: Vec<u64> = (0..launch.grid.iter().map(|blocks| u64::from(*blocks)).product()).collect();
    if let Some(dice) = &mut world.dice {
        dice.shuffle(&mut blocks);
    }
    let templates: Vec<Files> = (0..warps(launch)).map(|warp| files_of(launch, warp)).collect();
    for block in blocks {
        run_block(launch, &mut world, &templates, block).map_err(|(wrong, warp, at)| Fault {
            kind: wrong.kind,
            kernel: kernel.name.clone(),
            line: kernel.code[wrong.at.unwrap_or(at) as usize].line,
            block,
            thread: warp * LANES as u32 + wrong.lane,
            why: wrong.why,
        })?;
    }
    Ok(world.work)
}

fn threads(launch: &Launch<'_>) -> u32 {
    launch.block.iter().product()
}

fn warps(launch: &Launch<'_>) -> u32 {
    threads(launch).div_ceil(LANES as u32)
}

/// Runs a block; what goes wrong comes with the warp and the place in the code.
fn run_block(
    launch: &Launch<'_>,
    world: &mut World<'_>,
    templates: &[Files],
    block: u64,
) -> Result<(), (Wrong, u32, u32)> {
    world.begin = world.tick();
    world.barrier = world.begin;
    world.shared.bytes.fill(POISON);
    let mut warps: Vec<(u32, Warp)> =
        templates.iter().zip(0..).map(|(files, index)| (index, start(launch, world, files, block, index))).collect();
    let limit = world.work.instructions + launch.instructions_max;
    loop {
        if let Some(dice) = &mut world.dice {
            dice.shuffle(&mut warps);
        }
        for (index, warp) in &mut warps {
            warp.run(launch.kernel, world, limit).map_err(|(wrong, at)| (wrong, *index, at))?;
        }
        warps.retain(|(_, warp)| !warp.is_done());
        if warps.is_empty() {
            return Ok(());
        }
        pass_barrier(world, &mut warps)?;
    }
}

/// Lets all go on if all wait at the same barrier: otherwise they would wait for ever.
fn pass_barrier(world: &mut World<'_>, warps: &mut [(u32, Warp)]) -> Result<(), (Wrong, u32, u32)> {
    let mut barriers = Vec::new();
    for (index, warp) in &*warps {
        barriers.push(warp.barrier().map_err(|wrong| (wrong, *index, 0))?);
    }
    if let Some(at) = barriers.iter().position(|barrier| *barrier != barriers[0]) {
        let why = "warps wait at different barriers of their block";
        return Err((Wrong::new(FaultKind::Deadlock, 0, why), warps[at].0, 0));
    }
    world.barrier = world.tick();
    for (_, warp) in warps {
        warp.pass_barrier(world.barrier);
    }
    Ok(())
}

fn start(launch: &Launch<'_>, world: &World<'_>, template: &Files, block: u64, index: u32) -> Warp {
    let lanes = (threads(launch) - index * LANES as u32).min(LANES as u32);
    let mut files = template.clone();
    for (place, preset) in &launch.kernel.presets {
        if let Preset::Special(Special::Block(axis)) = preset {
            let [x, y, _] = launch.grid.map(u64::from);
            let of_axis = [block % x, block / x % y, block / (x * y)][usize::from(*axis)];
            fill(&mut files, *place, |_| of_axis);
        }
    }
    Warp::new(files, index * LANES as u32, ALL >> (LANES as u32 - lanes), world.local_bytes, world.begin)
}

/// The registers of a warp before the first instruction, but for the number of its block.
fn files_of(launch: &Launch<'_>, warp: u32) -> Files {
    let kernel = launch.kernel;
    let mut files = Files::new(kernel);
    for flag in &kernel.set_flags {
        files.flags[usize::from(*flag)] = ALL;
    }
    let shared = u64::from(kernel.shared_bytes + launch.shared_bytes);
    let [x, y, _] = launch.block.map(u64::from);
    for (place, preset) in &kernel.presets {
        fill(&mut files, *place, |lane| {
            let thread = u64::from(warp) * LANES as u64 + lane;
            match *preset {
                Preset::Constant(number) => number,
                Preset::Special(special) => match special {
                    Special::Thread(axis) => [thread % x, thread / x % y, thread / (x * y)][usize::from(axis)],
                    Special::Block(_) => 0,
                    Special::BlockSize(axis) => u64::from(launch.block[usize::from(axis)]),
                    Special::GridSize(axis) => u64::from(launch.grid[usize::from(axis)]),
                    Special::Lane => lane,
                    Special::WarpInBlock => u64::from(warp),
                    Special::WarpsOfBlock => u64::from(warps(launch)),
                    Special::MaskEqual => 1 << lane,
                    Special::MaskLess => (1 << lane) - 1,
                    Special::MaskLessEqual => (2 << lane) - 1,
                    Special::MaskGreater => u64::from(ALL) & !((2 << lane) - 1),
                    Special::MaskGreaterEqual => u64::from(ALL) & !((1 << lane) - 1),
                    Special::DynamicSharedSize => u64::from(launch.shared_bytes),
                    Special::TotalSharedSize => shared,
                },
            }
        });
    }
    files
}

fn fill(files: &mut Files, place: Place, number: impl Fn(u64) -> u64) {
    for lane in 0..LANES {
        files.set(place, lane, number(lane as u64));
    }
}
