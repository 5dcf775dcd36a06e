//! Spins of planes, read as whole source words and written in parts.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Source words in columns of `part` spins, with a registered read; a part of one word is written at once.
///
/// Reading and writing one word in the same clock never happens: a plane is read only after the pipeline has written what the
/// read depends on, and the host writes only what no run reads.
#[derive(LogicBlock)]
pub struct PlaneMemory {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reads a word at this edge.
    pub read: Signal<In, Bit>,
    /// The word.
    pub word: Bus<In>,
    /// The word read last, `part` spins each.
    pub source: Vec<Bus<Out>>,
    /// Writes a part.
    pub write: Signal<In, Bit>,
    /// word * parts + part.
    pub write_place: Bus<In>,
    /// Its spins.
    pub write_data: Bus<In>,
    memory: Vec<SyncRam>,
    number: Vec<Const>,
    write_word: Bus<Local>,
    write_part: Bus<Local>,
    last_part: Const,
    part_width: Size,
    _parts: usize,
    _part_bits: usize,
    _word_width: usize,
}

impl PlaneMemory {
    /// `words` words of `parts` (a power of two) parts of `part` spins.
    pub fn new(words: usize, parts: usize, part: usize) -> Self {
        let (word_width, part_bits) = (address_width(words), address_width(parts));
        Self {
            clock: Default::default(),
            read: Default::default(),
            word: Bus::unsigned(word_width),
            source: (0..parts).map(|_| Bus::unsigned(part)).collect(),
            write: Default::default(),
            write_place: Bus::unsigned(word_width + parts.ilog2() as usize),
            write_data: Bus::unsigned(part),
            memory: (0..parts).map(|_| SyncRam::new(part, 1 << word_width)).collect(),
            number: (0..parts).map(|p| Const::unsigned(part_bits, p as u64)).collect(),
            write_word: Bus::unsigned(word_width),
            write_part: Bus::unsigned(part_bits),
            last_part: Const::unsigned(part_bits, parts as u64 - 1),
            part_width: Size::new(parts.ilog2() as usize),
            _parts: parts,
            _part_bits: part_bits,
            _word_width: word_width,
        }
    }
}

impl Logic for PlaneMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module plane_memory: Spins of planes as source words.");
        self.write_word.next =
            unsigned_cast_to(self.write_place.val() >> (self.part_width * 1), self._word_width);
        self.write_part.next = bit_cast_to(self.write_place.val(), self._part_bits) & self.last_part.val();
        for p in 0..self._parts {
            self.memory[p].clock.next = self.clock.val();
            self.memory[p].read_enable.next = self.read.val();
            self.memory[p].read_address.next = self.word.val();
            self.memory[p].write_enable.next =
                self.write.val() & (self.write_part.val() == self.number[p].val());
            self.memory[p].write_address.next = self.write_word.val();
            self.memory[p].write_data.next = self.write_data.val();
            self.source[p].next = self.memory[p].read_data.val();
        }
    }
}
crate::clocked!(PlaneMemory);
crate::cell_ports!(PlaneMemory, clock, [read, word, write, write_place, write_data], [source]);
