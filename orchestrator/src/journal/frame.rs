//! The bytes of a journal. Pure: nothing is read or written here.

use shared::codec::{self, CodecError, RECORD_BYTES_MAX};

use super::{Entry, Record, Tail};

const MAGIC: [u8; 8] = *b"CARILJNL";
/// The version of the format that this program writes.
pub const FORMAT_VERSION: u16 = 2;
/// The oldest version that it reads.
const FORMAT_VERSION_OLDEST: u16 = 1;
pub(super) const HEADER_BYTES: usize = 16;
const FRAME_BYTES: usize = 24;

/// The first bytes of every journal.
pub(super) fn header() -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&MAGIC);
    header[8..10].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    let sum = crc32fast::hash(&header[..12]);
    header[12..].copy_from_slice(&sum.to_le_bytes());
    header
}

/// The bytes of one entry.
pub(super) fn frame(entry: &Entry) -> Result<Vec<u8>, CodecError> {
    let body = codec::encode(&entry.record)?;
    let mut frame = Vec::with_capacity(FRAME_BYTES + body.len());
    frame.extend_from_slice(&(body.len() as u32).to_le_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(&entry.sequence.to_le_bytes());
    frame.extend_from_slice(&entry.at_ms.to_le_bytes());
    frame.extend_from_slice(&body);
    let sum = sum_of(&frame);
    frame[4..8].copy_from_slice(&sum.to_le_bytes());
    Ok(frame)
}

/// The sum of a frame: of everything but the sum itself.
fn sum_of(frame: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&frame[8..]);
    sum.update(&frame[..4]);
    sum.finalize()
}

/// Checks the first bytes; says what is wrong.
pub(super) fn check_header(bytes: &[u8]) -> Result<(), String> {
    let Some(found) = bytes.first_chunk::<HEADER_BYTES>() else {
        return Err("it is too short for a journal".to_owned());
    };
    if found[..8] != MAGIC {
        return Err("it is no journal".to_owned());
    }
    if crc32fast::hash(&found[..12]).to_le_bytes() != found[12..] {
        return Err("its header is damaged".to_owned());
    }
    match u16::from_le_bytes([found[8], found[9]]) {
        FORMAT_VERSION_OLDEST..=FORMAT_VERSION => Ok(()),
        version => Err(format!("it is of format version {version}, this program knows {FORMAT_VERSION}")),
    }
}

/// All sound entries behind the header, how many bytes they and the header are, and what comes then.
pub(super) fn entries(bytes: &[u8]) -> (Vec<Entry>, usize, Tail) {
    let mut entries = Vec::new();
    let mut at = HEADER_BYTES;
    while at < bytes.len() {
        match next(&bytes[at..], entries.len() as u64) {
            Ok((entry, length)) => {
                entries.push(entry);
                at += length;
            }
            Err(why) => return (entries, at, Tail::Cut { at: at as u64, why }),
        }
    }
    (entries, at, Tail::Clean)
}

fn next(bytes: &[u8], sequence: u64) -> Result<(Entry, usize), &'static str> {
    let torn = "the last record is torn";
    let front = bytes.first_chunk::<FRAME_BYTES>().ok_or(torn)?;
    let four = |at: usize| u32::from_le_bytes([front[at], front[at + 1], front[at + 2], front[at + 3]]);
    let eight = |at: usize| u64::from(four(at)) | u64::from(four(at + 4)) << 32;
    let body = four(0) as usize;
    if body > RECORD_BYTES_MAX {
        return Err("a record has an impossible length");
    }
    let frame = bytes.get(..FRAME_BYTES + body).ok_or(torn)?;
    if sum_of(frame) != four(4) {
        return Err("a record is damaged");
    }
    if eight(8) != sequence {
        return Err("a record is missing or repeated");
    }
    let record: Record = codec::decode(&frame[FRAME_BYTES..]).map_err(|_| "a record is of an unknown kind")?;
    Ok((Entry { sequence, at_ms: eight(16), record }, frame.len()))
}
