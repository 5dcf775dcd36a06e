//! From a host's spin index to replica and slot.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Divides index = replica * slots + slot, one bit of the replica per clock; a new index may enter at every clock.
///
/// `slots` is no power of two in general, hence a small pipelined division by a constant.
#[derive(LogicBlock)]
pub struct SpinAddress {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// replica * slots + slot.
    pub index: Bus<In>,
    /// Replica, [`SpinAddress::stages`] clocks later.
    pub replica: Bus<Out>,
    /// Slot, in the same clock.
    pub slot: Bus<Out>,
    rest: Vec<Register>,
    quotient: Vec<Register>,
    multiple: Vec<Const>,
    bit: Vec<Const>,
    stages: Size,
    _stages: usize,
    _slot_width: usize,
}

impl SpinAddress {
    /// For `replicas` replicas of `slots` slots.
    pub fn new(replicas: usize, slots: usize) -> Self {
        let replica_width = address_width(replicas);
        let stages = replica_width;
        let index_width = address_width((slots << replica_width).max(2));
        // Stage i decides bit stages - 1 - i of the replica.
        let place = |i: usize| stages - 1 - i;
        Self {
            clock: Default::default(),
            index: Bus::unsigned(index_width),
            replica: Bus::unsigned(replica_width),
            slot: Bus::unsigned(address_width(slots)),
            rest: (0..=stages).map(|_| Register::unsigned(index_width)).collect(),
            quotient: (0..=stages).map(|_| Register::unsigned(replica_width)).collect(),
            multiple: (0..stages).map(|i| Const::unsigned(index_width, (slots << place(i)) as u64)).collect(),
            bit: (0..stages).map(|i| Const::unsigned(replica_width, 1 << place(i))).collect(),
            stages: Size::new(stages),
            _stages: stages,
            _slot_width: address_width(slots),
        }
    }

    /// Clocks from index to replica and slot.
    pub fn stages(replicas: usize) -> usize {
        address_width(replicas) + 1
    }
}

impl Logic for SpinAddress {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module spin_address: Replica and slot of a spin index.");
        self.rest[0].clock.next = self.clock.val();
        self.rest[0].d.next = self.index.val();
        self.quotient[0].clock.next = self.clock.val();
        self.quotient[0].d.next = 0.into();
        for i in 0..self._stages {
            self.rest[i + 1].clock.next = self.clock.val();
            self.quotient[i + 1].clock.next = self.clock.val();
            self.rest[i + 1].d.next = self.rest[i].q.val();
            self.quotient[i + 1].d.next = self.quotient[i].q.val();
            if self.rest[i].q.val() >= self.multiple[i].val() {
                self.rest[i + 1].d.next = self.rest[i].q.val() - self.multiple[i].val();
                self.quotient[i + 1].d.next = self.quotient[i].q.val() | self.bit[i].val();
            }
        }
        self.replica.next = self.quotient[self.stages * 1].q.val();
        self.slot.next = unsigned_cast_to(self.rest[self.stages * 1].q.val(), self._slot_width);
    }
}
crate::clocked!(SpinAddress);
crate::cell_ports!(SpinAddress, clock, [index], [replica, slot]);
