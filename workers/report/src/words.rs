//! Figures in words, the same everywhere on the page.

use shared::bytes::Bytes;

/// `1 student`, `3 students`.
pub(crate) fn count(count: usize, what: &str) -> String {
    let number = grouped(count as u64);
    match what.strip_suffix("um") {
        _ if count == 1 => format!("{number} {what}"),
        Some(stem) => format!("{number} {stem}a"),
        None if what.ends_with("ss") => format!("{number} {what}es"),
        None => format!("{number} {what}s"),
    }
}

/// `12 345`, with spaces that do not break.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// `3.1 MB`, where MB is 2^20 bytes as everywhere in a run; `1.5 GB` from a thousand of them.
pub(crate) fn size(bytes: u64) -> String {
    let mib = Bytes(bytes).as_mib();
    if mib < 1000.0 { format!("{mib:.1}\u{a0}MB") } else { format!("{:.1}\u{a0}GB", mib / 1024.0) }
}

/// `0.12 s`, `12.3 s`, `3 min 05 s`, `2 h 03 min`.
pub(crate) fn time(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..10 => format!("{:.2}\u{a0}s", ms as f64 / 1e3),
        10..60 => format!("{:.1}\u{a0}s", ms as f64 / 1e3),
        60..3600 => format!("{}\u{a0}min {:02}\u{a0}s", seconds / 60, seconds % 60),
        _ => format!("{}\u{a0}h {:02}\u{a0}min", seconds / 3600, seconds / 60 % 60),
    }
}

/// `12.3 %`.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    let share = if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
    let digits = usize::from((0.05..9.95).contains(&share));
    format!("{share:.digits$}\u{a0}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        let plain = |text: String| text.replace(['\u{a0}', '\u{202f}'], " ");
        assert_eq!(
            ["class", "curriculum", "room"].map(|what| plain(count(2, what))),
            ["2 classes", "2 curricula", "2 rooms"]
        );
        assert_eq!(count(1, "curriculum"), "1 curriculum");
        assert_eq!([7, 1234, 1_234_567].map(|number| plain(grouped(number))), ["7", "1 234", "1 234 567"]);
        assert_eq!([3 << 20, 4096 << 20].map(|bytes| plain(size(bytes))), ["3.0 MB", "4.0 GB"]);
        assert_eq!(
            [123, 12_300, 185_000, 7_380_000].map(|ms| plain(time(ms))),
            ["0.12 s", "12.3 s", "3 min 05 s", "2 h 03 min"]
        );
        assert_eq!([(1.0, 8.0), (0.0, 0.0), (1.0, 16.0)].map(|(a, b)| plain(percent(a, b))), ["12 %", "0 %", "6.2 %"]);
    }
}
