//! The wired machine behind a register bus: control and engine.

use super::engine::WiredEngine;
use super::shape::WiredShape;
use crate::host::Control;
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidSparse;

/// Register bus in, observation ports out; only wires, and the bus waits while the engine works on a window.
///
/// Sums are observed cluster by cluster when they are stored, some clocks after a slot's burst: with the lane and the slot, not with a
/// replica.
#[derive(LogicBlock)]
pub struct WiredCore {
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
    /// One update per lane can be observed.
    pub observe_valid: Signal<Out, Bit>,
    /// It belongs to the start.
    pub observe_start: Signal<Out, Bit>,
    /// Its sweep, 0 for the start.
    pub observe_sweep: Bus<Out>,
    /// Its slot.
    pub observe_slot: Bus<Out>,
    /// Its replica.
    pub observe_replica: Bus<Out>,
    /// It was added to the sums.
    pub observe_retained: Signal<Out, Bit>,
    /// New spins, one bus per cluster, lane l of a cluster in bit l.
    pub observe_spin: Vec<Bus<Out>>,
    /// Saturated fields, by lane.
    pub observe_field: Vec<Bus<Out>>,
    /// Draws, by lane.
    pub observe_draw: Vec<Bus<Out>>,
    /// A cluster stores a sum.
    pub observe_sum_valid: Vec<Signal<Out, Bit>>,
    /// Of this lane of the cluster.
    pub observe_sum_lane: Vec<Bus<Out>>,
    /// Of this slot.
    pub observe_sum_slot: Vec<Bus<Out>>,
    /// All replicas of the slot's burst included.
    pub observe_sum: Vec<Bus<Out>>,
    /// A swap takes effect.
    pub observe_swap: Signal<Out, Bit>,
    /// With energies: that of a replica after a sweep is there.
    pub observe_energy_valid: Vec<Signal<Out, Bit>>,
    /// With energies: this replica.
    pub observe_energy_replica: Vec<Bus<Out>>,
    /// With energies: its energy.
    pub observe_energy: Vec<Bus<Out>>,
    /// With a ladder: a pair of places was tried.
    pub observe_exchange_valid: Vec<Signal<Out, Bit>>,
    /// With a ladder: its lower place.
    pub observe_exchange_place: Vec<Bus<Out>>,
    /// With a ladder: the replica that stood there.
    pub observe_exchange_lower: Vec<Bus<Out>>,
    /// With a ladder: the replica that stood at the next place.
    pub observe_exchange_upper: Vec<Bus<Out>>,
    /// With a ladder: they are exchanged.
    pub observe_exchange_made: Vec<Signal<Out, Bit>>,
    control: Control,
    engine: WiredEngine,
    no_block: Const,
    no_class: Const,
    _lanes: usize,
    _clusters: usize,
    _energies: usize,
    _ladders: usize,
    _betas: usize,
    _scheduled: usize,
}

impl WiredCore {
    /// The core of this machine.
    ///
    /// # Panics
    /// If its graph is not in the wires.
    pub fn new(config: &ValidSparse) -> Self {
        let shape = WiredShape::of(config).expect("a wired machine");
        let engine = WiredEngine::new(&shape);
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
            observe_spin: engine.observe_spin.iter().map(Bus::like).collect(),
            observe_field: engine.observe_field.iter().map(Bus::like).collect(),
            observe_draw: engine.observe_draw.iter().map(Bus::like).collect(),
            observe_sum_valid: engine.observe_sum_valid.iter().map(|_| Default::default()).collect(),
            observe_sum_lane: engine.observe_sum_lane.iter().map(Bus::like).collect(),
            observe_sum_slot: engine.observe_sum_slot.iter().map(Bus::like).collect(),
            observe_sum: engine.observe_sum.iter().map(Bus::like).collect(),
            observe_swap: Default::default(),
            observe_energy_valid: engine.observe_energy.iter().map(|_| Default::default()).collect(),
            observe_energy_replica: engine.observe_energy_replica.iter().map(Bus::like).collect(),
            observe_energy: engine.observe_energy.iter().map(Bus::like).collect(),
            observe_exchange_valid: engine
                .observe_exchange_valid
                .iter()
                .map(|_| Default::default())
                .collect(),
            observe_exchange_place: engine.observe_exchange_place.iter().map(Bus::like).collect(),
            observe_exchange_lower: engine.observe_exchange_lower.iter().map(Bus::like).collect(),
            observe_exchange_upper: engine.observe_exchange_upper.iter().map(Bus::like).collect(),
            observe_exchange_made: engine.observe_exchange_made.iter().map(|_| Default::default()).collect(),
            no_block: Const::unsigned(3, 0),
            no_class: Const::unsigned(6, 0),
            _lanes: shape.lanes,
            _clusters: engine.observe_spin.len(),
            _energies: engine.observe_energy.len(),
            _ladders: engine.observe_exchange_valid.len(),
            _betas: control.beta_table.len(),
            _scheduled: engine.scheduled_table.len(),
            control,
            engine,
        }
    }
}

impl Logic for WiredCore {
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
        for k in 0..self._energies {
            self.observe_energy_valid[k].next = self.engine.observe_energy_valid[k].val();
            self.observe_energy_replica[k].next = self.engine.observe_energy_replica[k].val();
            self.observe_energy[k].next = self.engine.observe_energy[k].val();
        }
        for k in 0..self._ladders {
            self.observe_exchange_valid[k].next = self.engine.observe_exchange_valid[k].val();
            self.observe_exchange_place[k].next = self.engine.observe_exchange_place[k].val();
            self.observe_exchange_lower[k].next = self.engine.observe_exchange_lower[k].val();
            self.observe_exchange_upper[k].next = self.engine.observe_exchange_upper[k].val();
            self.observe_exchange_made[k].next = self.engine.observe_exchange_made[k].val();
        }
        for c in 0..self._clusters {
            self.observe_spin[c].next = self.engine.observe_spin[c].val();
            self.observe_sum_valid[c].next = self.engine.observe_sum_valid[c].val();
            self.observe_sum_lane[c].next = self.engine.observe_sum_lane[c].val();
            self.observe_sum_slot[c].next = self.engine.observe_sum_slot[c].val();
            self.observe_sum[c].next = self.engine.observe_sum[c].val();
        }
    }
}
crate::clocked!(WiredCore);
crate::cell_ports!(
    WiredCore,
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
        observe_spin,
        observe_field,
        observe_draw,
        observe_sum_valid,
        observe_sum_lane,
        observe_sum_slot,
        observe_sum,
        observe_swap,
        observe_energy_valid,
        observe_energy_replica,
        observe_energy,
        observe_exchange_valid,
        observe_exchange_place,
        observe_exchange_lower,
        observe_exchange_upper,
        observe_exchange_made
    ]
);
