//! The p-bit of a wired lane: half a table, one comparator for both signs.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Settles one p-bit per clock: up exactly when `draw < threshold[field]`.
///
/// threshold(-f) = 2^B - threshold(f), so only thresholds of fields from 0 on are stored. For a negative field, draw < 2^B - T is
/// the same as not (~draw < T): the draw's bits and the result are inverted.
///
/// Clock 0: `look_up` with field and table. Clock 1: `start`, `draw`, and the sign of the field again. Clock 2: `settled`.
#[derive(LogicBlock)]
pub struct HalfPBit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reads the table at this edge.
    pub look_up: Signal<In, Bit>,
    /// Coupling bank.
    pub bank: Bus<In>,
    /// Table.
    pub choice: Bus<In>,
    /// Magnitude of the saturated field.
    pub magnitude: Bus<In>,
    /// One clock after `look_up`: the field was negative.
    pub negative: Signal<In, Bit>,
    /// Up when the draw is below one half: the random start.
    pub start: Signal<In, Bit>,
    /// The lane's draw.
    pub draw: Bus<In>,
    /// The new spin, before any clamp.
    pub settled: Signal<Out, Bit>,
    /// Writes one threshold; never in the bank that is read.
    pub write: Signal<In, Bit>,
    /// Coupling bank to write.
    pub write_bank: Bus<In>,
    /// table * 2^(F-1) + field, fields from 0 on.
    pub write_index: Bus<In>,
    /// The threshold, 0 to 2^B.
    pub write_data: Bus<In>,
    memory: SyncRam,
    settled_held: BitRegister,
    flip: Bus<Local>,
    compared: Bus<Local>,
    difference: Bus<Local>,
    bank_place: Size,
    choice_place: Size,
    draw_width: Size,
    draw_top: Size,
    all_ones: Const,
    upper_one: Const,
    _address_width: usize,
    _sum_width: usize,
    _threshold_width: usize,
}

impl HalfPBit {
    /// `banks` banks of `tables` tables for fields of `field_bits` and draws of `draw_bits`.
    pub fn new(banks: usize, tables: usize, field_bits: usize, draw_bits: usize) -> Self {
        let (bits, choice_width) = (field_bits - 1, address_width(tables));
        let index_width = if tables == 1 { bits } else { choice_width + bits };
        let depth = ((banks - 1) << index_width) + (tables << bits);
        let memory = SyncRam::new(draw_bits + 1, depth);
        Self {
            clock: Default::default(),
            look_up: Default::default(),
            bank: Bus::unsigned(address_width(banks)),
            choice: Bus::unsigned(choice_width),
            magnitude: Bus::unsigned(bits),
            negative: Default::default(),
            start: Default::default(),
            draw: Bus::unsigned(draw_bits),
            settled: Default::default(),
            write: Default::default(),
            write_bank: Bus::unsigned(address_width(banks)),
            write_index: Bus::unsigned(index_width),
            write_data: Bus::unsigned(draw_bits + 1),
            settled_held: Default::default(),
            flip: Bus::unsigned(draw_bits),
            compared: Bus::unsigned(draw_bits + 2),
            difference: Bus::unsigned(draw_bits + 2),
            bank_place: Size::new(index_width),
            choice_place: Size::new(bits),
            draw_width: Size::new(draw_bits),
            draw_top: Size::new(draw_bits - 1),
            all_ones: Const::unsigned(draw_bits, (1 << draw_bits) - 1),
            upper_one: Const::unsigned(draw_bits + 2, 1 << draw_bits),
            _address_width: memory.read_address.width(),
            _sum_width: draw_bits + 2,
            _threshold_width: draw_bits + 1,
            memory,
        }
    }
}

impl Logic for HalfPBit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module half_p_bit: Half a table, comparator for both signs.");
        dff_setup!(self, clock, settled_held);
        clock!(self, clock, memory);
        self.memory.read_enable.next = self.look_up.val();
        // One table has no bit in the address: `choice` is 0 then.
        self.memory.read_address.next = (bit_cast_to(self.bank.val(), self._address_width)
            << (self.bank_place * 1))
            | (bit_cast_to(self.choice.val(), self._address_width) << (self.choice_place * 1))
            | bit_cast_to(self.magnitude.val(), self._address_width);
        self.memory.write_enable.next = self.write.val();
        self.memory.write_address.next = (bit_cast_to(self.write_bank.val(), self._address_width)
            << (self.bank_place * 1))
            | bit_cast_to(self.write_index.val(), self._address_width);
        self.memory.write_data.next = self.write_data.val();
        // x < T as the carry of T + ~x, where x is the draw, or ~draw for a negative field.
        self.flip.next = self.all_ones.val();
        if self.negative.val() {
            self.flip.next = 0.into();
        }
        self.compared.next =
            bit_cast_to(self.draw.val() ^ self.flip.val(), self._sum_width) | self.upper_one.val();
        self.difference.next =
            bit_cast_to(self.memory.read_data.val(), self._sum_width) + self.compared.val();
        self.settled_held.d.next = self.difference.val().get_bit(self.draw_width + 1) ^ self.negative.val();
        if self.start.val() {
            self.settled_held.d.next = !self.draw.val().get_bit(self.draw_top * 1);
        }
        self.settled.next = self.settled_held.q.val();
    }
}
crate::clocked!(HalfPBit);
crate::cell_ports!(
    HalfPBit,
    clock,
    [look_up, bank, choice, magnitude, negative, start, draw, write, write_bank, write_index, write_data],
    [settled]
);
