//! Serial line to register bus.

use super::{
    ByteCrc, FrameExecutor, FrameParser, FrameResponder, PowerOn, SelfTest, UartDivider, UartReceiver,
    UartTransmitter,
};
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidConfig;
use spinwright_contract::config::Timing;
use spinwright_contract::registers::frame;

/// The UART host port: receives request frames, executes them on the register bus, sends responses (contract section 12).
///
/// Parser, executor and responder work one after the other on one request, so that they share the frame buffer and the CRC unit.
#[derive(LogicBlock)]
pub struct HostBridge {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Serial line from the host.
    pub uart_rx: Signal<In, Bit>,
    /// Serial line to the host.
    pub uart_tx: Signal<Out, Bit>,
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
    /// A frame had a wrong CRC.
    pub count_frame_crc: Signal<Out, Bit>,
    /// A frame had an unknown opcode or a bad count.
    pub count_frame_format: Signal<Out, Bit>,
    /// A frame was dropped because its next character did not come.
    pub count_frame_timeout: Signal<Out, Bit>,
    /// A character had no stop bit.
    pub count_uart: Signal<Out, Bit>,
    /// With a power-on record: coupling banks that become valid, one clock.
    pub vouch_coupling: Vec<Bus<Out>>,
    /// With a power-on record: bias banks that become valid, one clock.
    pub vouch_bias: Vec<Bus<Out>>,
    /// With a self-test: resets the core, one clock.
    pub core_reset: Vec<Signal<Out, Bit>>,
    /// With a self-test: its banks become invalid, together with `core_reset`.
    pub revoke: Vec<Signal<Out, Bit>>,
    /// With a self-test: bit 0 passed, bit 1 failed.
    pub self_test: Vec<Bus<Out>>,
    uart_receiver: UartReceiver,
    uart_transmitter: UartTransmitter,
    crc: ByteCrc,
    buffer: SyncRam,
    parser: FrameParser,
    executor: FrameExecutor,
    responder: FrameResponder,
    power_on: Vec<PowerOn>,
    tester: Vec<SelfTest>,
    _power_on: usize,
    _self_test: usize,
}

impl HostBridge {
    /// The bridge of a machine with this clock and baud rate.
    pub fn new(timing: Timing) -> Self {
        Self::with_divider(UartDivider::of(timing))
    }

    /// The bridge of a layered machine: with `timing.power_on` it looks for a power-on record first.
    pub fn of(config: &ValidConfig) -> Self {
        let mut bridge = Self::new(config.timing());
        if config.timing().power_on {
            bridge.vouch_coupling = vec![Bus::unsigned(config.coupling_banks())];
            bridge.vouch_bias = vec![Bus::unsigned(config.bias_banks())];
            bridge.power_on = vec![PowerOn::new(config)];
            bridge._power_on = 1;
        }
        if config.timing().self_test {
            bridge.core_reset = vec![Default::default()];
            bridge.revoke = vec![Default::default()];
            bridge.self_test = vec![Bus::unsigned(2)];
            bridge.tester = vec![SelfTest::new(config)];
            bridge._self_test = 1;
        }
        bridge
    }

    /// A bridge with so many clocks per bit.
    pub fn with_divider(divider: UartDivider) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            uart_rx: Default::default(),
            uart_tx: Default::default(),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_address: Bus::unsigned(16),
            bus_write_data: Bus::unsigned(32),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(32),
            bus_status: Bus::unsigned(2),
            count_frame_crc: Default::default(),
            count_frame_format: Default::default(),
            count_frame_timeout: Default::default(),
            count_uart: Default::default(),
            uart_receiver: UartReceiver::new(divider),
            uart_transmitter: UartTransmitter::new(divider),
            crc: Default::default(),
            buffer: SyncRam::new(8, 4 * frame::MAX_WORDS),
            parser: FrameParser::new(divider),
            executor: Default::default(),
            responder: Default::default(),
            vouch_coupling: vec![],
            vouch_bias: vec![],
            core_reset: vec![],
            revoke: vec![],
            self_test: vec![],
            power_on: vec![],
            tester: vec![],
            _power_on: 0,
            _self_test: 0,
        }
    }
}

impl Logic for HostBridge {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module host_bridge: UART host port to register bus.");
        clock!(self, clock, uart_receiver, uart_transmitter, crc, buffer, parser, executor, responder);
        self.uart_receiver.reset.next = self.reset.val();
        self.uart_transmitter.reset.next = self.reset.val();
        self.parser.reset.next = self.reset.val();
        self.executor.reset.next = self.reset.val();
        self.responder.reset.next = self.reset.val();

        self.uart_receiver.uart_rx.next = self.uart_rx.val();
        self.uart_tx.next = self.uart_transmitter.uart_tx.val();
        self.uart_transmitter.character.next = self.responder.character.val();
        self.uart_transmitter.send.next = self.responder.send.val();

        self.parser.character.next = self.uart_receiver.character.val();
        self.parser.character_valid.next = self.uart_receiver.character_valid.val();
        self.parser.receiving.next = self.uart_receiver.receiving.val();
        self.parser.crc_remainder.next = self.crc.remainder.val();
        self.parser.crc_busy.next = self.crc.busy.val();
        self.parser.address_advance.next = self.executor.address_advance.val();
        self.parser.response_sent.next = self.responder.response_sent.val();

        self.executor.request_valid.next = self.parser.request_valid.val();
        self.executor.verdict.next = self.parser.verdict.val();
        self.executor.opcode.next = self.parser.opcode.val();
        self.executor.count.next = self.parser.count.val();
        self.executor.address.next = self.parser.address.val();
        self.executor.response_sent.next = self.responder.response_sent.val();
        self.executor.buffer_read_data.next = self.buffer.read_data.val();
        self.executor.bus_ready.next = self.bus_ready.val();
        self.executor.bus_read_data.next = self.bus_read_data.val();
        self.executor.bus_status.next = self.bus_status.val();
        self.bus_write.next = self.executor.bus_write.val();
        self.bus_read.next = self.executor.bus_read.val();
        self.bus_address.next = self.executor.bus_address.val();
        self.bus_write_data.next = self.executor.bus_write_data.val();

        self.responder.response_valid.next = self.executor.response_valid.val();
        self.responder.status.next = self.executor.status.val();
        self.responder.opcode.next = self.parser.opcode.val();
        self.responder.tag.next = self.parser.tag.val();
        self.responder.count.next = self.parser.count.val();
        self.responder.crc_remainder.next = self.crc.remainder.val();
        self.responder.buffer_read_data.next = self.buffer.read_data.val();
        self.responder.transmitter_ready.next = self.uart_transmitter.ready.val();

        self.crc.clear.next = self.parser.crc_clear.val() || self.responder.crc_clear.val();
        self.crc.enable.next = self.parser.crc_enable.val() || self.responder.crc_enable.val();
        self.crc.data.next = self.uart_receiver.character.val();
        if self.responder.crc_enable.val() {
            self.crc.data.next = self.responder.crc_data.val();
        }

        self.buffer.read_enable.next = self.executor.buffer_read.val() || self.responder.buffer_read.val();
        self.buffer.read_address.next = self.executor.buffer_address.val();
        if self.responder.buffer_read.val() {
            self.buffer.read_address.next = self.responder.buffer_address.val();
        }
        self.buffer.write_enable.next = self.parser.buffer_write.val() || self.executor.buffer_write.val();
        self.buffer.write_address.next = self.executor.buffer_address.val();
        self.buffer.write_data.next = self.executor.buffer_write_data.val();
        if self.parser.buffer_write.val() {
            self.buffer.write_address.next = self.parser.buffer_address.val();
            self.buffer.write_data.next = self.uart_receiver.character.val();
        }

        // Before the first frame: the record lies in the buffer, and the bus is free.
        for k in 0..self._power_on {
            self.power_on[k].clock.next = self.clock.val();
            self.power_on[k].reset.next = self.reset.val();
            self.power_on[k].buffer_read_data.next = self.buffer.read_data.val();
            self.power_on[k].bus_ready.next = self.bus_ready.val();
            self.power_on[k].bus_status.next = self.bus_status.val();
            self.vouch_coupling[k].next = self.power_on[k].vouch_coupling.val();
            self.vouch_bias[k].next = self.power_on[k].vouch_bias.val();
            if self.power_on[k].busy.val() {
                self.parser.reset.next = true;
                self.buffer.read_enable.next = self.power_on[k].buffer_read.val();
                self.buffer.read_address.next = self.power_on[k].buffer_address.val();
                self.bus_write.next = self.power_on[k].bus_write.val();
                self.bus_address.next = self.power_on[k].bus_address.val();
                self.bus_write_data.next = self.power_on[k].bus_write_data.val();
            }
        }

        // After the record: a run of the machine by itself, with the CRC unit for its pattern and its signature.
        for k in 0..self._self_test {
            self.tester[k].clock.next = self.clock.val();
            self.tester[k].reset.next = self.reset.val();
            self.tester[k].start.next = self.power_on[k].test[k].val();
            self.power_on[k].again[k].next = self.tester[k].again.val();
            self.tester[k].buffer_read_data.next = self.buffer.read_data.val();
            self.tester[k].bus_ready.next = self.bus_ready.val();
            self.tester[k].bus_read_data.next = self.bus_read_data.val();
            self.tester[k].bus_status.next = self.bus_status.val();
            self.tester[k].crc_remainder.next = self.crc.remainder.val();
            self.tester[k].crc_busy.next = self.crc.busy.val();
            self.core_reset[k].next = self.tester[k].core_reset.val();
            self.revoke[k].next = self.tester[k].revoke.val();
            self.self_test[k].next = self.tester[k].result.val();
            if self.tester[k].busy.val() {
                self.parser.reset.next = true;
                self.buffer.read_enable.next = true;
                self.buffer.read_address.next = self.tester[k].buffer_address.val();
                self.bus_write.next = self.tester[k].bus_write.val();
                self.bus_read.next = self.tester[k].bus_read.val();
                self.bus_address.next = self.tester[k].bus_address.val();
                self.bus_write_data.next = self.tester[k].bus_write_data.val();
                self.crc.clear.next = self.tester[k].crc_clear.val();
                self.crc.enable.next = self.tester[k].crc_enable.val();
                self.crc.data.next = self.tester[k].crc_data.val();
            }
        }

        self.count_frame_crc.next = self.parser.count_crc.val();
        self.count_frame_format.next = self.parser.count_format.val();
        self.count_frame_timeout.next = self.parser.count_timeout.val();
        self.count_uart.next = self.uart_receiver.framing_error.val();
    }
}
crate::clocked!(HostBridge);
crate::cell_ports!(
    HostBridge,
    clock,
    [reset, uart_rx, bus_ready, bus_read_data, bus_status],
    [
        uart_tx,
        bus_write,
        bus_read,
        bus_address,
        bus_write_data,
        count_frame_crc,
        count_frame_format,
        count_frame_timeout,
        count_uart,
        vouch_coupling,
        vouch_bias,
        core_reset,
        revoke,
        self_test
    ]
);
