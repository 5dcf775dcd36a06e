//! Plain Rust twins of the sampler's cells: what a cell's outputs are in a clock, then its state after the clock.

mod memories;
mod order;
mod planes;

use crate::twin_support::{Inputs, Outputs, Twin, out, signed};
pub use memories::*;
pub use order::*;
pub use planes::*;

/// Delays a value by a fixed number of clocks; nothing is foretold before it arrives.
pub struct Delay<T>(Vec<T>, usize);

impl<T: Clone> Delay<T> {
    pub fn new(clocks: usize) -> Self {
        Self(vec![], clocks)
    }
    pub fn pass(&mut self, value: T) -> Option<T> {
        self.0.push(value);
        (self.0.len() > self.1).then(|| self.0.remove(0))
    }
}

/// lfsr64, one bit at a time.
pub struct Lfsr {
    bits: usize,
    state: u64,
}

impl Lfsr {
    pub fn new(bits: usize) -> Self {
        Self { bits, state: 1 }
    }
}

impl Twin for Lfsr {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let newest = self.state & 0x7_ffff;
        let outputs = vec![out("draw", newest >> (19 - self.bits))];
        if i.on("step") {
            for _ in 0..19 {
                let s = self.state;
                self.state = s << 1 | ((s >> 29 ^ s >> 45 ^ s >> 52 ^ s >> 63) & 1);
            }
        }
        if i.on("seed_write") && i.get("seed_word") < 2 {
            let shift = 32 * i.get("seed_word");
            self.state = self.state & !(0xffff_ffff << shift) | i.get("seed_data") << shift;
        }
        if i.on("reset") {
            self.state = 1;
        }
        outputs
    }
}

pub struct Xoshiro {
    bits: u32,
    state: [u32; 4],
    drawn: u32,
}

impl Xoshiro {
    pub fn new(bits: u32) -> Self {
        Self { bits, state: [1, 0, 0, 0], drawn: 0 }
    }
}

impl Twin for Xoshiro {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("draw", self.drawn)];
        if i.on("step") {
            let [a, b, c, d] = self.state;
            self.drawn = a.wrapping_add(d).rotate_left(7).wrapping_add(a) >> (32 - self.bits);
            let (c, d) = (c ^ a, d ^ b);
            self.state = [a ^ d, b ^ c, c ^ b << 9, d.rotate_left(11)];
        }
        if i.on("seed_write") {
            self.state[i.get("seed_word") as usize] = i.get("seed_data") as u32;
        }
        if i.on("reset") {
            self.state = [1, 0, 0, 0];
        }
        outputs
    }
}

pub struct Tree {
    terms: usize,
    delay: Delay<i64>,
}

impl Tree {
    pub fn new(terms: usize, clocks: usize) -> Self {
        Self { terms, delay: Delay::new(clocks) }
    }
}

impl Twin for Tree {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let sum = (0..self.terms).map(|t| i.signed(&format!("term_{t}"))).sum();
        self.delay.pass(sum).map(|total| out("total", total)).into_iter().collect()
    }
}

/// Raw weights below the symmetric range are outside the contract: their negative wraps to themselves.
pub struct Couplings {
    sources: usize,
    lanes: usize,
    bits: usize,
    delay: Delay<i64>,
}

impl Couplings {
    pub fn new(sources: usize, lanes: usize, bits: usize, clocks: usize) -> Self {
        Self { sources, lanes, bits, delay: Delay::new(clocks) }
    }
}

impl Twin for Couplings {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let per_word = 32 / self.bits;
        let term = |q: usize| {
            let word = i.get(&format!("column_{}", q / per_word));
            let weight = signed(word >> (q % per_word * self.bits) & ((1 << self.bits) - 1), self.bits);
            let up = i.get(&format!("source_{}", q / self.lanes)) >> (q % self.lanes) & 1 == 1;
            let lowest = -(1 << (self.bits - 1));
            if up || weight == lowest { weight } else { -weight }
        };
        let sum = (0..self.sources).map(term).sum();
        self.delay.pass(sum).map(|partial| out("partial", partial)).into_iter().collect()
    }
}

/// 13-bit exact sums, 6-bit fields.
pub struct Accumulator {
    input_shift: [u32; 2],
    coupling_shift: [u32; 2],
    sum: i64,
    field: i64,
}

impl Accumulator {
    pub fn new(input_shift: [u32; 2], coupling_shift: [u32; 2]) -> Self {
        Self { input_shift, coupling_shift, sum: 0, field: 0 }
    }
}

impl Twin for Accumulator {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let outputs = vec![out("exact", self.sum), out("field", self.field)];
        self.field = self.sum.clamp(-31, 31);
        if i.on("add") {
            let color = i.get("color") as usize;
            let shift = if i.on("from_input") { self.input_shift[color] } else { self.coupling_shift[color] };
            let shift = if i.on("plain") { 0 } else { shift };
            let term = if i.on("use_partial") { i.signed("partial") << shift } else { 0 };
            let start = if i.on("first") { i.signed("base") } else { self.sum };
            self.sum = signed((start + term) as u64 & 0x1fff, 13);
        }
        outputs
    }
}

/// Average and sign of three slots; the memory has a fourth word.
pub struct Sums {
    bits: usize,
    words: [(i64, bool); 4],
    seen: (i64, bool),
}

impl Sums {
    pub fn new(bits: usize) -> Self {
        Self { bits, words: [(0, false); 4], seen: (0, false) }
    }
}

impl Twin for Sums {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let (sum, tie) = self.seen;
        let outputs = vec![out("sum", sum), out("sign", i64::from(sum > 0 || (sum == 0 && tie)))];
        let word = &mut self.words[i.get("slot") as usize];
        if i.on("contribute") {
            let field = i.signed("field");
            let spin = i.on("spin");
            let value = if i.on("use_field") { field } else { 2 * i64::from(spin) - 1 };
            word.0 = signed((word.0 + value) as u64 & ((1 << self.bits) - 1), self.bits);
            word.1 = if i.on("use_field") { field >= 0 } else { spin };
        }
        if i.on("clear") {
            *word = (0, true);
        }
        self.seen = *word;
        outputs
    }
}

pub struct Divide {
    slots: u64,
    replica_bits: u32,
    delay: Delay<u64>,
}

impl Divide {
    pub fn new(slots: u64, replica_bits: u32) -> Self {
        Self { slots, replica_bits, delay: Delay::new(replica_bits as usize + 1) }
    }
}

impl Twin for Divide {
    fn clock(&mut self, i: &Inputs) -> Outputs {
        let Some(index) = self.delay.pass(i.get("index")) else { return vec![] };
        // Beyond the last replica there is no answer; the host's addresses never go there.
        if index >= self.slots << self.replica_bits {
            return vec![];
        }
        vec![out("replica", index / self.slots), out("slot", index % self.slots)]
    }
}
