//! The host's windows: what the host writes into the sampler's memories and reads from them.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Takes `control`'s accesses apart by window, clears clamps and table selects after a reset, and answers reads.
///
/// `control` has checked every access (address, direction, busy), so this module trusts it. A read is answered when the memories
/// have had time: the spins' address must be divided first.
#[derive(LogicBlock)]
pub struct Windows {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Begins to clear.
    pub reset: Signal<In, Bit>,
    /// Writes a word of a window.
    pub window_write: Signal<In, Bit>,
    /// Reads a word of a window.
    pub window_read: Signal<In, Bit>,
    /// Register address.
    pub window_address: Bus<In>,
    /// The word.
    pub window_write_data: Bus<In>,
    /// The word read is there.
    pub window_read_valid: Signal<Out, Bit>,
    /// The word read.
    pub window_read_data: Bus<Out>,
    /// Clamps and table selects are cleared.
    pub ready: Signal<Out, Bit>,
    /// Address of the last access, one clock after it.
    pub address: Bus<Out>,
    /// Its word.
    pub data: Bus<Out>,
    /// It writes inputs.
    pub input_write: Signal<Out, Bit>,
    /// It writes pixels.
    pub pixel_write: Signal<Out, Bit>,
    /// It writes a word of a generator.
    pub seed_write: Signal<Out, Bit>,
    /// It writes spins.
    pub spin_write: Signal<Out, Bit>,
    /// It looks at the signs of an output slot, not at a sum.
    pub at_signs: Signal<Out, Bit>,
    /// It reads a score.
    pub score_read: Signal<Out, Bit>,
    /// Writes clamp masks.
    pub mask_write: Signal<Out, Bit>,
    /// Writes clamp values.
    pub value_write: Signal<Out, Bit>,
    /// Of this slot.
    pub clamp_slot: Bus<Out>,
    /// One bit per lane.
    pub clamp_data: Bus<Out>,
    /// Writes a table select.
    pub select_write: Signal<Out, Bit>,
    /// Of this replica.
    pub select_replica: Bus<Out>,
    /// The table.
    pub select_data: Bus<Out>,
    /// Spins at `address`.
    pub spins: Bus<In>,
    /// Signs at `address`.
    pub signs: Bus<In>,
    /// Sum at `address`.
    pub sum: Bus<In>,
    /// Score at `address`.
    pub score: Bus<In>,
    clearing: BitRegister,
    clear_address: Register,
    writing: BitRegister,
    reading: BitRegister,
    address_now: Register,
    data_now: Register,
    read_wait: Register,
    read_valid: BitRegister,
    spins_seen: Register,
    read_data: Register,
    region: Bus<Local>,
    read_clocks: Const,
    _lanes: usize,
    _slot_width: usize,
    _replica_width: usize,
}

impl Windows {
    /// For `slots` slots of `lanes` lanes and `replicas` replicas; spins are there `read_clocks` clocks after a read.
    pub fn new(slots: usize, lanes: usize, replicas: usize, read_clocks: usize) -> Self {
        let (slot_width, replica_width) = (address_width(slots), address_width(replicas));
        let wait_width = address_width(read_clocks + 2);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            window_write: Default::default(),
            window_read: Default::default(),
            window_address: Bus::unsigned(16),
            window_write_data: Bus::unsigned(32),
            window_read_valid: Default::default(),
            window_read_data: Bus::unsigned(32),
            ready: Default::default(),
            address: Bus::unsigned(16),
            data: Bus::unsigned(32),
            input_write: Default::default(),
            pixel_write: Default::default(),
            seed_write: Default::default(),
            spin_write: Default::default(),
            at_signs: Default::default(),
            score_read: Default::default(),
            mask_write: Default::default(),
            value_write: Default::default(),
            clamp_slot: Bus::unsigned(slot_width),
            clamp_data: Bus::unsigned(lanes),
            select_write: Default::default(),
            select_replica: Bus::unsigned(replica_width),
            select_data: Bus::unsigned(32),
            spins: Bus::unsigned(lanes),
            signs: Bus::unsigned(lanes),
            sum: Bus::signed(32),
            score: Bus::signed(32),
            clearing: BitRegister::starting_at(true),
            clear_address: Register::unsigned(slot_width.max(replica_width)),
            writing: Default::default(),
            reading: Default::default(),
            address_now: Register::unsigned(16),
            data_now: Register::unsigned(32),
            read_wait: Register::unsigned(wait_width),
            read_valid: Default::default(),
            spins_seen: Register::unsigned(lanes),
            read_data: Register::unsigned(32),
            region: Bus::unsigned(4),
            read_clocks: Const::unsigned(wait_width, read_clocks as u64 + 1),
            _lanes: lanes,
            _slot_width: slot_width,
            _replica_width: replica_width,
        }
    }
}

impl Logic for Windows {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module windows: The host's view of the sampler's memories.");
        dff_setup!(
            self,
            clock,
            clearing,
            clear_address,
            writing,
            reading,
            address_now,
            data_now,
            read_wait,
            read_valid,
            spins_seen,
            read_data
        );
        self.writing.d.next = self.window_write.val();
        self.reading.d.next = self.window_read.val();
        if self.window_write.val() | self.window_read.val() {
            self.address_now.d.next = self.window_address.val();
            self.data_now.d.next = self.window_write_data.val();
        }
        self.address.next = self.address_now.q.val();
        self.data.next = self.data_now.q.val();
        self.region.next = unsigned_cast_to(self.address_now.q.val() >> 12, 4);
        self.input_write.next = self.writing.q.val() & (self.region.val() == 1.into());
        self.seed_write.next = self.writing.q.val() & (self.region.val() == 4.into());
        self.spin_write.next =
            self.writing.q.val() & ((self.region.val() == 6.into()) | (self.region.val() == 7.into()));
        self.pixel_write.next = self.writing.q.val() & (self.region.val() == 11.into());
        self.score_read.next = self.reading.q.val() & (self.region.val() == 12.into());
        self.at_signs.next = self.region.val() == 10.into();
        self.mask_write.next = self.writing.q.val() & (self.region.val() == 2.into());
        self.value_write.next = self.writing.q.val() & (self.region.val() == 3.into());
        self.clamp_slot.next = unsigned_cast_to(self.address_now.q.val(), self._slot_width);
        self.clamp_data.next = unsigned_cast_to(self.data_now.q.val(), self._lanes);
        self.select_write.next = self.writing.q.val() & (self.region.val() == 5.into());
        self.select_replica.next = unsigned_cast_to(self.address_now.q.val(), self._replica_width);
        self.select_data.next = self.data_now.q.val();
        // After a reset clamps and selects are cleared, word by word.
        if self.clearing.q.val() & !self.reset.val() {
            self.clear_address.d.next = self.clear_address.q.val() + 1;
            if self.clear_address.q.val().all() {
                self.clearing.d.next = false;
            }
            self.mask_write.next = true;
            self.value_write.next = true;
            self.clamp_slot.next = unsigned_cast_to(self.clear_address.q.val(), self._slot_width);
            self.clamp_data.next = 0.into();
            self.select_write.next = true;
            self.select_replica.next = unsigned_cast_to(self.clear_address.q.val(), self._replica_width);
            self.select_data.next = 0.into();
        }
        self.ready.next = !self.clearing.q.val();
        // What the host reads is there when its address has been divided and looked up.
        self.spins_seen.d.next = self.spins.val();
        self.read_valid.d.next = false;
        if self.read_wait.q.val() != 0.into() {
            self.read_wait.d.next = self.read_wait.q.val() - 1;
            if self.read_wait.q.val() == 1.into() {
                self.read_valid.d.next = true;
                self.read_data.d.next = bit_cast_to(self.spins_seen.q.val(), 32);
                if self.region.val().get_bit(3) {
                    self.read_data.d.next = unsigned_cast_to(self.sum.val(), 32);
                    if self.region.val().get_bit(1) {
                        self.read_data.d.next = bit_cast_to(self.signs.val(), 32);
                    }
                    if self.region.val().get_bit(2) {
                        self.read_data.d.next = unsigned_cast_to(self.score.val(), 32);
                    }
                }
            }
        }
        if self.window_read.val() {
            self.read_wait.d.next = self.read_clocks.val();
        }
        self.window_read_valid.next = self.read_valid.q.val();
        self.window_read_data.next = self.read_data.q.val();
        if self.reset.val() {
            self.clearing.d.next = true;
            self.clear_address.d.next = 0.into();
            self.read_wait.d.next = 0.into();
        }
    }
}
crate::clocked!(Windows);
crate::cell_ports!(
    Windows,
    clock,
    [reset, window_write, window_read, window_address, window_write_data, spins, signs, sum, score],
    [
        window_read_valid,
        window_read_data,
        ready,
        address,
        data,
        input_write,
        pixel_write,
        seed_write,
        spin_write,
        at_signs,
        score_read,
        mask_write,
        value_write,
        clamp_slot,
        clamp_data,
        select_write,
        select_replica,
        select_data
    ]
);
