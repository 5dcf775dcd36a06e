//! AXI4-Lite to register bus.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Bits of an AXI address: bytes, four to a word of the register map.
pub const AXI_ADDRESS_BITS: usize = 18;

/// Values of `BRESP` and `RRESP` (ARM IHI 0022, "Read and write response structure").
pub mod response {
    /// The access was done.
    pub const OKAY: u64 = 0;
    /// It was refused in the present state, or wrote a part of a word.
    pub const SLVERR: u64 = 2;
    /// The register does not exist or not in that direction.
    pub const DECERR: u64 = 3;
}

/// What the register bus is used for.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum AxiState {
    /// Nothing.
    Idle,
    /// A write.
    Write,
    /// A read.
    Read,
}

/// An AXI4-Lite subordinate of 32-bit words: one write and one read are held at a time, and they take turns on the register bus.
///
/// Every output comes from a register, so that no input reaches an output within a clock. Registers have no bytes of their own: a
/// write with all strobes is an access, with none it does nothing, with some of them it is answered with `SLVERR` and changes
/// nothing. The two lowest address bits are ignored; there is no `AWPROT` and no `ARPROT`, which a subordinate may leave out.
#[derive(LogicBlock)]
pub struct AxiLitePort {
    /// Rising edge: `ACLK`.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high: `!ARESETn`.
    pub reset: Signal<In, Bit>,
    /// `AWVALID`.
    pub awvalid: Signal<In, Bit>,
    /// `AWREADY`: no address is held.
    pub awready: Signal<Out, Bit>,
    /// `AWADDR`, in bytes.
    pub awaddr: Bus<In>,
    /// `WVALID`.
    pub wvalid: Signal<In, Bit>,
    /// `WREADY`: no data are held.
    pub wready: Signal<Out, Bit>,
    /// `WDATA`, 32 bits.
    pub wdata: Bus<In>,
    /// `WSTRB`, 4 bits.
    pub wstrb: Bus<In>,
    /// `BVALID`.
    pub bvalid: Signal<Out, Bit>,
    /// `BREADY`.
    pub bready: Signal<In, Bit>,
    /// `BRESP`: see [`response`].
    pub bresp: Bus<Out>,
    /// `ARVALID`.
    pub arvalid: Signal<In, Bit>,
    /// `ARREADY`: no address is held.
    pub arready: Signal<Out, Bit>,
    /// `ARADDR`, in bytes.
    pub araddr: Bus<In>,
    /// `RVALID`.
    pub rvalid: Signal<Out, Bit>,
    /// `RREADY`.
    pub rready: Signal<In, Bit>,
    /// `RDATA`, 32 bits; 0 with a response other than `OKAY`.
    pub rdata: Bus<Out>,
    /// `RRESP`: see [`response`].
    pub rresp: Bus<Out>,
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
    state: DFF<AxiState>,
    write_address_held: BitRegister,
    write_address: Register,
    write_data_held: BitRegister,
    write_data: Register,
    strobe: Register,
    read_address_held: BitRegister,
    read_address: Register,
    write_answered: BitRegister,
    write_response: Register,
    read_answered: BitRegister,
    read_response: Register,
    read_data: Register,
    write_word: Bus<Local>,
    read_word: Bus<Local>,
    begin_write: Signal<Local, Bit>,
    begin_read: Signal<Local, Bit>,
    answer: Bus<Local>,
    _address: usize,
    all_strobes: Const,
    okay: Const,
    slave_error: Const,
    decode_error: Const,
}

impl Default for AxiLitePort {
    fn default() -> Self {
        Self::with_widths(16, 32)
    }
}

impl AxiLitePort {
    /// A port with so many bits of word address and data: proofs take fewer, since nothing looks into either.
    pub fn with_widths(address: usize, data: usize) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            awvalid: Default::default(),
            awready: Default::default(),
            awaddr: Bus::unsigned(address + 2),
            wvalid: Default::default(),
            wready: Default::default(),
            wdata: Bus::unsigned(data),
            wstrb: Bus::unsigned(4),
            bvalid: Default::default(),
            bready: Default::default(),
            bresp: Bus::unsigned(2),
            arvalid: Default::default(),
            arready: Default::default(),
            araddr: Bus::unsigned(address + 2),
            rvalid: Default::default(),
            rready: Default::default(),
            rdata: Bus::unsigned(data),
            rresp: Bus::unsigned(2),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_address: Bus::unsigned(address),
            bus_write_data: Bus::unsigned(data),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(data),
            bus_status: Bus::unsigned(2),
            state: Default::default(),
            write_address_held: Default::default(),
            write_address: Register::unsigned(address),
            write_data_held: Default::default(),
            write_data: Register::unsigned(data),
            strobe: Register::unsigned(4),
            read_address_held: Default::default(),
            read_address: Register::unsigned(address),
            write_answered: Default::default(),
            write_response: Register::unsigned(2),
            read_answered: Default::default(),
            read_response: Register::unsigned(2),
            read_data: Register::unsigned(data),
            write_word: Bus::unsigned(address + 2),
            read_word: Bus::unsigned(address + 2),
            begin_write: Default::default(),
            begin_read: Default::default(),
            answer: Bus::unsigned(2),
            _address: address,
            all_strobes: Const::unsigned(4, 0xf),
            okay: Const::unsigned(2, response::OKAY),
            slave_error: Const::unsigned(2, response::SLVERR),
            decode_error: Const::unsigned(2, response::DECERR),
        }
    }
}

impl Logic for AxiLitePort {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module axi_lite_port: AXI4-Lite to register bus.");
        dff_setup!(
            self,
            clock,
            state,
            write_address_held,
            write_address,
            write_data_held,
            write_data,
            strobe,
            read_address_held,
            read_address,
            write_answered,
            write_response,
            read_answered,
            read_response,
            read_data
        );
        self.awready.next = !self.write_address_held.q.val();
        self.wready.next = !self.write_data_held.q.val();
        self.arready.next = !self.read_address_held.q.val();
        self.bvalid.next = self.write_answered.q.val();
        self.bresp.next = self.write_response.q.val();
        self.rvalid.next = self.read_answered.q.val();
        self.rresp.next = self.read_response.q.val();
        self.rdata.next = self.read_data.q.val();
        self.bus_write.next = self.state.q.val() == AxiState::Write;
        self.bus_read.next = self.state.q.val() == AxiState::Read;
        self.bus_write_data.next = self.write_data.q.val();
        self.bus_address.next = self.write_address.q.val();
        if self.state.q.val() == AxiState::Read {
            self.bus_address.next = self.read_address.q.val();
        }
        self.answer.next = self.okay.val();
        if self.bus_status.val().any() {
            self.answer.next = self.slave_error.val();
        }
        if self.bus_status.val().get_bit(0) {
            self.answer.next = self.decode_error.val();
        }

        // What comes is held until it is answered.
        self.write_word.next = self.awaddr.val() >> 2;
        self.read_word.next = self.araddr.val() >> 2;
        if self.awvalid.val() && !self.write_address_held.q.val() {
            self.write_address_held.d.next = true;
            self.write_address.d.next = bit_cast_to(self.write_word.val(), self._address);
        }
        if self.wvalid.val() && !self.write_data_held.q.val() {
            self.write_data_held.d.next = true;
            self.write_data.d.next = self.wdata.val();
            self.strobe.d.next = self.wstrb.val();
        }
        if self.arvalid.val() && !self.read_address_held.q.val() {
            self.read_address_held.d.next = true;
            self.read_address.d.next = bit_cast_to(self.read_word.val(), self._address);
        }
        if self.bready.val() {
            self.write_answered.d.next = false;
        }
        if self.rready.val() {
            self.read_answered.d.next = false;
        }

        // An access begins when the last answer of its kind has been taken. That of an access stands in the clock behind it, so that
        // two that wait take turns.
        self.begin_write.next =
            self.write_address_held.q.val() && self.write_data_held.q.val() && !self.write_answered.q.val();
        self.begin_read.next =
            self.read_address_held.q.val() && !self.read_answered.q.val() && !self.begin_write.val();
        match self.state.q.val() {
            AxiState::Idle => {
                if self.begin_write.val() {
                    if self.strobe.q.val() == self.all_strobes.val() {
                        self.state.d.next = AxiState::Write;
                    } else {
                        self.write_address_held.d.next = false;
                        self.write_data_held.d.next = false;
                        self.write_answered.d.next = true;
                        self.write_response.d.next = self.okay.val();
                        if self.strobe.q.val().any() {
                            self.write_response.d.next = self.slave_error.val();
                        }
                    }
                }
                if self.begin_read.val() {
                    self.state.d.next = AxiState::Read;
                }
            }
            AxiState::Write => {
                if self.bus_ready.val() {
                    self.write_address_held.d.next = false;
                    self.write_data_held.d.next = false;
                    self.write_answered.d.next = true;
                    self.write_response.d.next = self.answer.val();
                    self.state.d.next = AxiState::Idle;
                }
            }
            _ => {
                if self.bus_ready.val() {
                    self.read_address_held.d.next = false;
                    self.read_answered.d.next = true;
                    self.read_response.d.next = self.answer.val();
                    self.read_data.d.next = self.bus_read_data.val();
                    if self.bus_status.val().any() {
                        self.read_data.d.next = 0.into();
                    }
                    self.state.d.next = AxiState::Idle;
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = AxiState::Idle;
            self.write_address_held.d.next = false;
            self.write_data_held.d.next = false;
            self.read_address_held.d.next = false;
            self.write_answered.d.next = false;
            self.read_answered.d.next = false;
        }
    }
}
crate::clocked!(AxiLitePort);
crate::cell_ports!(
    AxiLitePort,
    clock,
    [
        reset,
        awvalid,
        awaddr,
        wvalid,
        wdata,
        wstrb,
        bready,
        arvalid,
        araddr,
        rready,
        bus_ready,
        bus_read_data,
        bus_status
    ],
    [
        awready,
        wready,
        bvalid,
        bresp,
        arready,
        rvalid,
        rdata,
        rresp,
        bus_write,
        bus_read,
        bus_address,
        bus_write_data
    ]
);
