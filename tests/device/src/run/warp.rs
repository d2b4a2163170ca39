//! A warp: up to 32 lanes, each of which may be at another place of the code.
//!
//! Lanes at the same place run together, as a group. Without dice the group that is furthest behind goes on, until it has
//! caught up with the next: so lanes that parted meet again as soon as they can, which is what a compiler for such a
//! machine hopes for. With dice any group goes on, for any while, and groups fall apart for no reason: all of this may
//! happen on a card since Volta, and a kernel that is right only in the first order is wrong.

use super::access::{self, Lanes};
use super::files::{Files, LANES, each};
use super::world::World;
use super::{numbers, together};
use crate::code::{Kernel, Meeting, Op};
use crate::fault::{FaultKind, Wrong};

/// The longest turn of a group that the dice have chosen.
const TURN_MAX: usize = 48;

/// One in so many turns tears a group apart.
const ONE_OF_TURNS_TEARS: usize = 3;

/// Lanes at the same place.
#[derive(Clone, Copy, Debug)]
struct Group {
    at: u32,
    lanes: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    /// Waits at its instruction for the other lanes of these.
    Meeting(u32),
    /// Waits for the whole block at this barrier.
    AtBarrier(u32),
}

#[derive(Debug)]
pub(crate) struct Warp {
    pub(crate) files: Files,
    own: Lanes,
    groups: Vec<Group>,
    /// The lanes that have not ended.
    live: u32,
}

/// How a group's turn ends.
enum Turn {
    /// It may go on at another time.
    Over,
    /// Lanes wait or have ended: others that wait for them may go on now.
    Changed,
}

impl Warp {
    pub(crate) fn new(files: Files, first: u32, lanes: u32, local_bytes: usize, begin: u64) -> Self {
        let own = Lanes { first, epochs: [begin; LANES], local: vec![0xCD; local_bytes * LANES] };
        Self { files, own, groups: vec![Group { at: 0, lanes, state: State::Ready }], live: lanes }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.live == 0
    }

    /// The barrier of the block at which all lanes wait that have not ended; an error says where one does not.
    pub(crate) fn barrier(&self) -> Result<Option<u32>, Wrong> {
        let mut barrier = None;
        for group in &self.groups {
            let why = match group.state {
                State::AtBarrier(number) if barrier.is_none_or(|other| other == number) => {
                    barrier = Some(number);
                    continue;
                }
                State::AtBarrier(_) => "lanes wait at different barriers of their block".to_owned(),
                State::Meeting(members) => {
                    let missing = members & self.live & !group.lanes;
                    format!("lanes {:#010x} wait for lanes {missing:#010x}, which wait elsewhere", group.lanes)
                }
                State::Ready => "lanes are ready and do not go on".to_owned(),
            };
            let mut wrong = Wrong::new(FaultKind::Deadlock, group.lanes.trailing_zeros(), why);
            wrong.at = Some(group.at);
            return Err(wrong);
        }
        Ok(barrier)
    }

    /// Lets all go on that wait for the block.
    pub(crate) fn pass_barrier(&mut self, epoch: u64) {
        self.own.epochs = [epoch; LANES];
        for group in &mut self.groups {
            group.state = State::Ready;
            group.at += 1;
        }
    }

    /// Runs until each lane waits for the block or has ended, or none can go on.
    pub(crate) fn run(&mut self, kernel: &Kernel, world: &mut World<'_>, most: u64) -> Result<(), (Wrong, u32)> {
        while let Some((index, limit, turn)) = self.next(world) {
            let turn = turn.min(most.saturating_sub(world.work.instructions));
            if turn == 0 {
                let wrong =
                    Wrong::new(FaultKind::Endless, 0, "the block has run for as long as anything takes that ends");
                return Err((wrong, self.groups[index].at));
            }
            match self.turn(kernel, world, index, limit, turn) {
                Ok(Turn::Over) => {}
                Ok(Turn::Changed) => self.settle(kernel, world),
                Err((wrong, at)) => return Err((wrong, at)),
            }
        }
        Ok(())
    }

    /// The group that goes on, up to which place, and for how long.
    fn next(&mut self, world: &mut World<'_>) -> Option<(usize, u32, u64)> {
        let is_ready = |group: &Group| group.state == State::Ready;
        let Some(dice) = &mut world.dice else {
            let ready = self.groups.iter().enumerate().filter(|(_, group)| is_ready(group));
            let (index, _) = ready.min_by_key(|(_, group)| group.at)?;
            let index = self.gathered(index);
            let others = self.groups.iter().enumerate().filter(|(other, group)| *other != index && is_ready(group));
            return Some((index, others.map(|(_, group)| group.at).min().unwrap_or(u32::MAX), u64::MAX));
        };
        let ready = self.groups.iter().filter(|group| is_ready(group)).count();
        let chosen = dice.below(ready.max(1));
        let index = (0..self.groups.len()).filter(|index| is_ready(&self.groups[*index])).nth(chosen)?;
        let index = self.gathered(index);
        let group = self.groups[index];
        let part = dice.roll() as u32 & group.lanes;
        if dice.below(ONE_OF_TURNS_TEARS) == 0 && part != 0 && part != group.lanes {
            self.groups[index].lanes = part;
            self.groups.push(Group { lanes: group.lanes & !part, ..group });
        }
        Some((index, u32::MAX, 1 + dice.below(TURN_MAX) as u64))
    }

    /// Makes one group of this one and those that are ready at the same place; where it is then.
    fn gathered(&mut self, index: usize) -> usize {
        let Group { at, .. } = self.groups[index];
        let mut index = index;
        let mut other = 0;
        while other < self.groups.len() {
            let Group { at: place, lanes, state } = self.groups[other];
            if other == index || place != at || state != State::Ready {
                other += 1;
                continue;
            }
            self.groups[index].lanes |= lanes;
            self.groups.swap_remove(other);
            // What was the last one is now where the other one was.
            if index == self.groups.len() {
                index = other;
            }
        }
        index
    }

    /// Runs a group until it has caught up, has run for long enough, waits, parts, or ends.
    fn turn(
        &mut self,
        kernel: &Kernel,
        world: &mut World<'_>,
        index: usize,
        limit: u32,
        mut turn: u64,
    ) -> Result<Turn, (Wrong, u32)> {
        let Group { mut at, lanes, .. } = self.groups[index];
        loop {
            let instruction = &kernel.code[at as usize];
            world.work.instructions += 1;
            let active = instruction.guard.map_or(lanes, |guard| self.files.flagged(guard, lanes));
            let failed = |wrong: Wrong| (wrong, at);
            let next = match &instruction.op {
                Op::Branch { to } if active == lanes => *to,
                _ if active == 0 => at + 1,
                Op::Branch { to } => return Ok(self.part(index, at + 1, &[(*to, active)])),
                Op::Switch { table, index: by } => {
                    let ways = self.ways(&kernel.tables[*table as usize], *by, active).map_err(failed)?;
                    return Ok(self.part(index, at + 1, &ways));
                }
                Op::Exit => {
                    self.live &= !active;
                    self.part(index, at + 1, &[]);
                    self.groups[index].lanes &= !active;
                    self.groups.retain(|group| group.lanes != 0);
                    return Ok(Turn::Changed);
                }
                Op::Meet { meeting, members } => {
                    let members = self.members(*members, active).map_err(failed)?;
                    if active != lanes || active != members & self.live {
                        self.wait(index, at, active, State::Meeting(members));
                        return Ok(Turn::Changed);
                    }
                    self.meet(meeting, world, active);
                    at + 1
                }
                Op::BlockBarrier { barrier } => {
                    let barrier = self.files.words[usize::from(*barrier)][active.trailing_zeros() as usize];
                    self.wait(index, at, active, State::AtBarrier(barrier));
                    return Ok(Turn::Changed);
                }
                Op::Trap => {
                    let lane = active.trailing_zeros();
                    return Err((Wrong::new(FaultKind::Trap, lane, "the kernel has given up"), at));
                }
                op => {
                    self.simple(op, world, active).map_err(failed)?;
                    at + 1
                }
            };
            at = next;
            turn -= 1;
            if at >= limit || turn == 0 {
                self.groups[index].at = at;
                return Ok(Turn::Over);
            }
        }
    }

    fn simple(&mut self, op: &Op, world: &mut World<'_>, active: u32) -> Result<(), Wrong> {
        match op {
            Op::Active { to } => {
                for lane in each(active) {
                    self.files.words[usize::from(*to)][lane] = active;
                }
                Ok(())
            }
            Op::Load { .. } | Op::Store { .. } | Op::Atomic { .. } => {
                access::run(&mut self.files, &mut self.own, world, op, active)
            }
            _ => {
                numbers::run(&mut self.files, op, active);
                Ok(())
            }
        }
    }

    /// Sends lanes of a group where they go, and leaves the others at `rest`.
    fn part(&mut self, index: usize, rest: u32, ways: &[(u32, u32)]) -> Turn {
        let gone = ways.iter().fold(0, |gone, (_, lanes)| gone | lanes);
        self.groups[index].at = rest;
        self.groups[index].lanes &= !gone;
        self.groups.extend(ways.iter().map(|(at, lanes)| Group { at: *at, lanes: *lanes, state: State::Ready }));
        self.groups.retain(|group| group.lanes != 0);
        Turn::Over
    }

    /// Where a table sends each lane.
    fn ways(&self, table: &[u32], by: u16, active: u32) -> Result<Vec<(u32, u32)>, Wrong> {
        let mut ways: Vec<(u32, u32)> = Vec::new();
        for lane in each(active) {
            let entry = self.files.words[usize::from(by)][lane] as usize;
            let outside =
                || Wrong::new(FaultKind::IllegalAddress, lane as u32, format!("the table has no entry {entry}"));
            let to = *table.get(entry).ok_or_else(outside)?;
            match ways.iter_mut().find(|(at, _)| *at == to) {
                Some((_, lanes)) => *lanes |= 1 << lane,
                None => ways.push((to, 1 << lane)),
            }
        }
        Ok(ways)
    }

    /// Who is to take part, on which all lanes have to agree.
    fn members(&self, register: u16, active: u32) -> Result<u32, Wrong> {
        let members = &self.files.words[usize::from(register)];
        let first = members[active.trailing_zeros() as usize];
        let stranger = each(active).find(|lane| members[*lane] != first || first >> lane & 1 == 0);
        match stranger {
            None => Ok(first),
            Some(lane) => {
                let why = format!("it takes part with {:#010x} where others do with {first:#010x}", members[lane]);
                Err(Wrong::new(FaultKind::Divergent, lane as u32, why))
            }
        }
    }

    /// These lanes of a group wait where they are; the others pass by.
    fn wait(&mut self, index: usize, at: u32, lanes: u32, state: State) {
        self.part(index, at + 1, &[]);
        let rest = self.groups[index].lanes & !lanes;
        self.groups[index] = Group { at, lanes, state };
        if rest != 0 {
            self.groups.push(Group { at: at + 1, lanes: rest, state: State::Ready });
        }
    }

    /// Lets go on whose meeting is complete.
    fn settle(&mut self, kernel: &Kernel, world: &mut World<'_>) {
        let meeting_at = |at: u32| match &kernel.code[at as usize].op {
            Op::Meet { meeting, .. } => Some(*meeting),
            _ => None,
        };
        for index in 0..self.groups.len() {
            let Group { at, state: State::Meeting(members), .. } = self.groups[index] else { continue };
            let Some(meeting) = meeting_at(at) else { continue };
            let is_barrier = matches!(meeting, Meeting::Barrier);
            // Barriers may stand at different places; what exchanges numbers is one instruction for all.
            let takes_part = |group: &Group| {
                let is_here = group.at == at || (is_barrier && matches!(meeting_at(group.at), Some(Meeting::Barrier)));
                group.state == State::Meeting(members) && is_here
            };
            let arrived =
                self.groups.iter().filter(|group| takes_part(group)).fold(0, |lanes, group| lanes | group.lanes);
            if arrived != members & self.live {
                continue;
            }
            for group in self.groups.iter_mut().filter(|group| takes_part(group)) {
                *group = Group { at: group.at + 1, state: State::Ready, ..*group };
            }
            self.meet(&meeting, world, arrived);
        }
    }

    fn meet(&mut self, meeting: &Meeting, world: &mut World<'_>, lanes: u32) {
        if matches!(meeting, Meeting::Barrier) {
            let epoch = world.tick();
            for lane in each(lanes) {
                self.own.epochs[lane] = epoch;
            }
        } else {
            together::run(&mut self.files, meeting, lanes);
        }
    }
}
