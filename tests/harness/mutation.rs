//! Seeded damage to a text: what editors, transfers and tired people do to a file.

/// A small generator of our own (`SplitMix64`: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014),
/// so that a seed means the same damage for ever.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The generator with that seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) % end.max(1) as u64) as usize
    }
}

/// `text` with one to five pieces of damage.
pub(crate) fn damaged(text: &[u8], seed: u64) -> Vec<u8> {
    let mut chance = Chance::new(seed);
    let mut bytes = text.to_vec();
    for _ in 0..[1, 1, 2, 5][chance.below(4)] {
        damage(&mut bytes, &mut chance);
        if bytes.is_empty() {
            bytes.push(b'\n');
        }
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) {
    const STRANGERS: [&[u8]; 6] = [b"-1", b"99999999999999999999", b" ", b"\n", b"\xff\xfe", b"END."];
    let at = chance.below(bytes.len());
    let end = (at + 1 + chance.below(40)).min(bytes.len());
    match chance.below(6) {
        0 => bytes[at] = chance.below(256) as u8,
        1 => drop(bytes.drain(at..end)),
        2 => {
            let again = bytes[at..end].to_vec();
            drop(bytes.splice(at..at, again));
        }
        3 => bytes.truncate(at),
        4 => drop(bytes.splice(at..at, STRANGERS[chance.below(STRANGERS.len())].iter().copied())),
        _ => *bytes = shuffled_lines(bytes, chance),
    }
}

fn shuffled_lines(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    for last in (1..lines.len()).rev() {
        lines.swap(last, chance.below(last + 1));
    }
    lines.join(&b'\n')
}
