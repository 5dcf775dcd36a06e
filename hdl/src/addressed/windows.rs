//! The host's windows into an addressed machine.

use super::shape::AddressedShape;
use crate::cells::SpinAddress;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Clocks from a seed's lane to the lanes' select.
const SELECT_CLOCKS: u64 = 2;

/// Takes `control`'s accesses apart by window and works on them one at a time; while it works `ready` is low.
///
/// `control` has checked every access (address, direction, busy), so this module trusts it. A word of clamps, spins or signs holds 32
/// positions, which pass one by one: 64 clocks.
#[derive(LogicBlock)]
pub struct AddressedWindows {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Writes a word of a window.
    pub window_write: Signal<In, Bit>,
    /// Reads a word of a window.
    pub window_read: Signal<In, Bit>,
    /// Register address.
    pub window_address: Bus<In>,
    /// The word.
    pub window_write_data: Bus<In>,
    /// Spins of the position looked at.
    pub seen_word: Bus<In>,
    /// Its sum.
    pub seen_sum: Bus<In>,
    /// And tie.
    pub seen_tie: Signal<In, Bit>,
    /// No sweep has been retained: sums are 0, signs up.
    pub nothing_retained: Signal<In, Bit>,
    /// Nothing is being worked on.
    pub ready: Signal<Out, Bit>,
    /// The word read is there.
    pub window_read_valid: Signal<Out, Bit>,
    /// The word read.
    pub window_read_data: Bus<Out>,
    /// A position.
    pub position: Bus<Out>,
    /// Writes its clamp's mask.
    pub mask_write: Signal<Out, Bit>,
    /// Writes its clamp's value.
    pub value_write: Signal<Out, Bit>,
    /// Mask or value.
    pub clamp_data: Signal<Out, Bit>,
    /// Looks at its spins and sum.
    pub look: Signal<Out, Bit>,
    /// Writes its spins.
    pub spin_write: Signal<Out, Bit>,
    /// These.
    pub spin_word: Bus<Out>,
    /// Writes a table select.
    pub select_write: Signal<Out, Bit>,
    /// Of this replica.
    pub select_replica: Bus<Out>,
    /// The table.
    pub select_data: Bus<Out>,
    /// A seed is for this lane.
    pub seed_lane: Bus<Out>,
    /// Two clocks before the first part.
    pub seed_begin: Signal<Out, Bit>,
    /// A part of the seed is there.
    pub seed_write: Signal<Out, Bit>,
    /// Which part, of xoshiro128++.
    pub seed_word: Bus<Out>,
    /// The part.
    pub seed_data: Bus<Out>,
    clearing: BitRegister,
    clear_count: Register,
    writing: BitRegister,
    reading: BitRegister,
    address: Register,
    word: Register,
    seed_low: Vec<Register>,
    seed_value: Vec<Register>,
    seed_left: Register,
    divide_left: Register,
    walking: BitRegister,
    of_write: BitRegister,
    bit_number: Register,
    second: BitRegister,
    read_valid: BitRegister,
    dividers: Vec<SpinAddress>,
    region: Bus<Local>,
    sums: Signal<Local, Bit>,
    exists: Signal<Local, Bit>,
    sign: Signal<Local, Bit>,
    seen_bit: Signal<Local, Bit>,
    sum: Bus<Local>,
    wide_sum: Bus<Local>,
    chunk: Bus<Local>,
    seed_shifted: Bus<Local>,
    spin_index: Bus<Local>,
    replica: Bus<Local>,
    replica_bit: Bus<Local>,
    seen_shifted: Bus<Local>,
    number: Bus<Local>,
    wide_position: Bus<Local>,
    zero_number: Const,
    one_replica: Const,
    positions: Const,
    divide_clocks: Const,
    seed_clocks: Const,
    seed_parts: Const,
    seed_first: Const,
    sum_top: Size,
    number_bits: Size,
    _lfsrs: usize,
    _xoshiros: usize,
    _divides: usize,
    _slices: usize,
    _lane_bits: usize,
    _replica_bits: usize,
    _index_bits: usize,
    _number_bits: usize,
    _position_bits: usize,
    _wide: usize,
    _seed_bits: usize,
}

impl AddressedWindows {
    /// The windows of this machine.
    pub fn new(shape: &AddressedShape) -> Self {
        let words = shape.position_words();
        let lane_bits = address_width(shape.lanes);
        let replica_bits = address_width(shape.replicas);
        let divides = usize::from(!words.is_power_of_two());
        let dividers: Vec<SpinAddress> =
            (0..divides).map(|_| SpinAddress::new(shape.replicas, words)).collect();
        let divide = if divides == 1 { SpinAddress::stages(shape.replicas) + 2 } else { 1 };
        let divide_bits = address_width(divide + 1);
        let lfsrs = usize::from(!shape.xoshiro);
        let parts = if shape.xoshiro { 1 } else { 4 };
        let seed_bits = super::lane::seed_bits(shape.xoshiro);
        let number_bits = address_width(words);
        // A position with the bits of a whole last word.
        let wide = (number_bits + 5 + 1).max(replica_bits);
        let clear_bits = shape.position_bits().max(replica_bits);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            window_write: Default::default(),
            window_read: Default::default(),
            window_address: Bus::unsigned(16),
            window_write_data: Bus::unsigned(32),
            seen_word: Bus::unsigned(shape.replicas),
            seen_sum: Bus::signed(shape.sum_bits),
            seen_tie: Default::default(),
            nothing_retained: Default::default(),
            ready: Default::default(),
            window_read_valid: Default::default(),
            window_read_data: Bus::unsigned(32),
            position: Bus::unsigned(shape.position_bits()),
            mask_write: Default::default(),
            value_write: Default::default(),
            clamp_data: Default::default(),
            look: Default::default(),
            spin_write: Default::default(),
            spin_word: Bus::unsigned(shape.replicas),
            select_write: Default::default(),
            select_replica: Bus::unsigned(replica_bits),
            select_data: Bus::unsigned(32),
            seed_lane: Bus::unsigned(lane_bits),
            seed_begin: Default::default(),
            seed_write: Default::default(),
            seed_word: Bus::unsigned(2),
            seed_data: Bus::unsigned(seed_bits),
            clearing: Default::default(),
            clear_count: Register::unsigned(clear_bits),
            writing: Default::default(),
            reading: Default::default(),
            address: Register::unsigned(16),
            word: Register::unsigned(32),
            seed_low: (0..lfsrs).map(|_| Register::unsigned(32)).collect(),
            seed_value: (0..lfsrs).map(|_| Register::unsigned(64)).collect(),
            seed_left: Register::unsigned(3),
            divide_left: Register::unsigned(divide_bits),
            walking: Default::default(),
            of_write: Default::default(),
            bit_number: Register::unsigned(5),
            second: Default::default(),
            read_valid: Default::default(),
            region: Bus::unsigned(4),
            sums: Default::default(),
            exists: Default::default(),
            sign: Default::default(),
            seen_bit: Default::default(),
            sum: Bus::signed(shape.sum_bits),
            wide_sum: Bus::signed(32),
            chunk: Bus::unsigned(64),
            seed_shifted: Bus::unsigned(64),
            spin_index: Bus::unsigned(13),
            replica: Bus::unsigned(replica_bits),
            replica_bit: Bus::unsigned(shape.replicas),
            seen_shifted: Bus::unsigned(shape.replicas),
            number: Bus::unsigned(number_bits),
            wide_position: Bus::unsigned(wide),
            zero_number: Const::unsigned(number_bits, 0),
            one_replica: Const::unsigned(shape.replicas, 1),
            positions: Const::unsigned(wide, shape.positions() as u64),
            divide_clocks: Const::unsigned(divide_bits, divide as u64),
            seed_clocks: Const::unsigned(3, parts + SELECT_CLOCKS),
            seed_parts: Const::unsigned(3, parts),
            seed_first: Const::unsigned(3, 4),
            sum_top: Size::new(shape.sum_bits - 1),
            number_bits: Size::new(words.ilog2() as usize),
            _lfsrs: lfsrs,
            _xoshiros: usize::from(shape.xoshiro),
            _divides: divides,
            _slices: usize::from(divides == 0 && words > 1),
            _lane_bits: lane_bits,
            _replica_bits: replica_bits,
            _index_bits: dividers.first().map_or(13, |d| d.index.width()),
            _number_bits: number_bits,
            _position_bits: shape.position_bits(),
            _wide: wide,
            _seed_bits: seed_bits,
            dividers,
        }
    }
}

impl Logic for AddressedWindows {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module windows: The host's view of the machine.");
        dff_setup!(
            self,
            clock,
            clearing,
            clear_count,
            writing,
            reading,
            address,
            word,
            seed_left,
            divide_left,
            walking,
            of_write,
            bit_number,
            second,
            read_valid
        );
        self.writing.d.next = self.window_write.val();
        self.reading.d.next = self.window_read.val();
        if self.window_write.val() | self.window_read.val() {
            self.address.d.next = self.window_address.val();
            self.word.d.next = self.window_write_data.val();
        }
        self.region.next = unsigned_cast_to(self.address.q.val() >> 12, 4);
        self.sums.next = self.region.val().get_bit(3) & !self.region.val().get_bit(1);
        self.read_valid.d.next = false;
        // Table selects.
        self.select_write.next = self.writing.q.val() & (self.region.val() == 5.into());
        self.select_replica.next = unsigned_cast_to(self.address.q.val(), self._replica_bits);
        self.select_data.next = self.word.q.val();
        if self.clearing.q.val() {
            // After a reset table selects and clamps are cleared one by one.
            self.clear_count.d.next = self.clear_count.q.val() + 1;
            if self.clear_count.q.val().all() {
                self.clearing.d.next = false;
            }
            self.select_write.next = true;
            self.select_replica.next = unsigned_cast_to(self.clear_count.q.val(), self._replica_bits);
            self.select_data.next = 0.into();
        }
        // Seeds: after the lane is selected, part by part.
        self.seed_begin.next = false;
        self.seed_write.next = false;
        self.seed_word.next = 0.into();
        self.seed_lane.next = 0.into();
        self.seed_data.next = 0.into();
        self.chunk.next = 0.into();
        self.seed_shifted.next = 0.into();
        if self.seed_left.q.val().any() {
            self.seed_left.d.next = self.seed_left.q.val() - 1;
            self.seed_write.next = self.seed_left.q.val() <= self.seed_parts.val();
        }
        for k in 0..self._lfsrs {
            self.seed_low[k].clock.next = self.clock.val();
            self.seed_value[k].clock.next = self.clock.val();
            self.seed_low[k].d.next = self.seed_low[k].q.val();
            self.seed_value[k].d.next = self.seed_value[k].q.val();
            self.seed_lane.next = unsigned_cast_to(self.address.q.val() >> 1, self._lane_bits);
            // The first part has the state's 7 oldest bits, the others 19 each.
            self.chunk.next = self.seed_value[k].q.val() >> 45;
            self.seed_shifted.next = self.seed_value[k].q.val() << 19;
            if self.seed_left.q.val() == self.seed_first.val() {
                self.chunk.next = self.seed_value[k].q.val() >> 57;
                self.seed_shifted.next = self.seed_value[k].q.val() << 7;
            }
            if self.seed_write.val() {
                self.seed_value[k].d.next = self.seed_shifted.val();
            }
            self.seed_data.next = unsigned_cast_to(self.chunk.val(), self._seed_bits);
            if self.writing.q.val() & (self.region.val() == 4.into()) {
                if self.address.q.val().get_bit(0) {
                    self.seed_value[k].d.next = (bit_cast_to(self.word.q.val(), 64) << 32)
                        | unsigned_cast_to(self.seed_low[k].q.val(), 64);
                    self.seed_left.d.next = self.seed_clocks.val();
                    self.seed_begin.next = true;
                } else {
                    self.seed_low[k].d.next = self.word.q.val();
                }
            }
        }
        for _k in 0..self._xoshiros {
            self.seed_lane.next = unsigned_cast_to(self.address.q.val() >> 2, self._lane_bits);
            self.seed_word.next = unsigned_cast_to(self.address.q.val(), 2);
            self.seed_data.next = unsigned_cast_to(self.word.q.val(), self._seed_bits);
            if self.writing.q.val() & (self.region.val() == 4.into()) {
                self.seed_left.d.next = self.seed_clocks.val();
                self.seed_begin.next = true;
            }
        }
        // Replica and word of a word of spins.
        self.spin_index.next = unsigned_cast_to(self.address.q.val(), 13);
        self.replica.next = unsigned_cast_to(self.spin_index.val(), self._replica_bits);
        self.number.next = self.zero_number.val();
        for _k in 0..self._slices {
            self.replica.next =
                unsigned_cast_to(self.spin_index.val() >> (self.number_bits * 1), self._replica_bits);
            self.number.next = unsigned_cast_to(self.address.q.val(), self._number_bits);
        }
        for k in 0..self._divides {
            self.dividers[k].clock.next = self.clock.val();
            self.dividers[k].index.next = unsigned_cast_to(self.spin_index.val(), self._index_bits);
            self.replica.next = self.dividers[k].replica.val();
            self.number.next = unsigned_cast_to(self.address.q.val(), self._number_bits);
            if (self.region.val() == 6.into()) | (self.region.val() == 7.into()) {
                self.number.next = self.dividers[k].slot.val();
            }
        }
        // Clamps, spins, sums, signs: look at a position in the first clock, act in the second.
        if (self.writing.q.val() | self.reading.q.val())
            & !(self.region.val() == 4.into())
            & !(self.region.val() == 5.into())
        {
            self.of_write.d.next = self.writing.q.val();
            self.divide_left.d.next = self.divide_clocks.val();
            self.bit_number.d.next = 0.into();
        }
        if self.divide_left.q.val().any() {
            self.divide_left.d.next = self.divide_left.q.val() - 1;
            if self.divide_left.q.val() == 1.into() {
                self.walking.d.next = true;
                self.second.d.next = false;
            }
        }
        self.wide_position.next = (bit_cast_to(self.number.val(), self._wide) << 5)
            | bit_cast_to(self.bit_number.q.val(), self._wide);
        if self.sums.val() {
            self.wide_position.next = bit_cast_to(self.address.q.val(), self._wide);
        }
        if self.clearing.q.val() {
            self.wide_position.next = bit_cast_to(self.clear_count.q.val(), self._wide);
        }
        self.exists.next = self.wide_position.val() < self.positions.val();
        self.position.next = unsigned_cast_to(self.wide_position.val(), self._position_bits);
        self.look.next = self.walking.q.val() & !self.second.q.val() & self.exists.val();
        self.mask_write.next =
            self.walking.q.val() & self.second.q.val() & self.exists.val() & (self.region.val() == 2.into());
        self.value_write.next =
            self.walking.q.val() & self.second.q.val() & self.exists.val() & (self.region.val() == 3.into());
        self.clamp_data.next = self.word.q.val().get_bit(0);
        if self.clearing.q.val() {
            self.mask_write.next = self.exists.val();
            self.clamp_data.next = false;
        }
        self.replica_bit.next = self.one_replica.val() << self.replica.val();
        self.seen_shifted.next = self.seen_word.val() >> self.replica.val();
        self.spin_write.next = self.walking.q.val()
            & self.second.q.val()
            & self.exists.val()
            & self.of_write.q.val()
            & self.region.val().get_bit(2);
        self.spin_word.next = self.seen_word.val() & !self.replica_bit.val();
        if self.word.q.val().get_bit(0) {
            self.spin_word.next = self.seen_word.val() | self.replica_bit.val();
        }
        self.sum.next = self.seen_sum.val();
        self.sign.next = !self.seen_sum.val().get_bit(self.sum_top * 1);
        if !self.seen_sum.val().any() {
            self.sign.next = self.seen_tie.val();
        }
        if self.nothing_retained.val() {
            self.sum.next = 0.into();
            self.sign.next = true;
        }
        self.wide_sum.next = signed_cast_to(self.sum.val(), 32);
        self.seen_bit.next = self.sign.val();
        if self.region.val().get_bit(2) {
            self.seen_bit.next = self.seen_shifted.val().get_bit(0);
        }
        if self.walking.q.val() {
            self.second.d.next = !self.second.q.val();
            if self.second.q.val() {
                // What is written leaves the word below, what is read enters it above.
                self.bit_number.d.next = self.bit_number.q.val() + 1;
                self.word.d.next = (self.word.q.val() >> 1) | (bit_cast_to(self.seen_bit.val(), 32) << 31);
                if self.sums.val() {
                    self.word.d.next = unsigned_cast_to(self.wide_sum.val(), 32);
                }
                if self.bit_number.q.val().all() | self.sums.val() {
                    self.walking.d.next = false;
                    self.read_valid.d.next = !self.of_write.q.val();
                }
            }
        }
        self.window_read_valid.next = self.read_valid.q.val();
        self.window_read_data.next = self.word.q.val();
        self.ready.next = !(self.clearing.q.val()
            | self.writing.q.val()
            | self.seed_left.q.val().any()
            | self.divide_left.q.val().any()
            | self.walking.q.val());
        if self.reset.val() {
            self.clearing.d.next = true;
            self.clear_count.d.next = 0.into();
            self.writing.d.next = false;
            self.reading.d.next = false;
            self.seed_left.d.next = 0.into();
            self.divide_left.d.next = 0.into();
            self.walking.d.next = false;
        }
    }
}
crate::clocked!(AddressedWindows);
crate::cell_ports!(
    AddressedWindows,
    clock,
    [
        reset,
        window_write,
        window_read,
        window_address,
        window_write_data,
        seen_word,
        seen_sum,
        seen_tie,
        nothing_retained
    ],
    [
        ready,
        window_read_valid,
        window_read_data,
        position,
        mask_write,
        value_write,
        clamp_data,
        look,
        spin_write,
        spin_word,
        select_write,
        select_replica,
        select_data,
        seed_lane,
        seed_begin,
        seed_write,
        seed_word,
        seed_data
    ]
);
