//! Names that people chose, as names of files and parts of identifiers: no two become the same, and none leads anywhere.

use std::fmt::Write as _;

use xxhash_rust::xxh3::xxh3_64;

/// A longer name is cut in the name of its file, and told apart by its sum.
const NAME_BYTES_MAX: usize = 120;

/// The name of the file of `name`. Letters of any script, digits, `-` and `_` stay, and so does a point that is not in front;
/// every other byte is `~` and its two hexadecimal digits.
pub(super) fn file_name(name: &str) -> String {
    let mut safe = encoded(name, |character| character.is_alphanumeric() || "-_.".contains(character));
    if safe.starts_with('.') {
        safe.replace_range(..1, "~2E");
    }
    if safe.is_empty() || safe.len() > NAME_BYTES_MAX {
        safe.truncate(safe.floor_char_boundary(NAME_BYTES_MAX));
        let _ = write!(safe, "~~{:016x}", xxh3_64(name.as_bytes()));
    }
    safe + ".ics"
}

/// A part of an identifier: nothing in it but letters and digits of ASCII, `-`, `_`, `.` and `~`.
pub(super) fn identifier(name: &str) -> String {
    encoded(name, |character| character.is_ascii_alphanumeric() || "-_.".contains(character))
}

fn encoded(name: &str, stays: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(name.len());
    for character in name.chars() {
        if stays(character) {
            safe.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                let _ = write!(safe, "~{byte:02X}");
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_of_a_file_leads_nowhere_and_is_nobody_elses() {
        assert_eq!(file_name("../x"), "~2E.~2Fx.ics");
        assert_eq!(file_name("Müller, A."), "Müller~2C~20A..ics");
        assert_eq!(identifier("Müller/1"), "M~C3~BCller~2F1");
        let long = "é".repeat(300);
        let others = [long.clone() + "a", long + "b"];
        let names = ["", ".", "..", "a/b", "a_b", "a~2Fb", "a~b", "A", "a", "a\0b", "a\\b", "a b"];
        let names: Vec<&str> = names.into_iter().chain(others.iter().map(String::as_str)).collect();
        let files: BTreeSet<String> = names.iter().map(|name| file_name(name)).collect();
        assert_eq!(files.len(), names.len(), "{files:?}");
        assert!(
            files.iter().all(|file| !file.starts_with('.') && !file.contains(['/', '\0', '\\']) && file.len() < 160)
        );
    }
}
