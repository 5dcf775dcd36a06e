//! Constructs that are known to go wrong between rust-hdl's simulation and Verilog, and those that our layer
//! adds: every one compared over thousands of random vectors.

// The constructs under test are spelled out, `!f == x` among them.
#![allow(clippy::nonminimal_bool)]

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_hdl::crosscheck::*;
use spinwright_hdl::width::*;

#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum Mode {
    Add,
    Subtract,
    Hold,
}

/// One output per construct, each named after it.
#[derive(LogicBlock)]
struct Constructs {
    pub clock: Signal<In, Clock>,
    pub a: Bus<In>,
    pub b: Bus<In>,
    pub s: Bus<In>,
    pub t: Bus<In>,
    pub f: Signal<In, Bit>,
    pub native: Signal<In, Bits<4>>,
    pub parts: Vec<Bus<In>>,
    pub mask_equal: Signal<Out, Bit>,
    pub carry_is_dropped: Bus<Out>,
    pub shifted_sum: Bus<Out>,
    pub inverted_narrow: Bus<Out>,
    pub signed_less: Signal<Out, Bit>,
    pub signed_at_least: Signal<Out, Bit>,
    pub sign_extended: Bus<Out>,
    pub extended_sum: Bus<Out>,
    pub sum_compared: Signal<Out, Bit>,
    pub difference_compared: Signal<Out, Bit>,
    pub shift_compared: Signal<Out, Bit>,
    pub bit_replaced: Bus<Out>,
    pub negated: Bus<Out>,
    pub cut_signed: Bus<Out>,
    pub bit_by_signal: Signal<Out, Bit>,
    pub inverted_bool: Signal<Out, Bit>,
    pub parity: Signal<Out, Bit>,
    pub all_ones: Signal<Out, Bit>,
    pub literal_subtracted: Bus<Out>,
    pub reinterpreted_sum: Bus<Out>,
    pub logic_chain: Signal<Out, Bit>,
    pub zero_extended: Bus<Out>,
    pub most_negative: Bus<Out>,
    pub shifted_by_signal: Bus<Out>,
    pub literal_compared: Signal<Out, Bit>,
    pub nested: Bus<Out>,
    pub else_chain: Bus<Out>,
    pub matched: Bus<Out>,
    pub joined: Bus<Out>,
    pub split: Vec<Bus<Out>>,
    pub tree_sum: Bus<Out>,
    pub flags: Bus<Out>,
    pub widest: Bus<Out>,
    pub count: Bus<Out>,
    pub mode_is_hold: Signal<Out, Bit>,
    pub toggled: Signal<Out, Bit>,
    pub delayed: Vec<Bus<Out>>,
    pub read_back: Bus<Out>,
    pub read_now: Bus<Out>,
    pub one_bit_extended: Bus<Out>,
    pub native_high: Signal<Out, Bits<2>>,
    pub overwritten: Bus<Out>,
    pub constant: Bus<Out>,
    sum: Bus<Local>,
    difference: Bus<Local>,
    inverted: Bus<Local>,
    shifted: Bus<Local>,
    signed_sum: Bus<Local>,
    signed_difference: Bus<Local>,
    low: Bus<Local>,
    place: Bus<Local>,
    step: Bus<Local>,
    field: Vec<Vec<Bus<Local>>>,
    node: Vec<Bus<Local>>,
    big: Bus<Local>,
    counter: Register,
    mode: DFF<Mode>,
    toggle: BitRegister,
    line: Vec<Register>,
    ram: SyncRam,
    lookup: AsyncRam,
    minus_three: Const,
    ten: Const,
    mask: Const,
    big_step: Const,
    part_width: Size,
    leaves: Size,
    _parts: usize,
    _joins: usize,
    _rows: usize,
    _columns: usize,
    _part_width: usize,
    _total: usize,
    _stages: usize,
}

impl Constructs {
    fn new() -> Self {
        let bus = |w| Bus::unsigned(w);
        let signed = |w| Bus::signed(w);
        Self {
            clock: Default::default(),
            a: Bus::unsigned(8),
            b: Bus::unsigned(8),
            s: Bus::signed(8),
            t: Bus::signed(8),
            f: Default::default(),
            native: Default::default(),
            parts: (0..4).map(|_| Bus::unsigned(3)).collect(),
            mask_equal: Default::default(),
            carry_is_dropped: bus(16),
            shifted_sum: bus(8),
            inverted_narrow: bus(8),
            signed_less: Default::default(),
            signed_at_least: Default::default(),
            sign_extended: signed(16),
            extended_sum: signed(16),
            sum_compared: Default::default(),
            difference_compared: Default::default(),
            shift_compared: Default::default(),
            bit_replaced: bus(8),
            negated: signed(8),
            cut_signed: signed(4),
            bit_by_signal: Default::default(),
            inverted_bool: Default::default(),
            parity: Default::default(),
            all_ones: Default::default(),
            literal_subtracted: bus(8),
            reinterpreted_sum: signed(8),
            logic_chain: Default::default(),
            zero_extended: bus(16),
            most_negative: signed(16),
            shifted_by_signal: bus(8),
            literal_compared: Default::default(),
            nested: bus(8),
            else_chain: bus(8),
            matched: bus(8),
            joined: bus(12),
            split: (0..4).map(|_| Bus::unsigned(3)).collect(),
            tree_sum: signed(6),
            flags: bus(4),
            widest: bus(64),
            count: bus(5),
            mode_is_hold: Default::default(),
            toggled: Default::default(),
            delayed: (0..3).map(|_| Bus::unsigned(8)).collect(),
            read_back: bus(8),
            read_now: bus(8),
            one_bit_extended: signed(5),
            native_high: Default::default(),
            overwritten: bus(8),
            constant: bus(8),
            sum: Bus::unsigned(8),
            difference: Bus::unsigned(8),
            inverted: Bus::unsigned(4),
            shifted: Bus::unsigned(8),
            signed_sum: Bus::signed(8),
            signed_difference: Bus::signed(8),
            low: Bus::unsigned(4),
            place: Bus::unsigned(3),
            step: Bus::unsigned(1),
            field: (0..2).map(|_| (0..2).map(|_| Bus::unsigned(3)).collect()).collect(),
            node: (0..7).map(|_| Bus::signed(6)).collect(),
            big: Bus::unsigned(64),
            counter: Register::unsigned(5).starting_at(19),
            mode: Default::default(),
            toggle: BitRegister::starting_at(true),
            line: (0..3).map(|i| Register::unsigned(8).starting_at(i)).collect(),
            ram: SyncRam::new(8, 16),
            lookup: AsyncRam::new(8, 16).with_init(&[1, 2, 4, 8, 16, 32]),
            minus_three: Const::signed(8, -3),
            ten: Const::unsigned(8, 10),
            mask: Const::unsigned(16, 0x0ff0),
            big_step: Const::unsigned(64, 0x9E37_79B9_7F4A_7C15),
            part_width: Size::new(3),
            leaves: Size::new(4),
            _parts: 4,
            _joins: 3,
            _rows: 2,
            _columns: 2,
            _part_width: 3,
            _total: 6,
            _stages: 2,
        }
    }
}

impl Logic for Constructs {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module constructs: One output per construct.");
        dff_setup!(self, clock, counter, mode, toggle);
        clock!(self, clock, ram, lookup);
        // Intermediate values of exact width.
        self.sum.next = self.a.val() + self.b.val();
        self.difference.next = self.a.val() - self.b.val();
        self.low.next = bit_cast_to(self.a.val(), 4);
        self.place.next = bit_cast_to(self.b.val(), 3);
        self.inverted.next = !self.low.val();
        self.shifted.next = self.a.val() << 2;
        self.signed_sum.next = self.s.val() + self.t.val();
        self.signed_difference.next = self.s.val() - self.t.val();
        // The constructs of the divergence list.
        self.mask_equal.next = (self.a.val() & 15) == self.b.val();
        self.carry_is_dropped.next = bit_cast_to(self.sum.val(), 16);
        self.shifted_sum.next = self.sum.val() >> 1;
        self.inverted_narrow.next = bit_cast_to(self.inverted.val(), 8);
        self.signed_less.next = self.s.val() < self.minus_three.val();
        self.signed_at_least.next = self.s.val() >= self.t.val();
        self.sign_extended.next = signed_cast_to(self.s.val(), 16);
        self.extended_sum.next = signed_cast_to(self.s.val(), 16) + signed_cast_to(self.t.val(), 16);
        self.sum_compared.next = self.signed_sum.val() > self.minus_three.val();
        self.difference_compared.next = (self.a.val() - self.b.val()) > self.ten.val();
        self.shift_compared.next = self.shifted.val() == self.b.val();
        self.bit_replaced.next = self.a.val().replace_bit(3, self.f.val());
        self.negated.next = -self.s.val();
        self.cut_signed.next = signed_cast_to(self.s.val(), 4);
        self.bit_by_signal.next = self.a.val().get_bit(self.place.val().index());
        self.inverted_bool.next = !self.f.val() == self.a.val().get_bit(0);
        self.parity.next = self.a.val().xor();
        self.all_ones.next = self.low.val().all() && (self.a.val() | self.b.val()).any();
        self.literal_subtracted.next = self.a.val() - 3;
        self.reinterpreted_sum.next = signed_cast_to(self.a.val(), 8) + self.s.val();
        self.logic_chain.next = self.a.val() <= self.b.val() || self.f.val() && self.a.val() > self.ten.val();
        self.zero_extended.next = bit_cast_to(self.sum.val(), 16) & self.mask.val();
        self.most_negative.next = signed_cast_to(self.signed_difference.val(), 16);
        self.shifted_by_signal.next = (self.a.val() << self.low.val()) ^ (self.b.val() >> self.low.val());
        self.literal_compared.next = self.a.val() == 129.into();
        // Control.
        self.nested.next = self.a.val();
        if self.f.val() {
            if self.s.val() < self.t.val() {
                self.nested.next = self.b.val();
            } else {
                if self.a.val().get_bit(7) {
                    self.nested.next = 200.into();
                }
            }
        }
        if self.a.val() < self.ten.val() {
            self.else_chain.next = 1.into();
        } else if self.f.val() {
            self.else_chain.next = 2.into();
        } else if self.b.val().any() {
            self.else_chain.next = !self.b.val();
        } else {
            self.else_chain.next = 4.into();
        }
        self.matched.next = self.a.val();
        match self.mode.q.val() {
            Mode::Add => {
                self.matched.next = self.a.val() + self.b.val();
                if self.f.val() {
                    self.mode.d.next = Mode::Subtract;
                }
            }
            Mode::Subtract => {
                self.matched.next = self.a.val() - self.b.val();
                self.mode.d.next = Mode::Hold;
            }
            Mode::Hold => {
                if !self.f.val() {
                    self.mode.d.next = Mode::Add;
                }
            }
        }
        self.mode_is_hold.next = self.mode.q.val() == Mode::Hold;
        // Loops, indices, fields.
        self.joined.next = 0.into();
        self.flags.next = 0.into();
        for i in 0..self._parts {
            self.joined.next =
                self.joined.val() | (unsigned_cast_to(self.parts[i].val(), 12) << (i * self.part_width));
            self.flags.next = self.flags.val().replace_bit(i, self.parts[i].val().any());
            self.split[i].next =
                unsigned_cast_to(self.joined.val() >> (i * self.part_width), self._part_width);
        }
        for c in 0..self._rows {
            for k in 0..self._columns {
                self.field[c][k].next = self.parts[2 * c + k].val();
                self.node[c * 2 + k].next = signed_cast_to(self.field[c][k].val(), self._total);
            }
        }
        for i in 0..self._joins {
            self.node[self.leaves + i].next = self.node[2 * i].val() + self.node[2 * i + 1].val();
        }
        self.tree_sum.next = self.node[2 * self.leaves - 2].val();
        self.big.next = bit_cast_to(self.sum.val(), 64) + self.big_step.val();
        self.widest.next = self.big.val() ^ (self.big.val() << 33);
        // State.
        self.count.next = self.counter.q.val();
        if self.f.val() {
            self.counter.d.next = self.counter.q.val() + 1;
        }
        self.toggle.d.next = !self.toggle.q.val();
        self.toggled.next = self.toggle.q.val();
        self.line[0].clock.next = self.clock.val();
        self.line[0].d.next = self.a.val();
        for i in 0..self._stages {
            self.line[i + 1].clock.next = self.clock.val();
            self.line[i + 1].d.next = self.line[i].q.val();
            self.delayed[i + 1].next = self.line[i + 1].q.val();
        }
        self.delayed[0].next = self.line[0].q.val();
        self.ram.read_address.next = self.low.val();
        self.ram.read_enable.next = !self.f.val();
        self.ram.write_enable.next = self.f.val();
        self.ram.write_address.next = bit_cast_to(self.b.val(), 4);
        self.ram.write_data.next = self.a.val();
        self.read_back.next = self.ram.read_data.val();
        self.lookup.read_address.next = self.low.val();
        self.lookup.write_enable.next = self.f.val();
        self.lookup.write_address.next = bit_cast_to(self.b.val(), 4);
        self.lookup.write_data.next = self.b.val();
        self.read_now.next = self.lookup.read_data.val();
        // Corners.
        self.step.next = self.f.val().into();
        self.one_bit_extended.next = signed_cast_to(self.step.val(), 5);
        self.native_high.next = self.native.val().get_bits::<2>(2);
        self.overwritten.next = self.a.val();
        self.overwritten.next = self.overwritten.val() + self.b.val();
        self.overwritten.next = self.overwritten.val() ^ self.a.val();
        self.constant.next = 42.into();
    }
}
spinwright_hdl::cell_ports!(
    Constructs,
    clock,
    [a, b, s, t, f, native, parts],
    [
        mask_equal,
        carry_is_dropped,
        shifted_sum,
        inverted_narrow,
        signed_less,
        signed_at_least,
        sign_extended,
        extended_sum,
        sum_compared,
        difference_compared,
        shift_compared,
        bit_replaced,
        negated,
        cut_signed,
        bit_by_signal,
        inverted_bool,
        parity,
        all_ones,
        literal_subtracted,
        reinterpreted_sum,
        logic_chain,
        zero_extended,
        most_negative,
        shifted_by_signal,
        literal_compared,
        nested,
        else_chain,
        matched,
        joined,
        split,
        tree_sum,
        flags,
        widest,
        count,
        mode_is_hold,
        toggled,
        delayed,
        read_back,
        read_now,
        one_bit_extended,
        native_high,
        overwritten,
        constant
    ]
);

const VECTORS: usize = 4000;

fn stimuli() -> Vec<Values> {
    random_stimuli(&Constructs::new().inputs(), VECTORS, 2024)
}

#[test]
fn our_verilog_and_the_simulation_agree_in_icarus() {
    let compared = check_cell("constructs", Constructs::new, &stimuli()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(compared.values, 2 * VECTORS * Constructs::new().outputs().len());
}

#[test]
fn the_tools_find_nothing_to_complain_about() {
    let design = our_verilog(&mut Constructs::new(), "constructs").unwrap_or_else(|e| panic!("{e}"));
    println!("{}", design.concatenated());
    verilator_lint(&design).unwrap_or_else(|e| panic!("{e}"));
    icarus_lint(&design).unwrap_or_else(|e| panic!("{e}"));
    yosys_latches(&design).unwrap_or_else(|e| panic!("{e}"));
}

/// What only our back end translates: stock emission prints `true` as a name that Verilog does not know,
/// compares signed values with unsigned 32-bit literals, and loses precedence without parentheses.
#[derive(LogicBlock)]
struct OursOnly {
    pub a: Bus<In>,
    pub b: Bus<In>,
    pub f: Signal<In, Bit>,
    pub matched_literal: Bus<Out>,
    pub mask_equal_bare: Signal<Out, Bit>,
    pub cast_of_sum: Bus<Out>,
    pub cast_of_inverse: Bus<Out>,
}

impl OursOnly {
    fn new() -> Self {
        Self {
            a: Bus::unsigned(8),
            b: Bus::unsigned(8),
            f: Default::default(),
            matched_literal: Bus::unsigned(8),
            mask_equal_bare: Default::default(),
            cast_of_sum: Bus::unsigned(16),
            cast_of_inverse: Bus::unsigned(16),
        }
    }
}

impl Logic for OursOnly {
    #[hdl_gen]
    fn update(&mut self) {
        match self.f.val() {
            true => self.matched_literal.next = self.a.val() ^ self.b.val(),
            _ => self.matched_literal.next = self.a.val() | self.b.val(),
        }
        self.mask_equal_bare.next = self.a.val() & 15 == self.b.val();
        self.cast_of_sum.next = bit_cast_to(self.a.val() + self.b.val(), 16);
        self.cast_of_inverse.next = bit_cast_to(!self.a.val(), 16);
    }
}
spinwright_hdl::cell_ports!(
    OursOnly,
    [a, b, f],
    [matched_literal, mask_equal_bare, cast_of_sum, cast_of_inverse]
);

#[test]
fn what_stock_emission_miscompiles_is_right_in_ours() {
    let stimuli = random_stimuli(&OursOnly::new().inputs(), VECTORS, 99);
    check_cell_without_stock("ours_only", OursOnly::new, &stimuli).unwrap_or_else(|e| panic!("{e}"));
    // The exception is real: stock Verilog of this cell does not even elaborate.
    assert!(check_cell("ours_only", OursOnly::new, &stimuli).is_err());
}
