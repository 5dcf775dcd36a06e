//! The pictures that an encoder reads.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Pictures of 8-bit pixels in one or two buffers, written four pixels at a time, read one by one.
///
/// Pixel 4w + i stands in byte i of word w. Reading and writing one word in the same clock never happens: the host may not write
/// the buffer that a run reads.
#[derive(LogicBlock)]
pub struct PictureMemory {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Writes one word.
    pub write: Signal<In, Bit>,
    /// Into this buffer; ignored where there is one.
    pub write_buffer: Signal<In, Bit>,
    /// Its number in the picture.
    pub write_index: Bus<In>,
    /// Four pixels, the first in the lowest bits.
    pub write_data: Bus<In>,
    /// Reads a pixel at this edge.
    pub read: Signal<In, Bit>,
    /// From this buffer; ignored where there is one.
    pub read_buffer: Signal<In, Bit>,
    /// Its number in the picture.
    pub read_pixel: Bus<In>,
    /// The pixel read last.
    pub pixel: Bus<Out>,
    memory: SyncRam,
    byte_seen: Register,
    write_base: Bus<Local>,
    read_base: Bus<Local>,
    read_word: Bus<Local>,
    byte_now: Bus<Local>,
    no_buffer: Const,
    second_buffer: Const,
    _address_width: usize,
}

impl PictureMemory {
    /// `buffers` (1 or 2) pictures of `pixels` pixels.
    pub fn new(pixels: usize, buffers: usize) -> Self {
        let words = pixels.div_ceil(4);
        // The second buffer begins where an address bit changes.
        let second = if buffers == 2 { 1 << address_width(words) } else { 0 };
        let memory = SyncRam::new(32, second + words);
        let address = memory.read_address.width();
        Self {
            clock: Default::default(),
            write: Default::default(),
            write_buffer: Default::default(),
            write_index: Bus::unsigned(address_width(words)),
            write_data: Bus::unsigned(32),
            read: Default::default(),
            read_buffer: Default::default(),
            read_pixel: Bus::unsigned(address_width(pixels)),
            pixel: Bus::unsigned(8),
            memory,
            byte_seen: Register::unsigned(2),
            write_base: Bus::unsigned(address),
            read_base: Bus::unsigned(address),
            read_word: Bus::unsigned(address),
            byte_now: Bus::unsigned(2),
            no_buffer: Const::unsigned(address, 0),
            second_buffer: Const::unsigned(address, second as u64),
            _address_width: address,
        }
    }
}

impl Logic for PictureMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module picture_memory: Pictures for the encoder.");
        dff_setup!(self, clock, byte_seen);
        clock!(self, clock, memory);
        self.write_base.next = self.no_buffer.val();
        if self.write_buffer.val() {
            self.write_base.next = self.second_buffer.val();
        }
        self.read_base.next = self.no_buffer.val();
        if self.read_buffer.val() {
            self.read_base.next = self.second_buffer.val();
        }
        self.memory.write_enable.next = self.write.val();
        self.memory.write_address.next =
            self.write_base.val() | bit_cast_to(self.write_index.val(), self._address_width);
        self.memory.write_data.next = self.write_data.val();
        self.read_word.next = unsigned_cast_to(self.read_pixel.val() >> 2, self._address_width);
        self.memory.read_enable.next = self.read.val();
        self.memory.read_address.next = self.read_base.val() | self.read_word.val();
        self.byte_now.next = bit_cast_to(self.read_pixel.val(), 2);
        if self.read.val() {
            self.byte_seen.d.next = self.byte_now.val();
        }
        self.pixel.next = unsigned_cast_to(self.memory.read_data.val(), 8);
        if self.byte_seen.q.val() == 1.into() {
            self.pixel.next = unsigned_cast_to(self.memory.read_data.val() >> 8, 8);
        }
        if self.byte_seen.q.val() == 2.into() {
            self.pixel.next = unsigned_cast_to(self.memory.read_data.val() >> 16, 8);
        }
        if self.byte_seen.q.val() == 3.into() {
            self.pixel.next = unsigned_cast_to(self.memory.read_data.val() >> 24, 8);
        }
    }
}
crate::clocked!(PictureMemory);
crate::cell_ports!(
    PictureMemory,
    clock,
    [write, write_buffer, write_index, write_data, read, read_buffer, read_pixel],
    [pixel]
);
