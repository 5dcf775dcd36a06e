//! The ends of a machine on a strip: sign convolution on pixels before the first block, scores after the last.

use super::batch::RunPlan;
use super::kernels::Segment;
use super::layout::{COLUMNS, Row, TILE, Tile, image_of_position, position_of_image};
use super::model::{DECODER_AMPLITUDE, PackedDecoder, PackedEncoder};
use super::stage::Masks;

/// u of a pixel outside the picture: 2 x 0 - 255.
const OUTSIDE: i16 = -255;

/// The encoder's output for the pictures of a strip; `picture(image)` is the pixels of one.
pub(super) fn encode<'a>(
    plan: &RunPlan,
    encoder: &PackedEncoder,
    picture: impl Fn(usize) -> &'a [u8],
) -> Masks {
    let pictures: [&[u8]; COLUMNS] = std::array::from_fn(|place| picture(image_of_position(place)));
    let pixels: Vec<[i16; COLUMNS]> = (0..encoder.picture)
        .map(|pixel| std::array::from_fn(|place| 2 * i16::from(pictures[place][pixel]) - 255))
        .collect();
    let taps = encoder.pixels.first().map_or(0, Vec::len);
    // Two taps per word, as the product reads them; the matrix is filled up to whole tiles of columns.
    let steps = encoder.matrix.tile(0).len();
    let mut rows = vec![Row::<u32>::default(); steps];
    let all = [Segment { weights: 0, spins: 0, steps: steps as u32 }];
    let tiles_at = encoder.layout.tiles_at();
    let mut masks = vec![[0; TILE]; encoder.layout.tiles()];
    for (of_taps, masks) in encoder.pixels.iter().zip(masks.chunks_exact_mut(tiles_at)) {
        for (row, pair) in rows.iter_mut().zip(of_taps.chunks(2)) {
            let u = |tap: usize| pair.get(tap).map(|pixel| pixel.map_or(&[OUTSIDE; COLUMNS], |p| &pixels[p]));
            let (Some(first), second) = (u(0), u(1).unwrap_or(&[0; COLUMNS])) else { continue };
            for ((word, &low), &high) in row.0.iter_mut().zip(first).zip(second) {
                *word = u32::from(low as u16) | u32::from(high as u16) << 16;
            }
        }
        for (tile, masks) in masks.iter_mut().enumerate() {
            let constant = &encoder.constant[tile * TILE..][..TILE];
            let base: Tile<i32> = std::array::from_fn(|row| Row([constant[row]; COLUMNS]));
            let mut exact = Tile::default();
            // SAFETY: the processor has the path's instructions (`Kernels::of`).
            unsafe { (plan.model.kernels.pixels)(encoder.matrix.tile(tile), &rows, &all, &base, &mut exact) }
            for (mask, exact) in masks.iter_mut().zip(&exact) {
                *mask =
                    exact.0.iter().enumerate().fold(0, |mask, (place, &sum)| {
                        mask | u32::from(sum >= 0) << image_of_position(place)
                    });
            }
        }
    }
    debug_assert!(taps.div_ceil(2) <= steps, "every tap has a word");
    masks
}

/// The scores of a strip: image by image, class by class.
pub(super) fn scores(
    plan: &RunPlan,
    decoder: &PackedDecoder,
    signs: &Masks,
    spins: &mut [Row<u32>],
) -> Vec<i64> {
    let kernels = &plan.model.kernels;
    for (masks, rows) in signs.iter().zip(spins.chunks_exact_mut(TILE / kernels.packing.p_bits())) {
        // SAFETY: the processor has the path's instructions (`Kernels::of`).
        unsafe { (kernels.store)(masks, DECODER_AMPLITUDE, rows) }
    }
    let mut scores = vec![0; COLUMNS * decoder.classes];
    let entered = kernels.enter();
    for (tile, constant) in decoder.constant.chunks_exact(TILE).enumerate() {
        let mut wide: Tile<i64> = Tile::default();
        if plan.model.wide {
            let base: Tile<i64> = std::array::from_fn(|row| Row([constant[row]; COLUMNS]));
            decoder.link.product_wide(spins, (0, tile), &base, DECODER_AMPLITUDE, &mut wide);
        } else {
            let base: [Tile<i32>; 1] = [std::array::from_fn(|row| Row([constant[row] as i32; COLUMNS]))];
            let mut exact = [Tile::default()];
            decoder.link.product((kernels, &entered), spins, (0, tile), &base, &mut exact);
            for (wide, exact) in wide.iter_mut().zip(&exact[0]) {
                wide.0 = exact.0.map(i64::from);
            }
        }
        for (row, exact) in wide.iter().enumerate().take(decoder.classes - tile * TILE) {
            for image in 0..COLUMNS {
                scores[image * decoder.classes + tile * TILE + row] = exact.0[position_of_image(image)];
            }
        }
    }
    scores
}

/// The class with the largest score, the lowest index among equals.
pub(super) fn class(scores: &[i64]) -> usize {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = class;
        }
    }
    best
}
