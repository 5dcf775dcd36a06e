//! Draws of a block: 32 images, all lanes, generated for one color at a time.
//!
//! The default source is not stepped draw by draw. Its bit stream is cut into 16-bit words w(0), w(1) .., oldest bit first, and
//! the recurrence b(t) = b(t-30) ^ b(t-46) ^ b(t-53) ^ b(t-64) yields a whole word at once, because its smallest delay exceeds
//! 16. With `funnel(a, b, k)` for the upper 16 bits of the double word a:b shifted left by k,
//!
//! ```text
//! w(n) = funnel(w(n-2), w(n-1), 2) ^ funnel(w(n-3), w(n-2), 2) ^ funnel(w(n-4), w(n-3), 11) ^ w(n-4)
//! ```
//!
//! (30 = 32 - 2, 46 = 48 - 2, 53 = 64 - 11). One instruction does this for 16 or 32 images; the last four words are the
//! contract's 64-bit state, oldest first. Draw d is the bits 19 d .. 19 d + B - 1 of the stream: the same shift for all images,
//! because their streams are equally long since their starts.

use super::layout::{COLUMNS, Row, image_of_position};
use crate::stream::Generator;
use spinwright_contract::generator::{LFSR_DELAYS, LFSR_LEAP, LFSR_STATE_BITS};

/// Bits of a word.
pub(super) const WORD: u32 = 16;
/// Words of a lane's ring: the 64-bit state.
pub(super) const RING: usize = (LFSR_STATE_BITS / WORD) as usize;
/// Shift of the first two funnels.
pub(super) const NEAR: u32 = 2 * WORD - LFSR_DELAYS[0];
/// Shift of the third.
pub(super) const FAR: u32 = 4 * WORD - LFSR_DELAYS[2];
const _: () =
    assert!(LFSR_DELAYS[1] == 3 * WORD - NEAR && LFSR_DELAYS[3] == 4 * WORD && LFSR_DELAYS[0] > WORD);

/// Which draws a color takes in one sweep (or the start): slots in order, replicas within, for every lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct DrawPlan {
    /// Slots of the color.
    pub slots: usize,
    /// Replicas.
    pub replicas: usize,
    /// Lanes.
    pub lanes: usize,
    /// Rows of the buffer per replica; row slot * lanes + lane of replica r is at r * stride + slot * lanes + lane.
    pub stride: usize,
    /// Bits of a draw.
    pub bits: u32,
}

/// Ring of one lane: word n of the stream is at n mod 4.
pub(super) type Ring = [Row<u16>; RING];
/// xoshiro128++ states of one lane.
pub(super) type XoshiroRows = [Row<u32>; 4];

/// The generators of a block.
#[derive(Debug)]
pub(super) enum Bank {
    /// `lfsr64`.
    Lfsr(LfsrBank),
    /// `xoshiro128++`: one set of states per lane.
    Xoshiro(Vec<XoshiroRows>),
}

/// The `lfsr64` generators of all lanes.
#[derive(Debug)]
pub(super) struct LfsrBank {
    /// One ring per lane.
    pub rings: Vec<Ring>,
    /// Words produced so far, the same for all lanes and images.
    pub produced: u64,
    /// Bits used so far.
    pub used: u64,
}

impl LfsrBank {
    /// Sets the position after `plan`'s draws, which each needed `words` words from their first bit's on.
    pub(super) fn advance(&mut self, plan: &DrawPlan, words: u64) {
        let draws = (plan.slots * plan.replicas) as u64;
        self.used += draws * u64::from(LFSR_LEAP);
        self.produced = (self.used - u64::from(LFSR_LEAP)) / u64::from(WORD) + words;
    }
}

/// A buffer of draws of one color.
#[derive(Debug)]
pub(super) enum DrawBuffer {
    /// Draws of at most 16 bits, in image order.
    Words(Vec<Row<u16>>),
    /// Wider draws, in double-word order.
    DoubleWords(Vec<Row<u32>>),
}

impl DrawBuffer {
    /// A buffer of `rows` rows for draws of `bits` bits.
    pub(super) fn new(bits: u32, rows: usize) -> Self {
        if bits <= WORD {
            Self::Words(vec![Row::default(); rows])
        } else {
            Self::DoubleWords(vec![Row::default(); rows])
        }
    }

    /// The image at a place of a row.
    pub(super) fn image_at(bits: u32, place: usize) -> usize {
        if bits <= WORD { place } else { image_of_position(place) }
    }

    /// The draw of one image.
    pub(super) fn get(&self, row: usize, image: usize) -> u32 {
        match self {
            Self::Words(rows) => rows[row].0[image].into(),
            Self::DoubleWords(rows) => rows[row].0[super::layout::position_of_image(image)],
        }
    }
}

impl Bank {
    /// Generators of `lanes` lanes; `generator(lane, place)` is the state for the image at a place of a row.
    pub(super) fn new(lanes: usize, generator: impl Fn(usize, usize) -> Generator) -> Self {
        if let Generator::Xoshiro128PlusPlus(_) = generator(0, 0) {
            let lane_states = |lane| {
                let mut rows = XoshiroRows::default();
                for place in 0..COLUMNS {
                    for (row, word) in rows.iter_mut().zip(generator(lane, place).words()) {
                        row.0[place] = word;
                    }
                }
                rows
            };
            return Self::Xoshiro((0..lanes).map(lane_states).collect());
        }
        let ring = |lane| {
            let mut ring = Ring::default();
            for place in 0..COLUMNS {
                let words = generator(lane, place).words();
                // Oldest word first: the state's most significant bits.
                let state = u64::from(words[0]) | u64::from(words[1]) << 32;
                for (row, shift) in ring.iter_mut().zip([48, 32, 16, 0]) {
                    row.0[place] = (state >> shift) as u16;
                }
            }
            ring
        };
        Self::Lfsr(LfsrBank { rings: (0..lanes).map(ring).collect(), produced: 0, used: 0 })
    }
}

/// Produces word `n` of a ring; it takes the place of word n - 4.
#[inline(always)]
fn produce(ring: &mut Ring, n: u64) {
    let word = |back: usize| ring[(n as usize + RING - back) % RING].0;
    let [a, b, c, d] = [word(4), word(3), word(2), word(1)];
    for (i, out) in ring[n as usize % RING].0.iter_mut().enumerate() {
        // The first two funnels share their shift: funnel(c, d) ^ funnel(b, c) = funnel(b ^ c, c ^ d).
        *out = a[i] ^ funnel(b[i] ^ c[i], c[i] ^ d[i], NEAR) ^ funnel(a[i], b[i], FAR);
    }
}

/// The upper word of the double word high:low shifted left by `shift`, 0 to 15.
#[inline(always)]
fn funnel(high: u16, low: u16, shift: u32) -> u16 {
    // Two shifts of the lower word: a shift of 0 must not become one by the whole word.
    high << shift | (low >> 1) >> (WORD - 1 - shift)
}

/// Calls `emit(ring, row, word, offset)` for every draw of a color: the draw starts `offset` bits into word `word` of the
/// ring, and `words` words from there on have been produced.
#[inline(always)]
fn walk_lfsr(
    bank: &mut LfsrBank,
    plan: &DrawPlan,
    words: u64,
    mut emit: impl FnMut(&Ring, usize, usize, u32),
) {
    for (lane, ring) in bank.rings.iter_mut().enumerate() {
        let (mut n, mut bit) = (bank.produced, bank.used);
        for slot in 0..plan.slots {
            for replica in 0..plan.replicas {
                let first = bit / u64::from(WORD);
                while n < first + words {
                    produce(ring, n);
                    n += 1;
                }
                let row = replica * plan.stride + slot * plan.lanes + lane;
                emit(ring, row, first as usize % RING, (bit % u64::from(WORD)) as u32);
                bit += u64::from(LFSR_LEAP);
            }
        }
    }
    bank.advance(plan, words);
}

/// Fills `buffer` with the next draws of a color. Compiled once per instruction set by the kernels.
#[inline(always)]
pub(super) fn fill(bank: &mut Bank, plan: &DrawPlan, buffer: &mut DrawBuffer) {
    match (bank, buffer) {
        (Bank::Lfsr(bank), DrawBuffer::Words(out)) => {
            walk_lfsr(bank, plan, 2, |ring, row, word, offset| {
                let (high, low) = (&ring[word].0, &ring[(word + 1) % RING].0);
                for ((out, &high), &low) in out[row].0.iter_mut().zip(high).zip(low) {
                    *out = funnel(high, low, offset) >> (WORD - plan.bits);
                }
            });
        }
        (Bank::Lfsr(bank), DrawBuffer::DoubleWords(out)) => {
            walk_lfsr(bank, plan, 3, |ring, row, word, offset| {
                let [high, middle, low] = [word, word + 1, word + 2].map(|w| &ring[w % RING].0);
                for i in 0..COLUMNS {
                    let upper = u32::from(high[i]) << WORD | u32::from(middle[i]);
                    let bits = upper << offset | u32::from(low[i]) >> (WORD - offset);
                    out[row].0[i] = bits >> (u32::BITS - plan.bits);
                }
            });
        }
        (Bank::Xoshiro(lanes), DrawBuffer::Words(out)) => walk_xoshiro(lanes, plan, |row, results| {
            for (out, result) in out[row].0.iter_mut().zip(results) {
                *out = (result >> (u32::BITS - plan.bits)) as u16;
            }
        }),
        (Bank::Xoshiro(lanes), DrawBuffer::DoubleWords(out)) => walk_xoshiro(lanes, plan, |row, results| {
            for (out, result) in out[row].0.iter_mut().zip(results) {
                *out = result >> (u32::BITS - plan.bits);
            }
        }),
    }
}

/// Steps xoshiro128++ for every draw of a color and calls `emit(row, results)`.
#[inline(always)]
fn walk_xoshiro(lanes: &mut [XoshiroRows], plan: &DrawPlan, mut emit: impl FnMut(usize, &[u32; COLUMNS])) {
    for (lane, state) in lanes.iter_mut().enumerate() {
        for slot in 0..plan.slots {
            for replica in 0..plan.replicas {
                let [s0, s1, s2, s3] = state;
                let mut results = [0u32; COLUMNS];
                for (i, result) in results.iter_mut().enumerate() {
                    let (a, b, c, d) = (s0.0[i], s1.0[i], s2.0[i], s3.0[i]);
                    *result = a.wrapping_add(d).rotate_left(7).wrapping_add(a);
                    let (e, f) = (c ^ a, d ^ b);
                    (s0.0[i], s1.0[i], s2.0[i], s3.0[i]) = (a ^ f, b ^ e, e ^ b << 9, f.rotate_left(11));
                }
                emit(replica * plan.stride + slot * plan.lanes + lane, &results);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::LaneStreams;
    use spinwright_contract::RandomSource;

    /// Every draw of every lane and image equals the scalar streams', far beyond one turn of the ring.
    #[test]
    fn block_draws_are_the_streams_draws() {
        for (source, bits) in [
            (RandomSource::Lfsr64, 8),
            (RandomSource::Lfsr64, 16),
            (RandomSource::Lfsr64, 19),
            (RandomSource::Xoshiro128PlusPlus, 16),
            (RandomSource::Xoshiro128PlusPlus, 24),
        ] {
            let (lanes, replicas, slots) = (4, 3, 5);
            let mut images: Vec<LaneStreams> =
                (0..COLUMNS as u64).map(|image| LaneStreams::new(source, bits, lanes, 100 + image)).collect();
            let mut bank =
                Bank::new(lanes, |lane, place| images[DrawBuffer::image_at(bits, place)].generators()[lane]);
            let plan = DrawPlan { slots, replicas, lanes, stride: slots * lanes, bits };
            let mut buffer = DrawBuffer::new(bits, replicas * plan.stride);
            for _ in 0..20 {
                fill(&mut bank, &plan, &mut buffer);
                for (slot, replica) in (0..slots).flat_map(|s| (0..replicas).map(move |r| (s, r))) {
                    for lane in 0..lanes {
                        for (image, streams) in images.iter_mut().enumerate() {
                            let row = replica * plan.stride + slot * lanes + lane;
                            assert_eq!(buffer.get(row, image), streams.draw(lane), "{source:?} {bits}");
                        }
                    }
                }
            }
        }
    }
}
