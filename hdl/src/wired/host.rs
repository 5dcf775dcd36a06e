//! The wired core behind its serial host port, with and without the observation ports.

use super::core::WiredCore;
use crate::host::HostBridge;
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidSparse;

/// Serial line in, observation ports out: what a harness drives that tests the real host port.
#[derive(LogicBlock)]
pub struct WiredHost {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Serial line from the host.
    pub uart_rx: Signal<In, Bit>,
    /// Serial line to the host.
    pub uart_tx: Signal<Out, Bit>,
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
    bridge: HostBridge,
    core: WiredCore,
    _lanes: usize,
    _clusters: usize,
    _energies: usize,
    _ladders: usize,
}

impl WiredHost {
    /// Bridge and core of this machine.
    ///
    /// # Panics
    /// If its graph is not in the wires.
    pub fn new(config: &ValidSparse) -> Self {
        let core = WiredCore::new(config);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            uart_rx: Default::default(),
            uart_tx: Default::default(),
            busy: Default::default(),
            observe_valid: Default::default(),
            observe_start: Default::default(),
            observe_sweep: Bus::unsigned(32),
            observe_slot: Bus::like(&core.observe_slot),
            observe_replica: Bus::like(&core.observe_replica),
            observe_retained: Default::default(),
            observe_spin: core.observe_spin.iter().map(Bus::like).collect(),
            observe_field: core.observe_field.iter().map(Bus::like).collect(),
            observe_draw: core.observe_draw.iter().map(Bus::like).collect(),
            observe_sum_valid: core.observe_sum_valid.iter().map(|_| Default::default()).collect(),
            observe_sum_lane: core.observe_sum_lane.iter().map(Bus::like).collect(),
            observe_sum_slot: core.observe_sum_slot.iter().map(Bus::like).collect(),
            observe_sum: core.observe_sum.iter().map(Bus::like).collect(),
            observe_swap: Default::default(),
            observe_energy_valid: core.observe_energy.iter().map(|_| Default::default()).collect(),
            observe_energy_replica: core.observe_energy_replica.iter().map(Bus::like).collect(),
            observe_energy: core.observe_energy.iter().map(Bus::like).collect(),
            observe_exchange_valid: core.observe_exchange_valid.iter().map(|_| Default::default()).collect(),
            observe_exchange_place: core.observe_exchange_place.iter().map(Bus::like).collect(),
            observe_exchange_lower: core.observe_exchange_lower.iter().map(Bus::like).collect(),
            observe_exchange_upper: core.observe_exchange_upper.iter().map(Bus::like).collect(),
            observe_exchange_made: core.observe_exchange_made.iter().map(|_| Default::default()).collect(),
            bridge: HostBridge::new(config.timing()),
            _lanes: config.lanes(),
            _clusters: core.observe_spin.len(),
            _energies: core.observe_energy.len(),
            _ladders: core.observe_exchange_valid.len(),
            core,
        }
    }
}

impl Logic for WiredHost {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module host: Serial host port and core, only wires.");
        clock!(self, clock, bridge, core);
        self.bridge.reset.next = self.reset.val();
        self.bridge.uart_rx.next = self.uart_rx.val();
        self.bridge.bus_ready.next = self.core.bus_ready.val();
        self.bridge.bus_read_data.next = self.core.bus_read_data.val();
        self.bridge.bus_status.next = self.core.bus_status.val();
        self.uart_tx.next = self.bridge.uart_tx.val();
        self.core.reset.next = self.reset.val();
        self.core.bus_write.next = self.bridge.bus_write.val();
        self.core.bus_read.next = self.bridge.bus_read.val();
        self.core.bus_address.next = self.bridge.bus_address.val();
        self.core.bus_write_data.next = self.bridge.bus_write_data.val();
        self.core.count_frame_crc.next = self.bridge.count_frame_crc.val();
        self.core.count_frame_format.next = self.bridge.count_frame_format.val();
        self.core.count_frame_timeout.next = self.bridge.count_frame_timeout.val();
        self.core.count_uart.next = self.bridge.count_uart.val();
        self.busy.next = self.core.busy.val();
        self.observe_valid.next = self.core.observe_valid.val();
        self.observe_start.next = self.core.observe_start.val();
        self.observe_sweep.next = self.core.observe_sweep.val();
        self.observe_slot.next = self.core.observe_slot.val();
        self.observe_replica.next = self.core.observe_replica.val();
        self.observe_retained.next = self.core.observe_retained.val();
        self.observe_swap.next = self.core.observe_swap.val();
        for l in 0..self._lanes {
            self.observe_field[l].next = self.core.observe_field[l].val();
            self.observe_draw[l].next = self.core.observe_draw[l].val();
        }
        for k in 0..self._energies {
            self.observe_energy_valid[k].next = self.core.observe_energy_valid[k].val();
            self.observe_energy_replica[k].next = self.core.observe_energy_replica[k].val();
            self.observe_energy[k].next = self.core.observe_energy[k].val();
        }
        for k in 0..self._ladders {
            self.observe_exchange_valid[k].next = self.core.observe_exchange_valid[k].val();
            self.observe_exchange_place[k].next = self.core.observe_exchange_place[k].val();
            self.observe_exchange_lower[k].next = self.core.observe_exchange_lower[k].val();
            self.observe_exchange_upper[k].next = self.core.observe_exchange_upper[k].val();
            self.observe_exchange_made[k].next = self.core.observe_exchange_made[k].val();
        }
        for c in 0..self._clusters {
            self.observe_spin[c].next = self.core.observe_spin[c].val();
            self.observe_sum_valid[c].next = self.core.observe_sum_valid[c].val();
            self.observe_sum_lane[c].next = self.core.observe_sum_lane[c].val();
            self.observe_sum_slot[c].next = self.core.observe_sum_slot[c].val();
            self.observe_sum[c].next = self.core.observe_sum[c].val();
        }
    }
}
crate::clocked!(WiredHost);

/// What a board gets: clock, reset, serial line and a light.
#[derive(LogicBlock)]
pub struct WiredTop {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Serial line from the host.
    pub uart_rx: Signal<In, Bit>,
    /// Serial line to the host.
    pub uart_tx: Signal<Out, Bit>,
    /// A run is going on.
    pub busy: Signal<Out, Bit>,
    hosted: WiredHost,
}

impl WiredTop {
    /// The top of this machine.
    ///
    /// # Panics
    /// If its graph is not in the wires.
    pub fn new(config: &ValidSparse) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            uart_rx: Default::default(),
            uart_tx: Default::default(),
            busy: Default::default(),
            hosted: WiredHost::new(config),
        }
    }
}

impl Logic for WiredTop {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module top: What a board gets, only wires.");
        clock!(self, clock, hosted);
        self.hosted.reset.next = self.reset.val();
        self.hosted.uart_rx.next = self.uart_rx.val();
        self.uart_tx.next = self.hosted.uart_tx.val();
        self.busy.next = self.hosted.busy.val();
    }
}
crate::clocked!(WiredTop);
