//! The kernels with AVX-512: BW, VL, VNNI, VBMI2.
//!
//! Two vectors of 16 double words hold a p-bit of the 32 images; a tile's 8 p-bits are 16 accumulators, enough independent
//! chains for two multiply-accumulate units. Weights are broadcast from memory, spins are read once per step and tile.

use super::{Kernels, Segment, Updated};
use crate::fast::draws::{self, Bank, DrawBuffer, DrawPlan, FAR, LfsrBank, NEAR, RING, WORD};
use crate::fast::layout::{Packing, Row, TILE, Tile, position_of_image};
use crate::fast::table::{Pieces, Table};
use spinwright_contract::generator::LFSR_LEAP;
use std::arch::x86_64::*;

/// Weights of at most 8 bits, spins as bytes: `vpdpbusd`.
pub(super) const BYTES: Kernels = Kernels {
    packing: Packing::Bytes,
    product: product_bytes,
    pixels: product_words,
    group: None,
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
        fn $name(
            weights: &[[u32; TILE]],
            spins: &[Row<u32>],
            segments: &[Segment],
            base: &Tile<i32>,
            exact: &mut Tile<i32>,
        ) {
            let mut sums = [[_mm512_setzero_si512(); 2]; TILE];
            for (sums, base) in sums.iter_mut().zip(base) {
                *sums = load_row!(base);
            }
            for segment in segments {
                let (weights, spins) = segment.of(weights, spins);
                for (weights, spins) in weights.iter().zip(spins) {
                    let spins = load_row!(spins);
                    for (sums, &weight) in sums.iter_mut().zip(weights) {
                        let weight = _mm512_set1_epi32(weight as i32);
                        sums[0] = $dot(sums[0], spins[0], weight);
                        sums[1] = $dot(sums[1], spins[1], weight);
                    }
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
    if let Some(pieces) = table.pieces() {
        return update_by_pieces(exact, draws, (table, pieces), out);
    }
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

/// All 32 images of a p-bit in one vector of words; see [`Pieces`] for what decides.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi2")]
fn update_by_pieces(exact: &Tile<i32>, draws: &Tile<u16>, (table, pieces): (&Table, &Pieces), out: Updated) {
    let max = _mm512_set1_epi16(table.field_max() as i16);
    let (start, growth) = (load_words!(pieces.start), load_words!(pieces.growth));
    let shift = _mm512_set1_epi16(pieces.shift as i16);
    let part_shift = _mm512_set1_epi16(16 - pieces.shift as i16);
    let slack = _mm512_set1_epi16(pieces.slack as i16);
    let half = _mm512_set1_epi16(pieces.one_half);
    // ~(draw - half) = (half - 1) - draw
    let half_less = _mm512_set1_epi16(pieces.one_half.wrapping_sub(1));
    for row in 0..TILE {
        let [first, second] = load_row!(exact[row]);
        let field = _mm512_packs_epi32(first, second);
        let negative = _mm512_movepi16_mask(field);
        let size = _mm512_min_epu16(_mm512_abs_epi16(field), max);
        let piece = _mm512_srlv_epi16(size, shift);
        let part = _mm512_sllv_epi16(size, part_shift);
        let rise = _mm512_mulhi_epu16(_mm512_permutexvar_epi16(piece, growth), part);
        let bound = _mm512_adds_epi16(_mm512_permutexvar_epi16(piece, start), rise);
        let draw = load_words!(draws[row]);
        let centered = _mm512_sub_epi16(draw, half);
        let centered = _mm512_mask_sub_epi16(centered, negative, half_less, draw);
        let distance = _mm512_subs_epi16(bound, centered);
        let undecided = _mm512_cmplt_epu16_mask(distance, slack);
        let mut up = !_mm512_movepi16_mask(distance) ^ negative;
        if undecided != 0 {
            up = decide_by_table(undecided, up, (&exact[row], &draws[row]), table);
        }
        out.spins[row] = up;
        let limited =
            _mm512_max_epi16(_mm512_min_epi16(field, max), _mm512_sub_epi16(_mm512_setzero_si512(), max));
        store_word_row!(out.fields[row], limited);
    }
}

/// Decides the images of `undecided` one by one.
#[cold]
#[inline(never)]
fn decide_by_table(
    undecided: u32,
    mut up: u32,
    (exact, draws): (&Row<i32>, &Row<u16>),
    table: &Table,
) -> u32 {
    let mut rest = undecided;
    while rest != 0 {
        let image = rest.trailing_zeros();
        rest &= rest - 1;
        let max = table.field_max();
        let field = exact.0[position_of_image(image as usize)].clamp(-max, max);
        let is_up = i32::from(draws.0[image as usize]) < table.threshold(field);
        up = up & !(1 << image) | u32::from(is_up) << image;
    }
    up
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
    match (bank, buffer) {
        (Bank::Lfsr(bank), DrawBuffer::Words(rows)) => fill_words(bank, plan, rows),
        (bank, buffer) => draws::fill(bank, plan, buffer),
    }
}

/// The default source's draws of at most 16 bits: a lane's four words stay in registers for all its slots and replicas.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2")]
fn fill_words(bank: &mut LfsrBank, plan: &DrawPlan, rows: &mut [Row<u16>]) {
    let unused = _mm512_set1_epi16((WORD - plan.bits) as i16);
    for (lane, ring) in bank.rings.iter_mut().enumerate() {
        let (mut n, mut bit) = (bank.produced, bank.used);
        // Oldest word first; word n is at n mod 4 of the ring.
        let mut words: [__m512i; RING] = std::array::from_fn(|i| load_words!(ring[(n as usize + i) % RING]));
        let mut near = _mm512_xor_si512(words[1], words[2]);
        for slot in 0..plan.slots {
            for replica in 0..plan.replicas {
                let first = bit / u64::from(WORD);
                while n < first + 2 {
                    let next_near = _mm512_xor_si512(words[2], words[3]);
                    let by_near = _mm512_shldi_epi16::<{ NEAR as i32 }>(near, next_near);
                    let by_far = _mm512_shldi_epi16::<{ FAR as i32 }>(words[0], words[1]);
                    // 0x96 is the XOR of three.
                    let new = _mm512_ternarylogic_epi32::<0x96>(words[0], by_near, by_far);
                    words = [words[1], words[2], words[3], new];
                    near = next_near;
                    n += 1;
                }
                let offset = _mm512_set1_epi16((bit % u64::from(WORD)) as i16);
                let draw = _mm512_srlv_epi16(_mm512_shldv_epi16(words[2], words[3], offset), unused);
                store_word_row!(rows[replica * plan.stride + slot * plan.lanes + lane], draw);
                bit += u64::from(LFSR_LEAP);
            }
        }
        for (i, word) in words.into_iter().enumerate() {
            store_word_row!(ring[(n as usize + i) % RING], word);
        }
    }
    bank.advance(plan, 2);
}
