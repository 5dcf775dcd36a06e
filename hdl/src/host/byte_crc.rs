//! The CRC of characters, eight clocks each.

use super::Crc32;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// CRC-32 over bytes: feeds [`Crc32`] bit by bit. A byte must not come while `busy`; characters of a serial line are further apart.
///
/// Feeding `remainder`'s own lowest byte shifts it right by eight bits; the responder sends its CRC that way.
#[derive(LogicBlock)]
pub struct ByteCrc {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Starts a new message; wins over `enable`.
    pub clear: Signal<In, Bit>,
    /// Takes `data`.
    pub enable: Signal<In, Bit>,
    /// The byte, 8 bits.
    pub data: Bus<In>,
    /// A byte is still being summed.
    pub busy: Signal<Out, Bit>,
    /// Remainder of the bytes taken, 32 bits, not inverted; final while not `busy`.
    pub remainder: Bus<Out>,
    crc: Crc32,
    rest: Register,
    upper: Bus<Local>,
    marker: Const,
}

impl Default for ByteCrc {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            clear: Default::default(),
            enable: Default::default(),
            data: Bus::unsigned(8),
            busy: Default::default(),
            remainder: Bus::unsigned(32),
            crc: Default::default(),
            rest: Register::unsigned(9),
            upper: Bus::unsigned(9),
            marker: Const::unsigned(9, 0x100),
        }
    }
}

impl Logic for ByteCrc {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module byte_crc: CRC-32 of bytes, eight clocks each.");
        dff_setup!(self, clock, rest);
        clock!(self, clock, crc);
        // The highest one that is set marks the end: alone in bit 0, nothing is left.
        self.upper.next = self.rest.q.val() >> 1;
        self.busy.next = self.upper.val().any();
        self.crc.clear.next = self.clear.val();
        self.crc.enable.next = self.upper.val().any();
        self.crc.data.next = self.rest.q.val().get_bit(0);
        self.rest.d.next = self.upper.val();
        if self.enable.val() {
            self.rest.d.next = self.marker.val() | bit_cast_to(self.data.val(), 9);
        }
        if self.clear.val() {
            self.rest.d.next = 0.into();
        }
        self.remainder.next = self.crc.remainder.val();
    }
}
crate::clocked!(ByteCrc);
crate::cell_ports!(ByteCrc, clock, [clear, enable, data], [busy, remainder]);
