//! SPI to register bus.

use super::SpiLine;
use crate::host::{ByteCrc, FrameExecutor, FrameParser, FrameResponder, UartDivider};
use crate::width::*;
use rust_hdl_core::prelude::*;
use spinwright_contract::config::Timing;
use spinwright_contract::registers::frame;

/// The SPI host port: the frames of contract section 12 as bytes of an SPI line. As [`crate::host::HostBridge`], with another line.
///
/// The silence that ends a broken frame is as long as behind a UART with the machine's baud rate.
#[derive(LogicBlock)]
pub struct SpiBridge {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// See [`SpiLine::sck`].
    pub sck: Signal<In, Bit>,
    /// See [`SpiLine::cs_n`].
    pub cs_n: Signal<In, Bit>,
    /// See [`SpiLine::mosi`].
    pub mosi: Signal<In, Bit>,
    /// See [`SpiLine::miso`].
    pub miso: Signal<Out, Bit>,
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
    /// A frame was dropped because its next byte did not come.
    pub count_frame_timeout: Signal<Out, Bit>,
    /// A byte was broken off.
    pub count_line: Signal<Out, Bit>,
    line: SpiLine,
    crc: ByteCrc,
    buffer: SyncRam,
    parser: FrameParser,
    executor: FrameExecutor,
    responder: FrameResponder,
}

impl SpiBridge {
    /// The bridge of a machine with this timing.
    pub fn new(timing: Timing) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            sck: Default::default(),
            cs_n: Default::default(),
            mosi: Default::default(),
            miso: Default::default(),
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
            count_line: Default::default(),
            line: Default::default(),
            crc: Default::default(),
            buffer: SyncRam::new(8, 4 * frame::MAX_WORDS),
            parser: FrameParser::new(UartDivider::of(timing)),
            executor: Default::default(),
            responder: Default::default(),
        }
    }
}

impl Logic for SpiBridge {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module spi_bridge: SPI host port to register bus.");
        clock!(self, clock, line, crc, buffer, parser, executor, responder);
        self.line.reset.next = self.reset.val();
        self.parser.reset.next = self.reset.val();
        self.executor.reset.next = self.reset.val();
        self.responder.reset.next = self.reset.val();

        self.line.sck.next = self.sck.val();
        self.line.cs_n.next = self.cs_n.val();
        self.line.mosi.next = self.mosi.val();
        self.miso.next = self.line.miso.val();
        self.line.answer.next = self.responder.character.val();
        self.line.send.next = self.responder.send.val();

        self.parser.character.next = self.line.character.val();
        self.parser.character_valid.next = self.line.character_valid.val();
        self.parser.receiving.next = self.line.receiving.val();
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
        self.responder.transmitter_ready.next = self.line.ready.val();

        self.crc.clear.next = self.parser.crc_clear.val() || self.responder.crc_clear.val();
        self.crc.enable.next = self.parser.crc_enable.val() || self.responder.crc_enable.val();
        self.crc.data.next = self.line.character.val();
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
            self.buffer.write_data.next = self.line.character.val();
        }

        self.count_frame_crc.next = self.parser.count_crc.val();
        self.count_frame_format.next = self.parser.count_format.val();
        self.count_frame_timeout.next = self.parser.count_timeout.val();
        self.count_line.next = self.line.broken.val();
    }
}
crate::clocked!(SpiBridge);
crate::cell_ports!(
    SpiBridge,
    clock,
    [reset, sck, cs_n, mosi, bus_ready, bus_read_data, bus_status],
    [
        miso,
        bus_write,
        bus_read,
        bus_address,
        bus_write_data,
        count_frame_crc,
        count_frame_format,
        count_frame_timeout,
        count_line
    ]
);
