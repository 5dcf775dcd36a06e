//! The kernels in safe Rust.

use super::{Kernels, Segment, Updated};
use crate::fast::draws::{self, Bank, DrawBuffer, DrawPlan};
use crate::fast::layout::{COLUMNS, Packing, Row, TILE, Tile, image_of_position};
use crate::fast::table::Table;

/// One p-bit per 32-bit word: any shift and weight whose exact field fits 32 bits.
pub(super) const KERNELS: Kernels = Kernels {
    packing: Packing::Masks,
    product,
    pixels,
    group: None,
    update_words,
    update_double_words,
    store,
    count,
    add_fields,
    fill,
};

/// exact = base + sum over the segments of `term(weight, spins)`.
#[inline(always)]
fn sum_segments(
    weights: &[[u32; TILE]],
    spins: &[Row<u32>],
    segments: &[Segment],
    base: &Tile<i32>,
    exact: &mut Tile<i32>,
    term: impl Fn(u32, u32) -> i32,
) {
    for (row, (exact, base)) in exact.iter_mut().zip(base).enumerate() {
        let mut sum = base.0;
        for segment in segments {
            let (weights, spins) = segment.of(weights, spins);
            for (weights, spins) in weights.iter().zip(spins) {
                for (sum, &spins) in sum.iter_mut().zip(&spins.0) {
                    *sum += term(weights[row], spins);
                }
            }
        }
        exact.0 = sum;
    }
}

fn product(
    weights: &[[u32; TILE]],
    spins: &[Row<u32>],
    segments: &[Segment],
    base: &Tile<i32>,
    exact: &mut Tile<i32>,
) {
    sum_segments(weights, spins, segments, base, exact, |weight, mask| (weight & mask) as i32);
}

fn pixels(
    weights: &[[u32; TILE]],
    pixels: &[Row<u32>],
    segments: &[Segment],
    base: &Tile<i32>,
    exact: &mut Tile<i32>,
) {
    let words = |pair: u32| [i32::from(pair as i16), i32::from((pair >> 16) as i16)];
    sum_segments(weights, pixels, segments, base, exact, |weights, pixels| {
        let ([a, b], [c, d]) = (words(weights), words(pixels));
        a * c + b * d
    });
}

/// See [`super::product_wide`].
pub(super) fn product_wide(
    weights: &[[u32; TILE]],
    spins: &[Row<u32>],
    segments: &[Segment],
    base: &Tile<i64>,
    amplitude: u32,
    exact: &mut Tile<i64>,
) {
    for (row, (exact, base)) in exact.iter_mut().zip(base).enumerate() {
        let mut sum = [0i64; COLUMNS];
        for segment in segments {
            let (weights, spins) = segment.of(weights, spins);
            for (weights, spins) in weights.iter().zip(spins) {
                for (sum, &mask) in sum.iter_mut().zip(&spins.0) {
                    *sum += i64::from((weights[row] & mask) as i32);
                }
            }
        }
        for ((exact, base), sum) in exact.0.iter_mut().zip(base.0).zip(sum) {
            *exact = base + sum * i64::from(amplitude);
        }
    }
}

fn update_words(exact: &Tile<i32>, draws: &Tile<u16>, table: &Table, out: Updated) {
    update(exact, table, out, |row, position| draws[row].0[image_of_position(position)].into());
}

fn update_double_words(exact: &Tile<i32>, draws: &Tile<u32>, table: &Table, out: Updated) {
    update(exact, table, out, |row, position| draws[row].0[position] as i32);
}

#[inline(always)]
fn update(exact: &Tile<i32>, table: &Table, out: Updated, draw: impl Fn(usize, usize) -> i32) {
    let max = table.field_max();
    for (row, exact) in exact.iter().enumerate() {
        let mut up = 0;
        for (position, &exact) in exact.0.iter().enumerate() {
            let (field, image) = (exact.clamp(-max, max), image_of_position(position));
            out.fields[row].0[image] = field as i16;
            up |= u32::from(draw(row, position) < table.threshold(field)) << image;
        }
        out.spins[row] = up;
    }
}

fn store(spins: &[u32; TILE], _amplitude: u32, rows: &mut [Row<u32>]) {
    for (&mask, row) in spins.iter().zip(rows) {
        for (position, word) in row.0.iter_mut().enumerate() {
            *word = (mask >> image_of_position(position) & 1).wrapping_neg();
        }
    }
}

#[inline(always)]
fn count(spins: &[u32; TILE], sums: &mut [Row<i32>]) {
    for (&mask, sums) in spins.iter().zip(sums) {
        for (image, sum) in sums.0.iter_mut().enumerate() {
            *sum += (mask >> image & 1) as i32;
        }
    }
}

#[inline(always)]
pub(super) fn add_fields(fields: &Tile<i16>, sums: &mut [Row<i32>]) {
    for (fields, sums) in fields.iter().zip(sums) {
        for (sum, &field) in sums.0.iter_mut().zip(&fields.0) {
            *sum += i32::from(field);
        }
    }
}

fn fill(bank: &mut Bank, plan: &DrawPlan, buffer: &mut DrawBuffer) {
    draws::fill(bank, plan, buffer);
}
