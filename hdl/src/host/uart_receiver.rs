//! Serial line to characters: 8 data bits, no parity, one stop bit.

use super::UartDivider;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Where in a character the line stands.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum ReceiverState {
    /// The line is silent.
    Silent,
    /// Waiting for the middle of the start bit.
    StartBit,
    /// Waiting for the middle of a data bit.
    DataBit,
    /// Waiting for the middle of the stop bit.
    StopBit,
    /// A character without a stop bit: waiting until the line is high again.
    Recover,
}

/// Receives characters from an asynchronous serial line, sampling every bit once in its middle.
#[derive(LogicBlock)]
pub struct UartReceiver {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// The line; asynchronous to the clock, high when silent.
    pub uart_rx: Signal<In, Bit>,
    /// The character, 8 bits; meaningful with `character_valid`.
    pub character: Bus<Out>,
    /// A character is complete, stop bit included.
    pub character_valid: Signal<Out, Bit>,
    /// A character ended without its stop bit and is lost.
    pub framing_error: Signal<Out, Bit>,
    /// The line is inside a character.
    pub receiving: Signal<Out, Bit>,
    state: DFF<ReceiverState>,
    first_stage: BitRegister,
    line: BitRegister,
    timer: Register,
    shift: Register,
    incoming: Bus<Local>,
    half_bit: Const,
    full_bit: Const,
    marker: Const,
}

impl UartReceiver {
    /// A receiver for a line whose bits last `divider` clocks.
    pub fn new(divider: UartDivider) -> Self {
        let width = divider.timer_bits();
        Self {
            clock: Default::default(),
            reset: Default::default(),
            uart_rx: Default::default(),
            character: Bus::unsigned(8),
            character_valid: Default::default(),
            framing_error: Default::default(),
            receiving: Default::default(),
            state: Default::default(),
            first_stage: BitRegister::starting_at(true),
            line: BitRegister::starting_at(true),
            timer: Register::unsigned(width),
            shift: Register::unsigned(8),
            incoming: Bus::unsigned(8),
            half_bit: Const::unsigned(width, divider.clocks() / 2 - 1),
            full_bit: Const::unsigned(width, divider.clocks() - 1),
            marker: Const::unsigned(8, 0x80),
        }
    }
}

impl Logic for UartReceiver {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module uart_receiver: Serial line to characters.");
        dff_setup!(self, clock, state, first_stage, line, timer, shift);
        // Two flip-flops: the line may change at any moment.
        self.first_stage.d.next = self.uart_rx.val();
        self.line.d.next = self.first_stage.q.val();
        self.character.next = self.shift.q.val();
        self.character_valid.next = false;
        self.framing_error.next = false;
        self.receiving.next = self.state.q.val() != ReceiverState::Silent;
        self.incoming.next = self.shift.q.val() >> 1;
        if self.line.q.val() {
            self.incoming.next = (self.shift.q.val() >> 1) | self.marker.val();
        }
        if self.timer.q.val().any() {
            self.timer.d.next = self.timer.q.val() - 1;
        }
        match self.state.q.val() {
            ReceiverState::Silent => {
                // A one that has moved from the top to bit 0 tells that seven bits have come.
                self.shift.d.next = self.marker.val();
                self.timer.d.next = self.half_bit.val();
                if !self.line.q.val() {
                    self.state.d.next = ReceiverState::StartBit;
                }
            }
            ReceiverState::StartBit => {
                if !self.timer.q.val().any() {
                    self.timer.d.next = self.full_bit.val();
                    self.state.d.next = ReceiverState::DataBit;
                    if self.line.q.val() {
                        self.state.d.next = ReceiverState::Silent;
                    }
                }
            }
            ReceiverState::DataBit => {
                if !self.timer.q.val().any() {
                    self.timer.d.next = self.full_bit.val();
                    self.shift.d.next = self.incoming.val();
                    if self.shift.q.val().get_bit(0) {
                        self.state.d.next = ReceiverState::StopBit;
                    }
                }
            }
            ReceiverState::StopBit => {
                if !self.timer.q.val().any() {
                    if self.line.q.val() {
                        self.character_valid.next = true;
                        self.state.d.next = ReceiverState::Silent;
                    } else {
                        self.framing_error.next = true;
                        self.state.d.next = ReceiverState::Recover;
                    }
                }
            }
            _ => {
                if self.line.q.val() {
                    self.state.d.next = ReceiverState::Silent;
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = ReceiverState::Silent;
        }
    }
}
crate::clocked!(UartReceiver);
crate::cell_ports!(
    UartReceiver,
    clock,
    [reset, uart_rx],
    [character, character_valid, framing_error, receiving]
);
