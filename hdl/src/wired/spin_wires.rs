//! The host's way to the spins: words in the order of p-bits, wires in the order of lanes.

use super::shape::WiredShape;
use crate::width::*;
use rust_hdl_core::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Reads or writes a word of 32 p-bits of one replica while the lines turn.
///
/// `access` comes in the clock before the replica's bit of `slot` leaves the lines; in the next clock the word's p-bits of that slot are in
/// `read`, and with `write` their new spins go to the lines. So a word is done after one turn of all slots.
///
/// Which p-bit stands where is data: so the body is given twice, as a simulation step and as Verilog text. The cross-checks
/// compare the two.
#[derive(LogicBlock)]
pub struct SpinWires {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// In the next clock the replica's bits of `slot` leave the lines.
    pub access: Signal<In, Bit>,
    /// This slot.
    pub slot: Bus<In>,
    /// Number of the word; stable for the whole access.
    pub word: Bus<In>,
    /// The access writes; stable.
    pub write: Signal<In, Bit>,
    /// The spins to write; stable.
    pub data: Bus<In>,
    /// Bits that leave the lines, lane l of a cluster in bit l.
    pub last: Vec<Bus<In>>,
    /// Lanes whose line takes a written spin.
    pub host_write: Vec<Bus<Out>>,
    /// That spin.
    pub host_spin: Vec<Bus<Out>>,
    /// The word's spins that leave the lines in this clock; 0 for the others.
    pub read: Bus<Out>,
    /// Per lane and slot.
    _p_bits: Vec<Vec<Option<usize>>>,
    /// Number of the register of every pair of word and slot.
    _pairs: BTreeMap<(usize, usize), usize>,
    /// The pair that leaves the lines.
    _open: Option<(usize, usize)>,
    _unit: usize,
}

impl SpinWires {
    /// The wires of this machine.
    pub fn new(shape: &WiredShape) -> Self {
        let p_bits = shape.p_bits_of_lanes();
        let all = p_bits.iter().flat_map(|slots| slots.iter().enumerate());
        let mut pairs: BTreeMap<(usize, usize), usize> =
            all.filter_map(|(slot, p)| p.map(|p| ((p / 32, slot), 0))).collect();
        pairs.values_mut().enumerate().for_each(|(number, value)| *value = number);
        let outputs = || shape.clusters().into_iter().map(Bus::unsigned).collect();
        Self {
            clock: Default::default(),
            access: Default::default(),
            slot: Bus::unsigned(address_width(shape.slots)),
            word: Bus::unsigned(address_width(shape.p_bit_words())),
            write: Default::default(),
            data: Bus::unsigned(32),
            last: shape.clusters().into_iter().map(Bus::unsigned).collect(),
            host_write: outputs(),
            host_spin: outputs(),
            read: Bus::unsigned(32),
            _p_bits: p_bits,
            _pairs: pairs,
            _open: None,
            _unit: shape.unit,
        }
    }

    fn last_text(&self, lane: usize) -> String {
        let (cluster, l) = (lane / self._unit, lane % self._unit);
        let single = self.last[cluster].width() == 1;
        if single { format!("last_{cluster}") } else { format!("last_{cluster}[{l}]") }
    }

    fn text(&self) -> String {
        let mut text = String::from("// module spin_wires: The host's way to the spins.\n");
        let (word_bits, slot_bits) = (self.word.width(), self.slot.width());
        for ((word, slot), n) in &self._pairs {
            writeln!(text, "reg open_{n};  // word {word}, slot {slot}").ok();
        }
        text += "initial begin\n";
        self._pairs.values().for_each(|n| _ = writeln!(text, "  open_{n} = 1'b0;"));
        text += "end\nalways @(posedge clock) begin\n";
        for ((word, slot), n) in &self._pairs {
            let hit = format!("(word == {word_bits}'d{word}) && (slot == {slot_bits}'d{slot})");
            writeln!(text, "  open_{n} <= access && {hit};").ok();
        }
        text += "end\n";
        // One term per pair: a long disjunction for every bit would say the same, but Verilator 5.006 computes the concatenation of such
        // disjunctions wrongly from some hundred terms on.
        let mut read: Vec<Vec<Option<String>>> = vec![vec![None; 32]; self._pairs.len()];
        for (lane, slots) in self._p_bits.iter().enumerate() {
            let (mut opens, mut spins) = (vec![], vec![]);
            for (slot, p) in slots.iter().enumerate() {
                let Some(p) = p else { continue };
                let n = self._pairs[&(p / 32, slot)];
                opens.push(format!("open_{n}"));
                spins.push(format!("(open_{n} & data[{}])", p % 32));
                read[n][31 - p % 32] = Some(self.last_text(lane));
            }
            let or = |terms: &[String]| match terms {
                [] => "1'b0".to_owned(),
                _ => terms.join(" | "),
            };
            writeln!(text, "wire write_{lane} = write & ({});", or(&opens)).ok();
            writeln!(text, "wire spin_{lane} = {};", or(&spins)).ok();
        }
        for (cluster, list) in self.host_write.iter().enumerate() {
            for (port, wire) in [("host_write", "write"), ("host_spin", "spin")] {
                let bit = |l: usize| format!("{wire}_{}", cluster * self._unit + l);
                let bits: Vec<String> = (0..list.width()).rev().map(bit).collect();
                writeln!(text, "always @(*) {port}_{cluster} = {{{}}};", bits.join(", ")).ok();
            }
        }
        for (n, bits) in read.iter().enumerate() {
            let parts: Vec<String> = bits
                .chunk_by(|a, b| a.is_none() && b.is_none())
                .map(|run| run[0].clone().unwrap_or_else(|| format!("{}'b0", run.len())))
                .collect();
            writeln!(text, "wire [31:0] read_{n} = {{32{{open_{n}}}}} & {{{}}};", parts.join(", ")).ok();
        }
        let words: Vec<String> = (0..read.len()).map(|n| format!("read_{n}")).collect();
        writeln!(text, "always @(*) read = {};", words.join(" | ")).ok();
        text + "wire _unused = &{1'b0, data};\n"
    }
}

impl Logic for SpinWires {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let pair = (self.word.val().index(), self.slot.val().index());
            self._open = (self.access.val() && self._pairs.contains_key(&pair)).then_some(pair);
        }
        let mut read = 0;
        let data = self.data.val().raw();
        for cluster in 0..self.last.len() {
            let width = self.last[cluster].width();
            let (mut writes, mut spins) = (0, 0);
            for l in 0..width {
                let Some((word, slot)) = self._open else { break };
                let Some(p) = self._p_bits[cluster * self._unit + l][slot] else { continue };
                if p / 32 == word {
                    writes |= u64::from(self.write.val()) << l;
                    spins |= (data >> (p % 32) & 1) << l;
                    read |= u64::from(self.last[cluster].val().get_bit(l)) << (p % 32);
                }
            }
            self.host_write[cluster].next = Word::unsigned(width, writes);
            self.host_spin[cluster].next = Word::unsigned(width, spins);
        }
        self.read.next = Word::unsigned(32, read);
    }
    fn connect(&mut self) {
        self.host_write.iter_mut().chain(&mut self.host_spin).for_each(|word| word.connect());
        self.read.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(self.text())
    }
    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "opened".into(),
            clock: "clock".into(),
            inputs: ["access", "slot", "word"].map(String::from).to_vec(),
            outputs: vec![],
        }]
    }
}
crate::clocked!(SpinWires);
crate::cell_ports!(SpinWires, clock, [access, slot, word, write, data, last], [host_write, host_spin, read]);
