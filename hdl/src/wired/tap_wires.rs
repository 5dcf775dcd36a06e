//! The graph in wires: which spin every tap sees in every slot.

use super::shape::{Source, WiredShape, choice_text};
use crate::width::*;
use rust_hdl_core::prelude::*;
use std::fmt::Write;

/// One multiplexer per tap over what it sees in the slots; equal sources share an input, and a tap that always sees the same
/// source is a wire.
///
/// The graph is data, and `hdl_gen` has no index that is data: so the body is given twice, as a simulation step and as Verilog
/// text. The cross-checks compare the two.
#[derive(LogicBlock)]
pub struct TapWires {
    /// Slot of the updates that are issued.
    pub slot: Bus<In>,
    /// What can be seen of every lane: bit d - 1 is its spin of d bursts ago.
    pub seen: Vec<Bus<In>>,
    /// The taps of every lane, in words.
    pub tap: Vec<Vec<Bus<Out>>>,
    /// Per lane, tap and slot.
    _sources: Vec<Vec<Vec<Source>>>,
    _word: usize,
}

impl TapWires {
    /// The wires of this machine.
    pub fn new(shape: &WiredShape) -> Self {
        let words = |lane: usize| shape.tap_words(lane).into_iter().map(Bus::unsigned).collect();
        Self {
            slot: Bus::unsigned(address_width(shape.slots)),
            seen: (0..shape.lanes).map(|_| Bus::unsigned(shape.distances())).collect(),
            tap: (0..shape.lanes).map(words).collect(),
            _sources: shape.sources.clone(),
            _word: shape.tap_word_width(),
        }
    }

    fn bit_text(&self, source: Source) -> String {
        match self.seen[source.lane].width() {
            1 => format!("seen_{}", source.lane),
            _ => format!("seen_{}[{}]", source.lane, source.distance - 1),
        }
    }

    fn text(&self) -> String {
        let mut text = String::from("// module tap_wires: What every tap sees.\n");
        for (lane, (taps, words)) in self._sources.iter().zip(&self.tap).enumerate() {
            for (number, word) in words.iter().enumerate() {
                let first = number * self._word;
                // The highest tap comes first in a concatenation.
                let bits: Vec<String> = (first..first + word.width())
                    .rev()
                    .map(|tap| {
                        let seen: Vec<String> =
                            taps.get(tap).unwrap_or(&taps[0]).iter().map(|&s| self.bit_text(s)).collect();
                        choice_text(&seen, self.slot.width())
                    })
                    .collect();
                let value =
                    if bits.len() == 1 { bits[0].clone() } else { format!("{{{}}}", bits.join(", ")) };
                writeln!(text, "always @(*) tap_{lane}_{number} = {value};").ok();
            }
        }
        let bits = self.seen.iter().enumerate().map(|(lane, _)| format!("seen_{lane}"));
        let all: Vec<String> = bits.chain(["slot".to_owned()]).collect();
        writeln!(text, "wire _unused = &{{1'b0, {}}};", all.join(", ")).ok();
        text
    }
}

impl Logic for TapWires {
    fn update(&mut self) {
        let slot = self.slot.val().index().min(self._sources[0][0].len() - 1);
        for (taps, words) in self._sources.iter().zip(&mut self.tap) {
            for (number, word) in words.iter_mut().enumerate() {
                let bit = |k: usize| {
                    let source = taps.get(number * self._word + k).unwrap_or(&taps[0])[slot];
                    u64::from(self.seen[source.lane].val().get_bit(source.distance - 1)) << k
                };
                let width = word.width();
                word.next = Word::unsigned(width, (0..width).map(bit).sum());
            }
        }
    }
    fn connect(&mut self) {
        self.tap.iter_mut().flatten().for_each(|word| word.connect());
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(self.text())
    }
}
crate::cell_ports!(TapWires, [slot, seen], [tap]);
