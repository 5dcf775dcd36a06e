//! The host's windows into a wired machine.

use super::shape::WiredShape;
use crate::cells::SpinAddress;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Clocks from a seed's lane to the lanes' select.
const SELECT_CLOCKS: u64 = 2;

/// Takes `control`'s accesses apart by window and works on them one at a time; while it works `ready` is low.
///
/// `control` has checked every access (address, direction, busy), so this module trusts it. Clamps and table selects take a clock; a
/// generator's state is replaced when its last word is written (`lfsr64`) or word by word (xoshiro128++); a word of spins takes a
/// turn of all slots; a sum some clocks, a word of signs 32 times as many.
#[derive(LogicBlock)]
pub struct WiredWindows {
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
    /// Spins that leave the lines now.
    pub spins: Bus<In>,
    /// {tie, sum}, two clocks after `look`.
    pub sum_word: Bus<In>,
    /// No sweep has been retained: sums are 0, signs up.
    pub nothing_retained: Signal<In, Bit>,
    /// Nothing is being worked on.
    pub ready: Signal<Out, Bit>,
    /// The word read is there.
    pub window_read_valid: Signal<Out, Bit>,
    /// The word read.
    pub window_read_data: Bus<Out>,
    /// Word of the access.
    pub data: Bus<Out>,
    /// Number of a word of clamps.
    pub clamp_word: Bus<Out>,
    /// Writes clamp masks.
    pub mask_write: Signal<Out, Bit>,
    /// Writes clamp values.
    pub value_write: Signal<Out, Bit>,
    /// Writes a table select.
    pub select_write: Signal<Out, Bit>,
    /// Of this replica.
    pub select_replica: Bus<Out>,
    /// The table.
    pub select_data: Bus<Out>,
    /// With a ladder: which window of energies or ladder.
    pub ladder_part: Vec<Bus<Out>>,
    /// A seed is for this lane; number L means the ladder's generator.
    pub seed_lane: Bus<Out>,
    /// Two clocks before the first part.
    pub seed_begin: Signal<Out, Bit>,
    /// A part of the seed is there.
    pub seed_write: Signal<Out, Bit>,
    /// Which part, of xoshiro128++.
    pub seed_word: Bus<Out>,
    /// The part.
    pub seed_data: Bus<Out>,
    /// A word of spins is looked for.
    pub spin_access: Signal<Out, Bit>,
    /// It is written.
    pub spin_write: Signal<Out, Bit>,
    /// Of this replica.
    pub spin_replica: Bus<Out>,
    /// The word's number.
    pub spin_word: Bus<Out>,
    /// With energies: the word of spins is one of a best state.
    pub spin_best: Vec<Signal<Out, Bit>>,
    /// With energies: looks at a word of theirs.
    pub energy_look: Vec<Signal<Out, Bit>>,
    /// With energies: which, see [`EnergyUnit`](super::EnergyUnit).
    pub energy_part: Vec<Bus<Out>>,
    /// With energies: of this replica.
    pub energy_replica: Vec<Bus<Out>>,
    /// With energies: that word, two clocks after `energy_look` rises.
    pub energy_word: Vec<Bus<In>>,
    /// Looks at a sum.
    pub look: Signal<Out, Bit>,
    /// Of this slot.
    pub look_slot: Bus<Out>,
    /// And this lane.
    pub look_lane: Bus<Out>,
    clearing: BitRegister,
    clear_replica: Register,
    writing: BitRegister,
    reading: BitRegister,
    address: Register,
    word: Register,
    /// Both none of xoshiro128++.
    seed_low: Vec<Register>,
    seed_value: Vec<Register>,
    seed_left: Register,
    divide_left: Register,
    turn_left: Register,
    at_rest: BitRegister,
    spins_write: BitRegister,
    gathered: Register,
    look_step: Register,
    look_bit: Register,
    look_signs: BitRegister,
    energy_left: Vec<Register>,
    sum_taken: Register,
    sign_word: Register,
    read_valid: BitRegister,
    read_data: Register,
    divider: SpinAddress,
    places: SyncRam,
    region: Bus<Local>,
    sign: Signal<Local, Bit>,
    sum: Bus<Local>,
    wide_sum: Bus<Local>,
    chunk: Bus<Local>,
    seed_shifted: Bus<Local>,
    spin_index: Bus<Local>,
    no_address: Const,
    turn_clocks: Const,
    divide_clocks: Const,
    seed_clocks: Const,
    seed_parts: Const,
    seed_first: Const,
    last_step: Const,
    lane_bits: Size,
    sum_width: Size,
    _energies: usize,
    _ladders: usize,
    _seed_lane_bits: usize,
    _lfsrs: usize,
    _xoshiros: usize,
    _several_tables: usize,
    _lane_bits: usize,
    _slot_bits: usize,
    _word_bits: usize,
    _replica_bits: usize,
    _index_bits: usize,
    _id_bits: usize,
    _sum_bits: usize,
    _seed_bits: usize,
}

impl WiredWindows {
    /// The windows of this machine.
    pub fn new(shape: &WiredShape) -> Self {
        let (lane_bits, slot_bits) = (address_width(shape.lanes), address_width(shape.slots));
        let word_bits = address_width(shape.p_bit_words());
        let replica_bits = address_width(shape.replicas);
        let ids = shape.p_bit_words() * 32;
        let place = |&(lane, slot): &(usize, usize)| (slot as u64) << lane_bits | lane as u64;
        let contents: Vec<u64> = shape.places.iter().map(place).collect();
        let places = SyncRam::new(lane_bits + slot_bits, ids).with_init(&contents);
        let divider = SpinAddress::new(shape.replicas, shape.p_bit_words());
        let divide = SpinAddress::stages(shape.replicas) + 2;
        // Two clocks more than a turn: the way from `spin_access` to the word.
        let turn = shape.clocks_per_sweep() + 3;
        let (turn_bits, divide_bits) = (address_width(turn + 1), address_width(divide + 1));
        let parts = if shape.xoshiro { 1 } else { 4 };
        let seed_bits = super::lane::seed_bits(shape.xoshiro);
        let energies = usize::from(shape.energy);
        let lfsrs = usize::from(!shape.xoshiro);
        let (ladders, seed_lane_bits) = (usize::from(shape.ladder), shape.generator_bits());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            window_write: Default::default(),
            window_read: Default::default(),
            window_address: Bus::unsigned(16),
            window_write_data: Bus::unsigned(32),
            spins: Bus::unsigned(32),
            sum_word: Bus::unsigned(shape.sum_bits + 1),
            nothing_retained: Default::default(),
            ready: Default::default(),
            window_read_valid: Default::default(),
            window_read_data: Bus::unsigned(32),
            data: Bus::unsigned(32),
            clamp_word: Bus::unsigned(word_bits),
            mask_write: Default::default(),
            value_write: Default::default(),
            select_write: Default::default(),
            select_replica: Bus::unsigned(replica_bits),
            select_data: Bus::unsigned(32),
            ladder_part: (0..ladders).map(|_| Bus::unsigned(3)).collect(),
            seed_lane: Bus::unsigned(seed_lane_bits),
            seed_begin: Default::default(),
            seed_write: Default::default(),
            seed_word: Bus::unsigned(2),
            seed_data: Bus::unsigned(seed_bits),
            spin_access: Default::default(),
            spin_write: Default::default(),
            spin_replica: Bus::unsigned(replica_bits),
            spin_word: Bus::unsigned(word_bits),
            spin_best: (0..energies).map(|_| Default::default()).collect(),
            energy_look: (0..energies).map(|_| Default::default()).collect(),
            energy_part: (0..energies).map(|_| Bus::unsigned(2)).collect(),
            energy_replica: (0..energies).map(|_| Bus::unsigned(replica_bits)).collect(),
            energy_word: (0..energies).map(|_| Bus::unsigned(32)).collect(),
            energy_left: (0..energies).map(|_| Register::unsigned(2)).collect(),
            look: Default::default(),
            look_slot: Bus::unsigned(slot_bits),
            look_lane: Bus::unsigned(lane_bits),
            clearing: Default::default(),
            clear_replica: Register::unsigned(replica_bits),
            writing: Default::default(),
            reading: Default::default(),
            address: Register::unsigned(16),
            word: Register::unsigned(32),
            seed_low: (0..lfsrs).map(|_| Register::unsigned(32)).collect(),
            seed_value: (0..lfsrs).map(|_| Register::unsigned(64)).collect(),
            seed_left: Register::unsigned(3),
            divide_left: Register::unsigned(divide_bits),
            turn_left: Register::unsigned(turn_bits),
            at_rest: Default::default(),
            spins_write: Default::default(),
            gathered: Register::unsigned(32),
            look_step: Register::unsigned(3),
            look_bit: Register::unsigned(5),
            look_signs: Default::default(),
            sum_taken: Register::unsigned(shape.sum_bits + 1),
            sign_word: Register::unsigned(32),
            read_valid: Default::default(),
            read_data: Register::unsigned(32),
            region: Bus::unsigned(4),
            sign: Default::default(),
            sum: Bus::signed(shape.sum_bits),
            wide_sum: Bus::signed(32),
            chunk: Bus::unsigned(64),
            seed_shifted: Bus::unsigned(64),
            spin_index: Bus::unsigned(13),
            no_address: Const::unsigned(address_width(ids), 0),
            turn_clocks: Const::unsigned(turn_bits, turn as u64),
            divide_clocks: Const::unsigned(divide_bits, divide as u64),
            seed_clocks: Const::unsigned(3, parts + SELECT_CLOCKS),
            seed_parts: Const::unsigned(3, parts),
            seed_first: Const::unsigned(3, 4),
            last_step: Const::unsigned(3, 5),
            lane_bits: Size::new(lane_bits),
            sum_width: Size::new(shape.sum_bits),
            _energies: energies,
            _ladders: ladders,
            _seed_lane_bits: seed_lane_bits,
            _lfsrs: lfsrs,
            _xoshiros: usize::from(shape.xoshiro),
            _several_tables: usize::from(shape.tables > 1),
            _lane_bits: lane_bits,
            _slot_bits: slot_bits,
            _word_bits: word_bits,
            _replica_bits: replica_bits,
            _index_bits: divider.index.width(),
            _id_bits: address_width(ids),
            _sum_bits: shape.sum_bits,
            _seed_bits: seed_bits,
            divider,
            places,
        }
    }
}

impl Logic for WiredWindows {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module windows: The host's view of the machine.");
        dff_setup!(
            self,
            clock,
            clearing,
            clear_replica,
            writing,
            reading,
            address,
            word,
            seed_left,
            divide_left,
            turn_left,
            at_rest,
            spins_write,
            gathered,
            look_step,
            look_bit,
            look_signs,
            sum_taken,
            sign_word,
            read_valid,
            read_data
        );
        clock!(self, clock, divider, places);
        self.writing.d.next = self.window_write.val();
        self.reading.d.next = self.window_read.val();
        if self.window_write.val() | self.window_read.val() {
            self.address.d.next = self.window_address.val();
            self.word.d.next = self.window_write_data.val();
        }
        self.data.next = self.word.q.val();
        self.region.next = unsigned_cast_to(self.address.q.val() >> 12, 4);
        self.read_valid.d.next = false;
        // Clamps and table selects.
        self.clamp_word.next = unsigned_cast_to(self.address.q.val(), self._word_bits);
        self.mask_write.next = self.writing.q.val() & (self.region.val() == 2.into());
        self.value_write.next = self.writing.q.val() & (self.region.val() == 3.into());
        self.select_write.next = self.writing.q.val() & (self.region.val() == 5.into());
        self.select_replica.next = unsigned_cast_to(self.address.q.val(), self._replica_bits);
        self.select_data.next = self.word.q.val();
        if self.clearing.q.val() {
            // After a reset the table selects are cleared one by one.
            self.clear_replica.d.next = self.clear_replica.q.val() + 1;
            if self.clear_replica.q.val().all() {
                self.clearing.d.next = false;
            }
            self.select_write.next = true;
            self.select_replica.next = self.clear_replica.q.val();
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
            self.seed_lane.next = unsigned_cast_to(self.address.q.val() >> 1, self._seed_lane_bits);
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
            self.seed_lane.next = unsigned_cast_to(self.address.q.val() >> 2, self._seed_lane_bits);
            self.seed_word.next = unsigned_cast_to(self.address.q.val(), 2);
            self.seed_data.next = unsigned_cast_to(self.word.q.val(), self._seed_bits);
            if self.writing.q.val() & (self.region.val() == 4.into()) {
                self.seed_left.d.next = self.seed_clocks.val();
                self.seed_begin.next = true;
            }
        }
        // Spins: the index is divided, then the word's bits pass by.
        self.spin_index.next = unsigned_cast_to(self.address.q.val(), 13);
        self.divider.index.next = unsigned_cast_to(self.spin_index.val(), self._index_bits);
        self.spin_replica.next = self.divider.replica.val();
        self.spin_word.next = self.divider.slot.val();
        self.spin_write.next = self.spins_write.q.val();
        self.spin_access.next = self.turn_left.q.val() > 3.into();
        if (self.writing.q.val() | self.reading.q.val())
            & ((self.region.val() == 6.into()) | (self.region.val() == 7.into()))
        {
            self.spins_write.d.next = self.writing.q.val();
            self.divide_left.d.next = self.divide_clocks.val();
        }
        for k in 0..self._energies {
            self.spin_best[k].next = self.region.val() >= 14.into();
            if self.reading.q.val() & (self.region.val() >= 14.into()) {
                self.spins_write.d.next = false;
                self.divide_left.d.next = self.divide_clocks.val();
            }
        }
        if self.divide_left.q.val().any() {
            self.divide_left.d.next = self.divide_left.q.val() - 1;
            self.gathered.d.next = 0.into();
            if self.divide_left.q.val() == 1.into() {
                self.turn_left.d.next = self.turn_clocks.val();
            }
        }
        if self.turn_left.q.val().any() {
            self.turn_left.d.next = self.turn_left.q.val() - 1;
            self.gathered.d.next = self.gathered.q.val() | self.spins.val();
            if (self.turn_left.q.val() == 1.into()) & !self.spins_write.q.val() {
                self.read_valid.d.next = true;
                self.read_data.d.next = self.gathered.q.val();
            }
        }
        // Sums and signs: place of the p-bit, sum, and so on for the 32 p-bits of a word of signs.
        self.places.read_enable.next = self.look_step.q.val() == 1.into();
        self.places.read_address.next = unsigned_cast_to(self.address.q.val(), self._id_bits);
        if self.look_signs.q.val() {
            self.places.read_address.next = (bit_cast_to(self.address.q.val(), self._id_bits) << 5)
                | bit_cast_to(self.look_bit.q.val(), self._id_bits);
        }
        self.places.write_enable.next = false;
        self.places.write_address.next = self.no_address.val();
        self.places.write_data.next = 0.into();
        self.look.next = self.look_step.q.val() == 2.into();
        self.look_lane.next = unsigned_cast_to(self.places.read_data.val(), self._lane_bits);
        self.look_slot.next =
            unsigned_cast_to(self.places.read_data.val() >> (self.lane_bits * 1), self._slot_bits);
        self.sum_taken.d.next = self.sum_word.val();
        self.sum.next = signed_cast_to(self.sum_taken.q.val(), self._sum_bits);
        self.sign.next = !self.sum_taken.q.val().get_bit(self.sum_width - 1);
        if !self.sum.val().any() {
            self.sign.next = self.sum_taken.q.val().get_bit(self.sum_width * 1);
        }
        if self.nothing_retained.val() {
            self.sum.next = 0.into();
            self.sign.next = true;
        }
        self.wide_sum.next = signed_cast_to(self.sum.val(), 32);
        if self.look_step.q.val().any() {
            self.look_step.d.next = self.look_step.q.val() + 1;
            if self.look_step.q.val() == self.last_step.val() {
                self.look_step.d.next = 0.into();
                self.read_data.d.next = unsigned_cast_to(self.wide_sum.val(), 32);
                self.read_valid.d.next = !self.look_signs.q.val();
                if self.look_signs.q.val() {
                    self.look_bit.d.next = self.look_bit.q.val() + 1;
                    self.sign_word.d.next =
                        (self.sign_word.q.val() >> 1) | (bit_cast_to(self.sign.val(), 32) << 31);
                    self.read_data.d.next =
                        (self.sign_word.q.val() >> 1) | (bit_cast_to(self.sign.val(), 32) << 31);
                    self.read_valid.d.next = self.look_bit.q.val().all();
                    if !self.look_bit.q.val().all() {
                        self.look_step.d.next = 1.into();
                    }
                }
            }
        }
        if self.reading.q.val() & self.region.val().get_bit(3) {
            self.look_step.d.next = 1.into();
            self.look_bit.d.next = 0.into();
            self.look_signs.d.next = self.region.val().get_bit(1);
        }
        // Energies; sums and signs are below their windows.
        for k in 0..self._energies {
            self.energy_left[k].clock.next = self.clock.val();
            self.energy_left[k].d.next = self.energy_left[k].q.val();
            self.energy_look[k].next = self.energy_left[k].q.val().any();
            self.energy_replica[k].next = unsigned_cast_to(self.address.q.val(), self._replica_bits);
            self.energy_part[k].next = unsigned_cast_to(self.address.q.val() >> 8, 2);
            if self.energy_left[k].q.val().any() {
                self.energy_left[k].d.next = self.energy_left[k].q.val() - 1;
                if self.energy_left[k].q.val() == 1.into() {
                    self.read_valid.d.next = true;
                    self.read_data.d.next = self.energy_word[k].val();
                }
            }
            if self.reading.q.val() & (self.region.val() >= 13.into()) {
                self.look_step.d.next = 0.into();
                if self.region.val() == 13.into() {
                    self.energy_left[k].d.next = 3.into();
                }
            }
            if self.reset.val() {
                self.energy_left[k].d.next = 0.into();
            }
        }
        for k in 0..self._ladders {
            self.ladder_part[k].next = unsigned_cast_to(self.address.q.val() >> 8, 3);
        }
        self.window_read_valid.next = self.read_valid.q.val();
        self.window_read_data.next = self.read_data.q.val();
        // A clock late: no access follows another one so soon.
        self.ready.next = self.at_rest.q.val();
        self.at_rest.d.next = !(self.clearing.q.val()
            | self.writing.q.val()
            | self.seed_left.q.val().any()
            | self.divide_left.q.val().any()
            | self.turn_left.q.val().any());
        if self.reset.val() {
            for _k in 0..self._several_tables {
                self.clearing.d.next = true;
            }
            self.clear_replica.d.next = 0.into();
            self.writing.d.next = false;
            self.reading.d.next = false;
            self.seed_left.d.next = 0.into();
            self.divide_left.d.next = 0.into();
            self.at_rest.d.next = false;
            self.turn_left.d.next = 0.into();
            self.look_step.d.next = 0.into();
        }
    }
}
crate::clocked!(WiredWindows);
crate::cell_ports!(
    WiredWindows,
    clock,
    [
        reset,
        window_write,
        window_read,
        window_address,
        window_write_data,
        spins,
        sum_word,
        energy_word,
        nothing_retained
    ],
    [
        ready,
        window_read_valid,
        window_read_data,
        data,
        clamp_word,
        mask_write,
        value_write,
        select_write,
        select_replica,
        select_data,
        seed_lane,
        seed_begin,
        seed_write,
        seed_word,
        seed_data,
        spin_best,
        energy_look,
        energy_part,
        energy_replica,
        ladder_part,
        spin_access,
        spin_write,
        spin_replica,
        spin_word,
        look,
        look_slot,
        look_lane
    ]
);
