//! From a word of weights to the sums of all patterns of spins.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Expands a word of the load stream: for each of the 2^group patterns of spins, the sum of the word's weights with the spins' signs.
///
/// One pattern per clock, from two clocks after `write` on, in order; words are at least 2^group + 2 clocks apart. Weight k of a word
/// stands at bit k x `weight_bits`.
#[derive(LogicBlock)]
pub struct LoadExpander {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Takes a word.
    pub write: Signal<In, Bit>,
    /// The word.
    pub word: Bus<In>,
    /// A sum is there.
    pub valid: Signal<Out, Bit>,
    /// Its pattern, tap k in bit k.
    pub spins: Bus<Out>,
    /// The sum.
    pub sum: Bus<Out>,
    /// Patterns remain.
    pub busy: Signal<Out, Bit>,
    held: Register,
    working: BitRegister,
    pattern: Register,
    summed: BitRegister,
    summed_pattern: Register,
    summed_value: Register,
    weight: Vec<Bus<Local>>,
    partial: Vec<Bus<Local>>,
    weight_place: Size,
    last: Size,
    _group: usize,
    _weight_bits: usize,
    _sum_bits: usize,
    _used: usize,
}

impl LoadExpander {
    /// Words of `group` weights of `weight_bits`, sums of `sum_bits`.
    pub fn new(group: usize, weight_bits: usize, sum_bits: usize) -> Self {
        let used = group * weight_bits;
        assert!(used <= 32 && sum_bits >= weight_bits, "a word of {group} weights of {weight_bits} bits");
        Self {
            clock: Default::default(),
            write: Default::default(),
            word: Bus::unsigned(32),
            valid: Default::default(),
            spins: Bus::unsigned(group),
            sum: Bus::signed(sum_bits),
            busy: Default::default(),
            held: Register::unsigned(used),
            working: Default::default(),
            pattern: Register::unsigned(group),
            summed: Default::default(),
            summed_pattern: Register::unsigned(group),
            summed_value: Register::signed(sum_bits),
            weight: (0..group).map(|_| Bus::unsigned(weight_bits)).collect(),
            partial: (0..=group).map(|_| Bus::signed(sum_bits)).collect(),
            weight_place: Size::new(weight_bits),
            last: Size::new(group),
            _group: group,
            _weight_bits: weight_bits,
            _sum_bits: sum_bits,
            _used: used,
        }
    }
}

impl Logic for LoadExpander {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module load_expander: Sums of all patterns of spins.");
        dff_setup!(self, clock, held, working, pattern, summed, summed_pattern, summed_value);
        if self.working.q.val() {
            self.pattern.d.next = self.pattern.q.val() + 1;
            if self.pattern.q.val().all() {
                self.working.d.next = false;
            }
        }
        if self.write.val() {
            self.held.d.next = bit_cast_to(self.word.val(), self._used);
            self.working.d.next = true;
            self.pattern.d.next = 0.into();
        }
        self.partial[0].next = 0.into();
        for k in 0..self._group {
            self.weight[k].next =
                unsigned_cast_to(self.held.q.val() >> (k * self.weight_place), self._weight_bits);
            self.partial[k + 1].next =
                self.partial[k].val() - signed_cast_to(self.weight[k].val(), self._sum_bits);
            if self.pattern.q.val().get_bit(k) {
                self.partial[k + 1].next =
                    self.partial[k].val() + signed_cast_to(self.weight[k].val(), self._sum_bits);
            }
        }
        self.summed.d.next = self.working.q.val();
        self.summed_pattern.d.next = self.pattern.q.val();
        self.summed_value.d.next = self.partial[self.last * 1].val();
        self.valid.next = self.summed.q.val();
        self.spins.next = self.summed_pattern.q.val();
        self.sum.next = self.summed_value.q.val();
        self.busy.next = self.working.q.val() | self.summed.q.val();
    }
}
crate::clocked!(LoadExpander);
crate::cell_ports!(LoadExpander, clock, [write, word], [valid, spins, sum, busy]);
