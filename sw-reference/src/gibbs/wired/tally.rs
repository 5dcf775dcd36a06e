//! Counters of 512 bits side by side.

use super::super::vector::{BITS, Block, Vector};

/// Binary digits of a counter before its counts are taken over.
const DIGITS: usize = 8;

/// How often each of 512 bits was 1.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    digits: [Block; DIGITS],
    /// What was added since the counts were taken over.
    added: usize,
    counts: Box<[u32; BITS]>,
}

impl Tally {
    /// Nothing counted.
    pub(super) fn new() -> Self {
        Self { digits: [Block::default(); DIGITS], added: 0, counts: Box::new([0; BITS]) }
    }

    /// Counts one more of each.
    #[inline(always)]
    pub(super) fn add<V: Vector>(&mut self, bits: V) {
        if self.added == (1 << DIGITS) - 1 {
            self.take_over();
        }
        self.added += 1;
        let mut carry = bits;
        for digit in &mut self.digits {
            let old = V::load(digit);
            old.xor(carry).store(digit);
            carry = old.and(carry);
        }
    }

    #[inline(never)]
    fn take_over(&mut self) {
        for (digit, block) in self.digits.iter_mut().enumerate() {
            for (word, counts) in block.0.iter().zip(self.counts.as_chunks_mut::<64>().0) {
                counts.iter_mut().enumerate().for_each(|(k, n)| *n += ((word >> k & 1) as u32) << digit);
            }
            *block = Block::default();
        }
        self.added = 0;
    }

    /// The counts.
    pub(super) fn counts(&mut self) -> &[u32; BITS] {
        self.take_over();
        &self.counts
    }
}
