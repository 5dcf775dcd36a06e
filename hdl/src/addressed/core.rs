//! The addressed machine behind a register bus: control and engine.

use super::engine::AddressedEngine;
use super::shape::AddressedShape;
use crate::host::Control;
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidSparse;

/// Register bus in, observation ports out; only wires, and the bus waits while the engine works on a window.
///
/// Fields and draws are observed update by update, spins and sums position by position when they are written.
#[derive(LogicBlock)]
pub struct AddressedCore {
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
    /// A run is going on.
    pub busy: Signal<Out, Bit>,
    /// Fields and draws of one update per lane can be observed.
    pub observe_valid: Signal<Out, Bit>,
    /// It belongs to the start.
    pub observe_start: Signal<Out, Bit>,
    /// Its sweep, 0 for the start.
    pub observe_sweep: Bus<Out>,
    /// Its slot.
    pub observe_slot: Bus<Out>,
    /// Its replica.
    pub observe_replica: Bus<Out>,
    /// It counts.
    pub observe_retained: Signal<Out, Bit>,
    /// Saturated fields, by lane.
    pub observe_field: Vec<Bus<Out>>,
    /// Draws, by lane.
    pub observe_draw: Vec<Bus<Out>>,
    /// The new spins of a position are written, after its updates have been seen.
    pub observe_word_valid: Signal<Out, Bit>,
    /// The position.
    pub observe_word_position: Bus<Out>,
    /// Its spins, replica r in bit r.
    pub observe_word: Bus<Out>,
    /// A sum is stored, one clock after the position's spins.
    pub observe_sum_valid: Signal<Out, Bit>,
    /// Of this position.
    pub observe_sum_position: Bus<Out>,
    /// All replicas included.
    pub observe_sum: Bus<Out>,
    /// A swap takes effect.
    pub observe_swap: Signal<Out, Bit>,
    control: Control,
    engine: AddressedEngine,
    no_block: Const,
    no_class: Const,
    _lanes: usize,
    _betas: usize,
    _scheduled: usize,
}

impl AddressedCore {
    /// The core of this machine.
    ///
    /// # Panics
    /// If it does not take its graph from the bank.
    pub fn new(config: &ValidSparse) -> Self {
        let shape = AddressedShape::of(config).expect("an addressed machine");
        let engine = AddressedEngine::new(&shape);
        let control = Control::new(config);
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
            busy: Default::default(),
            observe_valid: Default::default(),
            observe_start: Default::default(),
            observe_sweep: Bus::unsigned(32),
            observe_slot: Bus::like(&engine.observe_slot),
            observe_replica: Bus::like(&engine.observe_replica),
            observe_retained: Default::default(),
            observe_field: engine.observe_field.iter().map(Bus::like).collect(),
            observe_draw: engine.observe_draw.iter().map(Bus::like).collect(),
            observe_word_valid: Default::default(),
            observe_word_position: Bus::like(&engine.observe_word_position),
            observe_word: Bus::like(&engine.observe_word),
            observe_sum_valid: Default::default(),
            observe_sum_position: Bus::like(&engine.observe_sum_position),
            observe_sum: Bus::like(&engine.observe_sum),
            observe_swap: Default::default(),
            no_block: Const::unsigned(3, 0),
            no_class: Const::unsigned(6, 0),
            _lanes: shape.lanes,
            _betas: control.beta_table.len(),
            _scheduled: engine.scheduled_table.len(),
            control,
            engine,
        }
    }
}

impl Logic for AddressedCore {
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
        self.control.busy.next = self.engine.busy.val();
        self.control.run_done.next = self.engine.run_done.val();
        self.control.run_stopped.next = self.engine.run_stopped.val();
        self.control.swap_take.next = self.engine.swap_take.val();
        self.control.block.next = self.no_block.val();
        self.control.decoded_class.next = self.no_class.val();
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
        for k in 0..self._betas {
            self.control.beta_restart[k].next = self.engine.beta_restart.val();
            self.control.beta_advance[k].next = self.engine.beta_advance.val();
        }
        for k in 0..self._scheduled {
            self.engine.scheduled_table[k].next = self.control.beta_table[k].val();
        }
        self.observe_valid.next = self.engine.observe_valid.val();
        self.observe_start.next = self.engine.observe_start.val();
        self.observe_sweep.next = self.engine.observe_sweep.val();
        self.observe_slot.next = self.engine.observe_slot.val();
        self.observe_replica.next = self.engine.observe_replica.val();
        self.observe_retained.next = self.engine.observe_retained.val();
        self.observe_swap.next = self.engine.observe_swap.val();
        for l in 0..self._lanes {
            self.observe_field[l].next = self.engine.observe_field[l].val();
            self.observe_draw[l].next = self.engine.observe_draw[l].val();
        }
        self.observe_word_valid.next = self.engine.observe_word_valid.val();
        self.observe_word_position.next = self.engine.observe_word_position.val();
        self.observe_word.next = self.engine.observe_word.val();
        self.observe_sum_valid.next = self.engine.observe_sum_valid.val();
        self.observe_sum_position.next = self.engine.observe_sum_position.val();
        self.observe_sum.next = self.engine.observe_sum.val();
    }
}
crate::clocked!(AddressedCore);
crate::cell_ports!(
    AddressedCore,
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
        count_uart
    ],
    [
        bus_ready,
        bus_read_data,
        bus_status,
        busy,
        observe_valid,
        observe_start,
        observe_sweep,
        observe_slot,
        observe_replica,
        observe_retained,
        observe_field,
        observe_draw,
        observe_word_valid,
        observe_word_position,
        observe_word,
        observe_sum_valid,
        observe_sum_position,
        observe_sum,
        observe_swap
    ]
);
