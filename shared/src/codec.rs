//! The one place that knows bincode.
//!
//! bincode 2.0.1 is pinned and unmaintained (RUSTSEC-2025-0141): it carries only small typed records (messages, header
//! notes, journal records), and never decodes without a limit, because a corrupted length would otherwise be allocated.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};

/// The most bytes one coded record may have.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;

/// For a derive outside of this crate, which has to say where the coder is: `#[bincode(crate = "shared::codec::bincode")]`.
pub use bincode;
pub use bincode::{Decode, Encode};

/// Why a record could not be coded.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The value does not fit the record limit, or the encoder refused it.
    #[error("encode a record of at most {RECORD_BYTES_MAX} bytes: {0}")]
    Encode(String),
    /// The bytes are not such a record.
    #[error("decode a record: {0}")]
    Decode(String),
}

const fn layout() -> Configuration<LittleEndian, Fixint, Limit<RECORD_BYTES_MAX>> {
    bincode::config::standard().with_fixed_int_encoding().with_limit::<RECORD_BYTES_MAX>()
}

/// The bytes of `value`.
///
/// # Errors
/// When the record would be longer than [`RECORD_BYTES_MAX`].
pub fn encode<T: Encode>(value: &T) -> Result<Vec<u8>, CodecError> {
    let bytes = bincode::encode_to_vec(value, layout()).map_err(|error| CodecError::Encode(error.to_string()))?;
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(CodecError::Encode(format!("{} bytes", bytes.len())));
    }
    Ok(bytes)
}

/// The value that `bytes` hold; every byte must belong to it.
///
/// # Errors
/// When the bytes are not exactly one such record.
pub fn decode<T: Decode<()>>(bytes: &[u8]) -> Result<T, CodecError> {
    match bincode::decode_from_slice(bytes, layout()) {
        Ok((value, used)) if used == bytes.len() => Ok(value),
        Ok((_, used)) => Err(CodecError::Decode(format!("{} bytes behind the record", bytes.len() - used))),
        Err(error) => Err(CodecError::Decode(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_length_is_refused_without_allocating() {
        let hostile = u64::MAX.to_le_bytes();
        assert!(decode::<Vec<u64>>(&hostile).is_err());
        assert!(decode::<String>(&hostile).is_err());
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut bytes = encode(&7_u32).unwrap();
        assert_eq!(decode::<u32>(&bytes).unwrap(), 7);
        bytes.push(0);
        assert!(decode::<u32>(&bytes).is_err());
    }
}
