//! SPI to characters and back.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// An SPI slave of bytes: mode 0 (`SCK` low when idle, both sides sample on its rising edge), highest bit first.
///
/// All three inputs pass two flip-flops of the machine's clock, and `SCK` is looked at like any other signal: it must be high and low for
/// at least four clocks each. Where there is no answer, a byte 0 goes out. A byte that the master breaks off by raising `CS_N` is dropped,
/// and what was going out begins again with its highest bit.
#[derive(LogicBlock)]
pub struct SpiLine {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// `SCK`, asynchronous.
    pub sck: Signal<In, Bit>,
    /// `CS_N`: low selects the machine; asynchronous.
    pub cs_n: Signal<In, Bit>,
    /// `MOSI`, asynchronous.
    pub mosi: Signal<In, Bit>,
    /// `MISO`, straight from a flip-flop; changes up to three clocks after `SCK` falls.
    pub miso: Signal<Out, Bit>,
    /// The byte from the master, 8 bits.
    pub character: Bus<Out>,
    /// `character` is new, one clock.
    pub character_valid: Signal<Out, Bit>,
    /// The line is inside a byte.
    pub receiving: Signal<Out, Bit>,
    /// A byte was broken off, one clock.
    pub broken: Signal<Out, Bit>,
    /// A byte for the master, 8 bits.
    pub answer: Bus<In>,
    /// Takes `answer`; only while `ready`.
    pub send: Signal<In, Bit>,
    /// There is room for a byte.
    pub ready: Signal<Out, Bit>,
    sck_stage: BitRegister,
    sck_line: BitRegister,
    sck_before: BitRegister,
    cs_stage: BitRegister,
    cs_line: BitRegister,
    mosi_stage: BitRegister,
    mosi_line: BitRegister,
    count: Register,
    shift: Register,
    complete: BitRegister,
    held: Register,
    held_valid: BitRegister,
    current: Register,
    outgoing: Register,
    rising: Signal<Local, Bit>,
    falling: Signal<Local, Bit>,
    last: Signal<Local, Bit>,
    last_count: Const,
    one: Const,
}

impl Default for SpiLine {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            sck: Default::default(),
            cs_n: Default::default(),
            mosi: Default::default(),
            miso: Default::default(),
            character: Bus::unsigned(8),
            character_valid: Default::default(),
            receiving: Default::default(),
            broken: Default::default(),
            answer: Bus::unsigned(8),
            send: Default::default(),
            ready: Default::default(),
            sck_stage: Default::default(),
            sck_line: Default::default(),
            sck_before: Default::default(),
            cs_stage: BitRegister::starting_at(true),
            cs_line: BitRegister::starting_at(true),
            mosi_stage: Default::default(),
            mosi_line: Default::default(),
            count: Register::unsigned(3),
            shift: Register::unsigned(8),
            complete: Default::default(),
            held: Register::unsigned(8),
            held_valid: Default::default(),
            current: Register::unsigned(8),
            outgoing: Register::unsigned(8),
            rising: Default::default(),
            falling: Default::default(),
            last: Default::default(),
            last_count: Const::unsigned(3, 7),
            one: Const::unsigned(8, 1),
        }
    }
}

impl Logic for SpiLine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module spi_line: SPI slave, mode 0, to characters and back.");
        dff_setup!(self, clock, sck_stage, sck_line, sck_before, cs_stage, cs_line, mosi_stage, mosi_line);
        dff_setup!(self, clock, count, shift, complete, held, held_valid, current, outgoing);
        // Two flip-flops each: the lines may change at any moment. All three are equally old behind them.
        self.sck_stage.d.next = self.sck.val();
        self.sck_line.d.next = self.sck_stage.q.val();
        self.sck_before.d.next = self.sck_line.q.val();
        self.cs_stage.d.next = self.cs_n.val();
        self.cs_line.d.next = self.cs_stage.q.val();
        self.mosi_stage.d.next = self.mosi.val();
        self.mosi_line.d.next = self.mosi_stage.q.val();
        self.rising.next = !self.cs_line.q.val() && self.sck_line.q.val() && !self.sck_before.q.val();
        self.falling.next = !self.cs_line.q.val() && !self.sck_line.q.val() && self.sck_before.q.val();
        self.last.next = self.rising.val() && (self.count.q.val() == self.last_count.val());
        self.character.next = self.shift.q.val();
        self.character_valid.next = self.complete.q.val();
        self.complete.d.next = self.last.val();
        self.receiving.next = !self.cs_line.q.val() && self.count.q.val().any();
        self.broken.next = self.cs_line.q.val() && self.count.q.val().any();
        if self.rising.val() {
            self.count.d.next = self.count.q.val() + 1;
            self.shift.d.next = self.shift.q.val() << 1;
            if self.mosi_line.q.val() {
                self.shift.d.next = (self.shift.q.val() << 1) | self.one.val();
            }
        }
        if self.cs_line.q.val() {
            self.count.d.next = 0.into();
        }

        // The master has sampled a byte's last bit: the byte behind it is next, whether it is read now or after a pause.
        self.ready.next = !self.held_valid.q.val();
        if self.last.val() {
            self.current.d.next = 0.into();
            if self.held_valid.q.val() {
                self.current.d.next = self.held.q.val();
            }
            self.held_valid.d.next = false;
        }
        if self.send.val() {
            self.held.d.next = self.answer.val();
            self.held_valid.d.next = true;
        }
        self.miso.next = self.outgoing.q.val().get_bit(7);
        if self.falling.val() {
            self.outgoing.d.next = self.outgoing.q.val() << 1;
            if !self.count.q.val().any() {
                self.outgoing.d.next = self.current.q.val();
            }
        }
        if self.cs_line.q.val() {
            self.outgoing.d.next = self.current.q.val();
        }
        if self.reset.val() {
            self.count.d.next = 0.into();
            self.complete.d.next = false;
            self.held_valid.d.next = false;
            self.current.d.next = 0.into();
            self.outgoing.d.next = 0.into();
        }
    }
}
crate::clocked!(SpiLine);
crate::cell_ports!(
    SpiLine,
    clock,
    [reset, sck, cs_n, mosi, answer, send],
    [miso, character, character_valid, receiving, broken, ready]
);
