//! Clamps: registers in the order of p-bits, wires in the order of lanes.

use super::shape::{WiredShape, choice_text};
use crate::width::*;
use rust_hdl_core::prelude::*;
use std::fmt::Write;

/// Clamp mask and value of every p-bit, written 32 at a time, shown for one slot of all lanes.
///
/// Which p-bit stands where is data: so the body is given twice, as a simulation step and as Verilog text. The cross-checks
/// compare the two.
#[derive(LogicBlock)]
pub struct ClampWires {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Clears all masks and values.
    pub reset: Signal<In, Bit>,
    /// Writes masks.
    pub mask_write: Signal<In, Bit>,
    /// Writes values.
    pub value_write: Signal<In, Bit>,
    /// Of p-bits 32 x `word` and on.
    pub word: Bus<In>,
    /// One bit per p-bit.
    pub data: Bus<In>,
    /// Slot to show.
    pub slot: Bus<In>,
    /// Its p-bits that are clamped, lane l of a cluster in bit l.
    pub mask: Vec<Bus<Out>>,
    /// Their values.
    pub value: Vec<Bus<Out>>,
    _masks: Vec<u32>,
    _values: Vec<u32>,
    /// The p-bit of every lane and slot.
    _p_bits: Vec<Vec<Option<usize>>>,
    _unit: usize,
}

impl ClampWires {
    /// The clamps of this machine.
    pub fn new(shape: &WiredShape) -> Self {
        let lists = || shape.clusters().into_iter().map(Bus::unsigned).collect();
        Self {
            clock: Default::default(),
            reset: Default::default(),
            mask_write: Default::default(),
            value_write: Default::default(),
            word: Bus::unsigned(address_width(shape.p_bit_words())),
            data: Bus::unsigned(32),
            slot: Bus::unsigned(address_width(shape.slots)),
            mask: lists(),
            value: lists(),
            _masks: vec![0; shape.p_bit_words()],
            _values: vec![0; shape.p_bit_words()],
            _p_bits: shape.p_bits_of_lanes(),
            _unit: shape.unit,
        }
    }

    /// What lane `lane` shows of the registers `what`.
    fn lane_text(&self, lane: usize, what: &str) -> String {
        let bit = |p_bit: &Option<usize>| match p_bit {
            Some(p) => format!("{what}_{}[{}]", p / 32, p % 32),
            None => "1'b0".to_owned(),
        };
        let bits: Vec<String> = self._p_bits[lane].iter().map(bit).collect();
        choice_text(&bits, self.slot.width())
    }

    fn text(&self) -> String {
        let mut text = String::from("// module clamp_wires: Clamps of all p-bits, shown slot by slot.\n");
        let word_bits = self.word.width();
        for (kind, what) in [("mask", "masks"), ("value", "values")] {
            for w in 0..self._masks.len() {
                writeln!(text, "reg [{}:0] {what}_{w};", self.word_bits(w) - 1).ok();
            }
            text += "initial begin\n";
            (0..self._masks.len())
                .for_each(|w| _ = writeln!(text, "  {what}_{w} = {}'h0;", self.word_bits(w)));
            text += "end\nalways @(posedge clock) begin\n";
            for w in 0..self._masks.len() {
                let hit = format!("{kind}_write && (word == {word_bits}'d{w})");
                let bits = self.word_bits(w);
                writeln!(text, "  if (reset) {what}_{w} <= {bits}'h0;").ok();
                writeln!(text, "  else if ({hit}) {what}_{w} <= data[{}:0];", bits - 1).ok();
            }
            text += "end\n";
            for (cluster, list) in self.mask.iter().enumerate() {
                for l in 0..list.width() {
                    let value = self.lane_text(cluster * self._unit + l, what);
                    writeln!(text, "wire {kind}_{cluster}_{l} = {value};").ok();
                }
                let bits: Vec<String> =
                    (0..list.width()).rev().map(|l| format!("{kind}_{cluster}_{l}")).collect();
                writeln!(text, "always @(*) {kind}_{cluster} = {{{}}};", bits.join(", ")).ok();
            }
        }
        text + "wire _unused = &{1'b0, slot, data};\n"
    }

    /// P-bits of a word: the last one may have fewer than 32.
    fn word_bits(&self, word: usize) -> usize {
        let p_bits = self._p_bits.iter().flatten().flatten().count();
        (p_bits - 32 * word).min(32)
    }
}

impl Logic for ClampWires {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let (word, data) = (self.word.val().index(), self.data.val().raw() as u32);
            if word < self._masks.len() {
                if self.mask_write.val() {
                    self._masks[word] = data;
                }
                if self.value_write.val() {
                    self._values[word] = data;
                }
            }
            if self.reset.val() {
                self._masks.fill(0);
                self._values.fill(0);
            }
        }
        let slot = self.slot.val().index();
        let bit = |words: &[u32], lane: usize| {
            let slots = &self._p_bits[lane];
            let place = slots[slot.min(slots.len() - 1)];
            place.map_or(0, |p| u64::from(words[p / 32] >> (p % 32) & 1))
        };
        for (cluster, list) in self.mask.iter_mut().enumerate() {
            let of =
                |words: &[u32]| (0..list.width()).map(|l| bit(words, cluster * self._unit + l) << l).sum();
            let (mask, value) = (of(&self._masks), of(&self._values));
            list.next = Word::unsigned(list.width(), mask);
            self.value[cluster].next = Word::unsigned(list.width(), value);
        }
    }
    fn connect(&mut self) {
        self.mask.iter_mut().chain(&mut self.value).for_each(|word| word.connect());
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(self.text())
    }
    fn timing(&self) -> Vec<TimingInfo> {
        let inputs = ["reset", "mask_write", "value_write", "word", "data"];
        vec![TimingInfo {
            name: "clamps".into(),
            clock: "clock".into(),
            inputs: inputs.map(String::from).to_vec(),
            outputs: vec![],
        }]
    }
}
crate::clocked!(ClampWires);
crate::cell_ports!(ClampWires, clock, [reset, mask_write, value_write, word, data, slot], [mask, value]);
