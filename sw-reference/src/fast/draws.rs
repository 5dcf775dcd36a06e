//! Draws of a block: 32 images, all lanes, generated for one color at a time.
//!
//! The default source is not stepped draw by draw. Squaring its recurrence b(t) = b(t-30) ^ b(t-46) ^ b(t-53) ^ b(t-64) over
//! GF(2) doubles every delay; four squarings give
//!
//! ```text
//! b(t) = b(t - 16 * 30) ^ b(t - 16 * 46) ^ b(t - 16 * 53) ^ b(t - 16 * 64)
//! ```
//!
//! so the bit stream cut into 16-bit words follows w(n) = w(n-30) ^ w(n-46) ^ w(n-53) ^ w(n-64): no shifts at all, whole
//! vectors of 32 images at once, in a ring of 64 words per lane. Draw d is then the bits 19 d .. 19 d + B - 1 of the stream,
//! the same shift for all images. The first 64 words come from the contract's recurrence itself.

use super::layout::{COLUMNS, Row, image_of_position};
use crate::stream::Generator;
use spinwright_contract::generator::{LFSR_DELAYS, LFSR_LEAP, LFSR_STATE_BITS};

/// Words of a lane's ring: the longest delay.
const RING: usize = LFSR_STATE_BITS as usize;
/// Bits of a word.
const WORD: u32 = 16;

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

/// Ring of one lane: word n of the stream is at n mod 64.
pub(super) type Ring = [Row<u16>; RING];
/// xoshiro128++ states of one lane.
pub(super) type XoshiroRows = [Row<u32>; 4];

/// The generators of a block.
#[derive(Debug)]
pub(super) enum Bank {
    /// `lfsr64`: rings, words produced so far, bits used so far (the same for all lanes and images).
    Lfsr {
        /// One ring per lane.
        rings: Vec<Ring>,
        /// Words produced.
        produced: u64,
        /// Bits used.
        used: u64,
    },
    /// `xoshiro128++`: one set of states per lane.
    Xoshiro(Vec<XoshiroRows>),
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
            let mut states = [0; COLUMNS];
            for (place, state) in states.iter_mut().enumerate() {
                let words = generator(lane, place).words();
                *state = u64::from(words[0]) | u64::from(words[1]) << 32;
            }
            first_words(states)
        };
        Self::Lfsr { rings: (0..lanes).map(ring).collect(), produced: RING as u64, used: 0 }
    }
}

/// The first 64 words of the streams that follow the given states, by the contract's recurrence, 16 bits at a time.
fn first_words(mut states: [u64; COLUMNS]) -> Ring {
    let mut ring = [Row::default(); RING];
    for row in &mut ring {
        for (state, word) in states.iter_mut().zip(&mut row.0) {
            let new = LFSR_DELAYS.iter().fold(0, |sum, delay| sum ^ (*state >> (delay - WORD)));
            *word = new as u16;
            *state = *state << WORD | u64::from(*word);
        }
    }
    ring
}

/// Produces word `n` of a ring; it takes the place of word n - 64.
#[inline(always)]
pub(super) fn produce(ring: &mut Ring, n: u64) {
    let at = |delay: u32| (n as usize + RING - delay as usize) % RING;
    let [a, b, c, d] = LFSR_DELAYS.map(at);
    for i in 0..COLUMNS {
        ring[d].0[i] ^= ring[a].0[i] ^ ring[b].0[i] ^ ring[c].0[i];
    }
}

/// Calls `emit(ring, row, word, offset)` for every draw of a color: the draw starts `offset` bits into the ring's word
/// `word`, and `words` words from there on are in the ring.
#[inline(always)]
pub(super) fn walk_lfsr(
    (rings, produced, used): (&mut [Ring], &mut u64, &mut u64),
    plan: &DrawPlan,
    words: u64,
    produce: impl Fn(&mut Ring, u64),
    mut emit: impl FnMut(&Ring, usize, usize, u32),
) {
    let (mut n, mut bit) = (*produced, *used);
    for (lane, ring) in rings.iter_mut().enumerate() {
        (n, bit) = (*produced, *used);
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
    (*produced, *used) = (n, bit);
}

/// Fills `buffer` with the next draws of a color. Compiled once per instruction set by the kernels.
#[inline(always)]
pub(super) fn fill(bank: &mut Bank, plan: &DrawPlan, buffer: &mut DrawBuffer) {
    match (bank, buffer) {
        (Bank::Lfsr { rings, produced, used }, DrawBuffer::Words(out)) => {
            walk_lfsr((rings, produced, used), plan, 2, produce, |ring, row, word, offset| {
                let (high, low) = (&ring[word].0, &ring[(word + 1) % RING].0);
                for ((out, &high), &low) in out[row].0.iter_mut().zip(high).zip(low) {
                    // Two shifts: an offset of 0 must not shift by the whole word.
                    *out = (high << offset | (low >> 1) >> (WORD - 1 - offset)) >> (WORD - plan.bits);
                }
            });
        }
        (Bank::Lfsr { rings, produced, used }, DrawBuffer::DoubleWords(out)) => {
            walk_lfsr((rings, produced, used), plan, 3, produce, |ring, row, word, offset| {
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
                for i in 0..COLUMNS {
                    let (a, b, c, d) = (s0.0[i], s1.0[i], s2.0[i], s3.0[i]);
                    results[i] = a.wrapping_add(d).rotate_left(7).wrapping_add(a);
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
