//! The registers, names and labels of a kernel while its text is read.

use std::collections::HashMap;

use super::module::Variable;
use crate::code::{Instruction, Place, Preset, Register, Width};

/// Where generic addresses of shared memory begin.
pub(crate) const SHARED_WINDOW: u64 = 1 << 56;

/// Where generic addresses of a lane's own memory begin.
pub(crate) const LOCAL_WINDOW: u64 = 2 << 56;

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    Register(Place),
    Flag(Register),
    /// In the space where it was declared.
    Address(u64),
}

/// Everything about a kernel that is not its launch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assembler {
    /// The innermost last.
    scopes: Vec<HashMap<String, Name>>,
    presets: HashMap<(Width, Preset), Register>,
    shorts: u32,
    words: u32,
    longs: u32,
    flags: u32,
    always: Option<Register>,
    pub(crate) shared_bytes: u64,
    /// Its name and alignment.
    dynamic_shared: Option<(String, u64)>,
    pub(crate) local_bytes: u64,
    pub(crate) parameters: Vec<(u32, u32)>,
    pub(crate) code: Vec<Instruction>,
    pub(crate) labels: HashMap<String, u32>,
    /// Labels that instructions name, by the number that stands for them until all are known.
    pub(crate) wanted: Vec<(String, u32)>,
    /// Tables of labels.
    pub(crate) tables: HashMap<String, Vec<String>>,
    pub(crate) wanted_tables: Vec<(String, u32)>,
}

impl Assembler {
    pub(crate) fn open_scope(&mut self) {
        self.scopes.push(HashMap::new());
    }

    pub(crate) fn close_scope(&mut self) {
        self.scopes.pop();
    }

    pub(crate) fn name(&mut self, name: String, meaning: Name) {
        if self.scopes.is_empty() {
            self.open_scope();
        }
        self.scopes.last_mut().expect("there is one").insert(name, meaning);
    }

    pub(crate) fn find(&mut self, name: &str) -> Option<Name> {
        if self.dynamic_shared.as_ref().is_some_and(|(dynamic, _)| dynamic == name) {
            return Some(Name::Address(self.dynamic_shared_at()));
        }
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).copied()
    }

    /// Where the memory begins whose size the launch decides: behind everything else.
    pub(crate) fn dynamic_shared_at(&self) -> u64 {
        let alignment = self.dynamic_shared.as_ref().map_or(1, |(_, alignment)| *alignment);
        self.shared_bytes.next_multiple_of(alignment.max(16))
    }

    pub(crate) fn declare_shared(&mut self, variable: &Variable) {
        let Some(bytes) = variable.bytes else {
            self.dynamic_shared = Some((variable.name.clone(), variable.alignment));
            return;
        };
        let at = self.shared_bytes.next_multiple_of(variable.alignment);
        self.shared_bytes = at + bytes;
        self.name(variable.name.clone(), Name::Address(at));
    }

    pub(crate) fn declare_local(&mut self, variable: &Variable) {
        let at = self.local_bytes.next_multiple_of(variable.alignment);
        self.local_bytes = at + variable.bytes.unwrap_or(0);
        self.name(variable.name.clone(), Name::Address(at));
    }

    pub(crate) fn declare_parameter(&mut self, name: String, alignment: u64, bytes: u64) {
        let end = self.parameters.last().map_or(0, |(at, bytes)| u64::from(at + bytes));
        let at = end.next_multiple_of(alignment);
        self.parameters.push((at as u32, bytes as u32));
        self.name(name, Name::Address(at));
    }

    pub(crate) fn new_register(&mut self, width: Width) -> Place {
        let count = match width {
            Width::Short => &mut self.shorts,
            Width::Word => &mut self.words,
            Width::Long => &mut self.longs,
        };
        *count += 1;
        Place { width, index: (*count - 1) as Register }
    }

    pub(crate) fn new_flag(&mut self) -> Register {
        self.flags += 1;
        (self.flags - 1) as Register
    }

    /// A register that holds this from the beginning.
    pub(crate) fn preset(&mut self, width: Width, preset: Preset) -> Register {
        if let Some(register) = self.presets.get(&(width, preset)) {
            return *register;
        }
        let register = self.new_register(width).index;
        self.presets.insert((width, preset), register);
        register
    }

    /// The flag that is always set.
    pub(crate) fn always(&mut self) -> Register {
        if self.always.is_none() {
            self.always = Some(self.new_flag());
        }
        self.always.expect("it was just made")
    }

    pub(crate) fn presets(&self) -> Vec<(Place, Preset)> {
        let mut presets: Vec<_> =
            self.presets.iter().map(|(&(width, preset), &index)| (Place { width, index }, preset)).collect();
        presets.sort_by_key(|(place, _)| (place.width as u8, place.index));
        presets
    }

    pub(crate) fn set_flags(&self) -> Vec<Register> {
        self.always.into_iter().collect()
    }

    /// How many registers each file has: shorts, words, longs, flags.
    pub(crate) fn registers(&self) -> [u32; 4] {
        [self.shorts, self.words, self.longs, self.flags]
    }
}
