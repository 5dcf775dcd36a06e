//! The active pair of banks as the sampler reads it.

use super::taps::{forward, transposed};
use crate::image::{BankImage, BlockContents};
use spinwright_contract::config::BiasScope;
use spinwright_contract::{Color, Problem, Schedule, ValidConfig};

/// One coupling bank and one bias bank.
#[derive(Debug, Clone)]
pub(super) struct Bank<'a> {
    pub(super) image: &'a BankImage,
    pub(super) bias_set: usize,
    /// The blocks' schedules: the image's, until the host writes others.
    pub(super) schedules: Vec<Schedule>,
    config: &'a ValidConfig,
}

impl<'a> Bank<'a> {
    pub(super) fn new(
        config: &'a ValidConfig,
        image: &'a BankImage,
        bias_set: usize,
    ) -> Result<Self, Problem> {
        if image.machine_id() != config.hash().id() {
            return Err(Problem::new(
                "the bank image is for another machine",
                config.name(),
                format!(
                    "its machine ID is {:016x}, the machine's is {:016x}",
                    image.machine_id(),
                    config.hash().id()
                ),
                "compile the model for this machine",
            ));
        }
        let sets = image.contents().bias_sets.len();
        if bias_set >= sets {
            return Err(Problem::new(
                "there is no such bias set",
                format!("bias set {bias_set}"),
                format!("the image has {sets}"),
                format!("choose 0 to {}", sets - 1),
            ));
        }
        Ok(Self { image, bias_set, schedules: image.schedules(), config })
    }

    fn contents(&self, block: usize) -> &'a BlockContents {
        &self.image.contents().blocks[block]
    }

    /// Bias and input terms of the exact field of p-bit `index` of a color's plane.
    pub(super) fn input_field(&self, block: usize, color: Color, index: usize, inputs: &[bool]) -> i64 {
        let (shape, shifts) = (self.config.sizes(block).shape, self.config.shifts(color));
        let plane = shape.plane(color);
        let (position, channel) = (index / plane.channels, index % plane.channels);
        let biases = &self.image.contents().bias_sets[self.bias_set].raw[block][color.index()];
        let bias = match shape.bias {
            BiasScope::Channel => biases[channel],
            BiasScope::Position => biases[index],
        };
        let matrix = match color {
            Color::Hidden => Some(&self.contents(block).k1),
            Color::Output => self.contents(block).k3.as_ref(),
        };
        let mut sum = 0;
        if let (Some(matrix), Some(kernel)) = (matrix, shape.input_kernel(color)) {
            let channels = shape.input.channels;
            for tap in 0..kernel.taps() {
                let Some(from) = forward(kernel, plane, shape.input, position, tap) else { continue };
                for i in 0..channels {
                    sum += signed(matrix.at(channel, tap * channels + i), inputs[from * channels + i]);
                }
            }
        }
        (i64::from(bias) << shifts.bias) + (sum << shifts.input)
    }

    /// The other color's term of the exact field of p-bit `index` of a color's plane; `others` are the other color's spins.
    pub(super) fn coupling_field(&self, block: usize, color: Color, index: usize, others: &[bool]) -> i64 {
        let (shape, k2) = (self.config.sizes(block).shape, &self.contents(block).k2);
        let (hidden, output) = (shape.hidden, shape.output);
        let plane = shape.plane(color);
        let (position, channel) = (index / plane.channels, index % plane.channels);
        let mut sum = 0;
        for tap in 0..shape.k2.taps() {
            match color {
                Color::Hidden => {
                    let Some(to) = transposed(shape.k2, output, hidden, position, tap) else { continue };
                    for n in 0..output.channels {
                        sum += signed(
                            k2.at(n, tap * hidden.channels + channel),
                            others[to * output.channels + n],
                        );
                    }
                }
                Color::Output => {
                    let Some(from) = forward(shape.k2, output, hidden, position, tap) else { continue };
                    for h in 0..hidden.channels {
                        sum += signed(
                            k2.at(channel, tap * hidden.channels + h),
                            others[from * hidden.channels + h],
                        );
                    }
                }
            }
        }
        sum << self.config.shifts(color).coupling
    }

    /// The threshold of a field in one of the bank's tables.
    pub(super) fn threshold(&self, block: usize, color: Color, table: usize, field: i32) -> u32 {
        self.contents(block).tables[color.index()][table].threshold(field)
    }
}

/// Weight times spin.
fn signed(weight: i16, up: bool) -> i64 {
    if up { weight.into() } else { -i64::from(weight) }
}
