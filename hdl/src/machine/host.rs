//! The core behind its serial host port, with and without the observation ports.

use super::core::Core;
use crate::host::HostBridge;
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidConfig;

/// Serial line in, observation ports out: what a harness drives that tests the real host port.
#[derive(LogicBlock)]
pub struct HostedCore {
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
    bridge: HostBridge,
    core: Core,
    _lanes: usize,
    _power_on: usize,
    _self_test: usize,
}

impl HostedCore {
    /// Bridge and core of this machine.
    pub fn new(config: &ValidConfig) -> Self {
        let core = Core::new(config);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            uart_rx: Default::default(),
            uart_tx: Default::default(),
            busy: Default::default(),
            observe_valid: Default::default(),
            observe_start: Default::default(),
            observe_block: Bus::like(&core.observe_block),
            observe_sweep: Bus::unsigned(32),
            observe_slot: Bus::like(&core.observe_slot),
            observe_replica: Bus::like(&core.observe_replica),
            observe_retained: Default::default(),
            observe_spin: Bus::like(&core.observe_spin),
            observe_field: core.observe_field.iter().map(Bus::like).collect(),
            observe_draw: core.observe_draw.iter().map(Bus::like).collect(),
            observe_sum: core.observe_sum.iter().map(Bus::like).collect(),
            observe_swap: Default::default(),
            observe_encoded_valid: Default::default(),
            observe_encoded_slot: Bus::like(&core.observe_encoded_slot),
            observe_encoded: Bus::like(&core.observe_encoded),
            bridge: HostBridge::of(config),
            core,
            _lanes: config.lanes(),
            _power_on: usize::from(config.timing().power_on),
            _self_test: usize::from(config.timing().self_test),
        }
    }
}

impl Logic for HostedCore {
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
        for k in 0..self._power_on {
            self.core.vouch_coupling[k].next = self.bridge.vouch_coupling[k].val();
            self.core.vouch_bias[k].next = self.bridge.vouch_bias[k].val();
        }
        for k in 0..self._self_test {
            self.core.reset.next = self.reset.val() || self.bridge.core_reset[k].val();
            self.core.revoke[k].next = self.bridge.revoke[k].val();
            self.core.self_test[k].next = self.bridge.self_test[k].val();
        }
        self.busy.next = self.core.busy.val();
        self.observe_valid.next = self.core.observe_valid.val();
        self.observe_start.next = self.core.observe_start.val();
        self.observe_block.next = self.core.observe_block.val();
        self.observe_sweep.next = self.core.observe_sweep.val();
        self.observe_slot.next = self.core.observe_slot.val();
        self.observe_replica.next = self.core.observe_replica.val();
        self.observe_retained.next = self.core.observe_retained.val();
        self.observe_spin.next = self.core.observe_spin.val();
        self.observe_swap.next = self.core.observe_swap.val();
        self.observe_encoded_valid.next = self.core.observe_encoded_valid.val();
        self.observe_encoded_slot.next = self.core.observe_encoded_slot.val();
        self.observe_encoded.next = self.core.observe_encoded.val();
        for l in 0..self._lanes {
            self.observe_field[l].next = self.core.observe_field[l].val();
            self.observe_draw[l].next = self.core.observe_draw[l].val();
            self.observe_sum[l].next = self.core.observe_sum[l].val();
        }
    }
}
crate::clocked!(HostedCore);

/// What a board gets: clock, reset, serial line and a light.
#[derive(LogicBlock)]
pub struct Top {
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
    hosted: HostedCore,
}

impl Top {
    /// The top of this machine.
    pub fn new(config: &ValidConfig) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            uart_rx: Default::default(),
            uart_tx: Default::default(),
            busy: Default::default(),
            hosted: HostedCore::new(config),
        }
    }
}

impl Logic for Top {
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
crate::clocked!(Top);
