//! Characters to a serial line: 8 data bits, no parity, one stop bit.

use super::UartDivider;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Sends characters on an asynchronous serial line.
#[derive(LogicBlock)]
pub struct UartTransmitter {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// The character, 8 bits.
    pub character: Bus<In>,
    /// Takes `character`; only while `ready`.
    pub send: Signal<In, Bit>,
    /// The last character has left, stop bit included.
    pub ready: Signal<Out, Bit>,
    /// The line, straight from a flip-flop; high when silent.
    pub uart_tx: Signal<Out, Bit>,
    timer: Register,
    shift: Register,
    full_bit: Const,
    stop_bit: Const,
}

impl UartTransmitter {
    /// A transmitter for a line whose bits last `divider` clocks.
    pub fn new(divider: UartDivider) -> Self {
        let width = divider.timer_bits();
        Self {
            clock: Default::default(),
            reset: Default::default(),
            character: Bus::unsigned(8),
            send: Default::default(),
            ready: Default::default(),
            uart_tx: Default::default(),
            timer: Register::unsigned(width),
            shift: Register::unsigned(10).starting_at(1),
            full_bit: Const::unsigned(width, divider.clocks() - 1),
            stop_bit: Const::unsigned(10, 0x200),
        }
    }
}

impl Logic for UartTransmitter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module uart_transmitter: Characters to a serial line.");
        dff_setup!(self, clock, timer, shift);
        // Bit 0 is on the line. The stop bit is the highest one that is set: alone in bit 0, it is the last.
        self.uart_tx.next = self.shift.q.val().get_bit(0);
        self.ready.next = !self.timer.q.val().any() && (self.shift.q.val() == 1.into());
        if self.timer.q.val().any() {
            self.timer.d.next = self.timer.q.val() - 1;
        } else {
            if self.ready.val() {
                if self.send.val() {
                    self.timer.d.next = self.full_bit.val();
                    self.shift.d.next = self.stop_bit.val() | (bit_cast_to(self.character.val(), 10) << 1);
                }
            } else {
                self.timer.d.next = self.full_bit.val();
                self.shift.d.next = self.shift.q.val() >> 1;
            }
        }
        if self.reset.val() {
            self.timer.d.next = 0.into();
            self.shift.d.next = 1.into();
        }
    }
}
crate::clocked!(UartTransmitter);
crate::cell_ports!(UartTransmitter, clock, [reset, character, send], [ready, uart_tx]);
