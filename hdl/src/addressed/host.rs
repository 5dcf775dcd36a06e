//! The addressed core behind its serial host port, with and without the observation ports.

use super::core::AddressedCore;
use crate::host::HostBridge;
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidSparse;

/// Serial line in, observation ports out: what a harness drives that tests the real host port.
#[derive(LogicBlock)]
pub struct AddressedHost {
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
    bridge: HostBridge,
    core: AddressedCore,
    _lanes: usize,
}

impl AddressedHost {
    /// Bridge and core of this machine.
    ///
    /// # Panics
    /// If it does not take its graph from the bank.
    pub fn new(config: &ValidSparse) -> Self {
        let core = AddressedCore::new(config);
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
            observe_field: core.observe_field.iter().map(Bus::like).collect(),
            observe_draw: core.observe_draw.iter().map(Bus::like).collect(),
            observe_word_valid: Default::default(),
            observe_word_position: Bus::like(&core.observe_word_position),
            observe_word: Bus::like(&core.observe_word),
            observe_sum_valid: Default::default(),
            observe_sum_position: Bus::like(&core.observe_sum_position),
            observe_sum: Bus::like(&core.observe_sum),
            observe_swap: Default::default(),
            bridge: HostBridge::new(config.timing()),
            _lanes: config.lanes(),
            core,
        }
    }
}

impl Logic for AddressedHost {
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
        self.observe_word_valid.next = self.core.observe_word_valid.val();
        self.observe_word_position.next = self.core.observe_word_position.val();
        self.observe_word.next = self.core.observe_word.val();
        self.observe_sum_valid.next = self.core.observe_sum_valid.val();
        self.observe_sum_position.next = self.core.observe_sum_position.val();
        self.observe_sum.next = self.core.observe_sum.val();
    }
}
crate::clocked!(AddressedHost);

/// What a board gets: clock, reset, serial line and a light.
#[derive(LogicBlock)]
pub struct AddressedTop {
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
    hosted: AddressedHost,
}

impl AddressedTop {
    /// The top of this machine.
    ///
    /// # Panics
    /// If it does not take its graph from the bank.
    pub fn new(config: &ValidSparse) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            uart_rx: Default::default(),
            uart_tx: Default::default(),
            busy: Default::default(),
            hosted: AddressedHost::new(config),
        }
    }
}

impl Logic for AddressedTop {
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
crate::clocked!(AddressedTop);
