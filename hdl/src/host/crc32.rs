//! The reflected CRC-32 of frames and uploads, one byte per clock.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// The polynomial 0x04c11db7 with its bits reversed (contract section 8).
const POLYNOMIAL: u64 = 0xedb8_8320;

/// Remainder after a message followed by its own CRC, least significant byte first: a constant of the polynomial.
pub const RESIDUE: u64 = 0xdebb_20e3;

/// CRC-32 over bytes, least significant bit first. `remainder` starts at all ones and is not yet inverted:
/// the CRC of the bytes so far is its complement.
///
/// Feeding `remainder`'s own lowest byte shifts it right by eight bits; the responder sends its CRC that way.
#[derive(LogicBlock)]
pub struct Crc32 {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Starts a new message; wins over `enable`.
    pub clear: Signal<In, Bit>,
    /// Takes `data` into the remainder.
    pub enable: Signal<In, Bit>,
    /// The byte, 8 bits.
    pub data: Bus<In>,
    /// Remainder of the bytes taken, 32 bits, not inverted.
    pub remainder: Bus<Out>,
    register: Register,
    stage: Vec<Bus<Local>>,
    all_ones: Const,
    polynomial: Const,
    _bits: usize,
}

impl Default for Crc32 {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            clear: Default::default(),
            enable: Default::default(),
            data: Bus::unsigned(8),
            remainder: Bus::unsigned(32),
            register: Register::unsigned(32).starting_at(0xffff_ffff),
            stage: (0..9).map(|_| Bus::unsigned(32)).collect(),
            all_ones: Const::unsigned(32, 0xffff_ffff),
            polynomial: Const::unsigned(32, POLYNOMIAL),
            _bits: 8,
        }
    }
}

impl Logic for Crc32 {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module crc32: CRC-32, one byte per clock.");
        dff_setup!(self, clock, register);
        self.stage[0].next = self.register.q.val() ^ bit_cast_to(self.data.val(), 32);
        for i in 0..self._bits {
            self.stage[i + 1].next = self.stage[i].val() >> 1;
            if self.stage[i].val().get_bit(0) {
                self.stage[i + 1].next = (self.stage[i].val() >> 1) ^ self.polynomial.val();
            }
        }
        if self.enable.val() {
            self.register.d.next = self.stage[8].val();
        }
        if self.clear.val() {
            self.register.d.next = self.all_ones.val();
        }
        self.remainder.next = self.register.q.val();
    }
}
crate::clocked!(Crc32);
crate::cell_ports!(Crc32, clock, [clear, enable, data], [remainder]);
