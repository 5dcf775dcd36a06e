//! The register bus: one access at a time, from strobe to answer.

use super::AddressDecoder;
use super::address_decoder::page;
use super::shape::HostConfig;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// How far an access has come.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum AccessState {
    /// No access.
    Idle,
    /// The address is being looked at.
    Decode,
    /// The access is given to the block that answers it, or turned away.
    Act,
    /// A block that needs several clocks is answering.
    Wait,
    /// `bus_ready`.
    Ready,
}

/// Takes accesses from the register bus, turns away those that do not exist or not now (contract section 11), hands the others to
/// the blocks and gathers what they answer.
///
/// `write` and `read` are strobes of one clock; `page` says for whom, the low address bits say which register. Identity and
/// control answer in that clock, the others with their `*_done`.
#[derive(LogicBlock)]
pub struct RegisterFile {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Held until `bus_ready`.
    pub bus_write: Signal<In, Bit>,
    /// Held until `bus_ready`.
    pub bus_read: Signal<In, Bit>,
    /// 16 bits.
    pub bus_address: Bus<In>,
    /// The access is finished, one clock.
    pub bus_ready: Signal<Out, Bit>,
    /// 32 bits, valid with `bus_ready`.
    pub bus_read_data: Bus<Out>,
    /// Valid with `bus_ready`: 0 ok, 1 no such address or direction, 2 refused.
    pub bus_status: Bus<Out>,
    /// No run is going on.
    pub idle: Signal<In, Bit>,
    /// Input buffer that the run reads.
    pub running_buffer: Signal<In, Bit>,
    /// The error counters want no access now.
    pub hold: Signal<In, Bit>,
    /// What `page` answers: 32 bits each.
    pub identity_data: Bus<In>,
    /// See `identity_data`.
    pub control_data: Bus<In>,
    /// See `identity_data`; of schedules and error counters, which lie in one memory: valid with `schedule_done` or `error_done`.
    pub schedule_data: Bus<In>,
    /// See `identity_data`; valid with `load_done`.
    pub load_data: Bus<In>,
    /// See `identity_data`; valid with `window_done`.
    pub window_data: Bus<In>,
    /// The write to control or schedule is refused; in the clock of `write`.
    pub write_refused: Signal<In, Bit>,
    /// The schedule memory has answered a read.
    pub schedule_done: Signal<In, Bit>,
    /// The load engine has finished the access.
    pub load_done: Signal<In, Bit>,
    /// It refused it.
    pub load_refused: Signal<In, Bit>,
    /// The error counters have answered.
    pub error_done: Signal<In, Bit>,
    /// The engine has answered a read of a window.
    pub window_done: Signal<In, Bit>,
    /// The access is a write and may be executed, one clock.
    pub write: Signal<Out, Bit>,
    /// The access is a read and may be executed, one clock.
    pub read: Signal<Out, Bit>,
    /// The access is for the schedule.
    pub for_schedule: Signal<Out, Bit>,
    /// The access is for the load engine.
    pub for_load: Signal<Out, Bit>,
    /// The access is for a window of the engine.
    pub for_window: Signal<Out, Bit>,
    /// The address is control's; a clock earlier than the access.
    pub control_address: Signal<Out, Bit>,
    /// The address is the load engine's; a clock earlier than `for_load`.
    pub load_address: Signal<Out, Bit>,
    /// A read of the error counters waits for `error_done`.
    pub error_request: Signal<Out, Bit>,
    /// A read of a schedule waits for `schedule_done`.
    pub schedule_request: Signal<Out, Bit>,
    /// An access to an address that does not exist, one clock.
    pub count_address: Signal<Out, Bit>,
    /// A refused access, one clock.
    pub count_refused: Signal<Out, Bit>,
    state: DFF<AccessState>,
    decoder: AddressDecoder,
    exists: BitRegister,
    needs_idle: BitRegister,
    buffered: BitRegister,
    page: Register,
    acting: BitRegister,
    writing: BitRegister,
    anytime: BitRegister,
    refused: BitRegister,
    to_control: BitRegister,
    to_schedule: BitRegister,
    to_load: BitRegister,
    to_window: BitRegister,
    status: Register,
    read_data: Register,
    executing: Signal<Local, Bit>,
    other_buffer: Signal<Local, Bit>,
    turned_away: Signal<Local, Bit>,
    answer: Bus<Local>,
    from_identity: Bus<Local>,
    from_control: Bus<Local>,
    from_schedule: Bus<Local>,
    from_load: Bus<Local>,
    from_window: Bus<Local>,
    page_identity: Const,
    page_control: Const,
    page_schedule: Const,
    page_load: Const,
    page_error: Const,
    page_window: Const,
}

impl RegisterFile {
    /// The register map of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let code = |code: u64| Const::unsigned(3, code);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_address: Bus::unsigned(16),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(32),
            bus_status: Bus::unsigned(2),
            idle: Default::default(),
            running_buffer: Default::default(),
            hold: Default::default(),
            identity_data: Bus::unsigned(32),
            control_data: Bus::unsigned(32),
            schedule_data: Bus::unsigned(32),
            load_data: Bus::unsigned(32),
            window_data: Bus::unsigned(32),
            write_refused: Default::default(),
            schedule_done: Default::default(),
            load_done: Default::default(),
            load_refused: Default::default(),
            error_done: Default::default(),
            window_done: Default::default(),
            write: Default::default(),
            read: Default::default(),
            for_schedule: Default::default(),
            for_load: Default::default(),
            for_window: Default::default(),
            control_address: Default::default(),
            load_address: Default::default(),
            error_request: Default::default(),
            schedule_request: Default::default(),
            count_address: Default::default(),
            count_refused: Default::default(),
            state: Default::default(),
            decoder: AddressDecoder::new(config),
            exists: Default::default(),
            needs_idle: Default::default(),
            buffered: Default::default(),
            page: Register::unsigned(3),
            acting: Default::default(),
            writing: Default::default(),
            anytime: Default::default(),
            refused: Default::default(),
            to_control: Default::default(),
            to_schedule: Default::default(),
            to_load: Default::default(),
            to_window: Default::default(),
            status: Register::unsigned(2),
            read_data: Register::unsigned(32),
            executing: Default::default(),
            other_buffer: Default::default(),
            turned_away: Default::default(),
            answer: Bus::unsigned(32),
            from_identity: Bus::unsigned(32),
            from_control: Bus::unsigned(32),
            from_schedule: Bus::unsigned(32),
            from_load: Bus::unsigned(32),
            from_window: Bus::unsigned(32),
            page_identity: code(page::IDENTITY),
            page_control: code(page::CONTROL),
            page_schedule: code(page::SCHEDULE),
            page_load: code(page::LOAD),
            page_error: code(page::ERROR),
            page_window: code(page::WINDOW),
        }
    }
}

impl Logic for RegisterFile {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module register_file: Register bus: one access at a time.");
        dff_setup!(
            self,
            clock,
            state,
            exists,
            needs_idle,
            buffered,
            page,
            acting,
            writing,
            anytime,
            refused,
            to_control,
            to_schedule,
            to_load,
            to_window,
            status,
            read_data
        );
        self.decoder.clock.next = self.clock.val();
        self.decoder.address.next = self.bus_address.val();
        self.decoder.writing.next = self.bus_write.val();
        self.exists.d.next = self.decoder.exists.val();
        self.needs_idle.d.next = self.decoder.needs_idle.val();
        self.buffered.d.next = self.decoder.buffered.val();
        self.page.d.next = self.decoder.page.val();
        // Address and direction stand from the first clock on: what the third one needs of them comes from registers.
        self.writing.d.next = self.bus_write.val();
        self.control_address.next = self.page.q.val() == self.page_control.val();
        self.to_control.d.next = self.control_address.val();
        self.to_schedule.d.next = self.page.q.val() == self.page_schedule.val();
        self.load_address.next = self.page.q.val() == self.page_load.val();
        self.to_load.d.next = self.load_address.val();
        self.to_window.d.next = self.page.q.val() == self.page_window.val();
        self.for_schedule.next = self.to_schedule.q.val();
        self.for_load.next = self.to_load.q.val();
        self.for_window.next = self.to_window.q.val();
        self.acting.d.next = (self.state.q.val() == AccessState::Decode) && self.decoder.exists.val();
        // Buffer n of an input window lies at 0x800 n.
        self.other_buffer.next =
            self.buffered.q.val() && (self.bus_address.val().get_bit(11) != self.running_buffer.val());
        // Which buffer a run reads is settled long before an access acts.
        self.anytime.d.next = !self.needs_idle.q.val() || self.other_buffer.val();
        // One assignment each: the blocks answer in the same clock.
        self.executing.next = self.acting.q.val() && (self.idle.val() || self.anytime.q.val());
        self.write.next = self.executing.val() && self.writing.q.val();
        self.read.next = self.executing.val() && !self.writing.q.val();
        self.error_request.next =
            (self.state.q.val() == AccessState::Wait) && (self.page.q.val() == self.page_error.val());
        self.schedule_request.next = (self.state.q.val() == AccessState::Wait) && self.for_schedule.val();
        self.bus_ready.next = self.state.q.val() == AccessState::Ready;
        // Counted with the answer: the counters hold the next access from the clock after it on.
        self.count_address.next = self.bus_ready.val() && self.status.q.val().get_bit(0);
        self.count_refused.next =
            self.bus_ready.val() && (self.status.q.val().get_bit(1) | self.refused.q.val());
        self.bus_read_data.next = self.read_data.q.val();
        self.bus_status.next = self.status.q.val() | (bit_cast_to(self.refused.q.val(), 2) << 1);

        // Every answer is gated by its page, so that one wide OR gathers them.
        self.from_identity.next = 0.into();
        self.from_control.next = 0.into();
        self.from_schedule.next = 0.into();
        self.from_load.next = 0.into();
        self.from_window.next = 0.into();
        if self.page.q.val() == self.page_identity.val() {
            self.from_identity.next = self.identity_data.val();
        }
        if self.to_control.q.val() {
            self.from_control.next = self.control_data.val();
        }
        if self.for_schedule.val() || (self.page.q.val() == self.page_error.val()) {
            self.from_schedule.next = self.schedule_data.val();
        }
        if self.for_load.val() {
            self.from_load.next = self.load_data.val();
        }
        if self.for_window.val() {
            self.from_window.next = self.window_data.val();
        }
        self.answer.next = (self.from_identity.val() | self.from_control.val())
            | (self.from_schedule.val() | self.from_load.val())
            | self.from_window.val();

        // What the blocks refuse joins the status when it is given: their word comes late.
        self.refused.d.next = self.write.val() && self.write_refused.val();
        self.turned_away.next = false;
        match self.state.q.val() {
            AccessState::Idle => {
                if (self.bus_write.val() || self.bus_read.val()) && !self.hold.val() {
                    self.state.d.next = AccessState::Decode;
                }
            }
            AccessState::Decode => {
                self.status.d.next = 0.into();
                self.state.d.next = AccessState::Act;
            }
            AccessState::Act => {
                self.state.d.next = AccessState::Ready;
                if !self.exists.q.val() {
                    self.status.d.next = 1.into();
                } else {
                    if !self.executing.val() {
                        self.turned_away.next = true;
                    } else {
                        self.read_data.d.next = self.answer.val();
                        if self.for_load.val()
                            || (!self.writing.q.val()
                                && (self.for_window.val()
                                    || self.for_schedule.val()
                                    || (self.page.q.val() == self.page_error.val())))
                        {
                            self.state.d.next = AccessState::Wait;
                        }
                    }
                }
            }
            AccessState::Wait => {
                self.read_data.d.next = self.answer.val();
                if self.load_done.val()
                    || self.error_done.val()
                    || self.window_done.val()
                    || self.schedule_done.val()
                {
                    self.turned_away.next = self.load_done.val() && self.load_refused.val();
                    self.state.d.next = AccessState::Ready;
                }
            }
            _ => {
                self.state.d.next = AccessState::Idle;
            }
        }
        if self.turned_away.val() {
            self.status.d.next = 2.into();
        }
        if self.reset.val() {
            self.state.d.next = AccessState::Idle;
            self.acting.d.next = false;
        }
    }
}
crate::clocked!(RegisterFile);
crate::cell_ports!(
    RegisterFile,
    clock,
    [
        reset,
        bus_write,
        bus_read,
        bus_address,
        idle,
        running_buffer,
        hold,
        identity_data,
        control_data,
        schedule_data,
        load_data,
        window_data,
        write_refused,
        schedule_done,
        load_done,
        load_refused,
        error_done,
        window_done
    ],
    [
        bus_ready,
        bus_read_data,
        bus_status,
        write,
        read,
        for_schedule,
        for_load,
        for_window,
        control_address,
        load_address,
        error_request,
        schedule_request,
        count_address,
        count_refused
    ]
);
