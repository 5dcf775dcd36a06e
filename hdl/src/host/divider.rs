//! Clocks per bit of the serial line.

use crate::width::address_width;
use spinwright_contract::config::Timing;

/// How many clocks a bit on the serial line lasts: clock_hz / baud, rounded to nearest, at least 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UartDivider {
    clocks: u64,
}

impl UartDivider {
    /// Fewest clocks per bit with which the receiver still finds the middle of a bit.
    pub const LEAST: u64 = 4;

    /// The divider for a machine's clock and baud rate.
    pub fn of(timing: Timing) -> Self {
        Self::clocks_per_bit(((timing.clock_hz + timing.baud / 2) / timing.baud).max(Self::LEAST))
    }

    /// A divider of so many clocks; panics below [`Self::LEAST`].
    pub fn clocks_per_bit(clocks: u64) -> Self {
        assert!(clocks >= Self::LEAST, "{clocks} clocks per bit; at least {} are needed", Self::LEAST);
        Self { clocks }
    }

    /// Clocks per bit.
    pub fn clocks(self) -> u64 {
        self.clocks
    }

    /// Clocks per character: start bit, eight data bits, stop bit.
    pub fn clocks_per_character(self) -> u64 {
        10 * self.clocks
    }

    /// Bits of a timer that counts down from `clocks() - 1`.
    pub(super) fn timer_bits(self) -> usize {
        address_width(self.clocks as usize)
    }
}
