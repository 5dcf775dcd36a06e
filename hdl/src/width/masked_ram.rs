//! A memory whose words are written column by column, see [`MaskedRam`].

use super::word::{address_width, mask};
use super::{Bus, Word};
use rust_hdl_core::prelude::*;

/// [`SyncRam`](super::SyncRam) whose words consist of columns that are written separately.
///
/// At a rising edge with `read_enable`, `read_data` takes the word at `read_address`; without it `read_data` keeps its value. At
/// a rising edge with `write_enable`, the columns of the word at `write_address` whose bit of `write_mask` is set take
/// their part of `write_data`; the others stay.
///
/// iCE40 block RAM of 256 x 16 writes single bits, so one memory serves all columns; other families take a memory per column or
/// per group of columns. Reading and writing one address in the same clock is forbidden, and so is an access beyond
/// `depth`: the simulation panics, the Verilog stops under `` `ifndef SYNTHESIS``. Starts as zeros in simulation.
#[derive(LogicBlock)]
pub struct MaskedRam {
    /// Clock of both ports.
    pub clock: Signal<In, Clock>,
    /// Read at this edge.
    pub read_enable: Signal<In, Bit>,
    /// Where to read.
    pub read_address: Bus<In>,
    /// The word read at the last edge with `read_enable`; column 0 in the lowest bits.
    pub read_data: Bus<Out>,
    /// Write at this edge.
    pub write_enable: Signal<In, Bit>,
    /// Which columns, column 0 in bit 0.
    pub write_mask: Bus<In>,
    /// Where to write.
    pub write_address: Bus<In>,
    /// What to write.
    pub write_data: Bus<In>,
    _memory: Vec<u64>,
    _column_width: usize,
}

impl MaskedRam {
    /// `depth` words of `columns` columns of `column_width` bits, 64 bits at most.
    pub fn new(columns: usize, column_width: usize, depth: usize) -> Self {
        assert!(depth >= 1, "a memory has at least one word");
        let (width, address) = (columns * column_width, address_width(depth));
        Self {
            clock: Default::default(),
            read_enable: Default::default(),
            read_address: Bus::unsigned(address),
            read_data: Bus::unsigned(width),
            write_enable: Default::default(),
            write_mask: Bus::unsigned(columns),
            write_address: Bus::unsigned(address),
            write_data: Bus::unsigned(width),
            _memory: vec![0; depth],
            _column_width: column_width,
        }
    }

    /// Number of words.
    pub fn depth(&self) -> usize {
        self._memory.len()
    }

    /// The stored word at `address`, for test benches.
    pub fn peek(&self, address: usize) -> Word {
        Word::unsigned(self.read_data.width(), self._memory[address])
    }

    /// Bits of the word that the mask lets through.
    fn opened(&self, columns: u64) -> u64 {
        let open = |c: usize| (columns >> c & 1) * (mask(self._column_width) << (c * self._column_width));
        (0..self.write_mask.width()).map(open).sum()
    }

    fn checks_text(&self) -> String {
        let stop = |condition: &str, what: &str| {
            format!("  if ({condition}) begin\n    $display(\"%m: {what}\");\n    $stop;\n  end\n")
        };
        let both = "read_enable && write_enable && (read_address == write_address)";
        let mut text = stop(both, "word read and written in the same clock");
        let (depth, bits) = (self._memory.len(), self.read_address.width());
        if depth < 1 << bits {
            let last = format!("{bits}'d{}", depth - 1);
            text += &stop(&format!("read_enable && (read_address > {last})"), "read beyond the memory");
            text += &stop(&format!("write_enable && (write_address > {last})"), "write beyond the memory");
        }
        format!("`ifndef SYNTHESIS\nalways @(posedge clock) begin\n{text}end\n`endif\n")
    }
}

impl Logic for MaskedRam {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let (read, write) = (self.read_address.val().index(), self.write_address.val().index());
        let depth = self._memory.len();
        if self.read_enable.val() {
            assert!(read < depth, "MaskedRam: read at {read} of {depth} words");
            assert!(
                !(self.write_enable.val() && read == write),
                "MaskedRam: word {read} read and written in the same clock; move one of them to another clock"
            );
            self.read_data.next = Word::unsigned(self.read_data.width(), self._memory[read]);
        }
        if self.write_enable.val() {
            assert!(write < depth, "MaskedRam: write at {write} of {depth} words");
            let opened = self.opened(self.write_mask.val().raw());
            self._memory[write] = self._memory[write] & !opened | self.write_data.val().raw() & opened;
        }
    }
    fn connect(&mut self) {
        self.read_data.connect();
    }
    fn hdl(&self) -> Verilog {
        let (width, depth) = (self.read_data.width(), self._memory.len());
        let column = |c: usize| {
            let (low, high) = (c * self._column_width, (c + 1) * self._column_width - 1);
            format!(
                "  if (write_enable && write_mask[{c}]) mem[write_address][{high}:{low}] <= write_data[{high}:{low}];\n"
            )
        };
        let columns = match self.write_mask.width() {
            1 => "  if (write_enable && write_mask) mem[write_address] <= write_data;\n".to_owned(),
            n => (0..n).map(column).collect::<String>(),
        };
        Verilog::Custom(format!(
            "// module masked_ram_{depth}x{width}_by_{by}: Memory of {depth} words of {width} bits; registered read, masked write.\n\
             (* no_rw_check *) reg [{top}:0] mem [0:{last}];\nalways @(posedge clock) begin\n  if (read_enable) read_data <= \
             mem[read_address];\n{columns}end\n`ifndef SYNTHESIS\ninteger i;\ninitial begin\n  for (i = 0; i < {depth}; i = i + 1) \
             mem[i] = {width}'h0;\n  read_data = {width}'h0;\nend\n`endif\n{}",
            self.checks_text(),
            by = self._column_width,
            top = width - 1,
            last = depth - 1,
        ))
    }
    fn timing(&self) -> Vec<TimingInfo> {
        let inputs =
            ["read_enable", "read_address", "write_enable", "write_mask", "write_address", "write_data"];
        vec![TimingInfo {
            name: "memory".into(),
            clock: "clock".into(),
            inputs: inputs.map(String::from).to_vec(),
            outputs: vec!["read_data".into()],
        }]
    }
}
crate::clocked!(MaskedRam);
crate::cell_ports!(
    MaskedRam,
    clock,
    [read_enable, read_address, write_enable, write_mask, write_address, write_data],
    [read_data]
);
