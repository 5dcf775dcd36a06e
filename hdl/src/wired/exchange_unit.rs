//! Exchanges of replicas between the rungs of ladders.

use super::lane::seed_bits;
use super::shape::WiredShape;
use crate::cells::{SeededLfsr, Xoshiro128pp};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::sparse::MAX_EVERY;

/// Clocks of a pair beside its draws: two replicas, two energies, their difference, three for decision and places.
pub(super) const PAIR_CLOCKS: usize = 8;
/// Clocks from the begin of a bank's schedule until `every` is there.
const FETCH_CLOCKS: u64 = 5;

/// Tries the pairs of rungs when an exchange is due (contract section 14, "Ladders"), while updates pause.
///
/// A pair goes through numbered steps: 0 and 1 read its replicas, 1 and 2 their energies, 3 subtracts, from 4 on a draw is taken per bit of
/// the difference, each compared a clock later; then the pair is decided and both places are written. Other places take a clock each.
/// The tables of replicas (`select_*`) follow their places. At a run's begin counters and, but with `keeps`, places are set one by one.
#[derive(LogicBlock)]
pub struct ExchangeUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// A run begins.
    pub run_begins: Signal<In, Bit>,
    /// It leaves replicas at their places.
    pub keeps: Signal<In, Bit>,
    /// A bank's schedule begins: with a run or a swap.
    pub restart: Signal<In, Bit>,
    /// A sweep has had its last issue and another one follows without a swap.
    pub advance: Signal<In, Bit>,
    /// Active coupling bank.
    pub bank: Bus<In>,
    /// Energy of a replica, a clock after `look`.
    pub energy: Bus<In>,
    /// Loads a word of a ladder.
    pub write: Signal<In, Bit>,
    /// Into this bank.
    pub write_bank: Bus<In>,
    /// Its number.
    pub write_index: Bus<In>,
    /// The word.
    pub write_data: Bus<In>,
    /// A part of the generator's seed is there.
    pub seed_write: Signal<In, Bit>,
    /// Which part, of xoshiro128++.
    pub seed_word: Bus<In>,
    /// The part.
    pub seed_data: Bus<In>,
    /// What the host looks at: 3 replica of a place, 4 tried, 5 made.
    pub look_part: Bus<In>,
    /// Of this place or rung.
    pub look_place: Bus<In>,
    /// The sweep that runs is followed by an exchange, if another one follows.
    pub due: Signal<Out, Bit>,
    /// Reads an energy.
    pub look: Signal<Out, Bit>,
    /// Of this replica.
    pub look_replica: Bus<Out>,
    /// What the host looks at, a clock later.
    pub looked: Bus<Out>,
    /// A replica gets a table.
    pub select_write: Signal<Out, Bit>,
    /// This replica.
    pub select_replica: Bus<Out>,
    /// This table.
    pub select_data: Bus<Out>,
    /// A pair was decided.
    pub observe_valid: Signal<Out, Bit>,
    /// Its lower place.
    pub observe_place: Bus<Out>,
    /// The replica there.
    pub observe_lower: Bus<Out>,
    /// The replica at the next place.
    pub observe_upper: Bus<Out>,
    /// They are exchanged.
    pub observe_made: Signal<Out, Bit>,
    lfsr: Vec<SeededLfsr>,
    xoshiro: Vec<Xoshiro128pp>,
    words: SyncRam,
    order: AsyncRam,
    tried: AsyncRam,
    made: AsyncRam,
    placing: BitRegister,
    renewing: BitRegister,
    going: BitRegister,
    odd: BitRegister,
    failed: BitRegister,
    positive: BitRegister,
    fetch: Register,
    waiting: Register,
    every: Register,
    left: Register,
    place: Register,
    rung: Register,
    base: Register,
    step: Register,
    word: Register,
    lower: Register,
    upper: Register,
    first_energy: Register,
    difference: Register,
    rest: Register,
    looked_word: Register,
    place_ends: Signal<Local, Bit>,
    rung_ends: Signal<Local, Bit>,
    is_pair: Signal<Local, Bit>,
    next_place: Signal<Local, Bit>,
    is_due: Signal<Local, Bit>,
    drawing: Signal<Local, Bit>,
    comparing: Signal<Local, Bit>,
    deciding: Signal<Local, Bit>,
    passes: Signal<Local, Bit>,
    exchanged: Signal<Local, Bit>,
    upper_place: Bus<Local>,
    upper_rung: Bus<Local>,
    drawn: Bus<Local>,
    own_energy: Bus<Local>,
    other_energy: Bus<Local>,
    pattern: Bus<Local>,
    first_place: Const,
    last_place: Const,
    last_rung: Const,
    fetch_clocks: Const,
    fetch_read: Const,
    lead_clocks: Const,
    every_word: Const,
    row: Const,
    one: Const,
    step_second: Const,
    step_third: Const,
    step_subtract: Const,
    step_draw: Const,
    step_drawn: Const,
    step_decide: Const,
    step_last: Const,
    bank_at: Size,
    sign_at: Size,
    _lfsrs: usize,
    _xoshiros: usize,
    _address_bits: usize,
    _word_bits: usize,
    _every_bits: usize,
    _replica_bits: usize,
    _rung_bits: usize,
    _counter_bits: usize,
    _bits: usize,
    _data_bits: usize,
}

impl ExchangeUnit {
    /// For this machine, which has ladders.
    pub fn new(s: &WiredShape) -> Self {
        let (replica_bits, rung_bits) = (address_width(s.replicas), address_width(s.tables));
        let counter_bits = address_width(s.tables - 1);
        let (bits, words) = (s.exchange_bits, s.tables * s.exchange_bits);
        let (bank_bits, word_bits) = (address_width(s.coupling_banks), address_width(words));
        let data_bits = s.draw_bits + 1;
        let memory = SyncRam::new(data_bits, ((s.coupling_banks - 1) << word_bits) + words);
        let every_bits = address_width(MAX_EVERY as usize + 1);
        let step_bits = address_width(bits + PAIR_CLOCKS);
        let lead_bits = address_width(s.exchange_lead() + 1);
        let step = |number: usize| Const::unsigned(step_bits, number as u64);
        let (lfsrs, xoshiros) = if s.xoshiro { (0, 1) } else { (1, 0) };
        Self {
            clock: Default::default(),
            reset: Default::default(),
            run_begins: Default::default(),
            keeps: Default::default(),
            restart: Default::default(),
            advance: Default::default(),
            bank: Bus::unsigned(bank_bits),
            energy: Bus::unsigned(32),
            write: Default::default(),
            write_bank: Bus::unsigned(bank_bits),
            write_index: Bus::unsigned(word_bits),
            write_data: Bus::unsigned(32),
            seed_write: Default::default(),
            seed_word: Bus::unsigned(2),
            seed_data: Bus::unsigned(seed_bits(s.xoshiro)),
            look_part: Bus::unsigned(3),
            look_place: Bus::unsigned(replica_bits),
            due: Default::default(),
            look: Default::default(),
            look_replica: Bus::unsigned(replica_bits),
            looked: Bus::unsigned(32),
            select_write: Default::default(),
            select_replica: Bus::unsigned(replica_bits),
            select_data: Bus::unsigned(32),
            observe_valid: Default::default(),
            observe_place: Bus::unsigned(replica_bits),
            observe_lower: Bus::unsigned(replica_bits),
            observe_upper: Bus::unsigned(replica_bits),
            observe_made: Default::default(),
            lfsr: (0..lfsrs).map(|_| SeededLfsr::new(s.draw_bits)).collect(),
            xoshiro: (0..xoshiros).map(|_| Xoshiro128pp::new(s.draw_bits)).collect(),
            order: AsyncRam::new(replica_bits, s.replicas),
            tried: AsyncRam::new(32, s.tables - 1),
            made: AsyncRam::new(32, s.tables - 1),
            placing: Default::default(),
            renewing: Default::default(),
            going: Default::default(),
            odd: Default::default(),
            failed: Default::default(),
            positive: Default::default(),
            fetch: Register::unsigned(3),
            waiting: Register::unsigned(lead_bits),
            every: Register::unsigned(every_bits),
            left: Register::unsigned(every_bits),
            place: Register::unsigned(replica_bits),
            rung: Register::unsigned(rung_bits),
            base: Register::unsigned(word_bits),
            step: Register::unsigned(step_bits),
            word: Register::unsigned(word_bits),
            lower: Register::unsigned(replica_bits),
            upper: Register::unsigned(replica_bits),
            first_energy: Register::unsigned(32),
            difference: Register::signed(33),
            rest: Register::unsigned(bits),
            looked_word: Register::unsigned(32),
            place_ends: Default::default(),
            rung_ends: Default::default(),
            is_pair: Default::default(),
            next_place: Default::default(),
            is_due: Default::default(),
            drawing: Default::default(),
            comparing: Default::default(),
            deciding: Default::default(),
            passes: Default::default(),
            exchanged: Default::default(),
            upper_place: Bus::unsigned(replica_bits),
            upper_rung: Bus::unsigned(rung_bits),
            drawn: Bus::unsigned(s.draw_bits),
            own_energy: Bus::signed(32),
            other_energy: Bus::signed(32),
            pattern: Bus::unsigned(33),
            first_place: Const::unsigned(replica_bits, 0),
            last_place: Const::unsigned(replica_bits, s.replicas as u64 - 1),
            last_rung: Const::unsigned(rung_bits, s.tables as u64 - 1),
            fetch_clocks: Const::unsigned(3, FETCH_CLOCKS),
            fetch_read: Const::unsigned(3, 2),
            lead_clocks: Const::unsigned(lead_bits, s.exchange_lead() as u64),
            every_word: Const::unsigned(word_bits, ((s.tables - 1) * bits) as u64),
            row: Const::unsigned(word_bits, bits as u64),
            one: Const::unsigned(32, 1),
            step_second: step(1),
            step_third: step(2),
            step_subtract: step(3),
            step_draw: step(4),
            step_drawn: step(4 + bits),
            step_decide: step(5 + bits),
            step_last: step(6 + bits),
            bank_at: Size::new(word_bits),
            sign_at: Size::new(32),
            _lfsrs: lfsrs,
            _xoshiros: xoshiros,
            _address_bits: memory.read_address.width(),
            _word_bits: word_bits,
            _every_bits: every_bits,
            _replica_bits: replica_bits,
            _rung_bits: rung_bits,
            _counter_bits: counter_bits,
            _bits: bits,
            _data_bits: data_bits,
            words: memory,
        }
    }
}

impl Logic for ExchangeUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module exchange_unit: Exchanges of replicas between rungs.");
        dff_setup!(
            self,
            clock,
            placing,
            renewing,
            going,
            odd,
            failed,
            positive,
            fetch,
            waiting,
            every,
            left,
            place,
            rung,
            base,
            step,
            word,
            lower,
            upper,
            first_energy,
            difference,
            rest,
            looked_word
        );
        clock!(self, clock, words, order, tried, made);
        // Places are gone through in order, with their rungs and the rungs' words.
        self.place_ends.next = self.place.q.val() == self.last_place.val();
        self.rung_ends.next = self.rung.q.val() == self.last_rung.val();
        self.upper_place.next = self.place.q.val() + 1;
        self.upper_rung.next = self.rung.q.val() + 1;
        self.is_pair.next = !self.rung_ends.val() & !(self.rung.q.val().get_bit(0) ^ self.odd.q.val());
        self.next_place.next = self.placing.q.val()
            | (self.going.q.val() & (!self.is_pair.val() | (self.step.q.val() == self.step_last.val())));
        if self.next_place.val() {
            self.place.d.next = self.upper_place.val();
            self.rung.d.next = self.upper_rung.val();
            self.base.d.next = self.base.q.val() + self.row.val();
            self.step.d.next = 0.into();
            if self.rung_ends.val() {
                self.rung.d.next = 0.into();
                self.base.d.next = 0.into();
            }
            if self.place_ends.val() {
                self.place.d.next = 0.into();
                self.placing.d.next = false;
                self.going.d.next = false;
            }
        }
        // Sweeps until the next exchange; the bank's number of them comes first.
        self.is_due.next = self.left.q.val() == 1.into();
        self.due.next = self.is_due.val();
        if self.fetch.q.val().any() {
            self.fetch.d.next = self.fetch.q.val() - 1;
            if self.fetch.q.val() == 1.into() {
                self.every.d.next = unsigned_cast_to(self.words.read_data.val(), self._every_bits);
                self.left.d.next = unsigned_cast_to(self.words.read_data.val(), self._every_bits);
            }
        }
        if self.advance.val() & self.left.q.val().any() {
            self.left.d.next = self.left.q.val() - 1;
            if self.is_due.val() {
                self.left.d.next = self.every.q.val();
                self.waiting.d.next = self.lead_clocks.val();
            }
        }
        if self.restart.val() {
            self.fetch.d.next = self.fetch_clocks.val();
            self.left.d.next = 0.into();
            self.odd.d.next = false;
        }
        // The sweep's energies come first.
        if self.waiting.q.val().any() {
            self.waiting.d.next = self.waiting.q.val() - 1;
            if self.waiting.q.val() == 1.into() {
                self.going.d.next = true;
            }
        }
        if self.going.q.val() & self.next_place.val() & self.place_ends.val() {
            self.odd.d.next = !self.odd.q.val();
        }
        // A pair's replicas, their energies, the difference.
        if self.going.q.val() & !self.next_place.val() {
            self.step.d.next = self.step.q.val() + 1;
        }
        self.order.read_address.next = self.place.q.val();
        if !self.going.q.val() {
            self.order.read_address.next = self.look_place.val();
        }
        if self.step.q.val() == self.step_second.val() {
            self.order.read_address.next = self.upper_place.val();
            self.upper.d.next = self.order.read_data.val();
        }
        if !self.step.q.val().any() {
            self.lower.d.next = self.order.read_data.val();
        }
        self.look.next = self.going.q.val();
        self.look_replica.next = self.lower.q.val();
        if self.step.q.val() == self.step_third.val() {
            self.look_replica.next = self.upper.q.val();
            self.first_energy.d.next = self.energy.val();
        }
        self.own_energy.next = signed_cast_to(self.first_energy.q.val(), 32);
        self.other_energy.next = signed_cast_to(self.energy.val(), 32);
        if self.step.q.val() == self.step_subtract.val() {
            self.difference.d.next =
                signed_cast_to(self.own_energy.val(), 33) - signed_cast_to(self.other_energy.val(), 33);
            self.word.d.next = self.base.q.val();
        }
        self.pattern.next = unsigned_cast_to(self.difference.q.val(), 33);
        if self.step.q.val() == self.step_draw.val() {
            self.rest.d.next = unsigned_cast_to(self.pattern.val(), self._bits);
            self.positive.d.next = !self.pattern.val().get_bit(self.sign_at * 1) & self.pattern.val().any();
            self.failed.d.next = false;
        }
        // A draw per bit; where the bit is set it must be below the threshold.
        self.drawing.next = self.going.q.val()
            & (self.step.q.val() >= self.step_draw.val())
            & (self.step.q.val() < self.step_drawn.val());
        self.comparing.next =
            (self.step.q.val() > self.step_draw.val()) & (self.step.q.val() < self.step_decide.val());
        self.drawn.next = 0.into();
        for k in 0..self._lfsrs {
            self.lfsr[k].clock.next = self.clock.val();
            self.lfsr[k].step.next = self.drawing.val() | self.seed_write.val();
            self.lfsr[k].seeding.next = self.seed_write.val();
            self.lfsr[k].seed.next = self.seed_data.val();
            self.drawn.next = self.lfsr[k].draw.val();
        }
        for k in 0..self._xoshiros {
            self.xoshiro[k].clock.next = self.clock.val();
            self.xoshiro[k].reset.next = false;
            self.xoshiro[k].step.next = self.drawing.val();
            self.xoshiro[k].seed_write.next = self.seed_write.val();
            self.xoshiro[k].seed_word.next = self.seed_word.val();
            self.xoshiro[k].seed_data.next = self.seed_data.val();
            self.drawn.next = self.xoshiro[k].draw.val();
        }
        self.passes.next = bit_cast_to(self.drawn.val(), self._data_bits) < self.words.read_data.val();
        if self.comparing.val() {
            self.rest.d.next = self.rest.q.val() >> 1;
            if self.rest.q.val().get_bit(0) & !self.passes.val() {
                self.failed.d.next = true;
            }
        }
        if self.drawing.val() {
            self.word.d.next = self.word.q.val() + 1;
        }
        self.words.read_enable.next = self.drawing.val() | (self.fetch.q.val() == self.fetch_read.val());
        self.words.read_address.next = (bit_cast_to(self.bank.val(), self._address_bits)
            << (self.bank_at * 1))
            | bit_cast_to(self.word.q.val(), self._address_bits);
        if !self.going.q.val() {
            self.words.read_address.next = (bit_cast_to(self.bank.val(), self._address_bits)
                << (self.bank_at * 1))
                | bit_cast_to(self.every_word.val(), self._address_bits);
        }
        self.words.write_enable.next = self.write.val();
        self.words.write_address.next = (bit_cast_to(self.write_bank.val(), self._address_bits)
            << (self.bank_at * 1))
            | bit_cast_to(self.write_index.val(), self._address_bits);
        self.words.write_data.next = unsigned_cast_to(self.write_data.val(), self._data_bits);
        // The decision, and both places: the lower one in its clock, the upper one in the next.
        self.deciding.next = self.going.q.val() & (self.step.q.val() == self.step_decide.val());
        self.exchanged.next = !(self.positive.q.val() & self.failed.q.val());
        self.order.write_enable.next = self.deciding.val() & self.exchanged.val();
        self.order.write_address.next = self.place.q.val();
        self.order.write_data.next = self.upper.q.val();
        self.select_write.next = self.deciding.val() & self.exchanged.val();
        self.select_replica.next = self.upper.q.val();
        self.select_data.next = bit_cast_to(self.rung.q.val(), 32);
        if self.step.q.val() == self.step_last.val() {
            self.order.write_enable.next = self.exchanged.val();
            self.order.write_address.next = self.upper_place.val();
            self.order.write_data.next = self.lower.q.val();
            self.select_write.next = self.exchanged.val();
            self.select_replica.next = self.lower.q.val();
            self.select_data.next = bit_cast_to(self.upper_rung.val(), 32);
        }
        self.tried.read_address.next = bit_cast_to(self.rung.q.val(), self._counter_bits);
        self.made.read_address.next = bit_cast_to(self.rung.q.val(), self._counter_bits);
        if !self.going.q.val() {
            self.tried.read_address.next = bit_cast_to(self.look_place.val(), self._counter_bits);
            self.made.read_address.next = bit_cast_to(self.look_place.val(), self._counter_bits);
        }
        self.tried.write_enable.next = self.deciding.val();
        self.tried.write_address.next = bit_cast_to(self.rung.q.val(), self._counter_bits);
        self.tried.write_data.next = self.tried.read_data.val() + self.one.val();
        self.made.write_enable.next = self.deciding.val() & self.exchanged.val();
        self.made.write_address.next = bit_cast_to(self.rung.q.val(), self._counter_bits);
        self.made.write_data.next = self.made.read_data.val() + self.one.val();
        // At a run's begin places are set and counters cleared.
        if self.placing.q.val() {
            self.order.write_enable.next = self.renewing.q.val();
            self.order.write_address.next = self.place.q.val();
            self.order.write_data.next = self.place.q.val();
            self.select_write.next = self.renewing.q.val();
            self.select_replica.next = self.place.q.val();
            self.tried.write_enable.next = !self.rung_ends.val();
            self.tried.write_data.next = 0.into();
            self.made.write_enable.next = !self.rung_ends.val();
            self.made.write_data.next = 0.into();
        }
        if self.run_begins.val() {
            self.placing.d.next = true;
            self.renewing.d.next = !self.keeps.val();
            self.place.d.next = self.first_place.val();
            self.rung.d.next = 0.into();
            self.base.d.next = 0.into();
        }
        // The host.
        self.looked_word.d.next = bit_cast_to(self.order.read_data.val(), 32);
        if self.look_part.val() == 4.into() {
            self.looked_word.d.next = self.tried.read_data.val();
        }
        if self.look_part.val() == 5.into() {
            self.looked_word.d.next = self.made.read_data.val();
        }
        self.looked.next = self.looked_word.q.val();
        // Observation.
        self.observe_valid.next = self.deciding.val();
        self.observe_place.next = self.place.q.val();
        self.observe_lower.next = self.lower.q.val();
        self.observe_upper.next = self.upper.q.val();
        self.observe_made.next = self.exchanged.val();
        if self.reset.val() {
            self.placing.d.next = true;
            self.renewing.d.next = true;
            self.going.d.next = false;
            self.fetch.d.next = 0.into();
            self.waiting.d.next = 0.into();
            self.left.d.next = 0.into();
            self.place.d.next = self.first_place.val();
            self.rung.d.next = 0.into();
            self.base.d.next = 0.into();
            self.step.d.next = 0.into();
        }
    }
}
crate::clocked!(ExchangeUnit);
crate::cell_ports!(
    ExchangeUnit,
    clock,
    [
        reset,
        run_begins,
        keeps,
        restart,
        advance,
        bank,
        energy,
        write,
        write_bank,
        write_index,
        write_data,
        seed_write,
        seed_word,
        seed_data,
        look_part,
        look_place
    ],
    [
        due,
        look,
        look_replica,
        looked,
        select_write,
        select_replica,
        select_data,
        observe_valid,
        observe_place,
        observe_lower,
        observe_upper,
        observe_made
    ]
);
