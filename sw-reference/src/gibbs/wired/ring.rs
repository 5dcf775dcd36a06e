//! The generators `lfsr64` of 512 lanes, one bit of all of them at a time. `docs/contract.md`, section 6.

use super::super::planes::Digits;
use super::super::vector::{BITS, Block, Vector};
use spinwright_contract::generator::{LFSR_DELAYS, LFSR_LEAP, LFSR_STATE_BITS};

/// New bits of a draw.
const LEAP: usize = LFSR_LEAP as usize;
/// Bits that a generator remembers.
pub(super) const MEMORY: usize = LFSR_STATE_BITS as usize;
/// Draws between moves of the memory to the front.
const DRAWS: usize = 16;

/// The last bits of 512 generators, the oldest first. Lanes without a generator are all 0 and stay so.
#[derive(Debug, Clone)]
pub(super) struct Ring {
    bits: Vec<Block>,
    /// Behind the newest bit.
    end: usize,
}

impl Ring {
    /// All states 0.
    pub(super) fn new() -> Self {
        Self { bits: vec![Block::default(); MEMORY + DRAWS * LEAP], end: MEMORY }
    }

    /// Sets a generator's state; bit 0 of a state is the newest.
    pub(super) fn set(&mut self, lane: usize, state: u64) {
        debug_assert!(lane < BITS);
        for age in 0..MEMORY {
            self.bits[self.end - 1 - age].set(lane, state >> age & 1 == 1);
        }
    }

    /// Takes the last bits from elsewhere, the oldest first.
    #[inline(always)]
    pub(super) fn load(&mut self, bits: &[Block]) {
        self.bits[..MEMORY].copy_from_slice(bits);
        self.end = MEMORY;
    }

    /// Gives the last bits back.
    #[inline(always)]
    pub(super) fn store(&self, bits: &mut [Block]) {
        bits.copy_from_slice(&self.bits[self.end - MEMORY..self.end]);
    }

    /// A generator's state.
    pub(super) fn state(&self, lane: usize) -> u64 {
        (0..MEMORY).fold(0, |state, age| state | u64::from(self.bits[self.end - 1 - age].get(lane)) << age)
    }

    /// One draw of every generator: its new bits, the oldest first, which are the draw's binary digits from the highest.
    #[inline(always)]
    pub(super) fn draw<V: Vector>(&mut self) -> &[Block; LEAP] {
        if self.end + LEAP > self.bits.len() {
            self.bits.copy_within(self.end - MEMORY..self.end, 0);
            self.end = MEMORY;
        }
        let window: &mut [Block; MEMORY + LEAP] =
            self.bits[self.end - MEMORY..].first_chunk_mut().expect("room for a draw");
        // The smallest delay exceeds the leap: all sources are old bits. No closures: they would lose the instruction set.
        const DELAYS: [usize; 4] = [
            LFSR_DELAYS[0] as usize,
            LFSR_DELAYS[1] as usize,
            LFSR_DELAYS[2] as usize,
            LFSR_DELAYS[3] as usize,
        ];
        for new in MEMORY..MEMORY + LEAP {
            let [a, b] = [V::load(&window[new - DELAYS[0]]), V::load(&window[new - DELAYS[1]])];
            let [c, d] = [V::load(&window[new - DELAYS[2]]), V::load(&window[new - DELAYS[3]])];
            a.xor3(b, c).xor(d).store(&mut window[new]);
        }
        self.end += LEAP;
        window[MEMORY..].first_chunk().expect("the new bits")
    }
}

/// A draw as digits for [`super::super::planes::update`].
pub(super) struct Draw<'a> {
    digits: &'a [Block; LEAP],
    next: usize,
    /// A digit 0 comes first, because thresholds have one more (2^B: always up).
    leading: bool,
}

impl<'a> Draw<'a> {
    /// The digits of a draw; `leading` asks for a 0 before them.
    #[inline(always)]
    pub(super) fn new(digits: &'a [Block; LEAP], leading: bool) -> Self {
        Self { digits, next: 0, leading }
    }
}

impl<V: Vector> Digits<V> for Draw<'_> {
    #[inline(always)]
    fn next(&mut self, positive: V) -> V {
        if self.leading {
            self.leading = false;
            return V::splat(0);
        }
        self.next += 1;
        V::load(&self.digits[self.next - 1]).xor(positive)
    }
}
