//! The machine behind a register bus: control and engine.

use super::engine::Engine;
use super::shape::MachineShape;
use crate::host::{Control, HostConfig};
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidConfig;

/// Register bus in, observation ports out; only wires, and the bus waits while the engine clears its memories.
#[derive(LogicBlock)]
pub struct Core {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Held until `bus_ready`.
    pub bus_write: Signal<In, Bit>,
    /// Held until `bus_ready`.
    pub bus_read: Signal<In, Bit>,
    /// Word address.
    pub bus_address: Bus<In>,
    /// The word to write.
    pub bus_write_data: Bus<In>,
    /// The access is finished, one clock.
    pub bus_ready: Signal<Out, Bit>,
    /// Valid with `bus_ready`.
    pub bus_read_data: Bus<Out>,
    /// Valid with `bus_ready`: 0 ok, 1 no such address or direction, 2 refused.
    pub bus_status: Bus<Out>,
    /// Counts a frame with a wrong CRC.
    pub count_frame_crc: Signal<In, Bit>,
    /// Counts a frame with an unknown opcode or a bad count.
    pub count_frame_format: Signal<In, Bit>,
    /// Counts a dropped frame.
    pub count_frame_timeout: Signal<In, Bit>,
    /// Counts a character without stop bit.
    pub count_uart: Signal<In, Bit>,
    /// With a power-on record: coupling banks that become valid, see [`crate::host::PowerOn`].
    pub vouch_coupling: Vec<Bus<In>>,
    /// With a power-on record: bias banks that become valid.
    pub vouch_bias: Vec<Bus<In>>,
    /// With a self-test: every bank becomes invalid, together with a reset, see [`crate::host::SelfTest`].
    pub revoke: Vec<Signal<In, Bit>>,
    /// With a self-test: bit 0 passed, bit 1 failed.
    pub self_test: Vec<Bus<In>>,
    /// A run is going on.
    pub busy: Signal<Out, Bit>,
    /// One update per lane can be observed.
    pub observe_valid: Signal<Out, Bit>,
    /// It belongs to the start.
    pub observe_start: Signal<Out, Bit>,
    /// Its block.
    pub observe_block: Bus<Out>,
    /// Its sweep within the block, 0 for the start.
    pub observe_sweep: Bus<Out>,
    /// Its slot within the block, hidden ones first.
    pub observe_slot: Bus<Out>,
    /// Its replica.
    pub observe_replica: Bus<Out>,
    /// It was added to the sums.
    pub observe_retained: Signal<Out, Bit>,
    /// New spins, bit l of lane l.
    pub observe_spin: Bus<Out>,
    /// Saturated fields.
    pub observe_field: Vec<Bus<Out>>,
    /// Draws.
    pub observe_draw: Vec<Bus<Out>>,
    /// Sums, this update included.
    pub observe_sum: Vec<Bus<Out>>,
    /// A swap takes effect.
    pub observe_swap: Signal<Out, Bit>,
    /// The encoder has a slot of its output plane.
    pub observe_encoded_valid: Signal<Out, Bit>,
    /// position * groups + group.
    pub observe_encoded_slot: Bus<Out>,
    /// Its spins, bit l of lane l.
    pub observe_encoded: Bus<Out>,
    control: Control,
    engine: Engine,
    _lanes: usize,
    _power_on: usize,
    _self_test: usize,
}

impl Core {
    /// The core of this machine.
    pub fn new(config: &ValidConfig) -> Self {
        let engine = Engine::new(&MachineShape::of(config));
        Self {
            clock: Default::default(),
            reset: Default::default(),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_address: Bus::unsigned(16),
            bus_write_data: Bus::unsigned(32),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(32),
            bus_status: Bus::unsigned(2),
            count_frame_crc: Default::default(),
            count_frame_format: Default::default(),
            count_frame_timeout: Default::default(),
            count_uart: Default::default(),
            vouch_coupling: Control::vouch_port(&config.host_shape(), config.coupling_banks()),
            vouch_bias: Control::vouch_port(&config.host_shape(), config.bias_banks()),
            revoke: Control::revoke_port(&config.host_shape()),
            self_test: Control::self_test_port(&config.host_shape()),
            busy: Default::default(),
            observe_valid: Default::default(),
            observe_start: Default::default(),
            observe_block: Bus::like(&engine.observe_block),
            observe_sweep: Bus::unsigned(32),
            observe_slot: Bus::like(&engine.observe_slot),
            observe_replica: Bus::like(&engine.observe_replica),
            observe_retained: Default::default(),
            observe_spin: Bus::like(&engine.observe_spin),
            observe_field: engine.observe_field.iter().map(Bus::like).collect(),
            observe_draw: engine.observe_draw.iter().map(Bus::like).collect(),
            observe_sum: engine.observe_sum.iter().map(Bus::like).collect(),
            observe_swap: Default::default(),
            observe_encoded_valid: Default::default(),
            observe_encoded_slot: Bus::like(&engine.observe_encoded_slot),
            observe_encoded: Bus::like(&engine.observe_encoded),
            control: Control::new(config),
            engine,
            _lanes: config.lanes(),
            _power_on: usize::from(config.timing().power_on),
            _self_test: usize::from(config.timing().self_test),
        }
    }
}

impl Logic for Core {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module core: Control and engine, only wires.");
        clock!(self, clock, control, engine);
        self.control.reset.next = self.reset.val();
        self.control.bus_write.next = self.bus_write.val() & self.engine.ready.val();
        self.control.bus_read.next = self.bus_read.val() & self.engine.ready.val();
        self.control.bus_address.next = self.bus_address.val();
        self.control.bus_write_data.next = self.bus_write_data.val();
        self.bus_ready.next = self.control.bus_ready.val();
        self.bus_read_data.next = self.control.bus_read_data.val();
        self.bus_status.next = self.control.bus_status.val();
        self.control.count_frame_crc.next = self.count_frame_crc.val();
        self.control.count_frame_format.next = self.count_frame_format.val();
        self.control.count_frame_timeout.next = self.count_frame_timeout.val();
        self.control.count_uart.next = self.count_uart.val();
        for k in 0..self._power_on {
            self.control.vouch_coupling[k].next = self.vouch_coupling[k].val();
            self.control.vouch_bias[k].next = self.vouch_bias[k].val();
        }
        for k in 0..self._self_test {
            self.control.revoke[k].next = self.revoke[k].val();
            self.control.self_test[k].next = self.self_test[k].val();
        }
        self.control.busy.next = self.engine.busy.val();
        self.control.run_done.next = self.engine.run_done.val();
        self.control.run_stopped.next = self.engine.run_stopped.val();
        self.control.swap_take.next = self.engine.swap_take.val();
        self.control.block.next = self.engine.block.val();
        self.control.decoded_class.next = self.engine.decoded_class.val();
        self.control.sweep_number.next = self.engine.sweep_number.val();
        self.control.retained_so_far.next = self.engine.retained_so_far.val();
        self.control.cycles.next = self.engine.cycles.val();
        self.control.window_read_valid.next = self.engine.window_read_valid.val();
        self.control.window_read_data.next = self.engine.window_read_data.val();
        self.engine.reset.next = self.reset.val();
        self.engine.run_strobe.next = self.control.run_strobe.val();
        self.engine.start_mode.next = self.control.start_mode.val();
        self.engine.stop_pending.next = self.control.stop_pending.val();
        self.engine.swap_pending.next = self.control.swap_pending.val();
        self.engine.active_coupling.next = self.control.active_coupling.val();
        self.engine.active_bias.next = self.control.active_bias.val();
        self.engine.burn_in.next = self.control.burn_in.val();
        self.engine.retained.next = self.control.retained.val();
        self.engine.readout.next = self.control.readout.val();
        self.engine.input_buffer.next = self.control.input_buffer.val();
        self.engine.window_write.next = self.control.window_write.val();
        self.engine.window_read.next = self.control.window_read.val();
        self.engine.window_address.next = self.control.window_address.val();
        self.engine.window_write_data.next = self.control.window_write_data.val();
        self.engine.table_write.next = self.control.table_write.val();
        self.engine.table_write_bank.next = self.control.table_write_bank.val();
        self.engine.table_write_index.next = self.control.table_write_index.val();
        self.engine.weight_write.next = self.control.weight_write.val();
        self.engine.weight_write_bank.next = self.control.weight_write_bank.val();
        self.engine.weight_write_lane.next = self.control.weight_write_lane.val();
        self.engine.weight_write_row.next = self.control.weight_write_row.val();
        self.engine.weight_write_column.next = self.control.weight_write_column.val();
        self.engine.bias_write.next = self.control.bias_write.val();
        self.engine.bias_write_bank.next = self.control.bias_write_bank.val();
        self.engine.bias_write_slot.next = self.control.bias_write_slot.val();
        self.engine.bias_write_lane.next = self.control.bias_write_lane.val();
        self.engine.load_write_data.next = self.control.load_write_data.val();
        self.busy.next = self.engine.busy.val();
        self.observe_valid.next = self.engine.observe_valid.val();
        self.observe_start.next = self.engine.observe_start.val();
        self.observe_block.next = self.engine.observe_block.val();
        self.observe_sweep.next = self.engine.observe_sweep.val();
        self.observe_slot.next = self.engine.observe_slot.val();
        self.observe_replica.next = self.engine.observe_replica.val();
        self.observe_retained.next = self.engine.observe_retained.val();
        self.observe_spin.next = self.engine.observe_spin.val();
        self.observe_swap.next = self.engine.observe_swap.val();
        self.observe_encoded_valid.next = self.engine.observe_encoded_valid.val();
        self.observe_encoded_slot.next = self.engine.observe_encoded_slot.val();
        self.observe_encoded.next = self.engine.observe_encoded.val();
        for l in 0..self._lanes {
            self.observe_field[l].next = self.engine.observe_field[l].val();
            self.observe_draw[l].next = self.engine.observe_draw[l].val();
            self.observe_sum[l].next = self.engine.observe_sum[l].val();
        }
    }
}
crate::clocked!(Core);
crate::cell_ports!(
    Core,
    clock,
    [
        reset,
        bus_write,
        bus_read,
        bus_address,
        bus_write_data,
        count_frame_crc,
        count_frame_format,
        count_frame_timeout,
        count_uart,
        vouch_coupling,
        vouch_bias,
        revoke,
        self_test
    ],
    [
        bus_ready,
        bus_read_data,
        bus_status,
        busy,
        observe_valid,
        observe_start,
        observe_block,
        observe_sweep,
        observe_slot,
        observe_replica,
        observe_retained,
        observe_spin,
        observe_field,
        observe_draw,
        observe_sum,
        observe_swap,
        observe_encoded_valid,
        observe_encoded_slot,
        observe_encoded
    ]
);
