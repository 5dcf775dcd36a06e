//! Commands of the host and the state of the run.

use super::bank_manager::BANK_NUMBER_BITS;
use super::shape::HostConfig;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::registers::command;

/// Decodes `CONTROL_COMMAND`, keeps `CONTROL_STATUS`, `CONTROL_START_MODE`, `CONTROL_INPUT_BUFFER` and the swap targets (contract
/// section 11).
///
/// `*_write` are one-clock strobes with `write_data`; `refused` answers in the same clock.
#[derive(LogicBlock)]
pub struct RunControl {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Writes `CONTROL_COMMAND`.
    pub command_write: Signal<In, Bit>,
    /// Writes `CONTROL_START_MODE`.
    pub start_mode_write: Signal<In, Bit>,
    /// Writes `CONTROL_SWAP_COUPLING`.
    pub swap_coupling_write: Signal<In, Bit>,
    /// Writes `CONTROL_SWAP_BIAS`.
    pub swap_bias_write: Signal<In, Bit>,
    /// Writes `CONTROL_INPUT_BUFFER`.
    pub input_buffer_write: Signal<In, Bit>,
    /// 32 bits.
    pub write_data: Bus<In>,
    /// The active banks are valid.
    pub active_valid: Signal<In, Bit>,
    /// A swap or roll back would be refused.
    pub swap_refused: Signal<In, Bit>,
    /// The engine works.
    pub engine_busy: Signal<In, Bit>,
    /// The engine ended a run, one clock.
    pub run_done: Signal<In, Bit>,
    /// It ended by command; valid with `run_done`.
    pub run_stopped: Signal<In, Bit>,
    /// The written value is not possible now.
    pub refused: Signal<Out, Bit>,
    /// Starts a run, one clock.
    pub run_strobe: Signal<Out, Bit>,
    /// 0 random, 1 host, 2 keep; 2 bits.
    pub start_mode: Bus<Out>,
    /// The run is to end at the next sweep boundary; until `run_done`.
    pub stop_pending: Signal<Out, Bit>,
    /// Command swap or roll back, one clock; the bank manager knows whether it is refused.
    pub swap: Signal<Out, Bit>,
    /// The command is roll back: meaningful whenever `write_data` is a command.
    pub roll_back: Signal<Out, Bit>,
    /// Command cancel, one clock.
    pub cancel: Signal<Out, Bit>,
    /// Command clear errors, one clock.
    pub clear_errors: Signal<Out, Bit>,
    /// Coupling bank of the next swap, 6 bits.
    pub swap_coupling: Bus<Out>,
    /// Bias bank of the next swap, 6 bits.
    pub swap_bias: Bus<Out>,
    /// Buffer that the next run reads.
    pub input_buffer: Signal<Out, Bit>,
    /// Buffer that the run which goes on reads, or that the last one read.
    pub running_buffer: Signal<Out, Bit>,
    /// No run is going on.
    pub idle: Signal<Out, Bit>,
    /// A run ended since the last run command.
    pub done: Signal<Out, Bit>,
    /// It was ended by command.
    pub stopped: Signal<Out, Bit>,
    running: BitRegister,
    stopping: BitRegister,
    ended: BitRegister,
    ended_by_command: BitRegister,
    done_register: BitRegister,
    stopped_register: BitRegister,
    start_mode_register: Register,
    swap_coupling_register: Register,
    swap_bias_register: Register,
    input_buffer_register: BitRegister,
    running_buffer_register: BitRegister,
    upper: Bus<Local>,
    fits: Signal<Local, Bit>,
    is_run: BitRegister,
    is_stop: BitRegister,
    is_swap: BitRegister,
    is_roll_back: BitRegister,
    is_cancel: BitRegister,
    is_clear: BitRegister,
    is_start: BitRegister,
    is_buffer: BitRegister,
    code: Bus<Local>,
    bank: Bus<Local>,
    too_large: Bus<Local>,
    run_bad: Signal<Local, Bit>,
    command_run: Const,
    command_stop: Const,
    command_swap: Const,
    command_roll_back: Const,
    command_clear: Const,
    command_cancel: Const,
    no_bank: Const,
    last_start: Const,
    last_buffer: Const,
}

impl RunControl {
    /// The run control of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let shape = config.host_shape();
        // With several blocks only the random start exists.
        let last_start = if shape.blocks > 1 { 0 } else { 2 };
        let constant = |code: u32| Const::unsigned(3, code.into());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            command_write: Default::default(),
            start_mode_write: Default::default(),
            swap_coupling_write: Default::default(),
            swap_bias_write: Default::default(),
            input_buffer_write: Default::default(),
            write_data: Bus::unsigned(32),
            active_valid: Default::default(),
            swap_refused: Default::default(),
            engine_busy: Default::default(),
            run_done: Default::default(),
            run_stopped: Default::default(),
            refused: Default::default(),
            run_strobe: Default::default(),
            start_mode: Bus::unsigned(2),
            stop_pending: Default::default(),
            swap: Default::default(),
            roll_back: Default::default(),
            cancel: Default::default(),
            clear_errors: Default::default(),
            swap_coupling: Bus::unsigned(BANK_NUMBER_BITS),
            swap_bias: Bus::unsigned(BANK_NUMBER_BITS),
            input_buffer: Default::default(),
            running_buffer: Default::default(),
            idle: Default::default(),
            done: Default::default(),
            stopped: Default::default(),
            running: Default::default(),
            stopping: Default::default(),
            ended: Default::default(),
            ended_by_command: Default::default(),
            done_register: Default::default(),
            stopped_register: Default::default(),
            start_mode_register: Register::unsigned(2),
            swap_coupling_register: Register::unsigned(BANK_NUMBER_BITS),
            swap_bias_register: Register::unsigned(BANK_NUMBER_BITS),
            input_buffer_register: Default::default(),
            running_buffer_register: Default::default(),
            upper: Bus::unsigned(32),
            fits: Default::default(),
            is_run: Default::default(),
            is_stop: Default::default(),
            is_swap: Default::default(),
            is_roll_back: Default::default(),
            is_cancel: Default::default(),
            is_clear: Default::default(),
            is_start: Default::default(),
            is_buffer: Default::default(),
            code: Bus::unsigned(3),
            bank: Bus::unsigned(BANK_NUMBER_BITS),
            too_large: Bus::unsigned(32),
            run_bad: Default::default(),
            command_run: constant(command::RUN),
            command_stop: constant(command::STOP),
            command_swap: constant(command::SWAP),
            command_roll_back: constant(command::ROLL_BACK),
            command_clear: constant(command::CLEAR_ERRORS),
            command_cancel: constant(command::CANCEL_SWAP),
            no_bank: Const::unsigned(BANK_NUMBER_BITS, (1 << BANK_NUMBER_BITS) - 1),
            last_start: constant(last_start),
            last_buffer: constant(shape.input_buffers as u32 - 1),
        }
    }
}

impl Logic for RunControl {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module run_control: Commands and state of the run.");
        dff_setup!(
            self,
            clock,
            running,
            stopping,
            ended,
            ended_by_command,
            done_register,
            stopped_register,
            start_mode_register,
            swap_coupling_register,
            swap_bias_register,
            input_buffer_register,
            running_buffer_register,
            is_run,
            is_stop,
            is_swap,
            is_roll_back,
            is_cancel,
            is_clear,
            is_start,
            is_buffer
        );
        // The engine's end is taken a clock late, all of it together: every access waits for `idle`, and it shall not wait for the engine's state.
        self.ended.d.next = self.run_done.val() || (self.ended.q.val() && self.engine_busy.val());
        self.ended_by_command.d.next = self.run_stopped.val();
        if self.ended.q.val() {
            self.ended_by_command.d.next = self.ended_by_command.q.val();
        }
        self.idle.next = !self.running.q.val();
        self.done.next = self.done_register.q.val();
        self.stopped.next = self.stopped_register.q.val();
        self.stop_pending.next = self.stopping.q.val();
        self.start_mode.next = self.start_mode_register.q.val();
        self.swap_coupling.next = self.swap_coupling_register.q.val();
        self.swap_bias.next = self.swap_bias_register.q.val();
        self.input_buffer.next = self.input_buffer_register.q.val();
        self.running_buffer.next = self.running_buffer_register.q.val();

        // Every code that there is fits three bits. Looked at one clock earlier: the bus holds the word from its first clock on.
        self.upper.next = self.write_data.val() >> 3;
        self.code.next = bit_cast_to(self.write_data.val(), 3);
        self.fits.next = !self.upper.val().any();
        self.is_run.d.next = self.fits.val() && (self.code.val() == self.command_run.val());
        self.is_stop.d.next = self.fits.val() && (self.code.val() == self.command_stop.val());
        self.is_swap.d.next = self.fits.val() && (self.code.val() == self.command_swap.val());
        self.is_roll_back.d.next = self.fits.val() && (self.code.val() == self.command_roll_back.val());
        self.is_cancel.d.next = self.fits.val() && (self.code.val() == self.command_cancel.val());
        self.is_clear.d.next = self.fits.val() && (self.code.val() == self.command_clear.val());
        self.is_start.d.next = self.fits.val() && (self.code.val() <= self.last_start.val());
        self.is_buffer.d.next = self.fits.val() && (self.code.val() <= self.last_buffer.val());
        self.refused.next = false;
        self.roll_back.next = self.is_roll_back.q.val();
        // One assignment each: bank manager and engine answer in the same clock.
        self.run_bad.next = !self.idle.val() || !self.active_valid.val();
        self.run_strobe.next = self.command_write.val() && self.is_run.q.val() && !self.run_bad.val();
        self.swap.next = self.command_write.val() && (self.is_swap.q.val() || self.is_roll_back.q.val());
        self.cancel.next = self.command_write.val() && self.is_cancel.q.val();
        self.clear_errors.next = self.command_write.val() && self.is_clear.q.val();

        if self.ended.q.val() && !self.engine_busy.val() {
            self.running.d.next = false;
            self.stopping.d.next = false;
            self.done_register.d.next = true;
            self.stopped_register.d.next = self.ended_by_command.q.val();
        }
        if self.command_write.val() {
            self.refused.next = true;
            if self.is_run.q.val() {
                self.refused.next = self.run_bad.val();
                if self.run_strobe.val() {
                    self.running.d.next = true;
                    self.done_register.d.next = false;
                    self.stopped_register.d.next = false;
                    self.running_buffer_register.d.next = self.input_buffer_register.q.val();
                }
            }
            if self.is_stop.q.val() {
                // Without a run there is nothing to stop: the run may just have ended by itself.
                self.refused.next = false;
                if self.running.q.val() && !self.ended.q.val() {
                    self.stopping.d.next = true;
                }
            }
            if self.swap.val() {
                self.refused.next = self.swap_refused.val();
            }
            if self.clear_errors.val() || self.cancel.val() {
                self.refused.next = false;
            }
        }
        if self.start_mode_write.val() {
            self.refused.next = true;
            if self.idle.val() && self.is_start.q.val() {
                self.refused.next = false;
                self.start_mode_register.d.next = bit_cast_to(self.write_data.val(), 2);
            }
        }
        if self.input_buffer_write.val() {
            self.refused.next = true;
            if self.is_buffer.q.val() {
                self.refused.next = false;
                self.input_buffer_register.d.next = self.write_data.val().get_bit(0);
            }
        }
        // A number too large for the register is kept as its largest value, which no bank has.
        self.bank.next = bit_cast_to(self.write_data.val(), 6);
        self.too_large.next = self.write_data.val() >> 6;
        if self.too_large.val().any() {
            self.bank.next = self.no_bank.val();
        }
        if self.swap_coupling_write.val() {
            self.swap_coupling_register.d.next = self.bank.val();
        }
        if self.swap_bias_write.val() {
            self.swap_bias_register.d.next = self.bank.val();
        }
        if self.reset.val() {
            self.running.d.next = false;
            self.ended.d.next = false;
            self.stopping.d.next = false;
            self.done_register.d.next = false;
            self.stopped_register.d.next = false;
            self.start_mode_register.d.next = 0.into();
            self.swap_coupling_register.d.next = 0.into();
            self.swap_bias_register.d.next = 0.into();
            self.input_buffer_register.d.next = false;
            self.running_buffer_register.d.next = false;
        }
    }
}
crate::clocked!(RunControl);
crate::cell_ports!(
    RunControl,
    clock,
    [
        reset,
        command_write,
        start_mode_write,
        swap_coupling_write,
        swap_bias_write,
        input_buffer_write,
        write_data,
        active_valid,
        swap_refused,
        engine_busy,
        run_done,
        run_stopped
    ],
    [
        refused,
        run_strobe,
        start_mode,
        stop_pending,
        swap,
        roll_back,
        cancel,
        clear_errors,
        swap_coupling,
        swap_bias,
        input_buffer,
        running_buffer,
        idle,
        done,
        stopped
    ]
);
