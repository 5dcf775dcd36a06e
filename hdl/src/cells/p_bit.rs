//! The p-bit itself: table, comparator, clamp.

use super::threshold_table::ThresholdTable;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Settles one p-bit per clock: up exactly when `draw < threshold[field]`; a clamped p-bit takes its clamp value.
///
/// With B-bit draws and thresholds T up to 2^B, draw < T exactly when bit B of T + ~draw is set, ~draw = 2^B - 1 - draw.
///
/// Clock 0: `look_up` with field and table. Clock 1: `start`, `draw`, `clamped`, `clamp_value`. Clock 2: `spin`.
#[derive(LogicBlock)]
pub struct PBit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reads the table at this edge.
    pub look_up: Signal<In, Bit>,
    /// Active coupling bank.
    pub bank: Bus<In>,
    /// (2 * block + color) * tables + table select.
    pub choice: Bus<In>,
    /// The saturated field.
    pub field: Bus<In>,
    /// Compare with one half instead of the table: the random start.
    pub start: Signal<In, Bit>,
    /// The lane's draw.
    pub draw: Bus<In>,
    /// The p-bit is clamped.
    pub clamped: Signal<In, Bit>,
    /// To this value.
    pub clamp_value: Signal<In, Bit>,
    /// Writes one threshold.
    pub table_write: Signal<In, Bit>,
    /// Coupling bank to write.
    pub table_write_bank: Bus<In>,
    /// Index within the bank, in load-stream order.
    pub table_write_index: Bus<In>,
    /// The threshold, 0 to 2^B (contract, section 4); what the p-bit does with more is not said.
    pub table_write_data: Bus<In>,
    /// The new spin.
    pub spin: Signal<Out, Bit>,
    thresholds: ThresholdTable,
    settled: BitRegister,
    forced: BitRegister,
    forced_value: BitRegister,
    difference: Bus<Local>,
    inverted: Bus<Local>,
    all_ones: Const,
    draw_width: Size,
    draw_top: Size,
    _threshold_width: usize,
}

impl PBit {
    /// See [`ThresholdTable::new`].
    pub fn new(banks: usize, tables: usize, field_bits: usize, draw_bits: usize) -> Self {
        let thresholds = ThresholdTable::new(banks, tables, field_bits, draw_bits);
        Self {
            clock: Default::default(),
            look_up: Default::default(),
            bank: Bus::like(&thresholds.bank),
            choice: Bus::like(&thresholds.choice),
            field: Bus::signed(field_bits),
            start: Default::default(),
            draw: Bus::unsigned(draw_bits),
            clamped: Default::default(),
            clamp_value: Default::default(),
            table_write: Default::default(),
            table_write_bank: Bus::like(&thresholds.bank),
            table_write_index: Bus::like(&thresholds.write_index),
            table_write_data: Bus::unsigned(draw_bits + 1),
            spin: Default::default(),
            thresholds,
            settled: Default::default(),
            forced: Default::default(),
            forced_value: Default::default(),
            difference: Bus::unsigned(draw_bits + 1),
            inverted: Bus::unsigned(draw_bits),
            all_ones: Const::unsigned(draw_bits, (1 << draw_bits) - 1),
            draw_width: Size::new(draw_bits),
            draw_top: Size::new(draw_bits - 1),
            _threshold_width: draw_bits + 1,
        }
    }
}

impl Logic for PBit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module p_bit: Table, comparator and clamp of one lane.");
        dff_setup!(self, clock, settled, forced, forced_value);
        clock!(self, clock, thresholds);
        self.thresholds.read.next = self.look_up.val();
        self.thresholds.bank.next = self.bank.val();
        self.thresholds.choice.next = self.choice.val();
        self.thresholds.field.next = self.field.val();
        self.thresholds.write.next = self.table_write.val();
        self.thresholds.write_bank.next = self.table_write_bank.val();
        self.thresholds.write_index.next = self.table_write_index.val();
        self.thresholds.write_data.next = self.table_write_data.val();
        // draw < threshold, as the sum's upper bit. The threshold comes late out of its memory: what overrules the comparison does so
        // behind the register. One half is the draw's upper bit.
        self.inverted.next = self.draw.val() ^ self.all_ones.val();
        self.difference.next =
            self.thresholds.threshold.val() + bit_cast_to(self.inverted.val(), self._threshold_width);
        self.settled.d.next = self.difference.val().get_bit(self.draw_width * 1);
        self.forced.d.next = self.start.val() | self.clamped.val();
        self.forced_value.d.next = !self.draw.val().get_bit(self.draw_top * 1);
        if self.clamped.val() {
            self.forced_value.d.next = self.clamp_value.val();
        }
        self.spin.next = self.settled.q.val();
        if self.forced.q.val() {
            self.spin.next = self.forced_value.q.val();
        }
    }
}
crate::clocked!(PBit);
crate::cell_ports!(
    PBit,
    clock,
    [
        look_up,
        bank,
        choice,
        field,
        start,
        draw,
        clamped,
        clamp_value,
        table_write,
        table_write_bank,
        table_write_index,
        table_write_data
    ],
    [spin]
);
