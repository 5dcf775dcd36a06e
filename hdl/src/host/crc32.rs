//! The reflected CRC-32 of frames and uploads, one bit per clock.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// The polynomial 0x04c11db7 with its bits reversed (contract section 8).
const POLYNOMIAL: u64 = 0xedb8_8320;

/// Remainder after a message followed by its own CRC, least significant byte first: a constant of the polynomial.
pub const RESIDUE: u64 = 0xdebb_20e3;

/// CRC-32 over bits, of bytes least significant bit first. `remainder` starts at all ones and is not yet inverted:
/// the CRC of the bits so far is its complement.
#[derive(LogicBlock)]
pub struct Crc32 {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Starts a new message; wins over `enable`.
    pub clear: Signal<In, Bit>,
    /// Takes `data` into the remainder.
    pub enable: Signal<In, Bit>,
    /// The bit.
    pub data: Signal<In, Bit>,
    /// Remainder of the bits taken, 32 bits, not inverted.
    pub remainder: Bus<Out>,
    complement: Register,
    shifted: Bus<Local>,
    first: Const,
    polynomial: Const,
}

impl Default for Crc32 {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            clear: Default::default(),
            enable: Default::default(),
            data: Default::default(),
            remainder: Bus::unsigned(32),
            complement: Register::unsigned(32),
            first: Const::unsigned(32, 1 << 31),
            shifted: Bus::unsigned(32),
            polynomial: Const::unsigned(32, POLYNOMIAL),
        }
    }
}

impl Logic for Crc32 {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module crc32: CRC-32, one bit per clock.");
        dff_setup!(self, clock, complement);
        // Kept as its complement, which starts at 0 as flip-flops do.
        self.shifted.next = (self.complement.q.val() >> 1) | self.first.val();
        if self.enable.val() {
            self.complement.d.next = self.shifted.val();
            if self.complement.q.val().get_bit(0) == self.data.val() {
                self.complement.d.next = self.shifted.val() ^ self.polynomial.val();
            }
        }
        if self.clear.val() {
            self.complement.d.next = 0.into();
        }
        self.remainder.next = !self.complement.q.val();
    }
}
crate::clocked!(Crc32);
crate::cell_ports!(Crc32, clock, [clear, enable, data], [remainder]);
