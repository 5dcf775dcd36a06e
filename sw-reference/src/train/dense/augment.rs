//! Random distortions of training pictures, in fixed-point arithmetic.

use crate::data::{Encoder, Stream};
use crate::train::config::Augment;

/// Fraction bits of positions.
const FRACTION: i32 = 12;
const ONE: i32 = 1 << FRACTION;

/// Writes the inputs of a randomly distorted picture: every input looks up where it came from and mixes the four
/// pixels around that place. Outside the picture is dark.
pub(crate) fn encode_distorted(
    encoder: &Encoder,
    augment: &Augment,
    image: &[u8],
    inputs: &mut [f32],
    stream: &mut Stream,
) {
    let mut around = |reach: f32| stream.around(f64::from(reach));
    let (t, shear) = (around(augment.turn), around(augment.shear));
    let (wide, high) = (1.0 + around(augment.scale), 1.0 + around(augment.scale));
    let (shift_x, shift_y) = (around(augment.shift), around(augment.shift));
    // The circle in rational form: no sine, so the same numbers everywhere.
    let (cos, sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
    let fixed = |value: f64| (value * f64::from(ONE)).round() as i32;
    let (xx, xy) = (fixed(cos / wide), fixed((shear * cos - sin) / wide));
    let (yx, yy) = (fixed(sin / high), fixed((shear * sin + cos) / high));
    let (center_x, center_y) = ((encoder.cols as f64 - 1.0) / 2.0, (encoder.rows as f64 - 1.0) / 2.0);
    let (rows, cols) = (encoder.rows as i32, encoder.cols as i32);
    let pixel = |row: i32, col: i32| {
        let inside = (0..rows).contains(&row) && (0..cols).contains(&col);
        if inside { i32::from(image[(row * cols + col) as usize]) } else { 0 }
    };
    let limit = i32::from(encoder.threshold) << (2 * 4);
    let (margin, width) = (encoder.margin, encoder.inner_cols());
    for (line, targets) in inputs.chunks_exact_mut(width).enumerate() {
        let dy = fixed((line + margin) as f64 - center_y - shift_y);
        let dx = fixed(margin as f64 - center_x - shift_x);
        let mut from_x = fixed(center_x) + ((xx * (dx >> 4) + xy * (dy >> 4)) >> (FRACTION - 4));
        let mut from_y = fixed(center_y) + ((yx * (dx >> 4) + yy * (dy >> 4)) >> (FRACTION - 4));
        for target in targets {
            let (row, col) = (from_y >> FRACTION, from_x >> FRACTION);
            // Weights of 4 bits each are finer than a threshold can notice.
            let (down, right) =
                ((from_y & (ONE - 1)) >> (FRACTION - 4), (from_x & (ONE - 1)) >> (FRACTION - 4));
            let top = pixel(row, col) * (16 - right) + pixel(row, col + 1) * right;
            let bottom = pixel(row + 1, col) * (16 - right) + pixel(row + 1, col + 1) * right;
            *target = if top * (16 - down) + bottom * down >= limit { 1.0 } else { -1.0 };
            from_x += xx;
            from_y += yx;
        }
    }
}
