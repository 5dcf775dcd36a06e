//! Registers of the port itself, and the interrupt.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::registers;

/// Stands between a port and the core: answers `INTERRUPT_*` itself and hands every other access on (contract section 11).
///
/// The end of a run sets the pending bit, a 1 written to it clears it; when both meet, it is set. The line is high while a bit is both pending and enabled.
#[derive(LogicBlock)]
pub struct InterruptPage {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Held until `port_ready`.
    pub port_write: Signal<In, Bit>,
    /// Held until `port_ready`.
    pub port_read: Signal<In, Bit>,
    /// Word address, 16 bits.
    pub port_address: Bus<In>,
    /// 32 bits.
    pub port_write_data: Bus<In>,
    /// The access is finished, one clock.
    pub port_ready: Signal<Out, Bit>,
    /// 32 bits, valid with `port_ready`.
    pub port_read_data: Bus<Out>,
    /// Valid with `port_ready`: 0 ok, 1 no such address or direction, 2 refused.
    pub port_status: Bus<Out>,
    /// Held until `bus_ready`.
    pub bus_write: Signal<Out, Bit>,
    /// Held until `bus_ready`.
    pub bus_read: Signal<Out, Bit>,
    /// The core has finished the access.
    pub bus_ready: Signal<In, Bit>,
    /// 32 bits.
    pub bus_read_data: Bus<In>,
    /// As `port_status`.
    pub bus_status: Bus<In>,
    /// A run is going on.
    pub busy: Signal<In, Bit>,
    /// Level, from a register.
    pub irq: Signal<Out, Bit>,
    answered: BitRegister,
    was_busy: BitRegister,
    enable: BitRegister,
    pending: BitRegister,
    line: BitRegister,
    upper: Bus<Local>,
    own: Signal<Local, Bit>,
    second: Signal<Local, Bit>,
    at_page: Const,
}

impl Default for InterruptPage {
    fn default() -> Self {
        let (enable, pending) = (registers::INTERRUPT_ENABLE, registers::INTERRUPT_PENDING);
        assert_eq!((enable & 1, pending), (0, enable + 1), "the lowest address bit tells the two apart");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            port_write: Default::default(),
            port_read: Default::default(),
            port_address: Bus::unsigned(16),
            port_write_data: Bus::unsigned(32),
            port_ready: Default::default(),
            port_read_data: Bus::unsigned(32),
            port_status: Bus::unsigned(2),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(32),
            bus_status: Bus::unsigned(2),
            busy: Default::default(),
            irq: Default::default(),
            answered: Default::default(),
            was_busy: Default::default(),
            enable: Default::default(),
            pending: Default::default(),
            line: Default::default(),
            upper: Bus::unsigned(16),
            own: Default::default(),
            second: Default::default(),
            at_page: Const::unsigned(16, (enable >> 1).into()),
        }
    }
}

impl Logic for InterruptPage {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module interrupt_page: Registers of the port, and the interrupt.");
        dff_setup!(self, clock, answered, was_busy, enable, pending, line);
        self.upper.next = self.port_address.val() >> 1;
        self.own.next = self.upper.val() == self.at_page.val();
        self.second.next = self.port_address.val().get_bit(0);
        self.bus_write.next = self.port_write.val() && !self.own.val();
        self.bus_read.next = self.port_read.val() && !self.own.val();
        self.answered.d.next =
            (self.port_write.val() || self.port_read.val()) && self.own.val() && !self.answered.q.val();
        self.port_ready.next = self.bus_ready.val();
        self.port_read_data.next = self.bus_read_data.val();
        self.port_status.next = self.bus_status.val();
        if self.own.val() {
            self.port_ready.next = self.answered.q.val();
            self.port_status.next = 0.into();
            self.port_read_data.next = 0.into();
            if self.second.val() {
                self.port_read_data.next = self.port_read_data.val().replace_bit(0, self.pending.q.val());
            } else {
                self.port_read_data.next = self.port_read_data.val().replace_bit(0, self.enable.q.val());
            }
        }
        if self.answered.q.val() && self.port_write.val() {
            if self.second.val() {
                if self.port_write_data.val().get_bit(0) {
                    self.pending.d.next = false;
                }
            } else {
                self.enable.d.next = self.port_write_data.val().get_bit(0);
            }
        }
        self.was_busy.d.next = self.busy.val();
        if self.was_busy.q.val() && !self.busy.val() {
            self.pending.d.next = true;
        }
        self.line.d.next = self.pending.q.val() && self.enable.q.val();
        self.irq.next = self.line.q.val();
        if self.reset.val() {
            self.answered.d.next = false;
            self.was_busy.d.next = false;
            self.enable.d.next = false;
            self.pending.d.next = false;
            self.line.d.next = false;
        }
    }
}
crate::clocked!(InterruptPage);
crate::cell_ports!(
    InterruptPage,
    clock,
    [reset, port_write, port_read, port_address, port_write_data, bus_ready, bus_read_data, bus_status, busy],
    [port_ready, port_read_data, port_status, bus_write, bus_read, irq]
);
