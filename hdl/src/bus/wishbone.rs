//! Wishbone to register bus.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// What the register bus is used for.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum WishboneState {
    /// Nothing.
    Idle,
    /// An access.
    Access,
}

/// A Wishbone B4 slave of 32-bit words, classic cycles, synchronous termination with `ACK` or `ERR`.
///
/// Each termination lasts one clock, inside the cycle that it belongs to. A master may give a cycle up: the access that has begun
/// is finished on the register bus, and nobody is told. Registers have no bytes of their own: a write with all of `SEL` is an access,
/// with none it does nothing, with a part it ends with `ERR` and changes nothing; a read always gives the whole word.
#[derive(LogicBlock)]
pub struct WishbonePort {
    /// Rising edge: `CLK_I`.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high: `RST_I`.
    pub reset: Signal<In, Bit>,
    /// `CYC_I`.
    pub cyc: Signal<In, Bit>,
    /// `STB_I`.
    pub stb: Signal<In, Bit>,
    /// `WE_I`.
    pub we: Signal<In, Bit>,
    /// `ADR_I`, in words, 16 bits.
    pub adr: Bus<In>,
    /// `DAT_I`, 32 bits.
    pub write_data: Bus<In>,
    /// `SEL_I`, 4 bits.
    pub sel: Bus<In>,
    /// `DAT_O`, 32 bits.
    pub read_data: Bus<Out>,
    /// `ACK_O`.
    pub ack: Signal<Out, Bit>,
    /// `ERR_O`: the register does not exist, the access is refused, or it writes a part of a word.
    pub err: Signal<Out, Bit>,
    /// Held until `bus_ready`.
    pub bus_write: Signal<Out, Bit>,
    /// Held until `bus_ready`.
    pub bus_read: Signal<Out, Bit>,
    /// Word address, 16 bits.
    pub bus_address: Bus<Out>,
    /// 32 bits.
    pub bus_write_data: Bus<Out>,
    /// The access is finished, one clock.
    pub bus_ready: Signal<In, Bit>,
    /// 32 bits, valid with `bus_ready`.
    pub bus_read_data: Bus<In>,
    /// Valid with `bus_ready`: 0 ok, 1 no such address or direction, 2 refused.
    pub bus_status: Bus<In>,
    state: DFF<WishboneState>,
    writing: BitRegister,
    address: Register,
    data: Register,
    wanted: BitRegister,
    ack_register: BitRegister,
    err_register: BitRegister,
    request: Signal<Local, Bit>,
    all_lanes: Const,
}

impl Default for WishbonePort {
    fn default() -> Self {
        Self::with_widths(16, 32)
    }
}

impl WishbonePort {
    /// A port with so many bits of address and data: proofs take fewer, since nothing looks into either.
    pub fn with_widths(address: usize, width: usize) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            cyc: Default::default(),
            stb: Default::default(),
            we: Default::default(),
            adr: Bus::unsigned(address),
            write_data: Bus::unsigned(width),
            sel: Bus::unsigned(4),
            read_data: Bus::unsigned(width),
            ack: Default::default(),
            err: Default::default(),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_address: Bus::unsigned(address),
            bus_write_data: Bus::unsigned(width),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(width),
            bus_status: Bus::unsigned(2),
            state: Default::default(),
            writing: Default::default(),
            address: Register::unsigned(address),
            data: Register::unsigned(width),
            wanted: Default::default(),
            ack_register: Default::default(),
            err_register: Default::default(),
            request: Default::default(),
            all_lanes: Const::unsigned(4, 0xf),
        }
    }
}

impl Logic for WishbonePort {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module wishbone_port: Wishbone to register bus.");
        dff_setup!(self, clock, state, writing, address, data, wanted, ack_register, err_register);
        self.request.next = self.cyc.val() && self.stb.val();
        // A termination outside its cycle would be taken for the next one's.
        self.ack.next = self.ack_register.q.val() && self.request.val();
        self.err.next = self.err_register.q.val() && self.request.val();
        self.read_data.next = self.data.q.val();
        self.bus_write.next = (self.state.q.val() == WishboneState::Access) && self.writing.q.val();
        self.bus_read.next = (self.state.q.val() == WishboneState::Access) && !self.writing.q.val();
        // The same twice: Icarus evaluates a process after a change only, and the address register may begin at the first address that is
        // asked for. The state's change makes it known; synthesis sees one wire.
        self.bus_address.next = self.address.q.val();
        if self.state.q.val() == WishboneState::Access {
            self.bus_address.next = self.address.q.val();
        }
        self.bus_write_data.next = self.data.q.val();
        self.ack_register.d.next = false;
        self.err_register.d.next = false;
        match self.state.q.val() {
            WishboneState::Idle => {
                if self.request.val() && !self.ack_register.q.val() && !self.err_register.q.val() {
                    self.writing.d.next = self.we.val();
                    self.address.d.next = self.adr.val();
                    self.data.d.next = self.write_data.val();
                    self.wanted.d.next = true;
                    if self.we.val() && (self.sel.val() != self.all_lanes.val()) {
                        self.ack_register.d.next = !self.sel.val().any();
                        self.err_register.d.next = self.sel.val().any();
                    } else {
                        self.state.d.next = WishboneState::Access;
                    }
                }
            }
            _ => {
                self.wanted.d.next = self.wanted.q.val() && self.request.val();
                if self.bus_ready.val() {
                    self.data.d.next = self.bus_read_data.val();
                    self.ack_register.d.next =
                        self.wanted.q.val() && self.request.val() && !self.bus_status.val().any();
                    self.err_register.d.next =
                        self.wanted.q.val() && self.request.val() && self.bus_status.val().any();
                    self.state.d.next = WishboneState::Idle;
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = WishboneState::Idle;
            self.ack_register.d.next = false;
            self.err_register.d.next = false;
        }
    }
}
crate::clocked!(WishbonePort);
crate::cell_ports!(
    WishbonePort,
    clock,
    [reset, cyc, stb, we, adr, write_data, sel, bus_ready, bus_read_data, bus_status],
    [read_data, ack, err, bus_write, bus_read, bus_address, bus_write_data]
);
