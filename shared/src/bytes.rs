//! Amounts of memory, as people write them.

use std::fmt;
use std::str::FromStr;

/// A number of bytes. `256M` and `256MiB` both mean 256 × 2^20; it is shown in MiB, written `MB` as the run's story does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

impl Bytes {
    /// `count` × 2^20 bytes.
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// The amount in MiB, with a fraction.
    pub fn as_mib(self) -> f64 {
        self.0 as f64 / f64::from(1 << 20)
    }

    /// `per_cent` hundredths of this amount, rounded down.
    pub fn percent(self, per_cent: u64) -> Self {
        Self((u128::from(self.0) * u128::from(per_cent) / 100) as u64)
    }

    /// This amount less `other`, never below zero.
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::ops::Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), |sum, amount| sum + amount)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.1}MB", self.as_mib())
    }
}

/// Why a text is not an amount of memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a size: write a number and a unit, such as 256M, 1.5G or 800MiB")]
pub struct BytesError(String);

impl FromStr for Bytes {
    type Err = BytesError;

    /// Reads `1024`, `64k`, `256M`, `256MiB`, `1.5G`, `2T`; units are binary and case does not matter.
    fn from_str(text: &str) -> Result<Self, BytesError> {
        let wrong = || BytesError(text.to_owned());
        let trimmed = text.trim();
        let end = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(end);
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let shift = match unit.trim().to_ascii_lowercase().trim_end_matches("ib").trim_end_matches('b') {
            "" => 0,
            "k" => 10,
            "m" => 20,
            "g" => 30,
            "t" => 40,
            _ => return Err(wrong()),
        };
        let bytes = number * (1_u64 << shift) as f64;
        if bytes.is_finite() && bytes < 2_f64.powi(60) { Ok(Self(bytes as u64)) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary_with_or_without_ib() {
        for (text, bytes) in
            [("256M", 256 << 20), ("256MiB", 256 << 20), ("1.5g", 3 << 29), ("17", 17), ("64 kB", 65536)]
        {
            assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "M", "-1M", "1X", "1e400G", "12 monkeys"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }
}
