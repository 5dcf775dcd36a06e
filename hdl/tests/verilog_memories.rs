//! Memories become memories on all three families, with a read enable and without collision logic.

use rust_hdl_core::prelude::*;
use spinwright_hdl::crosscheck::*;
use spinwright_hdl::width::*;

/// A deep and a shallow memory side by side.
#[derive(LogicBlock)]
struct Pair {
    pub clock: Signal<In, Clock>,
    pub read_enable: Signal<In, Bit>,
    pub read_address: Bus<In>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Bus<In>,
    pub write_data: Bus<In>,
    pub from_deep: Bus<Out>,
    pub from_shallow: Bus<Out>,
    deep: SyncRam,
    shallow: SyncRam,
}

impl Pair {
    fn new() -> Self {
        Self {
            clock: Default::default(),
            read_enable: Default::default(),
            read_address: Bus::unsigned(9),
            write_enable: Default::default(),
            write_address: Bus::unsigned(9),
            write_data: Bus::unsigned(16),
            from_deep: Bus::unsigned(16),
            from_shallow: Bus::unsigned(16),
            deep: SyncRam::new(16, 512),
            shallow: SyncRam::new(16, 32),
        }
    }
}

impl Logic for Pair {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module pair: Two memories.");
        clock!(self, clock, deep, shallow);
        self.deep.read_enable.next = self.read_enable.val();
        self.deep.read_address.next = self.read_address.val();
        self.deep.write_enable.next = self.write_enable.val();
        self.deep.write_address.next = self.write_address.val();
        self.deep.write_data.next = self.write_data.val();
        self.shallow.read_enable.next = self.read_enable.val();
        self.shallow.read_address.next = bit_cast_to(self.read_address.val(), 5);
        self.shallow.write_enable.next = self.write_enable.val();
        self.shallow.write_address.next = bit_cast_to(self.write_address.val(), 5);
        self.shallow.write_data.next = self.write_data.val();
        self.from_deep.next = self.deep.read_data.val();
        self.from_shallow.next = self.shallow.read_data.val();
    }
}
spinwright_hdl::cell_ports!(
    Pair,
    clock,
    [read_enable, read_address, write_enable, write_address, write_data],
    [from_deep, from_shallow]
);

#[test]
fn memories_are_inferred_as_memories() {
    let design = our_verilog(&mut Pair::new(), "pair").unwrap_or_else(|e| panic!("{e}"));
    // Command, expected memory cells, most flip-flops (the read register of LUT RAM).
    let targets = [
        ("synth_ice40", vec![("SB_RAM40_4K", 3)], 0),
        ("synth_ecp5", vec![("DP16KD", 1), ("TRELLIS_DPR16X4", 8)], 16),
        ("synth_xilinx", vec![("RAMB18E1", 1), ("RAM32M", 3)], 16),
    ];
    for (command, memories, most) in targets {
        let cells = yosys_cells(&design, command).unwrap_or_else(|e| panic!("{e}"));
        for (name, count) in memories {
            assert_eq!(cells.get(name), Some(&count), "{command}: {cells:?}");
        }
        let flip_flop =
            |name: &str| name.contains("DFF") || name.contains("TRELLIS_FF") || name.starts_with("FD");
        let count: usize = cells.iter().filter(|(name, _)| flip_flop(name)).map(|(_, n)| n).sum();
        assert!(count <= most, "{command}: {cells:?}");
    }
}
