//! W4 of the peer benchmark as a machine: 784 inputs, 256 hidden, 128 output p-bits, skip, delta 0.3, 64 images.

use spinwright_contract::config::{ColorShifts, Kind};
use spinwright_contract::{BlockShape, MachineConfig, RandomSource, Readout, Schedule, Shifts, ValidConfig};
use spinwright_reference::fast::{RawBlock, RawModel, SpinRows};

/// Inputs, hidden and output p-bits.
pub const SHAPE: (usize, usize, usize) = (784, 256, 128);
/// Images of the workload.
pub const IMAGES: usize = 64;
/// Fraction bits of both colors' fields; 12 field bits then reach +-4, where p_up is 0.9997.
const FRACTION: i32 = 9;

/// Real weights and the inputs.
pub struct W4 {
    pub k1: Vec<f64>,
    pub k2: Vec<f64>,
    pub k3: Vec<f64>,
    pub b: Vec<f64>,
    pub x: Vec<bool>,
    pub delta: f64,
}

impl W4 {
    /// The machine: 32 lanes, 1 replica, 8-bit weights, 9-bit biases, 12-bit field, 16-bit draws of `lfsr64`.
    pub fn machine() -> ValidConfig {
        let (inputs, hidden, outputs) = SHAPE;
        MachineConfig {
            contract: 1,
            name: "w4".into(),
            kind: Kind::Layered,
            blocks: vec![BlockShape::dense(inputs, hidden, outputs, true)],
            encoder: None,
            decoder: None,
            input_buffers: 1,
            lanes: 32,
            replicas: 1,
            tree_width: 64,
            weight_bits: 8,
            bias_bits: 9,
            field_bits: 12,
            draw_bits: 16,
            shifts: Shifts { hidden: ColorShifts::default(), output: ColorShifts::default() },
            random_source: RandomSource::Lfsr64,
            coupling_banks: 2,
            bias_banks: 2,
            tables: 1,
            max_sweeps: 1 << 20,
            timing: Default::default(),
        }
        .validate()
        .expect("a valid machine")
    }

    /// Rounds to the machine's grid; delta is folded in. Panics when one does not fit the machine.
    pub fn quantize(&self, config: &ValidConfig) -> RawModel {
        let raw = |values: &[f64], scale: f64, max: i32| -> Vec<i16> {
            let quantized = |v: &f64| {
                let raw = (v * scale * f64::from(1 << FRACTION)).round_ties_even();
                assert!(raw.abs() <= max.into(), "{v} times {scale} does not fit the range +-{max}");
                raw as i16
            };
            values.iter().map(quantized).collect()
        };
        let (weight, bias) = (config.weight_max(), config.bias_max());
        let (max, top) = (config.field_max(), f64::from(1u32 << config.draw_bits()));
        let p_up = |field: i32| 1.0 / (1.0 + (-2.0 * f64::from(field) / f64::from(1 << FRACTION)).exp());
        let above = |field: i32| (top * p_up(field)).round_ties_even();
        let threshold = |index: i32| {
            let field = if index > max { (index - 2 * (max + 1)).max(-max) } else { index };
            (if field < 0 { top - above(-field) } else { above(field) }) as u32
        };
        let table: Vec<u32> = (0..2 * (max + 1)).map(threshold).collect();
        RawModel::one(RawBlock {
            k1: raw(&self.k1, 1.0, weight),
            k2: raw(&self.k2, self.delta, weight),
            k3: raw(&self.k3, self.delta, weight),
            biases: [raw(&self.b, 1.0, bias), vec![0; SHAPE.2]],
            tables: [vec![table.clone()], vec![table]],
        })
    }

    /// The 64 inputs.
    pub fn inputs(&self) -> SpinRows {
        let mut inputs = SpinRows::new(SHAPE.0);
        self.x.chunks_exact(SHAPE.0).for_each(|row| inputs.push(row.iter().copied()));
        inputs
    }

    /// A run of `sweeps` sweeps that are all read out.
    pub fn schedule(sweeps: u32) -> Schedule {
        Schedule { burn_in: 0, retained: sweeps, readout: Readout::Spin }
    }
}
