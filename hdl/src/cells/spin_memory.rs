//! The spins of every replica, read as source words and written as slots.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Spins in `tree_width / lanes` columns of `lanes` bits, addressed {replica, color, chunk}.
///
/// Source position p of a color (slot within the color times lanes, plus lane) stands in chunk p / tree_width, so a slot is one
/// column of one chunk: a whole source word is read at once, one slot is written at once. LUT RAM (registers on
/// iCE40) with a combinational read: reading and writing one word in the same clock would yield the old word everywhere,
/// and does not happen, because a color is read only after the pipeline has written what the read depends on.
#[derive(LogicBlock)]
pub struct SpinMemory {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Replica to read.
    pub replica: Bus<In>,
    /// Color to read: 0 hidden, 1 output.
    pub color: Signal<In, Bit>,
    /// Chunk to read.
    pub chunk: Bus<In>,
    /// The chunk's source spins, `lanes` per word, in the same clock.
    pub source: Vec<Bus<Out>>,
    /// Slot within the color to show as `slot_spins`.
    pub slot: Bus<In>,
    /// The column of `source` that holds `slot`, provided that `chunk` is that slot's.
    pub slot_spins: Bus<Out>,
    /// Chunk that holds `slot`.
    pub slot_chunk: Bus<Out>,
    /// Writes one slot.
    pub write: Signal<In, Bit>,
    /// Replica to write.
    pub write_replica: Bus<In>,
    /// Color to write.
    pub write_color: Signal<In, Bit>,
    /// Slot within the color to write.
    pub write_slot: Bus<In>,
    /// Its spins, one per lane.
    pub write_data: Bus<In>,
    memory: Vec<AsyncRam>,
    number: Vec<Const>,
    address: Bus<Local>,
    write_chunk: Bus<Local>,
    write_address: Bus<Local>,
    read_column: Bus<Local>,
    write_column: Bus<Local>,
    last_column: Const,
    column_width: Size,
    chunk_width: Size,
    color_place: Size,
    _columns: usize,
    _column_bits: usize,
    _chunk_width: usize,
    _address_width: usize,
}

impl SpinMemory {
    /// `replicas` replicas, at most `slots` slots and `chunks` chunks per color.
    pub fn new(replicas: usize, slots: usize, chunks: usize, lanes: usize, tree_width: usize) -> Self {
        let columns = tree_width / lanes;
        let (replica_width, chunk_width) = (address_width(replicas), address_width(chunks));
        let column_bits = address_width(columns);
        let address = replica_width + 1 + chunk_width;
        Self {
            clock: Default::default(),
            replica: Bus::unsigned(replica_width),
            color: Default::default(),
            chunk: Bus::unsigned(chunk_width),
            source: (0..columns).map(|_| Bus::unsigned(lanes)).collect(),
            slot: Bus::unsigned(address_width(slots)),
            slot_spins: Bus::unsigned(lanes),
            slot_chunk: Bus::unsigned(chunk_width),
            write: Default::default(),
            write_replica: Bus::unsigned(replica_width),
            write_color: Default::default(),
            write_slot: Bus::unsigned(address_width(slots)),
            write_data: Bus::unsigned(lanes),
            memory: (0..columns).map(|_| AsyncRam::new(lanes, 1 << address)).collect(),
            number: (0..columns).map(|c| Const::unsigned(column_bits, c as u64)).collect(),
            address: Bus::unsigned(address),
            write_chunk: Bus::unsigned(chunk_width),
            write_address: Bus::unsigned(address),
            read_column: Bus::unsigned(column_bits),
            write_column: Bus::unsigned(column_bits),
            last_column: Const::unsigned(column_bits, columns as u64 - 1),
            column_width: Size::new(columns.ilog2() as usize),
            chunk_width: Size::new(chunk_width),
            color_place: Size::new(chunk_width),
            _columns: columns,
            _column_bits: column_bits,
            _chunk_width: chunk_width,
            _address_width: address,
        }
    }
}

impl Logic for SpinMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module spin_memory: Spins of all replicas.");
        self.address.next = (bit_cast_to(self.replica.val(), self._address_width) << (self.chunk_width + 1))
            | (bit_cast_to(self.color.val(), self._address_width) << (self.color_place * 1))
            | bit_cast_to(self.chunk.val(), self._address_width);
        self.slot_chunk.next =
            unsigned_cast_to(self.slot.val() >> (self.column_width * 1), self._chunk_width);
        self.read_column.next = bit_cast_to(self.slot.val(), self._column_bits) & self.last_column.val();
        self.write_chunk.next =
            unsigned_cast_to(self.write_slot.val() >> (self.column_width * 1), self._chunk_width);
        self.write_column.next =
            bit_cast_to(self.write_slot.val(), self._column_bits) & self.last_column.val();
        self.write_address.next = (bit_cast_to(self.write_replica.val(), self._address_width)
            << (self.chunk_width + 1))
            | (bit_cast_to(self.write_color.val(), self._address_width) << (self.color_place * 1))
            | bit_cast_to(self.write_chunk.val(), self._address_width);
        self.slot_spins.next = self.memory[0].read_data.val();
        for c in 0..self._columns {
            self.memory[c].clock.next = self.clock.val();
            self.memory[c].read_address.next = self.address.val();
            self.memory[c].write_enable.next =
                self.write.val() & (self.write_column.val() == self.number[c].val());
            self.memory[c].write_address.next = self.write_address.val();
            self.memory[c].write_data.next = self.write_data.val();
            self.source[c].next = self.memory[c].read_data.val();
            if self.read_column.val() == self.number[c].val() {
                self.slot_spins.next = self.memory[c].read_data.val();
            }
        }
    }
}
crate::clocked!(SpinMemory);
crate::cell_ports!(
    SpinMemory,
    clock,
    [replica, color, chunk, slot, write, write_replica, write_color, write_slot, write_data],
    [source, slot_spins, slot_chunk]
);
