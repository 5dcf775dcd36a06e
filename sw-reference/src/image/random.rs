//! Random contents: what cross-checks run on when no model is given.

use super::{BankContents, Decoder, Encoder, PixelEncoder, Table};
use crate::stream::SplitMix64;
use spinwright_contract::config::Plane;
use spinwright_contract::{Color, Readout, Schedule, Start, ValidConfig};

/// Contents with random weights that fill their ranges, from one seed. The hidden field gets as many fraction bits as bring
/// a typical exact field to about a third of its range, so that saturation, both table ends and the middle are all met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomContents {
    /// Decides everything that is random.
    pub seed: u64,
    /// Schedules of the blocks.
    pub schedules: Vec<Schedule>,
    /// Start of the image.
    pub start: Start,
    /// Bias sets, 1 to the machine's bias banks.
    pub bias_sets: usize,
    /// Whether a random encoder and decoder on the host (10 classes) are included where the machine has none; one on the device
    /// is random in any case.
    pub classifier: bool,
}

impl RandomContents {
    /// One bias set, no classifier, 1 sweep of burn-in, 3 retained (as far as the machine allows), readout `spin`, random
    /// start.
    pub fn new(config: &ValidConfig, seed: u64) -> Self {
        let limit = config.max_sweeps();
        let schedule = Schedule { burn_in: 1.min(limit), retained: 3.min(limit), readout: Readout::Spin };
        let schedules = vec![schedule; config.block_count()];
        Self { seed, schedules, start: Start::Random, bias_sets: 1, classifier: false }
    }

    /// The contents for a machine.
    pub fn generate(&self, config: &ValidConfig) -> BankContents {
        let mut random = SplitMix64::new(self.seed);
        // Betas 1, 1/2, 1/3 ... over all blocks: every table differs.
        let betas: Vec<f32> =
            (0..config.block_count() * config.tables()).map(|i| 1.0 / (i + 1) as f32).collect();
        let grid = config.field_bits() as i32 - 3;
        let first = &betas[..config.tables()];
        let mut contents = BankContents::zeros(config, grid, first, &self.schedules, self.start);
        let grids = contents.field_frac_bits;
        for (block, betas) in contents.blocks.iter_mut().zip(betas.chunks(config.tables())) {
            block.tables = grids.map(|g| {
                let table = |&beta: &f32| Table::sigmoid(beta, g, config.field_bits(), config.draw_bits());
                betas.iter().map(table).collect()
            });
        }

        // The weights' spread shrinks with the number of terms, so that wide blocks do not only saturate; never below 1.
        let bound = |limit: i32, terms: usize, shift: u32| {
            let wanted =
                1.5 * f64::from(config.field_max()) / (terms as f64).sqrt() / f64::from(1u32 << shift);
            limit.min((wanted as i32).max(1))
        };
        let mut number = |bound: i32| ((random.next_word() % (2 * bound as u64 + 1)) as i32 - bound) as i16;
        let (hidden, output) = (config.shifts(Color::Hidden), config.shifts(Color::Output));
        for (block, sizes) in contents.blocks.iter_mut().zip(config.blocks()) {
            let k1_bound = bound(config.weight_max(), block.k1.columns, hidden.input);
            block.k1.raw.iter_mut().for_each(|w| *w = number(k1_bound));
            let terms = (sizes.shape.k2.taps() * block.k2.rows).max(block.k2.columns);
            let k2_bound = bound(config.weight_max(), terms, hidden.coupling.max(output.coupling));
            block.k2.raw.iter_mut().for_each(|w| *w = number(k2_bound));
            if let Some(k3) = &mut block.k3 {
                let k3_bound = bound(config.weight_max(), k3.columns, output.input);
                k3.raw.iter_mut().for_each(|w| *w = number(k3_bound));
            }
        }
        contents.bias_sets = vec![contents.bias_sets[0].clone(); self.bias_sets];
        for set in &mut contents.bias_sets {
            for (color, raw) in set.raw.iter_mut().flat_map(|raw| Color::ALL.into_iter().zip(raw)) {
                let bound = bound(config.bias_max(), 9, config.shifts(color).bias);
                raw.iter_mut().for_each(|b| *b = number(bound));
            }
        }
        // The range's ends are always there.
        for block in &mut contents.blocks {
            block.k1.raw[0] = config.weight_max() as i16;
            *block.k2.raw.last_mut().expect("K2 is not empty") = -config.weight_max() as i16;
        }
        contents.bias_sets[0].raw.iter_mut().for_each(|raw| raw[0][0] = config.bias_max() as i16);
        let host_decoder = self.classifier && config.decoder().is_none();
        if let Some(Encoder::Device(e)) = &mut contents.encoder {
            e.weights.iter_mut().for_each(|w| *w = number(config.weight_max()));
            e.biases.iter_mut().for_each(|b| *b = number(config.bias_max()));
        } else if self.classifier {
            let columns = config.block().input.p_bits();
            let encoder = PixelEncoder { threshold: 128, margin: 0, rows: 1, columns };
            contents.encoder = Some(Encoder::Host(encoder));
        }
        if let Some(d) = &mut contents.decoder {
            d.weights.iter_mut().for_each(|w| *w = number(config.weight_max()));
            d.biases.iter_mut().for_each(|b| *b = number(config.bias_max()));
        } else if host_decoder {
            let plane: Plane = config.last_block().output;
            contents.decoder = Some(Decoder {
                classes: 10,
                plane,
                rows: plane.rows,
                columns: plane.columns,
                weights: (0..10 * plane.p_bits()).map(|_| number(127)).collect(),
                weight_frac_bits: 6,
                biases: (0..10).map(|_| number(127)).collect(),
                bias_shift: 2,
            });
        }
        contents
    }
}
