//! Which table a replica uses.

use super::sequencer::BLOCK_BITS;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// The table select of every replica; gives the table's number among both colors' tables.
///
/// A few bits per replica, LUT RAM (registers on iCE40) with a combinational read behind one register.
#[derive(LogicBlock)]
pub struct TableSelect {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Writes one select.
    pub write: Signal<In, Bit>,
    /// Of this replica.
    pub write_replica: Bus<In>,
    /// A select that no table has is stored as 0.
    pub write_data: Bus<In>,
    /// Replica of the update.
    pub replica: Bus<In>,
    /// Color of the update: 0 hidden, 1 output.
    pub color: Signal<In, Bit>,
    /// Block of the update.
    pub block: Bus<In>,
    /// (2 * block + color) * tables + select, one clock later.
    pub choice: Bus<Out>,
    selects: AsyncRam,
    chosen: Register,
    wide: Bus<Local>,
    first: Bus<Local>,
    block_number: Vec<Const>,
    block_first: Vec<Const>,
    tables: Const,
    limit: Const,
    _width: usize,
    _later_blocks: usize,
    _choice_width: usize,
}

impl TableSelect {
    /// For `replicas` replicas and `tables` tables per block and color.
    pub fn new(replicas: usize, tables: usize, blocks: usize) -> Self {
        let (width, choice_width) = (address_width(tables), address_width(2 * tables * blocks));
        Self {
            clock: Default::default(),
            write: Default::default(),
            write_replica: Bus::unsigned(address_width(replicas)),
            write_data: Bus::unsigned(32),
            replica: Bus::unsigned(address_width(replicas)),
            color: Default::default(),
            block: Bus::unsigned(BLOCK_BITS),
            choice: Bus::unsigned(choice_width),
            selects: AsyncRam::new(width, replicas),
            chosen: Register::unsigned(choice_width),
            wide: Bus::unsigned(choice_width),
            first: Bus::unsigned(choice_width),
            block_number: (1..blocks).map(|b| Const::unsigned(BLOCK_BITS, b as u64)).collect(),
            block_first: (1..blocks)
                .map(|b| Const::unsigned(choice_width, (2 * b * tables) as u64))
                .collect(),
            tables: Const::unsigned(choice_width, tables as u64),
            limit: Const::unsigned(32, tables as u64),
            _width: width,
            _later_blocks: blocks - 1,
            _choice_width: choice_width,
        }
    }
}

impl Logic for TableSelect {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module table_select: Table of every replica.");
        dff_setup!(self, clock, chosen);
        clock!(self, clock, selects);
        self.selects.write_enable.next = self.write.val();
        self.selects.write_address.next = self.write_replica.val();
        self.selects.write_data.next = 0.into();
        if self.write_data.val() < self.limit.val() {
            self.selects.write_data.next = unsigned_cast_to(self.write_data.val(), self._width);
        }
        self.selects.read_address.next = self.replica.val();
        self.wide.next = unsigned_cast_to(self.selects.read_data.val(), self._choice_width);
        self.first.next = self.wide.val();
        for b in 0..self._later_blocks {
            if self.block.val() == self.block_number[b].val() {
                self.first.next = self.wide.val() + self.block_first[b].val();
            }
        }
        self.chosen.d.next = self.first.val();
        if self.color.val() {
            self.chosen.d.next = self.first.val() + self.tables.val();
        }
        self.choice.next = self.chosen.q.val();
    }
}
crate::clocked!(TableSelect);
crate::cell_ports!(TableSelect, clock, [write, write_replica, write_data, replica, color, block], [choice]);
