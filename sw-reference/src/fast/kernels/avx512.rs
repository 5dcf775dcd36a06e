//! The kernels with AVX-512: BW, VL, VNNI, VBMI2.
//!
//! Two vectors of 16 double words hold a p-bit of the 32 images; a tile's 8 p-bits are 16 accumulators, enough independent
//! chains for two multiply-accumulate units. Weights are broadcast from memory, spins are read once per step and tile.

use super::{Kernels, Updated};
use crate::fast::draws::{self, Bank, DrawBuffer, DrawPlan};
use crate::fast::layout::{Packing, Row, TILE, Tile};
use crate::fast::table::Table;
use std::arch::x86_64::*;

/// Weights of at most 8 bits, spins as bytes: `vpdpbusd`.
pub(super) const BYTES: Kernels = Kernels {
    packing: Packing::Bytes,
    product: product_bytes,
    update_words,
    update_double_words,
    store: store_bytes,
    count,
    add_fields,
    fill,
};

/// Weights of at most 16 bits, spins as words: `vpdpwssd`.
pub(super) const WORDS: Kernels =
    Kernels { packing: Packing::Words, product: product_words, store: store_words, ..BYTES };

/// The two vectors of a double-word row.
macro_rules! load_row {
    ($row:expr) => {{
        let pointer = $row.0.as_ptr().cast::<__m512i>();
        // SAFETY: a row of 32-bit values is two whole vectors, aligned to 64 bytes.
        unsafe { [_mm512_load_si512(pointer), _mm512_load_si512(pointer.add(1))] }
    }};
}

/// Stores two vectors as a double-word row.
macro_rules! store_row {
    ($row:expr, $vectors:expr) => {{
        let pointer = $row.0.as_mut_ptr().cast::<__m512i>();
        // SAFETY: as in `load_row`.
        unsafe {
            _mm512_store_si512(pointer, $vectors[0]);
            _mm512_store_si512(pointer.add(1), $vectors[1]);
        }
    }};
}

/// The vector of a word row.
macro_rules! load_words {
    ($row:expr) => {
        // SAFETY: a row of 16-bit values is one whole vector, aligned to 64 bytes.
        unsafe { _mm512_load_si512($row.0.as_ptr().cast::<__m512i>()) }
    };
}

/// Stores a word row.
macro_rules! store_word_row {
    ($row:expr, $vector:expr) => {
        // SAFETY: as in `load_words`.
        unsafe { _mm512_store_si512($row.0.as_mut_ptr().cast::<__m512i>(), $vector) }
    };
}

macro_rules! product {
    ($name:ident, $dot:ident) => {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
        fn $name(weights: &[[u32; TILE]], spins: &[Row<u32>], base: &Tile<i32>, exact: &mut Tile<i32>) {
            let mut sums = [[_mm512_setzero_si512(); 2]; TILE];
            for (sums, base) in sums.iter_mut().zip(base) {
                *sums = load_row!(base);
            }
            for (weights, spins) in weights.iter().zip(spins) {
                let spins = load_row!(spins);
                for (sums, &weight) in sums.iter_mut().zip(weights) {
                    let weight = _mm512_set1_epi32(weight as i32);
                    sums[0] = $dot(sums[0], spins[0], weight);
                    sums[1] = $dot(sums[1], spins[1], weight);
                }
            }
            for (exact, sums) in exact.iter_mut().zip(sums) {
                store_row!(exact, sums);
            }
        }
    };
}

product!(product_bytes, _mm512_dpbusd_epi32);
product!(product_words, _mm512_dpwssd_epi32);

/// Bits of the images that the first double-word vector holds.
const FIRST_HALF: u32 = 0x0f0f_0f0f;

/// Saturates two vectors and looks their thresholds up.
macro_rules! thresholds {
    ($exact:expr, $table:expr, $max:expr, $min:expr) => {{
        let exact = load_row!($exact);
        let fields = exact.map(|v| _mm512_max_epi32(_mm512_min_epi32(v, $max), $min));
        // SAFETY: saturated fields are valid offsets from the table's center.
        let thresholds = fields.map(|v| unsafe { _mm512_i32gather_epi32::<4>(v, $table.center()) });
        (fields, thresholds)
    }};
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi2")]
fn update_words(exact: &Tile<i32>, draws: &Tile<u16>, table: &Table, out: Updated) {
    let (max, min) = (_mm512_set1_epi32(table.field_max()), _mm512_set1_epi32(-table.field_max()));
    let zero = _mm512_setzero_si512();
    for row in 0..TILE {
        let (fields, thresholds) = thresholds!(exact[row], table, max, min);
        let draws = load_words!(draws[row]);
        let first = _mm512_cmplt_epi32_mask(_mm512_unpacklo_epi16(draws, zero), thresholds[0]);
        let second = _mm512_cmplt_epi32_mask(_mm512_unpackhi_epi16(draws, zero), thresholds[1]);
        out.spins[row] = _pdep_u32(first.into(), FIRST_HALF) | _pdep_u32(second.into(), !FIRST_HALF);
        store_word_row!(out.fields[row], _mm512_packs_epi32(fields[0], fields[1]));
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi2")]
fn update_double_words(exact: &Tile<i32>, draws: &Tile<u32>, table: &Table, out: Updated) {
    let (max, min) = (_mm512_set1_epi32(table.field_max()), _mm512_set1_epi32(-table.field_max()));
    for row in 0..TILE {
        let (fields, thresholds) = thresholds!(exact[row], table, max, min);
        let draws = load_row!(draws[row]);
        let first = _mm512_cmplt_epi32_mask(draws[0], thresholds[0]);
        let second = _mm512_cmplt_epi32_mask(draws[1], thresholds[1]);
        out.spins[row] = _pdep_u32(first.into(), FIRST_HALF) | _pdep_u32(second.into(), !FIRST_HALF);
        store_word_row!(out.fields[row], _mm512_packs_epi32(fields[0], fields[1]));
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn store_bytes(spins: &[u32; TILE], amplitude: u32, rows: &mut [Row<u32>]) {
    let low = _mm512_set1_epi16(amplitude as i16);
    let high = _mm512_set1_epi16((amplitude << 8) as i16);
    let pair = |a: u32, b: u32| {
        let words = _mm512_maskz_mov_epi16(a, low);
        _mm512_mask_add_epi16(words, b, words, high)
    };
    for (spins, row) in spins.chunks_exact(4).zip(rows) {
        let (lower, upper) = (pair(spins[0], spins[1]), pair(spins[2], spins[3]));
        store_row!(row, [_mm512_unpacklo_epi16(lower, upper), _mm512_unpackhi_epi16(lower, upper)]);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn store_words(spins: &[u32; TILE], amplitude: u32, rows: &mut [Row<u32>]) {
    let up = _mm512_set1_epi16(amplitude as i16);
    for (spins, row) in spins.chunks_exact(2).zip(rows) {
        let lower = _mm512_maskz_mov_epi16(spins[0], up);
        let upper = _mm512_maskz_mov_epi16(spins[1], up);
        store_row!(row, [_mm512_unpacklo_epi16(lower, upper), _mm512_unpackhi_epi16(lower, upper)]);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn count(spins: &[u32; TILE], sums: &mut [Row<i32>]) {
    let one = _mm512_set1_epi32(1);
    for (&mask, sums) in spins.iter().zip(sums) {
        let [first, second] = load_row!(sums);
        let counted = [
            _mm512_mask_add_epi32(first, mask as u16, first, one),
            _mm512_mask_add_epi32(second, (mask >> 16) as u16, second, one),
        ];
        store_row!(sums, counted);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn add_fields(fields: &Tile<i16>, sums: &mut [Row<i32>]) {
    super::portable::add_fields(fields, sums);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2")]
fn fill(bank: &mut Bank, plan: &DrawPlan, buffer: &mut DrawBuffer) {
    draws::fill(bank, plan, buffer);
}
