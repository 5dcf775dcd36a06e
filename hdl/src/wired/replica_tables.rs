//! Which table a replica uses in a sweep.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// The table select of every replica; with the sweep's scheduled table it gives the table of an update (contract section 14).
///
/// A few bits per replica, LUT RAM (registers on iCE40) with a combinational read; sum and limit before one register.
#[derive(LogicBlock)]
pub struct ReplicaTables {
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
    /// Scheduled table of its sweep.
    pub scheduled: Bus<In>,
    /// min(select + scheduled, tables - 1), one clock later.
    pub choice: Bus<Out>,
    selects: AsyncRam,
    chosen: Register,
    sum: Bus<Local>,
    limit: Const,
    last: Const,
    _bits: usize,
    _sum_bits: usize,
}

impl ReplicaTables {
    /// For `replicas` replicas and `tables` tables.
    pub fn new(replicas: usize, tables: usize) -> Self {
        let bits = address_width(tables);
        Self {
            clock: Default::default(),
            write: Default::default(),
            write_replica: Bus::unsigned(address_width(replicas)),
            write_data: Bus::unsigned(32),
            replica: Bus::unsigned(address_width(replicas)),
            scheduled: Bus::unsigned(bits),
            choice: Bus::unsigned(bits),
            selects: AsyncRam::new(bits, replicas),
            chosen: Register::unsigned(bits),
            sum: Bus::unsigned(bits + 1),
            limit: Const::unsigned(32, tables as u64),
            last: Const::unsigned(bits + 1, tables as u64 - 1),
            _bits: bits,
            _sum_bits: bits + 1,
        }
    }
}

impl Logic for ReplicaTables {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module replica_tables: Table of a replica in a sweep.");
        dff_setup!(self, clock, chosen);
        clock!(self, clock, selects);
        self.selects.write_enable.next = self.write.val();
        self.selects.write_address.next = self.write_replica.val();
        self.selects.write_data.next = 0.into();
        if self.write_data.val() < self.limit.val() {
            self.selects.write_data.next = unsigned_cast_to(self.write_data.val(), self._bits);
        }
        self.selects.read_address.next = self.replica.val();
        self.sum.next = bit_cast_to(self.selects.read_data.val(), self._sum_bits)
            + bit_cast_to(self.scheduled.val(), self._sum_bits);
        self.chosen.d.next = unsigned_cast_to(self.sum.val(), self._bits);
        if self.sum.val() > self.last.val() {
            self.chosen.d.next = unsigned_cast_to(self.last.val(), self._bits);
        }
        self.choice.next = self.chosen.q.val();
    }
}
crate::clocked!(ReplicaTables);
crate::cell_ports!(ReplicaTables, clock, [write, write_replica, write_data, replica, scheduled], [choice]);
