//! The kernels with AVX2.
//!
//! Four vectors of 8 double words hold a p-bit of the 32 images. Two p-bits at a time keep 8 accumulators and the spins in
//! the 16 registers.

use super::{Kernels, Segment, Updated};
use crate::fast::draws::{self, Bank, DrawBuffer, DrawPlan};
use crate::fast::layout::{Packing, Row, TILE, Tile};
use crate::fast::table::Table;
use std::arch::x86_64::*;

/// Weights of at most 16 bits, spins as words: `vpmaddwd`.
pub(super) const WORDS: Kernels = Kernels {
    packing: Packing::Words,
    product: product_words,
    pixels: product_words,
    group: None,
    update_words,
    update_double_words,
    store: store_words,
    count,
    add_fields,
    fill,
};

/// Weights of at most 8 bits, spins as bytes: `vpmaddubsw`.
pub(super) const BYTES: Kernels =
    Kernels { packing: Packing::Bytes, product: product_bytes, store: store_bytes, ..WORDS };

/// Bits of the images that each of the four double-word vectors holds.
const IMAGES: [u32; 4] = [0x0000_0f0f, 0x0f0f_0000, 0x0000_f0f0, 0xf0f0_0000];

/// The four vectors of a double-word row.
macro_rules! load_row {
    ($row:expr) => {{
        let pointer = $row.0.as_ptr().cast::<__m256i>();
        // SAFETY: a row of 32-bit values is four whole vectors, aligned to 64 bytes.
        unsafe {
            [
                _mm256_load_si256(pointer),
                _mm256_load_si256(pointer.add(1)),
                _mm256_load_si256(pointer.add(2)),
                _mm256_load_si256(pointer.add(3)),
            ]
        }
    }};
}

/// Stores four vectors as a double-word row.
macro_rules! store_row {
    ($row:expr, $vectors:expr) => {{
        let pointer = $row.0.as_mut_ptr().cast::<__m256i>();
        for (part, vector) in $vectors.into_iter().enumerate() {
            // SAFETY: as in `load_row`.
            unsafe { _mm256_store_si256(pointer.add(part), vector) }
        }
    }};
}

/// Rows of a tile that are summed at the same time.
const ROWS: usize = 2;

#[target_feature(enable = "avx2")]
fn product_words(
    weights: &[[u32; TILE]],
    spins: &[Row<u32>],
    segments: &[Segment],
    base: &Tile<i32>,
    exact: &mut Tile<i32>,
) {
    for first in (0..TILE).step_by(ROWS) {
        let mut sums = [load_row!(base[first]), load_row!(base[first + 1])];
        for segment in segments {
            let (weights, spins) = segment.of(weights, spins);
            for (weights, spins) in weights.iter().zip(spins) {
                let spins = load_row!(spins);
                for (sums, &weight) in sums.iter_mut().zip(&weights[first..first + ROWS]) {
                    let weight = _mm256_set1_epi32(weight as i32);
                    for (sum, spins) in sums.iter_mut().zip(spins) {
                        *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(spins, weight));
                    }
                }
            }
        }
        for (exact, sums) in exact[first..first + ROWS].iter_mut().zip(sums) {
            store_row!(exact, sums);
        }
    }
}

#[target_feature(enable = "avx2")]
fn product_bytes(
    weights: &[[u32; TILE]],
    spins: &[Row<u32>],
    segments: &[Segment],
    base: &Tile<i32>,
    exact: &mut Tile<i32>,
) {
    let one = _mm256_set1_epi16(1);
    for first in (0..TILE).step_by(ROWS) {
        let mut sums = [load_row!(base[first]), load_row!(base[first + 1])];
        for segment in segments {
            let (weights, spins) = segment.of(weights, spins);
            for (weights, spins) in weights.iter().zip(spins) {
                let spins = load_row!(spins);
                for (sums, &weight) in sums.iter_mut().zip(&weights[first..first + ROWS]) {
                    let weight = _mm256_set1_epi32(weight as i32);
                    for (sum, spins) in sums.iter_mut().zip(spins) {
                        // Two products of at most 128 x 127 never saturate 16 bits.
                        let pairs = _mm256_maddubs_epi16(spins, weight);
                        *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, one));
                    }
                }
            }
        }
        for (exact, sums) in exact[first..first + ROWS].iter_mut().zip(sums) {
            store_row!(exact, sums);
        }
    }
}

/// The common part of both updates: `$draws` gives the four double-word vectors of a row's draws.
macro_rules! update_row {
    ($exact:expr, $draws:expr, $table:expr, $out:expr, $row:expr) => {{
        let max = _mm256_set1_epi32($table.field_max());
        let min = _mm256_set1_epi32(-$table.field_max());
        let fields = load_row!($exact[$row]).map(|v| _mm256_max_epi32(_mm256_min_epi32(v, max), min));
        let mut up = 0;
        for ((field, draws), images) in fields.into_iter().zip($draws).zip(IMAGES) {
            // SAFETY: saturated fields are valid offsets from the table's center.
            let threshold = unsafe { _mm256_i32gather_epi32::<4>($table.center(), field) };
            let below = _mm256_castsi256_ps(_mm256_cmpgt_epi32(threshold, draws));
            up |= _pdep_u32(_mm256_movemask_ps(below) as u32, images);
        }
        $out.spins[$row] = up;
        let pointer = $out.fields[$row].0.as_mut_ptr().cast::<__m256i>();
        // SAFETY: a row of 16-bit values is two whole vectors, aligned to 64 bytes.
        unsafe {
            _mm256_store_si256(pointer, _mm256_packs_epi32(fields[0], fields[2]));
            _mm256_store_si256(pointer.add(1), _mm256_packs_epi32(fields[1], fields[3]));
        }
    }};
}

#[target_feature(enable = "avx2,bmi2")]
fn update_words(exact: &Tile<i32>, draws: &Tile<u16>, table: &Table, out: Updated) {
    let zero = _mm256_setzero_si256();
    for row in 0..TILE {
        let pointer = draws[row].0.as_ptr().cast::<__m256i>();
        // SAFETY: a row of 16-bit values is two whole vectors, aligned to 64 bytes.
        let words = unsafe { [_mm256_load_si256(pointer), _mm256_load_si256(pointer.add(1))] };
        let [low, high] =
            [words.map(|w| _mm256_unpacklo_epi16(w, zero)), words.map(|w| _mm256_unpackhi_epi16(w, zero))];
        update_row!(exact, [low[0], low[1], high[0], high[1]], table, out, row);
    }
}

#[target_feature(enable = "avx2,bmi2")]
fn update_double_words(exact: &Tile<i32>, draws: &Tile<u32>, table: &Table, out: Updated) {
    for row in 0..TILE {
        update_row!(exact, load_row!(draws[row]), table, out, row);
    }
}

/// Spins of `p_bits` p-bits per double word: expands every mask to the lanes of the four vectors.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn store_packed(packing: Packing, spins: &[u32; TILE], amplitude: u32, rows: &mut [Row<u32>]) {
    let lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    for (spins, row) in spins.chunks_exact(packing.p_bits()).zip(rows) {
        let mut words = [_mm256_setzero_si256(); 4];
        for (part, &mask) in spins.iter().enumerate() {
            let up = _mm256_set1_epi32(packing.up(part, amplitude) as i32);
            for (word, images) in words.iter_mut().zip(IMAGES) {
                let bits = _mm256_and_si256(_mm256_set1_epi32(_pext_u32(mask, images) as i32), lane);
                *word = _mm256_or_si256(*word, _mm256_and_si256(_mm256_cmpeq_epi32(bits, lane), up));
            }
        }
        store_row!(row, words);
    }
}

#[target_feature(enable = "avx2,bmi2")]
fn store_bytes(spins: &[u32; TILE], amplitude: u32, rows: &mut [Row<u32>]) {
    store_packed(Packing::Bytes, spins, amplitude, rows);
}

#[target_feature(enable = "avx2,bmi2")]
fn store_words(spins: &[u32; TILE], amplitude: u32, rows: &mut [Row<u32>]) {
    store_packed(Packing::Words, spins, amplitude, rows);
}

#[target_feature(enable = "avx2")]
fn count(spins: &[u32; TILE], sums: &mut [Row<i32>]) {
    let lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    for (&mask, sums) in spins.iter().zip(sums) {
        let mut vectors = load_row!(sums);
        for (vector, images) in vectors.iter_mut().zip(mask.to_le_bytes()) {
            let bits = _mm256_and_si256(_mm256_set1_epi32(images.into()), lane);
            *vector = _mm256_sub_epi32(*vector, _mm256_cmpeq_epi32(bits, lane));
        }
        store_row!(sums, vectors);
    }
}

#[target_feature(enable = "avx2")]
fn add_fields(fields: &Tile<i16>, sums: &mut [Row<i32>]) {
    super::portable::add_fields(fields, sums);
}

#[target_feature(enable = "avx2")]
fn fill(bank: &mut Bank, plan: &DrawPlan, buffer: &mut DrawBuffer) {
    draws::fill(bank, plan, buffer);
}
