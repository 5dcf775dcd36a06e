//! Where a machine of one dense block has its source spins: one chunk counter addresses everything.

use super::shape::MachineShape;
use crate::cells::*;
use crate::width::*;
use rust_hdl_core::prelude::*;

/// Spins of all replicas and inputs of one dense block; the source word of the chunk that is issued.
#[derive(LogicBlock)]
pub struct DenseSources {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A run is going on; else the host looks at spins.
    pub busy: Signal<In, Bit>,
    /// Replica of the issue.
    pub replica: Bus<In>,
    /// Color of the issue.
    pub color: Signal<In, Bit>,
    /// Its chunk.
    pub chunk: Bus<In>,
    /// The chunk is one of inputs.
    pub from_input: Signal<In, Bit>,
    /// One clock later: the source spins, `lanes` per word.
    pub source: Vec<Bus<Out>>,
    /// Writes new spins.
    pub write: Signal<In, Bit>,
    /// Of this replica.
    pub write_replica: Bus<In>,
    /// Of this color.
    pub write_color: Signal<In, Bit>,
    /// Of this slot within the color.
    pub write_slot: Bus<In>,
    /// One per lane.
    pub write_data: Bus<In>,
    /// Address of the host's access.
    pub host_address: Bus<In>,
    /// Its word.
    pub host_data: Bus<In>,
    /// It writes inputs.
    pub input_write: Signal<In, Bit>,
    /// It writes spins.
    pub host_write: Signal<In, Bit>,
    /// Spins at the host's address, [`DenseSources::read_clocks`] later.
    pub host_spins: Bus<Out>,
    spins: SpinMemory,
    inputs: InputMemory,
    spin_address: SpinAddress,
    late_write: Delay,
    late_data: Delay,
    words: Vec<Register>,
    host_color: Signal<Local, Bit>,
    host_slot: Bus<Local>,
    host_slot_wide: Bus<Local>,
    hidden_slots: Const,
    _groups: usize,
    _lanes: usize,
    _slot_width: usize,
    _color_slot: usize,
    _input_chunk: usize,
    _coupling_chunk: usize,
    _input_index: usize,
    _input_part: usize,
    _spin_index: usize,
}

impl DenseSources {
    /// The sources of this machine.
    pub fn new(shape: &MachineShape) -> Self {
        let q = &shape.sequencer;
        let color_slots = q.most_color_slots(0).max(q.most_color_slots(1));
        let chunks = |inputs: usize| q.pass(0, inputs, 0).chunks.max(q.pass(0, inputs, 1).chunks);
        let spins = SpinMemory::new(q.replicas, color_slots, chunks(0), shape.lanes, shape.tree_width);
        let inputs = InputMemory::new(chunks(1), shape.lanes, shape.tree_width);
        let spin_address = SpinAddress::new(q.replicas, q.total_slots());
        let stages = SpinAddress::stages(q.replicas);
        let slot_width = address_width(q.total_slots());
        Self {
            clock: Default::default(),
            busy: Default::default(),
            replica: Bus::like(&spins.replica),
            color: Default::default(),
            chunk: Bus::unsigned(address_width(q.most_chunks())),
            from_input: Default::default(),
            source: spins.source.iter().map(Bus::like).collect(),
            write: Default::default(),
            write_replica: Bus::like(&spins.write_replica),
            write_color: Default::default(),
            write_slot: Bus::like(&spins.write_slot),
            write_data: Bus::like(&spins.write_data),
            host_address: Bus::unsigned(16),
            host_data: Bus::unsigned(32),
            input_write: Default::default(),
            host_write: Default::default(),
            host_spins: Bus::unsigned(shape.lanes),
            late_write: Delay::new(1, stages),
            late_data: Delay::new(shape.lanes, stages),
            words: spins.source.iter().map(|w| Register::unsigned(w.width())).collect(),
            host_color: Default::default(),
            host_slot: Bus::like(&spins.slot),
            host_slot_wide: Bus::unsigned(slot_width + 1),
            hidden_slots: Const::unsigned(slot_width + 1, q.slots(0)[0] as u64),
            _groups: shape.tree_width / shape.lanes,
            _lanes: shape.lanes,
            _slot_width: slot_width + 1,
            _color_slot: spins.slot.width(),
            _input_chunk: inputs.chunk.width(),
            _coupling_chunk: spins.chunk.width(),
            _input_index: inputs.write_index.width(),
            _input_part: inputs.write_data.width(),
            _spin_index: spin_address.index.width(),
            spins,
            inputs,
            spin_address,
        }
    }

    /// Clocks from a host's read to the spins.
    pub fn read_clocks(shape: &MachineShape) -> usize {
        SpinAddress::stages(shape.sequencer.replicas) + 3
    }
}

impl Logic for DenseSources {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module dense_sources: Spins and inputs of one dense block.");
        clock!(self, clock, spins, inputs, spin_address, late_write, late_data);
        self.spin_address.index.next = unsigned_cast_to(self.host_address.val(), self._spin_index);
        self.host_slot_wide.next = unsigned_cast_to(self.spin_address.slot.val(), self._slot_width);
        self.host_color.next = self.host_slot_wide.val() >= self.hidden_slots.val();
        self.host_slot.next = unsigned_cast_to(self.spin_address.slot.val(), self._color_slot);
        if self.host_color.val() {
            self.host_slot.next = unsigned_cast_to(self.spin_address.slot.val(), self._color_slot)
                - unsigned_cast_to(self.hidden_slots.val(), self._color_slot);
        }
        // Inputs, or the other color's spins; the host looks at spins while idle.
        self.spins.replica.next = self.spin_address.replica.val();
        self.spins.color.next = self.host_color.val();
        self.spins.slot.next = self.host_slot.val();
        self.spins.chunk.next = self.spins.slot_chunk.val();
        if self.busy.val() {
            self.spins.replica.next = self.replica.val();
            self.spins.color.next = !self.color.val();
            self.spins.chunk.next = unsigned_cast_to(self.chunk.val(), self._coupling_chunk);
        }
        self.inputs.chunk.next = unsigned_cast_to(self.chunk.val(), self._input_chunk);
        for g in 0..self._groups {
            self.words[g].clock.next = self.clock.val();
            self.words[g].d.next = self.spins.source[g].val();
            if self.from_input.val() {
                self.words[g].d.next = self.inputs.source[g].val();
            }
            self.source[g].next = self.words[g].q.val();
        }
        self.inputs.write.next = self.input_write.val();
        self.inputs.write_index.next = unsigned_cast_to(self.host_address.val(), self._input_index);
        self.inputs.write_data.next = unsigned_cast_to(self.host_data.val(), self._input_part);
        // Spins: of the pipeline, or of the host (its address division takes some clocks, the data wait as long).
        self.late_write.enter.next = bit_cast_to(self.host_write.val(), 1);
        self.late_data.enter.next = unsigned_cast_to(self.host_data.val(), self._lanes);
        self.spins.write.next = self.write.val();
        self.spins.write_replica.next = self.write_replica.val();
        self.spins.write_color.next = self.write_color.val();
        self.spins.write_slot.next = self.write_slot.val();
        self.spins.write_data.next = self.write_data.val();
        if self.late_write.leave.val().any() {
            self.spins.write.next = true;
            self.spins.write_replica.next = self.spin_address.replica.val();
            self.spins.write_color.next = self.host_color.val();
            self.spins.write_slot.next = self.host_slot.val();
            self.spins.write_data.next = self.late_data.leave.val();
        }
        self.host_spins.next = self.spins.slot_spins.val();
    }
}
crate::clocked!(DenseSources);
crate::cell_ports!(
    DenseSources,
    clock,
    [
        busy,
        replica,
        color,
        chunk,
        from_input,
        write,
        write_replica,
        write_color,
        write_slot,
        write_data,
        host_address,
        host_data,
        input_write,
        host_write
    ],
    [source, host_spins]
);
