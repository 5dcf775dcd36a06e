//! The bases of one lane's fields: biases of all banks, and what the clamped inputs contribute.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Biases of every bias bank and the cached input fields in one memory, addressed {bank, slot}; bank number `banks` is the
/// cache.
///
/// A bias is stored already shifted, so that it and a cached field (shifted bias plus the inputs' sums) have one format.
/// A word from the loader waits in a register while the cache is written; it is in the memory three clocks after
/// `load_write` at the latest, if `cache_write` is never high in two successive clocks and `load_write` neither.
///
/// Reading and writing one word in the same clock never happens: biases are read from the active bank, which nobody may
/// load during a run; cached fields are read in sweeps and written before them, with the pipeline drained between.
#[derive(LogicBlock)]
pub struct BiasBank {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reads a base at this edge.
    pub read: Signal<In, Bit>,
    /// Read the cached field instead of the bias.
    pub cached: Signal<In, Bit>,
    /// Active bias bank.
    pub bank: Bus<In>,
    /// Slot to read.
    pub slot: Bus<In>,
    /// The base read last.
    pub base: Bus<Out>,
    /// Writes a cached field.
    pub cache_write: Signal<In, Bit>,
    /// Of this slot.
    pub cache_slot: Bus<In>,
    /// The exact field of bias and inputs.
    pub cache_data: Bus<In>,
    /// Writes a bias.
    pub load_write: Signal<In, Bit>,
    /// Into this bank.
    pub load_bank: Bus<In>,
    /// For this slot.
    pub load_slot: Bus<In>,
    /// Raw bias.
    pub load_data: Bus<In>,
    memory: SyncRam,
    waiting: BitRegister,
    waiting_address: Register,
    waiting_data: Register,
    region: Bus<Local>,
    wide: Bus<Local>,
    cache_region: Const,
    hidden_slots: Const,
    hidden_shift: Const,
    output_shift: Const,
    slot_width: Size,
    _region_width: usize,
    _address_width: usize,
    _base_width: usize,
}

/// Shape of a [`BiasBank`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BiasFormat {
    /// Bias banks.
    pub banks: usize,
    /// Slots of both colors.
    pub slots: usize,
    /// Slots below this are hidden ones.
    pub hidden_slots: usize,
    /// Bits of a raw bias.
    pub bias_bits: usize,
    /// Bits of a base.
    pub base_bits: usize,
    /// Left shift of a bias, per color.
    pub shift: [usize; 2],
}

impl BiasBank {
    /// A memory of this shape.
    pub fn new(format: BiasFormat) -> Self {
        let slot_width = address_width(format.slots);
        let region_width = address_width(format.banks + 1);
        let depth = (format.banks << slot_width) + format.slots;
        let address = address_width(depth);
        Self {
            clock: Default::default(),
            read: Default::default(),
            cached: Default::default(),
            bank: Bus::unsigned(address_width(format.banks)),
            slot: Bus::unsigned(slot_width),
            base: Bus::signed(format.base_bits),
            cache_write: Default::default(),
            cache_slot: Bus::unsigned(slot_width),
            cache_data: Bus::signed(format.base_bits),
            load_write: Default::default(),
            load_bank: Bus::unsigned(address_width(format.banks)),
            load_slot: Bus::unsigned(slot_width),
            load_data: Bus::unsigned(format.bias_bits),
            memory: SyncRam::new(format.base_bits, depth),
            waiting: Default::default(),
            waiting_address: Register::unsigned(address),
            waiting_data: Register::unsigned(format.base_bits),
            region: Bus::unsigned(region_width),
            wide: Bus::signed(format.base_bits),
            cache_region: Const::unsigned(region_width, format.banks as u64),
            hidden_slots: Const::unsigned(slot_width + 1, format.hidden_slots as u64),
            hidden_shift: Const::unsigned(4, format.shift[0] as u64),
            output_shift: Const::unsigned(4, format.shift[1] as u64),
            slot_width: Size::new(slot_width),
            _region_width: region_width,
            _address_width: address,
            _base_width: format.base_bits,
        }
    }

    /// Stored words.
    pub fn depth(&self) -> usize {
        self.memory.depth()
    }
}

impl Logic for BiasBank {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module bias_bank: Biases and cached fields of a lane.");
        dff_setup!(self, clock, waiting, waiting_address, waiting_data);
        clock!(self, clock, memory);
        self.region.next = unsigned_cast_to(self.bank.val(), self._region_width);
        if self.cached.val() {
            self.region.next = self.cache_region.val();
        }
        self.memory.read_enable.next = self.read.val();
        self.memory.read_address.next = (bit_cast_to(self.region.val(), self._address_width)
            << (self.slot_width * 1))
            | bit_cast_to(self.slot.val(), self._address_width);
        self.base.next = signed_cast_to(self.memory.read_data.val(), self._base_width);
        self.memory.write_enable.next = self.waiting.q.val();
        self.memory.write_address.next = self.waiting_address.q.val();
        self.memory.write_data.next = self.waiting_data.q.val();
        if self.cache_write.val() {
            self.memory.write_enable.next = true;
            self.memory.write_address.next = (bit_cast_to(self.cache_region.val(), self._address_width)
                << (self.slot_width * 1))
                | bit_cast_to(self.cache_slot.val(), self._address_width);
            self.memory.write_data.next = unsigned_cast_to(self.cache_data.val(), self._base_width);
        } else {
            self.waiting.d.next = false;
        }
        self.wide.next = signed_cast_to(self.load_data.val(), self._base_width);
        if self.load_write.val() {
            self.waiting.d.next = true;
            self.waiting_address.d.next = (bit_cast_to(self.load_bank.val(), self._address_width)
                << (self.slot_width * 1))
                | bit_cast_to(self.load_slot.val(), self._address_width);
            if bit_cast_to(self.load_slot.val(), self.slot_width.get() + 1) < self.hidden_slots.val() {
                self.waiting_data.d.next =
                    bit_cast_to(self.wide.val(), self._base_width) << self.hidden_shift.val();
            } else {
                self.waiting_data.d.next =
                    bit_cast_to(self.wide.val(), self._base_width) << self.output_shift.val();
            }
        }
    }
}
crate::clocked!(BiasBank);
crate::cell_ports!(
    BiasBank,
    clock,
    [
        read,
        cached,
        bank,
        slot,
        cache_write,
        cache_slot,
        cache_data,
        load_write,
        load_bank,
        load_slot,
        load_data
    ],
    [base]
);
