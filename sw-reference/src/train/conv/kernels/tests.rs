//! Every path against the definition, term by term.

use super::super::buffer::Buffer;
use super::*;
use crate::data::Stream;
use spinwright_contract::config::{Kernel, Plane};

struct Case {
    gather: Gather,
    rows: usize,
    channels: usize,
    stride: usize,
    width: usize,
    source: Buffer,
    weights: Buffer,
    gradient: Buffer,
}

/// Small whole numbers, so that sums are exact in any order.
fn case(target: Plane, source: Plane, kernel: Kernel, width: usize, pictures: usize) -> Case {
    let gather = Gather::forward(target, source, kernel, pictures + 1);
    let (rows, channels) = (pictures * target.positions(), source.channels);
    let stride = super::super::buffer::padded(channels);
    let mut stream = Stream::new(&[rows as u64, channels as u64, width as u64]);
    let mut fill = |length: usize| {
        let mut buffer = Buffer::zeros(length);
        buffer.iter_mut().for_each(|value| *value = stream.below(15) as f32 - 7.0);
        buffer
    };
    let mut source_values = fill(gather.source_rows * stride);
    let zeros = (gather.source_rows - 1) * stride;
    source_values[zeros..].fill(0.0);
    let weights = fill(kernel.taps() * channels * width);
    let gradient = fill(rows * width);
    Case { gather, rows, channels, stride, width, source: source_values, weights, gradient }
}

fn cases() -> Vec<Case> {
    let plane = |rows, columns, channels| Plane { rows, columns, channels };
    let kernel = |size, stride, padding| Kernel { size, stride, padding };
    vec![
        case(plane(7, 7, 32), plane(7, 7, 32), kernel(3, 1, 1), 32, 3),
        case(plane(4, 4, 16), plane(7, 7, 12), kernel(3, 2, 1), 16, 1),
        case(plane(7, 5, 48), plane(7, 5, 3), kernel(1, 1, 0), 48, 2),
        case(plane(2, 3, 64), plane(6, 8, 21), kernel(5, 2, 0), 64, 1),
        case(plane(3, 3, 80), plane(3, 3, 40), kernel(3, 1, 1), 80, 2),
    ]
}

impl Case {
    fn rows(&self) -> Rows<'_> {
        Rows { values: &self.source, stride: self.stride, channels: self.channels }
    }

    fn source(&self, row: usize, tap: usize, channel: usize) -> f32 {
        let at = self.gather.sources[row * self.gather.taps + tap] as usize;
        self.source[at * self.stride + channel]
    }
}

#[test]
fn convolve_is_the_sum_of_its_terms() {
    for path in Path::available() {
        for case in cases() {
            for add in [false, true] {
                let mut target = case.gradient.clone();
                let source = case.rows();
                convolve(
                    path,
                    &case.gather,
                    case.rows,
                    source,
                    &case.weights,
                    &mut target,
                    case.width,
                    if add { Start::Target } else { Start::Zero },
                );
                for row in 0..case.rows {
                    for out in 0..case.width {
                        let start = if add { case.gradient[row * case.width + out] } else { 0.0 };
                        let mut sum = start;
                        for tap in 0..case.gather.taps {
                            for channel in 0..case.channels {
                                let weight = (tap * case.channels + channel) * case.width + out;
                                sum += case.weights[weight] * case.source(row, tap, channel);
                            }
                        }
                        assert_eq!(target[row * case.width + out], sum, "{path:?} row {row} channel {out}");
                    }
                }
            }
        }
    }
}

#[test]
fn correlate_is_the_sum_of_its_terms() {
    for path in Path::available() {
        for case in cases() {
            let mut sums = case.weights.clone();
            correlate(path, &case.gather, case.rows, case.rows(), &case.gradient, case.width, &mut sums);
            for tap in 0..case.gather.taps {
                for channel in 0..case.channels {
                    for out in 0..case.width {
                        let place = (tap * case.channels + channel) * case.width + out;
                        let mut sum = case.weights[place];
                        for row in 0..case.rows {
                            sum += case.source(row, tap, channel) * case.gradient[row * case.width + out];
                        }
                        assert_eq!(sums[place], sum, "{path:?} tap {tap} channel {channel} {out}");
                    }
                }
            }
        }
    }
}
