//! Spins of planes, read as whole source words and written in parts.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Source words in columns of `part` spins, with a registered read; a part of one word is written at once, through write masks.
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
    memory: Vec<MaskedRam>,
    number: Vec<Const>,
    mask: Vec<Bus<Local>>,
    word_data: Vec<Bus<Local>>,
    write_word: Bus<Local>,
    write_part: Bus<Local>,
    last_part: Const,
    part_width: Size,
    per_memory: Size,
    part_size: Size,
    _parts: usize,
    _memories: usize,
    _part: usize,
    _wide: usize,
    _part_bits: usize,
    _word_width: usize,
}

impl PlaneMemory {
    /// `words` words of `parts` (a power of two) parts of `part` spins.
    pub fn new(words: usize, parts: usize, part: usize) -> Self {
        let (word_width, part_bits) = (address_width(words), address_width(parts));
        // A memory's words have at most 64 bits.
        let per_memory = parts.min(64 / part);
        let memories = parts / per_memory;
        Self {
            clock: Default::default(),
            read: Default::default(),
            word: Bus::unsigned(word_width),
            source: (0..parts).map(|_| Bus::unsigned(part)).collect(),
            write: Default::default(),
            write_place: Bus::unsigned(word_width + parts.ilog2() as usize),
            write_data: Bus::unsigned(part),
            memory: (0..memories).map(|_| MaskedRam::new(per_memory, part, 1 << word_width)).collect(),
            mask: (0..memories).map(|_| Bus::unsigned(per_memory)).collect(),
            word_data: (0..memories).map(|_| Bus::unsigned(per_memory * part)).collect(),
            per_memory: Size::new(per_memory),
            part_size: Size::new(part),
            _memories: memories,
            _part: part,
            _wide: per_memory * part,
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
        for m in 0..self._memories {
            self.mask[m].next = 0.into();
            self.word_data[m].next = 0.into();
            for p in 0..self.per_memory.get() {
                self.mask[m].next = self.mask[m]
                    .val()
                    .replace_bit(p, self.write_part.val() == self.number[m * self.per_memory + p].val());
                self.word_data[m].next = self.word_data[m].val()
                    | (unsigned_cast_to(self.write_data.val(), self._wide) << (p * self.part_size));
                self.source[m * self.per_memory + p].next =
                    unsigned_cast_to(self.memory[m].read_data.val() >> (p * self.part_size), self._part);
            }
            self.memory[m].clock.next = self.clock.val();
            self.memory[m].read_enable.next = self.read.val();
            self.memory[m].read_address.next = self.word.val();
            self.memory[m].write_enable.next = self.write.val();
            self.memory[m].write_mask.next = self.mask[m].val();
            self.memory[m].write_address.next = self.write_word.val();
            self.memory[m].write_data.next = self.word_data[m].val();
        }
    }
}
crate::clocked!(PlaneMemory);
crate::cell_ports!(PlaneMemory, clock, [read, word, write, write_place, write_data], [source]);
