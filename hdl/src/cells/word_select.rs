//! One word of several.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Picks the word with a number; combinational, as a tree, which every synthesis tool turns into its widest multiplexers.
///
/// The tree nests: this module decides by the number's lowest bit, its part `rest` by the others.
#[derive(LogicBlock)]
pub struct WordSelect {
    /// The words.
    pub word: Vec<Bus<In>>,
    /// Number of the word.
    pub number: Bus<In>,
    /// The word.
    pub chosen: Bus<Out>,
    node: Vec<Bus<Local>>,
    rest: Vec<WordSelect>,
    _pairs: usize,
    _rests: usize,
    _rest_bits: usize,
}

impl WordSelect {
    /// A choice of `words` (a power of two, at least 2) words of `width` bits.
    pub fn new(words: usize, width: usize) -> Self {
        assert!(words.is_power_of_two() && words >= 2, "a choice of {words} words");
        let (bits, pairs) = (words.ilog2() as usize, words / 2);
        let rest: Vec<WordSelect> = (pairs > 1).then(|| WordSelect::new(pairs, width)).into_iter().collect();
        Self {
            word: (0..words).map(|_| Bus::unsigned(width)).collect(),
            number: Bus::unsigned(bits),
            chosen: Bus::unsigned(width),
            node: (0..pairs).map(|_| Bus::unsigned(width)).collect(),
            _pairs: pairs,
            _rests: rest.len(),
            _rest_bits: (bits - 1).max(1),
            rest,
        }
    }
}

impl Logic for WordSelect {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module word_select: One word of several.");
        for i in 0..self._pairs {
            self.node[i].next = self.word[2 * i].val();
            if self.number.val().get_bit(0) {
                self.node[i].next = self.word[2 * i + 1].val();
            }
        }
        self.chosen.next = self.node[0].val();
        for r in 0..self._rests {
            self.rest[r].number.next = unsigned_cast_to(self.number.val() >> 1, self._rest_bits);
            for i in 0..self._pairs {
                self.rest[r].word[i].next = self.node[i].val();
            }
            self.chosen.next = self.rest[r].chosen.val();
        }
    }
}
crate::cell_ports!(WordSelect, [word, number], [chosen]);
