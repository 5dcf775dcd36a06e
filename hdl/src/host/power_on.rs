//! A model that comes with the bitstream: schedules and valid banks out of the frame buffer's first contents.

use super::frame_executor::ExecutorState;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::power_on::PowerOnLayout;
use spinwright_contract::{ValidConfig, registers};

/// Reads the power-on record out of the frame buffer, once after the configuration of the chip (contract section 10).
///
/// It writes the record's schedules over the register bus, which judges them, and then lets the bank manager take the banks that the
/// record vouches for. The first schedule that is refused, or a record of another machine, ends it: then no bank becomes valid. A
/// reset during the work starts it again; one after it does not, since frames have overwritten the record by then.
#[derive(LogicBlock)]
pub struct PowerOn {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Byte from the buffer, 8 bits.
    pub buffer_read_data: Bus<In>,
    /// The access is finished, one clock.
    pub bus_ready: Signal<In, Bit>,
    /// Valid with `bus_ready`: 0 ok, 1 no such address, 2 refused.
    pub bus_status: Bus<In>,
    /// Buffer and bus belong to it.
    pub busy: Signal<Out, Bit>,
    /// Reads the buffer at `buffer_address`.
    pub buffer_read: Signal<Out, Bit>,
    /// 8 bits.
    pub buffer_address: Bus<Out>,
    /// Held until `bus_ready`.
    pub bus_write: Signal<Out, Bit>,
    /// 16 bits.
    pub bus_address: Bus<Out>,
    /// 32 bits.
    pub bus_write_data: Bus<Out>,
    /// Bit b: coupling bank b becomes valid, one clock.
    pub vouch_coupling: Bus<Out>,
    /// Bit b: bias bank b becomes valid, one clock.
    pub vouch_bias: Bus<Out>,
    /// With a self-test: reads the record once more, one clock, after it has ended.
    pub again: Vec<Signal<In, Bit>>,
    /// With a self-test: the record is good and has a signature, one clock.
    pub test: Vec<Signal<Out, Bit>>,
    state: DFF<ExecutorState>,
    done: BitRegister,
    pointer: Register,
    phase: Register,
    word: Register,
    address: Register,
    shifted: Bus<Local>,
    schedules_end: Const,
    magic_end: Const,
    magic: Const,
    first_address: Const,
    coupling_width: Size,
    _coupling_banks: usize,
    _bias_banks: usize,
    _self_test: usize,
}

impl PowerOn {
    /// That of a machine whose record fits (`timing.power_on` is validated).
    pub fn new(config: &ValidConfig) -> Self {
        let layout = PowerOnLayout::of(config);
        let end = |words: usize| Const::unsigned(8, 4 * words as u64);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            buffer_read_data: Bus::unsigned(8),
            bus_ready: Default::default(),
            bus_status: Bus::unsigned(2),
            busy: Default::default(),
            buffer_read: Default::default(),
            buffer_address: Bus::unsigned(8),
            bus_write: Default::default(),
            bus_address: Bus::unsigned(16),
            bus_write_data: Bus::unsigned(32),
            vouch_coupling: Bus::unsigned(config.coupling_banks()),
            vouch_bias: Bus::unsigned(config.bias_banks()),
            again: config.timing().self_test.then(Signal::default).into_iter().collect(),
            test: config.timing().self_test.then(Signal::default).into_iter().collect(),
            state: Default::default(),
            done: Default::default(),
            pointer: Register::unsigned(8),
            phase: Register::unsigned(3),
            word: Register::unsigned(32),
            address: Register::unsigned(16),
            shifted: Bus::unsigned(32),
            schedules_end: end(layout.magic + 1),
            magic_end: end(layout.banks + 1),
            magic: Const::unsigned(32, config.hash().lo().into()),
            first_address: Const::unsigned(16, registers::SCHEDULE.into()),
            coupling_width: Size::new(config.coupling_banks()),
            _coupling_banks: config.coupling_banks(),
            _bias_banks: config.bias_banks(),
            _self_test: usize::from(config.timing().self_test),
        }
    }
}

impl Logic for PowerOn {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module power_on: Takes the model that came with the bitstream.");
        dff_setup!(self, clock, state, done, pointer, phase, word, address);
        self.busy.next = !self.done.q.val();
        self.buffer_read.next =
            (self.state.q.val() == ExecutorState::Fetch) && !self.phase.q.val().get_bit(2);
        self.buffer_address.next = self.pointer.q.val();
        self.bus_write.next = self.state.q.val() == ExecutorState::Access;
        self.bus_address.next = self.address.q.val();
        self.bus_write_data.next = self.word.q.val();
        self.vouch_coupling.next = 0.into();
        self.vouch_bias.next = 0.into();
        self.shifted.next = (self.word.q.val() >> 8) | (bit_cast_to(self.buffer_read_data.val(), 32) << 24);
        match self.state.q.val() {
            ExecutorState::Idle => {
                if !self.done.q.val() {
                    self.state.d.next = ExecutorState::Fetch;
                }
            }
            ExecutorState::Fetch => {
                // Phases 0 to 3 ask for a byte, phases 1 to 4 take the one asked for before.
                self.phase.d.next = self.phase.q.val() + 1;
                self.word.d.next = self.shifted.val();
                if self.phase.q.val().get_bit(2) {
                    self.phase.d.next = 0.into();
                    self.state.d.next = ExecutorState::Access;
                    if (self.pointer.q.val() == self.schedules_end.val())
                        || (self.pointer.q.val() == self.magic_end.val())
                    {
                        self.state.d.next = ExecutorState::Finish;
                    }
                } else {
                    self.pointer.d.next = self.pointer.q.val() + 1;
                }
            }
            ExecutorState::Access => {
                if self.bus_ready.val() {
                    // Burn-in, retained, readout; the fourth address of an entry does not exist.
                    self.address.d.next = self.address.q.val() + 1;
                    if self.address.q.val().get_bit(1) {
                        self.address.d.next = self.address.q.val() + 2;
                    }
                    self.state.d.next = ExecutorState::Fetch;
                    if self.bus_status.val().any() {
                        self.done.d.next = true;
                        self.state.d.next = ExecutorState::Idle;
                    }
                }
            }
            _ => {
                // The word is the machine's number, or the last one: the banks.
                self.state.d.next = ExecutorState::Fetch;
                if self.pointer.q.val() == self.magic_end.val() {
                    self.vouch_coupling.next = bit_cast_to(self.word.q.val(), self._coupling_banks);
                    self.vouch_bias.next =
                        bit_cast_to(self.word.q.val() >> (self.coupling_width * 1), self._bias_banks);
                    self.done.d.next = true;
                    self.state.d.next = ExecutorState::Idle;
                } else {
                    if self.word.q.val() != self.magic.val() {
                        self.done.d.next = true;
                        self.state.d.next = ExecutorState::Idle;
                    }
                }
            }
        }
        for k in 0..self._self_test {
            self.test[k].next = (self.state.q.val() == ExecutorState::Finish)
                && (self.pointer.q.val() == self.magic_end.val())
                && self.word.q.val().get_bit(31)
                && !self.reset.val();
            if self.again[k].val() {
                self.pointer.d.next = 0.into();
                self.address.d.next = self.first_address.val();
                self.done.d.next = false;
            }
        }
        if self.reset.val() {
            self.state.d.next = ExecutorState::Idle;
            self.pointer.d.next = 0.into();
            self.phase.d.next = 0.into();
            self.address.d.next = self.first_address.val();
            self.done.d.next = self.done.q.val();
            self.vouch_coupling.next = 0.into();
            self.vouch_bias.next = 0.into();
        }
    }
}
crate::clocked!(PowerOn);
crate::cell_ports!(
    PowerOn,
    clock,
    [reset, buffer_read_data, bus_ready, bus_status, again],
    [
        busy,
        buffer_read,
        buffer_address,
        bus_write,
        bus_address,
        bus_write_data,
        vouch_coupling,
        vouch_bias,
        test
    ]
);
