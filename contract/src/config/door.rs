//! Checks that the doors of all kinds of machines share.

use super::{RandomSource, Timing};
use crate::CONTRACT_VERSION;
use crate::generator::{LFSR_MAX_DRAW_BITS, XOSHIRO_MAX_DRAW_BITS};
use crate::problem::Problem;

/// Refuses a file for another contract version.
pub(crate) fn contract_version(contract: u32) -> Result<(), Problem> {
    if contract == CONTRACT_VERSION {
        return Ok(());
    }
    Err(Problem::new(
        "the file is for another contract version",
        "key `contract`",
        format!("it says {contract}, this program implements {CONTRACT_VERSION}"),
        format!("write the file again for contract {CONTRACT_VERSION} (see CHANGELOG.md for what changed)"),
    ))
}

/// Refuses a draw width that the source does not have.
pub(crate) fn draw_bits(bits: u32, source: RandomSource) -> Result<(), Problem> {
    let max = match source {
        RandomSource::Lfsr64 => LFSR_MAX_DRAW_BITS,
        RandomSource::Xoshiro128PlusPlus => XOSHIRO_MAX_DRAW_BITS,
    };
    range("draw_bits", bits.into(), 8, max.into())
}

/// Refuses clocks and stages out of range.
pub(crate) fn timing(timing: &Timing) -> Result<(), Problem> {
    range("timing.tree_levels_per_stage", timing.tree_levels_per_stage as u64, 1, 8)?;
    range("timing.clock_hz", timing.clock_hz, 1_000, 1_000_000_000)?;
    range("timing.baud", timing.baud, 300, timing.clock_hz / 4)
}

/// Refuses a number that is not `min` to `max`.
pub(crate) fn range(key: &str, value: u64, min: u64, max: u64) -> Result<(), Problem> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(Problem::new(
        format!("{key} is out of range"),
        format!("key `{key}`"),
        format!("{value} was given, {min} to {max} are possible"),
        format!("choose {key} between {min} and {max}"),
    ))
}

/// Refuses what cannot name Verilog modules.
pub(crate) fn machine_name(name: &str) -> Result<(), Problem> {
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    let rest = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if first && rest && name.len() <= 40 {
        return Ok(());
    }
    Err(Problem::new(
        "the machine's name cannot name Verilog modules",
        "key `name`",
        format!("{name:?} is not a lowercase letter followed by at most 39 lowercase letters, digits and _"),
        "choose a name such as mnist_dense",
    ))
}
