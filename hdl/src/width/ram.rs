//! Memories: one write port, one read port, one clock. Both bodies are given twice, as a simulation step
//! and as Verilog text (a memory cannot be said in `hdl_gen`); the cross-checks compare the two.

use super::word::{address_width, mask};
use super::{Bus, Word};
use rust_hdl_core::prelude::*;

/// What the memory is to be built of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RamStyle {
    /// The synthesis tool decides by size.
    #[default]
    Auto,
    /// Block RAM.
    Block,
    /// LUT RAM (ECP5, Xilinx; iCE40 has none).
    Distributed,
}

impl RamStyle {
    fn attribute(self) -> &'static str {
        match self {
            RamStyle::Auto => "(* no_rw_check *)",
            RamStyle::Block => "(* no_rw_check, ram_style = \"block\" *)",
            RamStyle::Distributed => "(* no_rw_check, ram_style = \"distributed\" *)",
        }
    }
}

/// `initial` block with the contents: exact words in synthesis when given, zeros only in simulation else.
fn initial_text(init: &[u64], depth: usize, width: usize, zeroed_output: bool) -> String {
    let mut text = String::new();
    if !init.is_empty() {
        text += "initial begin\n";
        for (address, value) in init.iter().enumerate() {
            text += &format!("  mem[{address}] = {width}'h{value:x};\n");
        }
        text += "end\n";
    }
    let first = init.len();
    if first == depth && !zeroed_output {
        return text;
    }
    text += "`ifndef SYNTHESIS\n";
    if first < depth {
        text += "integer i;\n";
    }
    text += "initial begin\n";
    if first < depth {
        text += &format!("  for (i = {first}; i < {depth}; i = i + 1) mem[i] = {width}'h0;\n");
    }
    if zeroed_output {
        text += &format!("  read_data = {width}'h0;\n");
    }
    text + "end\n`endif\n"
}

/// Simple dual-port memory with a registered read: inferred as block RAM, or as LUT RAM when small.
///
/// At a rising edge with `read_enable`, `read_data` takes the word at `read_address`; without it `read_data`
/// keeps its value. At a rising edge with `write_enable`, the word at `write_address` takes `write_data`.
///
/// Reading and writing one address in the same clock is forbidden, because memories differ in what they
/// then return: the simulation panics, and the Verilog stops under `` `ifndef SYNTHESIS``. The same holds for
/// an enabled access beyond `depth`. So raise `read_enable` only when the word is wanted.
///
/// Contents and `read_data` start as zeros in simulation; hardware does not promise that for words never
/// written, nor for `read_data` before the first read.
#[derive(LogicBlock)]
pub struct SyncRam {
    /// Clock of both ports.
    pub clock: Signal<In, Clock>,
    /// Read at this edge.
    pub read_enable: Signal<In, Bit>,
    /// Where to read.
    pub read_address: Bus<In>,
    /// The word read at the last edge with `read_enable`.
    pub read_data: Bus<Out>,
    /// Write at this edge.
    pub write_enable: Signal<In, Bit>,
    /// Where to write.
    pub write_address: Bus<In>,
    /// What to write.
    pub write_data: Bus<In>,
    _memory: Vec<u64>,
    _init: Vec<u64>,
    _style: RamStyle,
}

impl SyncRam {
    /// `depth` unsigned words of `width` bits; addresses have [`address_width`]`(depth)` bits.
    pub fn new(width: usize, depth: usize) -> Self {
        assert!(depth >= 1, "a memory has at least one word");
        let address = address_width(depth);
        Self {
            clock: Default::default(),
            read_enable: Default::default(),
            read_address: Bus::unsigned(address),
            read_data: Bus::unsigned(width),
            write_enable: Default::default(),
            write_address: Bus::unsigned(address),
            write_data: Bus::unsigned(width),
            _memory: vec![0; depth],
            _init: vec![],
            _style: RamStyle::Auto,
        }
    }

    /// Asks for a kind of memory.
    pub fn with_style(mut self, style: RamStyle) -> Self {
        self._style = style;
        self
    }

    /// Contents at power-up, from address 0; for small fixed tables only, never for weights.
    pub fn with_init(mut self, init: &[u64]) -> Self {
        assert!(init.len() <= self._memory.len(), "{} words for {}", init.len(), self._memory.len());
        self._memory[..init.len()].copy_from_slice(init);
        self._init = init.to_vec();
        self
    }

    /// Number of words.
    pub fn depth(&self) -> usize {
        self._memory.len()
    }

    /// The stored word at `address`, for test benches.
    pub fn peek(&self, address: usize) -> Word {
        Word::unsigned(self.read_data.width(), self._memory[address])
    }

    fn checks_text(&self) -> String {
        let stop = |condition: &str, what: &str| {
            format!("  if ({condition}) begin\n    $display(\"%m: {what}\");\n    $stop;\n  end\n")
        };
        let both = "read_enable && write_enable && (read_address == write_address)";
        let mut text = stop(both, "word read and written in the same clock");
        let depth = self._memory.len();
        let bits = self.read_address.width();
        if depth < 1 << bits {
            let last = format!("{bits}'d{}", depth - 1);
            text += &stop(&format!("read_enable && (read_address > {last})"), "read beyond the memory");
            text += &stop(&format!("write_enable && (write_address > {last})"), "write beyond the memory");
        }
        format!("`ifndef SYNTHESIS\nalways @(posedge clock) begin\n{text}end\n`endif\n")
    }
}

impl Logic for SyncRam {
    fn update(&mut self) {
        if !self.clock.pos_edge() {
            return;
        }
        let (read, write) = (self.read_address.val().index(), self.write_address.val().index());
        let depth = self._memory.len();
        if self.read_enable.val() {
            assert!(read < depth, "SyncRam: read at {read} of {depth} words");
            assert!(
                !(self.write_enable.val() && read == write),
                "SyncRam: word {read} read and written in the same clock; move one of them to another clock"
            );
            self.read_data.next = Word::unsigned(self.read_data.width(), self._memory[read]);
        }
        if self.write_enable.val() {
            assert!(write < depth, "SyncRam: write at {write} of {depth} words");
            self._memory[write] = self.write_data.val().raw();
        }
    }
    fn connect(&mut self) {
        self.read_data.connect();
    }
    fn hdl(&self) -> Verilog {
        let (width, depth) = (self.read_data.width(), self._memory.len());
        Verilog::Custom(format!(
            "// module ram_{depth}x{width}: Memory of {depth} words of {width} bits; registered read, one write port.\n\
             {} reg [{}:0] mem [0:{}];\n{}always @(posedge clock) begin\n  if (read_enable) read_data <= \
             mem[read_address];\n  if (write_enable) mem[write_address] <= write_data;\nend\n{}",
            self._style.attribute(),
            width - 1,
            depth - 1,
            initial_text(&self._init, depth, width, true),
            self.checks_text(),
        ))
    }
    fn timing(&self) -> Vec<TimingInfo> {
        let inputs = ["read_enable", "read_address", "write_enable", "write_address", "write_data"];
        vec![TimingInfo {
            name: "memory".into(),
            clock: "clock".into(),
            inputs: inputs.map(String::from).to_vec(),
            outputs: vec!["read_data".into()],
        }]
    }
}

/// Memory with a combinational read, for LUT RAM (ECP5, Xilinx); on iCE40 it becomes flip-flops.
///
/// It asks for no style: nothing but LUT RAM fits a combinational read, and yosys refuses the wish where there is none.
///
/// `read_data` always shows the word at `read_address`; a write at a rising edge appears after it. The
/// depth is rounded up to a power of two, so every address exists. Contents start as zeros in simulation.
#[derive(LogicBlock)]
pub struct AsyncRam {
    /// Clock of the write port.
    pub clock: Signal<In, Clock>,
    /// Where to read.
    pub read_address: Bus<In>,
    /// The word there.
    pub read_data: Bus<Out>,
    /// Write at this edge.
    pub write_enable: Signal<In, Bit>,
    /// Where to write.
    pub write_address: Bus<In>,
    /// What to write.
    pub write_data: Bus<In>,
    _memory: Vec<u64>,
    _init: Vec<u64>,
}

impl AsyncRam {
    /// At least `depth` unsigned words of `width` bits; addresses have [`address_width`]`(depth)` bits.
    pub fn new(width: usize, depth: usize) -> Self {
        let address = address_width(depth);
        Self {
            clock: Default::default(),
            read_address: Bus::unsigned(address),
            read_data: Bus::unsigned(width),
            write_enable: Default::default(),
            write_address: Bus::unsigned(address),
            write_data: Bus::unsigned(width),
            _memory: vec![0; 1 << address],
            _init: vec![],
        }
    }

    /// Contents at power-up, from address 0; for small fixed tables only, never for weights.
    pub fn with_init(mut self, init: &[u64]) -> Self {
        assert!(init.len() <= self._memory.len(), "{} words for {}", init.len(), self._memory.len());
        let limit = mask(self.read_data.width());
        assert!(
            init.iter().all(|v| *v <= limit),
            "a table entry does not fit {} bits",
            self.read_data.width()
        );
        self._memory[..init.len()].copy_from_slice(init);
        self._init = init.to_vec();
        self
    }

    /// The stored word at `address`, for test benches.
    pub fn peek(&self, address: usize) -> Word {
        Word::unsigned(self.read_data.width(), self._memory[address])
    }
}

impl Logic for AsyncRam {
    fn update(&mut self) {
        if self.clock.pos_edge() && self.write_enable.val() {
            let at = self.write_address.val().index();
            self._memory[at] = self.write_data.val().raw();
        }
        let at = self.read_address.val().index();
        self.read_data.next = Word::unsigned(self.read_data.width(), self._memory[at]);
    }
    fn connect(&mut self) {
        self.read_data.connect();
    }
    fn hdl(&self) -> Verilog {
        let (width, depth) = (self.read_data.width(), self._memory.len());
        Verilog::Custom(format!(
            "// module lut_ram_{depth}x{width}: Memory of {depth} words of {width} bits; combinational read, one write port.\n\
             reg [{top}:0] mem [0:{last}];\n{}wire [{top}:0] word_read = \
             mem[read_address];\nalways @(*) read_data = word_read;\nalways @(posedge clock) begin\n  if \
             (write_enable) mem[write_address] <= write_data;\nend\n",
            initial_text(&self._init, depth, width, false),
            top = width - 1,
            last = depth - 1,
        ))
    }
}
