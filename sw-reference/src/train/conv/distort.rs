//! Random distortions of training pictures, in fixed-point arithmetic, so that they are the same everywhere.

use super::config::Distortion;
use crate::data::Stream;

/// Fraction bits of positions.
const FRACTION: i32 = 12;
const ONE: i32 = 1 << FRACTION;
/// Points of the elastic displacement's grid along one side.
const POINTS: usize = 5;

/// Writes a randomly distorted copy of a picture of `rows` x `columns` pixels: every pixel looks up where it came from and
/// mixes the four pixels around that place. Outside the picture is dark.
pub(crate) fn distort(
    distortion: &Distortion,
    image: &[u8],
    (rows, columns): (usize, usize),
    target: &mut [u8],
    stream: &mut Stream,
) {
    let mut around = |reach: f32| stream.around(f64::from(reach));
    let (t, shear) = (around(distortion.turn), around(distortion.shear));
    let (wide, high) = (1.0 + around(distortion.scale), 1.0 + around(distortion.scale));
    // Whole shifts are even too: half a step more on both sides, which rounding cuts off.
    let reach = if distortion.whole { distortion.shift.floor() + 0.499 } else { distortion.shift };
    let (mut shift_x, mut shift_y) = (around(reach), around(reach));
    if distortion.whole {
        (shift_x, shift_y) = (shift_x.round(), shift_y.round());
    }
    // The circle in rational form: no sine, so the same numbers everywhere.
    let (cos, sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
    let fixed = |value: f64| (value * f64::from(ONE)).round() as i32;
    let (mut xx, mut xy) = (fixed(cos / wide), fixed((shear * cos - sin) / wide));
    let (yx, yy) = (fixed(sin / high), fixed((shear * sin + cos) / high));
    if distortion.mirror && around(1.0) < 0.0 {
        (xx, xy) = (-xx, -xy);
    }
    let mut bends = [[0_i32; 2]; POINTS * POINTS];
    if distortion.elastic > 0.0 {
        bends.iter_mut().flatten().for_each(|bend| *bend = fixed(around(distortion.elastic)));
    }
    let (center_x, center_y) = ((columns as f64 - 1.0) / 2.0, (rows as f64 - 1.0) / 2.0);
    let pixel = |row: i32, column: i32| {
        let inside = (0..rows as i32).contains(&row) && (0..columns as i32).contains(&column);
        if inside { i32::from(image[row as usize * columns + column as usize]) } else { 0 }
    };
    let mut line_bends = [[0_i32; 2]; POINTS];
    for (row, targets) in target.chunks_exact_mut(columns).enumerate() {
        let (above, part) = grid_place(row, rows);
        for (column, bend) in line_bends.iter_mut().enumerate() {
            let (upper, lower) = (bends[above * POINTS + column], bends[(above + 1) * POINTS + column]);
            *bend = [mix(upper[0], lower[0], part), mix(upper[1], lower[1], part)];
        }
        let (dy, dx) = (fixed(row as f64 - center_y - shift_y), fixed(-center_x - shift_x));
        let mut from_x = fixed(center_x) + ((xx * (dx >> 4) + xy * (dy >> 4)) >> (FRACTION - 4));
        let mut from_y = fixed(center_y) + ((yx * (dx >> 4) + yy * (dy >> 4)) >> (FRACTION - 4));
        for (column, target) in targets.iter_mut().enumerate() {
            let (mut x, mut y) = (from_x, from_y);
            if distortion.elastic > 0.0 {
                let (left, part) = grid_place(column, columns);
                x += mix(line_bends[left][0], line_bends[left + 1][0], part);
                y += mix(line_bends[left][1], line_bends[left + 1][1], part);
            }
            // Weights of 4 bits each are finer than anything that follows can notice.
            let (down, right) = ((y & (ONE - 1)) >> (FRACTION - 4), (x & (ONE - 1)) >> (FRACTION - 4));
            let (y, x) = (y >> FRACTION, x >> FRACTION);
            let top = pixel(y, x) * (16 - right) + pixel(y, x + 1) * right;
            let bottom = pixel(y + 1, x) * (16 - right) + pixel(y + 1, x + 1) * right;
            *target = ((top * (16 - down) + bottom * down + 128) >> 8) as u8;
            from_x += xx;
            from_y += yx;
        }
    }
}

/// Cell of the displacement's grid and the place in it, in 1/256.
fn grid_place(at: usize, length: usize) -> (usize, i32) {
    let place = at * (POINTS - 1) * 256 / length;
    (place / 256, (place % 256) as i32)
}

fn mix(low: i32, high: i32, part: i32) -> i32 {
    low + (((high - low) * part) >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: Distortion = Distortion {
        shift: 0.0,
        turn: 0.0,
        shear: 0.0,
        scale: 0.0,
        elastic: 0.0,
        mirror: false,
        whole: false,
    };

    #[test]
    fn nothing_asked_changes_nothing() {
        let image: Vec<u8> = (0..28 * 28).map(|i| (i * 7 % 256) as u8).collect();
        let mut target = vec![0; image.len()];
        distort(&STILL, &image, (28, 28), &mut target, &mut Stream::new(&[1]));
        assert_eq!(target, image);
    }

    #[test]
    fn every_distortion_moves_pixels_and_keeps_most_light() {
        let mut image = vec![0_u8; 28 * 28];
        for row in 8..20 {
            image[row * 28 + 10..row * 28 + 16].fill(255);
        }
        let light = |image: &[u8]| image.iter().map(|&v| f64::from(v)).sum::<f64>();
        let kinds = [
            Distortion { shift: 2.0, ..STILL },
            Distortion { turn: 0.2, ..STILL },
            Distortion { shear: 0.3, ..STILL },
            Distortion { scale: 0.2, ..STILL },
            Distortion { elastic: 2.0, ..STILL },
        ];
        for distortion in kinds {
            let mut target = vec![0; image.len()];
            let mut moved = 0;
            for name in 0..10 {
                distort(&distortion, &image, (28, 28), &mut target, &mut Stream::new(&[name]));
                moved += usize::from(target != image);
                let ratio = light(&target) / light(&image);
                assert!((0.6..1.6).contains(&ratio), "{distortion:?}: {ratio}");
            }
            assert!(moved >= 9, "{distortion:?} moved {moved} of 10");
        }
    }

    /// Every shift of the range comes, and the light stays in one pixel.
    #[test]
    fn whole_shifts_do_not_blur() {
        let mut image = vec![0_u8; 81];
        image[40] = 200;
        let asked = Distortion { shift: 1.0, whole: true, ..STILL };
        let mut seen = std::collections::BTreeSet::new();
        for name in 0..200 {
            let mut target = vec![0; 81];
            distort(&asked, &image, (9, 9), &mut target, &mut Stream::new(&[name]));
            let lit: Vec<usize> = (0..81).filter(|&pixel| target[pixel] > 0).collect();
            assert_eq!((lit.len(), target[lit[0]]), (1, 200));
            seen.insert(lit[0]);
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [30, 31, 32, 39, 40, 41, 48, 49, 50]);
    }

    #[test]
    fn mirroring_turns_left_and_right() {
        let image: Vec<u8> = (0..16).map(|i| i as u8 * 10).collect();
        let mirrored: Vec<u8> = image.chunks(4).flat_map(|row| row.iter().rev().copied()).collect();
        let mut seen = [false; 2];
        for name in 0..20 {
            let mut target = vec![0; 16];
            let asked = Distortion { mirror: true, ..STILL };
            distort(&asked, &image, (4, 4), &mut target, &mut Stream::new(&[name]));
            assert!(target == image || target == mirrored);
            seen[usize::from(target == mirrored)] = true;
        }
        assert_eq!(seen, [true; 2]);
    }
}
