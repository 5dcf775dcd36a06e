//! The clamped input p-bits of one image.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Input spins in chunks of `tree_width`, written in parts of up to 32, read as source words of `lanes` spins.
///
/// Parts of one chunk are columns of LUT RAM (registers on iCE40) with a combinational read; it is written only while idle.
#[derive(LogicBlock)]
pub struct InputMemory {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Chunk to read.
    pub chunk: Bus<In>,
    /// The chunk's spins, `lanes` per word, in the same clock.
    pub source: Vec<Bus<Out>>,
    /// Writes one part.
    pub write: Signal<In, Bit>,
    /// chunk * parts + part.
    pub write_index: Bus<In>,
    /// The part's spins, its first p-bit in bit 0.
    pub write_data: Bus<In>,
    memory: Vec<AsyncRam>,
    number: Vec<Const>,
    write_chunk: Bus<Local>,
    write_part: Bus<Local>,
    last_part: Const,
    part_width: Size,
    per_part: Size,
    lanes: Size,
    _parts: usize,
    _chunk_width: usize,
    _part_bits: usize,
}

impl InputMemory {
    /// `chunks` chunks of `tree_width` spins, read in words of `lanes`.
    pub fn new(chunks: usize, lanes: usize, tree_width: usize) -> Self {
        let parts = tree_width.div_ceil(32);
        let spins = tree_width.min(32);
        let (chunk_width, part_bits) = (address_width(chunks), address_width(parts));
        Self {
            clock: Default::default(),
            chunk: Bus::unsigned(chunk_width),
            source: (0..tree_width / lanes).map(|_| Bus::unsigned(lanes)).collect(),
            write: Default::default(),
            write_index: Bus::unsigned(address_width(chunks * parts)),
            write_data: Bus::unsigned(spins),
            memory: (0..parts).map(|_| AsyncRam::new(spins, chunks)).collect(),
            number: (0..parts).map(|p| Const::unsigned(part_bits, p as u64)).collect(),
            write_chunk: Bus::unsigned(chunk_width),
            write_part: Bus::unsigned(part_bits),
            last_part: Const::unsigned(part_bits, parts as u64 - 1),
            part_width: Size::new(parts.ilog2() as usize),
            per_part: Size::new(spins / lanes),
            lanes: Size::new(lanes),
            _parts: parts,
            _chunk_width: chunk_width,
            _part_bits: part_bits,
        }
    }
}

impl Logic for InputMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module input_memory: Clamped input spins.");
        self.write_chunk.next =
            unsigned_cast_to(self.write_index.val() >> (self.part_width * 1), self._chunk_width);
        self.write_part.next = bit_cast_to(self.write_index.val(), self._part_bits) & self.last_part.val();
        for p in 0..self._parts {
            self.memory[p].clock.next = self.clock.val();
            self.memory[p].read_address.next = self.chunk.val();
            self.memory[p].write_enable.next =
                self.write.val() & (self.write_part.val() == self.number[p].val());
            self.memory[p].write_address.next = self.write_chunk.val();
            self.memory[p].write_data.next = self.write_data.val();
            for k in 0..self.per_part.get() {
                self.source[p * self.per_part + k].next =
                    unsigned_cast_to(self.memory[p].read_data.val() >> (k * self.lanes), self.lanes.get());
            }
        }
    }
}
crate::clocked!(InputMemory);
crate::cell_ports!(InputMemory, clock, [chunk, write, write_index, write_data], [source]);
